"""The worst scenario of many portfolios at once, in exact integers: rule SCN-001.

A risk array holds what one lot of an instrument gains under each scenario of a set, in the smallest unit of the money
that the portfolios settle in. `RiskArrays` are the arrays of all instruments, `Portfolios` who holds how many lots of
which; both are checked and laid out once and swept as often as marks change.

A product of two 32-bit numbers is one instruction over eight scenarios, one of two 64-bit numbers several, and half
the bytes come from the cache: where all arrays and all sizes fit, both are kept in 32 bits. The sums have 64 bits.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import int64, uint64
from numpy.typing import ArrayLike, NDArray

from stoplog.engine.compiling import compiled_for_threads
from stoplog.units import SIZE_MAX

NARROW = 2**31 - 1
SUM_MAX = 2**63 - 1
SMALLEST_SHARE = 200_000
"""Positions below which another thread costs more than it saves."""


class Sweep(NamedTuple):
    """Per portfolio the profit in its worst scenario, and which one that is: the first of equals."""

    profit: NDArray[np.int64]
    scenario: NDArray[np.int64]

    @property
    def scan_risk(self) -> NDArray[np.int64]:
        """What each portfolio loses in its worst scenario; 0 where it gains in all."""
        return np.maximum(-self.profit, 0)


class RiskArrays:
    """Risk arrays of instruments 0, 1, …: `values` has a row for each and a column for each scenario."""

    def __init__(self, values: ArrayLike) -> None:
        wide = _whole("risk arrays", values)
        if wide.ndim != 2 or wide.shape[1] == 0:  # noqa: PLR2004
            message = f"risk arrays: a table of instruments by scenarios, one at least, not of shape {wide.shape}"
            raise ValueError(message)
        self.wide = np.ascontiguousarray(wide)
        self.largest = _largest(wide)
        self.narrow = self.wide.astype(np.int32) if self.largest <= NARROW else None


class Portfolios:
    """Positions of portfolios, those of one side by side: portfolio p has the positions first[p] to first[p + 1].

    `instrument` numbers the rows of the risk arrays, `size` is in lots, above zero where long.
    """

    def __init__(self, first: ArrayLike, instrument: ArrayLike, size: ArrayLike) -> None:
        self.first = _whole("first", first)
        held, self.wide = _whole("instrument", instrument), np.ascontiguousarray(_whole("size", size))
        if len(held) != len(self.wide):
            message = f"instrument and size: of {len(held)} and {len(self.wide)} positions, which should be as many"
            raise ValueError(message)
        _check_bounds(self.first, len(held))
        self.instruments = int(held.max(initial=-1)) + 1
        if held.min(initial=0) < 0 or self.instruments > NARROW:
            message = f"instrument: from 0 to {NARROW:,}, not {int(held.min())} to {self.instruments - 1}"
            raise ValueError(message)
        self.instrument = held.astype(np.uint32)
        largest = _largest(self.wide)
        if largest > SIZE_MAX:
            message = f"size: {largest:,} lots, more than {SIZE_MAX:,}"
            raise ValueError(message)
        self.narrow = self.wide.astype(np.int32) if largest <= NARROW else None
        self.gross = self._largest_gross()

    def __len__(self) -> int:
        return len(self.first) - 1

    def _largest_gross(self) -> int:
        """The most lots that one portfolio holds, long and short added."""
        most = int(np.diff(self.first).max(initial=0))
        if most * SIZE_MAX <= SUM_MAX:
            sums = np.concatenate(([0], np.cumsum(np.abs(self.wide).astype(np.uint64), dtype=np.uint64)))
            return int((sums[self.first[1:]] - sums[self.first[:-1]]).max(initial=0))
        return most * _largest(self.wide)


def sweep(portfolios: Portfolios, arrays: RiskArrays) -> Sweep:
    """The worst scenario of each portfolio; `ValueError` where a sum could leave 64 bits or an array is missing."""
    if portfolios.instruments > len(arrays.wide):
        message = f"instrument {portfolios.instruments - 1}: there are risk arrays of {len(arrays.wide)}"
        raise ValueError(message)
    if portfolios.gross * arrays.largest > SUM_MAX:
        message = (
            f"a portfolio of {portfolios.gross:,} lots and a risk array with {arrays.largest:,} a lot: "
            f"the product is more than {SUM_MAX:,}"
        )
        raise ValueError(message)
    found = Sweep(np.zeros(len(portfolios), np.int64), np.zeros(len(portfolios), np.int64))
    if portfolios.narrow is not None and arrays.narrow is not None:
        _shared_out(portfolios, portfolios.narrow, arrays.narrow, found)
    else:
        _shared_out(portfolios, portfolios.wide, arrays.wide, found)
    return found


def _shared_out(portfolios: Portfolios, size: NDArray[Any], values: NDArray[Any], found: Sweep) -> None:
    """Sweep equal shares of the portfolios, one for each core, in threads."""
    shares = max(1, min(os.cpu_count() or 1, len(size) // SMALLEST_SHARE))
    bounds = np.linspace(0, len(portfolios), shares + 1).astype(np.int64)
    pieces = [
        (portfolios.first[a : b + 1], portfolios.instrument, size, values, found.profit[a:b], found.scenario[a:b])
        for a, b in pairwise(bounds)
    ]
    if shares == 1:
        _sweep(*pieces[0])
        return
    with ThreadPoolExecutor(shares) as threads:
        for done in [threads.submit(_sweep, *piece) for piece in pieces]:
            done.result()


@compiled_for_threads
def _sweep(first: Any, instrument: Any, size: Any, values: Any, profit: Any, scenario: Any) -> None:
    """Four positions at a time, so that the sums are read and written a quarter as often."""
    count = values.shape[1]
    sums = np.empty(count, np.int64)
    one, four = uint64(1), uint64(4)
    for p in range(len(profit)):
        sums[:] = 0
        k, end = uint64(first[p]), uint64(first[p + 1])
        while k + four <= end:
            b, c, d = k + one, k + uint64(2), k + uint64(3)
            of_k, of_b = values[instrument[k]], values[instrument[b]]
            of_c, of_d = values[instrument[c]], values[instrument[d]]
            lots_k, lots_b, lots_c, lots_d = int64(size[k]), int64(size[b]), int64(size[c]), int64(size[d])
            for s in range(count):
                first_two = lots_k * int64(of_k[s]) + lots_b * int64(of_b[s])
                sums[s] += first_two + lots_c * int64(of_c[s]) + lots_d * int64(of_d[s])
            k += four
        while k < end:
            of_k, lots_k = values[instrument[k]], int64(size[k])
            for s in range(count):
                sums[s] += lots_k * int64(of_k[s])
            k += one
        lowest = sums[0]
        for s in range(1, count):
            lowest = min(lowest, sums[s])
        at = 0
        while sums[at] != lowest:
            at += 1
        profit[p] = lowest
        scenario[p] = at


def _whole(name: str, values: ArrayLike) -> NDArray[np.int64]:
    """Whole numbers as int64; `ValueError` by name where they are not whole or do not fit."""
    given = np.asarray(values)
    if given.size == 0:
        return given.astype(np.int64)
    if given.dtype.kind not in "iu":
        message = f"{name}: whole numbers, not {given.dtype}"
        raise ValueError(message)
    if given.dtype.kind == "u" and int(given.max()) > SUM_MAX:
        message = f"{name}: {int(given.max()):,} is more than {SUM_MAX:,}"
        raise ValueError(message)
    return given.astype(np.int64, copy=False)


def _largest(values: NDArray[np.int64]) -> int:
    """The largest magnitude, 0 of nothing."""
    return max(int(values.max(initial=0)), -int(values.min(initial=0)))


def _check_bounds(first: NDArray[np.int64], positions: int) -> None:
    if first.ndim != 1 or len(first) == 0 or first[0] != 0 or first[-1] != positions or (np.diff(first) < 0).any():
        message = f"first: from 0, never falling, to the number of positions, {positions:,}"
        raise ValueError(message)
