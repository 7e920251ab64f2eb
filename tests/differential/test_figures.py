"""The worked figures of docs/rules.md, on the engine (and, through `Pair`, on the model)."""

from __future__ import annotations

import pytest
from differential.pair import Pair
from reference.rows import EventRow

from stoplog.codes import Command, CompartmentState, Event, Parameter, Refusal
from stoplog.proof.invariants import check
from stoplog.units import PURSE_MAX

ONE_PERCENT = ((0, 10**6, 10**6),)
INVERSE = 1


def of_kind(events: list[EventRow], kind: Event) -> list[EventRow]:
    return [event for event in events if event.kind == kind]


def long_of_ten(**terms: int) -> tuple[Pair, int, int]:
    """Long 10 at cost 1,000 with 105 in the purse, maintenance 1 %: the compartment of LIQ-001."""
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT, **terms)
    held = pair.open(number, 105)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    return pair, number, held


@pytest.mark.rule("POS-001", "POS-002")
def test_reducing_and_flipping_a_long_of_ten() -> None:
    for sold, left, cost, realised in ((4, 6, 600, 40), (15, -5, -550, 100)):
        pair, number, held = long_of_ten()
        pair.accept(Command.MARK, instrument=number, price=110)
        events = pair.accept(Command.FILL, instrument=number, compartment=held, size=-sold, price=110)
        filled = of_kind(events, Event.FILLED)[0]
        assert (filled.first, filled.second, filled.amount) == (left, cost, realised)
        assert cost - 1000 == -sold * 110 + realised


@pytest.mark.rule("INS-002", "POS-005")
def test_inverse_fills_and_the_dust_of_their_expiry() -> None:
    pair = Pair()
    number = pair.register(payoff=INVERSE, multiplier=10_000, mark=600, tiers=((0, 0, 0),))
    buyer, seller = pair.open(number, 100), pair.open(number, 100)
    pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.EXPIRY_TIME, amount=1)
    events = pair.accept(Command.FILL, instrument=number, compartment=buyer, other=seller, size=3, price=600)
    assert [event.second for event in of_kind(events, Event.FILLED)] == [-50, 50]
    events = pair.accept(Command.EXPIRE, instrument=number, price=599, time=1)
    assert [event.amount for event in of_kind(events, Event.SETTLED_AT_EXPIRY)] == [-51 + 50, 50 - 50]
    assert [event.amount for event in of_kind(events, Event.DUST_COLLECTED)] == [1]


@pytest.mark.rule("POS-003", "POS-004", "CON-005")
def test_funding_is_owed_when_it_is_touched_and_the_missing_unit_becomes_dust() -> None:
    """Three fundings from index 1.0 to 1.5: long 3 owes 2 when margin is added, short 3 is owed 1."""
    pair = Pair()
    number = pair.register(price_max=10**6, mark=1000, tiers=((0, 0, 0),))
    pair.accept(Command.FUNDING, instrument=number, rate=10**5)
    buyer, seller = pair.open(number, 10, deposit=20), pair.open(number, 10, deposit=20)
    pair.accept(Command.FILL, instrument=number, compartment=buyer, other=seller, size=3, price=1000)
    for rate in (20_000, 20_000, 10_000):
        assert not of_kind(pair.accept(Command.FUNDING, instrument=number, rate=rate), Event.FUNDING_SETTLED)
    assert pair.state.instruments[number].funding_index == 1_500_000
    settled = [
        of_kind(pair.accept(Command.ADD_MARGIN, compartment=one, amount=1), Event.FUNDING_SETTLED)[0].amount
        for one in (buyer, seller)
    ]
    assert settled == [2, -1]
    assert pair.state.instruments[number].funding_clearing == 1
    events = pair.accept(Command.FILL, instrument=number, compartment=buyer, other=seller, size=-3, price=1000)
    assert of_kind(events, Event.DUST_COLLECTED)[0].amount == 1


@pytest.mark.rule("MRG-003", "REF-001", "ISO-003")
def test_unrealised_gains_are_not_paid_out() -> None:
    """Purse 50, equity 150 or 350: with an initial margin of 120 there may leave 30, or the purse of 50."""
    for mark, reason, figures in (
        (110, Refusal.INSUFFICIENT_MARGIN, (120 + 51, 150, 30)),
        (130, Refusal.INSUFFICIENT_PURSE, (51, 50, 50)),
    ):
        pair = Pair()
        initial_rate = 120 * 10**8 // (10 * mark)
        number = pair.register(tiers=((0, 0, initial_rate),), mark=mark)
        held = pair.open(number, 50)
        pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
        refused = pair.refuse(Command.REMOVE_MARGIN, compartment=held, amount=51)
        assert (refused.reason, (refused.first, refused.second, refused.third)) == (reason, figures)
        pair.refuse(Command.REMOVE_MARGIN, compartment=held, amount=figures[2] + 1)
        pair.accept(Command.REMOVE_MARGIN, compartment=held, amount=figures[2])


