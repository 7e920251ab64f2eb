"""docs/replay.md names every option, field name, distribution and key."""

import re

import pytest

from stoplog.simulation.command import _parser
from stoplog.simulation.draws import KINDS
from stoplog.simulation.tables import NAMES
from tests.simulation.conftest import ROOT

TEXT = (ROOT / "docs" / "replay.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.rule("SIM-001")


def test_every_option_is_described() -> None:
    options = {option for action in _parser()._actions for option in action.option_strings} - {"-h", "--help"}
    assert not {option for option in options if not re.search(rf"`?{option}\b", TEXT)}


def test_every_name_of_a_column_is_listed() -> None:
    for field in ("time", "close", "symbol", "rate"):
        assert all(re.search(rf"\b{name}\b", TEXT) for name in NAMES[field])


def test_every_distribution_is_described_with_its_figures() -> None:
    for name, kind in KINDS.items():
        figures = ", ".join(f"`{figure}`" for figure in (*kind.single, *kind.lists))
        assert f'"{name}"` ({figures})' in TEXT
