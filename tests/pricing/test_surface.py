"""A surface between its slices and beside them: levels, thin expiries, checks."""

from itertools import pairwise
from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stoplog.pricing.black import time_value
from stoplog.pricing.quotes import Quotes
from stoplog.pricing.surface import Knot, Surface, fit_surface
from stoplog.pricing.surface_checks import checked
from stoplog.pricing.svi import Blend, Slice, butterfly, butterfly_between, butterfly_value, calendar
from tests.pricing.test_svi_fit import SLICES

K = np.linspace(-1.5, 1.5, 61)
NEAR = Slice(0.01, 0.1, -0.3, 0.0, 0.1)
FAR = Slice(0.03, 0.15, -0.2, 0.0, 0.2)
STRIKES = np.linspace(-0.4, 0.4, 17)


def quoted(part: Slice | Blend, years: float, k: np.ndarray = STRIKES) -> Quotes:
    return Quotes(years, k, np.array([sqrt(part.total_variance(float(x)) / years) for x in k]))


def variances(surface: Surface, years: float) -> np.ndarray:
    return np.array([surface.total_variance(float(k), years) for k in K])


@pytest.mark.rule("SRF-001")
def test_used_are_options_worth_a_ten_thousandth_of_the_forward() -> None:
    quotes = Quotes(0.02, np.linspace(-0.5, 0.5, 41), np.full(41, 0.5))
    used = quotes.used()
    worth = {k: time_value(1.0, exp(k), 0.5 * sqrt(0.02)) for k in quotes.k.tolist()}
    assert set(used.k.tolist()) == {k for k, value in worth.items() if value >= 1e-4}
    assert 0 < used.k.size < 41


@pytest.mark.rule("SRF-001")
def test_a_quote_weighs_the_normal_density_of_its_deviations_but_not_less_than_a_tenth() -> None:
    quotes = Quotes(0.25, np.array([0.0, 0.25, 0.5, -2.0]), np.full(4, 0.5))
    assert quotes.deviations().tolist() == [0.0, 1.0, 2.0, -8.0]
    assert quotes.weights() == pytest.approx([1.0, exp(-0.5), exp(-2.0), 0.1])


@pytest.mark.rule("SRF-004")
@given(SLICES, st.floats(0.001, 1.0))
def test_a_slice_scaled_down_stays_free_of_butterflies(part: Slice, factor: float) -> None:
    assume(butterfly(part) is None)
    assert butterfly(part.scaled(factor)) is None
    for k in (-1.0, -0.2, 0.1, 0.7):
        first = part.slopes(k)[0]
        straight = (1 - 0.5 * k * first / part.total_variance(k)) ** 2
        expected = factor * butterfly_value(part, k) + (1 - factor) * straight
        expected += factor * (1 - factor) * first**2 / 16
        assert butterfly_value(part.scaled(factor), k) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.rule("SRF-004")
@given(SLICES, st.floats(1.0, 3.0), st.floats(-0.6, 0.6), st.lists(st.floats(0.01, 3.0), min_size=2, unique=True))
def test_between_slices_without_calendar_below_zero_there_is_none(
    near: Slice, rise: float, tilt: float, at: list[float]
) -> None:
    far = near.scaled(rise)._replace(rho=tilt)
    far = far._replace(a=far.a + far.b * far.s)
    assume(calendar(near, far) is None)
    surface = Surface((near, far), (Knot(0.5, 1.0), Knot(1.0, 1.4), Knot(1.5, 2.0)))
    rows = [variances(surface, years) for years in sorted([*at, 0.5, 1.0, 1.5])]
    assert all((later >= earlier - 1e-12).all() for earlier, later in pairwise(rows))


@pytest.mark.rule("SRF-004")
def test_the_total_variance_lies_on_a_straight_line_in_time() -> None:
    surface = Surface((NEAR, FAR), (Knot(0.5, 1.0), Knot(1.5, 2.0)))
    for k in (-0.4, 0.0, 0.3):
        near, far = NEAR.total_variance(k), FAR.total_variance(k)
        assert surface.total_variance(k, 0.75) == pytest.approx(0.75 * near + 0.25 * far)
        assert surface.total_variance(k, 0.5) == near
        assert surface.total_variance(k, 1.5) == far
        assert surface.volatility(exp(k), 0.1) == pytest.approx(NEAR.volatility(k, 0.5))
        assert surface.volatility(exp(k), 4.0) == pytest.approx(FAR.volatility(k, 1.5))


@pytest.mark.rule("SRF-004")
def test_a_blend_has_the_derivatives_of_its_variance() -> None:
    blend = Blend(NEAR, FAR, 0.3)
    for k in (-0.4, 0.05, 0.9):
        first, second = blend.slopes(k)
        step = (blend.total_variance(k + 1e-5) - blend.total_variance(k - 1e-5)) / 2e-5
        assert first == pytest.approx(step, abs=1e-8)
        assert second == pytest.approx((blend.slopes(k + 1e-5)[0] - blend.slopes(k - 1e-5)[0]) / 2e-5, abs=1e-6)
    assert butterfly_between(blend) is None


