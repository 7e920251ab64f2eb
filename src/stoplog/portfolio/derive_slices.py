"""The options of one expiry as Derive's portfolio margin revalues them: PFM-010."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, hypot, log, sqrt

from stoplog.portfolio.derive_terms import above_zero, by_expiry
from stoplog.portfolio.shape import Expiry, Option, Portfolio, PortfolioError, Svi, Underlying, needed
from stoplog.pricing.black import undiscounted_price
from stoplog.pricing.scenarios import YEAR

SETTLING = 1800.0
"""In so many last seconds the settlement price is averaged: the part that has passed moves no more."""

WINGS = 4.0
"""A strike counts at most so many times √(a + b·s) from the forward of its fit."""

VARIANCE_MAX = 144.0


@dataclass(frozen=True)
class OptionSlice:
    """Options of one expiry with their volatilities. `fixed`: the part of the forward that moves no more."""

    path: str
    options: Sequence[Option]
    volatilities: Sequence[float]
    seconds: float
    forward: float
    fixed: float
    rate: float
    discount: float
    confidence: float

    @property
    def years(self) -> float:
        """The time left."""
        return self.seconds / YEAR

    @cached_property
    def value(self) -> float:
        """What the options are worth as the market stands."""
        return self.worth(1.0, lambda _, volatility: volatility)

    def worth(self, spot: float, shocked: Callable[[Option, float], float]) -> float:
        """What they are worth with the moving part of the forward times `spot` and each volatility shocked."""
        forward = (self.forward - self.fixed) * spot + self.fixed
        root = sqrt(self.years)
        return self.discount * sum(
            option.amount
            * undiscounted_price(forward, option.strike, shocked(option, volatility) * root, is_call=option.is_call)
            for option, volatility in zip(self.options, self.volatilities, strict=True)
        )

    def basis(self, up: float, down: float, add: float, mult: float) -> float:
        """What the worse of two moves of the forward alone would cost, times add + mult · years; never above 0."""
        moved = min(self.worth(factor, lambda _, volatility: volatility) for factor in (up, down))
        return min(0.0, moved - self.value) * (add + mult * self.years)


def fitted_volatility(svi: Svi, strike: float, path: str) -> float:
    """The volatility of a strike on a slice fitted earlier, total variance over the years at that time.

    `PortfolioError` where the fit has none: a forward or a time that is not above 0, or a variance below 0.

    >>> fitted_volatility(Svi(0.04, 0.0, 0.0, 0.0, 0.1, 100.0, 0.25), 120.0, "svi")
    0.4
    """
    if svi.forward <= 0.0 or svi.years <= 0.0:
        raise PortfolioError("out_of_range", path, f"{path}: forward and years of the fit are not above 0")
    reach = WINGS * sqrt(max(0.0, svi.a + svi.b * svi.sigma))
    k = min(max(log(strike / svi.forward), -reach), reach)
    variance = svi.a + svi.b * (svi.rho * (k - svi.m) + hypot(k - svi.m, svi.sigma))
    if variance < 0.0:
        raise PortfolioError("out_of_range", path, f"{path}: the total variance at strike {strike:g} is below 0")
    return sqrt(min(VARIANCE_MAX, variance) / svi.years)


def fitted_slices(portfolio: Portfolio, underlying: Underlying) -> list[OptionSlice]:
    """Version 2: volatilities by the fit of the expiry, discounted at its rate where that is above 0.

    The settled part of the forward follows from the time left.
    """
    slices = []
    for name, options in by_expiry(portfolio, underlying).items():
        expiry = underlying.expiries[name]
        if expiry.svi is None:
            raise PortfolioError("missing_field", f"{expiry.path}.svi", f"{expiry.path}.svi: missing")
        svi, path = expiry.svi, f"{expiry.path}.svi"
        seconds, forward = _time_and_forward(expiry)
        rate = max(0.0, expiry.rate)
        slices.append(
            OptionSlice(
                expiry.path,
                options,
                [fitted_volatility(svi, option.strike, path) for option in options],
                seconds,
                forward,
                forward * (SETTLING - seconds) / SETTLING if seconds < SETTLING else 0.0,
                rate,
                exp(-rate * seconds / YEAR),
                min(expiry.forward_confidence, expiry.rate_confidence, expiry.volatility_confidence),
            )
        )
    return slices


def given_slices(portfolio: Portfolio, underlying: Underlying) -> list[OptionSlice]:
    """Version 1: every option brings its volatility and confidence; undiscounted, the settled part as given."""
    slices = []
    for name, options in by_expiry(portfolio, underlying).items():
        expiry = underlying.expiries[name]
        seconds, forward = _time_and_forward(expiry)
        if not 0.0 <= expiry.forward_fixed <= forward:
            path = f"{expiry.path}.forward_fixed"
            raise PortfolioError("out_of_range", path, f"{path}: {expiry.forward_fixed:g} is not part of the forward")
        confidences = [expiry.volatility_confidence, *(option.volatility_confidence for option in options)]
        slices.append(
            OptionSlice(
                expiry.path,
                options,
                [needed(option.volatility, f"{option.path}.volatility") for option in options],
                seconds,
                forward,
                expiry.forward_fixed,
                max(0.0, expiry.rate),
                1.0,
                min(expiry.forward_confidence, expiry.rate_confidence, *confidences),
            )
        )
    return slices


def _time_and_forward(expiry: Expiry) -> tuple[float, float]:
    return needed(expiry.seconds, f"{expiry.path}.seconds"), above_zero(expiry.forward, f"{expiry.path}.forward")
