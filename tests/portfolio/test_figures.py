"""The worked figures of the rules of portfolio margin."""

import json
import math
from typing import Any

import pytest
from portfolio.questions import CASH, MARKET, MODELS, PERPETUAL, asked, held, result

from stoplog.calculator.portfolio_parameters import shipped
from stoplog.portfolio.derive_pmrm import skewed, static_discount
from stoplog.portfolio.derive_pmrm_groups import Factors, Skew
from stoplog.portfolio.derive_slices import OptionSlice
from stoplog.portfolio.derive_srm import Parameters, Valued, expiry_balance, settlement_loss, short_balance
from stoplog.portfolio.derive_terms import Scenario, naked_shorts
from stoplog.portfolio.shape import Charge, Option, Values, requirement
from stoplog.pricing.scenarios import VolatilityShock

FACTORS = Factors(0.8, 1.0, 0.95, 1.04, 1.0, 0.08, 0.5, 0.08)
SKEW = Skew(0.15, -0.05, 0.15, -0.05, 0.01, 4.0, 0.6, -0.1)
SRM = Parameters(0.05, 0.065, 0.15, 0.1, 0.075, 0.075, 0.075, 1.2, 1.1, 1.05, 0.4, 0.4, 0.98, 1.2)


def option(strike: float, amount: float, *, is_call: bool = True) -> Option:
    return Option("", "ETH", "far", is_call, strike, amount)


def part(years: float, rate: float) -> OptionSlice:
    return OptionSlice("", [], [], years * 31_536_000, 1000.0, 0.0, rate, math.exp(-rate * years), 1.0)


def on_market(**of_underlying: Any) -> dict[str, Any]:
    return {"stable_price": "1", "underlyings": {"ETH": MARKET["underlyings"]["ETH"] | of_underlying}}


@pytest.mark.rule("PFM-001")
def test_requirements_are_sums_of_amount_times_factor() -> None:
    charges = [Charge("worst_case", 100.0, 0.8), Charge("static", 5.0)]
    found = requirement(Values(), [], None, charges)
    assert (found.maintenance_margin, found.initial_margin) == (85.0, 105.0)


@pytest.mark.rule("PFM-002")
@pytest.mark.parametrize("model", MODELS)
def test_the_value_of_everything_counts(model: str) -> None:
    found = result(asked(model, [CASH, PERPETUAL | {"unrealised_profit": "15", "funding": "5"}]))
    assert found["mark_to_market"] == 520
    assert found["values"] == {"options": 0, "collateral": 0, "perpetuals": 20, "cash": 500}


@pytest.mark.rule("PFM-003")
def test_given_profits_replace_the_scenarios() -> None:
    scenarios = [{"name": "up", "profit": "-180"}, {"name": "down", "profit": "90"}]
    found = result({"calculate": "portfolio_margin", "model": "derive-pmrm", "given": {"scenarios": scenarios}})
    assert (found["maintenance_margin"], found["initial_margin"]) == (144, 180)
    assert found["worst_scenario"] == "up"


@pytest.mark.rule("PFM-010", "PFM-011")
def test_one_perpetual() -> None:
    found = result(asked("derive-pmrm", [PERPETUAL]))
    profits = {one["name"]: one["profit"] for one in found["scenarios"]}
    assert found["worst_scenario"] == "Up 0.82"
    assert profits["Up 0.82"] == pytest.approx(-180)
    assert profits["Up 0.34"] == pytest.approx(-36)
    assert found["maintenance_margin"] == pytest.approx(159)
    assert found["initial_margin"] == pytest.approx(200)


@pytest.mark.rule("PFM-010")
def test_a_lost_peg_raises_the_initial_factor() -> None:
    market = MARKET | {"stable_price": "0.9"}
    found = result(asked("derive-pmrm", [PERPETUAL], market=market))
    assert found["initial_margin"] == pytest.approx(180 * (1 + 0.08 * 2) + 20)
    assert found["maintenance_margin"] == pytest.approx(159)


@pytest.mark.rule("PFM-010")
def test_the_basis_decides_where_it_is_worse_than_every_scenario() -> None:
    """A long far call against a short near one of the same size: the spot hardly matters, their forwards do."""
    positions = [
        {"kind": "call", "underlying": "ETH", "side": "long", "size": "1", "strike": "300", "expiry": "far"},
        {"kind": "call", "underlying": "ETH", "side": "short", "size": "1", "strike": "300", "expiry": "near"},
    ]
    parameters = json.loads(bytes(shipped("derive-pmrm")["default"]))
    parameters["basis"] |= {"add": "4", "mult": "5"}
    found = result(asked("derive-pmrm", positions, parameters=parameters))
    assert found["worst_scenario"] == "basis"
    assert found["charges"]["worst_case"] == found["charges"]["basis"] > 0
    assert all(one["profit"] > -found["charges"]["basis"] for one in found["scenarios"])


@pytest.mark.rule("PFM-011")
def test_the_power_of_a_shock_changes_at_30_days_and_its_time_has_a_floor() -> None:
    shock = VolatilityShock(0.5, 0.275, 0.3, 0.13, 86_400.0)
    day = 86_400.0
    assert shock.factor("Up", 15 * day) == pytest.approx(1 + 0.5 * 2**0.3)
    assert shock.factor("Up", 60 * day) == pytest.approx(1 + 0.5 * 0.5**0.13)
    assert shock.factor("Down", day / 2) == pytest.approx(1 - 0.275 * 30**0.3)
    assert VolatilityShock(0.5, 2.0, 0.3, 0.13, day).factor("Down", day) == 0.0
    assert shock.factor("None", day) == 1.0


