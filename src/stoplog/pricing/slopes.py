"""How the price of an option changes, from the parts that its price is made of: PRI-002, PRI-003.

Pure arithmetic without a branch or a division: `pricing.black` calls these functions on floats, `pricing.vector`
compiles the same functions for arrays, so that a formula stands in one place.
"""

from __future__ import annotations

from typing import NamedTuple


class Undiscounted(NamedTuple):
    """Value and derivatives before discounting; `decay` is the derivative with the time left."""

    value: float
    delta: float
    gamma: float
    vega: float
    decay: float
    vanna: float
    volga: float


class Priced(NamedTuple):
    """A price and how it changes.

    `delta`, `gamma`: with the forward. `vega`, `volga`: with the volatility, per 1.00. `vanna`: of delta with the
    volatility. `theta`: per year that passes. `rho`: with the rate, per 1.00, the forward held.
    """

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float
    rho: float
    vanna: float
    volga: float


def undiscounted(
    value: float,
    delta: float,
    bell: float,
    d1: float,
    root: float,
    volatility: float,
    per_forward: float,
    per_deviation: float,
) -> Undiscounted:
    """The derivatives that follow from the density: `bell` is the forward times the density at d1, `root` √T.

    `per_forward` and `per_deviation` are one divided by the forward and by x = σ·√T. Where the formulas divide by σ
    they multiply by √T / x.

    >>> undiscounted(8.0, 0.5, 40.0, 0.1, 1.0, 0.2, 0.01, 5.0).gamma
    0.02
    """
    deviation = volatility * root
    slope = root * per_deviation
    vega = bell * root
    d2 = d1 - deviation
    return Undiscounted(
        value,
        delta,
        bell * per_forward * per_forward * per_deviation,
        vega,
        0.5 * bell * volatility * volatility * per_deviation,
        -bell * per_forward * d2 * slope,
        vega * d1 * d2 * slope,
    )


def in_coin(part: Undiscounted, per_forward: float) -> Undiscounted:
    """The same of value / forward: derivatives by the product rule; `per_forward` is one divided by the forward.

    >>> in_coin(Undiscounted(8.0, 0.5, 0.02, 40.0, 4.0, 0.0, 0.0), 0.01).value
    0.08
    """
    value, vega = part.value * per_forward, part.vega * per_forward
    delta = (part.delta - value) * per_forward
    return Undiscounted(
        value,
        delta,
        (part.gamma - 2.0 * delta) * per_forward,
        vega,
        part.decay * per_forward,
        (part.vanna - vega) * per_forward,
        part.volga * per_forward,
    )


def discounted(part: Undiscounted, discount: float, rate: float, years: float) -> Priced:
    """The same with a discount factor e^(−rate · years).

    >>> discounted(Undiscounted(8.0, 0.5, 0.02, 40.0, 4.0, 0.0, 0.0), 1.0, 0.0, 1.0).theta
    -4.0
    """
    price = discount * part.value
    return Priced(
        price,
        discount * part.delta,
        discount * part.gamma,
        discount * part.vega,
        rate * price - discount * part.decay,
        -years * price,
        discount * part.vanna,
        discount * part.volga,
    )
