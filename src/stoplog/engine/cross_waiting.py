"""For which prices a cross compartment has to be looked at: a safe interval for each, from one surplus: rule SCR-003.

As long as every price stays strictly inside its interval, the compartment is not breached. A position waits in the
heaps of its instrument, a pocket in those of its asset; a mark finds whose interval it leaves.
"""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.codes import Kind
from stoplog.engine import cross_health, cross_rows, heaps, price_axis, scenario_health, strategy_waiting, waiting
from stoplog.engine.compiling import compiled, outlined, word
from stoplog.engine.heaps import OF_POCKETS, OF_POSITIONS
from stoplog.engine.tables import HEAPS
from stoplog.engine.twins import twin
from stoplog.engine.views import TRIAL
from stoplog.margin import pooling
from stoplog.margin.thresholds import WAKE_UP_LIMIT
from stoplog.units import RATE_ONE, VALUE_MAX, mul_div_up

POCKET_ROW = int(Kind.POCKET)
POSITION = int(Kind.POSITION)
ROUNDED = 4
"""Smallest units by which rounding can move what a position or a pocket is worth or must hold."""

divided_up = twin(mul_div_up)
lot_value_down = twin(instruments.lot_value_down)
lot_value_up = twin(instruments.lot_value_up)
exposure = twin(pooling.exposure)
position_interval = twin(pooling.position_interval)
price_interval = twin(pooling.price_interval)
required_value = cross_health.required_value


@compiled
def position_exposure(t: Any, c: int) -> int:
    """The exposure of a position in its asset; −1: not known."""
    i, size = t.compartments[c].instrument, t.positions[c].size
    if size == 0:
        return 0
    tiers = waiting.ladder(t, t.instruments[i].tier_table)
    return exposure(cross_health.policy_of(t, i), tiers, t.instruments[i].mark, size, RATE_ONE)


@compiled
def rounding(t: Any, x: int) -> int:
    """By how much rounding can move the surplus of cross compartment `x`, at most."""
    found, part, last = word(0), word(0), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        asset = word(t.compartments[row].asset)
        if asset != last:
            part, last = required_value(ROUNDED, t.assets[asset].price) + ROUNDED, asset
        found += part
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]


@compiled
def _at_stake(t: Any, x: int, row: int) -> tuple[int, int]:
    """(what a position is exposed to, rounding that is its own), in its asset; −1: not known.

    By scenarios all positions on an underlying have it together, and the one that waits for them counts for all.
    """
    if not scenario_health.is_by_scenarios(t, x):
        return position_exposure(t, row), 0
    if not strategy_waiting.leads(t, x, row):
        return 0, 0
    found = strategy_waiting.exposure(t, x, word(scenario_health.underlying_of(t, row)))
    return max(found.falling, found.rising), found.rounding


@compiled
def _spread(t: Any, x: int, surplus: int, held: int) -> tuple[int, int]:
    """(surplus, exposure) of which every price may move by the quotient; exposure −1: nothing is known.

    `held` is the exposure of the pockets. Nothing is said of one that is breached, which only a mark that is not to
    liquidate leaves so: rule GRD-009. The surplus is less what rounding can move; where that is more, nothing is known.
    A position is exposed to its asset's price too, which may have moved.
    """
    if surplus < 0 or held < 0:
        return 0, -1
    moved = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION:
            price = t.assets[t.compartments[row].asset].price
            found, rounded = _at_stake(t, x, row)
            if found < 0:
                return 0, -1
            if found + rounded != 0:
                found = required_value(found, price)
                moved += found
                surplus -= required_value(rounded, price)
            if found >= VALUE_MAX or moved > 8 * VALUE_MAX or surplus < 0:
                return 0, -1
        row = cross_rows.behind(t, row)
    exposed = moved + held
    if exposed > 8 * VALUE_MAX:
        return 0, -1
    if exposed == 0:
        return 0, 0
    surplus -= rounding(t, x)
    if surplus < 0:
        return 0, -1
    return surplus, exposed + divided_up(moved, min(surplus, exposed), exposed)


