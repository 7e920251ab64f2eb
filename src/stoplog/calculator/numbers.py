"""Numbers of a question as binary floats, for what is reckoned in floats: the float nearest to what was written."""

from __future__ import annotations

from msgspec import Raw, UnsetType

from stoplog.calculator import limits
from stoplog.calculator.decimals import POWER, Count, parse

Given = Raw | UnsetType


def any_number(raw: Given, field: str, default: float) -> float:
    """The number, or the default where it is not there.

    >>> any_number(Raw(b'"-0.1"'), "rate", 0.0)
    -0.1
    """
    return default if isinstance(raw, UnsetType) else nearest(parse(bytes(raw), field))


def at_least_zero(raw: Given, field: str, default: float) -> float:
    """The number, not below zero, or the default."""
    return default if isinstance(raw, UnsetType) else nearest(limits.at_least_zero(bytes(raw), field))


def share(raw: Given, field: str, default: float) -> float:
    """The share in [0, 1], or the default."""
    if isinstance(raw, UnsetType):
        return default
    count, one = limits.share(bytes(raw), field)
    return count / one


def positive(raw: Given, field: str) -> float | None:
    """The number, not below zero, or None where it is not there."""
    return None if isinstance(raw, UnsetType) else nearest(limits.at_least_zero(bytes(raw), field))


def nearest(count: Count) -> float:
    """The float nearest to a decimal."""
    return count[0] / POWER[count[1]]
