"""Where a compartment is liquidated and where it is bankrupt, in closed form.

In lot values (see `instruments`) every payoff is one equation. With u signed value lots, capital
C = purse − cost, rate m and deduction d, equity − maintenance at lot value v is

    C + d + u·v − m·|u|·v,

which is zero at v = −(C + d) / (u·(1 − m)) for u above zero and v = (C + d) / (|u|·(1 + m)) below. With
m = d = 0 this is the bankruptcy point, with m = the closing fee and d = 0 the bankruptcy point with the cost
of closing. A price follows from a lot value: v / multiplier, or multiplier / v for inverse.

Roots are exact fractions; rounding is a step of its own. `last_healthy_price` is the one the engine keeps.
Source of the shapes: section 0 of the venue rules; the tier is the one that holds at the root.
"""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.instruments import INVERSE, value_lots
from stoplog.margin.tiers import TierLike, tier_index
from stoplog.units import FUNDING_ONE, PRICE_MAX, compare_products, mul_div_up, ratio_down, rule

WAKE_UP_LIMIT = 2**60
"""Wake-up values are held within this limit, which is above every lot value: 2^40 · 10^6 < 2^60. A value that is
held there is a threshold that no mark reaches, or one that every mark is beyond; drift is below 2^59, and a heap
whose drift would go further is given fresh values."""


@rule
def lot_value_root(lots: int, capital: int, rate: int, deduction: int, one: int) -> tuple[int, int, int, int]:
    """The lot value at which equity is `rate` · notional − `deduction`, as n₁·n₂ / (d₁·d₂).

    Not above zero where no lot value above zero has that property.

    >>> lot_value_root(2, -200, 0, 0, 100)
    (200, 100, 2, 100)
    """
    side = 1 if lots > 0 else -1
    return -side * (capital + deduction), one, abs(lots), one - side * rate


@rule
def root_tier(tiers: Sequence[TierLike], lots: int, capital: int, fee: int, one: int) -> int:
    """The tier of a marginal ladder, with `fee` in every rate, that holds at the liquidation price.

    Health as a function of notional has the sign of `lots` as its slope, so one comparison at each floor
    says on which side of it the root lies.
    """
    side = 1 if lots > 0 else -1
    i = 0
    while i + 1 < len(tiers):
        floor = tiers[i + 1].floor
        covered = capital + tiers[i].deduction + side * floor
        if side * compare_products(covered, one, 1, tiers[i].rate + fee, floor, 1) >= 0:
            break
        i += 1
    return i


@rule
def breached(
    payoff: int,
    multiplier: int,
    price: int,
    size: int,
    capital: int,
    rate: int,
    deduction: int,
    one: int,
) -> bool:
    """Whether equity is below maintenance at `price`, decided exactly, by products.

    >>> breached(0, 1, 90, 10, 105 - 1000, 1_000_000, 0, 10**8), breached(0, 1, 91, 10, 105 - 1000, 1_000_000, 0, 10**8)
    (True, False)
    """
    if payoff == INVERSE:
        side = 1 if size > 0 else -1
        share = side * one + rate
        return compare_products(capital + deduction, price, one, abs(size), multiplier, share) < 0
    value = size * price * multiplier
    return compare_products(capital + deduction + value, one, 1, abs(value), rate, 1) < 0


@rule
def tier_at_price(tiers: Sequence[TierLike], payoff: int, multiplier: int, price: int, size: int) -> int:
    """The tier that holds the notional of `size` lots at `price`."""
    if payoff == INVERSE:
        return tier_index(tiers, abs(size), multiplier, price)
    return tier_index(tiers, abs(size), multiplier * price, 1)


@rule
def breached_at(
    tiers: Sequence[TierLike], payoff: int, multiplier: int, price: int, size: int, capital: int, one: int
) -> bool:
    """Whether a compartment with this position is liquidatable at `price`: rule LIQ-001."""
    tier = tiers[tier_at_price(tiers, payoff, multiplier, price, size)]
    return breached(payoff, multiplier, price, size, capital, tier.rate, tier.deduction, one)


