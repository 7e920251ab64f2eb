"""Legs, prices, distances and boundaries of a strategy in words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isfinite

from stoplog.calculator.quote_view import MINUS, Written, percent
from stoplog.portfolio.below_zero import Price
from stoplog.portfolio.equity_curve import Leg
from stoplog.strategy.worth import DAYS

NOTHING = "\N{EN DASH}"

SMALL, LARGE = 1e-4, 1e15
"""Outside of these a figure is written as a power of ten, and where its places hold no digit of it."""


PLACES_MOST = 12
"""Where more would be shown, likewise."""


def leg_words(leg: Leg) -> str:
    """One leg, without its entry.

    >>> leg = Leg("put", Fraction(-2), Fraction(5), Fraction(90), 0.6, 0.25, Fraction(0))
    >>> leg_words(leg)
    'short 2 put 90, 91.25 d, 60 %'
    """
    side = "long" if leg.size > 0 else "short"
    words = f"{side} {number(float(abs(leg.size)))} {leg.kind}"
    if leg.strike:
        words += f" {number(float(leg.strike))}"
    if leg.years:
        words += f", {number(round(leg.years * DAYS, 2))} d"
    elif leg.strike:
        words += ", at expiry"
    return f"{words}, {number(round(100 * leg.volatility, 2))} %" if leg.deviation else words


def number(value: float) -> str:
    """A figure as short as it is, with commas.

    >>> number(60000.0), number(0.5), number(1e-9)
    ('60,000', '0.5', '1e-09')
    """
    return f"{value:,.10g}".replace("-", MINUS) if SMALL <= abs(value) < LARGE or not value else f"{value:.4g}"


def price_words(price: Price, written: Written) -> str:
    """A price with the places of the quote."""
    value = float(price)
    if value >= LARGE or written.price_places > PLACES_MOST:
        return f"{value:.7g}"
    text = written.price(Decimal(value))
    return f"{value:.4g}" if value and not any(digit in text for digit in "123456789") else text


def amount(value: float, written: Written) -> str:
    """An amount with the places of the quote."""
    if abs(value) >= LARGE or written.amount_places > PLACES_MOST:
        return f"{value:.6g}".replace("-", MINUS)
    return written.amount(Decimal(value))


def distance(price: Price, mark: Fraction) -> str:
    """How far a price is from the mark, in percent.

    >>> distance(Fraction(90), Fraction(100)), distance(1e30, Fraction(100))
    ('−10.00 %', 'far')
    """
    share = float(price) / float(mark)
    return percent(Decimal(share)) if share < LARGE / 100 else "far"


def figure(value: float, places: int) -> str:
    """A figure with its sign and so many places; a dash where it is none, or infinite.

    >>> figure(-0.5, 2), figure(float("inf"), 2), figure(-1e-9, 2)
    ('−0.50', '–', '0')
    """
    if not isfinite(value):
        return NOTHING
    if abs(value) >= LARGE or places > PLACES_MOST:
        return f"{value:+.4g}".replace("-", MINUS) if value else "0"
    if not round(value, places):
        return "0"
    return f"{value:+,.{places}f}".replace("-", MINUS)
