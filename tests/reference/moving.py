"""MOVE_COMPARTMENT: an isolated compartment into a cross compartment, and a position out of one: rule CRS-006."""

from __future__ import annotations

from dataclasses import replace

from reference.cross_transferring import (
    refuse_beyond_cap,
    refuse_beyond_counts,
    refuse_closed_room_now_or_to_come,
    refuse_letting_out_of_cross,
    refuse_no_price,
    refuse_other_kind,
    refuse_other_owner,
    refuse_unknown_risk,
)
from reference.crossing import gross_value, pocket_of, purse_after_interest
from reference.formulas import breached, initial, opening_equity, owed
from reference.pockets import interest_paid, pocket_opened, row_event
from reference.rows import Checks, EventRow, Row
from reference.state import Compartment, State, TopUp
from reference.transferring import funding_settled
from stoplog.codes import CompartmentState, Event, Kind, Place, Refusal
from stoplog.units import POSITION_VALUE_MAX, PURSE_MAX


def move_compartment(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.in_the_order_of_the_row()
    named = [row.compartment] + [row.other] * (row.other != 0)
    for number in named:
        checks.refuse_if(number not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    for number in named:
        closed = state.compartments[number].state != CompartmentState.OPEN
        checks.refuse_if(closed, Refusal.COMPARTMENT_NOT_OPEN, compartment=number)
    return move_in(state, row, checks) if row.other else move_out(state, row, checks)


def move_in(state: State, row: Row, checks: Checks) -> list[EventRow]:
    """Into the cross compartment `other`, with all that is in it."""
    cross, number = row.other, row.compartment
    held = state.compartments[number]
    refuse_other_kind(state, number, Kind.ISOLATED, checks)
    refuse_other_kind(state, cross, Kind.CROSS, checks)
    checks.refuse_if(row.amount != 0, Refusal.AMOUNT_OUT_OF_RANGE, limit=0)
    refuse_other_owner(state, cross, held.account, checks)
    refuse_no_price(state, held.asset, checks)
    refuse_unknown_risk(state, cross, held.instrument, checks)
    refuse_beyond_counts(state, cross, held.asset, 1, checks)
    moved = held.purse - owed(state.instruments[held.instrument], held)
    there = state.with_rows({})
    pocket = pocket_of(there, cross, held.asset) or pocket_opened(there, cross, held.asset)[0]
    purse, index = purse_after_interest(there, pocket) + moved, state.assets[held.asset].interest_index
    there = there.with_rows(
        {
            number: inside(state, held, cross),
            pocket: replace(there.compartments[pocket], purse=purse, funding_index=index),
        }
    )
    refuse_beyond_gross(state, there, cross, checks)
    beyond = {"needed": purse, "available": 0, "limit": PURSE_MAX, "compartment": cross}
    checks.refuse_if(abs(purse) > PURSE_MAX, Refusal.BALANCE_OUT_OF_RANGE, **beyond)
    if moved > 0:
        refuse_beyond_cap(state, held.asset, moved, checks)
    refuse_closed_room_now_or_to_come(there, cross, checks)
    refuse_letting_out_of_cross(there, cross, row.time, checks)
    events = funding_settled(state, number)
    pocket, opened = pocket_opened(state, cross, held.asset)
    events += opened + interest_paid(state, pocket)
    takes = state.compartments[pocket]
    takes.purse += moved
    takes.put_in += max(0, moved)
    takes.taken_out += max(0, -moved)
    state.compartments[number] = inside(state, held, cross)
    if number in state.top_ups:
        state.top_ups[number] = TopUp()
    places = (Place.COMPARTMENT, Place.POCKET)
    return [*events, row_event(state, Event.MOVED, number, places, moved, cross, pocket, takes.purse)]


def inside(state: State, held: Compartment, cross: int) -> Compartment:
    """An isolated compartment as a position, its funding settled."""
    index = state.instruments[held.instrument].funding_index
    kept = {"purse": 0, "put_in": 0, "taken_out": 0, "funding_index": index}
    return replace(held, kind=Kind.POSITION, cross=cross, **kept)


def refuse_beyond_gross(state: State, there: State, cross: int, checks: Checks) -> None:
    """Refuse a cross compartment whose positions could be worth more than the budget."""
    after = gross_value(there, cross)
    figures = {"needed": after, "available": gross_value(state, cross), "limit": POSITION_VALUE_MAX}
    checks.refuse_if(after > POSITION_VALUE_MAX, Refusal.CROSS_LIMIT, **figures, compartment=cross)


def move_out(state: State, row: Row, checks: Checks) -> list[EventRow]:
    """To stand by itself, with an amount from its pocket."""
    number = row.compartment
    refuse_other_kind(state, number, Kind.POSITION, checks)
    checks.refuse_if(not 0 <= row.amount <= PURSE_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    held = state.compartments[number]
    pocket = pocket_of(state, held.cross, held.asset)
    due = owed(state.instruments[held.instrument], held)
    purse = purse_after_interest(state, pocket) - due
    figures = {"needed": row.amount, "available": max(0, purse), "limit": 0, "compartment": pocket}
    checks.refuse_if(purse < row.amount, Refusal.INSUFFICIENT_MARGIN, **figures)
    refuse_too_little_alone(state, row, checks)
    index = state.assets[held.asset].interest_index
    left = replace(state.compartments[pocket], purse=purse - row.amount, funding_index=index)
    there = state.with_rows({number: outside(state, held, row.amount), pocket: left})
    refuse_closed_room_now_or_to_come(there, held.cross, checks)
    refuse_letting_out_of_cross(state, held.cross, row.time, checks)
    events = funding_settled(state, number)
    gives = state.compartments[pocket]
    gives.purse -= row.amount
    gives.taken_out += row.amount
    state.compartments[number] = outside(state, held, row.amount)
    places = (Place.POCKET, Place.COMPARTMENT)
    return [*events, row_event(state, Event.MOVED, number, places, row.amount, 0, pocket, gives.purse)]


def outside(state: State, held: Compartment, amount: int) -> Compartment:
    """A position as an isolated compartment with this purse, its funding settled."""
    index = state.instruments[held.instrument].funding_index
    kept = {"purse": amount, "put_in": amount, "taken_out": 0, "funding_index": index}
    return replace(held, kind=Kind.ISOLATED, cross=0, **kept)


def refuse_too_little_alone(state: State, row: Row, checks: Checks) -> None:
    """Refuse an amount with which the position could not be opened by itself: as rule ISO-004 for enlarging."""
    held = state.compartments[row.compartment]
    if held.size == 0 and held.order_margin == 0:
        return
    instrument = state.instruments[held.instrument]
    tiers = state.tier_tables[instrument.tier_table]
    available, needed, falls = row.amount, held.order_margin, False
    if held.size:
        at = (instrument.mark, held.size, held.cost)
        available = opening_equity(instrument, *at, row.amount)
        needed += initial(instrument, tiers, *at, held.own_rate)
        falls = breached(instrument, tiers, *at, row.amount)
    figures = {"needed": needed, "available": available, "limit": 0, "compartment": row.compartment}
    checks.refuse_if(available < needed or falls, Refusal.INSUFFICIENT_MARGIN, **figures)
