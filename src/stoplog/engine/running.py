"""Applying a batch of commands to the tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stoplog.engine.kernel import NEEDS, run
from stoplog.engine.tables import EVENT_WORDS, Tables
from stoplog.engine.views import EVENT_ROWS, NEEDED, STATUS
from stoplog.records import COMMAND, EVENT


def apply(tables: Tables, batch: NDArray[np.void]) -> NDArray[np.void]:
    """Apply a batch of `COMMAND` records to the tables and return the `EVENT` records, in order.

    Deterministic; how commands are cut into batches is invisible. `TypeError` for an array of anything else.
    """
    if batch.dtype is not COMMAND and batch.dtype != COMMAND:
        raise TypeError(f"commands: the records are {batch.dtype}, not stoplog.records.COMMAND")
    if not batch.flags.carray:
        batch = batch.copy()
    start = run(tables.book, batch, 0, 0)
    while start < len(batch):
        group = NEEDS[int(tables.control[STATUS])]
        tables.make_room(group, int(tables.control[NEEDED]) if group == "events" else 0)
        start = run(tables.book, batch, start, int(tables.control[EVENT_ROWS]))
    return np.frombuffer(tables.events[: EVENT_WORDS * tables.control[EVENT_ROWS]].copy(), EVENT)
