"""The worked figures of resting orders in docs/rules.md, on the engine (and, through `Pair`, on the model)."""

from __future__ import annotations

import pytest
from differential.pair import Pair
from reference.rows import EventRow

from stoplog.codes import Command, CompartmentState, Event, Parameter, Refusal, Side
from stoplog.margin.tiers import RAMP

INVERSE = 1
TEN_PERCENT = ((0, 10**6, 10**7),)


class Desk:
    """One compartment in one instrument at a mark of 100, initial margin 10 %."""

    def __init__(self, margin: int = 10_000, **terms: int) -> None:
        self.pair = Pair()
        self.instrument = self.pair.register(**{"tiers": TEN_PERCENT, "position_limit": 100, **terms})
        self.compartment = self.pair.open(self.instrument, margin)
        self.held = self.pair.state.compartments[self.compartment]

    def place(self, size: int, price: int) -> int:
        """Place an order; the order margin after it."""
        self.pair.accept(Command.PLACE_ORDER, compartment=self.compartment, size=size, price=price)
        return self.held.order_margin

    def not_placed(self, size: int, price: int) -> EventRow:
        """The refusal of an order."""
        return self.pair.refuse(Command.PLACE_ORDER, compartment=self.compartment, size=size, price=price)

    def leg(self, size: int, price: int, order: int = 0) -> dict[str, int]:
        """A fill with the outside market."""
        legs = {"instrument": self.instrument, "compartment": self.compartment}
        return {**legs, "size": size, "price": price, "account": order}

    def fill(self, size: int, price: int, order: int = 0) -> list[EventRow]:
        return self.pair.accept(Command.FILL, **self.leg(size, price, order))

    def not_filled(self, size: int, price: int, order: int = 0) -> EventRow:
        return self.pair.refuse(Command.FILL, **self.leg(size, price, order))

    def cancel(self, order: int) -> list[EventRow]:
        return self.pair.accept(Command.CANCEL_ORDER, compartment=self.compartment, other=order)


def figures(event: EventRow) -> tuple[int | None, int | None, int | None]:
    return event.first, event.second, event.third


def cancelled(events: list[EventRow]) -> list[int | None]:
    """The orders that these events cancel."""
    return [event.first for event in events if event.kind == Event.ORDER_CANCELLED]


@pytest.mark.rule("ORM-001")
def test_the_first_ten_lots_of_three_sells_are_free() -> None:
    desk = Desk()
    desk.fill(10, 100)
    for size, needed in ((-4, 0), (-4, 0), (-4, 2 * 10), (4, 4 * 10)):
        assert desk.place(size, 100) == needed


@pytest.mark.rule("ORM-002", "ORM-003", "ORM-004")
def test_buys_need_185_and_with_the_sells_215() -> None:
    desk = Desk()
    desk.place(10, 95)
    assert desk.place(10, 90) == 185
    desk.place(-10, 105)
    assert desk.place(-10, 110) == 215


@pytest.mark.rule("ORM-002", "RND-001")
def test_inverse_orders_are_rounded_up_one_by_one() -> None:
    desk = Desk(payoff=INVERSE, multiplier=10_000, mark=600, tiers=((0, 0, 10**8),))
    desk.place(-3, 599)
    assert desk.place(-2, 601) == 51 + 34


@pytest.mark.rule("ORM-003")
def test_the_tier_is_that_of_orders_and_position_together() -> None:
    """1,000 bought and 500 more to buy are in the second tier, 500 to sell beyond the position are not."""
    tiers = ((0, 10**6, 10**7), (1_000, 10**6, 2 * 10**7))
    desk = Desk(tiers=tiers)
    desk.fill(10, 100)
    assert desk.place(5, 100) == 100
    desk.cancel(1)
    assert desk.place(-15, 100) == 50


