"""Accounts of protocols with several positions, asked of `cross` and `bankruptcy_allocation`."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from stoplog.calculator.lines import answer_line
from tests.conformance.cases import VECTORS, Question
from tests.conformance.every import loaded

FILES = ("dydx", "synthetix")

needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason=f"{VECTORS} is absent")

CASES = [(file, case) for file in FILES for case in loaded(file)] if VECTORS.is_dir() else []

QUANTUM = Fraction(1, 10**6)


def of(function: str) -> list[dict[str, Any]]:
    return [case for _, case in CASES if case["fn"] == function and "error" not in case["expected"]]


def name(case: Any) -> str:
    return str(case["id"])


def answer(question: Question) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer_line(json.dumps(question).encode())[0])
    assert "result" in found, found
    result: dict[str, Any] = found["result"]
    return result


def decimal(value: Fraction) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    assert Fraction(exact) == value, "it has a decimal"
    return str(exact)


def dydx_position(i: dict[str, Any], market: str, quanta: int) -> Question:
    terms = i["markets"][market]
    lot = Fraction(10) ** terms["atomic_resolution"]
    rate = Fraction(terms["imf_ppm"] * terms["maintenance_fraction_ppm"], 10**12)
    return {
        "symbol": market,
        "side": "long" if quanta > 0 else "short",
        "size": decimal(abs(quanta) * lot),
        "mark": terms["price"],
        "maintenance_rate": decimal(rate),
    }


@needs_vectors
@pytest.mark.rule("CAL-022", "CAL-023", "VEN-003")
@pytest.mark.parametrize("case", of("bankruptcy_price_quote_quantums"), ids=name)
def test_what_dydx_says_a_close_must_bring_in(case: dict[str, Any]) -> None:
    i = case["inputs"]
    positions = [dydx_position(i, market, quanta) for market, quanta in i["positions"]]
    for position in positions:
        if position["symbol"] == i["market"]:
            lot = Fraction(10) ** i["markets"][i["market"]]["atomic_resolution"]
            position["close"] = decimal(abs(i["delta_quantums"]) * lot)
    cash = decimal(i["quote_quantums"] * QUANTUM)
    question = {"calculate": "bankruptcy_allocation", "venue": "dydx-v4", "cash": cash, "unit": "0.000001"}
    found = answer(question | {"positions": positions})
    (closed,) = [own for own in found["positions"] if own["symbol"] == i["market"]]
    printed = case["expected"]["bankruptcy_price_quote_quantums"]
    assert -(-Fraction(closed["quote"]) // QUANTUM) == printed


@needs_vectors
@pytest.mark.rule("CAL-017", "VEN-003")
@pytest.mark.parametrize("case", of("is_liquidatable"), ids=name)
def test_what_dydx_liquidates(case: dict[str, Any]) -> None:
    i = case["inputs"]
    positions = [dydx_position(i, market, quanta) for market, quanta in i["positions"]]
    value = sum(
        (1 if position["side"] == "long" else -1) * Fraction(position["size"]) * Fraction(position["mark"])
        for position in positions
    )
    entered = [position | {"entry": position["mark"]} for position in positions]
    question = {"calculate": "cross", "venue": "dydx-v4", "positions": entered}
    balance = decimal(i["quote_quantums"] * QUANTUM + value)
    assert answer(question | {"balances": {"USDC": balance}})["liquidatable"] is case["expected"]["is_liquidatable"]


@needs_vectors
@pytest.mark.rule("CAL-017", "VEN-003")
@pytest.mark.parametrize("case", of("available_margin"), ids=name)
def test_the_margin_of_a_synthetix_account(case: dict[str, Any]) -> None:
    """Each position is entered at its fill, which its own size has moved."""
    i, positions = case["inputs"], []
    for held in i["positions"]:
        oracle, skew, size, scale = (
            Fraction(held[field]) for field in ("entry_oracle_price", "skew_at_entry", "size", "skew_scale")
        )
        fill = oracle * (1 + (2 * skew + size) / (2 * scale))
        side = "long" if size > 0 else "short"
        position = {"symbol": held["market"], "side": side, "size": decimal(abs(size)), "maintenance_rate": 0}
        positions.append(position | {"entry": decimal(fill), "mark": held["price"]})
    found = answer({"calculate": "cross", "balances": {"snxUSD": i["collateral"]}, "positions": positions})
    assert Fraction(found["equity"]) == Fraction(case["expected"]["available_margin"])
