"""A fitted slice: exact where the quotes are a slice, free of arbitrage whatever they are."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stoplog.pricing.quotes import Quotes
from stoplog.pricing.svi import Slice, butterfly, calendar
from stoplog.pricing.svi_fit import fit_slice

SLICES = st.builds(
    Slice,
    a=st.floats(0.001, 0.05),
    b=st.floats(0.02, 0.3),
    rho=st.floats(-0.7, 0.7),
    m=st.floats(-0.15, 0.15),
    s=st.floats(0.05, 0.5),
)

STRIKES = np.linspace(-0.6, 0.6, 25)


def quoted(part: Slice, years: float = 0.25, k: np.ndarray = STRIKES) -> Quotes:
    return Quotes(years, k, np.array([part.volatility(float(x), years) for x in k]))


def misses(part: Slice, quotes: Quotes) -> np.ndarray:
    """Differences in volatility points."""
    return 100 * (np.array([part.volatility(float(x), quotes.years) for x in quotes.k]) - quotes.volatility)


@pytest.mark.rule("SRF-002")
@given(SLICES)
def test_quotes_of_a_slice_give_the_slice_back(part: Slice) -> None:
    assume(butterfly(part) is None)
    found = fit_slice(quoted(part))
    assert np.abs(misses(found, quoted(part))).max() < 1e-3


@pytest.mark.rule("SRF-002")
def test_no_slice_nearby_is_nearer_to_the_quotes() -> None:
    draw = np.random.default_rng(5)
    part = Slice(0.01, 0.12, -0.3, 0.02, 0.15)
    exact = quoted(part)
    quotes = Quotes(0.25, exact.k, exact.volatility + draw.normal(0, 0.005, exact.k.size))
    found = fit_slice(quotes)

    def total(tried: Slice) -> float:
        return float(np.sum(quotes.weights() * misses(tried, quotes) ** 2))

    for _ in range(300):
        moved = Slice(*(value * (1 + 0.02 * draw.normal()) for value in found))
        assert total(moved) > total(found) * (1 - 1e-3)


@pytest.mark.rule("SRF-002")
def test_what_weighs_more_is_met_more_closely() -> None:
    bent = 0.4 + 0.02 * np.cos(12 * STRIKES)
    quotes = Quotes(0.25, STRIKES, bent)
    missed = np.abs(misses(fit_slice(quotes), quotes))
    near = np.abs(quotes.deviations()) < 1
    assert quotes.weights()[near].min() > quotes.weights()[~near].max()
    assert missed[near].mean() < missed[~near].mean()


NOISE = st.lists(st.floats(-0.1, 0.1), min_size=STRIKES.size, max_size=STRIKES.size)


@pytest.mark.rule("SRF-003")
@settings(max_examples=40)
@given(SLICES, NOISE)
def test_whatever_is_quoted_no_butterfly_costs_less_than_nothing(part: Slice, noise: list[float]) -> None:
    exact = quoted(part)
    found = fit_slice(Quotes(0.25, STRIKES, np.maximum(exact.volatility + np.array(noise), 0.01)))
    assert butterfly(found) is None


@pytest.mark.rule("SRF-003")
@settings(max_examples=40)
@given(SLICES, SLICES, NOISE)
def test_whatever_is_quoted_no_calendar_costs_less_than_nothing(before: Slice, part: Slice, noise: list[float]) -> None:
    assume(butterfly(before) is None)
    exact = quoted(part, 0.3)
    found = fit_slice(Quotes(0.3, STRIKES, np.maximum(exact.volatility + np.array(noise), 0.01)), before)
    assert butterfly(found) is None
    assert calendar(before, found) is None


@pytest.mark.rule("SRF-003")
def test_quotes_that_are_nothing_like_a_smile_give_slices_without_arbitrage_too() -> None:
    draw = np.random.default_rng(3)
    before = None
    for _ in range(24):
        k = np.sort(draw.normal(0, 10 ** draw.uniform(-3, 1), draw.integers(5, 40)))
        quotes = Quotes(10 ** draw.uniform(-3.5, 1), k, np.exp(draw.normal(-0.5, 1) + draw.normal(0, 1, k.size)))
        found = fit_slice(quotes, before)
        assert butterfly(found) is None
        assert before is None or calendar(before, found) is None
        before = found


@pytest.mark.rule("SRF-003")
def test_the_limits_change_nothing_where_they_do_not_bind() -> None:
    part = Slice(0.02, 0.12, -0.3, 0.02, 0.15)
    near, far = part.scaled(0.5), part.scaled(2.0)
    free = fit_slice(quoted(part))
    held = fit_slice(quoted(part), near, [quoted(far, 0.5)])
    assert np.abs(misses(held, quoted(part)) - misses(free, quoted(part))).max() < 1e-3


@pytest.mark.rule("SRF-003")
def test_a_wing_that_is_not_quoted_does_not_lift_a_later_expiry() -> None:
    near = Quotes(0.1, np.linspace(-0.1, 0.1, 7), 0.5 + 2.0 * np.linspace(-0.1, 0.1, 7) ** 2 * 10)
    later = quoted(Slice(0.03, 0.05, -0.2, 0.0, 0.4), 0.2)
    alone = fit_slice(later, fit_slice(near))
    together = fit_slice(later, fit_slice(near, None, [later]))
    assert np.abs(misses(alone, later)).max() > 10
    assert np.abs(misses(together, later)).max() < np.abs(misses(alone, later)).max() / 3


@pytest.mark.rule("SRF-002")
def test_the_same_quotes_give_the_same_slice() -> None:
    quotes = Quotes(0.25, STRIKES, 0.4 + 0.02 * np.cos(12 * STRIKES))
    assert fit_slice(quotes) == fit_slice(quotes)


@pytest.mark.rule("SRF-002")
@pytest.mark.parametrize(
    ("quotes", "words"),
    [
        (Quotes(0.25, STRIKES[:4], np.full(4, 0.5)), "k: 4 different values, 5 are needed"),
        (Quotes(0.25, np.zeros(9), np.full(9, 0.5)), "k: 1 different values"),
        (Quotes(0.25, STRIKES, np.full(25, -0.5)), "volatility: -0.5 is not a finite number above 0"),
        (Quotes(0.0, STRIKES, np.full(25, 0.5)), "years: 0.0 is not a finite number above 0"),
        (Quotes(0.25, np.full(25, np.nan), np.full(25, 0.5)), "k: nan is not a finite number$"),
        (Quotes(0.25, STRIKES, np.full(24, 0.5)), r"k, volatility: shapes \(25,\) and \(24,\) differ"),
    ],
)
def test_what_cannot_be_fitted_is_said(quotes: Quotes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_slice(quotes)