@pytest.mark.rule("SRF-004")
@pytest.mark.parametrize(
    ("moneyness", "years", "words"),
    [
        (1.0, 0.0, "years: 0.0 is not a finite number above 0"),
        (1.0, float("inf"), "years: inf"),
        (-1.0, 1.0, "moneyness: -1.0 is not a finite number above 0"),
    ],
)
def test_what_a_surface_cannot_answer_is_said(moneyness: float, years: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Surface((NEAR,), (Knot(0.5, 1.0),)).volatility(moneyness, years)


@pytest.mark.rule("SRF-003", "SRF-004")
@settings(max_examples=15)
@given(st.lists(SLICES, min_size=2, max_size=4))
def test_whatever_is_quoted_the_surface_has_no_calendar_below_zero(parts: list[Slice]) -> None:
    surface = fit_surface([quoted(part, 0.1 * (place + 1)) for place, part in enumerate(parts)])
    rows = [variances(surface, years) for years in np.linspace(0.02, 0.6, 30)]
    assert all((later >= earlier - 1e-12).all() for earlier, later in pairwise(rows))
    assert all(butterfly(part) is None for part in surface.slices)


@pytest.mark.rule("SRF-005")
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_thin_expiry_is_put_at_the_level_its_quotes_lie_on(share: float) -> None:
    thin = quoted(Blend(NEAR, FAR, share), 0.6, np.array([-0.1, 0.0, 0.1]))
    surface = fit_surface([quoted(NEAR, 0.5), thin, quoted(FAR, 1.5)])
    assert [knot.years for knot in surface.knots] == [0.5, 0.6, 1.5]
    assert surface.knots[1].level == pytest.approx(1.0 + share, abs=1e-3)
    line = checked(surface, [quoted(NEAR, 0.5), thin, quoted(FAR, 1.5)])[1]
    assert line.method == "level"
    assert np.abs(line.errors).max() < 0.01
    assert line.passes()


@pytest.mark.rule("SRF-005")
def test_a_thin_expiry_is_held_between_its_neighbours() -> None:
    k = np.array([-0.1, 0.0, 0.1])
    high, low = Quotes(0.6, k, np.full(3, 2.0)), Quotes(0.8, k, np.full(3, 0.05))
    surface = fit_surface([quoted(NEAR, 0.5), high, low, quoted(FAR, 1.5)])
    assert [knot.level for knot in surface.knots] == [1.0, 2.0, 2.0, 2.0]


@pytest.mark.rule("SRF-005")
def test_thin_expiries_before_the_first_slice_and_after_the_last_are_scaled() -> None:
    k = np.array([-0.1, 0.0, 0.1])
    early, late = quoted(NEAR.scaled(0.4), 0.3, k), quoted(NEAR.scaled(1.5), 0.9, k)
    surface = fit_surface([early, quoted(NEAR, 0.5), late])
    assert [round(knot.level, 3) for knot in surface.knots] == [0.4, 1.0, 1.5]
    assert surface.volatility(1.0, 1.8) == pytest.approx(surface.volatility(1.0, 0.9))
    lower = fit_surface([quoted(NEAR, 0.5), quoted(NEAR.scaled(0.5), 0.9, k)])
    assert lower.knots[1].level == 1.0


@pytest.mark.rule("SRF-005")
def test_where_every_expiry_is_thin_each_is_flat_and_none_below_the_one_before() -> None:
    k = np.array([-0.1, 0.1])
    chain = [Quotes(0.5, k, np.full(2, 0.8)), Quotes(0.6, k, np.full(2, 0.3)), Quotes(1.0, k, np.array([0.7, 0.9]))]
    surface = fit_surface(chain)
    assert [part.b for part in surface.slices] == [0.0, 0.0, 0.0]
    levels = [part.total_variance(0.0) for part in surface.slices]
    assert levels[:2] == pytest.approx([0.32, 0.32])
    assert 0.7**2 < levels[2] < 0.9**2
    assert {line.method for line in checked(surface, chain)} == {"flat"}


@pytest.mark.rule("SRF-005")
def test_an_expiry_without_a_used_quote_lies_where_its_time_lies() -> None:
    unused = Quotes(1.0, np.array([3.0, 4.0]), np.array([0.4, 0.4]))
    chain = [quoted(NEAR, 0.5), unused, quoted(FAR, 1.5)]
    surface = fit_surface(chain)
    assert surface.level(1.0) == pytest.approx(1.5)
    line = checked(surface, chain)[1]
    assert (line.method, line.errors.size) == ("time", 0)


@pytest.mark.rule("SRF-005")
def test_what_no_surface_can_be_fitted_to_is_said() -> None:
    with pytest.raises(ValueError, match="quotes: none is worth"):
        fit_surface([Quotes(1.0, np.array([3.0]), np.array([0.4]))])
    with pytest.raises(ValueError, match=r"years: 0\.5 after 0\.5 does not rise"):
        fit_surface([quoted(NEAR, 0.5), quoted(FAR, 0.5)])


@pytest.mark.rule("SRF-003")
def test_the_checks_name_what_is_wrong_with_a_surface_made_by_hand() -> None:
    crossing = Surface((FAR, NEAR), (Knot(0.5, 1.0), Knot(1.5, 2.0)))
    first, second = checked(crossing, [quoted(FAR, 0.5), quoted(NEAR, 1.5)])
    assert first.passes()
    assert not second.passes()
    assert second.calendar is not None
    steep = Surface((Slice(0.04, 1.6, 0.3, 0.0, 0.2),), (Knot(0.5, 1.0),))
    found = checked(steep, [quoted(NEAR, 0.5)])[0]
    assert found.butterfly is not None
    assert not found.passes()


@pytest.mark.rule("SRF-004")
def test_two_slices_free_of_butterflies_can_have_one_between_them() -> None:
    near = Slice(-0.02393, 0.24494, 0.76991, -0.10561, 0.19452)
    far = Slice(0.008124, 0.78447, 0.94726, -0.50357, 0.010664)
    assert butterfly(near) is None
    assert butterfly(far) is None
    found = butterfly_between(Blend(near, far, 0.5))
    assert found is not None
    assert butterfly_value(Blend(near, far, 0.5), found.k) == found.value < 0
