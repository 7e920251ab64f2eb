"""The sections of the page: a heading, a sentence, figures or a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from stoplog.simulation.report import words
from stoplog.simulation.report.drawing import NARROW, WIDE, Page
from stoplog.simulation.sharing import panels, prose
from stoplog.simulation.sharing.comparison import Column, Comparison, Pair
from stoplog.simulation.sharing.panels import Part
from stoplog.simulation.sharing.table import Row, balance_rows, rows_of
from stoplog.simulation.sharing.world import SharedWorld

Key = tuple[tuple[str, str], ...]
Stacked = tuple[str, Sequence[Part], str]


def over_time(world: SharedWorld, comparison: Comparison) -> str:
    """Prices, and what was liquidated in each setting."""
    lines = tuple((f"line-{i % 4}", line.symbol) for i, line in enumerate(world.lines))
    return _section(
        "Prices",
        "Marks, the first one being 100 %. The shade under a line reaches down to the lowest mark of each step.",
        lines,
        f"<figure>{panels.prices(world, WIDE)}{panels.prices(world, NARROW)}</figure>",
    ) + _section(
        "What was liquidated, and when",
        "Positions liquidated so far, in percent of all. Dark: those that went along with another one of the same"
        " trader.",
        (*_settings(comparison), ("along", "went along"), *_others(comparison)),
        _multiples(comparison, panels.over_time(world, comparison.columns)),
    )


def who(world: SharedWorld, comparison: Comparison) -> str:
    """Who survives, and who loses what."""

    def fates(page: Page) -> str:
        return panels.stacked([_fate(world, column) for column in comparison.columns], page, "Fates of the traders")

    return _section(
        "Who survives",
        "Traders by how many of their positions were liquidated.",
        (("kept", "none liquidated"), ("some", "some, not all"), ("every", "all liquidated")),
        f"<figure>{fates(WIDE)}{fates(NARROW)}</figure>",
    ) + _section(
        "Who loses what",
        "Every trader, from the one that gained most to the one that lost most, by what it lost in percent of the money"
        " it came with. Gains beyond 100 % are cut off.",
        (
            *_settings(comparison),
            ("gained", "gained"),
            *_others(comparison),
        ),
        _multiples(comparison, panels.losses(comparison.columns, world.holders)),
    )


def _fate(world: SharedWorld, column: Column) -> Stacked:
    fates, traders = column.fates, world.holders.count
    parts = [
        (kind, float(number), f"{words.share(number, traders)}: {number:,} traders, {said}")
        for kind, number, said in (
            ("kept", fates.none, "no position liquidated"),
            ("some", fates.some, "some positions liquidated"),
            ("every", fates.every, "all positions liquidated"),
        )
    ]
    return column.figures.setting.value, parts, f"{words.count(fates.survivors)} survive"


def pairs(world: SharedWorld, comparison: Comparison) -> str:
    """The same positions in two settings; nothing where there is one setting."""
    if not comparison.pairs:
        return ""

    def drawn(page: Page) -> str:
        return panels.stacked([_pair(pair) for pair in comparison.pairs], page, "Liquidated positions in two settings")

    text = "</p><p>".join(escape(prose.pair(world, pair)) for pair in comparison.pairs)
    return (
        "<section class=whole><h2>The same positions, another setting</h2>"
        f"<p>{text}</p>"
        + _key((("both", "liquidated in both"), ("one", "only where isolated"), ("two", "only where it shares")))
        + f"<figure>{drawn(WIDE)}{drawn(NARROW)}</figure></section>"
    )


def _pair(pair: Pair) -> Stacked:
    parts = [
        ("both", float(pair.both), f"{pair.both:,}: liquidated in both"),
        ("one", float(pair.only_first), f"{pair.only_first:,}: liquidated {pair.first}, not {pair.second}"),
        ("two", float(pair.only_second), f"{pair.only_second:,}: liquidated {pair.second}, not {pair.first}"),
    ]
    return f"{pair.first}, {pair.second}", parts, f"{words.count(pair.neither)} in neither"


def spread(comparison: Comparison) -> str:
    """How far failures spread."""
    return _section(
        "How far a failure spreads",
        prose.spread(comparison),
        (*_settings(comparison), ("along", "took others along")),
        _multiples(comparison, panels.spread(comparison.columns)),
    )


def payers(world: SharedWorld, comparison: Comparison) -> str:
    """What the fund pays, and what is socialised."""

    def drawn(page: Page) -> str:
        return panels.stacked([_payer(world, column) for column in comparison.columns], page, "Who pays")

    return _section(
        "Who pays for what is missing",
        prose.fund(comparison),
        (("fund", "paid by the insurance fund"), ("loss", "socialised")),
        f"<figure>{drawn(WIDE)}{drawn(NARROW)}</figure>",
    )


def _payer(world: SharedWorld, column: Column) -> Stacked:
    figures, asset = column.figures, world.terms.market.asset
    scale = 10.0**world.terms.market.asset_decimals
    paid, socialised = figures.fund_paid / scale, figures.socialised / scale
    parts = [
        ("fund", paid, f"{words.money(paid)}: {asset} paid by the insurance fund"),
        ("loss", socialised, f"{words.money(socialised)}: {asset} socialised"),
    ]
    return figures.setting.value, parts, f"{words.money(paid + socialised)} {asset}"


def tables(world: SharedWorld, comparison: Comparison) -> str:
    """All figures, and where the money went."""
    rows, sums = rows_of(world, comparison), balance_rows(comparison)
    holds = all(b.lost == b.gone_to for column in comparison.columns for b in column.figures.balances)
    said = "are equal, to the last unit, in every asset" if holds else "are NOT equal"
    return (
        f"<section><h2>All figures</h2>{_table(comparison, rows)}</section>"
        "<section><h2>Where the money went</h2><p>What the traders lost, added up trader by trader, and where the books"
        f" of the system have it. The two {said}. An amount below zero came from there.</p>{_table(comparison, sums)}"
        "</section>"
    )


def _table(comparison: Comparison, rows: Sequence[Row]) -> str:
    head = "".join(f"<th>{escape(column.figures.setting.value)}</th>" for column in comparison.columns)
    body = "".join(
        f"<tr{' class=sum' if name.startswith(('Lost, trader', 'The system')) else ''}><td>{escape(name)}</td>"
        + "".join(f"<td>{escape(figure)}</td>" for figure in figures)
        + "</tr>"
        for name, figures in rows
    )
    return f'<div class="scroll"><table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _settings(comparison: Comparison) -> Key:
    return tuple((column.figures.setting.value, column.figures.setting.value) for column in comparison.columns)


def _others(comparison: Comparison) -> Key:
    return (("ghost", "the other settings"),) if comparison.pairs else ()


def _multiples(comparison: Comparison, figures: Sequence[str]) -> str:
    one = " one" if len(figures) == 1 else ""
    drawn = "".join(
        f'<figure><figcaption class="{column.figures.setting}">{column.figures.setting}</figcaption>{figure}</figure>'
        for column, figure in zip(comparison.columns, figures, strict=True)
    )
    return f'<div class="multiples{one}">{drawn}</div>'


def _section(heading: str, text: str, key: Key, drawn: str) -> str:
    return f'<section class="whole"><h2>{escape(heading)}</h2><p>{escape(text)}</p>{_key(key)}{drawn}</section>'


def _key(key: Key) -> str:
    return f'<ul class="key">{"".join(f"<li><i class={chr(34)}{k}{chr(34)}></i>{escape(n)}</li>" for k, n in key)}</ul>'
