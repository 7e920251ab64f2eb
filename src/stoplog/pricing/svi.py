"""A slice of a volatility surface as raw SVI: total variance by log moneyness, and whether it has arbitrage: PRI-006.

w(k) = a + b·(ρ·(k − m) + √((k − m)² + s²)), k = ln(K / F). Source of the parametrisation and of the butterfly function:
Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces" (2014).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import asinh, hypot, inf, sinh, sqrt
from typing import NamedTuple

WING_SLOPE_MAX = 2.0
"""Total variance cannot rise faster than this with |k|: Lee's moment formula."""

POINTS = 400
"""Points of a scan, spread as sinh so that the bend of a slice and its wings are both covered."""

REACH = 6.0
"""The scan reaches sinh of this many times the width of the bend, some 200 widths."""

NOISE = 1e-12
"""What is less than this below zero is rounding."""

REFINEMENTS = 60

GOLDEN = (sqrt(5.0) - 1.0) / 2.0


class Slice(NamedTuple):
    """The total variance of one expiry: level, slope, tilt, centre and width of the bend."""

    a: float
    b: float
    rho: float
    m: float
    s: float

    def total_variance(self, k: float) -> float:
        """σ²·T at log moneyness k.

        >>> Slice(0.04, 0.0, 0.0, 0.0, 0.1).total_variance(0.5)
        0.04
        """
        return self.a + self.b * (self.rho * (k - self.m) + hypot(k - self.m, self.s))

    def slopes(self, k: float) -> tuple[float, float]:
        """First and second derivative of the total variance with k; the second is 0 at a kink of width 0."""
        arm = hypot(k - self.m, self.s)
        if arm == 0.0:
            return self.b * self.rho, 0.0
        return self.b * (self.rho + (k - self.m) / arm), self.b * (self.s / arm) ** 2 / arm

    def volatility(self, k: float, years: float) -> float:
        """√(w / T), T > 0; 0 where the total variance is below 0."""
        return sqrt(max(0.0, self.total_variance(k)) / years)


class Violation(NamedTuple):
    """Where a condition fails: log moneyness (infinite for a wing) and the value that should not be below 0."""

    k: float
    value: float


def butterfly_value(part: Slice, k: float) -> float:
    """(1 − k·w′/2w)² − w′²/4·(1/w + 1/4) + w″/2: the density of the forward there, up to a positive factor.

    Minus infinity where the total variance is not above 0.
    """
    w = part.total_variance(k)
    if w <= 0.0:
        return -inf
    first, second = part.slopes(k)
    return (1.0 - 0.5 * k * first / w) ** 2 - 0.25 * first * first * (1.0 / w + 0.25) + 0.5 * second


def butterfly(part: Slice) -> Violation | None:
    """Where the slice allows a butterfly to cost less than nothing; None where it does not.

    The wings are checked exactly (b·(1 + |ρ|) ≤ 2), so is the least variance (a + b·s·√(1 − ρ²) ≥ 0); between them a
    scan of `POINTS` points with its lowest one refined. A violation narrower than a step of the scan can be missed.

    >>> butterfly(Slice(0.04, 0.1, -0.3, 0.0, 0.2)) is None
    True
    >>> butterfly(Slice(0.04, 2.0, -0.5, 0.0, 0.2)).k
    -inf
    """
    steepest = part.b * (1.0 + abs(part.rho))
    if steepest > WING_SLOPE_MAX:
        return Violation(inf if part.rho >= 0.0 else -inf, WING_SLOPE_MAX - steepest)
    least = part.a + part.b * part.s * sqrt(max(0.0, 1.0 - part.rho * part.rho))
    if least < 0.0:
        slope = part.rho / sqrt(1.0 - part.rho * part.rho)
        return Violation(part.m - part.s * slope, least)
    return _below_zero(lambda k: butterfly_value(part, k), _scan([part]))


def calendar(near: Slice, far: Slice) -> Violation | None:
    """Where the later slice has less total variance than the earlier one; None where nowhere.

    The wings are compared exactly by slope, the rest by a scan as in `butterfly`.

    >>> calendar(Slice(0.04, 0.1, 0.0, 0.0, 0.2), Slice(0.03, 0.2, 0.0, 0.0, 0.1))
    Violation(k=0.0, value=-0.010000000000000002)
    """
    for sign in (-1.0, 1.0):
        gap = far.b * (1.0 + sign * far.rho) - near.b * (1.0 + sign * near.rho)
        if gap < 0.0:
            return Violation(sign * inf, gap)
    return _below_zero(lambda k: far.total_variance(k) - near.total_variance(k), _scan([near, far]))


def _scan(parts: Iterable[Slice]) -> list[float]:
    """Log moneyness in rising order: 0 and, around the centre of each slice, points spread as sinh over its width."""
    points = {0.0}
    for part in parts:
        width = max(part.s, 1e-6)
        reach = max(REACH, asinh(abs(part.m) / width) + 1.0)
        half = POINTS // 2
        points |= {part.m + width * sinh(reach * i / half) for i in range(-half, half + 1)}
    return sorted(points)


def _below_zero(function: Callable[[float], float], points: list[float]) -> Violation | None:
    """The lowest value among the points and around the lowest of them, where it is below 0 by more than `NOISE`."""
    lowest = min(range(len(points)), key=lambda i: function(points[i]))
    k, value = points[lowest], function(points[lowest])
    left, right = points[max(lowest - 1, 0)], points[min(lowest + 1, len(points) - 1)]
    for _ in range(REFINEMENTS):
        inner, outer = right - GOLDEN * (right - left), left + GOLDEN * (right - left)
        if function(inner) <= function(outer):
            right = outer
        else:
            left = inner
    middle = 0.5 * (left + right)
    if function(middle) < value:
        k, value = middle, function(middle)
    return Violation(k, value) if value < -NOISE else None
