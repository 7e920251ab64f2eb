"""`switch` against a slow model in fractions, its laws, figures and refusals."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calculator.conftest import answer
from tests.calculator.holdings import decimals_in, holdings
from tests.calculator.slow_holding import slow_switch
from tests.calculator.test_against_slow import decimals
from tests.calculator.test_any_line import ODD_VALUES, checked, objects

CROSS = {
    "payoff": "linear",
    "side": "long",
    "size": "10",
    "entry": "100",
    "mark": "98",
    "leverage": "10",
    "maintenance_rate": "0.01",
    "from": "cross",
    "to": "isolated",
    "purse": {"equity": "150", "initial_margin": "20"},
    "orders": [
        {"id": "a", "side": "buy", "size": "5", "price": "98"},
        {"id": "b", "side": "buy", "size": "1", "price": "98"},
        {"id": "c", "side": "sell", "size": "10", "price": "120"},
    ],
}
ISOLATED = CROSS | {"from": "isolated", "to": "cross", "margin": "105"}


def asked(question: dict[str, Any]) -> dict[str, Any]:
    found = answer({"calculate": "switch", **question})
    assert "result" in found, found
    result: dict[str, Any] = decimals_in(found["result"])
    return result


@st.composite
def switches(draw: st.DrawFn) -> dict[str, Any]:
    question = draw(holdings(most=3))
    question["from"], question["to"] = draw(st.permutations(["isolated", "cross"]))
    if question["from"] == "cross":
        question.pop("margin")
        question.pop("extra_margin", None)
        question.setdefault("leverage", "3")
    question["purse"] = {"equity": draw(decimals(900, 2, -90_000))}
    if draw(st.booleans()):
        question["purse"]["initial_margin"] = draw(decimals(300, 2, 0))
    if draw(st.booleans()):
        question["cross_leverage"] = draw(decimals(30, 1))
    question["basis"] = draw(st.sampled_from(["mark", "cost"]))
    return question


@pytest.mark.rule("CAL-027", "CAL-028")
@settings(max_examples=400, deadline=None)
@given(switches())
def test_every_figure_is_that_of_the_slow_model(question: dict[str, Any]) -> None:
    found = asked(question)
    position = found.pop("position", None)
    assert found == slow_switch(question)
    assert (position is None) == (question["to"] == "cross")


@pytest.mark.rule("CAL-027")
@settings(max_examples=200, deadline=None)
@given(switches())
def test_with_the_transfer_it_passes_and_with_less_it_does_not(question: dict[str, Any]) -> None:
    found = asked(question)
    transfer = found["transfer"]
    if found["passes"]:
        assert transfer == 0
        return
    for more, passes in ((transfer * Decimal("1.000001"), True), (transfer * Decimal("0.999999"), False)):
        equity = Decimal(question["purse"]["equity"]) + more
        richer = question | {"purse": question["purse"] | {"equity": format(equity, "f")[:38]}}
        assert asked(richer)["passes"] == passes or transfer < Decimal("1e-9")


@pytest.mark.rule("CAL-027")
@settings(max_examples=200, deadline=None)
@given(switches())
def test_a_switch_that_passes_leaves_equity_for_what_is_required(question: dict[str, Any]) -> None:
    found = asked(question)
    if question["to"] == "isolated" and question["basis"] == "mark":
        after, position = found["required_after"], found["position"]
        beside = Fraction(position["equity"]) - Fraction(position["close_fee_reserve"])
        assert beside >= Fraction(after["initial_margin"]) + Fraction(after["order_margin"]) - Fraction(1, 10**20)


@pytest.mark.rule("CAL-028")
@settings(max_examples=200, deadline=None)
@given(switches())
def test_without_the_orders_in_the_way_it_passes(question: dict[str, Any]) -> None:
    for i, order in enumerate(question["orders"]):
        order["id"] = f"order {i}"
    found = asked(question)
    names = found["orders_in_the_way"]
    if names is None:
        assert not asked(question | {"orders": []})["passes"]
        return
    staying = [order for order in question["orders"] if order["id"] not in names]
    assert asked(question | {"orders": staying})["passes"]
    assert found["passes"] == (not names)


@pytest.mark.rule("CAL-027", "CAL-028")
def test_into_a_compartment() -> None:
    found = asked(CROSS)
    causes = {"initial_margin": 98, "order_margin": Decimal("58.8"), "reserve": 0, "unrealised_loss": 20}
    assert found["required_after"] == causes | {"total": Decimal("176.8")} == found["required_before"]
    assert (found["passes"], found["needed"], found["available"]) == (False, Decimal("176.8"), 150)
    assert (found["transfer"], found["orders_in_the_way"]) == (Decimal("26.8"), ["a"])
    assert found["position"]["bankruptcy_price"] == Decimal("82.32")
    assert asked(CROSS | {"purse": {"equity": "176.8", "initial_margin": "20"}})["passes"]
    assert not asked(CROSS | {"purse": {"equity": "176.7999999", "initial_margin": "20"}})["passes"]


@pytest.mark.rule("CAL-028")
def test_at_cost_all_orders_count() -> None:
    found = asked(CROSS | {"basis": "cost"})
    assert (found["required_after"]["initial_margin"], found["required_after"]["order_margin"]) == (
        100,
        Decimal("178.8"),
    )
    assert (found["needed"], found["orders_in_the_way"]) == (Decimal("298.8"), ["a", "c"])
    assert found["required_before"]["total"] == Decimal("176.8")


@pytest.mark.rule("CAL-027")
def test_into_the_purse() -> None:
    found = asked(ISOLATED | {"cross_leverage": "20"})
    assert (found["required_before"]["total"], found["required_after"]["total"]) == (Decimal("176.8"), Decimal("98.4"))
    assert (found["available"], found["transfer"], found["orders_in_the_way"]) == (235, 0, [])
    short = asked(ISOLATED | {"purse": {"equity": "0", "initial_margin": "20"}})
    assert (short["available"], short["transfer"], short["orders_in_the_way"]) == (85, Decimal("91.8"), None)
    gain = asked(ISOLATED | {"mark": "110", "orders": [], "purse": {"equity": "-100"}})
    assert (gain["unrealised_gain"], gain["needed"], gain["available"], gain["passes"]) == (100, 110, 105, False)


@pytest.mark.rule("CAL-027", "CAL-015")
def test_the_reserve_for_closing_is_a_cause() -> None:
    policy = {"close_fee": "reserve", "fee_rate": "0.001"}
    found = asked(CROSS | {"mark": "100", "orders": [], "policy": policy})
    assert (found["required_after"]["reserve"], found["needed"]) == (Decimal("0.9"), Decimal("100.9"))
    assert (found["position"]["bankruptcy_price"], found["position"]["close_fee_reserve"]) == (90, Decimal("0.9"))


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"to": "cross"}, "inconsistent", "to"),
        ({"to": "elsewhere"}, "out_of_range", "to"),
        ({"margin": "5"}, "inconsistent", "margin"),
        ({"extra_margin": "5"}, "inconsistent", "extra_margin"),
        ({"purse": {}}, "missing_field", "purse.equity"),
        ({"purse": []}, "wrong_type", "purse"),
        ({"purse": {"equity": "1", "initial_margin": "-1"}}, "out_of_range", "purse.initial_margin"),
        ({"purse": {"equity": "1", "maintenance": "1"}}, "unknown_field", "purse.maintenance"),
        ({"cross_leverage": "0"}, "out_of_range", "cross_leverage"),
        ({"basis": "entry"}, "out_of_range", "basis"),
        ({"orders": [{"side": "buy", "size": "1", "price": "1"}] * 65}, "out_of_range", "orders"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], code: str, field: str) -> None:
    found = answer({"calculate": "switch", **CROSS, **changes})
    assert (found["error"]["code"], found["error"]["field"]) == (code, field)


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize("name", ["from", "to", "purse", "side", "size", "entry", "mark"])
def test_what_is_missing_is_named(name: str) -> None:
    question = {key: value for key, value in CROSS.items() if key != name}
    error = answer({"calculate": "switch", **question})["error"]
    assert (error["code"], error["field"]) == ("missing_field", name)


NAMES = ["payoff", "side", "size", "entry", "mark", "margin", "leverage", "cross_leverage", "maintenance_rate", "from"]


@pytest.mark.rule("CAL-001", "CAL-010")
@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([CROSS, ISOLATED]),
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(NAMES, ODD_VALUES)
        | {
            "orders": st.lists(objects(("id", "side", "size", "price")) | ODD_VALUES, max_size=3) | ODD_VALUES,
            "purse": objects(("equity", "initial_margin")) | ODD_VALUES,
        },
    ),
    st.sets(st.sampled_from(NAMES), max_size=2),
)
def test_any_odd_question_gets_an_answer(good: dict[str, Any], changes: dict[str, Any], dropped: set[str]) -> None:
    question = {"calculate": "switch", "id": 1, **good, **changes}
    checked(json.dumps({name: value for name, value in question.items() if name not in dropped}).encode())
