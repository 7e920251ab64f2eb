"""OKX's portfolio margin of one risk unit, in dollars: PFM-030 to PFM-032.

Seven requirements: moves of the price with volatility up, the same and down (MR1), a day's decay (MR2), volatility
between expiries (MR3), the basis (MR4), interest (MR5), half the loss of an extreme move (MR6), and a least charge on
the delta (MR7). The venue publishes no formula for MR3 and MR5: where options are held they are to be given. Source:
OKX's pages on portfolio margin as of January 2025, and the position builder of its interface.
"""

from __future__ import annotations

from dataclasses import dataclass

from stoplog.portfolio.revaluing import PERPETUAL, SPOT, Holdings, holdings, same, underlyings, values_of
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
from stoplog.pricing import scenarios
from stoplog.pricing.scenarios import YEAR, Direction, Scenario, ScenarioSet, VolatilityShock

MODEL = "okx-pm"

DAY = 1.0 / 365.0
"""A day in years."""

UNPUBLISHED = ("mr3", "mr5")
"""Requirements without a published formula; they come from options alone."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Shares of the price, or of the delta; ranges of volatility are at 30 days, and move with the power of 30 / days.

    `basis_rate` is the least move of the basis, `annualised_move` what it can be in a year.
    """

    basis_rate: float
    min_charge_rate: float
    extreme_weight: float = 0.5
    imr_factor: float = 1.3
    price_moves: tuple[float, ...] = (-0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12)
    extreme_move: float = 0.24
    annualised_move: float = 0.0
    volatility_up: float | None = None
    volatility_down: float | None = None
    volatility_power: float = 0.0


def margin(portfolio: Portfolio, parameters: Parameters) -> Margin:
    """The requirement of a risk unit; what was given stands for what would be computed: PFM-003."""
    given, held = portfolio.given, risk_unit(portfolio, MODEL)
    if portfolio.options:
        for name in UNPUBLISHED:
            needed(given.charges.get(name), f"given.charges.{name}")
    profits = list(given.scenarios)
    if not profits and held is not None:
        profits = grid(held, parameters.price_moves, _shock(parameters, held))
    worst = worst_of(profits)
    delta = _delta(portfolio, held)
    charges = with_given(
        [
            Charge("mr1", 0.0 if worst is None else max(0.0, -worst.profit)),
            Charge("mr2", 0.0 if held is None else max(0.0, held.decay(DAY))),
            Charge("mr3", 0.0),
            Charge("mr4", _basis(parameters, portfolio, held)),
            Charge("mr5", 0.0),
            Charge("mr6", max(0.0, -_extreme(parameters, portfolio, held) * parameters.extreme_weight)),
            Charge("mr7", abs(delta) * parameters.min_charge_rate),
        ],
        given,
    )
    values = values_of(portfolio, 0.0 if held is None else held.option_value())
    return requirement(values, profits, worst and worst.name, _binding(charges, parameters.imr_factor))


def risk_unit(portfolio: Portfolio, model: str) -> Holdings | None:
    """What is held in the one underlying of a portfolio; None where it holds nothing.

    `PortfolioError` where it holds several: each is a risk unit of its own.
    """
    names = underlyings(portfolio)
    if len(names) > 1:
        message = f"positions: {', '.join(names)}: {model} margins each underlying for itself"
        raise PortfolioError("inconsistent", "positions", message)
    return holdings(portfolio, names[0], in_coin=False) if names else None


def scenario_set(parameters: Parameters) -> ScenarioSet:
    """The grid, and the extreme move either way with volatility as it is, each of which counts in part."""
    remote = tuple(
        Scenario(f"{100 * move:+.6g}% extreme", move, "None", parameters.extreme_weight)
        for move in (-parameters.extreme_move, parameters.extreme_move)
    )
    shock = shock_of(parameters.volatility_up, parameters.volatility_down, parameters.volatility_power)
    return ScenarioSet(MODEL, scenarios.grid(parameters.price_moves) + remote, shock)


def shock_of(up: float | None, down: float | None, power: float) -> VolatilityShock:
    """A shock of one power; `PortfolioError` where a range is missing, which the venue does not publish."""
    return VolatilityShock(
        needed(up, "parameters.volatility_up"), needed(down, "parameters.volatility_down"), power, power
    )


def grid(held: Holdings, moves: tuple[float, ...], shock: VolatilityShock | None) -> list[Profit]:
    """The profit at every move of the price with volatility up, the same and down; the same alone without options."""
    if shock is None:
        return [Profit(f"{100 * move:+.6g}%", held.profit(move, same)) for move in moves]
    return [Profit(one.name, _profit(held, one.move, one.direction, shock)) for one in scenarios.grid(moves)]


def _profit(held: Holdings, move: float, direction: Direction, shock: VolatilityShock) -> float:
    return held.profit(move, lambda volatility, years: shock.shocked(direction, volatility, years * YEAR))


def _shock(parameters: Parameters, held: Holdings) -> VolatilityShock | None:
    if not held.options:
        return None
    return shock_of(parameters.volatility_up, parameters.volatility_down, parameters.volatility_power)


def _delta(portfolio: Portfolio, held: Holdings | None) -> float:
    """The delta in dollars."""
    if portfolio.given.delta is not None:
        return portfolio.given.delta
    return 0.0 if held is None else sum(delta for delta, _ in held.deltas().values())


def _basis(parameters: Parameters, portfolio: Portfolio, held: Holdings | None) -> float:
    """The delta of each expiry times what its basis can move; of a given delta the least move: PFM-031."""
    if portfolio.given.delta is not None:
        return abs(portfolio.given.delta) * parameters.basis_rate
    total = 0.0
    for expiry, (delta, years) in held.deltas().items() if held is not None else ():
        far = 0.0 if expiry in {PERPETUAL, SPOT} else parameters.annualised_move * years
        total += abs(delta) * max(far, parameters.basis_rate)
    return total


def _extreme(parameters: Parameters, portfolio: Portfolio, held: Holdings | None) -> float:
    """The worse profit of an extreme move either way, volatility the same."""
    if portfolio.given.extreme is not None:
        return portfolio.given.extreme
    if held is None:
        return 0.0
    return min(held.profit(move, same) for move in (-parameters.extreme_move, parameters.extreme_move))


def _binding(charges: list[Charge], factor: float) -> list[Charge]:
    """max(max(MR1, MR2, MR6) + MR3 + MR4 + MR5, MR7): what does not bind counts for nothing. PFM-030."""
    amount = {charge.name: charge.amount for charge in charges}
    leading = max(("mr1", "mr2", "mr6"), key=lambda name: amount[name])
    counting = {leading, "mr3", "mr4", "mr5"}
    if sum(amount[name] for name in counting) < amount["mr7"]:
        counting = {"mr7"}
    return [
        charge._replace(maintenance=1.0, initial=factor)
        if charge.name in counting
        else charge._replace(maintenance=0.0, initial=0.0)
        for charge in charges
    ]
