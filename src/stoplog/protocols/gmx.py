"""GMX v2: when a position is closed for its owner, and what its owner gets back.

Dollars and tokens, unrounded (the source has 30 decimals). Collateral is a number of tokens that has a price of its
own, so a position can be liquidated by its collateral while it wins. Fees and price impact have been taken off.
Source: gmx-io/gmx-synthetics @a5c0c88351, PositionUtils, DecreasePositionUtils.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Position(NamedTuple):
    """A size in dollars at entry, above zero long, and the price of the index at entry."""

    dollars: Fraction
    entry: Fraction

    def profit(self, index_price: Fraction) -> Fraction:
        """What it has won, in dollars: the size in dollars is fixed, and with it the index tokens it is worth."""
        return self.dollars / self.entry * index_price - self.dollars


class Collateral(NamedTuple):
    """Tokens and their price."""

    tokens: Fraction
    price: Fraction


class Minimum(NamedTuple):
    """What must remain: dollars, and a share of the size in dollars at entry."""

    dollars: Fraction
    share: Fraction

    def for_leverage(self, held: Position) -> Fraction:
        """The dollars that a position of this size must keep."""
        return abs(held.dollars) * self.share


def remaining(held: Position, collateral: Collateral, index_price: Fraction) -> Fraction:
    """Collateral at its price and profit at that of the index, in dollars."""
    return collateral.tokens * collateral.price + held.profit(index_price)


def liquidatable(held: Position, collateral: Collateral, index_price: Fraction, minimum: Minimum) -> bool:
    """Whether what remains is below either minimum, or nothing. At the minimum itself it is enough.

    >>> held, floor = Position(Fraction(450_000), Fraction(15)), Minimum(Fraction(1), Fraction(1, 100))
    >>> [liquidatable(held, Collateral(Fraction(1), Fraction(price)), Fraction(15), floor) for price in (4499, 4500)]
    [True, False]
    """
    left = remaining(held, collateral, index_price)
    return left <= 0 or left < max(minimum.dollars, minimum.for_leverage(held))


class Payout(NamedTuple):
    """What the owner of a closed position gets: collateral tokens back, and dollars of profit from the pool."""

    collateral_returned: Fraction
    profit: Fraction


def payout(collateral: Collateral, profit: Fraction) -> Payout:
    """What closing gives: a loss is taken from the collateral at its price, up to all of it; a profit comes on top.

    >>> payout(Collateral(Fraction(2), Fraction(100)), Fraction(-50))
    Payout(collateral_returned=Fraction(3, 2), profit=Fraction(0, 1))
    """
    lost = min(collateral.tokens, max(Fraction(0), -profit) / collateral.price)
    return Payout(collateral.tokens - lost, max(Fraction(0), profit))
