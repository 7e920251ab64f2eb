"""The engine's own liquidation set of a strategy on the terminal, beside the continuous one: STG-006."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stoplog.calculator.liquidation_set import next_to
from stoplog.calculator.quote_view import LIQUIDATED, RIGHT, Written
from stoplog.strategy.in_engine import InEngine
from stoplog.strategy.in_lots import NotHeld
from stoplog.strategy.reading import Strategy
from stoplog.strategy.words import distance, price_words

INTERVALS_SHOWN = 12
"""So many intervals have a line of their own."""

Cells = tuple[str, str]
"""A price and how far it is from the mark."""


def show_own(strategy: Strategy, found: InEngine | NotHeld, written: Written, console: Console) -> None:
    """Print where the engine liquidates, or why it does not hold the compartment."""
    if isinstance(found, NotHeld):
        console.print(Text(f"The engine does not hold this compartment: {found}.", "dim"))
        return
    mark = strategy.held.mark
    console.print(nearest(mark, found, written))
    console.print(intervals(mark, found))
    console.print(Text(units(strategy, found), "dim"))


def nearest(mark: Fraction, found: InEngine, written: Written) -> Table:
    """The last healthy whole prices next to the mark, and the boundaries in floats."""
    table = _table("in the engine", ("below", "from mark", "above", "from mark"))
    own = [None if price is None else _own(price, mark, found) for price in found.own.next_to(found.lots.mark)]
    smooth = [
        None if price is None else (price_words(price, written), distance(price, mark))
        for price in next_to(mark, list(found.continuous))
    ]
    table.add_row("last healthy price", *(Text(cell, "bold") for cells in own for cell in cells or ("", "")))
    table.add_row("boundary in floats", *(cell for cells in smooth for cell in cells or ("", "")))
    return table


def intervals(mark: Fraction, found: InEngine) -> Table:
    """First and last whole price of every interval; single healthy prices in it are counted."""
    own = found.own
    table = _table("liquidated by it", ("from", "from mark", "to", "from mark"))
    if not own.intervals:
        table.add_row(Text("at no price shown", LIQUIDATED), "", "", "", "")
    for one in own.intervals[:INTERVALS_SHOWN]:
        name = f"all but {one.healthy:,}" if one.healthy else "all"
        first = ("further", "") if one.first == own.lowest else _own(one.first, mark, found)
        last = ("further", "") if one.last == own.highest else _own(one.last, mark, found)
        table.add_row(Text(name, LIQUIDATED), *first, *last)
    if len(own.intervals) > INTERVALS_SHOWN:
        table.add_row(f"and {len(own.intervals) - INTERVALS_SHOWN:,} more", "", "", "", "")
    return table


def units(strategy: Strategy, found: InEngine) -> str:
    """What a price and a lot are, what margins it, how far rounding goes, and how closely was looked."""
    lots, own = found.lots, found.own
    price, lot = (f"{Decimal(1).scaleb(-places):f}" for places in (lots.price_places, lots.lot_places))
    by = ", not by the legs' rates" if strategy.model is None else ""
    apart = f"{Decimal(own.bound).scaleb(-lots.money_places):f}"
    seen = f"prices from {_price(own.lowest, lots.price_places)} to {_price(own.highest, lots.price_places)}"
    closely = f"all {seen}" if own.step == 1 else f"{seen}, {own.step:,} units apart where rounding decides"
    return (
        f"Margined by the scenarios of stoplog{by}.\nPrices are whole units of {price}, lots {lot}.\n"
        f"Equity less requirement is within {apart} of that in floats at every price.\nLooked at: {closely}.\n"
    )


def _table(name: str, columns: tuple[str, ...]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(name, no_wrap=True)
    for column in columns:
        table.add_column(column, justify=RIGHT, no_wrap=True)
    return table


def _own(price: int, mark: Fraction, found: InEngine) -> Cells:
    places = found.lots.price_places
    return _price(price, places), distance(Fraction(price, 10**places), mark)


def _price(price: int, places: int) -> str:
    return f"{Decimal(price).scaleb(-places):,.{places}f}"
