"""Laws of `stoplog.margin.top_up`."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from laws.figures import Holding, exact_maintenance, holdings, ladders, scaled
from laws.modes import both_modes, call

from stoplog.instruments import INVERSE, value_down, value_lots
from stoplog.margin.breaching import breached_under, maintenance_under
from stoplog.margin.close_fee import capital_before_reserve, reserve_included
from stoplog.margin.isolated import opening_equity
from stoplog.margin.policies import AT_ENTRY, AT_MARK, Policy, fee_in_rate, two_sided
from stoplog.margin.thresholds import drift_bound, scaled_rate
from stoplog.margin.tiers import MARGINAL, RAMP, STEP, Tier
from stoplog.margin.top_up import (
    DONOR_FIRST,
    FREE_FIRST,
    FREE_ONLY,
    MULTIPLE_MAX,
    allowed,
    band_interval,
    band_under,
    band_value,
    drawn,
    highest_trigger,
    in_band,
    missing,
    ready_after,
    times,
)
from stoplog.units import CLOSE_FEE_MAX, FUNDING_ONE, PURSE_MAX, RAMP_UNIT, RATE_ONE, TIME_MAX

amounts = scaled(0, 2**60)
signed = st.integers(-(2**58), 2**58)
multiples = scaled(RATE_ONE, MULTIPLE_MAX * RATE_ONE)
sides = st.sampled_from((-1, 1))
fees = scaled(0, RATE_ONE // 10)


@both_modes
@pytest.mark.rule("TOP-001")
@given(equity=signed, maintenance=scaled(0, 2**57), trigger=multiples)
def test_the_band_is_decided_without_dividing(mode: str, equity: int, maintenance: int, trigger: int) -> None:
    assert call(mode, in_band, equity, maintenance, trigger, RATE_ONE) == (
        equity < Fraction(trigger * maintenance, RATE_ONE)
    )


@both_modes
@pytest.mark.rule("TOP-001")
@given(maintenance=scaled(0, 2**57), trigger=multiples)
def test_the_edge_of_the_band_is_outside_it(mode: str, maintenance: int, trigger: int) -> None:
    edge = ceil(Fraction(trigger * maintenance, RATE_ONE))
    assume(edge < 2**62)
    assert not call(mode, in_band, edge, maintenance, trigger, RATE_ONE)
    assert call(mode, in_band, edge - 1, maintenance, trigger, RATE_ONE)


@both_modes
@pytest.mark.rule("TOP-002")
@given(maintenance=scaled(0, 2**58), multiple=multiples)
def test_a_multiple_of_the_maintenance_is_rounded_up_and_held(mode: str, maintenance: int, multiple: int) -> None:
    exact = ceil(Fraction(multiple * maintenance, RATE_ONE))
    assert call(mode, times, maintenance, multiple, RATE_ONE) == min(exact, 2**60)


@both_modes
@pytest.mark.rule("TOP-002", "CAL-015")
@given(free=signed, side=sides, rate=fees)
def test_capital_before_a_reserve_is_the_least_that_leaves_as_much(mode: str, free: int, side: int, rate: int) -> None:
    """One unit less leaves less; at most one unit more is left, which the rounding of the reserve keeps."""
    capital = call(mode, capital_before_reserve, free, side, rate, RATE_ONE)
    left, less = (c - call(mode, reserve_included, c, side, rate, RATE_ONE) for c in (capital, capital - 1))
    assert less < free <= left <= free + 1


@st.composite
def asking(draw: st.DrawFn, rules: tuple[int, ...] = (MARGINAL, STEP, RAMP)) -> tuple[Holding, Policy, list[Tier]]:
    """A position under any policy, its equity about where maintenance margins are, and the tiers of its rule."""
    held = draw(holdings(near=True))
    rule = draw(st.sampled_from(rules))
    tiers = draw(ladders())
    if rule != MARGINAL:
        tiers = [tier._replace(deduction=0) for tier in tiers]
    if rule == RAMP:
        slope = draw(scaled(0, min(RATE_ONE, RATE_ONE * RAMP_UNIT // max(1, tiers[-1].floor))))
        tiers = [tier._replace(slope=slope) for tier in tiers]
    fee = draw(scaled(0, min(CLOSE_FEE_MAX, RATE_ONE - 1 - tiers[-1].rate)))
    measured, closing = draw(st.sampled_from((AT_MARK, AT_ENTRY))), draw(st.integers(0, 2))
    return held, Policy(held.terms.payoff, held.terms.multiplier, rule, measured, closing, fee), tiers


def needs(mode: str, policy: Policy, tiers: list[Tier], price: int, held: Holding) -> int:
    """The maintenance margin that is shown at `price`."""
    return int(call(mode, maintenance_under, policy, tiers, price, held.size, held.cost, RATE_ONE))


def has(mode: str, policy: Policy, price: int, held: Holding, more: int = 0) -> int:
    """Equity less the reserve at `price`, with that much more in the purse."""
    return int(call(mode, opening_equity, policy, price, held.size, held.cost, held.purse + more, RATE_ONE))


@both_modes
@pytest.mark.rule("TOP-002", "TOP-003", "POL-004")
@given(asked=asking(), target=multiples)
def test_what_is_missing_brings_equity_to_the_target_and_not_beyond(
    mode: str, asked: tuple[Holding, Policy, list[Tier]], target: int
) -> None:
    """Under every policy; who is brought to a target is not breached, a rate that is held down aside."""
    held, policy, tiers = asked
    needed = needs(mode, policy, tiers, held.price, held)
    reached = ceil(Fraction(target * needed, RATE_ONE))
    assume(reached <= 2**60)
    value = call(mode, value_down, held.terms.payoff, held.terms.multiplier, held.price, held.size)
    capital = held.purse - held.cost
    more = call(mode, missing, policy, held.size, value, capital, needed, target, RATE_ONE)
    assert has(mode, policy, held.price, held, more) >= reached > has(mode, policy, held.price, held, more - 1)
    assert (more <= 0) == (has(mode, policy, held.price, held) >= reached)
    notional = abs(held.terms.value(held.price, held.size))
    if tiers[-1].slope * notional < RAMP_UNIT * RATE_ONE:
        where = (policy, tiers, held.price, held.size, held.cost)
        assert not call(mode, breached_under, *where, capital + max(0, more), RATE_ONE)


@both_modes
@pytest.mark.rule("TOP-002")
@given(maintenance=scaled(2**50, 2**57), capital=scaled(-(2**59), 2**59), value=scaled(-(2**56), 2**56))
def test_what_is_missing_to_a_target_beyond_all_amounts_is_more_than_any_purse_takes(
    mode: str, maintenance: int, capital: int, value: int
) -> None:
    target = MULTIPLE_MAX * RATE_ONE
    assume(maintenance * MULTIPLE_MAX > 2**60)
    more = call(mode, missing, Policy(0, 1), 1, value, capital, maintenance, target, RATE_ONE)
    assert more == 2**60 - value - capital


@both_modes
@pytest.mark.rule("TOP-002", "TOP-005")
@given(wanted=signed, once=amounts, left=amounts, room=signed)
def test_no_more_is_taken_than_is_missing_and_the_caps_leave(
    mode: str, wanted: int, once: int, left: int, room: int
) -> None:
    amount = call(mode, allowed, wanted, once, left, room)
    limits = (wanted, once, left, room)
    assert amount >= 0
    assert amount == 0 or all(amount <= limit for limit in limits)
    assert amount in (0, *limits), "one of them is reached"


@both_modes
@pytest.mark.rule("TOP-002", "TOP-004", "TOP-005")
@given(amount=amounts, order=st.sampled_from((FREE_ONLY, FREE_FIRST, DONOR_FIRST)), free=amounts, spare=amounts)
def test_sources_are_used_up_in_their_order(mode: str, amount: int, order: int, free: int, spare: int) -> None:
    own, given_away = call(mode, drawn, amount, order, free, spare)
    assert 0 <= own <= free
    assert 0 <= given_away <= (0 if order == FREE_ONLY else spare)
    assert own + given_away == min(amount, free + (0 if order == FREE_ONLY else spare))
    if order == FREE_FIRST:
        assert given_away == 0 or own == free
    if order == DONOR_FIRST:
        assert own == 0 or given_away == spare


@both_modes
@pytest.mark.rule("TOP-003")
@given(time=scaled(0, TIME_MAX), cooldown=scaled(0, 2**31 - 1))
def test_a_cooldown_ends_after_its_seconds_or_never(mode: str, time: int, cooldown: int) -> None:
    assert call(mode, ready_after, time, cooldown) == min(time + 1000 * cooldown, TIME_MAX)


@both_modes
@pytest.mark.rule("TOP-006")
@given(rate=scaled(0, RATE_ONE - 1))
def test_the_highest_trigger_keeps_the_requirement_below_the_notional(mode: str, rate: int) -> None:
    highest = call(mode, highest_trigger, rate, RATE_ONE)
    assert RATE_ONE <= highest <= MULTIPLE_MAX * RATE_ONE
    assert highest * rate <= (RATE_ONE - 1) * RATE_ONE
    assert highest == MULTIPLE_MAX * RATE_ONE or (highest + 1) * rate > (RATE_ONE - 1) * RATE_ONE


def band_edge(tiers: list[Tier], lots: int, capital: Fraction, trigger: int) -> Fraction:
    """The lot value at which capital meets trigger · maintenance, which is the largest of the tiers' lines."""
    side, times = (1 if lots > 0 else -1), Fraction(trigger, RATE_ONE)
    roots = [-(capital + times * t.deduction) / (lots * (1 - side * times * Fraction(t.rate, RATE_ONE))) for t in tiers]
    return max(roots) if lots > 0 else min(roots)