@pytest.mark.rule("PFM-012")
def test_what_is_worth_something_counts_less_and_debts_more() -> None:
    year = part(1.0, 0.1)
    assert 100 * static_discount(year, FACTORS, gain=True) == pytest.approx(79.35, abs=0.005)
    assert 100 * static_discount(year, FACTORS, gain=False) == pytest.approx(110.52, abs=0.005)
    assert static_discount(part(1.0, 1.0), FACTORS, gain=False) == pytest.approx(1.04 * math.exp(0.58))


@pytest.mark.rule("PFM-013")
def test_the_smile_is_tilted_and_bent() -> None:
    quarter = part(0.25, 0.0)
    tilt = skewed(quarter, Scenario(1.0, "LINEAR"), SKEW)
    bend = skewed(quarter, Scenario(1.0, "ABS"), SKEW)
    for k, tilted, bent in [(0.55, 1.0625, 1.0625), (1.2, 1.125, 1.125), (-0.55, 0.9375, 1.0625), (-2.0, 0.875, 1.125)]:
        at = option(1000.0 * math.exp(k), 1.0)
        assert tilt(at, 1.0) == pytest.approx(tilted)
        assert bend(at, 1.0) == pytest.approx(bent)


@pytest.mark.rule("PFM-014")
def test_naked_shorts_are_counted_by_strike() -> None:
    assert naked_shorts([option(1100.0, -3.0), option(1100.0, 1.0, is_call=False)]) == 2
    assert naked_shorts([option(1100.0, -3.0), option(1200.0, 3.0)]) == 3
    positions = [
        {"kind": "call", "underlying": "ETH", "side": "short", "size": "3", "strike": "1100", "expiry": "far"},
        {"kind": "put", "underlying": "ETH", "side": "long", "size": "1", "strike": "1100", "expiry": "far"},
    ]
    sure = result(asked("derive-pmrm", positions))["charges"]
    assert (sure["options_maintenance"], sure["options_initial"], sure["confidence"]) == pytest.approx((6, 4, 0))
    unsure = result(asked("derive-pmrm", positions, market=on_market(spot_confidence="0.5")))["charges"]
    assert unsure["confidence"] == pytest.approx(2000)


@pytest.mark.rule("PFM-015")
def test_one_perpetual_under_version_1() -> None:
    found = result(asked("derive-pmrm-1", [PERPETUAL]))
    assert found["maintenance_margin"] == pytest.approx(170)
    assert found["initial_margin"] == pytest.approx(221)


@pytest.mark.rule("PFM-016")
def test_a_short_option_by_itself() -> None:
    call = short_balance(Valued(option(1500.0, -1.0), -79.37), 1500.0, SRM)
    assert (call.maintenance, call.initial) == pytest.approx((-191.87, -304.37))
    far_out = short_balance(Valued(option(1600.0, -1.0), -10.0), 1500.0, SRM)
    assert far_out.initial == pytest.approx(-10 - 0.1 * 1500)
    put = short_balance(Valued(option(9000.0, -1.0, is_call=False), -7500.0), 1500.0, SRM)
    assert put.maintenance == pytest.approx(-7500 * 1.075)
    assert put.initial == pytest.approx(-7500 * 1.075 * 1.05)


@pytest.mark.rule("PFM-017")
def test_an_expiry_needs_no_more_than_it_can_lose() -> None:
    spread = [option(100.0, 1.0), option(90.0, -1.0)]
    assert settlement_loss(spread) == -10
    assert settlement_loss([option(100.0, 2.0)]) == 0
    balance = expiry_balance([Valued(spread[0], 1.0), Valued(spread[1], -5.0)], 1000.0, 1000.0, SRM)
    assert balance == (-10, -10)
    naked = expiry_balance([Valued(option(90.0, -1.0), -950.0)], 1000.0, 1000.0, SRM)
    assert naked.maintenance == pytest.approx(-950 - 75)
    assert settlement_loss([option(90.0, -1.0)]) == 0
    cheap = expiry_balance([Valued(option(90.0, -1.0), -1200.0)], 1000.0, 1000.0, SRM)
    assert cheap == pytest.approx((-1100, -1200))


@pytest.mark.rule("PFM-018")
def test_low_confidence_and_a_lost_peg_cost_initial_margin() -> None:
    pair = [PERPETUAL | {"size": "2"}]
    sure = result(asked("derive-srm", pair))
    unsure = result(asked("derive-srm", pair, market=on_market(perpetual_confidence="0.2")))
    lost = result(asked("derive-srm", pair, market=MARKET | {"stable_price": "0.9"}))
    assert (sure["maintenance_margin"], sure["initial_margin"]) == pytest.approx((100, 130))
    assert unsure["initial_margin"] == pytest.approx(130 + 640)
    assert lost["initial_margin"] == pytest.approx(130 + 192)
    assert {sure["maintenance_margin"], unsure["maintenance_margin"], lost["maintenance_margin"]} == {
        sure["maintenance_margin"]
    }


@pytest.mark.rule("PFM-002")
@pytest.mark.parametrize("model", MODELS)
def test_every_kind_of_position_is_in_the_values(model: str) -> None:
    found = result(asked(model, held(model)))
    values = found["values"]
    assert found["mark_to_market"] == pytest.approx(sum(values.values()))
    assert values["cash"] == 500
    assert values["perpetuals"] == -17
    assert values["collateral"] == pytest.approx(1.25 * (1003 if model == "derive-pmrm" else 1000))
    assert values["options"] < 0
