"""Nesting is refused at one depth, wherever it stands in a line, and stops no other line."""

from __future__ import annotations

import json

import pytest

from stoplog.calculator.lines import DEPTH_MAX, answer_block

QUESTION = '"calculate":"isolated","payoff":"linear","side":"long","size":1,"entry":1,"margin":1'
PLACES = (
    '{"id":7,%s,"maintenance_rate":0,"policy":{"x":%s}}',
    '{"id":7,%s,"tiers":%s}',
    '{"id":7,%s,"tiers":[{"floor":%s}]}',
    '{"id":7,%s,"maintenance_rate":0,"unknown":%s}',
)
GOOD = f'{{"id":8,{QUESTION},"maintenance_rate":0}}'


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize("place", PLACES)
def test_every_depth_is_answered(place: str) -> None:
    """From what is allowed to beyond what any decoder follows; the line after is answered."""
    depths = [*range(DEPTH_MAX - 3, DEPTH_MAX + 3), *range(900, 1_010), 5_000]
    lines = [place % (QUESTION, "[" * depth + "]" * depth) for depth in depths]
    text, _ = answer_block("\n".join([*lines, GOOD]).encode())
    answers = [json.loads(line) for line in text.splitlines()]
    codes = [answer["error"]["code"] for answer in answers[:-1]]
    around = place.count("{") + place.count("[")
    allowed = sum(depth + around <= DEPTH_MAX for depth in depths)
    assert set(codes[allowed:]) == {"too_deep"}
    assert "too_deep" not in codes[:allowed]
    assert answers[-1]["result"]["liquidation_reason"] == "never"


@pytest.mark.rule("CAL-010")
def test_brackets_in_strings_do_not_count() -> None:
    """An id of a thousand brackets is an id."""
    name = "[" * 1_000 + '\\"{'
    text, good = answer_block(GOOD.replace("8", f'"{name}"', 1).encode())
    assert good
    assert json.loads(text)["id"] == name.replace("\\", "")


@pytest.mark.rule("CAL-010")
def test_of_a_key_given_twice_the_last_counts() -> None:
    """Even where the first could not stand."""
    text, good = answer_block(GOOD.replace("{", '{"side":"sideways",', 1).encode())
    assert good
    assert json.loads(text)["id"] == 8


@pytest.mark.rule("CAL-010")
def test_a_byte_order_mark_is_named() -> None:
    """Spreadsheets write one; the line says so."""
    text, _ = answer_block(b"\xef\xbb\xbf" + GOOD.encode())
    assert "byte order mark" in json.loads(text)["error"]["message"]
