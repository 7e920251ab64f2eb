"""Laws of moved prices over random strategies and axes, on engine and model, and beside Black-76."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import pytest
from differential.portfolios import UNDERLYING, Portfolio, kinds
from differential.test_strategy_laws import HIGHEST, least_left
from reference.rights import CALL, PUT

from stoplog.codes import Command, Event
from stoplog.pricing.black import black76

SCENARIOS = 8
PLENTY = 10**9
AMOUNT = 10**7


def random_axis(rng: Random, mark: int, highest: int = HIGHEST) -> list[int]:
    """A price for each scenario: some equal, some none, some the mark itself, at least one below it and one above."""
    prices = [rng.choice((0, mark, rng.randint(1, highest), rng.randint(1, highest))) for _ in range(SCENARIOS - 2)]
    prices += [rng.randint(1, mark - 1), rng.randint(mark + 1, highest)]
    rng.shuffle(prices)
    return prices


def market(rng: Random, *, coins: bool) -> tuple[Portfolio, int, list[int]]:
    """A portfolio whose prices end at 400, the mark of its underlying, and options of two expiries."""
    mark = rng.randint(30, 350)
    desk = Portfolio(price=mark, price_max=HIGHEST, multiplier=rng.choice((1, 3)), limit=10**4)
    desk.count = SCENARIOS
    options = []
    for _ in range(rng.randint(2, 5)):
        units = rng.choice((0, 300)) if coins else 0
        terms = {"right": rng.choice((CALL, PUT)), "expiry": rng.choice((1_000, 1_000, 2_000, 0)), "coin_units": units}
        options.append(desk.option(rng.randint(1, HIGHEST), mark=rng.randint(1, 150), **terms))
    return desk, mark, options


def with_arrays(
    rng: Random, desk: Portfolio, mark: int, options: Sequence[int]
) -> tuple[list[int], dict[int, list[int]]]:
    """An axis and arrays at random, in force; both."""
    most, axis = HIGHEST * desk.multiplier // rng.choice((1, 5)), random_axis(rng, mark)
    arrays = {number: [rng.randint(-most, most) for _ in axis] for number in options}
    desk.stage(UNDERLYING, [0] * SCENARIOS, mark=mark)
    for number, array in arrays.items():
        desk.stage(number, array)
    desk.axis(axis)
    desk.revalue()
    return axis, arrays


def both_sides(desk: Portfolio, options: Sequence[int], money: int = PLENTY) -> tuple[int, int]:
    """A strategy long a lot of each option, and one short."""
    owners = desk.owner(), desk.owner()
    for cross, size in zip(owners, (1, -1), strict=True):
        desk.put(money, cross)
        for number in options:
            desk.leg(number, size, 1, cross=cross)
    return owners


def values(desk: Portfolio, cross: int) -> dict[int, int]:
    """What its positions are worth by themselves, by instrument."""
    return {held.instrument: held.worth + held.cost for held in desk.standing(cross).positions}


@pytest.mark.rule("PRT-009")
@pytest.mark.parametrize("seed", range(30))
def test_at_a_price_of_the_axis_every_leg_counts_for_what_its_array_says(seed: int) -> None:
    """Whatever the arrays are, in money and in coin; of equal prices the first, at the mark nothing gained."""
    rng = Random(seed)
    desk, mark, options = market(rng, coins=True)
    axis, arrays = with_arrays(rng, desk, mark, options)
    long, short = both_sides(desk, options)
    unit = desk.multiplier
    for price in sorted({price for price in axis if price} | {mark}):
        desk.mark(UNDERLYING, price)
        for number, array in arrays.items():
            gained = 0 if price == mark else array[axis.index(price)]
            start = desk.pair.state.risk[number].mark
            low, high = start + gained // unit, start - -gained // unit
            assert values(desk, long)[number] == max(0, min(HIGHEST, low)) * unit
            assert values(desk, short)[number] == -max(0, min(HIGHEST, high)) * unit


@dataclass
class Option:
    """An option as Black-76 prices it, at a deviation that stays; prices in price units."""

    right: int
    strike: int
    deviation: float
    coin_units: int

    def price(self, forward: float) -> float:
        """Its true price where the underlying is at `forward`."""
        at, is_call, inverse = (forward, self.strike, 1.0, self.deviation), self.right == CALL, self.coin_units > 0
        return black76(*at, is_call=is_call, inverse=inverse, rate=RATE).price * (self.coin_units or 1)

    def place(self, price: float) -> float:
        """Where a price of the underlying is on the line on which it is convex."""
        return 1.0 / price if self.coin_units else float(price)

    def slope(self, price: float) -> float:
        """The change of its price along that line."""
        step = 1e-6 * self.place(price)
        low, high = self.place(price) - step, self.place(price) + step
        rise = self.price(self.back(high)) - self.price(self.back(low))
        return rise / (high - low)

    def back(self, place: float) -> float:
        """The price of the underlying at a place."""
        return 1.0 / place if self.coin_units else place


AROUND, LOT, RATE = 10_000, 100, 0.03


@dataclass
class Grid:
    """Options with arrays by Black-76 for a lot of 100 units, on an axis around 10,000."""

    desk: Portfolio
    axis: list[int]
    options: dict[int, Option]

    def neighbours(self, mark: int) -> tuple[list[int], list[int]]:
        """The prices of the axis below or at a mark, the nearest last, and those above, the nearest first."""
        return [price for price in self.axis if price <= mark], [price for price in self.axis if price > mark]

    def stretch(self, option: Option, mark: int) -> float:
        """How far a line is drawn beyond the two prices it goes through, at most, by their distance."""
        below, above = self.neighbours(mark)
        lines = [below[:-3:-1]] * (len(below) > 1) + [above[:2]] * (len(above) > 1)
        found = [0.0]
        for near, far in lines:
            found.append((option.place(mark) - option.place(near)) / (option.place(near) - option.place(far)))
        return max(map(abs, found))

    def gap(self, option: Option, mark: int) -> float:
        """By how much short and long are apart at most, rounding aside: from slopes at the prices about a mark.

        The chord is above the higher of two outer lines by at most a quarter of its width times the change of slope
        from outer price to outer price; above a single one by at most its width times the change over two stretches.
        """
        below, above = self.neighbours(mark)
        first, last = below[-2:][0], above[:2][-1]
        turned = abs(option.slope(last) - option.slope(first))
        width = abs(option.place(above[0]) - option.place(below[-1]))
        return width * turned / (4 if len(below) > 1 and len(above) > 1 else 1)


def grid(rng: Random, *, coin: bool) -> Grid:
    """Four options with marks and arrays rounded to the nearest whole, on an axis of ten uneven steps."""
    steps = [rng.uniform(0.03, 0.09) for _ in range(5)], [rng.uniform(0.03, 0.12) for _ in range(5)]
    below = [round(AROUND * (1 - sum(steps[0][: n + 1]))) for n in range(5)]
    above = [round(AROUND * (1 + sum(steps[1][: n + 1]))) for n in range(5)]
    desk = Portfolio(price=AROUND, price_max=10**6, multiplier=LOT)
    prices, options = [*below, *above], {}
    for _ in range(4):
        units = 10**5 if coin else 0
        option = Option(rng.choice((CALL, PUT)), rng.randint(6_000, 15_000), rng.choice((0.02, 0.1, 0.3, 0.8)), units)
        terms = {"right": option.right, "expiry": 0, "coin_units": units}
        options[desk.option(option.strike, mark=max(1, round(option.price(AROUND))), **terms)] = option
    desk.count = len(prices)
    desk.stage(UNDERLYING, [LOT * (price - AROUND) for price in prices])
    for number, option in options.items():
        start = option.price(AROUND)
        desk.stage(number, [round(LOT * (option.price(price) - start)) for price in prices])
    desk.axis(prices)
    desk.revalue()
    return Grid(desk, sorted([*prices, AROUND]), options)


def rounding(stretch: float) -> float:
    """What rounding does to a moved price, in price units: one of the mark, half a lot's of a line and its stretch."""
    return 1 + (1 + 2 * stretch) / (2 * LOT) + 1e-6


