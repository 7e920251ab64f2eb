"""`stoplog replay`: arguments, and the order in which things are said."""

from __future__ import annotations

import argparse
import shlex
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from stoplog.ledger.errors import LedgerError
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.paths import PATHS
from stoplog.simulation.population import COUNT_MOST
from stoplog.simulation.replay import Replayed, ReplayFailed
from stoplog.simulation.session import Outputs, replay
from stoplog.simulation.sharing.session import CHOICES, Compared, replay_shared
from stoplog.simulation.tables import DEFAULT_SYMBOL, NAMES, Selection
from stoplog.simulation.world import Request

SEED_MOST = 2**63 - 1

DONE, FAILED, REFUSED, INTERRUPTED = 0, 1, 2, 130

EPILOG = """
Without MARKS the reconstruction that comes with the package is replayed. Exit status: 0 done, 1 the engine,
the ledger or the disk failed or an invariant does not hold, 2 the input was refused and nothing was written,
130 interrupted. docs/replay.md describes the files.
"""


def main(arguments: list[str]) -> int:
    """Run `stoplog replay` with its arguments; the exit status."""
    options = _parser().parse_args(arguments)
    console = Console(stderr=True, highlight=False)
    try:
        request, outputs = _request(options), _outputs(options, arguments)
        replayed: Replayed | Compared
        if options.margin is None:
            replayed = replay(request, outputs, console)
        else:
            replayed = replay_shared(request, options.margin, outputs, console)
    except BadInput as error:
        console.print(f"[bold red]refused[/] {_plain(str(error))}", soft_wrap=True)
        console.print("Nothing was written.")
        return REFUSED
    except (LedgerError, ReplayFailed, OSError) as error:
        console.print(f"[bold red]failed[/] {_plain(str(error))}", soft_wrap=True)
        return FAILED
    except KeyboardInterrupt:
        console.print("Interrupted. A ledger holds what was written before, in whole chunks.")
        return INTERRUPTED
    if replayed.violations:
        return FAILED
    return INTERRUPTED if replayed.interrupted else DONE


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stoplog replay",
        description="Replay marks and funding through the engine, with a seeded population of traders.",
        epilog=EPILOG,
    )
    add = parser.add_argument
    add("marks", nargs="*", type=Path, metavar="MARKS", help="Parquet or CSV files of prices, in the order of time")
    add(
        "--margin",
        choices=CHOICES,
        help="traders with positions in several instruments, each isolated, in one cross compartment, some of both, or"
        " all three compared; MARKS may be SYMBOL=FILE",
    )
    add(
        "--symbol",
        help=f"the symbol, in files of several (default {DEFAULT_SYMBOL}); with --margin several, with commas (default:"
        " all)",
    )
    add("--columns", default=[], action="append", metavar="FIELD=COLUMN", help=f"columns by field: {', '.join(NAMES)}")
    add("--where", default=[], action="append", metavar="COLUMN=VALUE", help="keep the rows with this value")
    add("--no-header", action="store_true", help="the CSV has no header line; its columns are column_1, column_2, …")
    add("--from", dest="start", type=_time, metavar="TIME", help="first moment to replay, ISO 8601, UTC")
    add("--to", dest="end", type=_time, metavar="TIME", help="first moment not to replay")
    add("--allow-gaps", action="store_true", help="replay files in which rows are missing")
    add(
        "--path",
        choices=PATHS,
        help="marks of a bar: open, extremes and close (default where there are ranges) or close",
    )
    add("--funding", type=Path, metavar="FILE", help="funding rates, Parquet or CSV")
    add("--funding-columns", default=[], action="append", metavar="FIELD=COLUMN", help="columns by field: time, rate")
    add("--funding-where", default=[], action="append", metavar="COLUMN=VALUE", help="keep the rows with this value")
    add("--population", type=Path, metavar="FILE", help="who trades, TOML (default: the one of the package)")
    add("--accounts", type=_count, metavar="N", help="how many traders (default: as in the population file)")
    add("--seed", type=_seed, default=1, metavar="S", help="seed of every draw (default 1)")
    add("--ledger", type=Path, metavar="PATH", help="write commands and events to this ledger, which must be new")
    add("--report", type=Path, metavar="FILE", help="write the report to this HTML file")
    return parser


def _request(options: argparse.Namespace) -> Request:
    return Request(
        marks=options.marks,
        selection=Selection(
            _pairs("--columns", options.columns),
            _pairs("--where", options.where),
            options.symbol,
            header=not options.no_header,
        ),
        start=options.start,
        end=options.end,
        gaps_allowed=options.allow_gaps,
        path=options.path,
        funding=options.funding,
        funding_selection=Selection(
            _pairs("--funding-columns", options.funding_columns), _pairs("--funding-where", options.funding_where)
        ),
        population=options.population,
        accounts=options.accounts,
        seed=options.seed,
    )


def _outputs(options: argparse.Namespace, arguments: list[str]) -> Outputs:
    for path in (options.ledger, options.report):
        if path is not None and not path.absolute().parent.is_dir():
            raise BadInput("there is no such folder", file=path.absolute().parent)
        if path is not None and path.is_dir():
            raise BadInput("this is a directory, not a file", file=path)
    return Outputs(options.ledger, options.report, shlex.join(["stoplog", "replay", *arguments]))


def _pairs(option: str, given: list[str]) -> dict[str, str]:
    pairs = [pair for text in given for pair in text.split(",")]
    for pair in pairs:
        if "=" not in pair:
            raise BadInput(f"{option} takes NAME=VALUE, not {pair}")
    chosen = dict(pair.split("=", 1) for pair in pairs)
    if option.endswith("columns"):
        for name in chosen:
            if name not in NAMES:
                raise BadInput(f"{option}: there is no field {name}; there are {', '.join(NAMES)}")
    return chosen


def _time(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a time like 2025-10-10T20:00") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _count(text: str) -> int:
    return _whole(text, 1, COUNT_MOST)


def _seed(text: str) -> int:
    return _whole(text, 0, SEED_MOST)


def _whole(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} to {most}")
    return int(text)
