"""Cross compartments while a mark of theirs is in doubt or stale, by the figures of rule GRD-009."""

from __future__ import annotations

import pytest
from differential.crossing import ONE, Desk
from reference.crossing import health, is_breached

from stoplog.codes import Command, Doubt, Event, Parameter, Refusal, Use
from stoplog.proof.invariants import check

pytestmark = pytest.mark.rule("GRD-009")

TEN_PERCENT = 10**7


class Doubted(Desk):
    """Long 10 of A at 100 and 10 of B at 100, 1 %, with 205 in the pocket of A; jumps of B wait 500 ms."""

    def __init__(self, *, guard_a: bool = False) -> None:
        super().__init__()
        self.a, self.b = self.instrument(), self.instrument()
        for number in (self.a, self.b) if guard_a else (self.b,):
            self.limit(number, Parameter.JUMP_LIMIT, TEN_PERCENT)
            self.limit(number, Parameter.JUMP_WAIT, 500)
        self.put(1, 205)
        self.long_a, self.long_b = self.position(self.a, 10, 100), self.position(self.b, 10, 100)

    def limit(self, instrument: int, parameter: Parameter, value: int) -> None:
        """Set a parameter of an instrument."""
        self.pair.accept(Command.SET_PARAMETER, instrument=instrument, code=parameter, amount=value)

    def breached(self) -> bool:
        """Whether it is breached; engine, model and invariants agree that it may be."""
        assert check(self.pair.engine.tables) == []
        return is_breached(self.pair.state, self.cross)

    def doubt(self) -> None:
        """Hold a mark of B."""
        assert self.mark(self.b, 80) == [Event.MARK_HELD]

    def refused(self, kind: Command, **fields: int) -> tuple[int | None, ...]:
        """Reason, compartment and figures of a refusal."""
        event = self.pair.refuse(kind, **fields)
        return event.reason, event.compartment, event.first, event.second, event.third


def test_while_a_mark_is_in_doubt_nobody_is_liquidated_by_that_of_another_instrument() -> None:
    """At 80 of A equity is 5 against 18; 95 of B, which is taken, leaves -45."""
    desk = Doubted()
    desk.doubt()
    assert Event.CROSS_LIQUIDATED not in desk.mark(desk.a, 80)
    assert health(desk.pair.state, desk.cross) == (5, 18)
    assert desk.breached()
    assert desk.mark(desk.b, 80) == [Event.MARK_HELD]
    assert desk.breached()
    assert Event.CROSS_LIQUIDATED in desk.mark(desk.b, 95)
    assert not desk.breached()


def test_whom_a_good_mark_finds_healthy_stays() -> None:
    desk = Doubted()
    desk.doubt()
    desk.mark(desk.a, 80)
    assert Event.CROSS_LIQUIDATED not in desk.mark(desk.b, 105)
    assert not desk.breached()
    assert desk.pair.state.compartments[desk.long_b].size == 10


def test_a_doubt_about_either_instrument_leaves_it_for_later() -> None:
    """The fall of A, once taken, finds B in doubt; B then A good again: liquidated by the last."""
    desk = Doubted(guard_a=True)
    desk.doubt()
    for price in (90, 81):
        assert Event.MARKED in desk.mark(desk.a, price)
    assert desk.mark(desk.a, 60) == [Event.MARK_HELD]
    assert Event.CROSS_LIQUIDATED not in desk.mark(desk.b, 95)
    assert desk.breached()
    assert Event.CROSS_LIQUIDATED in desk.mark(desk.a, 80)


