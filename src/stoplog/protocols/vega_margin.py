"""Vega: the margin levels, the liquidation price and the funding of a position.

A volume is a size in contracts, above zero long. Inputs are exact; levels are whole units of the asset, maintenance
rounded up, all else down. Slippage is on the open volume only, the risk factor on resting orders too.
Source: vegaprotocol/vega @a50750cc10, core/risk; specification 0019-MCAL, whose first example adds slippage on orders
(706 where this rule, and the program, give 562).
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from stoplog.margin.thresholds import lot_value_root

ZERO = Fraction(0)


class Risk(NamedTuple):
    """What a market takes the risk of a position to be, as shares of its value at the mark.

    `quadratic_slippage` is a share for each contract.
    """

    linear_slippage: Fraction
    quadratic_slippage: Fraction
    long_factor: Fraction
    short_factor: Fraction

    def rate(self, volume: Fraction) -> Fraction:
        """The maintenance of an open volume, without orders and funding, as a share of its value."""
        factor = self.long_factor if volume > 0 else self.short_factor
        return self.slippage(abs(volume)) + factor

    def slippage(self, size: Fraction) -> Fraction:
        """The share that closing `size` contracts is expected to lose."""
        return self.linear_slippage + self.quadratic_slippage * size


class Exposure(NamedTuple):
    """An open volume, the sizes of resting orders on either side, and funding due for each contract held long."""

    volume: Fraction
    buys: Fraction = ZERO
    sells: Fraction = ZERO
    funding_per_contract: Fraction = ZERO

    @property
    def funding_due(self) -> Fraction:
        """What the holder owes; funding that is to be received counts for nothing."""
        return max(ZERO, self.funding_per_contract * self.volume)


class Scaling(NamedTuple):
    """The other levels as multiples of maintenance."""

    search: Fraction
    initial: Fraction
    release: Fraction


class Levels(NamedTuple):
    """Whole units of the asset: liquidated below maintenance, topped up below search, paid out above release."""

    maintenance: int
    search: int
    initial: int
    release: int


def maintenance(held: Exposure, mark: Fraction, risk: Risk, asset_units: Fraction) -> int:
    """What must not be undercut, rounded up: the larger of the long and the short side, plus funding due.

    A side counts where the volume with all orders of that side would lie on it. `asset_units` is the value of one
    contract for each unit of price.

    >>> quarter, tenth = Fraction(1, 4), Fraction(1, 10)
    >>> maintenance(Exposure(Fraction(-1)), Fraction(15_900), Risk(quarter, ZERO, tenth, tenth), Fraction(1))
    5565
    """
    v = held.volume
    long = _side(max(v, ZERO), held.buys, mark, risk, risk.long_factor) if v + held.buys > 0 else ZERO
    short = _side(max(-v, ZERO), held.sells, mark, risk, risk.short_factor) if v - held.sells < 0 else ZERO
    return ceil((max(long, short) + held.funding_due) * asset_units)


def _side(size: Fraction, orders: Fraction, mark: Fraction, risk: Risk, factor: Fraction) -> Fraction:
    return mark * (risk.slippage(size) * size + factor * (size + orders))


def cross_levels(held: Exposure, mark: Fraction, risk: Risk, scaling: Scaling, asset_units: Fraction) -> Levels:
    """The four levels of a cross margined party; those above maintenance are multiples of it, rounded down."""
    least = maintenance(held, mark, risk, asset_units)
    return Levels(least, *(floor(least * factor) for factor in scaling))


def isolated_levels(held: Exposure, mark: Fraction, risk: Risk, scaling: Scaling, asset_units: Fraction) -> Levels:
    """The levels of an isolated position: orders have a margin of their own, and nothing is searched or released."""
    least = maintenance(held._replace(buys=ZERO, sells=ZERO), mark, risk, asset_units)
    return Levels(least, 0, floor(least * scaling.initial), 0)


def margin_factor_accepted(margin_factor: Fraction, risk: Risk) -> bool:
    """Whether isolated margin may be this share of the value at entry: above zero, and above what maintenance needs.

    Quadratic slippage does not count. A factor above 1 is accepted.
    """
    least = max(risk.long_factor, risk.short_factor) + risk.linear_slippage
    return margin_factor > max(ZERO, least)


def liquidation_price(held: Exposure, mark: Fraction, collateral: Fraction, risk: Risk) -> Fraction | None:
    """The mark at which collateral, moved with it and less funding due, is the maintenance of the open volume.

    Not below zero; None where no mark has that property: without a position, or where maintenance falls as fast as a
    long loses. Unrounded; orders do not count. The root is that of `margin.thresholds`, the rate that of the volume.

    >>> half, tenth = Fraction(1, 2), Fraction(1, 10)
    >>> held = Exposure(Fraction(4000))
    >>> liquidation_price(held, Fraction("1234.5"), Fraction(3_259_080), Risk(half, ZERO, tenth, tenth))
    Fraction(41973, 40)
    """
    v, rate = held.volume, risk.rate(held.volume)
    capital = collateral - held.funding_due - v * mark
    n1, n2, d1, d2 = lot_value_root(v.numerator, capital.numerator, rate.numerator, 0, rate.denominator)
    if d1 * d2 == 0:
        return None
    return max(ZERO, Fraction(n1 * n2 * v.denominator, d1 * d2 * capital.denominator))


class Averages(NamedTuple):
    """Over a funding period: the time-weighted prices of the perpetual and of its index, and its length in years."""

    perpetual_price: Fraction
    index_price: Fraction
    years: Fraction


def funding_payment(over: Averages, interest_rate: Fraction, lowest: Fraction, highest: Fraction) -> Fraction:
    """What a long pays a short for each contract, unrounded; below zero, what it receives.

    The distance of perpetual and index, and the interest on the index held, as a share of it, between `lowest` and
    `highest`.

    >>> over = Averages(Fraction(1590), Fraction(1600), Fraction("0.002"))
    >>> funding_payment(over, Fraction("0.05"), ZERO, Fraction("0.9"))
    Fraction(4, 25)
    """
    perpetual, index, years = over
    carried = index * (1 + years * interest_rate) - perpetual
    return perpetual - index + min(highest * index, max(lowest * index, carried))
