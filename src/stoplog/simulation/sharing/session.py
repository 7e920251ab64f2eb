"""A replay in one setting or in all three, from the request to the report, saying what it does all the while."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from stoplog.proof.violations import Violation
from stoplog.simulation.session import Outputs, compile_engine, interrupts, refuse_used, target_of
from stoplog.simulation.sharing.comparison import Column, Comparison, column_of, compare
from stoplog.simulation.sharing.layout import Setting
from stoplog.simulation.sharing.page import write_report
from stoplog.simulation.sharing.running import run_setting
from stoplog.simulation.sharing.summary import print_summary
from stoplog.simulation.sharing.world import SharedWorld, build
from stoplog.simulation.values import shown
from stoplog.simulation.world import Request

COMPARE = "compare"
CHOICES = (*(setting.value for setting in Setting), COMPARE)


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it: nothing to compare where it was interrupted."""

    comparison: Comparison | None

    @property
    def interrupted(self) -> bool:
        """Whether it ended before the last command."""
        return self.comparison is None

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What does not hold in the end, in any setting."""
        if self.comparison is None:
            return ()
        return tuple(violation for column in self.comparison.columns for violation in column.violations)


def replay_shared(request: Request, margin: str, outputs: Outputs, console: Console) -> Compared:
    """Build, run each setting, summarise, report. `BadInput` is raised before anything is written."""
    settings = tuple(Setting) if margin == COMPARE else (Setting(margin),)
    ledgers = ledgers_of(outputs.ledger, settings)
    with console.status("Reading prices, drawing traders"):
        world = build(request)
        for ledger in ledgers:
            refuse_used(ledger)
    _say_what(world, console)
    compile_engine(console)
    with interrupts() as stopped:
        columns = _run(world, settings, ledgers, console, stopped)
    if len(columns) < len(settings):
        console.print("Interrupted.")
        return Compared(None)
    comparison = compare(world, columns)
    print_summary(world, comparison, Console(highlight=False))
    for ledger in ledgers:
        if ledger is not None:
            console.print(f"Ledger: {ledger}", soft_wrap=True)
    if outputs.report is not None:
        write_report(outputs.report, world, comparison, outputs.command)
        console.print(f"Report: {outputs.report}", soft_wrap=True)
    return Compared(comparison)


def ledgers_of(path: Path | None, settings: Sequence[Setting]) -> list[Path | None]:
    """The ledger of each setting: the path itself where there is one, else with the setting before the suffix.

    >>> [str(path) for path in ledgers_of(Path("crash.ledger"), (Setting.CROSS, Setting.MIXED))]
    ['crash.cross.ledger', 'crash.mixed.ledger']
    """
    if path is None or len(settings) == 1:
        return [path] * len(settings)
    return [path.with_name(f"{path.stem}.{setting}{path.suffix}") for setting in settings]


def _say_what(world: SharedWorld, console: Console) -> None:
    marks = sum(line.marks.time.size for line in world.lines)
    names = ", ".join(line.symbol for line in world.lines)
    console.print(f"{world.label}\n{shown(world.start)} to {shown(world.end)}: {marks:,} marks of {names}")
    console.print(
        f"{world.holders.count:,} traders with {int(world.holders.held.sum()):,} positions, seed {world.seed}",
        soft_wrap=True,
    )


def _run(
    world: SharedWorld,
    settings: Sequence[Setting],
    ledgers: Sequence[Path | None],
    console: Console,
    stopped: Callable[[], bool],
) -> tuple[Column, ...]:
    done: list[Column] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        for setting, ledger in zip(settings, ledgers, strict=True):
            task = progress.add_task(f"Replaying {setting}", total=None)

            def advance(count: int, task: object = task) -> None:
                progress.advance(task, count)  # type: ignore[arg-type]

            with target_of(ledger) as target:
                run = run_setting(world, setting, target, advance=advance, stop=stopped)
                if run is None:
                    break
                done.append(column_of(world, run))
            progress.update(task, total=run.commands, completed=run.commands)
    return tuple(done)
