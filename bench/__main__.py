"""`python -m bench`: measure everything, print it, keep it.

With `--document`: write docs/performance.md from the last run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from bench import (
    cold_start,
    commands,
    crosses,
    document,
    figures,
    ledger,
    marks,
    one_position,
    options,
    prices,
    replay,
    scenarios,
    span,
    strategies,
)

SIZES = [1_000, 10_000, 100_000, 1_000_000]
LARGEST = 10_000_000
LARGEST_NEEDS_BYTES = 12 * 2**30


def sizes() -> list[int]:
    """The numbers of positions to measure: 10M too where memory allows."""
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return [*SIZES, LARGEST] if available > LARGEST_NEEDS_BYTES else SIZES


def works() -> list[tuple[str, Callable[[], figures.Section]]]:
    """What is measured, in order."""
    return [
        ("one position, every engine", one_position.one_position),
        ("P1, one mark", lambda: marks.one_mark(sizes())),
        ("P2, one crash", lambda: marks.one_crash(SIZES)),
        ("P3, commands in memory", lambda: commands.in_memory(SIZES)),
        ("P4, durable commands", ledger.durable),
        ("P5, prices", lambda: prices.over_arrays(sizes())),
        ("P6, option prices", lambda: options.black(options.SIZES)),
        ("P7, risk arrays", options.arrays),
        ("P8, portfolios under scenarios", lambda: scenarios.many_portfolios(SIZES)),
        ("P9, implied volatilities", lambda: options.implied(options.SIZES)),
        ("cross compartments", lambda: crosses.crossing(SIZES)),
        ("portfolio compartments", lambda: strategies.revaluing([1_000, 10_000, 100_000])),
        ("marks of portfolio compartments", lambda: strategies.marking([1_000, 10_000, 100_000])),
        ("P11, a recorded crash", lambda: replay.crash_window(SIZES)),
        ("P13, cold start", cold_start.cold_start),
        ("SPAN", span.span),
    ]


def main() -> int:
    """Measure; exit status 0 whatever was reached: a missed goal is a figure, not an error."""
    if "--document" in sys.argv[1:]:
        return document.write()
    print(figures.machine(), flush=True)
    sections = []
    for number, (name, work) in enumerate(works(), 1):
        figures.say(f"{number} of {len(works())}: {name}")
        sections.append(work())
        print("\n" + sections[-1].markdown(), flush=True)
        figures.keep(sections)
    print(f"Kept in {figures.RESULTS}/latest.json and latest.md; `make docs` writes docs/performance.md from them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
