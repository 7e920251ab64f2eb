"""The parts of a haircut: each a cut, a rate from 0 to `one`, rounded up, which is against the holder."""

from __future__ import annotations

from collections.abc import Iterable
from math import isqrt

from stoplog.units import mul_div_up


def root_up(number: int) -> int:
    """√number, rounded up; `number` is not below zero.

    >>> root_up(0), root_up(16), root_up(17)
    (0, 4, 5)
    """
    return isqrt(number - 1) + 1 if number else 0


def size_cut(amount: int, sellable: int, factor: int, one: int) -> int:
    """The cut of a holding of n = amount / sellable times what can be sold in the stated time: rule COL-002.

    What counts is 1 / (1 + factor · (√n − 1)): a price moves by the root of the time that selling takes, and with a
    factor of at most 1 more collateral never counts for less. The form is that of Drift's asset weight.

    >>> size_cut(400, 100, 100, 100), size_cut(100, 100, 100, 100), size_cut(400, 100, 50, 100)
    (50, 0, 34)
    """
    if amount <= sellable:
        return 0
    root = root_up(mul_div_up(amount, one * one, sellable))
    slower = mul_div_up(factor, root - one, one)
    return mul_div_up(one, slower, one + slower)


def concentration_cut(pool: int, start: int, one: int) -> int:
    """The cut where all holders together have deposited `pool`: rule COL-003. Together it counts for `start` at most.

    It looks at this asset's amount alone, so that nobody's deposit of anything can make it smaller for others. The
    form is that of Drift's scaled initial asset weight.

    >>> concentration_cut(400, 100, 100), concentration_cut(100, 100, 100)
    (75, 0)
    """
    return mul_div_up(pool - start, one, pool) if pool > start else 0


def wrong_way_exposure(moves_with: Iterable[tuple[str, int]], exposures: dict[str, int], one: int) -> int:
    """What the holder's positions lose with the asset, as a value; 0 where they win: rule COL-004.

    `exposures` has the value by underlying, above zero where the holder loses when it falls. Each product is rounded
    up.

    >>> wrong_way_exposure([("BTC", 100), ("ETH", 80)], {"BTC": 1000, "ETH": -500, "SUI": 7}, 100)
    600
    """
    return max(0, sum(mul_div_up(exposures.get(name, 0), correlation, one) for name, correlation in moves_with))


def wrong_way_cut(exposure: int, value: int, rate: int, one: int) -> int:
    """The cut of collateral worth `value` of which `exposure` is matched by positions that lose with it: rule COL-004.

    >>> wrong_way_cut(50, 200, 40, 100), wrong_way_cut(500, 200, 40, 100), wrong_way_cut(50, 0, 40, 100)
    (10, 40, 40)
    """
    assert 0 <= rate <= one, "the cut of what is wholly matched is a share"
    if exposure >= value:
        return rate if exposure > 0 else 0
    return mul_div_up(rate, exposure, value)


def depeg_cut(price: int, par: int, start: int, slope: int, one: int) -> int:
    """The cut of a stable asset that has fallen below `start` · par: rule COL-006. Source: Derive's depeg charge.

    >>> depeg_cut(93, 100, 98, 120, 100), depeg_cut(98, 100, 98, 120, 100), depeg_cut(0, 100, 98, 120, 100)
    (6, 0, 100)
    """
    missing = start * par - price * one
    return min(one, mul_div_up(slope, missing, one * par)) if missing > 0 else 0
