"""What is wrong with a question of `portfolio_margin`: a code, the field, and whatever comes one answer."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from portfolio.questions import ASSET, CASH, MARKET, MODELS, OPTIONS, PERPETUAL, Question, asked, error, held, result

from stoplog.calculator.errors import CODES
from stoplog.calculator.lines import answer_line
from stoplog.calculator.portfolio_parameters import shipped

PMRM = "derive-pmrm"


def parameters(model: str = PMRM) -> Any:
    return json.loads(bytes(shipped(model)["default"]))


def changed(path: tuple[Any, ...], value: Any, model: str = PMRM) -> Question:
    """A question with parameters inline and one value put at a path."""
    question = copy.deepcopy(asked(model, held(model), parameters=parameters(model)))
    place: Any = question
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return question


SECOND = ("positions", 2)
EXPIRY = ("market", "underlyings", "ETH", "expiries", "far")


@pytest.mark.rule("CAL-010", "PFM-001")
@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        (("model",), "unheard", "out_of_range", "model"),
        (("parameters",), "unheard", "out_of_range", "parameters"),
        (("parameters",), 3, "wrong_type", "parameters"),
        (("parameters", "unheard"), 1, "unknown_field", "parameters.unheard"),
        (("parameters", "vol", "unheard"), 1, "unknown_field", "parameters.vol.unheard"),
        (("parameters", "vol", "min_vol"), "x", "wrong_type", "parameters.vol.min_vol"),
        (("parameters", "scenarios"), {}, "wrong_type", "parameters.scenarios"),
        (("parameters", "scenarios", 3), [1.0], "wrong_type", "parameters.scenarios[3]"),
        (("parameters", "scenarios", 3), [1.0, "Sideways"], "out_of_range", "parameters.scenarios[3][1]"),
        (("parameters", "scenarios"), [[1, "Up"]] * 1001, "out_of_range", "parameters.scenarios"),
        (("market", "stable_price"), 0, "out_of_range", "market.stable_price"),
        (("market", "underlyings"), [], "wrong_type", "market.underlyings"),
        (("market", "underlyings", "ETH", "spot"), 0, "out_of_range", "market.underlyings.ETH.spot"),
        (
            ("market", "underlyings", "ETH", "spot_confidence"),
            2,
            "out_of_range",
            "market.underlyings.ETH.spot_confidence",
        ),
        ((*EXPIRY, "svi"), [1, 2], "wrong_type", ".".join(EXPIRY) + ".svi"),
        ((*EXPIRY, "svi"), [-9, 0, 0, 0, 1, 1, 1], "out_of_range", ".".join(EXPIRY) + ".svi"),
        ((*EXPIRY, "svi"), [1, 0, 0, 0, 1, 0, 1], "out_of_range", ".".join(EXPIRY) + ".svi"),
        ((*EXPIRY, "seconds"), -1, "out_of_range", ".".join(EXPIRY) + ".seconds"),
        ((*EXPIRY, "forward"), 0, "out_of_range", ".".join(EXPIRY) + ".forward"),
        ((*EXPIRY, "forward"), "NaN", "out_of_range", ".".join(EXPIRY) + ".forward"),
        ((*SECOND, "kind"), "warrant", "out_of_range", "positions[2].kind"),
        ((*SECOND, "size"), "-1", "out_of_range", "positions[2].size"),
        ((*SECOND, "strike"), 0, "out_of_range", "positions[2].strike"),
        ((*SECOND, "expiry"), "unheard", "inconsistent", "positions[2].expiry"),
        ((*SECOND, "underlying"), "BTC", "inconsistent", "positions[2].underlying"),
        ((*SECOND, "price"), 3, "inconsistent", "positions[2].price"),
        ((*SECOND, "payoff"), "inverse", "inconsistent", "positions[2].payoff"),
        (("positions", 6, "side"), "short", "out_of_range", "positions[6].side"),
        (("positions", 6), ASSET["derive-srm"], "inconsistent", "positions[6].kind"),
        (("given",), {"charges": {"unheard": 1}}, "out_of_range", "given.charges.unheard"),
        (("given",), {"scenarios": [{"name": "up"}]}, "missing_field", "given.scenarios[0].profit"),
    ],
)
def test_what_is_wrong_is_named(path: tuple[Any, ...], value: Any, code: str, field: str) -> None:
    assert error(changed(path, value)) == (code, field)


@pytest.mark.rule("CAL-010", "PFM-001")
@pytest.mark.parametrize(
    ("path", "field"),
    [
        (("parameters", "vol", "min_vol"), "parameters.vol.min_vol"),
        (("parameters", "scenarios"), "parameters.scenarios"),
        ((*EXPIRY, "svi"), ".".join(EXPIRY) + ".svi"),
        ((*EXPIRY, "seconds"), ".".join(EXPIRY) + ".seconds"),
        ((*EXPIRY, "forward"), ".".join(EXPIRY) + ".forward"),
        (("market", "underlyings", "ETH", "spot"), "market.underlyings.ETH.spot"),
        (("market", "underlyings", "ETH", "perpetual"), "market.underlyings.ETH.perpetual"),
        ((*SECOND, "strike"), "positions[2].strike"),
        (("positions", 6, "price"), "positions[6].price"),
        (("positions",), "positions"),
    ],
)
def test_what_is_missing_is_named(path: tuple[Any, ...], field: str) -> None:
    question = changed(path, None)
    place: Any = question
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    assert error(question) == ("missing_field", field)


@pytest.mark.rule("PFM-001")
def test_models_name_what_they_do_not_know() -> None:
    future = {"kind": "future", "underlying": "ETH", "expiry": "far", "side": "long", "size": "1"}
    for model in MODELS:
        assert error(asked(model, [future])) == ("inconsistent", "positions[0].kind")
    two = {"underlyings": MARKET["underlyings"] | {"BTC": MARKET["underlyings"]["ETH"]}}
    both = [PERPETUAL, PERPETUAL | {"underlying": "BTC"}]
    for model in ("derive-pmrm", "derive-pmrm-1"):
        assert result(asked(model, [PERPETUAL], market=two)) == result(asked(model, [PERPETUAL]))
        assert error(asked(model, both, market=two)) == ("inconsistent", "market.underlyings")
        assert error(asked(model, [CASH], market=two)) == ("inconsistent", "market.underlyings")
    one, pair = (result(asked("derive-srm", positions, market=two)) for positions in ([PERPETUAL], both))
    assert pair["initial_margin"] == 2 * one["initial_margin"] > 0
    assert error(asked("derive-srm", [ASSET[PMRM]])) == ("inconsistent", "positions[0].kind")
    given_ = {"scenarios": [{"name": "up", "profit": 1}]}
    assert error(asked("derive-srm", None, given=given_)) == ("inconsistent", "given.scenarios")
    call = OPTIONS[0] | {"underlying": "ETH"}
    del call["volatility"]
    assert error(asked("derive-pmrm-1", [call])) == ("missing_field", "positions[0].volatility")
    assert error(asked("derive-srm", [call])) == ("missing_field", "positions[0].volatility")
    assert "maintenance_margin" in result(asked(PMRM, [call]))
    settled = copy.deepcopy(MARKET)
    settled["underlyings"]["ETH"]["expiries"]["far"]["forward_fixed"] = "2000"
    call["volatility"] = "0.5"
    path = "market.underlyings.ETH.expiries.far.forward_fixed"
    assert error(asked("derive-pmrm-1", [call], market=settled)) == ("out_of_range", path)


@pytest.mark.rule("PFM-001")
def test_figures_beyond_a_float_are_refused() -> None:
    for group, name, value in (("vol", "short_power", "1e9"), ("margin", "long_rate_add", "-1e20")):
        assert error(changed(("parameters", group, name), value)) == ("out_of_range", None)


@pytest.mark.rule("PFM-001")
def test_a_note_among_parameters_is_passed_over() -> None:
    noted = result(changed(("parameters", "note"), "as published"))
    assert noted == result(asked(PMRM, held(PMRM)))


ODD = st.one_of(
    st.sampled_from(["0", "-0", "1e29", "1e-30", "-1", "x", "Up", "NaN", True, None, [], {}, [[]], "ETH", "far", 1.5]),
    st.integers(-10, 10**7),
    st.floats(allow_nan=False, allow_infinity=False),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a question."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    return [path, *(found for name, part in inner for found in places(part, (*path, name)))]


PLACES = {model: places(asked(model, held(model), parameters=parameters(model)))[1:] for model in MODELS}


@pytest.mark.rule("CAL-001", "CAL-010", "PFM-001")
@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(MODELS))
def test_any_odd_value_anywhere_gets_an_answer(data: st.DataObject, model: str) -> None:
    path = data.draw(st.sampled_from(PLACES[model]))
    question = changed(path, data.draw(ODD), model)
    text, good = answer_line(json.dumps(question).encode())
    answered = json.loads(text, parse_constant=pytest.fail)
    if good:
        assert set(answered["result"]) >= {"maintenance_margin", "initial_margin", "mark_to_market"}
        assert isinstance(answered["result"]["initial_margin"], float | int)
    else:
        assert answered["error"]["code"] in CODES


@pytest.mark.rule("CAL-001", "PFM-001")
def test_a_portfolio_may_be_empty() -> None:
    for model in MODELS:
        found = result({"calculate": "portfolio_margin", "model": model, "positions": []})
        assert found["maintenance_margin"] == found["initial_margin"] == found["mark_to_market"] == 0
        cash = result({"calculate": "portfolio_margin", "model": model, "positions": [CASH | {"side": "short"}]})
        assert (cash["mark_to_market"], cash["initial_margin"]) == (-500, 0)
    assert "initial_margin" in result(asked(PMRM, [PERPETUAL | {"size": "0"}]))
