"""The policy of a question: its own fields over those of the venue's preset over the defaults."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from stoplog.calculator.decimals import Count
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.fields import decode
from stoplog.calculator.limits import above_zero, at_least_zero, rate
from stoplog.calculator.questions import CloseFee, MaintenanceAt, Policy, TierRule
from stoplog.venues.presets import VENUES, Preset, preset


class Rules(NamedTuple):
    """A policy in integers. Rates are (n, one), amounts and prices (m, k) with m · 10^-k."""

    tier_rule: TierRule
    maintenance_at: MaintenanceAt
    close_fee: CloseFee
    fee: Count
    price_rounding: str
    tick: Count
    removable_floor: Count
    minimum: Count


def venue_preset(name: str) -> Preset:
    """The preset of a venue; `QuestionError` where there is no such venue."""
    if name not in VENUES:
        raise QuestionError(
            "unknown_venue", "venue", f"venue: there is no {shown(name.encode())}; the names are {', '.join(VENUES)}"
        )
    return preset(name)


def rules(own: bytes | None, venue: Preset | None) -> Rules:
    """The policy given as `own`, merged field by field over that of `venue`."""
    fields: dict[str, Any] = {}
    if venue is not None:
        fields.update(_given(bytes(venue.policy)))
    if own is not None:
        fields.update(_given(own))
    rounding = fields.get("price_rounding", "none")
    return Rules(
        tier_rule=fields.get("tier_rule", "marginal"),
        maintenance_at=fields.get("maintenance_at", "mark"),
        close_fee=fields.get("close_fee", "ignored"),
        fee=_rate(fields, "fee_rate"),
        price_rounding=rounding,
        tick=_tick(fields, rounding),
        removable_floor=_rate(fields, "removable_floor_rate"),
        minimum=_minimum(fields),
    )


def _given(raw: bytes) -> dict[str, Any]:
    fields = msgspec.structs.asdict(decode(raw, Policy, "policy"))
    return {name: value for name, value in fields.items() if value is not UNSET}


def _rate(fields: dict[str, Any], name: str) -> Count:
    if name not in fields:
        return 0, 1
    return rate(bytes(fields[name]), f"policy.{name}")


def _minimum(fields: dict[str, Any]) -> Count:
    if "minimum_maintenance" not in fields:
        return 0, 0
    return at_least_zero(bytes(fields["minimum_maintenance"]), "policy.minimum_maintenance")


def _tick(fields: dict[str, Any], rounding: str) -> Count:
    if "price_tick" in fields:
        return above_zero(bytes(fields["price_tick"]), "policy.price_tick")
    if rounding != "none":
        raise QuestionError(
            "missing_field", "policy.price_tick", f"policy.price_tick: needed to round prices {rounding}"
        )
    return 1, 0
