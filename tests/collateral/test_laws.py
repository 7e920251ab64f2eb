"""What holds of every haircut, whatever the parameters, the holding and the others are."""

from __future__ import annotations

import inspect
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.collateral.haircut import (
    Holding,
    Surroundings,
    counted_opening,
    counted_staying,
    deposit_room,
    market_value,
)
from stoplog.collateral.parts import (
    concentration_cut,
    depeg_cut,
    root_up,
    size_cut,
    wrong_way_cut,
    wrong_way_exposure,
)
from stoplog.collateral.regime import first_seen, observed, regime_cut
from stoplog.collateral.terms import Depeg, Regime, Terms
from stoplog.units import RATE_ONE

AMOUNTS = st.integers(1, 10**14) | st.integers(1, 10**4)
RATES = st.integers(0, RATE_ONE)
PRICES = st.integers(0, 10**12)


@st.composite
def regimes(draw: st.DrawFn) -> Regime:
    floor = draw(RATES)
    return Regime(
        interval=60,
        memory=draw(st.integers(1, 100)),
        multiple=draw(st.integers(0, 20 * RATE_ONE)),
        calm=draw(st.integers(0, RATE_ONE // 10)),
        floor=floor,
        ceiling=draw(st.integers(floor, RATE_ONE)),
        rise=draw(st.integers(1, RATE_ONE)),
        fall=draw(st.integers(1, RATE_ONE)),
    )


@st.composite
def terms_of_any_asset(draw: st.DrawFn) -> Terms:
    par = st.builds(Depeg, st.integers(1, 10**9), RATES, st.integers(0, 10 * RATE_ONE))
    return Terms(
        unit=10 ** draw(st.integers(0, 18)),
        base=draw(RATES),
        sellable=draw(AMOUNTS),
        size_factor=draw(RATES),
        concentration_start=draw(AMOUNTS),
        cap=draw(st.integers(0, 10**14)),
        wrong_way=draw(RATES),
        moves_with=(),
        regime=draw(regimes()),
        depeg=draw(st.none() | par),
    )


HOLDINGS = st.builds(Holding, AMOUNTS, PRICES, st.integers(0, 10**20) | st.just(0))
MARKS = st.lists(st.integers(1, 10**9), max_size=30)


@pytest.mark.rule("COL-007")
@given(terms_of_any_asset(), HOLDINGS, st.integers(0, 10**15), RATES)
def test_parts_add_up_and_what_counts_is_between_zero_and_the_value(
    terms: Terms, holding: Holding, others: int, regime: int
) -> None:
    around = Surroundings(holding.amount + others, regime)
    for found in (counted_staying(terms, holding, RATE_ONE), counted_opening(terms, holding, around, RATE_ONE)):
        assert 0 <= found.counts <= found.value
        assert all(part.taken >= 0 and 0 <= part.rate <= RATE_ONE for part in found.parts)
        assert found.value - sum(part.taken for part in found.parts) == found.counts


@pytest.mark.rule("COL-007")
@given(terms_of_any_asset(), HOLDINGS, st.integers(0, 10**15), RATES)
def test_what_opens_counts_for_no_more_than_what_stays(
    terms: Terms, holding: Holding, others: int, regime: int
) -> None:
    opening = counted_opening(terms, holding, Surroundings(holding.amount + others, regime), RATE_ONE)
    assert opening.counts <= counted_staying(terms, holding, RATE_ONE).counts


@pytest.mark.rule("COL-007")
def test_what_stays_is_given_nothing_of_others() -> None:
    assert list(inspect.signature(counted_staying).parameters) == ["terms", "holding", "one"]
    assert set(Holding._fields) == {"amount", "price", "exposure"}


@pytest.mark.rule("COL-003", "COL-007")
@given(terms_of_any_asset(), HOLDINGS, st.integers(0, 10**15), st.integers(0, 10**15), RATES)
def test_a_deposit_of_somebody_else_never_makes_collateral_count_for_more(
    terms: Terms, holding: Holding, others: int, deposited: int, regime: int
) -> None:
    before = Surroundings(holding.amount + others, regime)
    after = before._replace(pool=before.pool + deposited)
    counts = counted_opening(terms, holding, before, RATE_ONE).counts
    assert counted_opening(terms, holding, after, RATE_ONE).counts <= counts


@pytest.mark.rule("COL-002", "COL-003", "COL-004", "COL-007")
@given(terms_of_any_asset(), HOLDINGS, st.integers(0, 10**14), st.integers(0, 10**15), RATES)
def test_more_of_ones_own_collateral_counts_for_no_less_beyond_the_rounding_of_rates(
    terms: Terms, holding: Holding, more: int, others: int, regime: int
) -> None:
    larger = holding._replace(amount=holding.amount + more)
    rounding = 6 + 6 * market_value(terms, larger) // RATE_ONE
    pairs = [(counted_staying(terms, each, RATE_ONE).counts) for each in (holding, larger)]
    assert pairs[1] >= pairs[0] - rounding
    opening = [
        counted_opening(terms, each, Surroundings(each.amount + others, regime), RATE_ONE).counts
        for each in (holding, larger)
    ]
    assert opening[1] >= opening[0] - rounding


@pytest.mark.rule("COL-003")
@given(terms_of_any_asset(), st.lists(AMOUNTS, min_size=1, max_size=6), st.integers(1, 10**9))
def test_all_deposits_together_count_for_no_more_than_where_concentration_starts(
    terms: Terms, amounts: list[int], price: int
) -> None:
    around = Surroundings(sum(amounts), 0)
    counts = sum(counted_opening(terms, Holding(each, price), around, RATE_ONE).counts for each in amounts)
    assert counts * terms.unit <= terms.concentration_start * price + len(amounts) * terms.unit


@pytest.mark.rule("COL-002")
@given(AMOUNTS, AMOUNTS, AMOUNTS, RATES)
def test_a_larger_holding_is_cut_no_less(amount: int, more: int, sellable: int, factor: int) -> None:
    smaller, larger = (size_cut(each, sellable, factor, RATE_ONE) for each in (amount, amount + more))
    assert 0 <= smaller <= larger <= RATE_ONE
    assert size_cut(amount, sellable + more, factor, RATE_ONE) <= smaller
    assert amount > sellable or smaller == 0


@pytest.mark.rule("COL-002")
@pytest.mark.parametrize("one", [1, 7, 30])
def test_what_counts_is_never_above_the_exact_share(one: int) -> None:
    for sellable in range(1, 20):
        for amount in range(sellable + 1, 60):
            counts = one - size_cut(amount, sellable, one, one)
            assert counts**2 * amount <= one**2 * sellable, "1 / √n with a factor of 1"


@pytest.mark.rule("COL-002")
@given(st.integers(0, 10**40))
def test_a_root_is_the_first_whole_number_that_is_not_below_it(number: int) -> None:
    root = root_up(number)
    assert root * root >= number
    assert root == 0 or (root - 1) ** 2 < number


@pytest.mark.rule("COL-003")
@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_a_larger_pool_is_cut_no_less(pool: int, more: int, start: int) -> None:
    assert 0 <= concentration_cut(pool, start, RATE_ONE) <= concentration_cut(pool + more, start, RATE_ONE) <= RATE_ONE


@pytest.mark.rule("COL-004")
@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(1, 10**15), RATES)
def test_more_that_loses_with_it_is_cut_no_less(exposure: int, more: int, value: int, rate: int) -> None:
    less = wrong_way_cut(exposure, value, rate, RATE_ONE)
    assert 0 <= less <= wrong_way_cut(exposure + more, value, rate, RATE_ONE) <= rate
    assert exposure > 0 or less == 0


@pytest.mark.rule("COL-004")
@given(st.integers(0, 10**15), st.integers(0, 10**15), RATES)
def test_a_hedge_never_enlarges_the_exposure(lost: int, won: int, correlation: int) -> None:
    pairs = [("A", RATE_ONE), ("B", correlation)]
    alone = wrong_way_exposure(pairs, {"A": lost}, RATE_ONE)
    assert wrong_way_exposure(pairs, {"A": lost, "B": -won}, RATE_ONE) <= alone == lost
    assert wrong_way_exposure(pairs, {"A": -won}, RATE_ONE) == 0


@pytest.mark.rule("COL-006")
@given(PRICES, PRICES, st.integers(1, 10**9), RATES, st.integers(0, 10 * RATE_ONE))
def test_a_stable_asset_further_from_par_is_cut_no_less(
    price: int, more: int, par: int, start: int, slope: int
) -> None:
    cut = depeg_cut(price, par, start, slope, RATE_ONE)
    assert 0 <= depeg_cut(price + more, par, start, slope, RATE_ONE) <= cut <= RATE_ONE
    assert price * RATE_ONE < start * par or cut == 0


@pytest.mark.rule("COL-001")
@given(terms_of_any_asset(), st.integers(1, 10**12), PRICES)
def test_a_debt_counts_in_full_and_above_par_too(terms: Terms, owed: int, price: int) -> None:
    holding = Holding(-owed, price)
    assert counted_staying(terms, holding, RATE_ONE).counts == -owed * price // terms.unit
    around = Surroundings(10**15, RATE_ONE)
    assert counted_opening(terms, holding, around, RATE_ONE) == counted_staying(terms, holding, RATE_ONE)


@pytest.mark.rule("COL-005")
@given(regimes(), MARKS)
def test_whatever_the_history_the_cut_keeps_its_bounds_and_its_speed(regime: Regime, marks: list[int]) -> None:
    cuts = [regime_cut(marks[:end], regime, RATE_ONE) for end in range(len(marks) + 1)]
    assert all(regime.floor <= cut <= regime.ceiling for cut in cuts)
    assert all(-regime.fall <= after - before <= regime.rise for before, after in pairwise(cuts))


STORMS = st.lists(st.sampled_from([1000, 1000, 1000, 1000, 700, 1400]), min_size=3, max_size=40)


@pytest.mark.rule("COL-005")
@given(STORMS, st.integers(1, 10), st.integers(0, RATE_ONE), st.integers(0, RATE_ONE))
def test_storms_and_calms_move_the_cut_no_faster_than_it_may(
    marks: list[int], memory: int, rise: int, fall: int
) -> None:
    regime = Regime(60, memory, 4 * RATE_ONE, RATE_ONE // 100, 0, RATE_ONE, rise, fall)
    cuts = [regime_cut(marks[:end], regime, RATE_ONE) for end in range(len(marks) + 1)]
    assert all(-fall <= after - before <= rise for before, after in pairwise(cuts))


@pytest.mark.rule("COL-005")
@given(regimes(), st.lists(st.tuples(st.integers(0, 900), st.integers(0, 99)), max_size=30))
def test_a_history_of_larger_moves_is_cut_no_less(regime: Regime, moves: list[tuple[int, int]]) -> None:
    calm = wild = first_seen(1000, regime)
    for move, more in moves:
        calm = observed(calm._replace(mark=1000), 1000 + move, regime, RATE_ONE)
        wild = observed(wild._replace(mark=1000), 1000 - move - more, regime, RATE_ONE)
        assert wild.cut >= calm.cut
        assert wild.mean_move >= calm.mean_move


@pytest.mark.rule("COL-005")
@given(regimes(), MARKS.filter(bool))
def test_a_quiet_market_brings_the_cut_back_to_its_floor(regime: Regime, marks: list[int]) -> None:
    quiet = regime._replace(calm=max(regime.calm, regime.memory), fall=RATE_ONE)
    assert regime_cut([*marks, *[marks[-1]] * 3000], quiet, RATE_ONE) == quiet.floor


@pytest.mark.rule("COL-008")
@given(terms_of_any_asset(), st.integers(0, 10**15), st.integers(0, 10**15))
def test_deposits_that_find_room_never_pass_the_cap(terms: Terms, pool: int, more: int) -> None:
    room = deposit_room(terms, pool)
    assert room >= 0
    assert pool + room == max(pool, terms.cap)
    assert deposit_room(terms, pool + more) <= room
