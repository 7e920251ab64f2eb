"""Scheduled changes and room: what is due before a command is carried out once, however tables grow meanwhile."""

from __future__ import annotations

import numpy as np
import pytest

from stoplog.codes import AssetParameter, Event, Parameter
from stoplog.commands import Batch
from stoplog.engine import Engine

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


def crowd_of_crosses(haircut: int, count: int = 200) -> Batch:
    """Cross compartments with 21 to 60 of an asset of their own, long 10 at 100 under 1 %, and a haircut to come."""
    batch = Batch()
    batch.register_asset(decimals=2)
    batch.register_asset(decimals=2)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=10**6, initial_rate=10**6)
    batch.register_instrument(asset=1, tier_table=1, payoff=0, multiplier=1, price_max=10**4, position_limit=10**6)
    batch.mark(instrument=1, price=100)
    for asset in (1, 2):
        batch.price_asset(asset=asset, price=10**9)
    for number in range(count):
        batch.register_account()
        batch.deposit(account=number + 1, asset=2, amount=10**3)
        batch.open_cross(account=number + 1)
        batch.add_margin(compartment=4 * number + 1, asset=2, amount=21 + number % 40)
        batch.open_compartment(account=number + 1, instrument=1, cross=4 * number + 1)
        batch.fill(instrument=1, compartment=4 * number + 4, size=10, price=100)
    batch.schedule_asset_parameter(
        asset=2, parameter=AssetParameter.HAIRCUT, value=haircut, effective_sequence=len(batch) + 2, grace=5, time=10
    )
    batch.deposit(account=1, asset=1, amount=1)
    batch.deposit(account=1, asset=1, amount=1, time=15)
    batch.price_asset(asset=2, price=10**9 - 1)
    batch.price_asset(asset=2, price=8 * 10**8)
    return batch


@pytest.mark.rule("CHG-008", "CHG-003", "REP-001")
@pytest.mark.parametrize("haircut", [10**7, 7 * 10**7, 10**8])
def test_a_haircut_is_enforced_once_while_room_is_made(haircut: int) -> None:
    """90, 30 and 0 % of 21 to 60 are left, against 10; the rest falls with the price."""
    commands = crowd_of_crosses(haircut).records()
    whole, single = Engine(), Engine()
    events = whole.apply(commands)
    one_by_one = np.concatenate([single.apply(commands[k : k + 1]) for k in range(len(commands))])
    assert events.tobytes() == one_by_one.tobytes()
    assert whole.digest() == single.digest()
    assert not (events["kind"] == Event.REFUSED).any()
    enforced = events[events["kind"] == Event.CHANGE_ENFORCED]
    assert enforced["second"].tolist() == [{10**7: 0, 7 * 10**7: 65, 10**8: 200}[haircut]]
    liquidated = events["compartment"][events["kind"] == Event.CROSS_LIQUIDATED]
    first = liquidated[: enforced["second"][0]]
    assert (np.diff(first) > 0).all()
    assert len(np.unique(liquidated)) == len(liquidated)


@pytest.mark.rule("CHG-008", "REP-001")
@pytest.mark.parametrize("cut", range(1, 6))
def test_an_engine_taken_up_in_the_grace_of_a_haircut_goes_on_with_it(cut: int) -> None:
    commands = crowd_of_crosses(7 * 10**7, 30).records()
    engine = Engine()
    engine.apply(commands[:-cut])
    taken_up = Engine.from_bytes(engine.to_bytes())
    assert taken_up.apply(commands[-cut:]).tobytes() == engine.apply(commands[-cut:]).tobytes()
    assert taken_up.digest() == engine.digest()
