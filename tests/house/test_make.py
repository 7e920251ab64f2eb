"""The Makefile offers what the README and continuous integration call."""

import re
from pathlib import Path

import pytest

from stoplog.ledger.sqlite import SqliteJournal

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.rule("HSE-003")
@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "soak", "docs"])
def test_the_target_exists_and_makes_its_own_environment(target: str) -> None:
    needs = dict(re.findall(r"^(\w+): *(.*)$", MAKEFILE, re.MULTILINE))
    while needs[target] in needs:
        target = needs[target]
    assert needs[target] in {"$(RUN)", "$(TEST)"}


@pytest.mark.rule("HSE-003")
def test_continuous_integration_calls_make_test_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec make test"]


@pytest.mark.rule("HSE-003")
@pytest.mark.parametrize("name", ["run", "test"])
def test_every_locked_package_has_a_hash(name: str) -> None:
    lock = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    packages = [entry for entry in re.split(r"\n(?=[a-z0-9])", lock) if re.match(r"[a-z0-9]", entry)]
    assert packages
    assert all("--hash=sha256:" in entry for entry in packages)


@pytest.mark.rule("HSE-003")
def test_the_demo_removes_every_file_that_a_killed_one_leaves(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "demo.ledger")
    left = {file.name.removeprefix("demo.ledger") for file in tmp_path.iterdir()}
    journal.close()
    assert left >= {"", "-lock"}
    removed = next(line for line in MAKEFILE.splitlines() if line.startswith("\t@rm -f $(LEDGER)"))
    assert {f"$(LEDGER){suffix}" for suffix in left} <= set(removed.split())
