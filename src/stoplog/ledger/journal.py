"""The journal port: what a ledger asks of the place where it is kept.

One contract, checked by one test suite against every backend (`tests/ledger/test_journal_contract.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from stoplog.ledger.errors import OutOfOrder
from stoplog.proof.chain import entry_hash
from stoplog.records import COMMAND

FORMAT_VERSION = 1
"""Of the journal: tables, columns and what the hashes cover."""

RULES_VERSION = 1
"""Of the rules that decide commands. It rises whenever any command could give another event or state."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One batch: its commands, their events, and the hash that ties it to the entry before.

    `number` counts from 1; the commands are those of `first_sequence` to `last_sequence`. `event_hash` is the
    state's running mix of all events up to here; `hash` (32 bytes) is `stoplog.proof.chain.entry_hash`.
    """

    number: int
    rules_version: int
    first_sequence: int
    last_sequence: int
    event_hash: int
    hash: bytes
    commands: bytes
    events: bytes

    def hash_after(self, previous: bytes) -> bytes:
        """The hash that this entry must have where `previous` stands before it."""
        return entry_hash(
            previous,
            number=self.number,
            rules_version=self.rules_version,
            first_sequence=self.first_sequence,
            last_sequence=self.last_sequence,
            event_hash=self.event_hash,
            commands=self.commands,
            events=self.events,
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state after command `sequence`: canonical bytes and their SHA-256 in hexadecimal."""

    sequence: int
    rules_version: int
    digest: str
    state: bytes


class Journal(Protocol):
    """An append-only list of entries, and snapshots beside it."""

    def append(self, entries: Sequence[Entry]) -> None:
        """All of `entries`, or none; they are durable when this returns.

        Each must follow the one before it (`OutOfOrder`). `StorageFailed` where writing failed: then they may
        or may not be there when the journal is opened again, all of them or none.
        """
        ...

    def entries(self, from_sequence: int = 1) -> Iterator[Entry]:
        """The entries in order, from the one that holds command `from_sequence` on."""
        ...

    def last(self) -> Entry | None:
        """The last entry; none in an empty journal."""
        ...

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep `snapshot` in place of earlier ones under the same rules; durable when this returns."""
        ...

    def snapshot_sequences(self) -> list[int]:
        """The commands after which there is a snapshot, rising."""
        ...

    def snapshot(self, sequence: int) -> Snapshot | None:
        """The snapshot after command `sequence`."""
        ...

    def latest_snapshot(self) -> Snapshot | None:
        """The snapshot with the highest sequence."""
        ...

    def close(self) -> None:
        """Release what the journal holds; a second call does nothing."""
        ...


def require_following(last: Entry | None, entries: Sequence[Entry]) -> None:
    """`OutOfOrder` unless `entries` go on where `last` ends, without a gap, each as long as its range."""
    number, sequence = (last.number, last.last_sequence) if last else (0, 0)
    for entry in entries:
        commands = entry.last_sequence - entry.first_sequence + 1
        if entry.number != number + 1 or entry.first_sequence != sequence + 1 or commands < 1:
            raise OutOfOrder(
                f"Entry {entry.number} (commands {entry.first_sequence} to {entry.last_sequence}) does not follow entry"
                f" {number}, which ends at {sequence}. Another writer may have the ledger: open it again."
            )
        if len(entry.commands) != commands * COMMAND.itemsize:
            raise OutOfOrder(f"Entry {entry.number} has {len(entry.commands)} bytes for {commands} commands.")
        number, sequence = entry.number, entry.last_sequence
