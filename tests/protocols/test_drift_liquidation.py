"""Laws of `stoplog.protocols.drift_liquidation`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stoplog.protocols.drift_liquidation import (
    ONE,
    Leg,
    Oracle,
    asset_for_liability,
    liability_for_asset,
    perpetual_fund_fee,
    size_to_cover,
    spot_fund_fee,
    swap_accepted,
    tokens_to_cover,
)

shortages = st.integers(0, 10**13)
ratios = st.integers(1, 10**4)
fees = st.integers(0, 10**5)
quoted = st.integers(1, 10**12)
oracles = st.builds(Oracle, quoted, st.integers(1, 2 * ONE))
legs = st.builds(Leg, st.integers(0, 20_000), st.integers(ONE // 2, 2 * ONE), st.integers(0, 12), quoted)
tokens = st.integers(1, 10**18)


@pytest.mark.rule("PRO-015", "RND-001")
@given(shortages, ratios, fees, fees, st.integers(1, 10**6))
def test_closing_that_size_frees_what_is_missing_and_no_more(
    shortage: int, ratio: int, fee: int, fund: int, dollars: int
) -> None:
    """At whole dollars nothing of a price is lost to rounding."""
    price = dollars * ONE
    size = size_to_cover(shortage, ratio, fee, fund, Oracle(price, ONE))
    freed = Fraction(price * (ratio * 100 - fee - fund), ONE * 10**9)
    if freed <= 0:
        assert size is None, "no size frees anything"
    else:
        assert size is not None
        assert size * freed <= shortage < (size + 1) * freed


@pytest.mark.rule("PRO-015")
@given(shortages, shortages, ratios, fees, fees, st.integers(0, 1000), oracles)
def test_more_missing_or_dearer_fees_never_close_less(
    shortage: int, more: int, ratio: int, fee: int, fund: int, dearer: int, oracle: Oracle
) -> None:
    size = size_to_cover(shortage, ratio, fee, fund, oracle)
    assert size_to_cover(shortage, ratio, fee, fund, oracle._replace(price=0)) is None
    for other in (
        size_to_cover(shortage + more, ratio, fee, fund, oracle),
        size_to_cover(shortage, ratio, fee + dearer, fund, oracle),
        size_to_cover(shortage, ratio, fee, fund + dearer, oracle),
    ):
        assert other is None or (size is not None and size <= other)


@pytest.mark.rule("PRO-015", "RND-001")
@given(shortages, legs, legs, fees)
def test_repaying_frees_what_is_missing_or_nothing_does(shortage: int, asset: Leg, liability: Leg, fund: int) -> None:
    repaid = tokens_to_cover(shortage, asset, liability, fund)
    given_weight = Fraction(asset.weight * asset.multiplier, liability.multiplier)
    if repaid is None:
        slack = Fraction(1, 10) + Fraction(fund * liability.weight, ONE)
        assert given_weight + slack >= liability.weight or asset.weight >= liability.weight
    else:
        assert repaid >= 1
        freed = Fraction(liability.weight) - given_weight - Fraction(liability.weight * fund, ONE)
        most = freed + Fraction(1, 10) + Fraction(liability.weight, liability.price)
        value = Fraction((repaid + 1) * liability.price, 10**liability.decimals)
        assert value * most / 10**4 > shortage, "one more would free it, whatever was rounded"


@pytest.mark.rule("PRO-015")
@given(shortages, shortages, legs, legs, fees, st.integers(0, 1000))
def test_more_missing_or_a_dearer_fee_never_repays_less(
    shortage: int, more: int, asset: Leg, liability: Leg, fund: int, dearer: int
) -> None:
    repaid = tokens_to_cover(shortage, asset, liability, fund)
    for other in (
        tokens_to_cover(shortage + more, asset, liability, fund),
        tokens_to_cover(shortage, asset, liability, fund + dearer),
    ):
        assert other is None or (repaid is not None and repaid <= other)


@pytest.mark.rule("PRO-016", "RND-001")
@given(tokens, legs, legs)
def test_what_is_repaid_for_an_asset_gives_right_to_that_asset(wanted: int, asset: Leg, liability: Leg) -> None:
    repaid = liability_for_asset(wanted, asset, liability)
    exact = Fraction(wanted * 10**liability.decimals * asset.price * liability.multiplier)
    exact /= 10**asset.decimals * liability.price * asset.multiplier
    assert 0 <= repaid - exact < 2, "rounded up, twice where the liability has fewer decimals"
    far = wanted + 10 * (10**asset.decimals * ONE // asset.price + 1) * (repaid + wanted)
    assert asset_for_liability(far, asset, liability, repaid) >= wanted


@pytest.mark.rule("PRO-016")
@given(tokens, tokens, legs, legs, tokens)
def test_no_dust_stays_behind(held: int, repaid: int, asset: Leg, liability: Leg, more: int) -> None:
    given_tokens = asset_for_liability(held, asset, liability, repaid)
    assert given_tokens >= 1
    assert given_tokens == held or abs(given_tokens - held) * asset.price >= ONE * 10**asset.decimals
    later = asset_for_liability(held, asset, liability, repaid + more)
    assert later >= given_tokens or given_tokens == held, (
        "more repaid, more given: but what took all may take a little less"
    )


@pytest.mark.rule("PRO-016")
@given(st.integers(1, 10**15), legs, legs.filter(lambda leg: leg.decimals <= 6), tokens)
def test_a_swap_at_that_price_is_accepted_and_at_a_better_one_too(
    wanted: int, asset: Leg, liability: Leg, more: int
) -> None:
    repaid = liability_for_asset(wanted, asset, liability)
    assert swap_accepted(wanted, asset, repaid, liability)
    assert swap_accepted(wanted, asset, repaid + more, liability)


@pytest.mark.rule("PRO-016")
@given(st.integers(10**6, 10**15), legs, legs, st.integers(2, 100))
def test_a_swap_well_below_that_price_is_refused(wanted: int, asset: Leg, liability: Leg, part: int) -> None:
    least = asset.price * liability.multiplier // (liability.price * asset.multiplier)
    assume(least >= 1)
    repaid = liability_for_asset(wanted, asset, liability)
    assert not swap_accepted(wanted, asset, repaid // part - 1, liability)


@pytest.mark.rule("PRO-017")
@given(shortages, shortages, tokens, ratios, fees, oracles, fees)
def test_the_fund_takes_less_the_more_is_missing_and_never_more_than_its_cap(
    shortage: int, more: int, size: int, ratio: int, fee: int, oracle: Oracle, cap: int
) -> None:
    taken = perpetual_fund_fee(shortage, size, ratio, fee, oracle, cap)
    assert 0 <= perpetual_fund_fee(shortage + more, size, ratio, fee, oracle, cap) <= taken <= cap
    assert taken <= Fraction(19, 20) * max(0, ratio * 100 - fee)
    for price in (Oracle(0, ONE), Oracle(ONE, 0)):
        assert perpetual_fund_fee(shortage, size, ratio, fee, price, cap) == 0
    assert perpetual_fund_fee(shortage, 0, ratio, fee, oracle, cap) == 0


@pytest.mark.rule("PRO-015", "PRO-017")
@given(st.integers(1, 10**12), st.integers(10**6, 10**15), ratios, fees, st.integers(ONE, 10**12))
def test_after_the_funds_fee_closing_everything_still_frees_what_is_missing(
    shortage: int, size: int, ratio: int, fee: int, price: int
) -> None:
    """The twentieth that the fund leaves is more than what rounding takes, from 95 millionths on."""
    oracle = Oracle(price, ONE)
    fund = perpetual_fund_fee(shortage, size, ratio, fee, oracle, ONE)
    assume(fund >= 95)
    closed = size_to_cover(shortage, ratio, fee, fund, oracle)
    assert closed is not None
    assert closed <= size


@pytest.mark.rule("PRO-017")
@given(shortages, shortages, tokens, legs, legs, fees)
def test_of_a_borrow_likewise(shortage: int, more: int, borrowed: int, asset: Leg, liability: Leg, cap: int) -> None:
    taken = spot_fund_fee(shortage, borrowed, asset, liability, cap)
    assert 0 <= spot_fund_fee(shortage + more, borrowed, asset, liability, cap) <= taken <= cap
    assert taken <= ONE
    for nothing in (liability._replace(price=0), liability._replace(multiplier=0)):
        assert spot_fund_fee(shortage, borrowed, asset, nothing, cap) == 0
    assert spot_fund_fee(shortage, 0, asset, liability, cap) == 0
    assert spot_fund_fee(shortage, borrowed, asset._replace(weight=liability.weight), liability, cap) == 0
