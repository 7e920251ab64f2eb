"""Right before fast: where each engine says that one position is liquidated."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench import peer
from bench.figures import Goal, Section
from stoplog.margin.thresholds import liquidation_threshold
from stoplog.margin.tiers import Tier, marginal_tiers
from stoplog.units import RATE_ONE

SYMBOL = "BTC/USDT:USDT"
ENTRY, NOTIONAL, MARGIN, LEVERAGE = 60_000, 2_000_000, 100_000, 20
AMOUNT_UNITS, LOTS, PRICE_UNITS = 10**10, 10**8, 100
"""Units per USDT of money, per BTC of size, per USDT of price."""

CAUSES = {
    "lrvx": "no maintenance amount",
    "nautilus": "maintenance divided by leverage, fixed at entry, one rate",
    "freqtrade": "bracket looked up by collateral, not by notional",
    "jesse": "maintenance rate fixed at 0.4 %",
}


class NoBrackets(Exception):
    """The bracket tables are not there."""


def brackets() -> list[dict[str, str]]:
    """BTCUSDT's brackets as Binance publishes them: floor, rate, cumulative amount."""
    folder = Path(os.environ.get("STOPLOG_DATA", Path(__file__).parents[2] / "shared" / "data"))
    path = folder / "tiers" / "binance_usdm_brackets_2026-09.csv"
    if not path.exists():
        raise NoBrackets(f"{path} is not there: set STOPLOG_DATA to the folder of the data")
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["symbol"] == SYMBOL]
    return [{"floor": row["notional_floor"], "rate": row["mmr"], "deduction": row["cum"]} for row in rows]


def exact(tiers: list[dict[str, str]], side: int) -> Fraction:
    """The root of margin + profit = rate · notional − amount in the bracket that holds it, in rationals."""
    size = Fraction(NOTIONAL, ENTRY)
    ceilings = [*(Fraction(tier["floor"]) for tier in tiers[1:]), None]
    for tier, ceiling in zip(tiers, ceilings, strict=True):
        rate, amount = Fraction(tier["rate"]), Fraction(tier["deduction"])
        price = (side * NOTIONAL - MARGIN - amount) / (size * (side - rate))
        if Fraction(tier["floor"]) < size * price and (ceiling is None or size * price <= ceiling):
            return price
    raise AssertionError("one bracket holds the root")


def ladder(tiers: list[dict[str, str]]) -> list[Tier]:
    """The brackets in the engine's units; deductions are derived, not read."""
    rows = [(int(Decimal(tier["floor"]) * AMOUNT_UNITS), int(Decimal(tier["rate"]) * RATE_ONE)) for tier in tiers]
    return marginal_tiers([(floor, rate, rate) for floor, rate in rows], RATE_ONE)


def engine_price(tiers: list[dict[str, str]], side: int) -> Decimal:
    """The last healthy price that the engine's rule gives, in steps of 0.01."""
    size = side * (NOTIONAL * LOTS // ENTRY)
    multiplier = AMOUNT_UNITS // (LOTS * PRICE_UNITS)
    cost = size * ENTRY * PRICE_UNITS * multiplier
    capital = MARGIN * AMOUNT_UNITS - cost
    return Decimal(liquidation_threshold(ladder(tiers), 0, multiplier, size, capital, RATE_ONE)) / PRICE_UNITS


def calculated(tiers: list[dict[str, str]], side: int) -> Decimal:
    """What `stoplog calc` answers, to 28 digits."""
    question: dict[str, Any] = {
        "calculate": "isolated",
        "payoff": "linear",
        "side": "long" if side > 0 else "short",
        "size": str(Decimal(NOTIONAL) / ENTRY),
        "entry": str(ENTRY),
        "margin": str(MARGIN),
        "tiers": tiers,
    }
    stoplog = str(Path(sys.executable).with_name("stoplog"))
    done = subprocess.run([stoplog, "calc"], input=json.dumps(question), text=True, capture_output=True, check=True)
    return Decimal(json.loads(done.stdout)["result"]["liquidation_price"])


def one_position() -> Section:
    """The table, the exact rationals first."""
    title = f"Right before fast: {NOTIONAL:,} USDT of BTCUSDT at {ENTRY:,}, {LEVERAGE} times, Binance brackets"
    header = ["engine", "long", "short", "error, % of the distance", "cause"]
    section = Section("", title, header)
    try:
        tiers = brackets()
    except NoBrackets as reason:
        section.goals = [Goal("equal to the exact rational answer, rounded as stated", str(reason), None)]
        return section
    truth = exact(tiers, 1), exact(tiers, -1)
    section.rows.append(["exact rationals", *(f"{float(price):,.4f}" for price in truth), "", "bracket at the price"])
    answers = calculated(tiers, 1), calculated(tiers, -1)
    prices = engine_price(tiers, 1), engine_price(tiers, -1)
    section.rows.append(row("stoplog calc", answers, truth, "28 digits"))
    section.rows.append(row("stoplog, engine", prices, truth, "the last healthy price, in steps of 0.01"))
    section.rows += [peer_row(name, tiers, truth) for name in peer.MARGIN]
    near = all(
        abs(Fraction(answer) - price) < Fraction(1, 10**20) for answer, price in zip(answers, truth, strict=True)
    )
    inside = all(
        abs(Fraction(price) - root) < Fraction(1, PRICE_UNITS) for price, root in zip(prices, truth, strict=True)
    )
    reached = "equal to 20 decimals, and to the price unit" if near and inside else "different"
    section.goals = [Goal("equal to the exact rational answer, rounded as stated", reached, near and inside)]
    section.notes = ["All 907 bracket tables, at every size, long and short: tests/conformance."]
    return section


def row(name: str, prices: tuple[Any, Any], truth: tuple[Fraction, Fraction], cause: str) -> list[str]:
    """A line of the table; the error is that of the long."""
    distance = ENTRY - truth[0]
    error = float((truth[0] - Fraction(prices[0])) / distance * 100)
    side = "late" if error > 0 else "early"
    shown = "0" if abs(error) < 0.0005 else f"{abs(error):.1f} {side}"
    return [name, *(f"{float(price):,.2f}" for price in prices), shown, cause]


def peer_row(name: str, tiers: list[dict[str, str]], truth: tuple[Fraction, Fraction]) -> list[str]:
    """A peer's line, or why there is none."""
    held = next(tier for tier in reversed(tiers) if Decimal(tier["floor"]) < NOTIONAL)
    question = {
        "entry": str(ENTRY),
        "notional": str(NOTIONAL),
        "margin": str(MARGIN),
        "leverage": LEVERAGE,
        "rate_at_entry": held["rate"],
        "tiers": tiers,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "question.json"
        path.write_text(json.dumps(question))
        try:
            answer = peer.measure(name, "position", str(path))
        except peer.Absent as reason:
            return [name, "", "", "", str(reason)]
    return row(f"{name} {answer['version']}", (answer["long"], answer["short"]), truth, CAUSES[name])
