"""Questions of `portfolio_margin`: a portfolio of every kind of position, and one on a flat market."""

import json
from collections.abc import Mapping
from typing import Any

from stoplog.calculator.lines import answer_line

Question = dict[str, Any]

MARKET: Question = {
    "stable_price": "1",
    "underlyings": {
        "ETH": {
            "spot": "1000",
            "perpetual": "1000",
            "base_margin_factor": "0.8",
            "expiries": {
                "near": {
                    "seconds": 600_000,
                    "forward": "1002",
                    "rate": "0.05",
                    "svi": [0.02, 0.1, -0.3, 0.01, 0.15, 1001, 0.02],
                },
                "far": {
                    "seconds": 7_884_000,
                    "forward": "1010",
                    "rate": "0.1",
                    "svi": [0.09, 0.1, -0.3, 0.01, 0.2, 1010, 0.25],
                },
            },
        }
    },
}

OPTIONS: list[Question] = [
    {"kind": "call", "side": "short", "size": "3", "strike": "1100", "expiry": "far", "volatility": "0.7"},
    {"kind": "put", "side": "long", "size": "1", "strike": "1100", "expiry": "far", "volatility": "0.7"},
    {"kind": "put", "side": "short", "size": "2", "strike": "900", "expiry": "near", "volatility": "0.8"},
    {"kind": "call", "side": "long", "size": "1.5", "strike": "1050", "expiry": "near", "volatility": "0.75"},
]

PERPETUAL: Question = {"kind": "perpetual", "underlying": "ETH", "side": "long", "size": "1"}

CASH: Question = {"kind": "cash", "side": "long", "size": "500"}

ASSET: dict[str, Question] = {
    "derive-pmrm": {
        "kind": "collateral",
        "side": "long",
        "size": "1.25",
        "asset": "WETH",
        "price": "1003",
        "maintenance_haircut": "0.02",
        "initial_haircut": "0.03",
        "risk_cancelling": True,
    },
    "derive-pmrm-1": {"kind": "spot", "underlying": "ETH", "side": "long", "size": "1.25"},
    "derive-srm": {"kind": "spot", "underlying": "ETH", "side": "long", "size": "1.25"},
}

MODELS = tuple(ASSET)


def held(model: str) -> list[Question]:
    """A portfolio with every kind of position that a model of Derive knows."""
    gains = {"unrealised_profit": "-20", "funding": "3"}
    options = [option | {"underlying": "ETH"} for option in OPTIONS]
    return [CASH, PERPETUAL | {"size": "2", "side": "short"} | gains, *options, ASSET[model]]


def asked(model: str, positions: list[Question] | None, **fields: Any) -> Question:
    question = {"calculate": "portfolio_margin", "model": model, "market": MARKET, **fields}
    return question if positions is None else question | {"positions": positions}


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer_line(json.dumps(question).encode())[0])
    return found


def result(question: Mapping[str, Any]) -> dict[str, Any]:
    found = answer(question)
    assert "result" in found, found
    figures: dict[str, Any] = found["result"]
    return figures


def error(question: Mapping[str, Any]) -> tuple[str, str | None]:
    """Code and field of what is wrong."""
    found = answer(question)
    assert "error" in found, found
    return found["error"]["code"], found["error"]["field"]
