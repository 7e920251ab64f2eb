"""Laws of `stoplog.protocols.vega_network`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from protocols.figures import held, prices, sizes

from stoplog.protocols.vega_network import NetworkPosition

Taken = tuple[Fraction, Fraction]

takes = st.lists(st.tuples(held, prices), min_size=1, max_size=8)


def after(taken: list[Taken]) -> NetworkPosition:
    position = NetworkPosition()
    for size, price in taken:
        position = position.take(size, price)
    return position


@pytest.mark.rule("PRO-008", "POS-001", "POS-002")
@given(takes, prices)
def test_profit_is_what_every_trade_has_won_at_the_mark(taken: list[Taken], mark: Fraction) -> None:
    position = after(taken)
    assert position.size == sum(size for size, _ in taken)
    assert position.realised + position.unrealised(mark) == sum(size * (mark - price) for size, price in taken)


@pytest.mark.rule("PRO-008", "POS-001")
@given(takes, prices, st.integers(1, 9))
def test_a_part_is_sold_at_the_average_entry(taken: list[Taken], price: Fraction, ninths: int) -> None:
    before = after(taken)
    assume(before.size != 0)
    sold = before.take(-before.size * Fraction(ninths, 9), price)
    assert sold.realised - before.realised == before.unrealised(price) * Fraction(ninths, 9)
    assert sold.cost == before.cost * (1 - Fraction(ninths, 9)), "the average entry stays"


@pytest.mark.rule("PRO-008")
@given(takes, sizes, prices, prices)
def test_growing_realises_nothing(taken: list[Taken], more: Fraction, price: Fraction, mark: Fraction) -> None:
    before = after(taken)
    grown = before.take(more if before.size >= 0 else -more, price)
    assert grown.realised == before.realised
    assert grown.unrealised(mark) - before.unrealised(mark) == (grown.size - before.size) * (mark - price)
