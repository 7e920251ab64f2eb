"""Laws of `stoplog.instruments`."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.figures import Holding, Terms, holdings, scaled, terms
from laws.modes import both_modes, call

from stoplog.instruments import (
    INVERSE,
    fill_value,
    in_budget,
    lot_value_down,
    lot_value_max,
    lot_value_up,
    notional_up,
    value_down,
    value_lots,
)
from stoplog.units import FUNDING_ONE, LOT_VALUE_MAX, MULTIPLIER_MAX, POSITION_VALUE_MAX, PRICE_MAX, SIZE_MAX


@both_modes
@pytest.mark.rule("INS-001", "INS-002")
@given(held=holdings())
def test_a_fill_is_worth_the_same_to_both_sides(mode: str, held: Holding) -> None:
    """And what it is worth is the exact value, towards zero; without division unless inverse."""
    terms = held.terms
    bought = call(mode, fill_value, terms.payoff, terms.multiplier, held.price, held.size)
    sold = call(mode, fill_value, terms.payoff, terms.multiplier, held.price, -held.size)
    exact = terms.value(held.price, held.size)
    assert bought == -sold == int(exact)
    assert terms.payoff == INVERSE or bought == exact


@both_modes
@pytest.mark.rule("INS-003", "RND-001")
@given(held=holdings())
def test_a_position_is_rounded_against_its_holder_and_its_notional_up(mode: str, held: Holding) -> None:
    terms, exact = held.terms, held.terms.value(held.price, held.size)
    assert call(mode, value_down, terms.payoff, terms.multiplier, held.price, held.size) == floor(exact)
    assert call(mode, notional_up, terms.payoff, terms.multiplier, held.price, held.size) == ceil(abs(exact))


@both_modes
@pytest.mark.rule("POS-003", "RND-001")
@given(held=holdings())
def test_lot_values_are_rounded_to_their_side(mode: str, held: Holding) -> None:
    terms = held.terms
    exact = abs(terms.value(held.price, 1)) * FUNDING_ONE
    assert call(mode, lot_value_down, terms.payoff, terms.multiplier, held.price) == floor(exact)
    assert call(mode, lot_value_up, terms.payoff, terms.multiplier, held.price) == ceil(exact)


@both_modes
@pytest.mark.rule("RND-002")
@given(held=holdings())
def test_no_lot_is_worth_more_than_the_largest_lot_value(mode: str, held: Holding) -> None:
    terms = held.terms
    largest = call(mode, lot_value_max, terms.payoff, terms.multiplier, terms.price_min, terms.price_max)
    assert largest == terms.lot_value_max
    assert abs(terms.value(held.price, 1)) <= largest
    assert abs(terms.value(held.price, held.size)) <= POSITION_VALUE_MAX


@both_modes
@pytest.mark.rule("RND-002")
@given(which=terms())
def test_what_the_budget_admits_is_inside_it(mode: str, which: Terms) -> None:
    assert call(mode, in_budget, *which[:5])


@both_modes
@pytest.mark.rule("RND-002")
@given(
    payoff=st.sampled_from((0, 1, 2)),
    multiplier=scaled(0, 2**63 - 1),
    price_min=scaled(0, 2**41),
    price_max=scaled(0, 2**41),
    limit=scaled(0, 2**41),
)
def test_the_budget_admits_exactly_what_its_limits_say(
    mode: str, payoff: int, multiplier: int, price_min: int, price_max: int, limit: int
) -> None:
    """For any figures, however large: the check itself leaves no 64-bit integer."""
    expected = 1 <= price_min <= price_max <= PRICE_MAX and 1 <= limit <= SIZE_MAX and 1 <= multiplier <= MULTIPLIER_MAX
    if expected:
        largest = ceil(Fraction(multiplier, price_min)) if payoff == INVERSE else multiplier * price_max
        expected = largest <= LOT_VALUE_MAX and limit * largest <= POSITION_VALUE_MAX
    assert call(mode, in_budget, payoff, multiplier, price_min, price_max, limit) == expected


@both_modes
@pytest.mark.rule("INS-002")
@given(held=holdings())
def test_value_lots_turn_the_sign_of_inverse_positions_only(mode: str, held: Holding) -> None:
    """Value lots times lot value is the value, whatever the payoff."""
    terms = held.terms
    lots = call(mode, value_lots, terms.payoff, held.size)
    assert lots * abs(terms.value(held.price, 1)) == terms.value(held.price, held.size)
