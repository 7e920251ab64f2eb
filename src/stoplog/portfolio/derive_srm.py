"""The standard margin of Derive (`derive-srm`): PFM-016 to PFM-018.

It has no scenario set: positions are margined one by one, and options of one expiry by the worse of nothing and their
loss at settlement where that asks for less. Source: Derive's "Standard Manager"; formulas in our own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from stoplog.portfolio.derive_terms import Net, above_zero, by_expiry, check_kinds, net_perpetual, unsure
from stoplog.portfolio.shape import (
    Charge,
    Expiry,
    Margin,
    Option,
    Portfolio,
    PortfolioError,
    Underlying,
    Values,
    needed,
    requirement,
    with_given,
)
from stoplog.pricing.black import undiscounted_price
from stoplog.pricing.scenarios import YEAR

MODEL = "derive-srm"


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters by the names of the published sets."""

    perp_mm: float
    perp_im: float
    max_spot_req: float
    min_spot_req: float
    mm_call: float
    mm_put_spot: float
    mm_put_mtm: float
    unpaired_im: float
    unpaired_mm: float
    mm_offset_scale: float
    oc_threshold: float
    oc_factor: float
    depeg_threshold: float
    depeg_factor: float


class Valued(NamedTuple):
    """An option and what the position in it is worth."""

    option: Option
    value: float


class Balance(NamedTuple):
    """What a part adds to the maintenance and to the initial margin balance, below zero where it asks for margin."""

    maintenance: float
    initial: float


@dataclass(frozen=True, slots=True)
class Part:
    """One underlying: values, and charges by name in the order of `CHARGES`."""

    values: Values
    charges: tuple[float, ...]


CHARGES = (
    ("perpetuals_maintenance", 1.0, 0.0),
    ("perpetuals_initial", 0.0, 1.0),
    ("options_maintenance", 1.0, 0.0),
    ("options_initial", 0.0, 1.0),
    ("base_maintenance", 1.0, 0.0),
    ("base_initial", 0.0, 1.0),
    ("confidence", 0.0, 1.0),
    ("depeg", 0.0, 1.0),
)
"""Name, maintenance factor and initial factor of every charge."""


def margin(portfolio: Portfolio, parameters: Parameters) -> Margin:
    """The margin of a portfolio on any number of underlyings; `PortfolioError` names what is missing."""
    check_kinds(portfolio, MODEL, spot=True)
    if portfolio.given.scenarios:
        raise PortfolioError("inconsistent", "given.scenarios", f"given.scenarios: {MODEL} has no scenarios")
    parts = [_part(portfolio, name, parameters) for name in portfolio.market.underlyings]
    values = Values(
        sum(part.values.options for part in parts),
        sum(part.values.collateral for part in parts),
        sum(part.values.perpetuals for part in parts),
        portfolio.cash,
    )
    charges = [
        Charge(name, sum(part.charges[i] for part in parts), maintenance, initial)
        for i, (name, maintenance, initial) in enumerate(CHARGES)
    ]
    return requirement(values, [], None, with_given(charges, portfolio.given))


def _part(portfolio: Portfolio, name: str, parameters: Parameters) -> Part:
    underlying, net = portfolio.market.underlyings[name], net_perpetual(portfolio, name)
    base = sum(one.amount for one in portfolio.spots if one.underlying == name)
    slices = {
        expiry: [_valued(option, underlying.expiries[expiry]) for option in options]
        for expiry, options in by_expiry(portfolio, underlying, name).items()
    }
    if not (net.amount or base or slices):
        return Part(Values(), (0.0,) * len(CHARGES))
    spot = above_zero(underlying.spot, f"{underlying.path}.spot")
    mark = needed(underlying.perpetual, f"{underlying.path}.perpetual") if net.amount else 0.0
    balances = [
        expiry_balance(held, spot, above_zero(at.forward, f"{at.path}.forward"), parameters)
        for at, held in ((underlying.expiries[expiry], held) for expiry, held in slices.items())
    ]
    worth, counted = base * spot, 0.0
    if base:
        counted = worth * needed(underlying.base_margin_factor, f"{underlying.path}.base_margin_factor")
    options = sum(one.value for held in slices.values() for one in held)
    lost = max(0.0, parameters.depeg_threshold - portfolio.market.stable_price) * parameters.depeg_factor
    shorts = {expiry: _shorts(held) for expiry, held in slices.items()}
    charges = (
        abs(net.amount) * mark * parameters.perp_mm,
        abs(net.amount) * mark * parameters.perp_im,
        options - sum(balance.maintenance for balance in balances),
        options - sum(balance.initial for balance in balances),
        worth - counted,
        worth - counted * underlying.base_im_scale,
        doubt(underlying, net, base, slices, parameters) * spot,
        lost * (abs(net.amount) + sum(shorts.values())) * spot,
    )
    return Part(Values(options, worth, net.profit), charges)


