"""The figures: prices, and for each setting what was liquidated, who lost what, how far failures spread, who paid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stoplog.simulation.report import words
from stoplog.simulation.report.drawing import WIDE, Frame, Page, ticks
from stoplog.simulation.sharing.comparison import Column
from stoplog.simulation.sharing.holders import Holders
from stoplog.simulation.sharing.world import SharedWorld

MULTIPLE = Page("multiple", 322, 4)
"""One of three figures side by side on a wide page, one below the other on a narrow one."""

STEPS = 240
"""Points in time that are drawn."""
POINTS = 200
LOST_LEAST, LOST_MOST = -1.0, 1.0
HEADROOM = 1.12
ROW = 40

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Part = tuple[str, float, str]
"""A part of a row: its kind, how much it is, and what is said where it is pointed at."""


def prices(world: SharedWorld, page: Page) -> str:
    """The price of every instrument, the first mark being 100 %."""
    edges = np.linspace(world.start, world.end, STEPS)
    drawn = []
    for line in world.lines:
        at = np.clip(np.searchsorted(line.marks.time, edges, side="right") - 1, 0, None)
        begin = np.minimum(at, np.concatenate([[0], at[:-1] + 1]))
        lowest = np.array(
            [line.marks.price[first : last + 1].min() for first, last in zip(begin.tolist(), at.tolist(), strict=True)]
        )
        drawn.append((line.symbol, line.marks.price[at] / line.marks.price[0], lowest / line.marks.price[0]))
    low = min(float(lowest.min()) for _, _, lowest in drawn)
    high = max(float(last.max()) for _, last, _ in drawn)
    room = 0.06 * (high - low)
    frame = Frame(page, 330 if page is WIDE else 260, (edges[0], edges[-1]), (low - room, high + room))
    frame.grid(ticks(low, high, 5), lambda tick: f"{100 * tick:.0f}{words.PERCENT}")
    frame.times()
    for i, (_, last, lowest) in enumerate(drawn):
        frame.area(edges.tolist(), lowest.tolist(), last.tolist(), f"wick wick-{i % 4}")
        frame.line(zip(edges.tolist(), last.tolist(), strict=True), f"line line-{i % 4}")
    return frame.svg("Prices, the first mark being 100 percent")


def over_time(world: SharedWorld, columns: Sequence[Column]) -> list[str]:
    """Positions liquidated so far, in percent of all, those that went along with another on top."""
    edges = np.linspace(world.start, world.end, STEPS)
    positions = float(world.holders.held.sum())
    counted = []
    for column in columns:
        failures = column.figures.failures
        so_far = np.searchsorted(failures.time, edges, side="right")
        along = np.concatenate([[0], np.cumsum(failures.along)])[so_far]
        counted.append((so_far / positions, (so_far + along) / positions))
    most = max(0.01, *(float(both.max()) for _, both in counted))
    x, zero = edges.tolist(), [0.0] * STEPS
    figures = []
    for k, column in enumerate(columns):
        first, both = counted[k]
        frame = Frame(MULTIPLE, 230, (x[0], x[-1]), (0, most * HEADROOM))
        frame.area(x, zero, first.tolist(), f"area {column.figures.setting}")
        frame.area(x, first.tolist(), both.tolist(), "area along")
        for other, (_, curve) in enumerate(counted):
            if other != k:
                frame.line(zip(x, curve.tolist(), strict=True), "ghost")
        frame.line(zip(x, both.tolist(), strict=True), f"edge {column.figures.setting}")
        frame.grid(ticks(0, most, 4)[1:], lambda tick: f"{100 * tick:.0f}{words.PERCENT}")
        frame.times()
        frame.line([(x[0], 0), (x[-1], 0)], "zero")
        figures.append(frame.svg(f"Positions liquidated so far, {column.figures.setting}"))
    return figures


def losses(columns: Sequence[Column], holders: Holders) -> list[str]:
    """Traders from the largest gain to the largest loss, in percent of their money; the other settings thin."""
    at = np.linspace(0, 1, POINTS)
    curves = [
        np.clip(np.quantile(column.figures.lost / holders.money, at), LOST_LEAST, LOST_MOST) for column in columns
    ]
    figures = []
    for k, column in enumerate(columns):
        frame = Frame(MULTIPLE, 250, (0, 1), (LOST_LEAST, LOST_MOST * 1.06))
        frame.grid((0.5, 1), _lost)
        for gain in (-1, -0.5):
            frame.grid((gain,), lambda _: "")
            frame.text(frame.page.width - frame.right, frame.at_y(gain) - 4, _lost(gain), "tick", "end")
        x, y = at.tolist(), curves[k]
        zero = [0.0] * POINTS
        frame.area(x, zero, np.maximum(y, 0).tolist(), f"area {column.figures.setting}")
        frame.area(x, np.minimum(y, 0).tolist(), zero, "area gained")
        for other, curve in enumerate(curves):
            if other != k:
                frame.line(zip(x, curve.tolist(), strict=True), "ghost")
        frame.line(zip(x, y.tolist(), strict=True), f"edge {column.figures.setting}")
        frame.line([(0, 0), (1, 0)], "zero")
        losing = float((column.figures.lost > 0).mean())
        start, foot = frame.at_x(1 - losing), frame.height - frame.bottom
        frame.add(f'<line class="mark" x1="{start:.1f}" x2="{start:.1f}" y1="{frame.at_y(0):.1f}" y2="{foot}"/>')
        frame.text((start + frame.at_x(1)) / 2, foot + 19, f"{words.share(losing, 1)} lose", "tick", "middle")
        frame.text(start / 2, foot + 19, f"{words.share(1 - losing, 1)} do not", "tick", "middle")
        figures.append(frame.svg(f"Loss of each trader in percent of its money, {column.figures.setting}"))
    return figures


def _lost(share: float) -> str:
    return f"{abs(100 * share):.0f}{words.PERCENT} {'lost' if share > 0 else 'gained'}"


def spread(columns: Sequence[Column]) -> list[str]:
    """Failures by how many other positions of the same trader went along."""
    widest = max(1, *(int(column.figures.failures.along.max(initial=0)) for column in columns))
    counted = [np.bincount(column.figures.failures.along, minlength=widest + 1) for column in columns]
    most = max(1.0, *(float(counts.max()) for counts in counted))
    figures = []
    for column, counts in zip(columns, counted, strict=True):
        frame = Frame(MULTIPLE, 220, (-0.5, widest + 0.5), (0, most * HEADROOM))
        foot = frame.height - frame.bottom
        for along, number in enumerate(counts.tolist()):
            kind = f"bar {column.figures.setting}" if along == 0 else "bar along"
            frame.bar(along - 0.36, along + 0.36, 0, number, kind, f"{number:,} failures took {along} along")
            frame.text(frame.at_x(along), frame.at_y(number) - 6, words.count(number), "label", "middle")
            frame.text(frame.at_x(along), foot + 19, "alone" if along == 0 else f"+{along}", "tick", "middle")
        frame.line([(-0.5, 0), (widest + 0.5, 0)], "zero")
        figures.append(frame.svg(f"Failures by how many positions went along, {column.figures.setting}"))
    return figures


def stacked(rows: Sequence[tuple[str, Sequence[Part], str]], page: Page, title: str) -> str:
    """Rows of parts on one scale; each row has a name before it and words behind it."""
    most = max((sum(number for _, number, _ in parts) for _, parts, _ in rows), default=0) or 1
    left, right = (150, 170) if page is WIDE else (2, 2)
    head = 0 if page is WIDE else 20
    frame = Frame(page, 10 + (ROW + head) * len(rows), (0, most), (0, 1), top=0, bottom=0, left=left, right=right)
    for i, (name, parts, behind) in enumerate(rows):
        y = 6 + (ROW + head) * i + head
        if page is WIDE:
            frame.text(left - 10, y + 19, name, "label", "end")
        else:
            frame.text(left, y - 6, f"{name}  {behind}".strip(), "label")
        end = _parts(frame, parts, y)
        if page is WIDE and behind:
            frame.text(end + 8, y + 19, behind, "tick")
    return frame.svg(title)


def _parts(frame: Frame, parts: Sequence[Part], y: float) -> float:
    """Draw the parts of a row; where they end."""
    start = 0.0
    for kind, number, said in parts:
        x, width = frame.at_x(start), frame.at_x(number) - frame.at_x(0)
        if number:
            size = f'x="{x:.1f}" y="{y}" width="{max(width - 1, 0.8):.1f}" height="28"'
            frame.add(f'<rect class="{kind}" {size}><title>{said}</title></rect>')
            if width > 9 * len(said.split(":")[0]):
                frame.text(x + 7, y + 19, said.split(":")[0], f"in-{kind.split()[0]}")
        start += number
    return frame.at_x(start)
