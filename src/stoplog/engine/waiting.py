"""Who waits for what: wake-up values kept in the heaps, moved by funding, and the compartments that are awake.

Under most policies only one direction can breach a position, and it waits in one heap. Where a requirement jumps or
bends with the notional it waits in both, for the ends of an interval in which it is safe.
"""

from __future__ import annotations

from typing import Any

from stoplog import instruments, positions
from stoplog.engine import heaps
from stoplog.engine.compiling import compiled
from stoplog.engine.tables import HEAPS
from stoplog.engine.twins import twin
from stoplog.engine.views import REBUILT, TRIAL
from stoplog.margin import breaching, policies, thresholds, top_up
from stoplog.margin.policies import Policy
from stoplog.records import TIERS_PER_TABLE
from stoplog.units import RATE_ONE

INVERSE = instruments.INVERSE
DRIFT_LIMIT = 2**59

value_lots = twin(instruments.value_lots)
lot_value_down = twin(instruments.lot_value_down)
lot_value_up = twin(instruments.lot_value_up)
funding_due = twin(positions.funding_due)
is_plain = twin(policies.is_plain)
two_sided = twin(policies.two_sided)
wake_up_value = twin(thresholds.wake_up_value)
wake_up_under = twin(breaching.wake_up_under)
safe_interval = twin(breaching.safe_interval)
drift_under = twin(breaching.drift_under)
breached_under = twin(breaching.breached_under)
fee_in_rate = twin(policies.fee_in_rate)
highest_trigger = twin(top_up.highest_trigger)
band_under = twin(top_up.band_under)
band_interval = twin(top_up.band_interval)


@compiled
def ladder(t: Any, table: int) -> Any:
    """The tiers of a table."""
    first = table * TIERS_PER_TABLE
    return t.tiers[first : first + t.tier_tables[table].count]


@compiled
def policy_of(t: Any, i: int) -> Any:
    """What instrument `i` is and asks."""
    row = t.instruments[i]
    tier_rule = t.tier_tables[row.tier_table].rule
    return Policy(row.payoff, row.multiplier, tier_rule, row.maintenance_at, row.close_fee, row.close_fee_rate)


@compiled
def owed(t: Any, i: int, c: int) -> int:
    """Funding that compartment `c` owes by now."""
    position = t.positions[c]
    return funding_due(position.size, t.instruments[i].funding_index, position.funding_index)


@compiled
def capital_of(t: Any, i: int, c: int) -> int:
    """Purse less funding owed less cost."""
    capital: int = t.compartments[c].purse - owed(t, i, c) - t.positions[c].cost
    return capital


@compiled
def may_take(t: Any, c: int) -> bool:
    """Whether compartment `c` has a top-up policy with something left of its cap."""
    return t.top_ups[t.positions[c].top_up].left > 0  # type: ignore[no-any-return]


@compiled
def highest_rate(t: Any, i: int) -> int:
    """The highest rate of the instrument's table with the fee for closing in it."""
    tiers = ladder(t, t.instruments[i].tier_table)
    return tiers[len(tiers) - 1].rate + fee_in_rate(policy_of(t, i))  # type: ignore[no-any-return]


@compiled
def trigger_in_force(t: Any, i: int, trigger: int) -> int:
    """The trigger, or the highest that the instrument's rates admit: rule TOP-006."""
    return min(trigger, highest_trigger(highest_rate(t, i), RATE_ONE))


@compiled
def heed_trigger(t: Any, i: int, trigger: int) -> None:
    """Let both heaps of the instrument know of a policy with this trigger before its compartment waits; in no trial."""
    if t.control[TRIAL] != 0:
        return
    for heap in range(HEAPS * i, HEAPS * i + 2):
        t.heads[heap].trigger = max(t.heads[heap].trigger, trigger)


@compiled
def waits_in_both(t: Any, i: int) -> bool:
    """Whether every position of the instrument waits in both of its heaps."""
    return two_sided(policy_of(t, i))


@compiled
def _heap(t: Any, i: int, size: int) -> int:
    rising = value_lots(t.instruments[i].payoff, size) < 0
    return HEAPS * i + 1 if rising else HEAPS * i


