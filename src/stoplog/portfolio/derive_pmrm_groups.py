"""The parameter groups of Derive's portfolio margin, version 2, by the names of its published sets."""

from __future__ import annotations

from dataclasses import dataclass

from stoplog.portfolio.derive_terms import Scenario


@dataclass(frozen=True, slots=True)
class Basis:
    """The forwards of an expiry may move apart from the spot."""

    spot_up: float
    spot_down: float
    add: float
    mult: float


@dataclass(frozen=True, slots=True)
class Other:
    """Static charges as shares of notional, and what a lost peg or a low confidence asks for."""

    peg_threshold: float
    peg_factor: float
    conf_threshold: float
    conf_margin: float
    mm_perp: float
    im_perp: float
    mm_option: float
    im_option: float


@dataclass(frozen=True, slots=True)
class Volatility:
    """Shocks of volatility at 30 days, their powers, and the least volatility after a shock upwards."""

    range_up: float
    range_down: float
    short_power: float
    long_power: float
    dte_floor_days: float
    min_vol: float


@dataclass(frozen=True, slots=True)
class Factors:
    """Factors on the worst loss, and discounts of shocked values: gains (`pos`, `long`), debts (`neg`, `short`)."""

    mm_factor: float
    im_factor: float
    static_pos: float
    static_neg: float
    long_rate_mult: float
    long_rate_add: float
    short_rate_mult: float
    short_rate_add: float


@dataclass(frozen=True, slots=True)
class Skew:
    """The scenarios that tilt (`linear`) and bend (`abs`) the smile."""

    linear_cap: float
    linear_cbase: float
    abs_cap: float
    abs_cbase: float
    min_kstar: float
    min_width: float
    vol_static: float
    vol_scale: float


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameter groups of the model and its scenario set."""

    basis: Basis
    other: Other
    vol: Volatility
    margin: Factors
    skew: Skew
    scenarios: tuple[Scenario, ...]
