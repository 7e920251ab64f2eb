"""A chart in characters: lines in braille dots, prices along the bottom. Floats, for display only."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rich.text import Text

DOTS_ACROSS, DOTS_DOWN = 2, 4
"""Braille dots of one character."""

DOT = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of the dot in a row and column of a character."""

BLANK_BRAILLE = 0x2800

LOWEST, HIGHEST = 1.01e-30, 9.99e29
"""Prices of a chart lie within the limits of the calculator."""

PADDING = 0.12
"""Of the span of prices, left free on each side."""


class Line(NamedTuple):
    """A line of the chart: one value for every dot across."""

    values: list[float]
    style: str


class Mark(NamedTuple):
    """A price with a name, shown as a vertical line and a label below."""

    price: float
    name: str
    style: str


class Labels(NamedTuple):
    """How a price and an amount are written."""

    price: Callable[[float], str]
    amount: Callable[[float], str]


def across(prices: list[float], width: int) -> list[float]:
    """The price of every dot across, so that all `prices` are inside with room to spare."""
    low, high = min(prices), max(prices)
    room = (high - low or high) * PADDING
    low, high = max(low - room, low / 2, LOWEST), min(high + room, HIGHEST)
    steps = width * DOTS_ACROSS - 1
    return [low + (high - low) * i / steps for i in range(steps + 1)]


def chart(prices: list[float], lines: list[Line], marks: list[Mark], height: int, labels: Labels) -> Text:
    """Lines over prices, vertical lines at the marks, and each mark's label below it."""
    width = len(prices) // DOTS_ACROSS
    values = [value for line in lines for value in line.values]
    low, high = min(*values, 0.0), max(*values, 0.0)
    levels = height * DOTS_DOWN - 1

    def level(value: float) -> int:
        return round((high - value) / (high - low or 1.0) * levels)

    cells: list[list[tuple[str, str]]] = [[(" ", "")] * width for _ in range(height)]
    cells[level(0.0) // DOTS_DOWN] = [("╌", "dim")] * width
    for mark in marks:
        for row in cells:
            row[_column(mark.price, prices, width)] = ("│", mark.style)
    for line in lines:
        _draw(cells, [level(value) for value in line.values], line.style)
    names = {0: labels.amount(high), height - 1: labels.amount(low), level(0.0) // DOTS_DOWN: "0"}
    margin = max(len(name) for name in names.values())
    text = Text()
    for i, row in enumerate(cells):
        text.append(f"{names.get(i, ''):>{margin}} ", "dim")
        for character, style in row:
            text.append(character, style)
        text.append("\n")
    for mark in sorted(marks):
        text.append_text(
            _below(mark, margin + 1 + _column(mark.price, prices, width), margin + 1 + width, labels.price(mark.price))
        )
    return text


def _column(price: float, prices: list[float], width: int) -> int:
    place = (price - prices[0]) / (prices[-1] - prices[0])
    return min(width - 1, max(0, int(place * width)))


def _draw(cells: list[list[tuple[str, str]]], levels: list[int], style: str) -> None:
    """Set the dots of a line, joined vertically, over whatever is in the cells."""
    bits: dict[tuple[int, int], int] = {}
    for x, y in enumerate(levels):
        before = levels[x - 1] if x else y
        for dot in range(min(before, y) + (before < y), max(before, y) + (before <= y)):
            cell = dot // DOTS_DOWN, x // DOTS_ACROSS
            bits[cell] = bits.get(cell, 0) | DOT[dot % DOTS_DOWN][x % DOTS_ACROSS]
    for (row, column), dots in bits.items():
        cells[row][column] = (chr(BLANK_BRAILLE + dots), style)


def _below(mark: Mark, column: int, end: int, price: str) -> Text:
    """The label of a mark on a line of its own, beside its arrow, on the side where it fits."""
    words = f"{mark.name} {price}"
    text = Text(" " * column)
    if column + 2 + len(words) > end and column > len(words):
        text = Text(" " * (column - len(words) - 1))
        text.append(f"{words} ", mark.style)
        text.append("▲\n", mark.style)
        return text
    text.append("▲", mark.style)
    text.append(f" {words}\n", mark.style)
    return text
