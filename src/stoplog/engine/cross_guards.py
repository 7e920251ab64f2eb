"""Cross compartments while a mark of theirs is in doubt or stale: rule GRD-009.

A mark is one of theirs if it is of an instrument in which they have a position with a size.
"""

from __future__ import annotations

from typing import Any

from stoplog.codes import Use
from stoplog.engine import cross_rows, guarding, refusing
from stoplog.engine.compiling import compiled, outlined, word

NONE = refusing.NONE
REDUCE = int(Use.REDUCE)
WITHDRAW = int(Use.WITHDRAW)
LIQUIDATE = int(Use.LIQUIDATE)


@compiled
def _forbids(t: Any, row: int, use: int, time: int) -> bool:
    """Whether a row is a position with a size whose mark is not to be used so."""
    return t.positions[row].size != 0 and guarding.forbidden(t, word(t.compartments[row].instrument), use, time)


@outlined
def first_forbidden(t: Any, x: int, use: int, time: int) -> int:
    """The instrument of the first position of `x` whose mark is not to be used so at this time; 0: there is none."""
    row = cross_rows.first(t, x)
    while row != 0:
        if _forbids(t, row, use, time):
            return word(t.compartments[row].instrument)  # type: ignore[no-any-return]
        row = cross_rows.behind(t, row)
    return 0


@outlined
def put_off(t: Any, x: int, time: int) -> bool:
    """Whether `x`, which is breached, is not to be liquidated now; the marks that forbid it are then unseen."""
    found = False
    row = cross_rows.first(t, x)
    while row != 0:
        if _forbids(t, row, LIQUIDATE, time):
            t.instruments[t.compartments[row].instrument].unseen = 1
            found = True
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
