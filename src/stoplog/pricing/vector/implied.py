"""Implied volatility over arrays: three steps for all options at once, `pricing.implied` for the rest: PRI-021.

The rest is what three steps did not settle, and where the digits of their sums are not enough: next to the limit, or
with less than a third of a second left. For these the solver of `pricing.implied`, which shrinks a bracket, is
compiled as it stands.
"""

from __future__ import annotations

from enum import IntEnum
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stoplog.pricing import implied
from stoplog.pricing.normal import log_ratio as precise_log_ratio
from stoplog.pricing.vector.columns import Floats, columns, in_parts, options, results
from stoplog.pricing.vector.compiling import inlined, loop, twin
from stoplog.pricing.vector.elementary import exponential, log_apart
from stoplog.pricing.vector.solving import solved

SETTLED = 1e-4
"""The error after a step is some power of its length, at least the third."""

MISSING_MIN = 1e-6

YEARS_MIN = 1e-8

UNSETTLED = 255


class Reason(IntEnum):
    """Why a price has no volatility, the words of `pricing.implied`; NONE where it has one."""

    NONE = 0
    EXPIRED = 1
    BELOW_INTRINSIC = 2
    NO_TIME_VALUE = 3
    ABOVE_LIMIT = 4


EXPIRED, BELOW_INTRINSIC, NO_TIME_VALUE, ABOVE_LIMIT = (int(reason) for reason in list(Reason)[1:])


class ImpliedArrays(NamedTuple):
    """Volatilities, no number where there is none, and a `Reason` for each."""

    volatility: Floats
    reason: NDArray[np.uint8]


_share_of = twin(implied.share_of)
_deviation_of = twin(implied.deviation_of)
_log_ratio = twin(precise_log_ratio)


@inlined
def _share(price: float, forward: float, strike: float, years: float, call: bool, rate: float, inverse: bool) -> float:  # noqa: FBT001
    undiscounted = price * exponential(rate * years) * (forward if inverse else 1.0)
    return _share_of(undiscounted, forward, strike, call)


@loop
def _solve(
    forwards: Any, strikes: Any, years: Any, prices: Any, calls: Any, rates: Any, inverse: Any, out: Any, reasons: Any
) -> tuple[int, int]:
    """Fill volatilities and reasons; how many options are wrong, and how many are left `UNSETTLED`."""
    wrong = unsettled = 0
    for i in range(forwards.size):
        forward, strike, left = forwards[i], strikes[i], years[i]
        rate = 0.0
        if rates is not None:
            rate = rates[i]
        share = _share(prices[i], forward, strike, left, calls[i], rate, inverse)
        found = solved(share, log_apart(forward, strike))
        settled = (found.step < SETTLED) & (share < 1.0 - MISSING_MIN) & (left > YEARS_MIN)
        reason = 0 if settled else UNSETTLED
        reason = ABOVE_LIMIT if share >= 1.0 else reason
        reason = NO_TIME_VALUE if share == 0.0 else reason
        reason = BELOW_INTRINSIC if share < 0.0 else reason
        reason = EXPIRED if left <= 0.0 else reason
        reasons[i] = reason
        out[i] = found.deviation / sqrt(left) if reason == 0 else np.nan
        right = (abs(share) < np.inf) & (abs(left) < np.inf) & (forward > 0.0) & (strike > 0.0)
        wrong += 0 if right else 1
        unsettled += 1 if reason == UNSETTLED else 0
    return wrong, unsettled


@loop
def _settle(
    forwards: Any, strikes: Any, years: Any, prices: Any, calls: Any, rates: Any, inverse: Any, out: Any, reasons: Any
) -> None:
    """The volatilities of what is `UNSETTLED`, one after the other."""
    for i in range(forwards.size):
        if reasons[i] == UNSETTLED:
            rate = 0.0
            if rates is not None:
                rate = rates[i]
            forward, strike = forwards[i], strikes[i]
            share = _share(prices[i], forward, strike, years[i], calls[i], rate, inverse)
            moneyness = _log_ratio(max(forward, strike), min(forward, strike))
            out[i] = _deviation_of(share, moneyness) / sqrt(years[i])
            reasons[i] = 0


def implied_volatilities(
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    is_call: ArrayLike,
    *,
    rate: ArrayLike = 0.0,
    inverse: bool = False,
    threads: int = 1,
) -> ImpliedArrays:
    """The volatilities at which `black76` gives the prices, or why there is none; shapes as in `vector.black`.

    `ValueError` where a number is none or infinite, or forward or strike is not above 0.

    >>> found = implied_volatilities([7.965567455405804, 9.0], [100.0, 110.0], 100.0, 1.0, True)
    >>> found.volatility.round(12).tolist(), [Reason(reason).name for reason in found.reason]
    ([0.2, nan], ['NONE', 'BELOW_INTRINSIC'])
    """
    given = options(forward, strike, years, price, is_call, rate)
    found = results(None, given.shape)
    reasons = np.empty(given.shape, np.uint8)
    flat, flat_reasons = found.reshape(-1), reasons.reshape(-1)

    def fill(part: slice) -> int:
        arguments: tuple[Any, ...] = (*columns(given, part), inverse, flat[part], flat_reasons[part])
        wrong, unsettled = _solve(*arguments)
        if unsettled and not wrong:
            _settle(*arguments)
        return wrong

    if sum(in_parts(fill, flat.size, threads)):
        raise ValueError("prices and years are finite numbers, forwards and strikes are above 0")
    return ImpliedArrays(found, reasons)
