"""SCHEDULE_ASSET_PARAMETER, and how changes of assets take effect: rule CHG-008."""

from __future__ import annotations

from dataclasses import replace

from reference.announcing import begin_grace, change_event, refuse_behind, refuse_no_grace
from reference.cross_liquidating import cross_liquidations, without_put_off
from reference.crossing import crosses_with, is_breached
from reference.pricing import asset_event, refuse_outside, refuse_pending_haircut, refuse_unknown
from reference.rows import Checks, EventRow, Row
from reference.state import Change, State
from stoplog.codes import AssetParameter, ChangeState, Event


def schedule_asset_parameter(state: State, row: Row, checks: Checks) -> list[EventRow]:
    parameter = refuse_unknown(state, row, checks)
    graced = parameter == AssetParameter.HAIRCUT
    if graced:
        refuse_no_grace(row, checks)
    refuse_outside(parameter, row.amount, checks)
    refuse_behind(state, row, checks)
    refuse_pending_haircut(state, row.asset, parameter, checks)
    number, grace = len(state.changes) + 1, row.rate if graced else 0
    state.changes[number] = Change(0, row.code, row.amount, row.size, grace, asset=row.asset)
    return [change_event(state, Event.CHANGE_ANNOUNCED, number, row.size, grace)]


def fallen_at(state: State, asset: int, haircut: int) -> list[int]:
    """The cross compartments that would be breached at this haircut of an asset, whatever is in doubt."""
    there = replace(state, assets={**state.assets, asset: replace(state.assets[asset], haircut=haircut)})
    return [cross for cross in crosses_with(state, asset) if is_breached(there, cross)]


def asset_effective(state: State, number: int) -> list[EventRow]:
    """A change of an asset becomes effective."""
    change = state.changes[number]
    if change.parameter != AssetParameter.HAIRCUT:
        change.state = ChangeState.ENFORCED
        return [change_event(state, Event.CHANGE_EFFECTIVE, number), set_now(state, change)]
    begin_grace(state, change)
    count = len(fallen_at(state, change.asset, change.value))
    return [change_event(state, Event.CHANGE_EFFECTIVE, number, change.enforced_from, count)]


def set_now(state: State, change: Change) -> EventRow:
    """Set the parameter."""
    field = AssetParameter(change.parameter).name.lower()
    before = getattr(state.assets[change.asset], field)
    setattr(state.assets[change.asset], field, change.value)
    return asset_event(state, Event.ASSET_PARAMETER_SET, change.asset, change.parameter, change.value, before)


def asset_enforced(state: State, number: int) -> list[EventRow]:
    """The grace of a haircut is over."""
    change = state.changes[number]
    change.state = ChangeState.ENFORCED
    fallen = without_put_off(state, fallen_at(state, change.asset, change.value), state.time)
    events = [change_event(state, Event.CHANGE_ENFORCED, number, len(fallen)), set_now(state, change)]
    return events + cross_liquidations(state, fallen)
