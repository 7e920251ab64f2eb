"""The worked figures of docs/rules.md about portfolio compartments, on engine and model."""

from __future__ import annotations

import pytest
from differential.portfolios import UNDERLYING, Portfolio, kinds
from reference.crossing import health, room
from reference.rights import CALL, PUT

from stoplog.codes import Command, Event, Parameter, Refusal
from stoplog.units import PRICE_MAX, RATE_ONE


@pytest.mark.rule("PRT-001")
@pytest.mark.parametrize(
    ("right", "price", "settled"), [(CALL, 130, 30), (PUT, 130, 0), (PUT, 70, 30), (CALL, 100, 0), (CALL, 101, 1)]
)
def test_an_option_settles_at_what_it_gives(right: int, price: int, settled: int) -> None:
    desk = Portfolio()
    number = desk.option(100, right=right)
    desk.revalue({UNDERLYING: [0], number: [0]})
    desk.put(1_000)
    held = desk.leg(number, 10, 10)
    events = desk.expire(number, price)
    assert [(e.amount, e.third) for e in events if e.compartment == held] == [(10 * settled - 100, settled)]
    assert desk.pair.state.instruments[number].mark == settled
    assert health(desk.pair.state, desk.cross) == (1_000 + 10 * settled - 100, 0)


@pytest.mark.rule("PRT-001")
def test_an_option_in_coin_settles_in_parts_of_a_coin() -> None:
    desk = Portfolio()
    number = desk.option(100, mark=1_000, coin_units=10_000)
    desk.revalue({UNDERLYING: [0], number: [0]})
    desk.put(1_000)
    desk.leg(number, 1, 1_000)
    assert desk.expire(number, 130)[1].third == 2_307


@pytest.mark.rule("PRT-001", "RND-002")
def test_what_would_leave_64_bits_is_held_at_the_price_limit() -> None:
    desk = Portfolio()
    number = desk.option(PRICE_MAX, right=PUT, coin_units=PRICE_MAX)
    assert kinds(desk.expire(number, 1)) == [Event.EXPIRED]
    assert desk.pair.state.instruments[number].mark == desk.price_max


@pytest.mark.rule("PRT-001")
def test_an_isolated_holder_of_an_option_that_ends_worthless_is_settled_or_liquidated_as_at_any_price() -> None:
    desk = Portfolio()
    number = desk.option(100)
    long, short = desk.pair.open(number, 200), desk.pair.open(number, 50)
    for held, size in ((long, 10), (short, -10)):
        desk.pair.accept(Command.FILL, instrument=number, compartment=held, size=size, price=10)
    events = desk.expire(number, 100)
    assert kinds(events)[:2] == [Event.EXPIRED, Event.SETTLED_AT_EXPIRY]
    assert (desk.row(long).purse, desk.row(short).purse) == (100, 150)


@pytest.mark.rule("PRT-002", "PRT-003")
def test_a_hedge_needs_the_worst_scenario_of_both_legs_and_the_charge_for_the_short_one() -> None:
    desk = Portfolio()
    number = desk.option(100, right=CALL, coin_units=1)
    desk.factor = 120_000_000
    desk.revalue({UNDERLYING: [-20, 0, 15], number: [-12, 0, 12]})
    desk.stage(number, charge=3)
    desk.revalue()
    desk.put(10_000)
    desk.leg(UNDERLYING, 10, 100)
    assert (health(desk.pair.state, desk.cross).maintenance, room(desk.pair.state, desk.cross).needed) == (200, 240)
    desk.leg(number, -10, 10)
    assert (health(desk.pair.state, desk.cross).maintenance, room(desk.pair.state, desk.cross).needed) == (110, 132)


@pytest.mark.rule("PRT-004")
def test_a_spread_needs_no_more_than_it_can_lose() -> None:
    desk = Portfolio()
    low, high = desk.option(100, mark=8), desk.option(110, mark=5)
    desk.revalue({UNDERLYING: [-50, 50], low: [-8, 45], high: [-5, 42]}, charge=50)
    desk.put(10_000)
    rows = [desk.leg(low, 10, 8), desk.leg(high, -10, 5)]
    assert health(desk.pair.state, desk.cross) == (10_000, 30)
    for row, size, price in ((rows[0], -20, 8), (rows[1], 20, 5)):
        desk.fill(row, size, price)
    assert health(desk.pair.state, desk.cross) == (10_000, 70)


