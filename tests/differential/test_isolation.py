"""Isolation as a law: what happens to one compartment changes no byte of another."""

from __future__ import annotations

import numpy as np
import pytest
from differential.comparing import listed, records
from differential.worlds import World, held_in_a_record
from reference.rows import Row

from stoplog.codes import Command, CompartmentState, Event, FundingFrom, Kind, Parameter
from stoplog.engine import Engine
from stoplog.records import NEVER

CONFINED = (
    Command.ADD_MARGIN,
    Command.REMOVE_MARGIN,
    Command.FILL,
    Command.PLACE_ORDER,
    Command.CANCEL_ORDER,
    Command.CLOSE_COMPARTMENT,
)


LIMITS = (Parameter.AGE_LIMIT, Parameter.CONFIDENCE_LIMIT, Parameter.DEVIATION_LIMIT, Parameter.JUMP_LIMIT)


def traded(seed: int, length: int, style: str = "") -> tuple[World, Engine]:
    """A world and an engine in the same state, after some random commands, without guards that would hold a mark."""
    world, engine = World(seed, style), Engine()
    rows = [world.step()[0] for _ in range(length)]
    setting = Row(time=world.time, kind=Command.SET_PARAMETER)
    off = [setting._replace(instrument=number, code=limit) for number in world.state.instruments for limit in LIMITS]
    for row in off:
        world.model.apply(row)
    engine.apply(records(rows + off))
    return world, engine


def change_pends(engine: Engine) -> bool:
    """Whether a change of parameters could take effect by the mere passing of commands."""
    counts = engine.tables.counts[0]
    return bool(counts["due_sequence"] != NEVER or counts["due_time"] != NEVER)


def compartment_bytes(engine: Engine) -> list[bytes]:
    """The bytes of every compartment with its position and its orders, by number; 0 is the empty row.

    Without what says nothing about a row itself: which row its cross compartment lists behind it, and up to where a
    pocket without a debt has paid interest.
    """
    tables = engine.tables
    compartments, held = tables.rows("compartments").copy(), tables.rows("positions").copy()
    compartments["following"] = 0
    held["funding_index"][(compartments["kind"] == Kind.POCKET) & (compartments["purse"] >= 0)] = 0
    rows = zip(compartments, held, tables.rows("top_ups")[held["top_up"]], strict=True)
    orders = [repr(list(listed(tables, int(first)))).encode() for first in tables.rows("compartments")["first_order"]]
    return [b"".join(r.tobytes() for r in of_one) + q for of_one, q in zip(rows, orders, strict=True)]


def pockets_by_number(engine: Engine) -> dict[int, int]:
    """Of every position of a cross compartment its pocket, of every other row 0."""
    held = engine.tables.rows("compartments")
    return dict(enumerate(np.where(held["kind"] == Kind.POSITION, held["pocket"], 0).tolist()))


def settled_for_nothing(engine: Engine, row: Row) -> set[int]:
    """The compartments whose funding index a funding from the accounts moved, also where nothing was due: POS-006."""
    instruments, held = engine.tables.rows("instruments"), engine.tables.rows("compartments")
    known = 0 < row.instrument < len(instruments)
    if row.kind != Command.FUNDING or not known or instruments["funding_from"][row.instrument] != FundingFrom.ACCOUNT:
        return set()
    settled = engine.tables.rows("positions")["funding_index"] == instruments["funding_index"][row.instrument]
    return set(np.flatnonzero(settled & (held["instrument"] == row.instrument)).tolist())


def free_bytes(engine: Engine) -> dict[tuple[int, int], bytes]:
    """The bytes of every free balance, by account and asset."""
    return {place: amount.tobytes() for place, amount in np.ndenumerate(engine.tables.rows("free"))}


