"""128-bit arithmetic for compiled rules: the machine's own versions of the four wide functions of `units`.

Products are formed in LLVM's i128. Quotients come from a float64 estimate that is corrected by exact 128-bit
remainders, which is several times faster than a 128-bit division and exact. An estimate carries at most seven
roundings, so below 2^50 it is off by less than one and one correction settles it. Above, the remainder of a
first estimate is below 2^13 divisors, that of a second below two. Quotients beyond ±2^61 are held near ±2^62;
the bit budget keeps all that matter below. Where the square of a notional is compared, products are formed in i256.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from stoplog.engine.compiling import compiled, inlined

_intrinsic: Any = intrinsic

I64 = ir.IntType(64)
I128 = ir.IntType(128)
I256 = ir.IntType(256)
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


def _step(builder: Any, above: Any, count: Any, rest: Any, divisor: Any) -> tuple[Any, Any]:
    """One more or one less in the quotient where the remainder is not in [0, divisor)."""
    one = ir.Constant(I64, 1)
    if above:
        wrong = builder.icmp_signed(">=", rest, divisor)
        return (
            builder.select(wrong, builder.add(count, one), count),
            builder.select(wrong, builder.sub(rest, divisor), rest),
        )
    wrong = builder.icmp_signed("<", rest, ir.Constant(I128, 0))
    return (
        builder.select(wrong, builder.sub(count, one), count),
        builder.select(wrong, builder.add(rest, divisor), rest),
    )


def _correct(builder: Any, quotient: Any, remainder: Any, divisor: Any, divisor_double: Any) -> tuple[Any, Any]:
    step = builder.fptosi(builder.fdiv(_to_double(builder, remainder), divisor_double), I64)
    taken = builder.mul(builder.sext(step, I128), divisor)
    return builder.add(quotient, step), builder.sub(remainder, taken)


def _floor_division(builder: Any, dividend: Any, divisor: Any) -> Any:
    """The i64 quotient towards minus infinity of two i128 values, divisor above zero, quotient within ±2^63."""
    divisor_double = _to_double(builder, divisor)
    quotient, remainder = _correct(builder, ir.Constant(I64, 0), dividend, divisor, divisor_double)
    quotient, remainder = _correct(builder, quotient, remainder, divisor, divisor_double)
    for above in (False, False, True, True):
        quotient, remainder = _step(builder, above, quotient, remainder, divisor)
    return quotient


def _small_quotient(builder: Any, estimate: Any, dividend: Any, divisor: Any) -> Any:
    """The same where the estimate is within 1 of the quotient."""
    quotient = builder.fptosi(estimate, I64)
    remainder = builder.sub(dividend, builder.mul(builder.sext(quotient, I128), divisor))
    for above in (False, False, True):
        quotient, remainder = _step(builder, above, quotient, remainder, divisor)
    return quotient


def _double_product(builder: Any, factors: list[Any]) -> Any:
    product = builder.sitofp(factors[0], DOUBLE)
    for factor in factors[1:]:
        product = builder.fmul(product, builder.sitofp(factor, DOUBLE))
    return product


def _within(builder: Any, value: Any, bound: float) -> Any:
    return builder.and_(
        builder.fcmp_ordered("<", value, ir.Constant(DOUBLE, bound)),
        builder.fcmp_ordered(">", value, ir.Constant(DOUBLE, -bound)),
    )


def _quotient(builder: Any, numerators: list[Any], denominators: list[Any]) -> Any:
    """The floor of a quotient of products, held within ±2^62; an estimate below 2^50 is corrected once only."""
    estimate = builder.fdiv(_double_product(builder, numerators), _double_product(builder, denominators))
    dividend, divisor = _product(builder, numerators), _product(builder, denominators)
    result = builder.alloca(I64)
    with builder.if_else(_within(builder, estimate, 2.0**50), likely=True) as (small, large):
        with small:
            builder.store(_small_quotient(builder, estimate, dividend, divisor), result)
        with large:
            inside = _within(builder, estimate, 2.0**62)
            far = builder.select(
                builder.icmp_signed("<", dividend, ir.Constant(I128, 0)),
                ir.Constant(I64, -(2**62)),
                ir.Constant(I64, 2**62),
            )
            held = builder.select(inside, dividend, ir.Constant(I128, 0))
            builder.store(builder.select(inside, _floor_division(builder, held, divisor), far), result)
    return builder.load(result)


def _signature(count: int) -> Any:
    return types.int64(*([types.int64] * count))


@_intrinsic
def _mul_div_floor(typing: Any, a: Any, b: Any, d: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _quotient(builder, list(arguments[:2]), [arguments[2]])

    return _signature(3), generate


@_intrinsic
def _ratio_floor(typing: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, limit: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        quotient = _quotient(builder, list(arguments[:3]), list(arguments[3:6]))
        limit = arguments[6]
        below = builder.neg(limit)
        quotient = builder.select(builder.icmp_signed("<", quotient, below), below, quotient)
        return builder.select(builder.icmp_signed(">", quotient, limit), limit, quotient)

    return _signature(7), generate


@_intrinsic
def _compare_products(typing: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left = _product(builder, list(arguments[:3]))
        right = _product(builder, list(arguments[3:]))
        above = builder.zext(builder.icmp_signed(">", left, right), I64)
        below = builder.zext(builder.icmp_signed("<", left, right), I64)
        return builder.sub(above, below)

    return _signature(6), generate


@_intrinsic
def _compare_on_ramp(
    typing: Any, capital: Any, side: Any, a: Any, b: Any, d: Any, rate: Any, slope: Any, floor: Any, one: Any, unit: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        capital, side, a, b, d, rate, slope, floor, one, unit = (builder.sext(given, I256) for given in arguments)
        notional = builder.mul(a, b)
        equity = builder.add(builder.mul(capital, d), builder.mul(side, notional))
        left = builder.mul(equity, builder.mul(d, builder.mul(one, unit)))
        above = builder.sub(notional, builder.mul(floor, d))
        share = builder.add(builder.mul(builder.mul(rate, unit), d), builder.mul(slope, above))
        right = builder.mul(notional, share)
        return builder.sub(
            builder.zext(builder.icmp_signed(">", left, right), I64),
            builder.zext(builder.icmp_signed("<", left, right), I64),
        )

    return _signature(10), generate


@compiled
def mul_div_down(a: int, b: int, d: int) -> int:
    """`units.mul_div_down`, compiled."""
    result: int = _mul_div_floor(a, b, d)
    return result


@compiled
def mul_div_up(a: int, b: int, d: int) -> int:
    """`units.mul_div_up`, compiled."""
    result: int = -_mul_div_floor(-a, b, d)
    return result


@inlined
def ratio_down(a: int, b: int, c: int, d: int, e: int, f: int, limit: int) -> int:
    """`units.ratio_down`, compiled."""
    result: int = _ratio_floor(a, b, c, d, e, f, limit)
    return result


@inlined
def compare_products(a: int, b: int, c: int, d: int, e: int, f: int) -> int:
    """`units.compare_products`, compiled."""
    result: int = _compare_products(a, b, c, d, e, f)
    return result


@compiled
def compare_on_ramp(
    capital: int, side: int, a: int, b: int, d: int, rate: int, slope: int, floor: int, one: int, unit: int
) -> int:
    """`units.compare_on_ramp`, compiled."""
    result: int = _compare_on_ramp(capital, side, a, b, d, rate, slope, floor, one, unit)
    return result
