"""Black-76 against 50 digits over the domain that docs/rules.md states, and at its limits."""

import math
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mpmath import diff, mpf

from stoplog.pricing.black import Priced, black76, time_value, undiscounted_price
from stoplog.pricing.normal import erfcx
from tests.pricing import precise

STRIKE_LOG_MAX = 4.0
"""The domain: |ln(K / F)|, and σ·√T between the two that follow."""

DEVIATION_MIN = 1e-8
DEVIATION_MAX = 16.0

ERROR_MAX = 2e-14
"""Of the forward."""


def error_of_forward(forward: float, strike: float, deviation: float, *, is_call: bool) -> float:
    found = undiscounted_price(forward, strike, deviation, is_call=is_call)
    exact = precise.undiscounted(mpf(forward), mpf(strike), mpf(deviation), is_call=is_call)
    return float(abs(found - exact) / mpf(forward))


@pytest.mark.rule("PRI-001")
@given(
    st.floats(1e-3, 1e7),
    st.floats(-STRIKE_LOG_MAX, STRIKE_LOG_MAX),
    st.floats(math.log(DEVIATION_MIN), math.log(DEVIATION_MAX)),
    st.booleans(),
)
@example(forward=1.0, log_strike=4.0, log_deviation=math.log(16.0), is_call=False)
def test_a_price_is_within_2e_14_of_the_forward(
    forward: float, log_strike: float, log_deviation: float, is_call: bool
) -> None:
    strike, deviation = forward * math.exp(log_strike), math.exp(log_deviation)
    assert error_of_forward(forward, strike, deviation, is_call=is_call) <= ERROR_MAX


@pytest.mark.rule("PRI-001")
def test_a_price_is_within_2e_14_of_the_forward_near_the_money_and_at_the_change_of_formula() -> None:
    draw = random.Random(76)
    worst = 0.0
    for _ in range(3000):
        deviation = math.exp(draw.uniform(math.log(DEVIATION_MIN), math.log(3.9)))
        moneyness = draw.choice([draw.gauss(0, 1) * deviation, 0.5 * deviation**2 * (1 + draw.gauss(0, 1e-6)), 0.0])
        strike = 100.0 * math.exp(max(-4.0, min(4.0, moneyness)))
        worst = max(worst, error_of_forward(100.0, strike, deviation, is_call=draw.random() < 0.5))
    assert 0.0 < worst <= ERROR_MAX


@pytest.mark.rule("PRI-001")
@pytest.mark.parametrize(
    ("strike", "deviation"), [(300.0, 0.2), (30.0, 0.15), (2000.0, 0.1), (101.0, 0.001), (1e4, 0.2)]
)
def test_a_price_in_the_wings_keeps_its_digits(strike: float, deviation: float) -> None:
    exact = precise.undiscounted(mpf(100), mpf(strike), mpf(deviation), is_call=strike > 100)
    assert exact < 1e-3
    assert abs(time_value(100.0, strike, deviation) / exact - 1) < 1e-10


@pytest.mark.rule("PRI-001")
@given(st.floats(0.0, 26.0))
def test_the_scaled_tail_has_every_digit(x: float) -> None:
    exact = precise.exp(mpf(x) ** 2) * precise.erfc(mpf(x))
    assert abs(erfcx(x) / exact - 1) < 1e-15


NUMBERS = st.tuples(
    st.floats(10.0, 1e5), st.floats(-1.0, 1.0), st.floats(0.01, 3.0), st.floats(0.05, 2.0), st.floats(-0.5, 0.5)
)


