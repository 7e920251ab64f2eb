"""The worst and the best hour of every asset at hand, and the hour that was worst for all, from the recorded series."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

HOUR_MINUTES = 60
SPOT, PERPETUAL = "Binance spot", "OKX perpetual"

Floats = NDArray[np.float64]
Move = dict[str, str]


class Series(NamedTuple):
    """One asset in one file, in the order of time."""

    asset: str
    source: str
    minutes: int
    rows: pl.DataFrame


def series(data: Path) -> Iterator[Series]:
    """Every asset of the spot windows, and SOL's perpetual, of which there is no spot window."""
    for path in sorted((data / "prices_spot_1m").glob("binance_spot_1m_*.parquet")):
        rows = pl.read_parquet(path).sort("symbol", "timestamp")
        for (symbol,), part in rows.group_by("symbol", maintain_order=True):
            yield Series(str(symbol).removesuffix("USDT"), SPOT, 1, part)
    path = data / "prices_perp" / "okx_swap_5m_SOLUSDT_last_2022.parquet"
    yield Series("SOL", PERPETUAL, 5, pl.read_parquet(path).sort("timestamp"))


def within(each: Series, field: str, extreme: Callable[..., Any]) -> Floats:
    """By bar, the extreme of a field in the hour after it."""
    return np.asarray(
        extreme(sliding_window_view(each.rows[field].to_numpy()[1:], HOUR_MINUTES // each.minutes), axis=1)
    )


def moves(each: Series, field: str) -> Floats:
    """By bar, the extreme of the hour after it over its close."""
    reached = within(each, field, np.min if field == "low" else np.max)
    return np.asarray(reached / each.rows["close"].to_numpy()[: len(reached)])


def move(each: Series, bar: int, field: str) -> Move:
    """What happened in the hour after a bar: its close, the extreme, and when the bar began."""
    reached = within(each, field, np.min if field == "low" else np.max)
    return {
        "asset": each.asset,
        "source": each.source,
        "at": each.rows["timestamp"][bar].strftime("%Y-%m-%dT%H:%MZ"),
        "from": str(float(each.rows["close"][bar])),
        "to": str(float(reached[bar])),
    }


def extreme_hours(data: Path, field: str) -> list[Move]:
    """The largest fall (`low`) or rise (`high`) of each asset within an hour, assets in alphabetical order."""
    found: dict[str, tuple[float, Move]] = {}
    for each in series(data):
        ratio = moves(each, field)
        bar = int(ratio.argmin() if field == "low" else ratio.argmax())
        value = float(ratio[bar]) if field == "low" else -float(ratio[bar])
        if each.asset not in found or value < found[each.asset][0]:
            found[each.asset] = value, move(each, bar, field)
    return [found[asset][1] for asset in sorted(found)]


def common_hour(data: Path) -> list[Move]:
    """The hour of the spot windows in which BTC and ETH fell furthest on average, and what each asset did in it."""
    pairs: dict[object, list[Series]] = {}
    for each in series(data):
        if each.source == SPOT:
            pairs.setdefault(each.rows["timestamp"][0].date(), []).append(each)
    worst: tuple[float, list[Move]] = (1.0, [])
    for group in pairs.values():
        both = [each for each in group if each.asset in ("BTC", "ETH")]
        mean = np.mean([moves(each, "low") for each in both], axis=0)
        bar = int(mean.argmin())
        if mean[bar] < worst[0]:
            worst = float(mean[bar]), [move(each, bar, "low") for each in group]
    return worst[1]


def hours(data: Path) -> dict[str, list[Move]]:
    """What `stoplog/stress/hours.json` holds."""
    return {"falls": extreme_hours(data, "low"), "rises": extreme_hours(data, "high"), "common": common_hour(data)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(hours(Path(sys.argv[1])), indent=2) + "\n")
