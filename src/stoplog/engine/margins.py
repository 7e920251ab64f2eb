"""What must stay in a compartment: taking margin out, and changing its leverage."""

from __future__ import annotations

from typing import Any

from numba import int64

from stoplog.codes import Event, Kind, Refusal, Use
from stoplog.engine import (
    coming,
    compartments,
    cross_health,
    crosses,
    guarding,
    order_lists,
    postings,
    refusing,
    waiting,
    worth,
)
from stoplog.engine.compiling import compiled, outlined
from stoplog.engine.postings import note, post, refuse
from stoplog.engine.twins import twin
from stoplog.margin import breaching, isolated, policies
from stoplog.units import AMOUNT_MAX, RATE_ONE

NONE = refusing.NONE
WITHDRAW = int(Use.WITHDRAW)
MARGIN_REMOVED = int(Event.MARGIN_REMOVED)
LEVERAGE_SET = int(Event.LEVERAGE_SET)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
INSUFFICIENT_MARGIN = int(Refusal.INSUFFICIENT_MARGIN)
INSUFFICIENT_PURSE = int(Refusal.INSUFFICIENT_PURSE)
FREE = postings.FREE
COMPARTMENT = postings.COMPARTMENT
ISOLATED = int(Kind.ISOLATED)

is_plain = twin(policies.is_plain)
breached_under = twin(breaching.breached_under)
initial_margin = twin(isolated.initial_margin)
staying_margin = twin(isolated.staying_margin)
removable = twin(isolated.removable)


@compiled
def needed_to_leave(t: Any, i: int, c: int) -> int:
    """What must stay in compartment `c` when margin leaves it: rules MRG-003 and MRG-004."""
    ordered = order_lists.margin_at(t, i, c, t.compartments[c].initial_rate)
    size, cost = t.positions[c].size, t.positions[c].cost
    if size == 0:
        return ordered
    instrument = t.instruments[i]
    tiers, mark = waiting.ladder(t, instrument.tier_table), instrument.mark
    rate, floor_rate = t.compartments[c].initial_rate, instrument.removal_floor_rate
    return ordered + staying_margin(waiting.policy_of(t, i), tiers, mark, size, cost, rate, floor_rate, RATE_ONE)


@compiled
def equity_with(t: Any, i: int, c: int, purse: int) -> int:
    """`worth.equity_with` at the mark."""
    return worth.equity_with(t, i, c, t.instruments[i].mark, purse)


@compiled
def holds_with(t: Any, i: int, c: int, purse: int, needed: int) -> bool:
    """Whether compartment `c` covers what is needed with this purse, and is not breached."""
    size, cost = t.positions[c].size, t.positions[c].cost
    if equity_with(t, i, c, purse) < needed:
        return False
    policy = waiting.policy_of(t, i)
    if size == 0 or is_plain(policy):
        return True
    tiers = waiting.ladder(t, t.instruments[i].tier_table)
    return not breached_under(policy, tiers, t.instruments[i].mark, size, cost, purse - cost, RATE_ONE)


@compiled
def may_leave(t: Any, i: int, c: int, needed: int) -> int:
    """The most that may leave compartment `c`, found by halving where a reserve moves with what stays."""
    purse = worth.purse_after_funding(t, i, c)
    most = removable(purse, equity_with(t, i, c, purse), needed)
    if t.positions[c].size == 0 or is_plain(waiting.policy_of(t, i)):
        return most
    low, high = 0, max(0, purse)
    while low < high:
        middle = (low + high + 1) // 2
        if holds_with(t, i, c, purse - middle, needed):
            low = middle
        else:
            high = middle - 1
    return low


@compiled
def most_that_may_leave(t: Any, i: int, c: int) -> int:
    """The most that may leave compartment `c`, in a grace under the coming rules as well: rule CHG-004."""
    most = may_leave(t, i, c, needed_to_leave(t, i, c))
    if coming.in_grace(t, i):
        coming.exchange(t, i)
        most = min(most, may_leave(t, i, c, needed_to_leave(t, i, c)))
        coming.exchange(t, i)
    return most


@compiled
def _too_little_stays(t: Any, command: Any, i: int, c: int, purse: int) -> int:
    """A refusal where what stays in compartment `c` does not cover what must."""
    needed = needed_to_leave(t, i, c)
    if holds_with(t, i, c, purse - command.amount, needed):
        return NONE
    equity, most = equity_with(t, i, c, purse), most_that_may_leave(t, i, c)
    return refuse(t, command, INSUFFICIENT_MARGIN, c, needed + command.amount, equity, most)


@compiled
def _untrusted(t: Any, command: Any, i: int, c: int) -> int:
    """A refusal to let out margin of a position by a mark in doubt or a stale one: rules GRD-004 and GRD-005."""
    if t.instruments[i].guarded == 0 or t.positions[c].size == 0:
        return NONE
    return guarding.refuse_use(t, command, i, c, WITHDRAW)


