"""The command `stoplog`: parse, call, print. Every subcommand imports what it needs when it runs."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

Subparsers = Any
"""What `argparse` returns for adding subcommands; its type has no public name."""

STANDARD_INPUT, STANDARD_OUTPUT = 0, 1
"""File numbers."""

UNUSABLE = 2
"""Exit status for arguments that cannot be used."""

INTERRUPTED = 130
"""Exit status after an interrupt, as shells give it."""


def add_calc(subparsers: Subparsers) -> None:
    """Arguments of `stoplog calc`."""
    parser = subparsers.add_parser(
        "calc",
        help="answer questions, one JSON object a line",
        description="Answer one question a line with one answer a line, in the same order; see docs/calculator.md. "
        "Exit status: 0 all answered, 1 some lines in error, 2 unusable arguments.",
    )
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="questions, a JSON object a line; standard input if left out"
    )
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of questions and answers")
    parser.set_defaults(run=run_calc)


def run_calc(arguments: argparse.Namespace) -> int:
    """Answer the lines of a file or of standard input."""
    if arguments.schema:
        from stoplog.calculator.schema import schema_text

        print(schema_text())
        return 0
    from stoplog.calculator.stream import answer_all

    name = "-" if arguments.file is None else arguments.file
    try:
        source = STANDARD_INPUT if name == "-" else os.open(name, os.O_RDONLY)
        readable = not stat.S_ISDIR(os.fstat(source).st_mode)
    except OSError as error:
        return unusable("calc", f"FILE: {name}: {error.strerror}")
    if not readable:
        return unusable("calc", f"FILE: {name}: is a directory")
    try:
        return 0 if answer_all(source, write_out) else 1
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"stoplog calc: the answers end here: {error.strerror}", file=sys.stderr)
        return 1


def add_quote(subparsers: Subparsers) -> None:
    """Arguments of `stoplog quote`."""
    parser = subparsers.add_parser(
        "quote",
        help="one position or strategy: where it is liquidated and bankrupt, and what more or less margin does",
        description="One position in its own compartment: thresholds, distances, what adding and removing margin does. "
        "Or, from a file, a compartment with several legs: its value, margin and every interval of prices in which it "
        "is liquidated or bankrupt; see docs/quote-strategy.md.",
    )
    parser.add_argument("--side", metavar="long|short")
    parser.add_argument("--size", help="base units (linear, quanto) or quote units (inverse), above 0")
    parser.add_argument("--entry", help="average entry price")
    parser.add_argument("--mark", help="mark price now; the entry, or the file's, if left out")
    parser.add_argument("--leverage", help="margin = entry notional / leverage")
    parser.add_argument("--margin", help="margin put in, in place of leverage")
    parser.add_argument("--extra-margin", help="margin added later; below zero where funding has taken some")
    parser.add_argument("--venue", help="preset, such as binance-usdm; `stoplog venues` lists them")
    parser.add_argument("--symbol", help="symbol whose tiers the preset carries, such as BTCUSDT")
    parser.add_argument("--payoff", metavar="linear|inverse|quanto", help="that of the venue, or linear, if left out")
    parser.add_argument("--quanto-multiplier", help="settlement per quote unit, for quanto")
    parser.add_argument("--maintenance-rate", help="one maintenance rate in place of tiers, such as 0.005")
    parser.add_argument("--fee-rate", help="fee for closing, such as 0.0005, for the bankruptcy price with fee")
    parser.add_argument("--no-chart", action="store_true", help="leave the chart out")
    parser.add_argument("--strategy", metavar="FILE", help="a question liquidation_set of stoplog calc, or its legs")
    parser.add_argument("--picture", metavar="FILE", help="with --strategy: draw its regions in this SVG file")
    parser.add_argument("--over", metavar="volatility|time", help="with --picture: over price and what; volatility")
    parser.set_defaults(run=run_quote)


OF_STRATEGY = ("mark", "margin")
"""Flags that stand in place of a field of the strategy's file."""

OF_PICTURE = ("strategy", "picture", "over")
"""Flags that only a strategy has."""


def run_quote(arguments: argparse.Namespace) -> int:
    """Print the quote of one position, or of the strategy in a file."""
    from stoplog.calculator.errors import QuestionError
    from stoplog.calculator.quote import quote
    from stoplog.calculator.quote_view import show

    unasked = ("run", "command", "no_chart")
    given = {name: value for name, value in vars(arguments).items() if name not in unasked and value is not None}
    for_strategy = {name: given.pop(name) for name in OF_PICTURE if name in given}
    if for_strategy:
        return run_strategy(for_strategy, given, with_chart=not arguments.no_chart)
    try:
        found = quote(given)
    except QuestionError as error:
        return unusable("quote", error.message)
    show(found, with_chart=not arguments.no_chart)
    return 0


