"""SCHEDULE_PARAMETER and REVOKE_CHANGE, and what scheduled changes bring about before a command."""

from __future__ import annotations

from reference.announcing import begin_grace, change_event, refuse_behind, refuse_no_grace
from reference.asset_changing import asset_effective, asset_enforced
from reference.coming import MOVES_THRESHOLDS, coming_rules, fallen_under, rules_in_force
from reference.cross_liquidating import cross_liquidations, fallen_among
from reference.guarding import LIQUIDATE, forbidden, without_guards_no_doubt
from reference.liquidating import liquidations, looked_at
from reference.ordering import reckoned_anew
from reference.registering import refuse_outside_range, refuse_pending, refuse_rates, refuse_unfit, refuse_unknown
from reference.rows import Checks, EventRow, Row
from reference.state import Change, State
from reference.topping_up import top_ups
from reference.trading import funding_dust
from stoplog.codes import ChangeState, Event, InstrumentState, Parameter, Refusal


def schedule_parameter(state: State, row: Row, checks: Checks) -> list[EventRow]:
    parameter = refuse_unknown(state, row, checks)
    instrument = state.instruments[row.instrument]
    graced = parameter in MOVES_THRESHOLDS
    if graced:
        refuse_no_grace(row, checks)
    refuse_outside_range(parameter, row.amount, checks)
    refuse_rates(state, instrument, parameter, row.amount, checks)
    refuse_behind(state, row, checks)
    refuse_unfit(state, instrument, parameter, row.amount, checks)
    if graced:
        refuse_pending(state, instrument, checks)
    number, grace = len(state.changes) + 1, row.rate if graced else 0
    state.changes[number] = Change(row.instrument, row.code, row.amount, row.size, grace)
    if graced:
        instrument.pending_change = number
    if parameter == Parameter.TIER_TABLE:
        state.used_tier_tables.add(row.amount)
    return [change_event(state, Event.CHANGE_ANNOUNCED, number, row.size, grace)]


def revoke_change(state: State, row: Row, checks: Checks) -> list[EventRow]:
    known = {"needed": row.other, "available": len(state.changes)}
    checks.refuse_if(row.other not in state.changes, Refusal.UNKNOWN_CHANGE, **known)
    change = state.changes[row.other]
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    figures = {"needed": row.other, "available": int(change.state)}
    checks.refuse_if(change.state != ChangeState.ANNOUNCED, Refusal.CHANGE_DONE, **figures)
    return [dropped(state, row.other, Refusal.NONE)]


def dropped(state: State, number: int, reason: Refusal) -> EventRow:
    """A change comes to nothing."""
    change = state.changes[number]
    change.state = ChangeState.REVOKED
    forget(state, number)
    return change_event(state, Event.CHANGE_REVOKED, number, reason)


def forget(state: State, number: int) -> None:
    """The change pends no longer."""
    instrument = state.instruments.get(state.changes[number].instrument)
    if instrument and instrument.pending_change == number:
        instrument.pending_change = 0


def carry_out(state: State) -> list[EventRow]:
    """What is due before the command that has just been numbered, in the order of change numbers."""
    events = []
    for number, change in state.changes.items():
        if change.state == ChangeState.ANNOUNCED and state.sequence >= change.effective_sequence:
            events += take_effect(state, number)
        elif change.state == ChangeState.EFFECTIVE and state.time >= change.enforced_from:
            events += enforce(state, number)
    return events


def impossible(state: State, change: Change) -> Refusal:
    """Why the change of an instrument can no longer be made: rule CHG-006."""
    if state.instruments[change.instrument].state == InstrumentState.EXPIRED:
        return Refusal.INSTRUMENT_EXPIRED
    unused = change.parameter in (Parameter.EXPIRY_TIME, Parameter.FUNDING_FROM)
    if unused and state.open_interest(change.instrument) > 0:
        return Refusal.INSTRUMENT_IN_USE
    return Refusal.NONE


def take_effect(state: State, number: int) -> list[EventRow]:
    """Rules CHG-001 and CHG-002."""
    change = state.changes[number]
    if change.asset:
        return asset_effective(state, number)
    if impossible(state, change):
        return [dropped(state, number, impossible(state, change))]
    if change.parameter not in MOVES_THRESHOLDS:
        change.state = ChangeState.ENFORCED
        return [change_event(state, Event.CHANGE_EFFECTIVE, number), parameter_set(state, change)]
    begin_grace(state, change)
    isolated, crosses = fallen_under(state, change.instrument, coming_rules(state, change.instrument))
    count = len(isolated) + len(crosses)
    return [change_event(state, Event.CHANGE_EFFECTIVE, number, change.enforced_from, count)]


def parameter_set(state: State, change: Change) -> EventRow:
    """Set the parameter of a change."""
    instrument = state.instruments[change.instrument]
    field = Parameter(change.parameter).name.lower()
    old = getattr(instrument, field)
    setattr(instrument, field, change.value)
    without_guards_no_doubt(instrument)
    subject = (None, change.instrument, 0, 0)
    figures = (0, old, change.value, change.parameter)
    return EventRow(state.sequence, Event.PARAMETER_SET, 0, 0, 0, *subject, *figures)


def enforce(state: State, number: int) -> list[EventRow]:
    """Rule CHG-003."""
    change = state.changes[number]
    if change.asset:
        return asset_enforced(state, number)
    if impossible(state, change):
        return [dropped(state, number, impossible(state, change))]
    change.state = ChangeState.ENFORCED
    forget(state, number)
    set_now = parameter_set(state, change)
    instrument = state.instruments[change.instrument]
    blind = forbidden(instrument, LIQUIDATE, state.time)
    instrument.unseen = int(blind)
    topped = [] if blind else top_ups(state, change.instrument, state.time)
    isolated, _ = fallen_under(state, change.instrument, rules_in_force(state, change.instrument))
    fallen, crosses = [] if blind else isolated, fallen_among(state, looked_at(state, change.instrument), state.time)
    events = [*topped, change_event(state, Event.CHANGE_ENFORCED, number, len(fallen)), set_now]
    events += liquidations(state, change.instrument, fallen) + cross_liquidations(state, crosses)
    events += funding_dust(state, change.instrument) if fallen else []
    return events + (reckoned_anew(state, change.instrument) if change.parameter == Parameter.TIER_TABLE else [])
