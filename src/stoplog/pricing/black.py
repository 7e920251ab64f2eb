"""Black-76: European options on a forward, price and Greeks in one pass: PRI-001 to PRI-004.

Source of the method: Black, "The pricing of commodity contracts" (1976). What is computed is the option that is out of
the money; parity gives the other. Between the strike and the forward the difference of two normal tails is taken from
scaled complementary error functions, so that a price in the wings keeps its digits. The Greeks are those of
`pricing.slopes`. For arrays there is `pricing.vector`.
"""

from __future__ import annotations

from math import copysign, erf, erfc, exp, inf, isnan, sqrt

from stoplog.pricing.normal import ROOT_2, density, erfcx, log_ratio, tail
from stoplog.pricing.slopes import Priced, Undiscounted, discounted, in_coin, undiscounted

__all__ = ["Priced", "black76", "time_value", "undiscounted_price"]


def time_value(forward: float, strike: float, deviation: float) -> float:
    """The undiscounted value of the option out of the money, at a standard deviation σ·√T of the log of the forward.

    It is the same when forward and strike change places.

    >>> round(time_value(100.0, 100.0, 0.2), 12), time_value(100.0, 120.0, 0.0)
    (7.965567455406, 0.0)
    """
    low, high = min(forward, strike), max(forward, strike)
    if low == 0.0 or deviation == 0.0:
        return 0.0
    distance = log_ratio(high, low) / deviation
    half = 0.5 * deviation
    near, far = (half - distance) / ROOT_2, (half + distance) / ROOT_2
    if near >= 0.0:
        return max(0.0, 0.5 * (low * (erf(far) + erf(near)) - (high - low) * erfc(far)))
    if near == -inf:
        return 0.0
    return max(0.0, 0.5 * low * exp(-near * near) * (erfcx(-near) - erfcx(far)))


def undiscounted_price(forward: float, strike: float, deviation: float, *, is_call: bool) -> float:
    """The value of a European option before discounting, at a standard deviation σ·√T: PRI-001.

    >>> round(undiscounted_price(100.0, 90.0, 0.0, is_call=True), 12)
    10.0
    """
    intrinsic = forward - strike if is_call else strike - forward
    return max(intrinsic, 0.0) + time_value(forward, strike, deviation)


def black76(
    forward: float,
    strike: float,
    years: float,
    volatility: float,
    *,
    is_call: bool,
    rate: float = 0.0,
    inverse: bool = False,
) -> Priced:
    """Price and Greeks of a European option.

    Linear: price and payoff in the quote asset, discounted at `rate`. `inverse`: payoff max(0, ±(S − K)) / S and
    premium in coin, `rate` that of the coin (PRI-003). At expiry or without volatility they are their limits: at the
    strike gamma is infinite. `ValueError` of a negative number, a rate aside, or of an inverse option at a forward of
    0.

    >>> priced = black76(100.0, 100.0, 1.0, 0.2, is_call=True)
    >>> round(priced.price, 6), round(priced.delta, 6), round(priced.vega, 6)
    (7.965567, 0.539828, 39.695255)
    """
    _check(forward, strike, years, volatility, inverse=inverse)
    part = _undiscounted(forward, strike, years, volatility, is_call=is_call)
    if inverse:
        part = in_coin(part, 1.0 / forward)
    return discounted(part, exp(-rate * years), rate, years)


def _check(forward: float, strike: float, years: float, volatility: float, *, inverse: bool) -> None:
    for name, value in (("forward", forward), ("strike", strike), ("years", years), ("volatility", volatility)):
        if isnan(value) or value < 0.0:
            raise ValueError(f"{name}: {value} is not a number from 0")
    if inverse and forward == 0.0:
        raise ValueError("forward: 0 has no inverse")


def _undiscounted(forward: float, strike: float, years: float, volatility: float, *, is_call: bool) -> Undiscounted:
    root = sqrt(years)
    deviation = volatility * root
    value = undiscounted_price(forward, strike, deviation, is_call=is_call)
    if deviation == 0.0 or forward == 0.0 or strike == 0.0:
        return _limit(forward, strike, root, volatility, value, is_call=is_call)
    moneyness = log_ratio(max(forward, strike), min(forward, strike)) / deviation
    moneyness = copysign(moneyness, forward - strike)
    d1 = moneyness + 0.5 * deviation
    bell = density(d1)
    delta = tail(-d1) if is_call else -tail(d1)
    if bell == 0.0:
        return Undiscounted(value, delta, 0.0, 0.0, 0.0, 0.0, 0.0)
    return undiscounted(value, delta, forward * bell, d1, root, volatility, 1.0 / forward, 1.0 / deviation)


def _limit(
    forward: float, strike: float, root: float, volatility: float, value: float, *, is_call: bool
) -> Undiscounted:
    """The limits where deviation, forward or strike is 0: volatility counts at the strike alone."""
    if forward != strike or forward == 0.0:
        above = 1.0 if forward > strike else 0.0
        return Undiscounted(value, above if is_call else above - 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    bell = density(0.0)
    decay = inf if root == 0.0 and volatility > 0.0 else 0.0
    half = 0.5 if is_call else -0.5
    return Undiscounted(value, half, inf, forward * bell * root, decay, 0.5 * bell * root, 0.0)
