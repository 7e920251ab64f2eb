"""The legs of a compartment as the portfolio that a model margins, at any price of their underlying: LSET-004."""

from __future__ import annotations

from collections.abc import Sequence

from stoplog.portfolio.equity_curve import Leg
from stoplog.portfolio.shape import Expiry, Future, Market, Option, Perpetual, Portfolio, Underlying
from stoplog.pricing.scenarios import YEAR

NAME = "underlying"


def portfolio_at(price: float, margin: float, legs: Sequence[Leg]) -> Portfolio:
    """Everything of the one underlying at one price: index, perpetual, and the forwards of all expiries.

    Linear; `margin` is cash, profits of perpetuals and futures are those since their entry.
    """
    expiries = {
        str(leg.years): Expiry(f"legs[{i}]", seconds=leg.years * YEAR, years=leg.years, forward=price)
        for i, leg in enumerate(legs)
        if leg.kind != "perpetual"
    }
    market = Market(underlyings={NAME: Underlying("legs", price, perpetual=price, expiries=expiries)})
    named = [(f"legs[{i}]", leg) for i, leg in enumerate(legs)]
    return Portfolio(
        market,
        [
            Perpetual(path, NAME, float(leg.size), float(leg.size) * (price - float(leg.entry)))
            for path, leg in named
            if leg.kind == "perpetual"
        ],
        [Future(path, NAME, float(leg.size), str(leg.years), leg.years) for path, leg in named if leg.kind == "future"],
        [
            Option(path, NAME, str(leg.years), leg.kind == "call", float(leg.strike), float(leg.size), leg.volatility)
            for path, leg in named
            if leg.kind in {"call", "put"}
        ],
        cash=margin,
    )
