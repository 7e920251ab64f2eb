"""The traders of one replay, drawn from a population: whole columns, one row per trader."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.simulation.draws import AT_START, ENTRY, HOLDING, LEAVING, LEVERAGE, SIDE, SIZE, stream
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.paths import Marks
from stoplog.simulation.population import Market, Population
from stoplog.simulation.scale import Scale
from stoplog.units import AMOUNT_MAX, RATE_ONE

HOUR = 3_600_000

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Traders:
    """In the order of entry, so that row n is account n + 1 and compartment n + 1.

    Times in ms, `price` in price units, `lots` signed (above zero buys), `margin` in the asset's smallest unit,
    `own_rate` 1 / leverage in counts of 1e-8. `exit_time` holds where `exits` is true.
    """

    entry_time: Counts
    price: Counts
    lots: Counts
    margin: Counts
    leverage: NDArray[np.float64]
    own_rate: Counts
    exits: NDArray[np.bool_]
    exit_time: Counts


def draw_traders(population: Population, count: int, seed: int, marks: Marks, scale: Scale) -> Traders:
    """`count` traders; each enters at the mark in force with the leverage that its tier admits at most.

    Size follows from margin and leverage with room for the entry fee, rounded down to whole lots. Who draws
    less than one lot takes one, and puts in what that needs.
    """
    start, end = int(marks.time[0]), int(marks.time[-1])
    share = np.where(
        stream(seed, AT_START).random(count) < population.at_start,
        0.0,
        population.entry.draw(stream(seed, ENTRY), count),
    )
    entry_time = np.sort(start + np.floor(share * (end - start)).astype(np.int64))
    price = marks.in_force(entry_time)
    side = np.where(stream(seed, SIDE).random(count) < population.long, 1, -1)
    wished = population.leverage.draw(stream(seed, LEVERAGE), count)
    size = population.size.draw(stream(seed, SIZE), count)
    lots, margin, leverage, own_rate = sizes(population.market, population.measure, scale, price, wished, size)
    leaves = stream(seed, LEAVING).random(count) < population.exit_share
    held = population.holding_hours.draw(stream(seed, HOLDING), count) * HOUR
    exit_time = entry_time + np.maximum(1, np.rint(np.minimum(held, end - start + 1))).astype(np.int64)
    if float(margin.astype(np.float64).sum()) > AMOUNT_MAX:
        raise BadInput("the traders put in more than one asset can hold; fewer or smaller ones", file=population.path)
    return Traders(entry_time, price, side * lots, margin, leverage, own_rate, leaves & (exit_time <= end), exit_time)


def sizes(
    market: Market,
    measure: str,
    scale: Scale,
    price: Counts,
    wished: NDArray[np.float64],
    size: NDArray[np.float64],
) -> tuple[Counts, Counts, NDArray[np.float64], Counts]:
    """Lots (above zero), margin, leverage and own rate of each trader, whose `size` is of the `measure` chosen."""
    money = 10.0**scale.asset_decimals
    notional = size * money * (wished if measure == "margin" else 1.0)
    leverage = np.minimum(wished, _largest_leverage(market, notional))
    own_rate = np.ceil(RATE_ONE / leverage).astype(np.int64)
    lot_value = price * scale.multiplier
    need = (own_rate + market.taker_fee) / RATE_ONE
    budget = size * money if measure == "margin" else notional * need
    limit = scale.position_limit
    lots = np.clip(np.floor(budget / (lot_value * need)), 1, limit).astype(np.int64)
    least = np.ceil(lots * lot_value * need) + 2
    margin = np.ceil(np.maximum(budget, least)).astype(np.int64)
    return lots, margin, leverage, own_rate


def _largest_leverage(market: Market, notional: NDArray[np.float64]) -> NDArray[np.float64]:
    floors = np.array([tier.floor for tier in market.tiers], np.float64)
    leverage = np.array([tier.leverage for tier in market.tiers])
    allowed: NDArray[np.float64] = leverage[np.maximum(np.searchsorted(floors, notional, side="left") - 1, 0)]
    return allowed
