"""Equity, and equity less maintenance, on a grid of prices and levels: STG-004."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from stoplog.calculator.set_compartment import Compartment
from stoplog.strategy.window import Over, levels

Grid = list[list[float]]
"""A row of values, one for each price, for each level."""

Watched = Callable[[Sequence[float]], Iterable[float]]
"""Rows as they are worked on, so that somebody sees how far it is."""

BY_RATES, BY_MODEL = (240, 120), (120, 60)
"""Steps along price and level: finer where a value costs microseconds."""


@dataclass(frozen=True, slots=True)
class Regions:
    """The grid: below zero is bankrupt in `equity`, and liquidated in `covered`."""

    over: Over
    prices: Sequence[float]
    levels: Sequence[float]
    equity: Grid
    covered: Grid


def regions(held: Compartment, over: Over, prices: tuple[float, float], watched: Watched) -> Regions:
    """The values between two prices, at every level of the picture."""
    steps_across, steps_up = BY_RATES if held.model is None else BY_MODEL
    across = evenly(*prices, steps_across)
    up = evenly(*levels(held, over), steps_up)
    equities, left = [], []
    for level in watched(up):
        at_level = moved(held, over, level)
        equity = at_level.equity()
        equities.append([equity.value(price) for price in across])
        left.append([at_level.covered(equity, price) for price in across])
    return Regions(over, across, up, equities, left)


def moved(held: Compartment, over: Over, level: float) -> Compartment:
    """The compartment with every volatility moved by `level`, not below 0, or with `level` years gone by."""
    if over == "time":
        legs = [leg._replace(years=max(0.0, leg.years - level)) for leg in held.legs]
    else:
        legs = [leg._replace(volatility=max(0.0, leg.volatility + level)) if leg.strike else leg for leg in held.legs]
    return replace(held, legs=legs)


def evenly(low: float, high: float, steps: int) -> list[float]:
    """Both ends and what is evenly between.

    >>> evenly(0.0, 1.0, 4)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    return [low + (high - low) * step / steps for step in range(steps)] + [high]
