"""Resting orders: placing, cancelling, and matching them with the legs of a fill."""

from __future__ import annotations

from typing import Any

from numba import int64

from stoplog import positions
from stoplog.codes import Event, Kind, Refusal, Use
from stoplog.engine import coming, cross_health, crosses, guarding, margins, order_lists, refusing, worth
from stoplog.engine.compiling import compiled, outlined
from stoplog.engine.postings import note, refuse
from stoplog.engine.twins import twin
from stoplog.records import ORDERS_PER_COMPARTMENT

enlarges = twin(positions.enlarges)

NONE = refusing.NONE
OPEN = int(Use.OPEN)
ORDER_PLACED = int(Event.ORDER_PLACED)
ORDER_CANCELLED = int(Event.ORDER_CANCELLED)
ORDER_MATCHED = int(Event.ORDER_MATCHED)
UNKNOWN_ORDER = int(Refusal.UNKNOWN_ORDER)
NO_MARK = int(Refusal.NO_MARK)
ORDER_MISMATCH = int(Refusal.ORDER_MISMATCH)
ORDERS_FULL = int(Refusal.ORDERS_FULL)
WRONG_SIDE = int(Refusal.WRONG_SIDE)
REDUCE_ONLY = int(Refusal.REDUCE_ONLY)
POSITION_LIMIT = int(Refusal.POSITION_LIMIT)
INSUFFICIENT_MARGIN = int(Refusal.INSUFFICIENT_MARGIN)
ISOLATED = int(Kind.ISOLATED)


@compiled
def _malformed(t: Any, command: Any) -> int:
    reason = refusing.no_compartment_now(t, command)
    if reason != NONE:
        return reason
    i = t.compartments[command.compartment].instrument
    reason = refusing.price_outside_of(t, command, i)
    if reason != NONE:
        return reason
    return refusing.size_outside_of(t, command, i)


@compiled
def _in_wrong_state(t: Any, command: Any) -> int:
    c = command.compartment
    i = t.compartments[c].instrument
    reason = refusing.has_expired(t, command, i)
    if reason != NONE:
        return reason
    if t.instruments[i].mark == 0:
        return refuse(t, command, NO_MARK, c, 0, 0, 0)
    reason = refusing.not_open(t, command, c)
    if reason != NONE:
        return reason
    count = order_lists.count_of(t, c)
    if count == ORDERS_PER_COMPARTMENT:
        return refuse(t, command, ORDERS_FULL, c, count + 1, count, ORDERS_PER_COMPARTMENT)
    return _out_of_place(t, command)


@compiled
def _out_of_place(t: Any, command: Any) -> int:
    """Refuse an order that a fill of all of it now would be refused for: rules SID-001, RED-001 and CHG-005."""
    c = command.compartment
    position = t.positions[c]
    before, after = position.size, position.size + command.size
    if after * position.side < 0:
        return refuse(t, command, WRONG_SIDE, c, 0, after, 0)
    if not enlarges(before, after):
        return NONE
    i = t.compartments[c].instrument
    if t.instruments[i].reduce_only != 0:
        return refuse(t, command, REDUCE_ONLY, c, after, before, 0)
    return coming.may_only_reduce(t, command, i, c)


@compiled
def _over_position_limit(t: Any, command: Any, count: int) -> int:
    """Refuse an order that, filled with all others of its side in `resting`, would hold more than the limit."""
    c = command.compartment
    held = t.positions[c].size
    for k in range(count):
        if (t.resting[k].size > 0) == (command.size > 0):
            held += t.resting[k].size
    limit = t.instruments[t.compartments[c].instrument].position_limit
    if (held if command.size > 0 else -held) <= limit:
        return NONE
    return refuse(t, command, POSITION_LIMIT, c, abs(held), limit, limit)


@outlined
def _short_in_cross(t: Any, command: Any, ordered: int) -> int:
    c = command.compartment
    now = cross_health.as_it_is(t, c)
    swap = cross_health.Swap(c, now.size, now.cost, now.purse, ordered, now.own_rate, now.owed)
    return crosses.short_now(t, command, int64(t.compartments[c].cross), swap)


@compiled
def _short_of_margin(t: Any, command: Any, before: int, ordered: int) -> int:
    """Refuse an order that raises the order margin to `ordered` without the equity for it: rule ORM-004."""
    c = command.compartment
    row = t.compartments[c]
    if ordered <= before:
        return NONE
    i = row.instrument
    if row.kind != ISOLATED:
        return _short_in_cross(t, command, ordered)
    equity = margins.equity_with(t, i, c, worth.purse_after_funding(t, i, c))
    needed = margins.initial_at(t, i, c, row.initial_rate)
    if equity >= needed + ordered:
        return NONE
    return refuse(t, command, INSUFFICIENT_MARGIN, c, needed + ordered, equity, max(0, equity - needed))


