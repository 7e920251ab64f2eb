"""Scheduled changes of parameters: announced, effective at a sequence number, enforced when their grace is over."""

from __future__ import annotations

from typing import Any

from stoplog.codes import ChangeState, Event, InstrumentState, Parameter, Refusal, Use
from stoplog.engine import (
    asset_changes,
    coming,
    cross_liquidating,
    cross_marks,
    cross_waiting,
    guarding,
    liquidating,
    order_lists,
    parameters,
    refusing,
    topping_up,
    waiting,
)
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import note, refuse
from stoplog.engine.room import NEED_EVENTS, NEED_NODES, lacks_event_room, lacks_room_for
from stoplog.engine.words import parameter_of, put_parameter
from stoplog.records import NEVER

NONE = refusing.NONE
DONE = 0
LIVE = int(InstrumentState.LIVE)
ANNOUNCED = int(ChangeState.ANNOUNCED)
EFFECTIVE = int(ChangeState.EFFECTIVE)
ENFORCED = int(ChangeState.ENFORCED)
REVOKED = int(ChangeState.REVOKED)
TIER_TABLE = int(Parameter.TIER_TABLE)
LIQUIDATE = int(Use.LIQUIDATE)
PARAMETER_SET = int(Event.PARAMETER_SET)
CHANGE_ANNOUNCED = int(Event.CHANGE_ANNOUNCED)
CHANGE_EFFECTIVE = int(Event.CHANGE_EFFECTIVE)
CHANGE_ENFORCED = int(Event.CHANGE_ENFORCED)
CHANGE_REVOKED = int(Event.CHANGE_REVOKED)
UNKNOWN_CHANGE = int(Refusal.UNKNOWN_CHANGE)
INSTRUMENT_EXPIRED = int(Refusal.INSTRUMENT_EXPIRED)
INSTRUMENT_IN_USE = int(Refusal.INSTRUMENT_IN_USE)
CHANGE_DONE = int(Refusal.CHANGE_DONE)


@compiled
def schedule_parameter(t: Any, command: Any) -> int:
    """SCHEDULE_PARAMETER: as SET_PARAMETER, `size` the sequence number, `rate` the grace; rule CHG-001."""
    code = command.code
    reason = parameters.unknown(t, command)
    graced = reason == NONE and parameters.moves_thresholds(code)
    if graced:
        reason = refusing.no_grace(t, command)
    if reason == NONE:
        reason = parameters.out_of_range(t, command)
    if reason == NONE:
        reason = refusing.not_ahead(t, command)
    if reason == NONE:
        reason = parameters.unfit(t, command)
    if graced and reason == NONE:
        reason = parameters.change_pending(t, command)
    if reason != NONE:
        return reason
    number, i = asset_changes.announce(t, command, command.rate if graced else 0), command.instrument
    t.changes[number].instrument = i
    if graced:
        t.instruments[i].pending_change = number
    if code == TIER_TABLE:
        t.tier_tables[command.amount].in_use = 1
    note(t, CHANGE_ANNOUNCED, 0, i, 0, 0, number, command.size, t.changes[number].grace)
    return NONE


@compiled
def revoke_change(t: Any, command: Any) -> int:
    """REVOKE_CHANGE: `other` the number of a change that is announced and not yet effective; rule CHG-006."""
    number = command.other
    if not refusing.knows(number, t.counts[0].changes):
        return refuse(t, command, UNKNOWN_CHANGE, 0, number, t.counts[0].changes, 0)
    reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    if t.changes[number].state != ANNOUNCED:
        return refuse(t, command, CHANGE_DONE, 0, number, t.changes[number].state, 0)
    _drop(t, number, NONE)
    _find_due(t)
    return NONE


@compiled
def _drop(t: Any, number: int, reason: int) -> None:
    """Let a change come to nothing, by a command or because it can no longer be set."""
    change = t.changes[number]
    change.state = REVOKED
    _no_longer_pending(t, number)
    note(t, CHANGE_REVOKED, change.asset, change.instrument, 0, 0, number, reason, 0)


@compiled
def _no_longer_pending(t: Any, number: int) -> None:
    change = t.changes[number]
    if change.asset != 0:
        asset_changes.no_longer_pending(t, number)
    elif t.instruments[change.instrument].pending_change == number:
        t.instruments[change.instrument].pending_change = 0


@compiled
def _find_due(t: Any) -> None:
    """Precompute when the next change is due."""
    due_sequence, due_time = NEVER, NEVER
    for number in range(1, t.counts[0].changes + 1):
        change = t.changes[number]
        if change.state == ANNOUNCED:
            due_sequence = min(due_sequence, change.effective_sequence)
        elif change.state == EFFECTIVE:
            due_time = min(due_time, change.enforced_from)
    t.counts[0].due_sequence = due_sequence
    t.counts[0].due_time = due_time