@pytest.mark.rule("PRT-004")
def test_what_can_be_lost_is_added_up_over_expiries_and_has_no_bound_where_prices_have_another_limit() -> None:
    desk = Portfolio()
    low, late = desk.option(100, mark=8), desk.option(110, mark=5, expiry=2_000)
    desk.revalue({UNDERLYING: [-50, 50], low: [-8, 45], late: [-5, 42]}, charge=50)
    desk.put(10_000)
    desk.leg(low, 10, 8)
    assert health(desk.pair.state, desk.cross).maintenance == 80
    desk.leg(late, -10, 5)
    assert health(desk.pair.state, desk.cross).maintenance == 30 + 500
    desk.price_max = 10**5
    terms = {"amount": 1, "price": 10**5, "rate": 1, "size": 10**6}
    desk.pair.accept(Command.REGISTER_INSTRUMENT, asset=1, other=1, **terms)
    desk.pair.accept(Command.MARK, instrument=4, price=100)
    desk.pair.accept(Command.SET_UNDERLYING, instrument=4, other=UNDERLYING)
    desk.revalue({4: [0, 0]})
    other = desk.owner()
    desk.put(10_000, other)
    desk.leg(low, 10, 8, cross=other)
    assert health(desk.pair.state, other).maintenance == 80
    desk.revalue({low: [-900, 45]})
    assert health(desk.pair.state, other).maintenance == 80
    desk.leg(4, 1, 100, cross=other)
    assert health(desk.pair.state, other).maintenance == 9_000


@pytest.mark.rule("PRT-005")
def test_a_hedge_is_never_judged_with_one_leg_moved() -> None:
    """A short call held against the underlying: the call alone at 60 would breach it, both together do not."""
    desk = Portfolio()
    number = desk.option(100)
    desk.revalue({UNDERLYING: [-5], number: [-4]})
    desk.put(300)
    desk.leg(UNDERLYING, 10, 100)
    desk.leg(number, -10, 10)
    assert health(desk.pair.state, desk.cross) == (300, 10)
    desk.pair.accept(Command.MARK, instrument=number, price=60)
    desk.stage(number, [-4], mark=60)
    assert health(desk.pair.state, desk.cross) == (300, 10)
    desk.stage(UNDERLYING, [-5], mark=150)
    event = desk.revalue()[0]
    assert (event.kind, event.first, event.second, event.third) == (Event.REVALUED, 1, 0, 2)
    assert health(desk.pair.state, desk.cross) == (300, 10)
    desk.stage(number, [-4], mark=110)
    assert kinds(desk.revalue())[:2] == [Event.REVALUED, Event.CROSS_LIQUIDATED]


@pytest.mark.rule("PRT-005")
def test_no_position_is_open_without_a_whole_array() -> None:
    desk = Portfolio()
    number = desk.option(100)
    desk.count = 5
    desk.put(1_000)
    opening = {"account": 1, "instrument": number, "compartment": desk.cross}
    assert desk.pair.refuse(Command.OPEN_COMPARTMENT, **opening).reason == Refusal.NO_ARRAY
    desk.revalue({number: [0, 0, 0, 0]})
    assert desk.pair.refuse(Command.OPEN_COMPARTMENT, **opening).second == number
    desk.revalue({number: [0, 0, 0, 0, 0]})
    desk.pair.accept(Command.OPEN_COMPARTMENT, **opening)
    refused = desk.pair.refuse(Command.REVALUE, instrument=UNDERLYING, code=9, rate=RATE_ONE)
    assert (refused.reason, refused.second) == (Refusal.NO_ARRAY, number)
    desk.set(number, Parameter.EXPIRY_TIME, 1)
    desk.expire(number, 100)
    desk.pair.accept(Command.REVALUE, instrument=UNDERLYING, code=9, rate=RATE_ONE)


