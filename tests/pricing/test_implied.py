"""Implied volatility: there and back, and every reason for none."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf, npdf

from stoplog.pricing.black import black76
from stoplog.pricing.implied import deviation_of, implied_volatility
from tests.pricing import precise


@pytest.mark.rule("PRI-005")
@given(
    st.floats(-8.0, 8.0),
    st.floats(math.log(1e-7), math.log(15.0)),
    st.floats(math.log(1e-6), math.log(30.0)),
)
def test_the_volatility_of_a_price_is_found(spread: float, log_deviation: float, log_years: float) -> None:
    """To 1e-10, or to what four last digits of the price are worth, where those are worth more."""
    deviation, years = math.exp(log_deviation), math.exp(log_years)
    moneyness = max(-6.0, min(6.0, spread * deviation))
    strike, volatility = 100.0 * math.exp(moneyness), deviation / math.sqrt(years)
    is_call = strike >= 100.0
    exact = precise.undiscounted(mpf(100), mpf(strike), mpf(deviation), is_call=is_call)
    if not 1e-290 < exact < min(strike, 100.0) * (1 - 1e-15):
        return
    found = implied_volatility(float(exact), 100.0, strike, years, is_call=is_call)
    assert found.volatility is not None
    d1 = precise.log(mpf(100) / mpf(strike)) / mpf(deviation) + mpf(deviation) / 2
    last_digit = math.ulp(float(exact)) / float(100 * npdf(d1) * math.sqrt(years))
    assert abs(found.volatility - volatility) <= max(1e-10, 4 * last_digit)
    if deviation <= 8.0 and abs(moneyness) <= 3.0:
        assert abs(found.volatility - volatility) <= 1e-10 * max(1.0, volatility)


@pytest.mark.rule("PRI-005")
@pytest.mark.parametrize("is_call", [True, False])
@pytest.mark.parametrize("inverse", [True, False])
@pytest.mark.parametrize("strike", [60.0, 99.0, 100.0, 130.0, 200.0])
def test_the_volatility_of_our_own_price_is_found_in_either_money(is_call: bool, inverse: bool, strike: float) -> None:
    price = black76(100.0, strike, 0.25, 0.85, is_call=is_call, rate=0.07, inverse=inverse).price
    found = implied_volatility(price, 100.0, strike, 0.25, is_call=is_call, rate=0.07, inverse=inverse)
    assert found.volatility == pytest.approx(0.85, abs=1e-12)


@pytest.mark.rule("PRI-005")
@pytest.mark.parametrize("strike", [150.0, 400.0, 1500.0])
def test_a_price_deep_in_the_wings_has_a_volatility(strike: float) -> None:
    for exponent in (-280, -100, -30, -12):
        found = implied_volatility(10.0**exponent, 100.0, strike, 1.0, is_call=True)
        assert found.volatility is not None
        back = precise.undiscounted(mpf(100), mpf(strike), mpf(found.volatility), is_call=True)
        assert abs(back / mpf(10) ** exponent - 1) < 1e-10


@pytest.mark.rule("PRI-005")
@pytest.mark.parametrize(
    ("price", "strike", "years", "is_call", "reason"),
    [
        (5.0, 100.0, 0.0, True, "expired"),
        (5.0, 100.0, -1.0, True, "expired"),
        (9.999, 90.0, 1.0, True, "below_intrinsic"),
        (-1e-9, 110.0, 1.0, True, "below_intrinsic"),
        (10.0, 90.0, 1.0, True, "no_time_value"),
        (0.0, 90.0, 1.0, False, "no_time_value"),
        (100.0, 90.0, 1.0, True, "above_limit"),
        (90.0, 90.0, 1.0, False, "above_limit"),
        (300.0, 250.0, 1.0, False, "above_limit"),
    ],
)
def test_a_price_without_volatility_says_why(
    price: float, strike: float, years: float, is_call: bool, reason: str
) -> None:
    assert implied_volatility(price, 100.0, strike, years, is_call=is_call) == (None, reason)


@pytest.mark.rule("PRI-005")
def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        implied_volatility(math.nan, 100.0, 100.0, 1.0, is_call=True)
    with pytest.raises(ValueError, match="above 0"):
        implied_volatility(1.0, 0.0, 100.0, 1.0, is_call=True)


@pytest.mark.rule("PRI-005")
def test_an_end_of_the_floats_has_a_deviation_too() -> None:
    assert deviation_of(1e-300, 900.0) > 0.0
    assert deviation_of(5e-324, 0.0) > 0.0
    assert deviation_of(1.0 - 2.0**-53, 1e-9) == pytest.approx(16.6, abs=0.2)
