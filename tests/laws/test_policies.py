"""Laws of `stoplog.margin.policies`, `stoplog.margin.breaching` and `stoplog.margin.first_breach`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import ceil
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws.figures import Holding, exact_maintenance, holdings, index_changes, ladders, scaled
from laws.modes import both_modes, call

from stoplog.instruments import INVERSE, fill_value, value_lots
from stoplog.margin.breaching import (
    breached_under,
    drift_under,
    maintenance_under,
    safe_interval,
    wake_up_under,
)
from stoplog.margin.first_breach import last_price_before_breach
from stoplog.margin.isolated import initial_margin, opening_equity
from stoplog.margin.policies import (
    AT_ENTRY,
    FEE_IN_RATE,
    FEE_RESERVED,
    Policy,
    maintenance_of,
    ramped,
    reserve,
    two_sided,
)
from stoplog.margin.tiers import MARGINAL, RAMP, STEP, Tier
from stoplog.units import CLOSE_FEE_MAX, FUNDING_ONE, RAMP_RATE_MAX, RAMP_UNIT, RATE_ONE

Asks = tuple[int, int, int]
EVERY = list(product((MARGINAL, STEP, RAMP), (0, 1), (0, 1, 2)))
BOTH_SIDES = [asks for asks in EVERY if two_sided(Policy(0, 1, *asks))]
ONE_SIDE = [asks for asks in EVERY if asks not in BOTH_SIDES]


@st.composite
def venues(draw: st.DrawFn, held: Holding, choices: Sequence[Asks] = EVERY) -> tuple[Policy, list[Tier]]:
    """A policy for the instrument that is held, and tiers made for its rule that leave room for its fee."""
    tier_rule, maintenance_at, close_fee = draw(st.sampled_from(choices))
    fee_rate = draw(st.sampled_from((0, 1, 60_000, 10**6, CLOSE_FEE_MAX)))
    tiers = draw(ladders())
    if tier_rule != MARGINAL:
        slopes = st.sampled_from((0, 1, 10**4, 10**8)) if tier_rule == RAMP else st.just(0)
        tiers = [tier._replace(deduction=0, slope=draw(slopes)) for tier in tiers]
    if close_fee == FEE_IN_RATE:
        assume(tiers[-1].rate + fee_rate < RATE_ONE)
    terms = held.terms
    return Policy(terms.payoff, terms.multiplier, tier_rule, maintenance_at, close_fee, fee_rate), tiers


def on_ladder(policy: Policy, tiers: list[Tier], notional: Fraction) -> Fraction:
    """Maintenance of a notional, exactly."""
    if policy.tier_rule == MARGINAL:
        return exact_maintenance(tiers, notional)
    tier = [tier for tier in tiers if tier is tiers[0] or tier.floor < notional][-1]
    return notional * (tier.rate + Fraction(tier.slope) * (notional - tier.floor) / RAMP_UNIT) / RATE_ONE


def set_aside(policy: Policy, held: Holding) -> int:
    """The reserve: the fee on the value at the price where what is left beside it is used up."""
    if policy.close_fee != FEE_RESERVED:
        return 0
    side = 1 if value_lots(policy.payoff, held.size) > 0 else -1
    rate = Fraction(policy.fee_rate, RATE_ONE)
    return ceil(max(Fraction(0), -side * (held.purse - held.cost) * rate / (1 - side * rate)))


def surplus(policy: Policy, tiers: list[Tier], held: Holding, price: int) -> Fraction:
    """Equity beside the reserve, less the requirement."""
    worth = held.terms.value(price, held.size)
    if policy.maintenance_at == AT_ENTRY:
        required = Fraction(maintenance_of(tiers, abs(held.cost), RATE_ONE))
    else:
        required = on_ladder(policy, tiers, abs(worth))
    if policy.close_fee == FEE_IN_RATE:
        required += abs(worth) * Fraction(policy.fee_rate, RATE_ONE)
    return held.purse - set_aside(policy, held) + worth - held.cost - required


def capital(held: Holding) -> int:
    return held.purse - held.cost


@both_modes
@pytest.mark.rule("LIQ-001", "POL-001", "POL-002", "POL-003", "POL-004")
@given(held=holdings(near=True), data=st.data())
def test_a_breach_is_decided_exactly_under_every_policy(mode: str, held: Holding, data: st.DataObject) -> None:
    policy, tiers = data.draw(venues(held))
    found = call(mode, breached_under, policy, tiers, held.price, held.size, held.cost, capital(held), RATE_ONE)
    assert found == (surplus(policy, tiers, held, held.price) < 0)
    assert call(mode, reserve, policy, held.size, capital(held), RATE_ONE) == set_aside(policy, held)


@both_modes
@pytest.mark.rule("POL-002", "POL-005", "RND-001")
@given(held=holdings(), data=st.data())
def test_what_is_shown_is_never_below_what_decides(mode: str, held: Holding, data: st.DataObject) -> None:
    """Where a ramp has not brought the rate beyond what is shown; and initial margin is never below maintenance."""
    policy, tiers = data.draw(venues(held))
    where = (held.price, held.size, held.cost)
    shown = call(mode, maintenance_under, policy, tiers, *where, RATE_ONE)
    equity = held.purse + held.terms.value(held.price, held.size) - held.cost - set_aside(policy, held)
    exact = equity - surplus(policy, tiers, held, held.price)
    notional = abs(held.terms.value(held.price, held.size))
    risen = max(tier.slope for tier in tiers) * notional / RAMP_UNIT
    if risen < RAMP_RATE_MAX * RATE_ONE:
        assert shown >= exact
    own_rate = data.draw(scaled(0, RATE_ONE))
    assert call(mode, initial_margin, policy, tiers, *where, own_rate, RATE_ONE) >= shown


@both_modes
@pytest.mark.rule("POL-002")
@given(rate=scaled(0, RATE_ONE), slope=scaled(0, RATE_ONE), above=scaled(0, 2**56))
def test_a_ramp_rises_by_its_slope_rounded_up_and_is_held(mode: str, rate: int, slope: int, above: int) -> None:
    risen = min(RAMP_RATE_MAX * RATE_ONE, ceil(Fraction(slope * above, RAMP_UNIT)))
    assert call(mode, ramped, rate, slope, above, RATE_ONE) == rate + risen


@both_modes
@pytest.mark.rule("THR-003", "POL-004")
@given(held=holdings(near=True), more=scaled(0, 2**40), data=st.data())
def test_more_margin_never_breaches(mode: str, held: Holding, more: int, data: st.DataObject) -> None:
    """At any price: so that no threshold moves towards the mark; and what initial margin is compared with grows."""
    policy, tiers = data.draw(venues(held))
    where = (held.price, held.size, held.cost)
    if call(mode, breached_under, policy, tiers, *where, capital(held) + more, RATE_ONE):
        assert call(mode, breached_under, policy, tiers, *where, capital(held), RATE_ONE)
    poorer, richer = (call(mode, opening_equity, policy, *where, held.purse + m, RATE_ONE) for m in (0, more))
    assert richer >= poorer


@both_modes
@pytest.mark.rule("LIQ-001", "POL-001", "POL-002", "POL-003", "POL-004")
@given(held=holdings(near=True), data=st.data())
def test_twice_the_position_on_the_same_margin_is_breached_no_later(
    mode: str, held: Holding, data: st.DataObject
) -> None:
    policy, tiers = data.draw(venues(held))
    assume(held.purse >= 10)
    assume(abs(held.size) * 2 <= held.terms.position_limit)
    if call(mode, breached_under, policy, tiers, held.price, held.size, held.cost, capital(held), RATE_ONE):
        twice = (2 * held.size, 2 * held.cost, held.purse - 2 * held.cost)
        assert call(mode, breached_under, policy, tiers, held.price, *twice, RATE_ONE)


@both_modes
@pytest.mark.rule("CAL-016", "POL-004")
@given(held=holdings(near=True), data=st.data())
def test_a_higher_fee_rate_is_breached_no_later(mode: str, held: Holding, data: st.DataObject) -> None:
    policy, tiers = data.draw(venues(held))
    higher = policy._replace(fee_rate=data.draw(st.integers(policy.fee_rate, CLOSE_FEE_MAX)))
    assume(higher.close_fee != FEE_IN_RATE or tiers[-1].rate + higher.fee_rate < RATE_ONE)
    where = (held.price, held.size, held.cost, capital(held))
    if call(mode, breached_under, policy, tiers, *where, RATE_ONE):
        assert call(mode, breached_under, higher, tiers, *where, RATE_ONE)


def lot_value(held: Holding, price: int) -> Fraction:
    """In millionths."""
    return abs(held.terms.value(price, 1)) * FUNDING_ONE


@both_modes
@pytest.mark.rule("SCR-002")
@given(held=holdings(near=True), data=st.data())
def test_nothing_inside_a_safe_interval_is_breached(mode: str, held: Holding, data: st.DataObject) -> None:
    policy, tiers = data.draw(venues(held, BOTH_SIDES))
    assume(surplus(policy, tiers, held, held.price) >= 0)
    low, high = call(mode, safe_interval, policy, tiers, held.price, held.size, capital(held), RATE_ONE)
    multiplier, ends = held.terms.multiplier, []
    for end in (low, high):
        if 0 < end < 2**60:
            value = Fraction(end, FUNDING_ONE)
            ends.append(int(multiplier / value) if policy.payoff == INVERSE else int(value / multiplier))
    near = [end + off for end in ends for off in (-1, 0, 1, 2)] + [held.price, held.price - 1, held.price + 1]
    for price in near:
        inside = held.terms.price_min <= price <= held.terms.price_max and low < lot_value(held, price) < high
        assert not inside or surplus(policy, tiers, held, price) >= 0


@both_modes
@pytest.mark.rule("SCR-001", "POL-003", "POL-004")
@given(held=holdings(near=True), data=st.data())
def test_who_waits_for_one_price_is_looked_at_before_funding_breaches_him(
    mode: str, held: Holding, data: st.DataObject
) -> None:
    """The wake-up value of before the funding, moved by the bound, covers every breach after it."""
    policy, tiers = data.draw(venues(held, ONE_SIDE))
    change = data.draw(index_changes(held.terms)) // data.draw(st.sampled_from((1, 10**4, 10**9)))
    lots = value_lots(policy.payoff, held.size)
    wakes = call(mode, wake_up_under, policy, tiers, held.size, held.cost, capital(held), RATE_ONE)
    seen = -change if policy.payoff == INVERSE else change
    bound = call(mode, drift_under, policy, seen, tiers[-1].rate, 0, RATE_ONE, lots)
    assume(abs(wakes) < 2**59)
    assume(abs(bound) < 2**59)
    after = held._replace(purse=held.purse - ceil(Fraction(held.size * change, FUNDING_ONE)))
    if surplus(policy, tiers, after, held.price) < 0:
        lot = lot_value(held, held.price)
        assert lot <= wakes + bound if lots > 0 else lot >= wakes + bound


def random_compartment(rng: Random, scale: int) -> tuple[Policy, list[Tier], int, int, int, int]:
    """(policy, tiers, mark, size, cost, capital) at prices of some hundreds, amounts around `scale`."""
    payoff = rng.choice((0, 1, 2))
    multiplier = {0: 3, 1: 100_003, 2: 7}[payoff] * scale // 10
    tier_rule = rng.choice((MARGINAL, STEP, STEP, RAMP, RAMP))
    floors = [0, *sorted(rng.sample(range(100, 20_000), 2))]
    rates = sorted(rng.choice((400_000, 10**6, 5 * 10**6, 10**7, 3 * 10**7)) for _ in floors)
    slopes = [rng.choice((0, 10**6, 10**7, 10**8)) if tier_rule == RAMP else 0 for _ in floors]
    tiers, deduction = [], 0
    for i, (floor, rate, slope) in enumerate(zip(floors, rates, slopes, strict=True)):
        if i and tier_rule == MARGINAL:
            deduction += floor * scale * (rate - rates[i - 1]) // RATE_ONE
        tiers.append(Tier(floor * scale, rate, deduction, rate, slope))
    policy = Policy(payoff, multiplier, tier_rule, rng.choice((0, 0, 0, 1)), rng.choice((0, 1, 2)), 60_000)
    size = rng.choice((-1, 1)) * rng.randint(1, 400)
    cost = fill_value(payoff, multiplier, rng.randint(40, 200), size)
    return policy, tiers, rng.randint(40, 200), size, cost, rng.randint(1, 10_000) * scale - cost


@pytest.mark.rule("THR-001", "CAL-004", "POL-001", "POL-002", "POL-003", "POL-004")
@pytest.mark.parametrize("scale", [1_000, 10**9])
@pytest.mark.parametrize("block", range(2))
def test_the_price_that_is_answered_is_the_last_healthy_one_met_from_the_mark(scale: int, block: int) -> None:
    """Against a scan of every price, under every policy; amounts small, and so large that ramps matter."""
    rng, met, last = Random(f"{scale} {block}"), 0, 400
    while met < 1_500:
        policy, tiers, mark, size, cost, free = random_compartment(rng, scale)
        if breached_under(policy, tiers, mark, size, cost, free, RATE_ONE):
            continue
        side, price = 1 if size > 0 else -1, mark
        while 1 < price < last and not breached_under(policy, tiers, price - side, size, cost, free, RATE_ONE):
            price -= side
        found = last_price_before_breach(policy, tiers, mark, size, cost, free, RATE_ONE)
        if price in (1, last):
            assert found <= price if side > 0 else found >= price
        else:
            assert found == price, (policy, tiers, mark, size, cost, free)
            met += 1
