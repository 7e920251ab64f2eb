"""Small chains to fit, and where the recorded ones are."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(os.environ.get("STOPLOG_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "options"

HEADER = "snapshot,expiry,strike,option_type,mark_iv,underlying_price,mark_price"
VOLATILITIES = {80: 0.62, 90: 0.55, 95: 0.52, 100: 0.5, 105: 0.5, 110: 0.51, 120: 0.54}

Write = Callable[..., Path]


def rows(expiry: str = "2026-09-25", forward: str = "100") -> list[str]:
    """A call and a put at each strike."""
    return [
        f"2026-08-21T16:00:00Z,{expiry}T08:00:00Z,{strike},{kind},{volatility},{forward},"
        for strike, volatility in VOLATILITIES.items()
        for kind in ("call", "put")
    ]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes lines to a CSV file with a header."""

    def lines(*given: str, header: str = HEADER) -> Path:
        path = tmp_path / "chain.csv"
        path.write_text("\n".join([header, *given]) + "\n", encoding="utf-8")
        return path

    return lines


def recorded(name: str) -> Path:
    """A recorded file; the test is skipped where it is absent."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return path
