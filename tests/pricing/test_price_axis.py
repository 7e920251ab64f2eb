"""Which scenarios of the shipped sets stand for a price, and at which."""

from __future__ import annotations

import pytest

from stoplog.portfolio.scenario_sets import shipped
from stoplog.pricing.price_axis import axis_prices, with_moves

pytestmark = pytest.mark.rule("ARR-007")


def test_of_our_own_set_the_grid_stands_for_prices_and_the_remote_moves_do_not() -> None:
    chosen = shipped("stoplog", "default")
    prices = axis_prices(chosen, 6_000_000)
    named = sorted(price for price in prices if price)
    assert named == [4_800_000, 5_100_000, 5_400_000, 5_700_000, 6_000_000, 6_300_000, 6_600_000, 6_900_000, 7_200_000]
    assert all(chosen.scenarios[k].direction == "None" for k, price in enumerate(prices) if price)


def test_moves_that_are_there_are_not_put_behind_it_again() -> None:
    chosen = shipped("stoplog", "default")
    finer = with_moves(chosen, (-0.02, -0.05, 0.02, 0.02))
    assert finer.scenarios[: len(chosen.scenarios)] == chosen.scenarios
    assert [scenario.move for scenario in finer.scenarios[len(chosen.scenarios) :]] == [-0.02, 0.02]
    assert axis_prices(finer, 6_000_000)[-2:] == [5_880_000, 6_120_000]


def test_a_set_in_which_time_passes_has_no_axis() -> None:
    with pytest.raises(ValueError, match="years later"):
        axis_prices(shipped("stoplog", "default")._replace(look_ahead=0.01), 6_000_000)