@compiled
def _short_of_coming_margin(t: Any, command: Any, i: int, count: int) -> int:
    """Refuse an order, in the first `count` in `resting`, that the coming rules do not allow: rule CHG-004."""
    c = command.compartment
    own_rate, size, cost = t.compartments[c].initial_rate, t.positions[c].size, t.positions[c].cost
    coming.exchange(t, i)
    ordered = order_lists.margin_of(t, i, count, size, cost, own_rate)
    reason = _short_of_margin(t, command, order_lists.margin_at(t, i, c, own_rate), ordered)
    coming.exchange(t, i)
    return reason


@compiled
def place_order(t: Any, command: Any) -> int:
    """PLACE_ORDER: `compartment`, `size` lots to buy (below zero: to sell), `price` the limit."""
    reason = _malformed(t, command)
    if reason == NONE:
        reason = _in_wrong_state(t, command)
    if reason != NONE:
        return reason
    c, size, price = command.compartment, command.size, command.price
    row = t.compartments[c]
    i = row.instrument
    count = order_lists.listed_with(t, c, size, price)
    reason = _over_position_limit(t, command, count)
    if reason != NONE:
        return reason
    ordered = order_lists.margin_of(t, i, count, t.positions[c].size, t.positions[c].cost, row.initial_rate)
    reason = _short_of_margin(t, command, row.order_margin, ordered)
    if reason == NONE and coming.in_grace(t, i):
        reason = _short_of_coming_margin(t, command, i, count)
    if reason == NONE and t.instruments[i].guarded != 0 and ordered > row.order_margin:
        reason = guarding.refuse_use(t, command, i, c, OPEN)
    if reason != NONE:
        return reason
    number = order_lists.insert(t, c, size, price)
    row.order_margin = ordered
    note(t, ORDER_PLACED, t.instruments[i].asset, i, row.account, c, number, ordered, price)
    return NONE


@compiled
def cancel_order(t: Any, command: Any) -> int:
    """CANCEL_ORDER: `compartment`, `other` the number of an order that rests in it."""
    c, number = command.compartment, command.other
    reason = refusing.no_compartment(t, command, c)
    if reason != NONE:
        return reason
    if not order_lists.rests(t, number) or t.orders[number].compartment != c:
        return refuse(t, command, UNKNOWN_ORDER, c, number, 0, 0)
    reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    row = t.compartments[c]
    i, left = row.instrument, t.orders[number].size
    order_lists.remove(t, c, number)
    row.order_margin = order_lists.margin_at(t, i, c, row.initial_rate)
    note(t, ORDER_CANCELLED, t.instruments[i].asset, i, row.account, c, number, row.order_margin, left)
    return NONE


@compiled
def unknown(t: Any, command: Any, compartment: int, number: int) -> int:
    """Refuse a leg by an order that rests nowhere; 0 is no order."""
    if number == 0 or order_lists.rests(t, number):
        return NONE
    return refuse(t, command, UNKNOWN_ORDER, compartment, number, 0, 0)


@compiled
def mismatched(t: Any, command: Any, compartment: int, number: int, fill: int) -> int:
    """Refuse a leg of `fill` lots by an order of another compartment, the other side, fewer lots or a better limit."""
    if number == 0:
        return NONE
    order = t.orders[number]
    buys = fill > 0
    if order.compartment == compartment and (order.size > 0) == buys and abs(fill) <= abs(order.size):
        inside = command.price <= order.price if buys else command.price >= order.price
        if inside:
            return NONE
    return refuse(t, command, ORDER_MISMATCH, compartment, number, order.size, order.price)


@compiled
def margin_after(t: Any, i: int, c: int, matched: int, fill: int, size: int, cost: int) -> int:
    """The order margin of compartment `c` once `fill` lots, by order `matched` or by none, made its position `size`."""
    count = order_lists.listed_after(t, c, matched, fill)
    return order_lists.margin_of(t, i, count, size, cost, t.compartments[c].initial_rate)


@compiled
def match(t: Any, i: int, c: int, matched: int, fill: int) -> None:
    """Take `fill` lots off an order of compartment `c`, whose order margin is already that after it."""
    left = t.orders[matched].size - fill
    t.orders[matched].size = left
    if left == 0:
        order_lists.remove(t, c, matched)
    row = t.compartments[c]
    note(t, ORDER_MATCHED, t.instruments[i].asset, i, row.account, c, matched, left, row.order_margin)
