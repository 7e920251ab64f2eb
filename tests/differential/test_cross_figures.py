"""The worked figures of docs/rules.md about cross compartments, on engine and model."""

from __future__ import annotations

import pytest
from differential.comparing import differing, records
from differential.crossing import ONE, Desk
from reference.crossing import health, maintained, room, to_open, unrealised
from reference.model import Model
from reference.rows import Row

from stoplog.codes import AssetParameter, Command, Event, Gains, Kind, Refusal
from stoplog.engine import Engine
from stoplog.units import PURSE_MAX, RATE_ONE


@pytest.mark.rule("CRS-001")
def test_a_position_is_worth_what_is_left_after_cost_and_funding() -> None:
    desk = Desk()
    number = desk.instrument()
    desk.put(1, 1000)
    held = desk.position(number, 10, 100, own_rate=10**7)
    desk.mark(number, 98)
    desk.pair.accept(Command.FUNDING, instrument=number, rate=200_000)
    state = desk.pair.state
    row = state.compartments[held]
    assert (unrealised(state, row), maintained(state, row), to_open(state, row)) == (-22, 10, 98)
    assert row.purse == 0


@pytest.mark.rule("CRS-002", "CRS-009")
def test_equity_is_the_sum_over_assets() -> None:
    desk = Desk()
    number = desk.instrument()
    desk.put(1, 200)
    other = desk.asset(50 * ONE, haircut=10**7)
    desk.put(other, 10)
    desk.position(number, 10, 100)
    desk.mark(number, 90)
    assert health(desk.pair.state, desk.cross) == (550, 9)
    assert Event.CROSS_LIQUIDATED not in desk.price(other, ONE // 2)
    assert Event.CROSS_LIQUIDATED not in desk.mark(number, 81)
    assert health(desk.pair.state, desk.cross) == (14, 9)
    assert Event.CROSS_LIQUIDATED in desk.mark(number, 80)


@pytest.mark.rule("CRS-002", "CRS-009")
def test_a_spot_leg_hedges_a_short_on_it() -> None:
    """Ten coins as collateral and a short of ten: the price four times as high, or a tenth, the equity is what it was.

    The same short, isolated with as much money as the coins are worth, is gone where the price has doubled.
    """
    desk = Desk()
    number = desk.instrument()
    coin = desk.asset(100 * ONE)
    desk.put(coin, 10)
    desk.put(1, 50)
    alone = desk.pair.open(number, 1050)
    desk.position(number, -10, 100)
    desk.pair.accept(Command.FILL, instrument=number, compartment=alone, size=-10, price=100)
    for price in (*range(100, 404, 4), *range(400, 8, -4)):
        events = desk.price(coin, price * ONE) + desk.mark(number, price)
        assert Event.CROSS_LIQUIDATED not in events
        assert health(desk.pair.state, desk.cross).equity == 1050
    assert desk.pair.state.compartments[alone].size == 0


@pytest.mark.rule("CRS-003")
@pytest.mark.parametrize(("gains", "counted"), [(Gains.FULL, 50), (Gains.BACKED, 30), (Gains.NONE, 0)])
def test_gains_count_toward_opening_by_policy(gains: Gains, counted: int) -> None:
    """The outside market realises a loss of 30 to a stranger who sells, which stays in the settlement account."""
    desk = Desk(gains)
    number = desk.instrument()
    desk.put(1, 1000)
    desk.position(number, 1, 100)
    seller = desk.pair.open(number, 1000)
    desk.mark(number, 150)
    desk.pair.accept(Command.FILL, instrument=number, compartment=seller, size=-1, price=130)
    assert desk.pair.state.instruments[number].settlement == 30
    assert room(desk.pair.state, desk.cross).available == 1000 + counted


@pytest.mark.rule("CRS-003")
def test_the_larger_haircut_counts_toward_opening() -> None:
    desk = Desk()
    other = desk.asset(50 * ONE, haircut=10**7)
    desk.set(other, AssetParameter.OPENING_HAIRCUT, 2 * 10**7)
    desk.put(other, 10)
    assert (health(desk.pair.state, desk.cross).equity, room(desk.pair.state, desk.cross).available) == (450, 400)


@pytest.mark.rule("CRS-004")
def test_a_debt_pays_interest_before_its_purse_changes() -> None:
    desk = Desk()
    number = desk.instrument()
    coin = desk.asset(ONE)
    desk.put(coin, 10_000)
    held = desk.position(number, 100, 100)
    desk.mark(number, 90)
    desk.fill(held, -100, 90)
    pocket = next(n for n, c in desk.pair.state.compartments.items() if c.kind == Kind.POCKET and c.asset == 1)
    assert desk.pair.state.compartments[pocket].purse == -1000
    desk.pair.accept(Command.INTEREST, asset=1, rate=150_000)
    assert desk.pair.state.compartments[pocket].purse == -1000
    desk.pair.accept(Command.DEPOSIT, account=1, asset=1, amount=500)
    events = desk.pair.accept(Command.ADD_MARGIN, compartment=desk.cross, asset=1, amount=500)
    assert [(e.kind, e.amount) for e in events] == [(Event.INTEREST_PAID, 2), (Event.MARGIN_ADDED, 500)]
    assert desk.pair.state.compartments[pocket].purse == -502


@pytest.mark.rule("CRS-004")
def test_an_interest_index_ends_at_its_limit() -> None:
    row = Row(kind=Command.INTEREST, asset=1, rate=RATE_ONE)
    last = row._replace(rate=2**30 % RATE_ONE)
    rows = [Row(kind=Command.REGISTER_ASSET), *[row] * (2**30 // RATE_ONE), last, row._replace(rate=1)]
    model = Model()
    expected = [event for each in rows for event in model.apply(each)]
    events = Engine().apply(records(rows))
    assert not differing(expected, events)
    assert int(events[-2]["first"]) == 2**30
    assert int(events[-1]["reason"]) == Refusal.BUDGET_EXCEEDED


@pytest.mark.rule("CRS-005")
def test_a_fill_that_enlarges_needs_room_and_one_that_closes_may_leave_a_debt() -> None:
    desk = Desk()
    number = desk.instrument()
    desk.put(1, 100)
    held = desk.position(number, own_rate=10**7)
    buying = {"instrument": number, "compartment": held, "price": 100}
    refusal = desk.pair.refuse(Command.FILL, size=11, **buying)
    assert (refusal.reason, refusal.first, refusal.second) == (Refusal.INSUFFICIENT_MARGIN, 110, 100)
    desk.pair.accept(Command.FILL, size=10, **buying)
    other = desk.position(number)
    both = {"instrument": number, "compartment": held, "other": other, "size": 1, "price": 100}
    assert desk.pair.refuse(Command.FILL, **both).reason == Refusal.SAME_COMPARTMENT


@pytest.mark.rule("CRS-006")
@pytest.mark.parametrize(("margin", "moved"), [(100, True), (80, False)])
def test_a_compartment_moves_in_where_the_purse_opens_with_it(margin: int, moved: bool) -> None:
    desk = Desk()
    number = desk.instrument()
    desk.put(1, margin)
    held = isolated(desk, number, margin=60)
    desk.mark(number, 140)
    desk.pair.accept(Command.SET_LEVERAGE, compartment=held, rate=10**7)
    desk.mark(number, 95)
    moving = {"compartment": held, "other": desk.cross}
    if not moved:
        refusal = desk.pair.refuse(Command.MOVE_COMPARTMENT, **moving)
        assert (refusal.reason, refusal.first, refusal.second) == (Refusal.INSUFFICIENT_MARGIN, 95, 90)
        return
    event = desk.pair.accept(Command.MOVE_COMPARTMENT, **moving)[-1]
    assert (event.kind, event.amount, event.third) == (Event.MOVED, 60, 160)
    assert desk.pair.refuse(Command.MOVE_COMPARTMENT, compartment=held, amount=144).first == 95
    event = desk.pair.accept(Command.MOVE_COMPARTMENT, compartment=held, amount=145)[-1]
    assert (event.kind, event.amount, event.third) == (Event.MOVED, 145, 15)
    assert desk.pair.state.compartments[held].kind == Kind.ISOLATED


def isolated(desk: Desk, instrument: int, margin: int) -> int:
    """An isolated compartment of the owner, long 10 at 100; its number."""
    asset = desk.pair.state.instruments[instrument].asset
    desk.pair.accept(Command.DEPOSIT, account=1, asset=asset, amount=margin)
    desk.pair.accept(Command.OPEN_COMPARTMENT, account=1, instrument=instrument, amount=margin)
    number = len(desk.pair.state.compartments)
    desk.fill(number, 10, 100)
    return number


@pytest.mark.rule("CRS-006")
def test_orders_move_along_and_a_top_up_policy_ends() -> None:
    desk = Desk()
    number = desk.instrument()
    desk.put(1, 1000)
    held = isolated(desk, number, margin=500)
    desk.pair.accept(Command.PLACE_ORDER, compartment=held, size=5, price=90)
    policy = {"rate": 2 * RATE_ONE, "size": 3 * RATE_ONE, "amount": 10, "price": 100}
    desk.pair.accept(Command.SET_TOP_UP, compartment=held, **policy)
    desk.pair.accept(Command.MOVE_COMPARTMENT, compartment=held, other=desk.cross)
    state = desk.pair.state
    assert [order.price for order in state.compartments[held].orders] == [90]
    assert state.top_ups[held].trigger == 0
    assert desk.pair.refuse(Command.SET_TOP_UP, compartment=held, **policy).reason == Refusal.WRONG_KIND


@pytest.mark.rule("CRS-007")
@pytest.mark.parametrize(("coins", "sales"), [(5, [(2, 4, 100)]), (3, [(2, 3, 89), (3, 11, 11)])])
def test_conversion_sells_by_rank_what_is_needed(coins: int, sales: list[tuple[int, int, int]]) -> None:
    desk = Desk()
    number = desk.instrument()
    coin, other = desk.asset(30 * ONE), desk.asset(ONE)
    desk.set(coin, AssetParameter.CONVERSION_FEE_RATE, 10**6)
    desk.put(coin, coins)
    desk.put(other, 50)
    held = desk.position(number, 10, 100)
    desk.mark(number, 90)
    desk.fill(held, -10, 90)
    events = desk.pair.accept(Command.CONVERT, compartment=desk.cross)
    assert {event.kind for event in events} == {Event.CONVERTED}
    assert [(event.asset, event.amount, event.second) for event in events[::2]] == sales
    assert [(event.asset, event.amount) for event in events[1::2]] == [(1, got) for _, _, got in sales]
    refusal = desk.pair.refuse(Command.CONVERT, compartment=desk.cross)
    assert refusal.reason == Refusal.NOTHING_SHORT


@pytest.mark.rule("CRS-008")
def test_the_position_that_must_hold_most_is_sold_first_and_as_few_as_needed() -> None:
    desk = Desk()
    first, second = desk.instrument(), desk.instrument()
    desk.put(1, 40)
    long, short = desk.position(first, 10, 100), desk.position(second, -5, 100)
    events = desk.pair.accept(Command.MARK, instrument=first, price=97)
    liquidated = next(event for event in events if event.kind == Event.CROSS_LIQUIDATED)
    assert (liquidated.first, liquidated.second, liquidated.third) == (10, 15, 2)
    taken = [event for event in events if event.kind == Event.TAKEN_OVER]
    assert [(event.compartment, event.third) for event in taken] == [(long, 6)]
    assert desk.pair.state.compartments[short].size == -5
    assert health(desk.pair.state, desk.cross) == (10, 5)


@pytest.mark.rule("CRS-008")
def test_what_is_still_missing_is_converted_and_then_socialised() -> None:
    desk = Desk()
    number = desk.instrument()
    coin = desk.asset(ONE, haircut=10**7)
    desk.put(1, 40)
    pocket = desk.put(coin, 50)
    held = desk.position(number, 10, 100)
    kinds = desk.mark(number, 80)
    assert kinds[-3:] == [Event.CONVERTED, Event.CONVERTED, Event.SOCIALISED]
    state = desk.pair.state
    assert state.assets[1].socialised_loss == -110
    assert state.compartments[pocket].purse == 0
    assert (state.compartments[held].size, state.compartments[held].kind) == (0, Kind.POSITION)
    desk.put(1, 40)
    desk.fill(held, 1, 80)


@pytest.mark.rule("CRS-009")
def test_a_debt_beyond_its_limit_is_converted_at_interest() -> None:
    desk = Desk()
    number = desk.instrument()
    coin = desk.asset(ONE)
    desk.put(coin, 500)
    held = desk.position(number, 10, 100)
    desk.mark(number, 90)
    desk.fill(held, -10, 90)
    desk.set(1, AssetParameter.DEBT_LIMIT, 101)
    assert len(desk.pair.accept(Command.INTEREST, asset=1, rate=10**6)) == 1
    events = desk.pair.accept(Command.INTEREST, asset=1, rate=1)
    assert [event.kind for event in events[1:]] == [Event.INTEREST_PAID, Event.CONVERTED, Event.CONVERTED]
    assert events[0].second == 1


@pytest.mark.rule("CRS-001")
def test_a_cross_compartment_has_so_many_positions_and_pockets_and_no_more() -> None:
    desk = Desk()
    number = desk.instrument()
    for _ in range(256):
        desk.position(number)
    opening = {"account": 1, "instrument": number, "compartment": desk.cross}
    refusal = desk.pair.refuse(Command.OPEN_COMPARTMENT, **opening)
    assert (refusal.reason, refusal.first, refusal.third) == (Refusal.CROSS_LIMIT, 257, 256)
    for _ in range(15):
        desk.put(desk.asset(ONE), 1)
    extra = desk.asset(ONE)
    desk.pair.accept(Command.DEPOSIT, account=1, asset=extra, amount=1)
    refusal = desk.pair.refuse(Command.ADD_MARGIN, compartment=desk.cross, asset=extra, amount=1)
    assert (refusal.reason, refusal.first, refusal.third) == (Refusal.CROSS_LIMIT, 17, 16)


@pytest.mark.rule("CRS-006", "RND-002")
def test_a_purse_that_would_leave_its_range_moves_nowhere() -> None:
    desk = Desk()
    number = desk.instrument()
    desk.put(1, 1)
    held = isolated(desk, number, margin=PURSE_MAX)
    refusal = desk.pair.refuse(Command.MOVE_COMPARTMENT, compartment=held, other=desk.cross)
    assert (refusal.reason, refusal.first, refusal.third) == (Refusal.BALANCE_OUT_OF_RANGE, PURSE_MAX + 1, PURSE_MAX)
