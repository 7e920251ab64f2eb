"""Black-76 with 50 digits: the definition, nothing else."""

from mpmath import erfc, exp, log, mp, mpf, sqrt

mp.dps = 50


def normal(x: mpf) -> mpf:
    return erfc(-x / sqrt(mpf(2))) / 2


def undiscounted(forward: mpf, strike: mpf, deviation: mpf, *, is_call: bool) -> mpf:
    d1 = log(forward / strike) / deviation + deviation / 2
    d2 = d1 - deviation
    if is_call:
        return forward * normal(d1) - strike * normal(d2)
    return strike * normal(-d2) - forward * normal(-d1)


def price(forward: mpf, strike: mpf, years: mpf, volatility: mpf, rate: mpf, *, is_call: bool, inverse: bool) -> mpf:
    """Discounted; `inverse`: in coin."""
    value = undiscounted(forward, strike, volatility * sqrt(years), is_call=is_call)
    return exp(-rate * years) * value / (forward if inverse else 1)
