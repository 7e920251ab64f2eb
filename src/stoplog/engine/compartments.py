"""Opening and closing compartments, adding and removing margin."""

from __future__ import annotations

from typing import Any

from stoplog.engine import postings, refusing, waiting
from stoplog.engine.balances import free_balance
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import post, refuse
from stoplog.engine.twins import twin
from stoplog.margin import isolated
from stoplog.records import CompartmentState, Event, Refusal
from stoplog.units import AMOUNT_MAX, PURSE_MAX, RATE_ONE

NONE = refusing.NONE
OPEN = int(CompartmentState.OPEN)
CLOSED = int(CompartmentState.CLOSED)
COMPARTMENT_OPENED = int(Event.COMPARTMENT_OPENED)
COMPARTMENT_CLOSED = int(Event.COMPARTMENT_CLOSED)
MARGIN_ADDED = int(Event.MARGIN_ADDED)
MARGIN_REMOVED = int(Event.MARGIN_REMOVED)
FUNDING_SETTLED = int(Event.FUNDING_SETTLED)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
POSITION_OPEN = int(Refusal.POSITION_OPEN)
INSUFFICIENT_FREE = int(Refusal.INSUFFICIENT_FREE)
INSUFFICIENT_MARGIN = int(Refusal.INSUFFICIENT_MARGIN)
INSUFFICIENT_PURSE = int(Refusal.INSUFFICIENT_PURSE)
FREE = postings.FREE
COMPARTMENT = postings.COMPARTMENT
FUNDING_CLEARING = postings.FUNDING_CLEARING

equity = twin(isolated.equity)
initial_margin = twin(isolated.initial_margin)
removable = twin(isolated.removable)


@compiled
def settle_funding(t: Any, i: int, c: int) -> None:
    """Move what compartment `c` owes in funding to the clearing account: rule POS-004."""
    due = waiting.owed(t, i, c)
    t.positions[c].funding_index = t.instruments[i].funding_index
    if due != 0:
        row = t.compartments[c]
        post(t, FUNDING_SETTLED, COMPARTMENT, FUNDING_CLEARING, row.asset, i, row.account, c, due, 0, 0, 0)


@compiled
def open_compartment(t: Any, command: Any) -> int:
    """OPEN_COMPARTMENT: `account`, `instrument`, `amount` margin, `rate` own initial rate."""
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
    row.account = account
    row.instrument = command.instrument
    row.asset = asset
    row.put_in = amount
    row.initial_rate = rate
    t.accounts[account].open_compartments += 1
    post(t, COMPARTMENT_OPENED, FREE, COMPARTMENT, asset, command.instrument, account, number, amount, amount, rate, 0)
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
    row = t.compartments[c]
    row.state = CLOSED
    row.taken_out += row.purse
    t.accounts[row.account].open_compartments -= 1
    post(t, COMPARTMENT_CLOSED, COMPARTMENT, FREE, row.asset, row.instrument, row.account, c, row.purse, 0, 0, 0)
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
    free = free_balance(t, row.account, row.asset)
    if amount > free:
        return refuse(t, command, INSUFFICIENT_FREE, c, amount, free, 0)
    settle_funding(t, i, c)
    row.put_in += amount
    after = row.purse + amount
    post(t, MARGIN_ADDED, FREE, COMPARTMENT, row.asset, i, row.account, c, amount, after, 0, 0)
    waiting.await_price(t, i, c, t.positions[c].size)
    return NONE


@compiled
def remove_margin(t: Any, command: Any) -> int:
    """REMOVE_MARGIN: `compartment`, `amount`; rule MRG-003."""
    c = command.compartment
    reason = refusing.no_compartment_now(t, command)
    if reason != NONE:
        return reason
    amount = command.amount
    if amount < 1 or amount > AMOUNT_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, c, 0, amount, AMOUNT_MAX)
    reason = refusing.not_open(t, command, c)
    if reason != NONE:
        return reason
    row = t.compartments[c]
    i = row.instrument
    size = t.positions[c].size
    purse = row.purse - waiting.owed(t, i, c)
    worth, needed = purse, 0
    if size != 0:
        instrument = t.instruments[i]
        payoff = instrument.payoff
        tiers = waiting.ladder(t, instrument.tier_table)
        mark, multiplier = instrument.mark, instrument.multiplier
        worth = equity(payoff, multiplier, mark, size, t.positions[c].cost, purse)
        needed = initial_margin(tiers, payoff, multiplier, mark, size, row.initial_rate, RATE_ONE)
    most = removable(purse, worth, needed)
    if worth - amount < needed:
        return refuse(t, command, INSUFFICIENT_MARGIN, c, needed + amount, worth, most)
    if amount > purse:
        return refuse(t, command, INSUFFICIENT_PURSE, c, amount, purse, most)
    settle_funding(t, i, c)
    row.taken_out += amount
    post(t, MARGIN_REMOVED, COMPARTMENT, FREE, row.asset, i, row.account, c, amount, purse - amount, 0, 0)
    waiting.await_price(t, i, c, size)
    return NONE
