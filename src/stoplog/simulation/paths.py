"""From bars to marks: how the price is taken to have moved inside a bar.

`close` sets one mark a bar, its close, at the bar's end. `ohlc` sets four: the open, the two extremes, the
close, at the start, at one third, at two thirds and at the end of the bar. The extremes come in the order
that makes the path shorter: a bar that closes above its open, or at it, goes to its low first, one that
closes below goes to its high first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.simulation.bars import Bars
from stoplog.simulation.scale import Scale

PATHS = ("ohlc", "close")


@dataclass(frozen=True, slots=True)
class Marks:
    """Mark prices as counts of the price unit, each with its time in ms, in order."""

    time: NDArray[np.int64]
    price: NDArray[np.int64]

    def in_force(self, time: NDArray[np.int64]) -> NDArray[np.int64]:
        """The mark in force at each time: the last one set at or before it."""
        return self.price[np.searchsorted(self.time, time, side="right") - 1]


def marks_of(bars: Bars, scale: Scale, path: str) -> Marks:
    """The marks of all bars, along `path`."""
    end = bars.time + bars.step - 1
    close = scale.count(bars.close)
    if path == "close":
        return Marks(end, close)
    first, high, low = scale.count(bars.open), scale.count(bars.high), scale.count(bars.low)
    rises = bars.close >= bars.open
    price = np.stack([first, np.where(rises, low, high), np.where(rises, high, low), close], axis=1)
    third = bars.step // 3
    time = np.stack([bars.time, bars.time + third, bars.time + 2 * third, end], axis=1)
    return Marks(time.reshape(-1), price.reshape(-1))
