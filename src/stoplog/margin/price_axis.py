"""What an option is worth while the mark of its underlying moves between two revaluations: rule PRT-009.

At the prices of an axis a risk array says what a lot gains. An option is convex in the price of its underlying, one
paid in coin in 1 / price: between two prices of the axis it is nowhere above the line through both, and nowhere below
the lines through the next two on either side. Gains are for one lot, prices in price units.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stoplog.margin.scenarios import CALL, NO_RIGHT
from stoplog.units import mul_div_down, ratio_down, rule, seldom

LINE_LOTS = 4
"""What a line adds to the gain at its lower price is held within this many times the largest lot value."""

AT_MARK = -1
"""The scenario of the point of an axis that is the array's mark itself."""

LONG, SHORT = 1, -1


class PointLike(Protocol):
    """A price of an axis, and the scenario whose gains hold there."""

    @property
    def price(self) -> int: ...
    @property
    def scenario(self) -> int: ...


class Point(NamedTuple):
    """A price of an axis, and the scenario whose gains hold there."""

    price: int
    scenario: int


class Follower(NamedTuple):
    """An instrument that follows an underlying, its price limits, and what a line may add."""

    right: int
    strike: int
    coin_units: int
    multiplier: int
    lowest: int
    highest: int
    most_added: int


@rule
def on_line(low_gain: int, low: int, high_gain: int, high: int, price: int, coin_units: int, most: int) -> int:
    """What the line through two prices of an axis says at a third, rounded down; in coin it is straight in 1 / price.

    What it adds to the gain at the lower price is held within ±`most`.

    >>> on_line(0, 100, 7, 110, 105, 0, 99), on_line(0, 100, 7, 110, 105, 1, 99), on_line(7, 110, 16, 120, 105, 0, 99)
    (3, 3, 2)
    """
    if coin_units != 0:
        return low_gain + ratio_down(high_gain - low_gain, price - low, high, high - low, price, 1, most)
    return low_gain + ratio_down(high_gain - low_gain, price - low, 1, high - low, 1, 1, most)


@rule
def steepness(low_gain: int, low: int, high_gain: int, high: int, price: int, coin_units: int, most: int) -> int:
    """What such a line gains while the price rises by all of `price`, in coin while 1 / price falls so; rounded down.

    Held within ±`most`.

    >>> steepness(7, 110, 16, 120, 102, 0, 999), steepness(7, 110, 16, 120, 102, 1, 999)
    (91, 116)
    """
    if coin_units != 0:
        return ratio_down(high_gain - low_gain, low, high, high - low, price, 1, most)
    return ratio_down(high_gain - low_gain, price, 1, high - low, 1, 1, most)


@rule
def most_gained(right: int, strike: int, coin_units: int, end: int, price: int, highest: int) -> int:
    """By how many price units an option rises at most while its underlying goes from `end` to `price`, rounded up.

    A call rises no faster than its underlying and a put no faster than that falls; in coin, no faster than the strike's
    worth in coin. At most `highest` in coin.

    >>> most_gained(CALL, 100, 0, 120, 130, 999), most_gained(CALL, 100, 0, 80, 70, 999)
    (10, 0)
    >>> most_gained(CALL, 100, 10_000, 120, 130, 999)
    642
    """
    if (right == CALL) != (price > end):
        return 0
    apart = abs(price - end)
    if coin_units == 0:
        return apart
    return -ratio_down(-coin_units, strike, apart, price, end, 1, highest)


@rule
def moved_down(mark: int, gain: int, multiplier: int) -> int:
    """The price of an option whose lot gains so much since its array's mark, rounded down.

    >>> moved_down(5, -7, 2), moved_down(5, 7, 2)
    (1, 8)
    """
    return mark + mul_div_down(gain, 1, multiplier)


