"""The default haircuts against recorded crashes: how often a fall over the stated time of sale went beyond them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from stoplog.collateral.reading import default_set
from stoplog.collateral.regime import first_seen, observed
from stoplog.units import RATE_ONE

DOCUMENT = Path(__file__).parents[2] / "docs" / "collateral.md"
DEFAULTS = default_set()
PRICE_ONE = 10**8

Floats = NDArray[np.float64]


class Series(NamedTuple):
    """Closes and lows of bars `minutes` long, without a gap."""

    minutes: int
    close: Floats
    low: Floats


def recorded(data: Path, asset: str) -> Iterator[Series]:
    """The asset's series: the spot windows, or for SOL the perpetual of 2022."""
    files = [(path, 1) for path in sorted((data / "prices_spot_1m").glob("binance_spot_1m_*.parquet"))]
    if asset == "SOL":
        files = [(data / "prices_perp" / "okx_swap_5m_SOLUSDT_last_2022.parquet", 5)]
    for path, minutes in files:
        rows = pl.read_parquet(path)
        rows = rows.filter(pl.col("symbol") == f"{asset}USDT") if "symbol" in rows.columns else rows
        if len(rows):
            rows = rows.sort("timestamp")
            yield Series(minutes, rows["close"].to_numpy(), rows["low"].to_numpy())


def falls(series: Series) -> Floats:
    """By bar, the largest fall from its close within the time of sale."""
    ahead = DEFAULTS.sale_minutes // series.minutes
    lows = sliding_window_view(series.low[1:], ahead).min(axis=1)
    return np.asarray(1 - lows / series.close[: len(lows)])


def regime_cuts(series: Series, asset: str) -> Floats:
    """By bar, the regime's cut in force at its close, from observations of this series alone."""
    regime = DEFAULTS.assets[asset].regime
    every = regime.interval // series.minutes
    weather, cuts = first_seen(round(series.close[0] * PRICE_ONE), regime), []
    for bar, close in enumerate(series.close):
        if bar and bar % every == 0:
            weather = observed(weather, round(close * PRICE_ONE), regime, RATE_ONE)
        cuts.append(weather.cut)
    return np.array(cuts) / RATE_ONE


def row(data: Path, asset: str) -> str:
    """The asset's line of the table in docs/collateral.md."""
    base = DEFAULTS.assets[asset].base / RATE_ONE
    series = list(recorded(data, asset))
    fallen = [falls(each) for each in series]
    with_regime = [
        1 - (1 - base) * (1 - regime_cuts(each, asset)[: len(fall)]) for each, fall in zip(series, fallen, strict=True)
    ]
    every = np.concatenate(fallen)
    beyond = (every > base).mean()
    beyond_both = (every > np.concatenate(with_regime)).mean()
    return f"| {asset} | {len(every):,} | {every.max():.1%} | {base:.0%} | {beyond:.3%} | {beyond_both:.3%} |"


@pytest.mark.rule("COL-010")
@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "SUI"])
def test_the_document_says_how_often_history_went_beyond_the_default_haircut(data: Path, asset: str) -> None:
    assert row(data, asset) in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.rule("COL-010")
def test_every_default_asset_is_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, terms in DEFAULTS.assets.items():
        assert f"| {name} | {terms.base / RATE_ONE:.0%} | {terms.sellable // terms.unit:,} | " in text
