"""Settlement on a time-averaged index, to the unit, and what comes of it in the engine."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.codes import Event, InstrumentState, Parameter
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.expiries import HALF_AN_HOUR, Observed, due, expire_due, time_average
from stoplog.margin.scenarios import CALL

pytestmark = pytest.mark.rule("AVG-001")

DATE = 10 * HALF_AN_HOUR


@st.composite
def indexes(draw: st.DrawFn) -> tuple[list[Observed], int, int]:
    """An index that reaches back to the start of an interval, and the interval."""
    times = sorted(draw(st.lists(st.integers(0, 300), min_size=1, max_size=8)))
    prices = draw(st.lists(st.integers(1, 2**40), min_size=len(times), max_size=len(times)))
    start = draw(st.integers(times[0], times[0] + 300))
    return list(map(Observed, times, prices)), start, start + draw(st.integers(1, 300))


def at(index: list[Observed], time: int) -> int:
    return [observed.price for observed in index if observed.time <= time][-1]


@given(indexes())
def test_the_average_is_the_mean_of_every_millisecond(given_: tuple[list[Observed], int, int]) -> None:
    index, start, end = given_
    assert time_average(index, start, end) == round(
        Fraction(sum(at(index, time) for time in range(start, end)), end - start)
    )


@given(indexes(), st.integers(1, 2**20))
def test_what_is_observed_at_the_end_or_after_it_does_not_count(
    given_: tuple[list[Observed], int, int], price: int
) -> None:
    index, start, end = given_
    before = [observed for observed in index if observed.time < end]
    assert time_average([*before, Observed(end, price)], start, end) == time_average(before, start, end)


@pytest.mark.parametrize(
    ("index", "start", "end", "told"),
    [
        ([], 0, 1, "index: nothing says what it was at 0; there is none of it"),
        ([Observed(5, 1)], 4, 9, "index: nothing says what it was at 4; the first of it is at 5"),
        ([Observed(0, 1), Observed(5, 1), Observed(4, 1)], 4, 9, "index: 4 of observation 2 is before 5"),
        ([Observed(0, 1)], 9, 9, "end: 9 is not after 9"),
    ],
)
def test_an_index_that_does_not_say_it_is_refused(index: list[Observed], start: int, end: int, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        time_average(index, start, end)


def venue() -> Engine:
    """A perpetual, a call on it at 100, and a dated future of its own; somebody has a call."""
    batch = Batch()
    batch.register_asset(decimals=2)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=10**6, initial_rate=10**7)
    for _ in range(3):
        batch.register_instrument(asset=1, tier_table=1, payoff=0, multiplier=1, price_max=1000, position_limit=1000)
    for number, date in ((2, DATE), (3, DATE - 1)):
        batch.set_parameter(instrument=number, parameter=Parameter.EXPIRY_TIME, value=date)
    batch.set_underlying(instrument=2, underlying=1, right=CALL, strike=100)
    for number in (1, 2, 3):
        batch.mark(instrument=number, price=20, time=1)
    batch.register_account()
    batch.deposit(account=1, asset=1, amount=1000)
    batch.open_compartment(account=1, instrument=2, margin=500)
    batch.fill(instrument=2, compartment=1, size=10, price=20)
    engine = Engine()
    assert not engine.apply(batch.records())["reason"].any()
    return engine


def test_all_that_is_due_settles_by_the_average_of_its_index() -> None:
    """120 for ten minutes, then 135: 130 on the average, 30 for the call."""
    engine, batch = venue(), Batch()
    ten = HALF_AN_HOUR // 3
    index = [Observed(0, 50), Observed(DATE - HALF_AN_HOUR, 120), Observed(DATE - 2 * ten, 135), Observed(DATE, 999)]
    assert due(engine.tables, DATE - 2) == []
    assert expire_due(engine.tables, {1: index, 3: [Observed(0, 70)]}, batch, time=DATE) == [3, 2]
    events = engine.apply(batch.records())
    assert not events["reason"].any()
    settled = events[events["kind"] == Event.SETTLED_AT_EXPIRY]
    assert settled[settled["compartment"] == 1][["third", "amount"]].tolist() == [(30, 10 * (30 - 20))]
    assert (engine.tables.rows("instruments")["state"][2:4] == InstrumentState.EXPIRED).all()
    assert expire_due(engine.tables, {}, Batch(), time=DATE) == []


def test_without_an_index_nothing_is_appended() -> None:
    engine, batch = venue(), Batch()
    with pytest.raises(ValueError, match="indexes: none of 1, which instrument 2 settles by"):
        expire_due(engine.tables, {3: [Observed(0, 70)]}, batch, time=DATE)
    assert len(batch) == 0