@pytest.mark.rule("ORM-003")
def test_under_ramp_the_rate_is_the_risen_one() -> None:
    """10 % and a slope of 1 in 10¹²: at 1,850 the rate is 10.000000185 %, rounded up to 10.000001 %."""
    desk = Desk()
    pair = desk.pair
    pair.accept(Command.REGISTER_TIER_TABLE, code=RAMP)
    pair.accept(Command.ADD_TIER, other=2, rate=10**6, size=10**7, price=10**8)
    pair.accept(Command.SET_PARAMETER, instrument=desk.instrument, code=Parameter.TIER_TABLE, amount=2)
    desk.place(10, 95)
    assert desk.place(10, 90) == 186


@pytest.mark.rule("ORM-004", "SID-001", "RED-001", "REF-001")
def test_an_order_keeps_to_its_side_and_to_reduce_only() -> None:
    """As a fill of all of it would: a long of 10 for long positions may sell 10, not 11, and where it may only become
    smaller it may not buy."""
    desk = Desk()
    pair, number = desk.pair, desk.instrument
    account = {"account": desk.held.account, "instrument": number}
    pair.accept(Command.DEPOSIT, account=desk.held.account, asset=1, amount=1_000)
    pair.accept(Command.OPEN_COMPARTMENT, **account, amount=1_000, code=Side.LONG)
    long_only = {"compartment": desk.compartment + 1, "price": 100}
    refused = pair.refuse(Command.PLACE_ORDER, **long_only, size=-1)
    assert (refused.reason, refused.second) == (Refusal.WRONG_SIDE, -1)
    pair.accept(Command.FILL, instrument=number, **long_only, size=10)
    pair.accept(Command.PLACE_ORDER, **long_only, size=-10)
    refused = pair.refuse(Command.PLACE_ORDER, **long_only, size=-11)
    assert (refused.reason, refused.second) == (Refusal.WRONG_SIDE, -1)
    pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.REDUCE_ONLY, amount=1)
    refused = pair.refuse(Command.PLACE_ORDER, **long_only, size=1)
    assert (refused.reason, refused.first, refused.second) == (Refusal.REDUCE_ONLY, 11, 10)
    assert desk.not_placed(-1, 100).reason == Refusal.REDUCE_ONLY
    pair.accept(Command.PLACE_ORDER, **long_only, size=-1)


@pytest.mark.rule("ORM-009", "LEV-001")
def test_less_leverage_needs_margin_for_the_orders_too() -> None:
    desk = Desk(margin=300)
    desk.fill(10, 100)
    desk.place(5, 100)
    refused = desk.pair.refuse(Command.SET_LEVERAGE, compartment=desk.compartment, rate=21 * 10**6)
    assert (refused.reason, figures(refused)) == (Refusal.INSUFFICIENT_MARGIN, (210 + 105, 300, 100 + 50))
    event = desk.pair.accept(Command.SET_LEVERAGE, compartment=desk.compartment, rate=2 * 10**7)[0]
    assert figures(event) == (0, 2 * 10**7, 100)
    assert desk.held.order_margin == 100


@pytest.mark.rule("ORM-004", "REF-001")
def test_an_order_that_raises_nothing_is_placed_in_any_case() -> None:
    desk = Desk(margin=100)
    assert desk.place(10, 100) == 100
    refused = desk.not_placed(-11, 100)
    assert (refused.reason, figures(refused)) == (Refusal.INSUFFICIENT_MARGIN, (110, 100, 100))
    assert desk.place(-10, 100) == 100
    desk.fill(10, 100, order=1)
    desk.pair.accept(Command.MARK, instrument=desk.instrument, price=96)
    refused = desk.not_placed(1, 50)
    assert (refused.reason, figures(refused)) == (Refusal.INSUFFICIENT_MARGIN, (96 + 5, 60, 0))
    desk.cancel(2)
    assert desk.place(-10, 120) == 0, "equity is below the initial margin, and closing needs none"


@pytest.mark.rule("ORM-005", "REF-001")
def test_the_sixty_fifth_order_is_refused() -> None:
    desk = Desk()
    for _ in range(64):
        desk.place(1, 1)
    refused = desk.not_placed(1, 1)
    assert (refused.reason, figures(refused)) == (Refusal.ORDERS_FULL, (65, 64, 64))


