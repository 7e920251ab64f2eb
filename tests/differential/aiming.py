"""Where a compartment stops being healthy, found by bisection on the reference model's own predicate."""

from __future__ import annotations

from collections.abc import Sequence

from reference.formulas import breached, owed
from reference.state import Compartment, Instrument, Tier


def last_healthy_price(instrument: Instrument, tiers: Sequence[Tier], held: Compartment) -> int:
    """The last price, going against the holder, at which a compartment that is healthy at the mark still is."""
    purse = held.purse - owed(instrument, held)
    healthy = instrument.mark
    worst = instrument.price_min - 1 if held.size > 0 else instrument.price_max + 1
    while abs(healthy - worst) > 1:
        middle = (healthy + worst) // 2
        if breached(instrument, tiers, middle, held.size, held.cost, purse):
            worst = middle
        else:
            healthy = middle
    return healthy
