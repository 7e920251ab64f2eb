"""Laws of `stoplog.protocols.drift_weights`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stoplog.protocols.drift_weights import (
    WEIGHT_ONE,
    Pair,
    Purpose,
    asset_weight,
    liability_weight,
    margin_ratio,
    margin_requirement,
    profit_weight,
    scaled_asset_weight,
    size_in_base,
    size_premium,
    size_root,
)

sizes = st.integers(0, 10**18)
factors = st.integers(0, 10**6)
weights = st.integers(0, 3 * WEIGHT_ONE)
ratios = st.integers(1, WEIGHT_ONE)
pairs = st.tuples(ratios, ratios).map(lambda both: Pair(max(both), min(both)))
purposes = st.sampled_from(Purpose)


@pytest.mark.rule("PRO-013", "RND-001")
@given(sizes)
def test_the_root_of_a_size_is_rounded_down(size: int) -> None:
    assert size_root(size) ** 2 <= 10 * size + 1 < (size_root(size) + 1) ** 2


@pytest.mark.rule("PRO-013")
@given(pairs, purposes, sizes, sizes, factors, factors)
def test_an_ordinary_ratio_never_falls_with_size_or_factor_nor_below_its_own(
    ordinary: Pair, purpose: Purpose, size: int, more: int, imf: int, higher: int
) -> None:
    ratio = margin_ratio(ordinary, None, purpose, size, imf)
    assert ordinary.for_purpose(purpose) <= ratio <= margin_ratio(ordinary, None, purpose, size + more, imf)
    assert ratio <= margin_ratio(ordinary, None, purpose, size, imf + higher)
    assert margin_ratio(ordinary, None, purpose, size, 0) == ordinary.for_purpose(purpose)


@pytest.mark.rule("PRO-013")
@given(pairs, sizes, factors, st.none() | pairs)
def test_filling_needs_no_less_than_staying_and_no_more_than_opening_by_the_pair(
    ordinary: Pair, size: int, imf: int, mode: Pair | None
) -> None:
    initial, maintenance, fill = (margin_ratio(ordinary, None, purpose, size, imf) for purpose in Purpose)
    assert maintenance <= fill <= initial
    flat = [margin_ratio(ordinary, mode, purpose, size, 0) for purpose in Purpose]
    assert flat == [(mode or ordinary).for_purpose(purpose) for purpose in Purpose]


@pytest.mark.rule("PRO-013")
@given(pairs, purposes, sizes, factors, st.sampled_from((Pair(0, 0), Pair(0, 50), Pair(100, 0))))
def test_a_pair_that_is_not_above_zero_is_no_mode(
    ordinary: Pair, purpose: Purpose, size: int, imf: int, mode: Pair
) -> None:
    assert margin_ratio(ordinary, mode, purpose, size, imf) == margin_ratio(ordinary, None, purpose, size, imf)


@pytest.mark.rule("PRO-013")
@given(
    pairs,
    pairs,
    st.sampled_from((Purpose.INITIAL, Purpose.FILL)),
    st.lists(sizes, min_size=2, max_size=2).map(sorted),
    st.integers(1, 10**6),
)
def test_the_mode_starts_at_its_own_ratio_and_rises_to_the_ordinary_one(
    ordinary: Pair, mode: Pair, purpose: Purpose, both: list[int], imf: int
) -> None:
    bound, own = ordinary.for_purpose(purpose), mode.for_purpose(purpose)
    assume(own <= bound)
    small, large = (margin_ratio(ordinary, mode, purpose, size, imf) for size in both)
    premium = size_premium(bound, both[1], imf)
    assert own <= small <= max(bound, size_premium(bound, both[0], imf), own + 1)
    assert small <= large or premium == bound, "but where the premium is the ratio itself the source answers its own"
    if premium > bound:
        assert large == premium == margin_ratio(ordinary, None, purpose, both[1], imf)


@pytest.mark.rule("PRO-013", "RND-001")
@given(st.integers(-(10**15), 10**15), st.integers(0, 10**12), ratios, factors, st.integers(0, 10**12))
def test_a_requirement_is_rounded_down_and_never_falls_with_size_or_price(
    size: int, price: int, ratio: int, imf: int, more: int
) -> None:
    needed = margin_requirement(size, price, ratio, imf)
    share = Fraction(margin_ratio(Pair(ratio, ratio), None, Purpose.INITIAL, abs(size), imf), WEIGHT_ONE)
    exact = Fraction(abs(size) * price, 10**9) * share
    assert 0 <= exact - needed < 1 + share
    assert needed == margin_requirement(-size, price, ratio, imf)
    assert needed <= margin_requirement(size, price + more, ratio, imf)
    assert needed <= margin_requirement(abs(size) + more, price, ratio, imf)


@pytest.mark.rule("PRO-014")
@given(weights, sizes, sizes, factors, factors)
def test_a_deposit_weighs_less_and_a_borrow_more_the_larger_it_is(
    weight: int, size: int, more: int, imf: int, higher: int
) -> None:
    deposit, borrow = asset_weight(weight, size, imf), liability_weight(weight, size, imf)
    assert 0 <= asset_weight(weight, size + more, imf) <= deposit <= weight
    assert weight <= borrow <= liability_weight(weight, size + more, imf)
    assert asset_weight(weight, size, imf + higher) <= deposit
    assert borrow <= liability_weight(weight, size, imf + higher)
    assert asset_weight(weight, size, 0) == liability_weight(weight, size, 0) == weight


@pytest.mark.rule("PRO-014", "RND-001")
@given(st.integers(0, 10**20), st.integers(0, 18))
def test_tokens_are_counted_in_billionths_rounded_down(tokens: int, decimals: int) -> None:
    assert 0 <= Fraction(tokens * 10**9, 10**decimals) - size_in_base(tokens, decimals) < 1


@pytest.mark.rule("PRO-014")
@given(weights, st.integers(0, 10**20), st.integers(0, 12), st.integers(0, 10**9), st.integers(0, 10**15))
def test_deposits_count_together_for_no_more_than_the_value_they_are_held_to(
    weight: int, deposits: int, decimals: int, price: int, start: int
) -> None:
    scaled = scaled_asset_weight(weight, deposits, decimals, price, start)
    value = deposits * price // 10**decimals
    if start == 0 or value < start:
        assert scaled == weight
    else:
        assert scaled * value <= weight * start < (scaled + 1) * value


@pytest.mark.rule("PRO-014")
@given(weights, st.integers(-(10**15), 10**15), st.integers(0, 10**15), factors)
def test_a_profit_weighs_less_the_larger_it_is_and_a_loss_in_full(
    weight: int, profit: int, more: int, imf: int
) -> None:
    assume(profit >= 0 or weight <= WEIGHT_ONE)
    weighed = profit_weight(weight, profit, imf)
    assert profit_weight(weight, profit + more, imf) <= weighed
    assert weighed == WEIGHT_ONE if profit < 0 else weighed <= weight