@pytest.mark.rule("PRT-005")
def test_a_strategy_is_looked_at_once_its_option_has_settled() -> None:
    """The long call that bounds the loss of the short one ends first, at an earlier time."""
    desk = Portfolio()
    low, high = desk.option(100, mark=8), desk.option(110, mark=5, expiry=2_000)
    desk.revalue({UNDERLYING: [-50, 50], low: [-8, 45], high: [-5, 42]})
    desk.put(200)
    held, short = desk.leg(low, 10, 8), desk.leg(high, -10, 5)
    assert health(desk.pair.state, desk.cross) == (200, 30)
    events = kinds(desk.expire(low, 105))
    assert events.index(Event.SETTLED_AT_EXPIRY) < events.index(Event.CROSS_LIQUIDATED)
    assert (desk.row(held).size, desk.row(short).size) == (0, 0)


@pytest.mark.rule("PRT-007")
@pytest.mark.parametrize("first", [0, 1])
def test_what_settles_together_is_judged_by_what_it_settles_at(first: int) -> None:
    """A spread whose owner put in the 70 that it can lose, settled at 130 one leg after the other."""
    desk = Portfolio()
    low, high = desk.option(100, mark=8), desk.option(110, mark=5)
    later = desk.option(100, mark=9, expiry=2_000)
    desk.revalue({UNDERLYING: [0], low: [0], high: [0], later: [-1]})
    desk.put(70)
    rows = [desk.leg(high, 10, 5), desk.leg(low, -10, 8)]
    desk.revalue({low: [0]}, charge=1_000)
    assert health(desk.pair.state, desk.cross) == (70, 70)
    order = (low, high) if first == 0 else (high, low)
    events = desk.expire(order[0], 130)
    assert Event.CROSS_LIQUIDATED not in kinds(events)
    risk = desk.pair.state.risk
    assert [risk[n].mark for n in (low, high, later, UNDERLYING)] == [30, 20, 9, 100]
    assert (risk[order[1]].charge, set(risk[order[1]].array), risk[later].array[0]) == (0, {0}, -1)
    assert health(desk.pair.state, desk.cross) == (0, 0)
    desk.expire(order[1], 130)
    assert health(desk.pair.state, desk.cross) == (0, 0)
    assert [desk.row(row).size for row in rows] == [0, 0]


@pytest.mark.rule("PRT-007")
def test_what_has_no_right_settles_within_its_own_limits() -> None:
    desk = Portfolio()
    number = desk.option(100, right=PUT)
    terms = {"amount": 1, "price": 120, "rate": 90, "size": 10**6}
    desk.pair.accept(Command.REGISTER_INSTRUMENT, asset=1, other=1, **terms)
    desk.pair.accept(Command.SET_UNDERLYING, instrument=3, other=UNDERLYING)
    desk.set(3, Parameter.EXPIRY_TIME, 1_000)
    for price, settled in ((80, 90), (100, 100)):
        desk.expire(number, price)
        assert desk.pair.state.risk[3].mark == settled
        number = desk.option(100, right=PUT)


@pytest.mark.rule("PRT-007", "PRT-006")
def test_one_that_falls_at_the_expiry_of_another_is_sold_at_what_it_settles_at_though_that_is_no_price() -> None:
    """A call that ends worthless is sold for 0, below the smallest price of 1."""
    desk = Portfolio()
    low, high = desk.option(100, mark=8), desk.option(110, mark=5)
    late = desk.option(100, mark=8, expiry=2_000)
    desk.revalue({UNDERLYING: [0], low: [0], high: [0], late: [0]})
    desk.put(150)
    desk.leg(low, 10, 8)
    held, short = desk.leg(high, 10, 5), desk.leg(late, -10, 8)
    desk.revalue({late: [1]})
    events = desk.expire(low, 100)
    assert health(desk.pair.state, desk.cross).maintenance == 10
    assert Event.CROSS_LIQUIDATED not in kinds(events)
    desk.stage(late, [8], mark=9)
    events = desk.revalue()
    assert [(e.compartment, e.second) for e in events if e.kind == Event.SOLD] == [(held, 0), (short, 9)]


