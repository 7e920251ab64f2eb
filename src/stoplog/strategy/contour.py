"""The outline of where a grid of values is below zero: marching squares, with crossings between two grid points.

Each cell gives the part of it that is below zero as a polygon, its corners in order, crossings placed by linear
interpolation. Sides that two neighbours share cancel; what is left closes into loops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Point = tuple[float, float]
"""Column and row, counted from 0; between two grid points a fraction."""

Loop = list[Point]


def outline(values: Sequence[Sequence[float]]) -> list[Loop]:
    """Closed loops around the part below zero; filled by the even-odd rule they are that part.

    >>> outline([[1.0, 1.0], [1.0, -1.0]])
    [[(1.0, 0.5), (1.0, 1.0), (0.5, 1.0)]]
    """
    sides: dict[Point, list[Point]] = {}
    for row in range(len(values) - 1):
        for column in range(len(values[0]) - 1):
            _add(sides, list(_below(values, row, column)))
    return [_simple(loop) for loop in _loops(sides)]


def _below(values: Sequence[Sequence[float]], row: int, column: int) -> Iterator[Point]:
    """The corners of the part of one cell that is below zero."""
    corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
    for place, (x, y) in enumerate(corners):
        next_x, next_y = corners[(place + 1) % 4]
        here, there = values[y][x], values[next_y][next_x]
        if here < 0.0:
            yield float(x), float(y)
        if (here < 0.0) != (there < 0.0):
            yield _crossing((x, y, here), (next_x, next_y, there))


def _crossing(a: tuple[int, int, float], b: tuple[int, int, float]) -> Point:
    """Where the value is zero between two grid points; the same point whichever of them is first."""
    (x, y, low), (end_x, end_y, high) = sorted((a, b))
    share = low / (low - high)
    return x + (end_x - x) * share, y + (end_y - y) * share


def _add(sides: dict[Point, list[Point]], corners: list[Point]) -> None:
    """Add the sides of a polygon, each of which cancels the same side of a neighbour, which runs the other way."""
    for start, end in zip(corners, [*corners[1:], *corners[:1]], strict=True):
        if start == end:
            continue
        back = sides.get(end, [])
        if start in back:
            back.remove(start)
        else:
            sides.setdefault(start, []).append(end)


def _loops(sides: dict[Point, list[Point]]) -> Iterator[Loop]:
    for start, ends in sides.items():
        while ends:
            loop = [start]
            at = ends.pop()
            while at != start:
                loop.append(at)
                at = sides[at].pop()
            yield loop


def _simple(loop: Loop) -> Loop:
    """The loop without points that lie on the straight side of the grid between their neighbours."""
    kept = []
    for place, (x, y) in enumerate(loop):
        (before_x, before_y), (after_x, after_y) = loop[place - 1], loop[(place + 1) % len(loop)]
        if not (before_x == x == after_x or before_y == y == after_y):
            kept.append((x, y))
    return kept
