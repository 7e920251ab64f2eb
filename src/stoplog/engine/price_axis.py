"""The price axis of an underlying, and the prices to which its mark moves what follows it: rule PRT-009.

A moved price depends on the instrument, the side and the mark of the underlying, and on no position. It is reckoned
when somebody asks for it first and kept beside the state until a mark or a revaluation makes it another.
"""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.codes import Event, InstrumentState, Refusal
from stoplog.engine import refusing
from stoplog.engine.compiling import compiled, outlined, word
from stoplog.engine.postings import note, refuse
from stoplog.engine.twins import twin
from stoplog.engine.views import GENERATION
from stoplog.margin import price_axis, scenarios
from stoplog.margin.price_axis import AT_MARK, LINE_LOTS, LONG, SHORT, Follower
from stoplog.records import AXIS_POINTS, MARK_KNOWN, SCENARIOS, SCENARIOS_AT_ONCE

NONE = refusing.NONE
INVERSE = instruments.INVERSE
NO_RIGHT = scenarios.NO_RIGHT
EXPIRED = int(InstrumentState.EXPIRED)
ARRAY_STAGED = int(Event.ARRAY_STAGED)
PRICE_OUT_OF_RANGE = int(Refusal.PRICE_OUT_OF_RANGE)
WRONG_INSTRUMENT = int(Refusal.WRONG_INSTRUMENT)
NOT_KNOWN = 2**62

moved_price = twin(price_axis.moved_price)
known_stretch = twin(price_axis.known_stretch)
steepest = twin(price_axis.steepest)
notional_up = twin(instruments.notional_up)


@compiled
def _refuse_price(t: Any, command: Any, price: int) -> int:
    limit = t.instruments[command.instrument].price_max
    if 0 <= price <= limit:
        return NONE
    return refuse(t, command, PRICE_OUT_OF_RANGE, 0, 0, price, 0 if price < 0 else limit)


@compiled
def stage_axis(t: Any, command: Any) -> int:
    """STAGE_AXIS: `instrument` an underlying, `code` the first of four scenarios, prices in `amount` to `rate`."""
    reason = refusing.no_scenarios(t, command)
    for price in (command.amount, command.price, command.size, command.rate):
        if reason == NONE:
            reason = _refuse_price(t, command, price)
    if reason == NONE:
        reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    u = command.instrument
    if t.instruments[u].underlying != u:
        return refuse(t, command, WRONG_INSTRUMENT, 0, u, t.instruments[u].underlying, 0)
    begin = u * SCENARIOS + command.code
    t.next_axis[begin] = command.amount
    t.next_axis[begin + 1] = command.price
    t.next_axis[begin + 2] = command.size
    t.next_axis[begin + 3] = command.rate
    note(t, ARRAY_STAGED, t.instruments[u].asset, u, 0, 0, command.code, 0, 2)
    return NONE


@compiled
def _comes(t: Any, u: int) -> bool:
    """Whether the next revaluation brings another axis, or none."""
    return t.risk[u].staged & MARK_KNOWN != 0  # type: ignore[no-any-return]