@rule
def last_healthy_price(
    payoff: int, multiplier: int, size: int, capital: int, rate: int, deduction: int, one: int
) -> int:
    """The last whole price, going against the holder, at which the requirement is still met.

    0 where it is met at every price above zero, for a long; `PRICE_MAX` + 1 where it is met at every price,
    for a short. `PRICE_MAX` + 1 for a long, 0 for a short, where it is met at none.

    >>> last_healthy_price(0, 1, 10, 105 - 1000, 1_000_000, 0, 10**8)
    91
    """
    side = 1 if size > 0 else -1
    lots = value_lots(payoff, size)
    n1, n2, d1, d2 = lot_value_root(lots, capital, rate, deduction, one)
    if n1 <= 0:
        return 0 if (size > 0) == (lots > 0) else PRICE_MAX + 1
    if payoff == INVERSE:
        return -side * ratio_down(-side * multiplier, d1, d2, n1, n2, 1, PRICE_MAX + 1)
    return -side * ratio_down(-side * n1, n2, 1, d1, d2, multiplier, PRICE_MAX + 1)


@rule
def liquidation_threshold(
    tiers: Sequence[TierLike], payoff: int, multiplier: int, size: int, capital: int, one: int
) -> int:
    """The last healthy price under a marginal ladder: rule THR-001."""
    tier = tiers[root_tier(tiers, value_lots(payoff, size), capital, 0, one)]
    return last_healthy_price(payoff, multiplier, size, capital, tier.rate, tier.deduction, one)


@rule
def wake_up_value(tiers: Sequence[TierLike], lots: int, capital: int, fee: int, one: int) -> int:
    """The lot value, in millionths, by which the compartment must have been looked at: rule SCR-001.

    The threshold of a compartment that is one unit of money poorer, rounded away from it: for value lots above
    zero a value at or above that threshold, below zero one at or below it. The spare unit covers the rounding of
    funding that is settled later; the tier is the poorer compartment's.
    """
    poorer = capital - 1
    tier = tiers[root_tier(tiers, lots, poorer, fee, one)]
    return wake_up_root(lots, poorer, tier.rate + fee, tier.deduction, one)


@rule
def wake_up_root(lots: int, capital: int, rate: int, deduction: int, one: int) -> int:
    """The root of `lot_value_root` in millionths, rounded to wake early, held within the limit."""
    n1, n2, d1, d2 = lot_value_root(lots, capital, rate, deduction, one)
    value = ratio_down(n1, n2, FUNDING_ONE, d1, d2, 1, WAKE_UP_LIMIT)
    return value + 1 if lots > 0 else value


@rule
def scaled_rate(rate: int, trigger: int, one: int) -> int:
    """trigger · rate, rounded up and held below 1, for a requirement that is a multiple of the maintenance margin.

    >>> scaled_rate(3, 150, 100), scaled_rate(99, 150, 100)
    (5, 99)
    """
    return min(one - 1, mul_div_up(rate, trigger, one))


@rule
def drift_bound(change: int, rate_max: int, one: int, lots: int) -> int:
    """How far a threshold can have moved against its holder, in lot value, after funding moved by `change`.

    `change` is the index change seen by one value lot; of `lots` only the sign counts. A threshold moves by
    change / (1 − m) for value lots above zero and change / (1 + m) below, m the rate of whatever tier holds it, at
    most `rate_max`. The bound is never smaller than the true move upwards (above zero), never larger (below).

    >>> drift_bound(90, 10, 100, 1), drift_bound(-90, 10, 100, 1), drift_bound(90, 10, 100, -1)
    (100, -90, 81)
    """
    if change <= 0:
        return change
    if lots > 0:
        return -ratio_down(-change, one, 1, one - rate_max, 1, 1, WAKE_UP_LIMIT)
    return ratio_down(change, one, 1, one + rate_max, 1, 1, WAKE_UP_LIMIT)
