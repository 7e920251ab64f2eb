"""Lines from a file to answers in another, in order: prompt where lines trickle in, on all cores where they pour.

Whatever can be read at once is answered as one block and written before the next read that would wait. Once more
than a few megabytes have come, blocks are answered by one process per core.
"""

from __future__ import annotations

import os
import select
import stat
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from stoplog.calculator.lines import answer_block

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

READ = 1 << 20
"""Bytes of a block, give or take a line."""

ALONE = 1 << 22
"""Bytes that are answered before more processes are started."""

Write = Callable[[bytes], None]


def answer_all(source: int, write: Write) -> bool:
    """Answer every line of the open file `source` with `write`; whether all were answered with a result."""
    crew = Crew(write)
    try:
        for block in blocks(source, crew.catch_up):
            crew.answer(block)
        crew.catch_up()
    finally:
        crew.dismiss()
    return crew.all_good


def blocks(source: int, before_waiting: Callable[[], None]) -> Iterator[bytes]:
    """Blocks of whole lines; `before_waiting` is called when no more can be read without waiting."""
    waits = not stat.S_ISREG(os.fstat(source).st_mode)
    parts: list[bytes] = []
    size = 0
    while True:
        if waits and not select.select([source], [], [], 0)[0]:
            if size and b"\n" in parts[-1]:
                whole, rest = _whole_lines(parts)
                parts, size = [rest], 0
                yield whole
                continue
            before_waiting()
        chunk = os.read(source, READ)
        if not chunk:
            break
        parts.append(chunk)
        size += len(chunk)
        if size >= READ and b"\n" in chunk:
            whole, rest = _whole_lines(parts)
            parts, size = [rest], 0
            yield whole
    last = b"".join(parts)
    if last:
        yield last


def _whole_lines(parts: list[bytes]) -> tuple[bytes, bytes]:
    """What ends with the last line end, and what comes after it."""
    whole, end, rest = parts[-1].rpartition(b"\n")
    return b"".join(parts[:-1]) + whole + end, rest


class Crew:
    """Answers blocks in the order in which they come, alone at first and then with a process per core."""

    def __init__(self, write: Write) -> None:
        self.all_good = True
        self._write = write
        self._seen = 0
        self._cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self._pending: deque[Future[tuple[bytes, bool]]] = deque()

    def answer(self, block: bytes) -> None:
        """Answer a block now, or hand it to a process and write what is ready."""
        self._seen += len(block)
        if self._cores == 1 or self._seen <= ALONE:
            self._put(answer_block(block))
            return
        if self._pool is None:
            from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  a few lines need not wait for it

            self._pool = ProcessPoolExecutor(self._cores)
        self._pending.append(self._pool.submit(answer_block, block))
        while len(self._pending) > 2 * self._cores:
            self._put(self._pending.popleft().result())

    def catch_up(self) -> None:
        """Write every answer that is still due."""
        while self._pending:
            self._put(self._pending.popleft().result())

    def dismiss(self) -> None:
        """End the processes; what they have not answered is dropped."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _put(self, answered: tuple[bytes, bool]) -> None:
        text, good = answered
        self.all_good = self.all_good and good
        self._write(text)
