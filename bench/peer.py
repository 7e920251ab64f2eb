"""Other engines, each in an environment and a process of its own.

`PEERS` in the environment names those to measure, in words ("lrvx freqtrade", "" for none); all where it is not set.
"""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from bench.figures import say

ROOT = Path(__file__).parents[1]
OPTIONS = ("fast_vollib", "jax", "polars_vol", "py_vollib_vectorized", "quantlib")
MARGIN = ("lrvx", "nautilus", "freqtrade", "jesse")
NAMES = (*MARGIN, *OPTIONS)
TIME_LIMIT_S = 300
PYTHONS = {"nautilus": (12, 13, 14), "py_vollib_vectorized": (11, 12)}
"""The minor versions on which a peer runs, where it does not run on all that Stoplog runs on."""


class Absent(Exception):
    """A peer that could not be measured here, and why."""


@cache
def python(name: str) -> Path:
    """The interpreter of a peer's environment, which is made where it is not there yet; `Absent` says why not."""
    if name not in os.environ.get("PEERS", " ".join(NAMES)).split():
        raise Absent("left out by PEERS")
    environment = f".venv-peers/{name}"
    interpreter = ROOT / environment / "bin" / "python"
    if not (ROOT / environment / "ready").exists():
        install(name, environment)
    return interpreter


def install(name: str, environment: str) -> None:
    """Make a peer's environment from its lock file."""
    candidates = [f"python3.{minor}" for minor in PYTHONS.get(name, ())]
    for minor in PYTHONS.get(name, ()):
        candidates += sorted(str(path) for path in Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3"))
    command = ["requirements/install", environment, f"requirements/peer-{name}.lock", "peer", *candidates]
    say(f"installing {name} into {environment}")
    log = ROOT / ".venv-peers" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise Absent(f"could not be installed: see {log.relative_to(ROOT)}")
    (ROOT / environment / "ready").touch()


def measure(name: str, *question: str) -> dict[str, Any]:
    """What bench/peers/measure_NAME.py answers to a question; `Absent` says why it does not."""
    command = [str(python(name)), str(ROOT / "bench" / "peers" / f"measure_{name}.py"), *question]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise Absent(f"took more than {TIME_LIMIT_S} s") from None
    if done.returncode:
        raise Absent(f"failed: {(done.stderr.strip().splitlines() or ['no message'])[-1][:120]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def seconds(name: str, *question: str) -> float | Absent:
    """The `seconds` of an answer, or why there are none."""
    try:
        return float(measure(name, *question)["seconds"])
    except Absent as reason:
        return reason
