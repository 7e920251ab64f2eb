"""European options on something with a yield: Black, Scholes and Merton, in floating point.

What SPAN needs of a price function, and no more: value and delta at a price, a volatility and a time. Without time or
volatility an option is worth what it would pay at the forward, discounted.
"""

from __future__ import annotations

from math import erfc, exp, inf, log, sqrt
from typing import NamedTuple

ROOT_TWO = sqrt(2)


class Terms(NamedTuple):
    """An option's terms: continuous rate and yield a year, 1 for a call and −1 for a put."""

    sign: int
    strike: float
    rate: float
    dividend: float


def european_value(terms: Terms, price: float, volatility: float, years: float) -> float:
    """What the option is worth, in the unit of the price.

    >>> round(european_value(Terms(1, 100, 0, 0), 100, 0.2, 1), 12)
    7.965567455406
    """
    sign, strike, rate, dividend = terms
    near, far = _distances(terms, price, volatility, years)
    held, paid = price * exp(-dividend * years), strike * exp(-rate * years)
    return sign * (held * _below(sign * near) - paid * _below(sign * far))


def european_delta(terms: Terms, price: float, volatility: float, years: float) -> float:
    """How much the value changes with the price.

    >>> european_delta(Terms(-1, 100, 0, 0), 90, 0.0, 1)
    -1.0
    """
    near, _ = _distances(terms, price, volatility, years)
    return terms.sign * exp(-terms.dividend * years) * _below(terms.sign * near)


def _distances(terms: Terms, price: float, volatility: float, years: float) -> tuple[float, float]:
    """How many standard deviations the forward lies above the strike, with half a variance added and taken off."""
    if price <= 0:
        return -inf, -inf
    deviation = volatility * sqrt(max(years, 0.0))
    above = log(price / terms.strike) + (terms.rate - terms.dividend) * years if terms.strike > 0 else inf
    if not deviation:
        far = inf if above >= 0 else -inf
        return far, far
    return above / deviation + deviation / 2, above / deviation - deviation / 2


def _below(deviations: float) -> float:
    """The chance that a standard normal number is below so many deviations."""
    return erfc(-deviations / ROOT_TWO) / 2
