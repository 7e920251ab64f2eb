"""One writer at a time: a lock that is held from opening to closing, and that the system drops with the process.

The lock is SQLite's own, on an empty file beside the ledger, so that it works wherever the ledger does. The file
goes when the ledger is closed; one that a crash has left behind locks nobody out.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path


class WriterLock:
    """The right to write the ledger at `path`; `sqlite3.OperationalError` (SQLITE_BUSY) where another has it."""

    def __init__(self, path: Path) -> None:
        self._file = path.with_name(path.name + "-lock")
        while True:
            self._file.touch()
            before = self._identity()
            self._connection = sqlite3.connect(self._file, timeout=0, isolation_level=None, check_same_thread=False)
            try:
                self._connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error:
                self._connection.close()
                raise
            if before is not None and before == self._identity():
                return
            self._connection.close()

    def release(self) -> None:
        """Let others write. The file goes first: who has it open by then finds that it is not the one by that name."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)
        self._connection.close()

    def _identity(self) -> tuple[int, int] | None:
        """Which file has the name: between opening and locking, the one before may have removed it."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
