"""The parameters of a collateral asset, as data.

Rates are counts of 1e-8, amounts counts of the asset's smallest unit, values counts of the purse's. Where they are
read and checked is `stoplog.collateral.reading`.
"""

from __future__ import annotations

from typing import NamedTuple


class Depeg(NamedTuple):
    """What a stable asset is kept at: `par` is the value of a whole coin.

    From a price of `start` · par down, every share of par that is missing below it cuts `slope` times as much.
    """

    par: int
    start: int
    slope: int


class Regime(NamedTuple):
    """How the cut follows the volatility of a mark that is observed every `interval` minutes.

    `memory` is the number of observations over which moves are averaged. A mean move of `calm` or less asks for
    nothing, each further one for `multiple` times as much, between `floor` and `ceiling`; from one observation to the
    next the cut grows by at most `rise` and shrinks by at most `fall`.
    """

    interval: int
    memory: int
    multiple: int
    calm: int
    floor: int
    ceiling: int
    rise: int
    fall: int


class Terms(NamedTuple):
    """One asset. `unit` is the number of its smallest units in a whole coin.

    `sellable` is the amount that can be sold in the stated time of sale, `size_factor` how much of the waiting beyond
    it counts. From `concentration_start` on all deposits count together for no more than that amount; beyond `cap`
    nothing is taken in. `moves_with` has the correlation of the asset with underlyings, `wrong_way` the cut of what
    is wholly matched by positions that lose with it.
    """

    unit: int
    base: int
    sellable: int
    size_factor: int
    concentration_start: int
    cap: int
    wrong_way: int
    moves_with: tuple[tuple[str, int], ...]
    regime: Regime
    depeg: Depeg | None = None
