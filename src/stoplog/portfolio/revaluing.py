"""Positions in one underlying, valued again after a move of price and volatility: for grids of both.

All prices of an underlying move by the same share. Amounts are in quote, or in coin at the price after the move where
the account is settled in coin: a position of so many coins then wins amount · m / (1 + m) at a move of m.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from stoplog.portfolio.shape import (
    Expiry,
    Option,
    Portfolio,
    PortfolioError,
    Values,
    expiry_of,
    needed,
    underlying_of,
)
from stoplog.pricing.black import black76, undiscounted_price
from stoplog.pricing.scenarios import YEAR

Shocked = Callable[[float, float], float]
"""Volatility and years left → the volatility after a shock."""

PERPETUAL = "perpetual"
"""The expiry of what has none."""

SPOT = "spot"
"""The expiry of holdings of the underlying itself."""


@dataclass(frozen=True, slots=True)
class DeltaOne:
    """So many of something whose price moves with the underlying's; `price` is 1 where everything is in coin."""

    expiry: str
    years: float
    amount: float
    price: float

    @property
    def value(self) -> float:
        """How much it wins with each share by which the price moves, at the first."""
        return self.amount * self.price


@dataclass(frozen=True, slots=True)
class HeldOption:
    """An option with its market: `unit` is what a unit of the quote asset counts for, `now` the position's value."""

    option: Option
    forward: float
    years: float
    volatility: float
    unit: float
    now: float

    def worth(self, factor: float, volatility: float, *, years_less: float = 0.0) -> float:
        """The value of the whole position at so many times the forward, in coin at the price before the move."""
        left = max(0.0, self.years - years_less)
        price = undiscounted_price(
            self.forward * factor, self.option.strike, volatility * sqrt(left), is_call=self.option.is_call
        )
        return self.option.amount * price * self.unit

    @property
    def delta(self) -> float:
        """What it wins with each share by which the price moves, as an amount of the account."""
        priced = black76(self.forward, self.option.strike, self.years, self.volatility, is_call=self.option.is_call)
        return self.option.amount * priced.delta * self.forward * self.unit


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held in one underlying; `in_coin`: amounts and profits are."""

    linear: Sequence[DeltaOne]
    options: Sequence[HeldOption]
    in_coin: bool

    def profit(self, move: float, shocked: Shocked) -> float:
        """The profit of all of it when the price moves by a share and volatility is shocked."""
        factor = 1.0 + move
        divisor = factor if self.in_coin else 1.0
        total = sum(each.value for each in self.linear) * move / divisor
        for each in self.options:
            after = each.worth(factor, shocked(each.volatility, each.years)) / divisor
            total += after - each.now
        return total

    def deltas(self) -> dict[str, tuple[float, float]]:
        """Expiry → (net delta as an amount of the account, years left), in the order in which they come."""
        found: dict[str, tuple[float, float]] = {}
        parts = [(each.expiry, each.value, each.years) for each in self.linear]
        parts += [(each.option.expiry, each.delta, each.years) for each in self.options]
        for expiry, delta, years in parts:
            found[expiry] = found.get(expiry, (0.0, years))[0] + delta, years
        return found

    def decay(self, years: float) -> float:
        """What the options lose by so much time alone; below zero where they win."""
        return sum(each.now - each.worth(1.0, each.volatility, years_less=years) for each in self.options)

    def option_value(self) -> float:
        """What the options are worth."""
        return sum(each.now for each in self.options)


def same(volatility: float, years: float) -> float:
    """No shock."""
    del years
    return volatility


def holdings(portfolio: Portfolio, underlying: str, *, in_coin: bool) -> Holdings:
    """What the portfolio holds in an underlying; `PortfolioError` where the market does not say what it needs."""
    linear = [
        DeltaOne(PERPETUAL, 0.0, one.amount, 1.0 if in_coin else _perpetual_price(portfolio, underlying, one.path))
        for one in portfolio.perpetuals
        if one.underlying == underlying
    ]
    linear += [
        DeltaOne(
            one.expiry or one.path,
            needed(one.years, f"{one.path}.years"),
            one.amount,
            1.0 if in_coin else _future_price(portfolio, underlying, one.expiry, one.path),
        )
        for one in portfolio.futures
        if one.underlying == underlying
    ]
    linear += [
        DeltaOne(SPOT, 0.0, one.amount, 1.0 if in_coin else _spot_price(portfolio, underlying, one.path))
        for one in portfolio.spots
        if one.underlying == underlying
    ]
    options = [_optional(portfolio, one, in_coin=in_coin) for one in portfolio.options if one.underlying == underlying]
    return Holdings(linear, options, in_coin)


def underlyings(portfolio: Portfolio) -> list[str]:
    """The underlyings in which something is held, in the order in which they come."""
    names = [one.underlying for one in portfolio.perpetuals]
    names += [one.underlying for one in portfolio.futures]
    names += [one.underlying for one in portfolio.options]
    names += [one.underlying for one in portfolio.spots]
    return list(dict.fromkeys(names))


def values_of(portfolio: Portfolio, option_value: float) -> Values:
    """What everything is worth by kind, holdings of an underlying at its spot price."""
    assets = sum(one.amount * one.price for one in portfolio.collaterals)
    assets += sum(one.amount * _spot_price(portfolio, one.underlying, one.path) for one in portfolio.spots)
    profits = sum(one.unrealised_profit + one.funding for one in portfolio.perpetuals)
    return Values(option_value, assets, profits, portfolio.cash)


def one_payoff(portfolio: Portfolio, model: str) -> bool:
    """Whether the account is settled in coin; `PortfolioError` where positions are settled in both ways."""
    payoffs = [(one.payoff, one.path) for one in portfolio.perpetuals]
    payoffs += [(one.payoff, one.path) for one in portfolio.futures]
    payoffs += [(one.payoff, one.path) for one in portfolio.options]
    for payoff, path in payoffs:
        if payoff != payoffs[0][0]:
            message = f"{path}.payoff: {payoff}, but {model} margins each currency of settlement for itself"
            raise PortfolioError("inconsistent", f"{path}.payoff", message)
    return bool(payoffs) and payoffs[0][0] == "inverse"


def _optional(portfolio: Portfolio, option: Option, *, in_coin: bool) -> HeldOption:
    underlying = underlying_of(portfolio.market, option.underlying, option.path)
    expiry = expiry_of(underlying, option.expiry, option.path)
    forward = expiry.forward if expiry.forward is not None else needed(underlying.spot, f"{underlying.path}.spot")
    unit = 1.0
    if in_coin:
        unit = 1.0 / forward
    elif option.payoff == "inverse":
        unit = needed(underlying.spot, f"{underlying.path}.spot") / forward
    volatility = needed(option.volatility, f"{option.path}.volatility")
    bare = HeldOption(option, forward, years_left(expiry), volatility, unit, 0.0)
    return replace(bare, now=bare.worth(1.0, volatility))


def years_left(expiry: Expiry) -> float:
    """The years left of an expiry: as they are stated, or of its seconds."""
    if expiry.years is not None:
        return expiry.years
    return needed(expiry.seconds, f"{expiry.path}.years") / YEAR


def _spot_price(portfolio: Portfolio, name: str, path: str) -> float:
    underlying = underlying_of(portfolio.market, name, path)
    return needed(underlying.spot, f"{underlying.path}.spot")


def _perpetual_price(portfolio: Portfolio, name: str, path: str) -> float:
    price = underlying_of(portfolio.market, name, path).perpetual
    return price if price is not None else _spot_price(portfolio, name, path)


def _future_price(portfolio: Portfolio, name: str, expiry: str | None, path: str) -> float:
    underlying = underlying_of(portfolio.market, name, path)
    forward = None if expiry is None else expiry_of(underlying, expiry, path).forward
    return forward if forward is not None else needed(underlying.spot, f"{underlying.path}.spot")
