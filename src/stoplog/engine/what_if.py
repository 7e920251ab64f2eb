"""What commands would do, by the code that does them, without changing anything.

A trial runs the kernel on the tables themselves. Before it, the rows that the commands can touch are put aside, and
after it put back; the heaps are left alone meanwhile. Commands of an owner touch few rows. Those of a venue (marks,
funding, expiry, parameters) and scheduled changes can touch every row and are tried on a copy of the state.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command, Event, Kind
from stoplog.engine.running import apply
from stoplog.engine.standing import Standing, standing
from stoplog.engine.tables import CONTROL, Tables

OWNERS = frozenset(
    {
        Command.DEPOSIT,
        Command.WITHDRAW,
        Command.OPEN_COMPARTMENT,
        Command.CLOSE_COMPARTMENT,
        Command.ADD_MARGIN,
        Command.REMOVE_MARGIN,
        Command.FILL,
        Command.SET_LEVERAGE,
        Command.PLACE_ORDER,
        Command.CANCEL_ORDER,
        Command.SET_TOP_UP,
        Command.OPEN_CROSS,
        Command.MOVE_COMPARTMENT,
        Command.CLOSE_ALL,
    }
)
"""Commands that touch no rows but those that they name, and those of whom they name."""

OPENING = [Command.OPEN_COMPARTMENT, Command.OPEN_CROSS, Command.ADD_MARGIN, Command.MOVE_COMPARTMENT]
"""Commands that open up to two compartments: a position and its pocket."""

TRIAL = CONTROL.index("trial")


class WhatIf(NamedTuple):
    """The events that commands would have, and the compartments that they name before and after them.

    `before` has no compartment that would only be opened.
    """

    events: NDArray[np.void]
    before: dict[int, Standing]
    after: dict[int, Standing]

    @property
    def accepted(self) -> bool:
        """Whether no command would be refused."""
        return not bool((self.events["kind"] == Event.REFUSED).any())


def what_if(tables: Tables, batch: NDArray[np.void]) -> WhatIf:
    """What a batch of `COMMAND` records would do to the state as it is; the state stays as it is."""
    if not set(batch["kind"].tolist()) <= OWNERS or _change_may_be_due(tables, batch):
        return _tried(tables.copy(), batch)
    kept = [(name, rows, getattr(tables, name)[rows].copy()) for name, rows in _touched(tables, batch)]
    tables.control[TRIAL] = 1
    try:
        return _tried(tables, batch)
    finally:
        tables.control[TRIAL] = 0
        for name, rows, values in kept:
            getattr(tables, name)[rows] = values


def _change_may_be_due(tables: Tables, batch: NDArray[np.void]) -> bool:
    """Whether a scheduled change, which can touch every row, may happen before one of the commands."""
    counts = tables.counts[0]
    last = max([int(counts["time"]), *batch["time"].tolist()])
    return bool(int(counts["sequence"]) + len(batch) >= counts["due_sequence"] or last >= counts["due_time"])


def _tried(tables: Tables, batch: NDArray[np.void]) -> WhatIf:
    known = int(tables.counts["compartments"][0])
    named = _existing(np.concatenate([batch["compartment"], batch["other"][batch["kind"] == Command.FILL]]), known)
    before = {number: standing(tables, number) for number in named.tolist()}
    events = apply(tables, batch)
    changed = np.union1d(named, _existing(events["compartment"], int(tables.counts["compartments"][0])))
    return WhatIf(events, before, {number: standing(tables, number) for number in changed.tolist()})


def _existing(numbers: NDArray[Any], count: int) -> NDArray[Any]:
    """Numbers from 1 to `count`, each once, ascending."""
    found: NDArray[Any] = np.unique(numbers)
    return found[(found >= 1) & (found <= count)]


def _touched(tables: Tables, batch: NDArray[np.void]) -> Iterator[tuple[str, NDArray[Any]]]:
    """The rows that an owner's commands can change, by table; new compartments come after those that are there."""
    counts = tables.counts[0]
    opened = 2 * int(np.isin(batch["kind"], OPENING).sum())
    while int(counts["compartments"]) + opened + 2 > len(tables.compartments):
        tables.make_room("compartments", 0)
    named = _existing(np.concatenate([batch["compartment"], batch["other"]]), int(counts["compartments"]))
    compartments = _with_those_beside(tables, named)
    held = tables.compartments[compartments]
    accounts = _existing(np.concatenate([batch["account"], held["account"]]), int(counts["accounts"]))
    instruments = _existing(np.concatenate([batch["instrument"], held["instrument"]]), int(counts["instruments"]))
    settled_in = tables.instruments["asset"][instruments]
    assets = _existing(np.concatenate([batch["asset"], settled_in, held["asset"]]), int(counts["assets"]))
    new = np.arange(1, opened + 1) + int(counts["compartments"])
    yield "counts", np.zeros(1, np.int64)
    yield "assets", assets
    yield "funds", assets
    yield "instruments", instruments
    yield "accounts", accounts
    yield "free", accounts
    for name in ("compartments", "positions"):
        yield name, np.concatenate([compartments, new])
    yield "top_ups", _top_ups(tables, compartments, int((batch["kind"] == Command.SET_TOP_UP).sum()))
    yield "orders", _orders(tables, compartments, int((batch["kind"] == Command.PLACE_ORDER).sum()))


def _with_those_beside(tables: Tables, named: NDArray[Any]) -> NDArray[Any]:
    """These compartments, and all rows of the cross compartments that they are or are in."""
    rows = tables.compartments
    of = rows["cross"][named]
    crosses = np.union1d(of[of != 0], named[rows["kind"][named] == Kind.CROSS])
    beside = [number for x in crosses.tolist() for number in _row_and_behind(rows, x)]
    return np.union1d(named, np.array(beside, np.int64))


def _row_and_behind(rows: NDArray[Any], x: int) -> Iterator[int]:
    number = x
    while number:
        yield number
        number = int(rows["following"][number])


def _top_ups(tables: Tables, compartments: NDArray[Any], asked: int) -> NDArray[Any]:
    """The policies of these compartments, and the rows that `asked` more would take."""
    count = int(tables.counts["top_ups"][0])
    while count + asked + 2 > len(tables.top_ups):
        tables.make_room("top_ups", 0)
    return np.concatenate([np.unique(tables.positions["top_up"][compartments]), np.arange(1, asked + 1) + count])


def _orders(tables: Tables, compartments: NDArray[Any], placed: int) -> NDArray[Any]:
    """All orders that rest in these compartments, and the rows that `placed` more would take."""
    counts = tables.counts[0]
    while int(counts["orders"]) + placed + 2 > len(tables.orders):
        tables.make_room("orders", 0)
    found = set(range(int(counts["orders"]) + 1, int(counts["orders"]) + placed + 1))
    found.update(islice(_followed(tables, int(counts["free_order"])), placed))
    for first in tables.compartments["first_order"][compartments].tolist():
        found.update(_followed(tables, first))
    return np.array(sorted(found), np.int64)


def _followed(tables: Tables, first: int) -> Iterator[int]:
    """The numbers of the rows in a list, from its first on."""
    number = first
    while number:
        yield number
        number = int(tables.orders["following"][number])
