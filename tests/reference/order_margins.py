"""What resting orders need: rules ORM-001 to ORM-003."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from reference.formulas import RAMP, notional, rising, tier_of
from reference.state import Compartment, Instrument, Order, State
from stoplog.units import RATE_ONE


def order_margin(state: State, held: Compartment, orders: list[Order], size: int, cost: int) -> int:
    """What these orders need beside a position of `size` lots: rules ORM-001 to ORM-003."""
    instrument = state.instruments[held.instrument]
    needs = []
    for sign in (1, -1):
        free = abs(size) if size * sign < 0 else 0
        worth = side_worth(instrument, [order for order in orders if order.size * sign > 0], free)
        beside = abs(cost) if size * sign > 0 else 0
        tiers = state.tier_tables[instrument.tier_table]
        tier = tier_of(tiers, worth + beside)
        rate = rising(tier.initial_rate, tier, worth + beside) if tiers.rule == RAMP else tier.initial_rate
        needs.append(ceil(Fraction(worth * max(held.own_rate, rate), RATE_ONE)))
    return max(needs)


def side_worth(instrument: Instrument, orders: list[Order], free: int) -> int:
    """What the lots behind the first `free` are worth at their limits, lot by lot in the order of the list."""
    worth = 0
    for order in orders:
        closing = min(abs(order.size), free)
        free -= closing
        worth += ceil(notional(instrument, order.price, abs(order.size) - closing))
    return worth
