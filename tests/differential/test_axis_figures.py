"""The worked figures of docs/rules.md about the price axis of portfolio compartments, on engine and model."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from differential.portfolios import UNDERLYING, Portfolio, kinds
from reference.rights import PUT
from reference.rows import EventRow

from stoplog.codes import Command, Event, Parameter, Refusal
from stoplog.units import RATE_ONE

AXIS = (80, 90, 110, 120)
CALL_ARRAY, PUT_ARRAY = (-5, -3, 7, 16), (12, 5, -3, -5)
PLENTY = 10**5


class Axis(Portfolio):
    """A portfolio with an axis of 80, 90, 110 and 120 around 100, and options with an array for it."""

    def listed(self, array: Sequence[int], *, mark: int = 5, axis: Sequence[int] = AXIS, **terms: int) -> int:
        """An option with this array and mark, in force with the axis; its number."""
        number = self.option(terms.pop("strike", 100), mark=mark, **terms)
        self.stage(number, array)
        self.come(axis)
        return number

    def come(self, axis: Sequence[int] = AXIS, *, mark: int = 100) -> list[EventRow]:
        """A mark of the underlying and its axis, in force with all that is staged."""
        self.stage(UNDERLYING, [0] * 4, mark=mark)
        self.axis(axis)
        self.count = 4
        return self.revalue()

    def both(self, number: int) -> tuple[int, int]:
        """Strategies long and short a lot of an instrument."""
        owners = self.owner(), self.owner()
        for cross, size in zip(owners, (1, -1), strict=True):
            self.put(PLENTY, cross)
            self.leg(number, size, 5, cross=cross)
        return owners

    def refused(self, kind: Command, **fields: int) -> tuple[int | None, ...]:
        """Reason, and the figures needed, available and limit."""
        event = self.pair.refuse(kind, **fields)
        return event.reason, event.first, event.second, event.third


def moved(desk: Axis, number: int, marks: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By mark of the underlying, what a lot counts for who is long and for who is short."""
    long, short = desk.both(number)
    found = {}
    for price in marks:
        desk.mark(UNDERLYING, price)
        found[price] = desk.worth(long), -desk.worth(short)
    return found


@pytest.mark.rule("PRT-009")
def test_a_call_is_moved_along_the_axis_with_its_underlying() -> None:
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    figures = {105: (7, 9), 110: (12, 12), 130: (30, 31), 100: (5, 5), 102: (5, 7), 90: (2, 2), 85: (0, 1)}
    figures |= {120: (21, 21), 115: (15, 17), 70: (0, 0), 80: (0, 0)}
    assert moved(desk, number, list(figures)) == figures


@pytest.mark.rule("PRT-009")
def test_a_put_rises_beyond_the_axis_by_no_more_than_its_underlying_falls() -> None:
    desk = Axis()
    number = desk.listed(PUT_ARRAY, mark=6, right=PUT)
    figures = {70: (25, 28), 1: (73, 97), 80: (18, 18), 95: (7, 9), 130: (0, 1), 10**6: (0, 1)}
    assert moved(desk, number, list(figures)) == figures


@pytest.mark.rule("PRT-009", "RND-002")
def test_quotients_by_the_multiplier_are_rounded_against_the_holder() -> None:
    """A lot of seven units gains 12 at 110: 1.7 a unit."""
    desk = Axis(multiplier=7)
    number = desk.listed((-20, -9, 12, 33))
    assert moved(desk, number, [110, 90, 130]) == {110: (7 * 6, 7 * 7), 90: (7 * 3, 7 * 4), 130: (7 * 12, 7 * 20)}


@pytest.mark.rule("PRT-009")
def test_a_future_moves_with_its_underlying_and_the_underlying_is_at_its_mark() -> None:
    desk = Axis(price_max=400)
    future = desk.listed((0, 0, 0, 0), right=0, strike=0, mark=203)
    figures = {105: (213, 214), 100: (203, 203), 1: (2, 3), 300: (400, 400)}
    assert moved(desk, future, list(figures)) == figures
    assert moved(desk, UNDERLYING, [105, 1, 400]) == {105: (105, 105), 1: (1, 1), 400: (400, 400)}


