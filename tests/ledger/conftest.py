"""One ledger, written once, of which every test gets a copy of its own."""

import shutil
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


@pytest.fixture
def newer_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes this Stoplog one of rules version 2; the ledgers written so far are of version 1."""
    for module in (audit, diagnosis, journal, ledger, recovery, schema):
        monkeypatch.setattr(module, "RULES_VERSION", 2)
