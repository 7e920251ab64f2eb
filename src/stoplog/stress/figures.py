"""The two figures of the report: what every stress loses, and what a uniform fall loses."""

from __future__ import annotations

from fractions import Fraction

from stoplog.simulation.report.drawing import WIDE, Frame, Page, ticks
from stoplog.simulation.report.words import short
from stoplog.stress.falls import Falls
from stoplog.stress.outcomes import Outcome
from stoplog.stress.table import amount, percent

ROW = 46
HEADROOM = 1.08
THICK = 14


def bars(outcomes: list[Outcome], page: Page) -> str:
    """A bar for each stress of one asset: what the fund pays, and after it what nobody pays."""
    most = max(float(outcome.beyond) for outcome in outcomes) or 1.0
    frame = Frame(page, ROW * len(outcomes) + 8, (0, most * HEADROOM), (0, len(outcomes)), top=0, bottom=8)
    for place, outcome in enumerate(outcomes):
        y = frame.at_y(len(outcomes) - place)
        paid, beyond = float(outcome.beyond - outcome.uncovered), float(outcome.beyond)
        frame.text(frame.left, y + 16, outcome.stress, "label")
        words = f"{amount(outcome.beyond)} {outcome.asset}" if beyond else "nothing"
        if outcome.uncovered and page is WIDE:
            words += f", {amount(outcome.uncovered)} of it paid by nobody"
        frame.text(page.width - frame.right, y + 16, words, "tick", "end")
        for start, end, kind in ((0.0, paid, "fund-bar"), (paid, beyond, "loss-bar")):
            if end > start:
                x, width = frame.at_x(start), frame.at_x(end) - frame.at_x(start)
                frame.add(f'<rect class="{kind}" x="{x:.1f}" y="{y + 23:.1f}" width="{width:.1f}" height="{THICK}"/>')
        foot = y + 23 + THICK
        frame.add(f'<line class="mark" x1="{frame.left}" x2="{frame.left}" y1="{y + 21:.1f}" y2="{foot + 2:.1f}"/>')
    return frame.svg("What each stress loses beyond the compartments' own collateral")


def curve(falls: Falls, asset: str, page: Page) -> str:
    """Loss beyond collateral by uniform fall, the fund it is paid from, and where that is exhausted."""
    found = [(float(point.fall), _of(point.outcomes, asset)) for point in falls.curve]
    lost = [(fall, float(outcome.beyond)) for fall, outcome in found]
    fund = [(fall, float(outcome.fund_before + outcome.received)) for fall, outcome in found]
    most = max(value for _, value in lost + fund) or 1.0
    frame = Frame(page, 340 if page is WIDE else 260, (0, 1), (0, most * HEADROOM))
    levels = ticks(0, most, 5)
    x = [fall for fall, _ in lost]
    covered = [min(a, b) for (_, a), (_, b) in zip(lost, fund, strict=True)]
    frame.area(x, [0.0] * len(x), covered, "fund fill")
    frame.area(x, covered, [value for _, value in lost], "socialised fill")
    frame.grid(levels, lambda tick: short(tick) + (f" {asset}" if tick == levels[-1] else ""))
    frame.line(fund, "fund-line")
    frame.line(lost, "socialised-line")
    foot = frame.height - frame.bottom
    for share in ticks(0, 1, page.time_ticks):
        anchor = "start" if share == 0 else "end" if share == 1 else "middle"
        frame.text(frame.at_x(share), foot + 19, percent(Fraction(share)), "tick", anchor)
    exhausting = falls.exhausting[asset]
    if exhausting is not None:
        at = frame.at_x(float(exhausting))
        frame.add(f'<line class="wall" x1="{at:.1f}" x2="{at:.1f}" y1="{frame.top - 6}" y2="{foot}"/>')
        left = at < page.width / 2
        words = f"exhausted at {percent(exhausting)}"
        frame.text(at + (8 if left else -8), frame.top + 8, words, "label", "start" if left else "end")
    return frame.svg("Loss beyond collateral by uniform fall, and the insurance fund")


def _of(outcomes: list[Outcome], asset: str) -> Outcome:
    return next(outcome for outcome in outcomes if outcome.asset == asset)
