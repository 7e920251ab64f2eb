"""A quote on the terminal: thresholds, figures, what more and less margin does, and a chart."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stoplog.calculator.quote import Change, Quote
from stoplog.calculator.quote_chart import Labels, Line, Mark, across, chart
from stoplog.venues.presets import preset

PRICE_DIGITS = 7
AMOUNT_DIGITS = 6
"""Significant digits of the mark and of the notional that are shown, two decimals at least; `stoplog calc` has all."""

MINUS = "\N{MINUS SIGN}"

AMOUNTS_IN = {"linear": "quote units", "inverse": "base units", "quanto": "settlement units"}

CHART_WIDTH, CHART_HEIGHT = 68, 12

EQUITY, REQUIREMENT, BANKRUPT, LIQUIDATED, NOW = "cyan", "yellow", "red", "bright_red", "green"

LEFT: Literal["left"] = "left"
RIGHT: Literal["right"] = "right"


def show(quote: Quote, *, with_chart: bool, console: Console | None = None) -> None:
    """Print the quote."""
    console = console or Console(highlight=False)
    written = Written(quote.mark, quote.figures["notional"])
    console.print()
    console.print(title(quote, written))
    console.print(thresholds(quote, written))
    console.print(balance(quote, written))
    if quote.changes:
        console.print(changes(quote, written))
    if with_chart:
        console.print(equity_chart(quote, written))


def title(quote: Quote, written: Written) -> Text:
    """The position in a line, and in what its amounts are."""
    question = quote.question
    symbol = f" {question['symbol']}" if "symbol" in question else ""
    margin = "" if "leverage" in question else f"margin {written.amount(Decimal(question['margin']))}"
    by = margin or f"leverage {question['leverage']}"
    text = Text(f"{question['side'].capitalize()} {question['size']}{symbol} ", "bold")
    text.append(f"at {written.price(Decimal(question['entry']))}, {by}", "bold")
    venue = f"{preset(question['venue']).title}, " if "venue" in question else ""
    text.append(f"\n{venue}{question['payoff']}, amounts in {AMOUNTS_IN[question['payoff']]}", "dim")
    return text


def thresholds(quote: Quote, written: Written) -> Table:
    """Where the position is liquidated and bankrupt, and how far that is from the mark and from the entry."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("threshold")
    for name in ("price", "from mark", "from entry"):
        table.add_column(name, justify="right")
    entry = Decimal(quote.question["entry"])
    rows = [
        ("liquidated at", "liquidation_price", LIQUIDATED),
        ("bankrupt at", "bankruptcy_price", BANKRUPT),
    ]
    if "policy" in quote.question:
        rows.append(("bankrupt, with the fee for closing", "bankruptcy_price_with_fee", BANKRUPT))
    for name, field, style in rows:
        price = quote.figures[field]
        if price is None:
            reason = quote.figures["liquidation_reason"] if field == "liquidation_price" else "never"
            table.add_row(Text(name, style), Text(reason, "bold"), "", "")
        else:
            bold = Text(written.price(price), "bold")
            table.add_row(Text(name, style), bold, percent(price / quote.mark), percent(price / entry))
    table.add_row(Text("mark", NOW), written.price(quote.mark), "", percent(quote.mark / entry))
    return table


def balance(quote: Quote, written: Written) -> Table:
    """What is in the compartment at the mark, in two columns."""
    found = quote.figures
    amounts = [
        ("notional at the mark", found["notional"], "initial margin at entry", found["initial_margin"]),
        ("margin put in", quote.purse, "maintenance margin", found["maintenance_margin"]),
        ("unrealised profit", found["unrealised_profit"], "may be taken out", found["removable_margin"]),
        ("equity", found["equity"], "most that can be lost", found["max_loss"]),
    ]
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 3, 0, 0))
    for justify in (LEFT, RIGHT, LEFT, RIGHT):
        table.add_column(justify=justify)
    for name, value, other, other_value in amounts:
        table.add_row(Text(name, "dim"), written.amount(value), Text(other, "dim"), written.amount(other_value))
    reserve = found["close_fee_reserve"]
    reserved = ("set aside for closing", written.amount(reserve)) if reserve else ("", "")
    table.add_row(Text("margin ratio", "dim"), ratio(found["margin_ratio"]), Text(reserved[0], "dim"), reserved[1])
    return table


def changes(quote: Quote, written: Written) -> Table:
    """What adding and removing margin does to the thresholds."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("margin", "liquidated at", "from mark", "bankrupt at", "margin ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    now = Change(Decimal(0), quote.figures, allowed=True)
    for change in sorted((*quote.changes, now), key=lambda change: change.amount):
        style = "" if change.allowed else "dim"
        table.add_row(*_change_row(quote, change, written), style="bold" if change is now else style)
    return table


def _change_row(quote: Quote, change: Change, written: Written) -> tuple[str, ...]:
    found = change.figures
    price, bankrupt = found["liquidation_price"], found["bankruptcy_price"]
    return (
        written.signed(change.amount) if change.amount else "as it is",
        found["liquidation_reason"] if price is None else written.price(price),
        "" if price is None else percent(price / quote.mark),
        "never" if bankrupt is None else written.price(bankrupt),
        ratio(found["margin_ratio"]),
        "" if change.allowed else "refused",
    )


def equity_chart(quote: Quote, written: Written) -> Text:
    """Equity and maintenance margin along the price, with the thresholds marked."""
    named = [
        ("bankrupt", quote.figures["bankruptcy_price"], BANKRUPT),
        ("liquidated", quote.figures["liquidation_price"], LIQUIDATED),
        ("mark", quote.mark, NOW),
    ]
    marks = [Mark(float(price), name, style) for name, price, style in named if price is not None]
    prices = across([mark.price for mark in marks] + [float(quote.question["entry"])], CHART_WIDTH)
    curve = quote.curve(prices)
    lines = [Line([point[2] for point in curve], REQUIREMENT), Line([point[1] for point in curve], EQUITY)]
    labels = Labels(lambda value: written.price(Decimal(value)), lambda value: written.amount(Decimal(value)))
    text = Text.assemble(("equity", EQUITY), " against ", ("maintenance margin", REQUIREMENT), " along the price\n")
    return text.append_text(chart(prices, lines, marks, CHART_HEIGHT, labels))


class Written:
    """How figures are written: as many places in every price, and in every amount, of one quote."""

    def __init__(self, mark: Decimal, notional: Decimal) -> None:
        self.price_places = max(2, PRICE_DIGITS - 1 - mark.adjusted())
        self.amount_places = max(2, AMOUNT_DIGITS - 1 - notional.adjusted())

    def price(self, value: Decimal) -> str:
        return f"{value:,.{self.price_places}f}"

    def amount(self, value: Decimal) -> str:
        return f"{value:,.{self.amount_places}f}".replace("-", MINUS) if value else "0"

    def signed(self, value: Decimal) -> str:
        return f"{value:+,.{self.amount_places}f}".replace("-", MINUS) if value else "0"


def percent(share: Decimal) -> str:
    """How far a share is from the whole, in percent with a sign and two decimals.

    >>> percent(Decimal("0.955461")), percent(Decimal(1))
    ('−4.45 %', '0.00 %')
    """
    return f"{(share - 1) * 100:+,.2f} %".replace("-", MINUS).replace("+0.00", "0.00")


def ratio(value: Decimal | None) -> str:
    """A margin ratio in percent; `no equity` for None."""
    return "no equity" if value is None else f"{value * 100:,.2f} %".replace("-", MINUS)
