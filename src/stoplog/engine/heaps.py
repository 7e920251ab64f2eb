"""Where compartments wait: indexed heaps, one for values that fall and one for values that rise, by instrument.

A node holds a key and a position; `slots` says where a position is in each of the four heaps that it can be in, so
that it is moved in place and nothing stale piles up. Both heaps have their smallest key on top. A key is a wake-up
value with the heap's drift taken off (negated in the falling heap), so that funding moves all of them at once:

    falling: awake if key ≤ drift − value        rising: awake if key ≤ value − drift

Of the `HEAPS` heaps of number n the first two serve instrument n's falling and rising values for isolated compartments,
the next two for the positions of cross compartments, the next two its price as an underlying for the first position
that each portfolio compartment has on it, the last two asset n's price for their pockets. Each heap is a segment of
`nodes`; one that is full moves to a segment of twice the room at the end.
"""

from __future__ import annotations

from typing import Any

from stoplog.engine.compiling import compiled
from stoplog.engine.tables import SLOTS
from stoplog.engine.views import NODES_USED

WAYS = 4
OF_POSITIONS = 2
OF_STRATEGIES = 4
OF_POCKETS = 6
SMALLEST_ROOM = 16


@compiled
def _place(t: Any, heap: int, start: int, slot: int, key: int, position: int) -> None:
    t.nodes[start + slot].key = key
    t.nodes[start + slot].position = position
    t.slots[SLOTS * position + (heap & (SLOTS - 1))] = slot


@compiled
def _rise(t: Any, heap: int, start: int, slot: int, key: int, position: int) -> None:
    while slot > 0:
        parent = (slot - 1) // WAYS
        above = t.nodes[start + parent].key
        if above <= key:
            break
        _place(t, heap, start, slot, above, t.nodes[start + parent].position)
        slot = parent
    _place(t, heap, start, slot, key, position)


@compiled
def sink(t: Any, heap: int, start: int, count: int, slot: int, key: int, position: int) -> None:
    """Place an entry at `slot` or below, where no child is smaller."""
    while True:
        child = slot * WAYS + 1
        if child >= count:
            break
        best = child
        least = t.nodes[start + child].key
        for other in range(child + 1, min(child + WAYS, count)):
            if t.nodes[start + other].key < least:
                least = t.nodes[start + other].key
                best = other
        if least >= key:
            break
        _place(t, heap, start, slot, least, t.nodes[start + best].position)
        slot = best
    _place(t, heap, start, slot, key, position)


@compiled
def has_room(t: Any, heap: int, more: int) -> bool:
    """Whether `more` entries fit, moving the heap to a larger segment where they do not and there is one."""
    head = t.heads[heap]
    if head.count + more <= head.room:
        return True
    room = max(SMALLEST_ROOM, 2 * head.room)
    while room < head.count + more:
        room *= 2
    start = t.control[NODES_USED]
    if start + room > len(t.nodes):
        return False
    for slot in range(head.count):
        t.nodes[start + slot] = t.nodes[head.start + slot]
    t.heads[heap].start = start
    t.heads[heap].room = room
    t.control[NODES_USED] = start + room
    return True


@compiled
def push(t: Any, heap: int, key: int, position: int) -> None:
    """A position that waits in no heap begins to wait in this one; there is room."""
    count = t.heads[heap].count
    t.heads[heap].count = count + 1
    _rise(t, heap, t.heads[heap].start, count, key, position)


@compiled
def change(t: Any, heap: int, key: int, position: int) -> None:
    """A position that waits in this heap gets another key."""
    start = t.heads[heap].start
    slot = t.slots[SLOTS * position + (heap & (SLOTS - 1))]
    if key <= t.nodes[start + slot].key:
        _rise(t, heap, start, slot, key, position)
    else:
        sink(t, heap, start, t.heads[heap].count, slot, key, position)


@compiled
def hasten(t: Any, heap: int, key: int, position: int) -> None:
    """A position that waits in this heap gets another key, if that wakes it earlier than the one it has."""
    start = t.heads[heap].start
    slot = t.slots[SLOTS * position + (heap & (SLOTS - 1))]
    if key < t.nodes[start + slot].key:
        _rise(t, heap, start, slot, key, position)


@compiled
def remove(t: Any, heap: int, position: int) -> None:
    """A position that waits in this heap waits no longer."""
    start = t.heads[heap].start
    slot = t.slots[SLOTS * position + (heap & (SLOTS - 1))]
    count = t.heads[heap].count - 1
    t.heads[heap].count = count
    if slot == count:
        return
    key = t.nodes[start + count].key
    last = t.nodes[start + count].position
    if key <= t.nodes[start + slot].key:
        _rise(t, heap, start, slot, key, last)
    else:
        sink(t, heap, start, count, slot, key, last)


@compiled
def key_of(t: Any, heap: int, position: int) -> int:
    """The key of a position that waits in this heap."""
    return t.nodes[t.heads[heap].start + t.slots[SLOTS * position + (heap & (SLOTS - 1))]].key  # type: ignore[no-any-return]


@compiled
def everybody(t: Any, heap: int, found: int) -> int:
    """Write all positions that wait in the heap to `scratch` from index `found` on; return the index after them."""
    start, count = t.heads[heap].start, t.heads[heap].count
    for slot in range(count):
        t.scratch[found + slot] = t.nodes[start + slot].position
    return found + count  # type: ignore[no-any-return]


@compiled
def awake(t: Any, heap: int, limit: int, found: int) -> int:
    """Write the positions with keys up to `limit` to `scratch` from index `found` on; return the index after them.

    Subtrees whose root sleeps are not looked at, so this costs by what is awake.
    """
    start = t.heads[heap].start
    count = t.heads[heap].count
    if count == 0 or t.nodes[start].key > limit:
        return found
    first = found
    t.scratch[found] = 0
    found += 1
    reader = first
    while reader < found:
        child = t.scratch[reader] * WAYS + 1
        for slot in range(child, min(child + WAYS, count)):
            if t.nodes[start + slot].key <= limit:
                t.scratch[found] = slot
                found += 1
        reader += 1
    for i in range(first, found):
        t.scratch[i] = t.nodes[start + t.scratch[i]].position
    return found
