"""Where a function of the price is below zero that is known by its values alone: a stated grid, refined.

A model's requirement is the worst of many scenarios and has no bounds between two prices. It is looked at on 32 prices
in each doubling from 1/64 to 64 times the mark, and at strikes. A change of sign is halved to the last digit; where
the function comes nearest to zero between its neighbours, that approach is followed. Two changes between two prices
of the grid can be passed over where the function has several approaches between them; beyond the grid the sign is that
at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from stoplog.portfolio.below_zero import Interval, between

Value = Callable[[float], float]

Point = tuple[float, float]
"""A price and the value at it."""

PER_DOUBLING = 32

DOUBLINGS = 6
"""The grid reaches over so many, down and up."""

GOLDEN = 0.6180339887498949

FOLLOWED = 50
"""So many golden sections narrow an approach to the rounding of a price."""


def below_zero_scanned(value: Value, mark: float, also_at: Iterable[float]) -> list[Interval]:
    """The intervals of prices above 0 in which `value` is below zero, ascending.

    >>> [[round(end, 9) for end in ends] for ends in below_zero_scanned(lambda p: (p - 9.0) * (p - 9.1), 10.0, [])]
    [[9.0, 9.1]]
    """
    reach = PER_DOUBLING * DOUBLINGS
    prices = {mark * 2.0 ** (step / PER_DOUBLING) for step in range(-reach, reach + 1)} | {*also_at}
    points = [(price, value(price)) for price in sorted(prices)]
    points = sorted({*points, *_approaches(value, points)})
    changes = [_change(value, a, b) for a, b in pairwise(points) if (a[1] < 0.0) != (b[1] < 0.0)]
    return between(changes, starts_below=points[0][1] < 0.0)


def _approaches(value: Value, points: list[Point]) -> Iterator[Point]:
    """Points on the other side of zero, where the function has one near a point that is nearest to it."""
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        below = at[1] < 0.0
        if (before[1] < 0.0) != below or (after[1] < 0.0) != below:
            continue
        if abs(at[1]) <= abs(before[1]) and abs(at[1]) <= abs(after[1]):
            found = _followed(value, before[0], after[0], below=below)
            if found is not None:
                yield found


def _followed(value: Value, low: float, high: float, *, below: bool) -> Point | None:
    """The point at which the sign turns on the way to what is nearest to zero; None where it does not."""
    sign = -1.0 if below else 1.0
    near, far = high - (high - low) * GOLDEN, low + (high - low) * GOLDEN
    at_near, at_far = value(near), value(far)
    for _ in range(FOLLOWED):
        for price, found in ((near, at_near), (far, at_far)):
            if (found < 0.0) != below:
                return price, found
        if sign * at_near <= sign * at_far:
            high, far, at_far = far, near, at_near
            near = high - (high - low) * GOLDEN
            at_near = value(near)
        else:
            low, near, at_near = near, far, at_far
            far = low + (high - low) * GOLDEN
            at_far = value(far)
    return None


def _change(value: Value, a: Point, b: Point) -> float:
    """The price between two points at which the sign changes."""
    (low, at_low), (high, _) = a, b
    while low < (middle := 0.5 * (low + high)) < high:
        if (value(middle) < 0.0) == (at_low < 0.0):
            low = middle
        else:
            high = middle
    return high if at_low < 0.0 else low
