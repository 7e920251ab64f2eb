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
from stoplog.margin.price_axis import LINE_LOTS
from stoplog.records import AXIS_POINTS, MARK_KNOWN, SCENARIOS, SCENARIOS_AT_ONCE

NONE = refusing.NONE
INVERSE = instruments.INVERSE
NO_RIGHT = scenarios.NO_RIGHT
EXPIRED = int(InstrumentState.EXPIRED)
ARRAY_STAGED = int(Event.ARRAY_STAGED)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
PRICE_OUT_OF_RANGE = int(Refusal.PRICE_OUT_OF_RANGE)
WRONG_INSTRUMENT = int(Refusal.WRONG_INSTRUMENT)
AT_MARK = -1
"""The scenario of the point that is the array's mark itself."""
LONG, SHORT = 1, -1
NOT_KNOWN = 2**62

on_line = twin(price_axis.on_line)
steepness = twin(price_axis.steepness)
most_gained = twin(price_axis.most_gained)
moved_down = twin(price_axis.moved_down)
with_underlying = twin(price_axis.with_underlying)
value_down = twin(instruments.value_down)


@compiled
def _refuse_price(t: Any, command: Any, price: int) -> int:
    limit = t.instruments[command.instrument].price_max
    if 0 <= price <= limit:
        return NONE
    return refuse(t, command, PRICE_OUT_OF_RANGE, 0, 0, price, 0 if price < 0 else limit)


@compiled
def stage_axis(t: Any, command: Any) -> int:
    """STAGE_AXIS: `instrument` an underlying, `code` the first of four scenarios, prices in `amount` to `rate`."""
    if command.code % SCENARIOS_AT_ONCE != 0 or command.code >= SCENARIOS:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, SCENARIOS - SCENARIOS_AT_ONCE)
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.backwards(t, command)
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
def put_aside(t: Any, u: int) -> None:
    """Remember the axis that is in force, until the next revaluation of any underlying."""
    row = t.risk[u]
    for k in range(AXIS_POINTS):
        t.axis_before[k].price = t.axis[u * AXIS_POINTS + k].price
        t.axis_before[k].scenario = t.axis[u * AXIS_POINTS + k].scenario
    t.axis_before[AXIS_POINTS].price = row.axis_mark
    t.axis_before[AXIS_POINTS].scenario = row.axis_count
    t.axis_before[AXIS_POINTS + 1].scenario = row.axis_parts


@compiled
def take_back(t: Any, u: int) -> None:
    """Let the axis that was put aside be in force again."""
    row = t.risk[u]
    for k in range(AXIS_POINTS):
        t.axis[u * AXIS_POINTS + k].price = t.axis_before[k].price
        t.axis[u * AXIS_POINTS + k].scenario = t.axis_before[k].scenario
    row.axis_mark = t.axis_before[AXIS_POINTS].price
    row.axis_count = t.axis_before[AXIS_POINTS].scenario
    row.axis_parts = t.axis_before[AXIS_POINTS + 1].scenario
    t.control[GENERATION] += 1


@compiled
def take_over(t: Any, u: int) -> None:
    """Let the axis that is staged be in force, where the mark of the underlying's array comes too."""
    t.control[GENERATION] += 1
    if not _comes(t, u):
        return
    row, parts, mark = t.risk[u], parts_to_come(t, u), t.risk[u].next_mark
    for k in range(u * AXIS_POINTS, (u + 1) * AXIS_POINTS):
        t.axis[k].price = 0
        t.axis[k].scenario = 0
    count = 0
    if parts != 0:
        count = _put(t, u, 0, mark, AT_MARK)
        for s in range(SCENARIOS):
            if t.next_axis[u * SCENARIOS + s] != 0:
                count = _put(t, u, count, t.next_axis[u * SCENARIOS + s], s)
    row.axis_mark = mark if parts != 0 else 0
    row.axis_count = count
    row.axis_parts = parts


@compiled
def forget_staged(t: Any, u: int) -> None:
    """Let nothing of an axis be staged any more where it has come into force."""
    if _comes(t, u):
        t.next_axis[u * SCENARIOS : (u + 1) * SCENARIOS] = 0


@compiled
def moves(t: Any, u: int) -> bool:
    """Whether a mark of underlying `u` moves what follows it."""
    return t.risk[u].axis_mark != 0 and t.instruments[u].mark != 0  # type: ignore[no-any-return]


@compiled
def _gain(t: Any, i: int, point: int, side: int) -> int:
    """What a lot gains at a point of the axis for who is on that side."""
    scenario = t.axis[point].scenario
    return side * t.arrays[i * SCENARIOS + scenario] if scenario != AT_MARK else word(0)  # type: ignore[no-any-return]


@compiled
def _most_added(t: Any, i: int) -> int:
    return LINE_LOTS * t.instruments[i].lot_value_max  # type: ignore[no-any-return]


@compiled
def _line(t: Any, i: int, point: int, side: int, price: int) -> int:
    """What the line through a point and the one above says at a price, rounded against that side."""
    low, high = t.axis[point].price, t.axis[point + 1].price
    gain, above = _gain(t, i, point, side), _gain(t, i, point + 1, side)
    return on_line(gain, low, above, high, price, t.instruments[i].coin_units, _most_added(t, i))


@compiled
def _point_below(t: Any, u: int, price: int) -> int:
    """The point of the axis at a price or next below, counted from 0; −1 below all."""
    begin = u * AXIS_POINTS
    found = word(-1)
    for k in range(t.risk[u].axis_count):
        if t.axis[begin + k].price <= price:
            found = k
    return found  # type: ignore[no-any-return]


