"""One replay from the request to the report, saying what it does all the while."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

import numpy as np
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from stoplog.engine import Engine
from stoplog.engine.compiling import cache_folder
from stoplog.ledger import Ledger
from stoplog.records import COMMAND
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.replay import Replayed, Target, run
from stoplog.simulation.report import write_report
from stoplog.simulation.summary import print_summary
from stoplog.simulation.values import shown
from stoplog.simulation.world import Request, World, build

KERNEL = "kernel.run-*.nbi"
"""What the compiled batch kernel is called in the cache."""

TELL_EVERY = 15
"""Seconds between two lines while the engine is compiled and nobody looks at a terminal."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where results go, as far as they are wanted, and the command that asks for them."""

    ledger: Path | None
    report: Path | None
    command: str


def replay(request: Request, outputs: Outputs, console: Console) -> Replayed:
    """Build, run, summarise, report. `BadInput` is raised before anything is written."""
    with console.status("Reading prices, drawing traders"):
        world = build(request)
        refuse_used(outputs.ledger)
    _say_what(world, console)
    compile_engine(console)
    with interrupts() as stopped:
        replayed = _run(world, outputs.ledger, console, stopped)
    print_summary(world, replayed, outputs.ledger, Console(highlight=False))
    if replayed.findings is not None and outputs.report is not None:
        with console.status("Writing the report"):
            write_report(outputs.report, world, replayed, outputs.command)
        console.print(f"Report: {outputs.report}", soft_wrap=True)
    return replayed


def refuse_used(path: Path | None) -> None:
    """Refuse a ledger that is there already."""
    if path is None or not path.exists() or path.stat().st_size == 0:
        return
    raise BadInput("this file is there already; a replay starts a new ledger and overwrites none", file=path)


def _say_what(world: World, console: Console) -> None:
    start, end = shown(int(world.marks.time[0])), shown(int(world.marks.time[-1]))
    console.print(
        f"{world.label}\n{start} to {end}: {world.marks.time.size:,} marks, {world.funding.time.size} fundings"
    )
    console.print(f"{world.traders.lots.size:,} traders, {world.timeline.commands:,} commands, seed {world.seed}")


def _run(world: World, ledger: Path | None, console: Console, stopped: Callable[[], bool]) -> Replayed:
    with target_of(ledger) as target:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
            task = progress.add_task("Replaying", total=world.timeline.commands)
            return run(world, target, advance=lambda count: progress.advance(task, count), stop=stopped)


def target_of(ledger: Path | None) -> AbstractContextManager[Target]:
    """A new ledger, or an engine in memory."""
    return nullcontext(Engine()) if ledger is None else Ledger.open(ledger)


def compile_engine(console: Console) -> None:
    """Bring the kernels in, saying so where they have to be compiled first."""
    first = not any(cache_folder().rglob(KERNEL))
    start = perf_counter()
    what = "Compiling the engine, once on this machine" if first else "Loading the engine"
    with _patience(console, what, loud=first):
        Engine().apply(np.zeros(0, COMMAND))
    if first:
        console.print(f"Compiled in {perf_counter() - start:.0f} s")


@contextmanager
def _patience(console: Console, what: str, *, loud: bool) -> Iterator[None]:
    """Says what is going on and for how long: with a clock on a terminal, else, where `loud`, every few seconds."""
    if console.is_terminal:
        with Progress(SpinnerColumn(), TextColumn(what), TimeElapsedColumn(), console=console, transient=True) as clock:
            clock.add_task(what, total=None)
            yield
        return
    done, start = Event(), perf_counter()

    def tell() -> None:
        console.print(f"{what} …")
        while not done.wait(TELL_EVERY):
            console.print(f"{what}: {perf_counter() - start:.0f} s so far")

    teller = Thread(target=tell, daemon=True)
    if loud:
        teller.start()
    try:
        yield
    finally:
        done.set()
        if loud:
            teller.join()


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks for a stop after the chunk that is being written; a second one ends at once."""
    asked = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
