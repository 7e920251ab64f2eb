"""Laws of `stoplog.liquidation`."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.figures import Holding, holdings, rates, scaled
from laws.modes import both_modes, call

from stoplog.liquidation.plan import liquidation_fee, sale_price
from stoplog.liquidation.waterfall import absorb
from stoplog.units import RATE_ONE


@both_modes
@pytest.mark.rule("LIQ-003", "RND-001")
@given(held=holdings(), slippage=scaled(0, RATE_ONE - 1))
def test_a_sale_is_rounded_against_the_seller_and_stays_within_the_price_limits(
    mode: str, held: Holding, slippage: int
) -> None:
    low, high = held.terms.price_min, held.terms.price_max
    price = call(mode, sale_price, held.price, held.size, slippage, low, high)
    share = Fraction(slippage, RATE_ONE)
    exact = floor(held.price * (1 - share)) if held.size > 0 else ceil(held.price * (1 + share))
    assert price == min(high, max(low, exact))
    assert low <= price <= held.price if held.size > 0 else held.price <= price <= high


@both_modes
@pytest.mark.rule("WAT-001", "RND-001")
@given(held=holdings(), rate=rates)
def test_the_fee_asked_is_a_share_of_the_notional_rounded_up(mode: str, held: Holding, rate: int) -> None:
    terms = held.terms
    asked = call(mode, liquidation_fee, terms.payoff, terms.multiplier, held.price, held.size, rate)
    assert asked == ceil(Fraction(ceil(abs(terms.value(held.price, held.size))) * rate, RATE_ONE))


@both_modes
@pytest.mark.rule("WAT-001", "WAT-002")
@given(remainder=st.integers(-(2**60), 2**60), fee=scaled(0, 2**57), fund=scaled(0, 2**60))
def test_layers_absorb_all_of_it_one_after_the_other(mode: str, remainder: int, fee: int, fund: int) -> None:
    taken, received, paid, socialised = call(mode, absorb, remainder, fee, fund)
    assert min(taken, received, paid, socialised) >= 0
    assert taken + received - paid - socialised == remainder
    assert taken <= fee
    assert paid <= fund
    assert received == 0 or taken == fee, "the fund gets nothing before the fee is paid"
    assert socialised == 0 or paid == fund, "nothing is socialised while the fund holds anything"
    assert remainder < 0 or paid == socialised == 0
    assert remainder > 0 or taken == received == 0
