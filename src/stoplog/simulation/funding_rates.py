"""Funding rates out of a file, in the window of the marks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stoplog.simulation.inputs import BadInput
from stoplog.simulation.tables import Selection, read_table
from stoplog.simulation.values import numbers, shown, times
from stoplog.units import RATE_ONE

RATE_MOST = 0.1
"""No venue's funding for one interval goes beyond this; a larger figure is a wrong column or a wrong unit."""

SEVERAL = "--funding-where COLUMN=VALUE chooses one series of several"


@dataclass(frozen=True, slots=True)
class Funding:
    """Rates as counts of 1e-8 of the position's value per payment, above zero paid by longs, by time in ms."""

    time: NDArray[np.int64]
    rate: NDArray[np.int64]


NO_FUNDING = Funding(np.empty(0, np.int64), np.empty(0, np.int64))


def read_funding(path: Path, selection: Selection, start: int, end: int) -> Funding:
    """The payments of a file from `start` to `end` (ms, both inclusive), to the nearest 1e-8.

    `BadInput` for rows that are out of order or there twice, rates that are no rates, and a file without any
    payment in the window.
    """
    table = read_table(path, selection, ("time", "rate"))
    time = times(table, "time")
    apart = np.diff(time, prepend=time[0] - 1)
    table.refuse_first(
        "time",
        apart == 0,
        lambda line: f"{shown(time[line])} is there twice; {SEVERAL}",
    )
    table.refuse_first(
        "time",
        apart < 0,
        lambda line: f"the rows are not in order: {shown(time[line])} comes after {shown(time[line - 1])}; {SEVERAL}",
    )
    inside = (time >= start) & (time <= end)
    if not inside.any():
        reason = (
            f"no payment in the window of the marks, {shown(start)} to {shown(end)};"
            f" the file has {shown(int(time[0]))} to {shown(int(time[-1]))}"
        )
        raise BadInput(reason, file=path)
    table, time = table.keep(inside), time[inside]
    rate = numbers(table, "rate")
    table.refuse_first(
        "rate",
        np.abs(rate) > RATE_MOST,
        lambda line: f"the rate {rate[line]:.15g} is beyond ±{RATE_MOST:g}; rates are fractions, 0.0001 for 0.01 %",
    )
    return Funding(time, np.rint(rate * RATE_ONE).astype(np.int64))
