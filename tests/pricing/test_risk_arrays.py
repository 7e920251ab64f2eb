"""Marks and risk arrays: every entry against 50 digits, its rounding, its sign, and what is refused."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

from stoplog.portfolio.scenario_sets import shipped
from stoplog.pricing.scenarios import YEAR, Scenario, ScenarioSet, VolatilityShock
from stoplog.pricing.vector.delta_one_arrays import delta_one_arrays
from stoplog.pricing.vector.risk_arrays import Expiries, Listed, RiskArrays, risk_arrays
from tests.pricing import precise

SETS = {
    "stoplog": shipped("stoplog", "default"),
    "span-16": shipped("span-16", "default"),
    "deribit-pm": shipped("deribit-pm", "btc"),
    "derive-pmrm": shipped("derive-pmrm", "default"),
}

FORWARDS, YEARS, RATES = (59_000.0, 60_500.0, 64_000.0), (1.5 / 365.0, 0.25, 1.75), (0.0, 0.03, -0.01)


def chain(size: int, seed: int, units: float) -> Listed:
    draw = np.random.default_rng(seed)
    expiries = draw.integers(0, 3, size)
    strikes = np.array(FORWARDS)[expiries] * np.exp(draw.normal(0.0, 0.3, size))
    return Listed(
        expiries, strikes.round(), draw.uniform(0.2, 1.4, size), draw.random(size) < 0.5, np.full(size, units)
    )


def exact_value(listed: Listed, i: int, factor: float, volatility: float, years: float, *, inverse: bool) -> mpf:
    """The value of one lot with the forward times a factor; in coin at that forward."""
    e = int(np.asarray(listed.expiries)[i])
    forward, strike = mpf(FORWARDS[e]) * mpf(factor), mpf(float(np.asarray(listed.strikes)[i]))
    call = bool(np.asarray(listed.calls)[i])
    deviation = mpf(volatility) * precise.sqrt(mpf(years))
    value = (
        precise.undiscounted(forward, strike, deviation, is_call=call)
        if deviation
        else max(mpf(0), (forward - strike) * (1 if call else -1))
    )
    value *= precise.exp(-mpf(RATES[e]) * mpf(years)) * mpf(float(np.asarray(listed.units)[i]))
    return value / forward if inverse else value


def exact_profit(chosen: ScenarioSet, scenario: Scenario, listed: Listed, i: int, *, inverse: bool) -> mpf:
    years = YEARS[int(np.asarray(listed.expiries)[i])]
    volatility = float(np.asarray(listed.volatilities)[i])
    shocked = chosen.shock.shocked(scenario.direction, volatility, years * YEAR)
    factor, left = 1.0 + scenario.move, max(years - chosen.look_ahead, 0.0)
    after = exact_value(listed, i, factor, shocked, left, inverse=inverse)
    profit = mpf(scenario.weight) * (after - exact_value(listed, i, 1.0, volatility, years, inverse=inverse))
    if inverse and scenario.counted_at is not None:
        profit *= mpf(factor) / mpf(scenario.counted_at)
    return profit


@pytest.mark.rule("ARR-001", "ARR-002")
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("inverse", [False, True])
def test_every_entry_is_the_nearest_whole_number(name: str, inverse: bool) -> None:
    chosen, listed = SETS[name], chain(24, 7, 1e8 if inverse else 1e4)
    found = risk_arrays(chosen, Expiries(FORWARDS, YEARS, RATES), listed, inverse=inverse)
    assert found.profits.shape == (24, len(chosen.scenarios))
    for i in range(24):
        lot = 1e8 if inverse else 1e4 * FORWARDS[int(np.asarray(listed.expiries)[i])]
        slack = mpf(0.5) + mpf(4e-14 * lot * 6)
        years, volatility = YEARS[int(np.asarray(listed.expiries)[i])], float(np.asarray(listed.volatilities)[i])
        assert abs(int(found.marks[i]) - exact_value(listed, i, 1.0, volatility, years, inverse=inverse)) <= slack
        for s, scenario in enumerate(chosen.scenarios):
            due = exact_profit(chosen, scenario, listed, i, inverse=inverse)
            assert abs(int(found.profits[i, s]) - due) <= slack, (i, scenario)


@pytest.mark.rule("ARR-002")
@given(st.integers(1, 10**6), st.integers(0, 1), st.sampled_from([0.5, 0.25, 1.0, 0.75]))
def test_halves_go_to_the_even_number_on_either_side(strike: int, is_call: int, unit: float) -> None:
    """At expiry a value is exact: a move of one half of the forward, 2, is worth 1 unit times the lot."""
    moves = (Scenario("up", 0.5, "None"), Scenario("down", -0.5, "None"))
    chosen = ScenarioSet("halves", moves, VolatilityShock(0.0, 0.0, 0.0, 0.0))
    listed = Listed([0], [float(strike)], [0.5], [bool(is_call)], [unit])
    found = risk_arrays(chosen, Expiries([2.0 * strike], [0.0]), listed)
    sign = 1 if is_call else -1
    worth = [Fraction(max(0, sign * (p - strike))) * Fraction(unit) for p in (2 * strike, 3 * strike, strike)]
    assert found.marks[0] == round(worth[0])
    assert found.profits[0].tolist() == [round(worth[1] - worth[0]), round(worth[2] - worth[0])]


@pytest.mark.rule("ARR-003")
def test_a_put_and_a_call_differ_by_a_forward_within_their_rounding() -> None:
    chosen, size = SETS["stoplog"], 400
    listed = chain(size, 11, 1e4)
    calls = risk_arrays(chosen, Expiries(FORWARDS, YEARS), listed._replace(calls=True))
    puts = risk_arrays(chosen, Expiries(FORWARDS, YEARS), listed._replace(calls=False))
    weights = np.array([scenario.weight * scenario.move for scenario in chosen.scenarios])
    forward = np.array(FORWARDS)[np.asarray(listed.expiries)]
    due = np.outer(forward * 1e4, weights)
    assert np.abs(calls.profits - puts.profits - due).max() <= 1.01


@pytest.mark.rule("ARR-001")
def test_blocks_and_strides_change_nothing() -> None:
    chosen, listed = SETS["stoplog"], chain(700, 12, 1e4)
    whole = risk_arrays(chosen, Expiries(FORWARDS, YEARS), listed)
    for i in (0, 127, 128, 300, 699):
        alone = Listed(*(np.asarray(column)[i : i + 1] for column in listed))
        found = risk_arrays(chosen, Expiries(FORWARDS, YEARS), alone)
        assert found.marks[0] == whole.marks[i]
        assert np.array_equal(found.profits[0], whole.profits[i])
    backwards = Listed(*(np.asarray(column)[::-1] for column in listed))
    assert np.array_equal(risk_arrays(chosen, Expiries(FORWARDS, YEARS), backwards).profits, whole.profits[::-1])
    none = risk_arrays(chosen, Expiries(FORWARDS, YEARS), Listed(*(np.asarray(column)[:0] for column in listed)))
    assert none.profits.shape == (0, 33)


def answered(**changes: object) -> RiskArrays:
    columns = {"expiries": [0, 0], "strikes": [9.0, 10.0], "volatilities": 0.5, "calls": True, "units": 1.0} | changes
    forwards, years = columns.pop("forwards", [10.0]), columns.pop("years", [1.0])
    return risk_arrays(SETS["stoplog"], Expiries(forwards, years), Listed(**columns))


@pytest.mark.rule("ARR-001", "ARR-002")
def test_what_is_no_option_is_refused_and_named() -> None:
    assert answered().profits.shape == (2, 33)
    for changes, message in [
        ({"strikes": [9.0, 0.0]}, "strike 1: 0.0 is not above 0"),
        ({"strikes": [9.0, math.nan]}, "strike 1: nan"),
        ({"strikes": [9.0]}, r"strike: of shape \(1,\), not a column of 2"),
        ({"units": [1.0, -1.0]}, "units 1: -1.0 is not above 0"),
        ({"volatilities": [-0.1, 0.2]}, "volatility 0: -0.1 is not a number from 0"),
        ({"forwards": [0.0]}, "forward 0: 0.0 is not above 0"),
        ({"years": [-1.0]}, "years 0: -1.0"),
        ({"expiries": [0, 1]}, "expiries: numbers from 0 to 1 of 1 expiries"),
    ]:
        with pytest.raises(ValueError, match=message):
            answered(**changes)
    with pytest.raises(OverflowError, match="option 1: it could be worth"):
        answered(units=[1.0, 1e16])
    gone = ScenarioSet("gone", (Scenario("all", -1.0, "None"),), VolatilityShock(0.0, 0.0, 0.0, 0.0))
    with pytest.raises(ValueError, match="leaves no price"):
        risk_arrays(gone, Expiries([1.0], [1.0]), Listed([0], [1.0], [0.5], [True], [1]))


@pytest.mark.rule("ARR-001")
def test_the_worked_figure() -> None:
    chosen = ScenarioSet(
        "two", (Scenario("down", -0.2, "None"), Scenario("up", 0.2, "Up")), VolatilityShock(0.5, 0.25, 0.0, 0.0)
    )
    found = risk_arrays(chosen, Expiries([100.0], [0.25]), Listed([0], [100.0], [0.6], [True], [1000]))
    assert found.marks.tolist() == [11924]
    assert found.profits.tolist() == [[-8389, 19212]]


@pytest.mark.rule("ARR-006")
def test_a_future_is_a_call_less_a_put_at_any_strike() -> None:
    chosen, forwards = SETS["stoplog"], np.array(FORWARDS)
    futures = delta_one_arrays(chosen, forwards, 1e4)
    listed = Listed(np.arange(3), forwards * 1.1, 0.6, True, 1e4)
    calls = risk_arrays(chosen, Expiries(forwards, YEARS), listed)
    puts = risk_arrays(chosen, Expiries(forwards, YEARS), listed._replace(calls=False))
    assert np.abs(calls.profits - puts.profits - futures.profits).max() <= 1
    assert futures.marks.tolist() == [590_000_000, 605_000_000, 640_000_000]


@pytest.mark.rule("ARR-006")
@pytest.mark.parametrize("name", SETS)
def test_an_inverse_future_is_worth_what_the_rule_says(name: str) -> None:
    """INS-003: a lot is worth −k / P; a profit in coin counts at the price of the move or where the scenario says."""
    chosen, k, price = SETS[name], 10**10, 50_000
    found = delta_one_arrays(chosen, [float(price)], float(k), inverse=True)
    for entry, scenario in zip(found.profits[0].tolist(), chosen.scenarios, strict=True):
        after = Fraction(price) * (1 + Fraction(scenario.move))
        profit = Fraction(k) / price - Fraction(k) / after
        at = after if scenario.counted_at is None else price * Fraction(scenario.counted_at)
        assert abs(entry - Fraction(scenario.weight) * profit * after / at) <= Fraction(51, 100)


@pytest.mark.rule("ARR-006")
def test_a_future_without_price_is_refused() -> None:
    with pytest.raises(ValueError, match=r"forward 1: 0\.0 is not above 0"):
        delta_one_arrays(SETS["stoplog"], [1.0, 0.0], 1.0)
    with pytest.raises(OverflowError, match="units or more"):
        delta_one_arrays(SETS["stoplog"], [1e12], 1e6)
