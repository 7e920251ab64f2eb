"""Surds beside one another and on arcs, against decimals of two hundred digits."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.margin.arcs import NOTHING, Arc, added, arc_index
from stoplog.margin.surds import Surd, compare_surds, root_of

SMALL = st.integers(-40, 40)
ROOTS = st.builds(root_of, SMALL, st.sampled_from([-1, 1]), st.integers(0, 60), st.integers(1, 9))
SURDS = ROOTS | st.tuples(SMALL, st.integers(1, 9)).map(lambda parts: Surd(*parts))


def decimal(surd: Surd) -> Decimal:
    """Inside a context of two hundred digits."""
    return (surd.whole + surd.sign * Decimal(surd.radicand).sqrt()) / surd.divisor


def sign(value: Decimal) -> int:
    """Numbers of this size that differ do so long before the hundredth digit."""
    return 0 if abs(value) < Decimal("1e-100") else 1 if value > 0 else -1


@pytest.mark.rule("CAL-018")
@settings(max_examples=800, deadline=None)
@given(SURDS, SURDS)
def test_two_surds_are_compared_exactly(one: Surd, other: Surd) -> None:
    with localcontext() as context:
        context.prec = 200
        assert compare_surds(one, other) == sign(decimal(one) - decimal(other))
    assert compare_surds(one, one) == 0


@pytest.mark.rule("CAL-018")
@settings(max_examples=800, deadline=None)
@given(st.integers(-9, 0), SMALL, SMALL, SURDS)
def test_the_sign_of_an_arc_at_a_surd_is_exact(quad: int, rate: int, level: int, at: Surd) -> None:
    arc = Arc(NOTHING, quad, rate, level)
    with localcontext() as context:
        context.prec = 200
        place = decimal(at)
        assert arc.sign_at(at) == sign((quad * place + rate) * place + level)


CURVES = st.lists(
    st.dictionaries(st.integers(1, 12), st.tuples(st.integers(-3, 0), SMALL, SMALL, st.booleans()), max_size=4).map(
        lambda later: [
            Arc(Surd(start, 2) if start else NOTHING, quad, rate, level, idle)
            for start, (quad, rate, level, idle) in sorted({0: (0, 1, 2, True), **later}.items())
        ]
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.rule("CAL-020")
@settings(max_examples=400, deadline=None)
@given(CURVES, st.integers(1, 30))
def test_a_sum_of_curves_is_their_sum_everywhere(curves: list[list[Arc]], quarter: int) -> None:
    at = Surd(quarter, 4)
    parts = [curve[arc_index(curve, at)] for curve in curves]
    whole = added(curves)
    arc = whole[arc_index(whole, at)]
    place = Fraction(quarter, 4)

    def value(part: Arc) -> Fraction:
        return (part.quad * place + part.rate) * place + part.level

    assert value(arc) == sum(map(value, parts))
    assert arc.idle == all(part.idle for part in parts)
    assert all(compare_surds(low.start, high.start) < 0 for low, high in pairwise(whole))
