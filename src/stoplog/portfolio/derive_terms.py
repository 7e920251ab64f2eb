"""What the models of Derive share: scenarios, naked shorts, confidence, the worst loss."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from stoplog.portfolio.shape import (
    Charge,
    Given,
    Margin,
    Option,
    Portfolio,
    PortfolioError,
    Profit,
    Underlying,
    Values,
    expiry_of,
    needed,
    requirement,
    underlying_of,
    with_given,
    worst_of,
)
from stoplog.pricing import scenarios

Shift = Literal["Up", "Down", "None", "LINEAR", "ABS"]
"""What happens to volatility: it moves, or the smile is tilted or bent."""


class Scenario(NamedTuple):
    """A factor on the price, what happens to volatility, and a factor on the profit that damps remote moves."""

    spot: float
    direction: Shift
    damping: float = 1.0

    @property
    def name(self) -> str:
        """The name under which its profit is answered.

        >>> Scenario(1.135, "Down").name
        'Down 1.135'
        """
        return f"{self.direction} {self.spot:.12g}"


def unbent(chosen: Iterable[Scenario]) -> tuple[scenarios.Scenario, ...]:
    """The scenarios that move all volatilities alike, as a scenario set has them."""
    return tuple(
        scenarios.Scenario(one.name, one.spot - 1.0, one.direction, one.damping)
        for one in chosen
        if one.direction != "LINEAR" and one.direction != "ABS"  # noqa: PLR1714  narrows the type
    )


class Net(NamedTuple):
    """The perpetuals of one underlying: net amount, and their profit with funding."""

    amount: float
    profit: float


def only_underlying(portfolio: Portfolio) -> Underlying:
    """The one underlying of a manager: the only one of the market, or the only one in which anything is held.

    An empty one where the market has none. `PortfolioError` where there are several: each has a manager of its own.
    """
    market = portfolio.market.underlyings
    names = {one.underlying for one in portfolio.perpetuals}
    names |= {one.underlying for one in portfolio.spots} | {one.underlying for one in portfolio.options}
    found = [name for name in market if name in names or len(market) == 1]
    if len(found) == 1:
        return market[found[0]]
    if market:
        several = ", ".join(found or market)
        raise PortfolioError(
            "inconsistent", "market.underlyings", f"market.underlyings: {several}: the model takes one"
        )
    return Underlying("market")


def check_kinds(portfolio: Portfolio, model: str, *, spot: bool = False, collateral: bool = False) -> None:
    """`PortfolioError` where the portfolio holds what the model does not know, or assets below zero."""
    unknown = [("future", position.path) for position in portfolio.futures]
    unknown += [] if spot else [("spot", position.path) for position in portfolio.spots]
    unknown += [] if collateral else [("collateral", position.path) for position in portfolio.collaterals]
    for kind, path in unknown:
        raise PortfolioError("inconsistent", f"{path}.kind", f"{path}.kind: {model} has no {kind}")
    assets = [(one.path, one.amount) for one in portfolio.spots]
    assets += [(one.path, one.amount) for one in portfolio.collaterals]
    for path, amount in assets:
        if amount < 0.0:
            raise PortfolioError("out_of_range", f"{path}.side", f"{path}.side: {model} has no short assets")
    payoffs = [(one.path, one.payoff) for one in portfolio.perpetuals]
    payoffs += [(one.path, one.payoff) for one in portfolio.options]
    for path, payoff in payoffs:
        if payoff != "linear":
            raise PortfolioError("inconsistent", f"{path}.payoff", f"{path}.payoff: {model} is linear")
    names = [(one.path, one.underlying) for one in portfolio.perpetuals]
    names += [(one.path, one.underlying) for one in portfolio.spots]
    names += [(one.path, one.underlying) for one in portfolio.options]
    for path, name in names:
        underlying_of(portfolio.market, name, path)


def net_perpetual(portfolio: Portfolio, underlying: str | None = None) -> Net:
    """The perpetuals of one underlying, or all; the profit of a position without size does not count."""
    held = [one for one in portfolio.perpetuals if one.amount and underlying in {None, one.underlying}]
    return Net(sum(one.amount for one in held), sum(one.unrealised_profit + one.funding for one in held))


def by_expiry(portfolio: Portfolio, underlying: Underlying, name: str | None = None) -> dict[str, list[Option]]:
    """The options of one underlying, or all, by expiry, in the order in which the expiries come."""
    found: dict[str, list[Option]] = {}
    for option in portfolio.options:
        if name in {None, option.underlying}:
            expiry_of(underlying, option.expiry, option.path)
            found.setdefault(option.expiry, []).append(option)
    return found


def naked_shorts(options: Iterable[Option]) -> float:
    """How many options of an expiry are short and unpaired: per strike, calls and puts together, what is net short.

    >>> naked_shorts([Option("", "E", "X", True, 100.0, -3.0), Option("", "E", "X", False, 100.0, 1.0)])
    2.0
    """
    net: dict[float, float] = {}
    for option in options:
        net[option.strike] = net.get(option.strike, 0.0) + option.amount
    return sum(max(0.0, -amount) for amount in net.values())


def unsure(confidence: float, threshold: float, margin: float) -> float:
    """What a confidence below the threshold asks for, as a share: (1 − confidence) · margin.

    >>> unsure(0.5, 0.6, 0.4), unsure(0.6, 0.6, 0.4)
    (0.2, 0.0)
    """
    return (1.0 - confidence) * margin if confidence < threshold else 0.0


def above_zero(value: float | None, path: str) -> float:
    """The value; `PortfolioError` where it is not there or not above zero."""
    found = needed(value, path)
    if found <= 0.0:
        raise PortfolioError("out_of_range", path, f"{path}: {found:g} is not above 0")
    return found


def gross(options: Sequence[Option]) -> float:
    """All amounts, long and short."""
    return sum(abs(option.amount) for option in options)


def least_confidence(underlying: Underlying, net: Net) -> float:
    """The confidence in the spot price, and in the perpetual's where one is held."""
    if net.amount == 0.0:
        return underlying.spot_confidence
    return min(underlying.spot_confidence, underlying.perpetual_confidence)


def weighed(
    values: Values,
    profits: Sequence[Profit],
    basis: float,
    charges: Sequence[Charge],
    factors: tuple[float, float],
    given: Given,
) -> Margin:
    """The margin of the worst profit, that of the basis among them, times its factors, and of the charges: PFM-010.

    `basis` is not above 0; its charge is shown and does not add, because the worst case is it or more.
    """
    loss = given.charges.get("basis", -basis)
    worst = worst_of([*profits, Profit("basis", -loss)])
    assert worst is not None, "the basis is always among them"
    shown = [Charge("worst_case", -worst.profit, *factors), Charge("basis", loss, 0.0, 0.0), *charges]
    return requirement(values, profits, worst.name, with_given(shown, given))
