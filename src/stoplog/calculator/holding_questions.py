"""The types of `what_if` and `switch`: a compartment with resting orders, and what is to be done with it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from stoplog.calculator.questions import IsolatedResult, Number, Payoff, PolicyFields, Side, Tiers

ORDERS_MAX = 64
"""So many orders rest in a compartment, as in the engine."""

OPERATIONS_MAX = 32
"""So many operations a question may give."""

Name = str | int
"""How a question names an order."""

OrderSide = Literal["buy", "sell"]

RestingOrders = Annotated[
    Raw,
    Meta(extra_json_schema={"type": "array", "items": {"$ref": "#/$defs/RestingOrder"}, "maxItems": ORDERS_MAX}),
]
"""A list of `RestingOrder`, in the order in which they were placed."""

Operations = Annotated[
    Raw,
    Meta(
        extra_json_schema={
            "type": "array",
            "items": {"$ref": "#/$defs/Operation"},
            "minItems": 1,
            "maxItems": OPERATIONS_MAX,
        }
    ),
]
"""A list of `Operation`, done one after the other."""

SharedPurse = Annotated[Raw, Meta(extra_json_schema={"$ref": "#/$defs/SwitchPurse"})]
"""A `SwitchPurse`."""


class RestingOrder(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """An order that rests; without an `id` its number in the list, from 1, names it."""

    id: Name | UnsetType = UNSET
    side: OrderSide
    size: Number
    price: Number


class Operation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """`order` has side, size and price, and may have an id; `leverage` a leverage; `transfer` an amount."""

    operation: Literal["order", "leverage", "transfer"]
    id: Name | UnsetType = UNSET
    side: OrderSide | UnsetType = UNSET
    size: Number | UnsetType = UNSET
    price: Number | UnsetType = UNSET
    leverage: Number | UnsetType = UNSET
    amount: Number | UnsetType = UNSET


class SwitchPurse(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """The purse that positions share: all it is worth, and the initial margin of what is not being switched."""

    equity: Number
    initial_margin: Number | UnsetType = UNSET


class Holding(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A compartment at a mark: its position, what was put in, its own leverage, its resting orders."""

    id: Raw | UnsetType = UNSET
    payoff: Payoff
    side: Side | UnsetType = UNSET
    size: Number | UnsetType = UNSET
    entry: Number | UnsetType = UNSET
    mark: Number
    quanto_multiplier: Number | UnsetType = UNSET
    margin: Number | UnsetType = UNSET
    leverage: Number | UnsetType = UNSET
    extra_margin: Number | UnsetType = UNSET
    orders: RestingOrders | UnsetType = UNSET
    tiers: Tiers | UnsetType = UNSET
    maintenance_rate: Number | UnsetType = UNSET
    trust_deductions: bool = False
    policy: PolicyFields | UnsetType = UNSET
    venue: str | UnsetType = UNSET
    symbol: str | UnsetType = UNSET


class WhatIf(Holding, forbid_unknown_fields=True, kw_only=True, gc=False):
    """Would these operations on a compartment be accepted, one after the other, and what would they change?"""

    calculate: Literal["what_if"]
    lot: Number | UnsetType = UNSET
    operations: Operations


class Switch(Holding, forbid_unknown_fields=True, kw_only=True, gc=False):
    """Could this position move between a compartment of its own and a shared purse, and what is missing?"""

    calculate: Literal["switch"]
    origin: Literal["isolated", "cross"] = msgspec.field(name="from")
    target: Literal["isolated", "cross"] = msgspec.field(name="to")
    cross_leverage: Number | UnsetType = UNSET
    purse: SharedPurse
    basis: Literal["mark", "cost"] = "mark"


class PositionResult(IsolatedResult, kw_only=True, gc=False):
    """A position and all that `isolated` answers about it."""

    side: Side
    size: str
    entry: str


class OperationResult(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings. `position` is that after a transfer or another leverage, or after the order filled whole.

    `limit`: the largest size of the order, or the largest amount taken out, that is accepted; None where there is none.
    """

    operation: Literal["order", "leverage", "transfer"]
    accepted: bool
    needed: str
    available: str
    initial_margin: str
    order_margin_before: str
    order_margin: str
    limit: str | UnsetType | None = UNSET
    margin: str
    position: PositionResult | None


class WhatIfResult(msgspec.Struct, kw_only=True, gc=False):
    """The position as it is, None where there is none, and an answer for each operation in the order asked."""

    position: PositionResult | None
    operations: list[OperationResult]


class RequiredResult(msgspec.Struct, kw_only=True, gc=False):
    """What one side needs, by cause; decimal strings."""

    initial_margin: str
    order_margin: str
    reserve: str
    unrealised_loss: str
    total: str


class SwitchResult(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings, names of orders; the position only where it moves into a compartment."""

    passes: bool
    required_before: RequiredResult
    required_after: RequiredResult
    unrealised_gain: str
    needed: str
    available: str
    transfer: str
    orders_in_the_way: list[Name] | None
    margin: str
    position: PositionResult | UnsetType = UNSET
