"""Columns out of Parquet and CSV files, whatever the venue calls them.

A field is found by the name that a mapping gives it, or by one of the names in common use. Rows keep the
number they have in their file, so that whatever is refused later can be pointed at.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stoplog.simulation.inputs import BadInput

NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("timestamp", "time", "open_time", "opentime", "datetime", "date", "ts", "t", "calc_time", "fundingtime"),
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "c", "mark_price", "markprice", "mark", "price"),
    "rate": ("funding_rate", "fundingrate", "last_funding_rate", "rate"),
    "symbol": ("symbol", "coin", "pair", "market", "instrument", "instrument_name"),
}

PARQUET_MAGIC = b"PAR1"
COMMENT = "#"

DEFAULT_SYMBOL = "BTCUSDT"
"""The symbol that is read where there are several and none was chosen."""

NAMED_MOST = 20
"""How many values of a column an error names."""


@dataclass(frozen=True, slots=True)
class Selection:
    """How to read a file: columns by field, rows by the value of a column, and whether there is a header line.

    Without a header the columns are called column_1, column_2 and so on.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    symbol: str | None = None
    header: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by field, with the file and the row (from 1) that each line came from."""

    files: tuple[Path, ...]
    file: NDArray[np.int64]
    row: NDArray[np.int64]
    frame: pl.DataFrame
    columns: Mapping[str, str]

    def refuse_first(self, name: str, wrong: NDArray[np.bool_], reason: Callable[[int], str]) -> None:
        """Raise `BadInput` for the first line that is marked wrong, if there is one."""
        found = np.flatnonzero(wrong)
        if found.size:
            line = int(found[0])
            raise BadInput(
                reason(line), file=self.files[self.file[line]], row=int(self.row[line]), field=self.columns[name]
            )

    def keep(self, kept: NDArray[np.bool_]) -> Table:
        """The lines that are marked, with the places that they came from."""
        return Table(self.files, self.file[kept], self.row[kept], self.frame.filter(pl.Series(kept)), self.columns)


def read_table(path: Path, selection: Selection, needed: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """The selected lines of one file, one column per field that it has; `BadInput` where a needed one is missing."""
    frame = read_frame(path, header=selection.header)
    _refuse_unknown(path, frame, [*selection.columns.values(), *selection.where])
    columns = {}
    for name in (*needed, *optional):
        column = _column(frame, name, selection.columns)
        if column is None and name in needed:
            raise BadInput(
                f"no column for {name}; there are {', '.join(frame.columns)}: name one with {name}=COLUMN", file=path
            )
        if column is not None:
            columns[name] = column
    keep = _selected(path, frame, selection)
    row = np.flatnonzero(keep) + 1
    if not row.size:
        raise BadInput("there are no rows", file=path)
    chosen = frame.filter(pl.Series(keep)).select(pl.col(column).alias(name) for name, column in columns.items())
    return Table((path,), np.zeros(row.size, np.int64), row, chosen, columns)


def column_of(path: Path, selection: Selection, name: str) -> tuple[pl.DataFrame, str | None]:
    """A file as it is, and the column of a field in it; None where it has none."""
    frame = read_frame(path, header=selection.header)
    return frame, _column(frame, name, selection.columns)


def stack(tables: Sequence[Table]) -> Table:
    """Several files as one, in the order given; all have the fields of the first."""
    fields = list(tables[0].columns)
    for table in tables:
        if list(table.columns) != fields:
            reason = f"it has {', '.join(table.columns)}, the first file {', '.join(fields)}"
            raise BadInput(reason, file=table.files[0])
        if _kinds(table.frame) != _kinds(tables[0].frame):
            raise BadInput("its columns are not of the kinds of the first file's", file=table.files[0])
    return Table(
        tuple(table.files[0] for table in tables),
        np.concatenate([np.full(table.row.size, i, np.int64) for i, table in enumerate(tables)]),
        np.concatenate([table.row for table in tables]),
        pl.concat([table.frame for table in tables], how="vertical_relaxed"),
        tables[0].columns,
    )


def _kinds(frame: pl.DataFrame) -> list[str]:
    """Whether each column holds numbers, or else what it holds."""
    return ["number" if dtype.is_numeric() else str(dtype) for dtype in frame.dtypes]


def read_frame(path: Path, *, header: bool) -> pl.DataFrame:
    """What a Parquet or CSV file holds, CSV as text; `BadInput` where it is neither, or not there."""
    if path.is_dir():
        raise BadInput("this is a directory, not a file", file=path)
    if not path.is_file():
        raise BadInput("there is no such file", file=path)
    with path.open("rb") as stream:
        parquet = stream.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
    try:
        if parquet:
            return pl.read_parquet(path)
        frame = pl.read_csv(path, infer_schema=False, has_header=header, comment_prefix=COMMENT)
        return frame if header else frame.rename(lambda name: f"column_{frame.columns.index(name) + 1}")
    except pl.exceptions.NoDataError:
        raise BadInput("the file is empty", file=path) from None
    except (pl.exceptions.PolarsError, UnicodeError, OSError) as error:
        if not parquet:
            with suppress(csv.Error, OSError, EOFError):
                _refuse_ragged(path, header=header)
        reason = str(error).splitlines()[0]
        raise BadInput(f"it is neither CSV nor Parquet that can be read: {reason}", file=path) from error


def _refuse_ragged(path: Path, *, header: bool) -> None:
    """Refuse the first row that is longer than the first line; rows are counted as Polars counts them."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", errors="replace", newline="") as stream:
        lines = dropwhile(lambda cells: not cells, csv.reader(_without_comments(stream)))
        width = len(next(lines, []))
        for row, cells in enumerate(lines, start=1 if header else 2):
            if len(cells) > width:
                reason = f"it has {len(cells)} fields, the {'header' if header else 'first row'} has {width}"
                raise BadInput(reason, file=path, row=row)


