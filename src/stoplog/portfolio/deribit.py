"""Deribit's portfolio margin, version 2, of one currency of settlement: PFM-020 to PFM-024.

Two tables: moves within the price range with volatility up, the same and down, of which losses count whole and gains
in part; and remote moves with volatility up, of which a share counts, damped by an amount. To the worst of both come a
charge for what the curve of futures can move and one for large deltas. Source: docs.deribit.com, private/pme/simulate,
and the venue's page on portfolio margin; the charge for large deltas and how a floor holds for shocked volatility are
inferred from the names and sizes of its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

from stoplog.portfolio.revaluing import PERPETUAL, SPOT, Holdings, holdings, one_payoff, same, underlyings, values_of
from stoplog.portfolio.shape import (
    Charge,
    Margin,
    Portfolio,
    PortfolioError,
    Profit,
    needed,
    requirement,
    with_given,
    worst_of,
)
from stoplog.pricing.scenarios import YEAR, Direction, Scenario, ScenarioSet, VolatilityShock, extreme, grid

MODEL = "deribit-pm"

REMOTE = (-0.66, -0.33, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0)
"""The moves of the extended table."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the venue publishes for a pair of currencies; shares of the price, but for those with another unit.

    `extended_dampener_usd` is in dollars, converted at `index`, or at the underlying's spot price; from
    `delta_total_liq_shock_threshold` dollars on `m_inc` is charged for each coin of delta, `max_delta_shock` at most,
    unless `delta_shock` is stated; it and the margins for market maker protection and open orders are amounts.
    """

    price_range: float
    min_annualised_move: float
    annualised_move_risk: float
    buckets: int = 4
    pnl_offset: float = 0.0
    mm_factor: float = 0.8
    table_factor: float = 1.0
    extended_dampener_usd: float = 0.0
    index: float | None = None
    volatility_range_up: float | None = None
    volatility_range_down: float | None = None
    min_volatility_for_shock_up: float = 0.0
    short_term_vega_power: float = 0.3
    long_term_vega_power: float = 0.13
    m_inc: float = 0.0
    delta_total_liq_shock_threshold: float = 0.0
    max_delta_shock: float = 0.0
    delta_shock: float | None = None
    mmp_margin: float = 0.0
    open_orders_margin: float = 0.0


def margin(portfolio: Portfolio, parameters: Parameters) -> Margin:
    """The margin in coin, or in the quote asset of a linear account; `PortfolioError` where it cannot be margined."""
    _check(portfolio, parameters)
    in_coin = one_payoff(portfolio, MODEL)
    names = underlyings(portfolio)
    if len(names) > 1:
        message = f"positions: {', '.join(names)}: {MODEL} margins each currency for itself"
        raise PortfolioError("inconsistent", "positions", message)
    held = holdings(portfolio, names[0], in_coin=in_coin) if names else Holdings([], [], in_coin=in_coin)
    profits = list(portfolio.given.scenarios) or list(_tables(portfolio, parameters, held))
    worst = worst_of(profits)
    part = parameters.mm_factor
    charges = [
        Charge("worst_case", 0.0 if worst is None else max(0.0, -worst.profit), part),
        Charge("roll_shock", roll_shock(parameters, held), part),
        Charge("delta_shock", _delta_shock(portfolio, parameters, held), part),
        Charge("correlation_contingency", 0.0, part),
        Charge("mmp_margin", parameters.mmp_margin, 0.0),
        Charge("open_orders_margin", parameters.open_orders_margin, 0.0),
        Charge("spot_margin", 0.0, 0.0),
    ]
    found = with_given(charges, portfolio.given)
    return requirement(values_of(portfolio, held.option_value()), profits, worst and worst.name, found)


def _check(portfolio: Portfolio, parameters: Parameters) -> None:
    for path in [*(one.path for one in portfolio.spots), *(one.path for one in portfolio.collaterals)]:
        raise PortfolioError("inconsistent", f"{path}.kind", f"{path}.kind: a segregated account has no other assets")
    if not 0.0 < parameters.price_range < 1.0:
        message = f"parameters.price_range: {parameters.price_range:g} is not between 0 and 1"
        raise PortfolioError("out_of_range", "parameters.price_range", message)
    if parameters.buckets < 1:
        raise PortfolioError("out_of_range", "parameters.buckets", "parameters.buckets: not above 0")


def scenario_set(parameters: Parameters) -> ScenarioSet:
    """Both tables as data; what depends on a whole portfolio, the dampener and gains in part, is no part of it."""
    return ScenarioSet(MODEL, _scenarios(parameters), _shock(parameters))


def _scenarios(parameters: Parameters) -> tuple[Scenario, ...]:
    """The standard table, then the extended one: PFM-020, PFM-022."""
    reach, buckets = parameters.price_range, parameters.buckets
    moves = tuple(reach * k / buckets for k in range(-buckets, buckets + 1))
    return grid(moves) + extreme(REMOTE, reach, "Up", share=parameters.table_factor, word="extended")


def _shock(parameters: Parameters) -> VolatilityShock:
    return VolatilityShock(
        needed(parameters.volatility_range_up, "parameters.volatility_range_up"),
        needed(parameters.volatility_range_down, "parameters.volatility_range_down"),
        parameters.short_term_vega_power,
        parameters.long_term_vega_power,
        least=parameters.min_volatility_for_shock_up,
    )


def _tables(portfolio: Portfolio, parameters: Parameters, held: Holdings) -> Iterator[Profit]:
    """The profit of every scenario, as it counts."""
    for scenario in _scenarios(parameters):
        profit = _profit(parameters, held, scenario.move, scenario.direction)
        if scenario.counted_at is None:
            yield Profit(scenario.name, _counted(parameters, profit))
        else:
            yield Profit(scenario.name, _extended(portfolio, parameters, held, scenario, scenario.counted_at, profit))


def _counted(parameters: Parameters, profit: float) -> float:
    """A loss whole, a gain in part."""
    return profit if profit <= 0.0 else parameters.pnl_offset * profit


def _profit(parameters: Parameters, held: Holdings, move: float, direction: Direction) -> float:
    """The profit at a move; every option's volatility is shocked by the time it has left: PFM-021."""
    if not held.options or direction == "None":
        return held.profit(move, same)
    shock = _shock(parameters)
    return held.profit(move, lambda volatility, years: shock.shocked(direction, volatility, years * YEAR))


