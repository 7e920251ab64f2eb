"""Codes of cross compartments, as docs/commands.md numbers them."""

from __future__ import annotations

from enum import IntEnum


class Kind(IntEnum):
    """What a row of the compartments table is."""

    ISOLATED = 0
    CROSS = 1
    POSITION = 2
    POCKET = 3


class Gains(IntEnum):
    """What of an unrealised gain counts toward opening."""

    FULL = 0
    BACKED = 1
    NONE = 2


class Command(IntEnum):
    """Commands of cross compartments."""

    OPEN_CROSS = 23
    MOVE_COMPARTMENT = 24
    PRICE_ASSET = 25
    SET_ASSET_PARAMETER = 26
    INTEREST = 27
    CONVERT = 28


class AssetParameter(IntEnum):
    """What SET_ASSET_PARAMETER sets."""

    HAIRCUT = 1
    OPENING_HAIRCUT = 2
    DEPOSIT_CAP = 3
    SALE_RANK = 4
    CONVERSION_FEE_RATE = 5
    DEBT_LIMIT = 6


class Refusal(IntEnum):
    """Refusals of cross compartments."""

    WRONG_KIND = 46
    NO_PRICE = 47
    BEYOND_CAP = 48
    NOTHING_SHORT = 49
    CROSS_LIMIT = 50


class Event(IntEnum):
    """Events of cross compartments."""

    CROSS_OPENED = 38
    POCKET_OPENED = 39
    MOVED = 40
    ASSET_PRICED = 41
    ASSET_PARAMETER_SET = 42
    INTEREST_ACCRUED = 43
    INTEREST_PAID = 44
    CONVERTED = 45
    CROSS_LIQUIDATED = 46


class Place(IntEnum):
    """What a cross compartment holds in an asset."""

    POCKET = 11