@compiled
def _between(t: Any, i: int, u: int, k: int, side: int) -> int:
    """The gain for who is on that side, the mark between points `k` and `k` + 1."""
    price, point, count = t.instruments[u].mark, u * AXIS_POINTS + k, t.risk[u].axis_count
    least = word(-NOT_KNOWN)
    if k > 0:
        least = _line(t, i, point - 1, side, price)
    if k + 2 < count:
        least = max(least, _line(t, i, point + 1, side, price))
    return min(least, _line(t, i, point, side, price))  # type: ignore[no-any-return]


@compiled
def _beyond(t: Any, i: int, u: int, last: int, near: int, side: int) -> int:
    """The moved price of an option, the mark beyond point `last` of the axis, of which `near` is the lower of two."""
    row, price, mark = t.instruments[i], t.instruments[u].mark, t.risk[i].mark
    moved = moved_down(side * mark, _line(t, i, near, side, price), row.multiplier)
    if side == LONG:
        return moved
    end = t.axis[last].price
    least = moved_down(-mark, _gain(t, i, last, SHORT), row.multiplier)
    least -= most_gained(row.right, row.strike, row.coin_units, end, price, row.price_max)
    return min(moved, least)


@compiled
def _option_moved(t: Any, i: int, u: int, side: int) -> int:
    """The moved price of an option, below zero for who is short."""
    price, begin, last = t.instruments[u].mark, u * AXIS_POINTS, t.risk[u].axis_count - 1
    k = _point_below(t, u, price)
    if k >= 0 and t.axis[begin + k].price == price:
        return moved_down(side * t.risk[i].mark, _gain(t, i, begin + k, side), t.instruments[i].multiplier)
    if k < 0:
        return _beyond(t, i, u, begin, begin, side)
    if k == last:
        return _beyond(t, i, u, begin + last, begin + last - 1, side)
    return moved_down(side * t.risk[i].mark, _between(t, i, u, k, side), t.instruments[i].multiplier)


@compiled
def _moved(t: Any, i: int, u: int, side: int) -> int:
    row, now = t.instruments[i], t.instruments[u].mark
    if t.risk[i].settled != 0:
        return t.risk[i].mark  # type: ignore[no-any-return]
    if i == u:
        return now  # type: ignore[no-any-return]
    if row.right == NO_RIGHT:
        price = side * with_underlying(side * t.risk[i].mark, now, t.risk[u].axis_mark, row.price_max)
        return max(row.price_min, price)  # type: ignore[no-any-return]
    return max(0, min(row.price_max, side * _option_moved(t, i, u, side)))  # type: ignore[no-any-return]


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
    """The points between which steepest lines are known, about the mark of an underlying; equal where they are not.

    Two stretches of the axis, on either side of the point that is nearer to the mark, or the one that it is on.
    """
    price, begin, count = t.instruments[u].mark, u * AXIS_POINTS, t.risk[u].axis_count
    k = _point_below(t, u, price)
    if k < 1 or k + 2 >= count:
        return 0, 0
    if price - t.axis[begin + k].price <= t.axis[begin + k + 1].price - price:
        return max(1, k - 1), k + 1
    return k, min(count - 2, k + 2)


@compiled
def _slopes(t: Any, i: int, u: int) -> tuple[int, int]:
    """(most, least) that a lot gains while its underlying rises by all of its price, in coin 1 / price falls so.

    On any line within `stretch`; the most is not below, the least not above what it is. Not known: `NOT_KNOWN`, and it
    negative.
    """
    row, in_coin = t.instruments[i], t.instruments[u].payoff == INVERSE
    if t.risk[i].settled != 0:
        return 0, 0
    if row.right == NO_RIGHT:
        return _slopes_without_right(t, i, u) if in_coin == (row.payoff == INVERSE) else (NOT_KNOWN, -NOT_KNOWN)
    low, high = stretch(t, u)
    if low == high or in_coin != (row.coin_units != 0):
        return NOT_KNOWN, -NOT_KNOWN
    price, limit, begin = t.instruments[u].mark, _most_added(t, i), u * AXIS_POINTS
    most, least = word(-NOT_KNOWN), word(NOT_KNOWN)
    for k in range(begin + low - 1, begin + high + 1):
        below, above = t.axis[k].price, t.axis[k + 1].price
        gain, more = _gain(t, i, k, LONG), _gain(t, i, k + 1, LONG)
        most = max(most, -steepness(-gain, below, -more, above, price, row.coin_units, limit))
        least = min(least, steepness(gain, below, more, above, price, row.coin_units, limit))
    if most >= limit or least <= -limit:
        return NOT_KNOWN, -NOT_KNOWN
    return most, least


@compiled
def _slopes_without_right(t: Any, i: int, u: int) -> tuple[int, int]:
    row, low, high = t.instruments[i], _moved(t, i, u, LONG), _moved(t, i, u, SHORT)
    one, other = (high, low) if row.payoff == INVERSE else (low, high)
    least = abs(value_down(row.payoff, row.multiplier, one, -1))
    return abs(value_down(row.payoff, row.multiplier, other, 1)), max(0, least)


@compiled
def rounded_by(t: Any, i: int) -> int:
    """By how much rounding can move what a lot counts for at a moved price, at most; −1: not known."""
    row = t.instruments[i]
    if row.underlying == i or t.risk[i].settled != 0:
        return 0
    if row.payoff != INVERSE:
        return row.multiplier + 2  # type: ignore[no-any-return]
    price = t.moved[i].long_price
    if price < 2:  # noqa: PLR2004
        return -1
    return 2 * (abs(value_down(INVERSE, row.multiplier, price, 1)) // price + 1) + 2  # type: ignore[no-any-return]
