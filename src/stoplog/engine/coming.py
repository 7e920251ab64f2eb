"""The rules that an effective change will bring, while its grace runs.

They differ from those in force by one parameter. What must hold under both is judged under those in force, and then
once more with the coming value in its place (`exchange`).
"""

from __future__ import annotations

from typing import Any

from numba import int64

from stoplog.codes import ChangeState, Kind, Refusal
from stoplog.engine import cross_health, cross_rows, cross_waiting, waiting, worth
from stoplog.engine.compiling import compiled, outlined
from stoplog.engine.postings import refuse
from stoplog.engine.words import parameter_of, put_parameter

NONE = int(Refusal.NONE)
REDUCE_ONLY = int(Refusal.REDUCE_ONLY)
EFFECTIVE = int(ChangeState.EFFECTIVE)
ISOLATED = int(Kind.ISOLATED)
POSITION = int(Kind.POSITION)


@compiled
def in_grace(t: Any, i: int) -> bool:
    """Whether a change that moves the instrument's thresholds is effective and not yet enforced."""
    number = t.instruments[i].pending_change
    return number != 0 and t.changes[number].state == EFFECTIVE  # type: ignore[no-any-return]


@compiled
def exchange(t: Any, i: int) -> None:
    """Put the coming value in place of the one in force and that into the change; once more, and all is as it was."""
    change = t.changes[t.instruments[i].pending_change]
    value = parameter_of(t, i, change.parameter)
    put_parameter(t, i, change.parameter, change.value)
    change.value = value


@compiled
def end_of_grace(t: Any, i: int) -> int:
    """The time at which the grace of the instrument's effective change ends."""
    return t.changes[t.instruments[i].pending_change].enforced_from  # type: ignore[no-any-return]


@outlined
def _may_only_reduce_in_cross(t: Any, command: Any, i: int, c: int) -> int:
    exchange(t, i)
    equity, needed = cross_health.health(t, cross_rows.cross_of(t, c), cross_health.nothing_else())
    exchange(t, i)
    if equity >= needed:
        return NONE
    return refuse(t, command, REDUCE_ONLY, c, needed, equity, end_of_grace(t, i))


@compiled
def _first_in(t: Any, x: int, c: int) -> bool:
    """Whether position `c` is the first of cross compartment `x` in its instrument."""
    row = cross_rows.first(t, x)
    while row != c:
        if t.compartments[row].kind == POSITION and t.compartments[row].instrument == t.compartments[c].instrument:
            return False
        row = cross_rows.behind(t, row)
    return True


@compiled
def exchange_all(t: Any, x: int) -> int:
    """`exchange` for every instrument in grace in which cross compartment `x` has positions; how many there are."""
    exchanged = 0
    row = cross_rows.first(t, x)
    while row != 0:
        i = int64(t.compartments[row].instrument)
        if t.compartments[row].kind == POSITION and in_grace(t, i) and _first_in(t, x, row):
            exchange(t, i)
            exchanged += 1
        row = cross_rows.behind(t, row)
    return exchanged


@compiled
def may_only_reduce(t: Any, command: Any, i: int, c: int) -> int:
    """Refuse to enlarge or turn the position of compartment `c` if the coming rules breach it: rule CHG-005."""
    if t.positions[c].size == 0 or not in_grace(t, i):
        return NONE
    if t.compartments[c].kind != ISOLATED:
        return _may_only_reduce_in_cross(t, command, i, c)
    mark = t.instruments[i].mark
    exchange(t, i)
    breached = waiting.is_breached(t, i, c, mark)
    needed = worth.maintenance_at(t, i, c, mark)
    available = worth.equity_with(t, i, c, mark, worth.purse_after_funding(t, i, c))
    exchange(t, i)
    if not breached:
        return NONE
    return refuse(t, command, REDUCE_ONLY, c, needed, available, end_of_grace(t, i))


@compiled
def count_breached(t: Any, i: int) -> int:
    """How many compartments the coming rules breach at the mark."""
    found = waiting.holders(t, i)
    exchange(t, i)
    breached = 0
    for k in range(found):
        breached += waiting.is_breached(t, i, t.scratch[k], t.instruments[i].mark)
    breached += cross_health.count_breached(t, 0, cross_waiting.with_positions_in(t, i, 0))
    exchange(t, i)
    return breached
