"""Prices from exact quotients and roots: as they are, or rounded to a tick on the side that a venue chooses."""

from __future__ import annotations

from decimal import Decimal

from stoplog.calculator.decimals import POWER, SIGNIFICANT, Count, quotient
from stoplog.margin.surds import Surd
from stoplog.units import mul_div_down, mul_div_up

PLACES = 30
"""Decimal places by which an irrational price is made longer until more than enough digits are there."""


def price_text(numerator: int, denominator: int, rounding: str, tick: Count, side: int) -> str:
    """The price numerator / denominator, both above zero, as a decimal, rounded to `tick` as `rounding` says.

    >>> [price_text(10, 3, how, (5, 1), 1) for how in ("toward_zero", "nearest", "against_holder", "for_holder")]
    ['3', '3.5', '3.5', '3']
    """
    if rounding == "none":
        return quotient(numerator, denominator)
    count, places = tick
    ticks = _ticks(numerator * POWER[places], denominator * count, rounding, side)
    return quotient(ticks * count, POWER[places])


def _ticks(numerator: int, denominator: int, rounding: str, side: int) -> int:
    if rounding == "nearest":
        return mul_div_down(2 * numerator + denominator, 1, 2 * denominator)
    return mul_div_up(numerator, 1, denominator) if _up(rounding, side) else mul_div_down(numerator, 1, denominator)


def _up(rounding: str, side: int) -> bool:
    return (rounding == "against_holder" and side > 0) or (rounding == "for_holder" and side < 0)


def surd_text(price: Surd, rounding: str, tick: Count, side: int) -> str:
    """The same for a price above zero that may be irrational.

    >>> surd_text(Surd(0, 1, 1, 2), "none", (1, 0), 1), surd_text(Surd(0, 1, 1, 2), "against_holder", (5, 2), 1)
    ('1.414213562373095048801688724', '1.45')
    """
    if price.sign == 0:
        return price_text(price.whole, price.divisor, rounding, tick, side)
    if rounding == "none":
        return _irrational_text(price)
    count, places = tick
    if rounding == "nearest":
        ticks = (price.floor(2 * POWER[places], count) + 1) // 2
    else:
        ticks = price.floor(POWER[places], count) + _up(rounding, side)
    return quotient(ticks * count, POWER[places])


def _irrational_text(price: Surd) -> str:
    """Half even at 28 digits: no irrational number lies in the middle, so one more digit than there is decides."""
    places = PLACES
    while (digits := price.floor(10**places)) < 10 ** (SIGNIFICANT.prec + 1):
        places += PLACES
    return format(SIGNIFICANT.scaleb(SIGNIFICANT.plus(Decimal(10 * digits + 1)), -places - 1), "f")
