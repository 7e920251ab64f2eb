"""The recorded windows are read and replayed; the folder they are in may be absent."""

from pathlib import Path

import numpy as np
import pytest

from stoplog.engine import Engine
from stoplog.simulation.bars import read_bars
from stoplog.simulation.command import main
from stoplog.simulation.funding_rates import read_funding
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.reconstruction import anchors
from stoplog.simulation.replay import run
from stoplog.simulation.tables import Selection
from stoplog.simulation.world import Request, build

SPOT = [
    "2020-03_covid",
    "2021-05_china",
    "2021-09_elsalvador",
    "2021-12_flash",
    "2022-01_fed",
    "2022-05_luna",
    "2022-06_3ac",
    "2022-11_ftx",
    "2023-08_spacex",
    "2023-09_quiet",
    "2024-08_yen",
    "2025-10_adl",
    "2026-02_crash",
]

PERPETUAL = {
    "binance_coinm_1m_BTCUSD_PERP_mark_2025-10-09_10": 0,
    "binance_usdtm_5m_BTCUSDT_mark_2025-10_12": 1,
    "ftx_BTC-PERP_1m_2021-12-31_2022-02-01": 0,
    "okx_swap_5m_BTCUSDT_last_2022": 0,
    "okx_swap_5m_ETHUSDT_last_2022": 0,
    "okx_swap_5m_SOLUSDT_last_2022": 0,
}
"""Files and how many gaps each has."""


def replays(request: Request) -> None:
    """Replay it; every invariant must hold and every trader must have come in."""
    world = build(request)
    replayed = run(world, Engine())
    assert replayed.violations == ()
    assert replayed.findings is not None
    assert replayed.findings.refused == ()
    assert replayed.findings.entered == request.accounts
    assert replayed.findings.marks == 4 * world.bars.time.size
    assert replayed.findings.losses.beyond == 0


@pytest.mark.rule("SIM-005", "ISO-002")
@pytest.mark.parametrize("name", SPOT)
def test_spot_windows_are_replayed(name: str, data: Path) -> None:
    path = data / "prices_spot_1m" / f"binance_spot_1m_{name}.parquet"
    for symbol in ("BTCUSDT", "ETHUSDT"):
        replays(Request(marks=[path], selection=Selection(symbol=symbol), accounts=400))


@pytest.mark.rule("SIM-005", "ISO-002")
@pytest.mark.parametrize("name", PERPETUAL)
def test_perpetual_series_are_replayed(name: str, data: Path) -> None:
    path = data / "prices_perp" / f"{name}.parquet"
    replays(Request(marks=[path], gaps_allowed=PERPETUAL[name] > 0, accounts=400))
    assert len(read_bars([path], Selection(), gaps_allowed=True).gaps) == PERPETUAL[name]


@pytest.mark.rule("SIM-001")
def test_the_missing_day_is_found(data: Path) -> None:
    path = data / "prices_perp" / "binance_usdtm_5m_BTCUSDT_mark_2025-10_12.parquet"
    with pytest.raises(
        BadInput, match=r"row 865, field timestamp: rows are missing: 2025-10-05 00:00:00 UTC comes after"
    ):
        read_bars([path], Selection())


@pytest.mark.rule("SIM-001")
def test_an_unknown_symbol_lists_those_there_are(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data / "prices_spot_1m" / "binance_spot_1m_2025-10_adl.parquet"
    assert main([str(path), "--symbol", "DOGEUSDT"]) == 2
    assert "field symbol: there is no DOGEUSDT; there is BTCUSDT, ETHUSDT, SUIUSDT" in capsys.readouterr().err


@pytest.mark.rule("SIM-001")
@pytest.mark.parametrize(
    ("name", "selection", "start"),
    [
        ("binance_usdtm_8h_BTCUSDT_2024_2026", Selection(), 1_760_054_400_000),
        ("bitmex_XBTUSD_2016_2020", Selection(), 1_583_884_800_000),
        ("multi_venue_BTC_ETH_2020_2023", Selection(where={"venue": "binance", "coin": "BTC"}), 1_583_884_800_000),
    ],
)
def test_recorded_funding_is_read(name: str, selection: Selection, start: int, data: Path) -> None:
    funding = read_funding(data / "funding" / f"{name}.parquet", selection, start, start + 7 * 86_400_000)
    assert funding.time.size in {21, 22}
    assert np.abs(funding.rate).max() > 0


@pytest.mark.rule("SIM-001")
def test_several_venues_in_a_funding_file_have_to_be_told_apart(data: Path) -> None:
    path = data / "funding" / "multi_venue_BTC_ETH_2020_2023.parquet"
    with pytest.raises(BadInput, match="there is no BTCUSDT; there is BTC, ETH"):
        read_funding(path, Selection(), 0, 10**13)
    with pytest.raises(BadInput, match="--funding-where"):
        read_funding(path, Selection(where={"coin": "BTC"}), 0, 10**13)


@pytest.mark.rule("SIM-004")
def test_the_anchors_are_those_of_the_recorded_marks(data: Path) -> None:
    path = data / "prices_perp" / "binance_usdtm_5m_BTCUSDT_mark_2025-10_12.parquet"
    hours, funding = anchors()
    end = int(hours.time[-1]) + 3_600_000
    recorded = read_bars([path], Selection(), start=int(hours.time[0]), end=end)
    shape = (hours.time.size, 12)
    for anchored, column in (
        (hours.open, recorded.open.reshape(shape)[:, 0]),
        (hours.high, recorded.high.reshape(shape).max(axis=1)),
        (hours.low, recorded.low.reshape(shape).min(axis=1)),
        (hours.close, recorded.close.reshape(shape)[:, -1]),
    ):
        assert np.abs(anchored - column).max() <= 0.05 + 1e-9
    file = data / "funding" / "binance_usdtm_8h_BTCUSDT_2024_2026.parquet"
    due = read_funding(file, Selection(), int(hours.time[0]), end - 1)
    assert np.array_equal(due.rate, funding.rate)
    assert np.array_equal(due.time // 3_600_000, funding.time // 3_600_000)
