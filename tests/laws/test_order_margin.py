"""Laws of `stoplog.margin.order_margin`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.figures import scaled
from laws.modes import both_modes, call

from stoplog.margin.order_margin import opening_lots
from stoplog.units import SIZE_MAX

counts = scaled(0, SIZE_MAX)


@both_modes
@pytest.mark.rule("ORM-001")
@given(lots=counts, free=counts)
def test_closing_lots_are_free_until_they_are_used_up(mode: str, lots: int, free: int) -> None:
    opening, left = call(mode, opening_lots, lots, free)
    assert min(opening, left) >= 0
    assert opening == 0 or left == 0, "no lot needs margin while a free one is left"
    assert lots - opening == free - left, "each free lot frees one lot"


@both_modes
@pytest.mark.rule("ORM-001")
@given(lots=st.lists(counts, max_size=6), cut=st.integers(0, SIZE_MAX), free=counts)
def test_an_order_in_parts_needs_what_the_whole_needs(mode: str, lots: list[int], cut: int, free: int) -> None:
    parts = [part for order in lots for part in (min(order, cut), order - min(order, cut))]
    needed, left = 0, free
    for part in parts:
        opening, left = call(mode, opening_lots, part, left)
        needed += opening
    assert needed == max(0, sum(lots) - free)
