"""Numbers of a question within the limits of their kind; `QuestionError` `out_of_range` where they are outside."""

from __future__ import annotations

from stoplog.calculator.decimals import POWER, Count, parse
from stoplog.calculator.errors import QuestionError, shown


def rate(raw: bytes, field: str) -> Count:
    """A rate in [0, 1) as (n, one)."""
    count, places = parse(raw, field)
    if not 0 <= count < POWER[places]:
        raise QuestionError("out_of_range", field, f"{field}: {shown(raw)} is not in [0, 1)")
    return count, POWER[places]


def share(raw: bytes, field: str) -> Count:
    """A share in [0, 1] as (n, one)."""
    count, places = at_least_zero(raw, field)
    if count > POWER[places]:
        raise QuestionError("out_of_range", field, f"{field}: {shown(raw)} is above 1")
    return count, POWER[places]


def leverage_of(raw: bytes, field: str) -> Count:
    """A leverage, above zero, as (λ · 10^k, 10^k)."""
    count, places = above_zero(raw, field)
    return count, POWER[places]


def above_zero(raw: bytes, field: str) -> Count:
    """A number above zero."""
    count = parse(raw, field)
    if count[0] <= 0:
        raise QuestionError("out_of_range", field, f"{field}: {shown(raw)} is not above 0")
    return count


def at_least_zero(raw: bytes, field: str) -> Count:
    """A number not below zero."""
    count = parse(raw, field)
    if count[0] < 0:
        raise QuestionError("out_of_range", field, f"{field}: {shown(raw)} is below 0")
    return count
