"""Laws of `stoplog.margin.switching`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.margin.close_fee import capital_before_reserve, reserve_included
from stoplog.margin.switching import Required, in_the_way, to_cross, to_isolated

amounts = st.integers(0, 10**12)
balances = st.integers(-(10**12), 10**12)
causes = st.builds(Required, amounts, amounts, amounts, amounts)


@pytest.mark.rule("CAL-027")
@given(required=causes, gain=amounts, free=balances, purse=amounts)
def test_the_smallest_transfer_is_smallest(required: Required, gain: int, free: int, purse: int) -> None:
    for switch, again in (
        (to_isolated(required, gain, free), lambda more: to_isolated(required, gain, free + more)),
        (to_cross(required, gain, free, purse), lambda more: to_cross(required, gain, free + more, purse)),
    ):
        assert switch.passes == (switch.transfer == 0)
        assert again(switch.transfer).passes
        assert switch.passes or not again(switch.transfer - 1).passes


@pytest.mark.rule("CAL-027")
@given(required=causes, gain=amounts, free=balances)
def test_a_switch_and_back_is_as_before(required: Required, gain: int, free: int) -> None:
    """What a compartment was given is enough to take its position back, at the same requirement."""
    given_to = to_isolated(required, gain, free)
    if given_to.passes:
        back = to_cross(required, gain, free - given_to.needed, given_to.needed)
        assert back.available == free + gain
        assert back.passes


@pytest.mark.rule("POL-004", "CAL-027")
@given(left=balances, side=st.sampled_from([-1, 1]), fee=st.integers(0, 10**7))
def test_the_capital_that_leaves_an_amount_is_the_smallest(left: int, side: int, fee: int) -> None:
    one = 10**8
    capital = capital_before_reserve(left, side, fee, one)
    assert capital - reserve_included(capital, side, fee, one) >= left - 1
    assert capital - 2 - reserve_included(capital - 2, side, fee, one) < left
    exact = capital_before_reserve(left * one, side, fee, one)
    by = one - side * fee
    assert exact * by - reserve_included(exact * by, side, fee, one) == left * one * by


@pytest.mark.rule("CAL-028")
@given(sizes=st.lists(st.integers(1, 40), max_size=6), budget=st.integers(-5, 120))
def test_orders_in_the_way_are_the_newest_that_must_go(sizes: list[int], budget: int) -> None:
    numbered = list(enumerate(sizes))

    def passes(kept: object) -> bool:
        return sum(size for _, size in kept) <= budget  # type: ignore[attr-defined]

    leaving = in_the_way(numbered, passes)
    if budget < 0:
        assert leaving is None
        return
    assert leaving is not None
    staying = [order for order in numbered if order not in leaving]
    assert passes(staying)
    assert all(not passes([*staying, order]) for order in leaving), "none of them could stay beside the others"
    assert passes(numbered) == (not leaving)
