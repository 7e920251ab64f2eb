"""Taking up the log into the file beside the writer, so that a commit seldom waits for it.

SQLite does this work in the commit that makes the log long, which then takes a hundred times as long as others.
Here a thread with a connection of its own has done most of it by then.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from threading import Condition, Thread

from stoplog.ledger.schema import connect, make_durable

EVERY_BYTES = 4 * 2**20


class Checkpointer:
    """A thread that takes up the log of the ledger at `path` whenever enough was written to it.

    What SQLite cannot take up stays in the log, where it is safe; a disk that fails is met by the next commit.
    """

    def __init__(self, path: Path) -> None:
        self._connection = connect(path, "rw")
        make_durable(self._connection)
        self._connection.execute("PRAGMA wal_autocheckpoint = 0")
        self._changed = Condition()
        self._bytes = 0
        self._closed = False
        self._thread = Thread(target=self._run, name="stoplog-checkpoint", daemon=True)
        self._thread.start()

    def wrote(self, count: int) -> None:
        """So many bytes more are in the log."""
        self._bytes += count
        if self._bytes >= EVERY_BYTES:
            with self._changed:
                self._changed.notify()

    def close(self) -> None:
        """Wait for what is under way, and end; a second call does nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._bytes >= EVERY_BYTES)
                if self._closed:
                    return
                self._bytes = 0
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