@st.composite
def triggers(draw: st.DrawFn, tiers: list[Tier]) -> int:
    """A trigger that the engine accepts for this ladder."""
    return draw(scaled(RATE_ONE, highest_trigger(tiers[-1].rate, RATE_ONE)))


lots_of_value = st.tuples(scaled(1, 2**20), sides).map(lambda pair: pair[0] * pair[1])


@both_modes
@pytest.mark.rule("TOP-006", "SCR-001")
@given(tiers=ladders(), lots=lots_of_value, value=scaled(1, 2**36), data=st.data())
def test_a_compartment_wakes_no_later_than_at_its_band(
    mode: str, tiers: list[Tier], lots: int, value: int, data: st.DataObject
) -> None:
    """At any lot value at which amounts rounded against it are in the band, it is awake, one unit to spare."""
    trigger = data.draw(triggers(tiers))
    notional = Fraction(abs(lots) * value)
    needed = trigger * exact_maintenance(tiers, notional) / RATE_ONE
    assume(needed < 2**57)
    capital = ceil(needed) - lots * value + data.draw(st.integers(-5, 5 + 3 * trigger // RATE_ONE))
    wakes = call(mode, band_value, tiers, lots, capital, 0, trigger, RATE_ONE)
    shown = ceil(exact_maintenance(tiers, notional)) + 1
    if in_band(capital - 1 + lots * value - 1, shown, trigger, RATE_ONE):
        assert value * FUNDING_ONE <= wakes if lots > 0 else value * FUNDING_ONE >= wakes


@both_modes
@pytest.mark.rule("TOP-006", "SCR-001")
@given(tiers=ladders(), lots=lots_of_value, capital=signed, change=signed, data=st.data())
def test_funding_never_moves_a_band_further_than_the_bound_for_its_trigger(
    mode: str, tiers: list[Tier], lots: int, capital: int, change: int, data: st.DataObject
) -> None:
    trigger = data.draw(triggers(tiers))
    highest = data.draw(scaled(trigger, highest_trigger(tiers[-1].rate, RATE_ONE)))
    rate = call(mode, scaled_rate, tiers[-1].rate, highest, RATE_ONE)
    bound = call(mode, drift_bound, change, rate, RATE_ONE, lots)
    assume(abs(bound) < 2**60)
    before = band_edge(tiers, lots, Fraction(capital), trigger)
    after = band_edge(tiers, lots, capital - lots * Fraction(change, FUNDING_ONE), trigger)
    moved = (after - before) * FUNDING_ONE
    assert moved <= bound if lots > 0 else moved >= bound


@both_modes
@pytest.mark.rule("TOP-006", "SCR-001")
@given(asked=asking(), data=st.data())
def test_under_every_policy_of_one_direction_a_compartment_wakes_no_later_than_at_its_band(
    mode: str, asked: tuple[Holding, Policy, list[Tier]], data: st.DataObject
) -> None:
    """With one unit of money to spare, which the settling of funding may take."""
    held, policy, tiers = asked
    assume(not two_sided(policy))
    highest = highest_trigger(tiers[-1].rate + fee_in_rate(policy), RATE_ONE)
    trigger = data.draw(scaled(RATE_ONE, highest))
    needed = needs(mode, policy, tiers, held.price, held)
    edge = ceil(Fraction(trigger * needed, RATE_ONE))
    held = held._replace(purse=held.purse + edge - has(mode, policy, held.price, held) + data.draw(st.integers(-9, 9)))
    assume(abs(held.purse) <= PURSE_MAX)
    capital = held.purse - held.cost
    wakes = call(mode, band_under, policy, tiers, held.size, held.cost, capital, trigger, RATE_ONE)
    if in_band(has(mode, policy, held.price, held, -1), needed, trigger, RATE_ONE):
        lot = abs(held.terms.value(held.price, 1)) * FUNDING_ONE
        assert lot <= wakes if value_lots(policy.payoff, held.size) > 0 else lot >= wakes


def prices_at(held: Holding, low: int, high: int) -> list[int]:
    """The prices about both ends of an interval of lot values, and one between, where the instrument has them."""
    terms, prices = held.terms, []
    for lot in (low, high, (low + high) // 2):
        unit = terms.multiplier * FUNDING_ONE
        price = (unit // lot if lot > 0 else 0) if terms.payoff == INVERSE else lot // unit
        prices += [p for p in range(price - 1, price + 3) if terms.price_min <= p <= terms.price_max]
    return prices


@both_modes
@pytest.mark.rule("TOP-006", "SCR-002")
@settings(max_examples=400)
@given(asked=asking((STEP, RAMP)), data=st.data())
def test_strictly_inside_its_interval_a_compartment_is_outside_its_band(
    mode: str, asked: tuple[Holding, Policy, list[Tier]], data: st.DataObject
) -> None:
    held, policy, tiers = asked
    policy = policy._replace(maintenance_at=AT_MARK)
    trigger = data.draw(scaled(RATE_ONE, highest_trigger(tiers[-1].rate + fee_in_rate(policy), RATE_ONE)))
    edge = ceil(Fraction(trigger * needs(mode, policy, tiers, held.price, held), RATE_ONE))
    notional = int(abs(held.terms.value(held.price, held.size)))
    spare = notional * data.draw(st.sampled_from((0, 1, 50, 300, 900))) // 1000 + data.draw(st.integers(0, 20))
    held = held._replace(purse=held.purse + edge - has(mode, policy, held.price, held) + spare)
    assume(abs(held.purse) <= PURSE_MAX)
    where = (policy, tiers, held.price, held.size, held.purse - held.cost, trigger, RATE_ONE)
    low, high = call(mode, band_interval, *where)
    for price in prices_at(held, low, high):
        lot = abs(held.terms.value(price, 1)) * FUNDING_ONE
        if low < lot < high:
            needed = needs(mode, policy, tiers, price, held)
            assert not in_band(has(mode, policy, price, held), needed, trigger, RATE_ONE)
