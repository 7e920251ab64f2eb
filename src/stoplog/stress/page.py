"""The report: an HTML file of its own, in the style of the replay's."""

from __future__ import annotations

from html import escape
from importlib.metadata import version
from pathlib import Path

from stoplog.simulation.report.document import document, write_document
from stoplog.simulation.report.drawing import NARROW, WIDE
from stoplog.stress.falls import Falls
from stoplog.stress.figures import bars, curve
from stoplog.stress.outcomes import Outcome, System
from stoplog.stress.table import amount, sentences

SHOWN = 3
"""So many of the largest losses are named for each stress."""

STYLE = """
.fund-bar { fill: var(--fund); } .loss-bar { fill: var(--loss); }
td.words { white-space: normal; text-align: left; color: var(--muted); min-width: 26em; }
th.words { text-align: left; }
.words { padding-left: 14px; }
"""

COVERS = {
    "ledger": "Marks and prices of collateral jump to their stressed values in one step, with no mark between, and a"
    " cross compartment is judged by all of them; the engine liquidates on a copy"
    " of the state after the last entry, by its own rules, with each instrument's slippage and liquidation fee. The"
    " ledger is only read.",
    "portfolio": "Marks and prices of collateral jump to their stressed values in one step; what a compartment is then"
    " worth, without haircuts, is the calculator's cross calculation. Closing costs nothing: slippage and fees come on"
    " top.",
}


def write_page(path: Path, system: System, outcomes: list[Outcome], falls: Falls, command: str) -> None:
    """Write the report, whole or not at all."""
    write_document(path, page(system, outcomes, falls, command))


def page(system: System, outcomes: list[Outcome], falls: Falls, command: str) -> str:
    """The HTML of the report."""
    lead = " ".join([*sentences(falls), *system.remarks()])
    body = (
        f'<header><p class="eyebrow">Stoplog · Stress of a {system.kind}</p><h1>{escape(system.name)}</h1>'
        f'<p class="lead">{escape(lead)}</p></header>'
        + "".join(_asset(outcomes, falls, asset) for asset in falls.exhausting)
        + f"<section><h2>How it was made</h2><p>{escape(COVERS[system.kind])}</p>"
        "<p>Losses beyond collateral are added up over compartments and compared with the accounts of the system: the"
        " sum and what the fund paid together with what nobody paid are the same number.</p>"
        f"<pre>{escape(command)}</pre></section>"
        f"<footer>stoplog {escape(version('stoplog'))}</footer>"
    )
    return document(f"{system.name} · Stoplog stress", body, STYLE)


def _asset(outcomes: list[Outcome], falls: Falls, asset: str) -> str:
    own = [outcome for outcome in outcomes if outcome.asset == asset]
    name = escape(asset)
    return (
        f'<section class="whole"><h2>Lost beyond collateral, in {name}</h2>'
        "<p>What compartments lose beyond what is in them, by stress.</p>"
        f"<figure>{bars(own, WIDE)}{bars(own, NARROW)}</figure>{_key(own)}</section>"
        f'<section class="whole"><h2>A uniform fall, in {name}</h2>'
        "<p>Everything that is no stable asset falls by the same share. The line that starts at the fund's balance is"
        " what the fund has to pay from, with what liquidations bring in; the other is what it would have to pay.</p>"
        f"<figure>{curve(falls, asset, WIDE)}{curve(falls, asset, NARROW)}</figure>"
        '<ul class="key"><li><i class="fund"></i>fund</li><li><i class="loss"></i>lost beyond collateral</li></ul>'
        "</section>"
        f"<section><h2>In figures, {name}</h2>{_table(own)}</section>"
    )


def _key(outcomes: list[Outcome]) -> str:
    nobody = '<li><i class="loss"></i>by nobody</li>' if any(outcome.uncovered for outcome in outcomes) else ""
    return f'<ul class="key"><li><i class="fund"></i>paid by the fund</li>{nobody}</ul>'


def _table(outcomes: list[Outcome]) -> str:
    heads = ("stress", "liquidated", "with a loss", "lost beyond", "fund left", "paid by nobody")
    rows = "".join(
        f"<tr><td>{escape(outcome.stress)}</td><td>{outcome.liquidated:,}</td><td>{len(outcome.losses):,}</td>"
        f"<td>{amount(outcome.beyond)}</td><td>{amount(outcome.fund_left)}</td>"
        f"<td{' class=long' if outcome.uncovered else ''}>{amount(outcome.uncovered)}</td>"
        f'<td class="words">{escape(outcome.reason)}{_largest(outcome)}</td></tr>'
        for outcome in outcomes
    )
    head = "".join(f"<th>{each}</th>" for each in heads)
    return (
        f'<div class="scroll"><table><thead><tr>{head}<th class="words">what happens</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _largest(outcome: Outcome) -> str:
    largest = sorted(outcome.losses, key=lambda loss: -loss.amount)[:SHOWN]
    if not largest:
        return ""
    named = "; ".join(f"{loss.compartment}: {amount(loss.amount)}" for loss in largest)
    return "<br>most, by compartment: " + escape(named)
