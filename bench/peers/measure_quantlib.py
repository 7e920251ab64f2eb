"""What QuantLib does with options, one call after the other as its Python interface has it: see answering.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import QuantLib
from answering import answer, columns

forward, strike, years, volatility, call, price = columns()
rights = [QuantLib.Option.Call if right else QuantLib.Option.Put for right in call]
deviation = volatility * np.sqrt(years)
table = list(zip(rights, strike.tolist(), forward.tolist(), deviation.tolist(), strict=True))


def prices() -> Any:
    """Prices alone."""
    return [QuantLib.blackFormula(*option) for option in table]


def greeks() -> Any:
    """Price, delta, gamma, vega and theta."""
    found = []
    for (right, at, spot, x), left in zip(table, years.tolist(), strict=True):
        one = QuantLib.BlackCalculator(QuantLib.PlainVanillaPayoff(right, at), spot, x)
        found.append((one.value(), one.deltaForward(), one.gammaForward(), one.vega(left), one.theta(spot, left))[0])
    return found


def implied() -> Any:
    """Volatilities of prices."""
    found = [
        QuantLib.blackFormulaImpliedStdDev(right, at, spot, paid, 1.0, 0.0, 0.5, 1e-12, 1000)
        for (right, at, spot, _), paid in zip(table, price.tolist(), strict=True)
    ]
    return np.array(found) / np.sqrt(years)


if __name__ == "__main__":
    answer("QuantLib", {"prices": prices, "greeks": greeks, "implied": implied})
