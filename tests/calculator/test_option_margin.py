"""`option_margin` against the rule in fractions, its laws, figures and refusals."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.calculator.option_questions import OptionMargin, OptionNumbers
from stoplog.venues.option_rules import option_venues
from tests.calculator.conftest import answer
from tests.calculator.test_against_slow import decimals
from tests.calculator.test_any_line import ODD_VALUES, checked, objects

SHORT_PUT = {"payoff": "linear", "kind": "put", "side": "short", "size": "1"}
SHORT_PUT |= {"strike": "18500", "underlying": "20250", "mark": "290", "entry": "280"}

RULE = {"otm_rate": "0.15", "floor_rate": "0.1", "maintenance_rate": "0.03", "liquidation_fee_rate": "0.002"}


def asked(**question: Any) -> dict[str, Decimal]:
    found = answer({"calculate": "option_margin", **question})
    assert "result" in found, found
    return {name: Decimal(value) for name, value in found["result"].items()}


def slow(question: dict[str, Any]) -> tuple[Fraction, Fraction]:
    """The contract's sentence, word by word."""
    number = {name: Fraction(question[name]) for name in ("size", "strike", "underlying", "mark", "entry")}
    rule = {name: Fraction(value) for name, value in question["rule"].items()}
    base = number["underlying"] if question["payoff"] == "linear" else Fraction(1)
    away = number["strike"] - number["underlying"]
    otm = max(Fraction(0), away if question["kind"] == "call" else -away) / number["underlying"] * base
    held = base if question["kind"] == "call" else max(base, number["mark"])
    maintenance = rule["maintenance_rate"] * held * rule["factor"] + number["mark"]
    maintenance += rule["liquidation_fee_rate"] * base
    share = max(rule["otm_rate"] * base - otm, rule["floor_rate"] * base) * rule["factor"]
    initial = max(share + max(number["mark"], number["entry"]), maintenance)
    return initial * number["size"], maintenance * number["size"]


@st.composite
def options(draw: st.DrawFn) -> dict[str, Any]:
    rates = st.integers(0, 300).map(lambda count: str(Decimal(count).scaleb(-3)))
    return {
        "payoff": draw(st.sampled_from(["linear", "inverse"])),
        "kind": draw(st.sampled_from(["call", "put"])),
        "side": "short",
        "size": draw(decimals(99, 2)),
        "strike": draw(decimals(900, 1)),
        "underlying": draw(st.sampled_from(["64", "125", "1000", "0.8"])),
        "mark": draw(decimals(300, 3, 0)),
        "entry": draw(decimals(300, 3, 0)),
        "rule": {name: draw(rates) for name in RULE} | {"factor": draw(st.sampled_from(["1", "1.02", "3"]))},
    }


@pytest.mark.rule("OPT-001", "OPT-002")
@settings(max_examples=500, deadline=None)
@given(options())
def test_both_margins_are_those_of_the_rule_in_fractions(question: dict[str, Any]) -> None:
    found = asked(**question)
    expected = slow(question)
    assert (Fraction(found["initial_margin"]), Fraction(found["maintenance_margin"])) == expected
    assert found["premium"] == Decimal(question["entry"]) * Decimal(question["size"])


@pytest.mark.rule("OPT-001", "OPT-002")
@settings(max_examples=200, deadline=None)
@given(options())
def test_initial_is_never_below_maintenance_and_a_long_needs_its_premium_alone(question: dict[str, Any]) -> None:
    found = asked(**question)
    assert found["initial_margin"] >= found["maintenance_margin"]
    held = asked(**question | {"side": "long"})
    assert (held["initial_margin"], held["maintenance_margin"]) == (0, 0)
    assert held["premium"] == found["premium"]


@pytest.mark.rule("OPT-001", "OPT-002")
@settings(max_examples=200, deadline=None)
@given(options(), decimals(900, 1))
def test_further_out_of_the_money_never_needs_more(question: dict[str, Any], away: str) -> None:
    sign = 1 if question["kind"] == "call" else -1
    further = Decimal(question["strike"]) + sign * Decimal(away)
    if further > 0:
        assert asked(**question | {"strike": str(further)})["initial_margin"] <= asked(**question)["initial_margin"]


@pytest.mark.rule("OPT-001", "OPT-002")
def test_the_figures_of_a_linear_short_put() -> None:
    for rule in ({"rule": RULE}, {"venue": "bybit"}, {"venue": "bybit-linear"}, {"venue": "okx", "rule": RULE}):
        found = asked(**SHORT_PUT, **rule)
        assert (found["initial_margin"], found["maintenance_margin"], found["premium"]) == (2315, 938, 280)


