"""Audit finds the first place where a ledger is wrong, and says so."""

import shutil
import sqlite3
import subprocess
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stoplog.engine import Engine
from stoplog.ledger import Ledger
from stoplog.ledger.audit import Report, audit
from stoplog.ledger.command import main
from stoplog.ledger.diagnosis import Finding
from stoplog.ledger.errors import LedgerError
from stoplog.ledger.memory import MemoryJournal
from stoplog.ledger.sqlite import SqliteJournal
from stoplog.proof.violations import TablesLike, Violation
from stoplog.records import COMMAND
from tests.ledger.markets import batches, opening, trading

FIRST = len(opening())
ENTRY = 17
ENDS = FIRST + 100 * (ENTRY - 1)

pytestmark = pytest.mark.rule("REP-002")


def audited(path: Path, contains: str | None = None) -> Report:
    journal = SqliteJournal(path, read_only=True)
    report = audit(journal, contains=contains)
    journal.close()
    return report


def found(path: Path) -> Finding:
    finding = audited(path).finding
    assert finding is not None
    return finding


def edit(path: Path, statement: str, *arguments: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement, arguments)
    connection.close()


def flip(path: Path, column: str, byte: int, bit: int = 0) -> None:
    """Turn one bit of a column of the entry."""
    connection = sqlite3.connect(path)
    with connection:
        query = f"SELECT {column} FROM entries WHERE number = ?"  # noqa: S608 - a column's name
        content = bytearray(connection.execute(query, (ENTRY,)).fetchone()[0])
        content[byte] ^= 1 << bit
        query = f"UPDATE entries SET {column} = ? WHERE number = ?"  # noqa: S608 - a column's name
        connection.execute(query, (bytes(content), ENTRY))
    connection.close()


def test_a_sound_ledger_is_covered_whole(path: Path) -> None:
    report = audited(path)
    assert report.finding is None
    assert (report.entries, report.commands, report.snapshots, report.not_rerun) == (21, FIRST + 2_000, 1, 0)
    assert report.checks >= 2
    with Ledger.open(path) as ledger:
        assert (report.head, report.digest) == (ledger.head, ledger.digest())
        assert report.events == sum(len(entry.events) for entry in ledger.journal.entries()) // 64


