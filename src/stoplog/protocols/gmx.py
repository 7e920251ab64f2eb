"""GMX v2: when a position is closed for its owner, and what its owner gets back.

Dollars and tokens, unrounded (the source has 30 decimals). Collateral is a number of tokens that has a price of its
own, so a position can be liquidated by its collateral while it wins. Fees and price impact have been taken off.
Source: gmx-io/gmx-synthetics @a5c0c88351, PositionUtils, DecreasePositionUtils.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Minimum(NamedTuple):
    """What must remain: dollars, and a share of the size in dollars at entry."""

    dollars: Fraction
    share: Fraction


def liquidatable(remaining: Fraction, size: Fraction, minimum: Minimum) -> bool:
    """Whether collateral and profit, `remaining` dollars, are too little for a size of so many dollars at entry.

    At the minimum itself they are enough, unless that is 0.

    >>> floor = Minimum(Fraction(1), Fraction(1, 100))
    >>> [liquidatable(Fraction(left), Fraction(450_000), floor) for left in (4499, 4500)]
    [True, False]
    """
    return remaining <= 0 or remaining < max(minimum.dollars, size * minimum.share)


class Payout(NamedTuple):
    """What the owner of a closed position gets: collateral tokens back, and dollars of profit from the pool."""

    collateral_returned: Fraction
    profit: Fraction


def payout(tokens: Fraction, token_price: Fraction, profit: Fraction) -> Payout:
    """What closing gives: a loss is taken from the collateral at its price, up to all of it; a profit comes on top.

    >>> payout(Fraction(2), Fraction(100), Fraction(-50)), payout(Fraction(2), Fraction(100), Fraction(-500)).profit
    (Payout(collateral_returned=Fraction(3, 2), profit=Fraction(0, 1)), Fraction(0, 1))
    """
    lost = min(tokens, max(Fraction(0), -profit) / token_price)
    return Payout(tokens - lost, max(Fraction(0), profit))