@pytest.mark.rule("LIQ-001", "THR-001", "ISO-002", "WAT-001", "CON-004")
def test_healthy_at_91_and_liquidated_at_90() -> None:
    pair, number, held = long_of_ten()
    pair.accept(Command.MARK, instrument=number, price=91)
    assert pair.state.compartments[held].state == CompartmentState.OPEN
    events = pair.accept(Command.MARK, instrument=number, price=90)
    assert events[0].second == 1
    taken = of_kind(events, Event.TAKEN_OVER)[0]
    assert (taken.amount, taken.first, taken.second, taken.third) == (105, 10, 1000, 90)
    assert of_kind(events, Event.FUND_RECEIVED)[0].amount == 5


@pytest.mark.rule("ISO-002", "WAT-002", "CON-004")
def test_the_owner_loses_105_and_the_pool_885() -> None:
    pair, number, held = long_of_ten()
    events = pair.accept(Command.MARK, instrument=number, price=1)
    assert pair.state.compartments[held].purse == 0
    assert of_kind(events, Event.SOCIALISED)[0].amount == 885
    assert pair.state.assets[1].socialised_loss == -885
    assert pair.state.assets[1].liquidation_pool == 0


@pytest.mark.rule("THR-003", "SCR-001")
def test_ten_more_in_the_purse_move_the_threshold_to_90_and_a_funding_of_5_moves_it_back() -> None:
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT)
    held = pair.open(number, 105, deposit=115)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    pair.accept(Command.ADD_MARGIN, compartment=held, amount=10)
    pair.accept(Command.MARK, instrument=number, price=90)
    assert pair.state.compartments[held].state == CompartmentState.OPEN
    events = pair.accept(Command.FUNDING, instrument=number, rate=700_000)
    assert (events[0].kind, events[0].second) == (Event.FUNDING_ACCRUED, 1)


@pytest.mark.rule("ISO-004", "MRG-002", "REF-001")
def test_buying_ten_needs_100_and_buying_eleven_110() -> None:
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT)
    held = pair.open(number, 105, own_rate=10**7)
    refused = pair.refuse(Command.FILL, instrument=number, compartment=held, size=11, price=100)
    assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_MARGIN, 110, 105)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)


@pytest.mark.rule("FIL-001", "REF-001", "CON-001")
def test_a_seller_without_room_stops_a_buyer_with_room() -> None:
    """And a fee of 0.05 % of 18,000 is 9, from the compartment to the fee account."""
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT, mark=600, multiplier=10)
    buyer, seller = pair.open(number, 500), pair.open(number, 100, deposit=500)
    fields = {"instrument": number, "compartment": buyer, "other": seller, "size": 3, "price": 600, "rate": 50_000}
    refused = pair.refuse(Command.FILL, **fields)
    assert (refused.reason, refused.compartment) == (Refusal.INSUFFICIENT_MARGIN, seller)
    pair.accept(Command.ADD_MARGIN, compartment=seller, amount=400)
    events = pair.accept(Command.FILL, **fields)
    assert [event.amount for event in of_kind(events, Event.FEE_PAID)] == [9]
    assert pair.state.assets[1].fees == 9


@pytest.mark.rule("LIQ-002", "REP-001")
def test_seven_three_and_five_are_handled_as_three_five_seven() -> None:
    """The order of wake-up prices is another: 7 had the least margin."""
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT)
    margins = {3: 30, 5: 50, 7: 20}
    for compartment in range(1, 9):
        held = pair.open(number, margins.get(compartment, 900))
        pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    events = pair.accept(Command.MARK, instrument=number, price=94)
    assert [event.compartment for event in of_kind(events, Event.TAKEN_OVER)] == [3, 5, 7]


