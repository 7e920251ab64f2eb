"""Portfolios for the models of venues, and the textbook price of an option by which they are checked."""

from __future__ import annotations

from math import erf, log, sqrt

from hypothesis import strategies as st

from stoplog.portfolio.shape import Expiry, Future, Given, Market, Option, Payoff, Perpetual, Portfolio, Underlying

SPOT = 60_000.0

EXPIRIES = {
    "W": Expiry("w", years=0.02, forward=60_100.0),
    "M": Expiry("m", years=0.1, forward=60_500.0),
    "Y": Expiry("y", seconds=31_536_000.0, forward=64_000.0),
}

MARKET = Market(underlyings={"BTC": Underlying("btc", SPOT, perpetual=59_990.0, expiries=EXPIRIES)})

YEARS = {"W": 0.02, "M": 0.1, "Y": 1.0}

amounts = st.integers(-400, 400).filter(bool).map(lambda count: count / 100)
strikes = st.integers(8, 24).map(lambda count: 5_000.0 * count)
names = st.sampled_from(sorted(EXPIRIES))
volatilities = st.sampled_from([0.2, 0.45, 0.6, 1.1])


def priced(forward: float, strike: float, deviation: float, *, is_call: bool) -> float:
    sign = 1.0 if is_call else -1.0
    if deviation == 0.0:
        return max(0.0, sign * (forward - strike))
    d1 = log(forward / strike) / deviation + deviation / 2
    return sign * (forward * normal(sign * d1) - strike * normal(sign * (d1 - deviation)))


def normal(x: float) -> float:
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


@st.composite
def books(draw: st.DrawFn, payoff: Payoff = "linear", given: Given | None = None) -> Portfolio:
    """A perpetual, futures and options in one underlying, as many as come."""
    perpetuals = [Perpetual(f"p{i}", "BTC", draw(amounts), payoff=payoff) for i in range(draw(st.integers(0, 1)))]
    futures = []
    for i in range(draw(st.integers(0, 2))):
        name = draw(names)
        futures.append(Future(f"f{i}", "BTC", draw(amounts), name, YEARS[name], payoff))
    options = [
        Option(
            f"o{i}",
            "BTC",
            draw(names),
            draw(st.booleans()),
            draw(strikes),
            draw(amounts),
            draw(volatilities),
            1.0,
            payoff,
        )
        for i in range(draw(st.integers(0, 3)))
    ]
    return Portfolio(MARKET, perpetuals, futures, options, given=given or Given())


def profit(book: Portfolio, move: float, factor: dict[str, float], least: float = 0.0) -> float:
    """The profit of a book at a move of all prices, volatility times a factor by expiry; in coin where inverse."""
    total = 0.0
    for one in book.perpetuals:
        total += one.amount * (move / (1 + move) if one.payoff == "inverse" else 59_990.0 * move)
    for future in book.futures:
        forward = MARKET.underlyings["BTC"].expiries[str(future.expiry)].forward or 0.0
        total += future.amount * (move / (1 + move) if future.payoff == "inverse" else forward * move)
    for option in book.options:
        forward = EXPIRIES[option.expiry].forward or 0.0
        root = sqrt(YEARS[option.expiry])
        volatility = option.volatility or 0.0
        before = priced(forward, option.strike, volatility * root, is_call=option.is_call)
        shocked = max(least, volatility * factor[option.expiry])
        after = priced(forward * (1 + move), option.strike, shocked * root, is_call=option.is_call)
        if option.payoff == "inverse":
            before, after = before / forward, after / (forward * (1 + move))
        total += option.amount * (after - before)
    return total
