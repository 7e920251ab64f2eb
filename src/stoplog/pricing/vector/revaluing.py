"""The compiled loop of risk arrays: options revalued under every scenario, block by block.

The logarithm of forward over strike is computed once an option and moves by a constant with a scenario, the deviation
once an option and direction of volatility: a scenario then costs one exponential and two tails. A block of options
stays in the cache while all scenarios pass over it, and its results are turned so that an option's array is one row.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stoplog.pricing.vector.compiling import inlined, loop
from stoplog.pricing.vector.elementary import ROUNDING, ROUNDING_BITS, bits, log_apart
from stoplog.pricing.vector.parts import value

BLOCK = 128

WHOLE_MAX = float(2**51)
"""Below it a float and its nearest whole number are told apart by the last bits of a sum: `ROUNDING`."""


@inlined
def nearest(number: float) -> int:
    """The nearest whole number, the even one of two, of a number below 2⁵¹ without its sign."""
    rounded: int = bits(number + ROUNDING) - ROUNDING_BITS
    return rounded


class Tables(NamedTuple):
    """An entry for each expiry. The rows of `factors`, `leasts` and `roots`: the present, then each direction.

    A volatility becomes itself times its factor, `leasts` at least, and counts with √T. Discounts are those now and
    those of the time at which everything is valued again.
    """

    forwards: Any
    factors: Any
    leasts: Any
    roots: Any
    discounts: Any
    later: Any


class Moves(NamedTuple):
    """An entry for each scenario: price, row of the volatility, share that counts, what an amount after it is worth."""

    moves: Any
    rows: Any
    weights: Any
    coins: Any


@loop
def revalue(
    tables: Tables,
    expiries: Any,
    strikes: Any,
    volatilities: Any,
    calls: Any,
    units: Any,
    by: Moves,
    marks: Any,
    profits: Any,
) -> int:
    """Fill `marks` and the rows of `profits`; the first option that could be worth 2⁵¹ or more, their number if none.

    An option is never worth more than the greater of its strike and the highest forward.

    `expiries` are unsigned, so that looking up is one instruction for several options.
    """
    scenarios = by.moves.size
    count: int = strikes.size
    rows = tables.leasts.size
    wrong = count
    highest, most = 1.0 + max(0.0, by.moves.max()), max(1.0, (by.weights * np.maximum(by.coins, 1.0)).max())
    forwards, logs, nows = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    largest, present, later = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    deviations, per_deviations = np.empty((rows, BLOCK)), np.empty((rows, BLOCK))
    turned = np.empty((scenarios, BLOCK), np.int64)
    for first in range(0, count, BLOCK):
        size = min(BLOCK, count - first)
        expiry, strike = expiries[first : first + size], strikes[first : first + size]
        volatility, call = volatilities[first : first + size], calls[first : first + size]
        unit, mark = units[first : first + size], marks[first : first + size]
        for row in range(rows):
            factors, roots, least = tables.factors[row], tables.roots[row], tables.leasts[row]
            deviation, per_deviation = deviations[row], per_deviations[row]
            for i in range(size):
                shocked = volatility[i] * factors[expiry[i]]
                shocked = shocked if shocked > least else least
                deviation[i] = shocked * roots[expiry[i]]
                per_deviation[i] = 1.0 / deviation[i]
        for i in range(size):
            forwards[i] = tables.forwards[expiry[i]]
            present[i] = tables.discounts[expiry[i]] * unit[i]
            later[i] = tables.later[expiry[i]] * unit[i]
        deviation, per_deviation = deviations[0], per_deviations[0]
        for i in range(size):
            distance = log_apart(forwards[i], strike[i])
            logs[i] = -distance if forwards[i] < strike[i] else distance
            worth = value(forwards[i], strike[i], distance * per_deviation[i], deviation[i], call[i])
            nows[i] = worth * present[i]
            reach = forwards[i] * highest if forwards[i] * highest > strike[i] else strike[i]
            largest[i] = reach * most * (later[i] if later[i] > present[i] else present[i])
            mark[i] = nearest(nows[i])
        for s in range(scenarios):
            factor, shift, weight, coin = 1.0 + by.moves[s], np.log1p(by.moves[s]), by.weights[s], by.coins[s]
            deviation, per_deviation, column = deviations[by.rows[s]], per_deviations[by.rows[s]], turned[s]
            for i in range(size):
                moved = forwards[i] * factor
                distance = abs(logs[i] + shift)
                worth = value(moved, strike[i], distance * per_deviation[i], deviation[i], call[i])
                profit = weight * (worth * later[i] * coin - nows[i])
                column[i] = nearest(profit)
        wrong = min(wrong, _turn(turned, largest, profits, first, size))
    return wrong


@inlined
def _turn(turned: Any, largest: Any, profits: Any, first: int, size: int) -> int:
    """Copy a block's results into rows; the first option worth too much, their number if none is."""
    count: int = profits.shape[0]
    for i in range(size):
        if not largest[i] < WHOLE_MAX:
            count = min(count, first + i)
        for s in range(profits.shape[1]):
            profits[first + i, s] = turned[s, i]
    return count
