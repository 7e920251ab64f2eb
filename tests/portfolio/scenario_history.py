"""Writes the tables of docs/scenarios.md: `python -m tests.portfolio.scenario_history`.

Recorded moves of price and volatility against the scenario sets that are shipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stoplog.portfolio.scenario_sets import shipped
from stoplog.pricing.scenarios import ScenarioSet

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("STOPLOG_DATA", ROOT.parent / "shared" / "data"))
PAGE = ROOT / "docs" / "scenarios.md"
HOURS = (1, 24)
DAY = 86_400.0
TENORS = ((1, 7), (7, 30), (30, 90), (90, 400))
"""In days: from, up to."""

PERCENT = 100.0

Row = list[str]


class Series(NamedTuple):
    """Prices at times in minutes, ascending."""

    name: str
    times: NDArray[np.int64]
    prices: NDArray[np.float64]

    def moves(self, hours: int) -> NDArray[np.float64]:
        """The move over so many hours from every price that has one so much later."""
        due = self.times + 60 * hours
        at = np.searchsorted(self.times, due)
        there = at < self.times.size
        there[there] = self.times[at[there]] == due[there]
        return self.prices[at[there]] / self.prices[there] - 1.0


def grid_range(chosen: ScenarioSet) -> tuple[float, float]:
    """The lowest and the highest move that counts whole."""
    whole = [scenario.move for scenario in chosen.scenarios if scenario.weight == 1.0]
    return min(whole), max(whole)


def shipped_sets() -> dict[str, ScenarioSet]:
    """The sets of the page; ranges of volatility that a venue does not publish are those of ours."""
    ours = {"volatility_up": 0.5, "volatility_down": 0.25}
    return {
        "stoplog": shipped("stoplog", "default"),
        "span-16": shipped("span-16", "default"),
        "deribit-pm btc": shipped("deribit-pm", "btc"),
        "deribit-pm eth": shipped("deribit-pm", "eth"),
        "okx-pm btc": shipped("okx-pm", "btc", **ours),
        "bybit-pm": shipped("bybit-pm", "default", **ours),
        "derive-pmrm": shipped("derive-pmrm", "default"),
        "derive-pmrm-1": shipped("derive-pmrm-1", "default"),
    }


def of_frame(name: str, frame: pl.DataFrame, price: str = "close") -> Series:
    """A series of a frame with a column `timestamp`."""
    frame = frame.sort("timestamp").drop_nulls(price)
    minutes = frame["timestamp"].dt.epoch("ms").to_numpy() // 60_000
    return Series(name, minutes, frame[price].to_numpy().astype(np.float64))


def series() -> Iterator[Series]:
    """Chosen windows of crashes first, then what nobody chose."""
    for symbol in ("BTCUSDT", "ETHUSDT"):
        windows = [pl.read_parquet(path) for path in sorted((DATA / "prices_spot_1m").glob("*.parquet"))]
        rows = pl.concat(
            [window.select(pl.col("timestamp"), pl.col("symbol").cast(pl.String), "close") for window in windows]
        )
        yield of_frame(f"{symbol[:3]}, thirteen windows", rows.filter(pl.col("symbol") == symbol))
    hourly = DATA / "funding" / "deribit_BTC-PERPETUAL_1h_index_and_interest_2019_2021.parquet"
    yield of_frame("BTC, April 2019 to February 2021", pl.read_parquet(hourly), "index_price")
    for symbol in ("BTCUSDT", "ETHUSDT"):
        path = DATA / "prices_perp" / f"okx_swap_5m_{symbol}_last_2022.parquet"
        yield of_frame(f"{symbol[:3]}, May to December 2022", pl.read_parquet(path))
    path = DATA / "prices_perp" / "binance_usdtm_5m_BTCUSDT_mark_2025-10_12.parquet"
    yield of_frame("BTC, October to December 2025", pl.read_parquet(path))


def share_beyond(moves: NDArray[np.float64], low: float, high: float) -> str:
    """The share of moves outside, in percent."""
    return f"{PERCENT * float(((moves < low) | (moves > high)).mean()):.3f} %"


def price_table() -> list[Row]:
    """By series and horizon: the extremes, and the share of moves beyond the range of each set of prices."""
    compared = ("stoplog", "deribit-pm btc", "okx-pm btc", "bybit-pm")
    ranges = {name: grid_range(shipped_sets()[name]) for name in compared}
    beyond = [f"beyond {name}, ±{PERCENT * high:.0f} %" for name, (_, high) in ranges.items()]
    rows = [["series", "hours", "moves", "lowest", "highest", *beyond, "beyond −60 % or +100 %"]]
    for one in series():
        for hours in HOURS:
            moves = one.moves(hours)
            shares = [share_beyond(moves, *between) for between in (*ranges.values(), (-0.6, 1.0))]
            extremes = [f"{PERCENT * moves.min():+.1f} %", f"{PERCENT * moves.max():+.1f} %"]
            rows.append([one.name, str(hours), f"{moves.size:,}", *extremes, *shares])
    return rows


def volatilities() -> pl.DataFrame:
    """By day and expiry: the mark volatility of the strike nearest to the forward, and the days left."""
    chains = pl.read_parquet(DATA / "options" / "deribit_BTC_chain_daily_2025-12-30_2026-08.parquet")
    known = chains.drop_nulls(["underlying_price", "mark_iv"]).filter(pl.col("mark_iv") > 0.0)
    known = known.with_columns(distance=(pl.col("strike") / pl.col("underlying_price")).log().abs())
    nearest = known.sort("distance").group_by("snapshot", "expiry").first()
    return nearest.select(
        "snapshot",
        "expiry",
        "mark_iv",
        day=pl.col("snapshot").dt.date(),
        left=(pl.col("expiry").cast(pl.Datetime("us", "UTC")) - pl.col("snapshot")).dt.total_seconds() / DAY,
    ).filter(pl.col("left") > 0.0)


def volatility_table() -> list[Row]:
    """By days left: factors on the volatility from one day to the next, and how many go beyond the shock of a set."""
    daily = volatilities()
    later = daily.select("expiry", after="mark_iv", day=pl.col("day") - pl.duration(days=1))
    pairs = daily.join(later, on=["expiry", "day"])
    sets = {name: shipped_sets()[name] for name in ("stoplog", "deribit-pm btc", "derive-pmrm")}
    rows = [["days left", "changes", "lowest", "highest", *(f"beyond {name}" for name in sets)]]
    for first, last in TENORS:
        chosen = pairs.filter(pl.col("left").is_between(first, last, closed="left"))
        before, after = chosen["mark_iv"].to_numpy(), chosen["after"].to_numpy()
        factors = after / before
        row = [f"{first} to {last}", f"{factors.size:,}", f"{factors.min():.2f}", f"{factors.max():.2f}"]
        rows.append(row + [beyond_shock(one, before, after, chosen["left"].to_numpy()) for one in sets.values()])
    return rows


def beyond_shock(
    chosen: ScenarioSet, before: NDArray[np.float64], after: NDArray[np.float64], days: NDArray[np.float64]
) -> str:
    """The share of changes that leave what the shock of a set spans, in percent."""
    outside = 0
    for was, became, left in zip(before, after, days, strict=True):
        low = chosen.shock.shocked("Down", float(was), float(left) * DAY)
        high = chosen.shock.shocked("Up", float(was), float(left) * DAY)
        outside += not low <= became <= high
    return f"{PERCENT * outside / before.size:.3f} %"


def set_table() -> list[Row]:
    """What each set consists of."""
    header = ["set", "scenarios", "prices that count whole", "remote prices"]
    rows = [[*header, "volatility at 30 days", "power below and from 30 days"]]
    for name, chosen in shipped_sets().items():
        low, high = grid_range(chosen)
        remote = [scenario.move for scenario in chosen.scenarios if scenario.weight != 1.0]
        shock = chosen.shock
        rows.append(
            [
                name,
                str(len(chosen.scenarios)),
                f"{PERCENT * low:+.0f} to {PERCENT * high:+.0f} %",
                f"{PERCENT * min(remote):+.0f} to {PERCENT * max(remote):+.0f} %" if remote else "none",
                f"+{PERCENT * shock.range_up:.4g} % / −{PERCENT * shock.range_down:.4g} %",
                f"{shock.short_power:g} / {shock.long_power:g}",
            ]
        )
    return rows


def markdown(rows: list[Row]) -> str:
    """A table; numbers stand on the right."""
    right = ["---"] + ["---:"] * (len(rows[0]) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], right, *rows[1:]])


TABLES = {"sets": set_table, "prices": price_table, "volatilities": volatility_table}


def page(text: str) -> str:
    """The page with its tables made anew, each between `<!-- NAME -->` and `<!-- end -->`."""
    for name, made in TABLES.items():
        start = f"<!-- {name} -->\n"
        before, _, rest = text.partition(start)
        _, end, after = rest.partition("\n<!-- end -->")
        assert end, f"docs/scenarios.md has no place for {name}"
        text = before + start + markdown(made()) + end + after
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"Wrote the tables of {PAGE}")  # noqa: T201
