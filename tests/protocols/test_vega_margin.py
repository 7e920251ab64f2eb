"""Laws of `stoplog.protocols.vega_margin`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from protocols.figures import amounts, fractions, held, prices, shares, sizes, volumes

from stoplog.protocols.vega_margin import (
    Averages,
    Exposure,
    Risk,
    Scaling,
    cross_levels,
    funding_payment,
    isolated_levels,
    liquidation_price,
    maintenance,
    margin_factor_accepted,
)

ONE = Fraction(1)
FINE = 10**9
"""Asset units so small that nothing is lost to rounding."""

risks = st.builds(Risk, shares, fractions(0, 1, 10**4), shares, shares)
exposures = st.builds(Exposure, volumes, sizes, sizes, amounts)
multiples = fractions(1, 3)
scalings = st.builds(Scaling, multiples, multiples, multiples)


@pytest.mark.rule("PRO-001", "RND-001")
@given(exposures, prices, risks)
def test_maintenance_is_rounded_up_by_less_than_a_unit(held: Exposure, mark: Fraction, risk: Risk) -> None:
    assert 0 <= maintenance(held, mark, risk, ONE) * FINE - maintenance(held, mark, risk, Fraction(FINE)) < FINE


@pytest.mark.rule("PRO-001")
@given(exposures, prices, risks)
def test_long_and_short_are_mirrored(held: Exposure, mark: Fraction, risk: Risk) -> None:
    mirrored = Exposure(-held.volume, held.sells, held.buys, -held.funding_per_contract)
    swapped = risk._replace(long_factor=risk.short_factor, short_factor=risk.long_factor)
    assert maintenance(mirrored, mark, swapped, ONE) == maintenance(held, mark, risk, ONE)


@pytest.mark.rule("PRO-001")
@given(exposures, prices, risks, sizes, st.sampled_from(("buys", "sells")))
def test_an_order_more_never_needs_less(held: Exposure, mark: Fraction, risk: Risk, size: Fraction, side: str) -> None:
    more = held._replace(**{side: getattr(held, side) + size})
    assert maintenance(more, mark, risk, ONE) >= maintenance(held, mark, risk, ONE)


@pytest.mark.rule("PRO-001")
@given(exposures, prices, risks, fractions(1, 10))
def test_a_larger_position_alone_never_needs_less(held: Exposure, mark: Fraction, risk: Risk, times: Fraction) -> None:
    alone = held._replace(buys=Fraction(0), sells=Fraction(0))
    larger = alone._replace(volume=alone.volume * times)
    assert maintenance(larger, mark, risk, ONE) >= maintenance(alone, mark, risk, ONE)


@pytest.mark.rule("PRO-001")
@given(held, shares, prices, risks)
@example(Fraction(-5), ONE, Fraction(100), Risk(Fraction(0), Fraction(0), ONE, Fraction(1, 2)))
def test_orders_that_can_only_close_need_nothing(volume: Fraction, part: Fraction, mark: Fraction, risk: Risk) -> None:
    closing = {"sells" if volume > 0 else "buys": abs(volume) * part}
    alone = maintenance(Exposure(volume), mark, risk, ONE)
    assert maintenance(Exposure(volume)._replace(**closing), mark, risk, ONE) == alone


@pytest.mark.rule("PRO-001")
@given(exposures, prices, risks)
def test_funding_to_be_received_counts_for_nothing_and_funding_due_in_full(
    held: Exposure, mark: Fraction, risk: Risk
) -> None:
    without = maintenance(held._replace(funding_per_contract=Fraction(0)), mark, risk, Fraction(FINE))
    due = held.funding_per_contract * held.volume
    assert maintenance(held, mark, risk, Fraction(FINE)) - without == (due * FINE if due > 0 else 0)


@pytest.mark.rule("PRO-001")
@given(exposures, prices, risks, scalings)
def test_isolated_levels_are_those_of_the_position_without_orders(
    held: Exposure, mark: Fraction, risk: Risk, scaling: Scaling
) -> None:
    isolated = isolated_levels(held, mark, risk, scaling, ONE)
    cross = cross_levels(held, mark, risk, scaling, ONE)
    alone = cross_levels(held._replace(buys=Fraction(0), sells=Fraction(0)), mark, risk, scaling, ONE)
    assert isolated == alone._replace(search=0, release=0)
    assert isolated.maintenance <= cross.maintenance
    assert cross.maintenance <= min(cross.search, cross.initial, cross.release), "factors of at least 1"


@pytest.mark.rule("PRO-002")
@given(held, amounts, prices, amounts, risks)
def test_at_the_liquidation_price_collateral_is_the_maintenance(
    volume: Fraction, funding: Fraction, mark: Fraction, collateral: Fraction, risk: Risk
) -> None:
    position = Exposure(volume, funding_per_contract=funding)
    price = liquidation_price(position, mark, collateral, risk)
    assume(price is not None and price > 0)
    assert price is not None
    left = collateral + volume * (price - mark)
    assert maintenance(position, price, risk, Fraction(FINE)) - left * FINE < 1
    assert maintenance(position, price, risk, Fraction(FINE)) >= left * FINE


@pytest.mark.rule("PRO-002")
@given(held, prices, amounts, fractions(0, 1000), risks)
def test_more_collateral_never_brings_it_nearer(
    volume: Fraction, mark: Fraction, collateral: Fraction, more: Fraction, risk: Risk
) -> None:
    assume(risk.rate(volume) < 1)
    before, after = (
        liquidation_price(Exposure(volume), mark, put_in, risk) for put_in in (collateral, collateral + more)
    )
    assert before is not None
    assert after is not None
    assert after <= before if volume > 0 else after >= before


@pytest.mark.rule("PRO-002")
@given(prices, amounts, risks)
def test_without_a_position_there_is_none(mark: Fraction, collateral: Fraction, risk: Risk) -> None:
    assert liquidation_price(Exposure(Fraction(0)), mark, collateral, risk) is None
    falls_alike = Risk(Fraction(0), Fraction(0), ONE, ONE)
    assert liquidation_price(Exposure(ONE), mark, collateral, falls_alike) is None


@pytest.mark.rule("PRO-005")
@given(fractions(-1, 3), held, prices, risks)
def test_an_accepted_factor_covers_the_maintenance_of_what_it_opens(
    factor: Fraction, volume: Fraction, price: Fraction, risk: Risk
) -> None:
    linear = risk._replace(quadratic_slippage=Fraction(0))
    needed = [maintenance(Exposure(side * volume), price, linear, Fraction(FINE)) for side in (1, -1)]
    covered = factor * abs(volume) * price * FINE
    assert margin_factor_accepted(factor, risk) == (factor > 0 and all(covered > due for due in needed))


@pytest.mark.rule("PRO-006")
@given(prices, prices, shares, shares, shares, shares)
def test_funding_is_the_distance_and_a_share_of_the_index_between_the_clamps(
    perpetual: Fraction, index: Fraction, years: Fraction, interest: Fraction, low: Fraction, spread: Fraction
) -> None:
    over = Averages(perpetual, index, years)
    paid = funding_payment(over, interest, low, low + spread)
    assert low * index <= paid - (perpetual - index) <= (low + spread) * index
    assert funding_payment(over, interest, low, low) == perpetual - index + low * index
    assert funding_payment(over, interest, -perpetual / index, Fraction(4)) == index * years * interest, "clamps apart"


@pytest.mark.rule("PRO-006")
@given(prices, prices, fractions(0, 100), shares, shares, fractions(-1, 1), shares)
def test_a_dearer_perpetual_never_pays_its_holder_more(
    perpetual: Fraction,
    index: Fraction,
    dearer: Fraction,
    years: Fraction,
    interest: Fraction,
    low: Fraction,
    spread: Fraction,
) -> None:
    paid = [
        funding_payment(Averages(price, index, years), interest, low, low + spread)
        for price in (perpetual, perpetual + dearer)
    ]
    assert paid[0] <= paid[1]
