"""Whatever a line holds, it gets one answer that is JSON."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.calculator.errors import CODES
from stoplog.calculator.lines import answer_block, answer_line
from stoplog.calculator.questions import Isolated, Policy, Tier

ODD_NUMBERS = [
    "0",
    "-0",
    "1e29",
    "1e30",
    "1e-30",
    "1e-31",
    "1e400",
    "-1",
    "0.5",
    "3",
    "9" * 41,
    "NaN",
    "",
    " 1",
    "1e",
    "+.5",
]

ODD_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(ODD_NUMBERS),
    st.sampled_from(
        [True, None, 0, -1, 10**25, 1.5, [], {}, [[]], {"a": 1}, "long", "linear", "isolated", "step", "\ud83d"]
    ),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
)

NAMES = [*Isolated.__struct_fields__, "unheard"]

GOOD: dict[str, Any] = {
    "id": 1,
    "calculate": "isolated",
    "payoff": "linear",
    "side": "short",
    "size": "2",
    "entry": "10",
    "margin": "3",
    "tiers": [{"floor": 0, "rate": "0.01"}, {"floor": 9, "rate": "0.02", "max_leverage": 20}],
}


def objects(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from([*names, "unheard"]), ODD_VALUES, max_size=4)


CHANGES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(NAMES, ODD_VALUES)
    | {
        "policy": objects(Policy.__struct_fields__) | ODD_VALUES,
        "tiers": st.lists(objects(Tier.__struct_fields__) | ODD_VALUES, max_size=3),
        "venue": st.sampled_from(["hyperliquid", "binance-usdm", "okx", "nowhere"]) | ODD_VALUES,
        "trust_deductions": st.booleans() | ODD_VALUES,
    },
)


def checked(line: bytes) -> dict[str, Any]:
    text, good = answer_line(line)
    answer: dict[str, Any] = json.loads(text)
    assert set(answer) == ({"id", "result"} if good else {"id", "error"})
    if not good:
        assert answer["error"]["code"] in CODES
        assert answer["error"]["message"]
    return answer


@pytest.mark.rule("CAL-001", "CAL-010")
@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_get_an_answer(line: bytes) -> None:
    line = line.replace(b"\n", b" ")
    answer = checked(line)
    assert "error" in answer
    try:
        json.loads(line.decode())
    except (ValueError, RecursionError):
        assert answer["id"] is None


@pytest.mark.rule("CAL-001", "CAL-010")
@settings(max_examples=800, deadline=None)
@given(CHANGES, st.sets(st.sampled_from(NAMES), max_size=2))
def test_any_odd_question_gets_an_answer(changes: dict[str, Any], dropped: set[str]) -> None:
    question = {name: value for name, value in {**GOOD, **changes}.items() if name not in dropped}
    line = json.dumps(question).encode()
    answer = checked(line)
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError:
        assert answer["error"]["code"] == "not_json"
        return
    assert answer["id"] == question.get("id")


@pytest.mark.rule("CAL-001")
@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=1, max_size=3), st.integers(0, 400))
def test_a_damaged_question_gets_an_answer(damage: bytes, place: int) -> None:
    line = json.dumps(GOOD).encode()
    at = place % len(line)
    checked((line[:at] + damage + line[at + len(damage) :]).replace(b"\n", b" "))


@pytest.mark.rule("CAL-001")
@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([json.dumps(GOOD).encode(), b"x", b"{}", b"[" * 3000]), max_size=6))
def test_a_block_is_answered_line_by_line(lines: list[bytes]) -> None:
    text, good = answer_block(b"\n".join(lines))
    assert text.splitlines() == [answer_line(line)[0] for line in lines]
    assert good == all(answer_line(line)[1] for line in lines)