@compiled
def _key(t: Any, i: int, c: int, heap: int) -> int:
    """The key of a position that waits in one heap."""
    policy = policy_of(t, i)
    tiers = ladder(t, t.instruments[i].tier_table)
    capital, size = capital_of(t, i, c), t.positions[c].size
    lots = value_lots(policy.payoff, size)
    if t.heads[heap].trigger != 0 and may_take(t, c):
        trigger = trigger_in_force(t, i, t.top_ups[t.positions[c].top_up].trigger)
        value = band_under(policy, tiers, size, t.positions[c].cost, capital, trigger, RATE_ONE)
    elif is_plain(policy):
        value = wake_up_value(tiers, lots, capital, 0, RATE_ONE)
    else:
        value = wake_up_under(policy, tiers, size, t.positions[c].cost, capital, RATE_ONE)
    settled: int = value - t.heads[heap].drift
    return -settled if lots > 0 else settled


@compiled
def _both_keys(t: Any, i: int, c: int) -> tuple[int, int]:
    """The keys of a position that waits in both heaps, in which there is no drift."""
    tiers, mark = ladder(t, t.instruments[i].tier_table), t.instruments[i].mark
    policy, size, capital = policy_of(t, i), t.positions[c].size, capital_of(t, i, c)
    if t.heads[HEAPS * i].trigger != 0 and may_take(t, c):
        trigger = trigger_in_force(t, i, t.top_ups[t.positions[c].top_up].trigger)
        low, high = band_interval(policy, tiers, mark, size, capital, trigger, RATE_ONE)
    else:
        low, high = safe_interval(policy, tiers, mark, size, capital, RATE_ONE)
    return -low, high


@compiled
def await_price(t: Any, i: int, c: int, before: int) -> None:
    """Let compartment `c`, which had `before` lots, wait where its position belongs now.

    One that has become safer keeps its earlier wake-up value: being woken once too early, if a price ever comes
    there, costs less than moving it down the heap at every step. A trial leaves the heaps as they are.
    """
    if t.control[TRIAL] != 0:
        return
    size = t.positions[c].size
    if waits_in_both(t, i):
        _await_both(t, i, c, before)
        return
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
def forget(t: Any, i: int, c: int, size: int) -> None:
    """Let compartment `c`, which has `size` lots, wait for nothing. A trial leaves the heaps as they are."""
    if t.control[TRIAL] != 0 or size == 0:
        return
    if waits_in_both(t, i):
        heaps.remove(t, HEAPS * i, c)
        heaps.remove(t, HEAPS * i + 1, c)
    else:
        heaps.remove(t, _heap(t, i, size), c)


@compiled
def _await_both(t: Any, i: int, c: int, before: int) -> None:
    if t.positions[c].size == 0:
        if before != 0:
            heaps.remove(t, HEAPS * i, c)
            heaps.remove(t, HEAPS * i + 1, c)
        return
    low, high = _both_keys(t, i, c)
    if before == 0:
        heaps.push(t, HEAPS * i, low, c)
        heaps.push(t, HEAPS * i + 1, high, c)
    else:
        heaps.change(t, HEAPS * i, low, c)
        heaps.change(t, HEAPS * i + 1, high, c)


@compiled
def sleep_on(t: Any, i: int, c: int) -> None:
    """Let compartment `c`, which was woken and is healthy, wait for the price that its position calls for now."""
    if waits_in_both(t, i):
        _await_both(t, i, c, t.positions[c].size)
        return
    heap = _heap(t, i, t.positions[c].size)
    heaps.change(t, heap, _key(t, i, c, heap), c)


@compiled
def heaps_have_room(t: Any, i: int, more: int) -> bool:
    """Whether `more` compartments can begin to wait in either heap of the instrument."""
    return heaps.has_room(t, HEAPS * i, more) and heaps.has_room(t, HEAPS * i + 1, more)


@compiled
def holders_count(t: Any, i: int) -> int:
    """How many compartments have a position in the instrument."""
    found = t.heads[HEAPS * i].count
    if not waits_in_both(t, i):
        found += t.heads[HEAPS * i + 1].count
    return found  # type: ignore[no-any-return]


