"""The terms of a combined commodity and of the spreads between commodities, as the algorithm uses them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from stoplog.span.contracts import FutureFamily
from stoplog.span.counting import month_of
from stoplog.span.layout import ClearingOrganisation, Commodity, PointSet
from stoplog.span.spreads import DeltaSpread, Tiers


class Months(NamedTuple):
    """Contract months from the first to the last, as far as their codes are written; all where both are empty."""

    first: str
    last: str

    def holds(self, period: str) -> bool:
        """Whether a contract month lies in it.

        >>> Months("202601", "202603").holds("20260315"), Months("", "").holds("202612")
        (True, True)
        """
        return not self.first or (self.first <= period[: len(self.first)] and period[: len(self.last)] <= self.last)


class Leg(NamedTuple):
    """Months of the commodity, the side that is long as it stands (+1 for A), and the delta a spread takes."""

    months: Months
    side: int
    ratio: Fraction


class IntraSpread(NamedTuple):
    """A spread between months: the charge for each."""

    number: int
    name: str
    legs: tuple[Leg, ...]
    rate: Fraction


class InterLeg(NamedTuple):
    """A commodity, by its place, with the side that is long as it stands and the delta a spread takes."""

    commodity: int
    side: int
    ratio: Fraction


class InterSpread(NamedTuple):
    """A spread between commodities: the share of the price risk that is credited."""

    number: int
    legs: tuple[InterLeg, ...]
    rate: Fraction


class Unsupported(NamedTuple):
    """A spread that is not evaluated: a portfolio that holds all of its commodities is refused."""

    name: str
    commodities: frozenset[int]


class DeliveryRate(NamedTuple):
    """What a delta of a month in delivery is charged, in a spread and outright."""

    months: Months
    spread: Fraction
    outright: Fraction


class CommodityTerms(NamedTuple):
    """A combined commodity as the algorithm uses it."""

    name: str
    currency: str
    exponent: int
    """Scan risk is rounded to 10 to this power."""
    intra: tuple[IntraSpread, ...]
    """In the order of priority, spreads between series first."""
    delivery: tuple[DeliveryRate, ...]
    short_option: tuple[tuple[Months, Fraction], ...]
    short_option_by_greater: bool
    """Whether the greater of short calls and short puts counts, or both."""
    caps_option_value: bool
    price_risk: str
    scan_range: Fraction | None
    """Price scan range of the first future by delta, for price risks that it caps or sets."""
    factors: dict[int, Fraction]
    """By rate the factor on the requirement."""
    refusal: str | None
    """Why the commodity is not margined."""


def commodity_terms(commodity: Commodity, known: dict[tuple[str, str], Any], points: PointSet) -> CommodityTerms:
    """The terms of a commodity; `known` are the families by exchange and number."""
    intra = _by_number(commodity.intra_tiers)
    series = [spread for spread in commodity.spreads if spread.period_legs]
    tiers = [spread for spread in commodity.spreads if not spread.period_legs]
    scan_range = _scan_range(commodity, known, points)
    return CommodityTerms(
        name=commodity.code,
        currency=commodity.currency,
        exponent=commodity.exponent,
        intra=tuple(_intra(spread, intra) for spread in (*series, *tiers)),
        delivery=tuple(
            DeliveryRate(_month(rate.period), Fraction(rate.spread), Fraction(rate.outright))
            for rate in commodity.spot_rates
            if commodity.spot == "NORMAL"
        ),
        short_option=tuple(
            (Months(tier.start or "", tier.end or ""), Fraction(tier.rates[0].value))
            for tier in (commodity.short_option_tiers.tiers if commodity.short_option_tiers is not None else ())
        ),
        short_option_by_greater=commodity.short_option == "MAX",
        caps_option_value=bool(commodity.caps_option_value),
        price_risk=commodity.price_risk,
        scan_range=scan_range,
        factors={adjustment.rate: Fraction(adjustment.factor) for adjustment in commodity.adjustments},
        refusal=_refusal(commodity, known, scan_range),
    )


def _refusal(commodity: Commodity, known: dict[tuple[str, str], Any], scan_range: Fraction | None) -> str | None:
    """What the commodity needs that is not evaluated."""
    if commodity.margin_method is not None:
        return f"{commodity.margin_method} is not supported"
    if any(spread.method != "F" for spread in commodity.spreads):
        return "a spread between months that is charged by price risk is not supported"
    if commodity.price_risk != "NORMAL":
        if scan_range is None:
            return f"price risk by {commodity.price_risk} needs a future with a price scan range"
        if any(known[link.exchange, link.family].currency != commodity.currency for link in commodity.links):
            return f"price risk by {commodity.price_risk} in another currency is not supported"
    return None


def _scan_range(commodity: Commodity, known: dict[tuple[str, str], Any], points: PointSet) -> Fraction | None:
    """The price scan range of the first future, for one delta: as stated, else what it loses by a fall of just that."""
    for link in commodity.links:
        family = known[link.exchange, link.family]
        if isinstance(family, FutureFamily) and family.futures:
            future = family.futures[0]
            stated = [scan.price for scan in future.scan if scan.price is not None]
            falls = [n for n, point in enumerate(points.scan) if point.price.numerator == -point.price.denominator]
            found = stated[:1] or [future.arrays[0].losses[place] for place in falls[:1]]
            return Fraction(found[0]) / Fraction(future.delta_scaling * link.delta_scaling) if found else None
    return None


def _by_number(tiers: Tiers | None) -> dict[int, Months]:
    found = {0: Months("", "")}
    for tier in tiers.tiers if tiers is not None else ():
        found[tier.number] = Months(month_of(tier.start or ""), month_of(tier.end or ""))
    return found


def _intra(spread: DeltaSpread, tiers: dict[int, Months]) -> IntraSpread:
    legs = [Leg(tiers[leg.tier], _side(leg.side), Fraction(leg.ratio)) for leg in spread.tier_legs]
    legs += [Leg(_month(leg.period), _side(leg.side), Fraction(leg.ratio)) for leg in spread.period_legs]
    named = [f"{leg.side} tier {leg.tier}" for leg in spread.tier_legs]
    named += [f"{leg.side} {leg.period}" for leg in spread.period_legs]
    return IntraSpread(spread.number, ", ".join(named), tuple(legs), Fraction(spread.rate.value))


def _month(period: str) -> Months:
    """One month, as deltas are netted."""
    return Months(month_of(period), month_of(period))


def _side(side: str) -> int:
    return 1 if side == "A" else -1


def inter_spreads(organisation: ClearingOrganisation) -> tuple[tuple[InterSpread, ...], tuple[Unsupported, ...]]:
    """The spreads between commodities in the order of the file, and those that are not evaluated."""
    places = {commodity.code: place for place, commodity in enumerate(organisation.commodities)}
    spreads: list[InterSpread] = []
    unsupported: list[Unsupported] = []
    if organisation.inter_spreads is None:
        return (), ()
    for spread in organisation.inter_spreads.spreads:
        held = frozenset(places[leg.commodity] for leg in spread.tier_legs)
        if spread.method != "W":
            unsupported.append(Unsupported(f"spread {spread.number} with a flat credit", held))
        elif any(leg.tier for leg in spread.tier_legs):
            unsupported.append(Unsupported(f"spread {spread.number} between tiers of commodities", held))
        else:
            legs = [InterLeg(places[leg.commodity], _side(leg.side), Fraction(leg.ratio)) for leg in spread.tier_legs]
            spreads.append(InterSpread(spread.number, tuple(legs), Fraction(spread.rate.value)))
    for hybrid in organisation.inter_spreads.hybrid:
        named = [leg.commodity for leg in hybrid.tier_legs] + [leg.commodity for leg in hybrid.scan_legs]
        held = frozenset(places[code] for code in named)
        unsupported.append(Unsupported(f"spread {hybrid.number} by scanning", held))
    return tuple(spreads), tuple(unsupported)