@pytest.mark.rule("PRT-009")
def test_lines_of_an_option_in_coin_are_straight_in_one_by_the_price() -> None:
    desk = Axis()
    axis = (80, 125, 0, 0)
    number = desk.listed((-300, 1_000, 0, 0), mark=1_000, coin_units=10_000, axis=axis)
    figures = {90: (444, 867), 80: (700, 700), 125: (2_000, 2_000), 200: (3_500, 5_000), 50: (0, 700)}
    assert moved(desk, number, list(figures)) == figures
    put = desk.listed((1_000, -300, 0, 0), mark=1_000, coin_units=10_000, axis=axis, right=PUT)
    assert moved(desk, put, [40]) == {40: (7_000, 14_500)}


@pytest.mark.rule("PRT-009")
def test_who_is_short_counts_by_the_line_through_both_ends_and_who_is_long_by_the_steeper_outer_one() -> None:
    """An array that is not convex: who is long counts by the lower, who is short by the higher of all."""
    desk = Axis()
    number = desk.listed((-5, -1, 3, 2))
    assert moved(desk, number, [95, 105, 115]) == {95: (4, 5), 105: (6, 7), 115: (7, 10)}


@pytest.mark.rule("PRT-009", "CRS-009")
def test_a_mark_of_the_underlying_liquidates_whole_strategies_at_moved_prices() -> None:
    """Short 10 at 5 with 100: at 110 it counts −120 and has 30 against a loss of 160 under the worst scenario."""
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    desk.put(210)
    held = desk.leg(number, -10, 5)
    assert kinds(desk.mark(number, 50)) == [Event.MARKED]
    assert kinds(desk.mark(UNDERLYING, 100)) == [Event.MARKED]
    events = desk.mark(UNDERLYING, 110)
    assert (events[0].second, kinds(events)[1]) == (0, Event.CROSS_LIQUIDATED)
    assert (events[1].first, events[1].second, events[1].third) == (210 + 50 - 120, 160, 1)
    assert [(e.first, e.second, e.third) for e in events if e.kind == Event.TAKEN_OVER] == [(-10, -50, 140)]
    assert [(e.first, e.second, e.third) for e in events if e.kind == Event.SOLD] == [(-10, 12, 12)]
    assert (desk.row(held).size, desk.standing().equity) == (0, 140)


@pytest.mark.rule("PRT-009", "PRT-006")
def test_shares_of_the_equity_go_by_moved_prices() -> None:
    """At 90 the underlying is worth 900 and the calls −20; of an equity of 130 they take 127 and 2."""
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    desk.stage(UNDERLYING, [-20, -10, 10, 20], mark=100)
    desk.axis(AXIS)
    desk.revalue()
    desk.put(200)
    rows = [desk.leg(UNDERLYING, 10, 100), desk.leg(number, -10, 5)]
    events = desk.mark(UNDERLYING, 90)
    assert [(e.first, e.second) for e in events if e.kind == Event.CROSS_LIQUIDATED] == [(130, 150)]
    taken = [(e.compartment, e.third) for e in events if e.kind == Event.TAKEN_OVER]
    assert taken == [(rows[0], 127), (rows[1], 2)]
    assert [e.third for e in events if e.kind == Event.SOLD] == [90, 2]


