"""What a cross compartment margined by scenarios must hold: rules PRT-002 to PRT-004 and PRT-008 to PRT-010.

Its positions are valued at the marks of their risk arrays, which come with the arrays, all those of an underlying at
once, or where that has an axis at the prices to which its mark moves them: a hedge is never looked at with one leg
moved and the other not. Every figure is a sum over rows, one walk for each underlying.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from stoplog import instruments
from stoplog.codes import Kind, Model
from stoplog.engine import cross_rows, price_axis, waiting
from stoplog.engine.compiling import compiled, outlined, word
from stoplog.engine.twins import twin
from stoplog.margin import pooling, scenarios
from stoplog.records import SCENARIOS
from stoplog.units import RATE_ONE

POSITION = int(Kind.POSITION)
BY_SCENARIOS = int(Model.SCENARIOS)
LINEAR = instruments.LINEAR
REQUIRED_MAX = pooling.REQUIRED_MAX

counted = twin(pooling.counted)
value_down = twin(instruments.value_down)
exercised = twin(scenarios.exercised)
required_by_scenarios = twin(scenarios.required_by_scenarios)
at_most_lost = twin(scenarios.at_most_lost)


class Held(NamedTuple):
    """What the positions on one underlying come to, and the next underlying by number, 0 for none."""

    value: int
    worth: int
    unmoved: int
    loss: int
    charge: int
    following: int


@compiled
def is_by_scenarios(t: Any, x: int) -> bool:
    """Whether cross compartment `x` is margined by scenarios."""
    return t.compartments[x].initial_rate == BY_SCENARIOS  # type: ignore[no-any-return]


@compiled
def underlying_of(t: Any, c: int) -> int:
    """The underlying of the instrument of position `c`."""
    return t.instruments[t.compartments[c].instrument].underlying  # type: ignore[no-any-return]


@compiled
def size_of(t: Any, c: int, swap: Any) -> int:
    """The size of position `c`, or the one that the swap puts in its place."""
    return swap.size if c == swap.row else t.positions[c].size  # type: ignore[no-any-return]


@compiled
def _value_at(t: Any, i: int, price: int, size: int) -> int:
    row = t.instruments[i]
    return value_down(row.payoff, row.multiplier, price, size)


@compiled
def value_of(t: Any, c: int, size: int) -> int:
    """What `size` lots of the instrument of position `c` count for, at its array's mark or moved, rounded down."""
    i = word(t.compartments[c].instrument)
    return _value_at(t, i, price_axis.price_for(t, i, size), size) if size != 0 else word(0)


@compiled
def _marked_value(t: Any, i: int, size: int, by_array: int) -> int:
    """Likewise at the mark of the instrument that is in force, or what it counts for where there is none."""
    mark = t.instruments[i].mark
    return _value_at(t, i, mark, size) if mark != 0 else by_array


@compiled
def _is_in(t: Any, row: int, underlying: int, swap: Any) -> bool:
    """Whether a row is a position with a size on the underlying."""
    return t.compartments[row].kind == POSITION and size_of(t, row, swap) != 0 and underlying_of(t, row) == underlying


@compiled
def first_underlying(t: Any, x: int, pocket: int, swap: Any) -> int:
    """The underlying with the smallest number of what has a size and settles into a pocket; 0: there is none."""
    found = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        here = t.compartments[row].pocket == pocket and t.compartments[row].kind == POSITION
        if here and size_of(t, row, swap) != 0:
            underlying = underlying_of(t, row)
            if found == 0 or underlying < found:
                found = word(underlying)
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]


@compiled
def _spent(t: Any, c: int, swap: Any) -> int:
    """The cost of a position with funding owed, less what the swap pays into its pocket."""
    if c == swap.row:
        return swap.cost + swap.owed - swap.purse  # type: ignore[no-any-return]
    return t.positions[c].cost + waiting.owed(t, t.compartments[c].instrument, c)  # type: ignore[no-any-return]


