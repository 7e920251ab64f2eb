"""The types that parse a line: their fields are the contract, and `--schema` is generated from them.

Numbers stay the bytes that were written until `stoplog.calculator.decimals` reads them exactly. `Policy` and
`Tiers` are kept as bytes too and read once for all the lines that repeat them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

NUMBER_SCHEMA: dict[str, Any] = {
    "type": ["number", "string"],
    "pattern": r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$",
}

Number = Annotated[Raw, Meta(extra_json_schema=NUMBER_SCHEMA)]
"""A JSON number or a string that holds one."""

Tiers = Annotated[
    Raw, Meta(extra_json_schema={"type": "array", "items": {"$ref": "#/$defs/Tier"}, "minItems": 1, "maxItems": 1000})
]
"""A list of `Tier`, floors rising strictly from 0."""

PolicyFields = Annotated[Raw, Meta(extra_json_schema={"$ref": "#/$defs/Policy"})]
"""A `Policy`."""

TIERS_MAX = 1000
"""So many tiers a question may give."""

Payoff = Literal["linear", "inverse", "quanto"]
Side = Literal["long", "short"]
TierRule = Literal["marginal", "step", "ramp"]
MaintenanceAt = Literal["mark", "entry"]
CloseFee = Literal["ignored", "in_rate", "reserve"]
PriceRounding = Literal["none", "nearest", "toward_zero", "against_holder", "for_holder"]


class Tier(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """The rates that hold for a notional above `floor`."""

    floor: Number
    rate: Number | UnsetType = UNSET
    deduction: Number | UnsetType = UNSET
    initial_rate: Number | UnsetType = UNSET
    max_leverage: Number | UnsetType = UNSET
    slope: Number | UnsetType = UNSET


class Policy(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """How the venue reckons; a field left out is that of the venue's preset, or the default."""

    tier_rule: TierRule | UnsetType = UNSET
    maintenance_at: MaintenanceAt | UnsetType = UNSET
    close_fee: CloseFee | UnsetType = UNSET
    fee_rate: Number | UnsetType = UNSET
    price_tick: Number | UnsetType = UNSET
    price_rounding: PriceRounding | UnsetType = UNSET
    removable_floor_rate: Number | UnsetType = UNSET
    minimum_maintenance: Number | UnsetType = UNSET


class Isolated(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One position in its own compartment: what is it worth, where is it liquidated, where bankrupt?"""

    calculate: Literal["isolated"]
    id: Raw | UnsetType = UNSET
    payoff: Payoff
    side: Side
    size: Number
    entry: Number
    mark: Number | UnsetType = UNSET
    quanto_multiplier: Number | UnsetType = UNSET
    margin: Number | UnsetType = UNSET
    leverage: Number | UnsetType = UNSET
    extra_margin: Number | UnsetType = UNSET
    reserve: Number | UnsetType = UNSET
    tiers: Tiers | UnsetType = UNSET
    maintenance_rate: Number | UnsetType = UNSET
    trust_deductions: bool = False
    policy: PolicyFields | UnsetType = UNSET
    venue: str | UnsetType = UNSET
    symbol: str | UnsetType = UNSET


class IsolatedResult(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings; the figures at mark only where a mark was given, the reason only where there is no price."""

    notional_at_entry: str
    initial_margin: str
    liquidation_price: str | None
    liquidation_reason: Literal["never", "already"] | UnsetType = UNSET
    bankruptcy_price: str | None
    bankruptcy_price_with_fee: str | None
    close_fee_reserve: str
    max_loss: str
    notional: str | UnsetType = UNSET
    unrealised_profit: str | UnsetType = UNSET
    equity: str | UnsetType = UNSET
    maintenance_margin: str | UnsetType = UNSET
    margin_ratio: str | UnsetType | None = UNSET
    removable_margin: str | UnsetType = UNSET
    liquidatable: bool | UnsetType = UNSET


class Failure(msgspec.Struct):
    """Why there is no result: one of the codes, the field at fault, and a sentence."""

    code: str
    field: str | None
    message: str


Result = Annotated[Any, Meta(extra_json_schema={"$ref": "#/$defs/Result"})]
"""The result of any calculation."""


class Answered(msgspec.Struct, gc=False):
    """The answer to a question."""

    id: Raw
    result: Result


class Refused(msgspec.Struct):
    """The answer to a question that has none."""

    id: Raw
    error: Failure
