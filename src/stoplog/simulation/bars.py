"""Bars of a price series: read, checked, and refused with file, row and field where something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stoplog.simulation.inputs import BadInput
from stoplog.simulation.tables import Selection, Table, read_table, stack
from stoplog.simulation.values import numbers, shown, times

PRICE_LEAST = 1e-8
PRICE_MOST = 1e7
JUMP_MOST = 100.0
"""A price may be at most this many times the one before it, or as many times smaller."""


class Gap(NamedTuple):
    """Bars that are missing: the bar before them, the bar after them, how many."""

    before: int
    after: int
    missing: int


@dataclass(frozen=True, slots=True)
class Bars:
    """Prices by time: `time` in ms at the open of each bar, prices as floats in the quote currency.

    `step` is the length of a bar in ms. A series that has one price a row has it in all four columns. `symbol` is
    what the file calls it, where it does.
    """

    time: NDArray[np.int64]
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    step: int
    ranges: bool
    gaps: tuple[Gap, ...] = ()
    symbol: str | None = None


def read_bars(
    paths: Sequence[Path],
    selection: Selection,
    *,
    start: int | None = None,
    end: int | None = None,
    gaps_allowed: bool = False,
) -> Bars:
    """The bars of one or more files, in the order given, from `start` (inclusive) to `end` (exclusive), in ms."""
    table = stack([read_table(path, selection, ("time", "close"), ("open", "high", "low", "symbol")) for path in paths])
    time = times(table, "time")
    inside = np.ones(time.size, bool)
    if start is not None:
        inside &= time >= start
    if end is not None:
        inside &= time < end
    table, time = table.keep(inside), time[inside]
    if time.size < 2:  # noqa: PLR2004 -- a step needs two
        raise BadInput(f"{time.size} rows in the window; at least 2 are needed", file=paths[0])
    _check_order(table, time)
    step = _step(time)
    gaps = _gaps(table, time, step, allowed=gaps_allowed)
    symbol = str(table.frame["symbol"][0]) if "symbol" in table.columns else None
    close = _prices(table, "close")
    if not all(name in table.columns for name in ("open", "high", "low")):
        _check_jumps(table, close, close, "close")
        return Bars(time, close, close, close, close, step, ranges=False, gaps=gaps, symbol=symbol)
    first, high, low = (_prices(table, name) for name in ("open", "high", "low"))
    _check_ranges(table, first, high, low, close)
    _check_jumps(table, first, close, "open")
    return Bars(time, first, high, low, close, step, ranges=True, gaps=gaps, symbol=symbol)


def _check_order(table: Table, time: NDArray[np.int64]) -> None:
    apart = np.diff(time, prepend=time[0] - 1)
    table.refuse_first(
        "time", apart == 0, lambda line: f"{shown(time[line])} is there twice, here and in the row before"
    )
    table.refuse_first(
        "time",
        apart < 0,
        lambda line: f"the rows are not in order: {shown(time[line])} comes after {shown(time[line - 1])}",
    )


def _step(time: NDArray[np.int64]) -> int:
    apart, often = np.unique(np.diff(time), return_counts=True)
    return int(apart[np.argmax(often)])


def _gaps(table: Table, time: NDArray[np.int64], step: int, *, allowed: bool) -> tuple[Gap, ...]:
    apart = np.diff(time, prepend=time[0] - step)
    if not allowed:
        table.refuse_first(
            "time",
            apart != step,
            lambda line: (
                f"rows are missing: {shown(time[line])} comes after {shown(time[line - 1])},"
                f" the rows are {step / 1000:g} s apart; --allow-gaps replays what is there"
            ),
        )
    found = np.flatnonzero(apart > step)
    return tuple(Gap(int(time[i - 1]), int(time[i]), int(apart[i] // step) - 1) for i in found)


def _prices(table: Table, name: str) -> NDArray[np.float64]:
    prices = numbers(table, name)
    table.refuse_first(name, prices <= 0, lambda line: f"the price is not above zero: {prices[line]:.15g}")
    table.refuse_first(
        name,
        (prices < PRICE_LEAST) | (prices > PRICE_MOST),
        lambda line: f"the price is not between {PRICE_LEAST:g} and {PRICE_MOST:g}: {prices[line]:.15g}",
    )
    return prices


def _check_ranges(
    table: Table,
    first: NDArray[np.float64],
    high: NDArray[np.float64],
    low: NDArray[np.float64],
    close: NDArray[np.float64],
) -> None:
    top, bottom = np.maximum(first, close), np.minimum(first, close)
    table.refuse_first(
        "high", high < top, lambda i: f"the high {high[i]:.15g} is below the open or the close, {top[i]:.15g}"
    )
    table.refuse_first(
        "low", low > bottom, lambda i: f"the low {low[i]:.15g} is above the open or the close, {bottom[i]:.15g}"
    )
    table.refuse_first(
        "high", high > JUMP_MOST * first, lambda i: f"the high {high[i]:.15g} is too far from the open, {first[i]:.15g}"
    )
    table.refuse_first(
        "low", low * JUMP_MOST < first, lambda i: f"the low {low[i]:.15g} is too far from the open, {first[i]:.15g}"
    )


def _check_jumps(table: Table, first: NDArray[np.float64], close: NDArray[np.float64], name: str) -> None:
    before = np.concatenate([first[:1], close[:-1]])
    ratio = np.maximum(first / before, before / first)
    table.refuse_first(
        name,
        ratio > JUMP_MOST,
        lambda line: f"the price jumps from {before[line]:.15g} to {first[line]:.15g} between two rows",
    )
