"""A strategy in the engine, beside its quote: its own liquidation set, and the same model's in floats: STG-006."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from stoplog.calculator.set_compartment import Compartment
from stoplog.portfolio.below_zero import Interval, between
from stoplog.portfolio.scanned import DOUBLINGS
from stoplog.strategy.in_lots import InLots, in_lots
from stoplog.strategy.own_set import OwnSet, own_set
from stoplog.strategy.own_surplus import continuous


@dataclass(frozen=True, slots=True)
class InEngine:
    """The strategy in lots, the set of whole prices, and the continuous set in the question's own units."""

    lots: InLots
    own: OwnSet
    continuous: Sequence[Interval]


def in_engine(held: Compartment) -> InEngine:
    """Both sets, from 1/64 of the mark to the price limit; `NotHeld` where the engine cannot hold the compartment.

    The boundaries of the continuous one are halved to the last digit between prices at which its sign is beyond doubt.
    Where it goes through zero and back within the bound alone, that is passed over.
    """
    lots = in_lots(held)
    own = own_set(lots, max(1, ceil(lots.mark / 2**DOUBLINGS)), lots.price_max)
    one, value = 10**lots.price_places, continuous(lots, held)
    changes = [_change(value, low / one, high / one) for low, high in own.turns.between]
    return InEngine(lots, own, between(changes, starts_below=own.turns.starts_below))


def _change(value: Callable[[float], float], low: float, high: float) -> float:
    """The price between two at which the sign changes."""
    at_low = value(low) < 0.0
    while low < (middle := 0.5 * (low + high)) < high:
        if (value(middle) < 0.0) == at_low:
            low = middle
        else:
            high = middle
    return high if at_low else low
