"""Which portfolio compartments a mark of an underlying wakes, and within which prices they sleep: rule SCR-004.

The first position that a portfolio compartment has on an underlying, with a size or without, waits for all of them in a
pair of heaps of that underlying. So these heaps also say who has positions on it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from stoplog import instruments
from stoplog.codes import Kind
from stoplog.engine import cross_health, cross_rows, heaps, price_axis, scenario_health
from stoplog.engine.compiling import compiled, outlined, word
from stoplog.engine.heaps import OF_STRATEGIES
from stoplog.engine.tables import HEAPS
from stoplog.engine.twins import twin
from stoplog.engine.views import TRIAL
from stoplog.margin import pooling
from stoplog.margin import price_axis as axis_rules
from stoplog.margin.thresholds import WAKE_UP_LIMIT
from stoplog.units import OPEN_VALUE_MAX, PRICE_MAX, PRICE_ONE, RATE_ONE, VALUE_MAX, mul_div_up

POSITION = int(Kind.POSITION)
POCKET_ROW = int(Kind.POCKET)
INVERSE = instruments.INVERSE
ROUNDED = 2
"""Value units by which rounding can move what a pocket counts for and must hold, at most."""

divided_up = twin(mul_div_up)
collateral_value = twin(pooling.collateral_value)
required_value = twin(pooling.required_value)
price_interval_down = twin(axis_rules.price_interval_down)
price_interval_up = twin(axis_rules.price_interval_up)


class Exposure(NamedTuple):
    """What the positions on an underlying lose if its price falls, or rises, by all of itself, and by rounding.

    In the asset that they settle in; `falling` −1: not known.
    """

    falling: int
    rising: int
    rounding: int


UNKNOWN = Exposure(-1, -1, 0)


@compiled
def heap_of(u: int) -> int:
    """The first of the two heaps of an underlying."""
    return HEAPS * word(u) + OF_STRATEGIES  # type: ignore[no-any-return]


@compiled
def _is_on(t: Any, row: int, u: int) -> bool:
    return t.compartments[row].kind == POSITION and scenario_health.underlying_of(t, row) == u


@compiled
def _first_on(t: Any, row: int, u: int) -> int:
    """The first position on an underlying, from this row of a cross compartment on; 0: there is none."""
    while row != 0 and not _is_on(t, row, u):
        row = cross_rows.behind(t, row)
    return row


@compiled
def leads(t: Any, x: int, c: int) -> bool:
    """Whether position `c` is the one that waits for marks of its underlying."""
    u = word(scenario_health.underlying_of(t, c))
    return scenario_health.is_by_scenarios(t, x) and _first_on(t, cross_rows.first(t, x), u) == c


@compiled
def begin(t: Any, x: int, c: int) -> None:
    """Let position `c`, now in the list of `x`, be found by its underlying; there is room. A trial leaves the heaps."""
    if t.control[TRIAL] != 0 or not leads(t, x, c):
        return
    u = word(scenario_health.underlying_of(t, c))
    after = _first_on(t, cross_rows.behind(t, c), u)
    if after != 0:
        cross_rows.wait_no_longer(t, heap_of(u), after)
    cross_rows.begin_to_wait(t, heap_of(u), c)


@compiled
def end(t: Any, x: int, c: int) -> None:
    """Let position `c`, still in the list of `x`, be found no longer."""
    if t.control[TRIAL] != 0 or not leads(t, x, c):
        return
    u = word(scenario_health.underlying_of(t, c))
    cross_rows.wait_no_longer(t, heap_of(u), c)
    after = _first_on(t, cross_rows.behind(t, c), u)
    if after != 0:
        cross_rows.begin_to_wait(t, heap_of(u), after)


@compiled
def anybody_on(t: Any, u: int) -> bool:
    """Whether a portfolio compartment has a position on an underlying."""
    return t.heads[heap_of(u)].count != 0  # type: ignore[no-any-return]


@compiled
def all_on(t: Any, u: int, start: int) -> int:
    """The rows that wait for marks of an underlying, in `scratch` from `start`; their end."""
    return heaps.everybody(t, heap_of(u), start)


@compiled
def awake_at(t: Any, u: int, price: int, start: int) -> int:
    """The rows whose interval ends at a price of the underlying, in `scratch` from `start`; their end."""
    if not anybody_on(t, u):
        return start
    found = heaps.awake(t, heap_of(u), -price, start)
    return heaps.awake(t, heap_of(u) + 1, price, found)


@compiled
def _exposure(t: Any, x: int, u: int) -> Any:
    falling, rising, rounding = word(0), word(0), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if _is_on(t, row, u) and t.positions[row].size != 0:
            size, i = t.positions[row].size, word(t.compartments[row].instrument)
            price_axis.keep(t, i, u)
            most, least, rounded = t.moved[i].most, t.moved[i].least, price_axis.rounded_by(t, i)
            if most == price_axis.NOT_KNOWN or rounded < 0:
                return UNKNOWN
            falling += size * most if size > 0 else size * least
            rising -= size * least if size > 0 else size * most
            rounding += abs(size) * rounded
            if max(abs(falling), abs(rising), rounding) > OPEN_VALUE_MAX:
                return UNKNOWN
        row = cross_rows.behind(t, row)
    return Exposure(max(0, falling), max(0, rising), rounding)


@outlined
def exposure(t: Any, x: int, u: int) -> Any:
    """What portfolio compartment `x` has at stake in the price of an underlying; nothing where that has no axis."""
    return _exposure(t, x, u) if price_axis.moves(t, u) else Exposure(0, 0, 0)


@outlined
def at_worst(t: Any, x: int) -> Any:
    """(what `x` has to spare at least whatever the marks of its underlyings, exposure to prices of assets then).

    As what it holds rises above what is left at worst, its worth rises by (1 − haircut) of that, and what it must hold
    by no more than all of it: rule PRT-010. Exposure −1: not known.
    """
    surplus, exposed = word(0), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POCKET_ROW:
            asset = t.assets[t.compartments[row].asset]
            net = t.compartments[row].purse - cross_health.interest_owed(t, row)
            worth, needed, known = scenario_health.at_worst(t, x, row, cross_health.nothing_else())
            value = collateral_value(net + worth, asset.price, asset.haircut, RATE_ONE)
            lost = required_value(divided_up(needed, asset.haircut, RATE_ONE), asset.price)
            if not known or max(abs(value), lost) >= VALUE_MAX:
                return word(0), word(-1)
            exact = asset.haircut == 0 and asset.price % PRICE_ONE == 0
            surplus += value - lost - (0 if exact else ROUNDED)
            exposed += abs(value) + lost
        row = cross_rows.behind(t, row)
    return surplus, exposed


@compiled
def _has_size_on(t: Any, x: int, u: int) -> bool:
    row = _first_on(t, cross_rows.first(t, x), u)
    while row != 0:
        if t.positions[row].size != 0:
            return True
        row = _first_on(t, cross_rows.behind(t, row), u)
    return False


@compiled
def _interval(t: Any, u: int, surplus: int, exposed: int) -> tuple[int, int]:
    """Between which prices of an underlying with an axis nobody needs to be looked at: within a stretch of the axis."""
    first, last = price_axis.stretch(t, u)
    mark, in_coin = t.instruments[u].mark, word(t.instruments[u].payoff == INVERSE)
    if exposed < 0 or mark == 0 or first == last:
        return WAKE_UP_LIMIT, -WAKE_UP_LIMIT
    if exposed == 0:
        return first, last
    low = price_interval_down(mark, surplus, exposed, in_coin)
    high = price_interval_up(mark, surplus, exposed, in_coin, PRICE_MAX)
    return max(low, first), min(high, last)


@compiled
def wait(t: Any, x: int, c: int, surplus: int, exposed: int, by_marks: bool) -> None:  # noqa: FBT001
    """Give position `c` the interval of its underlying's price that it waits in for `x`, where it leads.

    It has no end where marks of the underlying can do nothing: `by_marks` is false, there is no axis or no size.
    """
    if not leads(t, x, c):
        return
    u = word(scenario_health.underlying_of(t, c))
    low, high = -WAKE_UP_LIMIT, WAKE_UP_LIMIT
    if by_marks and price_axis.has_axis(t, u) and _has_size_on(t, x, u):
        low, high = _interval(t, u, surplus, exposed)
    heaps.change(t, heap_of(u), -low, c)
    heaps.change(t, heap_of(u) + 1, high, c)
