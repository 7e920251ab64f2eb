"""Killed at any moment: nothing acknowledged is lost, nothing half-written survives."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from stoplog.engine import Engine
from stoplog.ledger import Ledger
from stoplog.ledger.audit import audit
from stoplog.ledger.errors import LedgerInUse
from tests.ledger.markets import batches
from tests.ledger.tracing import can_trace
from tests.ledger.writer import Task

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.rule("REP-003")

traced = pytest.mark.skipif(not can_trace(), reason="this machine does not let a process trace its child (ptrace)")


class Writer:
    """The process of `tests.ledger.writer`, and what it has said."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.ledger.writer"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout

    def start(self, task: Task) -> int:
        """The process id of the child that works on the task."""
        self.input.write(json.dumps(task._asdict()) + "\n")
        self.input.flush()
        said = self.output.readline().split()
        assert said[0] == "started", said
        return int(said[1])

    def lines(self) -> Iterator[list[str]]:
        """What the child says, until it is gone."""
        while (words := self.output.readline().split()) and words != ["ended"]:
            yield words

    def run(self, task: Task) -> list[list[str]]:
        """All that is said while the task is done under tracing."""
        self.input.write(json.dumps(task._replace(traced=True)._asdict()) + "\n")
        self.input.flush()
        return list(self.lines())


@pytest.fixture(scope="module")
def writer() -> Iterator[Writer]:
    started = Writer()
    yield started
    with started.process:
        started.input.close()


def require_recovered(path: Path, task: Task, said: list[list[str]]) -> int:
    """Opens the ledger after a crash and checks all that was promised; how many entries there are."""
    acknowledged = [(int(words[1]), *words[2:]) for words in said if words[0] == "ack"]
    commands = batches(task.count, task.size)
    with Ledger.open(path) as ledger:
        entries = list(ledger.journal.entries())
        heads = {entry.last_sequence: entry.hash.hex() for entry in entries}
        for sequence, *head in acknowledged:
            assert sequence in heads
            assert head in ([heads[sequence]], [])
        assert [entry.commands for entry in entries] == [batch.tobytes() for batch in commands[: len(entries)]]
        engine = Engine()
        for batch in commands[: len(entries)]:
            engine.apply(batch)
        assert ledger.digest() == engine.digest()
        assert audit(ledger.journal).finding is None
    return len(entries)


def killed(pid: int) -> bool:
    """Kill the process; whether it was still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def kill_at_random_moments(writer: Writer, path: Path, task: Task, rounds: int, seed: int) -> int:
    """Kills the writer again and again until the task is done or the rounds are over; how often it was killed."""
    draw = np.random.default_rng(seed)
    kills = 0
    for _ in range(rounds):
        pid = writer.start(task)
        said = []
        for words in writer.lines():
            said.append(words)
            if draw.random() < 0.01:
                time.sleep(float(draw.exponential(0.002)))
                kills += killed(pid)
                said.extend(writer.lines())
                break
        if require_recovered(path, task, said) == task.count + 1:
            break
    return kills


@pytest.mark.parametrize("group", [False, True], ids=["alone", "group"])
def test_killed_at_random_moments(writer: Writer, folder: Path, group: bool) -> None:
    task = Task(
        str(folder / "a.ledger"), count=3_000, size=30, snapshot_every=2_500, group=group, checkpoint_every=2**16
    )
    assert kill_at_random_moments(writer, folder / "a.ledger", task, rounds=6, seed=5) >= 2


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(8))
def test_killed_at_random_moments_for_long(writer: Writer, folder: Path, seed: int) -> None:
    task = Task(
        str(folder / "a.ledger"),
        count=1_500,
        size=200,
        snapshot_every=20_000,
        group=seed % 2 == 0,
        checkpoint_every=2**19,
    )
    assert kill_at_random_moments(writer, folder / "a.ledger", task, rounds=40, seed=seed) >= 3


def kill_between_all_writes(writer: Writer, folder: Path, task: Task, step: int) -> None:
    """For every write of the task, or every `step`-th: kill before it, recover; now and then go on to the end."""
    complete = writer.run(task._replace(path=str(folder / "complete.ledger")))
    writes = next(words[1:] for words in complete if words[0] == "writes")
    assert len([words for words in complete if words[0] == "ack"]) == task.count + 1
    with Ledger.open(folder / "complete.ledger") as ledger:
        head = ledger.head
    recovered = set()
    for kill_at in range(0, len(writes), step):
        path = folder / f"{kill_at}.ledger"
        said = writer.run(task._replace(path=str(path), kill_at=kill_at))
        recovered.add(require_recovered(path, task, said))
        if kill_at % 5 == 0:
            writer.run(task._replace(path=str(path)))
            with Ledger.open(path) as ledger:
                assert ledger.head == head
    assert recovered == set(range(task.count + 2))


@traced
def test_killed_between_any_two_writes(writer: Writer, folder: Path) -> None:
    task = Task("", count=3, size=20, snapshot_every=50)
    kill_between_all_writes(writer, folder, task, step=1)


@traced
def test_killed_between_writes_while_a_thread_takes_up_the_log(writer: Writer, folder: Path) -> None:
    task = Task("", count=6, size=20, group=True, checkpoint_every=1)
    for kill_at in range(20, 90, 7):
        path = folder / f"{kill_at}.ledger"
        said = writer.run(task._replace(path=str(path), kill_at=kill_at))
        require_recovered(path, task, said)


@traced
@pytest.mark.soak
def test_killed_between_any_two_writes_of_many_pages(writer: Writer, folder: Path) -> None:
    kill_between_all_writes(writer, folder, Task("", count=12, size=5_000, snapshot_every=9_000), step=5)


@traced
def test_nothing_is_acknowledged_before_it_is_synced(writer: Writer, folder: Path) -> None:
    task = Task(str(folder / "a.ledger"), count=5, size=100)
    said = writer.run(task)
    writes = next(words[1:] for words in said if words[0] == "writes")
    pending, acknowledged = False, 0
    for name in writes:
        if name == "pwrite64":
            pending = True
        elif name in {"fsync", "fdatasync"}:
            pending = False
        elif name == "write":
            acknowledged += 1
            assert not pending
    assert acknowledged == task.count + 1


def test_a_second_process_is_refused_until_the_first_is_gone(writer: Writer, folder: Path) -> None:
    path = folder / "a.ledger"
    task = Task(str(path), count=100_000, size=10)
    pid = writer.start(task)
    said = [next(writer.lines())]
    try:
        with pytest.raises(LedgerInUse, match=r"close that process, or work on a copy"):
            Ledger.open(path)
        said.extend(islice(writer.lines(), 5))
    finally:
        os.kill(pid, signal.SIGKILL)
        said.extend(writer.lines())
    assert len(said) > 5
    with Ledger.open(path) as ledger:
        assert ledger.sequence >= int(said[-1][1])
