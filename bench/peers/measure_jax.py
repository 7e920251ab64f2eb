"""What Black-76 written in jax and compiled does, on all cores: see answering.py."""

from __future__ import annotations

from typing import Any

import jax
from answering import answer, columns
from jax import numpy as jnp
from jax.scipy.stats import norm

jax.config.update("jax_enable_x64", True)  # noqa: FBT003  the name of an option and its value

forward, strike, years, volatility, call, _ = (jnp.asarray(column) for column in columns())


@jax.jit
def priced(forward: Any, strike: Any, years: Any, volatility: Any, call: Any) -> Any:
    """Prices."""
    deviation = volatility * jnp.sqrt(years)
    d1 = jnp.log(forward / strike) / deviation + 0.5 * deviation
    sign = 2.0 * call - 1.0
    return sign * (forward * norm.cdf(sign * d1) - strike * norm.cdf(sign * (d1 - deviation)))


@jax.jit
def with_greeks(forward: Any, strike: Any, years: Any, volatility: Any, call: Any) -> Any:
    """Price, delta, gamma, vega and theta."""
    root = jnp.sqrt(years)
    deviation = volatility * root
    d1 = jnp.log(forward / strike) / deviation + 0.5 * deviation
    sign = 2.0 * call - 1.0
    near, far, bell = norm.cdf(sign * d1), norm.cdf(sign * (d1 - deviation)), norm.pdf(d1)
    vega = forward * bell * root
    price = sign * (forward * near - strike * far)
    return price, sign * near, bell / (forward * deviation), vega, -0.5 * vega * volatility / years


def prices() -> Any:
    """Prices alone."""
    return priced(forward, strike, years, volatility, call).block_until_ready()


def greeks() -> Any:
    """Prices and Greeks."""
    return jax.block_until_ready(with_greeks(forward, strike, years, volatility, call))[0]


if __name__ == "__main__":
    answer("jax", {"prices": prices, "greeks": greeks})
