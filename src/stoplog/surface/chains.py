"""Option chains out of Parquet and CSV files: SRF-006.

A row is an option at a moment. Volatilities are those of the venue's marks. The forward is the one of the row; where an
expiry has none it follows from the marks of calls and puts of one strike, which are taken to be in coin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from stoplog.pricing.quotes import Floats, Quotes
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.tables import Table, read_frame
from stoplog.simulation.values import numbers, shown, times

NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("snapshot", "timestamp", "time"),
    "expiry": ("expiry", "expiration", "expiration_timestamp"),
    "strike": ("strike", "strike_price"),
    "type": ("option_type", "type"),
    "volatility": ("mark_iv", "implied_volatility", "iv"),
    "forward": ("underlying_price", "forward"),
    "price": ("mark_price",),
}
"""Columns by field, in the order in which they are looked for."""

NEEDED = ("time", "expiry", "strike", "type", "volatility")

CALLS, PUTS = ("call", "c"), ("put", "p")

VOLATILITY_MOST = 10.0
"""More than 1,000 % is a percentage given as a number."""

PARITY_STRIKES = 5
"""The forward is the median over so many strikes, those at which call and put are nearest to each other."""

YEAR_MS = 365 * 24 * 3_600_000


class Smile(NamedTuple):
    """One expiry: its moment in milliseconds, its forward, and the quotes of options out of the money."""

    expiry: int
    forward: float
    from_parity: bool
    options: int
    quotes: Quotes


class Chain(NamedTuple):
    """All expiries at one moment, in the order of time."""

    moment: int
    smiles: tuple[Smile, ...]

    def quotes(self) -> list[Quotes]:
        """The quotes of each expiry, as a surface is fitted to them."""
        return [smile.quotes for smile in self.smiles]


class Options(NamedTuple):
    """The rows of one moment; a forward or a price that is not there is not a number."""

    expiry: NDArray[np.int64]
    strike: Floats
    is_call: NDArray[np.bool_]
    volatility: Floats
    forward: Floats
    price: Floats

    def of(self, kept: NDArray[np.bool_]) -> Options:
        """The rows that are marked."""
        return Options(
            self.expiry[kept],
            self.strike[kept],
            self.is_call[kept],
            self.volatility[kept],
            self.forward[kept],
            self.price[kept],
        )


class ChainFile:
    """A file of chains; `BadInput` names the row and the field that cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.table = _table(path)
        self.time = times(self.table, "time")
        self.moments: list[int] = sorted(set(self.time.tolist()))

    def chains(self) -> Iterator[Chain]:
        """Every chain of the file, in the order of time."""
        return (self.chain(moment) for moment in self.moments)

    def chain(self, moment: int) -> Chain:
        """The chain of one of the file's moments."""
        kept = self.time == moment
        options = _options(self.table.keep(kept), moment)
        expiries = sorted(set(options.expiry.tolist()))
        return Chain(moment, tuple(self._smile(options.of(options.expiry == each), each, moment) for each in expiries))

    def last_until(self, time: int | None) -> int:
        """The last moment not after a time, or of all."""
        until = [moment for moment in self.moments if time is None or moment <= time]
        if not until:
            raise BadInput(f"there is no chain until then; the first is of {shown(self.moments[0])}", file=self.path)
        return until[-1]

    def _smile(self, options: Options, expiry: int, moment: int) -> Smile:
        given = options.forward[~np.isnan(options.forward)]
        parity = None if given.size else _parity(options)
        if not given.size and parity is None:
            raise BadInput(
                f"the expiry of {shown(expiry)} has no forward: {self._column('forward')} is empty, and no strike has"
                f" a call and a put with {self._column('price')}",
                file=self.path,
            )
        forward = float(np.median(given)) if parity is None else parity
        k = np.log(options.strike / np.where(np.isnan(options.forward), forward, options.forward))
        quoted = (options.is_call == (k >= 0.0)) & (options.volatility > 0.0)
        order = np.argsort(k[quoted], kind="stable")
        years = (expiry - moment) / YEAR_MS
        quotes = Quotes(years, k[quoted][order], options.volatility[quoted][order])
        return Smile(expiry, forward, parity is not None, options.strike.size, quotes)

    def _column(self, name: str) -> str:
        return self.table.columns.get(name, NAMES[name][0])


def _table(path: Path) -> Table:
    """The rows of the file that have a volatility."""
    frame = read_frame(path, header=True)
    lower = {column.lower().strip(): column for column in frame.columns}
    columns = {name: lower[known] for name, names in NAMES.items() for known in reversed(names) if known in lower}
    for name in NEEDED:
        if name not in columns:
            there = ", ".join(frame.columns)
            raise BadInput(f"no column for {name}: {' or '.join(NAMES[name])}; there are {there}", file=path)
    kept = frame[columns["volatility"]].is_not_null().to_numpy()
    if not kept.any():
        raise BadInput("there are no rows with a volatility", file=path, field=columns["volatility"])
    chosen = frame.filter(pl.Series(kept)).select(pl.col(column).alias(name) for name, column in columns.items())
    row = np.flatnonzero(kept) + 1
    return Table((path,), np.zeros(row.size, np.int64), row, chosen, columns)


def _options(table: Table, moment: int) -> Options:
    expiry = times(table, "expiry")
    table.refuse_first(
        "expiry", expiry <= moment, lambda line: f"it expired at {shown(int(expiry[line]))}, the chain is later"
    )
    strike = _above(table, "strike", 0.0)
    volatility = numbers(table, "volatility")
    table.refuse_first("volatility", volatility < 0.0, lambda line: f"{volatility[line]} is below 0")
    table.refuse_first(
        "volatility",
        volatility > VOLATILITY_MOST,
        lambda line: f"{volatility[line]} is above {VOLATILITY_MOST:g}: 50 % is given as 0.5",
    )
    return Options(
        expiry, strike, _calls(table), volatility, _optional(table, "forward", 0.0), _optional(table, "price")
    )


def _above(table: Table, name: str, least: float) -> Floats:
    values = numbers(table, name)
    table.refuse_first(name, values <= least, lambda line: f"{values[line]} is not above {least:g}")
    return values


def _optional(table: Table, name: str, least: float = -np.inf) -> Floats:
    found = np.full(table.row.size, np.nan)
    if name in table.columns:
        there = table.frame[name].is_not_null().to_numpy()
        if there.any():
            found[there] = _above(table.keep(there), name, least)
    return found


def _calls(table: Table) -> NDArray[np.bool_]:
    kinds: Sequence[str | None] = table.frame["type"].cast(pl.String).str.to_lowercase().to_list()
    wrong = np.array([kind not in CALLS + PUTS for kind in kinds])
    table.refuse_first("type", wrong, lambda line: f"{kinds[line]!r} is neither call nor put")
    return np.array([kind in CALLS for kind in kinds])


def _parity(options: Options) -> float | None:
    """The forward F at which a call less a put, in coin, is 1 − K / F; None where no strike has both."""
    priced = options.of(~np.isnan(options.price))
    calls = dict(zip(priced.strike[priced.is_call].tolist(), priced.price[priced.is_call].tolist(), strict=True))
    puts = dict(zip(priced.strike[~priced.is_call].tolist(), priced.price[~priced.is_call].tolist(), strict=True))
    gaps = sorted((abs(calls[strike] - puts[strike]), strike) for strike in calls.keys() & puts.keys())
    found = [strike / (1.0 - calls[strike] + puts[strike]) for _, strike in gaps[:PARITY_STRIKES]]
    return float(np.median(found)) if found else None
