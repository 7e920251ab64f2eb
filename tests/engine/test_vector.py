"""Thresholds over arrays are the rules', one by one."""

from __future__ import annotations

import numpy as np
import pytest

from stoplog.engine.vector import SMALLEST_SHARE, bankruptcy_prices, liquidation_prices
from stoplog.instruments import INVERSE, LINEAR, fill_value
from stoplog.margin.thresholds import last_healthy_price, liquidation_threshold
from stoplog.margin.tiers import marginal_tiers
from stoplog.units import RATE_ONE

LADDER = marginal_tiers([(0, 400_000, 800_000), (10**9, 500_000, 10**6), (10**11, 2_500_000, 5_000_000)], RATE_ONE)


def positions(count: int, payoff: int, multiplier: int) -> tuple[np.ndarray, np.ndarray]:
    """Sizes and capitals of positions opened at 60,000.00 with 1 to 125 times leverage; some are flat."""
    draw = np.random.default_rng(7)
    sizes = draw.integers(-20_000, 20_000, count)
    costs = np.array([fill_value(payoff, multiplier, 6_000_000, int(size)) for size in sizes])
    return sizes, (np.abs(costs) / draw.uniform(1, 125, count)).astype(np.int64) - costs


@pytest.mark.rule("THR-001")
@pytest.mark.parametrize(("payoff", "multiplier"), [(LINEAR, 10), (INVERSE, 10**12)])
def test_liquidation_prices_are_those_of_the_rule(payoff: int, multiplier: int) -> None:
    """Enough positions that they are shared out over the cores."""
    sizes, capitals = positions(2 * SMALLEST_SHARE + 1, payoff, multiplier)
    prices = liquidation_prices(LADDER, payoff, multiplier, sizes, capitals)
    for k in range(0, len(sizes), 97):
        size, capital = int(sizes[k]), int(capitals[k])
        expected = liquidation_threshold(LADDER, payoff, multiplier, size, capital, RATE_ONE) if size else 0
        assert prices[k] == expected


@pytest.mark.rule("THR-002")
@pytest.mark.parametrize("fee_rate", [0, 50_000])
def test_bankruptcy_prices_are_those_of_the_rule(fee_rate: int) -> None:
    """With and without the cost of closing."""
    sizes, capitals = positions(2_000, LINEAR, 10)
    prices = bankruptcy_prices(LINEAR, 10, sizes, capitals, fee_rate)
    for size, capital, price in zip(sizes.tolist(), capitals.tolist(), prices.tolist(), strict=True):
        expected = last_healthy_price(LINEAR, 10, size, capital, fee_rate, 0, RATE_ONE) if size else 0
        assert price == expected
