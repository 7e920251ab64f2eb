"""A strategy in the engine, beside its quote: its own liquidation set, and the same model's in floats: STG-006."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

from stoplog.calculator.set_compartment import Compartment
from stoplog.portfolio.below_zero import Interval
from stoplog.portfolio.scanned import below_zero_scanned
from stoplog.strategy.in_lots import InLots, in_lots
from stoplog.strategy.own_set import OwnSet, own_set
from stoplog.strategy.own_surplus import continuous
from stoplog.strategy.window import window
from stoplog.strategy.worth import Worth


@dataclass(frozen=True, slots=True)
class InEngine:
    """The strategy in lots, the set of whole prices, and the continuous set in the question's own units."""

    lots: InLots
    own: OwnSet
    continuous: Sequence[Interval]


def in_engine(held: Compartment, found: Worth) -> InEngine:
    """Both sets, the own one over the prices that a picture shows and the continuous boundaries next to the mark.

    `NotHeld` where the engine cannot hold the compartment.
    """
    lots = in_lots(held)
    strikes = {float(leg.strike) for leg in held.legs if leg.strike}
    smooth = below_zero_scanned(continuous(lots, held), float(held.mark), strikes)
    shown = [window(held, found), window(held, replace(found, liquidated=smooth))]
    one = 10**lots.price_places
    lowest = max(1, ceil(min(low for low, _ in shown) * one))
    highest = min(lots.price_max, floor(max(high for _, high in shown) * one))
    return InEngine(lots, own_set(lots, lowest, highest), smooth)
