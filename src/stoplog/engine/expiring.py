"""Expiry: liquidate what the settlement price breaches, cancel all orders, settle the rest."""

from __future__ import annotations

from typing import Any

from stoplog import positions
from stoplog.codes import Event, InstrumentState, Model, Refusal
from stoplog.engine import (
    cross_liquidating,
    cross_marks,
    guarding,
    liquidating,
    order_lists,
    postings,
    refusing,
    risk_arrays,
    waiting,
)
from stoplog.engine.compiling import compiled, word
from stoplog.engine.postings import note, post, refuse
from stoplog.engine.room import lacks_room_for
from stoplog.engine.twins import twin
from stoplog.margin.scenarios import NO_RIGHT

NONE = refusing.NONE
INSTRUMENT_EXPIRED = int(InstrumentState.EXPIRED)
EXPIRED = int(Event.EXPIRED)
BY_POSITIONS = int(Model.POSITIONS)
SETTLED_AT_EXPIRY = int(Event.SETTLED_AT_EXPIRY)
DUST_COLLECTED = int(Event.DUST_COLLECTED)
NOT_DATED = int(Refusal.NOT_DATED)
NOT_YET_EXPIRED = int(Refusal.NOT_YET_EXPIRED)
COMPARTMENT = postings.COMPARTMENT
OUTSIDE_MARKET = postings.OUTSIDE_MARKET
SETTLEMENT = postings.SETTLEMENT
DUST = postings.DUST

settle_at_expiry = twin(positions.settle_at_expiry)


@compiled
def _settle(t: Any, i: int, c: int, price: int) -> None:
    instrument = t.instruments[i]
    row = t.compartments[c]
    position = t.positions[c]
    size = position.size
    realised = settle_at_expiry(instrument.payoff, instrument.multiplier, size, position.cost, price)
    position.size = 0
    position.cost = 0
    waiting.await_price(t, i, c, size)
    instrument.open_interest -= max(size, 0)
    after = row.purse + realised
    post(
        t, SETTLED_AT_EXPIRY, SETTLEMENT, COMPARTMENT, instrument.asset, i, row.account, c, realised, size, after, price
    )


@compiled
def _settle_outside(t: Any, i: int, price: int) -> None:
    row = t.instruments[i]
    size = row.outside_size
    if size != 0:
        realised = settle_at_expiry(row.payoff, row.multiplier, size, row.outside_cost, price)
        row.outside_size = 0
        row.outside_cost = 0
        row.open_interest -= max(size, 0)
        after = t.funds[row.asset].outside_market + realised
        post(t, SETTLED_AT_EXPIRY, SETTLEMENT, OUTSIDE_MARKET, row.asset, i, 0, 0, realised, size, after, price)
    if row.settlement != 0:
        post(t, DUST_COLLECTED, SETTLEMENT, DUST, row.asset, i, 0, 0, row.settlement, 0, 0, 0)


@compiled
def _room_for_crosses(t: Any, i: int, price: int) -> int:
    """How many events the liquidation of cross compartments can have, at the settlement price or after it."""
    before = t.instruments[i].mark
    t.instruments[i].mark = price
    wanted = cross_marks.room_now(t, i)
    t.instruments[i].mark = before
    return wanted + cross_liquidating.room_for_all(t, 0, risk_arrays.that_settle_with(t, i))


@compiled
def _no_settlement_price(t: Any, command: Any) -> int:
    """Refuse a price outside the limits of the underlying, which is what an option is settled by."""
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        i = command.instrument
        follows = t.instruments[i].right != NO_RIGHT
        reason = refusing.price_outside_of(t, command, word(t.instruments[i].underlying) if follows else i)
    if reason == NONE:
        reason = refusing.expired(t, command)
    return reason


@compiled
def expire(t: Any, command: Any) -> int:
    """EXPIRE: `instrument`, `price`; rules LIQ-004, POS-005 and PRT-007."""
    reason = _no_settlement_price(t, command)
    if reason != NONE:
        return reason
    i, price = command.instrument, command.price
    instrument = t.instruments[i]
    if instrument.expiry_time == 0:
        return refuse(t, command, NOT_DATED, 0, 0, 0, 0)
    if command.time < instrument.expiry_time:
        return refuse(t, command, NOT_YET_EXPIRED, 0, instrument.expiry_time, command.time, 0)
    if instrument.guarded != 0:
        reason = guarding.refuse_expiry(t, command)
        if reason != NONE:
            return reason
    price = risk_arrays.settlement_of(t, i, price)
    positions = waiting.holders_count(t, i)
    beside = order_lists.resting_in(t, i) + cross_marks.room_to_settle(t, i) + _room_for_crosses(t, i, price)
    if lacks_room_for(t, positions, beside):
        return NONE
    found, breached = liquidating.find_breached(t, i, price)
    instrument.mark = price
    instrument.unseen = 0
    risk_arrays.settle(t, i, command.price)
    liquidating.let_sleep(t, i, breached, found)
    note(t, EXPIRED, instrument.asset, i, 0, 0, command.price, breached, positions - breached)
    for k in range(breached):
        liquidating.liquidate(t, i, t.scratch[k])
    cross_marks.look_at_those_by(t, i, BY_POSITIONS, command.time)
    ordering = order_lists.find_ordering(t, i)
    for k in range(ordering):
        order_lists.cancel_all(t, i, t.scratch[k])
    left = waiting.holders(t, i)
    for k in range(left):
        _settle(t, i, t.scratch[k], price)
    cross_marks.settle_all(t, i, price)
    cross_liquidating.look_at(t, 0, risk_arrays.that_settle_with(t, i), command.time)
    _settle_outside(t, i, price)
    instrument.state = INSTRUMENT_EXPIRED
    return NONE
