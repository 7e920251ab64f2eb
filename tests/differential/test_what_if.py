"""A check before a command: it answers what the command then does, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from differential.comparing import records
from differential.pair import Pair
from differential.worlds import World

from stoplog.codes import Command, CompartmentState, Event
from stoplog.engine import Engine
from stoplog.engine.what_if import OWNERS
from stoplog.margin.isolated import equity

LENGTHS = (1, 1, 2, 5)


def everything(engine: Engine) -> tuple[bytes, list[tuple[int, bytes]]]:
    """The state, and who waits in which heap for what; where in memory a heap lies does not matter."""
    heads, nodes = engine.tables.heads, engine.tables.nodes
    heaps = [(int(h["drift"]), nodes[h["start"] : h["start"] + h["count"]].tobytes()) for h in heads if h["count"]]
    return engine.to_bytes(), heaps


@pytest.mark.rule("CHK-001")
@pytest.mark.parametrize("block", range(3))
def test_what_a_check_answers_is_what_the_commands_then_do(block: int) -> None:
    """Of owners and of venues, one by one and several at once, accepted and refused."""
    tried = 0
    for seed in range(4 * 10**6 + block * 25, 4 * 10**6 + block * 25 + 25):
        world, engine = World(seed), Engine()
        while world.state.sequence < 110:
            batch = records([world.step()[0] for _ in range(world.rng.choice(LENGTHS))])
            before = everything(engine)
            answer = engine.what_if(batch)
            assert before == everything(engine), f"seed {seed}: something has changed"
            tried += set(batch["kind"].tolist()) <= OWNERS
            events = engine.apply(batch)
            assert np.array_equal(events, answer.events), f"seed {seed}"
            assert answer.after == {number: engine.standing(number) for number in answer.after}
    assert tried > 350


@pytest.mark.rule("CHK-001", "ISO-003")
def test_a_check_shows_what_would_change() -> None:
    """Buying 10 at 100 with 300 in the purse: liquidated below 71, bankrupt below 70, 280 may leave."""
    pair = Pair()
    number = pair.register(tiers=((0, 10**6, 2 * 10**6),))
    held = pair.open(number, 300)
    fields = {"instrument": number, "compartment": held, "size": 10, "price": 100}
    pair.accept(Command.MARK, instrument=number, price=100)
    batch = np.zeros(1, records([]).dtype)
    batch["kind"] = Command.FILL
    for name, value in fields.items():
        batch[name] = value
    answer = pair.engine.what_if(batch)
    found = answer.after[held]
    assert answer.accepted
    assert (answer.before[held].size, found.size, found.state) == (0, 10, CompartmentState.OPEN)
    assert (found.liquidation_price, found.bankruptcy_price, found.removable) == (71, 70, 280)
    assert (found.initial_margin, found.maintenance_margin) == (20, 10)
    assert found.equity == equity(0, 1, 100, 10, 1_000, 300)
    batch["size"] = 200
    refused = pair.engine.what_if(batch)
    assert not refused.accepted
    assert refused.events["kind"].tolist() == [Event.REFUSED]
    assert (refused.events["first"][0], refused.events["second"][0]) == (400, 300)
    assert refused.after == refused.before


@pytest.mark.rule("CHK-001")
def test_standing_of_what_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is none of number 7"):
        Engine().standing(7)
