"""A volatility surface from the quotes of several expiries: SRF-001 to SRF-005.

Expiries with enough quotes are slices of their own. Everything else is a matter of the level: level i is slice i, level
0 has no variance, between two levels the total variance is a weighted mean of theirs, above the last one it is that
slice times 1 + what is above. Time is mapped onto levels, rising and in straight lines, so that whatever lies between
two slices without calendar below zero has none either.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite, log, sqrt
from typing import NamedTuple

import numpy as np

from stoplog.pricing.quotes import WORTH_LEAST, Quotes
from stoplog.pricing.svi import Blend, Slice
from stoplog.pricing.svi_fit import fit_slice


class Knot(NamedTuple):
    """A time on the surface, in years, and its level."""

    years: float
    level: float


class Surface(NamedTuple):
    """Slices in the order of time, and the level of every expiry that has one."""

    slices: tuple[Slice, ...]
    knots: tuple[Knot, ...]

    def level(self, years: float) -> float:
        """The level at a time: in proportion to time before the first expiry, in straight lines between two.

        After the last one the total variance grows in proportion to time. `ValueError` where years is not above 0.
        """
        if not isfinite(years) or years <= 0.0:
            raise ValueError(f"years: {years} is not a finite number above 0")
        before = Knot(0.0, 0.0)
        for knot in self.knots:
            if years <= knot.years:
                share = (years - before.years) / (knot.years - before.years)
                return before.level + share * (knot.level - before.level)
            before = knot
        top = len(self.slices)
        return top - 1.0 + (1.0 + before.level - top) * years / before.years

    def part(self, level: float) -> Slice | Blend:
        """The total variance at a level, by log moneyness."""
        whole = min(int(level), len(self.slices))
        if whole == len(self.slices):
            return self.slices[-1].scaled(1.0 + level - whole)
        if whole == 0:
            return self.slices[0].scaled(level)
        share = level - whole
        return Blend(self.slices[whole - 1], self.slices[whole], share) if share else self.slices[whole - 1]

    def total_variance(self, k: float, years: float) -> float:
        """σ²·T at log moneyness k."""
        return self.part(self.level(years)).total_variance(k)

    def volatility(self, moneyness: float, years: float) -> float:
        """The volatility at strike / forward, per 1.00.

        >>> flat = Surface((Slice(0.04, 0.0, 0.0, 0.0, 1.0), Slice(0.06, 0.0, 0.0, 0.0, 1.0)), (Knot(1, 1), Knot(2, 2)))
        >>> round(flat.volatility(1.1, 1.0), 6), round(flat.volatility(0.9, 1.5) ** 2 * 1.5, 6)
        (0.2, 0.05)
        """
        if not isfinite(moneyness) or moneyness <= 0.0:
            raise ValueError(f"moneyness: {moneyness} is not a finite number above 0")
        return sqrt(self.total_variance(log(moneyness), years) / years)


def fit_surface(chain: Sequence[Quotes]) -> Surface:
    """The surface of the quotes of several expiries, in the order of time; those without a used quote get no knot.

    Slices are fitted from the first expiry on, each without calendar below zero against the one before. An expiry with
    fewer than `QUOTES_LEAST` used quotes gets the level between its neighbours at which it is nearest to its quotes.
    Where no expiry has enough, each is flat at the mean of its quotes, but not below the one before. `ValueError`
    where no quote can be used or the times do not rise.
    """
    for quotes in chain:
        quotes.check()
    for near, far in pairwise(chain):
        if near.years >= far.years:
            raise ValueError(f"years: {far.years} after {near.years} does not rise")
    quoted = [quotes.used() for quotes in chain if quotes.used().k.size]
    if not quoted:
        raise ValueError(f"quotes: none is worth {WORTH_LEAST} of the forward or more")
    if not any(quotes.is_enough() for quotes in quoted):
        flat = tuple(_flat(quoted))
        return Surface(flat, tuple(Knot(quotes.years, i + 1.0) for i, quotes in enumerate(quoted)))
    return _levelled(_slices([quotes for quotes in quoted if quotes.is_enough()]), quoted)


def _slices(quoted: list[Quotes]) -> tuple[Slice, ...]:
    slices: list[Slice] = []
    for place, quotes in enumerate(quoted):
        slices.append(fit_slice(quotes, slices[-1] if slices else None, quoted[place + 1 :]))
    return tuple(slices)


def _flat(quoted: list[Quotes]) -> list[Slice]:
    levels = [float(np.average(quotes.volatility**2, weights=quotes.weights())) * quotes.years for quotes in quoted]
    return [Slice(float(level), 0.0, 0.0, 0.0, 1.0) for level in np.maximum.accumulate(levels)]


def _levelled(slices: tuple[Slice, ...], quoted: list[Quotes]) -> Surface:
    """The surface with a knot for each expiry, thin ones included."""
    knots: list[Knot] = []
    whole = 0
    for quotes in quoted:
        if quotes.is_enough():
            whole += 1
            knots.append(Knot(quotes.years, float(whole)))
            continue
        level = _nearest_level(slices, whole, quotes)
        knots.append(Knot(quotes.years, max(level, knots[-1].level if knots else 0.0)))
    return Surface(slices, tuple(knots))


def _nearest_level(slices: tuple[Slice, ...], whole: int, quotes: Quotes) -> float:
    """The level from `whole` to the next at which the total variance is nearest to the quotes, weighted squares of σ.

    Beyond the last slice there is no next: from its own level on.
    """
    near = np.array([slices[whole - 1].total_variance(float(k)) if whole else 0.0 for k in quotes.k])
    far = 2.0 * near if whole == len(slices) else np.array([slices[whole].total_variance(float(k)) for k in quotes.k])
    rise = (far - near) / quotes.volatility
    wanted = (quotes.volatility**2 * quotes.years - near) / quotes.volatility
    weights = quotes.weights()
    moved = float(np.sum(weights * rise * rise))
    share = float(np.sum(weights * rise * wanted)) / moved if moved > 0.0 else 0.0
    return whole + (max(share, 0.0) if whole == len(slices) else min(max(share, 0.0), 1.0))
