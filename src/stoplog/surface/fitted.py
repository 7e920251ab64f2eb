"""A chain with its surface, and its fit in one line: SRF-006."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stoplog.pricing.quotes import Floats
from stoplog.pricing.surface import Surface, fit_surface
from stoplog.pricing.surface_checks import Checked, checked
from stoplog.surface.chains import Chain


class Fitted(NamedTuple):
    """A chain, the surface of its quotes, and what was found at each expiry."""

    chain: Chain
    surface: Surface
    expiries: tuple[Checked, ...]

    def errors(self) -> Floats:
        """How far the surface is from each used quote, in volatility points, above 0."""
        found: Floats = np.abs(np.concatenate([each.errors for each in self.expiries]))
        return found


class Spread(NamedTuple):
    """Errors in volatility points: how many, median, 95th percentile, worst."""

    quotes: int
    median: float
    high: float
    worst: float


def fit_chain(chain: Chain) -> Fitted:
    """The surface of a chain; `ValueError` where no quote can be used."""
    surface = fit_surface(chain.quotes())
    return Fitted(chain, surface, tuple(checked(surface, chain.quotes())))


def spread(errors: Floats) -> Spread:
    """Median, 95th percentile (interpolated) and worst of errors, of which there is at least one.

    >>> spread(np.array([1.0, 2.0, 3.0]))
    Spread(quotes=3, median=2.0, high=2.9, worst=3.0)
    """
    return Spread(
        errors.size, float(np.median(errors)), round(float(np.quantile(errors, 0.95)), 12), float(errors.max())
    )
