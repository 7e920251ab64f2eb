"""Hyperliquid: who liquidates, and how much may be borrowed on collateral in portfolio margin.

Tiers, prices and what must stay in a position are the common family's: see the preset `hyperliquid`.
Source: Hyperliquid documentation, liquidations and portfolio margin.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction


class Stage(StrEnum):
    """How far a liquidation goes."""

    NONE = "none"
    BOOK = "book"
    BACKSTOP_VAULT = "backstop_vault"


def liquidation_stage(equity: Fraction, maintenance: Fraction) -> Stage:
    """Below maintenance the position is offered to the book; below two thirds of it the vault takes it over.

    Both strictly: at the boundary itself the milder stage holds.

    >>> [liquidation_stage(Fraction(equity), Fraction(30)).value for equity in (30, 29, 20, 19)]
    ['none', 'book', 'book', 'backstop_vault']
    """
    if equity >= maintenance:
        return Stage.NONE
    return Stage.BOOK if 3 * equity >= 2 * maintenance else Stage.BACKSTOP_VAULT


def borrowing_threshold(collateral: Fraction, loan_to_value: Fraction, share: Fraction = Fraction(1, 2)) -> Fraction:
    """In portfolio margin: what may be owed on collateral before it is liquidated.

    A share of the way from the loan to value to 1. The venue's questions page reckons with two thirds.

    >>> borrowing_threshold(Fraction(300), Fraction(1, 2), Fraction(2, 3))
    Fraction(250, 1)
    """
    return collateral * (loan_to_value + (1 - loan_to_value) * share)
