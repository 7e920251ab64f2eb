"""Drift's amounts and fees against a second writing of the chain's arithmetic, every division where it stands."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from stoplog.protocols.drift_liquidation import (
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

M = 10**6
small = st.integers(1, 400)
tiny_legs = st.builds(Leg, st.integers(1, 12_000), st.integers(1, 50), st.integers(0, 12), small)
real_legs = st.builds(
    Leg, st.integers(1, 20_000), st.integers(M // 2, 2 * M), st.integers(0, 12), st.integers(1, 10**9)
)
legs = st.one_of(tiny_legs, real_legs)
shortages = st.integers(0, 10**9)
ratios = st.integers(0, 300)
fees = st.integers(0, 3 * 10**4)
oracles = st.one_of(
    st.builds(Oracle, st.integers(0, 10**4), st.integers(0, 2 * M)),
    st.builds(Oracle, st.integers(M, 10**10), st.integers(9 * M // 10, M)),
)


def above(exponent: int) -> int:
    return 10**exponent if exponent > 0 else 1


@pytest.mark.rule("PRO-015", "RND-001")
@given(shortages, ratios, fees, fees, oracles)
def test_the_size_to_cover(shortage: int, ratio: int, fee: int, fund: int, oracle: Oracle) -> None:
    size = size_to_cover(shortage, ratio, fee, fund, oracle)
    in_quote = floor(Fraction(oracle.price * oracle.quote, M))
    freed = floor(Fraction(in_quote * (100 * ratio - fee), M)) - floor(Fraction(oracle.price * fund, M))
    if oracle.price == 0 or 100 * ratio <= fee or freed <= 0:
        assert size is None
    else:
        assert size == floor(Fraction(shortage * 10**9, freed))


@pytest.mark.rule("PRO-015", "RND-001")
@given(shortages, legs, legs, fees)
@example(1, Leg(5000, M, 6, M), Leg(10_000, M, 6, M), 500_000)
def test_the_tokens_to_cover(shortage: int, asset: Leg, liability: Leg, fund: int) -> None:
    repaid = tokens_to_cover(shortage, asset, liability, fund)
    x = floor(Fraction(10 * asset.weight * asset.multiplier, liability.multiplier))
    freed = liability.price * (10 * liability.weight - x)
    freed -= floor(Fraction(liability.price * fund, M)) * 10 * liability.weight
    if asset.weight >= liability.weight or x >= 10 * liability.weight or freed <= 0:
        assert repaid is None
    else:
        fine = floor(Fraction(shortage * above(liability.decimals - 6) * 10**11, freed))
        assert repaid == max(1, floor(Fraction(fine, above(6 - liability.decimals))))


@pytest.mark.rule("PRO-016", "RND-001")
@given(st.integers(1, 10**12), st.integers(1, 10**12), legs, legs)
@example(M, 2 * M, Leg(1, M, 6, M), Leg(1, M, 6, M))
@example(M, 2 * M - 1, Leg(1, M, 6, M), Leg(1, M, 6, M))
def test_what_is_repaid_and_what_is_given(repaid: int, held: int, asset: Leg, liability: Leg) -> None:
    finer = liability.decimals - asset.decimals
    price = Fraction(asset.price * liability.multiplier, liability.price * asset.multiplier)
    if finer > 0:
        assert liability_for_asset(held, asset, liability) == ceil(held * 10**finer * price)
    else:
        assert liability_for_asset(held, asset, liability) == ceil(Fraction(ceil(held * price), 10**-finer))
    right = max(1, floor(Fraction(floor(repaid * above(-finer) / price), above(finer))))
    dust = floor(Fraction(abs(right - held) * asset.price, 10**asset.decimals)) < M
    assert asset_for_liability(held, asset, liability, repaid) == (held if dust else right)


@pytest.mark.rule("PRO-017", "RND-001")
@given(shortages, st.integers(0, 10**11), ratios, fees, oracles, fees)
@example(1, 10**10, 300, 1, Oracle(1, M), M)
def test_the_funds_fee_on_a_position(shortage: int, size: int, ratio: int, fee: int, oracle: Oracle, cap: int) -> None:
    taken = perpetual_fund_fee(shortage, size, ratio, fee, oracle, cap)
    in_quote = floor(Fraction(oracle.price * oracle.quote, M))
    if 0 in (in_quote, size) or 100 * ratio <= fee:
        assert taken == 0
    else:
        missing = floor(Fraction(floor(Fraction(shortage * 10**9, size)) * M, in_quote))
        assert taken == min(cap, floor(Fraction(19 * max(0, 100 * ratio - fee - missing), 20)))


@pytest.mark.rule("PRO-017", "RND-001")
@given(st.integers(0, 10**7), st.integers(1, 10**11), legs, legs, st.integers(0, M))
@example(0, 1, Leg(5000, M, 6, 1), Leg(10_000, M, 6, M), M)
def test_the_funds_fee_on_a_borrow(shortage: int, borrowed: int, asset: Leg, liability: Leg, cap: int) -> None:
    taken = spot_fund_fee(shortage, borrowed, asset, liability, cap)
    given_weight = floor(Fraction(100 * asset.weight * asset.multiplier, liability.multiplier))
    missing = floor(Fraction(floor(Fraction(shortage * M * 10**liability.decimals, borrowed)), liability.price))
    spare = max(0, max(0, 100 * liability.weight - given_weight) - missing)
    fee = min(cap, floor(Fraction(spare * M, 100 * liability.weight)))
    assert taken == (0 if asset.weight >= liability.weight else fee)


@pytest.mark.rule("PRO-016", "RND-001")
@given(st.integers(1, 10**6), legs, legs, st.integers(-3, 3))
def test_the_price_of_a_swap(wanted: int, asset: Leg, liability: Leg, away: int) -> None:
    repaid = liability_for_asset(wanted, asset, liability) + away
    assume(repaid >= 0)
    price = floor(Fraction(floor(Fraction(repaid * M, 10**liability.decimals)) * 10**asset.decimals, wanted))
    least = floor(Fraction(floor(Fraction(asset.price * M * liability.multiplier, liability.price)), asset.multiplier))
    assert swap_accepted(wanted, asset, repaid, liability) == (price >= least)
