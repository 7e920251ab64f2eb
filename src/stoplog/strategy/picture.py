"""The picture of a strategy as one SVG: where it is healthy, liquidated and bankrupt: STG-004, STG-005.

The three colours differ in lightness as well as in hue (light blue, orange, dark plum), so that they are told apart
in every kind of colour blindness and in grey.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from stoplog.calculator.liquidation_set import next_to
from stoplog.calculator.quote_view import Written
from stoplog.simulation.report.drawing import Frame, Page, ticks
from stoplog.strategy.contour import Loop, Point, outline
from stoplog.strategy.in_engine import InEngine
from stoplog.strategy.in_lots import NotHeld
from stoplog.strategy.lettering import Lettering, room_for
from stoplog.strategy.reading import Strategy
from stoplog.strategy.regions import Grid, Regions
from stoplog.strategy.words import amount, distance, figure, leg_words, price_words
from stoplog.strategy.worth import DAYS, Worth

PAGE = Page("picture", 1000, 9)
HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 660, 150, 62, 74, 26

LEGS_LETTERED = 4
"""More legs than these are counted, not listed."""

AXIS = {
    "volatility": "volatility of every option, in points more or less than now",
    "time": "days from now, up to the first expiry",
}

OWN = ("own", "engine's own set")

OWN_HEIGHT = 7

KEY = (
    ("healthy", "healthy"),
    ("liquidated", "liquidated: equity below maintenance"),
    ("bankrupt", "bankrupt: equity below zero"),
)

STYLE = """
svg { background: #fff; font-family: ui-sans-serif, "Segoe UI", Inter, Roboto, "Helvetica Neue", Arial, sans-serif; }
text { fill: #1d1c1a; font-size: 14px; font-variant-numeric: tabular-nums; }
.name { font-size: 25px; font-weight: 700; letter-spacing: -.01em; }
.muted { fill: #5f5b54; }
.healthy { fill: #dcebf5; } .liquidated { fill: #e8a21c; } .bankrupt { fill: #4d1f49; }
.edge { fill: none; stroke: #7a4d00; stroke-width: 1.8; stroke-linejoin: round; }
.last { fill: none; stroke: #1f0a1d; stroke-width: 1.8; stroke-linejoin: round; }
.frame { fill: none; stroke: #8d887f; } .grid { stroke: #1d1c1a; stroke-opacity: .1; } .tick { stroke: #8d887f; }
.now { stroke: #1d1c1a; stroke-width: 1.6; stroke-dasharray: 6 4; }
.pale { stroke: #fff; stroke-width: 4; stroke-opacity: .55; }
.dot { fill: #fff; stroke: #1d1c1a; stroke-width: 2; } .mark { fill: #1d1c1a; stroke: #fff; stroke-width: 2; }
.strike { fill: #1d1c1a; stroke: #fff; stroke-width: 1; }
.pill { fill: #fff; fill-opacity: .93; stroke: #1d1c1a; stroke-opacity: .25; }
.figure { font-weight: 600; }
.own { fill: #b3202a; stroke: #fff; stroke-width: 1.4; }
.region { font-size: 19px; font-weight: 650; letter-spacing: .02em; }
.on-dark { fill: #fff; }
"""


def picture(strategy: Strategy, found: Worth, regions: Regions, engine: InEngine | NotHeld) -> str:
    """The whole file. Exact boundaries at the mark's level are dots with their price and distance.

    The engine's own set, where it holds the strategy, is a bar on the line of now.
    """
    prices, levels = regions.prices, regions.levels
    frame = Frame(PAGE, HEIGHT, (prices[0], prices[-1]), (levels[0], levels[-1]), TOP, BOTTOM, LEFT, RIGHT)
    written = Written(Decimal(float(strategy.held.mark)), Decimal(max(1.0, abs(found.equity))))
    letters = Lettering(frame)
    _fill(frame, regions)
    _axes(frame, letters, strategy, regions)
    _now(frame)
    if isinstance(engine, InEngine):
        _own(frame, engine)
    _at_the_mark(frame, letters, strategy, found, written)
    _names(letters, frame, regions)
    _head(letters, strategy, written, [*KEY, OWN] if isinstance(engine, InEngine) else KEY)
    title = f"{strategy.name}: where it is liquidated and bankrupt, by price and {regions.over}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PAGE.width} {HEIGHT}" width="{PAGE.width}"'
        f' height="{HEIGHT}" role="img"><title>{escape(title)}</title><style>{STYLE}</style>'
        f'<rect width="{PAGE.width}" height="{HEIGHT}" fill="#fff"/>\n'
        + "\n".join([*frame.shapes, *frame.labels])
        + "\n</svg>\n"
    )


def _fill(frame: Frame, regions: Regions) -> None:
    """The three regions, and a line along the two boundaries."""
    low, high = frame.x
    frame.bar(low, high, *frame.y, "healthy")
    for grid, kind, edge in ((regions.covered, "liquidated", "edge"), (regions.equity, "bankrupt", "last")):
        loops = outline(grid)
        if not loops:
            continue
        shape = "".join(_path(frame, regions, [*loop]) + "Z" for loop in loops)
        frame.add(f'<path class="{kind}" fill-rule="evenodd" d="{shape}"/>')
        lines = "".join(_path(frame, regions, part) for loop in loops for part in inner(loop, grid))
        if lines:
            frame.add(f'<path class="{edge}" d="{lines}"/>')


def inner(loop: Loop, grid: Grid) -> list[Loop]:
    """The parts of a loop that do not run along the border of the grid.

    >>> inner([(1.0, 0.5), (1.0, 1.0), (0.5, 1.0)], [[1.0, 1.0], [1.0, -1.0]])
    [[(0.5, 1.0), (1.0, 0.5)]]
    """
    parts: list[Loop] = []
    ends = len(grid[0]) - 1, len(grid) - 1
    for start, end in zip(loop, [*loop[1:], loop[0]], strict=True):
        if any(start[axis] == end[axis] and start[axis] in {0, ends[axis]} for axis in (0, 1)):
            continue
        if parts and parts[-1][-1] == start:
            parts[-1].append(end)
        else:
            parts.append([start, end])
    return parts


def _path(frame: Frame, regions: Regions, points: Sequence[Point]) -> str:
    across, up = len(regions.prices) - 1, len(regions.levels) - 1

    def at(point: Point) -> str:
        x = frame.at_x(frame.x[0] + (frame.x[1] - frame.x[0]) * point[0] / across)
        y = frame.at_y(frame.y[0] + (frame.y[1] - frame.y[0]) * point[1] / up)
        return f"{x:.1f} {y:.1f}"

    return "M" + "L".join(at(point) for point in points)


def _axes(frame: Frame, letters: Lettering, strategy: Strategy, regions: Regions) -> None:
    """Prices below, their distance from the mark above, levels on the left."""
    mark, foot = float(strategy.held.mark), HEIGHT - BOTTOM
    for tick in ticks(*frame.x, 8):
        letters.below(tick, f"{tick:,.10g}")
    for share in ticks(frame.x[0] / mark - 1, frame.x[1] / mark - 1, 8):
        letters.above(mark * (1 + share), f"{figure(100 * share, 0)} %")
    scale = 100.0 if regions.over == "volatility" else float(DAYS)
    for level in ticks(frame.y[0] * scale, frame.y[1] * scale, 7):
        words = figure(level, 0) if regions.over == "volatility" else f"{level:g}"
        letters.beside(level / scale, words)
    frame.bar(*frame.x, *frame.y, "frame")
    middle = (LEFT + PAGE.width - RIGHT) / 2
    frame.text(
        middle, HEIGHT - 12, "price of the underlying (below), distance from the mark (above)", "muted", "middle"
    )
    letters.upright(20, (TOP + foot) / 2, AXIS[regions.over])


def _now(frame: Frame) -> None:
    """The line of now."""
    y = frame.at_y(0.0)
    for kind in ("pale", "now"):
        frame.add(f'<line class="{kind}" x1="{LEFT}" x2="{PAGE.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')


def _at_the_mark(frame: Frame, letters: Lettering, strategy: Strategy, found: Worth, written: Written) -> None:
    """The mark and its line, and the boundaries next to it, exact."""
    mark = strategy.held.mark
    x, y = frame.at_x(float(mark)), frame.at_y(0.0)
    for kind in ("pale", "now"):
        frame.add(f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    _strikes(frame, strategy)
    frame.add(f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="7"/>')
    letters.taken.append((x - 4, TOP, x + 4, HEIGHT - BOTTOM))
    letters.pill(x, TOP + 22, f"mark {price_words(mark, written)}", "middle")
    centred = frame.y[0] < 0.0
    high = -18 if centred else -28
    rows = ((found.liquidated, high, False), (found.bankrupt, 24 if centred else high, True))
    for intervals, away, outward in rows:
        for price, below in zip(next_to(mark, list(intervals)), (True, False), strict=True):
            if price is None or not frame.x[0] <= float(price) <= frame.x[1]:
                continue
            at = frame.at_x(float(price))
            frame.add(f'<circle class="dot" cx="{at:.1f}" cy="{y:.1f}" r="5"/>')
            words = f"{price_words(price, written)}  {distance(price, mark)}"
            letters.pill(at, y + away, words, "end" if below == outward else "start")


def _own(frame: Frame, engine: InEngine) -> None:
    """A bar along the line of now wherever the engine liquidates, from the first to the last price of an interval."""
    y, one = frame.at_y(0.0), 10**engine.lots.price_places
    for each in engine.own.intervals:
        start, end = (min(max(price / one, frame.x[0]), frame.x[1]) for price in (each.first, each.last))
        if start < end:
            x, width = frame.at_x(start), frame.at_x(end) - frame.at_x(start)
            frame.add(
                f'<rect class="own" x="{x:.1f}" y="{y - OWN_HEIGHT / 2:.1f}" width="{width:.1f}"'
                f' height="{OWN_HEIGHT}"/>'
            )


def _strikes(frame: Frame, strategy: Strategy) -> None:
    """A small triangle on the axis of prices at each strike."""
    foot = HEIGHT - BOTTOM
    for strike in sorted({float(leg.strike) for leg in strategy.held.legs if leg.strike}):
        if frame.x[0] <= strike <= frame.x[1]:
            x = frame.at_x(strike)
            frame.add(f'<path class="strike" d="M{x - 7:.1f} {foot}L{x + 7:.1f} {foot}L{x:.1f} {foot - 12}Z"/>')


def _names(letters: Lettering, frame: Frame, regions: Regions) -> None:
    """The name of each region, where there is room for it away from the lines of now and of the mark."""
    state = [
        [2 if worth < 0.0 else 1 if left < 0.0 else 0 for worth, left in zip(*rows, strict=True)]
        for rows in zip(regions.equity, regions.covered, strict=True)
    ]
    for number, (kind, _) in enumerate(KEY):
        free = [[value == number for value in row] for row in state]
        place = room_for(kind, free, letters.taken, frame)
        if place is not None:
            frame.text(*place, kind, f"region{' on-dark' if kind == 'bankrupt' else ''}", "middle")


def _head(letters: Lettering, strategy: Strategy, written: Written, key: Sequence[tuple[str, str]]) -> None:
    """The name, the legs, what margins them, and the key."""
    legs = strategy.held.legs
    listed = [f"{leg_words(leg)}" for leg in legs[:LEGS_LETTERED]]
    if len(legs) > LEGS_LETTERED:
        listed = [f"{len(legs)} legs"]
    by = "the legs' rates" if strategy.model is None else strategy.model
    margin = amount(float(strategy.held.margin), written)
    letters.head(strategy.name, "  ·  ".join(listed), f"margin {margin}, maintenance by {by}", key)
