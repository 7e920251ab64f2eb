"""The types of `liquidation_set`: in which intervals of the underlying is a compartment of any legs liquidated?"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from stoplog.calculator.cross_questions import list_of
from stoplog.calculator.portfolio_questions import ModelParameters
from stoplog.calculator.questions import Number, Side
from stoplog.portfolio.equity_curve import LegKind

LEGS_MAX = 200
"""So many legs a question may give."""

Legs = Annotated[Raw, Meta(extra_json_schema=list_of("SetLeg") | {"maxItems": LEGS_MAX})]
"""A list of `SetLeg`."""

END_SCHEMA: dict[str, Any] = {"type": ["number", "string", "null"]}

End = Annotated[str | float | None, Meta(extra_json_schema=END_SCHEMA)]
"""A decimal string where everything is exact, a number where options have time value, null for an open end."""


class SetLeg(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One leg; `entry` of an option is its premium. Strike, time and volatility are an option's."""

    kind: LegKind
    side: Side
    size: Number
    entry: Number
    strike: Number | UnsetType = UNSET
    expiry_years: Number | UnsetType = UNSET
    volatility: Number | UnsetType = UNSET
    maintenance_rate: Number | UnsetType = UNSET


class LiquidationSet(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A compartment of any legs on one underlying: at which of its prices is it liquidated, at which bankrupt?

    With a `model` its requirement is the maintenance margin.
    """

    calculate: Literal["liquidation_set"]
    id: Raw | UnsetType = UNSET
    mark: Number
    margin: Number
    legs: Legs
    model: str | UnsetType = UNSET
    parameters: ModelParameters | UnsetType = UNSET


class PriceSet(msgspec.Struct, kw_only=True, gc=False):
    """Intervals of prices above 0, ascending, and the boundaries next to the mark."""

    intervals: list[tuple[End, End]]
    below: End
    above: End


class LiquidationSetResult(msgspec.Struct, kw_only=True, gc=False):
    """Where equity is below maintenance, and where it is below zero."""

    liquidation: PriceSet
    bankruptcy: PriceSet
