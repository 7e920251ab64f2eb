"""The quote of a strategy on the terminal: legs, what is in the compartment, every interval, a chart."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stoplog.calculator.liquidation_set import next_to
from stoplog.calculator.quote_chart import Labels, Line, Mark, across, chart
from stoplog.calculator.quote_view import (
    BANKRUPT,
    CHART_HEIGHT,
    CHART_WIDTH,
    EQUITY,
    LIQUIDATED,
    NOW,
    REQUIREMENT,
    RIGHT,
    Written,
    ratio,
)
from stoplog.portfolio.below_zero import Interval
from stoplog.portfolio.shape import Charge
from stoplog.strategy.in_engine import InEngine
from stoplog.strategy.in_lots import NotHeld
from stoplog.strategy.own_view import show_own
from stoplog.strategy.reading import Strategy
from stoplog.strategy.window import window
from stoplog.strategy.words import amount, distance, figure, leg_words, price_words
from stoplog.strategy.worth import Worth

LEGS_SHOWN = 40
"""So many legs have a line of their own."""

GREEK_PLACES = 3

Rows = list[tuple[str, str]]


def show(
    strategy: Strategy,
    found: Worth,
    engine: InEngine | NotHeld,
    *,
    with_chart: bool,
    console: Console | None = None,
) -> None:
    """Print the quote; `engine`: the strategy in the engine, or why that cannot be."""
    console = console or Console(highlight=False)
    held = strategy.held
    largest = max([abs(found.equity), abs(float(held.margin)), *(abs(each.profit) for each in found.legs)])
    written = Written(Decimal(float(held.mark)), Decimal(largest or 1.0))
    console.print()
    console.print(title(strategy, found, written))
    console.print(legs(found, written))
    console.print(balance(strategy, found, written))
    console.print(boundaries(held.mark, found, written))
    console.print(every_interval(held.mark, found, written))
    show_own(strategy, engine, written, console)
    if with_chart:
        console.print(equity_chart(strategy, found, written))


def title(strategy: Strategy, found: Worth, written: Written) -> Text:
    """The name, the mark, and what the strategy is at it."""
    by = "the legs' rates" if strategy.model is None else strategy.model
    mark = price_words(strategy.held.mark, written)
    text = Text(f"{strategy.name}: {state(found)} at the mark of {mark}\n", "bold")
    count = len(found.legs)
    legs_ = f"{count} leg{'' if count == 1 else 's'} on one underlying"
    return text.append(f"{legs_}, amounts in quote units, maintenance by {by}", "dim")


def state(found: Worth) -> str:
    """What the compartment is at the mark.

    >>> figures = dict(legs=[], premium=0, options=0, profit=0, charges=[], liquidated=[], bankrupt=[])
    >>> state(Worth(**figures, equity=5.0, maintenance=6.0, worst=None, worst_by_expiry=None))
    'liquidated'
    """
    if found.equity < 0:
        return "bankrupt"
    return "liquidated" if found.equity < found.maintenance else "healthy"


def legs(found: Worth, written: Written) -> Table:
    """A line for each leg, and one for all."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("leg")
    for name in ("entry", "value", "profit", "delta", "vega/pt", "theta/day"):
        table.add_column(name, justify=RIGHT, no_wrap=True)
    for each in found.legs[:LEGS_SHOWN]:
        table.add_row(
            leg_words(each.leg),
            price_words(each.leg.entry, written),
            price_words(each.value, written),
            signed(each.profit, written),
            figure(each.delta, GREEK_PLACES),
            signed(each.vega, written),
            signed(each.theta, written),
        )
    if len(found.legs) > LEGS_SHOWN:
        table.add_row(f"and {len(found.legs) - LEGS_SHOWN} more", *[""] * 6)
    table.add_row(
        "all legs",
        "",
        "",
        signed(found.profit, written),
        figure(sum(each.delta for each in found.legs), GREEK_PLACES),
        signed(sum(each.vega for each in found.legs), written),
        signed(sum(each.theta for each in found.legs), written),
        style="bold",
    )
    return table


