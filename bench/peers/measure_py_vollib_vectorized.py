"""What py_vollib_vectorized does with options: see answering.py."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import py_vollib_vectorized as vollib
from answering import answer, columns

warnings.simplefilter("ignore")

forward, strike, years, volatility, call, price = columns()
flags = np.where(call > 0.0, "c", "p")
rates = np.zeros(forward.size)


def prices() -> Any:
    """Prices alone."""
    return vollib.vectorized_black(flags, forward, strike, years, rates, volatility, return_as="numpy")


def greeks() -> Any:
    """Greeks, and prices: they are two calls."""
    vollib.get_all_greeks(flags, forward, strike, years, rates, volatility, model="black", return_as="dict")
    return prices()


def implied() -> Any:
    """Volatilities of prices."""
    return vollib.vectorized_implied_volatility_black(price, forward, strike, rates, years, flags, return_as="numpy")


if __name__ == "__main__":
    answer("py-vollib-vectorized", {"prices": prices, "greeks": greeks, "implied": implied})
