"""The first price met at which a requirement is no longer covered, minimum and jumps included.

The requirement at notional N in a tier is the larger of rate · N − deduction and a minimum. Where the ladder is
continuous one root exists and `stoplog.margin.thresholds.root_tier` finds its tier. A ladder whose deductions
are taken as a venue printed them may jump at its floors: then the first change is looked for tier by tier.
Lot values are as in `stoplog.margin.thresholds`; everything is exact.
"""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.margin.thresholds import lot_value_root
from stoplog.margin.tiers import TierLike, tier_index
from stoplog.units import compare_products

Root = tuple[int, int, int, int]
"""A lot value as n₁·n₂ / (d₁·d₂), the divisor above zero."""


def requirement_root(lots: int, capital: int, rate: int, deduction: int, minimum: int, one: int) -> Root:
    """The lot value at which equity is the larger of rate · notional − deduction and `minimum`.

    Of the two roots the one that is met first, coming from the side where equity covers the requirement.

    >>> requirement_root(10, 105 - 1000, 1, 0, 0, 100), requirement_root(10, 105 - 1000, 1, 0, 25, 100)
    ((895, 100, 10, 99), (920, 100, 10, 100))
    """
    line = lot_value_root(lots, capital, rate, deduction, one)
    level = lot_value_root(lots, capital, 0, -minimum, one)
    order = compare_products(line[0] * line[1], level[2], level[3], level[0] * level[1], line[2], line[3])
    return line if (order >= 0) == (lots > 0) else level


def surplus_sign(tier: TierLike, lots: int, capital: int, minimum: int, notional: int, one: int) -> int:
    """The sign of equity less requirement at `notional`, under the rate and deduction of `tier`."""
    equity = capital + (notional if lots > 0 else -notional)
    above_line = compare_products(equity + tier.deduction, one, 1, tier.rate, notional, 1)
    return min(above_line, (equity > minimum) - (equity < minimum))


def first_root(
    tiers: Sequence[TierLike], lots: int, capital: int, minimum: int, notional: int, one: int
) -> Root | None:
    """The lot value at which the requirement first stops being covered, going against the holder from `notional`.

    Where it is not covered at `notional`, the one at which it first is, going the other way. At a jump that is
    the floor itself, which belongs to the tier below. None where there is no such lot value above zero.
    """
    i = tier_index(tiers, notional, 1, 1)
    covered = surplus_sign(tiers[i], lots, capital, minimum, notional, one) >= 0
    if (lots < 0) == covered:
        return _rising_root(tiers, i, lots, capital, minimum, one, covered=covered)
    return _falling_root(tiers, i, lots, capital, minimum, one, covered=covered)


def _tier_root(tier: TierLike, lots: int, capital: int, minimum: int, one: int) -> Root:
    return requirement_root(lots, capital, tier.rate, tier.deduction, minimum, one)


def _rising_root(
    tiers: Sequence[TierLike], i: int, lots: int, capital: int, minimum: int, one: int, *, covered: bool
) -> Root:
    while i + 1 < len(tiers):
        floor = tiers[i + 1].floor
        at_floor = surplus_sign(tiers[i], lots, capital, minimum, floor, one)
        if (at_floor >= 0) != covered:
            break
        i += 1
        beyond = surplus_sign(tiers[i], lots, capital, minimum, floor, one)
        if (beyond > 0) != covered:
            return floor, 1, abs(lots), 1
    return _tier_root(tiers[i], lots, capital, minimum, one)


def _falling_root(
    tiers: Sequence[TierLike], i: int, lots: int, capital: int, minimum: int, one: int, *, covered: bool
) -> Root | None:
    while True:
        floor = tiers[i].floor if i > 0 else 0
        above = surplus_sign(tiers[i], lots, capital, minimum, floor, one)
        if above != 0 and (above > 0) != covered:
            return _tier_root(tiers[i], lots, capital, minimum, one)
        if i == 0:
            return None
        i -= 1
        at_floor = surplus_sign(tiers[i], lots, capital, minimum, floor, one)
        if (at_floor >= 0) != covered:
            return floor, 1, abs(lots), 1
