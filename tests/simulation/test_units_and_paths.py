"""Units chosen from the data, and the marks inside a bar."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.instruments import LINEAR, in_budget
from stoplog.simulation.bars import Bars
from stoplog.simulation.paths import marks_of
from stoplog.simulation.scale import LARGEST_COUNT, choose_scale
from stoplog.units import PRICE_MAX


def bars_of(*rows: tuple[float, float, float, float]) -> Bars:
    columns = np.array(rows, np.float64).T
    return Bars(np.arange(len(rows)) * 60_000 + 10**12, *columns, 60_000, ranges=True)


@pytest.mark.rule("SIM-003")
@pytest.mark.parametrize(
    ("price", "unit", "lot", "multiplier"),
    [
        (121_332.96, "0.01", "0.0001", 1),
        (0.5, "0.1", "1", 100_000),
        (999_999.99, "0.1", "0.00001", 1),
        (0.00001234, "0.00000001", "10000", 100),
        (46_319.0, "1", "0.00001", 10),
        (123_277.830647, "0.01", "0.0001", 1),
    ],
)
def test_units_follow_the_data(price: float, unit: str, lot: str, multiplier: int) -> None:
    scale = choose_scale(bars_of((price,) * 4, (price,) * 4), 6)
    assert (scale.price_unit.step, scale.lot.step, scale.multiplier) == (Decimal(unit), Decimal(lot), multiplier)


@pytest.mark.rule("SIM-003")
def test_finer_prices_are_rounded_and_it_is_known() -> None:
    scale = choose_scale(bars_of((123_277.830647,) * 4, (123_277.835,) * 4), 6)
    assert scale.rounded
    assert scale.count(np.array([123_277.830647, 123_277.836])).tolist() == [12_327_783, 12_327_784]


@pytest.mark.rule("SIM-003", "RND-002")
@given(digits=st.integers(1, 10**6), decimals=st.integers(0, 11), money=st.integers(0, 8), spread=st.integers(1, 99))
def test_units_keep_any_price_inside_the_budget(digits: int, decimals: int, money: int, spread: int) -> None:
    price = float(Decimal(digits).scaleb(-decimals))
    if not 1e-5 <= price <= 1e6:
        return
    scale = choose_scale(bars_of((price,) * 4, (price * spread,) * 4), money)
    largest = int(scale.count(np.array([price * spread]))[0])
    assert 1 <= largest <= LARGEST_COUNT
    assert scale.price_max <= PRICE_MAX
    assert in_budget(LINEAR, scale.multiplier, 1, scale.price_max, scale.position_limit)
    assert scale.lot.step * scale.price_unit.step == scale.multiplier * scale.money.step
    if scale.multiplier > 1:
        assert largest * scale.multiplier <= 10**money


@pytest.mark.rule("SIM-003")
@given(st.lists(st.integers(1, 5 * 10**7), min_size=2, max_size=8), st.integers(0, 6))
def test_prices_of_the_data_are_counted_exactly(counts: list[int], decimals: int) -> None:
    prices = [float(Decimal(count).scaleb(-decimals)) for count in counts]
    scale = choose_scale(bars_of(*((price,) * 4 for price in prices)), 6)
    assert not scale.rounded
    assert [scale.price_unit.decimal(int(c)) for c in scale.count(np.array(prices))] == [
        Decimal(count).scaleb(-decimals) for count in counts
    ]


@pytest.mark.rule("SIM-002")
@pytest.mark.parametrize(
    ("close", "path", "prices"),
    [
        (105, "ohlc", [100, 95, 110, 105]),
        (99, "ohlc", [100, 110, 95, 99]),
        (100, "ohlc", [100, 95, 110, 100]),
        (105, "close", [105]),
    ],
)
def test_a_bar_becomes_marks(close: float, path: str, prices: list[int]) -> None:
    bars = bars_of((100, 110, 95, close))
    scale = choose_scale(bars, 6)
    marks = marks_of(bars, scale, path)
    assert marks.price.tolist() == prices
    offsets = [0, 20_000, 40_000, 59_999] if path == "ohlc" else [59_999]
    assert (marks.time - bars.time[0]).tolist() == offsets


@pytest.mark.rule("SIM-002")
@given(st.integers(1, 1000), st.integers(0, 500), st.integers(0, 500), st.data())
def test_the_order_of_the_extremes_is_that_of_the_shorter_path(
    low: int, rise: int, more: int, data: st.DataObject
) -> None:
    high = low + rise + more
    first, close = data.draw(st.integers(low, high)), data.draw(st.integers(low, high))
    bars = bars_of((first, high, low, close))
    path = marks_of(bars, choose_scale(bars, 6), "ohlc").price
    other = path[[0, 2, 1, 3]]
    assert np.abs(np.diff(path)).sum() <= np.abs(np.diff(other)).sum()
    assert (path.min(), path.max()) == (low, high)
