"""The figures without a time axis: loss against margin put in, and what became of each leverage."""

from __future__ import annotations

from stoplog.simulation.outcomes import LOSS_EDGES, Leverage, Losses
from stoplog.simulation.report.drawing import WIDE, Frame, Page, ticks
from stoplog.simulation.report.words import count, leverage, share

BEYOND_WIDE = 1.25
BEYOND_NARROW = 1.4
GAINED_MORE = -1.1
ROW = 34


def losses(found: Losses, page: Page) -> str:
    """Compartments by loss over margin put in; what lies beyond 100 % is drawn, and empty."""
    both = found.closed + found.liquidated
    most = max(float(both.max()), found.gained_more, 1.0)
    end, height = (BEYOND_WIDE, 340) if page is WIDE else (BEYOND_NARROW, 280)
    frame = Frame(page, height, (GAINED_MORE - 0.02, end), (0, most * 1.12))
    frame.grid(ticks(0, most, 4)[1:], count)
    if found.gained_more:
        frame.bar(GAINED_MORE, -1.01, 0, found.gained_more, "closed", f"{found.gained_more:,} gained 100 % or more")
    for i, (closed, liquidated) in enumerate(zip(found.closed.tolist(), found.liquidated.tolist(), strict=True)):
        low, high = float(LOSS_EDGES[i]), float(LOSS_EDGES[i + 1])
        span = f"{100 * low:.0f} to {100 * high:.0f} %"
        if closed:
            frame.bar(low + 0.004, high - 0.004, 0, closed, "closed", f"{span}: {closed:,} closed")
        if liquidated:
            words = f"{span}: {liquidated:,} liquidated"
            frame.bar(low + 0.004, high - 0.004, closed, closed + liquidated, "liquidated", words)
    liquidated = int(found.liquidated[-1])
    if liquidated:
        frame.text(frame.at_x(0.94), frame.at_y(float(both[-1])) + 12, count(liquidated), "label", "end")
    _wall(frame, found)
    _loss_axis(frame)
    return frame.svg("Compartments that ended, by loss in percent of the margin put in")


def _wall(frame: Frame, found: Losses) -> None:
    x, end = frame.at_x(1), frame.page.width - frame.right
    top, foot = frame.top - 12, frame.height - frame.bottom
    frame.add(f'<rect class="beyond" x="{x:.1f}" y="{top}" width="{end - x:.1f}" height="{foot - top}"/>')
    frame.add(f'<line class="wall" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{foot}"/>')
    middle = (x + end) / 2
    frame.text(middle, top + 30, count(found.beyond), "big", "middle")
    for i, words in enumerate(("compartments", "beyond 100 %") if frame.page is WIDE else ("beyond", "100 %")):
        frame.text(middle, top + 50 + 16 * i, words, "tick", "middle")


def _loss_axis(frame: Frame) -> None:
    foot, end = frame.height - frame.bottom, frame.page.width - frame.right
    frame.text(frame.left, foot + 19, "over 100 % gained", "tick")
    marks = ((-0.5, "50 %"), (0.0, "0"), (0.5, "50 %"), (1.0, "100 % lost"))
    for value, words in marks if frame.page is WIDE else marks[1:]:
        x = frame.at_x(value)
        frame.add(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{foot}" y2="{foot + 5}"/>')
        frame.text(x, foot + 19, words, "tick", "middle")
    frame.add(f'<line class="zero" x1="{frame.left}" x2="{end}" y1="{foot}" y2="{foot}"/>')


def leverages(found: tuple[Leverage, ...], page: Page) -> str:
    """For each leverage, the shares that were liquidated, closed by themselves, and are still open."""
    frame = Frame(page, 14 + ROW * len(found), (0, 1), (0, 1), top=0, bottom=0, left=56, right=2)
    for i, row in enumerate(found):
        whole = row.liquidated + row.closed + row.open
        y = 8 + ROW * i
        frame.text(48, y + 17, leverage(row.leverage), "label", "end")
        start = 0.0
        for kind, number in (("liquidated", row.liquidated), ("closed", row.closed), ("open", row.open)):
            if not whole or not number:
                continue
            x, width = frame.at_x(start), frame.at_x(number / whole) - frame.at_x(0)
            words = f"{leverage(row.leverage)}: {number:,} {kind}, {share(number, whole)}"
            size = f'x="{x:.1f}" y="{y}" width="{max(width - 1, 0.5):.1f}" height="24"'
            frame.add(f'<rect class="{kind}" {size}><title>{words}</title></rect>')
            if width > 64:  # noqa: PLR2004 -- the width of the lettering
                frame.text(x + 7, y + 17, share(number, whole), f"in-{kind}")
            start += number / whole
    return frame.svg("What became of the compartments, by leverage")
