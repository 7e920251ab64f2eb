"""A crash rebuilt from hourly anchors: a seeded path that keeps to each hour's open, high, low and close.

Inside an hour the path goes from the open to one extreme, to the other and to the close, at two moments
that are drawn; between these points it is a Brownian bridge, folded back where it would leave the range of
the hour. So every hour has exactly the range of its anchor, and no minute is a recorded one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stoplog.simulation.bars import Bars, read_bars
from stoplog.simulation.draws import BRIDGE, stream
from stoplog.simulation.funding_rates import Funding
from stoplog.simulation.tables import Selection, read_table
from stoplog.simulation.values import times
from stoplog.units import RATE_ONE

ANCHORS = "binance_usdm_btcusdt_2025-10-10.csv"
LABEL = "Reconstruction of 10 and 11 October 2025 from hourly figures of Binance USDT-M BTCUSDT (mark price)"

MINUTES = 60
POINTS = 20
"""Points of the path in a minute; a bar is the range of its minute's points."""

ROUGHNESS = 0.25
"""Standard deviation of the bridge over an hour, in parts of the hour's range."""

QUIET = 3
"""Minutes at either end of an hour in which no extreme falls."""

DECIMALS = 1


def anchors_path() -> Path:
    """Where the table of anchors is installed."""
    return Path(__file__).with_name("data") / ANCHORS


def anchors() -> tuple[Bars, Funding]:
    """The hourly figures and the funding due in their window."""
    path = anchors_path()
    bars = read_bars([path], Selection())
    table = read_table(path, Selection(), ("time", "rate"))
    due = table.frame["rate"].is_not_null().to_numpy()
    rates = table.keep(due).frame["rate"].cast(float).to_numpy()
    return bars, Funding(times(table, "time")[due], np.rint(rates * RATE_ONE).astype(np.int64))


def reconstruct(hours: Bars, seed: int) -> Bars:
    """Minute bars that have each hour's open, high, low and close; the same for the same seed."""
    random = stream(seed, BRIDGE)
    minutes = [
        _minutes(_hour(random, first, high, low, close))
        for first, high, low, close in zip(hours.open, hours.high, hours.low, hours.close, strict=True)
    ]
    columns = np.concatenate(minutes, axis=1)
    step = hours.step // MINUTES
    time = (hours.time[:, None] + step * np.arange(MINUTES)).reshape(-1)
    return Bars(time, columns[0], columns[1], columns[2], columns[3], step, ranges=True)


def _hour(random: np.random.Generator, first: float, high: float, low: float, close: float) -> NDArray[np.float64]:
    """POINTS a minute and one more: the path from the open to the close, to the anchors' decimals."""
    last = MINUTES * POINTS
    at = np.sort(random.choice(np.arange(QUIET * POINTS, last - QUIET * POINTS), 2, replace=False))
    low_first = random.random() < (0.7 if close >= first else 0.3)
    extremes = (low, high) if low_first else (high, low)
    knots = np.array([0, at[0], at[1], last])
    path = np.interp(np.arange(last + 1), knots, [first, *extremes, close])
    noise = _bridges(random, knots) * ROUGHNESS * (high - low) / np.sqrt(last)
    folded = _fold(path + noise, low, high)
    folded[knots] = [first, *extremes, close]
    return np.round(folded, DECIMALS)


def _bridges(random: np.random.Generator, knots: NDArray[np.int64]) -> NDArray[np.float64]:
    """A random walk of unit steps, tied to zero at each knot."""
    walk = np.concatenate([[0.0], np.cumsum(random.standard_normal(int(knots[-1])))])
    tied: NDArray[np.float64] = walk - np.interp(np.arange(walk.size), knots, walk[knots])
    return tied


def _fold(path: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Reflected at both ends of the range until it lies inside."""
    if high <= low:
        return np.full_like(path, low)
    along = np.mod(path - low, 2 * (high - low))
    inside: NDArray[np.float64] = low + np.minimum(along, 2 * (high - low) - along)
    return inside


def _minutes(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Open, high, low and close of each minute; a minute shares its last point with the next one's first."""
    windows = np.lib.stride_tricks.sliding_window_view(path, POINTS + 1)[::POINTS]
    return np.stack([windows[:, 0], windows.max(axis=1), windows.min(axis=1), windows[:, -1]])