@pytest.mark.rule("PRT-009", "LIQ-003", "CRS-013")
def test_a_sale_and_the_closing_of_all_go_by_moved_prices_and_a_moved_price_may_be_below_every_price() -> None:
    desk = Axis()
    number = desk.listed((-5, -3, 7, 16))
    desk.put(1_000)
    rows = [desk.leg(number, 10, 5), desk.leg(UNDERLYING, -10, 100)]
    desk.mark(UNDERLYING, 110)
    events = desk.pair.accept(Command.CLOSE_ALL, compartment=desk.cross, amount=RATE_ONE // 4)
    sold = {e.compartment: e.third for e in events if e.kind == Event.FILLED and e.compartment}
    assert sold == {rows[0]: 9, rows[1]: 138}
    desk.mark(UNDERLYING, 80)
    desk.fill(rows[0], 10, 5)
    events = desk.pair.accept(Command.CLOSE_ALL, compartment=desk.cross)
    assert [e.third for e in events if e.kind == Event.FILLED] == [0, 0]


@pytest.mark.rule("PRT-009", "PRT-008")
def test_to_open_counts_the_smaller_of_moved_prices_and_marks() -> None:
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    desk.put(1_000)
    desk.leg(number, 10, 5)
    assert desk.standing().opening_equity == 1_000
    desk.mark(number, 4)
    assert desk.standing().opening_equity == 990
    desk.mark(UNDERLYING, 90)
    assert (desk.standing().opening_equity, desk.standing().equity) == (970, 970)
    desk.mark(number, 1)
    assert (desk.standing().opening_equity, desk.standing().equity) == (960, 970)


@pytest.mark.rule("PRT-009", "PRT-004")
def test_requirements_stay_but_for_the_bound_by_strikes() -> None:
    """Ten calls lose 50 at worst, and are worth 50 at 100, 20 at 90 and 120 at 110."""
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    desk.put(1_000)
    desk.leg(number, 10, 5)
    found = {}
    for price in (100, 90, 110):
        desk.mark(UNDERLYING, price)
        found[price] = desk.standing().maintenance_margin
    assert found == {100: 50, 90: 20, 110: 50}


@pytest.mark.rule("PRT-010")
def test_what_is_bound_by_strikes_counts_for_no_less_than_what_is_left_at_worst() -> None:
    desk = Axis()
    low, high = desk.option(100, mark=8), desk.option(110, mark=5)
    desk.stage(low, (-6, -5, 7, 16))
    desk.stage(high, (-1, 0, 4, 9))
    desk.come((90, 80, 110, 120))
    desk.put(100)
    desk.leg(low, 10, 8)
    desk.leg(high, -10, 5)
    desk.pair.accept(Command.REMOVE_MARGIN, **desk.remove(70))
    assert (desk.worth(), desk.standing().maintenance_margin) == (30, 30)
    assert kinds(desk.mark(UNDERLYING, 90)) == [Event.MARKED]
    there = desk.standing()
    assert (desk.worth(), there.equity, there.maintenance_margin) == (0, 0, 0)
    assert there.opening_equity == 30 - 30 - 20


@pytest.mark.rule("PRT-010")
def test_nor_for_more_than_the_marks_of_the_arrays_say() -> None:
    """Marked 1 and 5 the spread is worth −40 before: it counts for no more than that though 0 is left at worst."""
    desk = Axis()
    low, high = desk.option(100, mark=8), desk.option(110, mark=5)
    desk.stage(low, (0, 0, 0, 0), mark=1)
    desk.stage(high, (0, 0, 1, 9))
    desk.come()
    desk.put(PLENTY)
    desk.leg(low, 10, 8)
    desk.leg(high, -10, 5)
    assert desk.worth() == -40
    desk.mark(UNDERLYING, 110)
    assert desk.worth() == -40


@pytest.mark.rule("PRT-009")
def test_the_axis_comes_and_goes_with_the_mark_of_the_underlying() -> None:
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    long, _ = desk.both(number)
    risk = desk.pair.state.risk[UNDERLYING]
    assert (risk.axis_mark, risk.axis) == (100, [(80, 0), (90, 1), (100, -1), (110, 2), (120, 3)])
    desk.mark(UNDERLYING, 110)
    assert desk.worth(long) == 12
    desk.axis((70, 0, 130, 0))
    desk.stage(number, CALL_ARRAY, mark=6)
    desk.revalue()
    assert (risk.axis_mark, len(risk.axis), risk.next_axis[0], desk.worth(long)) == (100, 5, 70, 13)
    desk.stage(UNDERLYING, mark=105)
    desk.revalue()
    assert (risk.axis_mark, risk.axis) == (105, [(70, 0), (105, -1), (130, 2)])
    desk.mark(UNDERLYING, 130)
    assert (risk.next_axis, desk.worth(long)) == ([0] * 40, 13)
    desk.stage(UNDERLYING, mark=110)
    desk.revalue()
    assert (risk.axis_mark, risk.axis, desk.worth(long)) == (0, [], 6)
    desk.mark(UNDERLYING, 120)
    assert desk.worth(long) == 6


@pytest.mark.rule("PRT-009")
def test_of_equal_prices_the_first_counts_and_at_the_mark_of_the_axis_nothing_is_gained() -> None:
    desk = Axis()
    number = desk.listed((-3, 9, 7, 8), axis=(90, 100, 110, 110))
    assert desk.pair.state.risk[UNDERLYING].axis == [(90, 0), (100, -1), (110, 2)]
    assert moved(desk, number, [100, 110]) == {100: (5, 5), 110: (12, 12)}


@pytest.mark.rule("PRT-009")
def test_without_a_mark_of_the_underlying_nothing_is_moved() -> None:
    desk = Axis(price=0)
    desk.stage(UNDERLYING, mark=100)
    number = desk.listed(CALL_ARRAY)
    long, short = desk.both(number)
    assert (desk.worth(long), desk.worth(short)) == (5, -5)
    desk.mark(UNDERLYING, 110)
    assert (desk.worth(long), desk.worth(short)) == (12, -12)


@pytest.mark.rule("PRT-009", "PRT-007")
def test_what_settles_is_moved_no_more_until_another_mark_of_its_array_comes() -> None:
    desk = Axis()
    first, second = desk.option(100), desk.option(90, mark=11)
    later = desk.option(100, mark=5, expiry=2_000)
    for number, array in ((first, CALL_ARRAY), (second, CALL_ARRAY), (later, CALL_ARRAY)):
        desk.stage(number, array, mark=5)
    desk.come()
    long, short = desk.both(second)
    other, _ = desk.both(later)
    desk.mark(UNDERLYING, 110)
    assert (desk.worth(long), desk.worth(other)) == (12, 12)
    desk.expire(first, 105)
    assert (desk.worth(long), desk.worth(short), desk.worth(other)) == (15, -15, 12)
    desk.mark(UNDERLYING, 120)
    assert (desk.worth(long), desk.worth(other)) == (15, 21)
    desk.stage(second, (1, 2, 3, 4), mark=15)
    desk.revalue()
    assert (desk.worth(long), desk.worth(short)) == (19, -19)


@pytest.mark.rule("PRT-009", "PRT-007")
def test_an_underlying_that_expires_moves_what_follows_it_by_its_settlement_price() -> None:
    """Whoever has anything that follows it is looked at, after its own positions are settled."""
    desk = Axis()
    desk.set(UNDERLYING, Parameter.EXPIRY_TIME, 1_000)
    later = desk.listed(CALL_ARRAY, expiry=2_000)
    desk.put(210)
    desk.leg(later, -10, 5)
    other = desk.owner()
    desk.put(PLENTY, other)
    held = desk.leg(UNDERLYING, 10, 100, cross=other)
    desk.leg(later, 10, 5, cross=other)
    events = desk.expire(UNDERLYING, 110)
    assert kinds(events)[:2] == [Event.EXPIRED, Event.SETTLED_AT_EXPIRY]
    assert [(e.compartment, e.first) for e in events if e.kind == Event.CROSS_LIQUIDATED] == [(desk.cross, 140)]
    assert [e.third for e in events if e.kind == Event.SOLD] == [12]
    assert (desk.row(held).size, desk.worth(other)) == (0, 120)


@pytest.mark.rule("PRT-005", "PRT-009")
def test_an_array_is_whole_with_the_scenarios_of_the_axis_even_those_that_stand_for_no_other_price() -> None:
    desk = Axis()
    number = desk.option(100, mark=5)
    desk.stage(number, CALL_ARRAY)
    desk.come((80, 120, 0, 0, 100, 0, 0, 0))
    opening = {"account": 1, "instrument": number, "compartment": desk.cross}
    desk.put(PLENTY)
    assert desk.refused(Command.OPEN_COMPARTMENT, **opening) == (Refusal.NO_ARRAY, 0, number, 0)
    desk.come((80, 120, 0, 0))
    held = desk.leg(number, 1, 5)
    desk.stage(UNDERLYING, [0] * 12, mark=100)
    desk.axis((80, 120, 0, 0, 0, 0, 0, 0, 120, 0, 0, 0))
    again = {"instrument": UNDERLYING, "code": 4, "rate": RATE_ONE}
    assert desk.refused(Command.REVALUE, **again) == (Refusal.NO_ARRAY, 0, number, 0)
    desk.stage(number, [*CALL_ARRAY, 0, 0, 0, 0, 99])
    desk.pair.accept(Command.REVALUE, **again)
    desk.mark(UNDERLYING, 120)
    assert (desk.row(held).size, desk.worth()) == (1, 2)


@pytest.mark.rule("PRT-009")
@pytest.mark.parametrize(
    ("fields", "figures"),
    [
        ({"code": 2}, (Refusal.UNKNOWN_CODE, 0, 2, 36)),
        ({"code": 40}, (Refusal.UNKNOWN_CODE, 0, 40, 36)),
        ({"amount": -1}, (Refusal.PRICE_OUT_OF_RANGE, 0, -1, 0)),
        ({"price": 10**6 + 1}, (Refusal.PRICE_OUT_OF_RANGE, 0, 10**6 + 1, 10**6)),
        ({"size": 2**60}, (Refusal.PRICE_OUT_OF_RANGE, 0, 2**60, 10**6)),
        ({"rate": -5, "size": 10**6}, (Refusal.PRICE_OUT_OF_RANGE, 0, -5, 0)),
        ({"instrument": 2}, (Refusal.WRONG_INSTRUMENT, 2, UNDERLYING, 0)),
        ({"instrument": 2, "price": -1}, (Refusal.PRICE_OUT_OF_RANGE, 0, -1, 0)),
    ],
)
def test_an_axis_is_staged_of_an_underlying_at_prices_within_its_limit(
    fields: dict[str, int], figures: tuple[int, ...]
) -> None:
    desk = Axis()
    desk.listed(CALL_ARRAY)
    assert desk.refused(Command.STAGE_AXIS, **{"instrument": UNDERLYING, **fields}) == figures
    event = desk.pair.refuse(Command.STAGE_AXIS, instrument=9)
    assert event.reason == Refusal.UNKNOWN_INSTRUMENT


@pytest.mark.rule("PRT-009")
def test_an_axis_of_what_has_expired_is_refused_and_one_that_is_staged_says_so() -> None:
    desk = Axis()
    desk.set(UNDERLYING, Parameter.EXPIRY_TIME, 1_000)
    event = desk.pair.accept(Command.STAGE_AXIS, instrument=UNDERLYING, code=36, amount=10**6)[0]
    assert (event.kind, event.first, event.second, event.third) == (Event.ARRAY_STAGED, 36, 0, 2)
    desk.expire(UNDERLYING, 110)
    event = desk.pair.refuse(Command.STAGE_AXIS, instrument=UNDERLYING)
    assert event.reason == Refusal.INSTRUMENT_EXPIRED


@pytest.mark.rule("PRT-009")
@pytest.mark.parametrize(
    ("axis", "limit"), [((110, 120, 0, 0), 110), ((90, 80, 0, 0), 90), ((100, 120, 0, 0), 100), ((100, 90), 100)]
)
def test_an_axis_has_prices_on_both_sides_of_its_mark(axis: Sequence[int], limit: int) -> None:
    desk = Axis()
    desk.stage(UNDERLYING, [0] * 4, mark=100)
    desk.axis(axis)
    again = {"instrument": UNDERLYING, "code": 4, "rate": RATE_ONE}
    assert desk.refused(Command.REVALUE, **again) == (Refusal.PRICE_OUT_OF_RANGE, 0, 100, limit)
    desk.axis((90, 110, 0, 0))
    desk.pair.accept(Command.REVALUE, **again)
    desk.axis(axis)
    desk.pair.accept(Command.REVALUE, **again)
