"""Whether a compartment is breached, and how far a price may move before it must be looked at, under every policy.

Capital is purse − cost, funding settled; `cost` is the value at entry, `size` other than zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.instruments import INVERSE, lot_value_down, lot_value_up, notional_up, value_down, value_lots
from stoplog.margin.policies import (
    AT_ENTRY,
    FEE_RESERVED,
    Policy,
    fee_in_rate,
    is_plain,
    maintenance_of,
    ramped,
    reserve,
)
from stoplog.margin.thresholds import (
    WAKE_UP_LIMIT,
    breached,
    breached_at,
    drift_bound,
    scaled_rate,
    tier_at_price,
    wake_up_root,
    wake_up_value,
)
from stoplog.margin.tiers import RAMP, TierLike, maintenance
from stoplog.units import (
    FUNDING_ONE,
    RAMP_RATE_MAX,
    RAMP_UNIT,
    compare_on_ramp,
    mul_div_down,
    mul_div_up,
    ratio_down,
    rule,
    seldom,
)


@rule
def breached_under(
    policy: Policy, tiers: Sequence[TierLike], price: int, size: int, cost: int, capital: int, one: int
) -> bool:
    """Whether the compartment is liquidatable at `price`, decided exactly: rules LIQ-001 and POL-001 to POL-004."""
    payoff, multiplier = policy.payoff, policy.multiplier
    if is_plain(policy):
        return breached_at(tiers, payoff, multiplier, price, size, capital, one)
    return breached_beyond_plain(policy, tiers, price, size, cost, capital, one)


@seldom
@rule
def breached_beyond_plain(
    policy: Policy, tiers: Sequence[TierLike], price: int, size: int, cost: int, capital: int, one: int
) -> bool:
    """`breached_under` for policies other than the plain one."""
    payoff, multiplier = policy.payoff, policy.multiplier
    free = capital - reserve(policy, size, capital, one)
    fee = fee_in_rate(policy)
    if policy.maintenance_at == AT_ENTRY:
        held = maintenance_of(tiers, abs(cost), one)
        return breached(payoff, multiplier, price, size, free, fee, -held, one)
    tier = tiers[tier_at_price(tiers, payoff, multiplier, price, size)]
    if policy.tier_rule != RAMP:
        return breached(payoff, multiplier, price, size, free, tier.rate + fee, tier.deduction, one)
    side = 1 if value_lots(payoff, size) > 0 else -1
    rate, slope, floor = tier.rate + fee, tier.slope, tier.floor
    if payoff == INVERSE:
        return compare_on_ramp(free, side, abs(size), multiplier, price, rate, slope, floor, one, RAMP_UNIT) < 0
    lot = price * multiplier
    return compare_on_ramp(free, side, abs(size), lot, 1, rate, slope, floor, one, RAMP_UNIT) < 0


@seldom
@rule
def maintenance_under(policy: Policy, tiers: Sequence[TierLike], price: int, size: int, cost: int, one: int) -> int:
    """Maintenance margin at `price`, rounded up: what is shown, never below what decides."""
    notional = notional_up(policy.payoff, policy.multiplier, price, size)
    fee = fee_in_rate(policy)
    if policy.maintenance_at == AT_ENTRY:
        return maintenance_of(tiers, abs(cost), one) + mul_div_up(notional, fee, one)
    tier = tiers[tier_at_price(tiers, policy.payoff, policy.multiplier, price, size)]
    rate = ramped(tier.rate, tier.slope, notional - tier.floor, one)
    return maintenance(notional, rate + fee, tier.deduction, one)


@seldom
@rule
def wake_up_under(policy: Policy, tiers: Sequence[TierLike], size: int, cost: int, capital: int, one: int) -> int:
    """The lot value, in millionths, by which a compartment that only one direction can breach must have been looked at.

    As `thresholds.wake_up_value`; a reserve is rounded, which two more units of money to spare cover.
    """
    free = capital
    if policy.close_fee == FEE_RESERVED:
        free = capital - reserve(policy, size, capital, one) - 2
    fee, lots = fee_in_rate(policy), value_lots(policy.payoff, size)
    if policy.maintenance_at == AT_ENTRY:
        return wake_up_root(lots, free - 1, fee, -maintenance_of(tiers, abs(cost), one), one)
    return wake_up_value(tiers, lots, free, fee, one)


@rule
def drift_under(policy: Policy, change: int, rate_max: int, trigger: int, one: int, lots: int) -> int:
    """`thresholds.drift_bound` under a policy that only one direction can breach; `rate_max` is the ladder's.

    Of all requirements that wait, `trigger` · maintenance is the largest. A reserve moves with the capital: by
    1 / (1 − fee) of it for value lots above zero, 1 / (1 + fee) below.
    """
    rate = fee_in_rate(policy)
    if policy.maintenance_at != AT_ENTRY:
        rate += rate_max
    bound = drift_bound(change, scaled_rate(rate, trigger, one), one, lots)
    if bound <= 0 or policy.close_fee != FEE_RESERVED:
        return bound
    if lots > 0:
        return min(WAKE_UP_LIMIT, mul_div_up(bound, one, one - policy.fee_rate))
    return mul_div_down(bound, one, one + policy.fee_rate)


@rule
def spare_notional(policy: Policy, tier: TierLike, price: int, size: int, capital: int, one: int) -> int:
    """How far the notional may move from that at `price`, in a tier, to be healthy all the way; −1: nothing is known.

    For requirements at the mark: between half and twice itself equity less requirement changes by at most 1 + rate
    for each unit of notional, the rate that of four times the notional, which is a ramp's slope at twice itself.
    """
    notional = notional_up(policy.payoff, policy.multiplier, price, size)
    fee = fee_in_rate(policy)
    steepest = ramped(tier.rate, tier.slope, 4 * notional, one)
    if steepest >= RAMP_RATE_MAX * one:
        return -1
    rate = ramped(tier.rate, tier.slope, notional - tier.floor, one)
    free = capital - reserve(policy, size, capital, one) + value_down(policy.payoff, policy.multiplier, price, size)
    surplus = free - maintenance(notional, rate + fee, tier.deduction, one)
    return mul_div_down(max(0, surplus), one, one + steepest + fee)


@seldom
@rule
def safe_interval(
    policy: Policy, tiers: Sequence[TierLike], price: int, size: int, capital: int, one: int
) -> tuple[int, int]:
    """Lot values, in millionths, down to and up to which a compartment healthy at `price` need not be looked at.

    For requirements that jump or bend: rule SCR-002. At either value it must be looked at; strictly between them it
    is healthy. (WAKE_UP_LIMIT, −WAKE_UP_LIMIT), looked at always, where nothing is known.
    """
    i = tier_at_price(tiers, policy.payoff, policy.multiplier, price, size)
    spare = spare_notional(policy, tiers[i], price, size, capital, one)
    if spare < 0:
        return WAKE_UP_LIMIT, -WAKE_UP_LIMIT
    return interval_around(policy, tiers, i, price, size, spare)


@rule
def interval_around(
    policy: Policy, tiers: Sequence[TierLike], i: int, price: int, size: int, spare: int
) -> tuple[int, int]:
    """Lot values around `price` between which the notional moves by less than `spare` and stays in tier `i`.

    No further than half and twice the lot value at `price`.
    """
    lots = abs(size)
    low, high = moves_around(policy, price, size, spare)
    floor = -ratio_down(-tiers[i].floor, FUNDING_ONE, 1, lots, 1, 1, WAKE_UP_LIMIT)
    low = max(low, floor)
    if i + 1 < len(tiers):
        high = min(high, ratio_down(tiers[i + 1].floor, FUNDING_ONE, 1, lots, 1, 1, WAKE_UP_LIMIT))
    return low, high


@rule
def moves_around(policy: Policy, price: int, size: int, spare: int) -> tuple[int, int]:
    """Lot values around `price` between which the notional moves by less than `spare`, half and twice it at most."""
    radius = ratio_down(spare, FUNDING_ONE, 1, abs(size), 1, 1, WAKE_UP_LIMIT)
    above = lot_value_up(policy.payoff, policy.multiplier, price)
    below = lot_value_down(policy.payoff, policy.multiplier, price)
    return max(above - radius, mul_div_up(above, 1, 2)), min(below + radius, 2 * below)
