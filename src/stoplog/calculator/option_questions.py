"""The types of `option_margin`: what must be held for one option, by a rule of numbers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from stoplog.calculator.questions import Number, Side
from stoplog.margin.option_margin import OptionKind

OptionRuleFields = Annotated[Raw, Meta(extra_json_schema={"$ref": "#/$defs/OptionNumbers"})]
"""An `OptionNumbers`."""


class OptionNumbers(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """Shares of the underlying; what is left out is that of the venue."""

    otm_rate: Number | UnsetType = UNSET
    floor_rate: Number | UnsetType = UNSET
    maintenance_rate: Number | UnsetType = UNSET
    liquidation_fee_rate: Number | UnsetType = UNSET
    factor: Number | UnsetType = UNSET
    fee_rate: Number | UnsetType = UNSET
    fee_cap_rate: Number | UnsetType = UNSET


class OptionMargin(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One option, alone: what must its holder have, and what is its premium?"""

    calculate: Literal["option_margin"]
    id: Raw | UnsetType = UNSET
    payoff: Literal["linear", "inverse"]
    kind: OptionKind
    side: Side
    size: Number
    strike: Number
    underlying: Number
    mark: Number
    entry: Number | UnsetType = UNSET
    rule: OptionRuleFields | UnsetType = UNSET
    venue: str | UnsetType = UNSET
    symbol: str | UnsetType = UNSET


class OptionMarginResult(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings, in quote or in coin; fee and cost only where the rule states a fee."""

    initial_margin: str
    maintenance_margin: str
    premium: str
    fee: str | UnsetType = UNSET
    cost: str | UnsetType = UNSET
