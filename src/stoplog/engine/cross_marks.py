"""What marks, funding, expiry and changes of rules do about cross compartments: rule CRS-009."""

from __future__ import annotations

from typing import Any

from stoplog import positions
from stoplog.codes import Event
from stoplog.engine import compartments, cross_health, cross_liquidating, cross_waiting, heaps, pockets, postings
from stoplog.engine.compiling import compiled, outlined, word
from stoplog.engine.heaps import OF_POSITIONS
from stoplog.engine.postings import post
from stoplog.engine.tables import HEAPS
from stoplog.engine.twins import twin

SETTLED_AT_EXPIRY = int(Event.SETTLED_AT_EXPIRY)
POCKET = postings.POCKET
SETTLEMENT = postings.SETTLEMENT

settle_at_expiry = twin(positions.settle_at_expiry)


@outlined
def room_at(t: Any, i: int, price: int, start: int) -> int:
    """How many events a mark of `price` can cause in cross compartments; uses `scratch` from `start`."""
    before = t.instruments[i].mark
    t.instruments[i].mark = price
    wanted = cross_liquidating.room_wanted(t, start, cross_waiting.awake_at(t, i, price, start))
    t.instruments[i].mark = before
    return wanted


@outlined
def look_at_mark(t: Any, i: int, time: int) -> int:
    """Look at the cross compartments whose interval the mark has left."""
    return cross_liquidating.look_at(t, 0, cross_waiting.awake_at(t, i, t.instruments[i].mark, 0), time)


@outlined
def room_after_funding(t: Any, i: int, change: int) -> int:
    """How many events a change of the funding index can cause in cross compartments."""
    if not cross_waiting.wait_for_mark(t, i):
        return 0
    t.instruments[i].funding_index += change
    wanted = room_now(t, i)
    t.instruments[i].funding_index -= change
    return wanted


@compiled
def room_now(t: Any, i: int) -> int:
    """How many events the liquidation of cross compartments that the instrument's mark concerns can have as it is."""
    return cross_liquidating.room_wanted(t, 0, cross_waiting.concerned_by(t, i, 0))


@outlined
def look_at_all(t: Any, i: int, time: int) -> int:
    """Look at every cross compartment that the instrument's mark concerns."""
    if not cross_waiting.wait_for_mark(t, i):
        return 0
    return cross_liquidating.look_at(t, 0, cross_waiting.concerned_by(t, i, 0), time)


@outlined
def look_at_those_by(t: Any, i: int, model: int, time: int) -> int:
    """Look at every cross compartment with a position in the instrument that is margined by a model."""
    if not cross_waiting.positions_wait(t, i):
        return 0
    return cross_liquidating.look_at(t, 0, cross_waiting.with_positions_by(t, i, model, 0), time)


@compiled
def first_breached(t: Any, start: int, end: int) -> int:
    """The first of the cross compartments in `scratch` that is breached; 0: none is."""
    for k in range(start, end):
        if cross_health.is_breached(t, t.scratch[k]):
            return t.scratch[k]  # type: ignore[no-any-return]
    return 0


@compiled
def await_all(t: Any, start: int, end: int) -> None:
    """Let the cross compartments in `scratch` wait anew."""
    for k in range(start, end):
        cross_waiting.await_prices(t, t.scratch[k])


@compiled
def _settle(t: Any, i: int, c: int, price: int) -> None:
    instrument, row, position = t.instruments[i], t.compartments[c], t.positions[c]
    size, pocket = position.size, word(row.pocket)
    pockets.pay_interest(t, pocket)
    compartments.settle_funding(t, i, c)
    realised = settle_at_expiry(instrument.payoff, instrument.multiplier, size, position.cost, price)
    position.size = 0
    position.cost = 0
    instrument.open_interest -= max(size, 0)
    after = t.compartments[pocket].purse + realised
    asset, account = instrument.asset, row.account
    post(t, SETTLED_AT_EXPIRY, SETTLEMENT, POCKET, asset, i, account, c, realised, size, after, price)


@compiled
def _positions(t: Any, i: int) -> int:
    """The rows of positions in the instrument, ascending, in `scratch`; how many."""
    count = heaps.everybody(t, HEAPS * i + OF_POSITIONS, 0)
    t.scratch[:count].sort()
    return count


@outlined
def room_to_settle(t: Any, i: int) -> int:
    """How many events the settlement of cross positions in the instrument can have, liquidations aside."""
    return 3 * t.heads[HEAPS * i + OF_POSITIONS].count  # type: ignore[no-any-return]


@outlined
def settle_all(t: Any, i: int, price: int) -> int:
    """Settle every cross position in the instrument at its last price."""
    count = _positions(t, i)
    for k in range(count):
        if t.positions[t.scratch[k]].size != 0:
            _settle(t, i, t.scratch[k], price)
    for k in range(count):
        cross_waiting.await_prices(t, word(t.compartments[t.scratch[k]].cross))
    return count
