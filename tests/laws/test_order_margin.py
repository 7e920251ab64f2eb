"""Laws of `stoplog.margin.order_margin`."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.figures import Holding, Terms, holdings, ladders, rates, scaled
from laws.modes import both_modes, call

from stoplog.instruments import INVERSE
from stoplog.margin.order_margin import Resting, opening_lots, opening_values, order_margin, side_margin
from stoplog.margin.tiers import Tier
from stoplog.units import RATE_ONE, SIZE_MAX

counts = scaled(0, SIZE_MAX)


class Desk(NamedTuple):
    """A position and the orders beside it, within the position limit on either side."""

    held: Holding
    orders: list[Resting]

    def arguments(self) -> tuple[list[Resting], int, int, int]:
        """Orders in the order of their list, payoff, multiplier and size, as the rules take them."""
        return in_order(self.orders), self.held.terms.payoff, self.held.terms.multiplier, self.held.size


def in_order(orders: list[Resting]) -> list[Resting]:
    """Buys, then sells, each best price first."""
    return sorted(orders, key=lambda order: (order.size < 0, -order.price if order.size > 0 else order.price))


@st.composite
def resting(draw: st.DrawFn, terms: Terms, room: int) -> Resting:
    """An order of at most `room` lots."""
    size = draw(scaled(1, room)) * draw(st.sampled_from((-1, 1)))
    return Resting(size, draw(scaled(terms.price_min, terms.price_max)))


@st.composite
def desks(draw: st.DrawFn) -> Desk:
    """A position, or none, and up to six orders that together stay within the position limit."""
    held = draw(holdings())
    if draw(st.booleans()):
        held = held._replace(size=0, cost=0)
    room = held.terms.position_limit // 8
    if room == 0:
        return Desk(held, draw(st.lists(resting(held.terms, held.terms.position_limit), max_size=1)))
    return Desk(held, draw(st.lists(resting(held.terms, room), max_size=6)))


@st.composite
def rising_ladders(draw: st.DrawFn) -> list[Tier]:
    """A ladder whose initial rates do not fall."""
    highest, tiers = 0, []
    for tier in draw(ladders()):
        highest = max(highest, tier.initial_rate)
        tiers.append(tier._replace(initial_rate=highest))
    return tiers


@both_modes
@pytest.mark.rule("ORM-001")
@given(lots=counts, free=counts)
def test_closing_lots_are_free_until_they_are_used_up(mode: str, lots: int, free: int) -> None:
    opening, left = call(mode, opening_lots, lots, free)
    assert min(opening, left) >= 0
    assert opening == 0 or left == 0, "no lot needs margin while a free one is left"
    assert lots - opening == free - left, "each free lot frees one lot"


@both_modes
@pytest.mark.rule("ORM-001")
@given(lots=st.lists(counts, max_size=6), cut=st.integers(0, SIZE_MAX), free=counts)
def test_an_order_in_parts_needs_what_the_whole_needs(mode: str, lots: list[int], cut: int, free: int) -> None:
    parts = [part for order in lots for part in (min(order, cut), order - min(order, cut))]
    needed, left = 0, free
    for part in parts:
        opening, left = call(mode, opening_lots, part, left)
        needed += opening
    assert needed == max(0, sum(lots) - free)


@both_modes
@pytest.mark.rule("ORM-001", "ORM-002", "RND-001")
@given(
    sizes=st.lists(st.tuples(st.integers(-4, 4).filter(bool), st.integers(1, 9)), max_size=6),
    position=st.integers(-12, 12),
    payoff=st.sampled_from((0, 1)),
)
def test_what_needs_margin_is_found_by_looking_at_every_lot(
    mode: str, sizes: list[tuple[int, int]], position: int, payoff: int
) -> None:
    """Lots one by one: the best |position| on the closing side are left out, the rest counted at their limits."""
    orders = in_order([Resting(*order) for order in sizes])
    expected = []
    for sign in (1, -1):
        numbered = [k for k, order in enumerate(orders) if order.size * sign > 0 for _ in range(abs(order.size))]
        free = abs(position) if position * sign < 0 else 0
        opening = numbered[free:]
        lot = [Fraction(7, order.price) if payoff == INVERSE else Fraction(7 * order.price) for order in orders]
        expected.append(sum(ceil(opening.count(k) * lot[k]) for k in set(opening)))
    assert call(mode, opening_values, orders, payoff, 7, position) == tuple(expected)


@both_modes
@pytest.mark.rule("ORM-003", "RND-001")
@given(tiers=ladders(), value=scaled(0, 2**57), held=scaled(0, 2**56), own_rate=rates)
def test_a_side_takes_the_larger_rate_at_all_that_it_would_hold(
    mode: str, tiers: list[Tier], value: int, held: int, own_rate: int
) -> None:
    tier = [tier for tier in tiers if tier is tiers[0] or tier.floor < value + held][-1]
    exact = Fraction(value * max(own_rate, tier.initial_rate), RATE_ONE)
    assert call(mode, side_margin, tiers, value, held, own_rate, RATE_ONE) == ceil(exact)


@both_modes
@pytest.mark.rule("ORM-003")
@given(desk=desks(), tiers=ladders(), own_rate=rates)
def test_the_larger_side_counts(mode: str, desk: Desk, tiers: list[Tier], own_rate: int) -> None:
    """And what enlarges the position is taken with what the position cost."""
    orders, payoff, multiplier, size = desk.arguments()
    buying, selling = call(mode, opening_values, orders, payoff, multiplier, size)
    cost = abs(desk.held.cost)
    sides = [
        call(mode, side_margin, tiers, buying, cost if size > 0 else 0, own_rate, RATE_ONE),
        call(mode, side_margin, tiers, selling, cost if size < 0 else 0, own_rate, RATE_ONE),
    ]
    found = call(mode, order_margin, tiers, orders, payoff, multiplier, size, desk.held.cost, own_rate, RATE_ONE)
    assert found == max(sides)


def needed(mode: str, tiers: list[Tier], desk: Desk, own_rate: int) -> int:
    """The order margin of a desk."""
    found = call(mode, order_margin, tiers, *desk.arguments(), desk.held.cost, own_rate, RATE_ONE)
    assert isinstance(found, int)
    return found


@both_modes
@pytest.mark.rule("ORM-011")
@given(desk=desks(), tiers=rising_ladders(), own_rate=rates, data=st.data())
def test_an_order_more_never_needs_less(
    mode: str, desk: Desk, tiers: list[Tier], own_rate: int, data: st.DataObject
) -> None:
    more = data.draw(resting(desk.held.terms, max(1, desk.held.terms.position_limit // 8)))
    after = desk._replace(orders=[*desk.orders, more])
    assert needed(mode, tiers, after, own_rate) >= needed(mode, tiers, desk, own_rate)


@both_modes
@pytest.mark.rule("ORM-001", "ORM-011")
@given(desk=desks(), tiers=rising_ladders(), own_rate=rates)
def test_closing_up_to_the_position_is_free(mode: str, desk: Desk, tiers: list[Tier], own_rate: int) -> None:
    """Orders on the closing side alone, for no more lots than are held, need nothing at any price."""
    held = desk.held
    closing, left = [], abs(held.size)
    for order in desk.orders:
        lots = min(left, abs(order.size))
        left -= lots
        if lots:
            closing.append(Resting(-lots if held.size > 0 else lots, order.price))
    assert needed(mode, tiers, Desk(held, closing), own_rate) == 0


@both_modes
@pytest.mark.rule("ORM-003", "ORM-009")
@given(desk=desks(), tiers=ladders(), own_rate=rates)
def test_a_higher_rate_of_ones_own_never_needs_less(mode: str, desk: Desk, tiers: list[Tier], own_rate: int) -> None:
    assert needed(mode, tiers, desk, RATE_ONE) >= needed(mode, tiers, desk, own_rate)