def balance(strategy: Strategy, found: Worth, written: Written) -> Table:
    """What was put in and what it is worth, on the left; what must be held and can be lost, on the right."""
    left: Rows = [("margin put in", amount(float(strategy.held.margin), written))]
    if any(each.leg.strike for each in found.legs):
        left.append(("premium paid" if found.premium < 0 else "premium received", amount(abs(found.premium), written)))
        left.append(("options are worth", amount(found.options, written)))
    left += [("unrealised profit", amount(found.profit, written)), ("equity", amount(found.equity, written))]
    right = [("maintenance margin", amount(found.maintenance, written))]
    right += [charge_row(charge, written) for charge in found.charges if charge.amount * charge.maintenance]
    share = Decimal(found.maintenance / found.equity) if found.equity else None
    right += [
        ("equity above it", amount(found.equity - found.maintenance, written)),
        ("margin ratio", ratio(share)),
        *losses(strategy, found, written),
    ]
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for place in range(4):
        table.add_column(justify=RIGHT if place % 2 else "left", no_wrap=True)
    for place in range(max(len(left), len(right))):
        pair = [rows[place] if place < len(rows) else ("", "") for rows in (left, right)]
        table.add_row(*(cell for name, value in pair for cell in (Text(name, "dim"), value)))
    return table


def charge_row(charge: Charge, written: Written) -> tuple[str, str]:
    """A charge and what of it counts in the maintenance margin."""
    factor = "" if charge.maintenance == 1 else f" × {charge.maintenance:g}"
    return f"  {charge.name.replace('_', ' ')}{factor}", amount(charge.amount * charge.maintenance, written)


def losses(strategy: Strategy, found: Worth, written: Written) -> Rows:
    """The most that the legs can lose by settlement, and the most of it that is the owner's."""
    if found.worst is None:
        rows = [("most lost at settlement", "no limit")]
    else:
        rows = [("most lost at settlement", amount(max(0.0, -float(found.worst.profit)), written))]
        if found.worst.profit < 0:
            rows.append(("  at a price of", price_words(found.worst.price, written)))
    if found.worst_by_expiry != (found.worst and found.worst.profit):
        most = found.worst_by_expiry
        words = "no limit" if most is None else amount(max(0.0, -float(most)), written)
        rows.append(("  with a price for each expiry", words))
    return [*rows, ("most the owner can lose", amount(max(0.0, float(strategy.held.margin)), written))]


def boundaries(mark: Fraction, found: Worth, written: Written) -> Table:
    """The boundaries next to the mark, below and above it."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("nearest to the mark", no_wrap=True)
    for name in ("below", "from mark", "above", "from mark"):
        table.add_column(name, justify=RIGHT, no_wrap=True)
    for name, intervals, style in _sets(found):
        cells = []
        for price in next_to(mark, list(intervals)):
            none = "always" if [*intervals] == [(None, None)] else "never"
            cells += [none, ""] if price is None else [price_words(price, written), distance(price, mark)]
        table.add_row(
            Text(name, style), *(Text(cell, "bold" if place % 2 == 0 else "") for place, cell in enumerate(cells))
        )
    return table


def every_interval(mark: Fraction, found: Worth, written: Written) -> Table:
    """Every interval of prices in which the compartment is liquidated, and in which it is bankrupt."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("every interval", no_wrap=True)
    for name in ("from", "from mark", "to", "from mark"):
        table.add_column(name, justify=RIGHT, no_wrap=True)
    for name, intervals, style in _sets(found):
        if not intervals:
            table.add_row(Text(name, style), "nowhere", "", "", "")
        for low, high in intervals:
            start = ("0", "") if low is None else (price_words(low, written), distance(low, mark))
            end = ("any", "") if high is None else (price_words(high, written), distance(high, mark))
            table.add_row(Text(name, style), *start, *end)
    return table


def equity_chart(strategy: Strategy, found: Worth, written: Written) -> Text:
    """Equity and maintenance margin along the price, now, with the boundaries next to the mark."""
    held, equity = strategy.held, strategy.held.equity()
    low, high = window(held, found)
    named = [
        (name, price, style)
        for name, intervals, style in _sets(found)
        for price in next_to(held.mark, list(intervals))
        if price is not None and low <= price <= high
    ]
    marks = [Mark(float(price), name, style) for name, price, style in [*named, ("mark", held.mark, NOW)]]
    prices = across([low, high], CHART_WIDTH)
    worths = [equity.value(price) for price in prices]
    needs = [value - held.covered(equity, price) for price, value in zip(prices, worths, strict=True)]
    labels = Labels(lambda value: price_words(value, written), lambda value: amount(value, written))
    text = Text.assemble(("equity", EQUITY), " against ", ("maintenance margin", REQUIREMENT), " along the price\n")
    return text.append_text(
        chart(prices, [Line(needs, REQUIREMENT), Line(worths, EQUITY)], marks, CHART_HEIGHT, labels)
    )


def signed(value: float, written: Written) -> str:
    """A change of an amount, with its sign; a dash where it is infinite."""
    return figure(value, written.amount_places)


def _sets(found: Worth) -> list[tuple[str, Sequence[Interval], str]]:
    return [("liquidated", found.liquidated, LIQUIDATED), ("bankrupt", found.bankrupt, BANKRUPT)]
