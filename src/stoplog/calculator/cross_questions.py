"""The types of `cross`: one purse, many positions. Maps and lists stay bytes and are read where they are used."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from stoplog.calculator.questions import NUMBER_SCHEMA, Number, Payoff, PolicyFields, Side, Tiers

POSITIONS_MAX = 1000
"""So many positions a question may give."""

Amounts = Annotated[Raw, Meta(extra_json_schema={"type": "object", "additionalProperties": NUMBER_SCHEMA})]
"""Asset → amount."""

Collaterals = Annotated[
    Raw, Meta(extra_json_schema={"type": "object", "additionalProperties": {"$ref": "#/$defs/Collateral"}})
]
"""Asset → `Collateral`."""


def list_of(name: str, *, least: int = 0) -> dict[str, Any]:
    """The schema of a list of objects of the type `name`."""
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, "minItems": least, "maxItems": POSITIONS_MAX}


CrossPositions = Annotated[Raw, Meta(extra_json_schema=list_of("CrossPosition"))]
"""A list of `CrossPosition`."""

RestFields = Annotated[Raw, Meta(extra_json_schema={"$ref": "#/$defs/CrossRest"})]
"""A `CrossRest`."""


class Collateral(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """What a unit of an asset counts for in the purse; the haircut is taken off positive amounts."""

    price: Number | UnsetType = UNSET
    haircut: Number | UnsetType = UNSET


class CrossRest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """What the purse holds and must hold beyond what is listed."""

    equity: Number | UnsetType = UNSET
    initial_margin: Number | UnsetType = UNSET
    maintenance_margin: Number | UnsetType = UNSET


class CrossPosition(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One position in the purse; `settlement` names the asset of its profit and margin where it is another one."""

    symbol: str | UnsetType = UNSET
    payoff: Payoff = "linear"
    side: Side
    size: Number
    entry: Number
    mark: Number
    quanto_multiplier: Number | UnsetType = UNSET
    settlement: str | UnsetType = UNSET
    leverage: Number | UnsetType = UNSET
    reserve: Number | UnsetType = UNSET
    tiers: Tiers | UnsetType = UNSET
    maintenance_rate: Number | UnsetType = UNSET


class Cross(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A purse with any number of positions: what is it worth, and where does each of them bring it down?"""

    calculate: Literal["cross"]
    id: Raw | UnsetType = UNSET
    balances: Amounts | UnsetType = UNSET
    collateral: Collaterals | UnsetType = UNSET
    positions: CrossPositions
    rest: RestFields | UnsetType = UNSET
    trust_deductions: bool = False
    policy: PolicyFields | UnsetType = UNSET
    venue: str | UnsetType = UNSET


class CrossPositionResult(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings, in the purse's unit; the reason only where there is no liquidation price."""

    symbol: str | None
    notional: str
    unrealised_profit: str
    initial_margin: str
    maintenance_margin: str
    liquidation_price: str | None
    liquidation_reason: Literal["never", "already"] | UnsetType = UNSET
    bankruptcy_price: str | None


class CrossResult(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings, in the purse's unit; the positions in the order asked."""

    equity: str
    unrealised_profit: str
    initial_margin: str
    maintenance_margin: str
    margin_ratio: str | None
    liquidatable: bool
    positions: list[CrossPositionResult]
