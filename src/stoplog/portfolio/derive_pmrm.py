"""Portfolio margin of Derive, version 2 (`derive-pmrm`): PFM-010 to PFM-014.

Source: Derive's risk manager "PMRM 2" and its published portfolios; formulas in our own words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, inf, log, sqrt

from stoplog.portfolio.derive_pmrm_groups import Factors, Other, Parameters, Skew, Volatility
from stoplog.portfolio.derive_slices import OptionSlice, fitted_slices
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
from stoplog.portfolio.shape import (
    Charge,
    Collateral,
    Margin,
    Option,
    Portfolio,
    Profit,
    Underlying,
    Values,
    needed,
)
from stoplog.pricing.scenarios import ScenarioSet, VolatilityShock

MODEL = "derive-pmrm"

DAY = 86_400.0

SKEWED = ("LINEAR", "ABS")


def margin(portfolio: Portfolio, parameters: Parameters) -> Margin:
    """The margin of a portfolio on one underlying; `PortfolioError` names what is missing or does not fit."""
    check_kinds(portfolio, MODEL, collateral=True)
    underlying, net = only_underlying(portfolio), net_perpetual(portfolio)
    slices = fitted_slices(portfolio, underlying)
    stable = above_zero(portfolio.market.stable_price, "market.stable_price")
    assets = [(asset, asset.amount * asset.price / stable) for asset in portfolio.collaterals]
    values = Values(sum(part.value for part in slices), sum(worth for _, worth in assets), net.profit, portfolio.cash)
    moving = sum(worth for asset, worth in assets if asset.risk_cancelling)
    profits = portfolio.given.scenarios or [
        Profit(scenario.name, profit(scenario, slices, moving, net, underlying, parameters))
        for scenario in parameters.scenarios
    ]
    group = parameters.basis
    basis = sum(part.basis(group.spot_up, group.spot_down, group.add, group.mult) for part in slices)
    charges = static_charges(slices, assets, net, underlying, parameters.other)
    factors = parameters.margin
    lost_peg = max(0.0, parameters.other.peg_threshold - stable) * parameters.other.peg_factor
    return weighed(values, profits, basis, charges, (factors.mm_factor, factors.im_factor + lost_peg), portfolio.given)


def profit(
    scenario: Scenario,
    slices: Sequence[OptionSlice],
    moving: float,
    net: Net,
    underlying: Underlying,
    parameters: Parameters,
) -> float:
    """The profit under a scenario, damped: PFM-011. `moving` is the worth of the collateral that cancels risk."""
    shift = scenario.spot - 1.0
    total = moving * shift
    if net.amount:
        total += net.amount * shift * needed(underlying.perpetual, f"{underlying.path}.perpetual")
    if scenario.direction in SKEWED:
        total -= sum(abs(change(part, 1.0, skewed(part, scenario, parameters.skew), parameters)) for part in slices)
    else:
        total += sum(
            change(part, scenario.spot, shocked(part, scenario, parameters.vol), parameters) for part in slices
        )
    return scenario.damping * total


def change(part: OptionSlice, spot: float, shock: Callable[[Option, float], float], parameters: Parameters) -> float:
    """What an expiry gains when it is revalued and discounted once more."""
    worth = part.worth(spot, shock)
    return worth * static_discount(part, parameters.margin, gain=worth >= 0.0) - part.value


def static_discount(part: OptionSlice, factors: Factors, *, gain: bool) -> float:
    """What a shocked value counts for: gains less, debts more, but not above undiscounted: PFM-012."""
    if gain:
        rate = part.rate * factors.long_rate_mult + factors.long_rate_add
        return factors.static_pos * exp(-part.years * rate)
    rate = part.rate * factors.short_rate_mult + factors.short_rate_add
    return min(1.0 / part.discount, factors.static_neg * exp(part.years * rate))


def scenario_set(parameters: Parameters) -> ScenarioSet:
    """The scenarios that move all volatilities alike, with their damping.

    Left out is what is no sum over positions: the two that tilt and bend the smile, of which each expiry counts as a
    loss, and the discounts of what an expiry is worth.
    """
    return ScenarioSet(MODEL, unbent(parameters.scenarios), _shock(parameters.vol))


def _shock(group: Volatility) -> VolatilityShock:
    return VolatilityShock(
        group.range_up,
        group.range_down,
        group.short_power,
        group.long_power,
        group.dte_floor_days * DAY,
        group.min_vol,
    )


def shocked(part: OptionSlice, scenario: Scenario, group: Volatility) -> Callable[[Option, float], float]:
    """The volatility of an option under a scenario that moves all alike."""
    shock = _shock(group)
    return lambda _, volatility: shock.shocked(scenario.direction, volatility, part.seconds)


def skewed(part: OptionSlice, scenario: Scenario, group: Skew) -> Callable[[Option, float], float]:
    """The volatility of an option under a scenario that tilts or bends the smile: PFM-013."""
    root = sqrt(part.years)
    width = max(group.min_kstar, root * group.min_width * (group.vol_static + root * group.vol_scale))
    bends = scenario.direction == "ABS"
    cap = group.abs_cbase * root + group.abs_cap if bends else group.linear_cbase * root + group.linear_cap

    def shock(option: Option, volatility: float) -> float:
        k = log(option.strike / part.forward)
        k = abs(k) if bends else k
        slope = k * cap / width if width else (k * cap) and (inf if k * cap > 0.0 else -inf)
        return volatility * max(0.0, 1.0 + (min(cap, slope) if k >= 0.0 else max(-cap, slope)))

    return shock


def static_charges(
    slices: Sequence[OptionSlice],
    assets: Sequence[tuple[Collateral, float]],
    net: Net,
    underlying: Underlying,
    group: Other,
) -> list[Charge]:
    """Charges on notional, on naked shorts, on collateral, and for low confidence: PFM-014."""
    sure = least_confidence(underlying, net)
    spot = above_zero(underlying.spot, f"{underlying.path}.spot") if slices or net.amount else 0.0
    notional = abs(net.amount) * spot
    naked = sum(naked_shorts(part.options) for part in slices) * spot
    doubt = unsure(sure, group.conf_threshold, group.conf_margin) * notional
    for part in slices:
        share = unsure(min(part.confidence, sure), group.conf_threshold, group.conf_margin)
        doubt += share * gross(part.options) * spot
    for asset, worth in assets:
        sure_of = min(asset.confidence, underlying.spot_confidence)
        doubt += unsure(sure_of, group.conf_threshold, group.conf_margin) * worth
    return [
        Charge("perpetuals_maintenance", notional * group.mm_perp),
        Charge("perpetuals_initial", notional * group.im_perp, 0.0),
        Charge("options_maintenance", naked * group.mm_option),
        Charge("options_initial", naked * group.im_option, 0.0),
        Charge("collateral_maintenance", sum(worth * asset.maintenance_haircut for asset, worth in assets)),
        Charge("collateral_initial", sum(worth * asset.initial_haircut for asset, worth in assets), 0.0),
        Charge("confidence", doubt, 0.0),
    ]
