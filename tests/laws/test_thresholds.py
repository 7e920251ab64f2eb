"""Laws of `stoplog.margin.thresholds`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from laws.figures import Holding, exact_maintenance, holdings, index_changes, ladders, scaled
from laws.modes import both_modes, call

from stoplog.instruments import INVERSE, value_lots
from stoplog.margin.thresholds import (
    breached,
    breached_at,
    drift_bound,
    last_healthy_price,
    liquidation_threshold,
    lot_value_root,
    root_tier,
    tier_at_price,
    wake_up_value,
)
from stoplog.margin.tiers import Tier, tier_index
from stoplog.units import FUNDING_ONE, PRICE_MAX, RATE_ONE


def market(held: Holding) -> tuple[int, int, int, int]:
    """Payoff, multiplier, price and size, as the rules take them."""
    return held.terms.payoff, held.terms.multiplier, held.price, held.size


def surplus(held: Holding, tiers: list[Tier], price: int) -> Fraction:
    """Equity less maintenance, exactly."""
    worth = held.terms.value(price, held.size)
    return held.purse + worth - held.cost - exact_maintenance(tiers, abs(worth))


@both_modes
@pytest.mark.rule("LIQ-001", "MRG-001")
@given(held=holdings(near=True), tiers=ladders())
def test_a_breach_is_decided_exactly(mode: str, held: Holding, tiers: list[Tier]) -> None:
    terms = held.terms
    found = call(mode, breached_at, tiers, *market(held), held.purse - held.cost, RATE_ONE)
    assert found == (surplus(held, tiers, held.price) < 0)
    index = call(mode, tier_at_price, tiers, *market(held))
    lot = (terms.multiplier, held.price) if terms.payoff == INVERSE else (terms.multiplier * held.price, 1)
    assert index == call(mode, tier_index, tiers, abs(held.size), *lot)
    tier = tiers[index]
    assert found == call(mode, breached, *market(held), held.purse - held.cost, tier.rate, tier.deduction, RATE_ONE)


@both_modes
@pytest.mark.rule("THR-001", "LIQ-001")
@given(held=holdings(near=True), tiers=ladders())
def test_the_threshold_is_the_last_healthy_price(mode: str, held: Holding, tiers: list[Tier]) -> None:
    """At it healthy, one further breached, wherever these are prices; from one price to another, monotone."""
    terms, capital = held.terms, held.purse - held.cost
    threshold = call(mode, liquidation_threshold, tiers, terms.payoff, terms.multiplier, held.size, capital, RATE_ONE)
    assert 0 <= threshold <= PRICE_MAX + 1
    beyond = -1 if held.size > 0 else 1
    for price in (threshold - 1, threshold, threshold + 1, terms.price_min, terms.price_max, held.price):
        if terms.price_min <= price <= terms.price_max:
            healthy = surplus(held, tiers, price) >= 0
            assert healthy == ((price - threshold) * beyond <= 0)


@both_modes
@pytest.mark.rule("THR-003")
@given(held=holdings(near=True), tiers=ladders(), more=scaled(1, 2**50))
def test_adding_margin_never_moves_the_threshold_towards_the_mark(
    mode: str, held: Holding, tiers: list[Tier], more: int
) -> None:
    terms = held.terms
    before, after = (
        call(mode, liquidation_threshold, tiers, terms.payoff, terms.multiplier, held.size, capital, RATE_ONE)
        for capital in (held.purse - held.cost, held.purse - held.cost + more)
    )
    assert after <= before if held.size > 0 else after >= before


@both_modes
@pytest.mark.rule("THR-002")
@given(held=holdings(near=True), fee=scaled(0, RATE_ONE - 1), tiers=ladders())
def test_the_bankruptcy_price_lies_beyond_the_threshold(mode: str, held: Holding, fee: int, tiers: list[Tier]) -> None:
    """Where equity is zero, or what closing at that fee costs; a fee moves it towards the holder's side."""
    terms, capital = held.terms, held.purse - held.cost
    where = (terms.payoff, terms.multiplier, held.size, capital)
    bankrupt = call(mode, last_healthy_price, *where, 0, 0, RATE_ONE)
    closed = call(mode, last_healthy_price, *where, fee, 0, RATE_ONE)
    threshold = call(mode, liquidation_threshold, tiers, *where, RATE_ONE)
    side = 1 if held.size > 0 else -1
    assert side * bankrupt <= side * closed
    assert side * bankrupt <= side * threshold
    for price in (bankrupt - 1, bankrupt, bankrupt + 1):
        if terms.price_min <= price <= terms.price_max:
            equity = capital + terms.value(price, held.size)
            assert (equity >= 0) == (side * price >= side * bankrupt)


