"""The price axis where instruments settle, where many fall at once, and where numbers end, on engine and model."""

from __future__ import annotations

from math import exp, log
from random import Random

import pytest
from differential.portfolios import UNDERLYING, Portfolio, kinds
from differential.test_axis_figures import CALL_ARRAY, Axis
from differential.test_axis_laws import SCENARIOS, both_sides, values
from reference.moved_prices import moved_price
from reference.rights import CALL, PUT

from stoplog.codes import Event, Model, Parameter
from stoplog.units import LOT_VALUE_MAX, PRICE_MAX, PURSE_MAX


def dated(desk: Axis, expiry: int = 1_000) -> None:
    """Let the underlying expire then."""
    desk.set(UNDERLYING, Parameter.EXPIRY_TIME, expiry)


@pytest.mark.rule("PRT-007", "PRT-009")
def test_an_underlying_that_settles_with_its_option_counts_for_that_and_moves_what_expires_later() -> None:
    desk = Axis()
    dated(desk)
    first, later = desk.option(100, mark=5), desk.option(100, mark=5, expiry=2_000)
    for number in (first, later):
        desk.stage(number, CALL_ARRAY)
    desk.come()
    long, short = both_sides(desk, (UNDERLYING, first, later))
    desk.axis((70, 130, 0, 0))
    desk.expire(first, 105)
    desk.mark(UNDERLYING, 120)
    assert values(desk, long) == {UNDERLYING: 105, first: 0, later: 21}
    desk.expire(UNDERLYING, 110)
    assert values(desk, long) == {UNDERLYING: 0, first: 0, later: 12}
    assert values(desk, short) == {UNDERLYING: 0, first: 0, later: -12}


@pytest.mark.rule("PRT-007", "PRT-009")
def test_a_later_mark_of_an_underlying_that_had_settled_brings_the_axis_that_was_staged() -> None:
    desk = Axis()
    dated(desk)
    first, later = desk.option(100, mark=5), desk.option(100, mark=5, expiry=2_000)
    desk.stage(later, CALL_ARRAY)
    desk.come()
    desk.axis((70, 130, 0, 0))
    desk.expire(first, 105)
    long, _ = both_sides(desk, (UNDERLYING, later))
    desk.stage(UNDERLYING, mark=100)
    desk.revalue()
    desk.mark(UNDERLYING, 130)
    assert desk.pair.state.risk[UNDERLYING].axis == [(70, 0), (100, -1), (130, 1)]
    assert values(desk, long) == {UNDERLYING: 130, later: 2}


@pytest.mark.rule("PRT-009", "PRT-006")
@pytest.mark.parametrize("by", ["mark", "revaluation", "expiry"])
def test_what_brings_many_down_makes_room_for_it_first(by: str) -> None:
    """More events than a buffer of an empty engine has room for; the axis, too, is put back until there is."""
    desk = Axis()
    dated(desk)
    number = desk.listed(CALL_ARRAY, expiry=2_000)
    owners = [desk.owner() for _ in range(70)]
    for cross in owners:
        desk.put(210, cross)
        desk.leg(number, -10, 5, cross=cross)
    if by == "mark":
        events = desk.mark(UNDERLYING, 110)
    elif by == "expiry":
        events = desk.expire(UNDERLYING, 110)
    else:
        desk.stage(number, (-5, -3, 7, 30), mark=6)
        events = desk.come((70, 90, 110, 130))
    assert len(events) > 256
    assert [event.compartment for event in events if event.kind == Event.CROSS_LIQUIDATED] == owners


@pytest.mark.rule("PRT-009")
def test_a_mark_looks_at_compartments_of_both_models_in_the_order_of_their_numbers() -> None:
    """One with the sum of its positions between two by scenarios, of which one holds the underlying and a call."""
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    plain, last = desk.owner(Model.POSITIONS), desk.owner()
    for cross in (desk.cross, plain, last):
        desk.put(205, cross)
    desk.leg(number, -10, 5)
    desk.leg(UNDERLYING, -20, 100, cross=plain)
    desk.leg(UNDERLYING, -1, 100, cross=last)
    desk.leg(number, -10, 5, cross=last)
    events = desk.mark(UNDERLYING, 111)
    assert [e.compartment for e in events if e.kind == Event.CROSS_LIQUIDATED] == [desk.cross, plain, last]


