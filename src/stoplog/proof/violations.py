"""What an invariant reads and says: tables by name, and violations with their figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class TablesLike(Protocol):
    """What an invariant reads: the rows in use of a state table, by its name, row 0 included."""

    def rows(self, name: str) -> NDArray[Any]:
        """The rows of the table `name` that are in use."""
        ...


class Violation(NamedTuple):
    """One thing that is wrong: the rule, the sentence, and the figures behind it."""

    rule: str
    message: str
    figures: dict[str, int]


Invariant = Callable[[TablesLike], list[Violation]]


def each(rule: str, thing: str, bad: Any, message: str, **columns: NDArray[Any]) -> list[Violation]:
    """A violation for every row in which `bad` is true, with that row of every column as its figures."""
    violations = []
    for number in np.flatnonzero(bad).tolist():
        figures = {thing: number} | {name: int(column[number]) for name, column in columns.items()}
        said = ", ".join(f"{name} {figures[name]}" for name in columns)
        violations.append(Violation(rule, f"{thing} {number}: {message} ({said})", figures))
    return violations
