"""Balances that no single command may bring out of range, and that many together must not either."""

from __future__ import annotations

import pytest
from differential.pair import Pair

from stoplog.codes import Command, Event

LOTS, TOP = 2**16, 2**40


@pytest.mark.rule("RND-002", "CON-002", "CON-004")
def test_losses_without_margin_cannot_pile_up_beyond_64_bits() -> None:
    """Without maintenance nobody needs margin: a short loses 2⁵⁶ by one gap, the pool socialises it, a long has it.

    Two hundred times over that would be more than 2⁶³. Before then the engine must refuse to open more.
    """
    pair = Pair()
    number = pair.register(price_max=TOP, position_limit=LOTS, tiers=((0, 0, 0),), mark=1)
    refused = False
    for _ in range(200):
        pair.accept(Command.MARK, instrument=number, price=1)
        winner, loser = pair.open(number, 0), pair.open(number, 0)
        events = pair.do(Command.FILL, instrument=number, compartment=winner, other=loser, size=LOTS, price=1)
        refused = events[0].kind == Event.REFUSED
        if refused:
            break
        pair.accept(Command.MARK, instrument=number, price=TOP)
        pair.accept(Command.FILL, instrument=number, compartment=winner, size=-LOTS, price=TOP)
        pair.accept(Command.CLOSE_COMPARTMENT, compartment=winner)
    assert refused


@pytest.mark.rule("RND-002", "CON-002", "CON-004")
def test_the_outside_market_cannot_be_drained_beyond_64_bits() -> None:
    """A gap of one unit gives the outside market a short at the bottom; at the top it is bought back, at a loss of 2⁵⁶.

    No fill has the outside market on its other side, so only liquidations move its balance.
    """
    pair = Pair()
    number = pair.register(price_max=TOP, position_limit=LOTS, tiers=((0, 0, 0),), mark=1)
    refused = False
    for _ in range(200):
        pair.accept(Command.MARK, instrument=number, price=1)
        winner, loser, buyer = (pair.open(number, 0) for _ in range(3))
        events = pair.do(Command.FILL, instrument=number, compartment=winner, other=loser, size=LOTS, price=1)
        refused = events[0].kind == Event.REFUSED
        if refused:
            break
        pair.accept(Command.MARK, instrument=number, price=2)
        pair.accept(Command.MARK, instrument=number, price=TOP)
        events = pair.do(Command.FILL, instrument=number, compartment=buyer, other=winner, size=LOTS, price=TOP)
        refused = events[0].kind == Event.REFUSED
        if refused:
            break
        pair.accept(Command.CLOSE_COMPARTMENT, compartment=winner)
        pair.accept(Command.MARK, instrument=number, price=TOP - 1)
    assert refused
