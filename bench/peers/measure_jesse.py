"""What jesse does: one JSON object on standard output.

measure_jesse.py position FILE  where a position is liquidated; FILE is the question, as JSON
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jesse.models.Position import Position


def liquidation_price(question: dict[str, Any], side: int) -> float:
    """The liquidation price that jesse shows for the question's position."""
    entry = float(question["entry"])
    held = Position(
        {
            "exchange": SimpleNamespace(type="futures", futures_leverage_mode="isolated"),
            "strategy": SimpleNamespace(leverage=question["leverage"]),
            "entry_price": entry,
            "current_price": entry,
            "qty": side * float(question["notional"]) / entry,
        }
    )
    return float(held.liquidation_price)


if __name__ == "__main__":
    work, path = sys.argv[1:]
    asked = json.loads(Path(path).read_text())
    answer = {"long": liquidation_price(asked, 1), "short": liquidation_price(asked, -1)}
    print(json.dumps({"version": version("jesse"), **answer}))
