"""The journal in one SQLite file: WAL, synchronous FULL, one row per entry.

A second writer is refused by the lock of `stoplog.ledger.lock`; readers are not, and see what is committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from stoplog.ledger.checkpoint import Checkpointer
from stoplog.ledger.errors import LedgerDamaged, LedgerError, LedgerInUse, NotALedger, StorageFailed
from stoplog.ledger.journal import Entry, Snapshot, require_following
from stoplog.ledger.lock import WriterLock
from stoplog.ledger.schema import (
    connect,
    connect_reader,
    explained,
    is_empty,
    make_durable,
    make_tables,
    require_ledger,
)

PART_BYTES = 16 * 2**20
"""Snapshots are cut into parts of this length: a blob cannot be longer than a gigabyte."""

INSERT = """
INSERT INTO entries (number, rules_version, first_sequence, last_sequence, event_hash, hash, commands, events)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
READ = """
SELECT number, rules_version, first_sequence, last_sequence, event_hash, hash, commands, events
FROM entries WHERE first_sequence = ?
"""
READ_SNAPSHOT = """
SELECT rules_version, digest, bytes FROM snapshots LEFT JOIN snapshot_parts USING (sequence)
WHERE sequence = ? ORDER BY part
"""
TYPES = (int, int, int, int, bytes, bytes, bytes, bytes)