@compiled
def remove_margin(t: Any, command: Any) -> int:
    """REMOVE_MARGIN: `compartment`, `amount`; rules MRG-003 and ORM-006."""
    c = command.compartment
    reason = refusing.no_compartment_now(t, command)
    if reason != NONE:
        return reason
    amount = command.amount
    if amount < 1 or amount > AMOUNT_MAX:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, c, 0, amount, AMOUNT_MAX)
    reason = refusing.not_open(t, command, c)
    if reason != NONE:
        return reason
    i = t.compartments[c].instrument
    purse = worth.purse_after_funding(t, i, c)
    reason = _too_little_stays(t, command, i, c, purse)
    if reason == NONE and coming.in_grace(t, i):
        coming.exchange(t, i)
        reason = _too_little_stays(t, command, i, c, purse)
        coming.exchange(t, i)
    if reason != NONE:
        return reason
    if amount > purse:
        return refuse(t, command, INSUFFICIENT_PURSE, c, amount, purse, most_that_may_leave(t, i, c))
    reason = _untrusted(t, command, i, c)
    if reason != NONE:
        return reason
    take_out(t, MARGIN_REMOVED, i, c, amount, 0)
    return NONE


@compiled
def take_out(t: Any, event: int, i: int, c: int, amount: int, receiver: int) -> None:
    """Move margin that may leave from compartment `c` to its owner's free balance, funding settled."""
    row = t.compartments[c]
    compartments.settle_funding(t, i, c)
    row.taken_out += amount
    after, asset = row.purse - amount, t.instruments[i].asset
    post(t, event, COMPARTMENT, FREE, asset, i, row.account, c, amount, after, receiver, 0)
    waiting.await_price(t, i, c, t.positions[c].size)


@compiled
def initial_at(t: Any, i: int, c: int, own_rate: int) -> int:
    """Initial margin of compartment `c` at the mark with this rate of its own."""
    instrument, position = t.instruments[i], t.positions[c]
    if position.size == 0:
        return 0
    tiers = waiting.ladder(t, instrument.tier_table)
    return initial_margin(
        waiting.policy_of(t, i), tiers, instrument.mark, position.size, position.cost, own_rate, RATE_ONE
    )


@outlined
def _too_little_in_cross(t: Any, command: Any, i: int, c: int) -> int:
    now = cross_health.as_it_is(t, c)
    ordered = order_lists.margin_at(t, i, c, command.rate)
    swap = cross_health.Swap(c, now.size, now.cost, now.purse, ordered, command.rate, now.owed)
    return crosses.short_now(t, command, int64(t.compartments[c].cross), swap)


@compiled
def _too_little_for(t: Any, command: Any, i: int, c: int) -> int:
    """A refusal where compartment `c` does not cover a higher initial margin at the rate that is asked for."""
    row = t.compartments[c]
    old, rate = row.initial_rate, command.rate
    if row.kind != ISOLATED:
        return _too_little_in_cross(t, command, i, c)
    before = initial_at(t, i, c, old) + order_lists.margin_at(t, i, c, old)
    needed = initial_at(t, i, c, rate) + order_lists.margin_at(t, i, c, rate)
    equity = equity_with(t, i, c, worth.purse_after_funding(t, i, c))
    if equity >= needed or before >= needed:
        return NONE
    return refuse(t, command, INSUFFICIENT_MARGIN, c, needed, equity, before)


@compiled
def set_leverage(t: Any, command: Any) -> int:
    """SET_LEVERAGE: `compartment`, `rate` own initial rate; rules LEV-001 and ORM-009."""
    c, rate = command.compartment, command.rate
    reason = refusing.no_compartment_now(t, command)
    if reason != NONE:
        return reason
    if not 0 <= rate <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, c, 0, rate, RATE_ONE)
    reason = refusing.not_open(t, command, c)
    if reason != NONE:
        return reason
    row = t.compartments[c]
    i, old = row.instrument, row.initial_rate
    ordered = order_lists.margin_at(t, i, c, rate)
    if rate > old and (t.positions[c].size != 0 or row.first_order != 0):
        reason = _too_little_for(t, command, i, c)
        if reason == NONE and coming.in_grace(t, i):
            coming.exchange(t, i)
            reason = _too_little_for(t, command, i, c)
            coming.exchange(t, i)
    elif rate < old:
        reason = _untrusted(t, command, i, c)
    if reason != NONE:
        return reason
    row.initial_rate = rate
    row.order_margin = ordered
    note(t, LEVERAGE_SET, t.instruments[i].asset, i, row.account, c, old, rate, ordered)
    return NONE
