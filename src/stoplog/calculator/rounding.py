"""Prices from exact quotients: as they are, or rounded to a tick on the side that a venue chooses."""

from __future__ import annotations

from stoplog.calculator.decimals import POWER, Count, quotient
from stoplog.units import mul_div_down, mul_div_up


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
    up = (rounding == "against_holder" and side > 0) or (rounding == "for_holder" and side < 0)
    return mul_div_up(numerator, 1, denominator) if up else mul_div_down(numerator, 1, denominator)
