"""Laws of the rules of Bybit, OKX and Binance that are theirs alone, and of Hyperliquid's borrowing threshold."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from protocols.figures import amounts, fractions, shares, sizes

from stoplog.protocols import binance, bybit, okx
from stoplog.protocols.hyperliquid import borrowing_threshold

balances = fractions(1, 10**6)
drops = fractions(0, 1).map(lambda share: -share)


@pytest.mark.rule("PRO-026")
@given(balances, fractions(-1000, 10**6), amounts, sizes, drops, drops)
def test_bybit_deleverages_exactly_what_was_lost_beyond_the_start(
    largest: Fraction, balance: Fraction, profit: Fraction, lost: Fraction, start: Fraction, stop: Fraction
) -> None:
    pool = bybit.Pool(balance, largest, profit, profit + lost)
    trigger = bybit.Trigger(Fraction(0), start, max(start, stop))
    assert pool.drawdown * largest == -lost
    assert bybit.to_deleverage(pool, trigger) == max(0, lost + start * largest)
    assert bybit.deleveraging_starts(pool, trigger) == (balance <= 0 or -lost <= start * largest)
    assert not (bybit.deleveraging_starts(pool, trigger) and bybit.deleveraging_ends(pool, trigger))


@pytest.mark.rule("PRO-026")
def test_bybit_starts_at_the_boundary_and_waits_below_the_threshold() -> None:
    pool = bybit.Pool(Fraction(2_000_000), Fraction(2_000_000), Fraction(400_000), Fraction(1_000_000))
    trigger = bybit.Trigger(Fraction(1), Fraction("-0.3"), Fraction("-0.25"))
    assert bybit.deleveraging_starts(pool, trigger)
    assert not bybit.deleveraging_starts(pool._replace(profit=Fraction(400_001)), trigger)
    assert not bybit.deleveraging_starts(pool, trigger._replace(balance=Fraction(2_000_000)))
    assert bybit.deleveraging_starts(pool._replace(balance=Fraction(0), profit=Fraction(1_000_000)), trigger)


@pytest.mark.rule("PRO-027")
@given(balances, fractions(0, 1), balances)
def test_okx_falls_by_the_larger_of_a_share_and_an_amount(average: Fraction, drop: Fraction, floor: Fraction) -> None:
    threshold = okx.deleveraging_threshold(average, drop, floor)
    assert average - threshold == max(drop * average, floor)
    assert not okx.deleveraging_starts(max(threshold, Fraction(1)), average, drop, floor)
    assert okx.deleveraging_starts(threshold - Fraction(1, 10**6), average, drop, floor)
    assert okx.deleveraging_starts(Fraction(0), average, drop, floor)


@pytest.mark.rule("PRO-027")
@given(sizes, sizes)
def test_okx_closes_down_to_the_largest_of_the_tier(position: Fraction, largest: Fraction) -> None:
    assert position - okx.partial_close(position, largest) == min(position, largest)


@pytest.mark.rule("PRO-028")
@given(sizes, fractions(0, 1), fractions(0, 1), shares)
def test_okx_never_asks_less_than_the_floor_to_open_and_no_more_than_the_fee_to_close(
    contracts: Fraction, price: Fraction, fee: Fraction, margin: Fraction
) -> None:
    order = okx.OptionOrder(contracts, price, fee, Fraction("0.1"))
    needed = okx.sell_to_open_margin(order, margin, Fraction("0.1"))
    assert needed >= contracts / 100
    assert abs(needed - max(margin + fee - price / 10, Fraction(1, 100)) * contracts) <= contracts / 200_000
    assert 0 <= okx.sell_to_close_margin(order) <= fee * contracts


@pytest.mark.rule("PRO-028")
def test_okx_counts_the_margin_of_a_contract_to_five_decimals() -> None:
    order = okx.OptionOrder(Fraction(100), Fraction("0.06"), Fraction("0.00002"), Fraction("0.1"))
    assert okx.sell_to_open_margin(order, Fraction("0.0193212"), Fraction("0.1")) == Fraction("1.334")
    assert okx.sell_to_open_margin(order, Fraction("0.0001"), Fraction("0.1")) == 1
    assert okx.sell_to_close_margin(order) == 0


@pytest.mark.rule("PRO-029")
@given(fractions(0, 3))
def test_binance_has_one_status_for_a_ratio_and_the_harsher_at_a_bound(ratio: Fraction) -> None:
    order = list(binance.Status)
    above = [bound for bound, _ in binance.BANDS if ratio > bound]
    assert order.index(binance.status(ratio)) == len(binance.BANDS) - len(above)


@pytest.mark.rule("PRO-029")
@given(amounts, sizes, shares)
def test_binance_counts_a_debt_whole(amount: Fraction, price: Fraction, rate: Fraction) -> None:
    worth = amount * price
    assert binance.equity([binance.Asset(amount, price, rate)]) == (worth if worth < 0 else worth * rate)
    assert binance.equity([]) == 0


@pytest.mark.rule("PRO-030")
@given(sizes, shares, shares)
def test_hyperliquid_lends_between_the_loan_to_value_and_the_whole(
    collateral: Fraction, loan_to_value: Fraction, share: Fraction
) -> None:
    found = borrowing_threshold(collateral, loan_to_value, share)
    assert loan_to_value * collateral <= found <= collateral
    assert borrowing_threshold(collateral, loan_to_value) == collateral * (1 + loan_to_value) / 2
