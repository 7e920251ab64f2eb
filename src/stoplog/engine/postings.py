"""The one place that moves money: an event takes an amount from one place, puts it into another, and is written.

So every event's postings sum to zero by form (CON-001), and nothing moves without an event.
"""

from __future__ import annotations

from typing import Any

from numba import uint64

from stoplog.codes import Event, Place
from stoplog.engine.compiling import compiled, outlined
from stoplog.engine.tables import EVENT_WORDS
from stoplog.engine.views import ASSET_ROOM, EVENT_ROWS

REFUSED = int(Event.REFUSED)
OUTSIDE_WORLD = int(Place.OUTSIDE_WORLD)
FREE = int(Place.FREE)
COMPARTMENT = int(Place.COMPARTMENT)
OUTSIDE_MARKET = int(Place.OUTSIDE_MARKET)
SETTLEMENT = int(Place.SETTLEMENT)
FUNDING_CLEARING = int(Place.FUNDING_CLEARING)
LIQUIDATION_POOL = int(Place.LIQUIDATION_POOL)
FEES = int(Place.FEES)
INSURANCE_FUND = int(Place.INSURANCE_FUND)
SOCIALISED_LOSS = int(Place.SOCIALISED_LOSS)
DUST = int(Place.DUST)
POCKET = int(Place.POCKET)

NUMBER = 0xFFFFFFFF
"""The 32 bits in which a number of a thing lies."""

MIX = (
    0x9E3779B97F4A7C15,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0xD6E8FEB86659FD93,
    0xA0761D6478BD642F,
    0xE7037ED1A0B428DB,
    0x8EBC6AF09C88C6E3,
    0x589965CC75374CC3,
)
"""Odd constants, one for each word of an event, in the running mix that the counts carry."""


@compiled
def _shift(t: Any, place: int, asset: int, instrument: int, account: int, compartment: int, amount: int) -> None:
    if place == COMPARTMENT:
        t.compartments[compartment].purse += amount
    elif place == SETTLEMENT:
        t.instruments[instrument].settlement += amount
    elif place == OUTSIDE_MARKET:
        t.funds[asset].outside_market += amount
    elif place == FREE:
        t.free[account * t.control[ASSET_ROOM] + asset] += amount
    elif place == FEES:
        t.funds[asset].fees += amount
    elif place == FUNDING_CLEARING:
        t.instruments[instrument].funding_clearing += amount
    elif place == LIQUIDATION_POOL:
        t.funds[asset].liquidation_pool += amount
    elif place == INSURANCE_FUND:
        t.funds[asset].insurance_fund += amount
    elif place == SOCIALISED_LOSS:
        t.funds[asset].socialised_loss += amount
    elif place == DUST:
        t.funds[asset].dust += amount
    elif place == POCKET:
        t.compartments[t.compartments[compartment].pocket].purse += amount
        t.assets[asset].pledged += amount
    elif amount < 0:
        t.assets[asset].deposited -= amount
    else:
        t.assets[asset].withdrawn += amount


@compiled
def _write(
    t: Any,
    codes: int,
    asset: int,
    instrument: int,
    account: int,
    compartment: int,
    amount: int,
    first: int,
    second: int,
    third: int,
) -> None:
    sequence = t.counts[0].sequence
    things = (asset & NUMBER) | ((instrument & NUMBER) << 32)
    owner = (account & NUMBER) | ((compartment & NUMBER) << 32)
    row = t.control[EVENT_ROWS] * EVENT_WORDS
    t.control[EVENT_ROWS] += 1
    t.events[row] = sequence
    t.events[row + 1] = codes
    t.events[row + 2] = things
    t.events[row + 3] = owner
    t.events[row + 4] = amount
    t.events[row + 5] = first
    t.events[row + 6] = second
    t.events[row + 7] = third
    mixed = uint64(sequence) * uint64(MIX[0]) + uint64(codes) * uint64(MIX[1])
    mixed += uint64(things) * uint64(MIX[2]) + uint64(owner) * uint64(MIX[3])
    mixed += uint64(amount) * uint64(MIX[4]) + uint64(first) * uint64(MIX[5])
    mixed += uint64(second) * uint64(MIX[6]) + uint64(third) * uint64(MIX[7])
    mixed = (t.counts[0].event_hash ^ mixed) * uint64(MIX[0])
    t.counts[0].event_hash = mixed ^ (mixed >> uint64(29))


@compiled
def post(
    t: Any,
    event: int,
    source: int,
    target: int,
    asset: int,
    instrument: int,
    account: int,
    compartment: int,
    amount: int,
    first: int,
    second: int,
    third: int,
) -> None:
    """Move `amount` from source to target and write the event that says so."""
    _shift(t, source, asset, instrument, account, compartment, -amount)
    _shift(t, target, asset, instrument, account, compartment, amount)
    codes = event | (source << 32) | (target << 48)
    _write(t, codes, asset, instrument, account, compartment, amount, first, second, third)


@compiled
def note(
    t: Any,
    event: int,
    asset: int,
    instrument: int,
    account: int,
    compartment: int,
    first: int,
    second: int,
    third: int,
) -> None:
    """Write an event that moves nothing."""
    _write(t, event, asset, instrument, account, compartment, 0, first, second, third)


@outlined
def refuse(t: Any, command: Any, reason: int, compartment: int, needed: int, available: int, limit: int) -> int:
    """Write the refusal of a command, with its figures; `compartment` is the one that stands in the way."""
    codes = REFUSED | (reason << 16)
    _write(
        t,
        codes,
        command.asset,
        command.instrument,
        command.account,
        compartment,
        0,
        needed,
        available,
        limit,
    )
    return reason
