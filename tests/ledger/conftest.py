"""One ledger, written once, of which every test gets a copy of its own."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stoplog.ledger import Ledger, audit, diagnosis, journal, ledger, recovery, schema
from tests.ledger.markets import batches


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty entries of a hundred commands after the opening, and the snapshot that closing leaves."""
    path = tmp_path_factory.mktemp("written") / "a.ledger"
    with Ledger.open(path) as ledger:
        for commands in batches(20, 100):
            ledger.apply(commands)
    return path


@pytest.fixture
def path(written: Path, tmp_path: Path) -> Path:
    """A copy of the written ledger."""
    return Path(shutil.copy(written, tmp_path / "a.ledger"))


MEMORY = Path("/dev/shm")  # noqa: S108 - the system's folder in memory
NEEDED_BYTES = 2**29


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: `kill -9` takes nothing from the system, so no disk is waited for."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < NEEDED_BYTES:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        yield Path(name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if not mount or subprocess.run([mount, *options], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let the tests mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def newer_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes this Stoplog one of rules version 2; the ledgers written so far are of version 1."""
    for module in (audit, diagnosis, journal, ledger, recovery, schema):
        monkeypatch.setattr(module, "RULES_VERSION", 2)
