"""`stoplog stress LEDGER|PORTFOLIO`: parse, try every stress, print. Exit status 0: done; 1: damaged; 2: unusable."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path

from rich.console import Console

from stoplog.ledger.errors import LedgerDamaged, LedgerError
from stoplog.simulation.report.document import check_place
from stoplog.stress.falls import Falls, uniform_falls
from stoplog.stress.of_ledger import LedgerSystem
from stoplog.stress.of_portfolio import PortfolioSystem
from stoplog.stress.outcomes import Outcome, StressFailed, System
from stoplog.stress.page import write_page
from stoplog.stress.shocks import shocks
from stoplog.stress.table import sentences, table

DONE, FAILED, UNUSABLE = 0, 1, 2

SQLITE = b"SQLite format 3\x00"
STEP = Decimal("0.001")
STEPS_MOST = 100_000

Names = dict[int, str]


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    arguments = argparse.ArgumentParser(
        prog="stoplog stress",
        description="What a ledger's or a portfolio's compartments lose beyond their own collateral under named"
        " stresses, what the insurance fund has left, and the smallest uniform fall that exhausts it; see"
        " docs/stress.md.",
        epilog="Exit status 0: done. 1: the ledger is damaged. 2: unusable arguments or file, or a stress that the"
        " engine or the calculator refuses.",
    )
    add = arguments.add_argument
    add("file", type=Path, metavar="LEDGER|PORTFOLIO", help="a ledger, only read, or a portfolio in JSON")
    add(
        "--instrument",
        type=_name,
        action="append",
        default=[],
        metavar="N=NAME",
        help="what a ledger's instrument is of",
    )
    add("--asset", type=_name, action="append", default=[], metavar="N=NAME", help="what a ledger's asset is")
    add(
        "--step", type=_step, default=Fraction(STEP), metavar="SHARE", help=f"step of the uniform fall (default {STEP})"
    )
    add("--report", type=Path, metavar="FILE", help="write a report to this HTML file")
    return arguments


def main(arguments: list[str]) -> int:
    """Stress the file that `arguments` name and print what came of it; the exit status."""
    try:
        options = parser().parse_args(arguments)
    except SystemExit as stop:
        return UNUSABLE if stop.code else DONE
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        if options.report is not None:
            check_place(options.report)
        system = read(options.file, dict(options.instrument), dict(options.asset))
        outcomes = [outcome for shock in shocks(system.names()) for outcome in system.under(shock)]
        falls = uniform_falls(system, options.step)
        if options.report is not None:
            write_page(options.report, system, outcomes, falls, shlex.join(["stoplog", "stress", *arguments]))
    except (LedgerError, StressFailed) as error:
        errors.print(f"stoplog stress: {error}", markup=False)
        return FAILED if isinstance(error, LedgerDamaged) else UNUSABLE
    except OSError as error:
        errors.print(f"stoplog stress: {error.filename}: {error.strerror}", markup=False)
        return UNUSABLE
    show(system, outcomes, falls, options.report)
    return DONE


def read(path: Path, instruments: Names, assets: Names) -> System:
    """The system in a file, by what the file is; `LedgerError`, `StressFailed` or `OSError` where it is neither."""
    with path.open("rb") as file:
        is_ledger = file.read(len(SQLITE)) == SQLITE
    if is_ledger:
        return LedgerSystem.read(path, instruments, assets)
    if instruments or assets:
        raise StressFailed("--instrument and --asset name the numbers of a ledger; a portfolio has names")
    return PortfolioSystem.read(path)


def show(system: System, outcomes: Sequence[Outcome], falls: Falls, report: Path | None) -> None:
    """Print the table, what the stresses are, and the smallest uniform fall."""
    console = Console(highlight=False)
    funds = {outcome.asset: outcome.fund_before for outcome in outcomes}
    console.print(f"{system.kind} {system.name}: what compartments lose beyond their own collateral", markup=False)
    console.print(table(list(outcomes)))
    console.print()
    for name, reason in dict.fromkeys((outcome.stress, outcome.reason) for outcome in outcomes):
        console.print(f"{name}: {reason}", markup=False, style="dim")
    console.print()
    for asset, fund in funds.items():
        console.print(f"{asset}: the insurance fund holds {float(fund):,.2f} before.", markup=False)
    for sentence in [*sentences(falls), *system.remarks()]:
        console.print(sentence, markup=False)
    if report is not None:
        console.print(f"Report: {report}", markup=False, soft_wrap=True)


def _name(text: str) -> tuple[int, str]:
    number, found, name = text.partition("=")
    if not found or not name or not number.isascii() or not number.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number and a name, such as 1=BTC")
    return int(number), name


def _step(text: str) -> Fraction:
    try:
        step = Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a share such as 0.001") from None
    if not Fraction(1, STEPS_MOST) <= step <= 1 or (1 / step).denominator != 1:
        raise argparse.ArgumentTypeError(f"{text} does not divide 1 into at most {STEPS_MOST:,} whole steps")
    return step
