"""Perpetuals and futures under a scenario set, beside the options of `risk_arrays`: ARR-006."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from stoplog.pricing.scenarios import ScenarioSet
from stoplog.pricing.vector.columns import Floats, check, floats
from stoplog.pricing.vector.revaluing import WHOLE_MAX
from stoplog.pricing.vector.risk_arrays import Integers, RiskArrays


def delta_one_arrays(
    chosen: ScenarioSet, forwards: ArrayLike, units: ArrayLike, *, inverse: bool = False
) -> RiskArrays:
    """Marks and risk arrays of one lot of each, rounded as those of options are.

    A lot is worth price · `units`, an inverse one −`units` / price: `units` are then smallest units of coin times a
    price. `ValueError` names a number that is not above 0, `OverflowError` one that makes 2⁵¹ units or more.

    >>> from stoplog.pricing.scenarios import Scenario, VolatilityShock
    >>> flat = VolatilityShock(0.0, 0.0, 0.0, 0.0)
    >>> chosen = ScenarioSet("two", (Scenario("up", 0.25, "None"), Scenario("far", -0.6, "None", 0.5)), flat)
    >>> delta_one_arrays(chosen, [60_000.0], 10_000).profits.tolist()
    [[150000000, -180000000]]
    >>> delta_one_arrays(chosen, [50_000.0], 10**10, inverse=True)
    RiskArrays(marks=array([-200000]), profits=array([[  40000, -150000]]))
    """
    prices = floats("forward", forwards)
    lots = floats("units", units, prices.size)
    for name, column in (("forward", prices), ("units", lots)):
        check(name, column, column > 0.0, "is not above 0")
    moves = np.array([scenario.move for scenario in chosen.scenarios], np.float64)
    check(f"{chosen.name}: scenario", moves, moves > -1.0, "leaves no price")
    weights = np.array([scenario.counted(inverse=inverse) for scenario in chosen.scenarios], np.float64)
    worth = -lots / prices if inverse else lots * prices
    moved = moves / (1.0 + moves) * weights if inverse else moves * weights
    return RiskArrays(_whole(worth), _whole(np.outer(np.abs(worth), moved)))


def _whole(numbers: Floats) -> Integers:
    """The nearest whole numbers, the even one of two."""
    if not (np.abs(numbers) < WHOLE_MAX).all():
        raise OverflowError("2^51 units or more")
    return np.rint(numbers).astype(np.int64)