@compiled
def holders(t: Any, i: int) -> int:
    """All compartments with a position in the instrument, ascending, in `scratch`; returns how many."""
    found = 0
    last = HEAPS * i if waits_in_both(t, i) else HEAPS * i + 1
    for heap in range(HEAPS * i, last + 1):
        start = t.heads[heap].start
        for slot in range(start, start + t.heads[heap].count):
            t.scratch[found] = t.nodes[slot].position
            found += 1
    t.scratch[:found].sort()
    return found


@compiled
def wait_anew(t: Any, i: int, found: int) -> None:
    """Empty both heaps and let the first `found` compartments in `scratch` wait where they belong now.

    For a change of the rules; the heaps have room for all of them.
    """
    for heap in range(HEAPS * i, HEAPS * i + 2):
        t.heads[heap].count = 0
        t.heads[heap].drift = 0
    for k in range(found):
        await_price(t, i, t.scratch[k], 0)


@compiled
def rebuild(t: Any, i: int, heap: int) -> None:
    """Give every compartment that waits in the heap a fresh key, and the heap no drift."""
    head = t.heads[heap]
    t.heads[heap].drift = 0
    t.control[REBUILT] += 1
    both = waits_in_both(t, i)
    for slot in range(head.count - 1, -1, -1):
        c = t.nodes[head.start + slot].position
        if both:
            low, high = _both_keys(t, i, c)
            key = high if heap & 1 else low
        else:
            key = _key(t, i, c, heap)
        t.nodes[head.start + slot].key = key
        heaps.sink(t, heap, head.start, head.count, slot, key, c)


@compiled
def drift(t: Any, i: int, change: int) -> None:
    """Move both heaps by what funding can have moved any threshold in them; fresh keys where they hold intervals."""
    instrument = t.instruments[i]
    policy = policy_of(t, i)
    if two_sided(policy):
        rebuild(t, i, HEAPS * i)
        rebuild(t, i, HEAPS * i + 1)
        return
    tiers = ladder(t, instrument.tier_table)
    rate_max = tiers[len(tiers) - 1].rate
    seen = -change if instrument.payoff == INVERSE else change
    trigger = trigger_in_force(t, i, max(RATE_ONE, t.heads[HEAPS * i].trigger))
    for heap, lots in ((HEAPS * i, 1), (HEAPS * i + 1, -1)):
        bound = drift_under(policy, seen, rate_max, trigger, RATE_ONE, lots)
        if abs(bound) > DRIFT_LIMIT or abs(t.heads[heap].drift + bound) > DRIFT_LIMIT:
            rebuild(t, i, heap)
        else:
            t.heads[heap].drift += bound


@compiled
def find_awake(t: Any, i: int, price: int) -> int:
    """How many compartments a mark of `price` wakes; their numbers are in `scratch`, falling values first."""
    instrument = t.instruments[i]
    payoff = instrument.payoff
    falling = t.heads[HEAPS * i].drift - lot_value_down(payoff, instrument.multiplier, price)
    found = heaps.awake(t, HEAPS * i, falling, 0)
    rising = lot_value_up(payoff, instrument.multiplier, price) - t.heads[HEAPS * i + 1].drift
    every = heaps.awake(t, HEAPS * i + 1, rising, found)
    if found in (0, every) or not waits_in_both(t, i):
        return every
    kept = found
    for k in range(found, every):
        c = t.scratch[k]
        if heaps.key_of(t, HEAPS * i, c) > falling:
            t.scratch[kept] = c
            kept += 1
    return kept


@compiled
def is_breached(t: Any, i: int, c: int, price: int) -> bool:
    """Whether compartment `c` is breached at `price`, exactly."""
    instrument = t.instruments[i]
    policy = policy_of(t, i)
    capital, size = capital_of(t, i, c), t.positions[c].size
    tiers = ladder(t, instrument.tier_table)
    return breached_under(policy, tiers, price, size, t.positions[c].cost, capital, RATE_ONE)
