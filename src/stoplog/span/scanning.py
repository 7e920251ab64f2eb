"""Scan risk: the largest loss of a commodity's positions over the scenarios, and the price risk in it."""

from __future__ import annotations

from fractions import Fraction

from stoplog.span.parameters import Parameters
from stoplog.span.results import Position, Scan
from stoplog.span.terms import CommodityTerms

ZERO = Fraction(0)


def scan_of(parameters: Parameters, terms: CommodityTerms, positions: list[Position]) -> Scan:
    """The scan of one commodity.

    The first of the largest losses is active. Options that are long only can lose no more than their value. The risk is
    rounded to the commodity's exponent, half away from zero.
    """
    unit = parameters.unit
    totals: list[Fraction | int] = [0] * len(parameters.paired)
    for contract, quantity in positions:
        totals = [total + quantity * loss for total, loss in zip(totals, contract.losses, strict=True)]
    largest = max(totals)
    active = totals.index(largest)
    paired = parameters.paired[active]
    cap = _long_option_value(positions)
    capped = cap is not None and cap < largest
    risk = rounded(cap if cap is not None and capped else largest, unit, terms.exponent)
    if not parameters.keeps_negative:
        risk = max(risk, ZERO)
    return Scan(tuple(totals), unit, active + 1, paired + 1, capped, risk)


def _long_option_value(positions: list[Position]) -> Fraction | int | None:
    """What options are worth that are all there is, all long and paid for; None otherwise."""
    value: Fraction | int = 0
    for contract, quantity in positions:
        if not contract.paid or quantity < 0 or contract.value is None:
            return None
        value += quantity * contract.value
    return value


def rounded(count: Fraction | int, unit: int, exponent: int) -> Fraction:
    """The amount count / unit to the nearest multiple of 10^exponent, of two the one farther from zero.

    >>> rounded(-25, 10, 0), rounded(124, 10, 1)
    (Fraction(-3, 1), Fraction(10, 1))
    """
    above, below = (10**exponent, 1) if exponent >= 0 else (1, 10**-exponent)
    step = unit * above
    size = -count if count < 0 else count
    whole = int((2 * below * size + step) // (2 * step))
    return Fraction(-whole * above if count < 0 else whole * above, below)


def weighted_price_risk(terms: CommodityTerms, scan: Scan, net: Fraction) -> Fraction:
    """Futures price risk of one delta; 0 where there is no net delta.

    Under CAP it is at most the price scan range, under SCANRANGE it is that.
    """
    if not net:
        return ZERO
    weighted = scan.price / abs(net)
    if terms.price_risk == "NORMAL" or terms.scan_range is None:
        return weighted
    return min(weighted, terms.scan_range) if terms.price_risk == "CAP" else terms.scan_range
