"""Resting orders in random worlds: what placing leaves behind, and what orders of others have to do with it."""

from __future__ import annotations

import numpy as np
import pytest
from differential.comparing import records
from differential.test_isolation import change_pends, traded
from differential.worlds import held_in_a_record
from reference.rows import Row

from stoplog.codes import Command, Event
from stoplog.engine import Engine
from stoplog.engine.tables import LAYOUT

COUNTERS = ("sequence", "time", "event_hash", "orders", "free_order")


def bytes_but_counters(engine: Engine) -> dict[str, bytes]:
    """Every state table, without the rows of ended orders and without the counters that a command moves."""
    tables = {name: np.ascontiguousarray(engine.tables.rows(name)).copy() for name in LAYOUT}
    for counter in COUNTERS:
        tables["counts"][counter] = 0
    resting = tables["orders"]["compartment"] != 0
    numbered = [(number, row.tobytes()) for number, row in enumerate(tables["orders"]) if resting[number]]
    rows = {name: table.tobytes() for name, table in tables.items() if name != "orders"}
    return rows | {"orders": repr(numbered).encode()}


@pytest.mark.rule("ORM-010", "ORM-009")
@pytest.mark.parametrize("block", range(4))
def test_placing_and_cancelling_leaves_the_state_as_it_was(block: int) -> None:
    """And once a number has been given and is free again, placing and cancelling moves three counters and no more."""
    placed = 0
    for seed in range(6 * 10**6 + block * 40, 6 * 10**6 + block * 40 + 40):
        world, engine = traded(seed, 90)
        if change_pends(engine):
            continue
        for _ in range(10):
            place = held_in_a_record(world.ordering()._replace(time=world.time))
            before, events = bytes_but_counters(engine), engine.apply(records([place]))
            if events["kind"][0] != Event.ORDER_PLACED:
                continue
            cancel = Row(
                time=world.time, kind=Command.CANCEL_ORDER, compartment=place.compartment, other=int(events["first"][0])
            )
            engine.apply(records([cancel]))
            assert bytes_but_counters(engine) == before
            counts = engine.tables.counts[["orders", "free_order"]].copy()
            orders = engine.tables.rows("orders").tobytes()
            engine.apply(records([place, cancel]))
            assert engine.tables.counts[["orders", "free_order"]] == counts
            assert engine.tables.rows("orders").tobytes() == orders
            placed += 1
    assert placed > 50


@pytest.mark.rule("ORM-006")
@pytest.mark.parametrize("block", range(4))
def test_orders_make_nothing_else_easier(block: int) -> None:
    """What a compartment may do beside its orders it may do without them, at the same price."""
    compared = 0
    for seed in range(7 * 10**6 + block * 120, 7 * 10**6 + block * 120 + 120):
        world, engine = traded(seed, 90)
        number, held = world.ordered()
        if held is None or not held.orders or change_pends(engine):
            continue
        alone = Engine.from_bytes(engine.to_bytes())
        cancels = [
            Row(time=world.time, kind=Command.CANCEL_ORDER, compartment=number, other=order.number)
            for order in held.orders
        ]
        alone.apply(records(cancels))
        for _ in range(10):
            row = world.rng.choice((world.fill_of(number, held, world.lots(held)), world.margin()))
            row = held_in_a_record(row._replace(time=world.time, compartment=number, other=0))
            beside, without = Engine.from_bytes(engine.to_bytes()), Engine.from_bytes(alone.to_bytes())
            if beside.apply(records([row]))["kind"][0] != Event.REFUSED:
                assert without.apply(records([row]))["kind"][0] != Event.REFUSED
                compared += 1
    assert compared > 50
