"""A ledger: what is acknowledged, what recovery brings back, and when it stops."""

import resource
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.ledger import Ledger
from stoplog.ledger.errors import LedgerDamaged, LedgerStopped, UnknownVersion
from stoplog.ledger.journal import RULES_VERSION, Entry, Journal, Snapshot
from stoplog.ledger.memory import MemoryJournal
from stoplog.ledger.sqlite import SqliteJournal
from stoplog.records import COMMAND, EVENT
from tests.ledger.markets import batches, opening, trading


@pytest.fixture(params=["memory", "sqlite"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    opened: Journal = MemoryJournal() if request.param == "memory" else SqliteJournal(tmp_path / "kept.ledger")
    yield opened
    opened.close()


def engine_after(commands: list[np.ndarray]) -> Engine:
    engine = Engine()
    for batch in commands:
        engine.apply(batch)
    return engine


@pytest.mark.rule("REP-001", "LED-004")
def test_a_ledger_gives_the_events_and_the_state_of_the_engine_alone(kept: Journal) -> None:
    engine, opened = Engine(), Ledger(kept)
    for commands in batches(5, 200):
        assert np.array_equal(opened.apply(commands), engine.apply(commands))
    assert opened.digest() == engine.digest()
    assert opened.sequence == engine.sequence


@pytest.mark.rule("REP-003", "LED-004")
@pytest.mark.parametrize("snapshot_every", [10**9, 1, 350])
def test_opening_again_brings_back_state_and_chain(kept: Journal, snapshot_every: int) -> None:
    opened = Ledger(kept, snapshot_every=snapshot_every)
    first, second = batches(5, 200), trading(300, seed=8)
    for commands in first:
        opened.apply(commands)
    again = Ledger(kept)
    assert (again.digest(), again.sequence, again.head) == (opened.digest(), opened.sequence, opened.head)
    assert np.array_equal(again.apply(second), opened._engine.apply(second))
    rebuilt = Ledger(kept, rebuild=True)
    assert (rebuilt.digest(), rebuilt.head) == (again.digest(), again.head)


@pytest.mark.rule("REP-002")
def test_entries_are_the_batches_and_the_head_is_the_hash_of_the_last(path: Path) -> None:
    with Ledger.open(path) as opened:
        entries = list(opened.journal.entries())
        assert [np.frombuffer(entry.commands, COMMAND).tobytes() for entry in entries] == [
            commands.tobytes() for commands in batches(20, 100)
        ]
        assert opened.head == entries[-1].hash.hex()
        assert sum(len(entry.events) for entry in entries) % EVENT.itemsize == 0


@pytest.mark.rule("REP-001", "REP-002")
def test_the_same_batches_give_the_same_chain_on_every_journal(path: Path) -> None:
    memory = Ledger.in_memory()
    for commands in batches(20, 100):
        memory.apply(commands)
    with Ledger.open(path) as opened:
        assert memory.head == opened.head


@pytest.mark.rule("REP-001")
def test_a_group_is_the_batches_one_by_one(kept: Journal) -> None:
    together, alone = Ledger(kept), Ledger.in_memory()
    commands = batches(6, 50)
    events = together.apply_group(commands)
    assert all(np.array_equal(given, alone.apply(batch)) for given, batch in zip(events, commands, strict=True))
    assert together.head == alone.head


@pytest.mark.rule("REP-001")
def test_an_empty_batch_leaves_no_entry(kept: Journal) -> None:
    opened = Ledger(kept)
    assert len(opened.apply(Batch().records())) == 0
    assert kept.last() is None


@pytest.mark.rule("REF-001")
def test_an_array_of_something_else_is_refused_and_the_ledger_goes_on() -> None:
    opened = Ledger.in_memory()
    with pytest.raises(TypeError, match="COMMAND"):
        opened.apply(np.zeros(3, EVENT))
    assert len(opened.apply(opening())) > 0


@pytest.mark.rule("LED-002")
def test_a_write_that_fails_stops_the_ledger_and_the_next_opening_has_what_was_acknowledged(path: Path) -> None:
    opened = Ledger.open(path)
    opened.apply(trading(100, seed=3))
    acknowledged, digest = opened.sequence, opened.digest()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name("a.ledger-wal").stat().st_size, limit[1]))
    try:
        with pytest.raises(LedgerStopped, match=r"ahead of the disk: close it and open it again"):
            opened.apply(trading(5_000, seed=4))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    for refused in (lambda: opened.apply(trading(1, seed=5)), opened.snapshot):
        with pytest.raises(LedgerStopped, match="open it again"):
            refused()
    opened.close()
    with Ledger.open(path) as again:
        assert (again.sequence, again.digest()) == (acknowledged, digest)


