"""BitMEX's inverse contracts: every amount a whole number of satoshi, every price back from a whole one per contract.

Source: rows of the venue's own position table, from which the rounding was inferred (`docs/conformance.md`).
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

SATOSHI = 10**8
"""Satoshi of a coin."""


class Position(NamedTuple):
    """Contracts of one dollar, above zero long; the average entry price; rates as shares of value.

    `closing_fee` is what the venue has set aside for closing, in satoshi.
    """

    contracts: int
    entry: Fraction
    leverage: Fraction
    fee_rate: Fraction
    maintenance_rate: Fraction
    closing_fee: int


class Margins(NamedTuple):
    """In satoshi: value at entry, initial margin, the fee for closing as it follows, maintenance with the fee given."""

    cost: int
    initial: int
    closing_fee: int
    maintenance: int


def margins(position: Position) -> Margins:
    """The amounts of a position, each rounded half to even from an exact fraction."""
    cost = abs(position.contracts) * round(SATOSHI / position.entry)
    initial = round(cost / position.leverage)
    fee = round((cost + initial) * position.fee_rate)
    return Margins(cost, initial, fee, round(cost * position.maintenance_rate) + position.closing_fee)


def price_at(position: Position, total: int, tick: Fraction) -> Fraction:
    """The price at which the position is worth `total` satoshi.

    A whole number of satoshi per contract, rounded away from the trader (up for a short), then the price of it on the
    tick, rounded away from him again (down for a short).
    """
    short = position.contracts < 0
    each = Fraction(total, abs(position.contracts))
    whole = ceil(each) if short else floor(each)
    steps = SATOSHI / (whole * tick)
    return tick * (floor(steps) if short else ceil(steps))


def bankruptcy_price(position: Position, tick: Fraction) -> Fraction:
    """Where the initial margin is lost."""
    found = margins(position)
    side = 1 if position.contracts > 0 else -1
    return price_at(position, found.cost + side * found.initial, tick)


def liquidation_price(position: Position, tick: Fraction) -> Fraction:
    """Where initial margin and the fee set aside are lost down to the maintenance margin."""
    found = margins(position)
    side = 1 if position.contracts > 0 else -1
    left = found.initial + position.closing_fee - found.maintenance
    return price_at(position, found.cost + side * left, tick)
