"""Top-up: margin that a compartment takes by itself, from sources its owner has named, before a mark can breach it.

A policy has a trigger and a target, both multiples of the maintenance margin, as counts of 1 / `one`. Below
trigger · maintenance a compartment is in its band, and is brought to target · maintenance as far as caps and sources
go. The shapes are those of Bybit (from the available balance until the position is fully covered) and Hyperliquid
(to a target leverage): sections 2 and 6 of the venue rules.
"""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.instruments import notional_up, value_down, value_lots
from stoplog.margin.breaching import interval_around
from stoplog.margin.close_fee import capital_before_reserve
from stoplog.margin.policies import (
    AT_ENTRY,
    FEE_RESERVED,
    Policy,
    fee_in_rate,
    maintenance_of,
    ramped,
    reserve,
)
from stoplog.margin.thresholds import (
    WAKE_UP_LIMIT,
    scaled_rate,
    tier_at_price,
    wake_up_root,
)
from stoplog.margin.tiers import TierLike, maintenance
from stoplog.units import (
    RAMP_RATE_MAX,
    TIME_MAX,
    compare_products,
    mul_div_down,
    mul_div_up,
    ratio_down,
    rule,
)

FREE_ONLY, FREE_FIRST, DONOR_FIRST = range(3)
"""Where a top-up comes from: the owner's free balance; that and then a donor; the donor and then that."""

MULTIPLE_MAX = 1000
"""Largest trigger and target."""


@rule
def highest_trigger(rate_max: int, one: int) -> int:
    """The highest trigger under which trigger · `rate_max` is below 1, and none above `MULTIPLE_MAX`.

    `rate_max` is the highest rate of the requirement. At trigger · rate 1 a long would be in its band at any price.

    >>> highest_trigger(1_000_000, 10**8), highest_trigger(0, 10**8)
    (9999999900, 100000000000)
    """
    return min(MULTIPLE_MAX * one, mul_div_down(one - 1, one, max(1, rate_max)))


@rule
def in_band(equity: int, maintenance: int, trigger: int, one: int) -> bool:
    """Whether equity is below trigger · maintenance, both as amounts, compared without dividing: rule TOP-001.

    >>> in_band(19, 10, 200, 100), in_band(20, 10, 200, 100)
    (True, False)
    """
    return compare_products(equity, one, 1, maintenance, trigger, 1) < 0


@rule
def missing(policy: Policy, size: int, value: int, capital: int, maintenance: int, target: int, one: int) -> int:
    """How much margin brings equity to ⌈target · maintenance⌉, what is reserved for closing left out: rule TOP-002.

    Capital is purse − cost, `value` what the position is worth. What has to be reached is held at `WAKE_UP_LIMIT`,
    which is more than any compartment can take. Not above zero where nothing is missing.

    >>> missing(Policy(0, 1), 10, 910, 105 - 1000, 10, 400, 100)
    25
    """
    free = times(maintenance, target, one) - value
    if policy.close_fee != FEE_RESERVED:
        return free - capital
    side = 1 if value_lots(policy.payoff, size) > 0 else -1
    return capital_before_reserve(free, side, policy.fee_rate, one) - capital


@rule
def allowed(missing: int, once: int, left: int, room: int) -> int:
    """What a top-up may take: no more than is missing, than its two caps leave, and than the purse has room for.

    >>> allowed(15, 12, 40, 1000), allowed(15, 12, 40, -3)
    (12, 0)
    """
    return max(0, min(missing, once, left, room))


@rule
def drawn(amount: int, order: int, free: int, spare: int) -> tuple[int, int]:
    """(from the free balance, from the donor): what a top-up of `amount` takes from each, in their order.

    `free` is the owner's free balance, `spare` what may leave the donor. Both are used up before anything is lacking.

    >>> drawn(12, FREE_FIRST, 5, 4), drawn(12, DONOR_FIRST, 5, 9), drawn(12, FREE_ONLY, 5, 9)
    ((5, 4), (3, 9), (5, 0))
    """
    if order == DONOR_FIRST:
        given = min(amount, spare)
        return min(amount - given, free), given
    own = min(amount, free)
    if order == FREE_ONLY:
        return own, 0
    return own, min(amount - own, spare)


@rule
def ready_after(time: int, cooldown: int) -> int:
    """The time in milliseconds from which the next top-up may happen, `cooldown` seconds after one at `time`.

    >>> ready_after(5_000, 3)
    8000
    """
    return time + min(1000 * cooldown, TIME_MAX - time)