@pytest.mark.rule("ORM-005", "REF-001")
def test_all_orders_of_a_side_and_the_position_stay_within_the_limit() -> None:
    desk = Desk()
    desk.fill(10, 100)
    desk.place(80, 50)
    refused = desk.not_placed(11, 100)
    assert (refused.reason, figures(refused)) == (Refusal.POSITION_LIMIT, (101, 100, 100))
    desk.place(10, 100)
    desk.place(-100, 100)


@pytest.mark.rule("ORM-006", "MRG-003", "ISO-004")
def test_margin_leaves_down_to_initial_and_order_margin() -> None:
    desk = Desk(margin=100)
    assert desk.place(6, 100) == 60
    refused = desk.pair.refuse(Command.REMOVE_MARGIN, compartment=desk.compartment, amount=41)
    assert (refused.reason, figures(refused)) == (Refusal.INSUFFICIENT_MARGIN, (60 + 41, 100, 40))
    refused = desk.not_filled(5, 100)
    assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_MARGIN, 50 + 60, 100)
    desk.fill(5, 100, order=1)
    desk.pair.accept(Command.REMOVE_MARGIN, compartment=desk.compartment, amount=40)


@pytest.mark.rule("ORM-007", "ORM-010")
def test_liquidation_expiry_and_closing_cancel_in_the_order_of_the_list() -> None:
    for ending in (Command.MARK, Command.EXPIRE, Command.CLOSE_COMPARTMENT):
        desk = Desk(margin=1_000)
        desk.pair.accept(Command.SET_PARAMETER, instrument=desk.instrument, code=Parameter.EXPIRY_TIME, amount=1)
        if ending == Command.MARK:
            desk.fill(40, 100)
        for size, price in ((1, 90), (1, 95), (-1, 110)):
            desk.place(size, price)
        subject = {"compartment": desk.compartment} if ending == Command.CLOSE_COMPARTMENT else {}
        priced = {} if subject else {"instrument": desk.instrument, "price": 1}
        events = desk.pair.accept(ending, time=1, **subject, **priced)
        assert cancelled(events) == [2, 1, 3]
        kinds = [event.kind for event in events if event.kind != Event.ORDER_CANCELLED]
        ends = {Command.MARK: Event.TAKEN_OVER, Command.CLOSE_COMPARTMENT: Event.COMPARTMENT_CLOSED}
        if ending in ends:
            assert events[-len(kinds) + (ending == Command.MARK)].kind == ends[ending]
            assert desk.held.state != CompartmentState.OPEN
        assert (desk.held.orders, desk.held.order_margin) == ([], 0)


@pytest.mark.rule("ORM-007", "LIQ-004")
def test_at_expiry_orders_go_after_the_liquidations_and_before_the_settlements() -> None:
    desk = Desk(margin=1_000)
    pair, number = desk.pair, desk.instrument
    pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.EXPIRY_TIME, amount=1)
    poor = pair.open(number, 100)
    for holder in (poor, desk.compartment):
        pair.accept(Command.FILL, instrument=number, compartment=holder, size=10, price=100)
        pair.accept(Command.PLACE_ORDER, compartment=holder, size=-1, price=120)
    events = pair.accept(Command.EXPIRE, instrument=number, price=80, time=1)
    wanted = (Event.ORDER_CANCELLED, Event.TAKEN_OVER, Event.SETTLED_AT_EXPIRY)
    assert [(event.kind, event.compartment) for event in events if event.kind in wanted] == [
        (Event.ORDER_CANCELLED, poor),
        (Event.TAKEN_OVER, poor),
        (Event.ORDER_CANCELLED, desk.compartment),
        (Event.SETTLED_AT_EXPIRY, desk.compartment),
        (Event.SETTLED_AT_EXPIRY, 0),
    ]


