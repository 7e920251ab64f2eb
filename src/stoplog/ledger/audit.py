"""Audit: re-run every command and compare all that the ledger says, up to the first place that is wrong.

For every entry: its number and range follow the entry before, its hash is that of what it holds, its commands
give its events and its event hash. Where there is a snapshot, it is the state at that place. Invariants are
checked at every snapshot, at the end, and in between as often as commands outnumber the rows of the state, so
that the checks cost a share of the re-run; a breach is then traced to the command that brought it about.

Entries decided by older rules cannot be re-run: their chain is verified, and the re-run starts from the
snapshot that sealed their epoch, whose digest the chain covers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from stoplog.engine import Engine
from stoplog.ledger.diagnosis import (
    Finding,
    first_breach,
    out_of_place,
    unlike,
    unlike_its_hash,
    unlike_the_state,
)
from stoplog.ledger.errors import LedgerDamaged
from stoplog.ledger.journal import RULES_VERSION, Entry, Journal
from stoplog.ledger.recovery import load, rerun, running_hash
from stoplog.proof.chain import GENESIS, epoch_hash
from stoplog.proof.invariants import INVARIANTS
from stoplog.proof.violations import Invariant, Violation
from stoplog.records import COMMAND, EVENT

CHECK_EVERY = 1_000
"""Invariants are checked no more often than once in this many commands, snapshots and the end aside."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit covered and what it found; `finding` is none where nothing is wrong.

    `not_rerun` counts the commands of older rules, `checks` how often the invariants were checked; `head` is the
    last hash that was verified and `digest` that of the state there, both in hexadecimal.
    """

    entries: int
    commands: int
    events: int
    not_rerun: int
    snapshots: int
    checks: int
    head: str
    digest: str
    finding: Finding | None


def _unheard(_: int) -> None:
    pass


def audit(
    journal: Journal,
    *,
    invariants: Mapping[str, Invariant] = INVARIANTS,
    contains: str | None = None,
    progress: Callable[[int], object] = _unheard,
) -> Report:
    """Audit what the journal holds when this is called; a writer may go on meanwhile.

    `contains` is the hexadecimal hash of an entry that must be there: of a head that was kept earlier.
    `progress` is told after every entry how many commands it had.
    """
    return _Audit(journal, invariants, contains, progress).run()


class _Wrong(Exception):
    """Carries a finding out of the pass over the entries."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def _stop_at(finding: Finding | None) -> None:
    if finding:
        raise _Wrong(finding)


