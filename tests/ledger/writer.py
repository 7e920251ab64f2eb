"""A process that writes ledgers until it is killed: `python -m tests.ledger.writer`.

Every line on standard input is a task in JSON; the work is done in a child of its own, so that the engine is
loaded once. On standard output: `started PID`, a line `ack SEQUENCE HEAD` for every batch that was acknowledged,
`refused REASON`, and `ended` when the child is gone. A task with `traced` prints the names of its writes.
"""

import json
import os
import sys
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stoplog.engine import Engine
from stoplog.ledger import GroupCommit, Ledger, checkpoint
from stoplog.ledger.errors import LedgerError
from tests.ledger.markets import batches
from tests.ledger.tracing import run_traced


class Task(NamedTuple):
    path: str
    count: int
    size: int
    snapshot_every: int = 10**9
    group: bool = False
    checkpoint_every: int = checkpoint.EVERY_BYTES
    traced: bool = False
    kill_at: int | None = None


def say(*words: object) -> None:
    """One line in one write, so that a kill leaves no half of it."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def work(task: Task) -> None:
    """Go on with the batches from where the ledger ends, and close it."""
    checkpoint.EVERY_BYTES = task.checkpoint_every
    try:
        ledger = Ledger.open(task.path, snapshot_every=task.snapshot_every)
    except LedgerError as error:
        say("refused", type(error).__name__, error)
        return
    done = ledger.journal.last()
    rest = batches(task.count, task.size)[done.number if done else 0 :]
    if task.group:
        with GroupCommit(ledger, waiting_max=8 * task.size) as group:
            for commands in rest:
                group.submit(commands).add_done_callback(acknowledge)
    else:
        for commands in rest:
            ledger.apply(commands)
            say("ack", ledger.sequence, ledger.head)
    ledger.close()


def acknowledge(future: Future[NDArray[np.void]]) -> None:
    """Say that the batch of these events is durable."""
    say("ack", int(future.result()["sequence"][-1]))


def main() -> None:
    engine = Engine()
    for commands in batches(1, 1_000):
        engine.apply(commands)
    for line in sys.stdin:
        task = Task(**json.loads(line))
        if task.traced:
            names = run_traced(lambda task=task: work(task), task.kill_at)  # type: ignore[misc]
            say("writes", *names)
        else:
            pid = os.fork()
            if pid == 0:
                try:
                    work(task)
                finally:
                    os._exit(0)
            say("started", pid)
            os.waitpid(pid, 0)
        say("ended")


if __name__ == "__main__":
    main()