@pytest.mark.rule("ORM-008", "REF-001")
def test_a_leg_matches_its_order_or_is_refused() -> None:
    desk = Desk()
    desk.place(10, 95)
    matched = [event for event in desk.fill(4, 94, order=1) if event.kind == Event.ORDER_MATCHED]
    assert [figures(event) for event in matched] == [(1, 6, 57)]
    other = desk.pair.open(desk.instrument, 10_000)
    strange = desk.leg(6, 95, 1) | {"compartment": other}
    for fields in (desk.leg(7, 95, 1), desk.leg(6, 96, 1), desk.leg(-1, 95, 1), strange):
        refused = desk.pair.refuse(Command.FILL, **fields)
        assert (refused.reason, figures(refused)) == (Refusal.ORDER_MISMATCH, (1, 6, 95))
    desk.fill(6, 95, order=1)
    refused = desk.not_filled(1, 95, order=1)
    assert (refused.reason, refused.first, refused.compartment) == (Refusal.UNKNOWN_ORDER, 1, desk.compartment)


@pytest.mark.rule("ORM-008", "FIL-001")
def test_two_orders_match_each_other() -> None:
    desk = Desk()
    pair, seller = desk.pair, desk.pair.open(desk.instrument, 10_000)
    desk.place(10, 101)
    pair.accept(Command.PLACE_ORDER, compartment=seller, size=-4, price=99)
    events = pair.accept(Command.FILL, **desk.leg(4, 100, 1), other=seller, asset=2)
    assert [figures(event) for event in events if event.kind == Event.ORDER_MATCHED] == [(1, 6, 61), (2, 0, 0)]


@pytest.mark.rule("ORM-009")
def test_selling_to_somebody_else_makes_the_closing_order_need_margin() -> None:
    desk = Desk()
    desk.fill(10, 100)
    assert desk.place(-10, 100) == 0
    desk.fill(-4, 100)
    assert desk.held.order_margin == 40


@pytest.mark.rule("ORM-009")
def test_a_mark_changes_no_order_margin_and_a_tier_table_all_of_the_instrument() -> None:
    desk = Desk()
    pair = desk.pair
    flat, free = pair.open(desk.instrument, 1_000), pair.open(desk.instrument, 1_000)
    pair.accept(Command.PLACE_ORDER, compartment=flat, size=-5, price=100)
    desk.place(10, 95)
    pair.accept(Command.MARK, instrument=desk.instrument, price=120)
    pair.accept(Command.FUNDING, instrument=desk.instrument, rate=10**6)
    assert (desk.held.order_margin, pair.state.compartments[flat].order_margin) == (95, 50)
    pair.accept(Command.REGISTER_TIER_TABLE)
    pair.accept(Command.ADD_TIER, other=2, rate=10**6, size=2 * 10**7)
    events = pair.accept(Command.SET_PARAMETER, instrument=desk.instrument, code=Parameter.TIER_TABLE, amount=2)
    changed = [event for event in events if event.kind == Event.ORDER_MARGIN_CHANGED]
    assert [(event.compartment, event.first, event.second) for event in changed] == [
        (desk.compartment, 95, 190),
        (flat, 50, 100),
    ]
    assert free not in [event.compartment for event in events]


@pytest.mark.rule("ORM-010")
def test_numbers_of_ended_orders_are_given_again_last_first() -> None:
    desk = Desk()
    for _ in range(3):
        desk.place(1, 50)
    desk.cancel(2)
    desk.cancel(3)
    placed = [desk.pair.accept(Command.PLACE_ORDER, compartment=1, size=1, price=50)[0].first for _ in range(3)]
    assert placed == [3, 2, 4]


@pytest.mark.rule("ORM-011")
def test_one_more_sell_in_front_makes_the_last_one_need_margin() -> None:
    desk = Desk()
    desk.fill(10, 100)
    assert [desk.place(*order) for order in ((-6, 100), (-4, 120), (-4, 90))] == [0, 0, 48]


@pytest.mark.rule("ORM-010", "REF-001")
def test_only_what_rests_in_the_compartment_is_cancelled() -> None:
    desk = Desk()
    other = desk.pair.open(desk.instrument, 1_000)
    desk.place(1, 50)
    for compartment, order in ((other, 1), (desk.compartment, 0), (desk.compartment, 2), (desk.compartment, -1)):
        refused = desk.pair.refuse(Command.CANCEL_ORDER, compartment=compartment, other=order)
        assert (refused.reason, refused.first) == (Refusal.UNKNOWN_ORDER, order)