def run_strategy(asked: dict[str, str], given: dict[str, str], *, with_chart: bool) -> int:
    """Print the quote of a strategy and draw its picture; `given` are the other flags."""
    from pathlib import Path
    from typing import get_args

    from stoplog.strategy.command import quote_strategy
    from stoplog.strategy.window import Over

    over = asked.get("over", get_args(Over)[0])
    if over not in get_args(Over):
        return unusable("quote", f"--over: {over} is not one of {', '.join(get_args(Over))}")
    if "strategy" not in asked:
        return unusable("quote", f"--{next(iter(asked))}: has no place without --strategy")
    if "over" in asked and "picture" not in asked:
        return unusable("quote", "--over: has no place without --picture")
    for name in given:
        if name not in OF_STRATEGY:
            return unusable("quote", f"--{name.replace('_', '-')}: has no place beside --strategy")
    drawn = Path(asked["picture"]) if "picture" in asked else None
    return quote_strategy(Path(asked["strategy"]), given, drawn=drawn, over=over, with_chart=with_chart)


def add_venues(subparsers: Subparsers) -> None:
    """Arguments of `stoplog venues`."""
    parser = subparsers.add_parser(
        "venues",
        help="the presets: what each assumes, and how many published numbers it reproduces",
        description="List presets; or read tier tables in the shape a venue publishes and print them as questions give "
        "them, a JSON object for each symbol.",
    )
    parser.add_argument("name", nargs="*", metavar="NAME", help="presets to list; all if left out")
    parser.add_argument(
        "--read", nargs=2, metavar=("SHAPE", "FILE"), help="tables: binance, okx, hyperliquid, dydx or kraken"
    )
    parser.add_argument("--symbol", help="with --read: this symbol alone")
    parser.add_argument("--contracts", help="with --read: the tier of a position of so many contracts")
    parser.set_defaults(run=run_venues)


def run_venues(arguments: argparse.Namespace) -> int:
    """List presets, or print tables that were read."""
    if arguments.read is None:
        from stoplog.venues.listing import listing

        try:
            print(listing(arguments.name))
        except KeyError as error:
            return unusable("venues", f"NAME: there is no preset {error.args[0]}")
        return 0
    from stoplog.venues.reading import tables_text
    from stoplog.venues.tables import TableError

    shape, name = arguments.read
    try:
        print(tables_text(shape, name, arguments.symbol, arguments.contracts))
    except OSError as error:
        return unusable("venues", f"FILE: {name}: {error.strerror}")
    except TableError as error:
        return unusable("venues", f"{name}: {error}")
    return 0


SUBCOMMANDS: tuple[Callable[[Subparsers], None], ...] = (add_calc, add_quote, add_venues)

ELSEWHERE = {
    "replay": ("stoplog.simulation.command", "a recorded day or a crash through the engine, with a report"),
    "audit": ("stoplog.ledger.command", "re-run a ledger and name the first place where something is wrong"),
    "span": ("stoplog.span.command", "margin a portfolio by a SPAN parameter file and print the worksheet"),
    "surface": ("stoplog.surface.command", "fit a volatility surface to an option chain and check it for arbitrage"),
    "stress": ("stoplog.stress.command", "what compartments lose beyond their collateral under named stresses"),
}
"""Subcommands that parse their own arguments: the module whose `main` runs them, and what they do."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; the exit status."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        status = run_elsewhere(given) if given and given[0] in ELSEWHERE else run_here(given)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def run_elsewhere(given: list[str]) -> int:
    """Hand the arguments to the module that parses them."""
    module, _ = ELSEWHERE[given[0]]
    status: int = import_module(module).main(given[1:])
    return status


def run_here(given: list[str]) -> int:
    """Parse the arguments of a subcommand of this module and run it."""
    parser = argparse.ArgumentParser(prog="stoplog", description="Margin, liquidation and bankruptcy, exactly.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in SUBCOMMANDS:
        add(subparsers)
    for name, (_, what) in ELSEWHERE.items():
        subparsers.add_parser(name, help=what, add_help=False)
    arguments = parser.parse_args(given)
    status: int = arguments.run(arguments)
    return status


def unusable(command: str, message: str) -> int:
    """Say on standard error why the arguments cannot be used; the exit status for that."""
    print(f"stoplog {command}: {message}", file=sys.stderr)
    return UNUSABLE


def write_out(text: bytes) -> None:
    """Bytes to standard output, at once and past its buffer, in which a failed write would stay behind."""
    rest = memoryview(text)
    while rest:
        rest = rest[os.write(STANDARD_OUTPUT, rest) :]


if __name__ == "__main__":
    sys.exit(main())
