"""The hash chain, and the verifier of docs/ledger.md, which needs neither Stoplog nor NumPy."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from stoplog.ledger import Ledger
from stoplog.proof.chain import GENESIS, entry_hash, epoch_hash
from tests.ledger.markets import trading

PAGE = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")
EXAMPLE, VERIFIER = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

pytestmark = pytest.mark.rule("REP-002")

ENTRY = {
    "number": 3,
    "rules_version": 1,
    "first_sequence": 5,
    "last_sequence": 6,
    "event_hash": 2**64 - 1,
    "commands": bytes(128),
    "events": bytes(64),
}


def verified(path: Path) -> subprocess.CompletedProcess[str]:
    """What a Python without any package says of the file."""
    command = [sys.executable, "-I", "-S", "-c", VERIFIER, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", EXAMPLE], cwd=tmp_path, check=True)
    with Ledger.open(tmp_path / "my.ledger") as ledger:
        assert ledger.sequence == 3


@pytest.mark.parametrize("field", ENTRY)
def test_every_field_changes_the_hash(field: str) -> None:
    value = ENTRY[field]
    other = value - 1 if isinstance(value, int) else value + bytes(64)  # type: ignore[operator]
    assert entry_hash(GENESIS, **ENTRY) != entry_hash(GENESIS, **(ENTRY | {field: other}))  # type: ignore[arg-type]


def test_a_byte_cannot_move_from_the_commands_to_the_events() -> None:
    moved = ENTRY | {"commands": bytes(64), "events": bytes(128)}
    assert entry_hash(GENESIS, **ENTRY) != entry_hash(GENESIS, **moved)  # type: ignore[arg-type]


def test_an_epoch_covers_the_chain_the_version_and_the_seal() -> None:
    hashes = {
        epoch_hash(GENESIS, 2, "00" * 32),
        epoch_hash(GENESIS, 3, "00" * 32),
        epoch_hash(GENESIS, 2, "01" * 32),
        epoch_hash(bytes(32), 2, "00" * 32),
    }
    assert len(hashes) == 4


def test_a_stranger_verifies_the_chain_with_python_alone(path: Path) -> None:
    with Ledger.open(path) as ledger:
        head, sequence = ledger.head, ledger.sequence
    said = verified(path)
    assert said.stdout.split("\n")[0] == f"21 entries, {sequence} commands, last hash {head}"


@pytest.mark.usefixtures("newer_rules")
def test_a_stranger_verifies_epochs_too(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.apply(trading(100, seed=5))
        head = ledger.head
    assert head in verified(path).stdout


def test_a_stranger_sees_a_turned_bit(path: Path) -> None:
    with Ledger.open(path) as ledger:
        events = next(ledger.journal.entries(1_500)).events
    data = path.read_bytes()
    where = data.index(events[:2_000])
    path.write_bytes(data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :])
    said = verified(path)
    assert said.returncode != 0
    assert "does not have its hash" in said.stderr