@rule
def times(maintenance: int, multiple: int, one: int) -> int:
    """⌈multiple · maintenance⌉, held at `WAKE_UP_LIMIT`, which is more than any compartment can have in equity.

    >>> times(7, 150, 100)
    11
    """
    return max(0, -ratio_down(-multiple, maintenance, 1, one, 1, 1, WAKE_UP_LIMIT))


@rule
def to_spare(trigger: int, one: int) -> int:
    """By how much a compartment is taken for poorer than it is when its wake-up in the band is reckoned.

    Equity and maintenance are rounded amounts in the band, by less than one unit and by less than two; funding that
    is settled later is rounded by less than one.
    """
    return 2 + mul_div_up(2, trigger, one)


@rule
def band_value(tiers: Sequence[TierLike], lots: int, capital: int, fee: int, trigger: int, one: int) -> int:
    """The lot value, in millionths, by which a compartment with a policy must have been looked at: rule TOP-006.

    As `thresholds.wake_up_value`, for trigger · maintenance under a marginal ladder with `fee` in every rate. Such a
    ladder is the largest of its lines, so the band begins where the first of them is no longer covered; each is
    scaled and rounded so as to wake early.
    """
    poorer = capital - to_spare(trigger, one)
    found = -WAKE_UP_LIMIT
    for i in range(len(tiers)):
        rate = scaled_rate(tiers[i].rate + fee, trigger, one)
        deduction = mul_div_down(tiers[i].deduction, trigger, one)
        value = wake_up_root(lots, poorer, rate, deduction, one)
        found = max(found, value if lots > 0 else -value)
    return found if lots > 0 else -found


@rule
def band_under(
    policy: Policy, tiers: Sequence[TierLike], size: int, cost: int, capital: int, trigger: int, one: int
) -> int:
    """`band_value` under any policy whose band only one direction reaches; a reserve is rounded, by less than two."""
    free = capital
    if policy.close_fee == FEE_RESERVED:
        free = capital - reserve(policy, size, capital, one) - 2
    fee, lots = fee_in_rate(policy), value_lots(policy.payoff, size)
    if policy.maintenance_at != AT_ENTRY:
        return band_value(tiers, lots, free, fee, trigger, one)
    held = times(maintenance_of(tiers, abs(cost), one), trigger, one)
    return wake_up_root(lots, free - to_spare(trigger, one), scaled_rate(fee, trigger, one), -held, one)


@rule
def band_spare(policy: Policy, tier: TierLike, price: int, size: int, capital: int, trigger: int, one: int) -> int:
    """`breaching.spare_notional` for trigger · maintenance: how far the notional may move outside the band; or −1.

    `capital` is what a reserve leaves. To spare beside what `band_value` has: where a rate that is shown rises, it is
    rounded up by less than one count, on no more than twice the notional.
    """
    notional = notional_up(policy.payoff, policy.multiplier, price, size)
    fee = fee_in_rate(policy)
    steepest = ramped(tier.rate, tier.slope, 4 * notional, one)
    if steepest >= RAMP_RATE_MAX * one:
        return -1
    rate = ramped(tier.rate, tier.slope, notional - tier.floor, one)
    needed = times(maintenance(notional, rate + fee, tier.deduction, one), trigger, one)
    rounded = times(mul_div_up(2 * notional, 1, one), trigger, one)
    free = capital + value_down(policy.payoff, policy.multiplier, price, size)
    surplus = free - needed - rounded - to_spare(trigger, one)
    return mul_div_down(max(0, surplus), one, one + mul_div_up(steepest + fee, trigger, one))


@rule
def band_interval(
    policy: Policy, tiers: Sequence[TierLike], price: int, size: int, capital: int, trigger: int, one: int
) -> tuple[int, int]:
    """`breaching.safe_interval` for trigger · maintenance: strictly inside, a compartment is outside its band."""
    i = tier_at_price(tiers, policy.payoff, policy.multiplier, price, size)
    free = capital - reserve(policy, size, capital, one)
    moves = band_spare(policy, tiers[i], price, size, free, trigger, one)
    if moves < 0:
        return WAKE_UP_LIMIT, -WAKE_UP_LIMIT
    return interval_around(policy, tiers, i, price, size, moves)
