"""Start-up is recovery: load a snapshot, re-run what came after it, compare at every entry."""

from __future__ import annotations

import numpy as np

from stoplog.engine import Engine
from stoplog.ledger.errors import LedgerDamaged, UnknownVersion
from stoplog.ledger.journal import RULES_VERSION, Entry, Journal, Snapshot
from stoplog.proof.chain import GENESIS, epoch_hash
from stoplog.records import COMMAND

WHAT_TO_DO = (
    "Run `stoplog audit` to see the first damaged place. Restore the ledger from a copy; where a snapshot alone is"
    " damaged, opening it with rebuild=True re-runs the commands without."
)


def rerun(engine: Engine, entry: Entry) -> bytes:
    """The bytes of the events that the entry's commands give now; the engine's state moves on."""
    return engine.apply(np.frombuffer(entry.commands, COMMAND)).tobytes()


def running_hash(engine: Engine) -> int:
    """The state's mix of all events so far."""
    return int(engine.tables.counts["event_hash"][0])


def load(snapshot: Snapshot) -> Engine:
    """The engine of a snapshot; `LedgerDamaged` where its bytes do not have its digest."""
    try:
        engine = Engine.from_bytes(snapshot.state)
    except ValueError as error:
        message = f"The snapshot after command {snapshot.sequence} cannot be read: {error}. {WHAT_TO_DO}"
        raise LedgerDamaged(message) from error
    if engine.digest() != snapshot.digest or engine.sequence != snapshot.sequence:
        raise LedgerDamaged(f"The snapshot after command {snapshot.sequence} is not what its digest says. {WHAT_TO_DO}")
    return engine


def recover(journal: Journal, *, rebuild: bool) -> tuple[Engine, bytes]:
    """The engine as it was at the journal's last entry, and the hash that stands before the next entry.

    With `rebuild`, every command of this rules version is re-run. `LedgerDamaged` names the first entry that
    does not give what it says; `UnknownVersion` the rules that a ledger needs which was not sealed under them.
    """
    snapshot = _sealed(journal) if rebuild else journal.latest_snapshot()
    if snapshot is None:
        engine, previous = Engine(), GENESIS
        entries = journal.entries()
    else:
        engine = load(snapshot)
        entries = journal.entries(snapshot.sequence)
        previous = _hash_before(next(entries, None), snapshot)
    for entry in entries:
        _rerun_checked(engine, entry, previous)
        previous = entry.hash
    return engine, previous


def _sealed(journal: Journal) -> Snapshot | None:
    """The snapshot that sealed the epoch before this one."""
    for sequence in reversed(journal.snapshot_sequences()):
        snapshot = journal.snapshot(sequence)
        if snapshot is not None and snapshot.rules_version != RULES_VERSION:
            return snapshot
    return None


def _hash_before(covered: Entry | None, snapshot: Snapshot) -> bytes:
    """What the entry after a snapshot follows; `covered` is the entry that the snapshot ends with."""
    if covered is None or covered.last_sequence != snapshot.sequence:
        raise LedgerDamaged(f"No entry ends at command {snapshot.sequence}, where there is a snapshot. {WHAT_TO_DO}")
    if covered.rules_version == RULES_VERSION:
        return covered.hash
    return epoch_hash(covered.hash, RULES_VERSION, snapshot.digest)


def _rerun_checked(engine: Engine, entry: Entry, previous: bytes) -> None:
    if entry.rules_version != RULES_VERSION:
        raise UnknownVersion(
            f"Entry {entry.number} was decided by rules version {entry.rules_version}; this Stoplog has"
            f" {RULES_VERSION}. Open and close the ledger once with the version that wrote it: closing seals it."
        )
    if entry.hash_after(previous) != entry.hash:
        problem = "its hash is not that of what it holds"
    elif rerun(engine, entry) != entry.events or running_hash(engine) != entry.event_hash:
        problem = "its commands do not give its events"
    else:
        return
    raise LedgerDamaged(f"Entry {entry.number} (from command {entry.first_sequence}): {problem}. {WHAT_TO_DO}")