def _without_comments(lines: Iterable[str]) -> Iterator[str]:
    """The lines that do not begin with a hash, and those that do inside a quoted value."""
    quoted = False
    for line in lines:
        if quoted or not line.startswith(COMMENT):
            quoted ^= line.count('"') % 2 == 1
            yield line


def _refuse_unknown(path: Path, frame: pl.DataFrame, wanted: Sequence[str]) -> None:
    for column in wanted:
        if column not in frame.columns:
            raise BadInput(f"no column {column}; there are {', '.join(frame.columns)}", file=path)


def _column(frame: pl.DataFrame, name: str, chosen: Mapping[str, str]) -> str | None:
    if name in chosen:
        return chosen[name]
    lower = {column.lower().strip(): column for column in frame.columns}
    return next((lower[known] for known in NAMES[name] if known in lower), None)


def _selected(path: Path, frame: pl.DataFrame, selection: Selection) -> NDArray[np.bool_]:
    keep = np.ones(frame.height, bool)
    for column, value in selection.where.items():
        keep &= _equals(path, frame, column, value)
    of_symbol = _column(frame, "symbol", selection.columns)
    if of_symbol is None or of_symbol in selection.where:
        return keep
    if selection.symbol is None and frame[of_symbol].n_unique() == 1:
        return keep
    return keep & _equals(path, frame, of_symbol, selection.symbol or DEFAULT_SYMBOL)


def _equals(path: Path, frame: pl.DataFrame, column: str, value: str) -> NDArray[np.bool_]:
    if frame[column].dtype.is_nested():
        raise BadInput(f"the column holds {frame[column].dtype}, nothing to choose by", file=path, field=column)
    series = frame[column].cast(pl.String)
    equal: NDArray[np.bool_] = (series == value).fill_null(value=False).to_numpy()
    if not equal.any():
        there = ", ".join(series.unique().drop_nulls().sort().head(NAMED_MOST).to_list())
        raise BadInput(f"there is no {value}; there is {there}", file=path, field=column)
    return equal
