"""The reconstruction keeps to its anchors and follows its seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.simulation.bars import Bars
from stoplog.simulation.reconstruction import anchors, anchors_path, reconstruct

HOUR = 3_600_000


@st.composite
def hours(draw: st.DrawFn) -> Bars:
    """A few hours in tenths, some without any movement."""
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        low = draw(st.integers(1, 10_000))
        high = low + draw(st.integers(0, 5_000))
        rows.append((draw(st.integers(low, high)), high, low, draw(st.integers(low, high))))
    columns = np.array(rows, np.float64).T / 10
    return Bars(np.arange(len(rows)) * HOUR, *columns, HOUR, ranges=True)


def keeps_to(minutes: Bars, anchored: Bars) -> bool:
    shape = (anchored.time.size, 60)
    return (
        np.array_equal(minutes.open.reshape(shape)[:, 0], anchored.open)
        and np.array_equal(minutes.high.reshape(shape).max(axis=1), anchored.high)
        and np.array_equal(minutes.low.reshape(shape).min(axis=1), anchored.low)
        and np.array_equal(minutes.close.reshape(shape)[:, -1], anchored.close)
    )


@pytest.mark.rule("SIM-004")
@given(hours(), st.integers(0, 2**32))
def test_every_hour_keeps_its_figures(anchored: Bars, seed: int) -> None:
    minutes = reconstruct(anchored, seed)
    assert keeps_to(minutes, anchored)
    assert np.array_equal(minutes.time, np.arange(minutes.time.size) * 60_000)
    top, bottom = np.maximum(minutes.open, minutes.close), np.minimum(minutes.open, minutes.close)
    assert (minutes.high >= top).all()
    assert (minutes.low <= bottom).all()


@pytest.mark.rule("SIM-004")
def test_the_shipped_crash_keeps_its_figures() -> None:
    anchored, funding = anchors()
    minutes = reconstruct(anchored, 1)
    assert keeps_to(minutes, anchored)
    assert minutes.time.size == 2880
    assert minutes.low.min() == 101_877.7
    assert funding.rate.tolist() == [785, 3879, 1013, 10_000, 10_000, 467]
    assert ((funding.time - anchored.time[0]) % (8 * HOUR) == 0).all()


@pytest.mark.rule("SIM-004")
def test_the_shipped_table_says_what_it_is() -> None:
    heading = anchors_path().read_text(encoding="utf-8").splitlines()[0]
    assert "reconstruction" in heading
    assert "Binance" in heading


@pytest.mark.rule("SIM-005")
def test_the_seed_decides_the_path() -> None:
    anchored, _ = anchors()
    one, again, two = reconstruct(anchored, 1), reconstruct(anchored, 1), reconstruct(anchored, 2)
    assert np.array_equal(one.close, again.close)
    assert not np.array_equal(one.close, two.close)