def _valued(option: Option, expiry: Expiry) -> Valued:
    seconds = needed(expiry.seconds, f"{expiry.path}.seconds")
    volatility = needed(option.volatility, f"{option.path}.volatility")
    forward = above_zero(expiry.forward, f"{expiry.path}.forward")
    price = undiscounted_price(forward, option.strike, volatility * (seconds / YEAR) ** 0.5, is_call=option.is_call)
    return Valued(option, option.amount * price)


def expiry_balance(held: Sequence[Valued], spot: float, forward: float, parameters: Parameters) -> Balance:
    """The better of margining each short by itself and of the worst settlement: PFM-016, PFM-017."""
    single = [short_balance(one, spot, parameters) for one in held if one.option.amount < 0.0]
    loss = settlement_loss([one.option for one in held])
    unpaired = min(0.0, sum(one.option.amount for one in held if one.option.is_call)) * forward
    return Balance(
        max(sum(one.maintenance for one in single), loss + parameters.unpaired_mm * unpaired),
        max(sum(one.initial for one in single), loss + parameters.unpaired_im * unpaired),
    )


def short_balance(one: Valued, spot: float, parameters: Parameters) -> Balance:
    """What a short option by itself asks for: PFM-016."""
    option, notional = one.option, one.option.amount * spot
    out = max(0.0, option.strike - spot if option.is_call else spot - option.strike) / spot
    share = max(parameters.max_spot_req - out, parameters.min_spot_req)
    if option.is_call:
        return Balance(one.value + parameters.mm_call * notional, one.value + share * notional)
    maintenance = one.value + min(parameters.mm_put_spot * notional, parameters.mm_put_mtm * one.value)
    return Balance(maintenance, min(one.value + share * notional, maintenance * parameters.mm_offset_scale))


def settlement_loss(options: Sequence[Option]) -> float:
    """The lowest payoff of an expiry at a settlement of 0 or at a strike, not above 0: PFM-017.

    >>> call = Option("", "E", "X", True, 100.0, 1.0)
    >>> settlement_loss([call, Option("", "E", "X", True, 90.0, -1.0)])
    -10.0
    """
    prices = {0.0, *(option.strike for option in options)}
    return min(0.0, *(sum(payoff(option, price) for option in options) for price in prices))


def payoff(option: Option, price: float) -> float:
    """What the position is paid at a settlement price."""
    gain = price - option.strike if option.is_call else option.strike - price
    return option.amount * max(0.0, gain)


def doubt(
    underlying: Underlying,
    net: Net,
    base: float,
    slices: dict[str, list[Valued]],
    parameters: Parameters,
) -> float:
    """What low confidence asks for, in units of the underlying: PFM-018."""

    def share(*confidences: float) -> float:
        sure = min(underlying.spot_confidence, *confidences)
        return unsure(sure, parameters.oc_threshold, parameters.oc_factor)

    total = share(1.0) * base + share(underlying.perpetual_confidence) * abs(net.amount)
    for name, held in slices.items():
        at = underlying.expiries[name]
        own = [one.option.volatility_confidence for one in held if one.option.amount < 0.0]
        total += share(at.forward_confidence, at.volatility_confidence, *own) * _shorts(held)
    return total


def _shorts(held: Sequence[Valued]) -> float:
    return sum(-one.option.amount for one in held if one.option.amount < 0.0)
