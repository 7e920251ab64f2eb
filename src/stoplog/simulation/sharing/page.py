"""The page: the settings beside each other, figures, tables, and how to make it again."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from stoplog.simulation.report import words
from stoplog.simulation.report.document import document, write_document
from stoplog.simulation.sharing import prose, sections
from stoplog.simulation.sharing.comparison import Column, Comparison
from stoplog.simulation.sharing.world import SharedWorld


def write_report(path: Path, world: SharedWorld, comparison: Comparison, command: str) -> None:
    """Write the report, whole or not at all; it depends on the replay alone, not on when or how fast it ran."""
    write_document(path, report(world, comparison, command))


def report(world: SharedWorld, comparison: Comparison, command: str) -> str:
    """The HTML of a replay that has run in every setting asked for."""
    style = files("stoplog.simulation.sharing").joinpath("page.css").read_text("utf-8")
    title = prose.title(world)
    body = "".join(
        (
            _head(world, comparison, title),
            _cards(world, comparison),
            sections.over_time(world, comparison),
            sections.who(world, comparison),
            sections.pairs(world, comparison),
            sections.spread(comparison),
            sections.payers(world, comparison),
            sections.tables(world, comparison),
            _method(world, comparison),
            _again(world, comparison, command),
        )
    )
    return document(f"{title} · Stoplog replay", body, style)


def _head(world: SharedWorld, comparison: Comparison, title: str) -> str:
    settings = [column.figures.setting.value for column in comparison.columns]
    kind = "the same traders isolated, cross and mixed" if len(settings) > 1 else f"the setting {settings[0]}"
    wrong = [prose.outcome(column) for column in comparison.columns if column.violations]
    notes = "".join(
        f'<p class="label-note"><strong>An invariant does not hold.</strong> {escape(w)}</p>' for w in wrong
    )
    return (
        f'<header><p class="eyebrow">Stoplog · Replay of recorded prices, {kind}</p><h1>{escape(title)}</h1>'
        f'<p class="lead">{escape(prose.lead(world, comparison))}</p>{notes}</header>'
    )


def _cards(world: SharedWorld, comparison: Comparison) -> str:
    one = " one" if len(comparison.columns) == 1 else ""
    return f'<div class="settings{one}">{"".join(_card(world, column) for column in comparison.columns)}</div>'


def _card(world: SharedWorld, column: Column) -> str:
    figures, scale = column.figures, 10.0**world.terms.market.asset_decimals
    asset, traders = world.terms.market.asset, world.holders.count
    facts = (
        ("Traders that kept a position", words.share(column.fates.survivors, traders), ""),
        ("Positions liquidated", words.share(int(figures.liquidated.sum()), int(world.holders.held.sum())), ""),
        ("Lost by those who lost", words.money(int(figures.lost[figures.lost > 0].sum()) / scale), asset),
        ("Lacking after liquidations", words.money(figures.missing / scale), asset),
        ("Taken along by a failure", words.count(int(figures.failures.along.sum())), "positions"),
    )
    terms = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(figure)}{f' <span>{escape(unit)}</span>' if unit else ''}</dd>"
        for name, figure, unit in facts
    )
    meaning = prose.MEANING[figures.setting]
    return (
        f'<div class="{figures.setting}"><h2>{figures.setting}</h2><p>{escape(meaning[0].upper() + meaning[1:])}.</p>'
        f"<dl>{terms}</dl></div>"
    )


def _method(world: SharedWorld, comparison: Comparison) -> str:
    terms = [(name, escape(text)) for name, text in prose.methods(world, comparison)]
    return f"<section><h2>How it was made</h2>{_terms(terms)}</section>"


def _again(world: SharedWorld, comparison: Comparison, command: str) -> str:
    inputs = "<br>".join(
        f'{escape(source.purpose)}: {escape(source.name)} <span class="hash">{source.sha256}</span>'
        for source in world.sources
    )
    terms = [("Seed", str(world.seed)), ("Files, SHA-256", inputs)]
    for column in comparison.columns:
        said = (
            f"{column.commands:,} commands; {escape(prose.outcome(column))}; digest of the final state"
            f' <span class="hash">{column.digest}</span>'
        )
        terms.append((f"Setting {column.figures.setting}", said))
    terms.append(("Software", f"stoplog {version('stoplog')}, NumPy {version('numpy')}"))
    return (
        "<section><h2>To make it again</h2><p>The same command on the same files gives the same digests.</p>"
        f"<pre>{escape(command)}</pre>{_terms(terms)}</section>"
        "<footer>Stoplog seals the margin of each position into a compartment of its own, or shares it where that is"
        " asked for.</footer>"
    )


def _terms(terms: Sequence[tuple[str, str]]) -> str:
    return f'<dl class="terms">{"".join(f"<dt>{escape(name)}</dt><dd>{text}</dd>" for name, text in terms)}</dl>'
