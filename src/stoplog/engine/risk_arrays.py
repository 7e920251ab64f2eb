"""Underlyings, and the risk arrays of what follows them: staged one by one, taken into force all at once.

Commands bring marks, charges and profits under scenarios as integers, so that a margin by scenarios is exact and
replays anywhere, whoever priced the arrays and however.
"""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.codes import Event, InstrumentState, Refusal
from stoplog.engine import cross_liquidating, cross_marks, cross_waiting, price_axis, refusing, scenario_health
from stoplog.engine.compiling import compiled, word
from stoplog.engine.postings import note, refuse
from stoplog.engine.room import lacks_room_for
from stoplog.engine.twins import twin
from stoplog.engine.views import GENERATION
from stoplog.margin import scenarios
from stoplog.margin.scenarios import NO_RIGHT, PUT
from stoplog.records import MARK_KNOWN, SCENARIOS, SCENARIOS_AT_ONCE
from stoplog.units import INITIAL_FACTOR_MAX, PRICE_MAX, RATE_ONE

NONE = refusing.NONE
LINEAR = instruments.LINEAR
EXPIRED = int(InstrumentState.EXPIRED)
UNDERLYING_SET = int(Event.UNDERLYING_SET)
ARRAY_STAGED = int(Event.ARRAY_STAGED)
REVALUED = int(Event.REVALUED)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
UNKNOWN_INSTRUMENT = int(Refusal.UNKNOWN_INSTRUMENT)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
PRICE_OUT_OF_RANGE = int(Refusal.PRICE_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
INSTRUMENT_IN_USE = int(Refusal.INSTRUMENT_IN_USE)
WRONG_INSTRUMENT = int(Refusal.WRONG_INSTRUMENT)
NO_ARRAY = int(Refusal.NO_ARRAY)

EVERY_BIT = 2 * MARK_KNOWN - 1
BY_SCENARIOS = scenario_health.BY_SCENARIOS

settled_at = twin(scenarios.settled_at)


@compiled
def _terms_out_of_range(t: Any, command: Any) -> int:
    """Refuse a strike or coin units outside their range; what gives no right has neither."""
    linear = command.amount == 0
    limit = t.instruments[command.instrument].price_max if linear else PRICE_MAX
    limit, least = (0, 0) if command.code == NO_RIGHT else (limit, 1)
    if not least <= command.price <= limit:
        return refuse(t, command, PRICE_OUT_OF_RANGE, 0, 0, command.price, least if command.price < least else limit)
    limit = 0 if command.code == NO_RIGHT else PRICE_MAX
    if not 0 <= command.amount <= limit:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, command.amount, limit)
    return NONE


@compiled
def _fits(t: Any, command: Any) -> bool:
    """Whether an instrument can follow the other: in the same money, one level deep, an option in its prices."""
    i, other = command.instrument, command.other
    row, followed = t.instruments[i], t.instruments[other]
    if row.asset != followed.asset or other not in (i, followed.underlying) or followed.right != NO_RIGHT:
        return False
    if command.code == NO_RIGHT:
        return True
    same_prices = followed.payoff == LINEAR and row.price_max == followed.price_max
    return other != i and row.payoff == LINEAR and (command.amount != 0 or same_prices)  # type: ignore[no-any-return]


@compiled
def _is_followed(t: Any, i: int) -> bool:
    """Whether another instrument has this one as its underlying."""
    found = word(0)
    for k in range(1, t.counts[0].instruments + 1):
        found += k != i and t.instruments[k].underlying == i
    return found != 0  # type: ignore[no-any-return]


@compiled
def _is_used(t: Any, command: Any) -> bool:
    """Whether an instrument has positions, arrays or followers that other terms would change."""
    i = command.instrument
    follows = command.other != i or command.code != NO_RIGHT
    return (
        t.instruments[i].open_interest != 0
        or cross_waiting.positions_wait(t, i)
        or t.risk[i].known != 0
        or (follows and _is_followed(t, i))
    )


@compiled
def set_underlying(t: Any, command: Any) -> int:
    """SET_UNDERLYING: `instrument`, `other` the underlying, `code` the right, `price` strike, `amount` coin units."""
    if command.code > PUT:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, PUT)
    reason = refusing.no_instrument(t, command)
    if reason == NONE and not refusing.knows(command.other, t.counts[0].instruments):
        return refuse(t, command, UNKNOWN_INSTRUMENT, 0, command.other, t.counts[0].instruments, 0)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = _terms_out_of_range(t, command)
    if reason == NONE:
        reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    i = command.instrument
    if not _fits(t, command):
        return refuse(t, command, WRONG_INSTRUMENT, 0, i, command.other, 0)
    if _is_used(t, command):
        return refuse(t, command, INSTRUMENT_IN_USE, 0, 0, 0, 0)
    row = t.instruments[i]
    row.underlying = command.other
    row.right = command.code
    row.strike = command.price
    row.coin_units = command.amount
    note(t, UNDERLYING_SET, row.asset, i, 0, 0, command.other, command.code, command.price)
    return NONE


