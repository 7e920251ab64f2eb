"""Synthetix v3 perpetuals: fills against the skew, margins that grow with it, and the debt of a market.

Dollars and base units, unrounded (the source has 18 decimals). A market has no book: it sells at the oracle price
moved by its skew, the sum of all sizes, over the skew scale.
Source: Synthetixio/synthetix-v3 @23585f73c7, markets/perps-market.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

ZERO = Fraction(0)


def fill_price(price: Fraction, skew: Fraction, size: Fraction, skew_scale: Fraction) -> Fraction:
    """What `size` (above zero bought) fills at: the mean of the prices before and after it moved the skew.

    Who enlarges the skew pays for it and who reduces it is paid: there and back again costs nothing.

    >>> fill_price(Fraction(1000), ZERO, Fraction(1), Fraction(100_000))
    Fraction(200001, 200)
    """
    return price * (1 + (skew + (skew + size)) / (2 * skew_scale))


class Position(NamedTuple):
    """A size, above zero long, and the price it was filled at."""

    size: Fraction
    entry: Fraction

    def profit(self, price: Fraction) -> Fraction:
        """What it has won at the oracle price: closing moves the skew back, and that is not counted."""
        return self.size * (price - self.entry)


def available_margin(collateral: Fraction, held: Iterable[tuple[Position, Fraction]]) -> Fraction:
    """Collateral and the profit of positions at their oracle prices; funding has been settled."""
    return collateral + sum((position.profit(price) for position, price in held), ZERO)


class MarginTerms(NamedTuple):
    """What a market asks: a share for each skew scale held, the least share, maintenance as a part of it, dollars."""

    skew_scale: Fraction
    initial_fraction: Fraction
    minimum_initial_ratio: Fraction
    maintenance_scalar: Fraction
    minimum_position_margin: Fraction


class RequiredMargins(NamedTuple):
    """Shares of the notional, and dollars."""

    initial_ratio: Fraction
    maintenance_ratio: Fraction
    initial: Fraction
    maintenance: Fraction


def required_margins(size: Fraction, price: Fraction, terms: MarginTerms) -> RequiredMargins:
    """The margins of a position: their ratio rises with its size, so that margin rises with the square.

    >>> terms = MarginTerms(Fraction(100_000), Fraction("1.5"), Fraction("0.035"), Fraction("0.5"), ZERO)
    >>> required_margins(Fraction(5000), Fraction(1), terms).maintenance
    Fraction(275, 1)
    """
    initial = abs(size) / terms.skew_scale * terms.initial_fraction + terms.minimum_initial_ratio
    ratios = initial, initial * terms.maintenance_scalar
    notional = abs(size) * price
    margins = (notional * ratio + terms.minimum_position_margin for ratio in ratios)
    return RequiredMargins(*ratios, *margins)


def liquidatable(available: Fraction, maintenance: Fraction, keeper_reward: Fraction) -> bool:
    """Whether what is there is below the maintenance of all positions and the reward of who liquidates, strictly."""
    return available < maintenance + keeper_reward


class Market(NamedTuple):
    """A market's collateral, the sum of its sizes, and what those sizes were filled for."""

    collateral: Fraction = ZERO
    skew: Fraction = ZERO
    filled_for: Fraction = ZERO

    def deposit(self, amount: Fraction) -> Market:
        """The market after collateral came in; below zero, went out."""
        return self._replace(collateral=self.collateral + amount)

    def fill(self, size: Fraction, price: Fraction) -> Market:
        """The market after `size` (above zero bought) was filled at `price`."""
        return self._replace(skew=self.skew + size, filled_for=self.filled_for + size * price)

    def debt(self, price: Fraction) -> Fraction:
        """What the market owes all its traders at `price`: their collateral and their profit, realised or not.

        >>> Market().deposit(Fraction(1000)).fill(Fraction(10), Fraction(1000)).debt(Fraction(1200))
        Fraction(3000, 1)
        """
        return self.collateral + self.skew * price - self.filled_for