@compiled
def _interval(t: Any, row: int, surplus: int, exposed: int) -> tuple[int, int]:
    """Between which values of its price the row need not be looked at."""
    if exposed < 0:
        return WAKE_UP_LIMIT, -WAKE_UP_LIMIT
    asset = t.compartments[row].asset
    if t.compartments[row].kind == POCKET_ROW:
        if exposed == 0:
            return -WAKE_UP_LIMIT, WAKE_UP_LIMIT
        return price_interval(t.assets[asset].price, surplus, exposed)
    size = t.positions[row].size
    if size == 0:
        return -WAKE_UP_LIMIT, WAKE_UP_LIMIT
    i = t.compartments[row].instrument
    tiers = waiting.ladder(t, t.instruments[i].tier_table)
    policy, mark, haircut = cross_health.policy_of(t, i), t.instruments[i].mark, t.assets[asset].haircut
    return position_interval(policy, tiers, mark, size, surplus, exposed, haircut, RATE_ONE)


@compiled
def heap_of(t: Any, row: int) -> int:
    """The first of the two heaps in which a row of a cross compartment waits."""
    if t.compartments[row].kind == POSITION:
        return HEAPS * word(t.compartments[row].instrument) + OF_POSITIONS  # type: ignore[no-any-return]
    return HEAPS * word(t.compartments[row].asset) + OF_POCKETS  # type: ignore[no-any-return]


@compiled
def _wait_between(t: Any, row: int, low: int, high: int) -> None:
    heap = heap_of(t, row)
    heaps.change(t, heap, -low, row)
    heaps.change(t, heap + 1, high, row)


@compiled
def _is_stirred(t: Any, x: int) -> bool:
    """Whether positions of portfolio compartment `x` wait for the next marks of their instruments: rule GRD-009."""
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION:
            return heaps.key_of(t, heap_of(t, row), row) == -WAKE_UP_LIMIT
        row = cross_rows.behind(t, row)
    return False


@compiled
def _spread_by_scenarios(t: Any, x: int, spare: int, held: int) -> tuple[int, int, bool]:
    """(surplus, exposure, whether marks of its underlyings count) of a portfolio compartment.

    One that is short without the bound of its strikes, but not at the worst settlement, has nothing at stake in marks.
    """
    surplus, exposed = _spread(t, x, spare, held)
    if exposed >= 0 or spare < 0:
        return surplus, exposed, True
    surplus, held = strategy_waiting.at_worst(t, x)
    if held < 0 or surplus < 0:
        return 0, -1, True
    surplus -= rounding(t, x)
    return (0, -1, False) if surplus < 0 else (surplus, held, False)


@compiled
def _wait_by_scenarios(t: Any, x: int, spare: int, held: int) -> None:
    """Let it wait for marks of its underlyings, and of its instruments only where it is left for later."""
    surplus, exposed, by_marks = _spread_by_scenarios(t, x, spare, held)
    told = spare < 0 or _is_stirred(t, x)
    own = WAKE_UP_LIMIT if spare < 0 else -WAKE_UP_LIMIT
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POCKET_ROW:
            low, high = _interval(t, row, surplus, exposed)
            _wait_between(t, row, low, high)
        else:
            if told:
                _wait_between(t, row, own, -own)
            strategy_waiting.wait(t, x, row, surplus, exposed, by_marks)
        row = cross_rows.behind(t, row)


@compiled
def wait_with(t: Any, x: int, spare: int, held: int) -> None:
    """Give every row of cross compartment `x` the interval that it has now; the last two are `cross_health.weighed`."""
    if t.control[TRIAL] != 0:
        return
    if scenario_health.is_by_scenarios(t, x):
        _wait_by_scenarios(t, x, spare, held)
        return
    surplus, exposed = _spread(t, x, spare, held)
    row = cross_rows.first(t, x)
    while row != 0:
        low, high = _interval(t, row, surplus, exposed)
        _wait_between(t, row, low, high)
        row = cross_rows.behind(t, row)


