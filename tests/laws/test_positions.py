"""Laws of `stoplog.positions`."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.figures import Holding, Terms, holdings, index_changes, rates, scaled, signed_rates, terms
from laws.modes import both_modes, call

from stoplog.instruments import fill_value
from stoplog.positions import fill_fee, funding_change, funding_due, settle_at_expiry, trade
from stoplog.units import FUNDING_ONE, FUNDING_SPAN, RATE_ONE


@st.composite
def fills(draw: st.DrawFn) -> tuple[Holding, int, int]:
    """A position, a fill of it that may reduce, close, flip or enlarge it, and a price."""
    held = draw(holdings())
    limit = held.terms.position_limit
    fill = draw(
        st.one_of(
            scaled(1, limit).map(lambda lots: lots),
            scaled(1, limit).map(lambda lots: -lots),
            st.just(-held.size),
            st.just(-held.size - 1 if held.size < 0 else -held.size + 1).filter(bool),
        )
    )
    return held, fill, draw(scaled(held.terms.price_min, held.terms.price_max))


@both_modes
@pytest.mark.rule("POS-001", "POS-002")
@given(case=fills())
def test_the_change_of_cost_is_the_value_of_the_fill_plus_realised_profit(
    mode: str, case: tuple[Holding, int, int]
) -> None:
    held, fill, price = case
    terms = held.terms
    size, cost, realised = call(mode, trade, terms.payoff, terms.multiplier, held.size, held.cost, fill, price)
    assert size == held.size + fill
    assert cost - held.cost == int(terms.value(price, fill)) + realised
    assert size != 0 or cost == 0


@both_modes
@pytest.mark.rule("POS-001", "RND-001")
@given(case=fills())
def test_reducing_realises_in_proportion_rounded_down(mode: str, case: tuple[Holding, int, int]) -> None:
    held, fill, price = case
    terms = held.terms
    size, cost, realised = call(mode, trade, terms.payoff, terms.multiplier, held.size, held.cost, fill, price)
    if held.size * fill > 0:
        assert realised == 0
    elif size * held.size > 0:
        exact = -int(terms.value(price, fill)) - Fraction(held.cost * abs(fill), abs(held.size))
        assert realised == floor(exact)
        assert cost == floor(Fraction(held.cost * abs(size), abs(held.size)))
    else:
        assert cost == int(terms.value(price, size))


@both_modes
@pytest.mark.rule("POS-001", "RND-002")
@given(case=fills())
def test_no_cost_is_larger_than_the_largest_value_of_the_position(mode: str, case: tuple[Holding, int, int]) -> None:
    """The bound that the bit budget rests on: it holds after any fill where it held before."""
    held, fill, price = case
    terms = held.terms
    size, cost, _ = call(mode, trade, terms.payoff, terms.multiplier, held.size, held.cost, fill, price)
    assert abs(held.cost) <= abs(held.size) * terms.lot_value_max
    assert abs(cost) <= abs(size) * terms.lot_value_max


@both_modes
@pytest.mark.rule("RND-001", "POS-001")
@given(which=terms(), seed=st.integers(0, 2**32))
def test_no_order_of_fills_makes_anyone_richer_by_rounding(mode: str, which: Terms, seed: int) -> None:
    """All at one price, back to flat: profit by rounding is impossible, and in linear so is a loss.

    In inverse each fill's value is towards zero, for both sides the same; what a position gains by that, its
    counterparties lose. So the bound is the exact total of what fills were booked at.
    """
    rng = Random(seed)
    price = rng.randint(which.price_min, which.price_max)
    size = cost = total = booked = 0
    for step in range(12):
        reach = min(which.position_limit, rng.choice((3, 50, which.position_limit)))
        fill = (
            -size
            if step == 11
            else rng.randint(max(-reach, -which.position_limit - size), min(reach, which.position_limit - size))
        )
        if fill == 0:
            continue
        booked += call(mode, fill_value, which.payoff, which.multiplier, price, fill)
        size, cost, realised = call(mode, trade, which.payoff, which.multiplier, size, cost, fill, price)
        total += realised
    assert size == cost == 0
    assert total == -booked
    assert which.payoff == 1 or total == 0


@both_modes
@pytest.mark.rule("RND-001", "POS-001", "INS-002")
@given(which=terms(), seed=st.integers(0, 2**32))
def test_two_sides_of_the_same_fills_gain_nothing_together(mode: str, which: Terms, seed: int) -> None:
    """Positions that trade with each other at any prices: realised profits never sum to more than zero once flat."""
    rng = Random(seed)
    state = dict.fromkeys("abc", (0, 0, 0))
    for _ in range(15):
        buyer, seller = rng.sample("abc", 2)
        price = rng.randint(which.price_min, which.price_max)
        room = min(which.position_limit - state[buyer][0], which.position_limit + state[seller][0])
        lots = rng.randint(0, max(0, min(room, rng.choice((2, 100, which.position_limit)))))
        for name, fill in ((buyer, lots), (seller, -lots)):
            if fill:
                size, cost, earned = state[name]
                terms = (which.payoff, which.multiplier)
                size, cost, realised = call(mode, trade, *terms, size, cost, fill, price)
                state[name] = size, cost, earned + realised
    price = rng.randint(which.price_min, which.price_max)
    ends = [
        call(mode, settle_at_expiry, which.payoff, which.multiplier, size, cost, price)
        for size, cost, _ in state.values()
    ]
    earned = sum(profit for _, _, profit in state.values()) + sum(ends)
    assert -len(state) < earned <= 0


@both_modes
@pytest.mark.rule("POS-005", "RND-001")
@given(held=holdings())
def test_expiry_realises_the_value_rounded_down(mode: str, held: Holding) -> None:
    terms = held.terms
    realised = call(mode, settle_at_expiry, terms.payoff, terms.multiplier, held.size, held.cost, held.price)
    assert realised == floor(terms.value(held.price, held.size)) - held.cost


@both_modes
@pytest.mark.rule("POS-003", "RND-001")
@given(held=holdings(), data=st.data())
def test_funding_owed_is_rounded_up_and_two_sides_leave_at_most_one_unit(
    mode: str, held: Holding, data: st.DataObject
) -> None:
    index = data.draw(index_changes(held.terms))
    settled = data.draw(index_changes(held.terms)) // 2
    index = index // 2
    owes = call(mode, funding_due, held.size, index, settled)
    owed = call(mode, funding_due, -held.size, index, settled)
    assert owes == ceil(Fraction(held.size * (index - settled), FUNDING_ONE))
    assert 0 <= owes + owed <= 1


@both_modes
@pytest.mark.rule("POS-003", "POS-004", "RND-001")
@given(held=holdings(), data=st.data())
def test_settling_funding_more_often_never_pays(mode: str, held: Holding, data: st.DataObject) -> None:
    """However the way from one index to another is cut and in whatever order the parts come."""
    end = data.draw(index_changes(held.terms)) // 4
    cuts = data.draw(st.lists(index_changes(held.terms).map(lambda index: index // 4), max_size=6))
    stops = [0, *cuts, end]
    parts = [call(mode, funding_due, held.size, b, a) for a, b in pairwise(stops)]
    whole = call(mode, funding_due, held.size, end, 0)
    assert whole <= sum(parts) < whole + len(parts)


@both_modes
@pytest.mark.rule("POS-003", "RND-001")
@given(held=holdings(), rate=signed_rates)
def test_a_funding_moves_the_index_by_its_share_of_the_lot_value(mode: str, held: Holding, rate: int) -> None:
    terms = held.terms
    change = call(mode, funding_change, terms.payoff, terms.multiplier, held.price, rate)
    lot = floor(abs(terms.value(held.price, 1)) * FUNDING_ONE)
    assert change == floor(Fraction(lot * rate, RATE_ONE))
    assert abs(change) <= FUNDING_SPAN * terms.lot_value_max * FUNDING_ONE


@both_modes
@pytest.mark.rule("FIL-001", "RND-001")
@given(held=holdings(), rate=rates)
def test_a_fee_is_rounded_up_and_the_same_for_buyer_and_seller(mode: str, held: Holding, rate: int) -> None:
    terms = held.terms
    fee = call(mode, fill_fee, terms.payoff, terms.multiplier, held.price, held.size, rate)
    assert fee == call(mode, fill_fee, terms.payoff, terms.multiplier, held.price, -held.size, rate)
    assert fee == ceil(Fraction(abs(int(terms.value(held.price, held.size))) * rate, RATE_ONE))
