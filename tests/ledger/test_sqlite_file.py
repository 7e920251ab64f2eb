"""What the SQLite file is: settings that make a commit last, and files that are refused."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stoplog.ledger import checkpoint
from stoplog.ledger.errors import LedgerDamaged, LedgerInUse, NotALedger, StorageFailed, UnknownVersion
from stoplog.ledger.journal import FORMAT_VERSION, RULES_VERSION
from stoplog.ledger.sqlite import SqliteJournal
from tests.ledger.test_journal_contract import chain


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.ledger"


def edit(path: Path, statement: str, *arguments: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, arguments)
    connection.close()


@pytest.mark.rule("REP-003")
def test_a_commit_is_synchronous_and_goes_to_the_log(path: Path) -> None:
    journal = SqliteJournal(path)
    settings = {
        name: journal._connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "fullfsync")
    }
    journal.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "fullfsync": 1}


@pytest.mark.rule("REP-003")
def test_what_was_appended_is_there_when_the_file_is_opened_again(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.append(chain(2, 1))
    journal.close()
    again = SqliteJournal(path)
    assert list(again.entries()) == chain(2, 1)
    assert again.last() == chain(2, 1)[-1]
    again.close()


@pytest.mark.rule("LED-001")
def test_a_second_writer_is_refused_and_told_what_to_do(path: Path) -> None:
    journal = SqliteJournal(path)
    with pytest.raises(LedgerInUse, match=r"close that process, or work on a copy"):
        SqliteJournal(path)
    journal.append(chain(1))
    with pytest.raises(LedgerInUse):
        SqliteJournal(path)
    journal.close()
    SqliteJournal(path).close()
    assert [file.name for file in path.parent.iterdir()] == ["a.ledger"]


@pytest.mark.rule("LED-001")
def test_a_lock_that_a_crash_left_behind_locks_nobody_out(path: Path) -> None:
    path.with_name("a.ledger-lock").touch()
    journal = SqliteJournal(path)
    journal.append(chain(1))
    journal.close()


@pytest.mark.rule("LED-001")
def test_of_many_that_open_at_once_one_gets_the_ledger(path: Path) -> None:
    def opened(_: int) -> bool:
        try:
            journal = SqliteJournal(path)
        except LedgerInUse:
            return False
        assert not holders, "nobody else has it"
        holders.append(journal)
        time.sleep(0.001)
        holders.remove(journal)
        journal.close()
        return True

    holders: list[SqliteJournal] = []
    with ThreadPoolExecutor(8) as pool:
        assert any(pool.map(opened, range(100)))


@pytest.mark.rule("LED-001")
def test_a_reader_sees_what_is_committed_while_the_writer_goes_on(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.append(chain(1))
    reader = SqliteJournal(path, read_only=True)
    assert list(reader.entries()) == chain(1)
    journal.append(chain(1, 5)[1:])
    assert list(reader.entries()) == chain(1, 5)
    with pytest.raises(StorageFailed, match="opened for reading"):
        reader.append(chain(1, 5, 1)[2:])
    reader.close()
    journal.close()


@pytest.mark.rule("LED-001")
def test_a_writer_that_got_past_a_lock_somebody_removed_is_noticed(path: Path) -> None:
    journal = SqliteJournal(path)
    journal.append(chain(1))
    path.with_name("a.ledger-lock").unlink()
    other = SqliteJournal(path)
    other.append(chain(1, 1)[1:])
    other.close()
    with pytest.raises(LedgerInUse, match="meanwhile"):
        journal.append(chain(1, 1)[1:])
    again = SqliteJournal(path)
    assert list(again.entries()) == chain(1, 1)
    again.close()


@pytest.mark.rule("LED-003")
@pytest.mark.parametrize("content", [b"not a database, but long enough to be taken for one " * 40, b"\x00" * 8192])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for read_only in (False, True):
        with pytest.raises(NotALedger):
            SqliteJournal(path, read_only=read_only)
    assert path.read_bytes() == content


@pytest.mark.rule("LED-003")
def test_another_database_is_refused_and_left_as_it_was(path: Path) -> None:
    edit(path, "CREATE TABLE notes (text TEXT)")
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(NotALedger, match="not a Stoplog ledger"):
            SqliteJournal(path, read_only=read_only)
    assert path.read_bytes() == before


@pytest.mark.rule("LED-003")
def test_reading_what_is_not_there_makes_nothing(path: Path) -> None:
    with pytest.raises(NotALedger, match="no ledger"):
        SqliteJournal(path, read_only=True)
    with pytest.raises(NotALedger, match="folder"):
        SqliteJournal(path.parent / "missing" / "a.ledger")
    assert list(path.parent.iterdir()) == []


@pytest.mark.rule("LED-003")
@pytest.mark.parametrize(("name", "known"), [("format", FORMAT_VERSION), ("rules", RULES_VERSION)])
def test_a_newer_version_is_refused_by_name(path: Path, name: str, known: int) -> None:
    SqliteJournal(path).close()
    edit(path, "UPDATE meta SET value = ? WHERE name = ?", known + 1, name)
    for read_only in (False, True):
        with pytest.raises(UnknownVersion, match=f"{name} version {known + 1}"):
            SqliteJournal(path, read_only=read_only)


@pytest.mark.rule("LED-003")
def test_a_ledger_without_a_version_is_refused(path: Path) -> None:
    SqliteJournal(path).close()
    edit(path, "DELETE FROM meta WHERE name = 'rules'")
    with pytest.raises(LedgerDamaged, match="rules version"):
        SqliteJournal(path)


@pytest.mark.rule("REP-003")
def test_a_file_that_was_made_and_not_filled_becomes_a_ledger(path: Path) -> None:
    path.touch()
    journal = SqliteJournal(path)
    journal.append(chain(1))
    journal.close()
    assert path.stat().st_size > 0


@pytest.mark.rule("REP-003")
def test_a_table_that_is_gone_is_named_as_damage(path: Path) -> None:
    SqliteJournal(path).close()
    edit(path, "DROP TABLE entries")
    with pytest.raises(LedgerDamaged, match="no such table"):
        SqliteJournal(path)


@pytest.mark.rule("REP-003")
def test_the_log_is_taken_up_while_the_writer_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY_BYTES", 1)
    journal = SqliteJournal(path)
    before = path.stat().st_size
    deadline = time.monotonic() + 10
    entries = chain(*[1_000] * 20)
    for entry in entries:
        journal.append([entry])
    while path.stat().st_size == before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert path.stat().st_size > before
    assert list(journal.entries()) == entries
    journal.close()


@pytest.mark.rule("LED-003")
@pytest.mark.parametrize("read_only", [True, False])
def test_a_directory_is_refused_as_one(tmp_path: Path, read_only: bool) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    with pytest.raises(NotALedger, match=r"d is a directory\. Give the path of a file"):
        SqliteJournal(folder, read_only=read_only)
    assert list(tmp_path.iterdir()) == [folder]
