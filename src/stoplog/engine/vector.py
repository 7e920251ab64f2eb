"""Thresholds of many positions at once: the rules of `margin.thresholds`, over arrays.

All positions are of one instrument. `sizes` and `capitals` (purse − cost) are int64 arrays of one length; the
answer is an int64 array of whole prices, exact, in the convention of `last_healthy_price`: 0 and
`PRICE_MAX` + 1 where no price is the boundary. A size of 0 answers 0.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stoplog.engine.compiling import compiled_for_threads
from stoplog.engine.twins import twin
from stoplog.margin import thresholds
from stoplog.margin.tiers import Tier
from stoplog.records import TIER
from stoplog.units import RATE_ONE

liquidation_threshold = twin(thresholds.liquidation_threshold)
last_healthy_price = twin(thresholds.last_healthy_price)


@compiled_for_threads
def _liquidation(tiers: Any, payoff: int, multiplier: int, sizes: Any, capitals: Any, prices: Any) -> None:
    for k in range(len(sizes)):
        if sizes[k] != 0:
            prices[k] = liquidation_threshold(tiers, payoff, multiplier, sizes[k], capitals[k], RATE_ONE)


@compiled_for_threads
def _bankruptcy(rate: int, payoff: int, multiplier: int, sizes: Any, capitals: Any, prices: Any) -> None:
    for k in range(len(sizes)):
        if sizes[k] != 0:
            prices[k] = last_healthy_price(payoff, multiplier, sizes[k], capitals[k], rate, 0, RATE_ONE)


SMALLEST_SHARE = 50_000
"""Positions below which another thread costs more than it saves."""


def _shared_out(kernel: Callable[..., None], given: tuple[Any, ...], *arrays: NDArray[np.int64]) -> None:
    """Run the kernel over equal shares of the arrays, one for each core, in threads."""
    shares = max(1, min(os.cpu_count() or 1, len(arrays[0]) // SMALLEST_SHARE))
    if shares == 1:
        kernel(*given, *arrays)
        return
    pieces = zip(*(np.array_split(array, shares) for array in arrays), strict=True)
    with ThreadPoolExecutor(shares) as threads:
        for done in [threads.submit(kernel, *given, *piece) for piece in pieces]:
            done.result()


def liquidation_prices(
    tiers: Sequence[Tier], payoff: int, multiplier: int, sizes: NDArray[np.int64], capitals: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The last healthy price of each position under a marginal ladder."""
    prices = np.zeros(len(sizes), np.int64)
    _shared_out(_liquidation, (np.array(tiers, TIER), payoff, multiplier), sizes, capitals, prices)
    return prices


def bankruptcy_prices(
    payoff: int, multiplier: int, sizes: NDArray[np.int64], capitals: NDArray[np.int64], fee_rate: int = 0
) -> NDArray[np.int64]:
    """The last price at which each position's equity covers the cost of closing at `fee_rate` (counts of 1e-8)."""
    prices = np.zeros(len(sizes), np.int64)
    _shared_out(_bankruptcy, (fee_rate, payoff, multiplier), sizes, capitals, prices)
    return prices