@compiled
def _add_array(t: Any, i: int, size: int, count: int) -> None:
    profits, arrays, begin = t.profits, t.arrays, i * SCENARIOS
    for s in range(count):
        profits[s] += size * arrays[begin + s]


@compiled
def _lowest(t: Any, count: int) -> int:
    lowest = word(0)
    for s in range(count):
        lowest = min(lowest, t.profits[s])
    return lowest  # type: ignore[no-any-return]


@compiled
def _held(t: Any, x: int, pocket: int, u: int, swap: Any) -> Any:
    """What the positions on underlying `u` come to: rules PRT-002, PRT-003 and PRT-009."""
    count = t.risk[u].scenarios
    for s in range(count):
        t.profits[s] = 0
    value, spent, unmoved, charge, following = word(0), word(0), word(0), word(0), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].pocket == pocket and t.compartments[row].kind == POSITION:
            size, i = size_of(t, row, swap), word(t.compartments[row].instrument)
            underlying = t.instruments[i].underlying
            if size != 0 and underlying == u:
                _add_array(t, i, size, count)
                charge += max(0, -size) * t.risk[i].charge
                value += _value_at(t, i, price_axis.price_for(t, i, size), size)
                unmoved += _value_at(t, i, t.risk[i].mark, size)
                spent += _spent(t, row, swap)
            elif size != 0 and underlying > u and (following == 0 or underlying < following):
                following = word(underlying)
        row = cross_rows.behind(t, row)
    return Held(value, value - spent, unmoved, -_lowest(t, count), charge, following)


@compiled
def _left_at(t: Any, x: int, underlying: int, expiry: int, price: int, swap: Any) -> int:
    """What the positions of one expiry are worth where the underlying settles at `price`."""
    found = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_in(t, row, underlying, swap):
            instrument = t.instruments[t.compartments[row].instrument]
            if instrument.expiry_time == expiry:
                gained = exercised(instrument.right, instrument.strike, price)
                found += size_of(t, row, swap) * instrument.multiplier * gained
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]


@compiled
def _lowest_left(t: Any, x: int, underlying: int, expiry: int, swap: Any) -> int:
    """The least that the positions of one expiry are worth at any settlement: at 0, the limit, or a strike."""
    highest = t.instruments[underlying].price_max
    found = min(_left_at(t, x, underlying, expiry, word(0), swap), _left_at(t, x, underlying, expiry, highest, swap))
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_in(t, row, underlying, swap):
            instrument = t.instruments[t.compartments[row].instrument]
            if instrument.expiry_time == expiry and instrument.strike != 0:
                found = min(found, _left_at(t, x, underlying, expiry, instrument.strike, swap))
        row = cross_rows.behind(t, row)
    return found


@compiled
def _leads_expiry(t: Any, x: int, c: int, underlying: int, swap: Any) -> bool:
    """Whether position `c` is the first on its underlying with its expiry."""
    expiry = t.instruments[t.compartments[c].instrument].expiry_time
    row = cross_rows.first(t, x)
    while row != c:
        if _is_in(t, row, underlying, swap) and t.instruments[t.compartments[row].instrument].expiry_time == expiry:
            return False
        row = cross_rows.behind(t, row)
    return True


@outlined
def floor(t: Any, x: int, underlying: int, swap: Any) -> int:
    """The least that all positions on the underlying are worth when they settle, expiry by expiry: rule PRT-004."""
    found = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_in(t, row, underlying, swap) and _leads_expiry(t, x, row, underlying, swap):
            expiry = t.instruments[t.compartments[row].instrument].expiry_time
            found += _lowest_left(t, x, underlying, expiry, swap)
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]


@outlined
def has_floor(t: Any, x: int, underlying: int, swap: Any) -> bool:
    """Whether all positions on the underlying are linear, paid in its price and bound by the same limit."""
    highest = t.instruments[underlying].price_max
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_in(t, row, underlying, swap):
            instrument = t.instruments[t.compartments[row].instrument]
            if instrument.payoff != LINEAR or instrument.coin_units != 0 or instrument.price_max != highest:
                return False
        row = cross_rows.behind(t, row)
    return True


