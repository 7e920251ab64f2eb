"""Laws of `stoplog.margin.isolated` and `stoplog.margin.health`."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.figures import Holding, exact_maintenance, holdings, ladders, rates, scaled
from laws.modes import both_modes, call

from stoplog.margin.breaching import maintenance_under
from stoplog.margin.health import Health
from stoplog.margin.isolated import equity, fill_allowed, health, initial_margin, removable
from stoplog.margin.policies import Policy
from stoplog.margin.tiers import Tier
from stoplog.units import PURSE_MAX, RATE_ONE

amounts = scaled(0, 2**60)
healths = st.builds(Health, st.integers(-(2**60), 2**60), amounts, amounts)


def market(held: Holding) -> tuple[int, int, int, int]:
    """Payoff, multiplier, price and size, as the rules take them."""
    return held.terms.payoff, held.terms.multiplier, held.price, held.size


def plain(held: Holding) -> Policy:
    """The plain policy of the instrument."""
    return Policy(held.terms.payoff, held.terms.multiplier)


@both_modes
@pytest.mark.rule("ISO-003", "RND-001")
@given(held=holdings())
def test_equity_is_purse_and_profit_rounded_down(mode: str, held: Holding) -> None:
    exact = held.purse + held.terms.value(held.price, held.size) - held.cost
    assert call(mode, equity, *market(held), held.cost, held.purse) == floor(exact)


@both_modes
@pytest.mark.rule("MRG-002", "RND-001")
@given(held=holdings(), tiers=ladders(), own_rate=rates)
def test_initial_margin_takes_the_larger_rate(mode: str, held: Holding, tiers: list[Tier], own_rate: int) -> None:
    exact = abs(held.terms.value(held.price, held.size))
    tier = [tier for tier in tiers if tier is tiers[0] or tier.floor < exact][-1]
    rate = max(own_rate, tier.initial_rate)
    found = call(mode, initial_margin, plain(held), tiers, held.price, held.size, held.cost, own_rate, RATE_ONE)
    assert found == ceil(Fraction(ceil(exact) * rate, RATE_ONE))


@both_modes
@pytest.mark.rule("MRG-001", "RND-001")
@given(held=holdings(), tiers=ladders())
def test_the_maintenance_that_is_shown_is_never_below_the_exact_one(
    mode: str, held: Holding, tiers: list[Tier]
) -> None:
    shown = call(mode, maintenance_under, plain(held), tiers, held.price, held.size, held.cost, RATE_ONE)
    exact = exact_maintenance(tiers, abs(held.terms.value(held.price, held.size)))
    assert exact <= shown < exact + 2
    assert shown == ceil(exact_maintenance(tiers, Fraction(ceil(abs(held.terms.value(held.price, held.size))))))


@both_modes
@pytest.mark.rule("MRG-003")
@given(purse=scaled(0, PURSE_MAX), worth=st.integers(-(2**58), 2**58), required=scaled(0, 2**56))
def test_what_is_removable_leaves_purse_and_initial_margin(mode: str, purse: int, worth: int, required: int) -> None:
    """And one unit more would not, unless nothing is removable."""
    amount = call(mode, removable, purse, worth, required)
    assert amount >= 0
    if amount:
        assert amount <= purse
        assert worth - amount >= required
    assert amount + 1 > purse or worth - amount - 1 < required


@both_modes
@pytest.mark.rule("ISO-004", "ORM-006")
@given(held=holdings(near=True), tiers=ladders(), own_rate=rates, ordered=scaled(0, 2**57), data=st.data())
def test_a_fill_is_judged_by_what_it_makes_of_the_position(
    mode: str, held: Holding, tiers: list[Tier], own_rate: int, ordered: int, data: st.DataObject
) -> None:
    """Smaller and not turned: it must be unbreached, exactly. Otherwise initial and order margin decide."""
    before = data.draw(scaled(0, 2 * abs(held.size))) * data.draw(st.sampled_from((-1, 1)))
    terms = (plain(held), tiers, held.price)
    allowed, needed, available = call(
        mode, fill_allowed, *terms, before, held.size, held.cost, held.purse, own_rate, ordered, RATE_ONE
    )
    worth = held.terms.value(held.price, held.size)
    assert available == floor(held.purse + worth - held.cost)
    if held.size * before > 0 and abs(held.size) <= abs(before):
        assert allowed == (held.purse + worth - held.cost >= exact_maintenance(tiers, abs(worth)))
    else:
        assert needed == ordered + call(mode, initial_margin, *terms, held.size, held.cost, own_rate, RATE_ONE)
        assert allowed == (available >= needed)


@both_modes
@pytest.mark.rule("ISO-004")
@given(held=holdings(), tiers=ladders(), purse=st.integers(-3, 3))
def test_a_fill_that_closes_must_leave_a_purse_of_at_least_zero(
    mode: str, held: Holding, tiers: list[Tier], purse: int
) -> None:
    terms = (plain(held), tiers, held.price)
    assert call(mode, fill_allowed, *terms, held.size, 0, 0, purse, 0, 5, RATE_ONE) == (purse >= 0, 0, purse)


@pytest.mark.rule("ORD-001")
@given(parts=st.permutations(range(5)), healthy=st.lists(healths, min_size=5, max_size=5))
def test_health_adds_up_in_any_order_and_grouping(parts: list[int], healthy: list[Health]) -> None:
    total = Health(0, 0, 0)
    for part in healthy:
        total += part
    shuffled = [healthy[i] for i in parts]
    left = shuffled[0] + shuffled[1] + (shuffled[2] + (shuffled[3] + shuffled[4]))
    assert left == total
    assert left.equity == sum(part.equity for part in healthy)


@pytest.mark.rule("ORD-001", "LIQ-001")
@given(one=healths, other=healths)
def test_health_compares_without_dividing(one: Health, other: Health) -> None:
    assert one.breached == (one.equity < one.maintenance)
    assert one.opens == (one.equity >= one.initial)
    if one.equity > 0 and other.equity > 0:
        shares = Fraction(one.maintenance, one.equity), Fraction(other.maintenance, other.equity)
        assert one.riskier_than(other) == (shares[0] > shares[1])


@pytest.mark.rule("ISO-003", "MRG-001", "MRG-002")
@given(held=holdings(), tiers=ladders(), own_rate=rates)
def test_health_of_a_compartment_is_its_three_figures(held: Holding, tiers: list[Tier], own_rate: int) -> None:
    terms = (plain(held), tiers, held.price)
    found = health(*terms, held.size, held.cost, held.purse, own_rate, RATE_ONE)
    assert found == Health(
        equity(*market(held), held.cost, held.purse),
        initial_margin(*terms, held.size, held.cost, own_rate, RATE_ONE),
        maintenance_under(*terms, held.size, held.cost, RATE_ONE),
    )
    assert health(*terms, 0, 0, held.purse, own_rate, RATE_ONE) == Health(held.purse, 0, 0)
