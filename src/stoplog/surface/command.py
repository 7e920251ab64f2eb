"""`stoplog surface CHAINS`: fit, check, print, draw. Exit status 0: done; 1: arbitrage is left; 2: unusable."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from stoplog.simulation.inputs import BadInput
from stoplog.simulation.report.document import check_place, write_document
from stoplog.simulation.values import shown
from stoplog.surface.chains import Chain, ChainFile
from stoplog.surface.drawing import drawing
from stoplog.surface.fitted import Fitted, fit_chain, spread
from stoplog.surface.table import sentences, table

DONE, ARBITRAGE, UNUSABLE = 0, 1, 2

WIDTH = 160
"""Columns of a table that is not written to a terminal."""


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    arguments = argparse.ArgumentParser(
        prog="stoplog surface",
        description="Fit a volatility surface to an option chain: an SVI slice for each expiry, free of butterflies and"
        " calendar spreads that cost less than nothing, with its errors and checks; see docs/surfaces.md.",
        epilog="Exit status 0: done. 1: between two expiries a butterfly costs less than nothing. 2: unusable arguments"
        " or file.",
    )
    add = arguments.add_argument
    add("file", type=Path, metavar="CHAINS", help="Parquet or CSV: a row for each option and moment")
    add("--at", type=_time, metavar="TIME", help="the last chain not after this time, ISO 8601, UTC (default: of all)")
    add("--all", action="store_true", help="every chain of the file, a line for each")
    add("--plot", type=Path, metavar="FILE", help="draw the chain and its surface to this SVG file")
    return arguments


def main(arguments: list[str]) -> int:
    """Fit the surface that `arguments` ask for; the exit status."""
    try:
        options = parser().parse_args(arguments)
    except SystemExit as stop:
        return UNUSABLE if stop.code else DONE
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        return _run(options, errors)
    except BadInput as error:
        errors.print(f"stoplog surface: {error}", markup=False)
    except OSError as error:
        errors.print(f"stoplog surface: {error.filename}: {error.strerror}", markup=False)
    return UNUSABLE


def _run(options: argparse.Namespace, errors: Console) -> int:
    if options.all and (options.plot is not None or options.at is not None):
        raise BadInput("--all goes with neither --plot nor --at")
    if options.plot is not None:
        check_place(options.plot)
    with errors.status(f"Reading {options.file.name}"):
        file = ChainFile(options.file)
    if options.all:
        return _show_all(file, errors)
    with errors.status("Fitting"):
        fitted = _fit(file, file.chain(file.last_until(options.at)))
    if options.plot is not None:
        write_document(options.plot, drawing(fitted, f"{file.path.name}, {shown(fitted.chain.moment)}"))
        errors.print(f"Wrote {options.plot}", markup=False)
    show(file, fitted)
    return _status(fitted)


def _fit(file: ChainFile, chain: Chain) -> Fitted:
    try:
        return fit_chain(chain)
    except ValueError as error:
        raise BadInput(f"the chain of {shown(chain.moment)}: {error}", file=file.path) from None


def _status(fitted: Fitted) -> int:
    return DONE if all(found.passes() for found in fitted.expiries) else ARBITRAGE


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def show(file: ChainFile, fitted: Fitted) -> None:
    """Print the surface of one chain."""
    console = _console()
    options = sum(smile.options for smile in fitted.chain.smiles)
    console.print(
        f"{file.path.name}, {shown(fitted.chain.moment)}: {options:,} options, {len(fitted.chain.smiles)} expiries",
        markup=False,
    )
    console.print(table(fitted))
    console.print()
    for sentence in sentences(fitted):
        console.print(sentence, markup=False, soft_wrap=True)


def _show_all(file: ChainFile, errors: Console) -> int:
    """Print a line for each chain; the worst exit status of all."""
    lines = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("chain", "expiries", "without slice", "used", "median", "95 %", "worst", "between"):
        lines.add_column(heading, justify="left" if heading == "chain" else "right", no_wrap=True)
    status = DONE
    with Progress(console=errors, transient=True) as progress:
        for chain in progress.track(file.chains(), total=len(file.moments), description="Fitting"):
            fitted = _fit(file, chain)
            status = max(status, _status(fitted))
            lines.add_row(*summary(fitted))
    _console().print(lines)
    return status


def summary(fitted: Fitted) -> tuple[str, ...]:
    """The chain in one line: its moment, how many expiries, how many of them without a slice, errors, butterflies."""
    found = spread(fitted.errors())
    return (
        shown(fitted.chain.moment),
        f"{len(fitted.expiries)}",
        f"{sum(each.method != 'slice' for each in fitted.expiries)}",
        f"{found.quotes:,}",
        f"{found.median:.2f}",
        f"{found.high:.2f}",
        f"{found.worst:.2f}",
        f"{sum(each.between is not None for each in fitted.expiries)}",
    )


def _time(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a time like 2026-02-05T16:00") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
