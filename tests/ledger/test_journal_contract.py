"""What every journal does, SQLite and memory alike."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stoplog.ledger.errors import OutOfOrder, StorageFailed
from stoplog.ledger.journal import Entry, Journal, Snapshot
from stoplog.ledger.memory import MemoryJournal
from stoplog.ledger.sqlite import PART_BYTES, SqliteJournal
from stoplog.proof.chain import GENESIS

pytestmark = pytest.mark.rule("LED-001")

BACKENDS = {"memory": lambda _: MemoryJournal(), "sqlite": lambda folder: SqliteJournal(folder / "a.ledger")}


@pytest.fixture(params=BACKENDS)
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    make: Callable[[Path], Journal] = BACKENDS[request.param]
    opened = make(tmp_path)
    yield opened
    opened.close()


def chain(*lengths: int) -> list[Entry]:
    entries: list[Entry] = []
    previous, sequence = GENESIS, 0
    for number, length in enumerate(lengths, 1):
        content = bytes([number]) * 64 * length
        bare = Entry(number, 1, sequence + 1, sequence + length, 2**64 - number, b"", content, content * (number % 3))
        entry = replace(bare, hash=bare.hash_after(previous))
        entries.append(entry)
        previous, sequence = entry.hash, entry.last_sequence
    return entries


def test_an_empty_journal_has_nothing(journal: Journal) -> None:
    assert journal.last() is None
    assert list(journal.entries()) == []
    assert journal.latest_snapshot() is None
    assert journal.snapshot_sequences() == []


def test_what_was_appended_comes_back_in_order_and_whole(journal: Journal) -> None:
    entries = chain(1, 3, 2, 1000)
    journal.append(entries[:1])
    journal.append(entries[1:])
    assert list(journal.entries()) == entries
    assert journal.last() == entries[-1]


@pytest.mark.parametrize(("sequence", "first"), [(0, 0), (1, 0), (2, 1), (4, 1), (5, 2), (6, 2), (7, 3)])
def test_reading_starts_with_the_entry_that_holds_the_command(journal: Journal, sequence: int, first: int) -> None:
    entries = chain(1, 3, 2)
    journal.append(entries)
    assert list(journal.entries(sequence)) == entries[first:]


def test_appending_nothing_changes_nothing(journal: Journal) -> None:
    journal.append([])
    journal.append(chain(1))
    journal.append([])
    assert list(journal.entries()) == chain(1)


@pytest.mark.parametrize(
    "change",
    [
        {"number": 4},
        {"number": 2},
        {"first_sequence": 6, "last_sequence": 6},
        {"first_sequence": 4, "last_sequence": 4},
        {"last_sequence": 4},
        {"last_sequence": 6},
        {"commands": bytes(63)},
    ],
)
def test_an_entry_that_does_not_follow_is_refused_and_none_of_its_group_stays(
    journal: Journal, change: dict[str, object]
) -> None:
    first, second, third = chain(1, 3, 1)
    journal.append([first])
    with pytest.raises(OutOfOrder):
        journal.append([second, replace(third, **change)])
    assert list(journal.entries()) == [first]
    journal.append([second, third])
    assert journal.last() == third


def test_a_snapshot_comes_back_whole(journal: Journal) -> None:
    state = bytes(range(251)) * (2 * PART_BYTES // 251 + 7)
    snapshot = Snapshot(sequence=17, rules_version=1, digest="ab" * 32, state=state)
    journal.save_snapshot(snapshot)
    assert journal.latest_snapshot() == snapshot
    assert journal.snapshot(17) == snapshot
    assert journal.snapshot(16) is None


def test_a_snapshot_takes_the_place_of_earlier_ones_under_the_same_rules_alone(journal: Journal) -> None:
    for sequence, version in ((5, 1), (9, 1), (12, 2), (20, 2)):
        journal.save_snapshot(Snapshot(sequence, version, "00" * 32, bytes(8)))
    assert journal.snapshot_sequences() == [9, 20]
    latest = journal.latest_snapshot()
    assert latest is not None
    assert (latest.sequence, latest.rules_version) == (20, 2)


def test_the_journal_can_grow_while_it_is_read(journal: Journal) -> None:
    entries = chain(1, 1, 1)
    journal.append(entries[:2])
    reading = journal.entries()
    assert next(reading) == entries[0]
    journal.append(entries[2:])
    assert next(reading) == entries[1]


def test_a_closed_journal_says_so(journal: Journal) -> None:
    journal.close()
    journal.close()
    with pytest.raises(StorageFailed, match="closed"):
        journal.append(chain(1))
    with pytest.raises(StorageFailed, match="closed"):
        journal.snapshot_sequences()
    with pytest.raises(StorageFailed, match="closed"):
        list(journal.entries())
