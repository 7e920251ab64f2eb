"""Whatever is wrong with a file is refused with its row and field, and nothing is written."""

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from stoplog.simulation.command import main
from tests.simulation.conftest import GOOD, bar

pytestmark = pytest.mark.rule("SIM-001")

WRONG_MARKS = {
    "duplicate": ([*GOOD[:2], GOOD[1], *GOOD[2:]], "row 3, field timestamp: 2025-10-10 00:01:00 UTC is there twice"),
    "unordered": ([GOOD[0], GOOD[2], GOOD[1], GOOD[3]], "row 3, field timestamp: the rows are not in order"),
    "missing row": ([GOOD[0], GOOD[1], GOOD[3], bar(4, 84, 85, 83, 84)], "row 3, field timestamp: rows are missing"),
    "NaN": ([GOOD[0], bar(1, 101, 102, float("nan"), 101)], "row 2, field low: this is not a finite number: nan"),
    "infinite": ([GOOD[0], bar(1, 101, float("inf"), 100, 101)], "row 2, field high: this is not a finite number: inf"),
    "negative": ([GOOD[0], GOOD[1], bar(2, 101, 102, -5, 101)], "row 3, field low: the price is not above zero: -5"),
    "zero": ([GOOD[0], bar(1, 101, 102, 0, 101)], "row 2, field low: the price is not above zero: 0"),
    "huge": ([GOOD[0], bar(1, 1e30, 1e30, 1e30, 1e30)], "row 2, field close: the price is not between"),
    "tiny": ([GOOD[0], bar(1, 101, 102, 1e-30, 101)], "row 2, field low: the price is not between"),
    "a jump": (
        [GOOD[0], bar(1, 20_000, 20_000, 20_000, 20_000)],
        "row 2, field open: the price jumps from 101 to 20000",
    ),
    "a wick too far": ([GOOD[0], bar(1, 101, 102, 0.5, 101)], "row 2, field low: the low 0.5 is too far from the open"),
    "no number": ([GOOD[0], "2025-10-10T00:01:00Z,101,abc,100,101"], "row 2, field high: this is not a number: 'abc'"),
    "empty cell": ([GOOD[0], "2025-10-10T00:01:00Z,101,102,,101"], "row 2, field low: the value is missing"),
    "short row": ([GOOD[0], "2025-10-10T00:01:00Z,101"], "row 2, field close: the value is missing"),
    "long row": ([GOOD[0], f"{GOOD[1]},7"], "row 2: it has 6 fields, the header has 5"),
    "no time": ([GOOD[0], "yesterday,101,102,100,101"], "row 2, field timestamp: this is not a time: 'yesterday'"),
    "no time at all": ([GOOD[0], ",101,102,100,101"], "row 2, field timestamp: the time is missing"),
    "another age": (
        ["1815-06-18,1,1,1,1", "1815-06-19,1,1,1,1"],
        "row 1, field timestamp: no time between 2009 and 2100",
    ),
    "high below open": ([GOOD[0], bar(1, 101, 100.5, 100, 100.2)], "row 2, field high: the high 100.5 is below"),
    "low above close": ([GOOD[0], bar(1, 101, 102, 100, 99)], "row 2, field low: the low 100 is above"),
    "one row": ([GOOD[0]], "1 rows in the window; at least 2 are needed"),
    "no rows": ([], "there are no rows"),
}


