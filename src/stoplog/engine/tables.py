"""The state: named record arrays with room to grow, and the address book through which kernels reach them.

Row n of a table belongs to number n. `free` is a plain array, [account, asset]. The heaps in which
compartments wait are here too, but are no part of the state: they are rebuilt from it.

A call from Python into a kernel costs by the number of arrays that are passed. So the kernel gets one array of
addresses and lengths, the book, and opens the tables itself; `Tables` owns the memory and renews the book
whenever a table is moved.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stoplog import records
from stoplog.records import AXIS_POINTS, NEVER, ORDERS_PER_COMPARTMENT, SCENARIOS, TIERS_PER_TABLE

HEAD = np.dtype([("start", "<i8"), ("count", "<i8"), ("room", "<i8"), ("drift", "<i8"), ("trigger", "<i8")])
HEAPS = 8
"""Heaps for each number of an instrument or an asset."""

SLOTS = 4
"""Places in heaps for each compartment: one for each of the four that it can wait in at once."""

NODE = np.dtype([("key", "<i8"), ("position", "<i8")])

LAYOUT: dict[str, np.dtype[Any]] = {
    "counts": records.COUNTS,
    "assets": records.ASSET,
    "funds": records.FUNDS,
    "tier_tables": records.TIER_TABLE,
    "tiers": records.TIER,
    "instruments": records.INSTRUMENT,
    "risk": records.RISK,
    "arrays": np.dtype("<i8"),
    "next_arrays": np.dtype("<i8"),
    "axis": records.AXIS_POINT,
    "next_axis": np.dtype("<i8"),
    "accounts": records.ACCOUNT,
    "free": np.dtype("<i8"),
    "compartments": records.COMPARTMENT,
    "positions": records.POSITION,
    "orders": records.ORDER,
    "top_ups": records.TOP_UP,
    "changes": records.CHANGE,
}
"""The state tables in canonical order."""

WORKSPACE: dict[str, np.dtype[Any]] = {
    "heads": HEAD,
    "nodes": NODE,
    "slots": np.dtype("<i8"),
    "scratch": np.dtype("<i8"),
    "resting": records.RESTING,
    "profits": np.dtype("<i8"),
    "moved": records.MOVED,
    "axis_before": records.AXIS_POINT,
    "events": np.dtype("<i8"),
    "control": np.dtype("<i8"),
}
"""What the kernels work with beside the state."""

BOOK = [*LAYOUT, *WORKSPACE]

GROUPS = ("assets", "tier_tables", "instruments", "accounts", "compartments", "orders", "top_ups", "changes")
"""What is numbered, and counted by a field of that name."""

CONTROL = [
    "status",
    "needed",
    "nodes_used",
    "event_rows",
    "asset_room",
    "woken",
    "needless",
    "rebuilt",
    "trial",
    "crosses",
    "generation",
]

EVENT_WORDS = records.EVENT.itemsize // 8

OWNERS = {
    "funds": "assets",
    "tiers": "tier_tables",
    "positions": "compartments",
    "risk": "instruments",
    "arrays": "instruments",
    "next_arrays": "instruments",
    "axis": "instruments",
    "next_axis": "instruments",
}
"""The group whose numbers a table's rows have, where it is not called so itself."""

STRIDES = {
    "tiers": TIERS_PER_TABLE,
    "arrays": SCENARIOS,
    "next_arrays": SCENARIOS,
    "axis": AXIS_POINTS,
    "next_axis": SCENARIOS,
}
"""Rows for each number, where there is more than one."""

MAGIC = b"stoplog state 1\n"


