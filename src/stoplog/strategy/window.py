"""The prices and levels that a picture shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from stoplog.calculator.errors import QuestionError
from stoplog.calculator.liquidation_set import next_to
from stoplog.calculator.set_compartment import Compartment
from stoplog.strategy.worth import Worth

Over = Literal["volatility", "time"]

REACH = 4.0
"""Boundaries up to so many times the mark, and down to one over it, are inside."""

STRIKES_REACH = 2.0

ROOM = 0.22
"""Of the span of prices, free on each side."""

LEAST = 0.3
"""At least this share of the mark is shown on each side of it."""

DOWN, UP = 0.75, 1.0
"""Volatility moves down by this share of the lowest of the legs and up by this share of the highest."""


def window(held: Compartment, found: Worth) -> tuple[float, float]:
    """The lowest and highest price shown: around the mark, the boundaries next to it and the strikes near it."""
    mark = float(held.mark)
    ends = [end for each in (found.liquidated, found.bankrupt) for end in next_to(held.mark, list(each))]
    near = [mark, *_within((float(end) for end in ends if end is not None), mark, REACH)]
    near += _within((float(leg.strike) for leg in held.legs), mark, STRIKES_REACH)
    low, high = min(near), max(near)
    room = ROOM * (high - low)
    return max(min(low - room, mark * (1 - LEAST)), low / 2), max(high + room, mark * (1 + LEAST))


def levels(held: Compartment, over: Over) -> tuple[float, float]:
    """The lowest and highest level: a shift of volatility as a share, or years from now up to the first expiry.

    `QuestionError` where no leg has what the picture is over.
    """
    timed = [leg for leg in held.legs if leg.strike and leg.years]
    if over == "time":
        if not timed:
            raise QuestionError(
                "inconsistent", "over", "over: no leg is an option with time left; nothing changes over time"
            )
        return 0.0, min(leg.years for leg in timed)
    volatilities = [leg.volatility for leg in timed if leg.volatility]
    if not volatilities:
        raise QuestionError(
            "inconsistent", "over", "over: no leg is an option with volatility; nothing changes over it"
        )
    return -DOWN * min(volatilities), UP * max(volatilities)


def _within(prices: Iterable[float], mark: float, reach: float) -> list[float]:
    return [price for price in prices if mark / reach <= price <= mark * reach]
