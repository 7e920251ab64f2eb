"""A compartment whose threshold lies on a steep floor is woken in time, and heaps are no part of what happens."""

from __future__ import annotations

import numpy as np
import pytest

from stoplog.codes import Event
from stoplog.commands import Batch
from stoplog.engine import Engine


def on_a_steep_floor() -> Engine:
    """Long 1 at 1,000 with 4 put in, funding of a fraction owed since, under 0.4 % to 1,000 and 90 % beyond."""
    batch = Batch()
    batch.register_asset(decimals=6)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=400_000, initial_rate=400_000)
    batch.add_tier(table=1, floor=1_000, rate=90_000_000, initial_rate=90_000_000)
    batch.register_instrument(asset=1, tier_table=1, payoff=0, multiplier=1, price_max=10**6, position_limit=10**6)
    batch.register_account()
    batch.deposit(account=1, asset=1, amount=1_000)
    batch.mark(instrument=1, price=1_000)
    batch.open_compartment(account=1, instrument=1, margin=4)
    batch.fill(instrument=1, compartment=1, size=1, price=1_000)
    batch.mark(instrument=1, price=1_020)
    batch.funding(instrument=1, rate=1)
    engine = Engine()
    assert not (engine.apply(batch.records())["kind"] == Event.REFUSED).any()
    return engine


def marked(engine: Engine, price: int) -> list[int]:
    """The kinds of events of one mark."""
    batch = Batch()
    batch.mark(instrument=1, price=price)
    kinds: np.ndarray = engine.apply(batch.records())["kind"]
    return kinds.tolist()


@pytest.mark.rule("SCR-001", "LIQ-001", "REP-001")
@pytest.mark.parametrize("price", range(1_000, 1_021))
def test_a_steep_floor_is_not_overslept(price: int) -> None:
    """One unit of funding is owed: at 1,009 equity is 12 and maintenance 12.1.

    An engine taken from its bytes says the same at every price.
    """
    engine = on_a_steep_floor()
    taken_up = Engine.from_bytes(engine.to_bytes())
    kinds = marked(engine, price)
    assert kinds == marked(taken_up, price)
    assert engine.digest() == taken_up.digest()
    assert (Event.TAKEN_OVER in kinds) == (price < 1_010)
