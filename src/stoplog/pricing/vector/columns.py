"""Columns of one length from what a caller gives, and the parts in which threads work on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Options(NamedTuple):
    """One entry an option in each column, and the shape in which the caller gave them; rates None: all are 0."""

    forwards: Floats
    strikes: Floats
    years: Floats
    volatilities: Floats
    calls: NDArray[np.bool_]
    rates: Floats | None
    shape: tuple[int, ...]


def options(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    is_call: ArrayLike,
    rate: ArrayLike,
) -> Options:
    """The columns, broadcast against each other; `TypeError` where `is_call` holds anything but booleans."""
    calls = np.asarray(is_call)
    if calls.dtype != np.bool_:
        raise TypeError(f"is_call: {calls.dtype}, not booleans")
    floats = [np.asarray(column, np.float64) for column in (forward, strike, years, volatility, rate)]
    shapes = {calls.shape, *(column.shape for column in floats)} - {()}
    shape = shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)
    flat = [_flat(column, shape) for column in floats[:4]]
    rates = _flat(floats[4], shape) if floats[4].any() else None
    return Options(flat[0], flat[1], flat[2], flat[3], _flat(calls, shape), rates, shape)


def _flat(column: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    spread = column if column.shape == shape else np.broadcast_to(column, shape)
    return np.ascontiguousarray(spread).reshape(-1)


def columns(given: Options, part: slice) -> tuple[Any, ...]:
    """The columns of some of the options, rates last, in the order in which a loop takes them."""
    return *(column[part] for column in given[:5]), None if given.rates is None else given.rates[part]


def results(out: Floats | None, shape: tuple[int, ...]) -> Floats:
    """`out`, or new memory; `ValueError` where `out` has another shape, another type or gaps."""
    if out is None:
        return np.empty(shape)
    if out.shape != shape or out.dtype != np.float64 or not out.flags.c_contiguous:
        raise ValueError(f"out: {out.dtype} of shape {out.shape}, not float64 of shape {shape} without gaps")
    return out


def in_parts(work: Callable[[slice], Any], size: int, threads: int) -> Sequence[Any]:
    """What `work` answers for each of `threads` slices that make up `size`; `ValueError` of less than one thread."""
    if threads < 1:
        raise ValueError(f"threads: {threads} is not above 0")
    if threads == 1:
        return [work(slice(0, size))]
    bounds = [size * part // threads for part in range(threads + 1)]
    return list(_pool(threads).map(work, map(slice, bounds, bounds[1:])))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay for the next call: to start them costs as much as some ten thousand options."""
    return ThreadPoolExecutor(threads, "stoplog-pricing")


def floats(name: str, values: ArrayLike, count: int | None = None) -> Floats:
    """A column, spread to `count` entries where it is one number; `ValueError` where it has another length."""
    column = np.asarray(values, np.float64)
    if count is not None and column.ndim == 0:
        column = np.full(count, column)
    if column.ndim != 1 or count not in {None, column.size}:
        raise ValueError(f"{name}: of shape {column.shape}, not a column" + ("" if count is None else f" of {count}"))
    return np.ascontiguousarray(column)


def check(name: str, column: Floats, right: NDArray[np.bool_], fault: str) -> None:
    """`ValueError` with the first entry that is not right."""
    if not right.all():
        first = int(np.flatnonzero(~right)[0])
        raise ValueError(f"{name} {first}: {column[first]} {fault}")