@pytest.mark.rule("PRT-009", "PRI-001", "PRI-003")
@pytest.mark.parametrize("coin", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_inside_the_axis_the_true_price_is_between_long_and_short_and_they_are_near(seed: int, coin: bool) -> None:
    """Long is never above, short never below it, and they are apart by no more than the change of slope allows."""
    rng = Random(seed)
    given = grid(rng, coin=coin)
    long, short = both_sides(given.desk, list(given.options))
    for mark in [*rng.sample(range(given.axis[0], given.axis[-1]), 25), *given.axis[:-1]]:
        given.desk.mark(UNDERLYING, mark)
        low, high = values(given.desk, long), values(given.desk, short)
        for number, option in given.options.items():
            stretch = given.stretch(option, mark)
            true, bought, sold = option.price(mark), low[number] / LOT, -high[number] / LOT
            assert bought <= true + rounding(stretch)
            assert sold >= true - rounding(0)
            assert 0 <= sold - bought <= given.gap(option, mark) + 2 * rounding(stretch)


@pytest.mark.rule("PRT-009", "PRI-001", "PRI-003")
@pytest.mark.parametrize("coin", [False, True])
@pytest.mark.parametrize("seed", range(10, 18))
def test_beyond_the_axis_the_true_price_is_between_long_and_short(seed: int, coin: bool) -> None:
    """And who is short counts for no more than by the highest rise that there can be."""
    rng = Random(seed)
    given = grid(rng, coin=coin)
    long, short = both_sides(given.desk, list(given.options), AMOUNT * LOT)
    ends = given.axis[0], given.axis[-1]
    marks = [ends[0] - 1, ends[1] + 1, 100, 3_000, rng.randint(1_000, ends[0]), rng.randint(ends[1], 40_000), 10**5]
    for mark in marks:
        given.desk.mark(UNDERLYING, mark)
        end = ends[mark > AROUND]
        low, high = values(given.desk, long), values(given.desk, short)
        for number, option in given.options.items():
            stretch = given.stretch(option, mark)
            true, bought, sold = option.price(mark), low[number] / LOT, -high[number] / LOT
            assert bought <= true + rounding(stretch)
            assert sold >= min(true, given.desk.price_max) - rounding(0)
            width = abs(option.place(mark) - option.place(end))
            steepest = (option.coin_units * option.strike if coin else 1) * ((option.right == CALL) == (mark > end))
            assert sold <= option.price(end) + width * steepest + 3 * rounding(stretch)


@pytest.mark.rule("PRT-010", "PRT-004")
def test_who_has_paid_in_what_he_can_lose_at_most_is_liquidated_by_no_mark() -> None:
    """Whatever axis and arrays are; with a unit less some mark takes him down."""
    kept = fallen = 0
    for seed in range(40):
        rng = Random(seed)
        desk, mark, options = market(rng, coins=False)
        with_arrays(rng, desk, mark, options)
        legs = [(number, rng.choice((-1, 1)) * rng.randint(1, 30)) for number in [*options, UNDERLYING]]
        start = sum(size * desk.pair.state.risk[number].mark for number, size in legs) * desk.multiplier
        if start < least_left(desk, legs):
            continue
        kept += 1
        other = desk.owner()
        for cross, less in ((desk.cross, 0), (other, 1)):
            fill_up_to_the_loss(desk, cross, legs, less)
        for _ in range(25):
            price = rng.choice((1, HIGHEST, rng.randint(1, HIGHEST), rng.randint(1, HIGHEST)))
            events = desk.mark(rng.choice((UNDERLYING, UNDERLYING, *options)), price)
            gone = [event.compartment for event in events if event.kind == Event.CROSS_LIQUIDATED]
            assert desk.cross not in gone
            fallen += other in gone
            there = desk.standing()
            assert there.equity >= there.maintenance_margin
    assert kept > 10
    assert fallen > 3


def fill_up_to_the_loss(desk: Portfolio, cross: int, legs: Sequence[tuple[int, int]], less: int) -> None:
    """Open a strategy, and take out all but what it can lose at most and so much less, where it opens with that."""
    desk.put(AMOUNT, cross)
    for number, size in legs:
        desk.leg(number, size, desk.pair.state.instruments[number].mark, cross=cross)
    cost = sum(held.cost for held in desk.pair.state.compartments.values() if held.cross == cross)
    spare = AMOUNT - cost + least_left(desk, list(legs))
    there = desk.standing(cross)
    amount = min(spare + less, there.opening_equity - there.initial_margin)
    desk.pair.accept(Command.REMOVE_MARGIN, compartment=cross, asset=1, amount=amount)


@pytest.mark.rule("PRT-009", "PRT-006")
@pytest.mark.parametrize("seed", range(20, 30))
def test_a_conversion_is_moved_by_no_more_than_the_gaps_of_its_options(seed: int) -> None:
    """Long the underlying and a put, short a call of the same strike: worth the strike wherever the underlying is."""
    rng = Random(seed)
    given = conversion(rng)
    desk, (put, call), size = given.desk, given.options, rng.randint(1, 20)
    desk.put(AMOUNT * LOT)
    for number, lots in ((UNDERLYING, size), (put, size), (call, -size)):
        desk.leg(number, lots, 1)
    owners = both_sides(desk, (put, call))
    start = sum(values(desk, desk.cross).values())
    for mark in [*rng.sample(range(given.axis[0], given.axis[-1]), 15), 1_000, 30_000]:
        assert kinds(desk.mark(UNDERLYING, mark)) == [Event.MARKED]
        low, high = (values(desk, cross) for cross in owners)
        gaps = sum(-high[number] - low[number] for number in (put, call)) * size
        stretch = max(given.stretch(option, mark) for option in given.options.values())
        slack = 2 * rounding(stretch) * LOT * size
        assert start - gaps - slack <= sum(values(desk, desk.cross).values()) <= start + slack
        if given.axis[0] <= mark <= given.axis[-1]:
            most = sum(given.gap(option, mark) for option in given.options.values()) * LOT * size
            assert gaps <= most + 2 * slack


def conversion(rng: Random) -> Grid:
    """A put and a call of one strike on a grid, without interest."""
    steps = [rng.uniform(0.03, 0.1) for _ in range(8)]
    below = [round(AROUND * (1 - sum(steps[: n + 1]))) for n in range(4)]
    above = [round(AROUND * (1 + sum(steps[4 : n + 5]))) for n in range(4)]
    desk, strike, deviation = Portfolio(price=AROUND, price_max=10**6, multiplier=LOT), rng.randint(8_000, 12_000), 0.2
    prices, options = [*below, *above], dict[int, Option]()
    for right in (PUT, CALL):
        option = Undiscounted(right, strike, deviation, 0)
        options[desk.option(strike, right=right, mark=max(1, round(option.price(AROUND))))] = option
    desk.count = len(prices)
    desk.stage(UNDERLYING, [LOT * (price - AROUND) for price in prices])
    for number, option in options.items():
        desk.stage(number, [round(LOT * (option.price(price) - option.price(AROUND))) for price in prices])
    desk.axis(prices)
    desk.revalue()
    return Grid(desk, sorted([*prices, AROUND]), options)


class Undiscounted(Option):
    """Likewise without interest."""

    def price(self, forward: float) -> float:
        """Its true price where the underlying is at `forward`."""
        return black76(forward, self.strike, 1.0, self.deviation, is_call=self.right == CALL).price
