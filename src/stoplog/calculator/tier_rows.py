"""The rows of a tier table as they were given: read, limits checked, nothing derived."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from msgspec import UNSET, Raw, UnsetType

from stoplog.calculator.decimals import POWER, Count
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.fields import decode_list
from stoplog.calculator.limits import above_zero, at_least_zero, rate, share
from stoplog.calculator.questions import TIERS_MAX, Tier

NUMBER_KEPT = 48
"""Bytes of the longest number that is kept read."""


class Row(NamedTuple):
    """One tier as it was given: rates as (n, one), amounts and the slope as (m, k)."""

    floor: Count
    rate: Count
    deduction: Count | None
    initial: Count | None
    slope: Count | None


def _tiers(raw: bytes) -> list[Tier]:
    found = decode_list(raw, Tier, "tiers", TIERS_MAX)
    if not found:
        raise QuestionError("missing_field", "tiers", "tiers: at least one tier is needed")
    return found


def tier_rows(raw: bytes, *, rate_from_leverage: bool, sloping: bool) -> list[Row]:
    """The rows of a list of tiers, at least one; `QuestionError` names the first field that cannot be.

    `rate_from_leverage`: a tier without a rate has 1 / (2 · max_leverage). `sloping`: rates may rise inside a tier.
    """
    rows: list[Row] = []
    for tier in _tiers(raw):
        try:
            rows.append(_row(tier, rate_from_leverage=rate_from_leverage, sloping=sloping))
        except QuestionError as error:
            raise error.within(f"tiers[{len(rows)}]") from None
    return rows


def _row(tier: Tier, *, rate_from_leverage: bool, sloping: bool) -> Row:
    slope = None if isinstance(tier.slope, UnsetType) else at_least_zero(bytes(tier.slope), "slope")
    if slope is not None and slope[0] and not sloping:
        raise QuestionError("inconsistent", "slope", "slope: has no place outside tier_rule ramp")
    initial = None
    if not isinstance(tier.max_leverage, UnsetType):
        if tier.initial_rate is not UNSET:
            message = "max_leverage: given beside initial_rate; one of them is due"
            raise QuestionError("inconsistent", "max_leverage", message)
        initial = _read(_rate_of_leverage, tier.max_leverage)
    elif not isinstance(tier.initial_rate, UnsetType):
        initial = _read(_initial_rate, tier.initial_rate)
    if not isinstance(tier.rate, UnsetType):
        maintenance = _read(_maintenance_rate, tier.rate)
    elif rate_from_leverage and initial is not None and tier.initial_rate is UNSET:
        maintenance = initial[0], 2 * initial[1]
    else:
        raise QuestionError("missing_field", "rate", "rate: missing")
    floor = at_least_zero(bytes(tier.floor), "floor")
    if isinstance(tier.deduction, UnsetType):
        return Row(floor, maintenance, None, initial, slope)
    return Row(floor, maintenance, at_least_zero(bytes(tier.deduction), "deduction"), initial, slope)


def _maintenance_rate(raw: bytes) -> Count:
    return rate(raw, "rate")


def _rate_of_leverage(raw: bytes) -> Count:
    """1 / max_leverage as (n, one)."""
    count, places = above_zero(raw, "max_leverage")
    if count < POWER[places]:
        raise QuestionError("out_of_range", "max_leverage", f"max_leverage: {shown(raw)} is below 1")
    return POWER[places], count


def _initial_rate(raw: bytes) -> Count:
    return share(raw, "initial_rate")


def _read(read: Callable[[bytes], Count], number: Raw) -> Count:
    """What `read` makes of a number; tables repeat few rates and leverages, so short ones are kept."""
    raw = bytes(number)
    return _kept(read, raw) if len(raw) <= NUMBER_KEPT else read(raw)


@lru_cache(maxsize=4096)
def _kept(read: Callable[[bytes], Count], raw: bytes) -> Count:
    return read(raw)
