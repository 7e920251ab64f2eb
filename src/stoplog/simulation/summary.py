"""The summary of a replay on the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from stoplog.simulation.findings import Findings
from stoplog.simulation.replay import Replayed
from stoplog.simulation.report import words
from stoplog.simulation.report.prose import outcome
from stoplog.simulation.world import World


def print_summary(world: World, replayed: Replayed, ledger: Path | None, console: Console) -> None:
    """Print what happened, what was written, and whether it adds up."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column()
    if replayed.interrupted:
        table.add_row("Interrupted", f"after {words.share(replayed.commands, replayed.planned)} of the commands")
    if replayed.findings is not None:
        for name, text in _rows(world, replayed.findings):
            table.add_row(name, text)
    table.add_row("Commands", _speed(replayed, durable=ledger is not None))
    if replayed.woken:
        share = words.share(replayed.needless, replayed.woken)
        table.add_row("Looked at", f"{words.count(replayed.woken)} compartments by marks, {share} of them needlessly")
    style = "bold red" if replayed.violations else "green"
    table.add_row("Invariants", f"[{style}]{outcome(replayed)}[/]")
    table.add_row("Digest", replayed.digest)
    if ledger is not None:
        table.add_row("Ledger", f"{ledger}: {words.count(replayed.commands)} commands with their events")
    console.print()
    console.print(table, soft_wrap=True)


def _rows(world: World, found: Findings) -> list[tuple[str, str]]:
    asset, decimals = world.population.market.asset, world.scale.price_decimals
    largest = found.shortfalls[0].shortfall if found.shortfalls else 0.0
    first, high, low, last = (
        words.price(value, decimals)
        for value in (found.first_price, found.high_price, found.low_price, found.last_price)
    )
    liquidated = f"{words.count(found.liquidated)} liquidated ({words.share(found.liquidated, found.entered)})"
    ended = f"{words.count(found.closed)} closed, {words.count(found.still_open)} open"
    loss = f"largest loss {max(0.0, 100 * found.losses.largest):.1f} % of the margin put in"
    missing = f"{words.count(found.shortfall_count)}, {words.money(found.shortfall_total)} {asset}"
    rows = [
        ("Price", f"{first} at first, high {high}, low {low}, {last} at last"),
        ("Marks", f"{words.count(found.marks)}, and {found.payments} fundings"),
        ("Compartments", f"{words.count(found.entered)} opened with {words.money(found.margin)} {asset}"),
        ("", f"{liquidated}, {ended}"),
        ("Owners", f"{loss}; beyond it: {found.losses.beyond}"),
        ("Shortfalls", f"{missing}; the largest {words.money(largest)} {asset}"),
        ("Insurance fund", f"{words.money(found.fund)} {asset}, at most {words.money(found.fund_most)} {asset}"),
        ("Socialised", f"{words.money(found.socialised)} {asset}"),
    ]
    rows += [("Refused", f"{name}: {times:,}") for name, times in found.refused]
    if found.too_late:
        rows.append(("Too late", f"{words.count(found.too_late)} exits came after the liquidation"))
    return rows


def _speed(replayed: Replayed, *, durable: bool) -> str:
    rate = replayed.commands / replayed.engine_seconds if replayed.engine_seconds else 0.0
    where = "engine and ledger, on disk" if durable else "engine, in memory"
    return (
        f"{words.count(replayed.commands)} in {replayed.seconds:.1f} s; {words.count(float(f'{rate:.2g}'))}/s ({where})"
    )