@compiled
def _beyond(t: Any, command: Any, value: int) -> int:
    """Refuse a profit of a lot that is more than a lot can be worth."""
    limit = t.instruments[command.instrument].lot_value_max
    if -limit <= value <= limit:
        return NONE
    return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, value, limit)


@compiled
def stage_array(t: Any, command: Any) -> int:
    """STAGE_ARRAY: `instrument`, `code` the first of four scenarios, a lot's profits in `amount` to `rate`."""
    reason = refusing.no_scenarios(t, command)
    if reason == NONE:
        reason = _beyond(t, command, command.amount)
    if reason == NONE:
        reason = _beyond(t, command, command.price)
    if reason == NONE:
        reason = _beyond(t, command, command.size)
    if reason == NONE:
        reason = _beyond(t, command, command.rate)
    if reason == NONE:
        reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    i = command.instrument
    begin = i * SCENARIOS + command.code
    t.next_arrays[begin] = command.amount
    t.next_arrays[begin + 1] = command.price
    t.next_arrays[begin + 2] = command.size
    t.next_arrays[begin + 3] = command.rate
    t.risk[i].staged |= 1 << (command.code // SCENARIOS_AT_ONCE)
    note(t, ARRAY_STAGED, t.instruments[i].asset, i, 0, 0, command.code, 0, 0)
    return NONE


@compiled
def stage_mark(t: Any, command: Any) -> int:
    """STAGE_MARK: `instrument`, `price` the mark of its array, `amount` the charge for a lot that is short."""
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = refusing.price_outside(t, command)
    if reason != NONE:
        return reason
    i = command.instrument
    limit = t.instruments[i].lot_value_max
    if not 0 <= command.amount <= limit:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, command.amount, limit)
    reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    t.risk[i].next_mark = command.price
    t.risk[i].next_charge = command.amount
    t.risk[i].staged |= MARK_KNOWN
    note(t, ARRAY_STAGED, t.instruments[i].asset, i, 0, 0, command.price, command.amount, 1)
    return NONE