@pytest.mark.rule("LED-001")
def test_a_ledger_is_audited_while_its_writer_goes_on(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.apply(trading(100, seed=2))
        report = audited(path)
        assert (report.finding, report.head) == (None, ledger.head)
        ledger.apply(trading(100, seed=3))


def files(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if not file.name.endswith("-shm")}


def test_an_audit_leaves_the_files_as_they_were(path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = files(path)
    assert list(before) == ["a.ledger"]
    assert audited(path).finding is None
    assert files(path) == before
    crashed = tmp_path_factory.mktemp("crashed") / "a.ledger"
    with Ledger.open(path) as ledger:
        ledger.apply(trading(100, seed=2))
        head = ledger.head
        for name, data in files(path).items():
            crashed.with_name(name).write_bytes(data)
    left = files(crashed)
    assert left["a.ledger-wal"]
    assert audited(crashed).head == head
    assert files(crashed) == left


def test_a_ledger_on_a_disk_that_cannot_be_written_is_audited(path: Path, small_disk: Path) -> None:
    copied = Path(shutil.copy(path, small_disk / "a.ledger"))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert audited(copied).finding is None
    with pytest.raises(LedgerError, match=r"may be read and written|right to write"):
        Ledger.open(copied)


def test_a_ledger_that_was_never_written_to_is_sound(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "empty.ledger").close()
    report = audited(tmp_path / "empty.ledger")
    assert (report.finding, report.entries) == (None, 0)


@pytest.mark.parametrize("bit", range(0, 6400 * 8, 6007))
def test_a_bit_turned_in_the_commands_is_found_in_its_entry(path: Path, bit: int) -> None:
    flip(path, "commands", bit // 8, bit % 8)
    finding = found(path)
    assert finding.entry == ENTRY
    assert finding.field == "commands"
    assert ENDS - 100 < finding.sequence <= ENDS


@pytest.mark.parametrize("row", [0, 1, 40, 90])
def test_a_bit_turned_in_the_events_is_found_at_its_command(path: Path, row: int) -> None:
    journal = SqliteJournal(path, read_only=True)
    entry = next(journal.entries(ENDS))
    journal.close()
    sequence = int.from_bytes(entry.events[64 * row : 64 * row + 8], "little")
    flip(path, "events", 64 * row + 33)
    finding = found(path)
    assert (finding.entry, finding.sequence, finding.field) == (ENTRY, sequence, "events")


@pytest.mark.parametrize(("column", "byte"), [("hash", 0), ("hash", 31), ("event_hash", 0), ("event_hash", 7)])
def test_a_bit_turned_in_a_hash_is_found_in_its_field(path: Path, column: str, byte: int) -> None:
    flip(path, column, byte)
    finding = found(path)
    assert (finding.entry, finding.field, finding.as_written) == (ENTRY, column, False)


@pytest.mark.parametrize(
    ("statement", "entry", "field"),
    [
        ("DELETE FROM entries WHERE number = 17", 17, "first_sequence"),
        ("DELETE FROM entries WHERE number = 1", 1, "first_sequence"),
        ("DELETE FROM entries WHERE number = 21", 20, "entries"),
        ("UPDATE entries SET number = 99 WHERE number = 17", 17, "number"),
        ("UPDATE entries SET last_sequence = last_sequence + 1 WHERE number = 17", 17, "commands"),
        ("UPDATE entries SET last_sequence = 3 WHERE number = 17", 17, "last_sequence"),
        ("UPDATE entries SET first_sequence = first_sequence + 1 WHERE number = 17", 17, "first_sequence"),
        ("UPDATE entries SET rules_version = 2 WHERE number = 17", 17, "rules_version"),
        ("UPDATE entries SET rules_version = 0 WHERE number = 17", 17, "rules_version"),
        ("UPDATE entries SET events = substr(events, 65) WHERE number = 17", 17, "events"),
        ("UPDATE entries SET events = substr(events, 2) WHERE number = 17", 17, "events"),
        ("UPDATE entries SET events = x'' WHERE number = 17", 17, "events"),
        ("UPDATE entries SET commands = 'text' WHERE number = 17", 17, "file"),
        ("UPDATE entries SET hash = x'00' WHERE number = 21", 21, "hash"),
        ("UPDATE snapshots SET digest = replace(digest, 'a', 'b')", 21, "snapshot"),
        ("UPDATE snapshot_parts SET bytes = substr(bytes, 2)", 21, "snapshot"),
        ("DELETE FROM snapshot_parts", 21, "snapshot"),
        ("UPDATE snapshot_parts SET bytes = 'text'", 22, "file"),
        ("UPDATE snapshots SET sequence = sequence - 1", 21, "entries"),
        ("UPDATE snapshots SET sequence = sequence - 100", 20, "snapshot"),
    ],
)
def test_what_is_missing_or_moved_is_found_where_it_is(path: Path, statement: str, entry: int, field: str) -> None:
    edit(path, statement)
    finding = found(path)
    assert (finding.entry, finding.field) == (entry, field)


def test_two_entries_that_changed_places_are_found_at_the_first(path: Path) -> None:
    edit(path, "CREATE TABLE two AS SELECT * FROM entries WHERE number IN (17, 18)")
    edit(
        path,
        "UPDATE entries SET (event_hash, hash, commands, events) = (SELECT event_hash, hash, commands, events FROM two"
        " WHERE two.number = 35 - entries.number) WHERE number IN (17, 18)",
    )
    assert found(path).entry == 17


def test_a_chain_that_was_forged_from_an_entry_on_is_caught_by_re_running(path: Path) -> None:
    ledger = Ledger(MemoryJournal())
    honest = SqliteJournal(path, read_only=True)
    for entry in honest.entries():
        events = np.frombuffer(entry.events, np.uint8).copy()
        if entry.number == ENTRY:
            events[64 * 5 + 32] ^= 1
        decision = ledger.decide(np.frombuffer(entry.commands, opening().dtype))
        ledger.commit([decision._replace(events=events)])
    honest.close()
    finding = audit(ledger.journal).finding
    assert finding is not None
    assert (finding.entry, finding.field, finding.as_written) == (ENTRY, "events", True)


def test_an_invariant_is_traced_to_the_command_that_broke_it() -> None:
    ledger = Ledger.in_memory()
    for commands in batches(40, 100):
        ledger.apply(commands)
    opened = [(row.number, row.first_sequence) for row in ledger.journal.entries()]
    target = opened[23][1] + 41

    def stands_still(tables: TablesLike) -> list[Violation]:
        sequence = int(tables.rows("counts")["sequence"][0])
        return [Violation("ABC-001", "it moved", {"sequence": sequence})] if sequence >= target else []

    finding = audit(ledger.journal, invariants={"ABC-001": stands_still}).finding
    assert finding == Finding(24, target, "ABC-001", "it moved", as_written=True)


def test_a_breach_that_a_restored_engine_would_not_repeat_is_traced_all_the_same() -> None:
    """What is looked at here is no part of a snapshot, as a wake-up price that history left too late is none."""
    ledger = Ledger.in_memory()
    for commands in batches(40, 100):
        ledger.apply(commands)
    straight, woken, checks = Engine(), [], 0
    for entry in ledger.journal.entries():
        for row in np.frombuffer(entry.commands, COMMAND):
            straight.apply(np.array([row]))
            woken.append(straight.statistics["woken"])
    target = woken[2_500] + 1

    def never_woken_so_often(tables: TablesLike) -> list[Violation]:
        nonlocal checks
        checks += 1
        assert checks < 1_000, "the audit goes on for ever"
        often = Engine(tables).statistics["woken"] >= target
        return [Violation("ABC-001", "it woke", {})] if often else []

    finding = audit(ledger.journal, invariants={"ABC-001": never_woken_so_often}).finding
    assert finding is not None
    assert (finding.sequence, finding.field) == (bisect_left(woken, target) + 1, "ABC-001")


def test_a_breach_that_no_second_run_finds_is_named_where_the_first_one_found_it() -> None:
    ledger = Ledger.in_memory()
    for commands in batches(40, 100):
        ledger.apply(commands)
    runs: list[TablesLike] = []

    def only_in_the_first_run(tables: TablesLike) -> list[Violation]:
        assert len(runs) < 1_000, "the audit goes on for ever"
        runs.append(tables)
        return [Violation("ABC-001", "it was", {})] if tables is runs[0] and len(runs) > 1 else []

    finding = audit(ledger.journal, invariants={"ABC-001": only_in_the_first_run}).finding
    ends = [entry.last_sequence for entry in ledger.journal.entries()]
    second_check = next(end for end in ends if end >= 2_000)
    assert finding is not None
    assert (finding.field, finding.message, finding.as_written) == ("ABC-001", "it was", True)
    assert ends[finding.entry - 1] == finding.sequence <= second_check + 100


def test_a_hash_that_was_kept_must_be_in_the_chain(path: Path) -> None:
    with Ledger.open(path) as ledger:
        hashes = [entry.hash.hex() for entry in ledger.journal.entries()]
    assert audited(path, contains=hashes[4]).finding is None
    edit(path, "DELETE FROM snapshots")
    edit(path, "DELETE FROM entries WHERE number > 18")
    assert audited(path).finding is None
    missing = audited(path, contains=hashes[20]).finding
    assert missing is not None
    assert (missing.entry, missing.field) == (18, "hash")


@pytest.mark.rule("LED-003")
def test_older_rules_are_not_rerun_but_their_chain_is_verified(path: Path, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("newer_rules")
    with Ledger.open(path) as ledger:
        ledger.apply(trading(100, seed=5))
        digest = ledger.digest()
    report = audited(path)
    assert (report.finding, report.not_rerun, report.digest) == (None, FIRST + 2_000, digest)
    copies = [Path(shutil.copy(path, path.with_suffix(f".{number}"))) for number in range(3)]
    flip(copies[0], "commands", 77)
    finding = found(copies[0])
    assert (finding.entry, finding.field) == (ENTRY, "hash")
    edit(copies[1], "DELETE FROM snapshots WHERE rules_version = 1")
    finding = found(copies[1])
    assert (finding.entry, finding.field) == (22, "snapshot")
    flip_snapshot(copies[2], version=1)
    assert found(copies[2]).field == "snapshot"


def flip_snapshot(path: Path, version: int) -> None:
    edit(
        path,
        "UPDATE snapshot_parts SET bytes = CAST(substr(bytes, 1, 900) || x'07' || substr(bytes, 902) AS BLOB)"
        " WHERE sequence = (SELECT sequence FROM snapshots WHERE rules_version = ?)",
        version,
    )


@pytest.mark.parametrize("seed", range(60))
def test_a_byte_turned_anywhere_in_the_file_is_found_or_changes_nothing(path: Path, seed: int) -> None:
    before = content(path)
    draw = np.random.default_rng(seed)
    data = bytearray(path.read_bytes())
    data[int(draw.integers(len(data)))] ^= int(draw.integers(1, 256))
    path.write_bytes(data)
    if main(["--quiet", str(path)]) == 0:
        assert content(path) == before


def content(path: Path) -> list[object]:
    journal = SqliteJournal(path, read_only=True)
    snapshots = [journal.snapshot(sequence) for sequence in journal.snapshot_sequences()]
    found: list[object] = [*journal.entries(), *snapshots]
    journal.close()
    return found


Shown = Callable[[], tuple[str, str]]


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Shown:
    return lambda: tuple(capsys.readouterr())


def test_the_command_says_that_a_ledger_is_sound(path: Path, shown: Shown) -> None:
    assert main([str(path)]) == 0
    output, errors = shown()
    assert f"{path} is sound" in output
    assert audited(path).head in output
    assert errors == ""
    assert main([str(path), "--quiet"]) == 0
    assert shown() == ("", "")


def test_the_command_names_entry_command_and_field_and_says_what_to_do(path: Path, shown: Shown) -> None:
    flip(path, "events", 33)
    assert main([str(path)]) == 1
    output, _ = shown()
    assert f"wrong at entry 17, command {ENDS - 99:,}, field events" in output
    assert "restore the ledger from a copy" in output


def test_the_command_tells_a_damaged_snapshot_from_damaged_entries(path: Path, shown: Shown) -> None:
    flip_snapshot(path, version=1)
    assert main([str(path)]) == 1
    assert "rebuild=True" in shown()[0]


@pytest.mark.rule("LED-003")
@pytest.mark.parametrize(
    "arguments", [[], ["missing.ledger"], [__file__], ["--contains", "12", "a"], ["--wrong", "a"], ["a", "b"]]
)
def test_the_command_says_what_it_cannot_audit(arguments: list[str], shown: Shown) -> None:
    assert main(arguments) == 2
    output, errors = shown()
    assert output == ""
    assert "stoplog audit" in errors


def test_a_file_of_which_a_page_is_lost_is_damaged(path: Path, shown: Shown) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert main([str(path)]) == 1
    assert "restore" in "".join(shown())