class SqliteJournal:
    """A `Journal` in the file `path`, which is made where it does not exist.

    With `read_only` the file must exist, nothing is written, and it may be open in a writer meanwhile.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self._read_only = read_only
        self._unusable: LedgerError | None = None
        self._last: Entry | None = None
        self._checkpointer: Checkpointer | None = None
        if self.path.is_dir():
            raise NotALedger(f"{self.path} is a directory. Give the path of a file.")
        if read_only and not self.path.is_file():
            raise NotALedger(f"There is no ledger at {self.path}. Check the path.")
        self._release = ExitStack()
        with explained(self.path, "Opening"), ExitStack() as opened:
            if not read_only:
                opened.callback(WriterLock(self.path).release)
            self._connection = connect_reader(self.path) if read_only else connect(self.path, "rwc")
            opened.callback(self._connection.close)
            if not read_only and is_empty(self._connection):
                make_tables(self._connection, self.path)
            require_ledger(self._connection, self.path)
            if not read_only:
                make_durable(self._connection)
                self._version = self._data_version()
                self._last = self._read_last()
                self._checkpointer = Checkpointer(self.path)
                opened.callback(self._checkpointer.close)
            self._release = opened.pop_all()

    def append(self, entries: Sequence[Entry]) -> None:
        """All of `entries` in one transaction, or none; durable when this returns."""
        self._require_writable()
        require_following(self._last, entries)
        with self._writing():
            self._connection.executemany(INSERT, map(_row, entries))
            if entries and (self._last is None or entries[-1].rules_version != self._last.rules_version):
                self._connection.execute("UPDATE meta SET value = ? WHERE name = 'rules'", (entries[-1].rules_version,))
        if self._checkpointer:
            self._checkpointer.wrote(sum(len(entry.commands) + len(entry.events) for entry in entries))
        self._last = entries[-1] if entries else self._last

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep `snapshot` in place of earlier ones under the same rules, in one transaction."""
        state = memoryview(snapshot.state)
        parts = [state[start : start + PART_BYTES] for start in range(0, len(state), PART_BYTES)]
        with self._writing():
            self._connection.execute(
                "DELETE FROM snapshot_parts WHERE sequence IN (SELECT sequence FROM snapshots WHERE rules_version = ?)",
                (snapshot.rules_version,),
            )
            self._connection.execute("DELETE FROM snapshots WHERE rules_version = ?", (snapshot.rules_version,))
            self._connection.execute(
                "INSERT INTO snapshots VALUES (?, ?, ?, ?)",
                (snapshot.sequence, snapshot.rules_version, snapshot.digest, len(parts)),
            )
            self._connection.executemany(
                "INSERT INTO snapshot_parts VALUES (?, ?, ?)",
                ((snapshot.sequence, number, part) for number, part in enumerate(parts)),
            )

    def entries(self, from_sequence: int = 1) -> Iterator[Entry]:
        """The entries in order, from the one that holds command `from_sequence` on.

        Each is read by itself, so that a reader never keeps the writer's log from being taken up.
        """
        start = self._key("SELECT max(first_sequence) FROM entries WHERE first_sequence <= ?", from_sequence)
        if start is None:
            start = self._key("SELECT min(first_sequence) FROM entries WHERE first_sequence > ?", from_sequence)
        while start is not None:
            entry = self._read(start)
            if entry.last_sequence >= from_sequence:
                yield entry
            start = self._key("SELECT min(first_sequence) FROM entries WHERE first_sequence > ?", start)

    def last(self) -> Entry | None:
        """The last entry; none in an empty journal."""
        return self._read_last() if self._read_only else self._last

    def snapshot_sequences(self) -> list[int]:
        """The commands after which there is a snapshot, rising."""
        with explained(self.path, "Reading"):
            return [row[0] for row in self._connection.execute("SELECT sequence FROM snapshots ORDER BY sequence")]

    def snapshot(self, sequence: int) -> Snapshot | None:
        """The snapshot after command `sequence`."""
        with explained(self.path, "Reading"):
            parts = self._connection.execute(READ_SNAPSHOT, (sequence,)).fetchall()
        if not parts:
            return None
        if any(type(version) is not int or type(part) not in {bytes, type(None)} for version, _, part in parts):
            raise LedgerDamaged(
                f"{self.path}: the snapshot after command {sequence} cannot be read. Restore from a copy."
            )
        return Snapshot(sequence, parts[0][0], parts[0][1], b"".join(part[2] or b"" for part in parts))

    def latest_snapshot(self) -> Snapshot | None:
        """The snapshot with the highest sequence."""
        sequences = self.snapshot_sequences()
        return self.snapshot(sequences[-1]) if sequences else None

    def close(self) -> None:
        """Give the file back; a second call does nothing."""
        self._unusable = self._unusable or StorageFailed(f"{self.path} is closed. Open the ledger again.")
        self._release.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction around what is done inside; where it fails, the journal is closed."""
        self._require_writable()
        try:
            with explained(self.path, "Writing"):
                self._begin()
                yield
                self._connection.execute("COMMIT")
        except BaseException as error:
            self._unusable = error if isinstance(error, LedgerError) else None
            self.close()
            raise

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        if self._data_version() != self._version:
            raise LedgerInUse(f"Another process has written to {self.path} meanwhile. Open the ledger again.")

    def _require_writable(self) -> None:
        if self._read_only:
            raise StorageFailed(f"{self.path} was opened for reading. Open it for writing.")
        if self._unusable:
            raise self._unusable

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _read_last(self) -> Entry | None:
        start = self._key("SELECT max(first_sequence) FROM entries")
        return None if start is None else self._read(start)

    def _key(self, query: str, *arguments: int) -> int | None:
        row = self._one(query, *arguments)
        return row[0] if row else None

    def _read(self, first_sequence: int) -> Entry:
        row = self._one(READ, first_sequence)
        if row is None or any(type(value) is not kind for value, kind in zip(row, TYPES, strict=True)):
            raise LedgerDamaged(
                f"{self.path}: the entry that starts at command {first_sequence} cannot be read. Restore from a copy."
            )
        number, rules_version, first, last, event_hash, own_hash, commands, events = row
        mixed = int.from_bytes(event_hash, "little")
        return Entry(number, rules_version, first, last, mixed, own_hash, commands, events)

    def _one(self, query: str, *arguments: int) -> tuple[Any, ...] | None:
        with explained(self.path, "Reading"):
            rows: list[tuple[Any, ...]] = self._connection.execute(query, arguments).fetchall()
        return rows[0] if rows else None


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.number,
        entry.rules_version,
        entry.first_sequence,
        entry.last_sequence,
        entry.event_hash.to_bytes(8, "little"),
        entry.hash,
        entry.commands,
        entry.events,
    )
