"""The liquidation price of a compartment under any policy, as the engine flips: in whole price units.

A requirement that jumps or bends is met in pieces (`margin.requirement`), where the first change is found exactly; the
boundary in whole prices is then decided by the engine's own rule. Not compiled: for answers to people.
"""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.instruments import INVERSE, value_lots
from stoplog.margin.breaching import breached_under
from stoplog.margin.first_price import Account, first_change
from stoplog.margin.policies import AT_ENTRY, Policy, fee_in_rate, maintenance_of, reserve, two_sided
from stoplog.margin.requirement import Piece, flat_pieces, ramp_pieces
from stoplog.margin.surds import Surd
from stoplog.margin.thresholds import last_healthy_price, root_tier
from stoplog.margin.tiers import RAMP, Tier, TierLike
from stoplog.units import PRICE_MAX, RAMP_UNIT


def last_price_before_breach(
    policy: Policy, tiers: Sequence[TierLike], mark: int, size: int, cost: int, capital: int, one: int
) -> int:
    """The last healthy price, going against the holder from the mark, at which the compartment is healthy.

    0 for a long, `PRICE_MAX` + 1 for a short, where no price on that way breaches it. Where one direction alone can
    breach it the mark does not matter, and `PRICE_MAX` + 1 for a long, 0 for a short, says that every price does.

    >>> last_price_before_breach(Policy(0, 1), [Tier(0, 10**6, 0, 10**6)], 100, 10, 1000, 105 - 1000, 10**8)
    91
    """
    free = capital - reserve(policy, size, capital, one)
    if two_sided(policy):
        return _met_from(policy, tiers, mark, size, cost, capital, one)
    fee, lots = fee_in_rate(policy), value_lots(policy.payoff, size)
    if policy.maintenance_at == AT_ENTRY:
        rate, deduction = fee, -maintenance_of(tiers, abs(cost), one)
    else:
        tier = tiers[root_tier(tiers, lots, free, fee, one)]
        rate, deduction = tier.rate + fee, tier.deduction
    return last_healthy_price(policy.payoff, policy.multiplier, size, free, rate, deduction, one)


def _met_from(
    policy: Policy, tiers: Sequence[TierLike], mark: int, size: int, cost: int, capital: int, one: int
) -> int:
    side = 1 if size > 0 else -1
    found = _first_change(policy, tiers, mark, size, capital, one)
    end = 0 if size > 0 else PRICE_MAX + 1
    if found is None or not found.above_zero:
        return end
    price = min(PRICE_MAX + 1, found.floor())
    at = min(mark, price + 2) if size > 0 else max(mark, price - 2)
    while not breached_under(policy, tiers, at - side, size, cost, capital, one):
        at -= side
        if at in (0, PRICE_MAX + 1):
            break
    return at


def _first_change(
    policy: Policy, tiers: Sequence[TierLike], mark: int, size: int, capital: int, one: int
) -> Surd | None:
    """The price at which the requirement first stops being covered, going against the holder from the mark."""
    finer = mark if policy.payoff == INVERSE else 1
    notional = abs(size) * policy.multiplier * (1 if policy.payoff == INVERSE else mark)
    pieces, over = _pieces(policy, tiers, finer, one)
    side = 1 if value_lots(policy.payoff, size) > 0 else -1
    free = (capital - reserve(policy, size, capital, one)) * finer
    found = first_change(Account(side, free, 0, over), pieces, notional)
    if found is None or not found.above_zero:
        return None
    if policy.payoff == INVERSE:
        return found.inverse().times(abs(size) * policy.multiplier * finer, 1)
    return found.times(1, abs(size) * policy.multiplier)


def _pieces(policy: Policy, tiers: Sequence[TierLike], finer: int, one: int) -> tuple[list[Piece], int]:
    """The requirement in pieces of the notional times `finer`, and their denominator."""
    fee = fee_in_rate(policy)
    scaled = [Tier(t.floor * finer, t.rate, t.deduction * finer, t.initial_rate, t.slope) for t in tiers]
    if policy.tier_rule == RAMP:
        unit = RAMP_UNIT * finer
        return ramp_pieces(scaled, [tier.slope for tier in scaled], fee, one, unit), one * unit
    return flat_pieces(scaled, fee, one), one
