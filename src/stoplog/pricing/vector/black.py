"""Black-76 over arrays: prices alone, or prices and Greeks in one pass: PRI-020.

The method is that of `pricing.black`, which states it; `vector.parts` says what differs. Every argument broadcasts
against the others, `is_call` holds booleans, results have the shape they make together. One thread prices some 200
million options a second; a second one pays from some 50,000 options on.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stoplog.pricing.black import black76
from stoplog.pricing.slopes import Priced
from stoplog.pricing.vector import loops
from stoplog.pricing.vector.columns import Floats, Options, columns, in_parts, options, results


class PricedArrays(NamedTuple):
    """Arrays of one shape; what each holds says `slopes.Priced`."""

    price: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats
    vanna: Floats
    volga: Floats


def prices(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    is_call: ArrayLike,
    *,
    rate: ArrayLike = 0.0,
    inverse: bool = False,
    threads: int = 1,
    out: Floats | None = None,
) -> Floats:
    """The prices of `pricing.black.black76`, to 2e-14 of the forward, one of the limits of PRI-004 exactly.

    `out`: written to instead of new memory, which costs more than the prices where there are many. `ValueError` names
    the first option of which a number is below 0 or none.

    >>> prices(100.0, [90.0, 100.0], 1.0, 0.2, True).round(6).tolist()
    [13.589108, 7.965567]
    """
    given = options(forward, strike, years, volatility, is_call, rate)
    found = results(out, given.shape)
    flat = found.reshape(-1)

    def fill(part: slice) -> int:
        arguments: tuple[Any, ...] = (*columns(given, part), inverse, flat[part])
        return loops.prices(*arguments)

    if sum(in_parts(fill, flat.size, threads)):
        _refuse(given, inverse=inverse)
    return found


def greeks(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    is_call: ArrayLike,
    *,
    rate: ArrayLike = 0.0,
    inverse: bool = False,
    threads: int = 1,
    out: Floats | None = None,
) -> PricedArrays:
    """Price and Greeks of `pricing.black.black76`; errors and `out`, of eight rows, as in `prices`.

    Options at a limit of PRI-004, an expired one say, are priced one by one by `black76`: some microseconds each.

    >>> greeks(100.0, 100.0, [1.0, 0.0], 0.2, True).delta.round(6).tolist()
    [0.539828, 0.5]
    """
    given = options(forward, strike, years, volatility, is_call, rate)
    found = results(out, (len(PricedArrays._fields), *given.shape))
    rows = found.reshape(len(found), -1)

    def fill(part: slice) -> tuple[int, int]:
        arguments: tuple[Any, ...] = (*columns(given, part), inverse, tuple(row[part] for row in rows))
        return loops.greeks(*arguments)

    counts = in_parts(fill, rows.shape[1], threads)
    if sum(wrong for wrong, _ in counts):
        _refuse(given, inverse=inverse)
    if sum(limits for _, limits in counts):
        for i in np.flatnonzero(_at_limit(given)):
            rows[:, i] = _one(given, int(i), inverse=inverse)
    return PricedArrays(*found)


def _at_limit(given: Options) -> NDArray[np.bool_]:
    deviations = given.volatilities * np.sqrt(given.years)
    lowest = np.minimum(given.forwards, given.strikes)
    return ~((deviations >= np.finfo(np.float64).tiny) & (deviations < np.inf) & (lowest > 0.0))


def _one(given: Options, i: int, *, inverse: bool) -> Priced:
    rate = 0.0 if given.rates is None else float(given.rates[i])
    numbers = (float(column[i]) for column in given[:4])
    return black76(*numbers, is_call=bool(given.calls[i]), rate=rate, inverse=inverse)


def _refuse(given: Options, *, inverse: bool) -> NoReturn:
    """`ValueError` in the words of `black76` for the first option that it refuses."""
    right = np.logical_and.reduce([column >= 0.0 for column in given[:4]])
    if inverse:
        right &= given.forwards > 0.0
    first = int(np.flatnonzero(~right)[0])
    try:
        _one(given, first, inverse=inverse)
    except ValueError as error:
        raise ValueError(f"option {first}: {error}") from error
    raise AssertionError(f"option {first} is right for one and wrong for the other")
