"""A frame with axes, and shapes in it, as SVG.

Every figure is drawn twice, for a wide and for a narrow page, so that its lettering keeps its size on a
phone; the style sheet shows one of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10

from stoplog.simulation.report.words import tick_time

HOUR = 3_600_000
TIME_STEPS = (HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 168 * HOUR, 336 * HOUR, 730 * HOUR)
LETTERING = 13


@dataclass(frozen=True, slots=True)
class Page:
    """A width that figures are drawn for, in pixels at their natural size."""

    name: str
    width: int
    time_ticks: int


WIDE = Page("wide", 1000, 9)
NARROW = Page("narrow", 400, 4)


@dataclass(slots=True)
class Frame:
    """A drawing area with linear axes: `x` and `y` are the values at its edges, low and high."""

    page: Page
    height: int
    x: tuple[float, float]
    y: tuple[float, float]
    top: int = 22
    bottom: int = 26
    left: int = 2
    right: int = 2
    shapes: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def at_x(self, value: float) -> float:
        """The pixel of a value."""
        low, high = self.x
        return self.left + (value - low) / ((high - low) or 1) * (self.page.width - self.left - self.right)

    def at_y(self, value: float) -> float:
        """The pixel of a value; it grows downwards."""
        low, high = self.y
        return self.height - self.bottom - (value - low) / ((high - low) or 1) * (self.height - self.top - self.bottom)

    def add(self, shape: str) -> None:
        """One more shape, on top of the others."""
        self.shapes.append(shape)

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Lettering at a pixel, above all shapes."""
        self.labels.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def line(self, points: Iterable[tuple[float, float]], kind: str) -> None:
        """A line through values."""
        self.add(f'<path class="{kind}" d="{_path((self.at_x(x), self.at_y(y)) for x, y in points)}"/>')

    def area(self, x: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str) -> None:
        """The area between two lines over the same values of x."""
        upper = [(self.at_x(a), self.at_y(b)) for a, b in zip(x, high, strict=True)]
        lower = [(self.at_x(a), self.at_y(b)) for a, b in zip(x, low, strict=True)]
        self.add(f'<path class="{kind}" d="{_path(upper + lower[::-1])}Z"/>')

    def bar(self, start: float, end: float, low: float, high: float, kind: str, words: str = "") -> None:
        """A bar from `start` to `end` along x and from `low` to `high`; `words` appear where it is pointed at."""
        x, width = self.at_x(start), self.at_x(end) - self.at_x(start)
        y, height = self.at_y(high), self.at_y(low) - self.at_y(high)
        title = f"<title>{escape(words)}</title>" if words else ""
        size = f'x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
        self.add(f'<rect class="{kind}" {size}>{title}</rect>' if title else f'<rect class="{kind}" {size}/>')

    def grid(self, ticks: Iterable[float], words: Callable[[float], str]) -> None:
        """Lines across the frame, each lettered above its left end."""
        for tick in ticks:
            y = self.at_y(tick)
            end = self.page.width - self.right
            self.add(f'<line class="grid" x1="{self.left}" x2="{end}" y1="{y:.1f}" y2="{y:.1f}"/>')
            self.text(self.left, y - 4, words(tick), "tick")

    def times(self) -> None:
        """Lettering of a time axis below the frame."""
        start, end = self.x
        step = next((s for s in TIME_STEPS if (end - start) / s <= self.page.time_ticks), TIME_STEPS[-1])
        foot = self.height - self.bottom
        for i in range(ceil(start / step), floor(end / step) + 1):
            x = self.at_x(i * step)
            self.add(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{foot}" y2="{foot + 5}"/>')
            anchor = "start" if x < LETTERING else "end" if x > self.page.width - 2 * LETTERING else "middle"
            self.text(x, foot + 19, tick_time(i * step, whole_days=step >= 24 * HOUR), "tick", anchor)

    def svg(self, title: str, *, timed: bool = False) -> str:
        """The drawing; a timed one gets a line that follows the pointer."""
        cursor = f'<line class="cursor" y1="{self.top}" y2="{self.height - self.bottom}"/>' if timed else ""
        data = f' data-left="{self.left}" data-right="{self.page.width - self.right}"' if timed else ""
        return (
            f'<svg class="{self.page.name}" viewBox="0 0 {self.page.width} {self.height}" role="img"{data}>'
            f"<title>{escape(title)}</title>{''.join(self.shapes)}{''.join(self.labels)}{cursor}</svg>"
        )


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` round values within [low, high], evenly spaced.

    >>> ticks(0, 97, 5)
    [0.0, 20.0, 40.0, 60.0, 80.0]
    """
    if high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
