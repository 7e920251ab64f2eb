"""Derive's auction of a solvent account that is below its maintenance: a share of it is sold, cheaper with time.

Dollars, unrounded (the source has 18 decimals). Margins are balances: mark-to-market less a requirement, so that
a maintenance margin below zero is one that is not covered.
Source: derivexyz/v2-core @7736900d39, the Dutch auction.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

ZERO, ONE = Fraction(0), Fraction(1)


class AuctionTerms(NamedTuple):
    """Shares of the value at the start and after the fast phase, both phases in seconds, and the buffer's share."""

    start: Fraction
    cutoff: Fraction
    fast_length: Fraction
    slow_length: Fraction
    buffer: Fraction


class Auctioned(NamedTuple):
    """An account: maintenance margin, mark-to-market above zero, and in both the cash bid so far in this auction."""

    maintenance: Fraction
    mark_to_market: Fraction
    reserved_cash: Fraction = ZERO


class Bid(NamedTuple):
    """The account's price whole, the largest share sold, the share this bid takes, what it pays, and whether it ends.

    `buffer_margin` is what the largest share brings to zero.
    """

    price: Fraction
    buffer_margin: Fraction
    largest: Fraction
    share: Fraction
    cash: Fraction
    ends: bool


def discount(elapsed: Fraction, terms: AuctionTerms) -> Fraction:
    """The share of the value that is asked so many seconds after the start: two straight lines down to 0.

    >>> terms = AuctionTerms(ONE, Fraction(4, 5), Fraction(600), Fraction(7200), Fraction(1, 10))
    >>> [str(discount(Fraction(seconds), terms)) for seconds in (0, 300, 600, 4200, 9000)]
    ['1', '9/10', '4/5', '2/5', '0']
    """
    if elapsed < terms.fast_length:
        return terms.start - (terms.start - terms.cutoff) * elapsed / terms.fast_length
    slow = elapsed - terms.fast_length
    return terms.cutoff * (1 - slow / terms.slow_length) if slow < terms.slow_length else ZERO


def solvent_bid(account: Auctioned, elapsed: Fraction, want: Fraction, terms: AuctionTerms) -> Bid:
    """What a bid for a share of a solvent account gets and pays.

    The largest share leaves a buffer margin, maintenance + (maintenance − mark-to-market) · buffer, of exactly zero;
    a bid for as much or more ends the auction. `ValueError` of an account that is worth nothing: it is insolvent.

    >>> terms = AuctionTerms(ONE, Fraction(4, 5), Fraction(600), Fraction(7200), Fraction(1, 10))
    >>> bid = solvent_bid(Auctioned(Fraction(-100), Fraction(300)), Fraction(300), Fraction(1, 10), terms)
    >>> str(bid.price), str(bid.largest), str(bid.cash)
    ('270', '14/41', '27')
    """
    value, reserved = account.mark_to_market, account.reserved_cash
    if value <= 0:
        raise ValueError(f"mark_to_market: {value} is not above 0, the account is insolvent")
    asked = discount(elapsed, terms)
    price = (value - reserved) * asked
    buffer_margin = account.maintenance + (account.maintenance - value) * terms.buffer
    missing = min(buffer_margin, ZERO)
    largest = missing / (missing - value * asked - reserved * (1 - asked)) if missing else ZERO
    share = min(want, largest)
    return Bid(price, buffer_margin, largest, share, price * share, want >= largest)
