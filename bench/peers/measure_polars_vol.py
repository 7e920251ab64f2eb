"""What polars-vol does with options: see answering.py. Without a rate Black-Scholes on the forward is Black-76."""

from __future__ import annotations

from typing import Any

import polars as pl
import polars_vol
from answering import answer, columns

forward, strike, years, volatility, call, price = columns()
frame = pl.DataFrame(
    {
        "spot": forward,
        "strike": strike,
        "years": years,
        "volatility": volatility,
        "rate": 0.0 * forward,
        "call": call > 0.0,
        "price": price,
    }
)
given = ("strike", "spot", "volatility", "years", "rate", "call")


def prices() -> Any:
    """Prices alone."""
    return frame.select(polars_vol.black_scholes(*given)).to_series().to_numpy()


def greeks() -> Any:
    """Prices and Greeks."""
    found = frame.select(polars_vol.black_scholes_with_greeks(*given)).to_series()
    return found.struct.field("model_price").to_numpy()


def implied() -> Any:
    """Volatilities of prices."""
    asked = polars_vol.implied_vol("price", "strike", "spot", "years", "rate", "call")
    return frame.select(asked).to_series().to_numpy()


if __name__ == "__main__":
    answer("polars-vol", {"prices": prices, "greeks": greeks, "implied": implied})
