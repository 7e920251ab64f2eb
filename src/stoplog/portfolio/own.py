"""Stoplog's own portfolio margin: the worst of a scenario set, a charge for what is short, the most that can be lost.

Each underlying is margined for itself and nothing is set off between two: PFM-050 to PFM-052. The set is in
`docs/scenarios.md`, held against recorded moves there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from stoplog.portfolio.revaluing import DeltaOne, HeldOption, Holdings, holdings, one_payoff, underlyings, values_of
from stoplog.portfolio.shape import Charge, Margin, Portfolio, Profit, needed, requirement, with_given, worst_of
from stoplog.pricing import scenarios
from stoplog.pricing.scenarios import YEAR, Scenario, ScenarioSet, VolatilityShock

MODEL = "stoplog"


@dataclass(frozen=True, slots=True)
class Parameters:
    """A grid, and remote moves with volatility up, each counted by `edge` over the move, the edge being the grid's.

    `short_option_rate` is a share of the underlying's price for each unit of an option that is short, `im_factor` what
    the initial requirement is of the maintenance before the most that can be lost bounds both.
    """

    price_moves: tuple[float, ...]
    extreme_moves: tuple[float, ...]
    volatility_up: float
    volatility_down: float
    short_power: float
    long_power: float
    least_volatility: float
    short_option_rate: float
    im_factor: float


@dataclass(frozen=True, slots=True)
class Required:
    """What one underlying asks for; `most` is None where there is no limit to what it can lose."""

    name: str
    profits: Sequence[Profit]
    loss: float
    short: float
    most: float | None

    def times(self, factor: float) -> float:
        """The requirement at a factor: PFM-052."""
        asked = (self.loss + self.short) * factor
        return asked if self.most is None else min(asked, max(0.0, self.most))


def margin(portfolio: Portfolio, parameters: Parameters) -> Margin:
    """The requirement of all underlyings, added up; charges by an underlying's name, their parts beside them."""
    in_coin = one_payoff(portfolio, MODEL)
    names = underlyings(portfolio)
    held = [(name, holdings(portfolio, name, in_coin=in_coin)) for name in names]
    found = [_required(portfolio, name, one, parameters, alone=len(names) == 1) for name, one in held]
    profits = list(portfolio.given.scenarios) or [profit for each in found for profit in each.profits]
    worst = worst_of(profits)
    if portfolio.given.scenarios:
        found = [Required("given", profits, max(0.0, -min(one.profit for one in profits)), 0.0, None)]
    charges = [charge for each in found for charge in _charges(each, parameters.im_factor)]
    values = values_of(portfolio, sum(one.option_value() for _, one in held))
    return requirement(values, profits, worst and worst.name, with_given(charges, portfolio.given))


def scenario_set(parameters: Parameters) -> ScenarioSet:
    """The grid and the remote moves."""
    shock = VolatilityShock(
        parameters.volatility_up,
        parameters.volatility_down,
        parameters.short_power,
        parameters.long_power,
        least=parameters.least_volatility,
    )
    remote = scenarios.extreme(parameters.extreme_moves, max(parameters.price_moves), "Up")
    return ScenarioSet(MODEL, scenarios.grid(parameters.price_moves) + remote, shock)


def _charges(required: Required, factor: float) -> list[Charge]:
    """The requirement, counted by what the initial one is of it, and its parts, which count nothing by themselves."""
    maintenance, initial = required.times(1.0), required.times(factor)
    parts = [("worst_loss", required.loss), ("short_options", required.short)]
    parts += [] if required.most is None else [("most_lost", max(0.0, required.most))]
    return [
        Charge(required.name, maintenance, 1.0, initial / maintenance if maintenance > 0.0 else 1.0),
        *(Charge(f"{required.name}.{name}", amount, 0.0, 0.0) for name, amount in parts),
    ]


def _required(portfolio: Portfolio, name: str, held: Holdings, parameters: Parameters, *, alone: bool) -> Required:
    chosen = scenario_set(parameters)
    profits = [
        Profit(one.name if alone else f"{name} {one.name}", _profit(held, one, chosen.shock))
        for one in chosen.scenarios
    ]
    loss = max(0.0, -min(one.profit for one in profits))
    shorts = -sum(each.option.amount for each in held.options if each.option.amount < 0.0)
    short = 0.0
    if shorts > 0.0:
        underlying = portfolio.market.underlyings[name]
        price = 1.0 if held.in_coin else needed(underlying.spot, f"{underlying.path}.spot")
        short = parameters.short_option_rate * price * shorts
    return Required(name, profits, loss, short, None if held.in_coin else most_lost(held))


def _profit(held: Holdings, scenario: Scenario, shock: VolatilityShock) -> float:
    profit = held.profit(
        scenario.move, lambda volatility, years: shock.shocked(scenario.direction, volatility, years * YEAR)
    )
    return profit * scenario.counted(inverse=held.in_coin)


def most_lost(held: Holdings) -> float | None:
    """What positions are worth now less the least that they are worth when they settle: PFM-051.

    Everything of an expiry settles at one price, 0 or above; the least is at 0, at a strike, or without limit (None).
    Each expiry for itself; perpetuals and holdings of the underlying count as one each.
    """
    legs: list[tuple[str, DeltaOne | HeldOption]] = [(each.expiry, each) for each in held.linear]
    legs += [(each.option.expiry, each) for each in held.options]
    legs.sort(key=lambda leg: leg[0])
    most = held.option_value() + sum(each.value for each in held.linear)
    for _, group in groupby(legs, key=lambda leg: leg[0]):
        least = _least([leg for _, leg in group])
        if least is None:
            return None
        most -= least
    return most


def _least(legs: Sequence[DeltaOne | HeldOption]) -> float | None:
    """The least that legs are worth at any settlement price; None where it falls without limit."""
    slope = sum(_slope(leg) for leg in legs)
    if slope < 0.0:
        return None
    strikes = [leg.option.strike for leg in legs if isinstance(leg, HeldOption)]
    return min(sum(_settled(leg, price) for leg in legs) for price in (0.0, *strikes))


def _slope(leg: DeltaOne | HeldOption) -> float:
    """What a leg wins with each unit of price above all strikes."""
    if isinstance(leg, DeltaOne):
        return leg.amount
    return leg.option.amount * leg.unit if leg.option.is_call else 0.0


def _settled(leg: DeltaOne | HeldOption, price: float) -> float:
    if isinstance(leg, DeltaOne):
        return leg.amount * price
    gained = price - leg.option.strike if leg.option.is_call else leg.option.strike - price
    return leg.option.amount * leg.unit * max(0.0, gained)
