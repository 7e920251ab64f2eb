"""Lettering of a picture: ticks of its axes, figures on a light ground, its head, and room for a name in a region."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from stoplog.simulation.report.drawing import Frame

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""

PER_LETTER, NAME_PER_LETTER = 7.6, 11.0
"""Width of a letter, on the large side, as fonts differ."""

NAME_HEIGHT = 30

LINE_CHARACTERS = 125
"""So many fit on the line of the legs."""


class Lettering:
    """What is lettered on a frame; `taken` are the boxes in which figures stand."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._foot = frame.height - frame.bottom
        self.taken: list[Box] = []

    def below(self, price: float, words: str) -> None:
        """A price under the frame."""
        x = self._frame.at_x(price)
        self._frame.add(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{self._frame.top}" y2="{self._foot}"/>')
        self._tick(x, self._foot, 5)
        self._frame.text(x, self._foot + 21, words, "", "middle")

    def above(self, price: float, words: str) -> None:
        """A distance over the frame."""
        x = self._frame.at_x(price)
        self._tick(x, self._frame.top, -5)
        self._frame.text(x, self._frame.top - 10, words, "muted", "middle")

    def beside(self, level: float, words: str) -> None:
        """A level left of the frame."""
        y = self._frame.at_y(level)
        end = self._frame.page.width - self._frame.right
        self._frame.add(f'<line class="grid" x1="{self._frame.left}" x2="{end}" y1="{y:.1f}" y2="{y:.1f}"/>')
        self._frame.text(self._frame.left - 8, y + 5, words, "", "end")

    def upright(self, x: float, y: float, words: str) -> None:
        """Words that read from below to above."""
        self._frame.labels.append(
            f'<text class="muted" text-anchor="middle" transform="translate({x:.0f} {y:.1f}) rotate(-90)">'
            f"{escape(words)}</text>"
        )

    def pill(self, x: float, y: float, words: str, anchor: str) -> None:
        """A figure on a light ground, centred at height `y`, moved inside the frame where it would leave it."""
        width = PER_LETTER * len(words) + 14
        left = {"start": x + 8, "end": x - 8 - width, "middle": x - width / 2}[anchor]
        inside = self._frame.left + 4, self._frame.page.width - self._frame.right - 4 - width
        left = min(max(left, inside[0]), inside[1])
        self._frame.labels.append(
            f'<rect class="pill" x="{left:.1f}" y="{y - 11:.1f}" width="{width:.1f}" height="22" rx="4"/>'
        )
        self._frame.text(left + width / 2, y + 5, words, "figure", "middle")
        self.taken.append((left, y - 11, left + width, y + 11))

    def head(self, name: str, legs: str, margin: str, key: Sequence[tuple[str, str]]) -> None:
        """The name, two lines under it, and the key."""
        left = self._frame.left
        self._frame.text(left, 36, name, "name")
        cut = legs if len(legs) <= LINE_CHARACTERS else f"{legs[: LINE_CHARACTERS - 2]} …"
        self._frame.text(left, 60, cut, "")
        self._frame.text(left, 82, margin, "muted")
        x = float(left)
        for kind, words in key:
            self._frame.add(f'<rect class="{kind}" x="{x:.1f}" y="96" width="15" height="15" stroke="#8d887f"/>')
            self._frame.text(x + 22, 109, words)
            x += 22 + PER_LETTER * len(words) + 22
        self._frame.add(f'<path class="strike" d="M{x:.1f} 110L{x + 12:.1f} 110L{x + 6:.1f} 99Z"/>')
        self._frame.text(x + 18, 109, "strike")

    def _tick(self, x: float, y: float, length: int) -> None:
        self._frame.add(f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + length}"/>')


def room_for(
    name: str, free: Sequence[Sequence[bool]], taken: Sequence[Box], frame: Frame
) -> tuple[float, float] | None:
    """The pixel at which a name is centred on its base line, in the middle of the most room; None without room.

    `free`: grid points that belong to the region. A box of the name's shape is made larger as long as one fits.
    """
    width, height = NAME_PER_LETTER * len(name), float(NAME_HEIGHT)
    columns, rows = len(free[0]) - 1, len(free) - 1
    step_x = (frame.page.width - frame.left - frame.right) / columns
    step_y = (frame.height - frame.top - frame.bottom) / rows
    best = None
    counted = _counted(free)
    for scale in (1.0, 1.4, 1.9, 2.6, 3.5, 5.0):
        across, up = round(scale * width / step_x) + 1, round(scale * height / step_y) + 1
        for row in range(rows - up + 1):
            for column in range(columns - across + 1):
                if not _all(counted, column, row, across + 1, up + 1):
                    continue
                x = frame.left + (column + across / 2) * step_x
                y = frame.height - frame.bottom - (row + up / 2) * step_y
                box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
                if not any(_overlap(box, other) for other in taken) and abs(y - frame.at_y(0.0)) > height:
                    best = x, y + 6
                    break
            else:
                continue
            break
        else:
            return best
    return best


def _counted(free: Sequence[Sequence[bool]]) -> list[list[int]]:
    """How many points are free left of and below each place."""
    table = [[0] * (len(free[0]) + 1)]
    for row in free:
        line = [0]
        for column, value in enumerate(row):
            line.append(line[-1] + table[-1][column + 1] - table[-1][column] + value)
        table.append(line)
    return table


def _all(counted: Sequence[Sequence[int]], column: int, row: int, across: int, up: int) -> bool:
    """Whether a box of points is free."""
    end, top = column + across, row + up
    inside = counted[top][end] - counted[row][end] - counted[top][column] + counted[row][column]
    return inside == across * up


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