@outlined
def await_prices(t: Any, x: int) -> int:
    """Let cross compartment `x` wait for the prices at which it has to be looked at next."""
    spare, held = cross_health.weighed(t, x)
    wait_with(t, x, spare, held)
    return 0


@compiled
def each_once(t: Any, start: int, end: int) -> int:
    """Sort what is in `scratch`, and keep each once; the end of what is left."""
    t.scratch[start:end].sort()
    kept = min(start + 1, end)
    for k in range(start + 1, end):
        if t.scratch[k] != t.scratch[kept - 1]:
            t.scratch[kept] = t.scratch[k]
            kept += 1
    return kept


@compiled
def _crosses_of(t: Any, start: int, end: int) -> int:
    """Turn the rows in `scratch` into their cross compartments, ascending and each once; the end of them."""
    for k in range(start, end):
        t.scratch[k] = t.compartments[t.scratch[k]].cross
    return each_once(t, start, end)


@compiled
def awake_at(t: Any, i: int, price: int, start: int) -> int:
    """Cross compartments that a mark `price` of instrument `i` wakes, in `scratch` from `start`; their end."""
    row, heap = t.instruments[i], HEAPS * i + OF_POSITIONS
    found = heaps.awake(t, heap, -lot_value_down(row.payoff, row.multiplier, price), start)
    found = heaps.awake(t, heap + 1, lot_value_up(row.payoff, row.multiplier, price), found)
    return _crosses_of(t, start, strategy_waiting.awake_at(t, i, price, found))


@compiled
def awake_at_price_of(t: Any, asset: int, price: int, start: int) -> int:
    """Likewise for the price of an asset."""
    heap = HEAPS * asset + OF_POCKETS
    found = heaps.awake(t, heap, -price, start)
    found = heaps.awake(t, heap + 1, price, found)
    return _crosses_of(t, start, found)


@compiled
def with_positions_in(t: Any, i: int, start: int) -> int:
    """All cross compartments with a position row in instrument `i`, in `scratch` from `start`; their end."""
    return _crosses_of(t, start, heaps.everybody(t, HEAPS * i + OF_POSITIONS, start))


@compiled
def with_positions_by(t: Any, i: int, model: int, start: int) -> int:
    """Those of them that are margined by a model, in `scratch` from `start`; their end."""
    end = with_positions_in(t, i, start)
    kept = start
    for k in range(start, end):
        if t.compartments[t.scratch[k]].initial_rate == model:
            t.scratch[kept] = t.scratch[k]
            kept += 1
    return kept


@compiled
def with_positions_on(t: Any, u: int) -> int:
    """All portfolio compartments with a position row on underlying `u`, in `scratch`, ascending; how many."""
    return _crosses_of(t, 0, strategy_waiting.all_on(t, u, 0))


@compiled
def with_pockets_of(t: Any, asset: int, start: int) -> int:
    """All cross compartments with a pocket of an asset, in `scratch` from `start`; their end."""
    return _crosses_of(t, start, heaps.everybody(t, HEAPS * asset + OF_POCKETS, start))


@compiled
def positions_wait(t: Any, i: int) -> bool:
    """Whether any cross compartment has a position row in instrument `i`."""
    return t.heads[HEAPS * i + OF_POSITIONS].count != 0  # type: ignore[no-any-return]


@compiled
def concerned_by(t: Any, i: int, start: int) -> int:
    """All that go by the mark of instrument `i`, in `scratch` from `start`; their end: rules CRS-009 and PRT-009."""
    found = heaps.everybody(t, HEAPS * i + OF_POSITIONS, start)
    if price_axis.has_axis(t, i):
        found = strategy_waiting.all_on(t, i, found)
    return _crosses_of(t, start, found)


@compiled
def wait_for_mark(t: Any, i: int) -> bool:
    """Whether a mark of instrument `i` can wake any cross compartment."""
    return positions_wait(t, i) or strategy_waiting.anybody_on(t, i)


@compiled
def heaps_have_room(t: Any, heap: int, more: int) -> bool:
    """Whether `more` rows can begin to wait in a heap and the one beside it."""
    return heaps.has_room(t, heap, more) and heaps.has_room(t, heap + 1, more)
