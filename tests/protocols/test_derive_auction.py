"""Laws of `stoplog.protocols.derive_auction`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols.figures import fractions, prices, shares

from stoplog.protocols.derive_auction import Auctioned, AuctionTerms, Bid, discount, solvent_bid

seconds = fractions(0, 20_000)


@st.composite
def terms(draw: st.DrawFn) -> AuctionTerms:
    cutoff, start = sorted((draw(shares), draw(shares)))
    return AuctionTerms(start, cutoff, draw(fractions(1, 1000)), draw(fractions(1, 10_000)), draw(shares))


@st.composite
def accounts(draw: st.DrawFn) -> Auctioned:
    value = draw(prices)
    return Auctioned(value - draw(prices), value, value * draw(fractions(0, 1)))


def after(account: Auctioned, bid: Bid) -> Auctioned:
    """A share of everything but the reserved cash is gone, and what was paid is reserved beside it."""
    stays = 1 - bid.share
    reserved = account.reserved_cash
    kept = (stays * (figure - reserved) + reserved + bid.cash for figure in account[:2])
    return Auctioned(*kept, reserved + bid.cash)


@pytest.mark.rule("PRO-031")
@given(seconds, seconds, terms())
def test_the_discount_falls_from_start_to_nothing(one: Fraction, other: Fraction, asked: AuctionTerms) -> None:
    early, late = sorted((one, other))
    assert asked.start >= discount(early, asked) >= discount(late, asked) >= 0
    assert discount(Fraction(0), asked) == asked.start
    assert discount(asked.fast_length, asked) == asked.cutoff
    assert discount(asked.fast_length + asked.slow_length, asked) == 0


@pytest.mark.rule("PRO-032")
@given(accounts(), seconds, terms())
def test_the_largest_share_brings_the_buffer_margin_to_zero(
    account: Auctioned, elapsed: Fraction, asked: AuctionTerms
) -> None:
    bid = solvent_bid(account, elapsed, Fraction(1), asked)
    assert 0 <= bid.share == bid.largest <= 1
    assert bid.ends
    left = after(account, bid)
    margin = left.maintenance + (left.maintenance - left.mark_to_market) * asked.buffer
    assert margin == max(bid.buffer_margin, 0)


@pytest.mark.rule("PRO-032")
@given(accounts(), seconds, terms(), shares)
def test_two_bids_at_one_time_leave_what_one_would(
    account: Auctioned, elapsed: Fraction, asked: AuctionTerms, part: Fraction
) -> None:
    whole = solvent_bid(account, elapsed, Fraction(1), asked)
    first = solvent_bid(account, elapsed, part * whole.largest, asked)
    assert first.ends == (part == 1 or not whole.largest)
    then = after(account, first)
    if then.mark_to_market > 0:
        second = solvent_bid(then, elapsed, Fraction(1), asked)
        assert first.cash + second.cash == whole.cash
        assert after(then, second) == after(account, whole)


@pytest.mark.rule("PRO-032")
def test_an_account_worth_nothing_is_insolvent() -> None:
    asked = AuctionTerms(Fraction(1), Fraction(1, 2), Fraction(60), Fraction(60), Fraction(0))
    with pytest.raises(ValueError, match="mark_to_market: 0 is not above 0"):
        solvent_bid(Auctioned(Fraction(-5), Fraction(0)), Fraction(0), Fraction(1), asked)
