"""What the figures show, in sentences."""

from __future__ import annotations

import numpy as np

from stoplog.simulation.buckets import largest_move
from stoplog.simulation.report import words
from stoplog.simulation.report.prose import MARKS
from stoplog.simulation.sharing.comparison import Column, Comparison, Pair
from stoplog.simulation.sharing.layout import Setting
from stoplog.simulation.sharing.lines import Line
from stoplog.simulation.sharing.world import SharedWorld
from stoplog.units import RATE_ONE

MEANING = {
    Setting.ISOLATED: "each position has its own share of the money; a coin stays outside",
    Setting.CROSS: "all positions and all money, the coin included, are in one compartment",
    Setting.MIXED: "some positions are isolated with their share; the rest of the money and the coin back the others",
}

ORDER = "At the same moment the marks come first, by instrument, then the prices of the coins, then whoever enters."

TRADERS = (
    "{count}, drawn with seed {seed}. Each opens all its positions at one moment, at the marks in force, against the"
    " outside market."
)

COIN_PRICE = "Its price follows the mark."

THE_END = (
    "Every position that is left is closed at its last mark, without a fee, and coins are valued at theirs: what a"
    " trader lost is what it brought less what it has then."
)

NOT_MODELLED = (
    "Liquidation sales do not move the price; nobody adds margin, closes by itself or reacts; there is no funding and"
    " no interest; the outside market takes every order at the mark."
)


def title(world: SharedWorld) -> str:
    """Which instruments, when."""
    names = [line.symbol for line in world.lines]
    return f"{', '.join(names[:-1])} and {names[-1]}, {words.days(world.start, world.end)}"


def lead(world: SharedWorld, comparison: Comparison) -> str:
    """The replay in one paragraph."""
    moves = ", ".join(_move(line) for line in world.lines)
    asset = world.terms.market.asset
    money = words.money(int(world.holders.money.sum()) / 10.0**world.terms.market.asset_decimals)
    text = (
        f"{moves}, each in its largest move. {words.count(world.holders.count)} traders bring {money} {asset}"
        f" and open {words.count(int(world.holders.held.sum()))} positions."
    )
    if len(comparison.columns) > 1:
        text += " They do so once for each setting, with the same money and the same trades."
    return text


def _move(line: Line) -> str:
    move = largest_move(line.marks.price.astype(np.float64), line.marks.time)
    change = f"{100 * abs(move.end / move.start - 1):.1f}{words.PERCENT}"
    return f"{line.symbol} {'fell' if move.falls else 'rose'} {change}"


def spread(comparison: Comparison) -> str:
    """How far failures spread, setting by setting."""
    parts = []
    for column in comparison.columns:
        failures = column.figures.failures
        beside, along = int(failures.beside.sum()), int(failures.along.sum())
        parts.append(
            f"{column.figures.setting}: {words.count(along)} of the {words.count(beside)} positions that stood beside"
            f" one that failed went along ({words.share(along, beside)})"
        )
    return (
        "A failure is one command at which at least one position of a trader was liquidated. Others of the same trader"
        f" may go at the same command. {'; '.join(parts).capitalize()}."
    )


def pair(world: SharedWorld, found: Pair) -> str:
    """What became of the same positions and the same traders in another setting."""
    scale, asset = 10.0**world.terms.market.asset_decimals, world.terms.market.asset
    return (
        f"{found.second.capitalize()} against {found.first}: {words.count(found.only_first)} positions were liquidated"
        f" {found.first} and not {found.second}, {words.count(found.only_second)} the other way round."
        f" {words.count(found.better)} traders end with more money, {words.money(found.better_by / scale)} {asset} in"
        f" all, {words.count(found.worse)} with less, {words.money(found.worse_by / scale)} {asset} in all."
    )


def fund(comparison: Comparison) -> str:
    """Who paid for what was missing."""
    text = (
        "What a liquidation lacks is paid by the insurance fund, as far as it goes, and else socialised. The fund"
        " starts with nothing."
    )
    settings = {column.figures.setting for column in comparison.columns}
    if settings - {Setting.CROSS}:
        text += " It receives what is left of an isolated compartment that is taken over."
    if settings - {Setting.ISOLATED}:
        text += (
            " What is left of a cross compartment stays its owner's, so it receives nothing there, and what one lacks"
            " falls on everybody at once where nothing else feeds the fund."
        )
    return text


def methods(world: SharedWorld, comparison: Comparison) -> list[tuple[str, str]]:
    """How the replay was made, term by term."""
    holders = world.holders
    rows = sum(line.bars.time.size for line in world.lines)
    coins = ", ".join(
        f"that of {line.symbol} ({_percent(line.coin.haircut)})" for line in world.lines if line.coin is not None
    )
    found = [
        ("Prices", f"{world.label}, {rows:,} rows."),
        ("Marks", f"{MARKS[world.path]} {ORDER}"),
        ("Traders", TRADERS.format(count=words.count(holders.count), seed=world.seed)),
    ]
    for column in comparison.columns:
        meaning = MEANING[column.figures.setting]
        found.append((f"Setting {column.figures.setting}", f"{meaning[0].upper()}{meaning[1:]}."))
    if coins:
        found.append(("Coins", f"{_coin_holders(world)}: {coins}, haircut in brackets. {COIN_PRICE}"))
    found += [("The end", THE_END), ("Terms", _terms(world)), ("Not modelled", NOT_MODELLED)]
    return found


def _coin_holders(world: SharedWorld) -> str:
    number = words.count(int((world.holders.coin_units > 0).sum()))
    return f"{number} traders hold a coin beside {world.terms.market.asset}, in every setting"


def _terms(world: SharedWorld) -> str:
    market = world.terms.market
    return (
        f"Taker fee {_percent(market.taker_fee)}, liquidation fee {_percent(market.liquidation_fee)}, slippage of"
        f" liquidation sales {_percent(market.slippage)}; a coin sold to cover a debt costs"
        f" {_percent(world.terms.conversion_fee)}."
    )


def _percent(rate: int) -> str:
    return f"{100 * rate / RATE_ONE:g}{words.PERCENT}"


def outcome(column: Column) -> str:
    """Whether the invariants hold at the end, and whether the sums by trader are the system's."""
    if column.violations:
        return f"{len(column.violations)} violations: " + "; ".join(v.message for v in column.violations[:3])
    wrong = [balance.asset for balance in column.figures.balances if balance.lost != balance.gone_to]
    if wrong:
        return f"the sums by trader are not the system's: {', '.join(wrong)}"
    return f"{', '.join(column.invariants)}: all hold; the sums by trader are the system's, to the unit"
