"""`what_if` against a slow model in fractions, its laws, figures and refusals."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.calculator.conftest import answer
from tests.calculator.holdings import decimals_in, holdings, orders
from tests.calculator.slow_holding import Answered, Holding, order
from tests.calculator.test_against_slow import decimals
from tests.calculator.test_any_line import ODD_VALUES, checked, objects

SHARED = Path(__file__).parents[3] / "shared"

LONG = {
    "payoff": "linear",
    "side": "long",
    "size": "10",
    "entry": "100",
    "mark": "100",
    "margin": "200",
    "leverage": "10",
    "maintenance_rate": "0.01",
}
RESTING = {"side": "buy", "size": "1", "price": "1"}
FLAT = {"payoff": "linear", "mark": "100", "margin": "100", "leverage": "10", "maintenance_rate": "0.01"}

OPERATIONS = st.one_of(
    orders().map(lambda given: {"operation": "order", **given}),
    decimals(30, 1).map(lambda given: {"operation": "leverage", "leverage": given}),
    decimals(300, 2, -30_000).map(lambda given: {"operation": "transfer", "amount": given}),
)


def asked(**question: Any) -> dict[str, Any]:
    found = answer({"calculate": "what_if", **question})
    assert "result" in found, found
    result: dict[str, Any] = decimals_in(found["result"])
    return result


def done(question: dict[str, Any], *operations: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(**question, operations=list(operations))["operations"]
    return found


def refused(**question: Any) -> dict[str, Any]:
    found = answer({"calculate": "what_if", **question})
    assert "error" in found, found
    error: dict[str, Any] = found["error"]
    return error


def buy(size: str, price: str) -> dict[str, Any]:
    return {"operation": "order", "side": "buy", "size": size, "price": price}


def sell(size: str, price: str) -> dict[str, Any]:
    return buy(size, price) | {"side": "sell"}


def transfer(amount: str) -> dict[str, Any]:
    return {"operation": "transfer", "amount": amount}


def same_position(found: dict[str, Any] | None, expected: dict[str, Any] | None) -> bool:
    """Whether two positions are the same; the slow model has no liquidation price under slopes."""
    if found is None or expected is None:
        return found is expected
    names = set(found) - ({"liquidation_price", "liquidation_reason"} - set(expected))
    return {name: found[name] for name in names} == expected


@pytest.mark.rule("CAL-024", "CAL-025", "CAL-026")
@settings(max_examples=300, deadline=None)
@given(st.booleans().flatmap(lambda flat: holdings(flat=flat)), st.lists(OPERATIONS, min_size=1, max_size=4))
def test_every_figure_is_that_of_the_slow_model(question: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    found = asked(**question, operations=operations)
    held = Holding(question)
    assert same_position(found["position"], held.figures())
    for operation, result in zip(operations, found["operations"], strict=True):
        expected = Answered(held, operation)
        position = result.pop("position")
        limit = result.pop("limit", None)
        whole = expected.result(operation["operation"])
        assert same_position(position, whole.pop("position"))
        if operation["operation"] == "transfer":
            assert limit == whole.pop("limit")
        if operation["operation"] == "order":
            check_limit(held, operation, limit)
        assert result == whole
        held = expected.next if expected.accepted else held


def check_limit(held: Holding, operation: dict[str, Any], limit: Decimal | None) -> None:
    """The largest size is accepted and one step more is not."""
    assert limit is not None, "every rate is above zero"
    lot = Decimal("1e-8")
    for size, accepted in ((limit, True), (limit + lot, False)):
        if size:
            assert Answered(held, operation | {"size": str(size)}).accepted == accepted


@pytest.mark.rule("CAL-024")
@settings(max_examples=200, deadline=None)
@given(holdings(), OPERATIONS)
def test_what_is_accepted_leaves_what_is_required_or_no_more_than_before(
    question: dict[str, Any], operation: dict[str, Any]
) -> None:
    (found,) = done(question, operation)
    before = Holding(question)
    was = before.position_margin() + before.order_margin(before.orders)
    covered = Fraction(found["available"]) >= Fraction(found["needed"])
    adds = operation["operation"] == "transfer" and Decimal(operation["amount"]) >= 0
    if found["accepted"]:
        assert covered or adds or Fraction(found["needed"]) <= was + Fraction(1, 10**20)
    elif operation["operation"] != "transfer":
        assert not covered


@pytest.mark.rule("CAL-024")
@settings(max_examples=200, deadline=None)
@given(holdings(), st.randoms(use_true_random=False), OPERATIONS)
def test_the_order_in_which_orders_were_placed_changes_no_figure(
    question: dict[str, Any], shuffle: Any, operation: dict[str, Any]
) -> None:
    other = list(question["orders"])
    shuffle.shuffle(other)
    assert done(question, operation) == done(question | {"orders": other}, operation)


@pytest.mark.rule("CAL-026")
@settings(max_examples=150, deadline=None)
@given(holdings(), decimals(300, 2))
def test_margin_that_leaves_and_comes_back_changes_nothing(question: dict[str, Any], amount: str) -> None:
    gone, back, once_more = done(question, transfer(f"-{amount}"), transfer(amount), transfer("0"))
    if gone["accepted"]:
        assert once_more["position"] == asked(**question, operations=[transfer("0")])["position"]
        assert once_more["limit"] == gone["limit"]
        assert back["margin"] == gone["margin"] + Decimal(amount)


@pytest.mark.rule("CAL-026", "CAL-016")
@settings(max_examples=150, deadline=None)
@given(holdings(), decimals(300, 2))
def test_margin_added_never_brings_the_liquidation_price_nearer(question: dict[str, Any], amount: str) -> None:
    found = asked(**question, operations=[transfer(amount)])
    before, after = found["position"], found["operations"][0]["position"]
    assert found["operations"][0]["accepted"]
    if before["liquidation_price"] is None:
        assert after["liquidation_price"] is None or before["liquidation_reason"] == "already"
    elif after["liquidation_price"] is not None:
        further = before["liquidation_price"] - after["liquidation_price"]
        assert further >= 0 if question["side"] == "long" else further <= 0


@pytest.mark.rule("CAL-026")
@settings(max_examples=200, deadline=None)
@given(holdings())
def test_all_that_may_leave_leaves_and_nothing_more(question: dict[str, Any]) -> None:
    (asked_for,) = done(question, transfer("0"))
    limit = asked_for["limit"]
    short, beyond = limit * Decimal("0.999"), limit * Decimal("1.001") + Decimal("0.0000001")
    if Decimal("1e-20") < limit:
        assert done(question, transfer(format(-short.normalize(), "f")[:38]))[0]["accepted"]
    assert not done(question, transfer(format(-beyond, "f")[:38]))[0]["accepted"]


@pytest.mark.rule("CAL-024", "ORM-001")
def test_orders_of_a_flat_compartment() -> None:
    first, other_side, too_much = done(FLAT, buy("10", "100"), sell("10", "100"), sell("11", "100"))
    assert (first["accepted"], first["needed"], first["available"], first["limit"]) == (True, 100, 100, 10)
    assert (other_side["accepted"], other_side["order_margin_before"], other_side["order_margin"]) == (True, 100, 100)
    assert (too_much["accepted"], too_much["needed"], too_much["limit"]) == (False, 210, 0)
    assert asked(**FLAT, operations=[buy("10", "100")])["position"] is None


@pytest.mark.rule("CAL-024")
def test_an_order_that_raises_nothing_is_accepted_whatever_there_is() -> None:
    poor = LONG | {"margin": "50"}
    closing, opening = done(poor, sell("10", "100"), buy("1", "1"))
    assert closing["accepted"]
    assert (closing["needed"], closing["available"], closing["order_margin"], closing["limit"]) == (100, 50, 0, 10)
    assert not opening["accepted"]


@pytest.mark.rule("CAL-024", "ORM-001")
def test_closing_lots_are_free_and_the_tier_is_that_of_the_whole_side() -> None:
    tiers = [
        {"floor": "0", "rate": "0.01", "initial_rate": "0.1"},
        {"floor": "1200", "rate": "0.02", "max_leverage": "5"},
    ]
    question = {name: value for name, value in LONG.items() if name not in ("leverage", "maintenance_rate")}
    found = done(question | {"tiers": tiers, "margin": "500"}, sell("12", "105"), buy("2", "100"), buy("2", "100"))
    assert [one["order_margin"] for one in found] == [21, 21, 80]
    assert found[2]["needed"] == 180


@pytest.mark.rule("CAL-025")
def test_what_a_fill_makes_of_the_position() -> None:
    larger, turned, gone = (one["position"] for one in done(LONG, buy("5", "98"), sell("30", "110"), sell("10", "110")))
    assert (larger["size"], larger["side"], larger["notional_at_entry"], larger["bankruptcy_price"]) == (
        15,
        "long",
        1490,
        86,
    )
    assert (turned["size"], turned["side"], turned["entry"], turned["equity"]) == (20, "short", 110, 500)
    assert gone is None
    alone = answer({"calculate": "isolated", **LONG, "size": "15", "entry": "99.2", "leverage": None} | {"mark": "98"})
    assert "error" in alone, "null is no leverage"
    whole = {"payoff": "linear", "side": "long", "size": "15", "entry": "99.2", "mark": "100", "margin": "200"}
    expected = answer({"calculate": "isolated", **whole, "tiers": [{"floor": 0, "rate": "0.01", "max_leverage": 10}]})
    filled = done(LONG, buy("5", "97.6"))[0]["position"]
    assert filled | {"side": 0, "size": 0, "entry": 0} == decimals_in(expected["result"]) | {
        "side": 0,
        "size": 0,
        "entry": 0,
    }


@pytest.mark.rule("CAL-024", "LEV-001")
def test_leverage_with_a_position_open() -> None:
    question = LONG | {"margin": "105", "mark": "110", "leverage": "20"}
    third, fifth, more = done(
        question,
        {"operation": "leverage", "leverage": "5"},
        {"operation": "leverage", "leverage": "8"},
        {"operation": "leverage", "leverage": "50"},
    )
    assert (third["accepted"], third["needed"], third["available"]) == (False, 220, 205)
    assert (fifth["accepted"], fifth["needed"]) == (True, Decimal("137.5"))
    assert (more["accepted"], more["needed"]) == (True, 22)
    under_water = question | {"margin": "-0", "extra_margin": "-90"}
    assert done(under_water, {"operation": "leverage", "leverage": "21"})[0]["accepted"], "less is needed than before"


@pytest.mark.rule("CAL-026", "MRG-003", "MRG-004")
def test_what_may_leave() -> None:
    gain = LONG | {"margin": "50", "mark": "120"}
    (found,) = done(gain, transfer("-60"))
    assert (found["accepted"], found["limit"]) == (False, 50)
    (found,) = done(LONG | {"margin": "150", "policy": {"removable_floor_rate": "0.12"}}, transfer("-30"))
    assert (found["accepted"], found["needed"], found["available"], found["limit"]) == (True, 120, 120, 30)
    (found,) = done(LONG | {"orders": [{"side": "buy", "size": "5", "price": "98"}]}, transfer("-60"))
    assert (found["accepted"], found["limit"], found["position"]["bankruptcy_price"]) == (False, 51, 86)


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"operations": []}, "missing_field", "operations"),
        ({"operations": [{"operation": "order", "side": "buy", "size": "1"}]}, "missing_field", "operations[0].price"),
        ({"operations": [transfer("1"), transfer("1") | {"price": "2"}]}, "inconsistent", "operations[1].price"),
        ({"operations": [{"operation": "cancel"}]}, "out_of_range", "operations[0].operation"),
        ({"operations": [{"operation": "leverage", "leverage": "0"}]}, "out_of_range", "operations[0].leverage"),
        ({"operations": [buy("0", "1")]}, "out_of_range", "operations[0].size"),
        ({"operations": [buy("1", "1")] * 33}, "out_of_range", "operations"),
        ({"operations": [buy("1", "1")] * 5, "orders": [RESTING] * 60}, "out_of_range", "operations"),
        ({"orders": [{"side": "long", "size": "1", "price": "1"}]}, "out_of_range", "orders[0].side"),
        ({"orders": [{"side": "buy", "size": "-1", "price": "1"}]}, "out_of_range", "orders[0].size"),
        ({"orders": {}}, "wrong_type", "orders"),
        ({"lot": "0"}, "out_of_range", "lot"),
        ({"entry": None}, "wrong_type", "entry"),
        ({"reserve": "1"}, "unknown_field", "reserve"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(changes: dict[str, Any], code: str, field: str) -> None:
    error = refused(**{**LONG, "operations": [transfer("1")], **changes})
    assert (error["code"], error["field"]) == (code, field)


@pytest.mark.rule("CAL-010")
def test_a_position_is_whole_and_a_rate_is_stated() -> None:
    without = {name: value for name, value in LONG.items() if name != "entry"}
    assert refused(**without, operations=[transfer("1")])["field"] == "entry"
    flat = {name: value for name, value in FLAT.items() if name != "margin"}
    assert refused(**flat, operations=[transfer("1")])["field"] == "margin"
    unstated = {name: value for name, value in LONG.items() if name != "leverage"}
    assert refused(**unstated, operations=[buy("1", "1")])["field"] == "leverage"


NAMES = ["payoff", "side", "size", "entry", "mark", "margin", "leverage", "extra_margin", "maintenance_rate", "lot"]


@pytest.mark.rule("CAL-001", "CAL-010")
@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(NAMES, ODD_VALUES)
        | {
            "orders": st.lists(objects(("id", "side", "size", "price")) | ODD_VALUES, max_size=3) | ODD_VALUES,
            "operations": st.lists(objects(("operation", "side", "size", "price", "amount")) | OPERATIONS, max_size=3)
            | ODD_VALUES,
        },
    ),
    st.sets(st.sampled_from(NAMES), max_size=2),
)
def test_any_odd_question_gets_an_answer(changes: dict[str, Any], dropped: set[str]) -> None:
    question = {"calculate": "what_if", "id": 1, **LONG, "operations": [buy("1", "99")], **changes}
    checked(json.dumps({name: value for name, value in question.items() if name not in dropped}).encode())


def paradex_cases() -> list[dict[str, Any]]:
    path = SHARED / "vectors" / "paradex.json"
    if not path.exists():
        return []
    return [
        case["inputs"] | case["expected"]
        for case in json.loads(path.read_text())["cases"]
        if case["fn"] == "order_check"
    ]


@pytest.mark.rule("CAL-024")
@pytest.mark.skipif(not paradex_cases(), reason="the shared cases are not there")
def test_what_paradex_accepts_is_accepted() -> None:
    """Its two cases, with the account's value as the purse of a position entered at the mark."""
    for case in paradex_cases():
        question = {"payoff": "linear", "mark": case["mark"], "margin": case["account_value"], "leverage": "10"}
        if case["position"] != "0":
            question |= {"side": "long", "size": case["position"], "entry": case["mark"]}
        new = Decimal(case["new_order"])
        operation = (buy if new > 0 else sell)(str(abs(new)), case["mark"])
        (found,) = done(question | {"maintenance_rate": "0.05"}, operation)
        assert (found["needed"], found["accepted"]) == (Decimal(case["imr"]), case["accepted"])


@pytest.mark.rule("CAL-024")
def test_the_slow_model_reads_orders_as_they_are_written() -> None:
    assert order({"side": "sell", "size": "1.5", "price": "7"}) == (Fraction(-3, 2), 7)
