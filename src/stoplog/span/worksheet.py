"""The worksheet of a portfolio on a terminal, as a clearing clerk keeps it: by combined commodity, then the totals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from stoplog.span.layout import ScanPoint
from stoplog.span.parameters import Parameters
from stoplog.span.results import CommodityMargin, Formed, PortfolioMargin

INDENT = 2
COLUMNS = 2
"""Scenarios stand in so many columns."""


def worksheet(parameters: Parameters, margin: PortfolioMargin) -> Group:
    """Every figure of a portfolio's margin, and from what it follows."""
    parts: list[RenderableType] = []
    for part in margin.commodities:
        parts += [Text(f"{part.name} ({part.currency})", "bold"), *_commodity(parameters, part), Text()]
    return Group(*parts, Text("Totals", "bold"), _indented(_totals(margin)), *_notes(margin))


def _commodity(parameters: Parameters, part: CommodityMargin) -> Iterator[RenderableType]:
    yield _indented(_positions(parameters, part))
    yield _indented(_scenarios(parameters.points, part))
    yield _indented(_price_risk(part))
    if part.intra_spreads or part.inter_spreads:
        yield _indented(_spreads(part))
    yield _indented(_requirement(part))


def _table(*headings: str) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=bool(headings))
    for number, heading in enumerate(headings):
        shown.add_column(heading, justify="left" if number == 0 else "right", no_wrap=True)
    return shown


def _figures(rows: list[tuple[str, str]]) -> Table:
    shown = _table()
    shown.add_column(no_wrap=True)
    shown.add_column(justify="right", no_wrap=True)
    for label, figure in rows:
        shown.add_row(label, figure)
    return shown


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, INDENT), expand=False)


def _positions(parameters: Parameters, part: CommodityMargin) -> Table:
    shown = _table("contract", "quantity", "price", "composite delta", "delta", "option value")
    for contract, quantity in part.positions:
        delta = Fraction(contract.delta, parameters.delta_unit)
        value = "" if not contract.paid else amount(quantity * Fraction(contract.value or 0, parameters.unit))
        shown.add_row(
            contract.label,
            f"{float(quantity):+,g}",
            "none" if contract.price is None else f"{contract.price:f}",
            ratio(delta),
            ratio(quantity * delta),
            value,
        )
    return shown


def _scenarios(points: tuple[ScanPoint, ...], part: CommodityMargin) -> Table:
    """The loss in each scenario; the active one is marked, and the paired one by its brackets."""
    headings = ("scenario", "price", "volatility", "weight", "loss", "")
    shown = _table(*headings * COLUMNS)
    rows = (len(points) + COLUMNS - 1) // COLUMNS
    for row in range(rows):
        cells: list[RenderableType] = []
        for point, loss in list(zip(points, part.scan.totals, strict=True))[row::rows]:
            active, paired = point.point == part.scan.active, point.point == part.scan.paired
            mark = "active" if active else "paired" if paired else ""
            style = "bold red" if active else "cyan" if paired else ""
            moves = _move(point.price.numerator, point.price.denominator), _move(point.volatility.numerator, Decimal(1))
            cells += [Text(str(point.point)), *moves, f"{point.weight.normalize():f}", Text(amount(loss), style), mark]
        shown.add_row(*cells)
    return shown


def _move(numerator: Decimal, denominator: Decimal) -> str:
    """A multiple of a scan range as it is spoken of.

    >>> _move(Decimal(-1), Decimal(3)), _move(Decimal(3), Decimal(3)), _move(Decimal(0), Decimal(3))
    ('-1/3', '+1', '0')
    """
    found = Fraction(numerator) / Fraction(denominator)
    return ("+" if found > 0 else "") + str(found)


def _price_risk(part: CommodityMargin) -> Table:
    scan = part.scan
    return _figures(
        [
            (f"volatility-adjusted risk, scenarios {scan.active} and {scan.paired}", amount(scan.volatility_adjusted)),
            ("time risk, scenarios 1 and 2", amount(scan.time)),
            ("futures price risk", amount(scan.price)),
            (f"net delta {_months(part)}", ratio(part.deltas.net)),
            ("weighted futures price risk", ratio(part.weighted_price_risk)),
        ]
    )


def _months(part: CommodityMargin) -> str:
    held = part.deltas.held
    return f"({', '.join(f'{month} {ratio(delta)}' for month, delta in held.items())})"


def _spreads(part: CommodityMargin) -> Table:
    shown = _table("spread", "number", "formed", "rate", "charge", "credit")
    for kind, formed in (("between months", part.intra_spreads), ("between commodities", part.inter_spreads)):
        for spread in formed:
            charged = kind == "between months"
            shown.add_row(
                *_spread(kind, spread),
                amount(spread.amount) if charged else "",
                "" if charged else amount(spread.amount),
            )
    return shown


def _spread(kind: str, spread: Formed) -> tuple[str, str, str, str]:
    return f"{kind}: {spread.name}", str(spread.number), ratio(spread.times), ratio(spread.rate)


def _requirement(part: CommodityMargin) -> Table:
    capped = ", capped at the value of the options" if part.scan.capped else ""
    return _figures(
        [
            (f"scan risk{capped}", amount(part.scan.risk)),
            ("+ spread charges between months", amount(part.intra)),
            ("+ delivery charge", amount(part.delivery)),
            ("− credits between commodities", amount(part.inter)),
            (f"short option minimum, {float(part.short_options):,g} short", amount(part.short_option_minimum)),
            ("requirement", amount(part.requirement)),
            ("net option value", amount(part.net_option_value)),
        ]
    )


def _totals(margin: PortfolioMargin) -> Table:
    return _figures(
        [
            (f"initial margin, {margin.currency}", amount(margin.initial)),
            ("maintenance margin", amount(margin.maintenance)),
            ("net option value", amount(margin.net_option_value)),
            ("maintenance less net option value" + (", an excess" if margin.total < 0 else ""), amount(margin.total)),
        ]
    )


def _notes(margin: PortfolioMargin) -> Iterator[Text]:
    if margin.unpriced:
        yield Text(f"Without a price in the file, so counted at no value: {', '.join(margin.unpriced)}.", "yellow")


def amount(value: Fraction | int) -> str:
    """An amount to the hundredth, half even.

    >>> amount(Fraction(-123456, 10)), amount(Fraction(0))
    ('-12,345.60', '0.00')
    """
    return f"{round(Fraction(value) * 100) / Decimal(100):,.2f}"


def ratio(value: Fraction) -> str:
    """A delta, a ratio or a rate, up to six decimals.

    >>> ratio(Fraction(1, 3)), ratio(Fraction(-40))
    ('0.333333', '-40')
    """
    text = f"{round(value * 10**6) / Decimal(10**6):,.6f}"
    return text.rstrip("0").rstrip(".")