@compiled
def _impossible(t: Any, number: int) -> int:
    """Why a change can no longer be made, or NONE."""
    instrument = t.instruments[t.changes[number].instrument]
    if instrument.state != LIVE:
        return INSTRUMENT_EXPIRED
    if parameters.needs_no_positions(t.changes[number].parameter) and instrument.open_interest != 0:
        return INSTRUMENT_IN_USE
    return NONE


@compiled
def _take_effect(t: Any, number: int) -> None:
    """Begin the grace of a change that moves thresholds; set any other parameter."""
    if t.changes[number].asset != 0:
        asset_changes.take_effect(t, number)
        return
    reason = _impossible(t, number)
    if reason != NONE:
        _drop(t, number, reason)
        return
    change = t.changes[number]
    i, code = change.instrument, change.parameter
    if parameters.moves_thresholds(code):
        change.state = EFFECTIVE
        change.enforced_from = min(t.counts[0].time, NEVER - change.grace) + change.grace
        note(t, CHANGE_EFFECTIVE, 0, i, 0, 0, number, change.enforced_from, coming.count_breached(t, i))
        return
    change.state = ENFORCED
    note(t, CHANGE_EFFECTIVE, 0, i, 0, 0, number, 0, 0)
    old = parameter_of(t, i, code)
    put_parameter(t, i, code, change.value)
    note(t, PARAMETER_SET, 0, i, 0, 0, old, change.value, code)


@compiled
def _enforce(t: Any, number: int) -> int:
    """Set a parameter when its grace is over, top up and liquidate by the new rules; what lacks room, or DONE.

    Where the mark is not to liquidate anybody, all are looked at later: rule GRD-006.
    """
    if t.changes[number].asset != 0:
        return asset_changes.enforce(t, number)
    if _impossible(t, number) != NONE:
        _drop(t, number, _impossible(t, number))
        return DONE
    change = t.changes[number]
    i, code = change.instrument, change.parameter
    if not waiting.heaps_have_room(t, i, waiting.holders_count(t, i)):
        return NEED_NODES
    found = waiting.holders(t, i)
    coming.exchange(t, i)
    mark = t.instruments[i].mark
    blind = guarding.forbidden(t, i, LIQUIDATE, t.counts[0].time)
    seen = 0 if blind else found
    breached = liquidating.breached_first(t, i, mark, seen)
    wanting = topping_up.find_wanting(t, i, mark, seen, t.counts[0].time) if seen > 0 else 0
    end = cross_waiting.concerned_by(t, i, found)
    beside = order_lists.resting_in(t, i) + cross_liquidating.room_wanted(t, found, end)
    if lacks_room_for(t, breached + wanting, beside):
        coming.exchange(t, i)
        return NEED_EVENTS
    waiting.wait_anew(t, i, found)
    t.instruments[i].unseen = int(blind)
    old, value = change.value, parameter_of(t, i, code)
    change.value = value
    change.state = ENFORCED
    _no_longer_pending(t, number)
    if wanting > 0:
        breached = topping_up.top_up_all(t, i, wanting, found, t.counts[0].time)
    note(t, CHANGE_ENFORCED, 0, i, 0, 0, number, breached, 0)
    note(t, PARAMETER_SET, 0, i, 0, 0, old, value, code)
    if breached > 0:
        liquidating.liquidate_all(t, i, breached)
    cross_marks.look_at_all(t, i, t.counts[0].time)
    if code == TIER_TABLE:
        order_lists.reckon_all(t, i)
    return DONE


@compiled
def carry_out(t: Any) -> int:
    """Let every change that is due take effect, or be enforced, in the order of numbers: rules CHG-001 to CHG-003.

    Its events are those of the sequence number that the next command will have. Returns what lacks room, or DONE:
    then the changes before have been carried out, and the others are still due.
    """
    counts = t.counts[0]
    counts.sequence += 1
    status = DONE
    for number in range(1, counts.changes + 1):
        if lacks_event_room(t, 0):
            status = NEED_EVENTS
        elif t.changes[number].state == ANNOUNCED and counts.sequence >= t.changes[number].effective_sequence:
            _take_effect(t, number)
        elif t.changes[number].state == EFFECTIVE and counts.time >= t.changes[number].enforced_from:
            status = _enforce(t, number)
        if status != DONE:
            break
    _find_due(t)
    counts.sequence -= 1
    return status
