"""Whatever stands in a file, reading it gives bars or a refusal, and nothing else."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.simulation.bars import read_bars
from stoplog.simulation.funding_rates import read_funding
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.population import default_path, read_population
from stoplog.simulation.scale import choose_scale
from stoplog.simulation.tables import Selection

pytestmark = pytest.mark.rule("SIM-001")

ODD = ["", "nan", "inf", "-inf", "1e400", "-1", "0", "1e-320", "9" * 30, "'", '"', "\x00", "é", "True"]
TIMES = ["2025-10-10T00:00Z", "2025-10-10T00:01Z", "2025-13-01", "1760054400"]
CELLS = st.one_of(
    st.sampled_from(ODD + TIMES),
    st.integers(-(10**20), 10**20).map(str),
    st.floats(width=64).map(str),
    st.text(max_size=5),
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=7).map(",".join), max_size=6)


def is_read_or_refused(path: Path, *readers: Callable[[], object]) -> None:
    """Runs the readers; anything but a refusal that names the file is an error."""
    for read in readers or (lambda: read_bars([path], Selection()), lambda: read_funding(path, Selection(), 0, 10**15)):
        said = str(path)
        try:
            read()
        except BadInput as refusal:
            said = str(refusal)
        assert str(path) in said


@settings(max_examples=120)
@given(ROWS, st.sampled_from(["timestamp,open,high,low,close,funding_rate", "time,symbol,price,rate", ""]))
def test_any_text_is_read_or_refused(rows: list[str], header: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_text("\n".join([header, *rows]), encoding="utf-8")
        is_read_or_refused(path)


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.parquet"
        path.write_bytes(content)
        is_read_or_refused(path)


COLUMN = st.one_of(
    st.lists(st.one_of(st.none(), st.floats()), min_size=3, max_size=3),
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=3, max_size=3),
    st.lists(st.one_of(st.none(), st.datetimes()), min_size=3, max_size=3),
    st.lists(st.one_of(st.none(), st.dates()), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=3, max_size=3),
    st.just([[1], [2], [3]]),
    st.just([{"a": 1}] * 3),
)


@settings(max_examples=80)
@given(st.fixed_dictionaries({"time": COLUMN, "close": COLUMN, "funding_rate": COLUMN}, optional={"symbol": COLUMN}))
def test_any_columns_are_read_or_refused(columns: dict[str, list[object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.parquet"
        pl.DataFrame(columns, strict=False).write_parquet(path)
        is_read_or_refused(path)


@settings(max_examples=60)
@given(st.lists(st.floats(1e-8, 1e7), min_size=2, max_size=6))
def test_any_prices_that_are_read_get_units_or_are_refused(prices: list[float]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        rows = [f"2025-10-10T00:0{i}Z,{price!r}" for i, price in enumerate(prices)]
        path.write_text("\n".join(["time,price", *rows]), encoding="utf-8")
        try:
            bars = read_bars([path], Selection())
            counts = choose_scale(bars, 6).count(bars.close)
        except BadInput:
            return
        assert (counts >= 1).all()
        assert np.isfinite(counts).all()


VALUES = st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=4), st.lists(st.integers(), max_size=3))


@settings(max_examples=80)
@given(st.integers(0, 10**6), VALUES)
def test_any_value_of_any_key_is_read_or_refused(place: int, value: object) -> None:
    lines = default_path().read_text(encoding="utf-8").splitlines()
    keys = [i for i, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    at = keys[place % len(keys)]
    name = lines[at].split(" = ")[0]
    shown = str(value).lower() if isinstance(value, float) else repr(value)
    lines[at] = "" if value is None else f"{name} = {shown}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        is_read_or_refused(path, lambda: read_population(path))
