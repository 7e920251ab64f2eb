"""`bankruptcy_allocation` against a slow model in fractions, its laws, figures and refusals."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.calculator.allocation_questions import Allocation, AllocationPosition
from tests.calculator.conftest import answer
from tests.calculator.slow_cross import decimals_of, slow_allocation
from tests.calculator.test_against_slow import decimals
from tests.calculator.test_any_line import ODD_VALUES, checked, objects

POSITION = {"symbol": "BTC", "side": "long", "size": "0.004", "mark": "50000", "maintenance_rate": "0.1"}


def allocated(**question: Any) -> dict[str, Any]:
    found = answer({"calculate": "bankruptcy_allocation", "cash": "-490", "unit": "0.000001", **question})
    assert "result" in found, found
    result: dict[str, Any] = decimals_of(found["result"])
    return result


@st.composite
def closings(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(decimals(20, 3))
    found = {
        "side": draw(st.sampled_from(["long", "short"])),
        "size": size,
        "mark": draw(decimals(900, 2)),
        "maintenance_rate": str(Decimal(draw(st.integers(1, 999))).scaleb(-3)),
    }
    if draw(st.booleans()):
        found["symbol"] = draw(st.sampled_from(["BTC", "ETH"]))
    if draw(st.booleans()):
        found["close"] = str(Decimal(size) * draw(st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("0.013")])))
    return found


@st.composite
def allocations(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "cash": draw(decimals(9000, 2, -900_000)),
        "unit": draw(st.sampled_from(["0.000001", "1", "0.01", "7", "0.3"])),
        "positions": draw(st.lists(closings(), min_size=1, max_size=4)),
    }


@pytest.mark.rule("CAL-022", "CAL-023")
@settings(max_examples=600, deadline=None)
@given(allocations())
def test_every_figure_is_that_of_the_slow_model(question: dict[str, Any]) -> None:
    assert allocated(**question) == slow_allocation(question)


@pytest.mark.rule("CAL-022")
@settings(max_examples=400, deadline=None)
@given(allocations())
def test_shares_of_a_purse_that_is_closed_whole_add_up_to_its_equity(question: dict[str, Any]) -> None:
    for position in question["positions"]:
        position.pop("close", None)
    found = allocated(**question)
    shares = [Fraction(own["share"]) for own in found["positions"]]
    assert sum(shares) == Fraction(found["equity"])
    quotes = [Fraction(own["quote"]) for own in found["positions"]]
    assert sum(quotes) == -Fraction(question["cash"])


@pytest.mark.rule("CAL-022")
@settings(max_examples=200, deadline=None)
@given(allocations())
def test_parts_never_take_more_than_there_is_and_leave_the_rest_its_share(question: dict[str, Any]) -> None:
    """What closing a part leaves behind is no less, per maintenance still due, than what was there before."""
    found, (first, *others) = allocated(**question), question["positions"]
    unit, equity, due = (Fraction(value) for value in (question["unit"], found["equity"], found["maintenance_margin"]))
    if found["positions"][0]["price"] is None or Fraction(first.get("close", first["size"])) == Fraction(first["size"]):
        return
    own, close = found["positions"][0], Fraction(first["close"])
    side = 1 if first["side"] == "long" else -1
    cash = Fraction(question["cash"]) + Fraction(own["quote"])
    left = Fraction(first["size"]) - close
    value = side * left * Fraction(first["mark"])
    value += sum(
        (1 if other["side"] == "long" else -1) * Fraction(other["size"]) * Fraction(other["mark"]) for other in others
    )
    left_due = -(-left * Fraction(first["mark"]) * Fraction(first["maintenance_rate"]) // unit) * unit
    freed = (
        -(-Fraction(first["size"]) * Fraction(first["mark"]) * Fraction(first["maintenance_rate"]) // unit) * unit
        - left_due
    )
    if len(question["positions"]) > 1:
        assert cash + value == equity - Fraction(own["share"])
        assert 0 <= (cash + value) * due - equity * (due - freed) < unit * due


@pytest.mark.rule("CAL-022", "CAL-023")
def test_the_example_of_the_contract() -> None:
    found = allocated(venue="dydx-v4", positions=[POSITION | {"close": "0.004"}])
    assert (found["equity"], found["maintenance_margin"]) == (-290, 20)
    assert found["positions"] == [{"symbol": "BTC", "share": -290, "quote": 490, "price": 122_500}]


@pytest.mark.rule("CAL-022")
def test_what_rounding_leaves_goes_to_the_largest_share() -> None:
    thirds = [POSITION | {"size": 1, "mark": 100, "symbol": name} for name in "ABC"]
    shares = [own["share"] for own in allocated(cash="-290", unit="1", positions=thirds)["positions"]]
    assert shares == [4, 3, 3]
    shares = [own["share"] for own in allocated(cash="-310", unit="1", positions=thirds)["positions"]]
    assert shares == [-2, -4, -4]
    parts = [*thirds[:2], thirds[2] | {"close": "0.5"}]
    shares = [own["share"] for own in allocated(cash="-290", unit="1", positions=parts)["positions"]]
    assert shares == [3, 3, 1]


@pytest.mark.rule("CAL-023")
def test_a_closing_that_need_bring_nothing_has_no_price() -> None:
    rich = allocated(cash="1000", positions=[POSITION, POSITION | {"side": "short", "mark": "10000"}])
    long, short = rich["positions"]
    assert (long["quote"], long["price"]) == (Decimal("-766.666667"), None)
    assert short["price"] == Decimal("58333.33325")
    poor = allocated(cash="-490", positions=[POSITION | {"side": "short"}])["positions"][0]
    assert (poor["quote"], poor["price"]) == (490, None)


REFUSALS: list[tuple[dict[str, Any], str, str | None]] = [
    ({"positions": []}, "missing_field", "positions"),
    ({"positions": 5}, "wrong_type", "positions"),
    ({"positions": [POSITION | {"close": 0}]}, "out_of_range", "positions[0].close"),
    ({"positions": [POSITION | {"close": "-0.001"}]}, "out_of_range", "positions[0].close"),
    ({"positions": [POSITION, POSITION | {"close": "0.0041"}]}, "out_of_range", "positions[1].close"),
    ({"positions": [POSITION | {"size": -1}]}, "out_of_range", "positions[0].size"),
    ({"positions": [POSITION | {"maintenance_rate": 1}]}, "out_of_range", "positions[0].maintenance_rate"),
    ({"positions": [POSITION | {"entry": 1}]}, "unknown_field", "positions[0].entry"),
    ({"positions": [POSITION | {"maintenance_rate": 0}]}, "inconsistent", "positions"),
    ({"unit": "0"}, "out_of_range", "unit"),
    ({"cash": "NaN"}, "out_of_range", "cash"),
    ({"venue": "nowhere"}, "unknown_venue", "venue"),
    ({"policy": {}}, "unknown_field", "policy"),
]


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize(("question", "code", "field"), REFUSALS, ids=str)
def test_a_wrong_question_is_refused_by_code_and_field(question: dict[str, Any], code: str, field: str | None) -> None:
    plain = {"calculate": "bankruptcy_allocation", "cash": "1", "unit": "1", "positions": [POSITION]}
    error = answer(plain | question)["error"]
    assert (error["code"], error["field"]) == (code, field)


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize("name", ["cash", "unit", "positions"])
def test_a_missing_field_is_named(name: str) -> None:
    plain = {"calculate": "bankruptcy_allocation", "cash": "1", "unit": "1", "positions": [POSITION]}
    error = answer({other: value for other, value in plain.items() if other != name})["error"]
    assert (error["code"], error["field"]) == ("missing_field", name)


CHANGES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys([*Allocation.__struct_fields__, "unheard"], ODD_VALUES)
    | {
        "positions": st.lists(objects(AllocationPosition.__struct_fields__).map(lambda odd: POSITION | odd), max_size=3)
    },
)


@pytest.mark.rule("CAL-001", "CAL-010")
@settings(max_examples=400, deadline=None)
@given(CHANGES)
def test_any_odd_question_gets_an_answer(changes: dict[str, Any]) -> None:
    plain = {"calculate": "bankruptcy_allocation", "cash": "1", "unit": "1", "positions": [POSITION]}
    line = json.dumps(plain | changes).encode()
    found = checked(line)
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError:
        assert found["error"]["code"] == "not_json"
        return
    assert found["id"] == (plain | changes).get("id")
