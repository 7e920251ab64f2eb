"""Laws of `stoplog.protocols.vega_isolated`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols.figures import fractions

from stoplog.protocols.vega_isolated import (
    Order,
    Terms,
    Trades,
    collateral_increase,
    full_collateral,
    margin_moved,
    opening_orders,
    order_margin,
)

CAP = 500

orders = st.builds(Order, st.integers(1, 20), st.integers(1, CAP))
sides = st.lists(orders, max_size=5)
traded = st.lists(orders, min_size=1, max_size=5)
lots = st.integers(-40, 40)
terms = st.builds(Terms, fractions(0, 2), st.sampled_from((Fraction(1), Fraction(10), Fraction(1000))))
balances = st.integers(0, 10**5)
marks = st.integers(1, CAP)


def lot_by_lot(position: int, buys: list[Order], sells: list[Order], least: int) -> tuple[int, int]:
    """The values of both sides, every lot at its own price, the best |position| closing ones struck out."""
    bids = sorted((order.price for order in buys for _ in range(order.lots)), reverse=True)
    offers = sorted(order.price for order in sells for _ in range(order.lots))
    left = bids[max(0, -position) :], offers[max(0, position) :]
    bought, sold = (sum(max(price, least) for price in side) for side in left)
    return bought, sold


@pytest.mark.rule("PRO-003", "ORM-001")
@given(lots, sides, sides, terms, st.none() | marks)
def test_lots_behind_the_closing_ones_are_margined_at_their_price(
    position: int, buys: list[Order], sells: list[Order], by: Terms, auction: int | None
) -> None:
    needed = order_margin(position, buys, sells, by, auction)
    exact = max(lot_by_lot(position, buys, sells, auction or 0)) * by.margin_factor / by.lots_per_contract
    assert needed <= exact < needed + 1


@pytest.mark.rule("PRO-003")
@given(lots, st.permutations([Order(5, 10), Order(7, 12), Order(1, 12), Order(9, 3)]), sides, terms)
def test_the_order_of_orders_does_not_matter(position: int, some: list[Order], others: list[Order], by: Terms) -> None:
    in_order = sorted(some)
    assert order_margin(position, some, others, by) == order_margin(position, in_order, others, by)
    assert order_margin(position, others, some, by) == order_margin(position, others, in_order, by)


@pytest.mark.rule("PRO-003")
@given(lots, sides, sides, orders, terms, st.none() | marks)
def test_an_order_more_never_needs_less_and_a_larger_position_never_more(
    position: int, buys: list[Order], sells: list[Order], more: Order, by: Terms, auction: int | None
) -> None:
    needed = order_margin(position, buys, sells, by, auction)
    assert order_margin(position, [*buys, more], sells, by, auction) >= needed
    assert order_margin(position, buys, [*sells, more], by, auction) >= needed
    further = position + (1 if position > 0 else -1)
    assert order_margin(further, buys, sells, by, auction) <= needed or position == 0


@pytest.mark.rule("PRO-003", "ORM-001")
@given(st.integers(0, 40), sides, terms)
def test_orders_that_can_only_close_need_nothing(beyond: int, some: list[Order], by: Terms) -> None:
    position = sum(order.lots for order in some) + beyond
    assert order_margin(position, [], some, by) == order_margin(-position, some, [], by) == 0


@pytest.mark.rule("PRO-003")
@given(orders, terms)
def test_an_order_of_a_flat_owner_needs_what_the_estimate_says(order: Order, by: Terms) -> None:
    contracts = order.lots / by.lots_per_contract
    estimate = collateral_increase(contracts, Fraction(order.price), by.margin_factor, Fraction(0), Fraction(0))
    needed = order_margin(0, [order], [], by)
    assert needed <= estimate < needed + 1
    assert collateral_increase(contracts, Fraction(order.price), by.margin_factor, estimate, Fraction(1)) == -1


@pytest.mark.rule("PRO-004")
@given(lots, traded, balances, marks, terms)
def test_growing_adds_the_margin_of_what_was_traded(
    position: int, trades: list[Order], balance: int, mark: int, by: Terms
) -> None:
    moved = margin_moved(position, Trades(position >= 0, trades), balance, mark, by)
    assert moved == order_margin(0, [Order(order.lots, order.price) for order in trades], [], by)


@pytest.mark.rule("PRO-004")
@given(lots.filter(bool), balances, marks, terms)
def test_closing_at_the_mark_releases_the_balance_and_a_part_its_share(
    position: int, balance: int, mark: int, by: Terms
) -> None:
    size, buys = abs(position), position < 0
    assert margin_moved(position, Trades(buys, [Order(size, mark)]), balance, mark, by) == -balance
    for part in range(1, size):
        released = -margin_moved(position, Trades(buys, [Order(part, mark)]), balance, mark, by)
        assert released == balance * part // size, "rounded down: what stays is never less than its share"


@pytest.mark.rule("PRO-004")
@given(lots.filter(bool), balances, marks, marks, terms)
def test_closing_releases_the_balance_and_what_the_price_won_against_the_mark(
    position: int, balance: int, price: int, mark: int, by: Terms
) -> None:
    closed = Trades(position < 0, [Order(abs(position), price)])
    contracts = position / by.lots_per_contract
    released = -margin_moved(position, closed, balance, mark, by)
    assert released <= balance + contracts * price - contracts * mark < released + 1


@pytest.mark.rule("PRO-004")
@given(lots.filter(bool), st.integers(1, 40), balances, marks, marks, terms)
def test_a_better_price_never_releases_less(
    position: int, part: int, balance: int, price: int, other: int, by: Terms
) -> None:
    """The law that the source breaks for shorts."""
    closed = min(part, abs(position))
    cheap, dear = sorted((price, other))
    worse, better = (cheap, dear) if position > 0 else (dear, cheap)
    released = [
        -margin_moved(position, Trades(position < 0, [Order(closed, at)]), balance, price, by) for at in (worse, better)
    ]
    assert released[0] <= released[1]


@pytest.mark.rule("PRO-004")
@given(lots.filter(bool), st.integers(1, 40), balances, st.integers(CAP, 2 * CAP), st.integers(-99, 99), terms)
def test_long_and_short_are_mirrored_around_the_mark(
    position: int, part: int, balance: int, mark: int, away: int, by: Terms
) -> None:
    closed = min(part, abs(position))
    this = margin_moved(position, Trades(position < 0, [Order(closed, mark + away)]), balance, mark, by)
    other = margin_moved(-position, Trades(position > 0, [Order(closed, mark - away)]), balance, mark, by)
    assert this == other


@pytest.mark.rule("PRO-004", "ORM-001")
@given(lots.filter(bool), traded, balances, marks, terms)
def test_turning_leaves_the_margin_of_the_rest(
    position: int, trades: list[Order], balance: int, mark: int, by: Terms
) -> None:
    made = Trades(position < 0, [Order(abs(position), 1), *trades])
    left = balance + margin_moved(position, made, balance, mark, by)
    assert left == margin_moved(0, Trades(position < 0, trades), 0, mark, by)


@pytest.mark.rule("ORM-001")
@given(sides, st.integers(0, 100))
def test_opening_orders_are_the_last_lots_in_the_order_given(some: list[Order], free: int) -> None:
    one_by_one = [order.price for order in some for _ in range(order.lots)]
    opened = [order.price for order in opening_orders(some, free) for _ in range(order.lots)]
    assert opened == one_by_one[free:]


@pytest.mark.rule("PRO-007")
@given(lots, st.integers(0, CAP), st.integers(0, CAP), sides, sides)
def test_a_capped_future_never_loses_more_than_its_margin(
    position: int, entry: int, price: int, buys: list[Order], sells: list[Order]
) -> None:
    held = full_collateral(position, Fraction(entry), buys, sells, CAP)
    assert held.margin + position * (price - entry) >= 0
    worst = 0 if position > 0 else CAP
    assert held.margin + position * (worst - entry) == 0, "and no margin is idle"


@pytest.mark.rule("PRO-007", "ORM-001")
@given(lots, sides, sides, st.integers(0, CAP))
def test_orders_of_a_capped_future_are_covered_whichever_side_fills(
    position: int, buys: list[Order], sells: list[Order], price: int
) -> None:
    held = full_collateral(position, Fraction(0), buys, sells, CAP).order_margin
    best_bids = [at for order in sorted(buys, key=lambda order: -order.price) for at in [order.price] * order.lots]
    best_offers = [at for order in sorted(sells, key=lambda order: order.price) for at in [order.price] * order.lots]
    assert held + sum(price - at for at in best_bids[max(0, -position) :]) >= 0
    assert held + sum(at - price for at in best_offers[max(0, position) :]) >= 0
    at_zero = sum(best_bids[max(0, -position) :])
    at_cap = sum(CAP - at for at in best_offers[max(0, position) :])
    assert held == max(at_zero, at_cap), "and no margin is idle"
