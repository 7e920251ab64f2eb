"""Hyperliquid: who liquidates.

Tiers, prices and what must stay in a position are the common family's: see the preset `hyperliquid`.
Source: Hyperliquid documentation, liquidations.
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
