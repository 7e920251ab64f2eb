"""Quoted volatilities of one expiry: which of them are used, and what each weighs: SRF-001."""

from __future__ import annotations

from math import exp, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stoplog.pricing.black import time_value

Floats = NDArray[np.float64]

QUOTES_LEAST = 5
"""A slice has five parameters."""

WORTH_LEAST = 1e-4
"""A quote is used where its option, out of the money, is worth this share of the forward."""

WEIGHT_LEAST = 0.1
"""A quote weighs no less than this share of one at the money."""


class Quotes(NamedTuple):
    """What is quoted for one expiry: years left, ln(K / F) rising, volatilities per 1.00."""

    years: float
    k: Floats
    volatility: Floats

    def used(self) -> Quotes:
        """The quotes whose option out of the money is worth `WORTH_LEAST` of the forward."""
        worth = [
            time_value(1.0, exp(k), volatility * sqrt(self.years))
            for k, volatility in zip(self.k.tolist(), self.volatility.tolist(), strict=True)
        ]
        kept = np.array(worth, np.float64) >= WORTH_LEAST
        return Quotes(self.years, self.k[kept], self.volatility[kept])

    def deviations(self) -> Floats:
        """How many standard deviations of the log of the forward each strike is away: k / (σ·√T)."""
        away: Floats = self.k / (self.volatility * sqrt(self.years))
        return away

    def weights(self) -> Floats:
        """The normal density by deviations, 1 at the money, at least `WEIGHT_LEAST`."""
        heavy: Floats = np.maximum(np.exp(-0.5 * self.deviations() ** 2), WEIGHT_LEAST)
        return heavy

    def variance(self) -> Floats:
        """σ²·T of each quote."""
        return self.volatility**2 * self.years

    def per_variance(self) -> Floats:
        """What a difference in total variance is worth: its volatility points times the root of the quote's share."""
        weights = self.weights()
        worth: Floats = np.sqrt(weights / weights.sum()) * 100.0 / (2.0 * self.volatility * self.years)
        return worth

    def is_enough(self) -> bool:
        """Whether the quotes have strikes enough for a slice of their own."""
        return bool(np.unique(self.k).size >= QUOTES_LEAST)

    def check(self) -> None:
        """`ValueError` says which figure cannot be used."""
        if self.k.ndim != 1 or self.k.shape != self.volatility.shape:
            raise ValueError(f"k, volatility: shapes {self.k.shape} and {self.volatility.shape} differ")
        for name, values in (("k", self.k), ("volatility", self.volatility), ("years", np.array([self.years]))):
            wrong = ~np.isfinite(values) | ((values <= 0.0) & (name != "k"))
            if wrong.any():
                raise ValueError(
                    f"{name}: {values[wrong][0]} is not a finite number{'' if name == 'k' else ' above 0'}"
                )
