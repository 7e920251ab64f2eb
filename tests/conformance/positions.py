"""positions.jsonl: rows that venues reported, as questions."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from stoplog.protocols.bitmex import SATOSHI
from tests.conformance import purses
from tests.conformance.cases import Case, Check, Question, figure
from tests.conformance.exchanges import binance_tier

EXACT, APPROX = Decimal("1e-8"), Decimal("1e-3")
"""Relative bands of the key."""

PRESETS = {
    ("binance", "linear"): "binance-usdm",
    ("binance", "inverse"): "binance-coinm",
    ("bybit", "linear"): "bybit-linear",
    ("bitmex", "inverse"): "bitmex",
    ("hyperliquid", "linear"): "hyperliquid",
    ("kucoin", "linear"): "kucoin",
}


def position(row: dict[str, Any], margin: Decimal | str) -> Question:
    """What every row has in common."""
    return {
        "payoff": row["contract_type"],
        "side": row["side"],
        "size": str(abs(Decimal(row["size"])) * Decimal(row["multiplier"])),
        "entry": row["entry"],
        "margin": str(margin),
    }


def hyperliquid(row: dict[str, Any]) -> Question:
    margin = Decimal(row["margin"])
    if row["formula"] == "hl_isolated":
        size = Decimal(row["size"]) * Decimal(row["multiplier"])
        margin = Decimal(row["account"]["rawUsd"]) + abs(size) * Decimal(row["entry"]) * (
            1 if row["side"] == "long" else -1
        )
    tiers = [{"floor": 0, "max_leverage": row["max_leverage"]}]
    return position(row, margin) | {"venue": "hyperliquid", "tiers": tiers}


def binance(row: dict[str, Any]) -> Question:
    """Margin as put in, before unrealised profit."""
    linear = row["formula"] == "binance_linear"
    margin = Decimal(row["margin"]) - (Decimal(row["upnl"]) if linear else 0)
    venue = "binance-usdm" if linear else "binance-coinm"
    return position(row, margin) | {"venue": venue} | binance_tier(row["mmr"], row["mm_deduction"])


def held_amount(row: dict[str, Any], reserve: str) -> Question:
    """The maintenance margin as the amount that was reported, the reserve in it taken out."""
    amount = Decimal(row["maint_margin"]) - Decimal(reserve)
    return {
        "reserve": reserve,
        "maintenance_rate": 0,
        "policy": {"minimum_maintenance": str(amount), "price_rounding": "nearest", "price_tick": row["tick"]},
    }


def kucoin(row: dict[str, Any]) -> Question:
    return position(row, row["margin"]) | {"venue": "kucoin"} | held_amount(row, row["account"]["posComm"])


def bitmex(row: dict[str, Any]) -> Question:
    """Amounts in satoshi; entry and size as the venue has them."""
    question = position(row, row["margin"]) | {"venue": "bitmex"} | held_amount(row, row["account"]["posComm"])
    return question | {"size": str(Decimal(question["size"]) * SATOSHI)}


def gate(row: dict[str, Any]) -> Question:
    policy = {"close_fee": "in_rate", "fee_rate": row["fee_rate"], "price_rounding": "nearest"}
    policy["price_tick"] = row["tick"]
    return position(row, row["margin"]) | {"maintenance_rate": row["mmr"], "policy": policy}


def htx(row: dict[str, Any]) -> Question:
    """The rate is the adjustment factor over the leverage: a single position, alone in its purse or isolated."""
    rate = Decimal(row["account"]["adjust_factor"]) / Decimal(row["leverage"])
    return position(row, row["margin"]) | {"maintenance_rate": str(rate)}


def delta(row: dict[str, Any]) -> Question:
    policy = {"maintenance_at": "entry"}
    return position(row, row["margin"]) | {"maintenance_rate": row["mmr"], "policy": policy}


FORMULAS = {
    "hl_isolated": hyperliquid,
    "hl_isolated_collateral": hyperliquid,
    "binance_linear": binance,
    "binance_inverse": binance,
    "kucoin_linear": kucoin,
    "bitmex_inverse": bitmex,
    "gate_linear": gate,
    "htx_linear": htx,
    "htx_inverse": htx,
    "delta_linear": delta,
}

TICK = ("kucoin_linear", "bitmex_inverse", "gate_linear", "phemex_cross_from_bankrupt")


def allowed(row: dict[str, Any], printed: Decimal) -> Decimal:
    """The band of the row's formula."""
    if row["formula"] in purses.APPROXIMATE:
        return APPROX * printed
    if row["formula"] in TICK:
        return Decimal(row["tick"])
    if row["formula"] == "hl_isolated_collateral":
        return max(EXACT * printed, Decimal("1e-6") / abs(Decimal(row["size"])))
    return EXACT * printed


def position_case(row: dict[str, Any]) -> Case | None:
    """The case; None where its venue has no preset and its formula no question."""
    preset = PRESETS.get((row["venue"], row["contract_type"]))
    case_of = {"id": row["id"], "venue": preset or row["venue"]}
    case_of["source"] = f"positions.jsonl, {row.get('formula', 'no formula')}"
    if row.get("formula") in FORMULAS:
        question = FORMULAS[row["formula"]](row)
        printed = Decimal(row["reported_liq"])
        checks = [Check(question, figure("liquidation_price"), printed, allowed(row, printed))]
        if "reported_bankrupt" in row:
            printed = Decimal(row["reported_bankrupt"])
            band = APPROX * printed if row["formula"] == "bitmex_inverse" else allowed(row, printed)
            checks.append(Check(question, figure("bankruptcy_price"), printed, band))
        return Case(checks=tuple(checks), **case_of)
    if row.get("formula") in purses.FORMULAS:
        return Case(checks=tuple(purse_checks(row)), **case_of)
    if preset is None:
        return None
    return Case(reason="the balance of the account is not in the row", **case_of)


def purse_checks(row: dict[str, Any]) -> Iterator[Check]:
    question = purses.FORMULAS[row["formula"]](row)
    printed = Decimal(row["reported_liq"])
    yield Check(question, purses.of_first("liquidation_price"), printed, allowed(row, printed))
    if "reported_bankrupt" in row:
        printed = Decimal(row["reported_bankrupt"])
        yield Check(question, purses.of_first("bankruptcy_price"), printed, EXACT * printed)
