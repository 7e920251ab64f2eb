"""The types of `span`: a portfolio margined by a parameter file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from stoplog.calculator.questions import NUMBER_SCHEMA

POSITIONS_MAX = 10_000
"""So many positions a question may give."""

KEY_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {
            "type": "array",
            "prefixItems": [{"const": "F"}, {"type": "string"}, {"type": "string"}],
            "items": False,
            "minItems": 3,
        },
        {
            "type": "array",
            "prefixItems": [
                {"const": "O"},
                {"type": "string"},
                {"type": "string"},
                {"enum": ["C", "P"]},
                NUMBER_SCHEMA,
            ],
            "items": False,
            "minItems": 5,
        },
    ]
}

POSITION_SCHEMA: dict[str, Any] = {
    "type": "array",
    "prefixItems": [KEY_SCHEMA, NUMBER_SCHEMA],
    "items": False,
    "minItems": 2,
}

SpanPositions = Annotated[
    Raw, Meta(extra_json_schema={"type": "array", "items": POSITION_SCHEMA, "maxItems": POSITIONS_MAX})
]
"""A list of [key, quantity]."""


class Span(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A portfolio and the parameter file that margins it."""

    calculate: Literal["span"]
    id: Raw | UnsetType = UNSET
    file: str
    positions: SpanPositions


class SpanCommodity(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings in the commodity's currency; the active scenario from 1."""

    scan: str
    active_scenario: int
    intra: str
    delivery: str
    inter: str
    short_option_minimum: str
    weighted_futures_price_risk: str
    requirement: str


class SpanResult(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings; `unpriced` names options without a price in the file, whose value counts nowhere."""

    commodities: dict[str, SpanCommodity]
    net_option_value: str
    maintenance: str
    initial: str
    unpriced: list[str] | UnsetType = UNSET
