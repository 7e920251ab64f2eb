"""The journal in memory: for notebooks, the simulator and tests. It lasts as long as the process."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from stoplog.ledger.errors import StorageFailed
from stoplog.ledger.journal import Entry, Snapshot, require_following


class MemoryJournal:
    """A `Journal` in two Python containers."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._snapshots: dict[int, Snapshot] = {}
        self._closed = False

    def append(self, entries: Sequence[Entry]) -> None:
        """All of `entries`, or none."""
        self._require_open()
        require_following(self.last(), entries)
        self._entries.extend(entries)

    def entries(self, from_sequence: int = 1) -> Iterator[Entry]:
        """The entries in order, from the one that holds command `from_sequence` on."""
        self._require_open()
        start = bisect_left(self._entries, from_sequence, key=lambda entry: entry.last_sequence)
        yield from self._entries[start:]

    def last(self) -> Entry | None:
        """The last entry; none in an empty journal."""
        self._require_open()
        return self._entries[-1] if self._entries else None

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep `snapshot` in place of earlier ones under the same rules."""
        self._require_open()
        others = {s: kept for s, kept in self._snapshots.items() if kept.rules_version != snapshot.rules_version}
        self._snapshots = others | {snapshot.sequence: snapshot}

    def snapshot_sequences(self) -> list[int]:
        """The commands after which there is a snapshot, rising."""
        self._require_open()
        return sorted(self._snapshots)

    def snapshot(self, sequence: int) -> Snapshot | None:
        """The snapshot after command `sequence`."""
        self._require_open()
        return self._snapshots.get(sequence)

    def latest_snapshot(self) -> Snapshot | None:
        """The snapshot with the highest sequence."""
        sequences = self.snapshot_sequences()
        return self._snapshots[sequences[-1]] if sequences else None

    def close(self) -> None:
        """Nothing can be asked of the journal after this."""
        self._closed = True

    def _require_open(self) -> None:
        if self._closed:
            raise StorageFailed("The journal is closed. Open a new ledger.")
