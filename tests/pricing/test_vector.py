"""Black-76 over arrays: against 50 digits over the domain, against the statement for floats, and at its limits."""

import math
from typing import Any

import numba
import numpy as np
import pytest
from mpmath import mpf
from numpy.typing import NDArray

from stoplog.pricing.black import black76
from stoplog.pricing.vector import loops
from stoplog.pricing.vector.black import PricedArrays, greeks, prices
from stoplog.pricing.vector.compiling import OPTIONS
from stoplog.pricing.vector.elementary import exponential, log_ratio, tail_denominator, tail_numerator
from tests.pricing import precise

STRIKE_LOG_MAX = 4.0
DEVIATION_MIN, DEVIATION_MAX = 1e-8, 16.0
ERROR_MAX = 2e-14
"""Of the forward."""

Columns = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]


def domain(size: int, seed: int) -> Columns:
    """Forward, strike, years, volatility and side: anywhere in the domain, near the money, where the forms change."""
    draw = np.random.default_rng(seed)
    deviation = np.exp(draw.uniform(math.log(DEVIATION_MIN), math.log(DEVIATION_MAX), size))
    deviation[:2] = DEVIATION_MIN, DEVIATION_MAX
    moneyness = np.where(
        np.arange(size) % 3 == 0,
        draw.uniform(-STRIKE_LOG_MAX, STRIKE_LOG_MAX, size),
        np.where(np.arange(size) % 3 == 1, draw.normal(size=size) * deviation, 0.5 * deviation**2),
    )
    forward = np.exp(draw.uniform(math.log(1e-3), math.log(1e7), size))
    strike = forward * np.exp(np.clip(moneyness, -STRIKE_LOG_MAX, STRIKE_LOG_MAX))
    years = np.exp(draw.uniform(math.log(1e-4), math.log(10.0), size))
    return forward, strike, years, deviation / np.sqrt(years), draw.random(size) < 0.5


def worst(found: NDArray[np.float64], columns: Columns, rate: NDArray[np.float64] | None, *, inverse: bool) -> float:
    """The largest error of prices before discounting, as a share of the forward."""
    most = 0.0
    for i, (price, forward, strike, years, volatility, call) in enumerate(zip(found, *columns, strict=True)):
        r = 0.0 if rate is None else float(rate[i])
        numbers = map(mpf, map(float, (forward, strike, years, volatility, r)))
        exact = precise.price(*numbers, is_call=bool(call), inverse=inverse)
        unit = (1.0 if inverse else forward) * math.exp(-r * years)
        most = max(most, float(abs(mpf(float(price)) - exact)) / unit)
    return most


@pytest.mark.rule("PRI-020")
@pytest.mark.parametrize("inverse", [False, True])
def test_prices_are_within_2e_14_of_the_forward(inverse: bool) -> None:
    columns = domain(4000, 76)
    assert 0.0 < worst(prices(*columns, inverse=inverse), columns, None, inverse=inverse) <= ERROR_MAX
    assert worst(greeks(*columns, inverse=inverse).price, columns, None, inverse=inverse) <= ERROR_MAX


@pytest.mark.rule("PRI-020")
def test_discounted_prices_are_too() -> None:
    columns = domain(1500, 77)
    rate = np.random.default_rng(1).uniform(-0.5, 0.5, 1500)
    assert worst(prices(*columns, rate=rate), columns, rate, inverse=False) <= ERROR_MAX
    assert worst(greeks(*columns, rate=rate).price, columns, rate, inverse=False) <= ERROR_MAX


SCALES = {"price": 0, "delta": 1, "gamma": 2, "vega": 0, "theta": 0, "rho": 0, "vanna": 1, "volga": 0}
"""By which power of the forward a Greek is multiplied to be a share of it, before the division by the forward."""


@pytest.mark.rule("PRI-020", "PRI-002", "PRI-003")
@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("rate", [0.0, 0.07])
def test_greeks_are_those_of_the_statement_for_floats(inverse: bool, rate: float) -> None:
    draw = np.random.default_rng(2)
    forward = draw.uniform(10.0, 1e5, 1500)
    strike = forward * np.exp(draw.uniform(-1.5, 1.5, 1500))
    years, volatility = draw.uniform(0.003, 3.0, 1500), draw.uniform(0.05, 2.5, 1500)
    call = draw.random(1500) < 0.5
    found = greeks(forward, strike, years, volatility, call, rate=rate, inverse=inverse)
    for i in range(forward.size):
        stated = black76(
            forward[i], strike[i], years[i], volatility[i], is_call=bool(call[i]), rate=rate, inverse=inverse
        )
        for name, power in SCALES.items():
            unit = 1.0 if inverse else forward[i]
            due = getattr(stated, name) * forward[i] ** power / unit
            got = getattr(found, name)[i] * forward[i] ** power / unit
            assert abs(got - due) <= 4e-13 * max(1.0, abs(due)), name


