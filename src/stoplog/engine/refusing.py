"""What several commands check in the same way."""

from __future__ import annotations

from typing import Any

from stoplog.codes import CompartmentState, InstrumentState, Kind, Refusal
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import refuse
from stoplog.records import SCENARIOS, SCENARIOS_AT_ONCE
from stoplog.units import GRACE_MAX, SEQUENCE_MAX

NONE = int(Refusal.NONE)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
UNKNOWN_ASSET = int(Refusal.UNKNOWN_ASSET)
UNKNOWN_TIER_TABLE = int(Refusal.UNKNOWN_TIER_TABLE)
UNKNOWN_INSTRUMENT = int(Refusal.UNKNOWN_INSTRUMENT)
UNKNOWN_ACCOUNT = int(Refusal.UNKNOWN_ACCOUNT)
UNKNOWN_COMPARTMENT = int(Refusal.UNKNOWN_COMPARTMENT)
TIME_BACKWARDS = int(Refusal.TIME_BACKWARDS)
INSTRUMENT_EXPIRED = int(Refusal.INSTRUMENT_EXPIRED)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
SEQUENCE_OUT_OF_RANGE = int(Refusal.SEQUENCE_OUT_OF_RANGE)
SIZE_OUT_OF_RANGE = int(Refusal.SIZE_OUT_OF_RANGE)
PRICE_OUT_OF_RANGE = int(Refusal.PRICE_OUT_OF_RANGE)
COMPARTMENT_NOT_OPEN = int(Refusal.COMPARTMENT_NOT_OPEN)
LIVE = int(InstrumentState.LIVE)
ISOLATED = int(Kind.ISOLATED)
WRONG_KIND = int(Refusal.WRONG_KIND)
OPEN = int(CompartmentState.OPEN)


@compiled
def knows(number: int, count: int) -> bool:
    """Whether a thing of this number has been registered."""
    return 1 <= number <= count


@compiled
def no_asset(t: Any, command: Any) -> int:
    """Refuse a command whose asset is unknown."""
    if knows(command.asset, t.counts[0].assets):
        return NONE
    return refuse(t, command, UNKNOWN_ASSET, 0, command.asset, t.counts[0].assets, 0)


@compiled
def no_tier_table(t: Any, command: Any, table: int) -> int:
    """Refuse a command whose tier table is unknown."""
    if knows(table, t.counts[0].tier_tables):
        return NONE
    return refuse(t, command, UNKNOWN_TIER_TABLE, 0, table, t.counts[0].tier_tables, 0)


@compiled
def no_instrument(t: Any, command: Any) -> int:
    """Refuse a command whose instrument is unknown."""
    if knows(command.instrument, t.counts[0].instruments):
        return NONE
    return refuse(t, command, UNKNOWN_INSTRUMENT, 0, command.instrument, t.counts[0].instruments, 0)


@compiled
def no_scenarios(t: Any, command: Any) -> int:
    """Refuse what names no four scenarios, an unknown instrument or a time that falls."""
    if command.code % SCENARIOS_AT_ONCE != 0 or command.code >= SCENARIOS:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, SCENARIOS - SCENARIOS_AT_ONCE)
    reason = no_instrument(t, command)
    return reason if reason != NONE else backwards(t, command)


@compiled
def no_account(t: Any, command: Any) -> int:
    """Refuse a command whose account is unknown."""
    if knows(command.account, t.counts[0].accounts):
        return NONE
    return refuse(t, command, UNKNOWN_ACCOUNT, 0, command.account, t.counts[0].accounts, 0)


@compiled
def no_compartment(t: Any, command: Any, compartment: int) -> int:
    """Refuse a command whose compartment is unknown."""
    if knows(compartment, t.counts[0].compartments):
        return NONE
    return refuse(t, command, UNKNOWN_COMPARTMENT, compartment, compartment, t.counts[0].compartments, 0)


@compiled
def backwards(t: Any, command: Any) -> int:
    """Refuse a command stamped before the last accepted one."""
    if command.time >= t.counts[0].time:
        return NONE
    return refuse(t, command, TIME_BACKWARDS, 0, t.counts[0].time, command.time, 0)


