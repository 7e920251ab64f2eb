"""The instruments of a replay with several: the marks of each, and the coins that follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from stoplog.simulation.bars import Bars, read_bars
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.paths import Marks, marks_of
from stoplog.simulation.population import Market
from stoplog.simulation.scale import Scale, choose_scale
from stoplog.simulation.sharing.terms import Terms
from stoplog.simulation.tables import Selection, column_of
from stoplog.simulation.world import Request
from stoplog.units import ASSET_PRICE_MAX, PRICE_ONE

COIN_DECIMALS_MOST = 8
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin held as collateral: `decimals` of its smallest unit, whose price is `factor` times the mark's count."""

    decimals: int
    factor: int
    haircut: int


@dataclass(frozen=True, slots=True)
class Line:
    """One instrument; `coin` where its coin can be collateral."""

    symbol: str
    market: Market
    bars: Bars
    scale: Scale
    marks: Marks
    coin: Coin | None


def read_lines(request: Request, terms: Terms) -> tuple[str, tuple[Line, ...]]:
    """How the marks are read (`ohlc` or `close`), and the lines; `BadInput` where there are fewer than two."""
    files = _files(request)
    if len(files) < FEWEST:
        raise BadInput(f"--margin needs the marks of two instruments; there is {', '.join(files) or 'none'}")
    found = {name: _bars(request, name, paths) for name, paths in files.items()}
    path = request.path or ("ohlc" if all(bars.ranges for bars in found.values()) else "close")
    for name, bars in found.items():
        if path == "ohlc" and not bars.ranges:
            raise BadInput("path ohlc needs open, high and low; there is one price a row", file=files[name][0])
    lines = tuple(_line(name, bars, path, terms) for name, bars in found.items())
    if max(line.marks.time[0] for line in lines) >= min(line.marks.time[-1] for line in lines):
        raise BadInput(f"{', '.join(files)} have no time in common")
    return path, lines


def _files(request: Request) -> dict[str, list[Path]]:
    """The files of each symbol: those given as SYMBOL=FILE, and the symbols in the others."""
    chosen = request.selection.symbol.split(",") if request.selection.symbol else []
    found: dict[str, list[Path]] = {}
    for given in request.marks:
        name, sign, rest = str(given).partition("=")
        if sign and not given.exists():
            found.setdefault(name, []).append(Path(rest))
            continue
        for symbol in chosen or _symbols(given, request.selection):
            found.setdefault(symbol, []).append(given)
    return found


def _symbols(path: Path, selection: Selection) -> Sequence[str]:
    """The symbols in a file; its own name where it has no column of them."""
    frame, column = column_of(path, selection, "symbol")
    if column is None:
        return [path.name.split(".")[0]]
    return frame[column].cast(pl.String).unique().drop_nulls().sort().to_list()


def _bars(request: Request, name: str, paths: Sequence[Path]) -> Bars:
    chosen = request.selection
    one = Selection(chosen.columns, chosen.where, name, header=chosen.header)
    return read_bars(paths, one, start=request.start, end=request.end, gaps_allowed=request.gaps_allowed)


def _line(name: str, bars: Bars, path: str, terms: Terms) -> Line:
    market = terms.market_of(name)
    scale = choose_scale(bars, market.asset_decimals)
    marks = marks_of(bars, scale, path)
    coin = _coin(name, scale, int(marks.price.max()), terms) if name in terms.haircuts else None
    return Line(name, market, bars, scale, marks, coin)


def _coin(name: str, scale: Scale, largest: int, terms: Terms) -> Coin:
    """One smallest unit of the asset is one value unit, so a coin's price is its mark times a power of ten."""
    digits = scale.asset_decimals - scale.price_decimals + len(str(PRICE_ONE)) - 1
    decimals = min(COIN_DECIMALS_MOST, digits)
    factor = 10 ** (digits - decimals)
    if largest * factor > ASSET_PRICE_MAX:
        raise BadInput(f"{name} is too dear for a collateral asset of {decimals} decimals", file=terms.path)
    return Coin(decimals, factor, terms.haircuts[name])
