"""What a cross compartment margined by scenarios must hold: rules PRT-002 to PRT-004.

Its positions are valued at the marks of their risk arrays, which come with the arrays, all those of an underlying at
once: a hedge is never looked at with one leg moved and the other not. Every figure is a sum over rows.
"""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.codes import Kind, Model
from stoplog.engine import cross_rows, waiting
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
def value_of(t: Any, c: int, size: int) -> int:
    """What `size` lots of the instrument of position `c` are worth at the mark of its array, rounded down."""
    i = t.compartments[c].instrument
    if size == 0:
        return 0
    row = t.instruments[i]
    return value_down(row.payoff, row.multiplier, t.risk[i].mark, size)


@compiled
def marked_value_of(t: Any, c: int, size: int) -> int:
    """Likewise at the mark of the instrument that is in force; at that of its array where it has none."""
    i = t.compartments[c].instrument
    if size == 0:
        return 0
    row = t.instruments[i]
    return value_down(row.payoff, row.multiplier, row.mark if row.mark != 0 else t.risk[i].mark, size)


@compiled
def _is_in(t: Any, row: int, underlying: int, swap: Any) -> bool:
    """Whether a row is a position with a size on the underlying."""
    return t.compartments[row].kind == POSITION and size_of(t, row, swap) != 0 and underlying_of(t, row) == underlying


@compiled
def _leads(t: Any, x: int, c: int, swap: Any) -> bool:
    """Whether position `c` has a size and is the first such on its underlying."""
    underlying = underlying_of(t, c)
    row = cross_rows.first(t, x)
    while row != c:
        if _is_in(t, row, underlying, swap):
            return False
        row = cross_rows.behind(t, row)
    return size_of(t, c, swap) != 0


@compiled
def _scanned(t: Any, x: int, underlying: int, swap: Any) -> tuple[int, int]:
    """(worst loss of all positions on the underlying, charge for what is short): rules PRT-002 and PRT-003."""
    profits, charge = t.profits, word(0)
    for s in range(SCENARIOS):
        profits[s] = 0
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_in(t, row, underlying, swap):
            size, i = size_of(t, row, swap), word(t.compartments[row].instrument)
            begin = i * SCENARIOS
            for s in range(SCENARIOS):
                profits[s] += size * t.arrays[begin + s]
            charge += max(0, -size) * t.risk[i].charge
        row = cross_rows.behind(t, row)
    lowest = word(0)
    for s in range(t.risk[underlying].scenarios):
        lowest = min(lowest, profits[s])
    return -lowest, charge


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


@compiled
def _floor(t: Any, x: int, underlying: int, swap: Any) -> int:
    """The least that all positions on the underlying are worth when they settle, expiry by expiry: rule PRT-004."""
    found = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_in(t, row, underlying, swap) and _leads_expiry(t, x, row, underlying, swap):
            expiry = t.instruments[t.compartments[row].instrument].expiry_time
            found += _lowest_left(t, x, underlying, expiry, swap)
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]


@compiled
def _has_floor(t: Any, x: int, underlying: int, swap: Any) -> bool:
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
def _value(t: Any, x: int, underlying: int, swap: Any) -> int:
    found = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_in(t, row, underlying, swap):
            found += value_of(t, row, size_of(t, row, swap))
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]


@compiled
def _required(t: Any, x: int, underlying: int, swap: Any, opening: bool) -> int:  # noqa: FBT001
    """What all positions on the underlying must hold together."""
    factor = t.risk[underlying].initial_factor if opening else RATE_ONE
    required = required_by_scenarios(*_scanned(t, x, underlying, swap), factor, RATE_ONE)
    if not _has_floor(t, x, underlying, swap):
        return required
    return at_most_lost(required, _value(t, x, underlying, swap), _floor(t, x, underlying, swap))


@compiled
def _of(t: Any, c: int, swap: Any) -> tuple[int, int, int]:
    """(size, cost with funding owed, what the swap pays into the pocket) of a position."""
    if c == swap.row:
        return swap.size, swap.cost + swap.owed, swap.purse
    position = t.positions[c]
    return position.size, position.cost + waiting.owed(t, t.compartments[c].instrument, c), word(0)


@compiled
def _worth(t: Any, c: int, swap: Any) -> int:
    """A position's worth, and what the swap pays into its pocket."""
    size, spent, paid = _of(t, c, swap)
    return value_of(t, c, size) - spent + paid


@compiled
def _opening_worths(t: Any, c: int, swap: Any, gains: int) -> tuple[int, int]:
    """What counts of it to open, at the mark of its array and at that of its instrument: rule PRT-008."""
    size, spent, paid = _of(t, c, swap)
    backing = t.instruments[t.compartments[c].instrument].settlement
    by_array = counted(value_of(t, c, size) - spent, gains, backing)
    by_mark = counted(marked_value_of(t, c, size) - spent, gains, backing)
    return by_array + paid, by_mark + paid


@outlined
def sums(t: Any, x: int, pocket: int, swap: Any, opening: bool) -> Any:  # noqa: FBT001
    """(worth of the positions that settle into a pocket, what they must hold, their orders included to open)."""
    gains = t.compartments[x].pocket
    worth, marked, needed = word(0), word(0), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION and t.compartments[row].pocket == pocket:
            if opening:
                by_array, by_mark = _opening_worths(t, row, swap, gains)
                worth += by_array
                marked += by_mark
                needed += swap.ordered if row == swap.row else t.compartments[row].order_margin
            else:
                worth += _worth(t, row, swap)
            if _leads(t, x, row, swap):
                needed += _required(t, x, underlying_of(t, row), swap, opening)
            needed = min(REQUIRED_MAX, needed)
        row = cross_rows.behind(t, row)
    return min(worth, marked) if opening else worth, needed


@outlined
def without_bound(t: Any, x: int, pocket: int, swap: Any) -> Any:
    """`sums` to stay, but what must be held is not bounded by the strikes: never less, and sooner found."""
    worth, needed = word(0), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION and t.compartments[row].pocket == pocket:
            worth += _worth(t, row, swap)
            if _leads(t, x, row, swap):
                loss, charge = _scanned(t, x, underlying_of(t, row), swap)
                needed += required_by_scenarios(loss, charge, RATE_ONE, RATE_ONE)
            needed = min(REQUIRED_MAX, needed)
        row = cross_rows.behind(t, row)
    return worth, needed
