"""The sections of the page: a heading, a sentence, a figure or a table."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from stoplog.simulation.findings import Findings
from stoplog.simulation.report import panels, prose, shares, words
from stoplog.simulation.report.drawing import NARROW, WIDE, Page
from stoplog.simulation.world import World

Key = tuple[tuple[str, str], ...]


def over_time(world: World, found: Findings) -> str:
    """The figures with a time axis."""
    asset, buckets = world.population.market.asset, found.buckets
    minutes = buckets.width // 60_000
    sides: Key = (("long", "longs"), ("short", "shorts"))
    return "".join(
        (
            _figure(
                "Price, and where it hurt",
                f"Mark price in {asset}, in steps of {minutes} minutes. A circle stands where compartments were"
                " liquidated; its area is the value of their positions.",
                lambda page: panels.price(buckets, page, world.scale.price_decimals),
                (
                    ("price", "last mark"),
                    ("range", "lowest to highest mark"),
                    ("long round", "longs liquidated"),
                    ("short round", "shorts liquidated"),
                ),
            ),
            _figure(
                "What was liquidated",
                f"Value of the positions in {asset} per {minutes} minutes: shorts above the line, longs below.",
                lambda page: panels.liquidated(buckets, page, asset),
                sides,
            ),
            _figure(
                "Open compartments",
                "Compartments that hold a position, after the liquidations of the last mark of each step.",
                lambda page: panels.compartments(buckets, page),
                sides,
            ),
            _figure(
                "Insurance fund",
                prose.fund(world, found),
                lambda page: panels.fund(buckets, page, asset),
                (("fund", "insurance fund"), ("loss", "socialised loss")) if found.socialised else (),
            ),
        )
    )


def who(found: Findings) -> str:
    """Losses against margin put in, and fates by leverage."""
    states: Key = (("liquidated", "liquidated"), ("closed", "closed by the owner"))
    return _figure(
        "What owners lost, against what they put in",
        prose.losses(found),
        lambda page: shares.losses(found.losses, page),
        states,
    ) + _figure(
        "Who was liquidated",
        "Compartments by leverage at entry, in percent of those that opened with it.",
        lambda page: shares.leverages(found.leverages, page),
        (*states, ("open", "still open")),
    )


def _figure(heading: str, text: str, draw: Callable[[Page], str], key: Key) -> str:
    items = "".join(f'<li><i class="{kind}"></i>{escape(name)}</li>' for kind, name in key)
    return (
        f'<section class="whole"><h2>{escape(heading)}</h2><p>{escape(text)}</p>'
        + (f'<ul class="key">{items}</ul>' if items else "")
        + f"<figure>{draw(WIDE)}{draw(NARROW)}</figure></section>"
    )


def shortfalls(world: World, found: Findings) -> str:
    """The largest shortfalls, as a table."""
    text = f"<section><h2>The largest shortfalls</h2><p>{escape(prose.shortfalls(world, found))}</p>"
    if not found.shortfalls:
        return f"{text}</section>"
    asset, decimals = world.population.market.asset, world.scale.price_decimals
    names = ["Time, UTC", "Compartment", "Side", "Put in", "Entry", "Bankrupt at", "Mark", "Sold at", "Shortfall"]
    names += ["Paid by fund", "Socialised"]
    rows = [
        (
            ("", words.moment(row.time)),
            ("", words.count(row.compartment)),
            (row.side, f"{words.leverage(row.leverage)} {row.side}"),
            ("", words.money(row.put_in)),
            *(("", words.price(value, decimals)) for value in (row.entry, row.bankruptcy, row.mark, row.sale)),
            ("strong", words.money(row.shortfall)),
            ("", words.money(row.from_fund)),
            ("", words.money(row.socialised)),
        )
        for row in found.shortfalls
    ]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f'<td class="{kind}">{escape(cell)}</td>' for kind, cell in row) + "</tr>" for row in rows
    )
    return (
        f"{text}<p>Amounts and prices in {escape(asset)}.</p>"
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>'
    )
