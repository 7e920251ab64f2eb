"""Moving a position between isolated and cross: rule CRS-006."""

from __future__ import annotations

from typing import Any

from stoplog.codes import Event, Kind, Refusal
from stoplog.engine import (
    compartments,
    cross_guards,
    cross_health,
    cross_rows,
    cross_waiting,
    crosses,
    pockets,
    postings,
    refusing,
    risk_arrays,
    strategy_waiting,
    waiting,
    worth,
)
from stoplog.engine.compiling import compiled, word
from stoplog.engine.heaps import OF_POSITIONS
from stoplog.engine.legs import fill_allowed
from stoplog.engine.postings import post, refuse
from stoplog.engine.tables import HEAPS
from stoplog.units import POSITION_VALUE_MAX, PURSE_MAX, RATE_ONE

NONE = refusing.NONE
ISOLATED = int(Kind.ISOLATED)
CROSS = int(Kind.CROSS)
POSITION = int(Kind.POSITION)
MOVED = int(Event.MOVED)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
BALANCE_OUT_OF_RANGE = int(Refusal.BALANCE_OUT_OF_RANGE)
INSUFFICIENT_MARGIN = int(Refusal.INSUFFICIENT_MARGIN)
CROSS_LIMIT = int(Refusal.CROSS_LIMIT)
COMPARTMENT = postings.COMPARTMENT
POCKET = postings.POCKET


@compiled
def _refused_entry(t: Any, command: Any) -> int:
    """Why an isolated compartment may not enter a cross compartment, but for what the latter must hold."""
    c, x = command.compartment, command.other
    reason = refusing.other_kind(t, command, c, ISOLATED)
    if reason == NONE:
        reason = refusing.other_kind(t, command, x, CROSS)
    if reason != NONE:
        return reason
    if command.amount != 0:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, c, 0, command.amount, 0)
    i, asset = word(t.compartments[c].instrument), word(t.compartments[c].asset)
    reason = crosses.strange(t, command, x, word(t.compartments[c].account))
    if reason == NONE:
        reason = crosses.no_price(t, command, asset)
    if reason == NONE:
        reason = risk_arrays.not_whole(t, command, x, i)
    if reason == NONE:
        reason = crosses.no_room_for_position(t, command, x, asset)
    if reason != NONE:
        return reason
    before = cross_health.gross_of(t, x)
    gross = before + abs(t.positions[c].size) * t.instruments[i].lot_value_max
    if gross > POSITION_VALUE_MAX:
        return refuse(t, command, CROSS_LIMIT, x, gross, before, POSITION_VALUE_MAX)
    brought = worth.purse_after_funding(t, i, c)
    pocket, after = cross_rows.pocket_for(t, x, asset), word(brought)
    if pocket != 0:
        after += pockets.after_interest(t, pocket)
    if abs(after) > PURSE_MAX:
        return refuse(t, command, BALANCE_OUT_OF_RANGE, x, after, 0, PURSE_MAX)
    if brought > 0:
        return crosses.beyond_cap(t, command, asset, brought)
    return NONE


@compiled
def _join(t: Any, x: int, c: int, pocket: int) -> None:
    row = t.compartments[c]
    row.kind = POSITION
    row.pocket = pocket
    cross_rows.link(t, x, c)


@compiled
def _leave(t: Any, x: int, c: int) -> None:
    row = t.compartments[c]
    cross_rows.unlink(t, x, c)
    row.kind = ISOLATED
    row.pocket = 0


@compiled
def _judge_entry(t: Any, command: Any) -> int:
    """A refusal where the cross compartment would not cover what it must with the position and the purse in it."""
    c, x = command.compartment, command.other
    i, asset = word(t.compartments[c].instrument), word(t.compartments[c].asset)
    pocket = cross_rows.pocket_for(t, x, asset)
    row, position = t.compartments[c], t.positions[c]
    made = pocket == 0
    if made:
        pocket = _pretend_pocket(t, x, asset)
    brought = worth.purse_after_funding(t, i, c)
    _join(t, x, c, pocket)
    swap = cross_health.Swap(c, position.size, position.cost, brought, row.order_margin, word(row.initial_rate), 0)
    reason = crosses.short_of(t, command, x, swap)
    if reason == NONE:
        reason = cross_guards.refuse_letting_out(t, command, x)
    _leave(t, x, c)
    if made:
        _forget_pocket(t, x, pocket)
    return reason


@compiled
def _pretend_pocket(t: Any, x: int, asset: int) -> int:
    """An empty pocket in the first row that is not used, so that x can be judged with it."""
    pocket = word(t.counts[0].compartments + 1)
    row = t.compartments[pocket]
    row.kind = crosses.POCKET_ROW
    row.asset = asset
    row.pocket = pocket
    cross_rows.link(t, x, pocket)
    return pocket  # type: ignore[no-any-return]


@compiled
def _forget_pocket(t: Any, x: int, pocket: int) -> None:
    cross_rows.unlink(t, x, pocket)
    row = t.compartments[pocket]
    row.kind = ISOLATED
    row.asset = 0
    row.pocket = 0


