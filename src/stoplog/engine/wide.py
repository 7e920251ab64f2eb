"""128-bit arithmetic for compiled rules: the machine's own versions of the four wide functions of `units`.

Products are formed in LLVM's i128. Quotients come from a float64 estimate that is corrected twice by exact
128-bit remainders, which is several times faster than a 128-bit division and exact: after the first estimate
the remainder is below 2^12 divisors, after the second below two, and the last step settles it.
Quotients must fit a signed 64-bit integer (`ratio_down` holds them within a limit below 2^62 first).
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from stoplog.engine.compiling import compiled

I64 = ir.IntType(64)
I128 = ir.IntType(128)
DOUBLE = ir.DoubleType()


def _product(builder: Any, factors: list[Any]) -> Any:
    wide = [builder.sext(factor, I128) for factor in factors]
    product = wide[0]
    for factor in wide[1:]:
        product = builder.mul(product, factor)
    return product


def _to_double(builder: Any, wide: Any) -> Any:
    negative = builder.icmp_signed("<", wide, ir.Constant(I128, 0))
    size = builder.select(negative, builder.neg(wide), wide)
    high = builder.uitofp(builder.trunc(builder.lshr(size, ir.Constant(I128, 64)), I64), DOUBLE)
    low = builder.uitofp(builder.trunc(size, I64), DOUBLE)
    double = builder.fadd(builder.fmul(high, ir.Constant(DOUBLE, 2.0**64)), low)
    return builder.select(negative, builder.fsub(ir.Constant(DOUBLE, 0.0), double), double)


def _correct(builder: Any, quotient: Any, remainder: Any, divisor: Any, divisor_double: Any) -> tuple[Any, Any]:
    step = builder.fptosi(builder.fdiv(_to_double(builder, remainder), divisor_double), I64)
    taken = builder.mul(builder.sext(step, I128), divisor)
    return builder.add(quotient, step), builder.sub(remainder, taken)


def _floor_division(builder: Any, dividend: Any, divisor: Any) -> Any:
    """The i64 quotient towards minus infinity of two i128 values, divisor above zero, quotient within ±2^63."""
    divisor_double = _to_double(builder, divisor)
    quotient, remainder = _correct(builder, ir.Constant(I64, 0), dividend, divisor, divisor_double)
    quotient, remainder = _correct(builder, quotient, remainder, divisor, divisor_double)
    zero = ir.Constant(I128, 0)
    for _ in range(2):
        low = builder.icmp_signed("<", remainder, zero)
        quotient = builder.select(low, builder.sub(quotient, ir.Constant(I64, 1)), quotient)
        remainder = builder.select(low, builder.add(remainder, divisor), remainder)
    for _ in range(2):
        high = builder.icmp_signed(">=", remainder, divisor)
        quotient = builder.select(high, builder.add(quotient, ir.Constant(I64, 1)), quotient)
        remainder = builder.select(high, builder.sub(remainder, divisor), remainder)
    return quotient


def _signature(count: int) -> Any:
    return types.int64(*([types.int64] * count))


@intrinsic
def _mul_div_floor(typing: Any, a: Any, b: Any, d: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, y, divisor = arguments
        return _floor_division(builder, _product(builder, [x, y]), builder.sext(divisor, I128))

    return _signature(3), generate


@intrinsic
def _ratio_floor(typing: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, limit: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        dividend = _product(builder, list(arguments[:3]))
        divisor = _product(builder, list(arguments[3:6]))
        limit = arguments[6]
        estimate = builder.fdiv(_to_double(builder, dividend), _to_double(builder, divisor))
        bound = ir.Constant(DOUBLE, 2.0**62)
        inside = builder.and_(
            builder.fcmp_ordered("<", estimate, bound),
            builder.fcmp_ordered(">", estimate, builder.fsub(ir.Constant(DOUBLE, 0.0), bound)),
        )
        one = ir.Constant(I128, 1)
        quotient = _floor_division(
            builder,
            builder.select(inside, dividend, ir.Constant(I128, 0)),
            builder.select(inside, divisor, one),
        )
        far = builder.select(
            builder.icmp_signed("<", dividend, ir.Constant(I128, 0)), ir.Constant(I64, -(2**62)), ir.Constant(I64, 2**62)
        )
        quotient = builder.select(inside, quotient, far)
        below = builder.sub(ir.Constant(I64, 0), limit)
        quotient = builder.select(builder.icmp_signed("<", quotient, below), below, quotient)
        return builder.select(builder.icmp_signed(">", quotient, limit), limit, quotient)

    return _signature(7), generate


@intrinsic
def _compare_products(typing: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left = _product(builder, list(arguments[:3]))
        right = _product(builder, list(arguments[3:]))
        above = builder.zext(builder.icmp_signed(">", left, right), I64)
        below = builder.zext(builder.icmp_signed("<", left, right), I64)
        return builder.sub(above, below)

    return _signature(6), generate


@compiled
def mul_div_down(a: int, b: int, d: int) -> int:
    """`units.mul_div_down`, compiled."""
    return _mul_div_floor(a, b, d)  # type: ignore[no-any-return, call-arg]


@compiled
def mul_div_up(a: int, b: int, d: int) -> int:
    """`units.mul_div_up`, compiled."""
    return -_mul_div_floor(-a, b, d)  # type: ignore[operator, call-arg]


@compiled
def ratio_down(a: int, b: int, c: int, d: int, e: int, f: int, limit: int) -> int:
    """`units.ratio_down`, compiled."""
    return _ratio_floor(a, b, c, d, e, f, limit)  # type: ignore[no-any-return, call-arg]


@compiled
def compare_products(a: int, b: int, c: int, d: int, e: int, f: int) -> int:
    """`units.compare_products`, compiled."""
    return _compare_products(a, b, c, d, e, f)  # type: ignore[no-any-return, call-arg]
