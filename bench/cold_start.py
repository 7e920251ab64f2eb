"""P13: what a first import and a first answer cost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from bench.figures import Goal, Section, short, timed

RUNS = 21
LINE = {
    "calculate": "isolated",
    "payoff": "linear",
    "side": "long",
    "size": "1",
    "entry": "60000",
    "margin": "3000",
    "maintenance_rate": "0.004",
}


def taken(command: list[str], question: str = "") -> float:
    """The median time of `RUNS` runs of a command, in seconds; one that fails is an error."""
    run = lambda: subprocess.run(command, input=question, text=True, check=True, capture_output=True)  # noqa: E731
    run()
    return timed(run, RUNS, time.perf_counter)


def cold_start() -> Section:
    """P13 beside the bare interpreter."""
    stoplog = str(Path(sys.executable).with_name("stoplog"))
    bare = taken([sys.executable, "-c", "pass"])
    imported = taken([sys.executable, "-c", "import stoplog"])
    answered = taken([stoplog, "calc"], json.dumps(LINE) + "\n")
    section = Section("P13", "Cold start", ["command", "time"])
    section.rows = [
        ["python -c pass", short(bare)],
        ["python -c 'import stoplog'", short(imported)],
        ["stoplog calc, one line", short(answered)],
    ]
    section.goals = [
        Goal("stoplog calc on one line in at most 200 ms", short(answered), answered <= 0.2),
        Goal("import stoplog in at most 100 ms", short(imported), imported <= 0.1),
    ]
    section.figures = {"bare": bare, "import": imported, "calc": answered}
    return section
