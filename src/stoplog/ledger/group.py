"""Group commit: batches from any thread, the engine working while the disk does.

A batch is applied at once and waits; one thread commits everything that waits in one transaction. So the cost of
an fsync is shared by all that came while the one before it was under way, and no batch waits for more than two.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from threading import Condition, Lock, Thread
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from stoplog.ledger.errors import LedgerStopped
from stoplog.ledger.ledger import Decision, Ledger

WAITING_MAX = 16_384
"""Commands that may wait for the disk; who submits more waits too."""

Events = NDArray[np.void]


class GroupCommit:
    """Puts a ledger behind one committing thread. Closing it commits what waits and leaves the ledger open."""

    def __init__(self, ledger: Ledger, *, waiting_max: int = WAITING_MAX) -> None:
        self._ledger = ledger
        self._waiting_max = waiting_max
        self._waiting: list[tuple[Decision, Future[Events]]] = []
        self._waiting_commands = 0
        self._committing = False
        self._closed = False
        self._abandoned: LedgerStopped | None = None
        self._order = Lock()
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="stoplog-commit", daemon=True)
        self._thread.start()

    def submit(self, commands: NDArray[np.void]) -> Future[Events]:
        """Apply a batch now; the future has its events once they are durable, or raises `LedgerStopped`.

        It cannot be cancelled: the batch is applied when this returns.
        """
        future: Future[Events] = Future()
        future.set_running_or_notify_cancel()
        with self._order:
            self._wait_for_room()
            decision = self._ledger.decide(commands)
            with self._changed:
                if self._abandoned:
                    raise self._abandoned
                self._waiting.append((decision, future))
                self._waiting_commands += len(commands)
                self._changed.notify_all()
        return future

    def _wait_for_room(self) -> None:
        with self._changed:
            if self._closed:
                raise ValueError("This group is closed. Submit before closing it.")
            self._changed.wait_for(lambda: self._waiting_commands < self._waiting_max)
            if self._ledger.snapshot_is_due():
                self._changed.wait_for(lambda: not self._waiting and not self._committing)
                self._ledger.snapshot()

    def close(self) -> None:
        """Wait until everything that was submitted is durable, or has failed; a second call does nothing."""
        with self._order, self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        group: Sequence[tuple[Decision, Future[Events]]] = ()
        try:
            while group := self._take():
                self._commit(group)
        except BaseException as error:  # noqa: BLE001 - told to everyone who waits, and to whoever comes
            self._abandon(group, error)

    def _abandon(self, group: Sequence[tuple[Decision, Future[Events]]], error: BaseException) -> None:
        """Stop the ledger, because nobody commits any more; fail every future that has no answer."""
        stopped = self._ledger.stop(error)
        with self._changed:
            self._abandoned = stopped
            unanswered = [*group, *self._waiting]
            self._waiting, self._waiting_commands, self._committing = [], 0, False
            self._changed.notify_all()
        for _, future in unanswered:
            with suppress(BaseException):
                future.set_exception(stopped)

    def _take(self) -> Sequence[tuple[Decision, Future[Events]]]:
        """All that waits, as soon as something does; nothing once the group is closed and all is done."""
        with self._changed:
            self._committing = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._closed)
            group, self._waiting, self._waiting_commands = self._waiting, [], 0
            self._committing = bool(group)
            self._changed.notify_all()
            return group

    def _commit(self, group: Sequence[tuple[Decision, Future[Events]]]) -> None:
        try:
            self._ledger.commit([decision for decision, _ in group])
        except BaseException as error:  # noqa: BLE001 - handed to everyone who waits
            for _, future in group:
                future.set_exception(error)
        else:
            for decision, future in group:
                future.set_result(decision.events)
