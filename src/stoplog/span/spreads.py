"""Records of tiers, spreads and delivery charges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from stoplog.span.fields import as_code, as_flag, as_name, as_number, as_period, as_record, as_records, as_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A charge or credit of a rate number."""

    rate: int = as_whole("r", least=1)
    value: Decimal = as_number("val", least=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Contract months from `start` to `end`; every month where both are left out."""

    number: int = as_whole("tn", least=0)
    start: str | None = as_period("sPe", needed=False)
    end: str | None = as_period("ePe", needed=False)
    rates: tuple[Rate, ...] = as_records("rate", Rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """The tiers of one use."""

    tiers: tuple[Tier, ...] = as_records("tier", Tier, least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLeg:
    """A leg that takes delta from a tier of a commodity; tier 0 is all of it."""

    commodity: str = as_name("cc")
    tier: int = as_whole("tn", least=0)
    side: str = as_code("rs", "A", "B")
    ratio: Decimal = as_number("i", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLeg:
    """A leg that takes delta from one contract month of a commodity."""

    commodity: str = as_name("cc")
    period: str = as_period("pe")
    side: str = as_code("rs", "A", "B")
    ratio: Decimal = as_number("i", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLeg:
    """A leg of a spread by scanning."""

    commodity: str = as_name("cc")
    is_target: int = as_flag("isTarget")
    is_required: int = as_flag("isRequired")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaSpread:
    """A spread formed from delta: a flat charge for each, or a share of the price risk that it takes away."""

    number: int = as_whole("spread", least=0)
    method: str = as_code("chargeMeth", "F", "W")
    rate: Rate = as_record("rate", Rate)
    tier_legs: tuple[TierLeg, ...] = as_records("tLeg", TierLeg)
    period_legs: tuple[PeriodLeg, ...] = as_records("pLeg", PeriodLeg)


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridSpread:
    """A spread by scanning several commodities as one."""

    number: int = as_whole("spread", least=0)
    rates: tuple[Rate, ...] = as_records("rate", Rate)
    tier_legs: tuple[TierLeg, ...] = as_records("tLeg", TierLeg)
    scan_legs: tuple[ScanLeg, ...] = as_records("sLeg", ScanLeg)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotRate:
    """What a month in delivery is charged for each delta: consumed by spreads, and left outright."""

    rate: int = as_whole("r", least=1)
    period: str = as_period("pe")
    spread: Decimal = as_number("sprd", least=0)
    outright: Decimal = as_number("outr", least=0)
