"""Numbers and times out of a column, each refused with its row where it is not one."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stoplog.simulation.tables import Table

EARLIEST = int(datetime(2009, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)

EPOCH_UNITS = ((10**11, 1000, 1), (10**14, 1, 1), (10**17, 1, 1000))
"""Below each bound: a multiplier and a divisor that make milliseconds of seconds, milliseconds, microseconds."""


def numbers(table: Table, name: str) -> NDArray[np.float64]:
    """A column as finite numbers."""
    series = table.frame[name]
    table.refuse_first(name, series.is_null().to_numpy(), lambda _: "the value is missing")
    if not (series.dtype.is_numeric() or series.dtype == pl.String):
        table.refuse_first(name, np.ones(len(series), bool), lambda _: f"the column holds {series.dtype}, not numbers")
    values = series.cast(pl.Float64, strict=False)
    table.refuse_first(name, values.is_null().to_numpy(), lambda line: f"this is not a number: {series[line]!r}")
    array: NDArray[np.float64] = values.to_numpy()
    table.refuse_first(name, ~np.isfinite(array), lambda line: f"this is not a finite number: {array[line]}")
    return array


def times(table: Table, name: str) -> NDArray[np.int64]:
    """A column as milliseconds since 1970: dates, ISO 8601 text (UTC unless it says otherwise), or epoch counts."""
    series = table.frame[name]
    table.refuse_first(name, series.is_null().to_numpy(), lambda _: "the time is missing")
    if series.dtype == pl.Date or isinstance(series.dtype, pl.Datetime):
        array: NDArray[np.int64] = series.cast(pl.Datetime("ms")).dt.epoch("ms").to_numpy()
    elif series.dtype == pl.String and series.cast(pl.Float64, strict=False)[0] is None:
        array = _iso(table, name)
    else:
        array = _epoch(table, name)
    table.refuse_first(
        name, (array < EARLIEST) | (array >= LATEST), lambda line: f"no time between 2009 and 2100: {series[line]}"
    )
    return array


def _iso(table: Table, name: str) -> NDArray[np.int64]:
    texts = table.frame[name].to_list()
    moments = [_moment(text) for text in texts]
    wrong = np.array([moment is None for moment in moments])
    table.refuse_first(name, wrong, lambda line: f"this is not a time: {texts[line]!r}")
    return np.array([round(moment.timestamp() * 1000) for moment in moments if moment is not None], np.int64)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _epoch(table: Table, name: str) -> NDArray[np.int64]:
    counts = numbers(table, name)
    first = abs(float(counts[0]))
    factor, divisor = next(((f, d) for bound, f, d in EPOCH_UNITS if first < bound), (1, 10**6))
    table.refuse_first(name, np.abs(counts) > LATEST * divisor / factor * 10, lambda line: f"no time: {counts[line]}")
    exact = table.frame[name].cast(pl.Float64) if factor > 1 else table.frame[name].cast(pl.Float64).cast(pl.Int64)
    array: NDArray[np.int64] = (exact.to_numpy() * factor // divisor).astype(np.int64)
    return array


def shown(time: int) -> str:
    """A time as people read it.

    >>> shown(1_760_131_200_000)
    '2025-10-10 21:20:00 UTC'
    """
    moment = datetime.fromtimestamp(time / 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
