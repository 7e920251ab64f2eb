"""A ledger: an engine whose every batch is on disk before its events are handed out.

>>> from stoplog.commands import Batch
>>> batch = Batch()
>>> batch.register_asset(decimals=6)
>>> ledger = Ledger.in_memory()
>>> len(ledger.apply(batch.records()))
1
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from stoplog.engine import Tables
from stoplog.ledger.errors import LedgerStopped
from stoplog.ledger.journal import RULES_VERSION, Entry, Journal, Snapshot
from stoplog.ledger.memory import MemoryJournal
from stoplog.ledger.recovery import recover, running_hash
from stoplog.ledger.sqlite import SqliteJournal
from stoplog.proof.chain import entry_hash
from stoplog.records import COMMAND

SNAPSHOT_EVERY = 5_000_000
"""Commands from one snapshot to the next: what recovery re-runs at most, about a second."""


class Decision(NamedTuple):
    """A batch that the engine has applied and the journal does not have yet."""

    first_sequence: int
    last_sequence: int
    event_hash: int
    commands: bytes
    events: NDArray[np.void]


class Ledger:
    """An engine and its journal. Not for several threads at once; `GroupCommit` is.

    Opening recovers: see `stoplog.ledger.recovery.recover` for `rebuild` and what it raises. `snapshot_every` is
    in commands. Closing leaves a snapshot, so that the next opening has nothing to re-run.
    """

    def __init__(self, journal: Journal, *, snapshot_every: int = SNAPSHOT_EVERY, rebuild: bool = False) -> None:
        self._journal = journal
        self._snapshot_every = snapshot_every
        self._stopped = ""
        self._engine, self._previous = recover(journal, rebuild=rebuild)
        last, snapshot = journal.last(), journal.snapshot_sequences()
        self._number = last.number if last else 0
        self._committed = last.last_sequence if last else 0
        self._head = last.hash if last else self._previous
        self._snapshot_at = snapshot[-1] if snapshot else 0

    @classmethod
    def open(cls, path: Path | str, *, snapshot_every: int = SNAPSHOT_EVERY, rebuild: bool = False) -> Self:
        """The ledger in the file `path`, made where there is none; any `LedgerError` says what to do."""
        journal = SqliteJournal(path)
        try:
            return cls(journal, snapshot_every=snapshot_every, rebuild=rebuild)
        except BaseException:
            journal.close()
            raise

    @classmethod
    def in_memory(cls) -> Self:
        """An empty ledger that lasts as long as the process."""
        return cls(MemoryJournal())

    @property
    def tables(self) -> Tables:
        """The state tables, to be read."""
        return self._engine.tables

    @property
    def journal(self) -> Journal:
        """Where the entries are, to be read."""
        return self._journal

    @property
    def statistics(self) -> dict[str, int]:
        """See `Engine.statistics`."""
        return self._engine.statistics

    @property
    def sequence(self) -> int:
        """The number of the last command that is on disk."""
        return self._committed

    @property
    def head(self) -> str:
        """The hash of the last entry, in hexadecimal: whoever keeps it can later prove what the ledger held."""
        return self._head.hex()

    def digest(self) -> str:
        """The digest of the state."""
        return self._engine.digest()

    def apply(self, commands: NDArray[np.void]) -> NDArray[np.void]:
        """The events of a batch of `COMMAND` records; the batch is durable when this returns.

        `LedgerStopped` where it could not be written: the ledger then refuses everything but `close`.
        """
        return self.apply_group([commands])[0]

    def apply_group(self, batches: Sequence[NDArray[np.void]]) -> list[NDArray[np.void]]:
        """The events of each batch; all batches become durable in one commit, or none does."""
        decisions = [self.decide(commands) for commands in batches]
        self.commit(decisions)
        if self.snapshot_is_due():
            self.snapshot()
        return [decision.events for decision in decisions]

    def decide(self, commands: NDArray[np.void]) -> Decision:
        """Apply a batch to the state; nobody may see the events before `commit` has returned.

        `TypeError` where the records are not of `COMMAND`; nothing is applied then.
        """
        self._require_running()
        if commands.dtype != COMMAND:
            raise TypeError(f"commands: the records are {commands.dtype}, not stoplog.records.COMMAND")
        first = self._engine.sequence + 1
        try:
            events = self._engine.apply(commands)
            return Decision(first, self._engine.sequence, running_hash(self._engine), commands.tobytes(), events)
        except BaseException as error:
            self._stop(error)
            raise

    def commit(self, decisions: Sequence[Decision]) -> None:
        """Make decisions durable, in their order and in one transaction; `LedgerStopped` where that fails."""
        self._require_running()
        try:
            entries = self._chained([decision for decision in decisions if decision.commands])
            if entries:
                self._journal.append(entries)
                self._head = self._previous = entries[-1].hash
                self._number, self._committed = entries[-1].number, entries[-1].last_sequence
        except BaseException as error:
            raise self._stop(error) from error

    def snapshot_is_due(self) -> bool:
        """Whether enough commands were committed since the last snapshot."""
        return self._committed - self._snapshot_at >= self._snapshot_every

    def snapshot(self) -> None:
        """Keep the state, which must not be ahead of the journal."""
        self._require_running()
        assert self._engine.sequence == self._committed, "a snapshot holds nothing that is not on disk"
        if self._committed == self._snapshot_at:
            return
        try:
            state = self._engine.to_bytes()
            self._journal.save_snapshot(Snapshot(self._committed, RULES_VERSION, self._engine.digest(), state))
        except BaseException as error:
            raise self._stop(error) from error
        self._snapshot_at = self._committed

    def stop(self, error: BaseException) -> LedgerStopped:
        """Accept nothing from now on but `close`, because of the first `error`; what to tell whoever asks."""
        self._stopped = self._stopped or (
            f"{str(error) or f'{type(error).__name__}.'} The ledger has stopped, because its state may be ahead of the"
            " disk: close it and open it again. Nothing acknowledged is lost; the last batch may be."
        )
        return LedgerStopped(self._stopped)

    def close(self) -> None:
        """Leave a snapshot, unless a batch is still to be committed, and give the journal back; once is enough."""
        try:
            if not self._stopped and self._engine.sequence == self._committed:
                self.snapshot()
        finally:
            self._stopped = self._stopped or "The ledger is closed. Open it again."
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _chained(self, decisions: Sequence[Decision]) -> list[Entry]:
        entries, previous = [], self._previous
        for number, decision in enumerate(decisions, self._number + 1):
            events = decision.events.tobytes()
            previous = entry_hash(
                previous,
                number=number,
                rules_version=RULES_VERSION,
                first_sequence=decision.first_sequence,
                last_sequence=decision.last_sequence,
                event_hash=decision.event_hash,
                commands=decision.commands,
                events=events,
            )
            entries.append(Entry(number, RULES_VERSION, *decision[:3], previous, decision.commands, events))
        return entries

    def _require_running(self) -> None:
        if self._stopped:
            raise LedgerStopped(self._stopped)

    def _stop(self, error: BaseException) -> BaseException:
        """Stop; what to raise: `LedgerStopped`, or an interrupt as it came."""
        stopped = self.stop(error)
        return stopped if isinstance(error, Exception) else error
