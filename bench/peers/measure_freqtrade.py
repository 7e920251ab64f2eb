"""What freqtrade does: one JSON object per question on standard output.

measure_freqtrade.py prices N       N isolated liquidation prices, one call each: seconds per call
measure_freqtrade.py position FILE  where a position is liquidated; FILE is the question, as JSON
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from freqtrade.enums import RunMode
from freqtrade.exchange.binance import Binance

PAIR = "BTC/USDT:USDT"
QUESTION = {
    "entry": "60000",
    "notional": "2000000",
    "margin": "100000",
    "leverage": 20,
    "tiers": [
        {"floor": "0", "rate": "0.004", "deduction": "0"},
        {"floor": "800000", "rate": "0.0065", "deduction": "1500"},
    ],
}


def exchange(question: dict[str, Any]) -> Any:
    """The Binance of freqtrade in isolated mode, with the ladder of the question."""
    config = {
        "dry_run": True,
        "runmode": RunMode.BACKTEST,
        "trading_mode": "futures",
        "margin_mode": "isolated",
        "stake_currency": "USDT",
        "exchange": {"name": "binance", "key": "", "secret": "", "pair_whitelist": []},
    }
    binance = Binance(config, validate=False)
    binance._leverage_tiers[PAIR] = [  # noqa: SLF001 (it is filled from the network otherwise)
        {
            "minNotional": float(tier["floor"]),
            "maxNotional": 1e12,
            "maintenanceMarginRate": float(tier["rate"]),
            "maxLeverage": float(question["leverage"]),
            "maintAmt": float(tier["deduction"]),
        }
        for tier in question["tiers"]
    ]
    return binance


def arguments(question: dict[str, Any], *, short: bool) -> dict[str, Any]:
    """The question in freqtrade's words; its own safety buffer is left out."""
    return {
        "pair": PAIR,
        "open_rate": float(question["entry"]),
        "is_short": short,
        "amount": float(question["notional"]) / float(question["entry"]),
        "stake_amount": float(question["margin"]),
        "leverage": float(question["leverage"]),
        "wallet_balance": float(question["margin"]),
        "open_trades": [],
    }


def prices(count: int) -> dict[str, float]:
    """Seconds per call, the median of five runs."""
    binance, asked = exchange(QUESTION), arguments(QUESTION, short=False)
    runs = []
    for _ in range(5):
        began = time.process_time()
        for _call in range(count):
            binance.dry_run_liquidation_price(**asked)
        runs.append((time.process_time() - began) / count)
    return {"seconds": median(runs)}


def position(path: str) -> dict[str, float]:
    """The liquidation price of the question's position, long and short."""
    question = json.loads(Path(path).read_text())
    binance = exchange(question)
    long, short = (binance.dry_run_liquidation_price(**arguments(question, short=side)) for side in (False, True))
    return {"long": long, "short": short}


if __name__ == "__main__":
    work, argument = sys.argv[1:]
    answer = position(argument) if work == "position" else prices(int(argument))
    print(json.dumps({"version": version("freqtrade"), **answer}))