@pytest.mark.rule("PRI-020", "PRI-004")
@pytest.mark.parametrize("inverse", [False, True])
def test_limits_are_those_of_the_statement_for_floats(inverse: bool) -> None:
    forward = np.array([120.0, 120.0, 100.0, 80.0, 100.0, 100.0, 100.0])
    strike = np.array([100.0, 100.0, 100.0, 100.0, 0.0, 250.0, 100.0])
    years = np.array([0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    volatility = np.array([0.5, 0.0, 0.5, 0.5, 0.5, math.inf, 0.2])
    for call in (True, False):
        found = np.array(greeks(forward, strike, years, volatility, call, inverse=inverse)).T
        alone = prices(forward, strike, years, volatility, call, inverse=inverse)
        for i in range(forward.size):
            stated = black76(forward[i], strike[i], years[i], volatility[i], is_call=call, inverse=inverse)
            assert found[i] == pytest.approx(np.array(stated), rel=1e-12, abs=1e-300, nan_ok=True)
            assert alone[i] == pytest.approx(stated.price, rel=1e-14)


@pytest.mark.rule("PRI-020", "PRI-004")
def test_what_is_no_option_is_refused_and_named() -> None:
    for column in range(4):
        for wrong in (-1.0, math.nan):
            numbers = [np.full(20, 100.0), np.full(20, 90.0), np.ones(20), np.full(20, 0.2)]
            numbers[column][17] = wrong
            for price in (prices, greeks):
                with pytest.raises(ValueError, match=r"option 17: .* is not a number from 0"):
                    price(*numbers, True)
    with pytest.raises(ValueError, match="option 1: forward: 0 has no inverse"):
        prices([1.0, 0.0], 1.0, 1.0, 0.5, True, inverse=True)
    with pytest.raises(TypeError, match="is_call"):
        prices(1.0, 1.0, 1.0, 0.5, 1)
    with pytest.raises(ValueError, match="out"):
        prices([1.0, 2.0], 1.0, 1.0, 0.5, True, out=np.empty(3))
    with pytest.raises(ValueError, match="threads"):
        prices(1.0, 1.0, 1.0, 0.5, True, threads=0)


@pytest.mark.rule("PRI-020")
def test_shapes_threads_and_memory_change_nothing() -> None:
    forward, strike, years, volatility, call = domain(1001, 3)
    plain = greeks(forward, strike, years, volatility, call, rate=0.01)
    out = np.empty((8, 7, 143))
    folded = [column.reshape(7, 143) for column in (forward, strike, years, volatility, call)]
    parted = greeks(*folded, rate=0.01, threads=3, out=out)
    assert np.array_equal(np.array(plain).reshape(8, 7, 143), out)
    assert isinstance(parted, PricedArrays)
    assert np.shares_memory(parted.vanna, out)
    grid = prices(np.array([[90.0], [110.0]]), np.array([80.0, 100.0, 120.0]), 0.5, 0.6, True)
    assert grid[1, 2] == prices(110.0, 120.0, 0.5, 0.6, True)


@pytest.mark.rule("PRI-020")
def test_the_elementary_functions_have_nearly_every_digit() -> None:
    draw = np.random.default_rng(4)
    for x in [*draw.uniform(-708.0, 700.0, 400), 0.0, -1e-300, 0.34657359, -708.0]:
        assert abs(exponential(x) / precise.exp(mpf(float(x))) - 1) < 4e-16
    for x in [*draw.uniform(0.0, 64.0, 300), *np.exp(draw.uniform(-40.0, 0.0, 100)), 0.0, 64.0]:
        exact = precise.erfc(mpf(float(x)) / precise.sqrt(mpf(2))) * precise.exp(mpf(float(x)) ** 2 / 2)
        exact *= precise.sqrt(precise.mp.pi / 2)
        assert abs(tail_numerator(x) / tail_denominator(x) / exact - 1) < 2e-15
    for low, spread in zip(np.exp(draw.uniform(-9.0, 16.0, 400)), draw.exponential(1.0, 400) ** 6, strict=True):
        high = low * (1.0 + spread)
        exact = precise.log(mpf(high) / mpf(low))
        assert abs(log_ratio(high, low) - exact) <= 6e-16 * exact
    assert log_ratio(100.0, 100.0) == 0.0


@pytest.mark.rule("PRI-020")
@pytest.mark.parametrize("loop", [loops.prices, loops.greeks])
def test_the_loops_are_vectorised(loop: Any) -> None:
    compiled = numba.njit(**OPTIONS)(loop.py_func)
    column, call = np.ones(8), np.ones(8, bool)
    out = column.copy() if loop is loops.prices else tuple(np.empty((8, 8)))
    compiled(column, column, column, column, call, None, False, out)
    (code,) = compiled.inspect_llvm().values()
    assert "fdiv contract <" in code
    assert "@exp" not in code
    assert "@llvm.exp" not in code
    assert "@erf" not in code