class InterruptedJournal(MemoryJournal):
    """A journal in whose first write somebody presses Ctrl-C."""

    def append(self, entries: Sequence[Entry]) -> None:  # noqa: ARG002 - the port's
        raise KeyboardInterrupt


@pytest.mark.rule("LED-002")
def test_an_interrupted_write_stops_the_ledger_and_stays_an_interrupt() -> None:
    opened = Ledger(InterruptedJournal())
    with pytest.raises(KeyboardInterrupt):
        opened.apply(opening())
    with pytest.raises(LedgerStopped, match=r"^KeyboardInterrupt\. The ledger has stopped"):
        opened.apply(opening())
    opened.close()


@pytest.mark.rule("LED-002", "REP-003")
def test_closing_before_a_batch_is_committed_leaves_no_trace_of_it(path: Path) -> None:
    opened = Ledger.open(path)
    before, digest = opened.sequence, opened.digest()
    opened.decide(trading(10, seed=3))
    opened.close()
    with Ledger.open(path) as again:
        assert (again.sequence, again.digest()) == (before, digest)


@pytest.mark.rule("LED-002")
def test_a_closed_ledger_says_so(path: Path) -> None:
    opened = Ledger.open(path)
    opened.close()
    opened.close()
    with pytest.raises(LedgerStopped, match="is closed"):
        opened.apply(opening())


@pytest.mark.rule("LED-004")
@pytest.mark.parametrize("change", ["state", "digest", "sequence"])
def test_a_snapshot_that_is_not_what_it_says_is_refused_and_rebuilding_does_without(change: str) -> None:
    kept = MemoryJournal()
    opened = Ledger(kept)
    for commands in batches(3, 100):
        opened.apply(commands)
    state, digest = bytearray(opened._engine.to_bytes()), opened.digest()
    sequence = opened.sequence
    if change == "state":
        state[len(state) // 2] ^= 1
    elif change == "digest":
        digest = "0" * 64
    else:
        sequence -= 100
    kept.save_snapshot(Snapshot(sequence, RULES_VERSION, digest, bytes(state)))
    with pytest.raises(LedgerDamaged, match="rebuild=True"):
        Ledger(kept)
    assert Ledger(kept, rebuild=True).digest() == opened.digest()


@pytest.mark.rule("LED-004")
def test_a_snapshot_of_entries_that_are_gone_is_refused(path: Path) -> None:
    kept = MemoryJournal()
    with Ledger.open(path) as opened:
        kept.append(list(opened.journal.entries())[:-1])
        snapshot = opened.journal.latest_snapshot()
    assert snapshot is not None
    kept.save_snapshot(snapshot)
    with pytest.raises(LedgerDamaged, match="No entry ends at command"):
        Ledger(kept)


@pytest.mark.rule("LED-003")
def test_a_sealed_ledger_goes_on_under_newer_rules_as_a_new_epoch(path: Path, request: pytest.FixtureRequest) -> None:
    with Ledger.open(path) as opened:
        head, digest = opened.head, opened.digest()
    request.getfixturevalue("newer_rules")
    with Ledger.open(path) as opened:
        assert opened.digest() == digest
        opened.apply(trading(100, seed=5))
        newer = opened.digest()
    with Ledger.open(path) as opened:
        assert opened.digest() == newer
        versions = [entry.rules_version for entry in opened.journal.entries()]
        first = list(opened.journal.entries())[-1]
    assert versions == [1] * 21 + [2]
    assert first.hash_after(bytes.fromhex(head)) != first.hash
    with Ledger.open(path, rebuild=True) as opened:
        assert opened.digest() == newer


@pytest.mark.rule("LED-003")
def test_a_ledger_that_was_not_sealed_needs_the_rules_that_wrote_it(path: Path, request: pytest.FixtureRequest) -> None:
    opened = Ledger.open(path)
    opened.apply(trading(100, seed=5))
    opened._journal.close()
    request.getfixturevalue("newer_rules")
    with pytest.raises(UnknownVersion, match="rules version 1; this Stoplog has 2"):
        Ledger.open(path)
