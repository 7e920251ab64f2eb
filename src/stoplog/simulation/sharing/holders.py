"""The traders of a replay with several instruments: whole columns, a row per trader, a column per instrument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.simulation.draws import (
    APART,
    AT_START,
    COIN,
    ENTRY,
    HOW_MANY,
    LEVERAGE,
    SAME_SIDE,
    SIDE,
    SIZE,
    WEIGHT,
    WHICH,
    WORTH,
    stream,
)
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.sharing.lines import FEWEST, Line
from stoplog.simulation.sharing.terms import Terms
from stoplog.simulation.traders import sizes
from stoplog.units import AMOUNT_MAX, PRICE_ONE

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

NO_COIN = -1


@dataclass(frozen=True, slots=True)
class Holders:
    """In the order of entry, so that row n is account n + 1; `held` says who is in which instrument.

    `lots` are signed, `price` the mark at entry, `margin` what each position puts in, `own_rate` 1 / leverage in
    counts of 1e-8; 0 where nothing is held. `apart`: positions that are isolated in the setting mixed. `coin` is the
    column of the instrument whose coin is held, or NO_COIN, `coin_units` how much of it and `coin_worth` what that is
    worth at entry, in smallest units of the coin and of the asset.
    """

    entry_time: Counts
    held: Flags
    price: Counts
    lots: Counts
    margin: Counts
    own_rate: Counts
    apart: Flags
    coin: Counts
    coin_units: Counts
    coin_worth: Counts

    @property
    def count(self) -> int:
        """How many there are."""
        return self.entry_time.size

    @property
    def stable(self) -> Counts:
        """What each brings in the asset: the margins of all positions."""
        return self.margin.sum(axis=1)  # type: ignore[no-any-return]

    @property
    def money(self) -> Counts:
        """What each brings, the coin at its worth at entry."""
        return self.stable + self.coin_worth


def draw_holders(terms: Terms, count: int, seed: int, lines: Sequence[Line]) -> Holders:
    """`count` traders; each enters all its positions at one time, at the marks in force.

    The margin is split by weight; each position's size follows from its share and the trader's leverage, lowered to
    what the tier admits, with room for the entry fee, rounded down to whole lots.
    """
    start = max(int(line.marks.time[0]) for line in lines)
    end = min(int(line.marks.time[-1]) for line in lines)
    drawn = terms.entry.draw(stream(seed, ENTRY), count)
    share = np.where(stream(seed, AT_START).random(count) < terms.at_start, 0.0, drawn)
    entry_time = np.sort(start + np.floor(share * (end - start)).astype(np.int64))
    held = _held(terms, seed, count, len(lines))
    side = _sides(terms, seed, held)
    weight = np.where(held, terms.weight.draw(stream(seed, WEIGHT), held.size).reshape(held.shape), 0.0)
    size = terms.size.draw(stream(seed, SIZE), count)
    leverage = terms.leverage.draw(stream(seed, LEVERAGE), count)
    part = size[:, None] * weight / weight.sum(axis=1, keepdims=True)
    price, lots, margin, own_rate = (np.zeros(held.shape, np.int64) for _ in range(4))
    for i, line in enumerate(lines):
        price[:, i] = line.marks.in_force(entry_time)
        lots[:, i], margin[:, i], _, own_rate[:, i] = sizes(
            line.market, "margin", line.scale, price[:, i], leverage, part[:, i]
        )
    for column in (price, lots, margin, own_rate):
        column[~held] = 0
    coin, units, worth = _coins(terms, seed, lines, margin.sum(axis=1), entry_time)
    if float(margin.astype(np.float64).sum()) > AMOUNT_MAX:
        raise BadInput("the traders put in more than one asset can hold; fewer or smaller ones", file=terms.path)
    apart = _apart(terms, seed, held)
    return Holders(entry_time, held, price, lots * side, margin, own_rate, apart, coin, units, worth)


def _ranks(random: Floats, held: Flags) -> Counts:
    """The rank of each draw within its row; what is not held comes last."""
    order = np.argsort(np.where(held, random, 2.0), axis=1, kind="stable")
    return np.argsort(order, axis=1, kind="stable")


def _held(terms: Terms, seed: int, count: int, lines: int) -> Flags:
    wished = np.clip(np.rint(terms.positions.draw(stream(seed, HOW_MANY), count)), FEWEST, lines)
    random = stream(seed, WHICH).random((count, lines))
    held: Flags = _ranks(random, np.ones(random.shape, bool)) < wished[:, None]
    return held


def _sides(terms: Terms, seed: int, held: Flags) -> Counts:
    """1 or −1: the first position's side by `long`, the others on it by `same_side`."""
    first = np.where(stream(seed, SIDE).random(len(held)) < terms.long, 1, -1)
    same = stream(seed, SAME_SIDE).random(held.shape) < terms.same_side
    same[np.arange(len(held)), held.argmax(axis=1)] = True
    return np.where(same, first[:, None], -first[:, None])


def _apart(terms: Terms, seed: int, held: Flags) -> Flags:
    """Which positions are isolated in the setting mixed: at least one of each trader's, and not all."""
    random = stream(seed, APART).random(held.shape)
    wished = (held & (random < terms.isolated_share)).sum(axis=1)
    number = np.clip(wished, 1, held.sum(axis=1) - 1)
    apart: Flags = held & (_ranks(random, held) < number[:, None])
    return apart


def _coins(
    terms: Terms, seed: int, lines: Sequence[Line], stable: Counts, entry_time: Counts
) -> tuple[Counts, Counts, Counts]:
    """Who holds which coin, how much of it, and what it is worth at entry."""
    count = stable.size
    able = [i for i, line in enumerate(lines) if line.coin is not None]
    coin, units, worth = np.full(count, NO_COIN, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    random = stream(seed, COIN).random((count, 2))
    wished = terms.coin_worth.draw(stream(seed, WORTH), count) * stable
    if not able:
        return coin, units, worth
    coin = np.where(random[:, 0] < terms.coin_share, np.array(able)[(random[:, 1] * len(able)).astype(int)], NO_COIN)
    for i in able:
        line, mine = lines[i], coin == i
        assert line.coin is not None, "only these are drawn"
        price = line.marks.in_force(entry_time[mine]) * line.coin.factor
        units[mine] = np.floor(wished[mine] * PRICE_ONE / price).astype(np.int64)
        worth[mine] = worth_of(units[mine], price)
    coin[units == 0] = NO_COIN
    return coin, units, worth


def worth_of(units: Counts, price: Counts) -> Counts:
    """What so many smallest units of an asset are worth, rounded down, in smallest units of the stable one."""
    whole: NDArray[np.object_] = units.astype(object) * price.astype(object) // PRICE_ONE
    worth: Counts = whole.astype(np.int64)
    return worth
