"""The engine: commands in, events out, and the only writer of the state tables.

>>> from stoplog.commands import Batch
>>> batch = Batch()
>>> batch.register_asset(decimals=6)
>>> batch.register_account()
>>> batch.deposit(account=1, asset=1, amount=500)
>>> engine = Engine()
>>> [int(amount) for amount in engine.apply(batch.records())["amount"]]
[0, 0, 500]
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stoplog.engine import twins
from stoplog.engine.kernel import NEEDS, run, wait_all
from stoplog.engine.tables import CONTROL, EVENT_WORDS, HEAD, Tables
from stoplog.engine.views import EVENT_ROWS, NEEDED, NODES_USED, STATUS
from stoplog.records import COMMAND, EVENT

__all__ = ["Engine", "Tables", "apply", "twins"]


def apply(tables: Tables, batch: NDArray[np.void]) -> NDArray[np.void]:
    """Apply a batch of `COMMAND` records to the tables and return the `EVENT` records, in order.

    Deterministic; how commands are cut into batches is invisible. `TypeError` for an array of anything else.
    """
    if batch.dtype is not COMMAND and batch.dtype != COMMAND:
        raise TypeError(f"commands: the records are {batch.dtype}, not stoplog.records.COMMAND")
    if not batch.flags.carray:
        batch = batch.copy()
    start = run(tables.book, batch, 0)
    while start < len(batch):
        group = NEEDS[int(tables.control[STATUS])]
        tables.make_room(group, int(tables.control[NEEDED]) if group == "events" else 0)
        start = run(tables.book, batch, start)
    return np.frombuffer(tables.events[: EVENT_WORDS * tables.control[EVENT_ROWS]].copy(), EVENT)


class Engine:
    """State tables and what changes them."""

    def __init__(self, tables: Tables | None = None) -> None:
        self.tables = tables if tables is not None else Tables()

    def apply(self, batch: NDArray[np.void]) -> NDArray[np.void]:
        """See `apply`."""
        return apply(self.tables, batch)

    @property
    def sequence(self) -> int:
        """The number of the last command, accepted or refused."""
        return int(self.tables.counts["sequence"][0])

    @property
    def statistics(self) -> dict[str, int]:
        """What the heaps did so far: compartments woken, needlessly woken, heaps rebuilt. No part of the state."""
        return {name: int(self.tables.control[CONTROL.index(name)]) for name in ("woken", "needless", "rebuilt")}

    def digest(self) -> str:
        """SHA-256 of the state's canonical bytes, in hexadecimal."""
        return self.tables.digest()

    def to_bytes(self) -> bytes:
        """The state in canonical bytes."""
        return self.tables.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Engine:
        """The engine whose `to_bytes` these are; `ValueError` where they are damaged."""
        tables = Tables.from_bytes(data)
        while wait_all(tables.book):
            tables.heads[:] = np.zeros(1, HEAD)
            tables.control[NODES_USED] = 0
            tables.make_room("nodes", 0)
        return cls(tables)
