"""The deviation x = σ·√T that gives a share, branch-free: three steps of Householder's method of the third order.

With p the share, or where it is above one half what is missing to 1, ln p is solved in ln x: both have simple
asymptotes, and the start is theirs. The derivatives of the share with x are φ(a), and that times a·b / x and
(a·b / x)² − 3·m² / x⁴ − ¼, where a, b = m / x ∓ x / 2 and m is the moneyness. From the start, which is right to a
factor of 5, three steps arrive at the rounding of the price; `Solved.step` says whether they did.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from stoplog.pricing.vector.compiling import inlined
from stoplog.pricing.vector.elementary import exponential, log_ratio
from stoplog.pricing.vector.parts import tails

ROOT_2_PI = 2.5066282746310002

HALF = 0.5

STEP_MAX = 1.5
"""No step multiplies or divides by more than e to this."""


class Solved(NamedTuple):
    """A deviation, and the length in its logarithm of the last step that led there."""

    deviation: float
    step: float


@inlined
def solved(share: float, moneyness: float) -> Solved:
    """The deviation of a share between 0 and 1, and how far the third step still went."""
    is_low = share <= HALF
    target = share if is_low else 1.0 - share
    deviations = sqrt(2.0 * log_ratio(1.0, target))
    root = sqrt(deviations * deviations + 2.0 * moneyness)
    least = share * ROOT_2_PI
    start = 2.0 * moneyness / (root + deviations) if is_low else root + deviations
    found = Solved(start if start > least else least, 0.0)
    found = _improved(found.deviation, moneyness, target, is_low)
    found = _improved(found.deviation, moneyness, target, is_low)
    return _improved(found.deviation, moneyness, target, is_low)


@inlined
def _improved(x: float, moneyness: float, target: float, is_low: bool) -> Solved:  # noqa: FBT001
    """One step: from derivatives with x of ln p, those with ln x, and the step in ln x that they give."""
    distance = moneyness / x
    part = tails(1.0, distance, x)
    share = part.near - part.far
    p = share if is_low else 1.0 - share
    both = 1.0 / (x * p)
    per_x, per_p = both * p, both * x
    above = p > target
    wrong = log_ratio(p if above else target, target if above else p)
    wrong = wrong if above else -wrong
    first = (part.bell if is_low else -part.bell) * per_p
    ratio = (distance - 0.5 * x) * (distance + 0.5 * x) * per_x
    ratio_2 = ratio * ratio - 3.0 * (distance * per_x) * (distance * per_x) - 0.25
    second = ratio - first
    third = ratio_2 - 3.0 * ratio * first + 2.0 * first * first
    curve, twist = 1.0 + second * x, 1.0 + (3.0 * second + third * x) * x
    newton = -wrong / (first * x)
    step = newton * (1.0 + 0.5 * curve * newton) / (1.0 + newton * (curve + twist * newton * (1.0 / 6.0)))
    step = step if step < STEP_MAX else STEP_MAX
    step = step if step > -STEP_MAX else -STEP_MAX
    return Solved(x * exponential(step), abs(step))
