"""SVI slices: what they are worth and where they can be arbitraged, against brute force."""

import math
import random

import pytest
from mpmath import diff, log, mpf

from stoplog.pricing.svi import Slice, butterfly, butterfly_value, calendar
from tests.pricing import precise

FIT = Slice(0.0245, 0.1094, -0.4150, -0.1191, 0.1724)
"""Much like an expiry of Ether five weeks out."""


def density(part: Slice, strike: float) -> float:
    """The second derivative of the undiscounted call by strike, with the variance of the slice."""

    def call(k: mpf) -> mpf:
        x = log(k)
        arm = precise.sqrt((x - part.m) ** 2 + mpf(part.s) ** 2)
        w = part.a + part.b * (part.rho * (x - part.m) + arm)
        return precise.undiscounted(mpf(1), k, precise.sqrt(w), is_call=True)

    return float(diff(call, mpf(strike), 2))


@pytest.mark.rule("PRI-006")
@pytest.mark.parametrize("k", [-1.5, -0.3, 0.0, 0.2, 0.9])
@pytest.mark.parametrize("part", [FIT, Slice(0.001, 0.3, 0.7, 0.4, 0.05)])
def test_the_butterfly_value_is_the_density_up_to_its_factor(part: Slice, k: float) -> None:
    w = part.total_variance(k)
    factor = math.exp(-0.5 * (-k / math.sqrt(w) - 0.5 * math.sqrt(w)) ** 2) / math.sqrt(2 * math.pi * w)
    assert density(part, math.exp(k)) * math.exp(k) == pytest.approx(butterfly_value(part, k) * factor, rel=1e-7)


@pytest.mark.rule("PRI-006")
def test_the_derivatives_are_those_of_the_variance() -> None:
    for k in (-2.0, -0.1191, 0.0, 3.0):
        first, second = FIT.slopes(k)
        assert first == pytest.approx((FIT.total_variance(k + 1e-6) - FIT.total_variance(k - 1e-6)) / 2e-6, abs=1e-9)
        assert second == pytest.approx((FIT.slopes(k + 1e-6)[0] - FIT.slopes(k - 1e-6)[0]) / 2e-6, abs=1e-7)


@pytest.mark.rule("PRI-006")
def test_a_slice_is_called_free_of_butterflies_exactly_where_brute_force_finds_none() -> None:
    draw = random.Random(6)
    found = {True: 0, False: 0}
    for _ in range(150):
        part = Slice(
            draw.uniform(0, 0.1),
            draw.uniform(0, 0.8),
            draw.uniform(-0.9, 0.9),
            draw.gauss(0, 0.3),
            draw.uniform(0.02, 0.5),
        )
        grid = [part.m + i / 400 for i in range(-2400, 2401)]
        lowest = min(butterfly_value(part, k) for k in grid)
        if abs(lowest) < 1e-5:
            continue
        violation = butterfly(part)
        assert (violation is not None) == (lowest < 0), part
        found[violation is None] += 1
        if violation is not None and math.isfinite(violation.k):
            assert butterfly_value(part, violation.k) == violation.value < 0
    assert min(found.values()) > 10


@pytest.mark.rule("PRI-006")
def test_wings_and_least_variance_are_checked_exactly() -> None:
    steep = butterfly(Slice(0.04, 1.6, 0.3, 0.0, 0.2))
    assert steep is not None
    assert steep.k == math.inf
    assert steep.value == pytest.approx(-0.08)
    negative = butterfly(Slice(-0.05, 0.2, 0.5, 0.1, 0.2))
    assert negative is not None
    assert Slice(-0.05, 0.2, 0.5, 0.1, 0.2).total_variance(negative.k) == pytest.approx(negative.value)
    assert butterfly(Slice(0.04, 0.0, 0.0, 0.0, 0.2)) is None


@pytest.mark.rule("PRI-006")
def test_slices_that_cross_are_found_at_the_widest_crossing() -> None:
    draw = random.Random(7)
    crossed = 0
    for _ in range(150):
        far = FIT._replace(a=FIT.a + draw.gauss(0.005, 0.005), rho=draw.uniform(-0.6, 0.2), b=0.11 + draw.random() / 20)
        grid = [i / 200 for i in range(-1600, 1601)]
        gap = min(far.total_variance(k) - FIT.total_variance(k) for k in grid)
        wings = min(far.b * (1 + s * far.rho) - FIT.b * (1 + s * FIT.rho) for s in (-1, 1))
        violation = calendar(FIT, far)
        assert (violation is not None) == (gap < 0 or wings < 0)
        if violation is not None and math.isfinite(violation.k):
            assert violation.value <= gap
        crossed += violation is not None
    assert 20 < crossed < 130
    assert calendar(FIT, FIT) is None


@pytest.mark.rule("PRI-006")
def test_the_worked_figures() -> None:
    part = Slice(0.04, 0.1, -0.3, 0.0, 0.2)
    assert round(part.total_variance(0.1), 6) == 0.059361
    assert round(part.volatility(0.1, 0.25), 4) == 0.4873
    assert round(butterfly_value(part, 0.1), 4) == 1.1533
