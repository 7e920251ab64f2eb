"""One compartment, one purse, one position: what it is worth, what it must hold, what may leave it.

Nothing here can name another compartment. Amounts are in the instrument's settlement asset; the purse is
taken with funding already settled.
"""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.instruments import notional_up, value_down
from stoplog.margin.health import Health
from stoplog.margin.thresholds import breached_at, tier_at_price
from stoplog.margin.tiers import TierLike, initial, maintenance
from stoplog.units import rule


@rule
def equity(payoff: int, multiplier: int, price: int, size: int, cost: int, purse: int) -> int:
    """Purse and unrealised profit, rounded against the holder: rule ISO-003.

    >>> equity(0, 1, 110, 10, 1000, 50)
    150
    """
    return purse + value_down(payoff, multiplier, price, size) - cost


@rule
def initial_margin(
    tiers: Sequence[TierLike], payoff: int, multiplier: int, price: int, size: int, own_rate: int, one: int
) -> int:
    """Initial margin at `price`: the larger of the tier's rate and the compartment's own, rounded up.

    `own_rate` is 1 / leverage, chosen when the compartment is opened.
    """
    tier = tiers[tier_at_price(tiers, payoff, multiplier, price, size)]
    rate = max(own_rate, tier.initial_rate)
    return initial(notional_up(payoff, multiplier, price, size), rate, one)


@rule
def maintenance_margin(tiers: Sequence[TierLike], payoff: int, multiplier: int, price: int, size: int, one: int) -> int:
    """Maintenance margin at `price`, rounded up: what is shown. Breach is decided exactly (LIQ-001)."""
    tier = tiers[tier_at_price(tiers, payoff, multiplier, price, size)]
    return maintenance(notional_up(payoff, multiplier, price, size), tier.rate, tier.deduction, one)


@rule
def removable(purse: int, equity: int, initial: int) -> int:
    """How much margin may leave: what is above the initial margin, and no unrealised gain.

    >>> removable(50, 150, 120), removable(50, 350, 120), removable(50, 100, 120)
    (30, 50, 0)
    """
    return max(0, min(purse, equity - initial))


@rule
def fill_allowed(
    tiers: Sequence[TierLike],
    payoff: int,
    multiplier: int,
    mark: int,
    before: int,
    size: int,
    cost: int,
    purse: int,
    own_rate: int,
    one: int,
) -> tuple[bool, int, int]:
    """(allowed, needed, available) for a fill that turns `before` lots into `size`: rule ISO-004.

    Cost and purse are those after the fill, funding and fee. Enlarging or turning needs the initial margin,
    reducing must leave the position unbreached, closing must leave a purse that is not negative. What a reduction
    needs is answered only where it is not there.
    """
    if size == 0:
        return purse >= 0, 0, purse
    worth = equity(payoff, multiplier, mark, size, cost, purse)
    if abs(size) > abs(before) or (size > 0) != (before > 0):
        needed = initial_margin(tiers, payoff, multiplier, mark, size, own_rate, one)
        return worth >= needed, needed, worth
    if breached_at(tiers, payoff, multiplier, mark, size, purse - cost, one):
        return False, maintenance_margin(tiers, payoff, multiplier, mark, size, one), worth
    return True, 0, worth


def health(
    tiers: Sequence[TierLike],
    payoff: int,
    multiplier: int,
    price: int,
    size: int,
    cost: int,
    purse: int,
    own_rate: int,
    one: int,
) -> Health:
    """The compartment's health at `price`, as amounts; all zero requirements without a position."""
    if size == 0:
        return Health(purse, 0, 0)
    return Health(
        equity(payoff, multiplier, price, size, cost, purse),
        initial_margin(tiers, payoff, multiplier, price, size, own_rate, one),
        maintenance_margin(tiers, payoff, multiplier, price, size, one),
    )