@compiled
def parts_to_come(t: Any, u: int) -> int:
    """The bits of the scenarios that the axis names once an underlying is revalued."""
    if not _comes(t, u):
        return t.risk[u].axis_parts  # type: ignore[no-any-return]
    found = word(0)
    for s in range(SCENARIOS):
        if t.next_axis[u * SCENARIOS + s] != 0:
            found |= 1 << (s // SCENARIOS_AT_ONCE)
    return found  # type: ignore[no-any-return]


@compiled
def not_around_mark(t: Any, command: Any) -> int:
    """Refuse to revalue by an axis that does not have prices below and above the mark that it comes with."""
    u = command.instrument
    if not _comes(t, u) or parts_to_come(t, u) == 0:
        return NONE
    mark, low, high = t.risk[u].next_mark, word(NOT_KNOWN), word(0)
    for k in range(u * SCENARIOS, (u + 1) * SCENARIOS):
        if t.next_axis[k] != 0:
            low, high = min(low, t.next_axis[k]), max(high, t.next_axis[k])
    if low < mark < high:
        return NONE
    return refuse(t, command, PRICE_OUT_OF_RANGE, 0, 0, mark, low if low >= mark else high)


@compiled
def _put(t: Any, u: int, count: int, price: int, scenario: int) -> int:
    """Let an axis of so many points have one more, unless it has that price already; how many it has then."""
    begin = u * AXIS_POINTS
    place = begin + count
    for k in range(begin, begin + count):
        if t.axis[k].price == price:
            return count
    while place > begin and t.axis[place - 1].price > price:
        t.axis[place].price = t.axis[place - 1].price
        t.axis[place].scenario = t.axis[place - 1].scenario
        place -= 1
    t.axis[place].price = price
    t.axis[place].scenario = scenario
    return count + 1


@compiled
def put_aside(t: Any, u: int) -> tuple[int, int, int]:
    """Remember the points of the axis in force, until any other is put aside; what else there is of it."""
    for k in range(AXIS_POINTS):
        t.axis_before[k].price = t.axis[u * AXIS_POINTS + k].price
        t.axis_before[k].scenario = t.axis[u * AXIS_POINTS + k].scenario
    row = t.risk[u]
    return row.axis_mark, row.axis_count, row.axis_parts


@compiled
def take_back(t: Any, u: int, mark: int, count: int, parts: int) -> None:
    """Let the axis that was put aside be in force again."""
    for k in range(AXIS_POINTS):
        t.axis[u * AXIS_POINTS + k].price = t.axis_before[k].price
        t.axis[u * AXIS_POINTS + k].scenario = t.axis_before[k].scenario
    _set(t, u, mark, count, parts)


@compiled
def _set(t: Any, u: int, mark: int, count: int, parts: int) -> None:
    """What else there is of an axis than its points; what has been moved by another is so no longer."""
    row = t.risk[u]
    row.axis_mark = mark
    row.axis_count = count
    row.axis_parts = parts
    t.control[GENERATION] += 1


@compiled
def take_over(t: Any, u: int) -> None:
    """Let the axis that is staged be in force, where the mark of the underlying's array comes too."""
    row = t.risk[u]
    if not _comes(t, u):
        _set(t, u, row.axis_mark, row.axis_count, row.axis_parts)
        return
    parts, mark, count = parts_to_come(t, u), row.next_mark, 0
    for k in range(u * AXIS_POINTS, (u + 1) * AXIS_POINTS):
        t.axis[k].price = 0
        t.axis[k].scenario = 0
    if parts != 0:
        count = _put(t, u, 0, mark, AT_MARK)
        for s in range(SCENARIOS):
            if t.next_axis[u * SCENARIOS + s] != 0:
                count = _put(t, u, count, t.next_axis[u * SCENARIOS + s], s)
    _set(t, u, mark if parts != 0 else 0, count, parts)


@compiled
def forget_staged(t: Any, u: int) -> None:
    """Let nothing of an axis be staged any more where it has come into force."""
    if _comes(t, u):
        t.next_axis[u * SCENARIOS : (u + 1) * SCENARIOS] = 0


@compiled
def has_axis(t: Any, u: int) -> bool:
    """Whether a mark of underlying `u` would move what follows it."""
    return t.risk[u].axis_mark != 0  # type: ignore[no-any-return]


@compiled
def moves(t: Any, u: int) -> bool:
    """Whether the mark of underlying `u` moves what follows it."""
    return has_axis(t, u) and t.instruments[u].mark != 0


@compiled
def _axis_of(t: Any, u: int) -> Any:
    return t.axis[u * AXIS_POINTS : u * AXIS_POINTS + t.risk[u].axis_count]


@compiled
def _terms_of(t: Any, i: int) -> Any:
    row = t.instruments[i]
    most = LINE_LOTS * row.lot_value_max
    return Follower(row.right, row.strike, row.coin_units, row.multiplier, row.price_min, row.price_max, most)


@compiled
def _array_of(t: Any, i: int) -> Any:
    return t.arrays[i * SCENARIOS : (i + 1) * SCENARIOS]


@compiled
def _moved(t: Any, i: int, u: int, side: int) -> int:
    mark, now = t.risk[i].mark, t.instruments[u].mark
    if t.risk[i].settled != 0:
        return mark  # type: ignore[no-any-return]
    if i == u:
        return now  # type: ignore[no-any-return]
    return moved_price(_terms_of(t, i), _axis_of(t, u), _array_of(t, i), mark, t.risk[u].axis_mark, now, side)


@outlined
def _reckon(t: Any, i: int, u: int) -> int:
    """Keep what the mark of the underlying makes of an instrument now."""
    kept = t.moved[i]
    kept.long_price = _moved(t, i, u, LONG)
    kept.short_price = _moved(t, i, u, SHORT)
    kept.most, kept.least = _slopes(t, i, u)
    kept.mark = t.instruments[u].mark
    kept.generation = t.control[GENERATION]
    return 0


@compiled
def keep(t: Any, i: int, u: int) -> None:
    """Let `moved` of instrument `i` be what the mark of its underlying makes of it, whose axis is in force."""
    kept = t.moved[i]
    if kept.mark != t.instruments[u].mark or kept.generation != t.control[GENERATION]:
        _reckon(t, i, u)


@compiled
def price_for(t: Any, i: int, size: int) -> int:
    """What an instrument counts at in a portfolio compartment that has `size` lots: its array's mark, or moved."""
    u = t.instruments[i].underlying
    if not moves(t, u):
        return t.risk[i].mark  # type: ignore[no-any-return]
    keep(t, i, u)
    return t.moved[i].long_price if size > 0 else t.moved[i].short_price  # type: ignore[no-any-return]


@compiled
def stretch(t: Any, u: int) -> tuple[int, int]:
    """The prices between which slopes are known, about the mark of an underlying; the same twice where they are not."""
    axis = _axis_of(t, u)
    low, high = known_stretch(axis, t.instruments[u].mark)
    return axis[low].price, axis[high].price


@compiled
def _slopes(t: Any, i: int, u: int) -> tuple[int, int]:
    """(most, least) that a lot gains while its underlying rises by all of its price, in coin 1 / price falls so.

    On any line within `stretch`; the most is not below, the least not above what it is. Not known: `NOT_KNOWN`, and it
    negative.
    """
    row, in_coin, axis = t.instruments[i], t.instruments[u].payoff == INVERSE, _axis_of(t, u)
    if t.risk[i].settled != 0:
        return 0, 0
    if row.right == NO_RIGHT:
        return _slopes_without_right(t, i, u) if in_coin == (row.payoff == INVERSE) else (NOT_KNOWN, -NOT_KNOWN)
    mark, terms, array = t.instruments[u].mark, _terms_of(t, i), _array_of(t, i)
    low, high = known_stretch(axis, mark)
    if low == high or in_coin != (row.coin_units != 0):
        return NOT_KNOWN, -NOT_KNOWN
    least = steepest(terms, axis, array, low, high, mark, LONG)
    most = -steepest(terms, axis, array, low, high, mark, SHORT)
    return (NOT_KNOWN, -NOT_KNOWN) if max(most, -least) >= terms.most_added else (most, least)


@compiled
def _slopes_without_right(t: Any, i: int, u: int) -> tuple[int, int]:
    row, low, high = t.instruments[i], _moved(t, i, u, LONG), _moved(t, i, u, SHORT)
    dear, cheap = (low, high) if row.payoff == INVERSE else (high, low)
    return notional_up(row.payoff, row.multiplier, dear, 1), notional_up(row.payoff, row.multiplier, cheap, 1) - 1


@compiled
def rounded_by(t: Any, i: int) -> int:
    """By how much rounding can move what a lot counts for at a moved price, at most; −1: not known."""
    row = t.instruments[i]
    if row.underlying == i or t.risk[i].settled != 0:
        return word(0)  # type: ignore[no-any-return]
    if row.payoff != INVERSE:
        return row.multiplier + 2  # type: ignore[no-any-return]
    price = t.moved[i].long_price
    if price < 2:  # noqa: PLR2004
        return word(-1)  # type: ignore[no-any-return]
    return 2 * (notional_up(INVERSE, row.multiplier, price, 1) // price + 1) + 2  # type: ignore[no-any-return]
