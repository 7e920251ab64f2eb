"""Every draw of a simulation, from one seed: independent streams and the distributions a population may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

(
    BRIDGE,
    AT_START,
    ENTRY,
    SIDE,
    LEVERAGE,
    SIZE,
    LEAVING,
    HOLDING,
    HOW_MANY,
    WHICH,
    WEIGHT,
    SAME_SIDE,
    APART,
    COIN,
    WORTH,
) = range(15)
"""The streams: what is drawn in one does not move what is drawn in another."""

Floats = NDArray[np.float64]


def stream(seed: int, number: int) -> np.random.Generator:
    """One of the streams of a seed (0 or above)."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(number,))))


@dataclass(frozen=True, slots=True)
class Distribution:
    """A kind with its figures; values beyond `least` or `most`, where they are given, are set to them."""

    kind: str
    figures: Mapping[str, float | tuple[float, ...]]
    least: float | None = None
    most: float | None = None

    def draw(self, random: np.random.Generator, count: int) -> Floats:
        """`count` values."""
        values = KINDS[self.kind].draw(random, count, **self.figures)
        if self.least is None and self.most is None:
            return values
        bounded: Floats = np.clip(values, self.least, self.most)
        return bounded


@dataclass(frozen=True, slots=True)
class Kind:
    """The figures that a kind of distribution takes, those that are lists, and how it is drawn."""

    single: tuple[str, ...]
    lists: tuple[str, ...]
    draw: Callable[..., Floats]


def _fixed(_: np.random.Generator, count: int, *, value: float) -> Floats:
    return np.full(count, value, np.float64)


def _uniform(random: np.random.Generator, count: int, *, least: float, most: float) -> Floats:
    return least + (most - least) * random.random(count)


def _lognormal(random: np.random.Generator, count: int, *, median: float, sigma: float) -> Floats:
    values: Floats = median * np.exp(sigma * random.standard_normal(count))
    return values


def _exponential(random: np.random.Generator, count: int, *, mean: float) -> Floats:
    values: Floats = -mean * np.log1p(-random.random(count))
    return values


def _pareto(random: np.random.Generator, count: int, *, least: float, alpha: float) -> Floats:
    values: Floats = least * (1.0 - random.random(count)) ** (-1.0 / alpha)
    return values


def _choice(random: np.random.Generator, count: int, *, values: Sequence[float], weights: Sequence[float]) -> Floats:
    edges = np.cumsum(weights) / np.sum(weights)
    chosen: Floats = np.array(values, np.float64)[np.searchsorted(edges[:-1], random.random(count), side="right")]
    return chosen


KINDS: Mapping[str, Kind] = {
    "fixed": Kind(("value",), (), _fixed),
    "uniform": Kind(("least", "most"), (), _uniform),
    "lognormal": Kind(("median", "sigma"), (), _lognormal),
    "exponential": Kind(("mean",), (), _exponential),
    "pareto": Kind(("least", "alpha"), (), _pareto),
    "choice": Kind((), ("values", "weights"), _choice),
}
