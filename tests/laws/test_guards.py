"""Laws of `stoplog.margin.guards`."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.figures import scaled
from laws.modes import both_modes, call

from stoplog.codes import DOUBTS, GUARD_POLICY_DEFAULT, GUARD_POLICY_MAX, Doubt, Use
from stoplog.margin import guards
from stoplog.margin.guards import APART_MAX, Limits, apart, doubt_of, goes_on, is_stale, persists, taken_from
from stoplog.units import GRACE_MAX, PRICE_MAX, RATE_ONE, TIME_MAX

prices = scaled(1, PRICE_MAX)
rates = scaled(0, RATE_ONE)
times = scaled(0, TIME_MAX)
spans = scaled(0, GRACE_MAX)


def exactly_apart(price: int, reference: int) -> Fraction:
    return Fraction(abs(price - reference) * RATE_ONE, reference)


@both_modes
@pytest.mark.rule("GRD-001")
@given(price=prices, reference=prices, limit=rates)
def test_a_distance_is_rounded_up_and_above_a_limit_where_the_fraction_is(
    mode: str, price: int, reference: int, limit: int
) -> None:
    exact, found = exactly_apart(price, reference), call(mode, apart, price, reference, RATE_ONE)
    assert found == min(APART_MAX, ceil(exact))
    assert (found > limit) == (exact > limit)


@both_modes
@pytest.mark.rule("GRD-001")
@given(
    limits=st.builds(Limits, rates, rates, rates),
    price=prices,
    confidence=rates,
    second=prices | st.just(0),
    mark=prices | st.just(0),
)
def test_the_first_doubt_is_the_first_limit_that_is_passed(
    mode: str, limits: Limits, price: int, confidence: int, second: int, mark: int
) -> None:
    doubt, figure, limit = call(mode, doubt_of, limits, price, confidence, second, mark, RATE_ONE)
    passed = {
        Doubt.UNSURE: limits.confidence and confidence > limits.confidence,
        Doubt.DEVIATES: limits.deviation and second and exactly_apart(price, second) > limits.deviation,
        Doubt.JUMPS: limits.jump and mark and exactly_apart(price, mark) > limits.jump,
    }
    assert doubt == next((which for which, is_passed in passed.items() if is_passed), Doubt.NONE)
    assert limit == {Doubt.NONE: 0, **dict(zip(passed, limits, strict=True))}[Doubt(doubt)]
    assert (figure > limit) == (doubt != Doubt.NONE)


@pytest.mark.rule("GRD-001")
def test_a_price_at_its_limit_is_trusted_and_one_beyond_is_not() -> None:
    """110 beside a mark of 100 and 107 beside a second source at 100, of 10 and 7 %."""
    limits = Limits(10**6, 7 * 10**6, 10**7)
    assert doubt_of(limits, 110, 0, 0, 100, RATE_ONE) == (0, 0, 0)
    assert doubt_of(limits, 111, 0, 0, 100, RATE_ONE) == (Doubt.JUMPS, 11 * 10**6, 10**7)
    assert doubt_of(limits, 107, 10**6, 100, 100, RATE_ONE) == (0, 0, 0)
    assert doubt_of(limits, 108, 10**6, 100, 100, RATE_ONE) == (Doubt.DEVIATES, 8 * 10**6, 7 * 10**6)
    assert doubt_of(limits, 200, 10**6 + 1, 100, 100, RATE_ONE) == (Doubt.UNSURE, 10**6 + 1, 10**6)
    assert apart(100, 107, RATE_ONE) == 6_542_057
    assert apart(PRICE_MAX, 1, RATE_ONE) == APART_MAX


@both_modes
@pytest.mark.rule("GRD-003")
@given(price=prices, held=prices | st.just(0), limit=rates)
def test_a_jump_goes_on_within_its_limit_of_what_is_held(mode: str, price: int, held: int, limit: int) -> None:
    within = held != 0 and exactly_apart(price, held) <= limit
    assert call(mode, goes_on, price, held, limit, RATE_ONE) == within


@both_modes
@pytest.mark.rule("GRD-003")
@given(since=times, wait=spans, later=spans)
def test_a_jump_persists_from_the_time_that_is_said(mode: str, since: int, wait: int, later: int) -> None:
    first = call(mode, taken_from, since, wait)
    assert first == min(TIME_MAX, since + wait)
    time = min(TIME_MAX, since + later)
    assert call(mode, persists, time, since, wait) == (time - since >= wait)
    if since + wait <= TIME_MAX:
        assert call(mode, persists, time, since, wait) == (time >= first)


@both_modes
@pytest.mark.rule("GRD-005")
@given(mark_time=times, age=spans, limit=spans)
def test_a_mark_is_stale_beyond_its_age(mode: str, mark_time: int, age: int, limit: int) -> None:
    time = min(TIME_MAX, mark_time + age)
    assert call(mode, is_stale, time, mark_time, limit) == (limit != 0 and time - mark_time > limit)


@pytest.mark.rule("GRD-007")
def test_a_policy_has_a_bit_for_every_use_and_doubt() -> None:
    """The numbers of the rules are those of the records; at first everything is forbidden but to reduce."""
    codes = (guards.TRUSTED, guards.UNSURE, guards.DEVIATES, guards.JUMPS, guards.STALE)
    assert codes == tuple(Doubt)
    bits = {(use, doubt): use.forbidden_by(doubt) for use in Use for doubt in Doubt if doubt}
    assert sorted(bits.values()) == [2**k for k in range(DOUBTS * len(Use))]
    assert sum(bits.values()) == GUARD_POLICY_MAX == 65_535
    assert GUARD_POLICY_DEFAULT == 65_295
    assert {use for (use, _), bit in bits.items() if not GUARD_POLICY_DEFAULT & bit} == {Use.REDUCE}
    assert bits[Use.LIQUIDATE, Doubt.UNSURE] == 2**12
