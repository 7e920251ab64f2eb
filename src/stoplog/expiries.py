"""Cash settlement on a time-averaged index: what expires, and at which price, as commands: rule AVG-001.

The engine settles at the price that EXPIRE names. Venues name the average of an index over the last minutes, so that
nobody moves a settlement by one trade.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from stoplog.codes import InstrumentState
from stoplog.commands import Batch
from stoplog.proof.violations import TablesLike

HALF_AN_HOUR = 1_800_000
"""Milliseconds over which Deribit, OKX, Bybit and Derive average."""


class Observed(NamedTuple):
    """The index had `price`, in price units, from `time`, in milliseconds, until it was observed again."""

    time: int
    price: int


def _held(index: Sequence[Observed], start: int, end: int) -> int:
    """Price times milliseconds from `start` to `end`, exactly."""
    if not index or index[0].time > start:
        first = f"the first of it is at {index[0].time}" if index else "there is none of it"
        raise ValueError(f"index: nothing says what it was at {start}; {first}")
    for number, (one, two) in enumerate(pairwise(index)):
        if two.time < one.time:
            raise ValueError(f"index: {two.time} of observation {number + 1} is before {one.time}")
    found = 0
    ends = [*(observed.time for observed in index[1:]), end]
    for observed, until in zip(index, ends, strict=True):
        found += observed.price * max(0, min(until, end) - max(observed.time, start))
    return found


def time_average(index: Sequence[Observed], start: int, end: int) -> int:
    """The time-weighted average of an index from `start` to `end`, to the nearest price unit, halves to the even one.

    Each price counts for as long as it stood. Rounded on nobody's side, because a settlement has two. What was
    observed after `end` does not count. `ValueError` for an empty interval, an index that begins after `start`, or
    one that is out of order.

    >>> time_average([Observed(0, 100), Observed(3_000, 110)], 1_000, 5_000)
    105
    """
    if end <= start:
        raise ValueError(f"end: {end} is not after {start}")
    whole, rest = divmod(_held(index, start, end), end - start)
    above = 2 * rest - (end - start)
    return whole + (above > 0 or (above == 0 and whole % 2 == 1))


def due(tables: TablesLike, time: int) -> list[int]:
    """The live dated instruments whose expiry has come by `time`, the earliest first, then by number."""
    rows = tables.rows("instruments")
    dates = rows["expiry_time"]
    live = (rows["state"] == InstrumentState.LIVE) & (dates != 0) & (dates <= time)
    numbers = [int(number) for number in live.nonzero()[0] if number]
    return sorted(numbers, key=lambda number: (int(dates[number]), number))


def expire_due(
    tables: TablesLike,
    indexes: Mapping[int, Sequence[Observed]],
    batch: Batch,
    *,
    time: int,
    window: int = HALF_AN_HOUR,
) -> list[int]:
    """Append to `batch` the EXPIRE of all that is due at `time`, at the average of the `window` before it expires.

    `indexes` are by underlying, or by the instrument itself where it follows none. Returns the numbers of the
    instruments. `ValueError`, and nothing appended, where an index is missing or does not reach back far enough.
    """
    underlyings, dates = tables.rows("instruments")["underlying"], tables.rows("instruments")["expiry_time"]
    prices = {}
    for number in due(tables, time):
        followed, date = int(underlyings[number]) or number, int(dates[number])
        if followed not in indexes:
            raise ValueError(f"indexes: none of {followed}, which instrument {number} settles by")
        prices[number] = time_average(indexes[followed], date - window, date)
    for number, price in prices.items():
        batch.expire(instrument=number, price=price, time=time)
    return list(prices)
