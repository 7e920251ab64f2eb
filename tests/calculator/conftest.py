"""The calculator as the tests ask it: a question as an object, the answer as an object."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from stoplog.calculator.lines import answer_line

Ask = Callable[..., dict[str, Any]]

PLAIN = {"payoff": "linear", "side": "long", "size": "10", "entry": "100"}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    line, good = answer_line(json.dumps({"calculate": "isolated", **question}).encode())
    found: dict[str, Any] = json.loads(line)
    assert good == ("result" in found)
    return found


@pytest.fixture
def ask() -> Ask:
    """The result of a question; its numbers as decimals."""

    def asked(**question: Any) -> dict[str, Any]:
        found = answer({**PLAIN, **question})
        assert "result" in found, found
        names = ("liquidation_reason",)
        return {
            name: Decimal(value) if isinstance(value, str) and name not in names else value
            for name, value in found["result"].items()
        }

    return asked


@pytest.fixture
def refused() -> Ask:
    """The error of a question."""

    def asked(**question: Any) -> dict[str, Any]:
        found = answer({**PLAIN, "margin": "105", "maintenance_rate": "0.01", **question})
        assert "error" in found, found
        error: dict[str, Any] = found["error"]
        return error

    return asked
