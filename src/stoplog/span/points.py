"""The scenarios of SPAN and the points of its composite delta.

Sixteen scenarios: price moves of 0, ±1/3, ±2/3 and ±1 scan range with volatility up and down, paired by price move,
and an extreme move each way of which a fraction of the loss counts.
"""

from __future__ import annotations

from decimal import Decimal

from stoplog.span.layout import DeltaPoint, ScanPoint, Share

CME_EXTREME, CME_COVER = Decimal(3), Decimal("0.33")

PRICE_STEPS = (0, 1, -1, 2, -2, 3, -3)
"""Thirds of the price scan range, each with volatility up and down, in the order of the scenarios."""

THIRDS = 3

DELTA_STEPS = (0, 1, 2, 3, -1, -2, -3)
DELTA_WEIGHTS = {0: "0.270", 1: "0.217", 2: "0.111", 3: "0.037"}
"""By thirds of the price scan range, without sign."""

PLACES = Decimal("0.000001")


def scan_points(extreme: Decimal, cover: Decimal) -> tuple[ScanPoint, ...]:
    """The sixteen scenarios; `extreme` scan ranges of which the share `cover` counts are the last two."""
    found: list[ScanPoint] = []
    for step in PRICE_STEPS:
        for direction in (1, -1):
            point = len(found) + 1
            found.append(_scan_point(point, _thirds(step), direction, Decimal(1), point + direction))
    for way in (1, -1):
        point = len(found) + 1
        move = Share(multiple=way * extreme, numerator=way * extreme, denominator=Decimal(1))
        found.append(_scan_point(point, move, 0, cover, point))
    return tuple(found)


def delta_points() -> tuple[DeltaPoint, ...]:
    """The seven points of the composite delta; the weights add up to 1."""
    return tuple(
        DeltaPoint(
            point=point,
            price=_thirds(step),
            volatility=_whole(0),
            weight=Decimal(DELTA_WEIGHTS[abs(step)]),
        )
        for point, step in enumerate(DELTA_STEPS, 1)
    )


def _scan_point(point: int, price: Share, direction: int, weight: Decimal, paired: int) -> ScanPoint:
    return ScanPoint(point=point, price=price, volatility=_whole(direction), weight=weight, paired=paired)


def _thirds(step: int) -> Share:
    multiple = (Decimal(step) / THIRDS).quantize(PLACES)
    return Share(multiple=multiple, numerator=Decimal(step), denominator=Decimal(THIRDS))


def _whole(multiple: int) -> Share:
    return Share(multiple=Decimal(multiple), numerator=Decimal(multiple), denominator=Decimal(1))
