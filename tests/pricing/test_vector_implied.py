"""Implied volatility over arrays: there and back with 50 digits, against the solver for floats, every reason."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mpmath import mpf, npdf

from stoplog.pricing.black import black76
from stoplog.pricing.implied import implied_volatility
from stoplog.pricing.vector.black import prices
from stoplog.pricing.vector.implied import Reason, implied_volatilities
from tests.pricing import precise


@pytest.mark.rule("PRI-021")
def test_the_volatilities_of_prices_are_found() -> None:
    """To 1e-10, or to what four last digits of the price are worth, where those are worth more."""
    draw = np.random.default_rng(5)
    deviations = np.exp(draw.uniform(math.log(1e-7), math.log(15.0), 4000))
    years = np.exp(draw.uniform(math.log(1e-6), math.log(30.0), 4000))
    strikes = 100.0 * np.exp(np.clip(draw.uniform(-8.0, 8.0, 4000) * deviations, -6.0, 6.0))
    calls = strikes >= 100.0
    exact = [
        precise.undiscounted(mpf(100), mpf(float(strike)), mpf(float(deviation)), is_call=bool(call))
        for strike, deviation, call in zip(strikes, deviations, calls, strict=True)
    ]
    found = implied_volatilities([float(price) for price in exact], 100.0, strikes, years, calls)
    seen = 0
    for i, price in enumerate(exact):
        if not 1e-290 < price < min(strikes[i], 100.0) * (1 - 1e-15):
            continue
        d1 = precise.log(mpf(100) / mpf(float(strikes[i]))) / mpf(float(deviations[i])) + mpf(float(deviations[i])) / 2
        last_digit = math.ulp(float(price)) / float(100 * npdf(d1) * math.sqrt(years[i]))
        due = deviations[i] / math.sqrt(years[i])
        assert found.reason[i] == Reason.NONE
        assert abs(found.volatility[i] - due) <= max(1e-10, 4 * last_digit)
        seen += 1
    assert seen > 3000


@pytest.mark.rule("PRI-021")
@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("rate", [0.0, 0.07])
def test_the_volatilities_are_those_of_the_solver_for_floats(inverse: bool, rate: float) -> None:
    draw = np.random.default_rng(6)
    forward, years = draw.uniform(50.0, 5e4, 2000), draw.uniform(0.003, 3.0, 2000)
    strike = forward * np.exp(draw.uniform(-1.0, 1.0, 2000))
    volatility, call = draw.uniform(0.1, 2.0, 2000), draw.random(2000) < 0.5
    price = prices(forward, strike, years, volatility, call, rate=rate, inverse=inverse)
    found = implied_volatilities(price, forward, strike, years, call, rate=rate, inverse=inverse, threads=2)
    for i in range(price.size):
        unit = (forward[i] if inverse else 1.0) * math.exp(rate * years[i])
        worth = float(price[i]) * unit
        if worth - max(0.0, forward[i] - strike[i] if call[i] else strike[i] - forward[i]) < 1e-13 * forward[i]:
            continue
        stated = implied_volatility(
            float(price[i]), forward[i], strike[i], years[i], is_call=bool(call[i]), rate=rate, inverse=inverse
        ).volatility
        last_digit = math.ulp(worth) / vega(forward[i], strike[i], years[i], stated)
        assert found.reason[i] == Reason.NONE
        assert abs(found.volatility[i] - stated) <= max(1e-10, 4 * last_digit)


def vega(forward: float, strike: float, years: float, volatility: float) -> float:
    """The undiscounted vega."""
    return black76(forward, strike, years, volatility, is_call=True).vega


@pytest.mark.rule("PRI-021")
def test_a_price_without_volatility_says_why() -> None:
    cases = [
        (5.0, 100.0, 0.0, True, Reason.EXPIRED),
        (5.0, 100.0, -1.0, True, Reason.EXPIRED),
        (9.999, 90.0, 1.0, True, Reason.BELOW_INTRINSIC),
        (-1e-9, 110.0, 1.0, True, Reason.BELOW_INTRINSIC),
        (10.0, 90.0, 1.0, True, Reason.NO_TIME_VALUE),
        (0.0, 90.0, 1.0, False, Reason.NO_TIME_VALUE),
        (100.0, 90.0, 1.0, True, Reason.ABOVE_LIMIT),
        (90.0, 90.0, 1.0, False, Reason.ABOVE_LIMIT),
        (300.0, 250.0, 1.0, False, Reason.ABOVE_LIMIT),
        (7.965567455405804, 100.0, 1.0, True, Reason.NONE),
    ]
    price, strike, years, call, reasons = map(list, zip(*cases, strict=True))
    found = implied_volatilities(price, 100.0, strike, years, call)
    assert found.reason.tolist() == reasons
    assert np.isnan(found.volatility[:-1]).all()
    assert found.volatility[-1] == pytest.approx(0.2, abs=1e-15)


@pytest.mark.rule("PRI-021")
def test_what_three_steps_do_not_settle_is_solved_too() -> None:
    price = np.array([1e-280, 1e-300, 1e-320, 100.0 * (1.0 - 1e-9), 100.0 - 2e-14, 4e-7])
    strike = np.array([150.0, 400.0, 101.0, 300.0, 300.0, 100.0])
    years = np.array([1.0, 1.0, 1.0, 1.0, 2.0, 1e-10])
    found = implied_volatilities(price, 100.0, strike, years, True)
    for i in range(price.size):
        stated = implied_volatility(float(price[i]), 100.0, strike[i], years[i], is_call=True).volatility
        assert found.volatility[i] == pytest.approx(stated, rel=1e-13)


@pytest.mark.rule("PRI-021")
def test_numbers_that_are_none_are_refused() -> None:
    for numbers in ((math.nan, 100.0, 1.0), (1.0, 0.0, 1.0), (1.0, 100.0, math.inf), (1.0, -1.0, 1.0)):
        price, forward, years = numbers
        with pytest.raises(ValueError, match="finite numbers"):
            implied_volatilities(price, forward, 100.0, years, True)


@pytest.mark.rule("PRI-021")
def test_what_was_compiled_is_found_again_by_the_next_process(tmp_path: Path) -> None:
    code = (
        "from stoplog.pricing.vector import compiling, implied\n"
        "found = implied.implied_volatilities([7.9, 1e-300], 100.0, [100.0, 400.0], 1.0, True)\n"
        "hits = [sum(loop.stats.cache_hits.values()) for loop in (implied._solve, implied._settle)]\n"
        "print(found.volatility.tolist(), hits)\n"
    )
    environment = os.environ | {"STOPLOG_CACHE": str(tmp_path)}
    first, second = (
        subprocess.run([sys.executable, "-c", code], text=True, check=True, capture_output=True, env=environment).stdout
        for _ in range(2)
    )
    assert first.endswith("[0, 0]\n")
    assert second == first.replace("[0, 0]", "[1, 1]")
