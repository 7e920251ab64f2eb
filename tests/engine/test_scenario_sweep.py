"""The sweep over scenarios is plain sums, to the unit, whatever widths it chooses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.engine.scenario_sweep import NARROW, SMALLEST_SHARE, Portfolios, RiskArrays, sweep
from stoplog.units import SIZE_MAX

pytestmark = pytest.mark.rule("SCN-001")

LIMITS = st.sampled_from(
    ((9, 9), (NARROW, NARROW), (NARROW + 1, 10**9), (10**9, NARROW + 1), (SIZE_MAX, 2**17), (3, 2**57))
)


@st.composite
def books(draw: st.DrawFn) -> tuple[list[list[tuple[int, int]]], list[list[int]]]:
    """Portfolios as (instrument, lots), none or many positions long, and risk arrays."""
    lots, value = draw(LIMITS)
    scenarios, instruments = draw(st.integers(1, 19)), draw(st.integers(1, 4))
    numbers = st.integers(-value, value)
    arrays = draw(st.lists(st.lists(numbers, min_size=scenarios, max_size=scenarios), min_size=instruments, max_size=4))
    position = st.tuples(st.integers(0, instruments - 1), st.integers(-lots, lots))
    return draw(st.lists(st.lists(position, max_size=11), max_size=5)), arrays


def laid_out(portfolios: list[list[tuple[int, int]]]) -> Portfolios:
    """The same portfolios side by side."""
    first = np.cumsum([0, *map(len, portfolios)])
    flat = np.array([pair for held in portfolios for pair in held], np.int64).reshape(-1, 2)
    return Portfolios(first, flat[:, 0], flat[:, 1])


def profits(held: list[tuple[int, int]], arrays: list[list[int]]) -> list[int]:
    """Profit by scenario, on unlimited integers."""
    return [sum(lots * arrays[i][s] for i, lots in held) for s in range(len(arrays[0]))]


@given(books())
@settings(deadline=None, max_examples=400)
def test_the_sweep_is_the_plain_sum(book: tuple[list[list[tuple[int, int]]], list[list[int]]]) -> None:
    """The worst profit, the first scenario that has it, and what is lost in it; or a refusal, and never a wrong sum."""
    portfolios, arrays = book
    gross = max((sum(abs(lots) for _, lots in held) for held in portfolios), default=0)
    if gross * max(abs(v) for row in arrays for v in row) >= 2**63:
        with pytest.raises(ValueError, match="more than"):
            sweep(laid_out(portfolios), RiskArrays(arrays))
        return
    found = sweep(laid_out(portfolios), RiskArrays(arrays))
    expected = [profits(held, arrays) for held in portfolios]
    assert found.profit.tolist() == [min(row) for row in expected]
    assert found.scenario.tolist() == [row.index(min(row)) for row in expected]
    assert found.scan_risk.tolist() == [max(0, -min(row)) for row in expected]


@pytest.mark.parametrize("largest", [10**6, 2**33])
def test_portfolios_shared_out_over_threads_are_all_swept(largest: int) -> None:
    """Portfolios of many sizes, enough of them for several threads, against NumPy's sums."""
    draw = np.random.default_rng(5)
    first = np.concatenate(([0], np.cumsum(draw.integers(0, 40, 2 * SMALLEST_SHARE // 15))))
    instrument, size = draw.integers(0, 50, first[-1]), draw.integers(-1000, 1000, first[-1])
    arrays = draw.integers(-largest, largest, (50, 33))
    assert len(size) > 2 * SMALLEST_SHARE
    found = sweep(Portfolios(first, instrument, size), RiskArrays(arrays))
    terms = np.concatenate((np.zeros((1, 33), np.int64), np.cumsum(size[:, None] * arrays[instrument], axis=0)))
    expected = terms[first[1:]] - terms[first[:-1]]
    assert (found.profit == expected.min(axis=1)).all()
    assert (found.scenario == expected.argmin(axis=1)).all()


@pytest.mark.parametrize(
    ("first", "instrument", "size", "sentence"),
    [
        ([0, 1], [0], [1.5], "size: whole numbers, not float64"),
        ([0, 1], [0, 1], [5], "instrument and size: of 2 and 1 positions, which should be as many"),
        ([0, 2], [0], [5], "first: from 0, never falling, to the number of positions, 1"),
        ([0, 3, 1], [0], [5], "first: from 0, never falling, to the number of positions, 1"),
        ([], [], [], "first: from 0, never falling, to the number of positions, 0"),
        ([0, 1], [-1], [5], "instrument: from 0 to 2,147,483,647, not -1 to -1"),
        ([0, 1], [0], [2**40 + 1], "size: 1,099,511,627,777 lots, more than 1,099,511,627,776"),
        ([0, 1], [0], np.array([2**64 - 1], np.uint64), "size: 18,446,744,073,709,551,615 is more than"),
    ],
)
def test_what_cannot_be_swept_is_refused_by_name(
    first: object, instrument: object, size: object, sentence: str
) -> None:
    """The field and the figure."""
    with pytest.raises(ValueError, match=sentence):
        Portfolios(first, instrument, size)  # type: ignore[arg-type]


def test_a_missing_array_and_a_shapeless_table_are_refused() -> None:
    """Instrument 2 of two; a row instead of a table."""
    with pytest.raises(ValueError, match="instrument 2: there are risk arrays of 2"):
        sweep(Portfolios([0, 1], [2], [1]), RiskArrays([[1], [2]]))
    with pytest.raises(ValueError, match=r"a table of instruments by scenarios, one at least, not of shape \(2,\)"):
        RiskArrays([1, 2])
