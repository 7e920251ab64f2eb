"""The resting orders of a compartment: a list through the rows of the order table, in the order in which they fill.

Buys come first, then sells; each side best price first, equal prices by age. A compartment names its first order, an
order the one behind it; 0 ends a list. Rows of orders that have ended form a list of their own, last freed first. The
rules take a list as an array: `listed_with` and `listed_after` copy it to `t.resting`, with what is to change already
changed, so that margin is known before anything is written.
"""

from __future__ import annotations

from typing import Any

from numba import int64

from stoplog.codes import Event
from stoplog.engine import waiting
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import note
from stoplog.engine.twins import twin
from stoplog.margin import order_margin as rules
from stoplog.units import RATE_ONE

ORDER_CANCELLED = int(Event.ORDER_CANCELLED)
ORDER_MARGIN_CHANGED = int(Event.ORDER_MARGIN_CHANGED)

order_margin = twin(rules.order_margin)


@compiled
def have_room(t: Any) -> bool:
    """Whether one more order can rest."""
    return t.counts[0].free_order != 0 or t.counts[0].orders + 2 <= len(t.orders)  # type: ignore[no-any-return]


@compiled
def rests(t: Any, number: int) -> bool:
    """Whether an order of this number rests anywhere."""
    return 1 <= number <= t.counts[0].orders and t.orders[number].compartment != 0  # type: ignore[no-any-return]


@compiled
def _fills_before(size: int, price: int, order: Any) -> bool:
    """Whether a new order of `size` lots at `price` fills before this one: a buy before all sells."""
    if (size > 0) != (order.size > 0):
        return size > 0
    return price > order.price if size > 0 else price < order.price  # type: ignore[no-any-return]


@compiled
def _list(t: Any, place: int, size: int, price: int) -> int:
    t.resting[place].size = size
    t.resting[place].price = price
    return place + 1


@compiled
def listed_with(t: Any, c: int, size: int, price: int) -> int:
    """Copy the orders of compartment `c` and a new one, where it belongs, to `resting`; returns how many."""
    count, placed = 0, False
    number = int64(t.compartments[c].first_order)
    while number != 0:
        order = t.orders[number]
        if not placed and _fills_before(size, price, order):
            count = _list(t, count, size, price)
            placed = True
        count = _list(t, count, order.size, order.price)
        number = order.following
    if not placed:
        count = _list(t, count, size, price)
    return count


@compiled
def listed_after(t: Any, c: int, matched: int, fill: int) -> int:
    """Copy the orders of compartment `c` to `resting`, `fill` lots taken off order `matched`; returns how many."""
    count = 0
    number = int64(t.compartments[c].first_order)
    while number != 0:
        order = t.orders[number]
        left = order.size - fill if number == matched else order.size
        count = _list(t, count, left, order.price)
        number = order.following
    return count


@compiled
def margin_of(t: Any, i: int, count: int, size: int, cost: int, own_rate: int) -> int:
    """What the first `count` orders in `resting` need beside a position of `size` lots."""
    instrument = t.instruments[i]
    tiers = waiting.ladder(t, instrument.tier_table)
    payoff, multiplier = instrument.payoff, instrument.multiplier
    return order_margin(tiers, t.resting[:count], payoff, multiplier, size, cost, own_rate, RATE_ONE)


@compiled
def margin_at(t: Any, i: int, c: int, own_rate: int) -> int:
    """What the orders of compartment `c` need at this rate of its own, as they are."""
    if t.compartments[c].first_order == 0:
        return 0
    count = listed_after(t, c, 0, 0)
    return margin_of(t, i, count, t.positions[c].size, t.positions[c].cost, own_rate)


@compiled
def insert(t: Any, c: int, size: int, price: int) -> int:
    """Let a new order rest in compartment `c`; returns its number. There is room."""
    number = int64(t.counts[0].free_order)
    if number != 0:
        t.counts[0].free_order = t.orders[number].following
    else:
        t.counts[0].orders += 1
        number = int64(t.counts[0].orders)
    before, behind = int64(0), int64(t.compartments[c].first_order)
    while behind != 0 and not _fills_before(size, price, t.orders[behind]):
        before, behind = behind, int64(t.orders[behind].following)
    order = t.orders[number]
    order.compartment = c
    order.size = size
    order.price = price
    order.following = behind
    if before == 0:
        t.compartments[c].first_order = number
    else:
        t.orders[before].following = number
    return number  # type: ignore[no-any-return]


@compiled
def _free(t: Any, number: int) -> None:
    order = t.orders[number]
    order.compartment = 0
    order.size = 0
    order.price = 0
    order.following = t.counts[0].free_order
    t.counts[0].free_order = number


@compiled
def remove(t: Any, c: int, number: int) -> None:
    """Let an order of compartment `c` rest no longer."""
    behind = t.orders[number].following
    before = int64(t.compartments[c].first_order)
    if before == number:
        t.compartments[c].first_order = behind
    else:
        while t.orders[before].following != number:
            before = int64(t.orders[before].following)
        t.orders[before].following = behind
    _free(t, number)


@compiled
def count_of(t: Any, c: int) -> int:
    """How many orders rest in compartment `c`."""
    count = 0
    number = int64(t.compartments[c].first_order)
    while number != 0:
        count += 1
        number = int64(t.orders[number].following)
    return count


@compiled
def cancel_all(t: Any, i: int, c: int) -> None:
    """Cancel all orders of compartment `c`, in the order of its list: rule ORM-007."""
    row = t.compartments[c]
    number = int64(row.first_order)
    row.first_order = 0
    row.order_margin = 0
    while number != 0:
        left, behind = t.orders[number].size, int64(t.orders[number].following)
        _free(t, number)
        note(t, ORDER_CANCELLED, t.instruments[i].asset, i, row.account, c, number, 0, left)
        number = behind


@compiled
def resting_in(t: Any, i: int) -> int:
    """How many orders rest in instrument `i`."""
    count = 0
    for number in range(1, t.counts[0].orders + 1):
        c = t.orders[number].compartment
        if c != 0 and t.compartments[c].instrument == i:
            count += 1
    return count


@compiled
def find_ordering(t: Any, i: int) -> int:
    """The compartments of instrument `i` in which orders rest, ascending, in `scratch`; returns how many."""
    found = 0
    for number in range(1, t.counts[0].orders + 1):
        c = t.orders[number].compartment
        if c != 0 and t.compartments[c].first_order == number and t.compartments[c].instrument == i:
            t.scratch[found] = c
            found += 1
    t.scratch[:found].sort()
    return found


@compiled
def reckon_all(t: Any, i: int) -> None:
    """Set the order margins of instrument `i` to what its rates ask now, in the order of compartment number."""
    found = find_ordering(t, i)
    for k in range(found):
        _reckon(t, i, t.scratch[k])


@compiled
def _reckon(t: Any, i: int, c: int) -> None:
    row = t.compartments[c]
    before, after = row.order_margin, margin_at(t, i, c, row.initial_rate)
    if after != before:
        row.order_margin = after
        note(t, ORDER_MARGIN_CHANGED, t.instruments[i].asset, i, row.account, c, before, after, 0)
