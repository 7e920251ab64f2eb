"""What fast-vollib with Numba does with options: see answering.py."""

from __future__ import annotations

from typing import Any

import fast_vollib
import numpy as np
from answering import answer, columns

forward, strike, years, volatility, call, price = columns()
flags = np.where(call > 0.0, "c", "p")
rates = np.zeros(forward.size)
options = {"return_as": "numpy", "backend": "numba"}


def prices() -> Any:
    """Prices alone."""
    return fast_vollib.fast_black(flags, forward, strike, years, rates, volatility, **options)


def greeks() -> Any:
    """Greeks, and prices: they are two calls."""
    fast_vollib.get_all_greeks(flags, forward, strike, years, rates, volatility, model="black", **options)
    return prices()


def implied() -> Any:
    """Volatilities of prices."""
    return fast_vollib.fast_implied_volatility_black(price, forward, strike, rates, years, flags, **options)


if __name__ == "__main__":
    answer("fast-vollib", {"prices": prices, "greeks": greeks, "implied": implied})
