"""P11: a recorded crash, minute by minute, with as many traders as asked for, ledger and report included."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import Goal, Section, count, growth, once, say, short

DATA = Path(os.environ.get("STOPLOG_DATA", Path(__file__).parents[2] / "shared" / "data"))
WINDOW = DATA / "prices_spot_1m" / "binance_spot_1m_2025-10_adl.parquet"


def replayed(accounts: int) -> tuple[float, int, str]:
    """The time of one whole run of `stoplog replay`, the bytes of its ledger, and whom its marks looked at."""
    marks = [str(WINDOW)] if WINDOW.exists() else []
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "bench.ledger"
        stoplog = str(Path(sys.executable).with_name("stoplog"))
        outputs = ["--ledger", str(ledger), "--report", str(Path(folder) / "report.html")]
        command = [stoplog, "replay", *marks, "--accounts", str(accounts), "--seed", "1", *outputs]
        said: list[str] = []
        seconds = once(lambda: said.append(output_of(command)), time.perf_counter)
        looked_at = next(line for line in said[-1].splitlines() if line.startswith("Looked at"))
        return seconds, ledger.stat().st_size, looked_at.removeprefix("Looked at").strip()


def output_of(command: list[str]) -> str:
    """What a command prints, on wide lines; `CalledProcessError` where it fails."""
    wide = {**os.environ, "COLUMNS": "200"}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=wide).stdout


def crash_window(sizes: list[int]) -> Section:
    """P11 at each number of traders; the first run, which may compile, is not counted."""
    what = WINDOW.name if WINDOW.exists() else "the shipped reconstruction (no data folder here)"
    section = Section(
        "P11", f"Replay of {what}, ledger and report included", ["traders", "whole run", "ledger", "looked at"]
    )
    replayed(sizes[0])
    taken: dict[int, float] = {}
    for size in sizes:
        say(f"P11: {count(size)} traders")
        taken[size], written, looked_at = replayed(size)
        section.rows.append([count(size), short(taken[size]), f"{written / 2**20:,.0f} MiB", looked_at])
    largest = max(sizes)
    reached = f"{short(taken[largest])} with {count(largest)}"
    section.goals = [Goal("at most 30 s with 1M accounts, after the first compilation", reached, taken[largest] <= 30)]
    section.notes = [f"Time grows with the number of traders to the power of {growth(taken, taken.values()):.2f}."]
    section.figures = {f"seconds_{size}": seconds for size, seconds in taken.items()}
    return section
