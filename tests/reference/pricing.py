"""PRICE_ASSET, SET_ASSET_PARAMETER, INTEREST and CONVERT: what an asset counts for in cross compartments."""

from __future__ import annotations

from dataclasses import replace

from reference.cross_liquidating import conversion, cross_liquidations, fallen_among
from reference.cross_transferring import refuse_other_kind
from reference.crossing import crosses_with, pocket_of, pockets_of, purse_after_interest
from reference.registering import refuse_breach_of_cross
from reference.rows import Checks, EventRow, Row
from reference.state import State
from stoplog.codes import AssetParameter, CompartmentState, Event, Kind, Refusal
from stoplog.units import AMOUNT_MAX, CLOSE_FEE_MAX, RATE_ONE

ASSET_PRICE_MAX = 2**42
INDEX_MAX = 2**30
RATES = {
    AssetParameter.HAIRCUT: RATE_ONE,
    AssetParameter.OPENING_HAIRCUT: RATE_ONE,
    AssetParameter.CONVERSION_FEE_RATE: CLOSE_FEE_MAX,
}
AMOUNTS = {
    AssetParameter.DEPOSIT_CAP: AMOUNT_MAX,
    AssetParameter.DEBT_LIMIT: AMOUNT_MAX,
    AssetParameter.SALE_RANK: 2**15,
}


def asset_event(state: State, kind: Event, asset: int, *figures: int) -> EventRow:
    """An event whose subject is an asset; no money moves by it."""
    first, second, third = (*figures, 0)[:3]
    return EventRow(state.sequence, kind, 0, 0, 0, asset, 0, 0, 0, 0, first, second, third)


def price_asset(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.asset not in state.assets, Refusal.UNKNOWN_ASSET)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    outside = {"needed": 0, "available": row.price, "limit": 1 if row.price < 1 else ASSET_PRICE_MAX}
    checks.refuse_if(not 1 <= row.price <= ASSET_PRICE_MAX, Refusal.PRICE_OUT_OF_RANGE, **outside)
    state.assets[row.asset].price = row.price
    fallen = fallen_among(state, crosses_with(state, row.asset), row.time)
    event = asset_event(state, Event.ASSET_PRICED, row.asset, row.price, len(fallen))
    return [event, *cross_liquidations(state, fallen)]


def refuse_unknown(state: State, row: Row, checks: Checks) -> AssetParameter:
    """The parameter that a command names; refuses what is not there, and a time that falls."""
    checks.refuse_if(row.code not in list(AssetParameter), Refusal.UNKNOWN_CODE)
    checks.refuse_if(row.asset not in state.assets, Refusal.UNKNOWN_ASSET)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    return AssetParameter(row.code)


def refuse_outside(parameter: AssetParameter, value: int, checks: Checks) -> None:
    """Refuse a value outside the range of its parameter."""
    most = AMOUNTS[parameter] if parameter in AMOUNTS else RATES[parameter]
    reason = Refusal.AMOUNT_OUT_OF_RANGE if parameter in AMOUNTS else Refusal.RATE_OUT_OF_RANGE
    checks.refuse_if(not 0 <= value <= most, reason, needed=0, available=value, limit=most)


def refuse_pending_haircut(state: State, asset: int, parameter: AssetParameter, checks: Checks) -> None:
    """Refuse to change a haircut that a scheduled change is going to change: rule CHG-006."""
    number = state.pending_change(asset) if parameter == AssetParameter.HAIRCUT else 0
    effective = state.changes[number].effective_sequence if number else 0
    checks.refuse_if(number != 0, Refusal.CHANGE_PENDING, needed=0, available=number, limit=effective)


def set_asset_parameter(state: State, row: Row, checks: Checks) -> list[EventRow]:
    parameter = refuse_unknown(state, row, checks)
    asset, field = state.assets[row.asset], parameter.name.lower()
    refuse_outside(parameter, row.amount, checks)
    refuse_pending_haircut(state, row.asset, parameter, checks)
    if parameter == AssetParameter.HAIRCUT:
        there = replace(state, assets={**state.assets, row.asset: replace(asset, haircut=row.amount)})
        for cross in crosses_with(state, row.asset):
            refuse_breach_of_cross(there, cross, checks)
    before = getattr(asset, field)
    setattr(asset, field, row.amount)
    return [asset_event(state, Event.ASSET_PARAMETER_SET, row.asset, row.code, row.amount, before)]


def interest(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.asset not in state.assets, Refusal.UNKNOWN_ASSET)
    asset = state.assets[row.asset]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    checks.refuse_if(not 0 <= row.rate <= RATE_ONE, Refusal.RATE_OUT_OF_RANGE)
    checks.refuse_if(asset.interest_index + row.rate > INDEX_MAX, Refusal.BUDGET_EXCEEDED)
    asset.interest_index += row.rate
    converted, events = 0, []
    for cross in crosses_with(state, row.asset):
        if -purse_after_interest(state, pocket_of(state, cross, row.asset)) > asset.debt_limit:
            converted += 1
            events += conversion(state, cross)
    fallen = fallen_among(state, crosses_with(state, row.asset), row.time)
    figures = (asset.interest_index, converted, row.rate)
    accrued = asset_event(state, Event.INTEREST_ACCRUED, row.asset, *figures)
    return [accrued, *events, *cross_liquidations(state, fallen)]


def convert(state: State, row: Row, checks: Checks) -> list[EventRow]:
    checks.refuse_if(row.compartment not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    closed = state.compartments[row.compartment].state != CompartmentState.OPEN
    checks.refuse_if(closed, Refusal.COMPARTMENT_NOT_OPEN, compartment=row.compartment)
    refuse_other_kind(state, row.compartment, Kind.CROSS, checks)
    purses = [purse_after_interest(state, number) for number in pockets_of(state, row.compartment)]
    nothing = {"needed": 0, "available": 0, "limit": 0, "compartment": row.compartment}
    checks.refuse_if(min(purses, default=0) >= 0, Refusal.NOTHING_SHORT, **nothing)
    events = conversion(state, row.compartment)
    return events + cross_liquidations(state, fallen_among(state, [row.compartment], row.time))
