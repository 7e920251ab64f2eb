"""Recorded crashes in every setting; docs/replay-cross.md has what comes out. The data folder may be absent."""

from pathlib import Path

import pytest

from bench.replay_cross import WINDOWS, Window, replayed, text_of
from tests.simulation.conftest import ROOT


@pytest.mark.rule("SIM-009", "SIM-010", "SIM-011")
@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.name)
def test_recorded_windows_are_as_documented(window: Window, data: Path) -> None:
    world, comparison = replayed(window, data)
    for column in comparison.columns:
        assert column.violations == ()
        assert column.beyond == 0
        assert all(balance.lost == balance.gone_to for balance in column.figures.balances)
    isolated, cross, _ = (column.figures for column in comparison.columns)
    assert cross.liquidated.sum() < isolated.liquidated.sum()
    assert cross.liquidated.any(axis=1).sum() < isolated.liquidated.any(axis=1).sum()
    assert comparison.columns[1].fates.every > comparison.columns[0].fates.every
    assert cross.lost[cross.lost > 0].sum() > isolated.lost[isolated.lost > 0].sum()
    assert (cross.missing < isolated.missing) == (window.name != "10 October 2025")
    assert isolated.failures.spread == 0 < isolated.failures.beside.sum()
    assert cross.failures.spread > 0
    page = (ROOT / "docs" / "replay-cross.md").read_text(encoding="utf-8")
    assert text_of(window, world, comparison) in page, "write it again: python -m bench.replay_cross"
