"""docs/performance.md, from the figures of the last run."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.figures import RESULTS

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"

HEAD = """# Performance

Every figure here was printed by one run of `make bench`, which installs the peers it can and measures them beside
Stoplog; `make docs` writes this page from that run. P1 to P13 are the kinds of work, with the goals under each. P1, P2,
P3, single calls, cross compartments, strategies and SPAN are in processor time of one core, ours and the peers' alike,
because the machine is shared; P4, P5 over arrays (two threads), P6 to P9, P11 and P13 are by the clock on the wall.

"""


def write() -> int:
    """Write the page; 1 where there is no run to write it from."""
    latest = RESULTS / "latest.md"
    if not latest.exists():
        print("There are no figures yet: `make bench` measures them.", file=sys.stderr)
        return 1
    PAGE.write_text(HEAD + "Machine: " + latest.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"Wrote {PAGE}")
    return 0
