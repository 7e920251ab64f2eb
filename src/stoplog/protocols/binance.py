"""Binance portfolio margin: equity by collateral rates, and what the ratio to maintenance margin means.

Dollars, unrounded. Source: Binance, portfolio margin pro, maintenance margin ratio.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

ZERO = Fraction(0)


class Status(StrEnum):
    """What an account may do."""

    NORMAL = "normal"
    MARGIN_CALL = "margin_call"
    REDUCE_ONLY = "reduce_only"
    LIQUIDATION = "liquidation"


BANDS = (
    (Fraction("1.5"), Status.NORMAL),
    (Fraction("1.2"), Status.MARGIN_CALL),
    (Fraction("1.05"), Status.REDUCE_ONLY),
)
"""A ratio above a bound has its status, the first that it is above."""


class Asset(NamedTuple):
    """What there is of an asset after loans, with wallets and profit; `price` is the index, `rate` in [0, 1]."""

    amount: Fraction
    price: Fraction
    rate: Fraction


def equity(assets: Iterable[Asset]) -> Fraction:
    """What is there counts at its collateral rate, what is owed in full.

    >>> coin, rate = Fraction(100), Fraction("0.95")
    >>> equity([Asset(Fraction(2), coin, rate), Asset(Fraction(-1), coin / 2, rate)])
    Fraction(140, 1)
    """
    worths = [(asset.amount * asset.price, asset.rate) for asset in assets]
    return sum((min(worth * rate, worth) for worth, rate in worths), ZERO)


def status(ratio: Fraction) -> Status:
    """What a ratio of adjusted equity to maintenance margin means; at a bound the harsher status holds.

    >>> [status(Fraction(ratio)).value for ratio in ("1.6", "1.5", "1.1", "1.05")]
    ['normal', 'margin_call', 'reduce_only', 'liquidation']
    """
    return next((found for bound, found in BANDS if ratio > bound), Status.LIQUIDATION)