@compiled
def not_ahead(t: Any, command: Any) -> int:
    """Refuse a change that is to be effective from a sequence number that is not ahead."""
    if t.counts[0].sequence < command.size <= SEQUENCE_MAX:
        return NONE
    return refuse(t, command, SEQUENCE_OUT_OF_RANGE, 0, t.counts[0].sequence + 1, command.size, SEQUENCE_MAX)


@compiled
def no_grace(t: Any, command: Any) -> int:
    """Refuse a change that needs a grace and has none, or one too long."""
    if 1 <= command.rate <= GRACE_MAX:
        return NONE
    return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 1, command.rate, GRACE_MAX)


@compiled
def has_expired(t: Any, command: Any, i: int) -> int:
    """Refuse a command on instrument `i`, which has ended."""
    if t.instruments[i].state == LIVE:
        return NONE
    return refuse(t, command, INSTRUMENT_EXPIRED, 0, 0, 0, 0)


@compiled
def expired(t: Any, command: Any) -> int:
    """Refuse a command on an instrument that has ended."""
    return has_expired(t, command, command.instrument)


@compiled
def price_outside(t: Any, command: Any) -> int:
    """Refuse a command whose price is outside its instrument's limits."""
    return price_outside_of(t, command, command.instrument)


@compiled
def price_outside_of(t: Any, command: Any, i: int) -> int:
    """Refuse a command whose price is outside the limits of instrument `i`."""
    instrument = t.instruments[i]
    if instrument.price_min <= command.price <= instrument.price_max:
        return NONE
    limit = instrument.price_min if command.price < instrument.price_min else instrument.price_max
    return refuse(t, command, PRICE_OUT_OF_RANGE, 0, 0, command.price, limit)


@compiled
def size_outside_of(t: Any, command: Any, i: int) -> int:
    """Refuse a command whose size is 0, or beyond the position limit of instrument `i`, of either sign."""
    limit = t.instruments[i].position_limit
    if command.size != 0 and -limit <= command.size <= limit:
        return NONE
    return refuse(t, command, SIZE_OUT_OF_RANGE, command.compartment, 0, command.size, limit)


@compiled
def not_open(t: Any, command: Any, compartment: int) -> int:
    """Refuse a command on a compartment that is closed or liquidated."""
    if t.compartments[compartment].state == OPEN:
        return NONE
    return refuse(t, command, COMPARTMENT_NOT_OPEN, compartment, 0, 0, 0)


@compiled
def other_kind(t: Any, command: Any, compartment: int, kind: int) -> int:
    """Refuse a command on a compartment that is not of the kind it is for."""
    found = t.compartments[compartment].kind
    if found == kind:
        return NONE
    return refuse(t, command, WRONG_KIND, compartment, kind, found, 0)


@compiled
def not_for_this_kind(t: Any, command: Any) -> int:
    """Refuse a command that is for isolated compartments, or for positions, on a row that is neither."""
    reason = backwards(t, command)
    if reason == NONE:
        reason = not_open(t, command, command.compartment)
    if reason == NONE:
        reason = other_kind(t, command, command.compartment, ISOLATED)
    return reason


@compiled
def no_asset_now(t: Any, command: Any) -> int:
    """Refuse a command whose asset is unknown, or whose time falls."""
    reason = no_asset(t, command)
    if reason == NONE:
        reason = backwards(t, command)
    return reason


@compiled
def no_balance(t: Any, command: Any) -> int:
    """Refuse a command whose asset or account is unknown, or whose time falls."""
    reason = no_asset(t, command)
    if reason == NONE:
        reason = no_account(t, command)
    if reason == NONE:
        reason = backwards(t, command)
    return reason


@compiled
def no_compartment_now(t: Any, command: Any) -> int:
    """Refuse a command whose compartment is unknown, or whose time falls."""
    reason = no_compartment(t, command, command.compartment)
    if reason == NONE:
        reason = backwards(t, command)
    return reason


@compiled
def no_price_for(t: Any, command: Any) -> int:
    """Refuse a price for an instrument that is unknown or expired, outside its limits, or of an earlier time."""
    reason = no_instrument(t, command)
    if reason == NONE:
        reason = backwards(t, command)
    if reason == NONE:
        reason = price_outside(t, command)
    if reason == NONE:
        reason = expired(t, command)
    return reason