@pytest.mark.rule("PRT-008")
def test_nothing_leaves_by_a_worth_that_a_mark_has_taken_and_no_mark_liquidates() -> None:
    desk = Portfolio()
    desk.revalue({UNDERLYING: [-5]})
    desk.put(300)
    held = desk.leg(UNDERLYING, 10, 100)
    assert kinds(desk.mark(UNDERLYING, 80)) == [Event.MARKED]
    assert (health(desk.pair.state, desk.cross), room(desk.pair.state, desk.cross)) == ((300, 50), (100, 50))
    refused = desk.pair.refuse(Command.REMOVE_MARGIN, **desk.remove(51))
    assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_MARGIN, 50, 49)
    desk.pair.accept(Command.REMOVE_MARGIN, **desk.remove(50))
    refused = desk.pair.refuse(Command.FILL, **desk.trade(held, 1, 80))
    assert (refused.first, refused.second) == (55, 50)
    assert kinds(desk.mark(UNDERLYING, 1)) == [Event.MARKED]
    desk.fill(held, -1, 100)
    assert kinds(desk.mark(UNDERLYING, 150)) == [Event.MARKED]
    assert room(desk.pair.state, desk.cross).available == 250


@pytest.mark.rule("PRT-006")
def test_a_strategy_is_sold_whole_at_the_marks_of_its_arrays() -> None:
    """Equity 40 goes with what is worth 1,000 and −100 in parts of 36 and 3."""
    desk = Portfolio()
    number = desk.option(100, coin_units=1)
    desk.revalue({UNDERLYING: [-3], number: [0]})
    desk.put(40)
    rows = [desk.leg(UNDERLYING, 10, 100), desk.leg(number, -10, 10)]
    desk.pair.accept(Command.MARK, instrument=number, price=90)
    events = desk.revalue({UNDERLYING: [-5]})
    liquidated = [event for event in events if event.kind == Event.CROSS_LIQUIDATED]
    assert [(e.first, e.second, e.third) for e in liquidated] == [(40, 50, 2)]
    taken = [(e.compartment, e.third) for e in events if e.kind == Event.TAKEN_OVER]
    assert taken == [(rows[0], 36), (rows[1], 3)]
    assert [e.second for e in events if e.kind == Event.SOLD] == [100, 10]
    assert health(desk.pair.state, desk.cross) == (40, 0)


@pytest.mark.rule("PRT-005", "PRT-006")
def test_a_revaluation_that_brings_many_down_makes_room_for_it_first() -> None:
    """More events than a buffer of an empty engine has room for; what is staged is put back until there is."""
    desk = Portfolio()
    number = desk.option(100, coin_units=1)
    desk.revalue({UNDERLYING: [-3], number: [0]})
    owners = [desk.owner() for _ in range(40)]
    for cross in owners:
        desk.put(40, cross)
        desk.leg(UNDERLYING, 10, 100, cross=cross)
        desk.leg(number, -10, 10, cross=cross)
    events = desk.revalue({UNDERLYING: [-5]})
    assert len(events) > 256
    assert [event.compartment for event in events if event.kind == Event.CROSS_LIQUIDATED] == owners


@pytest.mark.rule("PRT-005", "PRT-006")
def test_an_expiry_that_brings_many_down_makes_room_for_it_first() -> None:
    """Short spreads over time, whose long leg settles first and leaves the other alone."""
    desk = Portfolio()
    low, high = desk.option(100, mark=8), desk.option(110, mark=5, expiry=2_000)
    desk.revalue({UNDERLYING: [-50, 50], low: [-8, 45], high: [-5, 42]})
    owners = [desk.owner() for _ in range(60)]
    for cross in owners:
        desk.put(200, cross)
        desk.leg(low, 10, 8, cross=cross)
        desk.leg(high, -10, 5, cross=cross)
    events = desk.expire(low, 105)
    assert len(events) > 256
    assert [event.compartment for event in events if event.kind == Event.CROSS_LIQUIDATED] == owners
