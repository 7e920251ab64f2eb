"""Bybit: when automatic deleveraging starts and ends, and how much it closes.

Amounts of the insurance pool in its own currency, unrounded. Source: Bybit's API documentation, alert of deleveraging.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Pool(NamedTuple):
    """An insurance pool: `profit` and its maximum are those of eight hours, as is the largest balance, above zero."""

    balance: Fraction
    largest_balance: Fraction
    profit: Fraction
    largest_profit: Fraction

    @property
    def drawdown(self) -> Fraction:
        """What has been lost since the profit was largest, as a share of the largest balance; not above zero."""
        return (self.profit - self.largest_profit) / self.largest_balance


class Trigger(NamedTuple):
    """`balance`: above it the drawdown decides; `start` and `stop` are drawdowns, below zero."""

    balance: Fraction
    start: Fraction
    stop: Fraction


def deleveraging_starts(pool: Pool, trigger: Trigger) -> bool:
    """Where the pool is empty, or above its threshold has lost as much as `start`: at the boundary too.

    >>> pool = Pool(Fraction(2_000_000), Fraction(2_000_000), Fraction(400_000), Fraction(1_000_000))
    >>> deleveraging_starts(pool, Trigger(Fraction(1), Fraction("-0.3"), Fraction("-0.25")))
    True
    """
    return pool.balance <= 0 or (pool.balance > trigger.balance and pool.drawdown <= trigger.start)


def deleveraging_ends(pool: Pool, trigger: Trigger) -> bool:
    """Where the pool holds something again and its drawdown is above `stop`."""
    return pool.balance > 0 and pool.drawdown > trigger.stop


def to_deleverage(pool: Pool, trigger: Trigger) -> Fraction:
    """What the pool has lost beyond `start`: so much loss is taken over by deleveraging.

    >>> pool = Pool(Fraction(2_000_000), Fraction(2_000_000), Fraction(0), Fraction(1_000_000))
    >>> to_deleverage(pool, Trigger(Fraction(1), Fraction("-0.3"), Fraction("-0.25")))
    Fraction(400000, 1)
    """
    return max(Fraction(0), trigger.start - pool.drawdown) * pool.largest_balance
