"""The engine liquidates at the prices of its own set and at no others: thousands of strategies, both sides of each end.

`strategy.drawn` makes them, `strategy.staging` holds them in a real engine and prices their arrays one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import numpy as np
import pytest
from strategy.drawn import KINDS, Drawn, drawn
from strategy.staging import MORE, Figures, Opened, Place, revalued

from stoplog.codes import Event
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.strategy.own_set import Flip, OwnSet, own_set
from stoplog.strategy.own_surplus import standing

STRATEGIES, TOGETHER, FLIPS = 500, 100, 6
"""Of each kind; so many in one engine; so many ends of each at most, those next to the mark among them."""

LEAST = 100
"""Every kind has at least so many ends below its mark, and so many above."""


class Tried(NamedTuple):
    """A strategy, ends of its set, and the figures at both prices of each."""

    drawn: Drawn
    flips: Sequence[Flip]
    expected: Sequence[tuple[Figures, Figures]]


def around(mark: int) -> tuple[int, int]:
    return mark * 2 // 5, mark * 11 // 5


def chosen(found: OwnSet, mark: int, random: Random) -> list[Flip]:
    flips = sorted(found.flips(), key=lambda flip: abs(flip.healthy - mark))
    return flips[:2] + random.sample(flips[2:], min(len(flips[2:]), FLIPS - 2))


def tried(kind: str, random: Random) -> Tried:
    each = drawn(kind, random)
    mark = int(each.lots.mark)
    flips = chosen(own_set(each.lots, *around(mark)), mark, random)
    found = standing(each.lots, np.array([price for flip in flips for price in flip], np.int64))
    figures = [Figures(int(a), int(b)) for a, b in zip(found.equity, found.required, strict=True)]
    return Tried(each, flips, list(zip(figures[::2], figures[1::2], strict=True)))


def revalue(opened: Opened, ends: Sequence[tuple[Place, Tried]], turn: int, side: int) -> set[int]:
    """All at one side of an end; the compartments that were liquidated."""
    batch = Batch()
    for place, one in ends:
        revalued(batch, place, one.flips[turn][side])
    found = opened.apply(batch)
    assert Event.REFUSED not in found
    return set(found.get(Event.CROSS_LIQUIDATED, []))


@pytest.mark.rule("STG-006", "PRT-002", "PRT-003", "PRT-004", "PRT-005")
@pytest.mark.parametrize("kind", KINDS)
def test_the_engine_flips_exactly_at_the_ends_of_its_own_set(kind: str) -> None:
    """Revalued at the healthy price nothing is liquidated, one price unit on it is, and figures are to the unit."""
    random, below, above = Random(kind), 0, 0
    for _ in range(STRATEGIES // TOGETHER):
        strategies = [tried(kind, random) for _ in range(TOGETHER)]
        opened = Opened(one.drawn for one in strategies)
        for turn in range(max(len(one.flips) for one in strategies)):
            pairs = zip(opened.places, strategies, strict=True)
            ends = [(place, one) for place, one in pairs if turn < len(one.flips)]
            assert not revalue(opened, ends, turn, 0)
            for place, one in ends:
                expected = one.expected[turn][0]
                assert opened.figures(place.cross, 0) == opened.figures(place.rich, MORE) == expected
                assert expected.equity >= expected.required
            before = opened.engine.to_bytes()
            assert revalue(opened, ends, turn, 1) == {place.cross for place, _ in ends}
            for place, one in ends:
                expected = one.expected[turn][1]
                assert opened.figures(place.rich, MORE) == expected
                assert expected.equity < expected.required
                is_below = one.flips[turn].healthy <= one.drawn.lots.mark
                below, above = below + is_below, above + (not is_below)
            opened.engine = Engine.from_bytes(before)
    assert min(below, above) >= LEAST, (below, above)
