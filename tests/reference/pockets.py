"""Booking on pockets: what opens one, what it pays first, and the events about rows of a cross compartment."""

from __future__ import annotations

from enum import IntEnum

from reference.crossing import interest_owed, pocket_of, pockets_of
from reference.rows import MOVES, EventRow
from reference.state import Compartment, State
from stoplog.codes import Event, Kind, Place

ASSETS_MAX, POSITIONS_MAX = 16, 256

NOWHERE = (Place.OUTSIDE_WORLD, Place.OUTSIDE_WORLD)


def places_of(held: Compartment, kind: IntEnum) -> tuple[IntEnum, ...]:
    """From where to where; a position and a pocket hold their money in a pocket."""
    pocketed = held.kind in (Kind.POSITION, Kind.POCKET)
    return tuple(Place.POCKET if pocketed and place == Place.COMPARTMENT else place for place in MOVES[kind])


def row_event(
    state: State, kind: IntEnum, number: int, places: tuple[IntEnum, ...], amount: int, *figures: int | None
) -> EventRow:
    """An event whose subject is a row of the compartments table; figures that are left out are 0."""
    held = state.compartments[number]
    subject = (held.asset, held.instrument, held.account, number)
    first, second, third = (*figures, 0, 0, 0)[:3]
    return EventRow(state.sequence, kind, 0, *places, *subject, amount, first, second, third)


def purse_of(state: State, number: int) -> int:
    """The row that holds the money of a compartment: itself, or the pocket of a position."""
    held = state.compartments[number]
    return pocket_of(state, held.cross, held.asset) if held.kind == Kind.POSITION else number


def interest_paid(state: State, number: int) -> list[EventRow]:
    """A pocket pays what it owes: rule CRS-004."""
    pocket = state.compartments[number]
    asset = state.assets[pocket.asset]
    due = interest_owed(state, pocket)
    pocket.purse -= due
    asset.fees += due
    pocket.funding_index = asset.interest_index
    places = MOVES[Event.INTEREST_PAID]
    return [row_event(state, Event.INTEREST_PAID, number, places, due, pocket.purse)] if due else []


def pocket_opened(state: State, cross: int, asset: int) -> tuple[int, list[EventRow]]:
    """The number of the pocket of an asset, and the event if it had to be made."""
    number = pocket_of(state, cross, asset)
    if number:
        return number, []
    number = len(state.compartments) + 1
    account = state.compartments[cross].account
    index = state.assets[asset].interest_index
    state.compartments[number] = Compartment(
        account, 0, 0, 0, 0, kind=Kind.POCKET, asset=asset, cross=cross, funding_index=index
    )
    return number, [row_event(state, Event.POCKET_OPENED, number, NOWHERE, 0, cross)]


def assets_beyond(state: State, cross: int, asset: int) -> dict[str, int] | None:
    """The figures of CROSS_LIMIT where a pocket more than allowed would be needed."""
    count = len(pockets_of(state, cross))
    if pocket_of(state, cross, asset) or count < ASSETS_MAX:
        return None
    return {"needed": count + 1, "available": count, "limit": ASSETS_MAX, "compartment": cross}
