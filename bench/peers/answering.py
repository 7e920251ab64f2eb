"""What the scripts that price options share: the options from a file, the answers to another, one JSON object printed.

measure_NAME.py WORK FILE OUT  WORK: prices, greeks (price and Greeks) or implied; FILE: forwards, strikes, years,
volatilities, 1 for a call, prices, as columns of binary floats one after the other; OUT: the prices, or volatilities.
Seconds are by the clock on the wall: some of these engines use both cores.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from typing import Any

import numpy as np

RUNS = 7


def columns() -> Any:
    """Forwards, strikes, years, volatilities, calls and prices, a row each."""
    return np.fromfile(sys.argv[2]).reshape(6, -1)


def answer(package: str, works: dict[str, Callable[[], Any]]) -> None:
    """Write the answers of the work that was asked for, and print the median time of several runs after a first."""
    work = works[sys.argv[1]]
    np.asarray(work(), np.float64).reshape(-1).tofile(sys.argv[3])
    runs = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        runs.append(time.perf_counter() - began)
    print(json.dumps({"version": version(package), "seconds": median(runs)}))
