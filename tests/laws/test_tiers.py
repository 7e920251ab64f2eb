"""Laws of `stoplog.margin.tiers`."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.figures import Holding, exact_maintenance, holdings, ladders, rates, scaled
from laws.modes import both_modes, call

from stoplog.instruments import INVERSE
from stoplog.margin.tiers import (
    Tier,
    TierError,
    initial,
    maintenance,
    marginal_tiers,
    next_deduction,
    tier_index,
)
from stoplog.units import POSITION_VALUE_MAX, RATE_ONE


@both_modes
@pytest.mark.rule("MRG-001")
@given(tiers=ladders())
def test_deductions_make_maintenance_continuous(mode: str, tiers: list[Tier]) -> None:
    for below, above in pairwise(tiers):
        whole, deduction = call(mode, next_deduction, below.deduction, below.rate, above.floor, above.rate, RATE_ONE)
        assert whole
        assert deduction == above.deduction
        at_floor = Fraction(above.floor * below.rate, RATE_ONE) - below.deduction
        assert at_floor == Fraction(above.floor * above.rate, RATE_ONE) - deduction


@both_modes
@pytest.mark.rule("MRG-001")
@given(floor=scaled(0, POSITION_VALUE_MAX), before=scaled(0, RATE_ONE - 1), data=st.data())
def test_a_deduction_that_is_not_whole_is_told(mode: str, floor: int, before: int, data: st.DataObject) -> None:
    rate = data.draw(scaled(before, RATE_ONE - 1))
    whole, deduction = call(mode, next_deduction, 7, before, floor, rate, RATE_ONE)
    exact = Fraction(floor * (rate - before), RATE_ONE)
    assert whole == (exact.denominator == 1)
    assert deduction == 7 + ceil(exact)


@both_modes
@pytest.mark.rule("MRG-001")
@given(tiers=ladders(), held=holdings(), data=st.data())
def test_a_notional_equal_to_a_floor_belongs_to_the_tier_below(
    mode: str, tiers: list[Tier], held: Holding, data: st.DataObject
) -> None:
    """As a product of whole amounts, and as an inverse notional that is no whole amount."""
    notionals = [(1, data.draw(scaled(0, POSITION_VALUE_MAX)), 1)]
    notionals += [(1, tier.floor + off, 1) for tier in tiers for off in (0, 1)]
    if held.terms.payoff == INVERSE:
        notionals.append((abs(held.size), held.terms.multiplier, held.price))
    for size, value, price in notionals:
        index = call(mode, tier_index, tiers, size, value, price)
        exact = Fraction(size * value, price)
        assert index == 0 or tiers[index].floor < exact
        assert index + 1 == len(tiers) or exact <= tiers[index + 1].floor


@both_modes
@pytest.mark.rule("MRG-001", "RND-001")
@given(tiers=ladders(), data=st.data())
def test_maintenance_is_each_rate_on_its_part_rounded_up_and_never_falls(
    mode: str, tiers: list[Tier], data: st.DataObject
) -> None:
    """It is the largest of the tiers' lines, too."""
    notionals = sorted(data.draw(st.lists(scaled(0, POSITION_VALUE_MAX), min_size=1, max_size=6)))
    amounts = []
    for notional in notionals:
        tier = tiers[call(mode, tier_index, tiers, 1, notional, 1)]
        amounts.append(call(mode, maintenance, notional, tier.rate, tier.deduction, RATE_ONE))
        assert amounts[-1] == ceil(exact_maintenance(tiers, Fraction(notional)))
        assert amounts[-1] == max(ceil(Fraction(notional * t.rate, RATE_ONE)) - t.deduction for t in tiers)
    assert amounts == sorted(amounts)


@both_modes
@pytest.mark.rule("MRG-002", "RND-001")
@given(notional=scaled(0, POSITION_VALUE_MAX), rate=rates)
def test_initial_margin_is_the_share_rounded_up(mode: str, notional: int, rate: int) -> None:
    assert call(mode, initial, notional, rate, RATE_ONE) == ceil(Fraction(notional * rate, RATE_ONE))


@pytest.mark.rule("MRG-001")
@given(tiers=ladders())
def test_a_table_is_rebuilt_from_floors_and_rates_alone(tiers: list[Tier]) -> None:
    assert marginal_tiers([(tier.floor, tier.rate, tier.initial_rate) for tier in tiers], RATE_ONE) == tiers


@pytest.mark.rule("MRG-001")
@pytest.mark.parametrize(
    ("rows", "code", "row"),
    [
        ([], "missing_field", 0),
        ([(1, 4, 20)], "unordered_tiers", 0),
        ([(0, 4, 20), (0, 5, 20)], "unordered_tiers", 1),
        ([(0, 4, 20), (500, 3, 20)], "unordered_tiers", 1),
        ([(0, 4, 20), (501, 5, 20)], "deduction_not_whole", 1),
        ([(0, 4, 3)], "inconsistent", 0),
        ([(0, -1, 3)], "out_of_range", 0),
        ([(0, 1000, 1000)], "out_of_range", 0),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_with_its_row(
    rows: list[tuple[int, int, int]], code: str, row: int
) -> None:
    with pytest.raises(TierError) as refused:
        marginal_tiers(rows, 1000)
    assert (refused.value.code, refused.value.row) == (code, row)