class _Audit:
    """One pass over a journal: where it is, the state there, and what was counted on the way."""

    def __init__(
        self,
        journal: Journal,
        invariants: Mapping[str, Invariant],
        contains: str | None,
        progress: Callable[[int], object],
    ) -> None:
        self.journal, self.invariants, self.contains, self.progress = journal, invariants, contains, progress
        self.engine = Engine()
        self.last: Entry | None = None
        self.sound = 0
        self.kept: set[int] = set()
        self.compared: set[int] = set()
        self.events = self.not_rerun = self.checks = 0
        self.found = False

    def run(self) -> Report:
        """The report."""
        finding = None
        try:
            self.kept = set(self.journal.snapshot_sequences())
            self.entries()
            self.end()
        except _Wrong as wrong:
            finding = wrong.finding
        except LedgerDamaged as error:
            number, sequence = (self.last.number, self.last.last_sequence) if self.last else (0, 0)
            finding = Finding(number + 1, sequence + 1, "file", str(error))
        last = self.last
        return Report(
            entries=last.number if last else 0,
            commands=last.last_sequence if last else 0,
            events=self.events,
            not_rerun=self.not_rerun,
            snapshots=len(self.compared),
            checks=self.checks,
            head=(last.hash if last else GENESIS).hex(),
            digest=self.engine.digest(),
            finding=finding,
        )

    def entries(self) -> None:
        """Every entry, and what stands at its end."""
        for entry in self.journal.entries():
            _stop_at(out_of_place(entry, self.last))
            self.entry(entry)
            self.last = entry
            self.events += len(entry.events) // EVENT.itemsize
            self.found |= entry.hash.hex() == self.contains
            if self.snapshot(entry) or self.check_is_due(entry):
                self.check(entry)
            self.progress(entry.last_sequence - entry.first_sequence + 1)

    def entry(self, entry: Entry) -> None:
        """The chain and the re-run of one entry."""
        previous = self.last.hash if self.last else GENESIS
        if entry.rules_version != (self.last.rules_version if self.last else entry.rules_version):
            previous = self.begin_epoch(entry, previous)
        if entry.rules_version == RULES_VERSION:
            events = rerun(self.engine, entry)
            _stop_at(unlike(entry, previous, events, running_hash(self.engine), lambda: self.after(entry)))
        else:
            _stop_at(unlike_its_hash(entry, previous))
            self.not_rerun += entry.last_sequence - entry.first_sequence + 1
            self.sound = entry.last_sequence

    def begin_epoch(self, entry: Entry, previous: bytes) -> bytes:
        """The hash before the first entry of new rules; the state is that of the snapshot before it."""
        sealed = self.journal.snapshot(entry.first_sequence - 1)
        if sealed is None:
            message = f"the snapshot that sealed the rules before version {entry.rules_version} is missing"
            raise _Wrong(Finding(entry.number, entry.first_sequence, "snapshot", message))
        if entry.rules_version == RULES_VERSION:
            self.engine = load(sealed)
        return epoch_hash(previous, entry.rules_version, sealed.digest)

    def after(self, entry: Entry) -> Entry | None:
        """The entry after `entry`, where there is one that can be read."""
        with suppress(LedgerDamaged):
            return next(self.journal.entries(entry.last_sequence + 1), None)
        return None

    def snapshot(self, entry: Entry) -> bool:
        """Whether there is a snapshot at the end of `entry`; it is compared with the state."""
        if entry.last_sequence not in self.kept:
            return False
        snapshot = self.journal.snapshot(entry.last_sequence)
        if snapshot:
            digest = self.engine.digest() if entry.rules_version == RULES_VERSION else None
            _stop_at(unlike_the_state(snapshot, entry, digest))
            self.compared.add(snapshot.sequence)
        return snapshot is not None

    def check_is_due(self, entry: Entry) -> bool:
        """Whether as many commands were re-run since the last check as the state has rows."""
        rows = len(self.engine.tables.rows("compartments")) + len(self.engine.tables.rows("accounts"))
        return entry.last_sequence - self.sound >= max(CHECK_EVERY, rows)

    def check(self, entry: Entry) -> None:
        """All invariants; a breach is traced to its command."""
        if entry.rules_version != RULES_VERSION or entry.last_sequence == self.sound:
            return
        self.checks += 1
        if violations := self.violations(self.engine):
            raise _Wrong(self.traced(violations))
        self.sound = entry.last_sequence

    def violations(self, engine: Engine) -> list[Violation]:
        """What the invariants find in the state."""
        return [violation for invariant in self.invariants.values() for violation in invariant(engine.tables)]

    def traced(self, found: list[Violation]) -> Finding:
        """The command after which an invariant was first broken, since the last check that found nothing.

        Where no second run finds it, the place at which `found` was found.
        """
        end = self.last.last_sequence if self.last else 0
        since = [entry for entry in self.journal.entries(self.sound + 1) if entry.last_sequence <= end]
        batches = [np.frombuffer(entry.commands, COMMAND) for entry in since]
        commands, violations = first_breach(self.sound_engine, batches, found, self.violations)
        sequence = self.sound + commands
        number = next(entry.number for entry in since if entry.last_sequence >= sequence)
        return Finding(number, sequence, violations[0].rule, violations[0].message, as_written=True)

    def sound_engine(self) -> Engine:
        """A new engine in the state of the last check that found nothing, by the same commands."""
        engine = Engine()
        for entry in self.journal.entries():
            if entry.last_sequence > self.sound:
                break
            if entry.rules_version == RULES_VERSION:
                rerun(engine, entry)
            elif (sealed := self.journal.snapshot(entry.last_sequence)) is not None:
                engine = load(sealed)
        return engine

    def end(self) -> None:
        """What can only be said at the end: the last state, snapshots of what is missing, the hash asked for."""
        if self.last:
            self.kept = set(self.journal.snapshot_sequences())
            self.snapshot(self.last)
            self.check(self.last)
        number, sequence = (self.last.number, self.last.last_sequence) if self.last else (0, 0)
        newest = self.journal.last()
        growing = newest is not None and newest.last_sequence > sequence
        for stray in sorted(self.kept - self.compared):
            if stray <= sequence or not growing:
                message = f"there is a snapshot after command {stray}, and no entry ends there: entries are missing"
                raise _Wrong(Finding(number, sequence, "entries", message))
        if self.contains and not self.found:
            message = f"no entry has the hash {self.contains}: entries are missing, or this is another ledger"
            raise _Wrong(Finding(number, sequence, "hash", message))
