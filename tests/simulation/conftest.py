"""Small files to replay, and where the recorded ones are."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stoplog.simulation.population import default_path

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("STOPLOG_DATA", ROOT.parent / "shared" / "data"))

HEADER = "timestamp,open,high,low,close"

Write = Callable[..., Path]


def bar(minute: int, first: float, high: float, low: float, close: float) -> str:
    return f"2025-10-10T00:{minute:02d}:00Z,{first},{high},{low},{close}"


GOOD = [
    bar(0, 100, 101.5, 99, 101),
    bar(1, 101, 102, 100, 100.5),
    bar(2, 100.5, 100.5, 80, 82.25),
    bar(3, 82, 85, 81, 84),
]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes lines to a CSV file, with a header unless told otherwise."""

    def lines(*rows: str, header: str | None = HEADER, name: str = "marks.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join([*([header] if header else []), *rows]) + "\n", encoding="utf-8")
        return path

    return lines


@pytest.fixture
def marks(write: Write) -> Path:
    """Four good minutes."""
    return write(*GOOD)


@pytest.fixture
def population(tmp_path: Path) -> Callable[..., Path]:
    """The default population with some of its text replaced."""

    def changed(*changes: tuple[str, str]) -> Path:
        text = default_path().read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / "population.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return changed


@pytest.fixture(scope="session")
def data() -> Path:
    """The recorded market data."""
    if not DATA.is_dir():
        pytest.skip(f"the recorded data are not at {DATA}; STOPLOG_DATA names another folder")
    return DATA
