"""Doubts about an underlying with an axis, by rule GRD-009, on engine and model."""

from __future__ import annotations

import pytest
from differential.portfolios import UNDERLYING, kinds
from differential.test_axis_figures import CALL_ARRAY, Axis
from reference.rights import CALL

from stoplog.codes import Command, Doubt, Event, Parameter, Refusal
from stoplog.units import RATE_ONE


@pytest.mark.rule("GRD-009", "PRT-009")
def test_a_doubt_about_the_underlying_puts_off_and_refuses_while_there_is_an_axis() -> None:
    """Short 10 calls: with 130 of the underlying held nothing leaves, and arrays that breach it leave it for later."""
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    desk.set(UNDERLYING, Parameter.JUMP_LIMIT, RATE_ONE // 10)
    desk.put(300)
    held = desk.leg(number, -10, 5)
    assert kinds(desk.mark(UNDERLYING, 130)) == [Event.MARK_HELD]
    refused = desk.pair.refuse(Command.REMOVE_MARGIN, **desk.remove(1))
    assert (refused.reason, refused.compartment) == (Refusal.MARK_IN_DOUBT, desk.cross)
    assert (refused.first, refused.second) == (Doubt.JUMPS, 100)
    refused = desk.pair.refuse(Command.MOVE_COMPARTMENT, compartment=held, amount=200)
    assert (refused.reason, refused.second) == (Refusal.MARK_IN_DOUBT, 100)
    desk.fill(held, -1, 5)
    desk.stage(number, (0, 0, 0, 99), mark=5)
    assert kinds(desk.revalue()) == [Event.REVALUED]
    assert desk.standing().equity < desk.standing().maintenance_margin
    assert kinds(desk.mark(number, 5)) == [Event.MARKED]
    assert Event.CROSS_LIQUIDATED in kinds(desk.mark(UNDERLYING, 101))


@pytest.mark.rule("GRD-009")
def test_without_an_axis_the_mark_of_the_underlying_does_not_count() -> None:
    desk = Axis()
    number = desk.listed(CALL_ARRAY, axis=(0, 0, 0, 0))
    desk.set(UNDERLYING, Parameter.JUMP_LIMIT, RATE_ONE // 10)
    desk.put(300)
    desk.leg(number, -10, 5)
    assert kinds(desk.mark(UNDERLYING, 130)) == [Event.MARK_HELD]
    desk.pair.accept(Command.REMOVE_MARGIN, **desk.remove(1))
    desk.stage(number, (0, 0, 0, 99), mark=5)
    assert kinds(desk.revalue())[1] == Event.CROSS_LIQUIDATED


@pytest.mark.rule("GRD-009", "PRT-009")
def test_the_instrument_of_a_position_is_named_before_its_underlying() -> None:
    desk = Axis()
    number = desk.listed(CALL_ARRAY, right=CALL)
    desk.put(300)
    desk.leg(number, -10, 5)
    for instrument, price in ((UNDERLYING, 130), (number, 7)):
        desk.set(instrument, Parameter.JUMP_LIMIT, RATE_ONE // 10)
        desk.mark(instrument, price)
    assert desk.refused(Command.REMOVE_MARGIN, **desk.remove(1))[2] == 5
    desk.mark(number, 5)
    assert desk.refused(Command.REMOVE_MARGIN, **desk.remove(1))[2] == 100


@pytest.mark.rule("GRD-009", "PRT-009", "CRS-009")
def test_another_position_of_the_same_underlying_brings_the_look_that_was_put_off() -> None:
    """The price of the asset finds it breached while the underlying is stale; the next mark of that takes it down."""
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    desk.set(UNDERLYING, Parameter.AGE_LIMIT, 1_000)
    desk.put(210)
    desk.leg(number, -10, 5)
    desk.stage(number, (-5, -3, 7, 26))
    assert kinds(desk.pair.accept(Command.REVALUE, instrument=UNDERLYING, code=4, rate=RATE_ONE, time=5_000)) == [
        Event.REVALUED
    ]
    assert Event.CROSS_LIQUIDATED in kinds(desk.mark(UNDERLYING, 100))


@pytest.mark.rule("GRD-009", "GRD-005", "PRT-009")
def test_margin_stays_while_the_underlying_is_stale() -> None:
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    desk.set(UNDERLYING, Parameter.AGE_LIMIT, 1_000)
    desk.put(300)
    held = desk.leg(number, -10, 5)
    refused = desk.pair.refuse(Command.REMOVE_MARGIN, **desk.remove(1), time=5_000)
    assert (refused.reason, refused.first, refused.second) == (Refusal.MARK_STALE, 4_000, 0)
    desk.fill(held, -1, 5)
    events = desk.pair.accept(Command.CLOSE_ALL, compartment=desk.cross, rate=0, amount=RATE_ONE)
    assert events[-1].kind == Event.FILLED


@pytest.mark.rule("GRD-009", "CRS-013", "PRT-009")
def test_closing_all_goes_by_the_mark_of_the_underlying_that_it_trades_at() -> None:
    """Held at 130 under guards that forbid to reduce: closing all is refused, though no position is in it."""
    desk = Axis()
    number = desk.listed(CALL_ARRAY)
    desk.set(UNDERLYING, Parameter.JUMP_LIMIT, RATE_ONE // 10)
    desk.set(UNDERLYING, Parameter.GUARD_POLICY, 0xFFFF)
    desk.put(300)
    desk.leg(number, -10, 5)
    assert kinds(desk.mark(UNDERLYING, 130)) == [Event.MARK_HELD]
    closing = {"compartment": desk.cross, "rate": 0, "amount": 0}
    refused = desk.pair.refuse(Command.CLOSE_ALL, **closing)
    assert (refused.reason, refused.compartment, refused.second) == (Refusal.MARK_IN_DOUBT, desk.cross, 100)
    assert desk.pair.accept(Command.MARK, instrument=UNDERLYING, price=101)
    assert Event.FILLED in kinds(desk.pair.accept(Command.CLOSE_ALL, **closing))