def refused(arguments: list[str | Path], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said when these arguments are refused; asserts that nothing was written beside what was there."""
    before = sorted(folder.iterdir())
    outputs = ["--ledger", folder / "new.ledger", "--report", folder / "new.html", "--accounts", "10"]
    assert main([str(argument) for argument in [*arguments, *outputs]]) == 2
    assert sorted(folder.iterdir()) == before
    said = capsys.readouterr().err
    assert "Nothing was written." in said
    return said.replace(str(folder) + "/", "")


@pytest.mark.parametrize("case", WRONG_MARKS)
def test_marks_are_refused(case: str, write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    rows, sentence = WRONG_MARKS[case]
    path = write(*rows)
    assert f"marks.csv, {sentence}" in refused([path], path.parent, capsys).replace("marks.csv: ", "marks.csv, ")


@pytest.mark.parametrize(
    ("column", "at", "value", "sentence"),
    [
        ("low", 2, float("nan"), "row 3, field low: this is not a finite number"),
        ("low", 2, None, "row 3, field low: the value is missing"),
        ("close", 1, -4.0, "row 2, field close: the price is not above zero: -4"),
        ("timestamp", 3, 1_760_054_520, "row 4, field timestamp: 2025-10-10 00:02:00 UTC is there twice"),
    ],
)
def test_marks_in_parquet_are_refused(
    column: str, at: int, value: float | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns: dict[str, list[float | None]] = {
        "timestamp": [1_760_054_400 + 60 * i for i in range(4)],
        "open": [100.0] * 4,
        "high": [101.0] * 4,
        "low": [99.0] * 4,
        "close": [100.0] * 4,
    }
    columns[column][at] = value
    path = tmp_path / "marks.parquet"
    pl.DataFrame(columns, strict=False).write_parquet(path)
    assert f"marks.parquet, {sentence}" in refused([path], tmp_path, capsys)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "marks.csv: the file is empty"),
        (b"PAR1 and then nonsense", "marks.csv: it is neither CSV nor Parquet"),
        (b"\xff\xfe\x00\x01\n\x80,\x81\n", "marks.csv"),
        (b"when,price\n2025-10-10,5\n", "marks.csv: no column for time; there are when, price"),
        (b"time,coin,price\n2025-10-10,ETH,5\n2025-10-11,SOL,5\n", "coin: there is no BTCUSDT; there is ETH, SOL"),
        (b"# made by me\ntime,close\n1700000000,1\n1700000060,1,5\n", "row 2: it has 3 fields, the header has 2"),
        (b'# "a, b, c, d\n\ntime,close\n#\n1,1\n\n# e\n\n2,1,5\n', "row 4: it has 3 fields, the header has 2"),
        (b"time,close\n" + b"1" * 200_000 + b",1\n1,2,3\n", "marks.csv: it is neither CSV nor Parquet"),
        (b'time,close\r\n"1\r\n# 2",1\r\n\r\n2,1,5\r\n', "row 3: it has 3 fields, the header has 2"),
    ],
)  # fmt: skip
def test_other_files_are_refused(
    content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "marks.csv"
    path.write_bytes(content)
    assert sentence in refused([path], tmp_path, capsys)


def test_a_broken_archive_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "marks.csv.gz"
    path.write_bytes(gzip.compress(b"time,close\n1,1\n1,2,3\n" * 1000)[:-20])
    assert "marks.csv.gz" in refused([path], tmp_path, capsys)
    path.write_bytes(b"time,close\n1,1\n1,2,3\n")
    assert "marks.csv.gz" in refused([path], tmp_path, capsys)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere.csv: there is no such file" in refused([tmp_path / "nowhere.csv"], tmp_path, capsys)


@pytest.mark.parametrize("ending", ["", ".csv", ".parquet"])
def test_a_directory_is_refused_as_one(ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / f"d{ending}"
    folder.mkdir()
    assert f"d{ending}: this is a directory, not a file" in refused([folder], tmp_path, capsys)


def test_a_row_that_is_too_long_is_counted_without_a_header_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("# 1,2,3\n1700000000,1\n# x\n\n1700000060,1,5\n")
    said = refused([path, "--no-header", "--columns", "time=column_1,close=column_2"], tmp_path, capsys)
    assert "row 3: it has 3 fields, the first row has 2" in said


def test_a_second_file_that_begins_before_the_first_ends_is_refused(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = write(*GOOD), write(*GOOD[2:], name="more.csv")
    assert "more.csv, row 1, field timestamp: the rows are not in order" in refused(
        [first, second], first.parent, capsys
    )


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (["2025-10-10T00:01Z,nan"], "row 1, field funding_rate: this is not a finite number: nan"),
        (
            ["2025-10-10T00:01Z,0.01", "2025-10-10T00:01Z,0.02"],
            "row 2, field timestamp: 2025-10-10 00:01:00 UTC is there",
        ),
        (["2025-10-10T00:02Z,0.01", "2025-10-10T00:01Z,0.02"], "row 2, field timestamp: the rows are not in order"),
        (["2025-10-10T00:01Z,75"], "row 1, field funding_rate: the rate 75 is beyond"),
        (["2024-10-10T00:01Z,0.01"], "no payment in the window of the marks"),
    ],
)
def test_funding_is_refused(
    rows: list[str], sentence: str, marks: Path, write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    funding = write(*rows, header="timestamp,funding_rate", name="funding.csv")
    assert f"funding.csv, {sentence}" in refused([marks, "--funding", funding], marks.parent, capsys).replace(
        "funding.csv: ", "funding.csv, "
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("count = 50_000", "count = 0", "field traders.count: 0 is not between 1"),
        ("count = 50_000", "count = 2.5", "field traders.count: this is not a whole number: 2.5"),
        ("count = 50_000", "crowd = 5", "field traders.crowd: there is no such key; there are count, long"),
        ("long = 0.62", "long = 1.2", "field traders.long: 1.2 is not between 0 and 1"),
        ("median = 300", "median = nan", "field size.median: NaN is not between"),
        ("median = 300", "median = -300", "field size.median: -300 is not between"),
        ("median = 300", "median = '300'", "field size.median: this is not a number: 300"),
        ("median = 300", "", "field size.median: the number is missing"),
        ('distribution = "lognormal"', 'distribution = "normal"', "field size.distribution: this is none of fixed"),
        ("values = [2, ", "values = [0.5, ", "field leverage.values[1]: 0.5 is not between 1"),
        ("weights = [7, ", "weights = [7, 7, ", "field leverage.weights: there are 11 weights for 10 values"),
        ("least = 0\n", "least = 0.99\n", "field entry.least: 0.99 is above most"),
        ("share = 0.5", "share = true", "field exit.share: this is not a number: True"),
        (
            "taker_fee = 0.0005 ",
            "taker_fee = 0.0000000005 ",
            "field market.taker_fee: 5E-10 has more than eight decimals",
        ),
        ("[300_000, 0.005, 100]", "[300_000, 0.005]", "field market.tiers[2]: a tier is"),
        ("[300_000, 0.005, 100]", "[900_000, 0.005, 100]", "field market.tiers: tier 3: the floor is not above"),
        ("[300_000, 0.005, 100]", "[300_000, 0.0001, 100]", "field market.tiers: tier 2: the rate is below"),
        ("[0, 0.004, 150]", "[1, 0.004, 150]", "field market.tiers: tier 1: the first floor is not 0"),
        ("[0, 0.004, 150]", "[0.0000001, 0.004, 150]", "field market.tiers[1]: 1E-7 is not a whole number of"),
        ("[exit]", "[leaving]", "field leaving: there is no such key"),
        ("[traders]", "[traders", "this is not TOML"),
    ],
)
def test_populations_are_refused(
    old: str, new: str, sentence: str, marks: Path, population: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = population((old, new))
    said = refused([marks, "--population", path], marks.parent, capsys)
    assert f"population.toml, {sentence}" in said.replace("population.toml: ", "population.toml, ")


def test_traders_that_put_in_more_than_an_asset_can_hold_are_refused(
    marks: Path, population: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = population(("median = 300", "median = 1e12"), ("most = 500_000", "most = 1e12"))
    assert "the traders put in more than one asset can hold" in refused(
        [marks, "--population", path], marks.parent, capsys
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--columns", "low=deep"], "no column deep; there are timestamp, open, high, low, close"),
        (["--columns", "depth=low"], "there is no field depth"),
        (["--columns", "low"], "--columns takes NAME=VALUE, not low"),
        (["--where", "close=7"], "field close: there is no 7; there is 100.5, 101, 82.25, 84"),
        (["--from", "2026-01-01"], "0 rows in the window"),
        (["--report", "nowhere/report.html"], "there is no such folder"),
        (["--report", "/"], "/: this is a directory, not a file"),
        (["--ledger", "/"], "/: this is a directory, not a file"),
    ],
)
def test_options_are_refused(
    arguments: list[str], sentence: str, marks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(marks), *arguments]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--accounts", "0"], ["--seed", "-1"], ["--seed", "x"], ["--from", "noon"], ["--path", "vwap"]]
)
def test_figures_are_refused_by_the_parser(arguments: list[str], marks: Path) -> None:
    with pytest.raises(SystemExit) as refusal:
        main([str(marks), *arguments])
    assert refusal.value.code == 2


def test_a_ledger_that_is_there_is_not_overwritten(marks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = marks.parent / "old.ledger"
    ledger.write_bytes(b"anything")
    assert main([str(marks), "--accounts", "10", "--ledger", str(ledger)]) == 2
    assert "old.ledger: this file is there already" in capsys.readouterr().err
    assert ledger.read_bytes() == b"anything"
