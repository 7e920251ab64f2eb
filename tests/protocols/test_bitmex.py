"""Laws of `stoplog.protocols.bitmex`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stoplog.protocols.bitmex import SATOSHI, Position, bankruptcy_price, liquidation_price, margins, price_at

TICK = Fraction(1, 2)
contracts = st.builds(lambda n, side: n * side, st.integers(1, 10**7), st.sampled_from((-1, 1)))
entries = st.integers(2_000, 400_000).map(lambda half: half * TICK)
positions = st.builds(
    Position,
    contracts,
    entries,
    st.integers(1, 100).map(Fraction),
    st.just(Fraction(75, 100_000)),
    st.just(Fraction(1, 200)),
    st.integers(0, 10**6),
)


@pytest.mark.rule("PRO-025")
@given(positions)
def test_amounts_are_within_a_satoshi_a_contract_of_the_exact_ones(position: Position) -> None:
    found, exact = margins(position), abs(position.contracts) * SATOSHI / position.entry
    assert abs(found.cost - exact) <= Fraction(abs(position.contracts), 2)
    assert abs(found.initial - found.cost / position.leverage) <= Fraction(1, 2)
    assert found.maintenance - position.closing_fee == round(found.cost * position.maintenance_rate)


@pytest.mark.rule("PRO-025")
@given(positions, st.integers(1, 10**12))
def test_a_price_is_on_the_tick_and_rounded_away_from_the_trader(position: Position, total: int) -> None:
    """A short loses where prices rise: his price is never above the exact one."""
    assume(total >= abs(position.contracts))
    found = price_at(position, total, TICK)
    exact = Fraction(SATOSHI * abs(position.contracts), total)
    assert found % TICK == 0
    assert found <= exact if position.contracts < 0 else found >= exact


@pytest.mark.rule("PRO-025")
@given(positions)
def test_bankruptcy_lies_beyond_liquidation(position: Position) -> None:
    found = margins(position)
    assume(found.initial + position.closing_fee >= found.maintenance)
    assume(found.cost - found.initial >= abs(position.contracts))
    liquidation, bankruptcy = liquidation_price(position, TICK), bankruptcy_price(position, TICK)
    assert bankruptcy >= liquidation if position.contracts < 0 else bankruptcy <= liquidation


@pytest.mark.rule("PRO-025")
def test_the_row_that_the_venue_published() -> None:
    """Short 500 at 6,725 with leverage 25: bankrupt at 7,004.5, liquidated at 6,968.5."""
    rates = Fraction(75, 100_000), Fraction(1, 200)
    row = Position(-500, Fraction(6_725), Fraction(25), *rates, 5_800)
    assert margins(row) == (7_435_000, 297_400, 5_799, 42_975)
    assert bankruptcy_price(row, TICK) == Fraction("7004.5")
    assert liquidation_price(row, TICK) == Fraction("6968.5")
