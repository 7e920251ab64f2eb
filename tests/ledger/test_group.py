"""Group commit: many threads, one order, one fsync for all that waits."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray

from stoplog.ledger import GroupCommit, Ledger
from stoplog.ledger.errors import LedgerStopped, StorageFailed
from stoplog.ledger.journal import Entry
from stoplog.ledger.memory import MemoryJournal
from stoplog.records import EVENT
from tests.ledger.markets import batches, opening, trading

pytestmark = pytest.mark.rule("LED-005")


class SlowJournal(MemoryJournal):
    """A journal whose writes wait until they are allowed, and then fail where they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = Event()
        self.fails = False
        self.groups: list[int] = []
        self.asked = 0

    def append(self, entries: Sequence[Entry]) -> None:
        self.asked += 1
        assert self.allowed.wait(10)
        if self.fails:
            raise StorageFailed("The disk is gone. Find it.")
        super().append(entries)
        self.groups.append(len(entries))


@pytest.fixture
def journal() -> Iterator[SlowJournal]:
    slow = SlowJournal()
    yield slow
    slow.allowed.set()


@pytest.mark.rule("REP-001")
def test_the_events_and_the_chain_are_those_of_batches_applied_one_by_one(tmp_path: Path) -> None:
    commands, alone = batches(200, 20), Ledger.in_memory()
    expected = [alone.apply(batch) for batch in commands]
    with Ledger.open(tmp_path / "a.ledger", snapshot_every=700) as ledger:
        with GroupCommit(ledger, waiting_max=500) as group:
            futures = [group.submit(batch) for batch in commands]
        assert all(np.array_equal(f.result(0), events) for f, events in zip(futures, expected, strict=True))
        assert ledger.head == alone.head
        head = ledger.head
    with Ledger.open(tmp_path / "a.ledger") as again:
        assert again.head == head


def test_what_waits_for_one_write_is_written_together(journal: SlowJournal) -> None:
    with GroupCommit(Ledger(journal)) as group:
        futures = [group.submit(batch) for batch in batches(30, 5)]
        assert not any(future.done() for future in futures[1:])
        journal.allowed.set()
        assert all(len(future.result(10)) > 0 for future in futures)
    assert sum(journal.groups) == 31
    assert len(journal.groups) <= 3


@pytest.mark.rule("LED-002")
def test_a_write_that_fails_is_told_to_everyone_who_waits_and_to_whoever_comes_after(journal: SlowJournal) -> None:
    ledger = Ledger(journal)
    with GroupCommit(ledger) as group:
        futures = [group.submit(batch) for batch in batches(5, 5)]
        journal.fails = True
        journal.allowed.set()
        for future in futures:
            with pytest.raises(LedgerStopped, match=r"The disk is gone.*open it again"):
                future.result(10)
        with pytest.raises(LedgerStopped):
            group.submit(trading(5, seed=1))
    assert ledger.sequence == 0
    assert journal.last() is None


def test_who_submits_more_than_may_wait_waits_for_the_disk(journal: SlowJournal) -> None:
    ledger = Ledger(journal)
    with GroupCommit(ledger, waiting_max=10) as group, ThreadPoolExecutor(1) as pool:
        group.submit(opening())
        submitting = pool.submit(lambda: [group.submit(trading(10, seed=n)) for n in range(5)])
        with pytest.raises(TimeoutError):
            submitting.result(0.2)
        journal.allowed.set()
        assert len(submitting.result(10)) == 5


def test_batches_of_many_threads_become_one_chain_that_recovers(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "a.ledger")
    ledger.apply(opening())
    deposits = trading(400, seed=3)
    deposits["time"] = 2
    with GroupCommit(ledger) as group, ThreadPoolExecutor(4) as pool:
        results = [future.result() for future in pool.map(group.submit, np.split(deposits, 40))]
    sequences = sorted({int(sequence) for events in results for sequence in events["sequence"]})
    assert sequences == list(range(len(opening()) + 1, len(opening()) + 401))
    digest = ledger.digest()
    ledger.close()
    with Ledger.open(tmp_path / "a.ledger", rebuild=True) as again:
        assert again.digest() == digest


def test_nothing_can_be_submitted_to_a_closed_group() -> None:
    group = GroupCommit(Ledger.in_memory())
    group.close()
    group.close()
    with pytest.raises(ValueError, match="closed"):
        group.submit(opening())


def test_a_batch_that_was_applied_cannot_be_cancelled(journal: SlowJournal) -> None:
    ledger = Ledger(journal)
    with GroupCommit(ledger) as group:
        futures = [group.submit(batch) for batch in batches(5, 5)]
        assert not any(future.cancel() for future in futures)
        journal.allowed.set()
        assert all(len(future.result(10)) > 0 for future in futures)
    assert ledger.sequence == len(opening()) + 25


@pytest.mark.rule("LED-002")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_thread_dies_the_ledger_stops_and_everyone_is_told(journal: SlowJournal) -> None:
    ledger = Ledger(journal)

    def dies(_: Future[NDArray[np.void]]) -> None:
        raise SystemExit

    with GroupCommit(ledger, waiting_max=40) as group, ThreadPoolExecutor(1) as pool:
        first = group.submit(opening())
        while journal.asked == 0:
            time.sleep(0.001)
        first.add_done_callback(dies)
        futures = [group.submit(trading(20, seed=seed)) for seed in range(2)]
        waits_for_room = pool.submit(group.submit, trading(20, seed=2))
        journal.allowed.set()
        assert len(first.result(10)) > 0
        for future in futures:
            with pytest.raises(LedgerStopped, match="open it again"):
                future.result(10)
        with pytest.raises(LedgerStopped):
            waits_for_room.result(10).result(10)
        with pytest.raises(LedgerStopped):
            group.submit(trading(20, seed=3))
    assert ledger.sequence == len(opening())


def test_a_future_that_someone_else_has_answered_stops_the_ledger(journal: SlowJournal) -> None:
    ledger = Ledger(journal)
    with GroupCommit(ledger) as group:
        futures = [group.submit(batch) for batch in batches(5, 5)]
        futures[2].set_result(np.empty(0, EVENT))
        journal.allowed.set()
        for future in (futures[1], futures[3], futures[5]):
            assert future.exception(10) is None or isinstance(future.exception(), LedgerStopped)
        with pytest.raises(LedgerStopped):
            group.submit(trading(5, seed=1))
    assert not group._thread.is_alive()
