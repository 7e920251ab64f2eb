"""Laws of the rules of `stoplog.margin.pooling` by which debts grow and are covered."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.figures import scaled
from laws.modes import both_modes, call

from stoplog.margin.pooling import interest_due, proceeds, to_sell
from stoplog.units import ASSET_PRICE_MAX, CLOSE_FEE_MAX, INTEREST_INDEX_MAX, PURSE_MAX, RATE_ONE

HELD_MAX = 2 * PURSE_MAX
"""What a liquidation can bring a pocket to, above or below zero."""

amounts = scaled(0, HELD_MAX)
prices = scaled(1, ASSET_PRICE_MAX)
kept_rates = st.integers(RATE_ONE - CLOSE_FEE_MAX, RATE_ONE)


@both_modes
@pytest.mark.rule("CRS-007")
@given(need=amounts, held=amounts, price=prices, short_price=prices, kept=kept_rates)
def test_a_sale_is_what_is_needed_or_all_there_is_however_large(
    mode: str, need: int, held: int, price: int, short_price: int, kept: int
) -> None:
    exchange = Fraction(price * kept, short_price * RATE_ONE)
    sold = call(mode, to_sell, need, short_price, held, price, kept, RATE_ONE)
    assert sold == min(held, ceil(need / exchange))
    assert call(mode, proceeds, need, sold, price, short_price, kept, RATE_ONE) == min(need, floor(sold * exchange))


@both_modes
@pytest.mark.rule("CRS-004")
@given(purse=scaled(-HELD_MAX, HELD_MAX), index=scaled(0, INTEREST_INDEX_MAX), risen=scaled(0, INTEREST_INDEX_MAX))
def test_interest_never_brings_a_debt_beyond_its_range(mode: str, purse: int, index: int, risen: int) -> None:
    due = call(mode, interest_due, purse, max(index, risen), min(index, risen), RATE_ONE)
    debt = max(0, -purse)
    assert due == min(ceil(Fraction(debt * abs(index - risen), RATE_ONE)), max(0, PURSE_MAX - debt))


@both_modes
@pytest.mark.rule("CRS-004")
def test_a_debt_that_interest_would_double_ends_at_its_limit(mode: str) -> None:
    assert call(mode, interest_due, -1000, 150_000, 0, RATE_ONE) == 2
    assert call(mode, interest_due, 5 - PURSE_MAX, RATE_ONE, 0, RATE_ONE) == 5
