"""The figures over time: price with liquidations, what was liquidated, open compartments, insurance fund."""

from __future__ import annotations

from stoplog.simulation.buckets import Buckets
from stoplog.simulation.report import words
from stoplog.simulation.report.drawing import WIDE, Frame, Page, ticks
from stoplog.simulation.report.words import count, short

BUBBLE_WIDE = 26
BUBBLE_NARROW = 15
HEADROOM = 0.08


def _tall(page: Page, wide: int, narrow: int) -> int:
    return wide if page is WIDE else narrow


def _span(buckets: Buckets) -> tuple[float, float]:
    return float(buckets.time[0]), float(buckets.time[-1] + buckets.width)


def _middles(buckets: Buckets) -> list[float]:
    return [float(time) for time in buckets.time + buckets.width // 2]


def price(buckets: Buckets, page: Page, decimals: int) -> str:
    """The range and the last price of each bucket; circles where compartments were liquidated, area by value."""
    low, high = float(buckets.low.min()), float(buckets.high.max())
    room = HEADROOM * (high - low or high)
    frame = Frame(page, _tall(page, 400, 300), _span(buckets), (low - room, high + room))
    frame.grid(ticks(low, high, 6 if page is WIDE else 4), lambda tick: f"{tick:,.10g}")
    frame.times()
    x = _middles(buckets)
    frame.area(x, buckets.low.tolist(), buckets.high.tolist(), "range")
    frame.line(zip(x, buckets.last.tolist(), strict=True), "price")
    _bubbles(frame, buckets, x)
    _extremes(frame, buckets, x, decimals)
    return frame.svg("Price, with a circle where compartments were liquidated", timed=True)


def _bubbles(frame: Frame, buckets: Buckets, x: list[float]) -> None:
    largest = max(float(buckets.liquidated_long.max()), float(buckets.liquidated_short.max()))
    most = BUBBLE_WIDE if frame.page is WIDE else BUBBLE_NARROW
    sides = (
        ("long", buckets.liquidated_long, buckets.price_long),
        ("short", buckets.liquidated_short, buckets.price_short),
    )
    circles = [
        (value, at, where, side)
        for side, values, prices in sides
        for value, at, where in zip(values.tolist(), x, prices.tolist(), strict=True)
        if value > 0
    ]
    for value, at, where, side in sorted(circles, reverse=True):
        radius = max(1.2, most * (value / largest) ** 0.5)
        frame.add(
            f'<circle class="bubble {side}" cx="{frame.at_x(at):.1f}" cy="{frame.at_y(where):.1f}" r="{radius:.1f}"/>'
        )


def _extremes(frame: Frame, buckets: Buckets, x: list[float], decimals: int) -> None:
    """The highest and the lowest mark, in figures, beside the point."""
    for values, place, below in (
        (buckets.high, int(buckets.high.argmax()), -9),
        (buckets.low, int(buckets.low.argmin()), 17),
    ):
        at = frame.at_x(x[place])
        anchor = "start" if at < frame.page.width / 2 else "end"
        frame.text(
            at, frame.at_y(float(values[place])) + below, words.price(float(values[place]), decimals), "label", anchor
        )


def liquidated(buckets: Buckets, page: Page, asset: str) -> str:
    """The value liquidated in each bucket: shorts upwards, longs downwards."""
    up, down = float(buckets.liquidated_short.max()), float(buckets.liquidated_long.max())
    scale = max(up, down) or 1.0
    reach = (1 + HEADROOM) * max(down, scale / 5), (1 + HEADROOM) * max(up, scale / 5)
    frame = Frame(page, _tall(page, 240, 200), _span(buckets), (-reach[0], reach[1]))
    frame.grid(
        [t for t in ticks(*frame.y, 4) if t],
        lambda tick: short(abs(tick)) + (f" {asset}" if abs(tick) == max(abs(t) for t in ticks(*frame.y, 4)) else ""),
    )
    frame.times()
    for i, time in enumerate(buckets.time.tolist()):
        end = time + buckets.width
        if buckets.liquidated_short[i]:
            frame.bar(time, end, 0, float(buckets.liquidated_short[i]), "long-bar short")
        if buckets.liquidated_long[i]:
            frame.bar(time, end, -float(buckets.liquidated_long[i]), 0, "long-bar long")
    frame.line([(frame.x[0], 0), (frame.x[1], 0)], "zero")
    return frame.svg("Value of the positions liquidated, by time", timed=True)


def compartments(buckets: Buckets, page: Page) -> str:
    """Open positions, longs above shorts."""
    x = _middles(buckets)
    shorts = buckets.shorts.astype(float)
    both = shorts + buckets.longs
    frame = Frame(page, _tall(page, 260, 220), _span(buckets), (0, float(both.max()) * (1 + HEADROOM) or 1))
    frame.area(x, [0.0] * len(x), shorts.tolist(), "short fill")
    frame.area(x, shorts.tolist(), both.tolist(), "long fill")
    frame.grid(ticks(0, float(both.max()), 4), count)
    frame.times()
    frame.line(zip(x, both.tolist(), strict=True), "edge")
    return frame.svg("Open compartments with a position, longs above shorts", timed=True)


def fund(buckets: Buckets, page: Page, asset: str) -> str:
    """The insurance fund upwards, the socialised loss downwards."""
    x = _middles(buckets)
    top, bottom = float(buckets.fund.max()), -float(buckets.socialised.max())
    room = HEADROOM * (top - bottom) or 1.0
    frame = Frame(page, _tall(page, 260, 220), _span(buckets), (bottom - (room if bottom else 0), top + room))
    frame.area(x, [0.0] * len(x), buckets.fund.tolist(), "fund fill")
    if bottom:
        frame.area(x, [0.0] * len(x), (-buckets.socialised).tolist(), "socialised fill")
        frame.line(zip(x, (-buckets.socialised).tolist(), strict=True), "socialised-line")
    levels = ticks(bottom, top, 5)
    frame.grid(levels, lambda tick: short(tick) + (f" {asset}" if tick == levels[-1] else ""))
    frame.times()
    frame.line(zip(x, buckets.fund.tolist(), strict=True), "fund-line")
    frame.line([(frame.x[0], 0), (frame.x[1], 0)], "zero")
    return frame.svg("Balance of the insurance fund, and below zero the loss that was socialised", timed=True)
