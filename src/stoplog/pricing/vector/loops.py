"""The compiled loops over options: contiguous columns of one length; `vector.black` sees to it.

`rates` is None where nothing is discounted: the loop is compiled without an exponential then. A loop answers how many
options are wrong: a number below 0 or none at all, for inverse options a forward of 0 too. Written for LLVM's
vectoriser: choices between two values, no branches, `&` for `and`.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import Any

from stoplog.pricing import slopes
from stoplog.pricing.vector.compiling import inlined, loop, twin
from stoplog.pricing.vector.elementary import exponential, log_apart
from stoplog.pricing.vector.parts import tails, total, value

_undiscounted = twin(slopes.undiscounted)
_in_coin = twin(slopes.in_coin)
_discounted = twin(slopes.discounted)


@inlined
def _is_wrong(forward: float, strike: float, years: float, volatility: float, inverse: bool) -> int:  # noqa: FBT001
    right = (forward >= 0.0) & (strike >= 0.0) & (years >= 0.0) & (volatility >= 0.0)
    return 0 if right & ((forward > 0.0) | (not inverse)) else 1


@loop
def prices(
    forwards: Any,
    strikes: Any,
    years: Any,
    volatilities: Any,
    calls: Any,
    rates: Any,
    inverse: Any,
    out: Any,
) -> int:
    """Fill `out` with prices; how many options are wrong."""
    wrong = 0
    for i in range(forwards.size):
        forward, strike = forwards[i], strikes[i]
        deviation = volatilities[i] * sqrt(years[i])
        price = value(forward, strike, log_apart(forward, strike) / deviation, deviation, calls[i])
        price = price / forward if inverse else price
        if rates is not None:
            price *= exponential(-rates[i] * years[i])
        out[i] = price
        wrong += _is_wrong(forward, strike, years[i], volatilities[i], inverse)
    return wrong


@loop
def greeks(
    forwards: Any,
    strikes: Any,
    years: Any,
    volatilities: Any,
    calls: Any,
    rates: Any,
    inverse: Any,
    out: Any,
) -> tuple[int, int]:
    """Fill the arrays of `out` with price and Greeks in the order of `slopes.Priced`; how many are wrong, and limits.

    An option at one of the limits of PRI-004 has none of the densities from which this starts, and is left to
    `pricing.black`.
    """
    wrong = limits = 0
    for i in range(forwards.size):
        forward, strike, volatility = forwards[i], strikes[i], volatilities[i]
        below = forward < strike
        low = forward if below else strike
        root = sqrt(years[i])
        deviation = volatility * root
        both = 1.0 / (forward * deviation)
        per_forward, per_deviation = both * deviation, both * forward
        distance = log_apart(forward, strike) * per_deviation
        parts = tails(low, distance, deviation)
        worth = total(parts, forward, strike, deviation, calls[i])
        share = (parts.near if below else -parts.far) * per_forward
        certain = (1.0 if calls[i] else -1.0) if (calls[i] != below) else 0.0
        d1 = (-distance if below else distance) + 0.5 * deviation
        part = _undiscounted(worth, share + certain, parts.bell, d1, root, volatility, per_forward, per_deviation)
        part = _in_coin(part, per_forward) if inverse else part
        rate = 0.0
        discount = 1.0
        if rates is not None:
            rate = rates[i]
            discount = exponential(-rate * years[i])
        priced = _discounted(part, discount, rate, years[i])
        for row in range(len(out)):
            out[row][i] = priced[row]
        wrong += _is_wrong(forward, strike, years[i], volatility, inverse)
        limits += 0 if (per_deviation > 0.0) & (per_deviation < inf) & (low > 0.0) else 1
    return wrong, limits
