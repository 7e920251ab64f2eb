"""Numbers that venues printed, as questions to the calculator and the figures expected back.

The cases are read from ../shared/vectors (or $STOPLOG_DATA/../vectors); ../shared/vectors/README.md is the key to them.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from stoplog.calculator.lines import answer_line

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("STOPLOG_DATA", ROOT.parent / "shared" / "data"))
VECTORS = DATA.parent / "vectors"

Question = dict[str, Any]
Read = Callable[[dict[str, Decimal]], Decimal]

VENUES = ("binance", "hyperliquid")

EXACT = Decimal("1e-8")
"""Relative; the smallest band of the key."""


@dataclass(frozen=True)
class Check:
    """One figure: the question, how it is read from the result, and how far it may be from what was printed."""

    question: Question
    read: Read
    printed: Decimal
    tolerance: Decimal

    def apart(self) -> Decimal:
        return abs(self.read(result(self.question)) - self.printed)

    def holds(self) -> bool:
        return self.apart() <= self.tolerance


@dataclass(frozen=True)
class Case:
    """One case: its checks, or why there is no question for it."""

    id: str
    venue: str
    source: str
    checks: tuple[Check, ...] = ()
    reason: str = ""

    def reproduced(self) -> bool:
        return bool(self.checks) and all(check.holds() for check in self.checks)


def result(question: Question) -> dict[str, Decimal]:
    answer = json.loads(answer_line(json.dumps({"calculate": "isolated", **question}).encode())[0])
    assert "result" in answer, answer
    figures = {name: value for name, value in answer["result"].items() if name != "liquidation_reason"}
    return {name: Decimal(value) for name, value in figures.items() if isinstance(value, str)}


def figure(name: str) -> Read:
    return lambda found: found[name]


def side_of(sign: Decimal) -> str:
    return "long" if sign > 0 else "short"


def exchange_tolerance(expected: list[Any]) -> tuple[Decimal, Decimal]:
    value, tolerance = Decimal(str(expected[0])), Decimal(str(expected[1]))
    return value, tolerance + Decimal("1e-12") * max(Decimal(1), abs(value))


def binance_tier(rate: Any, deduction: Any) -> Question:
    """One tier alone, as the venue printed it."""
    return {"tiers": [{"floor": 0, "rate": str(rate), "deduction": str(deduction)}], "trust_deductions": True}


def binance_linear_liq(i: dict[str, Decimal]) -> Question:
    return {
        "venue": "binance-usdm",
        "payoff": "linear",
        "side": side_of(i["side"]),
        "size": str(i["qty"]),
        "entry": str(i["entry"]),
        "margin": str(i["wb"]),
        "extra_margin": str(i["upnl"] - i["tmm"]),
        **binance_tier(i["mmr"], i["cum"]),
    }


def binance_inverse_liq(i: dict[str, Decimal]) -> Question:
    rounding = {} if i["tick"] is None else {"price_tick": str(i["tick"]), "price_rounding": "toward_zero"}
    return {
        "venue": "binance-coinm",
        "payoff": "inverse",
        "side": side_of(i["side"]),
        "size": str(i["contracts"] * i["multiplier"]),
        "entry": str(i["entry"]),
        "margin": str(i["wb"]),
        "extra_margin": str(i["upnl"] - i["tmm"]),
        "policy": rounding,
        **binance_tier(i["mmr"], i["cum"]),
    }


def hl_liq(i: dict[str, Decimal]) -> Question:
    return {
        "venue": "hyperliquid",
        "payoff": "linear",
        "side": side_of(i["side"]),
        "size": str(i["qty"]),
        "entry": str(i["entry"]),
        "margin": str(i["collateral"]),
        "tiers": [{"floor": 0, "max_leverage": str(i["max_leverage"])}],
    }


def wallet(i: dict[str, Decimal]) -> Question:
    return {
        "venue": "binance-usdm",
        "payoff": "linear",
        "side": side_of(i["side"]),
        "size": str(i["qty"]),
        "entry": str(i["entry"]),
        "mark": str(i["mark"]),
        "margin": str(i["wallet"]),
        "maintenance_rate": 0,
    }


LIQUIDATIONS = {"binance_linear_liq": binance_linear_liq, "binance_inverse_liq": binance_inverse_liq, "hl_liq": hl_liq}

WALLET_FIGURES = {"upnl": "unrealised_profit", "margin": "equity", "notional": "notional"}


def deduction_checks(rows: list[Question], first: int, expected: dict[str, Any], *, trust: bool) -> Iterator[Check]:
    """A deduction is read off as notional · rate − maintenance at a notional inside the tier."""
    for name, value in expected.items():
        row = rows[first + int(name.removeprefix("cum_")) - 1]
        notional = Decimal(row["floor"]) + 1
        question: Question = {"payoff": "linear", "side": "long", "size": 1, "entry": str(notional)}
        question |= {"mark": str(notional), "leverage": 1, "tiers": rows, "trust_deductions": trust}
        yield Check(question, deduction_reader(Decimal(row["rate"])), *exchange_tolerance(value))


def deduction_reader(rate: Decimal) -> Read:
    return lambda found: found["notional"] * rate - found["maintenance_margin"]


def exchange_case(case: dict[str, Any]) -> Case:
    kind, inputs, expected = case["kind"], case["inputs"], case["expected"]
    case_of = {"id": case["id"], "venue": case["venue"], "source": f"exchanges.json, {kind}"}
    if kind in LIQUIDATIONS:
        printed = exchange_tolerance(expected["liq"])
        return Case(**case_of, checks=(Check(LIQUIDATIONS[kind](inputs), figure("liquidation_price"), *printed),))
    if kind == "equity":
        checks = (
            Check(wallet(inputs), figure(WALLET_FIGURES[name]), *exchange_tolerance(value))
            for name, value in expected.items()
        )
        return Case(**case_of, checks=tuple(checks))
    rows = [{"floor": str(floor), "rate": str(rate)} for floor, rate in inputs.get("tiers", [])]
    if kind == "tier_cum":
        return Case(**case_of, checks=tuple(deduction_checks(rows, 0, expected, trust=False)))
    if kind == "tier_cum_from":
        before = {"floor": "0", "rate": str(inputs["prev_mmr"]), "deduction": str(inputs["prev_cum"])}
        return Case(**case_of, checks=tuple(deduction_checks([before, *rows], 1, expected, trust=True)))
    return Case(**case_of, reason="portfolio margin: no calculation for it yet")


def position_question(row: dict[str, Any]) -> Question:
    """The question for one isolated row: margin as put in, before unrealised profit."""
    size = abs(Decimal(row["size"])) * Decimal(row["multiplier"])
    sign = 1 if row["side"] == "long" else -1
    margin = Decimal(row["margin"])
    if row["formula"] == "hl_isolated":
        margin = Decimal(row["account"]["rawUsd"]) + sign * size * Decimal(row["entry"])
    if row["formula"] == "binance_linear":
        margin -= Decimal(row["upnl"])
    question: Question = {
        "payoff": row["contract_type"],
        "side": row["side"],
        "size": str(size),
        "entry": row["entry"],
        "margin": str(margin),
    }
    if row["venue"] == "hyperliquid":
        return question | {"venue": "hyperliquid", "tiers": [{"floor": 0, "max_leverage": row["max_leverage"]}]}
    venue = "binance-usdm" if row["contract_type"] == "linear" else "binance-coinm"
    return question | {"venue": venue} | binance_tier(row["mmr"], row["mm_deduction"])


def position_case(row: dict[str, Any]) -> Case:
    case_of = {"id": row["id"], "venue": row["venue"], "source": f"positions.jsonl, {row.get('formula', 'no formula')}"}
    if "formula" not in row:
        return Case(**case_of, reason="the balance of the account is not in the row")
    if row["margin_mode"] != "isolated":
        return Case(**case_of, reason="cross position: follows with the cross purse")
    printed = Decimal(row["reported_liq"])
    tolerance = EXACT * printed
    if row["formula"] == "hl_isolated_collateral":
        tolerance = max(tolerance, Decimal("1e-6") / abs(Decimal(row["size"])))
    return Case(**case_of, checks=(Check(position_question(row), figure("liquidation_price"), printed, tolerance),))


@cache
def cases() -> tuple[Case, ...]:
    """Every case of Binance and Hyperliquid, in the order of the files; empty where the files are absent."""
    if not VECTORS.is_dir():
        return ()
    exchanges = json.loads(
        (VECTORS / "exchanges.json").read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal
    )
    rows = [json.loads(line) for line in (VECTORS / "positions.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [exchange_case(case) for case in exchanges["cases"] if case["venue"] in VENUES]
    return (*found, *(position_case(row) for row in rows if row["venue"] in VENUES))
