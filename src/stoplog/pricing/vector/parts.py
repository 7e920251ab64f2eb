"""The option out of the money, branch-free: the two normal tails whose difference it is: PRI-001, PRI-020.

With low and high the lesser and the greater of forward and strike, h = ln(high / low) / x and φ the normal density, it
is worth low · Φ(x/2 − h) − high · Φ(−x/2 − h). Both tails have low · φ(h − x/2) as a factor, because that is also
high · φ(h + x/2): one exponential serves both, and every Greek.

`pricing.black` states the same value with the platform's erf and erfc and other forms near the money, which keep the
relative digits of a value that is small beside the forward. Here the error is that of the sum, 1e-15 of the lesser of
both; a compiled branch would cost more than all the rest. `tests/pricing/test_vector.py` holds one to the other.
"""

from __future__ import annotations

from typing import NamedTuple

from stoplog.pricing.vector.compiling import inlined
from stoplog.pricing.vector.elementary import (
    PER_ROOT_2_PI,
    TAIL_END,
    exponential,
    tail_denominator,
    tail_numerator,
)


class Tails(NamedTuple):
    """low · Φ(x/2 − h), high · Φ(−x/2 − h), and low · φ(x/2 − h), which is forward · φ(d1) too."""

    near: float
    far: float
    bell: float


@inlined
def tails(low: float, distance: float, deviation: float) -> Tails:
    """The parts at a `distance` h and a `deviation` x, both from 0 on."""
    closer, further = distance - 0.5 * deviation, distance + 0.5 * deviation
    size = abs(closer)
    size = size if size < TAIL_END else TAIL_END
    further = further if further < TAIL_END else TAIL_END
    bell = low * PER_ROOT_2_PI * exponential(-0.5 * size * size)
    size_divisor, further_divisor = tail_denominator(size), tail_denominator(further)
    scale = bell / (size_divisor * further_divisor)
    beyond = scale * (tail_numerator(size) * further_divisor)
    far = scale * (tail_numerator(further) * size_divisor)
    return Tails(beyond if closer >= 0.0 else low - beyond, far, bell)


@inlined
def value(forward: float, strike: float, distance: float, deviation: float, call: bool) -> float:  # noqa: FBT001
    """The undiscounted value of an option at a `distance` h; the intrinsic value without a deviation."""
    parts = tails(forward if forward < strike else strike, distance, deviation)
    return total(parts, forward, strike, deviation, call)


@inlined
def total(parts: Tails, forward: float, strike: float, deviation: float, call: bool) -> float:  # noqa: FBT001
    """The value of an option that has these parts."""
    intrinsic = forward - strike if call else strike - forward
    time_value = parts.near - parts.far
    lives = (deviation > 0.0) & (time_value > 0.0)
    return (intrinsic if intrinsic > 0.0 else 0.0) + (time_value if lives else 0.0)
