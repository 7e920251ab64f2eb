"""The rows of a cross compartment: its positions and its pockets, listed by ascending number."""

from __future__ import annotations

from typing import Any

from stoplog.codes import CompartmentState, Event, Kind
from stoplog.engine import heaps, postings
from stoplog.engine.compiling import compiled, word
from stoplog.engine.heaps import OF_POCKETS
from stoplog.engine.postings import note
from stoplog.engine.tables import HEAPS
from stoplog.engine.views import TRIAL

OPEN = int(CompartmentState.OPEN)
CROSS = int(Kind.CROSS)
POSITION = int(Kind.POSITION)
POCKET_ROW = int(Kind.POCKET)
POCKET_OPENED = int(Event.POCKET_OPENED)
COMPARTMENT = postings.COMPARTMENT
POCKET = postings.POCKET
NEVER = 2**62


@compiled
def cross_of(t: Any, c: int) -> int:
    """The cross compartment that a position or a pocket is in."""
    return word(t.compartments[c].cross)  # type: ignore[no-any-return]


@compiled
def first(t: Any, x: int) -> int:
    """The first row of cross compartment `x`; 0: it has none."""
    return word(t.compartments[x].following)  # type: ignore[no-any-return]


@compiled
def behind(t: Any, c: int) -> int:
    """The row behind this one in its cross compartment; 0: there is none."""
    return word(t.compartments[c].following)  # type: ignore[no-any-return]


@compiled
def purse_place(t: Any, c: int) -> int:
    """Where the money of compartment `c` is: in its own purse, or in a pocket."""
    return POCKET if t.compartments[c].kind == POSITION else COMPARTMENT


@compiled
def count_of(t: Any, x: int, kind: int) -> int:
    """How many rows of a kind cross compartment `x` has."""
    found = 0
    row = first(t, x)
    while row != 0:
        found += t.compartments[row].kind == kind
        row = behind(t, row)
    return found


@compiled
def pocket_for(t: Any, x: int, asset: int) -> int:
    """The pocket of cross compartment `x` for an asset; 0: it has none."""
    row = first(t, x)
    while row != 0:
        if t.compartments[row].kind == POCKET_ROW and t.compartments[row].asset == asset:
            return row
        row = behind(t, row)
    return 0


@compiled
def link(t: Any, x: int, c: int) -> None:
    """Let row `c` be one of cross compartment `x`."""
    before, after = word(x), first(t, x)
    while after != 0 and after < c:
        before, after = after, behind(t, after)
    t.compartments[before].following = c
    t.compartments[c].following = after
    t.compartments[c].cross = x


@compiled
def unlink(t: Any, x: int, c: int) -> None:
    """Let row `c` no longer be one of cross compartment `x`."""
    before = word(x)
    while behind(t, before) != c:
        before = behind(t, before)
    t.compartments[before].following = t.compartments[c].following
    t.compartments[c].following = 0
    t.compartments[c].cross = 0


@compiled
def opened(t: Any, account: int, kind: int, asset: int) -> int:
    """A new open row of an account; there is room."""
    t.counts[0].compartments += 1
    number = word(t.counts[0].compartments)
    row = t.compartments[number]
    row.state = OPEN
    row.kind = kind
    row.asset = asset
    row.account = account
    t.accounts[account].open_compartments += 1
    return number  # type: ignore[no-any-return]


@compiled
def open_pocket(t: Any, x: int, asset: int) -> int:
    """The pocket of cross compartment `x` for an asset, opened where it has none; there is room."""
    pocket = pocket_for(t, x, asset)
    if pocket != 0:
        return pocket
    account = t.compartments[x].account
    pocket = opened(t, account, POCKET_ROW, asset)
    t.compartments[pocket].pocket = pocket
    t.positions[pocket].funding_index = t.assets[asset].interest_index
    link(t, x, pocket)
    begin_to_wait(t, HEAPS * asset + OF_POCKETS, pocket)
    note(t, POCKET_OPENED, asset, 0, account, pocket, x, 0, 0)
    return pocket


@compiled
def begin_to_wait(t: Any, heap: int, row: int) -> None:
    """Let a row wait in a heap and the one beside it for nothing yet; there is room. A trial leaves the heaps."""
    if t.control[TRIAL] == 0:
        heaps.push(t, heap, NEVER, row)
        heaps.push(t, heap + 1, NEVER, row)


@compiled
def wait_no_longer(t: Any, heap: int, row: int) -> None:
    """Take a row out of a heap and the one beside it."""
    if t.control[TRIAL] == 0:
        heaps.remove(t, heap, row)
        heaps.remove(t, heap + 1, row)
