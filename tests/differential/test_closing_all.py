"""CLOSE_ALL: its figures, who is refused and why, and its laws over random worlds: rule CRS-013."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from differential.comparing import differing, records
from differential.crosses import last_that_holds, open_crosses
from differential.crossing import Desk
from differential.portfolios import UNDERLYING, Portfolio, kinds
from differential.test_isolation import change_pends, traded
from differential.worlds import World
from reference.cross_liquidating import sale_of
from reference.crossing import health, pockets_of, positions_of, purse_after_interest, room
from reference.rows import Row
from reference.state import Compartment

from stoplog.codes import Command, Event, Parameter, Refusal
from stoplog.engine import Engine
from stoplog.proof.cross_invariants import cross_health
from stoplog.proof.invariants import check
from stoplog.units import RATE_ONE

PERCENT = 10**6
pytestmark = pytest.mark.rule("CRS-013")


def hedge(purse: int) -> tuple[Portfolio, list[int]]:
    """Long 10 of the underlying and short 10 of a future on it, at 100; a lot of either can lose 5."""
    desk = Portfolio()
    future = desk.option(0, right=0, mark=100)
    desk.revalue({UNDERLYING: [-5, 5], future: [-5, 5]})
    desk.put(1_000)
    rows = [desk.leg(UNDERLYING, 10, 100), desk.leg(future, -10, 100)]
    desk.pair.accept(Command.REMOVE_MARGIN, **desk.remove(1_000 - purse))
    return desk, rows


def test_a_hedge_of_which_no_leg_may_be_closed_alone_is_closed_whole() -> None:
    desk, rows = hedge(30)
    assert health(desk.pair.state, desk.cross) == (30, 0)
    for row, size in zip(rows, (-10, 10), strict=True):
        refused = desk.pair.refuse(Command.FILL, **desk.trade(row, size, 100))
        assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_MARGIN, 50, 30)
    asked = {"compartment": desk.cross, "amount": PERCENT}
    events = desk.pair.accept(Command.CLOSE_ALL, **asked)
    assert kinds(events) == [Event.FILLED] * 4
    assert [(e.compartment, e.first, e.third) for e in events if e.compartment] == [(rows[0], 0, 99), (rows[1], 0, 101)]
    assert health(desk.pair.state, desk.cross) == (10, 0)
    assert [desk.row(row).size for row in rows] == [0, 0]
    refused = desk.pair.refuse(Command.CLOSE_ALL, **asked)
    assert (refused.reason, refused.compartment) == (Refusal.NOTHING_OPEN, desk.cross)


def test_what_would_leave_less_than_nothing_is_refused_with_what_it_leaves() -> None:
    desk, _ = hedge(30)
    asked = {"compartment": desk.cross, "rate": PERCENT, "amount": PERCENT}
    refused = desk.pair.refuse(Command.CLOSE_ALL, **asked)
    figures = (refused.reason, refused.first, refused.second, refused.compartment)
    assert figures == (Refusal.INSUFFICIENT_MARGIN, 0, 30 - 20 - 10 - 11, desk.cross)
    assert health(desk.pair.state, desk.cross) == (30, 0)
    desk.put(11)
    events = desk.pair.accept(Command.CLOSE_ALL, **asked)
    assert kinds(events) == [Event.FILLED, Event.FEE_PAID, Event.FILLED] * 2
    assert health(desk.pair.state, desk.cross) == (0, 0)


def test_orders_go_first_and_a_margin_by_positions_is_closed_at_its_marks() -> None:
    """Long 10 of A and short 5 of B, 1 %, in assets of their own; the gain in the one pays the loss in the other."""
    desk = Desk()
    a, b = desk.instrument(), desk.instrument()
    for number in (a, b):
        desk.put(desk.pair.state.instruments[number].asset, 20)
    long, short, idle = desk.position(a, 10, 100), desk.position(b, -5, 100), desk.position(b)
    for row in (long, idle):
        desk.pair.accept(Command.PLACE_ORDER, compartment=row, size=1, price=1)
    desk.mark(a, 104)
    desk.mark(b, 110)
    events = desk.pair.accept(Command.CLOSE_ALL, compartment=desk.cross)
    assert kinds(events) == [Event.ORDER_CANCELLED] * 2 + [Event.FILLED] * 4
    assert [e.amount for e in events if e.compartment in (long, short)][1:] == [40, -50]
    assert health(desk.pair.state, desk.cross) == (60 - 30, 0)


def test_it_reduces_where_only_that_is_allowed_and_not_by_a_mark_that_may_not_be_used_to() -> None:
    desk, _ = hedge(30)
    desk.set(UNDERLYING, Parameter.REDUCE_ONLY, 1)
    desk.set(UNDERLYING, Parameter.JUMP_LIMIT, 10 * PERCENT)
    desk.set(UNDERLYING, Parameter.GUARD_POLICY, 0xFFFF)
    assert kinds(desk.mark(UNDERLYING, 150)) == [Event.MARK_HELD]
    refused = desk.pair.refuse(Command.CLOSE_ALL, compartment=desk.cross)
    assert (refused.reason, refused.compartment) == (Refusal.MARK_IN_DOUBT, desk.cross)
    desk.set(UNDERLYING, Parameter.GUARD_POLICY, 65_295)
    desk.pair.accept(Command.CLOSE_ALL, compartment=desk.cross)


def test_what_it_names_must_be_a_cross_compartment_that_is_open_and_rates_in_their_range() -> None:
    desk, rows = hedge(30)
    for number, reason in ((rows[0], Refusal.WRONG_KIND), (10**6, Refusal.UNKNOWN_COMPARTMENT)):
        assert desk.pair.refuse(Command.CLOSE_ALL, compartment=number).reason == reason
    for field in ("rate", "amount"):
        for rate in (-1, RATE_ONE + 1):
            refused = desk.pair.refuse(Command.CLOSE_ALL, compartment=desk.cross, **{field: rate})
            assert (refused.reason, refused.second, refused.third) == (Refusal.RATE_OUT_OF_RANGE, rate, RATE_ONE)
    empty = desk.owner()
    desk.pair.accept(Command.CLOSE_COMPARTMENT, compartment=empty)
    assert desk.pair.refuse(Command.CLOSE_ALL, compartment=empty).reason == Refusal.COMPARTMENT_NOT_OPEN


def test_it_can_be_asked_before() -> None:
    desk, rows = hedge(30)
    engine = desk.pair.engine
    before = engine.to_bytes()
    asked = Row(kind=Command.CLOSE_ALL, compartment=desk.cross, time=desk.pair.state.time)
    tried = engine.what_if(records([asked]))
    assert tried.accepted
    assert engine.to_bytes() == before
    assert len(tried.events) == 2 * len(rows)


def one_by_one(world: World, engine: Engine, row: Row, rows: tuple[int, ...]) -> Engine | None:
    """The engine with these positions closed one after the other at the prices of `row`; None: one is refused."""
    there = Engine.from_bytes(engine.to_bytes())
    for number in rows:
        held = world.state.compartments[number]
        fill = Row(time=row.time, kind=Command.FILL, instrument=held.instrument, compartment=number, size=-held.size)
        events = there.apply(records([fill._replace(price=price_of(world, held, row), rate=row.rate)]))
        if events["kind"][-1] == Event.REFUSED:
            return None
    return there


def price_of(world: World, held: Compartment, row: Row) -> int:
    """At which price CLOSE_ALL trades a position."""
    return sale_of(world.state, held, row.amount)[1]


def thinned(world: World, engine: Engine, cross: int) -> None:
    """Take out of a cross compartment what may leave it, so that it has little to spare."""
    for number, pocket in pockets_of(world.state, cross).items():
        held, purse = world.state.compartments[number], purse_after_interest(world.state, number)

        def opens(amount: int, row: int = number, held: Compartment = held, purse: int = purse) -> bool:
            return room(world.state.with_rows({row: replace(held, purse=purse - amount)}), cross).opens

        most = last_that_holds(opens, 0, purse) if purse > 0 and opens(0) else 0
        if most > 0:
            row = Row(time=world.time, kind=Command.REMOVE_MARGIN, compartment=cross, asset=pocket.asset, amount=most)
            difference = differing(world.model.apply(row), engine.apply(records([row])))
            assert not difference, difference


@pytest.mark.parametrize("block", range(2))
def test_closing_whole_needs_no_more_than_closing_leg_by_leg_in_the_best_order(block: int) -> None:
    """Accepted wherever an order of the legs is, and comes to the same; after it nothing is open and nothing needed.

    Refused but by a guard, it is because less than nothing would be left.
    """
    whole = alone = bankrupt = 0
    for seed in range(9 * 10**6 + block * 800, 9 * 10**6 + block * 800 + 800):
        world, engine = traded(seed, 150, "cross")
        for cross in [] if change_pends(engine) else open_crosses(world.state):
            sized = [number for number, held in positions_of(world.state, cross).items() if held.size]
            if not sized:
                continue
            thinned(world, engine, cross)
            fee, slippage = world.rng.choice((0, 0, 10**5, 10**7)), world.rng.choice((0, 0, 10**5, 10**7))
            row = Row(time=world.time, kind=Command.CLOSE_ALL, compartment=cross, rate=fee, amount=slippage)
            closed = Engine.from_bytes(engine.to_bytes())
            answer = closed.apply(records([row]))[-1]
            orders = list(permutations(sized)) if len(sized) <= 3 else [tuple(sized), tuple(reversed(sized))]
            found = [one_by_one(world, engine, row, order) for order in orders]
            if answer["kind"] == Event.REFUSED:
                assert answer["reason"] == Refusal.INSUFFICIENT_MARGIN
                assert answer["first"] == 0 > answer["second"]
                assert not any(found)
                bankrupt += 1
                continue
            whole += 1
            alone += None in found
            equity, needed = cross_health(closed.tables, cross)
            assert equity >= needed == 0
            assert not any(closed.tables.positions["size"][number] for number in sized)
            assert not check(closed.tables)
            for other in found:
                assert other is None or cross_health(other.tables, cross) == (equity, 0)
    assert min(whole, alone, bankrupt) > 2, (whole, alone, bankrupt)
