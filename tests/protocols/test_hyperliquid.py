"""Laws of `stoplog.protocols.hyperliquid`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from protocols.figures import amounts, fractions, sizes

from stoplog.protocols.hyperliquid import Stage, liquidation_stage

MILDNESS = [Stage.BACKSTOP_VAULT, Stage.BOOK, Stage.NONE]


@pytest.mark.rule("PRO-019")
@given(amounts, sizes, sizes, fractions(1, 100))
def test_more_equity_is_never_harsher_and_only_the_ratio_counts(
    equity: Fraction, maintenance: Fraction, more: Fraction, times: Fraction
) -> None:
    stage = liquidation_stage(equity, maintenance)
    assert MILDNESS.index(liquidation_stage(equity + more, maintenance)) >= MILDNESS.index(stage)
    assert liquidation_stage(equity * times, maintenance * times) == stage


@pytest.mark.rule("PRO-019")
@given(fractions(1, 10**6), fractions(0, 1).filter(bool))
def test_both_boundaries_are_strict(maintenance: Fraction, short: Fraction) -> None:
    assert liquidation_stage(maintenance, maintenance) is Stage.NONE
    assert liquidation_stage(maintenance * 2 / 3, maintenance) is Stage.BOOK
    assert liquidation_stage(maintenance * 2 / 3 - short, maintenance) is Stage.BACKSTOP_VAULT
    assert liquidation_stage(maintenance - short / 10**6, maintenance) is Stage.BOOK