@compiled
def _enter(t: Any, c: int, x: int) -> None:
    """Let an isolated compartment be a position of a cross compartment, its purse in the pocket."""
    i, asset = word(t.compartments[c].instrument), word(t.compartments[c].asset)
    compartments.settle_funding(t, i, c)
    size, account = t.positions[c].size, t.compartments[c].account
    if t.positions[c].top_up != 0:
        _end_top_up(t, t.positions[c].top_up)
    waiting.forget(t, i, c, size)
    pocket = cross_rows.open_pocket(t, x, asset)
    pockets.pay_interest(t, pocket)
    brought = t.compartments[c].purse
    after = t.compartments[pocket].purse + brought
    t.compartments[c].pocket = pocket
    post(t, MOVED, COMPARTMENT, POCKET, asset, i, account, c, brought, x, pocket, after)
    t.compartments[pocket].put_in += max(0, brought)
    t.compartments[pocket].taken_out += max(0, -brought)
    t.compartments[c].put_in = 0
    t.compartments[c].taken_out = 0
    _join(t, x, c, pocket)
    cross_rows.begin_to_wait(t, HEAPS * i + OF_POSITIONS, c)
    strategy_waiting.begin(t, x, c)
    cross_waiting.await_prices(t, x)


@compiled
def _end_top_up(t: Any, number: int) -> None:
    row = t.top_ups[number]
    row.trigger = 0
    row.target = 0
    row.once = 0
    row.left = 0
    row.cooldown = 0
    row.ready_time = 0
    row.source = 0
    row.donor = 0


@compiled
def _refused_exit(t: Any, command: Any) -> int:
    """Why a position may not leave its cross compartment with `amount`."""
    c, amount = command.compartment, command.amount
    reason = refusing.other_kind(t, command, c, POSITION)
    if reason != NONE:
        return reason
    if not 0 <= amount <= PURSE_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, c, 0, amount, PURSE_MAX)
    i, row = word(t.compartments[c].instrument), t.compartments[c]
    x, pocket = word(row.cross), word(row.pocket)
    due = waiting.owed(t, i, c)
    held = pockets.after_interest(t, pocket) - due
    if held < amount:
        return refuse(t, command, INSUFFICIENT_MARGIN, pocket, amount, max(0, held), 0)
    reason = _short_alone(t, command, i, c)
    if reason != NONE:
        return reason
    reason = crosses.short_of(t, command, x, cross_health.Swap(c, 0, 0, -due - amount, 0, 0, 0))
    return reason if reason != NONE else cross_guards.refuse_letting_out(t, command, x)


@compiled
def _short_alone(t: Any, command: Any, i: int, c: int) -> int:
    """A refusal where the position would not cover initial and order margin with `amount` as its purse."""
    row, position, amount = t.compartments[c], t.positions[c], command.amount
    ordered, own_rate = row.order_margin, word(row.initial_rate)
    if position.size == 0:
        if amount >= ordered:
            return NONE
        return refuse(t, command, INSUFFICIENT_MARGIN, c, ordered, amount, 0)
    instrument = t.instruments[i]
    tiers, policy = waiting.ladder(t, instrument.tier_table), waiting.policy_of(t, i)
    allowed, needed, available = fill_allowed(
        policy, tiers, instrument.mark, 0, position.size, position.cost, amount, own_rate, ordered, RATE_ONE
    )
    if allowed:
        return NONE
    return refuse(t, command, INSUFFICIENT_MARGIN, c, needed, available, 0)


@compiled
def _exit(t: Any, c: int, amount: int) -> None:
    """Let a position of a cross compartment be isolated, with `amount` as its purse."""
    i, asset = word(t.compartments[c].instrument), word(t.compartments[c].asset)
    x, pocket = word(t.compartments[c].cross), word(t.compartments[c].pocket)
    pockets.pay_interest(t, pocket)
    compartments.settle_funding(t, i, c)
    after, account = t.compartments[pocket].purse - amount, t.compartments[c].account
    post(t, MOVED, POCKET, COMPARTMENT, asset, i, account, c, amount, 0, pocket, after)
    t.compartments[pocket].taken_out += amount
    t.compartments[c].put_in = amount
    cross_rows.wait_no_longer(t, HEAPS * i + OF_POSITIONS, c)
    strategy_waiting.end(t, x, c)
    _leave(t, x, c)
    waiting.await_price(t, i, c, 0)
    cross_waiting.await_prices(t, x)


@compiled
def move_compartment(t: Any, command: Any) -> int:
    """MOVE_COMPARTMENT: `compartment`, `other` the cross compartment it enters or 0 to leave its own, `amount`."""
    c, x = command.compartment, command.other
    reason = refusing.no_compartment(t, command, c)
    if reason == NONE and x != 0:
        reason = refusing.no_compartment(t, command, x)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = refusing.not_open(t, command, c)
    if reason == NONE and x != 0:
        reason = refusing.not_open(t, command, x)
    if reason != NONE:
        return reason
    if x == 0:
        reason = _refused_exit(t, command)
        if reason == NONE:
            _exit(t, c, command.amount)
        return reason
    reason = _refused_entry(t, command)
    if reason == NONE:
        reason = _judge_entry(t, command)
    if reason == NONE:
        _enter(t, c, x)
    return reason
