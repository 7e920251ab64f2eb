"""One random world through model and engine together, cut into batches at random."""

from __future__ import annotations

from collections import Counter

from differential.comparing import agree, differing, records
from differential.worlds import World
from reference.crossing import by_scenarios
from reference.invariants import check
from reference.rows import EventRow, Row
from reference.state import State

from stoplog.codes import Command, Doubt, Event, Refusal
from stoplog.engine import Engine

CUTS = (1, 1, 2, 3, 7, 20)

HAIRCUT_ENFORCED = "a haircut enforced that liquidates"
MOVED_AND_FALLEN = "a mark of an underlying with an axis that liquidates a strategy"
AXIS_REFUSED = "a revaluation refused by the axis that it would bring"


def fallen_by_a_haircut(event: EventRow) -> bool:
    """Whether a haircut is enforced that liquidates somebody."""
    return event.kind == Event.CHANGE_ENFORCED and event.asset != 0 and event.second != 0


def moved(state: State, row: Row, events: list[EventRow]) -> Counter[str]:
    """What an axis has to do with a command: which of the two above, and how often."""
    seen: Counter[str] = Counter()
    if row.kind == Command.REVALUE:
        seen[AXIS_REFUSED] = sum(event.reason == Refusal.PRICE_OUT_OF_RANGE for event in events)
    if row.kind == Command.MARK and row.instrument in state.risk and state.risk[row.instrument].axis:
        fallen = [event.compartment or 0 for event in events if event.kind == Event.CROSS_LIQUIDATED]
        seen[MOVED_AND_FALLEN] = sum(by_scenarios(state, cross) for cross in fallen)
    return seen


def run(seed: int) -> Counter[str]:
    """How often each event and refusal came up, by name, haircuts that liquidate, and what axes bring about.

    `AssertionError` at the first difference.
    Now and then the engine is put down as bytes and taken up again, which rebuilds its heaps. In the end the
    same commands, as one batch on an empty engine, must give the same digest.
    """
    world, engine, rows = World(seed), Engine(), list[Row]()
    seen: Counter[str] = Counter()
    length = world.rng.randint(45, 160) + (0 if world.style == "isolated" else 60)
    while len(rows) < length:
        batch, expected = [], []
        for _ in range(world.rng.choice(CUTS)):
            row, events = world.step()
            check(world.state)
            batch.append(row)
            expected += events
            seen.update(moved(world.state, row, events))
        rows += batch
        difference = differing(expected, engine.apply(records(batch))) or agree(engine, world.state)
        assert not difference, f"seed {seed}, command {len(rows)}: {difference}"
        seen.update(Event(event.kind).name for event in expected)
        reasons = [(event, event.reason) for event in expected if event.reason]
        seen.update(Refusal(reason).name for event, reason in reasons if event.kind == Event.REFUSED)
        seen.update(Doubt(reason).name for event, reason in reasons if event.kind == Event.MARK_HELD)
        seen[HAIRCUT_ENFORCED] += sum(fallen_by_a_haircut(event) for event in expected)
        if world.rng.random() < 0.05:
            engine = Engine.from_bytes(engine.to_bytes())
    again = Engine()
    again.apply(records(rows))
    assert again.digest() == engine.digest(), f"seed {seed}: one batch gives another digest"
    return seen
