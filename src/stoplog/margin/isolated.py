"""One compartment, one purse, one position: what it is worth, what it must hold, what may leave it.

Nothing here can name another compartment. Amounts are in the instrument's settlement asset; the purse is
taken with funding already settled.
"""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.instruments import notional_up, value_down
from stoplog.margin.breaching import breached_under, maintenance_under
from stoplog.margin.health import Health
from stoplog.margin.policies import FEE_RESERVED, Policy, is_plain, ramped, reserve
from stoplog.margin.thresholds import tier_at_price
from stoplog.margin.tiers import TierLike, initial
from stoplog.positions import enlarges
from stoplog.units import mul_div_up, rule


@rule
def equity(payoff: int, multiplier: int, price: int, size: int, cost: int, purse: int) -> int:
    """Purse and unrealised profit, rounded against the holder: rule ISO-003.

    >>> equity(0, 1, 110, 10, 1000, 50)
    150
    """
    return purse + value_down(payoff, multiplier, price, size) - cost


@rule
def initial_margin(
    policy: Policy, tiers: Sequence[TierLike], price: int, size: int, cost: int, own_rate: int, one: int
) -> int:
    """Initial margin at `price`: the larger of the tier's rate and the compartment's own, rounded up: rule MRG-002.

    `own_rate` is 1 / leverage, chosen when the compartment is opened. Never below the maintenance margin, which a
    policy other than the plain one can make the larger.
    """
    notional = notional_up(policy.payoff, policy.multiplier, price, size)
    tier = tiers[tier_at_price(tiers, policy.payoff, policy.multiplier, price, size)]
    rate = max(own_rate, ramped(tier.initial_rate, tier.slope, notional - tier.floor, one))
    needed = initial(notional, rate, one)
    if is_plain(policy):
        return needed
    return max(needed, maintenance_under(policy, tiers, price, size, cost, one))


@rule
def opening_equity(policy: Policy, price: int, size: int, cost: int, purse: int, one: int) -> int:
    """Equity less what is reserved for closing: what initial margin is compared with."""
    worth = equity(policy.payoff, policy.multiplier, price, size, cost, purse)
    if policy.close_fee != FEE_RESERVED:
        return worth
    return worth - reserve(policy, size, purse - cost, one)


@rule
def staying_margin(
    policy: Policy,
    tiers: Sequence[TierLike],
    price: int,
    size: int,
    cost: int,
    own_rate: int,
    floor_rate: int,
    one: int,
) -> int:
    """What must stay when margin leaves: the initial margin, and `floor_rate` of the notional: rule MRG-004."""
    floor = mul_div_up(notional_up(policy.payoff, policy.multiplier, price, size), floor_rate, one)
    return max(floor, initial_margin(policy, tiers, price, size, cost, own_rate, one))


@rule
def removable(purse: int, equity: int, initial: int) -> int:
    """How much margin may leave: what is above the initial margin, and no unrealised gain.

    >>> removable(50, 150, 120), removable(50, 350, 120), removable(50, 100, 120)
    (30, 50, 0)
    """
    return max(0, min(purse, equity - initial))


@rule
def fill_allowed(
    policy: Policy,
    tiers: Sequence[TierLike],
    mark: int,
    before: int,
    size: int,
    cost: int,
    purse: int,
    own_rate: int,
    ordered: int,
    one: int,
) -> tuple[bool, int, int]:
    """(allowed, needed, available) for a fill that turns `before` lots into `size`: rule ISO-004.

    Cost and purse are those after the fill, funding and fee; `ordered` is the order margin after it. Enlarging or
    turning needs initial and order margin, reducing must leave the position unbreached, closing must leave a purse
    that is not negative. What a reduction needs is answered only where it is not there.
    """
    if size == 0:
        return purse >= 0, 0, purse
    worth = opening_equity(policy, mark, size, cost, purse, one)
    if enlarges(before, size):
        needed = initial_margin(policy, tiers, mark, size, cost, own_rate, one) + ordered
        if worth < needed or is_plain(policy):
            return worth >= needed, needed, worth
        return not breached_under(policy, tiers, mark, size, cost, purse - cost, one), needed, worth
    if breached_under(policy, tiers, mark, size, cost, purse - cost, one):
        return False, maintenance_under(policy, tiers, mark, size, cost, one), worth
    return True, 0, worth


def health(
    policy: Policy,
    tiers: Sequence[TierLike],
    price: int,
    size: int,
    cost: int,
    purse: int,
    own_rate: int,
    one: int,
) -> Health:
    """The compartment's health at `price`, as amounts; all zero requirements without a position.

    The equity is what is left beside a reserve for closing.
    """
    if size == 0:
        return Health(purse, 0, 0)
    return Health(
        opening_equity(policy, price, size, cost, purse, one),
        initial_margin(policy, tiers, price, size, cost, own_rate, one),
        maintenance_under(policy, tiers, price, size, cost, one),
    )