def confined_command(world: World, number: int) -> Row:
    """A random command on compartment `number` alone, the outside market on the other side of its fills."""
    rng, held = world.rng, world.state.compartments[number]
    kind = rng.choice((*CONFINED, Command.FILL, Command.FILL))
    if kind == Command.FILL:
        return world.fill_of(number, held, world.lots(held))._replace(other=0, time=world.time)
    if kind == Command.PLACE_ORDER:
        price = world.state.instruments[held.instrument].mark
        return Row(time=world.time, kind=kind, compartment=number, size=world.lots(held), price=price)
    if kind == Command.CANCEL_ORDER and held.orders:
        order = rng.choice(held.orders).number
        return Row(time=world.time, kind=kind, compartment=number, other=order)
    kind = Command.ADD_MARGIN if kind == Command.CANCEL_ORDER else kind
    amount = rng.choice((1, abs(held.purse) // 2 + 1, abs(held.purse), 10**6))
    return Row(time=world.time, kind=kind, compartment=number, amount=amount)


@pytest.mark.rule("ISO-001")
@pytest.mark.parametrize("block", range(4))
def test_commands_confined_to_one_compartment_change_no_byte_of_another(block: int) -> None:
    accepted = 0
    for seed in range(10**6 + block * 120, 10**6 + block * 120 + 120):
        world, engine = traded(seed, 80)
        rows_of_it = world.state.compartments.items()
        open_ones = [n for n, c in rows_of_it if c.state == CompartmentState.OPEN and c.kind == Kind.ISOLATED]
        if not open_ones or change_pends(engine):
            continue
        number = world.rng.choice(open_ones)
        held = world.state.compartments[number]
        own = (held.account, world.state.instruments[held.instrument].asset)
        before, free_before = compartment_bytes(engine), free_bytes(engine)
        accounts_before = engine.tables.rows("accounts").tobytes()
        rows = []
        for _ in range(30):
            rows.append(held_in_a_record(confined_command(world, number)))
            world.model.apply(rows[-1])
        events = engine.apply(records(rows))
        accepted += int((events["reason"] == 0).sum())
        after, free_after = compartment_bytes(engine), free_bytes(engine)
        assert [n for n in range(len(before)) if before[n] != after[n] and n != number] == []
        assert [place for place in free_before if free_before[place] != free_after[place] and place != own] == []
        if world.state.compartments[number].state == CompartmentState.OPEN:
            assert engine.tables.rows("accounts").tobytes() == accounts_before
    assert accepted > 500


@pytest.mark.rule("ISO-001", "FIL-001", "LIQ-002", "CON-001")
@pytest.mark.parametrize("block", range(4))
def test_a_command_changes_only_compartments_and_owners_that_its_events_name(block: int) -> None:
    """Marks, fundings and expiries that liquidate included; a flat compartment's funding index is its own as well."""
    changes = 0
    for seed in range(2 * 10**6 + block * 40, 2 * 10**6 + block * 40 + 40):
        world, engine = World(seed), Engine()
        for _ in range(120):
            before, free_before, pockets = compartment_bytes(engine), free_bytes(engine), pockets_by_number(engine)
            row = world.step()[0]
            events = engine.apply(records([row]))
            after, free_after = compartment_bytes(engine), free_bytes(engine)
            named = set(events["compartment"][events["reason"] == 0].tolist())
            named |= {int(pocket) for n in named for pocket in (pockets.get(n, 0), pockets_by_number(engine)[n])}
            changed = {n for n in range(len(before)) if before[n] != after[n]} - settled_for_nothing(engine, row)
            owners = {(account, asset) for account, asset in events[["account", "asset"]].tolist()}
            assert changed <= named, f"seed {seed}: {changed - named} changed, {named} named"
            assert {p for p in free_before if free_before[p] != free_after[p]} <= owners
            changes += len(changed)
    assert changes > 500


@pytest.mark.rule("ISO-002", "WAT-001", "TOP-005")
@pytest.mark.parametrize("block", range(4))
def test_an_owner_never_gets_less_than_nothing_out_however_far_the_price_gaps(block: int) -> None:
    """Each world ends with a gap to either end of the price range: what is left in the purses is not negative."""
    liquidated = 0
    for seed in range(3 * 10**6 + block * 120, 3 * 10**6 + block * 120 + 120):
        world, engine = traded(seed, 120)
        free_before = engine.tables.rows("free").copy()
        for number, instrument in list(world.state.instruments.items()):
            gap = world.rng.choice((instrument.price_min, instrument.price_max))
            events = engine.apply(records([Row(time=world.time, kind=Command.MARK, instrument=number, price=gap)]))
            for kind, sign in ((Event.TOPPED_UP, -1), (Event.MARGIN_DONATED, 1)):
                for moved in events[events["kind"] == kind]:
                    free_before[moved["account"], moved["asset"]] += sign * moved["amount"]
        held = engine.tables.rows("compartments")
        positions = engine.tables.rows("positions")
        fallen = held["state"] == CompartmentState.LIQUIDATED
        assert not held["purse"][fallen].any()
        assert not positions["size"][fallen].any()
        assert (held["purse"][(positions["size"] == 0) & (held["kind"] != Kind.POCKET)] >= 0).all()
        assert (held["put_in"] >= 0).all()
        assert (held["taken_out"] >= 0).all()
        assert (engine.tables.rows("free") == free_before).all(), (
            "a gap takes from free balances what is topped up and nothing else"
        )
        liquidated += int(fallen.sum())
    assert liquidated > 20
