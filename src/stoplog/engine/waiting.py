"""Who waits for what: wake-up values kept in the heaps, moved by funding, and the compartments that are awake."""

from __future__ import annotations

from typing import Any

from stoplog import instruments, positions
from stoplog.engine import heaps
from stoplog.engine.compiling import compiled
from stoplog.engine.twins import twin
from stoplog.engine.views import REBUILT
from stoplog.margin import thresholds
from stoplog.records import TIERS_PER_TABLE
from stoplog.units import RATE_ONE

INVERSE = instruments.INVERSE
DRIFT_LIMIT = 2**59

value_lots = twin(instruments.value_lots)
lot_value_down = twin(instruments.lot_value_down)
lot_value_up = twin(instruments.lot_value_up)
funding_due = twin(positions.funding_due)
wake_up_value = twin(thresholds.wake_up_value)
drift_bound = twin(thresholds.drift_bound)
breached_at = twin(thresholds.breached_at)


@compiled
def ladder(t: Any, table: int) -> Any:
    """The tiers of a table."""
    first = table * TIERS_PER_TABLE
    return t.tiers[first : first + t.tier_tables[table].count]


@compiled
def owed(t: Any, i: int, c: int) -> int:
    """Funding that compartment `c` owes by now."""
    position = t.positions[c]
    return funding_due(position.size, t.instruments[i].funding_index, position.funding_index)


@compiled
def _heap(t: Any, i: int, size: int) -> int:
    rising = value_lots(t.instruments[i].payoff, size) < 0
    return 2 * i + 1 if rising else 2 * i


@compiled
def _key(t: Any, i: int, c: int, heap: int) -> int:
    instrument = t.instruments[i]
    tiers = ladder(t, instrument.tier_table)
    capital = t.compartments[c].purse - owed(t, i, c) - t.positions[c].cost
    lots = value_lots(instrument.payoff, t.positions[c].size)
    value = wake_up_value(tiers, lots, capital, RATE_ONE)
    settled: int = value - t.heads[heap].drift
    return -settled if lots > 0 else settled


@compiled
def await_price(t: Any, i: int, c: int, before: int) -> None:
    """Let compartment `c`, which had `before` lots, wait where its position belongs now.

    One that has become safer keeps its earlier wake-up value: being woken once too early, if a price ever comes
    there, costs less than moving it down the heap at every step.
    """
    size = t.positions[c].size
    if before != 0 and (size == 0 or (size > 0) != (before > 0)):
        heaps.remove(t, _heap(t, i, before), c)
        before = 0
    if size == 0:
        return
    heap = _heap(t, i, size)
    key = _key(t, i, c, heap)
    if before == 0:
        heaps.push(t, heap, key, c)
    else:
        heaps.hasten(t, heap, key, c)


@compiled
def sleep_on(t: Any, i: int, c: int) -> None:
    """Let compartment `c`, which was woken and is healthy, wait for the price that its position calls for now."""
    heap = _heap(t, i, t.positions[c].size)
    heaps.change(t, heap, _key(t, i, c, heap), c)


@compiled
def heaps_have_room(t: Any, i: int, more: int) -> bool:
    """Whether `more` compartments can begin to wait in either heap of the instrument."""
    return heaps.has_room(t, 2 * i, more) and heaps.has_room(t, 2 * i + 1, more)


@compiled
def rebuild(t: Any, i: int, heap: int) -> None:
    """Give every compartment that waits in the heap a fresh key, and the heap no drift."""
    head = t.heads[heap]
    t.heads[heap].drift = 0
    t.control[REBUILT] += 1
    for slot in range(head.count - 1, -1, -1):
        c = t.nodes[head.start + slot].position
        key = _key(t, i, c, heap)
        t.nodes[head.start + slot].key = key
        heaps.sink(t, head.start, head.count, slot, key, c)


@compiled
def drift(t: Any, i: int, change: int) -> None:
    """Move both heaps by what funding can have moved any threshold in them."""
    instrument = t.instruments[i]
    tiers = ladder(t, instrument.tier_table)
    rate_max = tiers[len(tiers) - 1].rate
    seen = -change if instrument.payoff == INVERSE else change
    for heap, lots in ((2 * i, 1), (2 * i + 1, -1)):
        bound = drift_bound(seen, rate_max, RATE_ONE, lots)
        if abs(bound) > DRIFT_LIMIT or abs(t.heads[heap].drift + bound) > DRIFT_LIMIT:
            rebuild(t, i, heap)
        else:
            t.heads[heap].drift += bound


@compiled
def find_awake(t: Any, i: int, price: int) -> int:
    """How many compartments a mark of `price` wakes; their numbers are in `scratch`, falling values first."""
    instrument = t.instruments[i]
    payoff = instrument.payoff
    falling = t.heads[2 * i].drift - lot_value_down(payoff, instrument.multiplier, price)
    found = heaps.awake(t, 2 * i, falling, 0)
    rising = lot_value_up(payoff, instrument.multiplier, price) - t.heads[2 * i + 1].drift
    return heaps.awake(t, 2 * i + 1, rising, found)


@compiled
def is_breached(t: Any, i: int, c: int, price: int) -> bool:
    """Whether compartment `c` is breached at `price`, exactly."""
    instrument = t.instruments[i]
    capital = t.compartments[c].purse - owed(t, i, c) - t.positions[c].cost
    tiers = ladder(t, instrument.tier_table)
    payoff = instrument.payoff
    return breached_at(tiers, payoff, instrument.multiplier, price, t.positions[c].size, capital, RATE_ONE)
