"""What became of compartments: losses, leverage, shortfalls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import CompartmentState
from stoplog.simulation.scale import Scale
from stoplog.simulation.traders import Traders

Floats = NDArray[np.float64]

LARGEST = 10
LOSS_EDGES = np.linspace(-1.0, 1.0, 41)
"""Bins of loss over margin put in, 5 % wide; what was gained beyond 100 % is counted apart."""


@dataclass(frozen=True, slots=True)
class Losses:
    """Compartments that ended, by loss over margin put in: bins of `LOSS_EDGES`, closed and liquidated apart."""

    closed: NDArray[np.int64]
    liquidated: NDArray[np.int64]
    gained_more: int
    largest: float
    beyond: int


@dataclass(frozen=True, slots=True)
class Leverage:
    """What became of the compartments of one leverage."""

    leverage: float
    liquidated: int
    closed: int
    open: int


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A liquidation whose sale brought in less than nothing; amounts in the asset."""

    time: int
    compartment: int
    side: str
    leverage: float
    put_in: float
    size: float
    entry: float
    bankruptcy: float
    mark: float
    sale: float
    shortfall: float
    from_fund: float
    socialised: float


def losses_of(rows: NDArray[np.void]) -> Losses:
    """The losses of the compartments that ended."""
    ended = rows[(rows["state"] != CompartmentState.OPEN) & (rows["put_in"] > 0)]
    lost = ended["put_in"] - ended["taken_out"]
    loss = lost / ended["put_in"]
    liquidated = ended["state"] == CompartmentState.LIQUIDATED
    inside = loss > LOSS_EDGES[0]
    return Losses(
        closed=_upper_closed(loss[inside & ~liquidated]),
        liquidated=_upper_closed(loss[inside & liquidated]),
        gained_more=int((~inside).sum()),
        largest=float(loss.max(initial=-1.0)),
        beyond=int((lost > ended["put_in"]).sum()),
    )


def _upper_closed(loss: Floats) -> NDArray[np.int64]:
    """Counts by bin, each bin with its upper edge and without its lower one."""
    bins = np.searchsorted(LOSS_EDGES, loss, side="left") - 1
    counts: NDArray[np.int64] = np.bincount(bins, minlength=LOSS_EDGES.size - 1)
    return counts


def leverages_of(rows: NDArray[np.void], traders: Traders) -> tuple[Leverage, ...]:
    """By leverage; beyond a dozen different ones in a dozen groups of equal width, named by their upper end."""
    leverage = traders.leverage[: len(rows)]
    levels = np.unique(leverage)
    if levels.size > 12:  # noqa: PLR2004 -- said above
        levels = np.unique(np.ceil(np.quantile(leverage, np.linspace(0, 1, 11)[1:])))
    group = np.minimum(np.searchsorted(levels, leverage), levels.size - 1)
    counts = {
        state: np.bincount(group[rows["state"] == state], minlength=levels.size)
        for state in (CompartmentState.LIQUIDATED, CompartmentState.CLOSED, CompartmentState.OPEN)
    }
    return tuple(
        Leverage(
            float(level),
            int(counts[CompartmentState.LIQUIDATED][i]),
            int(counts[CompartmentState.CLOSED][i]),
            int(counts[CompartmentState.OPEN][i]),
        )
        for i, level in enumerate(levels)
    )


def shortfalls_of(
    liquidations: NDArray[np.void],
    missing: NDArray[np.int64],
    rows: NDArray[np.void],
    traders: Traders,
    scale: Scale,
) -> tuple[Shortfall, ...]:
    """The largest shortfalls, `missing` being what each liquidation lacked."""
    money, unit, lot = float(scale.money.step), float(scale.price_unit.step), float(scale.lot.step)
    found = []
    for i in np.argsort(-missing, kind="stable")[:LARGEST].tolist():
        if missing[i] <= 0:
            break
        row = liquidations[i]
        number = int(row["compartment"])
        found.append(
            Shortfall(
                time=int(row["time"]),
                compartment=number,
                side="long" if row["size"] > 0 else "short",
                leverage=float(traders.leverage[number - 1]),
                put_in=float(rows["put_in"][number - 1]) * money,
                size=abs(int(row["size"])) * lot,
                entry=float(traders.price[number - 1]) * unit,
                bankruptcy=float(row["bankruptcy_price"]) * unit,
                mark=float(row["mark"]) * unit,
                sale=float(row["sale_price"]) * unit,
                shortfall=float(missing[i]) * money,
                from_fund=float(row["from_fund"]) * money,
                socialised=float(row["socialised"]) * money,
            )
        )
    return tuple(found)
