"""The types of `portfolio_margin`: a market, positions, what a venue gave, and the model's answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from stoplog.calculator.cross_questions import list_of
from stoplog.calculator.questions import NUMBER_SCHEMA, Number, Side

SCENARIOS_MAX = 1000
"""So many scenarios a question may give."""

Kind = Literal["perpetual", "future", "call", "put", "spot", "cash", "collateral"]
MarginPayoff = Literal["linear", "inverse"]


def part(name: str) -> dict[str, Any]:
    """The schema of an object of the type `name`."""
    return {"$ref": f"#/$defs/{name}"}


def map_of(name: str) -> dict[str, Any]:
    """The schema of names to objects of the type `name`."""
    return {"type": "object", "additionalProperties": part(name)}


MarketFields = Annotated[Raw, Meta(extra_json_schema=part("PortfolioMarket"))]
"""A `PortfolioMarket`."""

Underlyings = Annotated[Raw, Meta(extra_json_schema=map_of("PortfolioUnderlying"))]
"""Name → `PortfolioUnderlying`."""

Expiries = Annotated[Raw, Meta(extra_json_schema=map_of("PortfolioExpiry"))]
"""Name → `PortfolioExpiry`."""

PortfolioPositions = Annotated[Raw, Meta(extra_json_schema=list_of("PortfolioPosition"))]
"""A list of `PortfolioPosition`."""

GivenFields = Annotated[Raw, Meta(extra_json_schema=part("PortfolioGiven"))]
"""A `PortfolioGiven`."""

GivenScenarios = Annotated[
    Raw, Meta(extra_json_schema={"type": "array", "items": part("GivenScenario"), "maxItems": SCENARIOS_MAX})
]
"""A list of `GivenScenario`."""

Numbers = Annotated[Raw, Meta(extra_json_schema={"type": "object", "additionalProperties": NUMBER_SCHEMA})]
"""Name → number."""

SviFit = Annotated[Raw, Meta(extra_json_schema={"type": "array", "items": NUMBER_SCHEMA, "minItems": 7, "maxItems": 7})]
"""a, b, ρ, m, σ, and the forward and the years at which they were fitted."""

ModelParameters = Annotated[Raw, Meta(extra_json_schema={"type": ["object", "string"]})]
"""The parameters of a model inline, or the name of a set that is shipped for it."""


class PortfolioExpiry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """What the market says of one expiry; confidences are shares, 1 where left out."""

    seconds: Number | UnsetType = UNSET
    years: Number | UnsetType = UNSET
    forward: Number | UnsetType = UNSET
    forward_fixed: Number | UnsetType = UNSET
    forward_confidence: Number | UnsetType = UNSET
    rate: Number | UnsetType = UNSET
    rate_confidence: Number | UnsetType = UNSET
    volatility_confidence: Number | UnsetType = UNSET
    svi: SviFit | UnsetType = UNSET


class PortfolioUnderlying(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """What the market says of one underlying: its spot or index price, the mark of its perpetual, its expiries."""

    spot: Number | UnsetType = UNSET
    spot_confidence: Number | UnsetType = UNSET
    perpetual: Number | UnsetType = UNSET
    perpetual_confidence: Number | UnsetType = UNSET
    base_margin_factor: Number | UnsetType = UNSET
    base_im_scale: Number | UnsetType = UNSET
    expiries: Expiries | UnsetType = UNSET


class PortfolioMarket(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """The market; `stable_price` is 1 where left out."""

    stable_price: Number | UnsetType = UNSET
    underlyings: Underlyings | UnsetType = UNSET


class PortfolioPosition(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One position; which fields it has depends on its kind."""

    kind: Kind
    side: Side
    size: Number
    underlying: str | UnsetType = UNSET
    expiry: str | UnsetType = UNSET
    strike: Number | UnsetType = UNSET
    volatility: Number | UnsetType = UNSET
    volatility_confidence: Number | UnsetType = UNSET
    years: Number | UnsetType = UNSET
    payoff: MarginPayoff | UnsetType = UNSET
    unrealised_profit: Number | UnsetType = UNSET
    funding: Number | UnsetType = UNSET
    asset: str | UnsetType = UNSET
    price: Number | UnsetType = UNSET
    confidence: Number | UnsetType = UNSET
    maintenance_haircut: Number | UnsetType = UNSET
    initial_haircut: Number | UnsetType = UNSET
    risk_cancelling: bool | UnsetType = UNSET


class GivenScenario(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A profit that a venue gave for a scenario."""

    name: str
    profit: Number


class PortfolioGiven(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A venue's own figures: profits by scenario, charges by name, the profit of the extreme move, delta in dollars."""

    scenarios: GivenScenarios | UnsetType = UNSET
    charges: Numbers | UnsetType = UNSET
    extreme: Number | UnsetType = UNSET
    delta: Number | UnsetType = UNSET


class PortfolioMargin(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """What does a model of portfolio margin ask for a portfolio, or for what a venue gave of one?"""

    calculate: Literal["portfolio_margin"]
    id: Raw | UnsetType = UNSET
    model: str
    parameters: ModelParameters | UnsetType = UNSET
    payoff: MarginPayoff | UnsetType = UNSET
    market: MarketFields | UnsetType = UNSET
    positions: PortfolioPositions | UnsetType = UNSET
    given: GivenFields | UnsetType = UNSET


class ScenarioResult(msgspec.Struct, kw_only=True, gc=False):
    """The profit of the whole portfolio under one scenario."""

    name: str
    profit: float


class ValuesResult(msgspec.Struct, kw_only=True, gc=False):
    """What everything is worth, by kind."""

    options: float
    collateral: float
    perpetuals: float
    cash: float


class PortfolioMarginResult(msgspec.Struct, kw_only=True, gc=False):
    """Numbers: the margins are requirements, scenarios in the order of the set, charges above zero where they ask."""

    mark_to_market: float
    maintenance_margin: float
    initial_margin: float
    scenarios: list[ScenarioResult]
    worst_scenario: str | None
    charges: dict[str, float]
    values: ValuesResult