@pytest.mark.rule("PRT-009")
def test_a_mark_without_an_axis_leaves_what_follows_alone() -> None:
    desk = Axis()
    number = desk.listed(CALL_ARRAY, axis=(0, 0, 0, 0))
    desk.put(210)
    desk.leg(number, -10, 5)
    assert kinds(desk.mark(UNDERLYING, 10**6)) == [Event.MARKED]


@pytest.mark.rule("PRT-009")
def test_the_rise_in_coin_beyond_the_axis_is_held_at_the_price_limit_before_it_is_added() -> None:
    """An array that says less than nothing is left at the last price: 38 − 400 + 400."""
    desk = Axis(price_max=400)
    axis = (40, 120, 0, 0)
    number = desk.listed((-400, 0, 0, 0), mark=38, strike=1_000, coin_units=2_000, right=PUT, axis=axis)
    long, short = both_sides(desk, (number,))
    desk.mark(UNDERLYING, 1)
    assert (values(desk, long)[number], values(desk, short)[number]) == (0, -38)


def about(rng: Random, low: int, high: int) -> int:
    """A number of any size within limits, ends and small ones as often as large."""
    return max(low, min(high, int(exp(rng.uniform(log(low), log(high)))) + rng.choice((-1, 0, 0, 1))))


def extreme(rng: Random) -> tuple[Portfolio, list[int], list[int]]:
    """A portfolio with prices and lots up to their limits, an axis and arrays of any size; options and prices."""
    highest = rng.choice((PRICE_MAX, PRICE_MAX, 2**33, 2**20, 400))
    unit = max(1, LOT_VALUE_MAX // highest // rng.choice((1, 1, 3, LOT_VALUE_MAX)))
    mark, most = about(rng, 2, highest - 1), unit * highest
    desk, numbers = Portfolio(price=mark, price_max=highest, multiplier=unit, limit=10), []
    for _ in range(4):
        right = rng.choice((0, CALL, PUT, CALL, PUT))
        units = rng.choice((0, about(rng, 1, PRICE_MAX))) if right else 0
        strike = about(rng, 1, PRICE_MAX if units else highest) if right else 0
        numbers.append(desk.option(strike, right=right, mark=about(rng, 1, highest), coin_units=units))
        sizes = (most, about(rng, 1, most), 0, rng.randint(0, most))
        desk.stage(numbers[-1], [rng.choice((-1, 1)) * rng.choice(sizes) for _ in range(SCENARIOS)])
    near = (max(1, mark - about(rng, 1, 20)), min(highest, mark + about(rng, 1, 20)))
    prices = [rng.choice((0, mark, about(rng, 1, highest), about(rng, 1, highest), *near)) for _ in range(SCENARIOS)]
    prices[:2] = rng.randint(1, mark - 1), rng.randint(mark + 1, highest)
    rng.shuffle(prices)
    desk.stage(UNDERLYING, [0] * SCENARIOS, mark=mark)
    desk.axis(prices)
    desk.count = SCENARIOS
    desk.revalue()
    return desk, numbers, [price for price in prices if price]


@pytest.mark.rule("PRT-009", "RND-002")
@pytest.mark.parametrize("seed", range(40))
def test_moved_prices_are_the_same_where_numbers_end(seed: int) -> None:
    rng = Random(seed)
    desk, numbers, prices = extreme(rng)
    owners = both_sides(desk, [*numbers, UNDERLYING], PURSE_MAX // 4)
    highest = desk.price_max
    for price in [1, highest, *rng.sample(prices, 2), *(about(rng, 1, highest) for _ in range(6))]:
        desk.mark(UNDERLYING, price)
        for cross, size in zip(owners, (1, -1), strict=True):
            for number, value in values(desk, cross).items():
                assert value == size * desk.multiplier * moved_price(desk.pair.state, number, size)