@both_modes
@pytest.mark.rule("THR-001", "THR-002")
@given(held=holdings(near=True), tiers=ladders())
def test_the_root_is_where_the_requirement_is_met_exactly(mode: str, held: Holding, tiers: list[Tier]) -> None:
    capital = held.purse - held.cost
    lots = call(mode, value_lots, held.terms.payoff, held.size)
    tier = tiers[call(mode, root_tier, tiers, lots, capital, 0, RATE_ONE)]
    n1, n2, d1, d2 = call(mode, lot_value_root, lots, capital, tier.rate, tier.deduction, RATE_ONE)
    assert d1 * d2 > 0
    value = Fraction(n1 * n2, d1 * d2)
    assert capital + lots * value - (abs(lots) * value * tier.rate / RATE_ONE - tier.deduction) == 0
    if value > 0:
        assert capital + lots * value == exact_maintenance(tiers, abs(lots) * value), "the tier holds at the root"


@both_modes
@pytest.mark.rule("SCR-001")
@given(held=holdings(near=True), tiers=ladders())
def test_a_compartment_wakes_no_later_than_at_its_threshold(mode: str, held: Holding, tiers: list[Tier]) -> None:
    """With one unit of money to spare: what funding takes when it is settled, rounded up, cannot matter."""
    lots = call(mode, value_lots, held.terms.payoff, held.size)
    capital = held.purse - held.cost
    wakes = call(mode, wake_up_value, tiers, lots, capital, 0, RATE_ONE)
    lot = abs(held.terms.value(held.price, 1)) * FUNDING_ONE
    poorer = held._replace(purse=held.purse - 1)
    if surplus(poorer, tiers, held.price) < 0:
        assert lot <= wakes if lots > 0 else lot >= wakes


def threshold_value(tiers: list[Tier], lots: int, capital: Fraction) -> Fraction:
    """The lot value where equity meets maintenance, which is the largest of the tiers' lines."""
    side = 1 if lots > 0 else -1
    roots = [-(capital + t.deduction) / (lots * Fraction(RATE_ONE - side * t.rate, RATE_ONE)) for t in tiers]
    return max(roots) if lots > 0 else min(roots)


STEEP = [Tier(0, 400_000, 0, 400_000), Tier(1_000, 90_000_000, 896, 90_000_000)]
"""0.4 % up to 1,000 and 90 % beyond: one unit of money moves a threshold by ten."""


@both_modes
@pytest.mark.rule("SCR-001")
@example(lots=1, spare=0, ladder=STEEP)
@given(
    lots=st.integers(-3, 3).filter(bool),
    spare=st.integers(-3, 3),
    ladder=st.sampled_from((STEEP, [Tier(0, 25 * 10**6, 0, 0), Tier(600, 50 * 10**6, 150, 0)])),
)
def test_the_spare_unit_is_kept_where_a_threshold_lies_on_a_floor(
    mode: str, lots: int, spare: int, ladder: list[Tier]
) -> None:
    """The wake-up value is that of a compartment one unit poorer, whose tier may be another."""
    floor = ladder[1].floor
    capital = ladder[1].rate * floor // RATE_ONE - ladder[1].deduction - (1 if lots > 0 else -1) * floor + spare
    wakes = call(mode, wake_up_value, ladder, lots, capital, 0, RATE_ONE)
    poorer = threshold_value(ladder, lots, Fraction(capital - 1)) * FUNDING_ONE
    assert wakes >= poorer if lots > 0 else wakes <= poorer


@both_modes
@pytest.mark.rule("SCR-001")
@given(held=holdings(near=True), tiers=ladders(), data=st.data())
def test_funding_never_moves_a_threshold_further_than_its_bound(
    mode: str, held: Holding, tiers: list[Tier], data: st.DataObject
) -> None:
    """Up for value lots above zero, down below; and no further than one tier's slope allows, so not idly."""
    change = data.draw(index_changes(held.terms)) // data.draw(st.sampled_from((1, 10**4, 10**9)))
    capital = Fraction(held.purse - held.cost)
    for lots in (abs(held.size), -abs(held.size)):
        bound = call(mode, drift_bound, change, tiers[-1].rate, RATE_ONE, lots)
        assume(abs(bound) < 2**60)
        before = threshold_value(tiers, lots, capital)
        after = threshold_value(tiers, lots, capital - lots * Fraction(change, FUNDING_ONE))
        moved = (after - before) * FUNDING_ONE
        assert moved <= bound if lots > 0 else moved >= bound
        if len(tiers) == 1 and change > 0:
            assert abs(moved - bound) < 1
        assert change > 0 or bound == change
