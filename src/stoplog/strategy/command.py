"""`stoplog quote --strategy FILE`: read, reckon, print, draw. Exit status 0: done; 2: what cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from stoplog.calculator.errors import QuestionError
from stoplog.simulation.report.document import check_place, write_document
from stoplog.strategy.in_engine import InEngine, in_engine
from stoplog.strategy.in_lots import NotHeld
from stoplog.strategy.picture import picture
from stoplog.strategy.reading import Strategy, read
from stoplog.strategy.regions import Regions, regions
from stoplog.strategy.view import show
from stoplog.strategy.window import Over, levels, window
from stoplog.strategy.worth import Worth, worth

DONE, UNUSABLE = 0, 2

ENDING = ".svg"


def quote_strategy(path: Path, given: Mapping[str, str], *, drawn: Path | None, over: Over, with_chart: bool) -> int:
    """Print the quote of the strategy in a file and draw its picture; the exit status."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        if drawn is not None:
            _check(drawn)
        strategy = read(path, given)
        found, engine = _reckoned(strategy, errors)
        if drawn is not None:
            levels(strategy.held, over)
        show(strategy, found, engine, with_chart=with_chart)
        if drawn is not None:
            write_document(drawn, picture(strategy, found, _looked_at(strategy, found, over, errors), engine))
            Console(highlight=False, soft_wrap=True).print(f"Picture: {drawn}", markup=False)
    except QuestionError as error:
        flag = error.field == "over" or error.field in given
        where = f"--{error.message}" if flag else f"{path}: {error.message}"
        errors.print(f"stoplog quote: {where}", markup=False)
        return UNUSABLE
    except OSError as error:
        errors.print(f"stoplog quote: {error.filename}: {error.strerror}", markup=False)
        return UNUSABLE
    return DONE


def _check(drawn: Path) -> None:
    if drawn.suffix.lower() != ENDING:
        raise OSError(0, f"a picture is an SVG, and its name ends in {ENDING}", str(drawn))
    check_place(drawn)


def _reckoned(strategy: Strategy, console: Console) -> tuple[Worth, InEngine | NotHeld]:
    """The figures, and the strategy in the engine, or why the engine does not hold it.

    A model is asked at many prices, so that it shows that it is at work.
    """
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        progress.add_task("Looking for boundaries", total=None)
        found = worth(strategy.held)
        try:
            return found, in_engine(strategy.held)
        except NotHeld as reason:
            return found, reason


def _looked_at(strategy: Strategy, found: Worth, over: Over, console: Console) -> Regions:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        return regions(
            strategy.held,
            over,
            window(strategy.held, found),
            lambda rows: progress.track(rows, description="Drawing"),
        )
