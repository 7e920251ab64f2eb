"""What an option is worth while the mark of its underlying moves between two revaluations: rule PRT-009.

At the prices of an axis a risk array says what a lot gains. An option is convex in the price of its underlying, one
paid in coin in 1 / price: between two prices of the axis it is nowhere above the line through both, and nowhere below
the lines through the next two on either side. Gains are for one lot, prices in price units.
"""

from __future__ import annotations

from stoplog.margin.scenarios import CALL
from stoplog.units import mul_div_down, ratio_down, rule

LINE_LOTS = 4
"""What a line adds to the gain at its lower price is held within this many times the largest lot value."""


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
def price_interval_down(price: int, surplus: int, exposed: int, in_coin: int) -> int:
    """The price down to which an exposure to all of `price`, in coin of 1 / price, loses no surplus, rounded up.

    >>> price_interval_down(102, 50, 918, 0), price_interval_down(102, 50, 918, 1), price_interval_down(102, 9, 9, 0)
    (97, 97, 0)
    """
    if in_coin != 0:
        return -ratio_down(-price, exposed, 1, exposed + surplus, 1, 1, price)
    return -ratio_down(-price, max(0, exposed - surplus), 1, exposed, 1, 1, price)


@rule
def price_interval_up(price: int, surplus: int, exposed: int, in_coin: int, highest: int) -> int:
    """The price up to which it loses less than the surplus, rounded down, at most `highest`.

    >>> price_interval_up(102, 50, 918, 0, 999), price_interval_up(102, 50, 918, 1, 999)
    (107, 107)
    """
    if in_coin == 0:
        return ratio_down(price, exposed + surplus, 1, exposed, 1, 1, highest)
    if surplus >= exposed:
        return highest
    return ratio_down(price, exposed, 1, exposed - surplus, 1, 1, highest)
