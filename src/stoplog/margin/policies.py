"""How a venue measures what a position must hold: policies as data, in integers.

Three switches cover every isolated venue (section 0 of the venue rules): how rates follow the notional (`tier_rule`),
at which notional maintenance is measured (`maintenance_at`), and what the fee for closing does (`close_fee`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stoplog.instruments import value_lots
from stoplog.margin.close_fee import reserve_included
from stoplog.margin.tiers import MARGINAL, TierLike, maintenance, tier_index
from stoplog.units import RAMP_RATE_MAX, RAMP_UNIT, mul_div_up, rule, seldom

AT_MARK, AT_ENTRY = range(2)
"""Maintenance is that of the notional at the mark, or at the entry: the cost basis."""

FEE_IGNORED, FEE_IN_RATE, FEE_RESERVED = range(3)
"""The fee for closing counts nowhere, in the requirement, or as a reserve that counts for nothing else."""


class Policy(NamedTuple):
    """What an instrument is and what it asks: `fee_rate` is that of closing, over the same `one` as the tiers."""

    payoff: int
    multiplier: int
    tier_rule: int = MARGINAL
    maintenance_at: int = AT_MARK
    close_fee: int = FEE_IGNORED
    fee_rate: int = 0


@rule
def is_plain(policy: Policy) -> bool:
    """Whether the requirement is the marginal ladder at the mark and nothing else."""
    return policy.tier_rule == MARGINAL and policy.maintenance_at == AT_MARK and policy.close_fee == FEE_IGNORED


@rule
def two_sided(policy: Policy) -> bool:
    """Whether a price that moves for the holder can breach a position: where the requirement jumps or bends."""
    return policy.tier_rule != MARGINAL and policy.maintenance_at == AT_MARK


@rule
def fee_in_rate(policy: Policy) -> int:
    """The rate that closing adds to the requirement."""
    return policy.fee_rate if policy.close_fee == FEE_IN_RATE else 0


@seldom
@rule
def reserve(policy: Policy, size: int, capital: int, one: int) -> int:
    """What is set aside for closing out of capital = purse − cost, rounded up; 0 unless the policy reserves.

    The fee on the value at the price where capital less the reserve is used up (`margin.close_fee`).
    """
    if policy.close_fee != FEE_RESERVED:
        return 0
    side = 1 if value_lots(policy.payoff, size) > 0 else -1
    return reserve_included(capital, side, policy.fee_rate, one)


@rule
def ramped(rate: int, slope: int, above: int, one: int) -> int:
    """A rate that rises by `slope` for every `RAMP_UNIT` of notional `above` its tier's floor, rounded up.

    Held at `rate` + `RAMP_RATE_MAX`, for what is shown and for initial margin; breaches are decided exactly.

    >>> ramped(1_000_000, 500_000, 1_500_000_000_000, 10**8)
    1750000
    """
    if slope == 0:
        return rate
    return rate + max(0, min(RAMP_RATE_MAX * one, mul_div_up(above, slope, RAMP_UNIT)))


@rule
def maintenance_of(tiers: Sequence[TierLike], notional: int, one: int) -> int:
    """Maintenance margin of a notional under whatever rule the tiers were made for, rounded up."""
    tier = tiers[tier_index(tiers, notional, 1, 1)]
    return maintenance(notional, ramped(tier.rate, tier.slope, notional - tier.floor, one), tier.deduction, one)
