"""Opening and closing compartments, adding margin."""

from __future__ import annotations

from typing import Any

from stoplog.codes import CompartmentState, Event, Refusal, Side
from stoplog.engine import cross_rows, order_lists, postings, refusing, waiting
from stoplog.engine.balances import free_balance
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import post, refuse
from stoplog.engine.room import lacks_room_for
from stoplog.units import PURSE_MAX, RATE_ONE

NONE = refusing.NONE
OPEN = int(CompartmentState.OPEN)
CLOSED = int(CompartmentState.CLOSED)
COMPARTMENT_OPENED = int(Event.COMPARTMENT_OPENED)
COMPARTMENT_CLOSED = int(Event.COMPARTMENT_CLOSED)
MARGIN_ADDED = int(Event.MARGIN_ADDED)
FUNDING_SETTLED = int(Event.FUNDING_SETTLED)
LONG = int(Side.LONG)
SHORT = int(Side.SHORT)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
POSITION_OPEN = int(Refusal.POSITION_OPEN)
INSUFFICIENT_FREE = int(Refusal.INSUFFICIENT_FREE)
FREE = postings.FREE
COMPARTMENT = postings.COMPARTMENT
FUNDING_CLEARING = postings.FUNDING_CLEARING


@compiled
def settle_funding(t: Any, i: int, c: int) -> None:
    """Move what compartment `c` owes in funding to the clearing account: rule POS-004."""
    due = waiting.owed(t, i, c)
    t.positions[c].funding_index = t.instruments[i].funding_index
    if due != 0:
        account, asset, place = t.compartments[c].account, t.instruments[i].asset, cross_rows.purse_place(t, c)
        post(t, FUNDING_SETTLED, place, FUNDING_CLEARING, asset, i, account, c, due, 0, 0, 0)


@compiled
def open_compartment(t: Any, command: Any) -> int:
    """OPEN_COMPARTMENT: `account`, `instrument`, `amount` margin, `rate` own initial rate, `code` side."""
    if command.code > SHORT:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, SHORT)
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.no_account(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    account, amount, rate = command.account, command.amount, command.rate
    if not 0 <= amount <= PURSE_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, amount, PURSE_MAX)
    if not 0 <= rate <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, rate, RATE_ONE)
    reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    asset = t.instruments[command.instrument].asset
    free = free_balance(t, account, asset)
    if amount > free:
        return refuse(t, command, INSUFFICIENT_FREE, 0, amount, free, 0)
    t.counts[0].compartments += 1
    number = t.counts[0].compartments
    row = t.compartments[number]
    row.state = OPEN
    row.asset = asset
    row.account = account
    row.instrument = command.instrument
    row.put_in = amount
    row.initial_rate = rate
    t.positions[number].side = (command.code == LONG) - (command.code == SHORT)
    t.accounts[account].open_compartments += 1
    i, side = command.instrument, command.code
    post(t, COMPARTMENT_OPENED, FREE, COMPARTMENT, asset, i, account, number, amount, amount, rate, side)
    return NONE


@compiled
def close_compartment(t: Any, command: Any) -> int:
    """CLOSE_COMPARTMENT: `compartment`."""
    c = command.compartment
    reason = refusing.no_compartment_now(t, command)
    if reason == NONE:
        reason = refusing.not_open(t, command, c)
    if reason != NONE:
        return reason
    if t.positions[c].size != 0:
        return refuse(t, command, POSITION_OPEN, c, 0, t.positions[c].size, 0)
    if lacks_room_for(t, 0, order_lists.count_of(t, c)):
        return NONE
    row = t.compartments[c]
    order_lists.cancel_all(t, row.instrument, c)
    row.state = CLOSED
    row.taken_out += row.purse
    t.accounts[row.account].open_compartments -= 1
    i, asset = row.instrument, t.instruments[row.instrument].asset
    post(t, COMPARTMENT_CLOSED, COMPARTMENT, FREE, asset, i, row.account, c, row.purse, 0, 0, 0)
    return NONE


@compiled
def add_margin(t: Any, command: Any) -> int:
    """ADD_MARGIN: `compartment`, `amount`."""
    c = command.compartment
    reason = refusing.no_compartment_now(t, command)
    if reason != NONE:
        return reason
    row = t.compartments[c]
    i = row.instrument
    amount = command.amount
    room = PURSE_MAX - (row.purse - waiting.owed(t, i, c))
    if not 1 <= amount <= room:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, c, 0, amount, room)
    reason = refusing.not_open(t, command, c)
    if reason != NONE:
        return reason
    asset = t.instruments[i].asset
    free = free_balance(t, row.account, asset)
    if amount > free:
        return refuse(t, command, INSUFFICIENT_FREE, c, amount, free, 0)
    settle_funding(t, i, c)
    row.put_in += amount
    after = row.purse + amount
    post(t, MARGIN_ADDED, FREE, COMPARTMENT, asset, i, row.account, c, amount, after, 0, 0)
    waiting.await_price(t, i, c, t.positions[c].size)
    return NONE
