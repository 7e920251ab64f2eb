"""Exponential, logarithm and normal tails without a branch or a table, so that LLVM computes several at once.

The mathematical functions of the platform are calls, and a loop with a call in it stays scalar. Polynomials and the
rational function were fitted for these files by Remez's method with 60 digits; the errors are those of the fits.
"""

from __future__ import annotations

from math import log, pi, sqrt
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from stoplog.pricing.vector.compiling import inlined

_intrinsic: Any = intrinsic

ROUNDING = 6755399441055744.0
"""1.5 · 2⁵²: added to a number below 2⁵¹ it leaves the nearest whole number, even on a tie, in the last bits."""

ROUNDING_BITS = 0x4338000000000000

EXPONENT_BITS = 52

HALF_EXPONENT = 1 << 51

BIAS = 1023

PER_LOG_2 = 1.0 / log(2.0)

LOG_2_HIGH = float.fromhex("0x1.62e42feep-1")
"""The first 32 bits of ln 2, so that a whole number of up to 21 bits times it is exact."""

LOG_2_LOW = 1.90821492927058770002e-10

LEAST_EXPONENT = -708.0
"""e to this is the least result: beyond it floats lose digits."""

PER_ROOT_2_PI = 1.0 / sqrt(2.0 * pi)

TAIL_END = 64.0
"""From here on a normal tail is no float, and no sum in these files notices it."""


@_intrinsic  # type: ignore[untyped-decorator]
def bits(typing: Any, number: Any) -> Any:
    """The 64 bits of a float as an integer."""
    del typing, number

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        del context, signature
        return builder.bitcast(given[0], ir.IntType(64))

    return types.int64(types.float64), generate


@_intrinsic  # type: ignore[untyped-decorator]
def from_bits(typing: Any, number: Any) -> Any:
    """The float that has these 64 bits."""
    del typing, number

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        del context, signature
        return builder.bitcast(given[0], ir.DoubleType())

    return types.float64(types.int64), generate


@inlined
def exponential(x: float) -> float:
    """e to the power of x ≤ 709, to 3e-16 of it; what is less than e to the power of −708 is that.

    x = k · ln 2 + r with |r| ≤ ln 2 / 2, and a polynomial of degree 11 in r.
    """
    x = x if x > LEAST_EXPONENT else LEAST_EXPONENT
    shifted = x * PER_LOG_2 + ROUNDING
    k = shifted - ROUNDING
    r = x - k * LOG_2_HIGH
    r -= k * LOG_2_LOW
    square = r * r
    fourth = square * square
    low = 1.0 + r + square * (0.5000000000000019 + r * 0.1666666666666668)
    middle = 0.04166666666648795 + r * 0.008333333333319589
    middle += square * (0.0013888888952352863 + r * 0.00019841269890076403)
    high = 2.4801485441561313e-05 + r * 2.755724088722987e-06
    high += square * (2.763265472252779e-07 + r * 2.5110049204818658e-08)
    power: float = from_bits((bits(shifted) + BIAS) << EXPONENT_BITS)
    return (low + fourth * (middle + fourth * high)) * power


@inlined
def log_ratio(high: float, low: float) -> float:
    """ln(high / low) of 0 < low ≤ high, normal floats, to 6e-16 of it.

    high = 2ᵏ · m with m within 1.5 of low, and 2 · artanh((m − low) / (m + low)): one division, no rounding before it.
    """
    k = (bits(high) - bits(low) + HALF_EXPONENT) >> EXPONENT_BITS
    m: float = from_bits(bits(high) - (k << EXPONENT_BITS))
    whole: float = from_bits(k + ROUNDING_BITS) - ROUNDING
    s = (m - low) / (m + low)
    z = s * s
    square = z * z
    series = 0.6666666666666666 + z * 0.4000000000000823 + square * (0.2857142856714695 + z * 0.22222223069772148)
    further = 0.18181735949669697 + z * 0.1538893460259468 + square * (0.13208398002781363 + z * 0.13619066042830322)
    series += square * square * further
    return whole * LOG_2_HIGH + (2.0 * s + (s * z * series + whole * LOG_2_LOW))


@inlined
def log_apart(one: float, other: float) -> float:
    """ln(one / other) without its sign."""
    is_below = one < other
    return log_ratio(other if is_below else one, one if is_below else other)


@inlined
def tail_numerator(x: float) -> float:
    """The numerator of `tail_denominator`'s quotient."""
    y = 0.00010386444691860422 + x * 3.945383717376099e-06
    y = 0.001343698378960248 + x * y
    y = 0.011035550979854265 + x * y
    y = 0.06288448479166683 + x * y
    y = 0.25684017726686964 + x * y
    y = 0.7517042344804954 + x * y
    y = 1.5258728909909416 + x * y
    y = 1.9675650431864629 + x * y
    return 1.2533141373155001 + x * y


@inlined
def tail_denominator(x: float) -> float:
    """With `tail_numerator`: the normal tail beyond x over the density at x, for x from 0 to 64, to 2e-16 of it.

    All coefficients of both are above zero, so that nothing cancels.
    """
    y = 0.00010386444691809039 + x * 3.945383717378014e-06
    y = 0.0013476437627379589 + x * y
    y = 0.0111394154226375 + x * y
    y = 0.06422029258986946 + x * y
    y = 0.2676679934046511 + x * y
    y = 0.8119409164997982 + x * y
    y = 1.7616780855028986 + x * y
    y = 2.606681003749321 + x * y
    y = 2.3677743311367454 + x * y
    return 1.0 + x * y
