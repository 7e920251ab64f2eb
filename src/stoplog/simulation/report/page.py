"""The page: headings, figures, tables, and how to make it again."""

from __future__ import annotations

import json
from html import escape
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from stoplog.simulation.buckets import Buckets
from stoplog.simulation.findings import Findings
from stoplog.simulation.replay import Replayed
from stoplog.simulation.report import prose, sections, words
from stoplog.simulation.report.document import document, write_document
from stoplog.simulation.world import World


def write_report(path: Path, world: World, replayed: Replayed, command: str) -> None:
    """Write the report, whole or not at all; it depends on the replay alone, not on when or how fast it ran."""
    write_document(path, report(world, replayed, command))


def report(world: World, replayed: Replayed, command: str) -> str:
    """The HTML of a replay that reached its first mark."""
    found = replayed.findings
    assert found is not None, "there is something to report"
    script = files("stoplog.simulation.report").joinpath("report.js").read_text("utf-8")
    title = f"{world.symbol}, {words.days(int(world.marks.time[0]), int(world.marks.time[-1]))}"
    body = "".join(
        (
            _head(world, replayed, found, title),
            _facts(world, found),
            sections.over_time(world, found),
            sections.who(found),
            sections.shortfalls(world, found),
            _method(world),
            _again(world, replayed, command),
        )
    )
    after = (
        f'<div id="tip"></div><script type="application/json" id="data">{_data(world, found.buckets)}</script>'
        f"<script>{script}</script>"
    )
    return document(f"{title} · Stoplog replay", body, after=after)


def _head(world: World, replayed: Replayed, found: Findings, title: str) -> str:
    kind = "Replay of a reconstruction" if world.reconstructed else "Replay of recorded prices"
    notes = []
    if world.reconstructed:
        notes.append(
            "<strong>This is a reconstruction.</strong> The price path inside each hour is drawn at random; only the"
            f" hourly figures are real. {escape(world.label)}. Traders are simulated."
        )
    if replayed.interrupted:
        part = words.share(replayed.commands, replayed.planned)
        notes.append(f"<strong>The replay was interrupted</strong> after {part} of its commands.")
    if replayed.violations:
        notes.append(f"<strong>An invariant does not hold.</strong> {escape(prose.outcome(replayed))}")
    return (
        f'<header><p class="eyebrow">Stoplog · {kind}</p><h1>{escape(title)}</h1>'
        f'<p class="lead">{escape(prose.lead(world, found))}</p>'
        + "".join(f'<p class="label-note">{note}</p>' for note in notes)
        + "</header>"
    )


def _facts(world: World, found: Findings) -> str:
    asset, decimals = world.population.market.asset, world.scale.price_decimals
    largest = found.shortfalls[0] if found.shortfalls else None
    move = found.move
    facts = (
        (
            "Largest fall" if move.falls else "Largest rise",
            words.signed_percent(move.end / move.start - 1),
            "",
            f"{words.price(move.start, decimals)} to {words.price(move.end, decimals)} {asset}",
        ),
        ("Margin put in", words.money(found.margin), asset, f"{words.count(found.entered)} compartments"),
        (
            "Liquidated",
            words.count(found.liquidated),
            "",
            f"{words.share(found.liquidated, found.entered)}; worth {words.money(found.liquidated_value)} {asset}",
        ),
        (
            "Largest loss of an owner",
            f"{max(0.0, 100 * found.losses.largest):.1f} %",
            "",
            f"of the margin put in; beyond it: {found.losses.beyond}",
        ),
        (
            "Shortfalls",
            words.count(found.shortfall_count),
            "",
            f"{words.money(found.shortfall_total)} {asset} in all",
        ),
        (
            "Largest shortfall",
            words.money(largest.shortfall) if largest else "0",
            asset,
            f"compartment {largest.compartment}, {words.leverage(largest.leverage)} {largest.side}" if largest else "",
        ),
        ("Insurance fund", words.money(found.fund), asset, f"at most {words.money(found.fund_most)} {asset}"),
        ("Socialised loss", words.money(found.socialised), asset, "what the fund could not pay"),
    )
    cells = "".join(
        f'<div><dt>{escape(name)}</dt><dd><span class="figure">{escape(figure)}'
        f"{f' <span class=unit>{escape(unit)}</span>' if unit else ''}</span>"
        f'<div class="note">{escape(note)}</div></dd></div>'
        for name, figure, unit, note in facts
    )
    return f'<dl class="facts">{cells}</dl>'


def _method(world: World) -> str:
    return f"<section><h2>How it was made</h2>{_terms([(n, escape(t)) for n, t in prose.methods(world)])}</section>"


def _again(world: World, replayed: Replayed, command: str) -> str:
    inputs = "<br>".join(
        f'{escape(source.purpose)}: {escape(source.name)} <span class="hash">{source.sha256}</span>'
        for source in world.sources
    )
    found = replayed.findings
    assert found is not None, "there is something to report"
    refused = "; ".join(f"{name}: {times:,}" for name, times in found.refused) or "none"
    terms = [
        ("Seed", str(world.seed)),
        ("Files, SHA-256", inputs),
        ("Commands, events", f"{replayed.commands:,}, {replayed.events:,}"),
        ("Refused", f"{escape(refused)}; exits that came after the liquidation: {found.too_late:,}"),
        ("Invariants", escape(prose.outcome(replayed))),
        ("Digest of the final state", f'<span class="hash">{replayed.digest}</span>'),
        ("Software", f"stoplog {version('stoplog')}, NumPy {version('numpy')}"),
    ]
    return (
        "<section><h2>To make it again</h2><p>The same command on the same files gives the same digest.</p>"
        f"<pre>{escape(command)}</pre>{_terms(terms)}</section>"
        "<footer>Stoplog seals the margin of each position into a compartment of its own.</footer>"
    )


def _terms(terms: list[tuple[str, str]]) -> str:
    return f'<dl class="terms">{"".join(f"<dt>{escape(name)}</dt><dd>{text}</dd>" for name, text in terms)}</dl>'


def _data(world: World, buckets: Buckets) -> str:
    decimals = max(0, world.scale.price_decimals)
    whole = {name: getattr(buckets, name).tolist() for name in ("time", "count_long", "count_short", "longs", "shorts")}
    prices = {name: getattr(buckets, name).round(decimals).tolist() for name in ("low", "high")}
    amounts = {
        name: getattr(buckets, name).round(0).astype(int).tolist()
        for name in ("liquidated_long", "liquidated_short", "fund", "socialised")
    }
    data = {
        "width": buckets.width,
        "decimals": decimals,
        "asset": world.population.market.asset,
        **whole,
        **prices,
        **amounts,
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
