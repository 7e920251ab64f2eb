"""Arrays and composite deltas from a file's own inputs, and the price function behind them."""

from __future__ import annotations

from math import exp
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.span.arrays import Moment, Ranges, composite_delta, future_array, option_array, recomputed
from stoplog.span.layout import PointSet, SpanFile
from stoplog.span.option_value import Terms, european_delta, european_value
from stoplog.span.points import CME_COVER, CME_EXTREME, delta_points, scan_points

POINTS = PointSet(rate=1, scan=scan_points(CME_EXTREME, CME_COVER), delta=delta_points())


@pytest.mark.rule("SPN-011")
def test_every_array_of_takasbanks_file_comes_from_its_own_inputs(takasbank: SpanFile) -> None:
    found = list(recomputed(takasbank))
    assert len(found) == 2_628
    apart, deltas, other = [], [], []
    for made in found:
        printed, scan = made.option.arrays[0], made.series.scan[0].price
        assert scan is not None
        errors = [abs(loss - float(at)) / float(scan) for loss, at in zip(made.losses, printed.losses, strict=True)]
        apart += errors
        other += [] if made.family.product.startswith("XU030") else errors
        deltas.append(abs(made.delta - float(printed.delta)))
    assert len(apart) == 2_628 * 16
    assert max(apart) < 1.4e-4, "of the price scan range"
    assert median(apart) < 1e-6
    assert max(other) < 5e-6, "all but the index whose price is printed with three decimals"
    assert max(deltas) < 1.1e-4
    assert median(deltas) < 1e-6


@pytest.mark.rule("SPN-011")
def test_every_array_of_takasbanks_futures_is_shares_of_the_scan_range(takasbank: SpanFile) -> None:
    points = takasbank.at.organisation.points[0]
    for family in takasbank.at.organisation.exchanges[0].futures:
        for future in family.futures:
            scan = float(future.scan[0].price or 0)
            expected = future_array(scan, points)
            for loss, printed in zip(expected, future.arrays[0].losses, strict=True):
                assert loss == pytest.approx(float(printed), abs=2e-6 * scan + 1e-6)


@pytest.mark.rule("SPN-011")
@given(
    st.floats(0.01, 1e6), st.floats(0.5, 2), st.floats(0, 3), st.floats(0, 5), st.floats(-0.05, 0.2), st.floats(0, 0.5)
)
def test_calls_and_puts_differ_by_the_forward(
    price: float, moneyness: float, volatility: float, years: float, rate: float, dividend: float
) -> None:
    strike = price * moneyness
    call, put = (european_value(Terms(sign, strike, rate, dividend), price, volatility, years) for sign in (1, -1))
    forward = price * exp(-dividend * years) - strike * exp(-rate * years)
    assert call - put == pytest.approx(forward, abs=1e-9 * price)
    assert min(call, put) >= -1e-12 * price
    deltas = [european_delta(Terms(sign, strike, rate, dividend), price, volatility, years) for sign in (1, -1)]
    assert deltas[0] - deltas[1] == pytest.approx(exp(-dividend * years), abs=1e-12)


@pytest.mark.rule("SPN-011")
@pytest.mark.parametrize(
    ("sign", "price", "expected"), [(1, 120, 20), (-1, 120, 0), (1, 0, 0), (-1, 0, 100), (-1, -5, 105)]
)
def test_without_time_or_volatility_an_option_is_worth_its_payoff(sign: int, price: float, expected: float) -> None:
    terms = Terms(sign, 100, 0.05, 0)
    assert european_value(terms, price, 0.5, 0) == expected
    assert european_value(Terms(sign, 100, 0, 0), price, 0, 1) == expected


@pytest.mark.rule("SPN-011")
def test_arrays_follow_the_scenarios() -> None:
    assert future_array(9_000, POINTS)[2] == pytest.approx(-3_000)
    assert future_array(9_000, POINTS)[14:] == pytest.approx((-8_910, 8_910))
    terms, now = Terms(1, 60_000, 0, 0), Moment(60_000, 0.6, 0.25)
    ranges = Ranges(9_000, 0.15, 1 / 365)
    losses = option_array(terms, now, ranges, 1, POINTS)
    worth = european_value(terms, 60_000, 0.6, 0.25)
    after = european_value(terms, 51_000, 0.45, 0.25 - 1 / 365)
    assert losses[13] == pytest.approx(worth - after)
    assert max(losses) <= worth
    assert 0.4 < composite_delta(terms, now, ranges, POINTS) < 0.6
