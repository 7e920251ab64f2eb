"""FILL: two one-sided legs against the instrument's settlement account, applied together or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from reference.coming import Rules, coming_rules, in_grace, refuse_what_comes_to_be_breached, rules_of, under
from reference.crossing import gross_value, health, purse_after_interest, room
from reference.formulas import breached, fill_value, initial, maintenance_shown, opening_equity, owed, trade
from reference.guarding import OPEN, REDUCE, refuse_age, refuse_doubt
from reference.order_margins import order_margin
from reference.ordering import after_fill, matched, refuse_kinds, refuse_mismatch, refuse_strange_order
from reference.pockets import places_of, purse_of, row_event
from reference.rows import Checks, EventRow, Row
from reference.state import Instrument, State
from reference.transferring import funding_settled
from stoplog.codes import CompartmentState, Event, InstrumentState, Kind, Place, Refusal
from stoplog.units import AMOUNT_MAX, POSITION_VALUE_MAX, PURSE_MAX, RATE_ONE


@dataclass
class Leg:
    """What a fill would make of one side; compartment 0 is the outside market."""

    compartment: int
    before: int
    size: int
    cost: int
    realised: int
    fee: int
    purse: int
    lots: int
    order: int


def fill(state: State, row: Row, checks: Checks) -> list[EventRow]:
    numbers = [row.compartment] + [row.other] * (row.other != 0)
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    for number in numbers:
        checks.refuse_if(number not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    refuse_strange_order(state, row.account, row.compartment, checks)
    refuse_strange_order(state, row.asset, row.other, checks)
    instrument = state.instruments[row.instrument]
    held = [state.compartments[number] for number in numbers]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(not instrument.price_min <= row.price <= instrument.price_max, Refusal.PRICE_OUT_OF_RANGE)
    checks.refuse_if(not 1 <= abs(row.size) <= instrument.position_limit, Refusal.SIZE_OUT_OF_RANGE)
    for rate in (row.rate, row.amount):
        checks.refuse_if(not 0 <= rate <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    checks.refuse_if(instrument.mark == 0, Refusal.NO_MARK)
    for compartment in held:
        checks.refuse_if(compartment.state != CompartmentState.OPEN, Refusal.COMPARTMENT_NOT_OPEN)
    for number in numbers:
        refuse_kinds(state, number, (Kind.CROSS, Kind.POCKET), checks)
    for compartment in held:
        checks.refuse_if(compartment.instrument != row.instrument, Refusal.WRONG_INSTRUMENT)
    in_one = len(held) == 2 and held[0].cross == held[1].cross != 0
    checks.refuse_if(row.compartment == row.other or in_one, Refusal.SAME_COMPARTMENT)
    refuse_mismatch(state, row.account, row.compartment, row.size, row.price, checks)
    refuse_mismatch(state, row.asset, row.other, -row.size, row.price, checks)
    legs = [
        leg(state, row, row.compartment, row.size, row.rate, row.account),
        leg(state, row, row.other, -row.size, row.amount, row.asset),
    ]
    refuse_for_lack_of_room(state, row, legs, checks)
    for rules in rules_of(state, row.instrument):
        for one in legs:
            if rules.limit == 0 or enlarges(one):
                refuse_for_lack_of_margin(state, rules, one, checks)
    refuse_legs(instrument, row, legs, checks)
    events = [event for one in legs for event in book(state, row, one)]
    return events + funding_dust(state, row.instrument)


def leg(state: State, row: Row, number: int, lots: int, rate: int, order: int) -> Leg:
    """One side of the fill, not yet applied."""
    instrument = state.instruments[row.instrument]
    if number == 0:
        before, cost = instrument.outside_size, instrument.outside_cost
        purse = state.assets[instrument.asset].outside_market
        fee = 0
    else:
        held = state.compartments[number]
        before, cost = held.size, held.cost
        holds = purse_after_interest(state, purse_of(state, number)) if held.kind == Kind.POSITION else held.purse
        purse = holds - owed(instrument, held)
        fee = ceil(Fraction(abs(fill_value(instrument, row.price, lots)) * rate, RATE_ONE))
    size, cost, realised = trade(instrument, before, cost, lots, row.price)
    return Leg(number, before, size, cost, realised, fee, purse + realised - fee, lots, order)


def refuse_for_lack_of_room(state: State, row: Row, legs: list[Leg], checks: Checks) -> None:
    """Position limit, open interest limit, and balances that would leave their range."""
    instrument = state.instruments[row.instrument]
    asset = state.assets[instrument.asset]
    for one in legs:
        side = state.compartments[one.compartment].side if one.compartment else 0
        checks.refuse_if(one.size * side < 0, Refusal.WRONG_SIDE, available=one.size, compartment=one.compartment)
    for one in legs:
        grows = one.compartment != 0 and enlarges(one)
        figures = {"needed": one.size, "available": one.before, "limit": 0, "compartment": one.compartment}
        checks.refuse_if(grows and instrument.reduce_only == 1, Refusal.REDUCE_ONLY, **figures)
        if grows and in_grace(state, row.instrument):
            coming = coming_rules(state, row.instrument)
            refuse_what_comes_to_be_breached(state, coming, one.compartment, checks)
    for one in legs:
        limited = one.compartment != 0 and abs(one.size) > instrument.position_limit
        checks.refuse_if(limited and abs(one.size) > abs(one.before), Refusal.POSITION_LIMIT)
    for one in legs:
        refuse_beyond_gross_value(state, one, checks)
    before = state.open_interest(row.instrument)
    after = before + sum(max(0, one.size) - max(0, one.before) for one in legs)
    checks.refuse_if(after > max(instrument.open_interest_limit, before), Refusal.OPEN_INTEREST_LIMIT)
    for one in legs:
        if one.compartment != 0:
            checks.refuse_if(abs(one.purse) > PURSE_MAX, Refusal.BALANCE_OUT_OF_RANGE)
        else:
            checks.refuse_if(abs(one.purse) > AMOUNT_MAX, Refusal.BALANCE_OUT_OF_RANGE)
    checks.refuse_if(asset.fees + sum(one.fee for one in legs) > AMOUNT_MAX, Refusal.BALANCE_OUT_OF_RANGE)
    lost = min(asset.outside_market, asset.socialised_loss)
    enlarged = any(one.compartment != 0 and enlarges(one) for one in legs)
    checks.refuse_if(enlarged and lost < -AMOUNT_MAX, Refusal.BALANCE_OUT_OF_RANGE)


def refuse_legs(instrument: Instrument, row: Row, legs: list[Leg], checks: Checks) -> None:
    """Rules GRD-004, GRD-005 and GRD-007."""
    uses = [(OPEN if enlarges(one) else REDUCE, one.compartment) for one in legs if one.compartment]
    for use, number in uses:
        refuse_doubt(instrument, use, instrument.doubt, checks, number)
    for use, number in uses:
        refuse_age(instrument, use, row.time, checks, number)


def reduces(one: Leg) -> bool:
    """Whether the position gets smaller without turning."""
    return one.size * one.before >= 0 and abs(one.size) < abs(one.before)


def enlarges(one: Leg) -> bool:
    """Whether the position grows or turns."""
    return one.size != 0 and not reduces(one)


def refuse_for_lack_of_margin(state: State, rules: Rules, one: Leg, checks: Checks) -> None:
    """Rules ISO-004 and ORM-006."""
    if one.compartment == 0:
        return
    if state.compartments[one.compartment].kind == Kind.POSITION:
        refuse_leg_of_cross(state, rules, one, checks)
        return
    instrument, tiers, limit = rules
    mark = instrument.mark
    if one.size == 0:
        lacks, needed, available = one.purse < 0, 0, one.purse
    else:
        available = opening_equity(instrument, mark, one.size, one.cost, one.purse)
        if reduces(one):
            lacks = breached(instrument, tiers, mark, one.size, one.cost, one.purse)
            needed = maintenance_shown(instrument, tiers, mark, one.size, one.cost)
        else:
            held = state.compartments[one.compartment]
            needed = initial(instrument, tiers, mark, one.size, one.cost, held.own_rate)
            orders = after_fill(held, one.order, one.lots)
            needed += order_margin(under(state, held.instrument, rules), held, orders, one.size, one.cost)
            lacks = available < needed or breached(instrument, tiers, mark, one.size, one.cost, one.purse)
    checks.refuse_if(
        lacks,
        Refusal.INSUFFICIENT_MARGIN,
        needed=needed,
        available=available,
        limit=limit,
        compartment=one.compartment,
    )


def with_leg(state: State, one: Leg) -> State:
    """The state as a leg of a position alone would leave it, but for the settlement account."""
    held = state.compartments[one.compartment]
    orders = after_fill(held, one.order, one.lots)
    index = state.instruments[held.instrument].funding_index
    changed = replace(held, size=one.size, cost=one.cost, funding_index=index, orders=orders)
    changed.order_margin = order_margin(state, held, orders, one.size, one.cost)
    number = purse_of(state, one.compartment)
    index = state.assets[held.asset].interest_index
    pocket = replace(state.compartments[number], purse=one.purse, funding_index=index)
    return state.with_rows({one.compartment: changed, number: pocket})


def refuse_beyond_gross_value(state: State, one: Leg, checks: Checks) -> None:
    """Positions of one cross compartment that could be worth more than the budget."""
    if one.compartment == 0 or state.compartments[one.compartment].kind != Kind.POSITION or not enlarges(one):
        return
    cross = state.compartments[one.compartment].cross
    before, after = gross_value(state, cross), gross_value(with_leg(state, one), cross)
    figures = {"needed": after, "available": before, "limit": POSITION_VALUE_MAX, "compartment": one.compartment}
    checks.refuse_if(after > POSITION_VALUE_MAX, Refusal.CROSS_LIMIT, **figures)


def refuse_leg_of_cross(state: State, rules: Rules, one: Leg, checks: Checks) -> None:
    """Rule CRS-005."""
    held = state.compartments[one.compartment]
    there = with_leg(under(state, held.instrument, rules), one)
    if enlarges(one):
        available, needed = room(there, held.cross)
    else:
        available, needed = health(there, held.cross)
    figures = {"needed": needed, "available": available, "limit": rules.limit, "compartment": one.compartment}
    checks.refuse_if(available < needed, Refusal.INSUFFICIENT_MARGIN, **figures)


def book(state: State, row: Row, one: Leg) -> list[EventRow]:
    """Apply one leg."""
    if one.compartment == 0:
        return [outside_fill(state, row.instrument, -row.size, row.price)]
    instrument = state.instruments[row.instrument]
    asset = state.assets[instrument.asset]
    held = state.compartments[one.compartment]
    events = funding_settled(state, one.compartment)
    held.size, held.cost = one.size, one.cost
    state.compartments[purse_of(state, one.compartment)].purse = one.purse
    instrument.settlement -= one.realised
    asset.fees += one.fee
    figures = (one.realised, one.size, one.cost, row.price)
    events.append(row_event(state, Event.FILLED, one.compartment, places_of(held, Event.FILLED), *figures))
    if one.fee:
        fee = (one.fee, None, None, None)
        events.append(row_event(state, Event.FEE_PAID, one.compartment, places_of(held, Event.FEE_PAID), *fee))
    return events + matched(state, one.compartment, one.order, one.lots)


def outside_fill(state: State, number: int, lots: int, price: int) -> EventRow:
    """Apply a fill of the outside market."""
    instrument = state.instruments[number]
    size, cost, realised = trade(instrument, instrument.outside_size, instrument.outside_cost, lots, price)
    instrument.outside_size, instrument.outside_cost = size, cost
    instrument.settlement -= realised
    state.assets[instrument.asset].outside_market += realised
    places = (Place.SETTLEMENT, Place.OUTSIDE_MARKET)
    subject = (instrument.asset, number, 0, 0)
    return EventRow(state.sequence, Event.FILLED, 0, *places, *subject, realised, size, cost, price)


def funding_dust(state: State, number: int) -> list[EventRow]:
    """What is left in funding clearing once the last position is gone: rule CON-005."""
    instrument = state.instruments[number]
    amount = instrument.funding_clearing
    if amount == 0 or state.open_interest(number) > 0:
        return []
    instrument.funding_clearing = 0
    return [dust_collected(state, number, Place.FUNDING_CLEARING, amount)]


def dust_collected(state: State, number: int, source: Place, amount: int) -> EventRow:
    """Put what rounding left into the dust account."""
    asset = state.instruments[number].asset
    state.assets[asset].dust += amount
    subject = (asset, number, 0, 0)
    places = (source, Place.DUST)
    return EventRow(state.sequence, Event.DUST_COLLECTED, 0, *places, *subject, amount, None, None, None)
