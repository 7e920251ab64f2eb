"""Vega's network position: what the network takes over from liquidated parties, and what it has won and lost.

It is a position like any other, kept by its average entry. Unrounded, unlike the engine's: `positions.trade` is asked
in units so small that it has nothing to round.
Source: vegaprotocol/specs, 0012-POSR-016 and -017.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import NamedTuple

from stoplog.instruments import LINEAR
from stoplog.positions import trade


class NetworkPosition(NamedTuple):
    """A size, above zero long, what it cost, and the profit realised so far."""

    size: Fraction = Fraction(0)
    cost: Fraction = Fraction(0)
    realised: Fraction = Fraction(0)

    def take(self, size: Fraction, price: Fraction) -> NetworkPosition:
        """The position after taking over `size` (below zero: a short, or a sale) at `price`: rule POS-001.

        Lots divide both sizes, and the unit of money the cost of each lot held: cost · sold / size is whole.

        >>> NetworkPosition().take(Fraction(1), Fraction(100)).take(Fraction(-2), Fraction(120))
        NetworkPosition(size=Fraction(-1, 1), cost=Fraction(-120, 1), realised=Fraction(20, 1))
        """
        lots_per_contract = lcm(self.size.denominator, size.denominator)
        lots, taken = int(self.size * lots_per_contract), int(size * lots_per_contract)
        multiplier = lcm(self.cost.denominator, price.denominator) * max(1, abs(lots))
        units = multiplier * lots_per_contract * price.denominator
        after, cost, realised = trade(LINEAR, multiplier, lots, int(self.cost * units), taken, price.numerator)
        won = self.realised + Fraction(realised, units)
        return NetworkPosition(Fraction(after, lots_per_contract), Fraction(cost, units), won)

    def unrealised(self, mark: Fraction) -> Fraction:
        """What the position would win if it were closed at `mark`."""
        return self.size * mark - self.cost
