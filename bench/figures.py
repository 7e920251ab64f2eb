"""Figures as they are printed and kept."""

from __future__ import annotations

import json
import math
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

BEGAN = time.perf_counter()
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Goal:
    """What was to be reached, what was, and whether that is enough (None: could not be measured here)."""

    sentence: str
    reached: str
    met: bool | None


@dataclass
class Section:
    """One kind of work: a table, the goals, and what the reader must know besides."""

    number: str
    title: str
    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def markdown(self) -> str:
        """The section as Markdown."""
        lines = [f"### {self.number} {self.title}".replace("  ", " "), "", *table([self.header, *self.rows]), ""]
        for goal in self.goals:
            verdict = {True: "met", False: "missed", None: "not measured"}[goal.met]
            lines.append(f"- Goal: {goal.sentence}. Reached: {goal.reached}: {verdict}.")
        lines += [f"- {note}" for note in self.notes]
        return "\n".join(lines) + "\n"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as a Markdown table whose columns line up; the first row is the header."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def timed(work: Callable[[], object], runs: int = 5, clock: Callable[[], float] = time.process_time) -> float:
    """The median time of `runs` calls, in seconds: of the processor, or by another clock."""
    return median(once(work, clock) for _ in range(runs))


def once(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """The time of one call, in seconds: of the processor, or by another clock."""
    began = clock()
    work()
    return clock() - began


def growth(sizes: Iterable[int], seconds: Iterable[float]) -> float:
    """The exponent e of seconds ∝ sizeᵉ that fits best: 0 where size does not matter, 1 where cost is in proportion.

    >>> growth([10, 100], [5.0, 50.0])
    1.0
    """
    x, y = [math.log(size) for size in sizes], [math.log(taken) for taken in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return slope / sum((a - mean_x) ** 2 for a in x)


def short(seconds: float) -> str:
    """A time with three digits and the unit that suits it.

    >>> short(0.0000015)
    '1.50 µs'
    """
    for limit, factor, unit in [(1e-6, 1e9, "ns"), (1e-3, 1e6, "µs"), (1, 1e3, "ms")]:
        if seconds < limit:
            return f"{seconds * factor:.3g} {unit}" if seconds * factor >= 10 else f"{seconds * factor:.2f} {unit}"
    return f"{seconds:.2f} s"


def rate(per_second: float) -> str:
    """A rate with three digits.

    >>> rate(5_230_000)
    '5.23M/s'
    """
    for limit, unit in [(1e6, "M"), (1e3, "k")]:
        if per_second >= limit:
            return f"{per_second / limit:.3g}{unit}/s"
    return f"{per_second:.3g}/s"


def count(number: int) -> str:
    """A size as it is spoken of.

    >>> count(10_000)
    '10k'
    """
    return f"{number // 10**6}M" if number >= 10**6 else f"{number // 10**3}k" if number >= 10**3 else str(number)


def say(progress: str) -> None:
    """Say on standard error what is being done, with the seconds since the start."""
    print(f"[{time.perf_counter() - BEGAN:5.0f} s] {progress}", file=sys.stderr, flush=True)


def keep(sections: Sequence[Section]) -> None:
    """Write bench/results/latest.json and latest.md."""
    RESULTS.mkdir(exist_ok=True)
    kept: dict[str, Any] = {"machine": machine(), "sections": [asdict(section) for section in sections]}
    (RESULTS / "latest.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    text = "\n".join(section.markdown() for section in sections)
    (RESULTS / "latest.md").write_text(f"{machine()}\n\n{text}", encoding="utf-8")


def machine() -> str:
    """Processor, system and Python, in a line."""
    model = "unknown processor"
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [line.split(":")[1].strip() for line in information.read_text().splitlines() if "model name" in line]
        model = f"{len(names)} cores of {names[0]}" if names else model
    return f"{model}, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
