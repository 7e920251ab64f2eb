"""Torn pages, cut logs, full disks: what the file looks like after the power went, and what is opened then."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from stoplog.ledger import Ledger
from stoplog.ledger.audit import audit
from stoplog.ledger.errors import LedgerStopped
from stoplog.ledger.schema import PAGE_BYTES
from tests.ledger.markets import batches

LOG_HEADING = 32
FRAME = 24 + PAGE_BYTES

pytestmark = pytest.mark.rule("REP-003")


class Log:
    """A ledger whose entries are all in the log, as it is on disk after a crash: two files, where each commit ends."""

    def __init__(self, folder: Path) -> None:
        path = folder / "whole.ledger"
        ledger = Ledger.open(path)
        self.ends: list[int] = []
        self.heads: list[str] = [ledger.head]
        for commands in [*batches(6, 30), *batches(3, 2_000, seed=9)[1:]]:
            ledger.apply(commands)
            self.ends.append(path.with_name("whole.ledger-wal").stat().st_size)
            self.heads.append(ledger.head)
        self.file = path.read_bytes()
        self.log = path.with_name("whole.ledger-wal").read_bytes()
        ledger.close()
        self.taken_up = path.read_bytes()

    def require(self, folder: Path, file: bytes, log: bytes, entries: int) -> None:
        """From these two files, exactly so many entries must come back, and they must be sound."""
        path = folder / "torn.ledger"
        path.write_bytes(file)
        path.with_name("torn.ledger-wal").write_bytes(log)
        path.with_name("torn.ledger-shm").unlink(missing_ok=True)
        with Ledger.open(path) as ledger:
            last = ledger.journal.last()
            assert (last.number if last else 0) == entries
            assert ledger.head == self.heads[entries]
            assert audit(ledger.journal).finding is None

    def committed(self, length: int) -> int:
        """How many entries are whole in the first `length` bytes of the log."""
        return sum(end <= length for end in self.ends)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    made = Log(tmp_path_factory.mktemp("log"))
    assert all((end - LOG_HEADING) % FRAME == 0 for end in made.ends)
    assert len(made.log) >= 10 * FRAME
    return made


def test_a_log_that_is_cut_at_a_frame_gives_the_commits_before_it(log: Log, folder: Path) -> None:
    for length in range(LOG_HEADING, len(log.log) + 1, FRAME):
        log.require(folder, log.file, log.log[:length], log.committed(length))


@pytest.mark.parametrize("seed", range(20))
def test_a_log_that_is_cut_anywhere_gives_the_commits_before_it(log: Log, folder: Path, seed: int) -> None:
    length = int(np.random.default_rng(seed).integers(LOG_HEADING, len(log.log)))
    log.require(folder, log.file, log.log[:length], log.committed(length))


@pytest.mark.parametrize("seed", range(20))
def test_a_torn_frame_gives_the_commits_before_it(log: Log, folder: Path, seed: int) -> None:
    draw = np.random.default_rng(seed)
    frame = int(draw.integers((len(log.log) - LOG_HEADING) // FRAME))
    start = LOG_HEADING + frame * FRAME
    cut = start + int(draw.integers(1, FRAME))
    torn = log.log[:cut] + bytes(draw.integers(0, 256, start + FRAME - cut, np.uint8)) + log.log[start + FRAME :]
    if torn != log.log:
        log.require(folder, log.file, torn, log.committed(start))


@pytest.mark.parametrize("seed", range(10))
def test_a_page_torn_while_the_log_was_taken_up_is_written_again(log: Log, folder: Path, seed: int) -> None:
    draw = np.random.default_rng(seed)
    file = bytearray(log.file.ljust(len(log.taken_up), b"\0"))
    for start in range(0, len(log.taken_up), PAGE_BYTES):
        cut = start + int(draw.integers(0, PAGE_BYTES + 1))
        file[start:cut] = log.taken_up[start:cut]
    log.require(folder, bytes(file), log.log, len(log.ends))


def apply_all(ledger: Ledger, commands: list[np.ndarray], acknowledged: list[str]) -> None:
    for batch in commands:
        ledger.apply(batch)
        acknowledged.append(ledger.head)


@pytest.mark.rule("LED-002")
def test_a_full_disk_loses_nothing_acknowledged_and_space_is_all_it_takes(small_disk: Path) -> None:
    path = small_disk / "a.ledger"
    ledger = Ledger.open(path)
    acknowledged: list[str] = []
    with pytest.raises(LedgerStopped, match=r"(?s)full.*Free space on the disk.*open it again"):
        apply_all(ledger, batches(1_000, 500), acknowledged)
    ledger.close()
    assert len(acknowledged) > 2
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    with Ledger.open(path) as again:
        assert again.head == acknowledged[-1]
        again.apply(batches(1, 500)[1])
        assert audit(again.journal).finding is None
