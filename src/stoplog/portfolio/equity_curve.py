"""The equity of a compartment along its underlying's price: lines between strikes, and the time value of options.

Between two neighbouring strikes everything but the time value is a line, which is exact. The time value of an option
is that of the one out of the money; it is the same for call and put, so that options at one strike and one deviation
add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import sqrt
from typing import Literal, NamedTuple

from stoplog.pricing.black import time_value

ZERO = Fraction(0)

LegKind = Literal["perpetual", "future", "call", "put"]


class Leg(NamedTuple):
    """`size` is below zero of a short; `maintenance_rate` is a share of size · price.

    `strike` and `volatility` are 0 of what is no option, `years` of what has no expiry.
    """

    kind: LegKind
    size: Fraction
    entry: Fraction
    strike: Fraction
    volatility: float
    years: float
    maintenance_rate: Fraction

    @property
    def deviation(self) -> float:
        """The standard deviation of the log of the price until expiry, σ·√T; 0 of what is no option."""
        return self.volatility * sqrt(self.years)


class Line(NamedTuple):
    """intercept + slope · price, from the price `start` on."""

    start: Fraction
    intercept: Fraction
    slope: Fraction

    def at(self, price: Fraction) -> Fraction:
        """The value at a price."""
        return self.intercept + self.slope * price


class TimeValue(NamedTuple):
    """So many options, below zero short, of one strike and one deviation above 0."""

    weight: float
    strike: float
    deviation: float


class Curve(NamedTuple):
    """Lines that follow each other from price 0 on, a new one at each strike, and what is added to them."""

    lines: Sequence[Line]
    time_values: Sequence[TimeValue]

    def value(self, price: float) -> float:
        """The value at a price above 0, in binary floats."""
        line = [each for each in self.lines if each.start <= price][-1]
        added = sum(held.weight * time_value(price, held.strike, held.deviation) for held in self.time_values)
        return float(line.intercept) + float(line.slope) * price + added


def equity_curve(margin: Fraction, legs: Iterable[Leg], *, less_maintenance: bool) -> Curve:
    """margin + Σ size · (value − entry), less Σ maintenance rate · |size| · price where asked.

    >>> put = Leg("put", Fraction(-1), Fraction(5), Fraction(90), 0.0, 0.0, Fraction(0))
    >>> curve = equity_curve(Fraction(10), [put], less_maintenance=False)
    >>> [str(line.at(Fraction(80))) for line in curve.lines]
    ['5', '15']
    """
    held = list(legs)
    intercept = margin - sum((leg.size * leg.entry for leg in held), ZERO)
    slope = -sum((leg.maintenance_rate * abs(leg.size) for leg in held), ZERO) if less_maintenance else ZERO
    bends: dict[Fraction, Fraction] = {}
    weights: dict[tuple[Fraction, float], Fraction] = {}
    for leg in held:
        if leg.kind in {"perpetual", "future"}:
            slope += leg.size
            continue
        if leg.kind == "put":
            intercept += leg.size * leg.strike
            slope -= leg.size
        bends[leg.strike] = bends.get(leg.strike, ZERO) + leg.size
        if leg.deviation > 0:
            key = leg.strike, leg.deviation
            weights[key] = weights.get(key, ZERO) + leg.size
    lines = [Line(ZERO, intercept, slope)]
    for strike in sorted(bends):
        intercept -= bends[strike] * strike
        slope += bends[strike]
        lines.append(Line(strike, intercept, slope))
    return Curve(
        lines, [TimeValue(float(w), float(strike), deviation) for (strike, deviation), w in weights.items() if w]
    )