def test_the_price_of_an_asset_funding_and_interest_liquidate_nobody_either() -> None:
    desk = Doubted()
    other = desk.asset(ONE)
    desk.put(other, 100)
    desk.doubt()
    desk.mark(desk.a, 75)
    assert not desk.breached()
    assert Event.CROSS_LIQUIDATED not in desk.price(other, ONE // 2)
    assert desk.breached()
    for kind, fields in (
        (Command.FUNDING, {"instrument": desk.b, "rate": 10**6}),
        (Command.FUNDING, {"instrument": desk.a, "rate": 10**6}),
        (Command.INTEREST, {"asset": 1, "rate": 10**6}),
    ):
        events = desk.pair.accept(kind, **fields)
        assert Event.CROSS_LIQUIDATED not in [event.kind for event in events]
        assert desk.breached()
    assert Event.CROSS_LIQUIDATED in desk.mark(desk.b, 100)


def test_guards_that_are_taken_off_leave_it_to_the_next_mark_or_price() -> None:
    desk = Doubted()
    desk.doubt()
    desk.mark(desk.a, 80)
    desk.limit(desk.b, Parameter.JUMP_LIMIT, 0)
    assert desk.breached()
    assert Event.CROSS_LIQUIDATED in desk.mark(desk.a, 80)


def test_a_doubt_about_an_instrument_without_a_size_does_not_matter() -> None:
    desk = Doubted()
    desk.fill(desk.long_b, -10, 100)
    desk.doubt()
    assert Event.CROSS_LIQUIDATED in desk.mark(desk.a, 80)


def test_what_is_refused_and_what_is_not() -> None:
    """Margin out of it and moves either way by any doubt; a position opens by the mark of its own instrument."""
    desk = Doubted()
    owner = desk.pair.state.compartments[desk.cross].account
    desk.pair.accept(Command.OPEN_COMPARTMENT, account=owner, instrument=desk.a)
    own = len(desk.pair.state.compartments)
    desk.doubt()
    in_doubt = (Refusal.MARK_IN_DOUBT, desk.cross, Doubt.JUMPS, 100, 500)
    assert desk.refused(Command.REMOVE_MARGIN, compartment=desk.cross, asset=1, amount=1) == in_doubt
    assert desk.refused(Command.MOVE_COMPARTMENT, compartment=desk.long_a, amount=20) == in_doubt
    assert desk.refused(Command.MOVE_COMPARTMENT, compartment=own, other=desk.cross) == in_doubt
    enlarged = desk.refused(Command.FILL, instrument=desk.b, compartment=desk.long_b, size=1, price=100)
    assert enlarged == (Refusal.MARK_IN_DOUBT, desk.long_b, Doubt.JUMPS, 100, 500)
    ordered = desk.refused(Command.PLACE_ORDER, compartment=desk.long_b, size=1, price=100)
    assert ordered == enlarged
    desk.fill(desk.long_b, -1, 100)
    desk.fill(desk.long_a, 1, 100)
    desk.put(1, 1)
    desk.limit(desk.b, Parameter.GUARD_POLICY, Use.LIQUIDATE.forbidden_by(Doubt.JUMPS))
    desk.pair.accept(Command.REMOVE_MARGIN, compartment=desk.cross, asset=1, amount=1)
    desk.pair.accept(Command.MOVE_COMPARTMENT, compartment=own, other=desk.cross)


def test_a_higher_leverage_is_refused() -> None:
    desk = Doubted()
    desk.pair.accept(Command.SET_LEVERAGE, compartment=desk.long_b, rate=10**6)
    desk.doubt()
    reason, compartment, *_ = desk.refused(Command.SET_LEVERAGE, compartment=desk.long_b, rate=10**5)
    assert (reason, compartment) == (Refusal.MARK_IN_DOUBT, desk.long_b)
    desk.pair.accept(Command.SET_LEVERAGE, compartment=desk.long_b, rate=2 * 10**6)


def test_a_stale_mark_forbids_likewise() -> None:
    """B's mark of 0 is stale from 2,001 on; it is liquidated when a new one comes."""
    desk = Doubted()
    desk.limit(desk.b, Parameter.JUMP_LIMIT, 0)
    desk.limit(desk.b, Parameter.AGE_LIMIT, 2000)
    desk.pair.accept(Command.MARK, instrument=desk.a, price=100, time=2001)
    told = desk.refused(Command.REMOVE_MARGIN, compartment=desk.cross, asset=1, amount=1)
    assert told == (Refusal.MARK_STALE, desk.cross, 1, 0, 2000)
    assert Event.CROSS_LIQUIDATED not in desk.mark(desk.a, 80)
    assert desk.breached()
    assert Event.CROSS_LIQUIDATED in desk.mark(desk.b, 100)
