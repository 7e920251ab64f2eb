"""The portfolio of a question: fields read, checked by kind, and named by their path where they are wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType

from stoplog.calculator.cross_questions import POSITIONS_MAX
from stoplog.calculator.decimals import parse
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.fields import ITEMS, VALUES, decode, decode_list
from stoplog.calculator.limits import above_zero
from stoplog.calculator.numbers import any_number, at_least_zero, nearest, positive, share
from stoplog.calculator.portfolio_questions import (
    SCENARIOS_MAX,
    GivenScenario,
    PortfolioExpiry,
    PortfolioGiven,
    PortfolioMargin,
    PortfolioMarket,
    PortfolioPosition,
    PortfolioUnderlying,
)
from stoplog.portfolio.shape import (
    Collateral,
    Expiry,
    Future,
    Given,
    Market,
    Option,
    Payoff,
    Perpetual,
    Portfolio,
    Profit,
    Spot,
    Svi,
    Underlying,
)
from stoplog.pricing.scenarios import YEAR

ItemT = TypeVar("ItemT")

OF_OPTION = ("underlying", "expiry", "strike"), ("volatility", "volatility_confidence", "payoff")

FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "perpetual": (("underlying",), ("unrealised_profit", "funding", "payoff")),
    "future": (("underlying",), ("expiry", "years", "payoff")),
    "call": OF_OPTION,
    "put": OF_OPTION,
    "spot": (("underlying",), ()),
    "cash": ((), ()),
    "collateral": (("asset", "price"), ("confidence", "maintenance_haircut", "initial_haircut", "risk_cancelling")),
}
"""Kind → the fields it must give and those it may give beside `side` and `size`."""


def portfolio_of(question: PortfolioMargin, payoff: Payoff = "linear") -> Portfolio:
    """The portfolio of a question; `QuestionError` names the first field that cannot be.

    `payoff` is that of positions where the question does not say.
    """
    if isinstance(question.positions, UnsetType) and isinstance(question.given, UnsetType):
        raise QuestionError("missing_field", "positions", "positions: missing; positions or given is needed")
    market = Market() if isinstance(question.market, UnsetType) else market_of(bytes(question.market))
    given = Given() if isinstance(question.given, UnsetType) else given_of(bytes(question.given))
    held: list[PortfolioPosition] = []
    if not isinstance(question.positions, UnsetType):
        held = decode_list(bytes(question.positions), PortfolioPosition, "positions", POSITIONS_MAX)
    paths = [f"positions[{i}]" for i in range(len(held))]
    for position, path in zip(held, paths, strict=True):
        _check_fields(position, path)
    every = list(zip(held, paths, strict=True))
    if not isinstance(question.payoff, UnsetType):
        payoff = question.payoff
    return Portfolio(
        market,
        [_perpetual(one, path, payoff) for one, path in every if one.kind == "perpetual"],
        [_future(one, path, market, payoff) for one, path in every if one.kind == "future"],
        [_option(one, path, payoff) for one, path in every if one.kind in {"call", "put"}],
        [Spot(path, _name(one.underlying), _amount(one, path)) for one, path in every if one.kind == "spot"],
        [_collateral(one, path) for one, path in every if one.kind == "collateral"],
        sum(_amount(one, path) for one, path in every if one.kind == "cash"),
        given,
    )


def market_of(raw: bytes) -> Market:
    """The market."""
    found = decode(raw, PortfolioMarket, "market")
    price = 1.0
    if not isinstance(found.stable_price, UnsetType):
        price = nearest(above_zero(bytes(found.stable_price), "market.stable_price"))
    return Market(price, _map(found.underlyings, "market.underlyings", _underlying))


def _underlying(raw: bytes, path: str) -> Underlying:
    found = decode(raw, PortfolioUnderlying, path)
    return Underlying(
        path,
        positive(found.spot, f"{path}.spot"),
        share(found.spot_confidence, f"{path}.spot_confidence", 1.0),
        positive(found.perpetual, f"{path}.perpetual"),
        share(found.perpetual_confidence, f"{path}.perpetual_confidence", 1.0),
        positive(found.base_margin_factor, f"{path}.base_margin_factor"),
        at_least_zero(found.base_im_scale, f"{path}.base_im_scale", 1.0),
        _map(found.expiries, f"{path}.expiries", _expiry),
    )


def _expiry(raw: bytes, path: str) -> Expiry:
    found = decode(raw, PortfolioExpiry, path)
    return Expiry(
        path,
        positive(found.seconds, f"{path}.seconds"),
        positive(found.years, f"{path}.years"),
        positive(found.forward, f"{path}.forward"),
        at_least_zero(found.forward_fixed, f"{path}.forward_fixed", 0.0),
        share(found.forward_confidence, f"{path}.forward_confidence", 1.0),
        any_number(found.rate, f"{path}.rate", 0.0),
        share(found.rate_confidence, f"{path}.rate_confidence", 1.0),
        share(found.volatility_confidence, f"{path}.volatility_confidence", 1.0),
        None if isinstance(found.svi, UnsetType) else _svi(bytes(found.svi), f"{path}.svi"),
    )


def _svi(raw: bytes, path: str) -> Svi:
    items = ITEMS.decode(raw) if raw[:1] == b"[" else []
    if len(items) != len(Svi._fields):
        raise QuestionError("wrong_type", path, f"{path}: {shown(raw)} is not a list of {len(Svi._fields)} numbers")
    return Svi(*(nearest(parse(bytes(item), f"{path}[{i}]")) for i, item in enumerate(items)))


def given_of(raw: bytes) -> Given:
    """What a venue gave."""
    found = decode(raw, PortfolioGiven, "given")
    scenarios: list[GivenScenario] = []
    if not isinstance(found.scenarios, UnsetType):
        scenarios = decode_list(bytes(found.scenarios), GivenScenario, "given.scenarios", SCENARIOS_MAX)
    return Given(
        [
            Profit(one.name, any_number(one.profit, f"given.scenarios[{i}].profit", 0.0))
            for i, one in enumerate(scenarios)
        ],
        _map(found.charges, "given.charges", lambda item, path: nearest(parse(item, path))),
        None if isinstance(found.extreme, UnsetType) else any_number(found.extreme, "given.extreme", 0.0),
        None if isinstance(found.delta, UnsetType) else any_number(found.delta, "given.delta", 0.0),
    )


def _map(raw: Raw | UnsetType, path: str, read: Callable[[bytes, str], ItemT]) -> dict[str, ItemT]:
    if isinstance(raw, UnsetType):
        return {}
    try:
        items = VALUES.decode(bytes(raw))
    except msgspec.ValidationError:
        raise QuestionError("wrong_type", path, f"{path}: {shown(bytes(raw))} is not an object") from None
    return {name: read(bytes(item), f"{path}.{shown(name.encode())}") for name, item in items.items()}


def _check_fields(position: PortfolioPosition, path: str) -> None:
    must, may = FIELDS[position.kind]
    for name in must:
        if getattr(position, name) is UNSET:
            field = f"{path}.{name}"
            raise QuestionError("missing_field", field, f"{field}: missing; a {position.kind} needs it")
    for name in PortfolioPosition.__struct_fields__[3:]:
        if getattr(position, name) is not UNSET and name not in must and name not in may:
            field = f"{path}.{name}"
            raise QuestionError("inconsistent", field, f"{field}: a {position.kind} has none")


def _amount(position: PortfolioPosition, path: str) -> float:
    size = at_least_zero(position.size, f"{path}.size", 0.0)
    return size if position.side == "long" else -size


def _name(given: str | UnsetType) -> str:
    assert not isinstance(given, UnsetType), "checked by kind"
    return given


def _payoff(position: PortfolioPosition, default: Payoff) -> Payoff:
    return default if isinstance(position.payoff, UnsetType) else position.payoff


def _perpetual(position: PortfolioPosition, path: str, payoff: Payoff) -> Perpetual:
    return Perpetual(
        path,
        _name(position.underlying),
        _amount(position, path),
        any_number(position.unrealised_profit, f"{path}.unrealised_profit", 0.0),
        any_number(position.funding, f"{path}.funding", 0.0),
        _payoff(position, payoff),
    )


def _future(position: PortfolioPosition, path: str, market: Market, payoff: Payoff) -> Future:
    """The years left are those of the position, else those of its expiry, else its seconds as years of 365 days."""
    name, expiry = _name(position.underlying), None
    years = positive(position.years, f"{path}.years")
    if not isinstance(position.expiry, UnsetType):
        expiry = position.expiry
        underlying = market.underlyings.get(name)
        found = None if underlying is None else underlying.expiries.get(expiry)
        if years is None and found is not None:
            years = found.years
            if years is None and found.seconds is not None:
                years = found.seconds / YEAR
    return Future(path, name, _amount(position, path), expiry, years, _payoff(position, payoff))


def _option(position: PortfolioPosition, path: str, payoff: Payoff) -> Option:
    assert not isinstance(position.strike, UnsetType), "checked by kind"
    return Option(
        path,
        _name(position.underlying),
        _name(position.expiry),
        position.kind == "call",
        nearest(above_zero(bytes(position.strike), f"{path}.strike")),
        _amount(position, path),
        positive(position.volatility, f"{path}.volatility"),
        share(position.volatility_confidence, f"{path}.volatility_confidence", 1.0),
        _payoff(position, payoff),
    )


def _collateral(position: PortfolioPosition, path: str) -> Collateral:
    return Collateral(
        path,
        _name(position.asset),
        _amount(position, path),
        at_least_zero(position.price, f"{path}.price", 0.0),
        share(position.confidence, f"{path}.confidence", 1.0),
        at_least_zero(position.maintenance_haircut, f"{path}.maintenance_haircut", 0.0),
        at_least_zero(position.initial_haircut, f"{path}.initial_haircut", 0.0),
        position.risk_cancelling is True,
    )