@rule
def with_underlying(mark: int, now: int, before: int, most: int) -> int:
    """The price of what has no right once its underlying has gone from `before` to `now`, rounded down, up to `most`.

    >>> with_underlying(101, 105, 100, 10**6), with_underlying(101, 105, 100, 103)
    (106, 103)
    """
    return ratio_down(mark, now, 1, before, 1, 1, most)


@rule
def gain_at(axis: Sequence[PointLike], array: Sequence[int], k: int, side: int) -> int:
    """What a lot gains at point `k` of an axis, for who is short with the other sign."""
    scenario = axis[k].scenario
    return 0 if scenario == AT_MARK else side * array[scenario]


@rule
def line_at(terms: Follower, axis: Sequence[PointLike], array: Sequence[int], k: int, price: int, side: int) -> int:
    """What the line through points `k` and `k` + 1 says at a price, rounded against that side."""
    low, high = axis[k].price, axis[k + 1].price
    gain, above = gain_at(axis, array, k, side), gain_at(axis, array, k + 1, side)
    return on_line(gain, low, above, high, price, terms.coin_units, terms.most_added)


@rule
def point_below(axis: Sequence[PointLike], price: int) -> int:
    """The point at a price or next below it; −1 where there is none.

    >>> [point_below([Point(90, 0), Point(100, AT_MARK)], price) for price in (89, 90, 99, 101)]
    [-1, 0, 0, 1]
    """
    found = -1
    for k in range(len(axis)):
        if axis[k].price <= price:
            found = k
    return found


@rule
def gain_between(
    terms: Follower, axis: Sequence[PointLike], array: Sequence[int], k: int, price: int, side: int
) -> int:
    """The gain at a price between points `k` and `k` + 1, of three at least, rounded against that side."""
    beside = line_at(terms, axis, array, k - 1 if k > 0 else k + 1, price, side)
    if 0 < k < len(axis) - 2:
        beside = max(beside, line_at(terms, axis, array, k + 1, price, side))
    return min(beside, line_at(terms, axis, array, k, price, side))


@rule
def moved_beyond(
    terms: Follower, axis: Sequence[PointLike], array: Sequence[int], mark: int, price: int, side: int
) -> int:
    """The price of an option where its underlying is beyond the axis, with the sign of the side."""
    below = price < axis[0].price
    last = 0 if below else len(axis) - 1
    line = line_at(terms, axis, array, 0 if below else last - 1, price, side)
    moved = moved_down(side * mark, line, terms.multiplier)
    if side == LONG:
        return moved
    end = moved_down(-mark, gain_at(axis, array, last, SHORT), terms.multiplier)
    most = most_gained(terms.right, terms.strike, terms.coin_units, axis[last].price, price, terms.highest)
    return min(moved, end - most)


@rule
def moved_option(
    terms: Follower, axis: Sequence[PointLike], array: Sequence[int], mark: int, price: int, side: int
) -> int:
    """The price of an option at a price of its underlying, with the sign of the side."""
    k = point_below(axis, price)
    if k >= 0 and axis[k].price == price:
        return moved_down(side * mark, gain_at(axis, array, k, side), terms.multiplier)
    if k < 0 or k == len(axis) - 1:
        return moved_beyond(terms, axis, array, mark, price, side)
    return moved_down(side * mark, gain_between(terms, axis, array, k, price, side), terms.multiplier)


