"""Laws of `stoplog.protocols.synthetix`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols.figures import amounts, fractions, held, prices, shares, sizes, volumes

from stoplog.protocols.synthetix import (
    MarginTerms,
    Market,
    Position,
    available_margin,
    fill_price,
    liquidatable,
    required_margins,
)

scales = fractions(1, 10**6)
positions = st.builds(Position, volumes, prices)
terms = st.builds(MarginTerms, scales, fractions(0, 3), shares, shares, sizes)


@pytest.mark.rule("PRO-022")
@given(prices, volumes, volumes, volumes, scales)
def test_a_fill_in_parts_costs_what_the_whole_costs(
    price: Fraction, skew: Fraction, first: Fraction, second: Fraction, scale: Fraction
) -> None:
    whole = (first + second) * fill_price(price, skew, first + second, scale)
    parts = first * fill_price(price, skew, first, scale)
    parts += second * fill_price(price, skew + first, second, scale)
    assert parts == whole
    assert fill_price(price, skew, first, scale) == fill_price(price, skew + first, -first, scale), "there and back"


@pytest.mark.rule("PRO-022")
@given(prices, volumes, held, scales)
def test_who_enlarges_the_skew_pays_for_it(price: Fraction, skew: Fraction, size: Fraction, scale: Fraction) -> None:
    entry = fill_price(price, skew, size, scale)
    lost = -Position(size, entry).profit(price)
    assert (lost > 0) == ((skew + size) ** 2 > skew**2)
    assert lost == price * ((skew + size) ** 2 - skew**2) / (2 * scale), "what the skew holds"
    assert fill_price(price, Fraction(0), Fraction(0), scale) == price


@pytest.mark.rule("PRO-022", "ORD-001")
@given(amounts, st.lists(st.tuples(positions, prices), max_size=5), amounts)
def test_available_margin_adds_up(collateral: Fraction, some: list[tuple[Position, Fraction]], more: Fraction) -> None:
    alone = sum((available_margin(Fraction(0), [one]) for one in some), Fraction(0))
    assert available_margin(collateral, some) == collateral + alone
    assert available_margin(collateral, some[::-1]) == available_margin(collateral, some)
    assert available_margin(collateral + more, some) == available_margin(collateral, some) + more


@pytest.mark.rule("PRO-023")
@given(held, prices, terms, fractions(1, 10))
def test_margin_rises_faster_than_size(size: Fraction, price: Fraction, by: MarginTerms, times: Fraction) -> None:
    one, more = required_margins(size, price, by), required_margins(size * times, price, by)
    assert one == required_margins(-size, price, by)
    assert one.maintenance_ratio == one.initial_ratio * by.maintenance_scalar
    assert one.maintenance <= one.initial
    assert more.initial_ratio - by.minimum_initial_ratio == times * (one.initial_ratio - by.minimum_initial_ratio)
    whole = required_margins(by.skew_scale, price, by)
    assert whole.initial_ratio == by.initial_fraction + by.minimum_initial_ratio, "one skew scale held"
    assert more.initial - by.minimum_position_margin >= times * (one.initial - by.minimum_position_margin)
    flat = required_margins(Fraction(0), price, by)
    assert flat.initial == flat.maintenance == by.minimum_position_margin


@pytest.mark.rule("PRO-023")
@given(sizes, sizes)
def test_the_keeper_must_be_paid_too(maintenance: Fraction, reward: Fraction) -> None:
    assert not liquidatable(maintenance + reward, maintenance, reward)
    assert liquidatable(maintenance + reward - Fraction(1, 10**9), maintenance, reward)


@pytest.mark.rule("PRO-024")
@given(st.lists(st.tuples(amounts, volumes, prices), max_size=6), prices)
def test_a_market_owes_its_traders_what_they_have(
    traders: list[tuple[Fraction, Fraction, Fraction]], price: Fraction
) -> None:
    market, owed = Market(), Fraction(0)
    for collateral, size, entry in traders:
        before = market.deposit(collateral)
        assert before.debt(entry) - market.debt(entry) == collateral
        market = before.fill(size, entry)
        assert market.debt(entry) == before.debt(entry), "a fill at the oracle price changes no debt"
        owed += available_margin(collateral, [(Position(size, entry), price)])
    assert market.debt(price) == owed
