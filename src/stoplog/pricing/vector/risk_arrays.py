"""Options under a scenario set: integer marks and integer risk arrays: ARR-001 to ARR-003.

Here the float world ends. An entry is what one lot held long wins, in smallest units of the asset, the nearest whole
number, the even one of two: a rounding that is the same with the other sign, so that a short of one lot is the array
with the other sign and a closed position leaves nothing. An entry is off by half a unit at most, and by what the
prices are off; for a side it can be that much too good. Who margins by arrays adds that bound once, not each entry.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stoplog.pricing.scenarios import YEAR, Direction, ScenarioSet
from stoplog.pricing.vector.columns import Floats, check, floats
from stoplog.pricing.vector.revaluing import Moves, Tables, revalue

Integers = NDArray[np.int64]


class Expiries(NamedTuple):
    """What options of an expiry share: an entry an expiry in each column. `rates` are those of the payoff's asset."""

    forwards: ArrayLike
    years: ArrayLike
    rates: ArrayLike = 0.0


class Listed(NamedTuple):
    """Options, an entry each: number of the expiry, strike, volatility, side, smallest units of a lot at a price of 1.

    An inverse option's `units` are those of a payoff of one coin.
    """

    expiries: ArrayLike
    strikes: ArrayLike
    volatilities: ArrayLike
    calls: ArrayLike
    units: ArrayLike


class RiskArrays(NamedTuple):
    """`marks`: the value of one lot. `profits`: a row for each option, a column for each scenario in their order."""

    marks: Integers
    profits: Integers


def risk_arrays(chosen: ScenarioSet, expiries: Expiries, listed: Listed, *, inverse: bool = False) -> RiskArrays:
    """Marks and risk arrays of options.

    `ValueError` names a number that is none, not above 0 (forwards, strikes, units) or below 0 (years, volatilities),
    or a move that leaves no price; `OverflowError` an option that could be worth 2⁵¹ units or more: a
    strike or a forward after a move that is.

    >>> from stoplog.pricing.scenarios import Scenario, VolatilityShock
    >>> moves = (Scenario("down", -0.2, "None"), Scenario("up", 0.2, "Up"))
    >>> chosen = ScenarioSet("two", moves, VolatilityShock(0.5, 0.25, 0.0, 0.0))
    >>> found = risk_arrays(chosen, Expiries([100.0], [0.25]), Listed([0], [100.0], [0.6], [True], [1000]))
    >>> found.marks.tolist(), found.profits.tolist()
    ([11924], [[-8389, 19212]])
    """
    number = np.asarray(listed.expiries, np.intp)
    forwards, years = floats("forward", expiries.forwards), floats("years", expiries.years)
    strikes, units = floats("strike", listed.strikes, number.size), floats("units", listed.units, number.size)
    volatilities = floats("volatility", listed.volatilities, number.size)
    calls = np.ascontiguousarray(np.broadcast_to(np.asarray(listed.calls, np.bool_), number.shape))
    for name, column in (("forward", forwards), ("strike", strikes), ("units", units)):
        check(name, column, column > 0.0, "is not above 0")
    for name, column in (("years", years), ("volatility", volatilities)):
        check(name, column, column >= 0.0, "is not a number from 0")
    if number.size and not 0 <= number.min() <= number.max() < forwards.size:
        raise ValueError(f"expiries: numbers from {number.min()} to {number.max()} of {forwards.size} expiries")
    rows, by = _scenarios(chosen, inverse=inverse)
    tables = _tables(chosen, rows, forwards, years, np.asarray(expiries.rates, np.float64), inverse=inverse)
    found = RiskArrays(np.empty(number.size, np.int64), np.empty((number.size, by.moves.size), np.int64))
    wrong = revalue(tables, number.astype(np.uint64), strikes, volatilities, calls, units, by, *found)
    if wrong < number.size:
        raise OverflowError(f"option {wrong}: it could be worth 2^51 units or more, or its value is no number")
    return found


@cache
def _scenarios(chosen: ScenarioSet, *, inverse: bool) -> tuple[tuple[Direction, ...], Moves]:
    """The directions of volatility that a set has, and its scenarios; `ValueError` of a move that leaves no price."""
    moves = np.array([scenario.move for scenario in chosen.scenarios], np.float64)
    check(f"{chosen.name}: scenario", moves, moves > -1.0, "leaves no price")
    rows = tuple(dict.fromkeys(scenario.direction for scenario in chosen.scenarios))
    return rows, Moves(
        moves,
        np.array([1 + rows.index(scenario.direction) for scenario in chosen.scenarios]),
        np.array([scenario.counted(inverse=inverse) for scenario in chosen.scenarios], np.float64),
        1.0 / (1.0 + moves) if inverse else np.ones(moves.size),
    )


def _tables(
    chosen: ScenarioSet, rows: tuple[Direction, ...], forwards: Floats, years: Floats, rates: Floats, *, inverse: bool
) -> Tables:
    """What is the same for all options of an expiry; the discounts of inverse options are over the forward."""
    later = np.maximum(years - chosen.look_ahead, 0.0)
    seconds = (years * YEAR).tolist()
    factors = [[1.0] * years.size, *([chosen.shock.factor(row, left) for left in seconds] for row in rows)]
    leasts = [0.0, *(chosen.shock.least if row == "Up" else 0.0 for row in rows)]
    unit = 1.0 / forwards if inverse else 1.0
    return Tables(
        forwards,
        np.array(factors),
        np.array(leasts),
        np.sqrt(np.array([years, *(later for _ in rows)])),
        np.exp(-rates * years) * unit,
        np.exp(-rates * later) * unit,
    )
