"""Scheduled changes of what is set for an asset: announced and made as those of instruments are, rule CHG-008.

Only a change of the haircut moves thresholds. While its grace runs the coming haircut counts toward opening alone.
"""

from __future__ import annotations

from typing import Any

from stoplog.codes import AssetParameter, ChangeState, Event
from stoplog.engine import asset_prices, cross_health, cross_liquidating, cross_waiting, refusing
from stoplog.engine.asset_prices import asset_parameter_of, put_asset_parameter
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import note
from stoplog.engine.room import NEED_EVENTS, lacks_room_for
from stoplog.records import NEVER

NONE = refusing.NONE
DONE = 0
ANNOUNCED = int(ChangeState.ANNOUNCED)
EFFECTIVE = int(ChangeState.EFFECTIVE)
ENFORCED = int(ChangeState.ENFORCED)
HAIRCUT = int(AssetParameter.HAIRCUT)
ASSET_PARAMETER_SET = int(Event.ASSET_PARAMETER_SET)
CHANGE_ANNOUNCED = int(Event.CHANGE_ANNOUNCED)
CHANGE_EFFECTIVE = int(Event.CHANGE_EFFECTIVE)
CHANGE_ENFORCED = int(Event.CHANGE_ENFORCED)


@compiled
def announce(t: Any, command: Any, grace: int) -> int:
    """Write down a change that a command schedules; its number. What it is of is for the caller to say."""
    t.counts[0].changes += 1
    number = t.counts[0].changes
    change = t.changes[number]
    change.state = ANNOUNCED
    change.parameter = command.code
    change.value = command.amount
    change.effective_sequence = command.size
    change.grace = grace
    t.counts[0].due_sequence = min(t.counts[0].due_sequence, command.size)
    return number  # type: ignore[no-any-return]


@compiled
def schedule_asset_parameter(t: Any, command: Any) -> int:
    """SCHEDULE_ASSET_PARAMETER: as SET_ASSET_PARAMETER, `size` the sequence number, `rate` the grace of a haircut."""
    graced = command.code == HAIRCUT
    reason = asset_prices.unknown(t, command)
    if graced and reason == NONE:
        reason = refusing.no_grace(t, command)
    if reason == NONE:
        reason = asset_prices.out_of_range(t, command)
    if reason == NONE:
        reason = refusing.not_ahead(t, command)
    if reason == NONE:
        reason = asset_prices.change_pending(t, command)
    if reason != NONE:
        return reason
    number = announce(t, command, command.rate if graced else 0)
    t.changes[number].asset = command.asset
    if graced:
        t.assets[command.asset].pending_change = number
    note(t, CHANGE_ANNOUNCED, command.asset, 0, 0, 0, number, command.size, t.changes[number].grace)
    return NONE


@compiled
def no_longer_pending(t: Any, number: int) -> None:
    """Let the change of an asset be none that its asset waits for."""
    asset = t.changes[number].asset
    if t.assets[asset].pending_change == number:
        t.assets[asset].pending_change = 0
        t.assets[asset].coming_haircut = 0


@compiled
def _set(t: Any, number: int) -> None:
    change = t.changes[number]
    old = asset_parameter_of(t, change.asset, change.parameter)
    put_asset_parameter(t, change.asset, change.parameter, change.value)
    note(t, ASSET_PARAMETER_SET, change.asset, 0, 0, 0, change.parameter, change.value, old)


@compiled
def take_effect(t: Any, number: int) -> None:
    """Begin the grace of a change of a haircut; set any other parameter."""
    change = t.changes[number]
    asset = change.asset
    if change.parameter != HAIRCUT:
        change.state = ENFORCED
        note(t, CHANGE_EFFECTIVE, asset, 0, 0, 0, number, 0, 0)
        _set(t, number)
        return
    change.state = EFFECTIVE
    change.enforced_from = min(t.counts[0].time, NEVER - change.grace) + change.grace
    now = t.assets[asset].haircut
    t.assets[asset].haircut = change.value
    breached = cross_health.count_breached(t, 0, cross_waiting.with_pockets_of(t, asset, 0))
    t.assets[asset].haircut = now
    t.assets[asset].coming_haircut = change.value
    note(t, CHANGE_EFFECTIVE, asset, 0, 0, 0, number, change.enforced_from, breached)


@compiled
def enforce(t: Any, number: int) -> int:
    """Set a haircut when its grace is over, and look at whoever holds the asset; what lacks room, or DONE."""
    change = t.changes[number]
    asset = change.asset
    found = cross_waiting.with_pockets_of(t, asset, 0)
    now = t.assets[asset].haircut
    t.assets[asset].haircut = change.value
    fallen = cross_liquidating.count_fallen(t, 0, found, t.counts[0].time)
    lacking = lacks_room_for(t, 0, cross_liquidating.room_wanted(t, 0, found))
    t.assets[asset].haircut = now
    if lacking:
        return NEED_EVENTS
    change.state = ENFORCED
    no_longer_pending(t, number)
    note(t, CHANGE_ENFORCED, asset, 0, 0, 0, number, fallen, 0)
    _set(t, number)
    cross_liquidating.look_at(t, 0, found, t.counts[0].time)
    return DONE