@compiled
def bits_of(scenarios: int) -> int:
    """The bits that an array of so many scenarios has to know."""
    return MARK_KNOWN | ((1 << ((scenarios + SCENARIOS_AT_ONCE - 1) // SCENARIOS_AT_ONCE)) - 1)


@compiled
def is_whole(t: Any, i: int) -> bool:
    """Whether the array of an instrument is known for all scenarios of its underlying."""
    u = t.instruments[i].underlying
    scenarios = t.risk[u].scenarios
    wanted = bits_of(scenarios) | t.risk[u].axis_parts
    return scenarios != 0 and t.risk[i].known & wanted == wanted  # type: ignore[no-any-return]


@compiled
def not_whole(t: Any, command: Any, x: int, i: int) -> int:
    """Refuse an instrument without a whole array where cross compartment `x` goes by scenarios."""
    if not scenario_health.is_by_scenarios(t, x) or is_whole(t, i):
        return NONE
    return refuse(t, command, NO_ARRAY, 0, 0, i, 0)


@compiled
def _exchange(t: Any, i: int) -> None:
    """Let what is staged of an instrument and what is in force change places."""
    row = t.risk[i]
    for part in range(SCENARIOS // SCENARIOS_AT_ONCE):
        if row.staged & (1 << part) != 0:
            for k in range(
                i * SCENARIOS + part * SCENARIOS_AT_ONCE, i * SCENARIOS + part * SCENARIOS_AT_ONCE + SCENARIOS_AT_ONCE
            ):
                old = t.arrays[k]
                t.arrays[k] = t.next_arrays[k]
                t.next_arrays[k] = old
    if row.staged & MARK_KNOWN != 0:
        mark, charge = row.mark, row.charge
        row.mark = row.next_mark
        row.charge = row.next_charge
        row.next_mark = mark
        row.next_charge = charge
        settled = row.settled
        row.settled = row.next_settled
        row.next_settled = settled


@compiled
def _exchange_all(t: Any, u: int) -> None:
    for i in range(1, t.counts[0].instruments + 1):
        if t.instruments[i].underlying == u and t.risk[i].staged != 0:
            _exchange(t, i)


@compiled
def _forget_staged(t: Any, i: int) -> None:
    row = t.risk[i]
    row.staged = 0
    row.next_mark = 0
    row.next_charge = 0
    row.next_settled = 0
    t.next_arrays[i * SCENARIOS : (i + 1) * SCENARIOS] = 0


@compiled
def _take_over_all(t: Any, u: int) -> int:
    """Let what is in force now be known, and nothing be staged any more; of how many instruments."""
    found = 0
    price_axis.forget_staged(t, u)
    for i in range(1, t.counts[0].instruments + 1):
        if t.instruments[i].underlying == u and t.risk[i].staged != 0:
            t.risk[i].known |= t.risk[i].staged
            _forget_staged(t, i)
            found += 1
    return found


@compiled
def _lacking(t: Any, u: int, scenarios: int) -> int:
    """An instrument in which a position by scenarios is open and whose array would not be whole; 0: there is none."""
    wanted = bits_of(scenarios) | price_axis.parts_to_come(t, u)
    for i in range(1, t.counts[0].instruments + 1):
        follows = t.instruments[i].underlying == u and (t.risk[i].known | t.risk[i].staged) & wanted != wanted
        if follows and cross_waiting.with_positions_by(t, i, BY_SCENARIOS, 0) > 0:
            return i
    return 0


@compiled
def _revaluing_refused(t: Any, command: Any) -> int:
    u, count = command.instrument, command.code
    if not 1 <= count <= SCENARIOS:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, count, SCENARIOS)
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason != NONE:
        return reason
    if not RATE_ONE <= command.rate <= INITIAL_FACTOR_MAX:
        limit = RATE_ONE if command.rate < RATE_ONE else INITIAL_FACTOR_MAX
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, command.rate, limit)
    if t.instruments[u].underlying != u:
        return refuse(t, command, WRONG_INSTRUMENT, 0, u, t.instruments[u].underlying, 0)
    reason = price_axis.not_around_mark(t, command)
    if reason != NONE:
        return reason
    lacking = _lacking(t, u, count)
    if lacking != 0:
        return refuse(t, command, NO_ARRAY, 0, 0, lacking, 0)
    return NONE


@compiled
def revalue(t: Any, command: Any) -> int:
    """REVALUE: `instrument` an underlying, `code` its scenarios, `rate` the initial factor; rule PRT-005."""
    reason = _revaluing_refused(t, command)
    if reason != NONE:
        return reason
    u = command.instrument
    before, factor_before = t.risk[u].scenarios, t.risk[u].initial_factor
    found = cross_waiting.with_positions_on(t, u)
    axis_mark, axis_count, axis_parts = price_axis.put_aside(t, u)
    price_axis.take_over(t, u)
    _exchange_all(t, u)
    t.risk[u].scenarios = command.code
    t.risk[u].initial_factor = command.rate
    wanted, breached = cross_liquidating.let_wait(t, found)
    if lacks_room_for(t, 0, wanted):
        _exchange_all(t, u)
        price_axis.take_back(t, u, axis_mark, axis_count, axis_parts)
        t.risk[u].scenarios = before
        t.risk[u].initial_factor = factor_before
        cross_marks.await_all(t, 0, cross_waiting.with_positions_on(t, u))
        return NONE
    fallen = cross_liquidating.count_fallen(t, 0, breached, command.time) if breached != 0 else 0
    taken = _take_over_all(t, u)
    note(t, REVALUED, t.instruments[u].asset, u, 0, 0, command.code, fallen, taken)
    cross_liquidating.liquidate_breached(t, breached, command.time)
    return NONE


@compiled
def _settles_with(t: Any, other: int, i: int) -> bool:
    """Whether an instrument is live, follows what `i` follows and expires when it does: rule PRT-007."""
    row, ending = t.instruments[other], t.instruments[i]
    together = row.underlying == ending.underlying and row.expiry_time == ending.expiry_time
    return together and row.state != EXPIRED  # type: ignore[no-any-return]


@compiled
def that_settle_with(t: Any, i: int) -> int:
    """Cross compartments by scenarios with a position in `i`, or in what settles with it, in `scratch`; how many.

    If `i` is an underlying whose mark moves others, all with a position on it.
    """
    if price_axis.has_axis(t, i) and t.instruments[i].underlying == i:
        return cross_waiting.with_positions_on(t, i)
    found = word(0)
    for other in range(1, t.counts[0].instruments + 1):
        if cross_waiting.positions_wait(t, other) and _settles_with(t, other, i):
            found = cross_waiting.with_positions_by(t, other, BY_SCENARIOS, found)
    return cross_waiting.each_once(t, 0, found)


@compiled
def settlement_of(t: Any, i: int, price: int) -> int:
    """What an instrument settles at where its underlying does at `price`; without a right within its own limits."""
    row = t.instruments[i]
    settled = settled_at(row.right, row.strike, row.coin_units, row.price_max, price)
    return max(settled, row.price_min) if row.right == NO_RIGHT else settled


@compiled
def _settle(t: Any, i: int, price: int) -> None:
    row = t.risk[i]
    row.known = EVERY_BIT
    row.mark = price
    row.charge = 0
    row.settled = 1
    t.arrays[i * SCENARIOS : (i + 1) * SCENARIOS] = 0
    _forget_staged(t, i)


@compiled
def settle(t: Any, i: int, price: int) -> None:
    """Let the arrays of `i` and of what settles with it be what they settle at, whatever happens; they are whole."""
    t.control[GENERATION] += 1
    for other in range(1, t.counts[0].instruments + 1):
        if _settles_with(t, other, i):
            _settle(t, other, settlement_of(t, other, price))
