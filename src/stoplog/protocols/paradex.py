"""Paradex: cutting all positions of an account by a share, the least portfolio margin, and the check of an order.

Dollars, base units and shares, unrounded. Source: tradeparadex/paradex-docs @9b82a75a03, risk system. Its pages state a
fee of 70 % and reckon with 50 %; the fee is an input here.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

ZERO = Fraction(0)

SHARES = tuple(Fraction(fifth, 5) for fifth in range(1, 6))
"""How much of every position a liquidation may close."""


class Account(NamedTuple):
    """What an account is worth and what it must hold, in dollars; `fee` is the share of what is freed that is taken."""

    value: Fraction
    maintenance: Fraction
    fee: Fraction


class Cut(NamedTuple):
    """An account after `share` of every position was closed at the mark."""

    share: Fraction
    penalty: Fraction
    value: Fraction
    maintenance: Fraction

    def margin_ratio(self) -> Fraction | None:
        """Maintenance as a share of the value; None where there is no value."""
        return self.maintenance / self.value if self.value > 0 else None

    def realised(self, unrealised_loss: Fraction) -> Fraction:
        """What of a loss, above zero, the cut has turned into a loss of collateral."""
        return self.share * unrealised_loss

    def collateral_left(self, collateral: Fraction, unrealised_loss: Fraction) -> Fraction:
        """The collateral once that loss is realised and the penalty paid."""
        return collateral - self.realised(unrealised_loss) - self.penalty


def cut(account: Account, share: Fraction) -> Cut:
    """Closing `share` frees that share of maintenance, of which the insurance fund takes the fee.

    >>> cut(Account(Fraction(80), Fraction("88.8"), Fraction(1, 2)), Fraction(2, 5)).penalty
    Fraction(444, 25)
    """
    penalty = share * account.fee * account.maintenance
    return Cut(share, penalty, account.value - penalty, account.maintenance * (1 - share))


def smallest_cut(account: Account, target: Fraction) -> Cut | None:
    """The first cut after which the account has a value, and a margin ratio below `target`.

    None where none has: then all of it is closed and the account is bankrupt.

    >>> found = smallest_cut(Account(Fraction(80), Fraction("88.8"), Fraction(1, 2)), Fraction(9, 10))
    >>> found.share
    Fraction(2, 5)
    """
    for share in SHARES:
        after = cut(account, share)
        ratio = after.margin_ratio()
        if ratio is not None and ratio < target:
            return after
    return None


class Leg(NamedTuple):
    """A signed size and its delta per unit."""

    size: Fraction
    delta: Fraction


class Deltas(NamedTuple):
    """Of a portfolio in one underlying, in base units: `hedged` is the part of each side that the other cancels."""

    net: Fraction
    gross: Fraction

    @property
    def hedged(self) -> Fraction:
        return (self.gross - abs(self.net)) / 2

    def risk(self, unhedged_factor: Fraction, hedged_factor: Fraction, spot: Fraction) -> Fraction:
        """The least that portfolio margin may be, in dollars."""
        return (unhedged_factor * abs(self.net) + hedged_factor * self.hedged) * spot


def deltas(legs: Iterable[Leg]) -> Deltas:
    """Net and gross delta of the legs.

    >>> found = deltas([Leg(Fraction(1), Fraction(1)), Leg(Fraction(-5), Fraction("0.3"))])
    >>> found.hedged, found.risk(Fraction("0.02"), Fraction("0.01"), Fraction(70_000))
    (Fraction(1, 1), Fraction(1400, 1))
    """
    exposures = [leg.size * leg.delta for leg in legs]
    return Deltas(sum(exposures, ZERO), sum(map(abs, exposures), ZERO))


class Open(NamedTuple):
    """What is open in one market: a signed position, and the sizes of resting orders on either side."""

    position: Fraction
    buys: Fraction
    sells: Fraction

    def largest(self) -> Fraction:
        """The size that the position can have once all orders of one side have filled, never below zero."""
        return max(ZERO, self.buys + self.position, self.sells - self.position)

    def with_order(self, size: Fraction) -> Open:
        """The same with one order more: above zero a buy."""
        return self._replace(buys=self.buys + max(ZERO, size), sells=self.sells + max(ZERO, -size))


class OrderCheck(NamedTuple):
    """The initial margin with the order, and whether the order is taken."""

    initial_margin: Fraction
    accepted: bool


def order_check(
    held: Open, order: Fraction, mark: Fraction, initial_rate: Fraction, account_value: Fraction
) -> OrderCheck:
    """An order is taken where the account covers the initial margin with it, or where that does not rise by it.

    >>> held = Open(Fraction(10), Fraction(0), Fraction(0))
    >>> order_check(held, Fraction(-5), Fraction(98), Fraction(1, 10), Fraction(80))
    OrderCheck(initial_margin=Fraction(98, 1), accepted=True)
    """
    before, after = (size * initial_rate * mark for size in (held.largest(), held.with_order(order).largest()))
    return OrderCheck(after, account_value >= after or after <= before)
