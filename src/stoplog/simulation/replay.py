"""A world through the engine: chunk by chunk, observed, into a ledger or into memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command, Event, Refusal
from stoplog.engine import Tables
from stoplog.proof.invariants import INVARIANTS, check
from stoplog.proof.violations import Violation
from stoplog.simulation.findings import Findings, find
from stoplog.simulation.observation import Observer
from stoplog.simulation.timeline import opening
from stoplog.simulation.world import World

MUST_PASS = (
    Command.REGISTER_ASSET,
    Command.REGISTER_TIER_TABLE,
    Command.ADD_TIER,
    Command.REGISTER_INSTRUMENT,
    Command.SET_PARAMETER,
    Command.REGISTER_ACCOUNT,
    Command.DEPOSIT,
    Command.OPEN_COMPARTMENT,
    Command.MARK,
    Command.FUNDING,
)
"""What a replay relies on: numbers of accounts and compartments follow from it, and the prices are the point of it."""


class Target(Protocol):
    """What a replay runs through: an engine or a ledger."""

    @property
    def tables(self) -> Tables:
        """The state."""
        ...

    @property
    def statistics(self) -> dict[str, int]:
        """What the heaps did: see `Engine.statistics`."""
        ...

    def apply(self, commands: NDArray[np.void], /) -> NDArray[np.void]:
        """The events of a batch, kept where the target keeps them."""
        ...

    def digest(self) -> str:
        """The digest of the state."""
        ...


class ReplayFailed(Exception):
    """The engine refused a command that a replay relies on; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay that has run, to its end or until it was interrupted."""

    findings: Findings | None
    commands: int
    planned: int
    events: int
    seconds: float
    engine_seconds: float
    digest: str
    invariants: tuple[str, ...]
    violations: tuple[Violation, ...]
    woken: int
    needless: int

    @property
    def interrupted(self) -> bool:
        """Whether it ended before the last command."""
        return self.commands < self.planned


def run(
    world: World,
    target: Target,
    *,
    advance: Callable[[int], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Replayed:
    """Replay a world; `advance` is told how many commands each chunk had, `stop` is asked after every chunk.

    The findings are None where no mark was reached. `ReplayFailed` where the engine refuses what must pass.
    """
    observer = Observer()
    start = perf_counter()
    in_engine = 0.0
    first = opening(world.population.market, world.scale, int(world.marks.time[0]))
    observer.see(first, target.apply(first))
    for chunk in world.timeline.chunks():
        if stop():
            break
        before = perf_counter()
        events = target.apply(chunk)
        in_engine += perf_counter() - before
        observer.see(chunk, events)
        _require(observer)
        advance(len(chunk))
    return Replayed(
        findings=find(observer, target.tables.rows("compartments"), world.traders, world.scale)
        if observer.events[Event.MARKED]
        else None,
        commands=observer.commands,
        planned=len(first) + world.timeline.commands,
        events=observer.events.total(),
        seconds=perf_counter() - start,
        engine_seconds=in_engine,
        digest=target.digest(),
        invariants=tuple(INVARIANTS),
        violations=tuple(check(target.tables)),
        woken=target.statistics["woken"],
        needless=target.statistics["needless"],
    )


def _require(observer: Observer) -> None:
    for (kind, reason), times in observer.refusals.items():
        if kind in MUST_PASS:
            sentence = _reason(reason)
            raise ReplayFailed(f"the engine refused {times} commands {kind.name}: {sentence}")


def _reason(reason: Refusal) -> str:
    return reason.name.lower().replace("_", " ")