@pytest.mark.rule("PRI-002", "PRI-003")
@given(NUMBERS, st.booleans(), st.booleans())
def test_greeks_are_the_derivatives_of_the_price(
    numbers: tuple[float, float, float, float, float], is_call: bool, inverse: bool
) -> None:
    forward, log_strike, years, volatility, rate = numbers
    strike = forward * math.exp(log_strike)

    def exact(orders: tuple[int, int, int, int]) -> float:
        def value(f: mpf, t: mpf, v: mpf, r: mpf) -> mpf:
            return precise.price(f, mpf(strike), t, v, r, is_call=is_call, inverse=inverse)

        at = tuple(map(mpf, (forward, years, volatility, rate)))
        return float(value(*at) if not any(orders) else diff(value, at, orders))

    found = black76(forward, strike, years, volatility, is_call=is_call, rate=rate, inverse=inverse)
    unit = 1.0 if inverse else forward
    orders = {
        "price": ((0, 0, 0, 0), 1.0, 1),
        "delta": ((1, 0, 0, 0), forward, 1),
        "gamma": ((2, 0, 0, 0), forward**2, 1),
        "vega": ((0, 0, 1, 0), 1.0, 1),
        "theta": ((0, 1, 0, 0), 1.0, -1),
        "rho": ((0, 0, 0, 1), 1.0, 1),
        "vanna": ((1, 0, 1, 0), forward, 1),
        "volga": ((0, 0, 2, 0), 1.0, 1),
    }
    for name, (order, scale, sign) in orders.items():
        due = sign * exact(order)
        assert abs(getattr(found, name) - due) * scale <= 1e-11 * (unit + abs(due) * scale), name


@pytest.mark.rule("PRI-004")
@pytest.mark.parametrize(("years", "volatility"), [(0.0, 0.5), (1.0, 0.0), (0.0, 0.0)])
@pytest.mark.parametrize("inverse", [False, True])
def test_without_time_or_volatility_only_the_intrinsic_value_is_left(
    years: float, volatility: float, inverse: bool
) -> None:
    unit = 120.0 if inverse else 1.0
    call = black76(120.0, 100.0, years, volatility, is_call=True, inverse=inverse)
    put = black76(120.0, 100.0, years, volatility, is_call=False, inverse=inverse)
    assert call.price == 20.0 / unit
    assert call.delta == pytest.approx((1.0 - 20.0 / 120.0) / 120.0 if inverse else 1.0, rel=1e-15)
    assert put == Priced(0.0, 0.0, 0.0, 0.0, put.theta, put.rho, 0.0, 0.0)
    assert put.theta == put.rho == 0.0


@pytest.mark.rule("PRI-004")
def test_at_the_strike_the_limits_are_those_of_a_vanishing_deviation() -> None:
    limit = black76(100.0, 100.0, 1.0, 0.0, is_call=True)
    near = black76(100.0, 100.0, 1.0, 1e-9, is_call=True)
    assert limit.gamma == math.inf
    assert near.gamma > 1e6
    for name in ("delta", "vega", "vanna"):
        assert getattr(limit, name) == pytest.approx(getattr(near, name), rel=1e-8)
    expired = black76(100.0, 100.0, 0.0, 0.5, is_call=False)
    assert (expired.price, expired.delta, expired.theta) == (0.0, -0.5, -math.inf)


@pytest.mark.rule("PRI-004")
def test_a_deviation_without_end_is_worth_the_limit() -> None:
    assert undiscounted_price(100.0, 250.0, math.inf, is_call=True) == 100.0
    assert undiscounted_price(100.0, 250.0, 80.0, is_call=False) == 250.0
    assert black76(0.0, 100.0, 1.0, 0.5, is_call=False).price == 100.0
    assert black76(100.0, 0.0, 1.0, 0.5, is_call=True).price == 100.0


@pytest.mark.rule("PRI-004")
@pytest.mark.parametrize("given_", [(-1.0, 1.0, 1.0, 1.0), (1.0, 1.0, -1.0, 1.0), (1.0, 1.0, 1.0, math.nan)])
def test_what_is_no_option_is_refused(given_: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="is not a number from 0"):
        black76(*given_, is_call=True)
    with pytest.raises(ValueError, match="no inverse"):
        black76(0.0, 1.0, 1.0, 1.0, is_call=True, inverse=True)


@pytest.mark.rule("PRI-003")
def test_the_worked_figure_of_an_inverse_option() -> None:
    linear = black76(100.0, 100.0, 1.0, 0.2, is_call=True)
    coin = black76(100.0, 100.0, 1.0, 0.2, is_call=True, inverse=True)
    assert round(coin.price, 6) == 0.079656
    assert round(coin.delta, 8) == round((linear.delta - coin.price) / 100.0, 8) == 0.00460172


@pytest.mark.rule("PRI-002")
def test_the_worked_figures_of_the_greeks() -> None:
    found = black76(100.0, 100.0, 1.0, 0.2, is_call=True, rate=0.1)
    figures = (7.207543, 0.488456, 0.017959, 35.917752, -2.871021, -7.207543, 0.179589, -1.795888)
    assert tuple(round(value, 6) for value in found) == figures
