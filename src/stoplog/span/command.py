"""`stoplog span FILE PORTFOLIO`: the worksheet of a portfolio. Exit status 0: done; 1: damaged file; 2: unusable."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from stoplog.span.errors import PositionError, SpanFileError
from stoplog.span.files import read_file
from stoplog.span.margin import margin
from stoplog.span.parameters import Parameters, parameters
from stoplog.span.portfolio import Portfolio, positions_of, read_portfolios
from stoplog.span.results import PortfolioMargin
from stoplog.span.worksheet import amount, worksheet
from stoplog.span.writing import write_spn

DONE, DAMAGED, UNUSABLE = 0, 1, 2

WIDTH = 140
"""Columns of a worksheet that is not written to a terminal."""


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    arguments = argparse.ArgumentParser(
        prog="stoplog span",
        description="Margin a portfolio by a SPAN parameter file and print the worksheet: scenarios, deltas, spreads,"
        " requirement, net option value; see docs/span.md. A portfolio of several lines, an object each, gets a line"
        " of totals for each.",
        epilog="Exit status 0: done. 1: the parameter file is damaged. 2: unusable arguments or portfolio.",
    )
    arguments.add_argument("file", type=Path, metavar="FILE", help="parameters: .spn, .pa2, or either packed by gzip")
    arguments.add_argument(
        "portfolio", type=Path, nargs="?", metavar="PORTFOLIO", help='JSON: [[["F", product, month], quantity], …]'
    )
    arguments.add_argument(
        "--write", type=Path, metavar="OUT", help="write the parameters to this .spn or .spn.gz file"
    )
    return arguments


def main(arguments: list[str]) -> int:
    """Margin the portfolio that `arguments` name; the exit status."""
    try:
        options = parser().parse_args(arguments)
    except SystemExit as stop:
        return UNUSABLE if stop.code else DONE
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        return _run(options, errors)
    except SpanFileError as error:
        errors.print(f"stoplog span: {options.file}: {error}", markup=False)
        return DAMAGED
    except PositionError as error:
        errors.print(f"stoplog span: {options.portfolio}: {error}", markup=False)
        return UNUSABLE
    except OSError as error:
        errors.print(f"stoplog span: {error.filename}: {error.strerror}", markup=False)
        return UNUSABLE


def _run(options: argparse.Namespace, errors: Console) -> int:
    if options.portfolio is None and options.write is None:
        errors.print("stoplog span: PORTFOLIO or --write is needed")
        return UNUSABLE
    with errors.status(f"Reading {options.file.name}"):
        file = read_file(options.file)
        found = parameters(file)
    if options.write is not None:
        write_spn(file, options.write)
        errors.print(f"Wrote {options.write}", markup=False)
    if options.portfolio is not None:
        show(found, read_portfolios(options.portfolio), errors)
    return DONE


def show(found: Parameters, portfolios: list[Portfolio], errors: Console) -> None:
    """Print the worksheet of one portfolio, or a line of totals for each of several."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    if len(portfolios) == 1:
        made = margin(found, positions_of(found, portfolios[0]))
        console.print(f"{found.organisation}, {found.day}", markup=False, style="dim")
        console.print(worksheet(found, made))
        return
    shown = Table("portfolio", box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("initial", "maintenance", "net option value", "total"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for name, made in _margined(found, portfolios, errors):
        totals = made.initial, made.maintenance, made.net_option_value, made.total
        shown.add_row(name, *map(amount, totals))
    console.print(shown)


def _margined(found: Parameters, portfolios: list[Portfolio], errors: Console) -> Iterator[tuple[str, PortfolioMargin]]:
    """Each portfolio's margin; how far it is is shown while it takes longer than a moment."""
    with Progress(console=errors, transient=True) as progress:
        for portfolio in progress.track(portfolios, description="Margining"):
            try:
                yield portfolio.name, margin(found, positions_of(found, portfolio))
            except PositionError as error:
                raise PositionError(portfolio.name or None, str(error)) from None
