"""European options on something with a yield, as SPAN values them: Black-76 on the forward that rate and yield give.

Without time or volatility an option is worth what it would pay at the forward, discounted; so it is at a price that a
scenario brings to zero or below.
"""

from __future__ import annotations

from math import exp, sqrt
from typing import NamedTuple

from stoplog.pricing.black import black76, undiscounted_price


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
    forward, discount = _forward(terms, price, years), exp(-terms.rate * years)
    if forward <= 0 or terms.strike <= 0:
        return discount * max(0.0, terms.sign * (forward - terms.strike))
    deviation = max(volatility, 0.0) * sqrt(max(years, 0.0))
    return discount * undiscounted_price(forward, terms.strike, deviation, is_call=terms.sign > 0)


def european_delta(terms: Terms, price: float, volatility: float, years: float) -> float:
    """How much the value changes with the price; without time or volatility a call at the strike is in the money.

    >>> european_delta(Terms(-1, 100, 0, 0), 90, 0.0, 1)
    -1.0
    """
    forward, yielded = _forward(terms, price, years), exp(-terms.dividend * years)
    if forward <= 0 or terms.strike <= 0 or volatility * years <= 0:
        above = forward >= terms.strike
        return terms.sign * yielded * float(above == (terms.sign > 0))
    return yielded * black76(forward, terms.strike, years, volatility, is_call=terms.sign > 0).delta


def _forward(terms: Terms, price: float, years: float) -> float:
    return price * exp((terms.rate - terms.dividend) * years)
