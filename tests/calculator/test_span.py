"""`calc` with `span`: the margin of a portfolio by a parameter file."""

from __future__ import annotations

import json
import os
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from stoplog.calculator.lines import answer_line
from stoplog.calculator.schema import schema

DATA = Path(os.environ.get("STOPLOG_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "span"

FUTURE = ["F", "AKBNKE", "201605"]


@pytest.fixture
def file() -> str:
    if not DATA.is_dir():
        pytest.skip(f"the parameter files are not at {DATA}; STOPLOG_DATA names the folder above")
    return str(DATA / "takas_slice.spn")


def answer(**question: Any) -> dict[str, Any]:
    line, good = answer_line(json.dumps({"calculate": "span", **question}).encode())
    found: dict[str, Any] = json.loads(line)
    assert good == ("result" in found)
    return found


def error_of(**question: Any) -> tuple[str, str | None, str]:
    error = answer(**question)["error"]
    return error["code"], error["field"], error["message"]


@pytest.mark.rule("SPN-010")
def test_a_portfolio_is_answered_exactly(file: str) -> None:
    held = [[FUTURE, -39], [["O", "XU030", "201606", "C", "92.00"], "-30"], [["F", "XU030", "201606"], 5.0]]
    result = answer(file=file, positions=held)["result"]
    assert list(result["commodities"]) == ["AKBNKE", "XU030"]
    bank = result["commodities"]["AKBNKE"]
    assert bank == {
        "scan": "3510",
        "active_scenario": 11,
        "intra": "0",
        "delivery": "0",
        "inter": "0",
        "short_option_minimum": "0",
        "weighted_futures_price_risk": "90",
        "requirement": "3510",
    }
    assert Decimal(result["net_option_value"]) == Decimal(-15600)
    assert Decimal(result["maintenance"]) == Decimal("0.75") * Decimal(result["initial"])
    assert Decimal(result["initial"]) == sum(Decimal(part["requirement"]) for part in result["commodities"].values())
    assert "unpriced" not in result


@pytest.mark.rule("SPN-010")
def test_no_positions_need_no_margin(file: str) -> None:
    assert answer(file=file, positions=[])["result"] == {
        "commodities": {},
        "net_option_value": "0",
        "maintenance": "0",
        "initial": "0",
    }


@pytest.mark.rule("SPN-015")
@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([[FUTURE]], ("wrong_type", "positions[0]")),
        ([7], ("wrong_type", "positions[0]")),
        ({"a": 1}, ("wrong_type", "positions")),
        ([[["F", "AKBNKE"], 1]], ("wrong_type", "positions[0][0]")),
        ([["F", 1]], ("wrong_type", "positions[0][0]")),
        ([[["F", "AKBNKE", 201605], 1]], ("wrong_type", "positions[0][0]")),
        ([[["X", "AKBNKE", "201605"], 1]], ("wrong_type", "positions[0][0]")),
        ([[["O", "XU030", "201606", "X", 92], 1]], ("out_of_range", "positions[0][0][3]")),
        ([[["O", "XU030", "201606", "C", "x"], 1]], ("wrong_type", "positions[0][0][4]")),
        ([[["O", "XU030", "201606", "C", 92, 1], 1]], ("wrong_type", "positions[0][0]")),
        ([[["F", "AKBNKE", "201705"], 1]], ("out_of_range", "positions[0][0]")),
        ([[FUTURE, 1], [FUTURE, "NaN"]], ("out_of_range", "positions[1][1]")),
        ([[FUTURE, "one"]], ("wrong_type", "positions[0][1]")),
        ([[FUTURE, 1]] * 10_001, ("out_of_range", "positions")),
    ],
)
def test_positions_that_are_none_are_named(file: str, positions: Any, expected: tuple[str, str]) -> None:
    assert error_of(file=file, positions=positions)[:2] == expected


@pytest.mark.rule("SPN-003")
def test_a_file_that_cannot_be_used_is_named(file: str, tmp_path: Path) -> None:
    assert error_of(file=str(tmp_path / "none.spn"), positions=[])[:2] == ("out_of_range", "file")
    assert error_of(file=str(tmp_path), positions=[])[:2] == ("out_of_range", "file")
    assert error_of(file="a\0b", positions=[])[:2] == ("out_of_range", "file")
    assert error_of(file="\ud800", positions=[])[0] in ("not_json", "out_of_range", "wrong_type")
    damaged = tmp_path / "damaged.spn"
    damaged.write_bytes(Path(file).read_bytes()[:30_000])
    code, field, message = error_of(file=str(damaged), positions=[])
    assert (code, field) == ("inconsistent", "file")
    assert "line " in message
    assert error_of(positions=[])[:2] == ("missing_field", "file")
    assert error_of(file=file)[:2] == ("missing_field", "positions")
    assert error_of(file=file, positions=[], venue="okx")[:2] == ("unknown_field", "venue")
    assert error_of(file=3, positions=[])[:2] == ("wrong_type", "file")


@pytest.mark.rule("SPN-001")
def test_a_file_that_changes_is_read_again(file: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.spn"
    shutil.copy(file, copy)
    held = [[FUTURE, -39]]
    assert answer(file=str(copy), positions=held)["result"]["initial"] == "3510"
    text = copy.read_bytes().replace(b"<riskExponent>0</riskExponent>", b"<riskExponent>3</riskExponent>")
    copy.write_bytes(text + b"\n")
    assert answer(file=str(copy), positions=held)["result"]["initial"] == "4000"


@pytest.mark.rule("SPN-001")
def test_records_are_answered_too(file: str) -> None:
    records = str(Path(file).with_name("span_synthetic.pa2"))
    held = [[["F", "ZZ", "202509"], 5], [["F", "ZZ", "202510"], -3], [["F", "YY", "202512"], -3]]
    result = answer(file=records, positions=held)["result"]
    assert result["commodities"]["CC-ZZ"]["requirement"] == "12750"
    assert result["commodities"]["CC-ZZ"]["inter"] == "12000"


@pytest.mark.rule("SPN-010")
def test_the_schema_has_the_question_and_the_answer() -> None:
    definitions = schema()["$defs"]
    assert definitions["Span"]["required"] == ["calculate", "file", "positions"]
    assert set(definitions["SpanResult"]["required"]) == {"commodities", "net_option_value", "maintenance", "initial"}
