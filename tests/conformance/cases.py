"""Numbers that venues printed: what a case is, how it is asked, and how the answer is compared.

The cases are read from ../shared/vectors (or $STOPLOG_DATA/../vectors); ../shared/vectors/README.md is the key to them.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from stoplog.calculator.lines import answer_line

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("STOPLOG_DATA", ROOT.parent / "shared" / "data"))
VECTORS = DATA.parent / "vectors"

Question = dict[str, Any]
Read = Callable[[dict[str, Decimal]], Decimal]

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
class Answered:
    """One figure of an answer that has many, read from it beforehand."""

    question: Question
    given: Decimal
    printed: Decimal
    tolerance: Decimal

    def apart(self) -> Decimal:
        return abs(self.given - self.printed)

    def holds(self) -> bool:
        return self.apart() <= self.tolerance


@dataclass(frozen=True)
class Computed:
    """One figure that a rule of `stoplog.protocols` or `stoplog.span` gives, and what was printed; both exact."""

    given: Fraction
    printed: Fraction
    tolerance: Fraction = Fraction(0)

    @property
    def question(self) -> str:
        return f"{self.given} for {self.printed}"

    def apart(self) -> Decimal:
        distance = abs(self.given - self.printed)
        return Decimal(distance.numerator) / Decimal(distance.denominator)

    def holds(self) -> bool:
        return abs(self.given - self.printed) <= self.tolerance


@dataclass(frozen=True)
class Case:
    """One case: the preset whose numbers it has, its checks, or why there is no question for it."""

    id: str
    venue: str
    source: str
    checks: tuple[Check | Answered | Computed, ...] = ()
    reason: str = ""
    note: str = ""
    """What is different where a number does not come out."""

    def by_rules(self) -> bool:
        """Whether its figures are those of `stoplog.protocols` or `stoplog.span`, not of the calculator."""
        return any(isinstance(check, Computed) for check in self.checks)

    def reproduced(self) -> bool:
        return bool(self.checks) and all(check.holds() for check in self.checks)


def result(question: Question) -> dict[str, Decimal]:
    """The numbers of an answer by name, of a position as `positions[0].name`, of a commodity as `XU030.name`.

    There is none where the answer has null.
    """
    answer = json.loads(answer_line(json.dumps({"calculate": "isolated", **question}).encode())[0])
    assert "result" in answer, answer
    figures = answer["result"]
    for i, own in enumerate(figures.pop("positions", [])):
        figures |= {f"positions[{i}].{name}": value for name, value in own.items() if name != "symbol"}
    for name, own in figures.pop("commodities", {}).items():
        figures |= {f"{name}.{field}": value for field, value in own.items()}
    reason = "liquidation_reason"
    return {name: Decimal(value) for name, value in figures.items() if value is not None and not name.endswith(reason)}


def figure(name: str) -> Read:
    return lambda found: found[name]


def side_of(sign: Decimal) -> str:
    return "long" if sign > 0 else "short"


def exchange_tolerance(expected: list[Any]) -> tuple[Decimal, Decimal]:
    value, tolerance = Decimal(str(expected[0])), Decimal(str(expected[1]))
    return value, tolerance + Decimal("1e-12") * max(Decimal(1), abs(value))
