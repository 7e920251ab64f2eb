"""One setting through the engine, to the end: what is left is closed at the last marks, so that all of it is money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command, Event, Refusal
from stoplog.commands import Batch
from stoplog.engine import Tables
from stoplog.proof.invariants import INVARIANTS, check
from stoplog.proof.violations import Violation
from stoplog.simulation.replay import ReplayFailed, Target
from stoplog.simulation.sharing.layout import Setting, lay_out, opening
from stoplog.simulation.sharing.steps import Layout
from stoplog.simulation.sharing.world import SharedWorld

Counts = NDArray[np.int64]

CHUNK = 50_000

KEPT = (
    Event.FEE_PAID,
    Event.TAKEN_OVER,
    Event.LIQUIDATION_FEE_PAID,
    Event.FUND_RECEIVED,
    Event.FUND_PAID,
    Event.SOCIALISED,
    Event.CONVERTED,
)
"""The events that findings are made of."""


@dataclass(frozen=True, slots=True)
class Run:
    """A setting that has run: the layout, the events of `KEPT` with their times, the state in the end."""

    setting: Setting
    layout: Layout
    events: NDArray[np.void]
    time: Counts
    tables: Tables
    commands: int
    digest: str
    violations: tuple[Violation, ...]

    @property
    def invariants(self) -> tuple[str, ...]:
        """What was checked at the end."""
        return tuple(INVARIANTS)


class _Watch:
    """Keeps events, and fails at the first refusal: a replay of this kind asks for nothing that can be refused."""

    def __init__(self) -> None:
        self.commands = 0
        self.events: list[NDArray[np.void]] = []
        self.time: list[Counts] = []

    def see(self, batch: NDArray[np.void], events: NDArray[np.void]) -> None:
        """One batch and what the engine made of it; `ReplayFailed` where something was refused."""
        base, self.commands = self.commands, self.commands + len(batch)
        refused = events[events["kind"] == Event.REFUSED]
        if len(refused):
            first = refused[0]
            kind = Command(int(batch["kind"][first["sequence"] - base - 1])).name
            why = Refusal(int(first["reason"])).name.lower().replace("_", " ")
            raise ReplayFailed(f"the engine refused command {first['sequence']}, {kind}: {why}")
        kept = events[np.isin(events["kind"], KEPT)]
        self.events.append(kept)
        self.time.append(batch["time"][kept["sequence"] - base - 1])


def run_setting(
    world: SharedWorld,
    setting: Setting,
    target: Target,
    *,
    advance: Callable[[int], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Run | None:
    """Replay one setting; None where `stop`, asked after every chunk, ended it. `advance` is told of each chunk."""
    layout, watch = lay_out(setting, world.terms, world.lines, world.holders), _Watch()
    first = opening(world.terms, world.lines, world.start)
    watch.see(first, target.apply(first))
    for start in range(0, len(layout.commands), CHUNK):
        if stop():
            return None
        chunk = layout.commands[start : start + CHUNK]
        watch.see(chunk, target.apply(chunk))
        advance(len(chunk))
    last = closing(target.tables, world.end)
    watch.see(last, target.apply(last))
    return Run(
        setting=setting,
        layout=layout,
        events=np.concatenate(watch.events),
        time=np.concatenate(watch.time),
        tables=target.tables,
        commands=watch.commands,
        digest=target.digest(),
        violations=tuple(check(target.tables)),
    )


def closing(tables: Tables, time: int) -> NDArray[np.void]:
    """The trades that close every open position at its mark, without a fee."""
    batch = Batch()
    size, instrument = tables.rows("positions")["size"], tables.rows("compartments")["instrument"]
    mark = tables.rows("instruments")["mark"]
    for number in np.flatnonzero(size).tolist():
        i = int(instrument[number])
        batch.fill(instrument=i, compartment=number, size=-int(size[number]), price=int(mark[i]), time=time)
    return batch.records()
