"""Implied volatility: the one that gives a price, or the reason why there is none: PRI-005.

Newton's method on the logarithm of the value out of the money as a function of the logarithm of σ·√T, inside a bracket
that only shrinks. Above one half of its limit the logarithm of what is missing to the limit is solved instead.
"""

from __future__ import annotations

from collections.abc import Callable
from math import erf, erfc, exp, expm1, isfinite, log, pi, sqrt
from typing import Literal, NamedTuple

from stoplog.pricing.normal import ROOT_2, density, erfcx, log_ratio, tail

Reason = Literal["expired", "below_intrinsic", "no_time_value", "above_limit"]

LEAST_LOG = 39.0
"""A standard normal tail beyond so many deviations is no float."""

MOST_LOG = 9.0
"""A standard normal tail beyond so many deviations is nothing beside 1."""

HALF = 0.5
"""Above this share of the limit what is missing to it has more digits than the share."""

STEPS_MAX = 100

CLOSE = 2.0**-52


class Implied(NamedTuple):
    """A volatility, or None and the reason."""

    volatility: float | None
    reason: Reason | None = None


def implied_volatility(
    price: float,
    forward: float,
    strike: float,
    years: float,
    *,
    is_call: bool,
    rate: float = 0.0,
    inverse: bool = False,
) -> Implied:
    """The volatility at which `black76` gives `price`.

    Reasons: `expired` without time left; `below_intrinsic`; `no_time_value` where the price is the intrinsic value to
    the last digit, so that every small volatility gives it; `above_limit` at or above what no volatility exceeds, the
    forward for a call and the strike for a put, discounted. `ValueError` where a number is none or forward or strike
    is not above 0.

    >>> round(implied_volatility(7.965567455405804, 100.0, 100.0, 1.0, is_call=True).volatility, 12)
    0.2
    >>> implied_volatility(9.0, 110.0, 100.0, 1.0, is_call=True).reason
    'below_intrinsic'
    """
    if not (isfinite(price) and isfinite(forward) and isfinite(strike) and isfinite(rate) and isfinite(years)):
        raise ValueError("price, forward, strike, years and rate are finite numbers")
    if forward <= 0.0 or strike <= 0.0:
        raise ValueError("forward and strike are above 0")
    if years <= 0.0:
        return Implied(None, "expired")
    share = share_of(price * exp(rate * years) * (forward if inverse else 1.0), forward, strike, is_call)
    if share < 0.0:
        return Implied(None, "below_intrinsic")
    if share == 0.0:
        return Implied(None, "no_time_value")
    if share >= 1.0:
        return Implied(None, "above_limit")
    moneyness = log_ratio(max(forward, strike), min(forward, strike))
    return Implied(deviation_of(share, moneyness) / sqrt(years))


def share_of(undiscounted: float, forward: float, strike: float, is_call: bool) -> float:  # noqa: FBT001
    """What an undiscounted price has above the intrinsic value, as a share of the lower of forward and strike.

    >>> share_of(12.0, 110.0, 100.0, True)
    0.02
    """
    intrinsic = forward - strike if is_call else strike - forward
    return (undiscounted - max(intrinsic, 0.0)) / min(forward, strike)


def deviation_of(share: float, moneyness: float) -> float:
    """σ·√T at which the option out of the money is worth `share` of the lower of forward and strike.

    `moneyness` is |ln(K / F)|, `share` in (0, 1).
    """
    least = max(share * sqrt(2.0 * pi), _deviation_at(LEAST_LOG, moneyness))
    most = MOST_LOG + sqrt(MOST_LOG * MOST_LOG + 2.0 * moneyness)
    if share <= HALF:
        start = _deviation_at(sqrt(-2.0 * log(share)), moneyness)
        return _root(_log_share, log(share), moneyness, (least, most), max(start, least))
    return _root(_log_missing, log(1.0 - share), moneyness, (least, most), max(1.0, least))


def _deviation_at(deviations: float, moneyness: float) -> float:
    """The x at which moneyness / x − x / 2 is so many deviations."""
    return 2.0 * moneyness / (deviations + sqrt(deviations * deviations + 2.0 * moneyness))


Logarithm = Callable[[float, float], tuple[float, float]]


def _root(function: Logarithm, target: float, moneyness: float, bracket: tuple[float, float], start: float) -> float:
    """The x at which a monotonic logarithm is `target`: Newton in ln x, halving where a step leaves the bracket."""
    least, most = bracket
    x = start
    for _ in range(STEPS_MAX):
        value, slope = function(x, moneyness)
        wrong = value - target
        if (wrong > 0.0) == (slope > 0.0):
            most = min(most, x)
        else:
            least = max(least, x)
        step = -wrong / (slope * x) if slope * x != 0.0 else 0.0
        following = x * exp(step) if abs(step) < 1.0 else least
        if not least < following < most:
            following = sqrt(least) * sqrt(most)
        if abs(following - x) <= CLOSE * x or wrong == 0.0:
            return following if wrong else x
        x = following
    return x


def _log_share(x: float, moneyness: float) -> tuple[float, float]:
    """The logarithm of the share, and its derivative with x."""
    distance = moneyness / x
    near, far = (0.5 * x - distance) / ROOT_2, (0.5 * x + distance) / ROOT_2
    if near >= 0.0:
        if moneyness < 1.0:
            share = 0.5 * (erf(far) + erf(near) - expm1(moneyness) * erfc(far))
        else:
            share = 0.5 * (1.0 + erf(near) - exp(-near * near) * erfcx(far))
        return log(share), density(0.5 * x - distance) / share
    scaled = 0.5 * (erfcx(-near) - erfcx(far))
    return log(scaled) - near * near, 1.0 / (sqrt(2.0 * pi) * scaled)


def _log_missing(x: float, moneyness: float) -> tuple[float, float]:
    """The logarithm of what is missing to the limit, and its derivative with x."""
    distance = moneyness / x
    bell = density(0.5 * x - distance)
    missing = tail(0.5 * x - distance) + bell * sqrt(0.5 * pi) * erfcx((0.5 * x + distance) / ROOT_2)
    return log(missing), -bell / missing
