"""Laws of `stoplog.protocols.dydx`."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stoplog.margin.health import Health
from stoplog.protocols.dydx import (
    PPM,
    Fill,
    Holding,
    Market,
    bankruptcy_value,
    fund_change,
    initial_margin,
    initial_rate,
    liquidatable,
    quantum_value,
    subaccount_health,
)
from stoplog.units import OutOfRange

cash = st.integers(-(10**12), 10**12)
rates = st.integers(1, PPM)
values = st.builds(Fraction, st.integers(1, 10**6), st.sampled_from((1, 7, 1000, 10**6)))
markets = st.builds(Market, values, rates, rates)
holdings = st.builds(Holding, markets, st.integers(-(10**8), 10**8).filter(bool))
several = st.lists(holdings, min_size=1, max_size=5)


@pytest.mark.rule("PRO-009", "RND-001")
@given(holdings)
def test_margins_are_rounded_up_and_values_towards_zero(holding: Holding) -> None:
    market, health = holding.market, holding.health()
    exact = holding.quanta * market.quantum_value
    assert 0 <= (exact - health.equity) * (1 if exact > 0 else -1) < 1
    initial = Fraction(abs(health.equity) * market.initial_ppm, PPM)
    assert 0 <= health.initial - initial < 1
    assert 0 <= health.maintenance - initial * market.maintenance_fraction_ppm / PPM < 2, "twice"


@pytest.mark.rule("PRO-009", "ORD-001")
@given(cash, several, st.randoms())
def test_the_order_of_holdings_does_not_matter(quote: int, held: list[Holding], random: Random) -> None:
    shuffled = random.sample(held, len(held))
    assert subaccount_health(quote, held) == subaccount_health(quote, shuffled)


@pytest.mark.rule("PRO-009")
@given(several)
def test_a_subaccount_is_liquidatable_below_its_maintenance_and_without_any_never(held: list[Holding]) -> None:
    health = subaccount_health(0, held)
    at = health.maintenance - health.equity
    assert not liquidatable(subaccount_health(at, held))
    assert liquidatable(subaccount_health(at - 1, held)) == (health.maintenance > 0)
    assert not liquidatable(subaccount_health(-1, []))


@pytest.mark.rule("PRO-010")
@given(rates, st.integers(0, 10**15), st.integers(1, 10**15), st.integers(0, 3 * 10**15), st.integers(0, 10**15))
def test_the_initial_rate_rises_in_a_straight_line_between_the_caps(
    base: int, lower: int, width: int, held: int, more: int
) -> None:
    upper = lower + width
    rate = initial_rate(base, lower, upper, held)
    assert base <= rate <= initial_rate(base, lower, upper, held + more) <= PPM
    assert initial_rate(base, lower, upper, lower) == base
    assert initial_rate(base, lower, upper, upper) == PPM
    assert initial_rate(base, lower, 0, held) == base, "no upper cap"
    share = min(Fraction(1), max(Fraction(0), Fraction(held - lower, width)))
    assert 0 <= base + (PPM - base) * share - rate < 1


@pytest.mark.rule("PRO-010")
@given(st.integers(0, 10**15), rates, rates)
def test_the_owners_own_rate_counts_where_it_is_higher(notional: int, market: int, own: int) -> None:
    margin = initial_margin(notional, market, own)
    assert margin == max(initial_margin(notional, market, 0), initial_margin(notional, 0, own))
    assert (margin - 1) * PPM < notional * max(market, own) <= margin * PPM


@pytest.mark.rule("PRO-009")
@given(st.integers(1, 10**9), st.integers(-12, 0))
def test_a_whole_unit_is_worth_its_price(price: int, resolution: int) -> None:
    assert quantum_value(Fraction(price), resolution) * 10**-resolution == price * 10**6


@pytest.mark.rule("PRO-011")
@given(cash, several, st.integers(1, 10**8))
def test_what_is_left_is_covered_no_worse_than_before(quote: int, held: list[Holding], part: int) -> None:
    before, holding = subaccount_health(quote, held), held[0]
    assume(before.maintenance > 0)
    closed = min(part, abs(holding.quanta)) * (-1 if holding.quanta > 0 else 1)
    brought = bankruptcy_value(before, holding, closed)
    after = subaccount_health(quote + brought, [holding.close(closed), *held[1:]])
    assert after.equity * before.maintenance >= before.equity * after.maintenance
    one_less = after.equity - 1
    assert one_less * before.maintenance < before.equity * after.maintenance, "and with one quantum less it would be"


@pytest.mark.rule("PRO-011")
@given(cash, several)
def test_closing_everything_brings_in_the_cash_that_is_owed(quote: int, held: list[Holding]) -> None:
    before = subaccount_health(quote, held)
    assume(before.maintenance > 0)
    brought = [bankruptcy_value(before, holding, -holding.quanta) for holding in held]
    assert 0 <= sum(brought) + quote < len(held), "a single holding: to the quantum"


@pytest.mark.rule("PRO-011")
@given(holdings, st.integers(1, 10**8))
def test_what_does_not_close_is_refused(holding: Holding, more: int) -> None:
    side = 1 if holding.quanta > 0 else -1
    for quanta in (0, side * more, -holding.quanta - side * more):
        with pytest.raises(OutOfRange) as refused:
            bankruptcy_value(Health(0, 1, 1), holding, quanta)
        assert (refused.value.value, refused.value.limit) == (quanta, -holding.quanta)
    with pytest.raises(OutOfRange):
        bankruptcy_value(Health(0, 0, 0), holding, -holding.quanta)


@pytest.mark.rule("PRO-012")
@given(
    st.integers(1, 10**8), st.integers(0, 10**8), st.integers(-9, 0), st.booleans(), st.integers(-(10**6), 10**6), rates
)
def test_the_fund_pays_every_shortfall_and_takes_no_more_than_its_fee(
    quanta: int, subticks: int, exponent: int, bought: bool, surplus: int, fee: int
) -> None:
    fill = Fill(quanta, subticks, exponent, bought)
    assert 0 <= quanta * subticks * Fraction(10) ** exponent - fill.quote < 1
    change = fund_change(fill, (-fill.quote if bought else fill.quote) - surplus, fee)
    if surplus <= 0:
        assert change == surplus
    else:
        assert 0 <= change <= surplus, "who is liquidated ends no worse than bankrupt"
        assert change * PPM <= fill.quote * fee
        assert change == surplus or fill.quote * fee < (change + 1) * PPM


@pytest.mark.rule("PRO-012")
@given(st.integers(1, 10**8), st.integers(0, 10**8), st.integers(0, 10**6), st.booleans(), cash, rates)
def test_a_better_fill_never_costs_the_fund_more(
    quanta: int, subticks: int, apart: int, bought: bool, needed: int, fee: int
) -> None:
    low, high = (Fill(quanta, price, -6, bought) for price in (subticks, subticks + apart))
    worse, better = (high, low) if bought else (low, high)
    assert min(0, fund_change(worse, needed, fee)) <= min(0, fund_change(better, needed, fee))