def _extended(
    portfolio: Portfolio, parameters: Parameters, held: Holdings, scenario: Scenario, edge: float, profit: float
) -> float:
    """A remote move: its profit as at the edge of the price range, in part, and damped towards 0: PFM-022."""
    profit *= scenario.weight
    damper = (max(abs(scenario.move) / parameters.price_range, 1.0) - 1.0) * parameters.extended_dampener_usd
    if held.in_coin:
        profit *= (1.0 + scenario.move) / edge
        damper = damper / (edge * _index(portfolio, parameters)) if damper else 0.0
    damper = min(damper, abs(profit))
    counted = _counted(parameters, profit)
    damped = max(0.0, abs(counted) - damper)
    return damped if counted > 0.0 else -damped


def _index(portfolio: Portfolio, parameters: Parameters) -> float:
    if parameters.index is not None:
        return parameters.index
    (name,) = underlyings(portfolio) or [""]
    underlying = portfolio.market.underlyings.get(name)
    return needed(underlying.spot if underlying else None, "parameters.index")


def roll_shock(parameters: Parameters, held: Holdings) -> float:
    """What the futures can move against the index: the net delta of each expiry times its move: PFM-023.

    The move grows with the years left, from a least one that perpetuals have too.
    """
    total = 0.0
    for expiry, (delta, years) in held.deltas().items():
        far = 0.0 if expiry in {PERPETUAL, SPOT} else exp(parameters.annualised_move_risk * years) - 1.0
        total += abs(delta) * max(far, parameters.min_annualised_move)
    return total


def _delta_shock(portfolio: Portfolio, parameters: Parameters, held: Holdings) -> float:
    """What a delta beyond a threshold costs to close: PFM-024."""
    if parameters.delta_shock is not None:
        return parameters.delta_shock
    delta = abs(sum(part for part, _ in held.deltas().values()))
    if not (delta and parameters.m_inc):
        return 0.0
    index = _index(portfolio, parameters)
    coins = delta if held.in_coin else delta / index
    beyond = max(0.0, coins - parameters.delta_total_liq_shock_threshold / index)
    return min(beyond * parameters.m_inc, parameters.max_delta_shock) * delta