@compiled
def _flat(t: Any, pocket: int, swap: Any) -> int:
    """What the swap leaves of a position that it takes flat, and pays into its pocket."""
    row = swap.row
    if row == 0 or swap.size != 0 or t.compartments[row].kind != POSITION or t.compartments[row].pocket != pocket:
        return word(0)  # type: ignore[no-any-return]
    return swap.purse - swap.cost - swap.owed  # type: ignore[no-any-return]


@outlined
def sums(t: Any, x: int, pocket: int, swap: Any, bound: bool) -> Any:  # noqa: FBT001
    """(what the positions that settle into a pocket are worth, what they must hold) to stay.

    Not `bound` by the strikes they are worth no more and have to hold no less, which is sooner found.
    """
    worth, needed = _flat(t, pocket, swap), word(0)
    u = first_underlying(t, x, pocket, swap)
    while u != 0:
        held = _held(t, x, pocket, u, swap)
        required = required_by_scenarios(held.loss, held.charge, RATE_ONE, RATE_ONE)
        worth += held.worth
        if bound and has_floor(t, x, u, swap):
            least = floor(t, x, u, swap)
            required = at_most_lost(required, held.value, least)
            worth += max(0, min(least, held.unmoved) - held.value)
        needed = min(REQUIRED_MAX, needed + required)
        u = held.following
    return worth, needed


@outlined
def at_worst(t: Any, x: int, pocket: int, swap: Any) -> Any:
    """(what they are worth at least whatever marks do, what they must hold at most, whether that is known): PRT-010."""
    worth, needed = _flat(t, pocket, swap), word(0)
    u = first_underlying(t, x, pocket, swap)
    while u != 0:
        if not has_floor(t, x, u, swap):
            return worth, needed, False
        held = _held(t, x, pocket, u, swap)
        worth += held.worth - held.value + min(floor(t, x, u, swap), held.unmoved)
        needed = min(REQUIRED_MAX, needed + required_by_scenarios(held.loss, held.charge, RATE_ONE, RATE_ONE))
        u = held.following
    return worth, needed, True


@compiled
def _counted_worths(t: Any, x: int, pocket: int, swap: Any) -> tuple[int, int, int]:
    """(what positions count for at arrays, at marks, order margins) to open: rule PRT-008."""
    gains = t.compartments[x].pocket
    worth, marked, ordered = word(0), word(0), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION and t.compartments[row].pocket == pocket:
            size, i, paid = size_of(t, row, swap), word(t.compartments[row].instrument), word(0)
            if row == swap.row:
                paid = swap.purse
            backing, spent, value = t.instruments[i].settlement, _spent(t, row, swap) + paid, value_of(t, row, size)
            worth += counted(value - spent, gains, backing) + paid
            by_mark = _marked_value(t, i, size, value) if size != 0 else word(0)
            marked += counted(by_mark - spent, gains, backing) + paid
            ordered += swap.ordered if row == swap.row else t.compartments[row].order_margin
            ordered = min(REQUIRED_MAX, ordered)
        row = cross_rows.behind(t, row)
    return worth, marked, ordered


@outlined
def sums_to_open(t: Any, x: int, pocket: int, swap: Any) -> Any:
    """`sums` to open: the smaller of the worths at arrays and at marks, and what must be held with orders."""
    worth, marked, needed = _counted_worths(t, x, pocket, swap)
    u = first_underlying(t, x, pocket, swap)
    while u != 0:
        held = _held(t, x, pocket, u, swap)
        required = required_by_scenarios(held.loss, held.charge, t.risk[u].initial_factor, RATE_ONE)
        if has_floor(t, x, u, swap):
            required = at_most_lost(required, held.value, floor(t, x, u, swap))
        needed = min(REQUIRED_MAX, needed + required)
        u = held.following
    return min(worth, marked), needed
