"""The four wide functions: what they return, compiled and plain, up to the ends of their range."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from laws.modes import both_modes, call

from stoplog.units import compare_products, mul_div_down, mul_div_up, ratio_down

RESULT_MAX = 2**61
"""Compiled quotients are held at ±2⁶², and estimates near it are held early; no rule's result goes beyond 2⁶¹, as
`test_bit_budget` proves."""

ENDS = [0, 1, 2, 3, 2**31, 2**45 - 1, 2**45, 2**45 + 1, 2**53 - 1, 2**53 + 1, 2**61 + 1, 2**62 - 1, 2**62, 2**63 - 1]
SIGNED = sorted({sign * end for sign in (-1, 1) for end in ENDS})
factors = st.one_of(st.sampled_from(SIGNED), st.integers(-(2**63) + 1, 2**63 - 1), st.integers(-100, 100))
divisors = st.one_of(st.sampled_from(ENDS[1:]), st.integers(1, 2**63 - 1), st.integers(1, 100))


@both_modes
@pytest.mark.rule("RND-001", "RND-002")
@given(a=factors, b=factors, d=divisors)
@example(a=7, b=3, d=2)
@example(a=-7, b=3, d=2)
def test_quotients_are_rounded_to_their_side(mode: str, a: int, b: int, d: int) -> None:
    assume(abs(a * b) <= RESULT_MAX * d)
    down, up = call(mode, mul_div_down, a, b, d), call(mode, mul_div_up, a, b, d)
    assert down * d <= a * b < (down + 1) * d
    assert (up - 1) * d < a * b <= up * d
    assert up - down == (a * b % d != 0)


@both_modes
@pytest.mark.rule("RND-001", "RND-002")
def test_quotients_at_all_corners(mode: str) -> None:
    """Every combination of the ends of the range, and of products one beside a multiple of the divisor."""
    for a, b, d in product(SIGNED, SIGNED, ENDS[1:]):
        if abs(a * b) <= RESULT_MAX * d:
            assert call(mode, mul_div_down, a, b, d) == a * b // d
            assert call(mode, mul_div_up, a, b, d) == -(-a * b // d)


@both_modes
@pytest.mark.rule("RND-001", "RND-002")
@given(quotient=st.integers(-(2**60), 2**60), d=divisors, rest=st.integers(-2, 2))
def test_quotients_beside_a_multiple(mode: str, quotient: int, d: int, rest: int) -> None:
    """quotient · d + rest as one factor of one: where an estimate in floating point is off by one."""
    dividend = quotient * d + rest
    assume(abs(dividend) < 2**63)
    assert call(mode, mul_div_down, dividend, 1, d) == dividend // d
    assert call(mode, mul_div_up, dividend, 1, d) == -(-dividend // d)


@both_modes
@pytest.mark.rule("RND-001", "RND-002")
@given(
    a=factors,
    b=st.integers(0, 2**42),
    c=st.integers(1, 2**20),
    d=divisors,
    e=st.integers(1, 2**42),
    f=st.integers(1, 2**20),
)
@example(a=2**63 - 1, b=2**42, c=2**20, d=1, e=1, f=1)
@example(a=-(2**63) + 1, b=2**42, c=2**20, d=1, e=1, f=1)
def test_ratios_are_rounded_down_and_held_within_their_limit(
    mode: str, a: int, b: int, c: int, d: int, e: int, f: int
) -> None:
    for limit in (0, 1, 2**40 + 1, 2**60):
        exact = a * b * c // (d * e * f)
        assert call(mode, ratio_down, a, b, c, d, e, f, limit) == max(-limit, min(limit, exact))


@both_modes
@pytest.mark.rule("RND-002")
@given(a=factors, b=st.integers(-(2**42), 2**42), c=st.integers(-(2**21), 2**21), off=st.integers(-1, 1))
def test_products_are_compared_exactly(mode: str, a: int, b: int, c: int, off: int) -> None:
    """One product against the same one in another order, and against one that differs in one factor by one."""
    assert call(mode, compare_products, a, b, c, c, a, b) == 0
    left, right = a * b * c, a * (b + off) * c
    assert call(mode, compare_products, a, b, c, a, b + off, c) == (left > right) - (left < right)
    assert call(mode, compare_products, a, b, c, 0, 0, 0) == (left > 0) - (left < 0)
