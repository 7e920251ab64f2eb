"""A picture of a chain and its surface, as SVG that needs nothing else: SRF-006."""

from __future__ import annotations

from html import escape
from math import ceil

import numpy as np

from stoplog.pricing.quotes import Quotes
from stoplog.pricing.surface_checks import Checked
from stoplog.simulation.report.drawing import Frame, Page, ticks
from stoplog.simulation.report.words import moment
from stoplog.surface.chains import Smile
from stoplog.surface.fitted import Fitted, spread
from stoplog.surface.table import DAYS

PANEL = Page("panel", 330, 4)
HEIGHT, GAP, COLUMNS, HEAD = 230, 24, 3, 64
POINTS = 121
ROOM = 0.08
"""Share of the range that is left beside the used quotes."""

STYLE = """
svg { background: #fbfaf7; font-family: "DejaVu Sans", Arial, sans-serif; }
.title { font-size: 19px; font-weight: 700; fill: #1d1c1a; } .under { font-size: 13px; fill: #67635b; }
.label { font-size: 13px; font-weight: 600; fill: #1d1c1a; }
.tick { font-size: 11px; fill: #67635b; paint-order: stroke; stroke: #fbfaf7; stroke-width: 3px; }
.grid { stroke: #e5e1d8; stroke-width: 1; } .mark { stroke: #cfc9bd; stroke-width: 1; }
.fit { fill: none; stroke: #c2452b; stroke-width: 1.8; }
.used { fill: #27699c; } .unused { fill: none; stroke: #27699c; stroke-width: .9; opacity: .6; }
"""


def drawing(fitted: Fitted, title: str) -> str:
    """The text of an SVG file: a panel for each expiry, quotes as dots, hollow where not used, the surface a line."""
    rows = ceil(len(fitted.chain.smiles) / COLUMNS)
    width = COLUMNS * (PANEL.width + GAP) + GAP
    height = HEAD + rows * (HEIGHT + GAP)
    errors = spread(fitted.errors())
    under = (
        f"Volatility in percent by ln(strike / forward). Dots: marks, hollow where not used. Line: surface. Error in"
        f" points: median {errors.median:.2f}, 95th percentile {errors.high:.2f}, worst {errors.worst:.2f}."
    )
    panels = [
        f'<g transform="translate({GAP + place % COLUMNS * (PANEL.width + GAP)} '
        f'{HEAD + place // COLUMNS * (HEIGHT + GAP)})">{_panel(fitted, smile, found)}</g>'
        for place, (smile, found) in enumerate(zip(fitted.chain.smiles, fitted.expiries, strict=True))
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<style>{STYLE}</style><rect width="{width}" height="{height}" fill="#fbfaf7"/>'
        f'<text class="title" x="{GAP}" y="32">{escape(title)}</text>'
        f'<text class="under" x="{GAP}" y="52">{escape(under)}</text>{"".join(panels)}</svg>\n'
    )


def _panel(fitted: Fitted, smile: Smile, found: Checked) -> str:
    """The shapes of one expiry: the range of the used quotes, or of all where none is used."""
    quotes = found.used if found.used.k.size else smile.quotes
    if not quotes.k.size:
        return f'<text class="label" x="0" y="12">{moment(smile.expiry)}: no quotes</text>'
    room = max(ROOM * float(np.ptp(quotes.k)), 1e-3)
    left, right = float(quotes.k.min()) - room, float(quotes.k.max()) + room
    shown = _within(smile.quotes, left, right)
    k = np.linspace(left, right, POINTS)
    line = [100.0 * fitted.surface.volatility(float(np.exp(x)), found.years) for x in k]
    values = [*(100.0 * shown.volatility).tolist(), *line]
    frame = Frame(PANEL, HEIGHT, (left, right), (min(values), max(values)), top=40)
    frame.grid(ticks(min(values), max(values), 4), lambda tick: f"{tick:g}")
    foot = frame.height - frame.bottom
    for tick in ticks(left, right, PANEL.time_ticks):
        frame.text(frame.at_x(tick), foot + 17, f"{tick:+g}" if tick else "0", "tick", "middle")
    used = set(found.used.k.tolist())
    for at, volatility in zip(shown.k.tolist(), shown.volatility.tolist(), strict=True):
        kind, radius = ("used", 2.6) if at in used else ("unused", 2.2)
        x, y = frame.at_x(at), frame.at_y(100.0 * volatility)
        frame.add(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>')
    frame.line(zip(k.tolist(), line, strict=True), "fit")
    frame.text(0, 12, f"{moment(smile.expiry).split(',')[0]}, {found.years * DAYS:.1f} days", "label")
    worst = f"worst {np.abs(found.errors).max():.2f}" if found.errors.size else "no quote used"
    frame.text(PANEL.width, 12, worst, "tick", "end")
    return "".join(frame.shapes) + "".join(frame.labels)


def _within(quotes: Quotes, left: float, right: float) -> Quotes:
    kept = (quotes.k >= left) & (quotes.k <= right)
    return Quotes(quotes.years, quotes.k[kept], quotes.volatility[kept])
