"""What a first import and a first answer cost."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "numba", "polars", "rich")


def processor_ms(command: list[str], answer: str = "") -> float:
    """The least processor time, in milliseconds, that ten runs of `command` took."""
    times = []
    for _ in range(10):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input=answer, text=True, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times) * 1000


@pytest.mark.rule("HSE-004")
@pytest.mark.parametrize("statement", ["import stoplog", "import stoplog.cli", "import stoplog.calculator.lines"])
def test_an_import_loads_nothing_heavy(statement: str) -> None:
    code = f"import sys; {statement}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], text=True, check=True, capture_output=True).stdout.split()
    assert not loaded


@pytest.mark.rule("HSE-004")
def test_importing_stoplog_takes_at_most_100_ms() -> None:
    assert processor_ms([sys.executable, "-c", "import stoplog"]) <= 100


@pytest.mark.rule("HSE-004")
def test_answering_one_line_takes_at_most_200_ms() -> None:
    question = {
        "calculate": "isolated",
        "payoff": "linear",
        "side": "long",
        "size": "1",
        "entry": "100",
        "margin": "10",
    }
    line = json.dumps({**question, "margin": "10", "maintenance_rate": "0.01"})
    stoplog = Path(sys.executable).with_name("stoplog")
    assert processor_ms([str(stoplog), "calc"], line) <= 200