@pytest.mark.rule("LIQ-003", "LIQ-001")
def test_the_pool_sells_at_990_and_buys_at_1012() -> None:
    """At a mark of 1,001; a funding breaches them there."""
    for size, price in ((5, 990), (-5, 1012)):
        pair = Pair()
        number = pair.register(tiers=ONE_PERCENT, mark=1001, slippage=10**6)
        held = pair.open(number, 100)
        pair.accept(Command.FILL, instrument=number, compartment=held, size=size, price=1001)
        events = pair.accept(Command.FUNDING, instrument=number, rate=size // 5 * 1_200_000)
        sold = of_kind(events, Event.SOLD)[0]
        assert (sold.first, sold.second, sold.third) == (size, price, 1001)


@pytest.mark.rule("WAT-001", "WAT-002", "CON-004")
def test_fee_fund_and_socialised_loss_in_their_order() -> None:
    """Remainders of 100 with a fee of 30, of −40 with 70 in the fund, and of −70 with 30 left in it."""
    pair = Pair()
    number = pair.register(tiers=((0, 5 * 10**7, 5 * 10**7),), fee_rate=5 * 10**6)
    for mark, expected in (
        (60, {Event.LIQUIDATION_FEE_PAID: 30, Event.FUND_RECEIVED: 70}),
        (46, {Event.FUND_PAID: 40}),
        (43, {Event.FUND_PAID: 30, Event.SOCIALISED: 40}),
    ):
        pair.accept(Command.MARK, instrument=number, price=100)
        held = pair.open(number, 500)
        pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
        events = pair.accept(Command.MARK, instrument=number, price=mark)
        layers = range(Event.LIQUIDATION_FEE_PAID, Event.SOCIALISED + 1)
        assert {event.kind: event.amount for event in events if event.kind in layers} == expected


@pytest.mark.rule("LIQ-004", "POS-005")
def test_who_is_breached_at_the_settlement_price_is_liquidated_not_settled() -> None:
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT)
    pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.EXPIRY_TIME, amount=5)
    poor, rich = pair.open(number, 105), pair.open(number, 500)
    for held in (poor, rich):
        pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    assert pair.refuse(Command.EXPIRE, instrument=number, price=90, time=4).reason == Refusal.NOT_YET_EXPIRED
    events = pair.accept(Command.EXPIRE, instrument=number, price=90, time=5)
    assert (events[0].second, events[0].third) == (1, 1)
    assert [event.compartment for event in of_kind(events, Event.TAKEN_OVER)] == [poor]
    assert [event.compartment for event in of_kind(events, Event.SETTLED_AT_EXPIRY)] == [rich, 0]


@pytest.mark.rule("LIQ-005", "REF-001")
def test_a_stricter_table_that_would_breach_is_refused_with_maintenance_and_equity() -> None:
    pair, number, held = long_of_ten()
    pair.accept(Command.MARK, instrument=number, price=91)
    pair.accept(Command.REGISTER_TIER_TABLE)
    pair.accept(Command.ADD_TIER, other=2, rate=2 * 10**6, size=2 * 10**6)
    refused = pair.refuse(Command.SET_PARAMETER, instrument=number, code=Parameter.TIER_TABLE, amount=2)
    assert (refused.reason, refused.compartment) == (Refusal.WOULD_BREACH, held)
    assert (refused.first, refused.second) == (19, 15)


@pytest.mark.rule("CON-002", "CON-003")
def test_what_was_deposited_is_what_is_held() -> None:
    """100 deposited, 90 in a compartment at cost 900: settlement stands at minus the cost of all positions."""
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT)
    held = pair.open(number, 90, deposit=100)
    other = pair.open(number, 90, deposit=90)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=90)
    pair.accept(Command.FILL, instrument=number, compartment=other, size=-4, price=90)
    instrument = pair.state.instruments[number]
    assert instrument.outside_size == -6
    assert pair.state.open_interest(number) == 10
    assert instrument.settlement == -(900 - 360 - 540)


@pytest.mark.rule("REF-001")
def test_a_withdrawal_of_50_with_20_free() -> None:
    pair = Pair()
    pair.accept(Command.REGISTER_ASSET, code=2)
    pair.accept(Command.REGISTER_ACCOUNT)
    pair.accept(Command.DEPOSIT, account=1, asset=1, amount=20)
    refused = pair.refuse(Command.WITHDRAW, account=1, asset=1, amount=50)
    assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_FREE, 50, 20)


@pytest.mark.rule("RND-002", "POS-005")
def test_a_profit_at_expiry_may_leave_a_full_purse_beyond_its_range() -> None:
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT, mark=100)
    pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.EXPIRY_TIME, amount=5)
    held = pair.open(number, PURSE_MAX)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    pair.accept(Command.EXPIRE, instrument=number, price=110, time=5)
    assert pair.state.compartments[held].purse == PURSE_MAX + 100
    assert check(pair.engine.tables) == []
    assert pair.refuse(Command.ADD_MARGIN, compartment=held, amount=1).reason == Refusal.AMOUNT_OUT_OF_RANGE
    pair.accept(Command.REMOVE_MARGIN, compartment=held, amount=PURSE_MAX + 100)


@pytest.mark.rule("MRG-001")
def test_deductions_of_the_published_ladder() -> None:
    pair = Pair()
    pair.accept(Command.REGISTER_TIER_TABLE)
    found = [
        pair.accept(Command.ADD_TIER, other=1, amount=floor, rate=rate, size=rate)[0].third
        for floor, rate in ((0, 400_000), (50_000, 500_000), (250_000, 10**6), (10**6, 2_500_000))
    ]
    assert found == [0, 50, 1_300, 16_300]


@pytest.mark.rule("RND-002")
def test_a_position_limit_beyond_the_budget_is_refused() -> None:
    pair = Pair()
    pair.register(price_max=10**8, position_limit=10**7)
    fields = {"asset": 1, "other": 1, "code": 0, "amount": 1, "price": 10**8, "rate": 1}
    pair.accept(Command.REGISTER_INSTRUMENT, size=10**7, **fields)
    assert pair.refuse(Command.REGISTER_INSTRUMENT, size=10**9, **fields).reason == Refusal.BUDGET_EXCEEDED
