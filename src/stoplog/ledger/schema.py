"""The file of an SQLite ledger: its tables and settings, how one is made and how one is recognised."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from stoplog.ledger.errors import (
    LedgerDamaged,
    LedgerError,
    LedgerInUse,
    NotALedger,
    StorageFailed,
    UnknownVersion,
)
from stoplog.ledger.journal import FORMAT_VERSION, RULES_VERSION

APPLICATION_ID = 0x53746F70
"""The four bytes at offset 68 of the file by which it is told from other SQLite databases: `Stop`."""

PAGE_BYTES = 65536
CHECKPOINT_BYTES = 64 * 2**20
CACHE_KIB = 65536
WAIT_SECONDS = 1.0

TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (
    first_sequence INTEGER PRIMARY KEY,
    last_sequence INTEGER NOT NULL CHECK (last_sequence >= first_sequence),
    number INTEGER NOT NULL,
    rules_version INTEGER NOT NULL,
    event_hash BLOB NOT NULL CHECK (length(event_hash) = 8),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    commands BLOB NOT NULL CHECK (length(commands) = 64 * (last_sequence - first_sequence + 1)),
    events BLOB NOT NULL CHECK (length(events) % 64 = 0)
);
CREATE TABLE snapshots (
    sequence INTEGER PRIMARY KEY,
    rules_version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    parts INTEGER NOT NULL
);
CREATE TABLE snapshot_parts (
    sequence INTEGER NOT NULL,
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (sequence, part)
);
"""


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection that holds no transaction; `mode` is SQLite's: ro, rw, rwc, or more of its parameters."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that changes no byte of the file or its log, and leaves no file beside them.

    A reader of a file in WAL mode makes a log where there is none, and only one that may write clears it away; one
    that may write takes up a log that a crash has left, and an audit must leave that as it is. Where nothing can
    be made beside the file, nobody can have it open either.
    """
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        mode = "ro"
    else:
        mode = "rw" if os.access(path.absolute().parent, os.W_OK) else "ro&immutable=1"
    connection = connect(path, mode)
    connection.execute("PRAGMA query_only = ON")
    return connection


def make_durable(connection: sqlite3.Connection) -> None:
    """Set what makes a commit last, and how often the log is taken up into the file."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA checkpoint_fullfsync = ON")
    page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_BYTES // page_bytes}")
    connection.execute(f"PRAGMA journal_size_limit = {2 * CHECKPOINT_BYTES}")


def make_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Make a ledger of an empty file, in one transaction: half a ledger is never seen."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    make_durable(connection)
    connection.execute("BEGIN IMMEDIATE")
    if is_empty(connection):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for statement in TABLES.split(";"):
            connection.execute(statement)
        versions = [("format", FORMAT_VERSION), ("rules", RULES_VERSION)]
        connection.executemany("INSERT INTO meta VALUES (?, ?)", versions)
    connection.execute("COMMIT")
    sync_folder(path.absolute().parent)


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether nothing was ever made in the file."""
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return not tables and connection.execute("PRAGMA application_id").fetchone()[0] == 0


def require_ledger(connection: sqlite3.Connection, path: Path) -> None:
    """`NotALedger` or `UnknownVersion` unless this program can read the file."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise NotALedger(
            f"{path} is not a Stoplog ledger. Give the path of a ledger, or of a file that does not exist."
        )
    versions = dict(connection.execute("SELECT name, value FROM meta"))
    for name, known in (("format", FORMAT_VERSION), ("rules", RULES_VERSION)):
        found = versions.get(name)
        if not isinstance(found, int) or found < 1:
            raise LedgerDamaged(f"{path} does not say its {name} version ({found!r}). Restore the file from a copy.")
        if found > known:
            raise UnknownVersion(
                f"{path} has {name} version {found}; this Stoplog knows up to {known}. Open it with a newer Stoplog."
            )


def sync_folder(folder: Path) -> None:
    """Make the entry of a new file in its folder durable, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def explained(path: Path, doing: str) -> Iterator[None]:
    """Whatever SQLite raises inside, as a `LedgerError` that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise explanation(path, doing, error) from error
    except OSError as error:
        raise NotALedger(f"{doing} {path} failed: {error}. {ADVICE[sqlite3.SQLITE_CANTOPEN][1]}") from error


ADVICE: dict[int, tuple[type[LedgerError], str]] = {
    sqlite3.SQLITE_BUSY: (LedgerInUse, "Another process has the ledger open: close that process, or work on a copy."),
    sqlite3.SQLITE_FULL: (StorageFailed, "Free space on the disk, then open the ledger again."),
    sqlite3.SQLITE_NOTADB: (NotALedger, "The file is something else: give the path of a ledger."),
    sqlite3.SQLITE_CANTOPEN: (NotALedger, "Check that the path and its folder exist and may be read and written."),
    sqlite3.SQLITE_CORRUPT: (LedgerDamaged, "Run `stoplog audit` to see the first damaged place; restore from a copy."),
    sqlite3.SQLITE_READONLY: (StorageFailed, "Give this process the right to write the file and its folder."),
    sqlite3.SQLITE_IOERR: (StorageFailed, "Check the disk and the limit on file sizes, then open the ledger again."),
    sqlite3.SQLITE_ERROR: (LedgerDamaged, "The tables are not those of a ledger: restore from a copy."),
}
"""What to do, by the primary result code of SQLite."""

NO_ADVICE = (StorageFailed, "Nothing acknowledged is lost; open the ledger again.")


def explanation(path: Path, doing: str, error: sqlite3.Error) -> LedgerError:
    """The `LedgerError` for what SQLite raised while `doing` something with the file."""
    if isinstance(error, sqlite3.ProgrammingError):
        return StorageFailed(f"{path} is closed. Open the ledger again.")
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    kind, advice = ADVICE.get(code & 0xFF, NO_ADVICE)
    return kind(f"{doing} {path} failed: {error}. {advice}")
