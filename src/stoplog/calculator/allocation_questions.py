"""The types of `bankruptcy_allocation`: what closing each position of a purse must bring in."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from stoplog.calculator.cross_questions import list_of
from stoplog.calculator.questions import Number, Side

AllocationPositions = Annotated[Raw, Meta(extra_json_schema=list_of("AllocationPosition", least=1))]
"""A list of `AllocationPosition`."""


class AllocationPosition(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One position and how much of it is closed, its whole size where that is left out."""

    symbol: str | UnsetType = UNSET
    side: Side
    size: Number
    mark: Number
    maintenance_rate: Number
    close: Number | UnsetType = UNSET


class Allocation(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A purse that is closed position by position: what must each bring in so that the rest keeps its share?"""

    calculate: Literal["bankruptcy_allocation"]
    id: Raw | UnsetType = UNSET
    cash: Number
    unit: Number
    positions: AllocationPositions
    venue: str | UnsetType = UNSET


class AllocationPositionResult(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings; `quote` below zero is what closing may cost."""

    symbol: str | None
    share: str
    quote: str
    price: str | None


class AllocationResult(msgspec.Struct, kw_only=True, gc=False):
    """Decimal strings; the positions in the order asked."""

    equity: str
    maintenance_margin: str
    positions: list[AllocationPositionResult]
