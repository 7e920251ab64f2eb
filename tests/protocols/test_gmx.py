"""Laws of `stoplog.protocols.gmx`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols.figures import amounts, fractions, held, prices, shares, sizes

from stoplog.protocols.gmx import Collateral, Minimum, Position, liquidatable, payout, remaining

positions = st.builds(Position, held, prices)
collaterals = st.builds(Collateral, sizes, prices)
minimums = st.builds(Minimum, sizes, shares)


@pytest.mark.rule("PRO-018")
@given(positions, collaterals, prices, minimums, fractions(0, 10**6))
def test_what_is_safe_stays_safe_with_more_collateral_or_a_dearer_token(
    position: Position, collateral: Collateral, index: Fraction, minimum: Minimum, more: Fraction
) -> None:
    for better in (
        collateral._replace(tokens=collateral.tokens + more),
        collateral._replace(price=collateral.price + more),
    ):
        assert liquidatable(position, collateral, index, minimum) or not liquidatable(position, better, index, minimum)


@pytest.mark.rule("PRO-018")
@given(positions, prices, minimums, prices)
def test_at_the_minimum_it_is_safe_and_below_it_or_at_nothing_it_is_not(
    position: Position, index: Fraction, minimum: Minimum, price: Fraction
) -> None:
    least = max(minimum.dollars, minimum.for_leverage(position))
    assert minimum.for_leverage(position) / abs(position.dollars) == minimum.share
    tokens = (least - position.profit(index)) / price
    at = Collateral(tokens, price)
    assert remaining(position, at, index) == least
    assert liquidatable(position, at, index, minimum) == (least == 0)
    assert liquidatable(position, Collateral(tokens - Fraction(1, 10**9), price), index, minimum)


@pytest.mark.rule("PRO-018")
@given(positions, prices, prices)
def test_a_long_wins_what_a_short_loses_and_nothing_at_entry(
    position: Position, index: Fraction, other: Fraction
) -> None:
    short = position._replace(dollars=-position.dollars)
    assert position.profit(index) == -short.profit(index)
    assert position.profit(position.entry) == 0
    assert position.profit(index) + position.profit(other) == 2 * position.profit((index + other) / 2)


@pytest.mark.rule("PRO-018")
@given(collaterals, amounts)
def test_the_owner_gets_collateral_and_profit_and_never_owes(collateral: Collateral, profit: Fraction) -> None:
    tokens, paid = payout(collateral, profit)
    assert 0 <= tokens <= collateral.tokens
    assert tokens * collateral.price + paid == max(Fraction(0), collateral.tokens * collateral.price + profit)
    assert paid == 0 or tokens == collateral.tokens, "a profit is paid beside the collateral"
