"""The models of venues as `portfolio_margin` asks them: shipped sets, payoffs, and what is wrong with a question."""

from __future__ import annotations

from typing import Any

import pytest

from stoplog.calculator.portfolio_models import MODELS
from stoplog.calculator.portfolio_parameters import SETS, parameters_of, shipped
from tests.calculator.conftest import answer

PERPETUAL = {"kind": "perpetual", "underlying": "BTC", "side": "short", "size": "2"}

CALL = {"kind": "call", "underlying": "BTC", "expiry": "M", "strike": "70000", "side": "short", "size": "1"}
CALL |= {"volatility": "0.6"}

MARKET = {"underlyings": {"BTC": {"spot": "60000", "expiries": {"M": {"years": "0.1", "forward": "60000"}}}}}

VENUES = ("deribit-pm", "okx-pm", "bybit-pm")


def asked(model: str, parameters: Any = None, **question: Any) -> dict[str, Any]:
    question |= {} if parameters is None else {"parameters": parameters}
    return answer({"calculate": "portfolio_margin", "model": model, **question})


def margined(model: str, parameters: Any = None, **question: Any) -> dict[str, Any]:
    found = asked(model, parameters, **question)
    assert "result" in found, found
    result: dict[str, Any] = found["result"]
    return result


@pytest.mark.rule("PFM-020", "PFM-030", "PFM-040")
@pytest.mark.parametrize("model", VENUES)
def test_every_shipped_set_is_read_and_says_where_it_is_from(model: str) -> None:
    assert (SETS / f"{model}.json").exists()
    for name, raw in shipped(model).items():
        assert parameters_of(bytes(raw), model, MODELS[model].parameters)
        assert b'"note"' in bytes(raw), name


@pytest.mark.rule("PFM-020")
def test_deribit_counts_in_coin_unless_the_question_says_otherwise() -> None:
    found = margined("deribit-pm", "btc", market=MARKET, positions=[PERPETUAL])
    assert found["worst_scenario"] == "+16% up"
    assert found["charges"]["worst_case"] == pytest.approx(2 * 0.16 / 1.16)
    assert found["charges"]["roll_shock"] == pytest.approx(0.02)
    linear = margined("deribit-pm", "btc", payoff="linear", market=MARKET, positions=[PERPETUAL])
    assert linear["charges"]["worst_case"] == pytest.approx(2 * 0.16 * 60_000)
    assert len(found["scenarios"]) == 9 * 3 + 8


@pytest.mark.rule("PFM-021")
def test_the_volatility_of_a_scenario_is_that_of_its_figure() -> None:
    held = margined("deribit-pm", "btc", market=MARKET, positions=[CALL | {"side": "long"}])
    profits = {each["name"]: each["profit"] for each in held["scenarios"]}
    assert profits["+0% same"] == 0.0
    assert profits["+0% down"] < 0.0
    assert held["mark_to_market"] == held["values"]["options"] > 0.0
    assert held["charges"]["worst_case"] <= held["mark_to_market"]


@pytest.mark.rule("PFM-030", "PFM-032")
def test_okx_margins_perpetuals_alone_and_options_with_what_is_given() -> None:
    found = margined("okx-pm", "btc", market=MARKET, positions=[PERPETUAL])
    assert found["charges"]["mr1"] == pytest.approx(0.12 * 120_000)
    assert found["charges"]["mr6"] == pytest.approx(0.12 * 120_000)
    assert found["maintenance_margin"] == pytest.approx(0.122 * 120_000)
    assert found["initial_margin"] == pytest.approx(1.3 * found["maintenance_margin"])
    own = {"basis_rate": "0.002", "min_charge_rate": "0.0045", "volatility_up": "0.4", "volatility_down": "0.2"}
    given = {"charges": {"mr3": "10", "mr5": "20"}}
    both = margined("okx-pm", own, market=MARKET, positions=[PERPETUAL, CALL], given=given)
    assert len(both["scenarios"]) == 21
    assert (both["charges"]["mr3"], both["charges"]["mr5"]) == (10.0, 20.0)


@pytest.mark.rule("PFM-040", "PFM-041")
def test_bybit_needs_the_rates_of_what_is_held() -> None:
    found = margined("bybit-pm", {"futures_rate": "0.001"}, market=MARKET, positions=[PERPETUAL])
    assert found["charges"]["futureContingency"] == pytest.approx(120.0)
    assert found["maintenance_margin"] == pytest.approx(12_120.0)
    assert found["initial_margin"] == pytest.approx(1.2 * 12_120.0)
    error = asked("bybit-pm", market=MARKET, positions=[PERPETUAL])["error"]
    assert (error["code"], error["field"]) == ("missing_field", "parameters.futures_rate")


REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("deribit-pm", {"parameters": "default", "positions": []}, "out_of_range", "parameters"),
    ("deribit-pm", {"positions": []}, "missing_field", "parameters"),
    ("deribit-pm", {"parameters": {"price_range": "0.1"}, "positions": []}, "missing_field", "parameters"),
    ("okx-pm", {"parameters": {"haircut": 1}, "positions": []}, "unknown_field", "parameters.haircut"),
    ("okx-pm", {"parameters": "btc", "positions": [CALL], "market": MARKET}, "missing_field", "given.charges.mr3"),
    ("bybit-pm", {"given": {"scenarios": [{"name": "x"}]}}, "missing_field", "given.scenarios[0].profit"),
]


@pytest.mark.rule("CAL-010", "PFM-020", "PFM-032")
@pytest.mark.parametrize(("model", "question", "code", "field"), REFUSALS)
def test_a_wrong_question_is_refused_by_field(model: str, question: dict[str, Any], code: str, field: str) -> None:
    error = asked(model, **question)["error"]
    assert error["code"] == code
    assert str(error["field"]).startswith(field)
