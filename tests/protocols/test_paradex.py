"""Laws of `stoplog.protocols.paradex`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols.figures import amounts, fractions, prices, shares, sizes, volumes

from stoplog.protocols.paradex import (
    SHARES,
    Account,
    Leg,
    Open,
    cut,
    deltas,
    order_check,
    smallest_cut,
)

accounts = st.builds(Account, amounts, sizes, shares)
legs = st.lists(st.builds(Leg, volumes, fractions(-1, 1)), max_size=5)
opens = st.builds(Open, volumes, sizes, sizes)


@pytest.mark.rule("PRO-020")
@given(accounts, shares, sizes, sizes)
def test_the_fund_takes_its_fee_of_what_is_freed(
    account: Account, share: Fraction, collateral: Fraction, loss: Fraction
) -> None:
    after = cut(account, share)
    assert after.penalty == account.fee * (account.maintenance - after.maintenance)
    assert account.value - after.value == after.penalty
    assert collateral - after.collateral_left(collateral, loss) == after.penalty + after.realised(loss)
    whole = cut(account, Fraction(1))
    assert whole.maintenance == 0
    assert whole.realised(loss) == loss, "all of it is realised when all is closed"


@pytest.mark.rule("PRO-020")
@given(accounts, fractions(0, 2))
def test_no_smaller_cut_would_do(account: Account, target: Fraction) -> None:
    found = smallest_cut(account, target)
    does = [after for after in (cut(account, share) for share in SHARES) if after.value > 0]
    does = [after for after in does if after.maintenance < target * after.value]
    assert found == (does[0] if does else None)
    if target > 0:
        assert (found is None) == (cut(account, Fraction(1)).value <= 0 and not does), "closing all of it is enough"


@pytest.mark.rule("PRO-020")
@given(st.builds(Account, fractions(1, 10**6), sizes, shares), sizes)
def test_a_richer_account_is_never_cut_more(account: Account, richer: Fraction) -> None:
    target = Fraction(9, 10)
    before = smallest_cut(account, target)
    after = smallest_cut(account._replace(value=account.value + richer), target)
    if before is not None:
        assert after is not None
        assert after.share <= before.share


@pytest.mark.rule("PRO-021")
@given(legs, shares, shares, prices)
def test_hedged_delta_is_what_the_sides_cancel_and_the_order_of_legs_does_not_matter(
    some: list[Leg], unhedged: Fraction, hedged: Fraction, spot: Fraction
) -> None:
    found = deltas(some)
    up = sum((leg.size * leg.delta for leg in some if leg.size * leg.delta > 0), Fraction(0))
    down = found.gross - up
    assert found.hedged == min(up, down)
    assert found.net == up - down
    assert deltas(some[::-1]) == found
    assert found.risk(unhedged, hedged, spot) >= 0
    double = deltas([*some, *some])
    assert double.risk(unhedged, hedged, spot) == 2 * found.risk(unhedged, hedged, spot)


@pytest.mark.rule("PRO-021")
@given(opens, volumes, prices, shares, amounts)
def test_an_order_is_taken_where_it_is_covered_or_raises_nothing(
    held: Open, order: Fraction, mark: Fraction, rate: Fraction, value: Fraction
) -> None:
    found = order_check(held, order, mark, rate, value)
    before = order_check(held, Fraction(0), mark, rate, value)
    assert before.accepted, "no order raises nothing"
    assert found.initial_margin >= before.initial_margin, "an order more never needs less"
    assert found.accepted == (value >= found.initial_margin or found.initial_margin == before.initial_margin)
    assert order_check(held, order, mark, rate, found.initial_margin).accepted


@pytest.mark.rule("PRO-021", "ORM-001")
@given(volumes.filter(bool), shares, prices, shares)
def test_an_order_that_only_closes_is_always_taken(
    position: Fraction, part: Fraction, mark: Fraction, rate: Fraction
) -> None:
    held = Open(position, Fraction(0), Fraction(0))
    found = order_check(held, -position * part, mark, rate, Fraction(-1))
    assert found.accepted
    assert found.initial_margin == abs(position) * mark * rate, "that of the position, as before"
    assert order_check(held, -2 * position, mark, rate, Fraction(-1)).accepted, "up to the same size the other way"


@pytest.mark.rule("PRO-021")
@given(opens, volumes, prices, shares, amounts)
def test_buying_and_selling_are_mirrored(
    held: Open, order: Fraction, mark: Fraction, rate: Fraction, value: Fraction
) -> None:
    mirrored = Open(-held.position, held.sells, held.buys)
    assert order_check(held, order, mark, rate, value) == order_check(mirrored, -order, mark, rate, value)
