"""What a portfolio on one underlying must hold by its scenarios, and what it can lose at most.

Amounts are in the smallest unit of the money that it settles in, prices in units of the underlying's price.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from stoplog.units import mul_div_up, ratio_down, rule

NO_RIGHT, CALL, PUT = range(3)
"""What an instrument gives: the underlying itself, the right to buy it at a strike, or to sell it."""


@rule
def exercised(right: int, strike: int, price: int) -> int:
    """What an instrument is worth per unit where the underlying settles at `price`, in units of price: rule PRT-001.

    >>> exercised(CALL, 100, 130), exercised(PUT, 100, 130), exercised(PUT, 100, 70), exercised(NO_RIGHT, 0, 130)
    (30, 0, 30, 130)
    """
    if right == CALL:
        return max(0, price - strike)
    if right == PUT:
        return max(0, strike - price)
    return price


@rule
def settled_at(right: int, strike: int, coin_units: int, price_max: int, price: int) -> int:
    """The price at which an instrument settles where its underlying does at `price`, above 0: rule PRT-001.

    `coin_units` are the option's price units of a coin, 0 where it is paid in the underlying's. Rounded down, at most
    `price_max`.

    >>> settled_at(CALL, 100, 0, 10**6, 130), settled_at(CALL, 100, 10_000, 10**6, 130), settled_at(PUT, 9, 100, 50, 1)
    (30, 2307, 50)
    """
    gained = exercised(right, strike, price)
    if coin_units != 0:
        return ratio_down(gained, coin_units, 1, price, 1, 1, price_max)
    return min(gained, price_max)


@rule
def required_by_scenarios(loss: int, charge: int, factor: int, one: int) -> int:
    """The worst loss and the charge for what is short, times a factor, rounded up: rule PRT-003.

    >>> required_by_scenarios(700, 50, 120, 100)
    900
    """
    return mul_div_up(loss + charge, factor, one)


@rule
def at_most_lost(required: int, value: int, floor: int) -> int:
    """A requirement, but no more than `value` is above what is left of it at the worst settlement: rule PRT-004.

    >>> at_most_lost(900, 1000, 400), at_most_lost(900, 1000, 0), at_most_lost(900, 300, 400)
    (600, 900, 0)
    """
    return min(required, max(0, value - floor))


class Claim(NamedTuple):
    """What a position is a claim on at its expiry: `units` of the underlying, below zero owed, under its right."""

    units: int
    right: int
    strike: int
    expiry: int


def least_left(claims: Collection[Claim], highest: int) -> int:
    """What linear claims on one underlying are worth at the worst settlement up to `highest`: F of rule PRT-004.

    Each expiry for itself: at 0, at `highest` or at a strike, because between these the sum is a straight line.

    >>> short, long = Claim(-10, CALL, 100, 1), Claim(10, CALL, 110, 1)
    >>> least_left([short, long], 1000), least_left([short, long._replace(expiry=2)], 1000)
    (-100, -9000)
    """
    expiries = {claim.expiry for claim in claims}
    return sum(_least_at([claim for claim in claims if claim.expiry == expiry], highest) for expiry in expiries)


def _least_at(claims: Collection[Claim], highest: int) -> int:
    prices = {0, highest, *(claim.strike for claim in claims)}
    return min(sum(claim.units * exercised(claim.right, claim.strike, price) for claim in claims) for price in prices)
