"""The settings beside each other: the same positions, the same traders, another fate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stoplog.proof.violations import Violation
from stoplog.simulation.sharing.figures import Figures, figures_of
from stoplog.simulation.sharing.layout import Setting
from stoplog.simulation.sharing.running import Run
from stoplog.simulation.sharing.world import SharedWorld

SHARES_AT = (0.1, 0.25, 0.5, 0.75, 0.9)
AMOUNTS_AT = (0.5, 0.75, 0.9, 0.99)
"""The quantiles at which losses are shown, in percent of a trader's money and as amounts."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Every position and every trader in two settings: money in smallest units of the asset.

    `both`, `only_first`, `only_second` and `neither` count liquidated positions; `better` and `worse` the traders that
    end with more or with less money in the second setting, and how much more and less.
    """

    first: Setting
    second: Setting
    both: int
    only_first: int
    only_second: int
    neither: int
    better: int
    better_by: int
    worse: int
    worse_by: int


@dataclass(frozen=True, slots=True)
class Fates:
    """How many traders lost none of their positions by liquidation, some of them, all of them."""

    none: int
    some: int
    every: int

    @property
    def survivors(self) -> int:
        """Traders that kept a position, or closed it themselves."""
        return self.none + self.some


@dataclass(frozen=True, slots=True)
class Column:
    """One setting as a report shows it: its figures, and what is reckoned from them."""

    figures: Figures
    fates: Fates
    shares_lost: tuple[float, ...]
    amounts_lost: tuple[float, ...]
    largest_share: float
    beyond: int
    commands: int
    digest: str
    violations: tuple[Violation, ...]
    invariants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The settings that were run, in order, and each pair with the first one where there are several."""

    columns: tuple[Column, ...]
    pairs: tuple[Pair, ...]


def column_of(world: SharedWorld, run: Run) -> Column:
    """What one setting shows."""
    figures = figures_of(world, run)
    money = world.holders.money
    ended = figures.liquidated.sum(axis=1)
    held = world.holders.held.sum(axis=1)
    return Column(
        figures=figures,
        fates=Fates(int((ended == 0).sum()), int(((ended > 0) & (ended < held)).sum()), int((ended == held).sum())),
        shares_lost=tuple(np.quantile(figures.lost / money, SHARES_AT).tolist()),
        amounts_lost=tuple(np.quantile(figures.lost, AMOUNTS_AT).tolist()),
        largest_share=float((figures.lost_at_risk / figures.at_risk).max()),
        beyond=int((figures.lost_at_risk > figures.at_risk).sum()),
        commands=run.commands,
        digest=run.digest,
        violations=run.violations,
        invariants=run.invariants,
    )


def compare(world: SharedWorld, columns: tuple[Column, ...]) -> Comparison:
    """The columns with their pairs."""
    pairs = tuple(_pair(world, columns[0].figures, column.figures) for column in columns[1:])
    return Comparison(columns, pairs)


def _pair(world: SharedWorld, first: Figures, second: Figures) -> Pair:
    held = world.holders.held
    more = first.lost - second.lost
    return Pair(
        first=first.setting,
        second=second.setting,
        both=int((first.liquidated & second.liquidated).sum()),
        only_first=int((first.liquidated & ~second.liquidated).sum()),
        only_second=int((~first.liquidated & second.liquidated).sum()),
        neither=int((held & ~first.liquidated & ~second.liquidated).sum()),
        better=int((more > 0).sum()),
        better_by=int(more[more > 0].sum()),
        worse=int((more < 0).sum()),
        worse_by=-int(more[more < 0].sum()),
    )
