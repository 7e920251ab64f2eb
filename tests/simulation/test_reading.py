"""Files of any venue: columns by a mapping or by their usual names, times and symbols as they come."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from stoplog.simulation.bars import Bars, read_bars
from stoplog.simulation.funding_rates import read_funding
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.tables import Selection
from stoplog.simulation.world import Request, build
from tests.simulation.conftest import GOOD

START = round(datetime(2025, 10, 10, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000

pytestmark = pytest.mark.rule("SIM-001")


def is_the_good_series(bars: Bars) -> bool:
    return (
        bars.time.tolist() == [START + i * MINUTE for i in range(4)]
        and bars.step == MINUTE
        and bars.low.tolist() == [99, 100, 80, 81]
        and bars.close.tolist() == [101, 100.5, 82.25, 84]
    )


def test_csv_is_read(marks: Path) -> None:
    assert is_the_good_series(read_bars([marks], Selection()))


def test_compressed_csv_is_read(marks: Path) -> None:
    path = marks.with_suffix(".csv.gz")
    path.write_bytes(gzip.compress(marks.read_bytes()))
    assert is_the_good_series(read_bars([path], Selection()))


def test_columns_are_found_by_a_mapping(marks: Path) -> None:
    text = marks.read_text(encoding="utf-8").replace("timestamp,open,high,low,close", "when,first,top,bottom,last")
    marks.write_text(text, encoding="utf-8")
    columns = {"time": "when", "open": "first", "high": "top", "low": "bottom", "close": "last"}
    assert is_the_good_series(read_bars([marks], Selection(columns)))


def test_a_file_without_a_header_is_read_by_position(write: Callable[..., Path]) -> None:
    names = ("time", "open", "high", "low", "close")
    columns = {name: f"column_{i}" for i, name in enumerate(names, start=1)}
    assert is_the_good_series(read_bars([write(*GOOD, header=None)], Selection(columns, header=False)))


@pytest.mark.parametrize(
    ("factor", "kind"), [(1000, int), (1, int), (1e-3, int), (1e-6, int), (1000, float), (1, float)]
)
def test_epoch_times_are_read_whatever_their_unit(factor: float, kind: type, tmp_path: Path) -> None:
    """A factor of 1000 makes seconds, 1 milliseconds, 1e-3 microseconds, 1e-6 nanoseconds."""
    times = [kind((START + i * MINUTE) / factor) for i in range(4)]
    path = tmp_path / "marks.parquet"
    pl.DataFrame({"open_time": times, "mark_price": [5.0, 6.0, 7.0, 8.0]}).write_parquet(path)
    bars = read_bars([path], Selection())
    assert bars.time.tolist() == [START + i * MINUTE for i in range(4)]
    assert not bars.ranges
    assert bars.low.tolist() == bars.close.tolist() == [5, 6, 7, 8]


@pytest.mark.parametrize(
    "text", ["2025-10-10 00:00:00 UTC", "2025-10-10T02:00:00+02:00", "2025-10-10", "1760054400", "1760054400000"]
)
def test_times_in_text_are_read(text: str, write: Callable[..., Path]) -> None:
    path = write(
        f"{text},5",
        "2025-10-10T00:01Z,5" if "-" in text else str(int(text) + 60 * 10 ** (len(text) - 10)) + ",5",
        header="ts,price",
    )
    assert read_bars([path], Selection()).time.tolist() == [START, START + MINUTE]


def test_several_files_are_one_series(write: Callable[..., Path]) -> None:
    paths = [write(*GOOD[:2]), write(*GOOD[2:], name="more.csv")]
    assert is_the_good_series(read_bars(paths, Selection()))


def test_a_part_of_a_file_is_read(marks: Path) -> None:
    bars = read_bars([marks], Selection(), start=START + MINUTE, end=START + 3 * MINUTE)
    assert bars.time.tolist() == [START + MINUTE, START + 2 * MINUTE]


def test_the_symbol_and_other_columns_choose_rows(write: Callable[..., Path]) -> None:
    rows = [
        f"2025-10-10T00:0{i}Z,{venue},{symbol},{price + i}"
        for i in range(2)
        for venue in ("a", "b")
        for symbol, price in (("BTCUSDT", 100 if venue == "a" else 200), ("ETHUSDT", 10))
    ]
    path = write(*rows, header="time,venue,symbol,price")
    assert read_bars([path], Selection(where={"venue": "b"})).close.tolist() == [200, 201]
    assert read_bars([path], Selection(where={"venue": "a"}, symbol="ETHUSDT")).close.tolist() == [10, 11]


def test_gaps_are_replayed_on_request_and_named(write: Callable[..., Path]) -> None:
    path = write(GOOD[0], GOOD[1], GOOD[3])
    bars = read_bars([path, write("2025-10-10T00:04Z,84,85,83,84", name="more.csv")], Selection(), gaps_allowed=True)
    assert bars.time.size == 4
    assert bars.gaps == ((START + MINUTE, START + 3 * MINUTE, 1),)


def test_funding_is_read_in_the_window_only(write: Callable[..., Path]) -> None:
    rows = [f"2025-10-10T0{hour}:00Z,0.0000{hour}" for hour in range(6)]
    funding = read_funding(
        write(*rows, header="timestamp,funding_rate"), Selection(), START + 3_600_000, START + 3 * 3_600_000
    )
    assert funding.rate.tolist() == [1000, 2000, 3000]
    assert np.diff(funding.time).tolist() == [3_600_000, 3_600_000]


def test_the_symbol_is_what_the_file_says(write: Callable[..., Path]) -> None:
    named = write("2025-10-10T00:00Z,SOLUSDT,5", "2025-10-10T00:01Z,SOLUSDT,5", header="time,coin,price")
    assert build(Request(marks=[named], accounts=1)).symbol == "SOLUSDT"
    bare = write("2025-10-10T00:00Z,5", "2025-10-10T00:01Z,5", header="time,price", name="eth_marks.csv")
    assert build(Request(marks=[bare], accounts=1)).symbol == "eth_marks"
    assert build(Request(marks=[bare], selection=Selection(symbol="ETH"), accounts=1)).symbol == "ETH"
    assert build(Request(accounts=1)).symbol == "BTCUSDT"


def test_files_of_different_kinds_are_refused_together(marks: Path) -> None:
    other = marks.with_suffix(".parquet")
    columns = {"timestamp": [START + 4 * MINUTE], "open": [5.0], "high": [5.0], "low": [5.0], "close": [5.0]}
    pl.DataFrame(columns).write_parquet(other)
    with pytest.raises(BadInput, match=r"marks.parquet: its columns are not of the kinds of the first file's"):
        read_bars([marks, other], Selection())
