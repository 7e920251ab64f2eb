"""All bracket tables of Binance USD-M, from one lot to beyond the last bracket, against exact rationals."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest

from stoplog.calculator.lines import answer_line
from tests.conformance.cases import DATA

BRACKETS = DATA / "tiers" / "binance_usdm_brackets_2026-09.csv"
TABLES = 907
ENTRY = Fraction(25, 2)
LOT = Fraction(1, 1000)

DIGITS = Context(prec=28, rounding=ROUND_HALF_EVEN)

Bracket = tuple[Fraction, Fraction, Fraction, Fraction]
"""Floor, cap, rate, cum."""


def tables() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    with BRACKETS.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found[row["symbol"]].append(row)
    return found


def brackets(rows: list[dict[str, str]]) -> list[Bracket]:
    """Floors, caps and rates as printed; cum by the recursion that Binance publishes."""
    found: list[Bracket] = []
    for row in rows:
        floor, cap, rate = (Fraction(Decimal(row[name])) for name in ("notional_floor", "notional_cap", "mmr"))
        cum = found[-1][3] + floor * (rate - found[-1][2]) if found else Fraction(0)
        assert cum == Fraction(Decimal(row["cum"])), row
        found.append((floor, cap, rate, cum))
    return found


def sizes(table: list[Bracket]) -> Iterator[Fraction]:
    """One lot; for every bracket a size just above its floor and one inside; one beyond the last."""
    yield LOT
    for floor, cap, _, _ in table:
        for notional in (floor, (floor + cap) / 2):
            if notional:
                yield (notional / ENTRY // LOT + 1) * LOT
    yield 3 * table[-1][1] / ENTRY // LOT * LOT


def brute_force(table: list[Bracket], side: int, size: Fraction, margin: Fraction) -> Fraction | None:
    """The price at which margin and profit equal maintenance: of every bracket, kept where it holds at its root."""
    kept = set()
    for i, (floor, _, rate, cum) in enumerate(table):
        price = (side * size * ENTRY - margin - cum) / (size * (side - rate))
        notional = size * price
        below = i + 1 == len(table) or notional <= table[i + 1][0]
        if notional > floor and below:
            kept.add(price)
    assert len(kept) <= 1, "the requirement is continuous, so the root is unique"
    return kept.pop() if kept else None


@pytest.mark.skipif(not BRACKETS.is_file(), reason=f"{BRACKETS} is absent")
@pytest.mark.rule("CAL-004", "CAL-006", "MRG-001")
def test_every_table_gives_the_exact_rational_at_every_size() -> None:
    found = tables()
    assert len(found) == TABLES
    asked, beyond_entry_tier = 0, 0
    for symbol, rows in found.items():
        table = brackets(rows)
        tiers = [{"floor": row["notional_floor"], "rate": row["mmr"], "deduction": row["cum"]} for row in rows]
        for nth, size in enumerate(sizes(table)):
            leverage = (4, 3, 10, 2)[nth % 4]
            for side in (1, -1):
                question = {
                    "calculate": "isolated",
                    "payoff": "linear",
                    "side": "long" if side > 0 else "short",
                    "size": str(Decimal(size.numerator) / size.denominator),
                    "entry": "12.5",
                    "leverage": leverage,
                    "tiers": tiers,
                }
                answer = json.loads(answer_line(json.dumps(question).encode())[0])["result"]["liquidation_price"]
                root = brute_force(table, side, size, size * ENTRY / leverage)
                assert root is not None or answer is None, (symbol, question)
                if root is not None:
                    exact = DIGITS.divide(Decimal(root.numerator), Decimal(root.denominator))
                    assert Decimal(answer) == exact, (symbol, question)
                    beyond_entry_tier += holder(table, size * root) != holder(table, size * ENTRY)
                asked += 1
    assert asked > 30 * TABLES
    assert beyond_entry_tier > TABLES


def holder(table: list[Bracket], notional: Fraction) -> int:
    return sum(notional > floor for floor, _, _, _ in table)