@pytest.mark.rule("OPT-001", "OPT-002")
def test_the_figures_of_an_inverse_short_call() -> None:
    call = {"payoff": "inverse", "kind": "call", "side": "short", "size": "2"}
    call |= {"strike": "110000", "underlying": "100000", "mark": "0.03"}
    found = asked(**call, venue="deribit")
    assert (found["initial_margin"], found["maintenance_margin"]) == (Decimal("0.26"), Decimal("0.21"))
    near = asked(**call | {"strike": "102000"}, venue="deribit")
    assert near["initial_margin"] == Decimal("0.32")


@pytest.mark.rule("OPT-003")
def test_a_venue_fills_what_the_question_leaves_out() -> None:
    inverse = {"payoff": "inverse", "kind": "put", "side": "short", "size": "1", "strike": "50", "underlying": "100"}
    inverse |= {"mark": "0.01"}
    assert asked(**inverse, venue="okx")["maintenance_margin"] == Decimal("0.04")
    assert asked(**inverse, venue="okx", symbol="BTC-USD")["maintenance_margin"] == Decimal("0.04")
    assert asked(**inverse, venue="okx", symbol="ETH-USD")["maintenance_margin"] == Decimal("0.06")
    assert asked(**inverse, venue="okx", rule={"factor": "2"})["maintenance_margin"] == Decimal("0.07")
    assert asked(**inverse, venue="deribit")["maintenance_margin"] == Decimal("0.085")
    for venue in option_venues().values():
        assert venue.title
        assert venue.source
        assert venue.date


@pytest.mark.rule("OPT-004")
def test_the_fee_is_a_share_of_the_underlying_and_at_most_one_of_the_price() -> None:
    bought = {"payoff": "linear", "kind": "call", "side": "long", "size": "0.3", "strike": "40000"}
    bought |= {"underlying": "42000", "mark": "3500", "rule": {"fee_rate": "0.0003", "fee_cap_rate": "0.125"}}
    found = asked(**bought)
    assert (found["fee"], found["premium"], found["cost"]) == (Decimal("3.78"), 1050, Decimal("1053.78"))
    assert asked(**bought | {"mark": "8"})["fee"] == Decimal("0.3")
    sold = asked(**SHORT_PUT, venue="bybit")
    assert sold["cost"] == 2315 + Decimal("6.075") - 280
    assert "fee" not in asked(**SHORT_PUT, venue="okx")


REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "missing_field", "rule"),
    ({"rule": {"otm_rate": "0.1"}}, "missing_field", "rule.floor_rate"),
    ({"rule": RULE | {"haircut": 1}}, "unknown_field", "rule.haircut"),
    ({"rule": RULE | {"otm_rate": "1.1"}}, "out_of_range", "rule.otm_rate"),
    ({"rule": RULE | {"factor": "-1"}}, "out_of_range", "rule.factor"),
    ({"rule": 3}, "wrong_type", "rule"),
    ({"rule": RULE, "mark": "-1"}, "out_of_range", "mark"),
    ({"rule": RULE, "strike": "0"}, "out_of_range", "strike"),
    ({"rule": RULE, "underlying": "0"}, "out_of_range", "underlying"),
    ({"rule": RULE, "size": "0"}, "out_of_range", "size"),
    ({"rule": RULE, "kind": "straddle"}, "out_of_range", "kind"),
    ({"rule": RULE, "payoff": "quanto"}, "out_of_range", "payoff"),
    ({"venue": "nowhere"}, "unknown_venue", "venue"),
    ({"venue": "okx", "symbol": "DOGE-USD"}, "missing_field", "symbol"),
    ({"side": "long", "rule": {"fee_rate": 2}}, "out_of_range", "rule.fee_rate"),
]


@pytest.mark.rule("CAL-010", "OPT-003")
@pytest.mark.parametrize(("changes", "code", "field"), REFUSALS)
def test_a_wrong_question_is_refused_by_field(changes: dict[str, Any], code: str, field: str) -> None:
    error = answer({"calculate": "option_margin", **SHORT_PUT, **changes})["error"]
    assert (error["code"], error["field"]) == (code, field)


@pytest.mark.rule("CAL-001", "CAL-010")
@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*OptionMargin.__struct_fields__, "unheard"]),
        objects(OptionNumbers.__struct_fields__) | ODD_VALUES,
        max_size=3,
    )
)
def test_any_odd_question_gets_an_answer(changes: dict[str, Any]) -> None:
    line = json.dumps({"calculate": "option_margin", **SHORT_PUT, "rule": RULE, **changes}).encode()
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError:
        return
    checked(line)
