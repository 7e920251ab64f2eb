"""Commands that move an owner's money: into and out of the engine, and into and out of compartments."""

from __future__ import annotations

from dataclasses import replace

from reference.coming import Rules, rules_of, under
from reference.cross_transferring import (
    add_to_cross,
    close_cross,
    open_position,
    remove_from_cross,
    set_position_leverage,
)
from reference.formulas import opening_equity, owed, staying, stays
from reference.guarding import refuse_letting_out
from reference.order_margins import order_margin
from reference.ordering import all_cancelled, refuse_kinds, standing
from reference.pockets import interest_paid, places_of, purse_of, row_event
from reference.rows import MOVES, Checks, EventRow, Row
from reference.state import Compartment, Instrument, State, TierTable
from stoplog.codes import CompartmentState, Event, InstrumentState, Kind, Refusal
from stoplog.units import AMOUNT_MAX, LIFETIME_MAX, PURSE_MAX, RATE_ONE


def deposit(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.asset not in state.assets, Refusal.UNKNOWN_ASSET)
    checks.refuse_if(not 1 <= row.account <= state.accounts, Refusal.UNKNOWN_ACCOUNT)
    asset = state.assets[row.asset]
    free = state.free.get((row.account, row.asset), 0)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(not 1 <= row.amount <= AMOUNT_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    net = asset.deposited - asset.withdrawn + row.amount
    checks.refuse_if(net > AMOUNT_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    checks.refuse_if(free + row.amount > AMOUNT_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    checks.refuse_if(asset.deposited + row.amount > LIFETIME_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    asset.deposited += row.amount
    state.free[row.account, row.asset] = free + row.amount
    return [owners_event(state, Event.DEPOSITED, row, free + row.amount)]


def withdraw(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.asset not in state.assets, Refusal.UNKNOWN_ASSET)
    checks.refuse_if(not 1 <= row.account <= state.accounts, Refusal.UNKNOWN_ACCOUNT)
    asset = state.assets[row.asset]
    free = state.free.get((row.account, row.asset), 0)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(row.amount < 1, Refusal.AMOUNT_OUT_OF_RANGE)
    checks.refuse_if(asset.withdrawn + row.amount > LIFETIME_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    checks.refuse_if(row.amount > free, Refusal.INSUFFICIENT_FREE, needed=row.amount, available=free)
    asset.withdrawn += row.amount
    state.free[row.account, row.asset] = free - row.amount
    return [owners_event(state, Event.WITHDRAWN, row, free - row.amount)]


def owners_event(state: State, kind: Event, row: Row, free: int) -> EventRow:
    """DEPOSITED or WITHDRAWN."""
    return EventRow(state.sequence, kind, 0, *MOVES[kind], row.asset, 0, row.account, 0, row.amount, free)


def compartment_event(
    state: State, kind: Event, number: int, amount: int, first: int = 0, second: int = 0, third: int = 0
) -> EventRow:
    """An event whose subject is a compartment."""
    places = places_of(state.compartments[number], kind)
    return row_event(state, kind, number, places, amount, first, second, third)


def funding_settled(state: State, number: int) -> list[EventRow]:
    """Settle the funding of a compartment: rule POS-004. An event only where the amount is not zero.

    The pocket of a position pays its interest before: rule CRS-004.
    """
    held = state.compartments[number]
    instrument = state.instruments[held.instrument]
    due = owed(instrument, held)
    purse = purse_of(state, number)
    events = interest_paid(state, purse) if purse != number else []
    state.compartments[purse].purse -= due
    instrument.funding_clearing += due
    held.funding_index = instrument.funding_index
    if due == 0:
        return events
    places = places_of(held, Event.FUNDING_SETTLED)
    return [*events, row_event(state, Event.FUNDING_SETTLED, number, places, due, None, None, None)]


def open_compartment(state: State, row: Row, checks: Checks) -> list[EventRow]:
    if row.compartment != 0:
        return open_position(state, row, checks)
    checks.refuse_if(row.code > 2, Refusal.UNKNOWN_CODE)
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    checks.refuse_if(not 1 <= row.account <= state.accounts, Refusal.UNKNOWN_ACCOUNT)
    instrument = state.instruments[row.instrument]
    free = state.free.get((row.account, instrument.asset), 0)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(not 0 <= row.amount <= PURSE_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    checks.refuse_if(not 0 <= row.rate <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    checks.refuse_if(row.amount > free, Refusal.INSUFFICIENT_FREE, needed=row.amount, available=free)
    number = len(state.compartments) + 1
    state.free[row.account, instrument.asset] = free - row.amount
    state.compartments[number] = Compartment(
        row.account,
        row.instrument,
        row.amount,
        own_rate=row.rate,
        put_in=row.amount,
        side=(0, 1, -1)[row.code],
        asset=instrument.asset,
    )
    return [compartment_event(state, Event.COMPARTMENT_OPENED, number, row.amount, row.amount, row.rate, row.code)]


def close_compartment(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.compartment not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    held = state.compartments[row.compartment]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(held.state != CompartmentState.OPEN, Refusal.COMPARTMENT_NOT_OPEN)
    if held.kind == Kind.CROSS:
        return close_cross(state, row, checks)
    refuse_kinds(state, row.compartment, (Kind.POCKET,), checks)
    checks.refuse_if(held.size != 0, Refusal.POSITION_OPEN, available=held.size)
    cancelled = all_cancelled(state, row.compartment)
    amount = held.purse
    pay_out(state, row.compartment, amount)
    held.state = CompartmentState.CLOSED
    event = compartment_event(state, Event.COMPARTMENT_CLOSED, row.compartment, amount)
    held.cross = 0
    return [*cancelled, event]


def pay_out(state: State, number: int, amount: int) -> None:
    """From the purse to the owner's free balance."""
    held = state.compartments[number]
    held.purse -= amount
    held.taken_out += amount
    state.free[held.account, held.asset] = state.free.get((held.account, held.asset), 0) + amount


def add_margin(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.compartment not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    held = state.compartments[row.compartment]
    if held.kind != Kind.ISOLATED:
        return add_to_cross(state, row, checks)
    instrument = state.instruments[held.instrument]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    after = held.purse - owed(instrument, held) + row.amount
    checks.refuse_if(row.amount < 1 or after > PURSE_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    checks.refuse_if(held.state != CompartmentState.OPEN, Refusal.COMPARTMENT_NOT_OPEN)
    free = state.free.get((held.account, instrument.asset), 0)
    checks.refuse_if(row.amount > free, Refusal.INSUFFICIENT_FREE, needed=row.amount, available=free)
    events = funding_settled(state, row.compartment)
    held.purse += row.amount
    held.put_in += row.amount
    state.free[held.account, instrument.asset] = free - row.amount
    return [*events, compartment_event(state, Event.MARGIN_ADDED, row.compartment, row.amount, held.purse)]


def remove_margin(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.compartment not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    held = state.compartments[row.compartment]
    if held.kind != Kind.ISOLATED:
        return remove_from_cross(state, row, checks)
    instrument = state.instruments[held.instrument]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(not 1 <= row.amount <= AMOUNT_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    checks.refuse_if(held.state != CompartmentState.OPEN, Refusal.COMPARTMENT_NOT_OPEN)
    purse = held.purse - owed(instrument, held)
    every = rules_of(state, held.instrument)
    ordering = [with_orders_under(state, held, rules) for rules in every]
    limits = [removable(r.instrument, r.tiers, o, purse) for r, o in zip(every, ordering, strict=True)]
    most = min(limits)
    for rules, ordered in zip(every, ordering, strict=True):
        where = (rules.instrument, rules.instrument.mark, held.size, held.cost, purse)
        checks.refuse_if(
            not stays(rules.instrument, rules.tiers, ordered, purse - row.amount),
            Refusal.INSUFFICIENT_MARGIN,
            needed=staying(rules.instrument, rules.tiers, ordered) + row.amount,
            available=opening_equity(*where) if held.size else purse,
            limit=most,
        )
    checks.refuse_if(purse < row.amount, Refusal.INSUFFICIENT_PURSE, needed=row.amount, available=purse, limit=most)
    refuse_letting_out(state.instruments[held.instrument], held, row.time, checks)
    events = funding_settled(state, row.compartment)
    pay_out(state, row.compartment, row.amount)
    return [*events, compartment_event(state, Event.MARGIN_REMOVED, row.compartment, row.amount, held.purse)]


def with_orders_under(state: State, held: Compartment, rules: Rules) -> Compartment:
    """A compartment with the order margin that these rules ask of it."""
    there = under(state, held.instrument, rules)
    return replace(held, order_margin=order_margin(there, held, held.orders, held.size, held.cost))


def removable(instrument: Instrument, tiers: TierTable, held: Compartment, purse: int) -> int:
    """The largest part of the purse that can leave: rules MRG-003 and MRG-004, found by halving."""
    low, high = 0, max(0, purse)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if stays(instrument, tiers, held, purse - middle) else (low, middle - 1)
    return low


def set_leverage(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.compartment not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    held = state.compartments[row.compartment]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    refuse_kinds(state, row.compartment, (Kind.CROSS, Kind.POCKET), checks)
    checks.refuse_if(not 0 <= row.rate <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    checks.refuse_if(held.state != CompartmentState.OPEN, Refusal.COMPARTMENT_NOT_OPEN)
    if held.kind != Kind.ISOLATED:
        return set_position_leverage(state, row, checks)
    changed = replace(held, own_rate=row.rate)
    ordered = order_margin(state, changed, held.orders, held.size, held.cost)
    for rules in rules_of(state, held.instrument) if row.rate > held.own_rate else []:
        there = under(state, held.instrument, rules)
        before = standing(there, held)[1] + order_margin(there, held, held.orders, held.size, held.cost)
        worth, after = standing(there, changed)
        after += order_margin(there, changed, held.orders, held.size, held.cost)
        checks.refuse_if(
            after > before and worth < after,
            Refusal.INSUFFICIENT_MARGIN,
            needed=after,
            available=worth,
            limit=before,
        )
    if row.rate < held.own_rate:
        refuse_letting_out(state.instruments[held.instrument], held, row.time, checks)
    old, held.own_rate, held.order_margin = held.own_rate, row.rate, ordered
    event = compartment_event(state, Event.LEVERAGE_SET, row.compartment, 0, old, row.rate, ordered)
    return [event]
