"""Cross compartments while a mark of theirs is in doubt or stale: rule GRD-009.

A mark is one of theirs if it is of an instrument in which they have a position with a size, or of an underlying that
moves such a position.
"""

from __future__ import annotations

from typing import Any

from stoplog.codes import InstrumentState, Use
from stoplog.engine import cross_rows, guarding, price_axis, refusing, scenario_health
from stoplog.engine.compiling import compiled, outlined, word

NONE = refusing.NONE
REDUCE = int(Use.REDUCE)
WITHDRAW = int(Use.WITHDRAW)
LIQUIDATE = int(Use.LIQUIDATE)
LIVE = int(InstrumentState.LIVE)


@compiled
def _moving(t: Any, row: int) -> int:
    """The live underlying with an axis whose marks move position `row`, where scenarios count; 0: there is none."""
    if not scenario_health.is_by_scenarios(t, cross_rows.cross_of(t, row)):
        return word(0)  # type: ignore[no-any-return]
    u = word(scenario_health.underlying_of(t, row))
    counts = price_axis.has_axis(t, u) and t.instruments[u].state == LIVE
    return u if counts else word(0)  # type: ignore[no-any-return]


@compiled
def _forbidding(t: Any, row: int, use: int, time: int) -> int:
    """The instrument whose mark a position with a size goes by, and which is not to be used so; 0: there is none."""
    if t.positions[row].size == 0:
        return word(0)  # type: ignore[no-any-return]
    i, u = word(t.compartments[row].instrument), _moving(t, row)
    if guarding.forbidden(t, i, use, time):
        return i  # type: ignore[no-any-return]
    return u if u != 0 and guarding.forbidden(t, u, use, time) else word(0)


@outlined
def first_forbidden(t: Any, x: int, use: int, time: int) -> int:
    """The instrument of the first position of `x` whose mark is not to be used so at this time; 0: there is none."""
    row = cross_rows.first(t, x)
    while row != 0:
        found = _forbidding(t, row, use, time)
        if found != 0:
            return found
        row = cross_rows.behind(t, row)
    return 0


@compiled
def _miss(t: Any, i: int, time: int) -> bool:
    """Whether the mark of an instrument is not to liquidate; it is then unseen."""
    if i == 0 or not guarding.forbidden(t, i, LIQUIDATE, time):
        return False
    t.instruments[i].unseen = 1
    return True


@outlined
def put_off(t: Any, x: int, time: int) -> bool:
    """Whether `x`, which is breached, is not to be liquidated now; the marks that forbid it are then unseen."""
    found = False
    row = cross_rows.first(t, x)
    while row != 0:
        if t.positions[row].size != 0:
            own = _miss(t, word(t.compartments[row].instrument), time)
            moving = _miss(t, _moving(t, row), time)
            found = found or own or moving
        row = cross_rows.behind(t, row)
    return found


@compiled
def _refuse_first(t: Any, command: Any, x: int, use: int) -> int:
    """A refusal by the first position of `x` whose mark is not to be used so, or NONE."""
    i = first_forbidden(t, x, use, command.time)
    if i == 0:
        return NONE
    return guarding.refuse_use(t, command, i, x, use)


@outlined
def refuse_letting_out(t: Any, command: Any, x: int) -> int:
    """A refusal to let margin or a position out of `x`, or into it, by a mark that is not to be used so, or NONE."""
    return _refuse_first(t, command, x, WITHDRAW)


@outlined
def refuse_reducing(t: Any, command: Any, x: int) -> int:
    """A refusal to close all of `x` by a mark that is not to be used so, or NONE."""
    return _refuse_first(t, command, x, REDUCE)
