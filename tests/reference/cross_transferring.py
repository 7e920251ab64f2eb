"""Opening and closing cross compartments and their positions, and margin into and out of them."""

from __future__ import annotations

from dataclasses import replace

from reference.coming import coming_rules, in_grace, rules_of, under
from reference.crossing import (
    by_scenarios,
    marks_that_count,
    pocket_of,
    pockets_by_asset,
    pockets_of,
    positions_of,
    purse_after_interest,
    room,
)
from reference.guarding import WITHDRAW, refuse_letting_out, refuse_use
from reference.order_margins import order_margin
from reference.ordering import refuse_kinds
from reference.pockets import (
    NOWHERE,
    POSITIONS_MAX,
    assets_beyond,
    interest_paid,
    places_of,
    pocket_opened,
    row_event,
)
from reference.portfolio import is_whole
from reference.rows import Checks, EventRow, Row
from reference.state import Compartment, State
from stoplog.codes import CompartmentState, Event, Gains, InstrumentState, Kind, Model, Refusal
from stoplog.units import AMOUNT_MAX, PURSE_MAX, RATE_ONE


def open_cross(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.code > max(Gains), Refusal.UNKNOWN_CODE)
    checks.refuse_if(not 1 <= row.account <= state.accounts, Refusal.UNKNOWN_ACCOUNT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    figures = {"needed": 0, "available": row.rate, "limit": int(max(Model)), "compartment": 0}
    checks.refuse_if(not 0 <= row.rate <= max(Model), Refusal.RATE_OUT_OF_RANGE, **figures)
    number = len(state.compartments) + 1
    opened = Compartment(row.account, 0, 0, 0, 0, kind=Kind.CROSS, gains=row.code, model=row.rate)
    state.compartments[number] = opened
    return [row_event(state, Event.CROSS_OPENED, number, NOWHERE, 0, row.code, row.rate)]


def refuse_other_kind(state: State, number: int, kind: Kind, checks: Checks) -> None:
    """Refuse a compartment that is of another kind."""
    found = state.compartments[number].kind
    figures = {"needed": int(kind), "available": int(found), "limit": 0, "compartment": number}
    checks.refuse_if(found != kind, Refusal.WRONG_KIND, **figures)


def refuse_no_price(state: State, asset: int, checks: Checks) -> None:
    """Refuse an asset that has no price yet."""
    figures = {"needed": 0, "available": asset, "limit": 0}
    checks.refuse_if(state.assets[asset].price == 0, Refusal.NO_PRICE, **figures)


def refuse_no_array(lacks: bool, instrument: int, checks: Checks) -> None:
    """Refuse an instrument whose array is not whole."""
    figures = {"needed": 0, "available": instrument, "limit": 0, "compartment": 0}
    checks.refuse_if(lacks, Refusal.NO_ARRAY, **figures)


def refuse_unknown_risk(state: State, cross: int, instrument: int, checks: Checks) -> None:
    """Refuse an instrument without a whole array in a cross compartment by scenarios: rule PRT-005."""
    refuse_no_array(by_scenarios(state, cross) and not is_whole(state, instrument), instrument, checks)


def refuse_other_owner(state: State, cross: int, account: int, checks: Checks) -> None:
    """Refuse a cross compartment of somebody else."""
    owner = state.compartments[cross].account
    figures = {"needed": account, "available": owner, "limit": 0, "compartment": cross}
    checks.refuse_if(owner != account, Refusal.WRONG_OWNER, **figures)


def refuse_beyond_counts(state: State, cross: int, asset: int, positions: int, checks: Checks) -> None:
    """Refuse more positions or pockets than a cross compartment may have, with so many positions more."""
    count = len(positions_of(state, cross))
    figures = {"needed": count + 1, "available": count, "limit": POSITIONS_MAX, "compartment": cross}
    checks.refuse_if(count + positions > POSITIONS_MAX, Refusal.CROSS_LIMIT, **figures)
    beyond = assets_beyond(state, cross, asset)
    checks.refuse_if(beyond is not None, Refusal.CROSS_LIMIT, **(beyond or {}))


def open_position(state: State, row: Row, checks: Checks) -> list[EventRow]:
    """OPEN_COMPARTMENT that names a cross compartment."""
    checks.refuse_if(row.code > 2, Refusal.UNKNOWN_CODE)
    checks.refuse_if(row.instrument not in state.instruments, Refusal.UNKNOWN_INSTRUMENT)
    checks.refuse_if(not 1 <= row.account <= state.accounts, Refusal.UNKNOWN_ACCOUNT)
    checks.refuse_if(row.compartment not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    instrument = state.instruments[row.instrument]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(row.amount != 0, Refusal.AMOUNT_OUT_OF_RANGE, limit=0)
    checks.refuse_if(not 0 <= row.rate <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    checks.refuse_if(instrument.state == InstrumentState.EXPIRED, Refusal.INSTRUMENT_EXPIRED)
    closed = state.compartments[row.compartment].state != CompartmentState.OPEN
    checks.refuse_if(closed, Refusal.COMPARTMENT_NOT_OPEN, compartment=row.compartment)
    refuse_other_kind(state, row.compartment, Kind.CROSS, checks)
    refuse_other_owner(state, row.compartment, row.account, checks)
    refuse_no_price(state, instrument.asset, checks)
    refuse_unknown_risk(state, row.compartment, row.instrument, checks)
    refuse_beyond_counts(state, row.compartment, instrument.asset, 1, checks)
    _, events = pocket_opened(state, row.compartment, instrument.asset)
    number = len(state.compartments) + 1
    state.compartments[number] = Compartment(
        row.account,
        row.instrument,
        0,
        own_rate=row.rate,
        put_in=0,
        side=(0, 1, -1)[row.code],
        kind=Kind.POSITION,
        asset=instrument.asset,
        cross=row.compartment,
    )
    places = places_of(state.compartments[number], Event.COMPARTMENT_OPENED)
    return [*events, row_event(state, Event.COMPARTMENT_OPENED, number, places, 0, 0, row.rate, row.code)]


def close_cross(state: State, row: Row, checks: Checks) -> list[EventRow]:
    """CLOSE_COMPARTMENT of a cross compartment; it is open and the time is right."""
    cross = row.compartment
    positions, pockets = positions_of(state, cross), pockets_of(state, cross)
    checks.refuse_if(bool(positions), Refusal.POSITION_OPEN, available=len(positions), compartment=cross)
    for number in pockets_by_asset(state, cross):
        purse = purse_after_interest(state, number)
        figures = {"needed": 0, "available": purse, "limit": 0, "compartment": number}
        checks.refuse_if(purse < 0, Refusal.INSUFFICIENT_MARGIN, **figures)
    events = []
    for number, pocket in pockets.items():
        amount = pocket.purse
        to_owner(state, number, amount)
        places = places_of(pocket, Event.COMPARTMENT_CLOSED)
        events.append(row_event(state, Event.COMPARTMENT_CLOSED, number, places, amount))
        pocket.state, pocket.cross = CompartmentState.CLOSED, 0
    state.compartments[cross].state = CompartmentState.CLOSED
    return [*events, row_event(state, Event.COMPARTMENT_CLOSED, cross, NOWHERE, 0)]


def to_owner(state: State, number: int, amount: int) -> None:
    """From a pocket to the owner's free balance."""
    pocket = state.compartments[number]
    pocket.purse -= amount
    pocket.taken_out += amount
    place = pocket.account, pocket.asset
    state.free[place] = state.free.get(place, 0) + amount


def refuse_no_cross(state: State, row: Row, checks: Checks) -> None:
    """What ADD_MARGIN and REMOVE_MARGIN ask first of a compartment that is not isolated."""
    checks.in_the_order_of_the_row()
    cross = state.compartments[row.compartment].kind == Kind.CROSS
    checks.refuse_if(cross and row.asset not in state.assets, Refusal.UNKNOWN_ASSET)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    refuse_kinds(state, row.compartment, (Kind.POSITION, Kind.POCKET), checks)
    closed = state.compartments[row.compartment].state != CompartmentState.OPEN
    checks.refuse_if(closed, Refusal.COMPARTMENT_NOT_OPEN, compartment=row.compartment)


def add_to_cross(state: State, row: Row, checks: Checks) -> list[EventRow]:
    """ADD_MARGIN to a compartment that is not isolated."""
    refuse_no_cross(state, row, checks)
    cross = row.compartment
    refuse_no_price(state, row.asset, checks)
    most = PURSE_MAX - purse_after_interest(state, pocket_of(state, cross, row.asset))
    checks.refuse_if(not 1 <= row.amount <= most, Refusal.AMOUNT_OUT_OF_RANGE)
    refuse_beyond_cap(state, row.asset, row.amount, checks)
    place = state.compartments[cross].account, row.asset
    free = state.free.get(place, 0)
    checks.refuse_if(row.amount > free, Refusal.INSUFFICIENT_FREE, needed=row.amount, available=free)
    refuse_beyond_counts(state, cross, row.asset, 0, checks)
    number, events = pocket_opened(state, cross, row.asset)
    events += interest_paid(state, number)
    pocket = state.compartments[number]
    pocket.purse += row.amount
    pocket.put_in += row.amount
    state.free[place] = free - row.amount
    places = places_of(pocket, Event.MARGIN_ADDED)
    return [*events, row_event(state, Event.MARGIN_ADDED, number, places, row.amount, pocket.purse)]


def refuse_beyond_cap(state: State, number: int, amount: int, checks: Checks) -> None:
    """Refuse more of an asset than all cross compartments together may hold."""
    asset, pledged = state.assets[number], state.pledged(number)
    figures = {"needed": amount, "available": max(0, asset.deposit_cap - pledged), "limit": asset.deposit_cap}
    checks.refuse_if(amount > asset.deposit_cap - pledged, Refusal.BEYOND_CAP, **figures)


def remove_from_cross(state: State, row: Row, checks: Checks) -> list[EventRow]:
    """REMOVE_MARGIN from a compartment that is not isolated."""
    refuse_no_cross(state, row, checks)
    cross = row.compartment
    checks.refuse_if(not 1 <= row.amount <= AMOUNT_MAX, Refusal.AMOUNT_OUT_OF_RANGE)
    number = pocket_of(state, cross, row.asset)
    purse = purse_after_interest(state, number)
    figures = {"needed": row.amount, "available": max(0, purse), "limit": 0, "compartment": number or cross}
    checks.refuse_if(purse < row.amount, Refusal.INSUFFICIENT_MARGIN, **figures)
    pocket = state.compartments[number]
    there = state.with_rows({number: replace(pocket, purse=pocket.purse - row.amount)})
    refuse_closed_room_now_or_to_come(there, cross, checks)
    refuse_letting_out_of_cross(there, cross, row.time, checks)
    events = interest_paid(state, number)
    to_owner(state, number, row.amount)
    places = places_of(pocket, Event.MARGIN_REMOVED)
    return [*events, row_event(state, Event.MARGIN_REMOVED, number, places, row.amount, pocket.purse)]


def refuse_closed_room(there: State, cross: int, checks: Checks) -> None:
    """Refuse what would leave x without what it needs to open; `there` is the state as it would be."""
    left = room(there, cross)
    figures = {"needed": left.needed, "available": left.available, "limit": 0, "compartment": cross}
    checks.refuse_if(not left.opens, Refusal.INSUFFICIENT_MARGIN, **figures)


def refuse_closed_room_now_or_to_come(there: State, cross: int, checks: Checks) -> None:
    """Likewise, and then under the coming rules of every instrument in its grace, all at once: rule CHG-004."""
    refuse_closed_room(there, cross, checks)
    for number in {held.instrument for held in positions_of(there, cross).values()}:
        if in_grace(there, number):
            there = under(there, number, coming_rules(there, number))
    refuse_closed_room(there, cross, checks)


def refuse_letting_out_of_cross(state: State, cross: int, time: int, checks: Checks) -> None:
    """Refuse by the first position whose marks are not to be used so: rule GRD-009."""
    for number in marks_that_count(state, cross):
        refuse_use(state.instruments[number], WITHDRAW, time, checks, cross)


def set_position_leverage(state: State, row: Row, checks: Checks) -> list[EventRow]:
    """SET_LEVERAGE of a position; it is open, time and rate are right."""
    held = state.compartments[row.compartment]
    changed = replace(held, own_rate=row.rate)
    changed.order_margin = order_margin(state, changed, held.orders, held.size, held.cost)
    if (held.size or held.orders) and row.rate > held.own_rate:
        for rules in rules_of(state, held.instrument):
            there = under(state, held.instrument, rules)
            ordered = order_margin(there, changed, held.orders, held.size, held.cost)
            there = there.with_rows({row.compartment: replace(changed, order_margin=ordered)})
            refuse_closed_room(there, held.cross, checks)
    if row.rate < held.own_rate:
        refuse_letting_out(state.instruments[held.instrument], held, row.time, checks)
    state.compartments[row.compartment] = changed
    figures = (held.own_rate, row.rate, changed.order_margin)
    return [row_event(state, Event.LEVERAGE_SET, row.compartment, NOWHERE, 0, *figures)]
