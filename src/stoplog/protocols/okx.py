"""OKX: margin of an order to sell an option, when deleveraging starts, and how much a partial liquidation closes.

Option amounts in coin, of a contract of `multiplier` coin. Sources: OKX's help pages (options and the insurance fund on
mirrors, partial liquidation as of 2019).
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

ZERO = Fraction(0)

MARGIN_STEP = Fraction(1, 100_000)
"""The margin of a contract is shown, and counted in an order, to five decimals."""


class OptionOrder(NamedTuple):
    """An order to sell: contracts, the price and the fee of one, in coin per coin and in coin."""

    contracts: Fraction
    price: Fraction
    fee: Fraction
    multiplier: Fraction

    @property
    def premium(self) -> Fraction:
        """What the sale of a contract brings in."""
        return self.price * self.multiplier


def sell_to_open_margin(order: OptionOrder, position_margin: Fraction, floor_rate: Fraction) -> Fraction:
    """Opening: the position's margin per contract, rounded half even, less the premium and with the fee.

    Never below `floor_rate` of the contract's coin.

    >>> order = OptionOrder(Fraction(100), Fraction("0.06"), Fraction("0.00002"), Fraction("0.1"))
    >>> sell_to_open_margin(order, Fraction("0.0193212"), Fraction("0.1"))
    Fraction(667, 500)
    """
    shown = round(position_margin / MARGIN_STEP) * MARGIN_STEP
    return max(shown - order.premium + order.fee, floor_rate * order.multiplier) * order.contracts


def sell_to_close_margin(order: OptionOrder) -> Fraction:
    """Closing: what of the fee the premium does not pay.

    >>> sell_to_close_margin(OptionOrder(Fraction(100), Fraction("0.0001"), Fraction("0.00002"), Fraction("0.1")))
    Fraction(1, 1000)
    """
    return max(ZERO, order.fee - order.premium) * order.contracts


def deleveraging_threshold(average: Fraction, drop: Fraction, floor: Fraction) -> Fraction:
    """The insurance fund's mean of eight hours less the larger of a share of it and an amount.

    >>> deleveraging_threshold(Fraction(400_000), Fraction("0.3"), Fraction(50_000))
    Fraction(280000, 1)
    """
    return average - max(drop * average, floor)


def deleveraging_starts(fund: Fraction, average: Fraction, drop: Fraction, floor: Fraction) -> bool:
    """Where the fund is below the threshold, or empty."""
    return fund <= 0 or fund < deleveraging_threshold(average, drop, floor)


def partial_close(position: Fraction, largest: Fraction) -> Fraction:
    """Contracts that are closed so that no more than the largest position of the lower tier is left.

    >>> partial_close(Fraction(15_000), Fraction(2_000))
    Fraction(13000, 1)
    """
    return max(ZERO, position - largest)
