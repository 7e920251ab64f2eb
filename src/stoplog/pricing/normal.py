"""The normal distribution in binary floats, without cancellation in its tails: PRI-001."""

from __future__ import annotations

from math import erfc, exp, log, log1p, pi, sqrt

ROOT_2 = sqrt(2.0)
ROOT_2_PI = sqrt(2.0 * pi)

SERIES_FROM = 10.0
"""From here on the asymptotic series of erfcx has enough terms for every digit of a float."""

SERIES_TERMS = 16

SPLIT = float(1 << 27)


def density(x: float) -> float:
    """The standard normal density at x.

    >>> round(density(0.0), 6), density(40.0)
    (0.398942, 0.0)
    """
    return exp(-0.5 * x * x) / ROOT_2_PI


def tail(x: float) -> float:
    """The probability of a standard normal variable above x, to full relative accuracy while it is a normal float.

    >>> tail(0.0), tail(38.0) > 0.0
    (0.5, True)
    """
    return 0.5 * erfc(x / ROOT_2)


def erfcx(x: float) -> float:
    """exp(x²) · erfc(x) for x ≥ 0, which falls like 1 / (x·√π).

    Below 10 the square is split into a part without rounding and a small rest; from there on it is the asymptotic
    series Σ (−1)ⁿ · (2n − 1)!! / (2x²)ⁿ.

    >>> erfcx(0.0), round(erfcx(1e8) * 1e8, 10)
    (1.0, 0.5641895835)
    """
    if x < SERIES_FROM:
        high = x * SPLIT
        high -= high - x
        low = x - high
        return exp(high * high) * exp((high + x) * low) * erfc(x)
    ratio = -0.5 / (x * x)
    total = term = 1.0
    for n in range(1, SERIES_TERMS):
        term *= (2 * n - 1) * ratio
        total += term
    return total / (x * sqrt(pi))


def log_ratio(high: float, low: float) -> float:
    """ln(high / low) of 0 < low ≤ high, small ones to full relative accuracy.

    >>> log_ratio(1.0 + 2.0**-40, 1.0) * 2**40
    0.9999999999995453
    """
    if high < 2.0 * low:
        return log1p((high - low) / low)
    return log(high) - log(low)
