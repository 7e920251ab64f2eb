"""Marks and funding: what moves prices and wakes compartments."""

from __future__ import annotations

from typing import Any

from stoplog import positions
from stoplog.codes import Event, FundingFrom, Refusal, Use
from stoplog.engine import (
    account_funding,
    cross_marks,
    cross_waiting,
    guarding,
    liquidating,
    order_lists,
    refusing,
    topping_up,
    trading,
    waiting,
)
from stoplog.engine.compiling import compiled, inlined, outlined
from stoplog.engine.postings import note, refuse
from stoplog.engine.room import lacks_room_for
from stoplog.engine.twins import twin
from stoplog.units import FUNDING_ONE, FUNDING_SPAN, RATE_ONE

NONE = refusing.NONE
ACCOUNT = int(FundingFrom.ACCOUNT)
LIQUIDATE = int(Use.LIQUIDATE)
MARKED = int(Event.MARKED)
FUNDING_ACCRUED = int(Event.FUNDING_ACCRUED)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
BUDGET_EXCEEDED = int(Refusal.BUDGET_EXCEEDED)
NOT_PERPETUAL = int(Refusal.NOT_PERPETUAL)
NO_MARK = int(Refusal.NO_MARK)

funding_change = twin(positions.funding_change)


@inlined
def _set_mark(t: Any, command: Any, doubt: int, awake: int, breached: int, wanting: int) -> None:
    """Set a mark that is taken, and do what it brings about to those it wakes, who are in `scratch`."""
    i, price = command.instrument, command.price
    t.instruments[i].mark = price
    t.instruments[i].mark_time = command.time
    if wanting > 0:
        breached = topping_up.top_up_all(t, i, wanting, awake, command.time)
    liquidating.let_sleep(t, i, breached, awake)
    note(t, guarding.with_reason(MARKED, doubt), t.instruments[i].asset, i, 0, 0, price, breached, 0)
    if breached > 0:
        liquidating.liquidate_all(t, i, breached)


@outlined
def _guarded_mark(t: Any, command: Any) -> int:
    """`mark` of an instrument that has guards, or in which funding or a change was not looked at (GRD-006)."""
    reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = guarding.unreadable(t, command)
    if reason != NONE:
        return reason
    i, price = command.instrument, command.price
    held, doubt = guarding.weigh(t, command)
    if held:
        return NONE
    found, breached = liquidating.find_breached(t, i, price)
    wanting = topping_up.find_wanting(t, i, price, found, command.time) if found > 0 else 0
    beside = liquidating.orders_of(t, breached) + cross_marks.room_at(t, i, price, found)
    if lacks_room_for(t, breached + wanting, beside):
        return NONE
    guarding.take(t, i, doubt)
    _set_mark(t, command, doubt, found, breached, wanting)
    cross_marks.look_at_mark(t, i, command.time)
    return NONE


@compiled
def mark(t: Any, command: Any) -> int:
    """MARK: `instrument`, `price`; for guards `rate`, its confidence, and `amount`, the price of a second source."""
    i, price = command.instrument, command.price
    if refusing.knows(i, t.counts[0].instruments) and t.instruments[i].guarded | t.instruments[i].unseen != 0:
        return _guarded_mark(t, command)
    reason = refusing.no_price_for(t, command)
    if reason != NONE:
        return reason
    found, breached = liquidating.find_breached(t, i, price)
    cancelled = liquidating.orders_of(t, breached)
    wanting = topping_up.find_wanting(t, i, price, found, command.time) if found > 0 else 0
    shared = cross_waiting.wait_for_mark(t, i)
    if shared:
        cancelled += cross_marks.room_at(t, i, price, found)
    if lacks_room_for(t, breached + wanting, cancelled):
        return NONE
    _set_mark(t, command, 0, found, breached, wanting)
    if shared:
        cross_marks.look_at_mark(t, i, command.time)
    return NONE


@compiled
def _no_funding(t: Any, command: Any) -> int:
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE and command.price != 0:
        reason = refusing.price_outside(t, command)
    if reason != NONE:
        return reason
    if not -RATE_ONE <= command.rate <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, command.rate, RATE_ONE)
    instrument = t.instruments[command.instrument]
    price = command.price if command.price != 0 else instrument.mark
    if price != 0:
        change = funding_change(instrument.payoff, instrument.multiplier, price, command.rate)
        limit = FUNDING_SPAN * FUNDING_ONE * instrument.lot_value_max
        if abs(change) > limit - instrument.funding_gross:
            return refuse(t, command, BUDGET_EXCEEDED, 0, abs(change), limit - instrument.funding_gross, limit)
    reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    if instrument.expiry_time != 0:
        return refuse(t, command, NOT_PERPETUAL, 0, 0, instrument.expiry_time, 0)
    if instrument.mark == 0:
        return refuse(t, command, NO_MARK, 0, 0, 0, 0)
    return NONE


@compiled
def _accrue(t: Any, i: int, change: int, gross: int) -> None:
    instrument = t.instruments[i]
    instrument.funding_index += change
    instrument.funding_gross += gross
    waiting.drift(t, i, change)


@compiled
def _settle_from_accounts(t: Any, i: int, change: int) -> None:
    """Settle every position at once, its owner's free balance first: rule POS-006."""
    t.instruments[i].funding_index += change
    t.instruments[i].funding_gross += abs(change)
    account_funding.settle_all(t, i)


@compiled
def _find_breached(t: Any, i: int, time: int) -> tuple[bool, int, int]:
    """(blind, awake, breached) at the mark; blind, and nobody, where it is not to liquidate: rule GRD-006."""
    if guarding.forbidden(t, i, LIQUIDATE, time):
        return True, 0, 0
    found, breached = liquidating.find_breached(t, i, t.instruments[i].mark)
    return False, found, breached


@compiled
def funding(t: Any, command: Any) -> int:
    """FUNDING: `instrument`, `rate`, `price` (0: the mark)."""
    reason = _no_funding(t, command)
    if reason != NONE:
        return reason
    i = command.instrument
    instrument = t.instruments[i]
    price = command.price if command.price != 0 else instrument.mark
    change = funding_change(instrument.payoff, instrument.multiplier, price, command.rate)
    shared = cross_marks.room_after_funding(t, i, change)
    if instrument.funding_from == ACCOUNT:
        if lacks_room_for(t, 2 * waiting.holders_count(t, i), order_lists.resting_in(t, i) + shared):
            return NONE
        _settle_from_accounts(t, i, change)
        blind, found, breached = _find_breached(t, i, command.time)
        wanting = topping_up.find_wanting(t, i, instrument.mark, found, command.time)
    else:
        _accrue(t, i, change, abs(change))
        blind, found, breached = _find_breached(t, i, command.time)
        cancelled = liquidating.orders_of(t, breached)
        wanting = topping_up.find_wanting(t, i, instrument.mark, found, command.time)
        if lacks_room_for(t, breached + wanting, cancelled + shared):
            _accrue(t, i, -change, -abs(change))
            return NONE
    if wanting > 0:
        breached = topping_up.top_up_all(t, i, wanting, found, command.time)
    liquidating.let_sleep(t, i, breached, found)
    instrument.unseen = int(blind)
    note(t, FUNDING_ACCRUED, instrument.asset, i, 0, 0, instrument.funding_index, breached, change)
    trading.settle_outside(t, i, change)
    if breached > 0:
        liquidating.liquidate_all(t, i, breached)
    cross_marks.look_at_all(t, i, command.time)
    return NONE