@seldom
@rule
def moved_price(
    terms: Follower, axis: Sequence[PointLike], array: Sequence[int], mark: int, before: int, price: int, side: int
) -> int:
    """What an instrument counts at for a side once the mark of its underlying has gone from `before` to `price`.

    `mark` is its array's, `axis` ascends by price, has `before` and prices on both sides of it. Rounded down for who is
    long and up for who is short, within the instrument's price limits, an option's from 0 on. Rule PRT-009.

    >>> axis = [Point(80, 0), Point(90, 1), Point(100, AT_MARK), Point(110, 2), Point(120, 3)]
    >>> call = Follower(CALL, 100, 0, 1, 1, 10**6, 4 * 10**6)
    >>> [moved_price(call, axis, [-5, -3, 7, 16], 5, 100, price, LONG) for price in (105, 110, 130)]
    [7, 12, 30]
    >>> [moved_price(call, axis, [-5, -3, 7, 16], 5, 100, price, SHORT) for price in (105, 110, 130)]
    [9, 12, 31]
    """
    if terms.right == NO_RIGHT:
        return max(terms.lowest, side * with_underlying(side * mark, price, before, terms.highest))
    return max(0, min(terms.highest, side * moved_option(terms, axis, array, mark, price, side)))


@rule
def known_stretch(axis: Sequence[PointLike], price: int) -> tuple[int, int]:
    """The points between which `steepest` lines are known, about a price; the same twice where they are not.

    Two stretches of the axis, on either side of the point that is nearer to the price, or the one that it is on; each
    has a line on either side.

    >>> axis = [Point(80, 0), Point(90, 1), Point(100, AT_MARK), Point(110, 2), Point(120, 3)]
    >>> [known_stretch(axis, price) for price in (89, 93, 97, 102, 108, 110)]
    [(0, 0), (1, 2), (1, 3), (1, 3), (2, 3), (0, 0)]
    """
    k = point_below(axis, price)
    if k < 1 or k + 2 >= len(axis):
        return 0, 0
    if price - axis[k].price <= axis[k + 1].price - price:
        return max(1, k - 1), k + 1
    return k, min(len(axis) - 2, k + 2)


@seldom
@rule
def steepest(
    terms: Follower, axis: Sequence[PointLike], array: Sequence[int], first: int, last: int, price: int, side: int
) -> int:
    """The least, with the sign of the side, that a lot gains while its underlying rises by all of its price.

    On any line from the one before point `first` to the one behind point `last`, in coin while 1 / price falls; rounded
    down. Minus what a line may add at most where it may be less.

    >>> axis = [Point(80, 0), Point(90, 1), Point(100, AT_MARK), Point(110, 2), Point(120, 3)]
    >>> call = Follower(CALL, 100, 0, 1, 1, 10**6, 4 * 10**6)
    >>> [steepest(call, axis, [-5, -3, 7, 16], 1, 3, 102, side) for side in (LONG, SHORT)]
    [20, -92]
    """
    least = terms.most_added
    for k in range(first - 1, last + 1):
        gain, above = gain_at(axis, array, k, side), gain_at(axis, array, k + 1, side)
        low, high = axis[k].price, axis[k + 1].price
        least = min(least, steepness(gain, low, above, high, price, terms.coin_units, terms.most_added))
    return least


@rule
def price_interval_down(price: int, surplus: int, exposed: int, in_coin: int) -> int:
    """The price down to which an exposure to all of `price`, in coin of 1 / price, loses no surplus, rounded up.

    >>> price_interval_down(102, 50, 918, 0), price_interval_down(102, 50, 918, 1), price_interval_down(102, 9, 9, 0)
    (97, 97, 12)
    """
    lost = min(surplus, exposed - 1)
    if in_coin != 0:
        return -ratio_down(-price, exposed, 1, exposed + lost, 1, 1, price)
    return -ratio_down(-price, exposed - lost, 1, exposed, 1, 1, price)


@rule
def price_interval_up(price: int, surplus: int, exposed: int, in_coin: int, highest: int) -> int:
    """The price up to which it loses none, rounded down, at most `highest`.

    >>> price_interval_up(102, 50, 918, 0, 999), price_interval_up(102, 50, 918, 1, 999)
    (107, 107)
    """
    lost = min(surplus, exposed - 1)
    if in_coin != 0:
        return ratio_down(price, exposed, 1, exposed - lost, 1, 1, highest)
    return min(highest, price + ratio_down(price, lost, 1, exposed, 1, 1, price))
