"""Vega's isolated margin: what orders and trades move between an owner's account and a position's.

Prices and lots are counts, `lots_per_contract` says how many lots a contract has, and `margin_factor` is the share of
the value at entry that is set aside. Amounts are whole units of the asset, rounded down as the source does.
Source: vegaprotocol/vega @a50750cc10, core/risk/isolated_margin; specification 0019-MCAL. The program takes |position|
in a reduction, which for a short turns profit into loss; here the position is signed, as the specification has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import floor
from typing import NamedTuple

from stoplog.margin.order_margin import opening_lots


class Order(NamedTuple):
    """Lots at a limit price, or lots that traded at a price; both above zero."""

    lots: int
    price: int

    @property
    def value(self) -> int:
        """Lots times price."""
        return self.lots * self.price


class Terms(NamedTuple):
    """How a party and its market count: the share set aside, and the lots of a contract."""

    margin_factor: Fraction
    lots_per_contract: Fraction

    def margin(self, value: int) -> int:
        """The margin of lots times price, rounded down."""
        return floor(value * self.margin_factor / self.lots_per_contract)


def opening_orders(orders: Iterable[Order], free: int) -> Iterator[Order]:
    """What opens or grows a position once the first `free` lots have closed it, in the order given: rule ORM-001."""
    for order in orders:
        opening, free = opening_lots(order.lots, free)
        if opening:
            yield Order(opening, order.price)


def margined_orders(position: int, buys: Iterable[Order], sells: Iterable[Order]) -> tuple[list[Order], list[Order]]:
    """The buys and the sells, best price first, without the lots that would close the position."""
    bids = sorted(buys, key=lambda order: -order.price)
    offers = sorted(sells, key=lambda order: order.price)
    return list(opening_orders(bids, max(0, -position))), list(opening_orders(offers, max(0, position)))


def order_margin(
    position: int, buys: Iterable[Order], sells: Iterable[Order], terms: Terms, auction_price: int | None = None
) -> int:
    """What resting orders need: the margin of the side that needs more, each side rounded down.

    In an auction an order counts at `auction_price` at least, since that may be where it fills.

    >>> buys = [Order(10, 50), Order(20, 40), Order(30, 20)]
    >>> order_margin(-20, buys, [], Terms(Fraction(1, 2), Fraction(10)))
    50
    """
    least = auction_price or 0
    sides = margined_orders(position, buys, sells)
    return max(terms.margin(sum(order.lots * max(order.price, least) for order in side)) for side in sides)


class Trades(NamedTuple):
    """Trades of one side, one at least, in the order in which they were made."""

    bought: bool
    trades: list[Order]

    @property
    def lots(self) -> int:
        """All lots traded, above zero."""
        return sum(trade.lots for trade in self.trades)

    @property
    def average_price(self) -> int:
        """The price per lot, rounded down."""
        return sum(trade.value for trade in self.trades) // self.lots


def margin_moved(position: int, made: Trades, balance: int, mark: int, terms: Terms) -> int:
    """What trades move into a position's margin `balance`: above zero added, below zero released.

    `position` is that before the trades. What grows it adds its own margin. What reduces it releases, in proportion,
    the balance as it would be were all of the position traded at the average price instead of the mark. What turns it
    leaves the margin of the new position.

    >>> terms = Terms(Fraction(1, 2), Fraction(10))
    >>> margin_moved(0, Trades(True, [Order(5, 12), Order(10, 10)]), 1000, 12, terms)
    8
    >>> margin_moved(-20, Trades(True, [Order(5, 10), Order(10, 12)]), 40, 12, terms)
    -31
    """
    if position == 0 or (position > 0) == made.bought:
        return terms.margin(sum(trade.value for trade in made.trades))
    if made.lots > abs(position):
        opened = opening_orders(made.trades, abs(position))
        return terms.margin(sum(trade.value for trade in opened)) - balance
    gain = (made.average_price - mark) * position / terms.lots_per_contract
    return -(floor(gain + balance) * made.lots // abs(position))


def collateral_increase(
    contracts: Fraction, price: Fraction, margin_factor: Fraction, balance: Fraction, order_balance: Fraction
) -> Fraction:
    """What an order would need beyond the margin and the order margin already set aside, unrounded; below zero, less.

    >>> collateral_increase(Fraction(1), Fraction("123.456"), Fraction("0.3"), Fraction(0), Fraction(0))
    Fraction(23148, 625)
    """
    return contracts * price * margin_factor - balance - order_balance


class FullCollateral(NamedTuple):
    """What a capped future sets aside for a position and for orders."""

    margin: Fraction
    order_margin: int


def full_collateral(
    position: int, average_entry: Fraction, buys: Iterable[Order], sells: Iterable[Order], max_price: int
) -> FullCollateral:
    """All that can be lost between a price of 0 and `max_price`, unrounded: such a position is never liquidated.

    A buyer can lose the price, a seller the distance to `max_price`; of the orders the side that can lose more counts.

    >>> full_collateral(-10, Fraction(30), [Order(10, 18)], [Order(5, 20)], 100)
    FullCollateral(margin=Fraction(700, 1), order_margin=400)
    """
    at_risk = average_entry if position > 0 else max_price - average_entry
    bids, offers = margined_orders(position, buys, sells)
    lost = sum(order.value for order in bids), sum(order.lots * (max_price - order.price) for order in offers)
    return FullCollateral(abs(position) * at_risk, max(lost))
