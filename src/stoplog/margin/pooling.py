"""What a cross compartment's assets and positions are worth together, in value units, and how far prices may move.

Amounts are in an asset's smallest unit, prices of assets value units for `PRICE_ONE` of it. A safe interval for every
price follows from one bound: a position's equity less requirement changes by at most (1 + rate) for each unit its
notional moves, an asset's value by what is held of it for each unit its price moves.
"""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.instruments import notional_up, value_lots
from stoplog.margin.breaching import interval_around, moves_around
from stoplog.margin.policies import AT_ENTRY, FEE_IN_RATE, Policy, fee_in_rate, ramped, two_sided
from stoplog.margin.thresholds import WAKE_UP_LIMIT, tier_at_price
from stoplog.margin.tiers import RAMP, TierLike
from stoplog.units import PRICE_ONE, PURSE_MAX, RAMP_RATE_MAX, VALUE_MAX, mul_div_down, mul_div_up, ratio_down, rule

FULL, BACKED, NO_GAINS = range(3)
"""Unrealised gains count towards opening in full, as far as their instrument's settlement account has them, or not."""

REQUIRED_MAX = 2**60
"""What all positions of a cross compartment must hold in an asset is not counted beyond this."""


@rule
def pooled(policy: Policy) -> Policy:
    """The policy of a position that shares its purse: a reserve for closing counts in the rate: rule CRS-001."""
    close_fee = min(policy.close_fee, FEE_IN_RATE)
    return Policy(policy.payoff, policy.multiplier, policy.tier_rule, policy.maintenance_at, close_fee, policy.fee_rate)


@rule
def collateral_value(net: int, price: int, haircut: int, one: int) -> int:
    """What a net holding is worth, a debt without its haircut, rounded against the holder: rule CRS-002.

    >>> collateral_value(100, 2 * 10**9, 10, 100), collateral_value(-100, 2 * 10**9, 10, 100)
    (180, -200)
    """
    if net < 0:
        return ratio_down(net, price, 1, PRICE_ONE, 1, 1, VALUE_MAX)
    return ratio_down(net, price, one - haircut, PRICE_ONE, one, 1, VALUE_MAX)


@rule
def required_value(amount: int, price: int) -> int:
    """What a requirement in an asset is in value units, rounded up: rule CRS-002.

    >>> required_value(3, 5 * 10**8)
    2
    """
    return -ratio_down(-amount, price, 1, PRICE_ONE, 1, 1, VALUE_MAX)


@rule
def counted(worth: int, gains: int, backing: int) -> int:
    """How much of an unrealised profit counts towards opening; a loss counts in full: rule CRS-003.

    >>> counted(50, BACKED, 20), counted(50, BACKED, -5), counted(50, NO_GAINS, 20), counted(-50, NO_GAINS, 0)
    (20, 0, 0, -50)
    """
    if worth <= 0 or gains == FULL:
        return worth
    if gains == BACKED:
        return min(worth, max(0, backing))
    return 0


@rule
def interest_due(purse: int, index: int, paid: int, one: int) -> int:
    """Interest on a debt since the index was `paid`, rounded up; nothing on what is not below zero: rule CRS-004.

    It brings no debt beyond `PURSE_MAX`.

    >>> interest_due(-1000, 150, 100, 10_000), interest_due(1000, 150, 100, 10_000)
    (5, 0)
    """
    return -ratio_down(min(0, purse), index - paid, 1, one, 1, 1, max(0, PURSE_MAX + min(0, purse)))


@rule
def to_sell(need: int, short_price: int, held: int, price: int, kept: int, one: int) -> int:
    """How much of a holding has to be sold to bring in `need` of another asset, at most all of it: rule CRS-007.

    `kept` is what the fee leaves of a sale, over `one`.

    >>> to_sell(90, 10**9, 1000, 2 * 10**9, 90, 100), to_sell(90, 10**9, 7, 2 * 10**9, 90, 100)
    (50, 7)
    """
    return -ratio_down(-need, short_price, one, price, kept, 1, held)


@rule
def proceeds(need: int, sold: int, price: int, short_price: int, kept: int, one: int) -> int:
    """What a sale brings in of the other asset, rounded down, at most what is needed of it: rule CRS-007.

    >>> proceeds(90, 7, 2 * 10**9, 10**9, 90, 100), proceeds(10, 7, 2 * 10**9, 10**9, 90, 100)
    (12, 10)
    """
    return ratio_down(sold, price, kept, short_price, one, 1, need)


@rule
def exposure(policy: Policy, tiers: Sequence[TierLike], price: int, size: int, one: int) -> int:
    """By how much equity less requirement can change, at most, for a move of the notional by itself; −1: not known.

    Down to half and up to twice the notional, inside the tier under step and ramp.
    """
    notional = notional_up(policy.payoff, policy.multiplier, price, size)
    rate = fee_in_rate(policy)
    if policy.maintenance_at != AT_ENTRY:
        tier = tiers[tier_at_price(tiers, policy.payoff, policy.multiplier, price, size)]
        steepest = tier.rate if two_sided(policy) else tiers[len(tiers) - 1].rate
        if policy.tier_rule == RAMP:
            steepest = ramped(tier.rate, tier.slope, 4 * notional, one)
            if steepest >= RAMP_RATE_MAX * one:
                return -1
        rate += steepest
    return mul_div_up(notional, one + rate, one)


@rule
def helps(policy: Policy, tiers: Sequence[TierLike], haircut: int, one: int) -> bool:
    """Whether a price that moves for the holder never hurts: where what a gain adds is above what its margin takes."""
    if two_sided(policy):
        return False
    rate = fee_in_rate(policy)
    if policy.maintenance_at != AT_ENTRY:
        rate += tiers[len(tiers) - 1].rate
    return rate <= one - haircut


@rule
def position_interval(
    policy: Policy,
    tiers: Sequence[TierLike],
    price: int,
    size: int,
    surplus: int,
    exposed: int,
    haircut: int,
    one: int,
) -> tuple[int, int]:
    """Lot values, in millionths, strictly between which a position's price spends no more than its share of a surplus.

    Every price has the same share: it may move by surplus / exposed of itself. Rule SCR-003.
    """
    notional = notional_up(policy.payoff, policy.multiplier, price, size)
    spare = mul_div_down(notional, min(surplus, exposed), exposed)
    if two_sided(policy):
        i = tier_at_price(tiers, policy.payoff, policy.multiplier, price, size)
        return interval_around(policy, tiers, i, price, size, spare)
    low, high = moves_around(policy, price, size, spare)
    if helps(policy, tiers, haircut, one):
        if value_lots(policy.payoff, size) > 0:
            return low, WAKE_UP_LIMIT
        return -WAKE_UP_LIMIT, high
    return low, high


@rule
def price_interval(price: int, surplus: int, exposed: int) -> tuple[int, int]:
    """Prices of an asset strictly between which it spends no more than its share of a surplus: rule SCR-003.

    >>> price_interval(1000, 5, 100), price_interval(1000, 500, 100)
    ((950, 1050), (0, 2000))
    """
    move = mul_div_down(price, min(surplus, exposed), exposed)
    return price - move, price + move