class Tables:
    """All state tables of an engine; attributes are named as in `LAYOUT`."""

    counts: NDArray[np.void]
    assets: NDArray[np.void]
    funds: NDArray[np.void]
    tier_tables: NDArray[np.void]
    tiers: NDArray[np.void]
    instruments: NDArray[np.void]
    risk: NDArray[np.void]
    arrays: NDArray[np.int64]
    next_arrays: NDArray[np.int64]
    axis: NDArray[np.void]
    next_axis: NDArray[np.int64]
    accounts: NDArray[np.void]
    free: NDArray[np.int64]
    compartments: NDArray[np.void]
    positions: NDArray[np.void]
    orders: NDArray[np.void]
    top_ups: NDArray[np.void]
    changes: NDArray[np.void]
    heads: NDArray[np.void]
    nodes: NDArray[np.void]
    slots: NDArray[np.int64]
    scratch: NDArray[np.int64]
    resting: NDArray[np.void]
    profits: NDArray[np.int64]
    moved: NDArray[np.void]
    axis_before: NDArray[np.void]
    events: NDArray[np.int64]
    control: NDArray[np.int64]

    def __init__(self) -> None:
        self.counts = np.zeros(1, records.COUNTS)
        self.counts["due_sequence"] = self.counts["due_time"] = NEVER
        self.control = np.zeros(len(CONTROL), np.int64)
        self.book = np.zeros(2 * len(BOOK), np.int64)
        self.free = np.zeros((0, 2), np.int64)
        self.resting = np.zeros(ORDERS_PER_COMPARTMENT + 1, records.RESTING)
        self.profits = np.zeros(SCENARIOS, np.int64)
        self.axis_before = np.zeros(AXIS_POINTS, records.AXIS_POINT)
        for name, dtype in {**LAYOUT, **WORKSPACE}.items():
            if not hasattr(self, name):
                setattr(self, name, np.zeros(0, dtype))
        for group in GROUPS:
            self.make_room(group, 4)
        self.make_room("nodes", 64)
        self.make_room("events", 256)

    def make_room(self, group: str, rows: int) -> None:
        """Room for at least `rows` rows of a table and of all that grows with it, doubling at least.

        Room that is not used yet costs addresses, not memory.
        """
        rows = max(rows, 2 * len(self.events) // EVENT_WORDS if group == "events" else 2 * len(getattr(self, group)))
        if group == "assets":
            self._resize("assets", rows)
            self._resize("funds", rows)
            self._resize_heads()
            self._resize_free(len(self.free), rows)
        elif group == "tier_tables":
            self._resize("tier_tables", rows)
            self._resize("tiers", rows * TIERS_PER_TABLE)
        elif group == "instruments":
            for name in ("instruments", "risk", "arrays", "next_arrays", "axis", "next_axis", "moved"):
                self._resize(name, rows * STRIDES.get(name, 1))
            self._resize_heads()
        elif group == "accounts":
            self._resize("accounts", rows)
            self._resize_free(rows, self.free.shape[1])
        elif group == "compartments":
            for name in ("compartments", "positions"):
                self._resize(name, rows)
            for name in ("slots", "scratch"):
                self._resize(name, SLOTS * rows)
        elif group == "events":
            self._resize("events", EVENT_WORDS * rows)
        else:
            self._resize(group, rows)
        self._renew_book()

    def _resize(self, name: str, rows: int) -> None:
        old = getattr(self, name)
        new = np.zeros(rows, old.dtype)
        new[: len(old)] = old
        setattr(self, name, new)

    def _resize_heads(self) -> None:
        rows = HEAPS * max(len(self.instruments), len(self.assets))
        if rows > len(self.heads):
            self._resize("heads", rows)

    def _resize_free(self, accounts: int, assets: int) -> None:
        new = np.zeros((accounts, assets), np.int64)
        new[: self.free.shape[0], : self.free.shape[1]] = self.free
        self.free = new

    def _renew_book(self) -> None:
        self.control[CONTROL.index("asset_room")] = self.free.shape[1]
        for i, name in enumerate(BOOK):
            array = getattr(self, name)
            self.book[2 * i] = array.ctypes.data
            self.book[2 * i + 1] = array.size

    def copy(self) -> Tables:
        """The same tables, heaps included, in memory of their own."""
        other = Tables()
        for name in BOOK:
            setattr(other, name, getattr(self, name).copy())
        other._renew_book()
        return other

    def rows(self, name: str) -> NDArray[Any]:
        """The rows of a state table that are in use, row 0 included, as a view."""
        counts = self.counts[0]
        if name == "counts":
            return self.counts
        if name == "free":
            return self.free[: counts["accounts"] + 1, : counts["assets"] + 1]
        used = (int(counts[OWNERS.get(name, name)]) + 1) * STRIDES.get(name, 1)
        table: NDArray[Any] = getattr(self, name)
        return table[:used]

    def to_bytes(self) -> bytes:
        """The state in canonical form: a heading, then every table's rows in the order of `LAYOUT`."""
        return b"".join([MAGIC, *(np.ascontiguousarray(self.rows(name)).tobytes() for name in LAYOUT)])

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal."""
        digest = hashlib.sha256(MAGIC)
        for name in LAYOUT:
            digest.update(np.ascontiguousarray(self.rows(name)).data)
        return digest.hexdigest()

    @classmethod
    def from_bytes(cls, data: bytes) -> Tables:
        """The tables that `to_bytes` wrote; `ValueError` where the length or the heading is not right."""
        if not data.startswith(MAGIC):
            raise ValueError("state: the heading is not that of a stoplog state, version 1")
        tables = cls()
        start = len(MAGIC)
        tables.counts[0] = np.frombuffer(data, records.COUNTS, 1, start)[0]
        counts = tables.counts[0]
        for group in GROUPS:
            tables.make_room(group, 2 * int(counts[group]) + 2)
        for name, dtype in LAYOUT.items():
            rows = tables.rows(name)
            size = rows.size * dtype.itemsize
            if start + size > len(data):
                raise ValueError(f"state: {name} is cut off at byte {len(data)} of {start + size}")
            rows[...] = np.frombuffer(data, dtype, rows.size, start).reshape(rows.shape)
            start += size
        if start != len(data):
            raise ValueError(f"state: {len(data) - start} bytes too many")
        return tables
