"""What must hold of tiers and spreads: tiers that are there, legs on both sides, commodities that exist."""

from __future__ import annotations

from stoplog.span.errors import SpanFileError
from stoplog.span.layout import ClearingOrganisation, Commodity
from stoplog.span.reading import Lines
from stoplog.span.spreads import DeltaSpread, HybridSpread, PeriodLeg, ScanLeg, TierLeg, Tiers

TWO_SIDES = {"A", "B"}


def check_spreads(organisation: ClearingOrganisation, lines: Lines) -> None:
    """Raise `SpanFileError` where a tier or a leg refers to what is not there."""
    inter: dict[str, set[int]] = {}
    for commodity in organisation.commodities:
        where = f"ccDef[{commodity.code}]"
        intra = _tier_numbers(commodity.intra_tiers, f"{where}.intraTiers", lines)
        inter[commodity.code] = _tier_numbers(commodity.inter_tiers, f"{where}.interTiers", lines)
        _tier_numbers(commodity.short_option_tiers, f"{where}.somTiers", lines)
        _tier_numbers(commodity.rate_tiers, f"{where}.rateTiers", lines)
        _check_short_option_rates(commodity, lines)
        for spread in commodity.spreads:
            _check_legs(spread, {commodity.code: intra}, f"{where}.dSpread[{spread.number}]", lines)
    if organisation.inter_spreads is not None:
        for spread in organisation.inter_spreads.spreads:
            where = f"interSpreads.dSpread[{spread.number}]"
            _check_legs(spread, inter, where, lines)
            if spread.period_legs:
                line = lines[id(spread.period_legs[0])]
                raise SpanFileError(line, f"{where}.pLeg", "a spread between commodities has legs by tier")
        for hybrid in organisation.inter_spreads.hybrid:
            _check_hybrid(hybrid, set(inter), lines)


def _tier_numbers(tiers: Tiers | None, where: str, lines: Lines) -> set[int]:
    """The numbers of the tiers, 0 among them: all months."""
    numbers = {0}
    given: set[int] = set()
    for tier in tiers.tiers if tiers is not None else ():
        line = lines[id(tier)]
        if tier.number in given:
            raise SpanFileError(line, f"{where}.tier.tn", f"tier {tier.number} is there a second time")
        if (tier.start is None) != (tier.end is None):
            reason = "missing" if tier.end is None else "given without sPe"
            raise SpanFileError(line, f"{where}.tier.ePe", reason)
        if tier.start is not None and tier.end is not None and tier.end < tier.start:
            raise SpanFileError(line, f"{where}.tier.ePe", f"{tier.end} is before {tier.start}")
        given.add(tier.number)
    return numbers | given


def _check_short_option_rates(commodity: Commodity, lines: Lines) -> None:
    for tier in commodity.short_option_tiers.tiers if commodity.short_option_tiers is not None else ():
        if not tier.rates:
            where = f"ccDef[{commodity.code}].somTiers.tier.rate"
            raise SpanFileError(lines[id(tier)], where, "missing")


def _check_legs(spread: DeltaSpread, tiers: dict[str, set[int]], where: str, lines: Lines) -> None:
    legs: list[TierLeg | PeriodLeg] = [*spread.tier_legs, *spread.period_legs]
    if {leg.side for leg in legs} != TWO_SIDES:
        raise SpanFileError(lines[id(spread)], f"{where}.rs", "the legs are not on both sides, A and B")
    if spread.tier_legs and spread.period_legs:
        raise SpanFileError(lines[id(spread)], f"{where}.pLeg", "legs by tier and legs by month in one spread")
    for leg in legs:
        if leg.commodity not in tiers:
            raise SpanFileError(lines[id(leg)], f"{where}.cc", f"unknown code {leg.commodity!r}")
    for tier_leg in spread.tier_legs:
        if tier_leg.tier not in tiers[tier_leg.commodity]:
            reason = f"{tier_leg.commodity} has no tier {tier_leg.tier}"
            raise SpanFileError(lines[id(tier_leg)], f"{where}.tLeg.tn", reason)


def _check_hybrid(spread: HybridSpread, commodities: set[str], lines: Lines) -> None:
    legs: list[TierLeg | ScanLeg] = [*spread.tier_legs, *spread.scan_legs]
    for leg in legs:
        if leg.commodity not in commodities:
            where = f"interSpreads.hSpread[{spread.number}].cc"
            raise SpanFileError(lines[id(leg)], where, f"unknown code {leg.commodity!r}")
