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
from stoplog.engine.cross_standing import CrossStanding, cross_standing
from stoplog.engine.kernel import wait_all
from stoplog.engine.running import apply
from stoplog.engine.standing import Standing, standing
from stoplog.engine.tables import CONTROL, HEAD, Tables
from stoplog.engine.views import NODES_USED
from stoplog.engine.what_if import WhatIf, what_if

__all__ = ["Engine", "Standing", "Tables", "WhatIf", "apply", "twins"]


class Engine:
    """State tables and what changes them."""

    def __init__(self, tables: Tables | None = None) -> None:
        self.tables = tables if tables is not None else Tables()

    def apply(self, batch: NDArray[np.void]) -> NDArray[np.void]:
        """See `apply`."""
        return apply(self.tables, batch)

    def what_if(self, batch: NDArray[np.void]) -> WhatIf:
        """What the commands would do, by the same code, changing nothing: events, and compartments before and after."""
        return what_if(self.tables, batch)

    def standing(self, compartment: int) -> Standing:
        """What a compartment is worth, must hold and can take at the mark; `ValueError` where there is none."""
        return standing(self.tables, compartment)

    def cross_standing(self, compartment: int) -> CrossStanding:
        """What a cross compartment and each of its positions is worth and must hold; `ValueError` where none is."""
        return cross_standing(self.tables, compartment)

    @property
    def sequence(self) -> int:
        """The number of the last command, accepted or refused."""
        return int(self.tables.counts["sequence"][0])

    @property
    def statistics(self) -> dict[str, int]:
        """What the heaps did so far: compartments woken, needlessly woken, rebuilt, cross ones looked at."""
        names = ("woken", "needless", "rebuilt", "crosses")
        return {name: int(self.tables.control[CONTROL.index(name)]) for name in names}

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
