"""Scheduled changes and room: what is due before a command is carried out once, however tables grow meanwhile."""

from __future__ import annotations

import numpy as np
import pytest

from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.records import Event, Parameter

TRADERS = 300


def crowd(rule: int, rate: int, grace: int = 5) -> Batch:
    """Traders with 2 to 8 % of margin, a change to a table of `rate`, and a fall right when its grace is over."""
    batch = Batch()
    batch.register_asset(decimals=6)
    for table, maintenance in ((1, 500_000), (2, rate)):
        batch.register_tier_table(rule=rule if table == 2 else 0)
        batch.add_tier(table=table, floor=0, rate=maintenance, initial_rate=max(10**6, maintenance))
    batch.register_instrument(asset=1, tier_table=1, payoff=0, multiplier=1, price_max=10**8, position_limit=10**6)
    batch.mark(instrument=1, price=1_000)
    for number in range(1, TRADERS + 1):
        batch.register_account()
        batch.deposit(account=number, asset=1, amount=10**6)
        batch.open_compartment(account=number, instrument=1, margin=1_000 + 10 * number)
        batch.fill(instrument=1, compartment=number, size=50 if number % 2 else -50, price=1_000)
    batch.schedule_parameter(
        instrument=1, parameter=Parameter.TIER_TABLE, value=2, effective_sequence=len(batch) + 2, grace=grace, time=10
    )
    batch.deposit(account=1, asset=1, amount=1)
    batch.deposit(account=1, asset=1, amount=1, time=10 + grace)
    batch.mark(instrument=1, price=950)
    batch.mark(instrument=1, price=1_050)
    return batch


@pytest.mark.rule("CHG-003", "REP-001")
@pytest.mark.parametrize("rule", range(3))
@pytest.mark.parametrize("rate", [10**6, 3 * 10**6, 9 * 10**7])
def test_what_is_due_happens_once_while_room_is_made(rule: int, rate: int) -> None:
    """The fall comes first in a batch of its own, and both the change and it outgrow the room for events."""
    commands = crowd(rule, rate).records()
    whole, single = Engine(), Engine()
    events = whole.apply(commands)
    one_by_one = np.concatenate([single.apply(commands[k : k + 1]) for k in range(len(commands))])
    assert events.tobytes() == one_by_one.tobytes()
    assert whole.digest() == single.digest()
    enforced = events[events["kind"] == Event.CHANGE_ENFORCED]
    assert len(enforced) == 1
    assert (enforced["second"] > 40) == (rate > 10**6)
    assert (events["kind"] == Event.TAKEN_OVER).sum() > 100
    assert not (events["kind"] == Event.REFUSED).any()


@pytest.mark.rule("CHG-002", "REP-001")
@pytest.mark.parametrize("cut", range(1, 6))
def test_an_engine_taken_up_in_a_grace_goes_on_with_it(cut: int) -> None:
    """A snapshot between any two of the last commands holds the change and when it is due."""
    commands = crowd(1, 3 * 10**6).records()
    engine = Engine()
    engine.apply(commands[:-cut])
    taken_up = Engine.from_bytes(engine.to_bytes())
    assert taken_up.apply(commands[-cut:]).tobytes() == engine.apply(commands[-cut:]).tobytes()
    assert taken_up.digest() == engine.digest()


@pytest.mark.rule("CHG-001", "REP-001")
def test_more_changes_than_there_is_room_for() -> None:
    """The table of changes grows; they take effect one command after the other."""
    batch = crowd(0, 10**6, grace=10**6)
    for number in range(40):
        batch.schedule_parameter(
            instrument=1, parameter=Parameter.SLIPPAGE_RATE, value=number, effective_sequence=len(batch) + 42
        )
    for _ in range(42):
        batch.mark(instrument=1, price=1_000)
    commands = batch.records()
    whole, single = Engine(), Engine()
    events = whole.apply(commands)
    one_by_one = np.concatenate([single.apply(commands[k : k + 1]) for k in range(len(commands))])
    assert events.tobytes() == one_by_one.tobytes()
    settings = events[(events["kind"] == Event.PARAMETER_SET) & (events["third"] == Parameter.SLIPPAGE_RATE)]
    assert settings["second"].tolist() == list(range(40))
    assert (np.diff(settings["sequence"]) == 1).all()
