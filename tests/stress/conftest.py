"""Where the recorded data are, and a small market."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("STOPLOG_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data() -> Path:
    """The recorded market data."""
    if not DATA.is_dir():
        pytest.skip(f"the recorded data are not at {DATA}; STOPLOG_DATA names another folder")
    return DATA
