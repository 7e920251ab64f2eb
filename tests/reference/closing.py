"""CLOSE_ALL: a whole cross compartment closed at once: rule CRS-013."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from reference.cross_liquidating import sale_of
from reference.cross_transferring import refuse_other_kind
from reference.crossing import health, marks_that_count, pocket_of, pockets_of, positions_of, purse_after_interest
from reference.formulas import fill_value, owed
from reference.guarding import REDUCE, refuse_use
from reference.ordering import all_cancelled
from reference.pockets import places_of, row_event
from reference.rows import Checks, EventRow, Row
from reference.state import Compartment, State
from reference.trading import funding_dust, outside_fill
from reference.transferring import funding_settled
from stoplog.codes import CompartmentState, Event, Kind, Refusal
from stoplog.units import AMOUNT_MAX, PURSE_MAX, RATE_ONE


@dataclass
class Closing:
    """What closing one position comes to."""

    number: int
    price: int
    realised: int
    fee: int


def close_all(state: State, row: Row, checks: Checks) -> list[EventRow]:
    cross = row.compartment
    checks.in_the_order_of_the_row()
    checks.refuse_if(cross not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    for rate in (row.rate, row.amount):
        figures = {"needed": 0, "available": rate, "limit": RATE_ONE, "compartment": cross}
        checks.refuse_if(not 0 <= rate <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE, **figures)
    closed = state.compartments[cross].state != CompartmentState.OPEN
    checks.refuse_if(closed, Refusal.COMPARTMENT_NOT_OPEN, compartment=cross)
    refuse_other_kind(state, cross, Kind.CROSS, checks)
    held = {number: held for number, held in positions_of(state, cross).items() if held.size}
    figures = {"needed": 0, "available": 0, "limit": 0, "compartment": cross}
    checks.refuse_if(not held, Refusal.NOTHING_OPEN, **figures)
    closings = [closing_of(state, number, row) for number in held]
    refuse_afterwards(state, cross, closings, checks)
    for number in marks_that_count(state, cross):
        refuse_use(state.instruments[number], REDUCE, row.time, checks, cross)
    events = [event for number in positions_of(state, cross) for event in all_cancelled(state, number)]
    return events + [event for closing in closings for event in book(state, closing)]


def closing_of(state: State, number: int, row: Row) -> Closing:
    """At which price a position is closed, and what that brings and costs."""
    held = state.compartments[number]
    instrument = state.instruments[held.instrument]
    _, price = sale_of(state, held, row.amount)
    worth = -fill_value(instrument, price, -held.size)
    fee = ceil(Fraction(abs(worth) * row.rate, RATE_ONE))
    return Closing(number, price, worth - held.cost, fee)


def refuse_afterwards(state: State, cross: int, closings: list[Closing], checks: Checks) -> None:
    """Refuse by what would be left with everything closed: balances out of their range, an equity below zero."""
    there = state.with_rows({closing.number: flat(state, closing.number) for closing in closings})
    for number, pocket in pockets_of(state, cross).items():
        here = [closing for closing in closings if state.compartments[closing.number].asset == pocket.asset]
        left = purse_after_interest(state, number) + sum(change(state, closing) for closing in here)
        figures = {"needed": left, "available": 0, "limit": PURSE_MAX, "compartment": number}
        checks.refuse_if(abs(left) > PURSE_MAX, Refusal.BALANCE_OUT_OF_RANGE, **figures)
        fees = sum(closing.fee for closing in here)
        paid = state.assets[pocket.asset].fees + fees
        figures = {"needed": paid, "available": 0, "limit": AMOUNT_MAX, "compartment": 0}
        checks.refuse_if(fees > 0 and paid > AMOUNT_MAX, Refusal.BALANCE_OUT_OF_RANGE, **figures)
        index = state.assets[pocket.asset].interest_index
        there.compartments[number] = replace(pocket, purse=left, funding_index=index)
    left = health(there, cross).equity
    figures = {"needed": 0, "available": left, "limit": 0, "compartment": cross}
    checks.refuse_if(left < 0, Refusal.INSUFFICIENT_MARGIN, **figures)


def flat(state: State, number: int) -> Compartment:
    """A position without a size, its funding settled."""
    held = state.compartments[number]
    return replace(held, size=0, cost=0, funding_index=state.instruments[held.instrument].funding_index)


def change(state: State, closing: Closing) -> int:
    """What closing a position puts into its pocket."""
    held = state.compartments[closing.number]
    return closing.realised - closing.fee - owed(state.instruments[held.instrument], held)


def book(state: State, closing: Closing) -> list[EventRow]:
    """Trade a position flat with the outside market."""
    held = state.compartments[closing.number]
    instrument, asset, size = state.instruments[held.instrument], state.assets[held.asset], held.size
    events = funding_settled(state, closing.number)
    pocket = state.compartments[pocket_of(state, held.cross, held.asset)]
    held.size = held.cost = 0
    pocket.purse += closing.realised - closing.fee
    instrument.settlement -= closing.realised
    asset.fees += closing.fee
    filled = (closing.realised, 0, 0, closing.price)
    events.append(row_event(state, Event.FILLED, closing.number, places_of(held, Event.FILLED), *filled))
    if closing.fee:
        fee = (closing.fee, None, None, None)
        events.append(row_event(state, Event.FEE_PAID, closing.number, places_of(held, Event.FEE_PAID), *fee))
    events.append(outside_fill(state, held.instrument, size, closing.price))
    return events + funding_dust(state, held.instrument)
