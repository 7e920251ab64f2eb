"""What lrvx (FLOX, C++) does: one JSON object per question on standard output.

measure_lrvx.py marks N        one mark price with N isolated positions, nothing breached: seconds per mark
measure_lrvx.py crash N        one mark price that breaches 18 in 100 of N positions: seconds, liquidations
measure_lrvx.py position FILE  where a position is liquidated; FILE is the question, as JSON
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import lrvx

ENTRY = 60_000.0
SYMBOL = 1


def book(count: int, breached: int) -> Any:
    """`count` longs of 1 at 60,000 with 3,000 margin; the first `breached` of them with 600."""
    engine = lrvx.LiquidationEngine.binance_um_futures()
    engine.set_adl_enabled(False)
    engine.set_insurance_fund_capital(1e15)
    for account in range(1, count + 1):
        engine.open_position(account, SYMBOL, 1.0, ENTRY, 600.0 if account <= breached else 3_000.0)
    return engine


def marks(count: int) -> dict[str, float]:
    """Seconds per mark, the median of five runs; the price moves by one each time and breaches nothing."""
    engine = book(count, 0)
    per_run = max(3, min(2_000, 20_000_000 // count))
    runs = []
    for _ in range(5):
        began = time.process_time()
        for mark in range(per_run):
            engine.on_mark(SYMBOL, ENTRY + mark % 2)
        runs.append((time.process_time() - began) / per_run)
    assert engine.liquidations_count() == 0, "nothing is breached"
    return {"seconds": median(runs)}


def crash(count: int) -> dict[str, float]:
    """Seconds that one mark takes which breaches 18 in 100 positions, the median of three runs."""
    runs = []
    for _ in range(3):
        engine = book(count, count * 18 // 100)
        began = time.process_time()
        engine.on_mark(SYMBOL, ENTRY * 0.985)
        runs.append(time.process_time() - began)
        assert engine.liquidations_count() == count * 18 // 100, "18 in 100 are breached"
    return {"seconds": median(runs), "liquidations": count * 18 // 100}


def liquidated(question: dict[str, Any], side: int, mark: float) -> bool:
    """Whether lrvx liquidates the position of the question at `mark`."""
    engine = lrvx.LiquidationEngine()
    engine.set_adl_enabled(False)
    for tier in question["tiers"]:
        engine.add_tier(float(tier["floor"]), float(tier["rate"]))
    entry = float(question["entry"])
    engine.open_position(1, SYMBOL, side * float(question["notional"]) / entry, entry, float(question["margin"]))
    engine.on_mark(SYMBOL, mark)
    return bool(engine.liquidations_count())


def threshold(question: dict[str, Any], side: int) -> float:
    """The price at which lrvx liquidates, by bisection between the entry and a tenth away from it."""
    healthy = float(question["entry"])
    breached = healthy * (1 - side * 0.1)
    while abs(healthy - breached) > 1e-6:
        middle = (healthy + breached) / 2
        if liquidated(question, side, middle):
            breached = middle
        else:
            healthy = middle
    return breached


def position(path: str) -> dict[str, float]:
    """The liquidation price of the question's position, long and short."""
    question = json.loads(Path(path).read_text())
    return {"long": threshold(question, 1), "short": threshold(question, -1)}


if __name__ == "__main__":
    work, argument = sys.argv[1:]
    answer = position(argument) if work == "position" else {"marks": marks, "crash": crash}[work](int(argument))
    print(json.dumps({"version": lrvx.__version__ if hasattr(lrvx, "__version__") else "0.11.0", **answer}))
