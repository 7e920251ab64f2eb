"""Portfolio margin of Derive, version 1 (`derive-pmrm-1`): PFM-015.

Source: Derive's first "PMRM" and its published portfolios; formulas in our own words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp

from stoplog.portfolio.derive_slices import OptionSlice, given_slices
from stoplog.portfolio.derive_terms import (
    Net,
    Scenario,
    above_zero,
    check_kinds,
    gross,
    least_confidence,
    naked_shorts,
    net_perpetual,
    only_underlying,
    unbent,
    unsure,
    weighed,
)
from stoplog.portfolio.shape import Charge, Margin, Option, Portfolio, Profit, Underlying, Values, needed
from stoplog.pricing.scenarios import ScenarioSet, VolatilityShock

MODEL = "derive-pmrm-1"


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters by the names of the published sets, and the scenario set."""

    basis_up: float
    basis_down: float
    basis_add: float
    basis_mult: float
    peg_threshold: float
    peg_factor: float
    conf_threshold: float
    conf_margin: float
    base_pct: float
    perp_pct: float
    option_pct: float
    im_factor: float
    static_discount: float
    rate_mult: float
    rate_add: float
    vol_up: float
    vol_down: float
    short_power: float
    long_power: float
    dte_floor_sec: float
    scenarios: tuple[Scenario, ...]


def margin(portfolio: Portfolio, parameters: Parameters) -> Margin:
    """The margin of a portfolio on one underlying; `PortfolioError` names what is missing or does not fit."""
    check_kinds(portfolio, MODEL, spot=True)
    underlying, net = only_underlying(portfolio), net_perpetual(portfolio)
    slices = given_slices(portfolio, underlying)
    stable = above_zero(portfolio.market.stable_price, "market.stable_price")
    base = sum(one.amount for one in portfolio.spots)
    held = bool(slices or net.amount or base)
    spot = above_zero(underlying.spot, f"{underlying.path}.spot") if held else 0.0
    worth = base * spot / stable
    values = Values(sum(part.value for part in slices), worth, net.profit, portfolio.cash)
    profits = portfolio.given.scenarios or [
        Profit(scenario.name, profit(scenario, slices, worth, net, underlying, parameters))
        for scenario in parameters.scenarios
    ]
    basis = sum(
        part.basis(parameters.basis_up, parameters.basis_down, parameters.basis_add, parameters.basis_mult)
        for part in slices
    )
    initial = parameters.im_factor + max(0.0, parameters.peg_threshold - stable) * parameters.peg_factor
    naked = sum(naked_shorts(part.options) for part in slices)
    charges = [
        Charge("perpetuals", abs(net.amount) * spot * parameters.perp_pct, 1.0, initial),
        Charge("base", base * spot * parameters.base_pct, 1.0, initial),
        Charge("options", naked * spot * parameters.option_pct, 1.0, initial),
        Charge("confidence", doubt(slices, abs(net.amount) + base, net, underlying, parameters) * spot, 0.0, 1.0),
    ]
    return weighed(values, profits, basis, charges, (1.0, initial), portfolio.given)


def scenario_set(parameters: Parameters) -> ScenarioSet:
    """The scenarios without the discounts, which depend on what a whole expiry is worth."""
    return ScenarioSet(MODEL, unbent(parameters.scenarios), _shock(parameters))


def _shock(parameters: Parameters) -> VolatilityShock:
    return VolatilityShock(
        parameters.vol_up,
        parameters.vol_down,
        parameters.short_power,
        parameters.long_power,
        parameters.dte_floor_sec,
    )


def profit(
    scenario: Scenario,
    slices: Sequence[OptionSlice],
    worth: float,
    net: Net,
    underlying: Underlying,
    parameters: Parameters,
) -> float:
    """The profit under a scenario; what an expiry is worth after it is discounted where it is above zero."""
    shift = scenario.spot - 1.0
    total = worth * shift
    if net.amount:
        total += net.amount * shift * needed(underlying.perpetual, f"{underlying.path}.perpetual")
    shock = _shock(parameters)
    for part in slices:
        factor = shock.factor(scenario.direction, part.seconds)
        after = part.worth(scenario.spot, moved(factor))
        rate = part.rate * parameters.rate_mult + parameters.rate_add
        discount = parameters.static_discount * exp(-part.years * rate) if after > 0.0 else 1.0
        total += after * discount - part.value
    return scenario.damping * total


def moved(factor: float) -> Callable[[Option, float], float]:
    """Every volatility times a factor."""
    return lambda _, volatility: volatility * factor


def doubt(
    slices: Sequence[OptionSlice], size: float, net: Net, underlying: Underlying, parameters: Parameters
) -> float:
    """What low confidence asks for, in units of the underlying; `size` is that of perpetuals and base."""
    sure = least_confidence(underlying, net)
    total = unsure(sure, parameters.conf_threshold, parameters.conf_margin) * size
    for part in slices:
        share = unsure(min(part.confidence, sure), parameters.conf_threshold, parameters.conf_margin)
        total += share * gross(part.options)
    return total
