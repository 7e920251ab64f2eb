"""Spreads formed from delta: between months of a commodity at a charge, between commodities for a credit."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from stoplog.span.results import Formed, Position
from stoplog.span.terms import DeliveryRate, InterSpread, IntraSpread, Leg, Months

ZERO = Fraction(0)

MonthDeltas = dict[str, Fraction]


def deltas_by_month(positions: list[Position], delta_unit: int) -> MonthDeltas:
    """Net delta by contract month, in the order of the months."""
    counts: dict[str, Fraction | int] = {}
    for contract, quantity in positions:
        counts[contract.month] = counts.get(contract.month, 0) + quantity * contract.delta
    return {month: Fraction(counts[month], delta_unit) for month in sorted(counts)}


def sum_of(deltas: MonthDeltas) -> Fraction:
    """The net delta of all months."""
    found = list(deltas.values())
    return found[0] if len(found) == 1 else sum(found, ZERO)


def form_intra(
    spreads: tuple[IntraSpread, ...], held: Mapping[str, Fraction]
) -> tuple[MonthDeltas, tuple[Formed, ...]]:
    """The deltas that spreads leave, and the spreads formed, each as it stands and then mirrored."""
    left = dict(held)
    formed: list[Formed] = []
    if len(held) > 1:
        for spread in spreads:
            for way in (1, -1):
                count = _intra_count(spread, left, way)
                if count > 0:
                    for leg in spread.legs:
                        _consume(left, leg.months, way * leg.side, count * leg.ratio)
                    formed.append(Formed(spread.number, spread.name, count, spread.rate, count * spread.rate))
    return left, tuple(formed)


def _intra_count(spread: IntraSpread, left: MonthDeltas, way: int) -> Fraction:
    """How many the deltas suffice for; legs on one side of the same months share them."""
    ratios: dict[tuple[Months, int], Fraction] = {}
    for months, side, ratio in spread.legs:
        ratios[months, side] = ratios.get((months, side), ZERO) + ratio
    return min(_available(left, Leg(months, way * side, ratio)) for (months, side), ratio in ratios.items())


def _available(left: MonthDeltas, leg: Leg) -> Fraction:
    held = [delta for month, delta in left.items() if delta.numerator * leg.side > 0 and leg.months.holds(month)]
    return abs(sum(held, ZERO)) / leg.ratio if held else ZERO


def _consume(left: MonthDeltas, months: Months, side: int, amount: Fraction) -> None:
    """Take delta of a side from the months, the first month first."""
    for month in left:
        if amount <= 0:
            return
        if left[month].numerator * side > 0 and months.holds(month):
            taken = min(abs(left[month]), amount)
            left[month] -= side * taken
            amount -= taken


def delivery_charge(
    rates: tuple[DeliveryRate, ...], held: Mapping[str, Fraction], left: Mapping[str, Fraction]
) -> Fraction:
    """What months in delivery are charged: for delta that spreads took, and for delta left outright."""
    charge = ZERO
    for rate in rates:
        for month, delta in held.items():
            if rate.months.holds(month):
                charge += rate.spread * abs(delta - left[month]) + rate.outright * abs(left[month])
    return charge


def form_inter(
    spreads: tuple[InterSpread, ...], held: Mapping[int, Fraction], risks: Mapping[int, Fraction]
) -> dict[int, tuple[Formed, ...]]:
    """The credits of each commodity, by its place: spreads in order, each as it stands and then mirrored."""
    left = dict(held)
    credits_: dict[int, tuple[Formed, ...]] = {}
    for spread in spreads:
        if any(leg.commodity not in left for leg in spread.legs):
            continue
        for way in (1, -1):
            if all(way * leg.side * left[leg.commodity].numerator > 0 for leg in spread.legs):
                count = min(abs(left[leg.commodity]) / leg.ratio for leg in spread.legs)
                for leg in spread.legs:
                    left[leg.commodity] -= way * leg.side * count * leg.ratio
                    amount = count * leg.ratio * risks[leg.commodity] * spread.rate
                    made = Formed(spread.number, f"ratio {float(leg.ratio):g}", count, spread.rate, amount)
                    credits_[leg.commodity] = (*credits_.get(leg.commodity, ()), made)
    return credits_
