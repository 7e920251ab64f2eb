"""The window of a replay in equal parts, and its largest move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.simulation.scale import Scale

Floats = NDArray[np.float64]

BUCKETS_MOST = 600


@dataclass(frozen=True, slots=True)
class Buckets:
    """The window in equal parts: prices, what was liquidated in each, and levels at its end; `time` in ms."""

    time: NDArray[np.int64]
    width: int
    high: Floats
    low: Floats
    last: Floats
    liquidated_long: Floats
    liquidated_short: Floats
    count_long: NDArray[np.int64]
    count_short: NDArray[np.int64]
    price_long: Floats
    price_short: Floats
    longs: NDArray[np.int64]
    shorts: NDArray[np.int64]
    fund: Floats
    socialised: Floats


@dataclass(frozen=True, slots=True)
class Move:
    """The largest fall or rise, relative to where it began, from one mark to a later one."""

    start: float
    end: float
    time: int

    @property
    def falls(self) -> bool:
        """Whether it goes down."""
        return self.end < self.start


def buckets_of(series: NDArray[np.void], liquidations: NDArray[np.void], scale: Scale) -> Buckets:
    """The buckets of a replay, from its `SERIES_ROW` and `LIQUIDATION` records."""
    money, unit = float(scale.money.step), float(scale.price_unit.step)
    start, end = int(series["time"][0]), int(series["time"][-1])
    width = _width(end - start)
    first = start - start % width
    count = (end - first) // width + 1
    at = (series["time"] - first) // width
    used = np.unique(at)
    begin = np.searchsorted(at, used)
    last = np.searchsorted(at, used, side="right") - 1
    price = series["price"] * unit
    place = np.searchsorted(used, (liquidations["time"] - first) // width)
    value = np.abs(liquidations["size"]) * liquidations["mark"].astype(np.float64) * scale.multiplier * money
    mark = liquidations["mark"] * unit
    sums: dict[str, tuple[Floats, NDArray[np.int64], Floats]] = {}
    for name, side in (("long", liquidations["size"] > 0), ("short", liquidations["size"] < 0)):
        total = np.bincount(place[side], value[side], used.size).astype(np.float64)
        weighted = np.bincount(place[side], (value * mark)[side], used.size)
        number = np.bincount(place[side], minlength=used.size)
        sums[name] = (total, number, np.divide(weighted, total, out=np.zeros(used.size), where=total > 0))
    assert used.size <= count, "no bucket lies outside the window"
    return Buckets(
        time=first + used * width,
        width=width,
        high=np.maximum.reduceat(price, begin),
        low=np.minimum.reduceat(price, begin),
        last=price[last],
        liquidated_long=sums["long"][0],
        liquidated_short=sums["short"][0],
        count_long=sums["long"][1],
        count_short=sums["short"][1],
        price_long=sums["long"][2],
        price_short=sums["short"][2],
        longs=series["longs"][last],
        shorts=series["shorts"][last],
        fund=series["fund"][last] * money,
        socialised=series["socialised"][last] * money,
    )


def _width(span: int) -> int:
    """The shortest of the usual lengths, in ms, that cuts a span into at most BUCKETS_MOST parts."""
    minutes = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10080)
    return next((60_000 * m for m in minutes if span // (60_000 * m) < BUCKETS_MOST), span // BUCKETS_MOST + 1)


def largest_move(price: Floats, time: NDArray[np.int64]) -> Move:
    """The largest move of a price series, which need not be from its highest to its lowest price."""
    highest, lowest = np.maximum.accumulate(price), np.minimum.accumulate(price)
    fall, rise = int(np.argmin(price / highest)), int(np.argmax(price / lowest))
    falls = highest[fall] / price[fall] >= price[rise] / lowest[rise]
    end, start = (fall, highest) if falls else (rise, lowest)
    return Move(float(start[end]), float(price[end]), int(time[end]))
