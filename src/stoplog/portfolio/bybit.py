"""Bybit's portfolio margin of one underlying: the worst of a grid, contingencies by name, a factor: PFM-040, PFM-041.

The venue prints five contingencies. Those on the size of futures and of net short options are computed; what hedges of
different expiries ask has no published formula, and is to be given where there are such hedges. Source: Bybit's help
centre on portfolio margin and the example of its interface.
"""

from __future__ import annotations

from dataclasses import dataclass

from stoplog.portfolio.derive_terms import naked_shorts
from stoplog.portfolio.okx import grid, risk_unit, shock_of
from stoplog.portfolio.revaluing import SPOT, Holdings, values_of
from stoplog.portfolio.shape import Charge, Margin, Option, Portfolio, needed, requirement, worst_of
from stoplog.pricing import scenarios
from stoplog.pricing.scenarios import ScenarioSet, VolatilityShock

MODEL = "bybit-pm"


@dataclass(frozen=True, slots=True)
class Parameters:
    """`im_factor` on the maintenance margin; rates are shares of size · price; ranges of volatility at 30 days."""

    im_factor: float = 1.2
    price_moves: tuple[float, ...] = (-0.1, -0.08, -0.06, -0.04, -0.02, 0.0, 0.02, 0.04, 0.06, 0.08, 0.1)
    volatility_up: float | None = None
    volatility_down: float | None = None
    volatility_power: float = 0.0
    futures_rate: float | None = None
    short_option_rate: float | None = None


def margin(portfolio: Portfolio, parameters: Parameters) -> Margin:
    """The worst profit less the contingencies, without its sign; what was given stands as it is: PFM-003."""
    given, held = portfolio.given, risk_unit(portfolio, MODEL)
    profits = list(given.scenarios)
    if not profits and held is not None:
        profits = grid(held, parameters.price_moves, _shock(parameters, held))
    worst = worst_of(profits)
    amounts = {"worst_case": 0.0 if worst is None else -worst.profit}
    amounts |= _contingencies(parameters, portfolio, held) if held is not None else {}
    amounts |= given.charges
    charges = [Charge(name, amount, 1.0, parameters.im_factor) for name, amount in amounts.items()]
    values = values_of(portfolio, 0.0 if held is None else held.option_value())
    return requirement(values, profits, worst and worst.name, charges)


def scenario_set(parameters: Parameters) -> ScenarioSet:
    """The grid."""
    shock = shock_of(parameters.volatility_up, parameters.volatility_down, parameters.volatility_power)
    return ScenarioSet(MODEL, scenarios.grid(parameters.price_moves), shock)


def _shock(parameters: Parameters, held: Holdings) -> VolatilityShock | None:
    if not held.options:
        return None
    return shock_of(parameters.volatility_up, parameters.volatility_down, parameters.volatility_power)


def _contingencies(parameters: Parameters, portfolio: Portfolio, held: Holdings) -> dict[str, float]:
    """By the venue's own names: PFM-041. `PortfolioError` where one is needed that has no formula."""
    given = portfolio.given.charges
    futures = [each for each in held.linear if each.expiry != SPOT]
    found = {"optionContingency": 0.0, "futureContingency": 0.0, "usdtUsdcContingency": 0.0}
    if futures and "futureContingency" not in given:
        rate = needed(parameters.futures_rate, "parameters.futures_rate")
        found["futureContingency"] = rate * sum(abs(each.value) for each in futures)
    if held.options and "optionContingency" not in given:
        rate = needed(parameters.short_option_rate, "parameters.short_option_rate")
        found["optionContingency"] = rate * _net_short(portfolio, held)
    expiries = held.deltas()
    if len(expiries.keys() - {SPOT}) > 1:
        found["futureDeltaContingency"] = needed(
            given.get("futureDeltaContingency"), "given.charges.futureDeltaContingency"
        )
    if len({each.option.expiry for each in held.options}) > 1:
        found["optionVegaContingency"] = needed(
            given.get("optionVegaContingency"), "given.charges.optionVegaContingency"
        )
    return found


def _net_short(portfolio: Portfolio, held: Holdings) -> float:
    """The value of the underlying of options net short at a strike of an expiry."""
    by_expiry: dict[str, list[Option]] = {}
    for each in held.options:
        by_expiry.setdefault(each.option.expiry, []).append(each.option)
    underlying = portfolio.market.underlyings[held.options[0].option.underlying]
    spot = needed(underlying.spot, f"{underlying.path}.spot")
    return spot * sum(naked_shorts(options) for options in by_expiry.values())
