"""Every refusal, by the shortest way to it, with its figures: needed, available, limit, and the compartment in the way.

The market: asset 1; tier table 1 of 1 % (initial 2 %), table 2 empty, table 3 of 50 %; instrument 1 perpetual and
marked at 100, instrument 2 without a mark, instrument 3 dated to time 1,000, instrument 4 expired; accounts 1 and 2
with 1,000 deposited each. Compartment 1 (account 1, 300 put in) holds 10 bought at 100, compartment 2 (account 2, 300
put in) nothing, compartment 3 is closed.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stoplog.codes import AssetParameter, Model, Parameter, Refusal, TopUpSource
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.records import POSITIONS_PER_CROSS
from stoplog.units import AMOUNT_MAX, POSITION_VALUE_MAX, PURSE_MAX, RATE_ONE, SEQUENCE_MAX

Asking = Callable[[Batch], object]
Figures = tuple[int, int, int, int]


def market() -> Batch:
    batch = Batch()
    batch.register_asset(decimals=2)
    for rate in (10**6, None, 5 * 10**7):
        batch.register_tier_table()
        if rate is not None:
            table = 1 if rate == 10**6 else 3
            batch.add_tier(table=table, floor=0, rate=rate, initial_rate=2 * rate)
    for _ in range(4):
        batch.register_instrument(
            asset=1, tier_table=1, payoff=0, multiplier=1, price_max=1_000, position_limit=50, price_min=2
        )
    for dated in (3, 4):
        batch.set_parameter(instrument=dated, parameter=Parameter.EXPIRY_TIME, value=1_000 if dated == 3 else 1)
    for account in (1, 2):
        batch.register_account()
        batch.deposit(account=account, asset=1, amount=1_000)
    for instrument in (1, 3):
        batch.mark(instrument=instrument, price=100)
    batch.open_compartment(account=1, instrument=1, margin=300)
    batch.open_compartment(account=2, instrument=1, margin=300)
    batch.open_compartment(account=1, instrument=1, margin=0)
    batch.close_compartment(compartment=3)
    batch.fill(instrument=1, compartment=1, size=10, price=100)
    batch.expire(instrument=4, price=100, time=10)
    return batch


def crossed(batch: Batch, *, price: int = 10**9, cap: int = AMOUNT_MAX) -> Batch:
    """A cross compartment of account 1, number 4."""
    batch.open_cross(account=1)
    if price:
        batch.price_asset(asset=1, price=price)
    batch.set_asset_parameter(asset=1, parameter=AssetParameter.DEPOSIT_CAP, value=cap)
    return batch


def crowded_cross(batch: Batch) -> None:
    """One position more than there may be."""
    crossed(batch)
    for _ in range(POSITIONS_PER_CROSS + 1):
        batch.open_compartment(account=1, instrument=1, cross=4)


def without_array(batch: Batch) -> None:
    """A position by scenarios in an instrument of which nobody has said what it loses."""
    batch.open_cross(account=1, model=Model.SCENARIOS)
    batch.price_asset(asset=1, price=10**9)
    batch.open_compartment(account=1, instrument=1, cross=4)


def unknown_kind(batch: Batch) -> None:
    batch.close_compartment(compartment=1)
    batch._rows[-1] = (batch._rows[-1][0], 999, *batch._rows[-1][2:])


def scheduled(batch: Batch, effective_sequence: int = 999) -> None:
    batch.schedule_parameter(
        instrument=1, parameter=Parameter.TIER_TABLE, value=3, effective_sequence=effective_sequence, grace=5
    )


def pending(batch: Batch) -> None:
    scheduled(batch)
    batch.set_parameter(instrument=1, parameter=Parameter.MAINTENANCE_AT, value=1)


def revoked_twice(batch: Batch) -> None:
    scheduled(batch)
    batch.revoke_change(change=1)
    batch.revoke_change(change=1)


def filled(batch: Batch, **fields: int) -> None:
    batch.fill(**({"instrument": 1, "compartment": 1, "size": 1, "price": 100} | fields))


def one_sided(batch: Batch) -> None:
    batch.open_compartment(account=1, instrument=1, margin=100, side=1)
    filled(batch, compartment=4, size=-1)


def reducing(batch: Batch) -> None:
    batch.set_parameter(instrument=1, parameter=Parameter.REDUCE_ONLY, value=1)
    filled(batch)


def full_table(batch: Batch) -> None:
    for row in range(33):
        batch.add_tier(table=2, floor=row * 100, rate=0, initial_rate=0)


def mismatched(batch: Batch) -> None:
    """Six lots by an order that has five."""
    batch.place_order(compartment=2, size=5, price=90)
    filled(batch, compartment=2, size=6, price=90, order=1)


def sixty_five_orders(batch: Batch) -> None:
    for number in range(65):
        batch.place_order(compartment=2, size=1 if number % 2 else -1, price=100)


def gained(batch: Batch) -> None:
    """A gain of 9,000 holds the position up and does not leave."""
    batch.mark(instrument=1, price=1_000)
    batch.remove_margin(compartment=1, amount=301)


def crowded(batch: Batch) -> None:
    batch.set_parameter(instrument=1, parameter=Parameter.OPEN_INTEREST_LIMIT, value=10)
    filled(batch, compartment=2, size=1)


def doubted(batch: Batch) -> None:
    """A jump of 11 % at time 10, to be confirmed 500 milliseconds later."""
    batch.set_parameter(instrument=1, parameter=Parameter.JUMP_LIMIT, value=10**7)
    batch.set_parameter(instrument=1, parameter=Parameter.JUMP_WAIT, value=500)
    batch.mark(instrument=1, price=111)
    filled(batch)


def aged(batch: Batch) -> None:
    """A mark of time 10, 501 milliseconds later."""
    batch.set_parameter(instrument=1, parameter=Parameter.AGE_LIMIT, value=500)
    batch.mark(instrument=1, price=100)
    filled(batch, time=511)


def purse_beyond(batch: Batch) -> None:
    """An inverse contract at the limits: losing more than a compartment can hold."""
    batch.register_instrument(
        asset=1, tier_table=1, payoff=0, multiplier=2**30, price_max=2**10, position_limit=2**16, price_min=1
    )
    batch.deposit(account=1, asset=1, amount=2**58)
    batch.open_compartment(account=1, instrument=5, margin=2**57)
    batch.mark(instrument=5, price=1)
    batch.fill(instrument=5, compartment=4, size=2**16, price=1)
    batch.mark(instrument=5, price=2**10)
    batch.fill(instrument=5, compartment=4, size=-(2**16), price=2**10)


ALL: dict[Refusal, tuple[Asking, Figures]] = {
    Refusal.UNKNOWN_COMMAND: (unknown_kind, (0, 999, 0, 1)),
    Refusal.UNKNOWN_CODE: (lambda b: b.set_parameter(instrument=1, parameter=99, value=0), (0, 99, max(Parameter), 0)),
    Refusal.UNKNOWN_ASSET: (lambda b: b.deposit(account=1, asset=7, amount=1), (7, 1, 0, 0)),
    Refusal.UNKNOWN_TIER_TABLE: (lambda b: b.add_tier(table=9, floor=0, rate=0, initial_rate=0), (9, 3, 0, 0)),
    Refusal.UNKNOWN_INSTRUMENT: (lambda b: b.mark(instrument=9, price=100), (9, 4, 0, 0)),
    Refusal.UNKNOWN_ACCOUNT: (lambda b: b.withdraw(account=9, asset=1, amount=1), (9, 2, 0, 0)),
    Refusal.UNKNOWN_COMPARTMENT: (lambda b: b.add_margin(compartment=9, amount=1), (9, 3, 0, 9)),
    Refusal.UNKNOWN_ORDER: (lambda b: b.cancel_order(compartment=2, order=1), (1, 0, 0, 2)),
    Refusal.UNKNOWN_CHANGE: (lambda b: b.revoke_change(change=1), (1, 0, 0, 0)),
    Refusal.TIME_BACKWARDS: (lambda b: b.deposit(account=1, asset=1, amount=1, time=9), (10, 9, 0, 0)),
    Refusal.AMOUNT_OUT_OF_RANGE: (lambda b: b.remove_margin(compartment=1, amount=0), (0, 0, AMOUNT_MAX, 1)),
    Refusal.PRICE_OUT_OF_RANGE: (lambda b: b.mark(instrument=1, price=1), (0, 1, 2, 0)),
    Refusal.SIZE_OUT_OF_RANGE: (lambda b: filled(b, size=51), (0, 51, 50, 1)),
    Refusal.RATE_OUT_OF_RANGE: (lambda b: b.funding(instrument=1, rate=RATE_ONE + 1), (0, RATE_ONE + 1, RATE_ONE, 0)),
    Refusal.SEQUENCE_OUT_OF_RANGE: (
        lambda b: scheduled(b, effective_sequence=7),
        (len(market()) + 2, 7, SEQUENCE_MAX, 0),
    ),
    Refusal.TIERS_UNORDERED: (lambda b: b.add_tier(table=2, floor=5, rate=0, initial_rate=0), (0, 5, 0, 0)),
    Refusal.DEDUCTION_NOT_WHOLE: (
        lambda b: b.add_tier(table=1, floor=7, rate=10**6 + 1, initial_rate=RATE_ONE),
        (0, 7, 0, 0),
    ),
    Refusal.BUDGET_EXCEEDED: (
        lambda b: b.register_instrument(
            asset=1, tier_table=1, payoff=0, multiplier=2**40, price_max=1_000, position_limit=50
        ),
        (0, 50, POSITION_VALUE_MAX, 0),
    ),
    Refusal.TIER_TABLE_IN_USE: (
        lambda b: b.add_tier(table=1, floor=100, rate=2 * 10**6, initial_rate=RATE_ONE),
        (0, 0, 0, 0),
    ),
    Refusal.TIER_TABLE_EMPTY: (
        lambda b: b.set_parameter(instrument=1, parameter=Parameter.TIER_TABLE, value=2),
        (0, 0, 0, 0),
    ),
    Refusal.TIER_TABLE_FULL: (full_table, (33, 32, 32, 0)),
    Refusal.INSTRUMENT_EXPIRED: (lambda b: b.mark(instrument=4, price=100), (0, 0, 0, 0)),
    Refusal.INSTRUMENT_IN_USE: (
        lambda b: b.set_parameter(instrument=1, parameter=Parameter.FUNDING_FROM, value=1),
        (0, 10, 0, 0),
    ),
    Refusal.NOT_PERPETUAL: (lambda b: b.funding(instrument=3, rate=1), (0, 1_000, 0, 0)),
    Refusal.NOT_DATED: (lambda b: b.expire(instrument=1, price=100), (0, 0, 0, 0)),
    Refusal.NOT_YET_EXPIRED: (lambda b: b.expire(instrument=3, price=100, time=999), (1_000, 999, 0, 0)),
    Refusal.NO_MARK: (lambda b: filled(b, instrument=2), (0, 0, 0, 1)),
    Refusal.COMPARTMENT_NOT_OPEN: (lambda b: b.add_margin(compartment=3, amount=1), (0, 0, 0, 3)),
    Refusal.WRONG_INSTRUMENT: (lambda b: filled(b, instrument=3), (3, 1, 0, 1)),
    Refusal.SAME_COMPARTMENT: (lambda b: filled(b, other=1), (0, 0, 0, 1)),
    Refusal.WRONG_OWNER: (
        lambda b: b.set_top_up(
            compartment=1, trigger=RATE_ONE, target=RATE_ONE, once=1, total=1, source=TopUpSource.FREE_FIRST, donor=2
        ),
        (1, 2, 1, 2),
    ),
    Refusal.POSITION_OPEN: (lambda b: b.close_compartment(compartment=1), (0, 10, 0, 1)),
    Refusal.ORDER_MISMATCH: (mismatched, (1, 5, 90, 2)),
    Refusal.ORDERS_FULL: (sixty_five_orders, (65, 64, 64, 2)),
    Refusal.WRONG_SIDE: (one_sided, (0, -1, 0, 4)),
    Refusal.CHANGE_PENDING: (pending, (0, 1, 999, 0)),
    Refusal.CHANGE_DONE: (revoked_twice, (1, 4, 0, 0)),
    Refusal.REDUCE_ONLY: (reducing, (11, 10, 0, 1)),
    Refusal.POSITION_LIMIT: (lambda b: filled(b, size=41), (51, 50, 50, 1)),
    Refusal.OPEN_INTEREST_LIMIT: (crowded, (11, 10, 10, 2)),
    Refusal.BALANCE_OUT_OF_RANGE: (purse_beyond, (2**57 + 1023 * 2**46, 0, PURSE_MAX, 4)),
    Refusal.INSUFFICIENT_FREE: (lambda b: b.withdraw(account=1, asset=1, amount=701), (701, 700, 0, 0)),
    Refusal.INSUFFICIENT_MARGIN: (lambda b: filled(b, compartment=2, size=50, fee_rate=5 * 10**6), (100, 50, 0, 2)),
    Refusal.INSUFFICIENT_PURSE: (gained, (301, 300, 300, 1)),
    Refusal.WOULD_BREACH: (
        lambda b: b.set_parameter(instrument=1, parameter=Parameter.TIER_TABLE, value=3),
        (500, 300, 0, 1),
    ),
    Refusal.WRONG_KIND: (lambda b: b.convert(compartment=1), (1, 0, 0, 1)),
    Refusal.NO_PRICE: (lambda b: crossed(b, price=0).add_margin(compartment=4, amount=1, asset=1), (0, 1, 0, 0)),
    Refusal.NO_ARRAY: (without_array, (0, 1, 0, 0)),
    Refusal.BEYOND_CAP: (lambda b: crossed(b, cap=5).add_margin(compartment=4, amount=6, asset=1), (6, 5, 5, 0)),
    Refusal.NOTHING_SHORT: (lambda b: crossed(b).convert(compartment=4), (0, 0, 0, 4)),
    Refusal.NOTHING_OPEN: (lambda b: crossed(b).close_all(compartment=4), (0, 0, 0, 4)),
    Refusal.CROSS_LIMIT: (crowded_cross, (257, 256, 256, 4)),
    Refusal.MARK_IN_DOUBT: (doubted, (3, 100, 510, 1)),
    Refusal.MARK_STALE: (aged, (11, 10, 500, 1)),
}


@pytest.mark.rule("REF-001")
def test_there_is_a_way_to_every_refusal() -> None:
    assert set(ALL) == set(Refusal) - {Refusal.NONE}


@pytest.mark.rule("REF-001")
@pytest.mark.parametrize("reason", ALL, ids=lambda reason: reason.name)
def test_a_command_is_refused_with_its_figures_and_nothing_else_happens(reason: Refusal) -> None:
    asking, figures = ALL[reason]
    batch = market()
    engine = Engine()
    assert 1 not in engine.apply(batch.records())["kind"].tolist(), "the market itself is accepted"
    set_up = len(batch)
    asking(batch)
    rows = batch.records()[set_up:]
    engine.apply(rows[:-1])
    before = engine.to_bytes()
    sequence = engine.sequence
    (refused,) = engine.apply(rows[-1:])
    assert Refusal(int(refused["reason"])) == reason
    found = tuple(int(refused[name]) for name in ("first", "second", "third", "compartment"))
    assert found == figures
    assert engine.sequence == sequence + 1
    engine.tables.counts["sequence"][0] -= 1
    engine.tables.counts["event_hash"][0] = Engine.from_bytes(before).tables.counts["event_hash"][0]
    assert engine.to_bytes() == before
