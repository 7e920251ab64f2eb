"""The engine's own liquidation set: the whole prices at which a revaluation liquidates a strategy: STG-006.

Between two prices at which the surplus is known, it cannot have come to zero where it is too far from it at both: it
is within `bound` of a continuous one, whose slope `steepest` limits. Where that does not decide, prices between are
looked at, down to neighbours, so that every interval is a maximal run of whole prices, flips of single prices by
rounding included. Only where that would be more than `LOOKED_AT_MOST`, for a strategy that rounding decides over a
wide range, gaps are left: of at most `step` price units, each with the same sign at both ends. A run that lies wholly
in one of them is passed over, and no other.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stoplog.pricing.vector.risk_arrays import Integers
from stoplog.strategy.in_lots import InLots
from stoplog.strategy.own_surplus import bound, standing, steepest

FIRST_PARTS, PARTS = 64, 8
"""The window begins in so many parts; a part that is not decided is cut into so many."""

LOOKED_AT_MOST = 2**20
"""So many legs at a price each."""


class Flip(NamedTuple):
    """Two neighbouring whole prices, at the first of which the strategy is healthy, and not at the second."""

    healthy: int
    liquidated: int


class OwnInterval(NamedTuple):
    """Runs of whole prices that are liquidated, as (first, last), with nothing but rounding between them."""

    runs: list[tuple[int, int]]

    @property
    def first(self) -> int:
        return self.runs[0][0]

    @property
    def last(self) -> int:
        return self.runs[-1][1]

    @property
    def healthy(self) -> int:
        """How many prices between the first and the last are healthy."""
        return sum(after - before - 1 for (_, before), (after, _) in pairwise(self.runs))


class Turns(NamedTuple):
    """Where the continuous surplus changes its sign: `between` two prices at which the bound leaves no doubt of it."""

    starts_below: bool
    between: list[tuple[int, int]]


class OwnSet(NamedTuple):
    """What is liquidated in a window of whole prices, ascending.

    `step` 1: every price is decided. `bound`: of the surplus from the continuous one, in smallest units of money.
    """

    intervals: list[OwnInterval]
    lowest: int
    highest: int
    step: int
    bound: int
    turns: Turns

    @property
    def runs(self) -> list[tuple[int, int]]:
        """The first and last price of each run, ascending."""
        return [run for interval in self.intervals for run in interval.runs]

    def flips(self) -> list[Flip]:
        """The ends of runs inside the window, ascending."""
        ends = [[Flip(first - 1, first), Flip(last + 1, last)] for first, last in self.runs]
        return [flip for pair in ends for flip in pair if self.lowest <= flip.healthy <= self.highest]

    def next_to(self, mark: Fraction) -> tuple[int | None, int | None]:
        """The last healthy price at or below the mark, and the one above it; None where the window has none.

        >>> runs = OwnInterval([(1, 90)]), OwnInterval([(120, 200)])
        >>> OwnSet([*runs], 1, 200, 1, 0, Turns(True, [])).next_to(Fraction(100))
        (91, 119)
        """
        healthy = [flip.healthy for flip in self.flips()]
        return max((price for price in healthy if price <= mark), default=None), min(
            (price for price in healthy if price > mark), default=None
        )


def own_set(lots: InLots, lowest: int, highest: int) -> OwnSet:
    """The set between two whole prices; `NotHeld` where arrays cannot be priced."""
    apart = bound(lots, highest)
    prices = np.unique(np.linspace(lowest, highest, FIRST_PARTS + 1).astype(np.int64))
    left = standing(lots, prices).surplus
    most = LOOKED_AT_MOST // max(1, len(lots.legs))
    while True:
        open_ = _open(prices, left, steepest(lots), apart)
        if prices.size + (PARTS - 1) * np.count_nonzero(open_) > most:
            open_ &= (left[1:] < 0) != (left[:-1] < 0)
        if not open_.any():
            break
        more = _between(prices, open_)
        order = np.argsort(joined := np.concatenate([prices, more]), kind="stable")
        left = np.concatenate([left, standing(lots, more).surplus])[order]
        prices = joined[order]
    undecided = np.diff(prices)[_open(prices, left, steepest(lots), apart)]
    step = int(undecided.max(initial=1))
    return OwnSet(_intervals(prices, _runs(left)), lowest, highest, step, apart, _turns(prices, left, apart))


def _open(prices: Integers, left: Integers, slope: int, apart: int) -> NDArray[np.bool_]:
    """Of each gap between two prices whether it holds others, at which the sign may be another."""
    widths = np.diff(prices)
    same = (left[1:] < 0) == (left[:-1] < 0)
    far = np.abs(left[1:]) + np.abs(left[:-1]) > slope * widths + 4 * apart
    open_: NDArray[np.bool_] = (widths > 1) & ~(same & far)
    return open_


def _between(prices: Integers, open_: NDArray[np.bool_]) -> Integers:
    """Prices that cut each open gap into parts."""
    low, widths = prices[:-1][open_], np.diff(prices)[open_]
    cuts = low[:, None] + widths[:, None] * np.arange(1, PARTS) // PARTS
    return np.setdiff1d(cuts, prices)


def _turns(prices: Integers, left: Integers, apart: int) -> Turns:
    sure = np.abs(left) > apart
    at, below = prices[sure], left[sure] < 0
    turned = np.flatnonzero(below[1:] != below[:-1])
    pairs = zip(at[turned].tolist(), at[turned + 1].tolist(), strict=True)
    return Turns(bool(below[:1].any()), list(pairs))


def _runs(left: Integers) -> list[tuple[int, int]]:
    """Where each run of surpluses below zero begins and ends, as places."""
    below = np.concatenate([[False], left < 0, [False]])
    ends: list[int] = np.flatnonzero(below[1:] != below[:-1]).tolist()
    return [(first, end - 1) for first, end in zip(ends[::2], ends[1::2], strict=True)]


def _intervals(prices: Integers, runs: list[tuple[int, int]]) -> list[OwnInterval]:
    """Runs by price; those between which every price had to be looked at are one interval."""
    found: list[OwnInterval] = []
    for place, (first, last) in enumerate(runs):
        run = int(prices[first]), int(prices[last])
        before = runs[place - 1][1] if place else first
        if place and first - before == prices[first] - prices[before]:
            found[-1].runs.append(run)
        else:
            found.append(OwnInterval([run]))
    return found
