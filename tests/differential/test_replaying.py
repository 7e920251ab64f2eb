"""The same commands give the same events and the same digest, however they are cut, and from a snapshot too."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from differential.comparing import records
from differential.worlds import World

from stoplog.engine import Engine


@pytest.mark.rule("REP-001")
@pytest.mark.parametrize("block", range(4))
def test_batch_cuts_are_invisible(block: int) -> None:
    for seed in range(4 * 10**6 + block * 25, 4 * 10**6 + block * 25 + 25):
        world = World(seed)
        commands = records([world.step()[0] for _ in range(150)])
        whole, single, cut = Engine(), Engine(), Engine()
        events = whole.apply(commands)
        one_by_one = np.concatenate([single.apply(commands[i : i + 1]) for i in range(len(commands))])
        edges = sorted({0, len(commands), *(world.rng.randrange(len(commands)) for _ in range(6))})
        pieces = [cut.apply(commands[a:b]) for a, b in pairwise(edges)]
        assert events.tobytes() == one_by_one.tobytes() == np.concatenate(pieces).tobytes()
        assert whole.digest() == single.digest() == cut.digest()
        assert whole.to_bytes() == single.to_bytes() == cut.to_bytes()


@pytest.mark.rule("REP-001")
@pytest.mark.parametrize("block", range(4))
def test_an_engine_taken_up_from_its_bytes_goes_on_as_if_nothing_had_been(block: int) -> None:
    """The heaps are rebuilt, with other wake-up prices than those that history left, and nothing else differs."""
    for seed in range(5 * 10**6 + block * 25, 5 * 10**6 + block * 25 + 25):
        world = World(seed)
        commands = records([world.step()[0] for _ in range(200)])
        engine = Engine()
        cut = world.rng.randrange(len(commands))
        engine.apply(commands[:cut])
        taken_up = Engine.from_bytes(engine.to_bytes())
        assert taken_up.digest() == engine.digest()
        assert taken_up.apply(commands[cut:]).tobytes() == engine.apply(commands[cut:]).tobytes()
        assert taken_up.digest() == engine.digest()


@pytest.mark.rule("REP-001")
def test_an_empty_batch_changes_nothing() -> None:
    engine = Engine()
    before = engine.to_bytes()
    assert len(engine.apply(records([]))) == 0
    assert engine.to_bytes() == before


@pytest.mark.rule("REP-001")
def test_a_different_command_gives_a_different_digest() -> None:
    """The digest covers everything: one unit of money more in one deposit shows."""
    world = World(7)
    commands = records([world.step()[0] for _ in range(60)])
    other = commands.copy()
    deposits = np.flatnonzero((other["kind"] == 7) & (other["amount"] > 1))
    other["amount"][deposits[0]] -= 1
    first, second = Engine(), Engine()
    first.apply(commands)
    second.apply(other)
    assert first.digest() != second.digest()
