"""What the engine should know of its collateral now, as commands: rule COL-011.

Opening haircut and deposit cap follow the pool and the regime at once, because they bind only what would be new. The
haircut of what is there is the base alone, and another one is announced with a grace. So what anybody deposits, or how
a price moves, changes no haircut that anybody's maintenance depends on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from stoplog.codes import AssetParameter, Kind
from stoplog.collateral.haircut import Surroundings, opening_rate
from stoplog.collateral.terms import Terms
from stoplog.commands import Batch
from stoplog.proof.tables import exact_sums
from stoplog.proof.violations import TablesLike
from stoplog.units import AMOUNT_MAX, PRICE_ONE, RATE_ONE, mul_div_down


class Kept(NamedTuple):
    """The terms of an asset, and the cut of the regime in force, a rate (`collateral.regime`)."""

    terms: Terms
    regime: int


class Wanted(NamedTuple):
    """What an asset should have: rates, and the cap in its smallest units."""

    haircut: int
    opening_haircut: int
    deposit_cap: int


def wanted(kept: Kept, price: int, pool: int) -> Wanted:
    """What an asset should have at a price in value units for `PRICE_ONE` of it, with so much of it in the pool.

    The price of a whole coin is rounded down, rates up, both against the holder.
    """
    around = Surroundings(pool, kept.regime)
    coin = mul_div_down(price, kept.terms.unit, PRICE_ONE)
    opening = opening_rate(kept.terms, coin, around, RATE_ONE)
    return Wanted(kept.terms.base, opening, min(kept.terms.cap, AMOUNT_MAX))


def pools(tables: TablesLike) -> list[int]:
    """By asset what its pockets hold together; what some owe makes it no smaller."""
    rows = tables.rows("compartments")
    pocket = rows["kind"] == Kind.POCKET
    held = np.maximum(rows["purse"][pocket], 0)
    return [int(amount) for amount in exact_sums(rows["asset"][pocket], held, len(tables.rows("assets")))]


def keep(tables: TablesLike, assets: Mapping[int, Kept], batch: Batch, *, ahead: int, grace: int) -> None:
    """Append to `batch`, which is to be applied next, what brings the assets of these numbers up to date.

    Another base haircut is announced for the command `ahead` of the one that announces it, with a grace in
    milliseconds; where a change of it is to come already, nothing is. An asset without a price is no collateral yet
    and is passed over. `ValueError` for an asset that is not registered, or has other decimals than its terms.
    """
    rows, sequence, pool = tables.rows("assets"), int(tables.rows("counts")["sequence"][0]), pools(tables)
    for number, kept in assets.items():
        if not 1 <= number < len(rows):
            raise ValueError(f"asset: {number} is not registered; there are {len(rows) - 1}")
        row = rows[number]
        if kept.terms.unit != 10 ** int(row["decimals"]):
            raise ValueError(
                f"asset: {number} has {int(row['decimals'])} decimals, its terms a unit of {kept.terms.unit}"
            )
        if row["price"] == 0:
            continue
        asked = wanted(kept, int(row["price"]), pool[number])
        for parameter, value in _differing(row, asked):
            batch.set_asset_parameter(asset=number, parameter=parameter, value=value)
        if row["haircut"] != asked.haircut and row["pending_change"] == 0:
            batch.schedule_asset_parameter(
                asset=number,
                parameter=AssetParameter.HAIRCUT,
                value=asked.haircut,
                effective_sequence=sequence + len(batch) + 1 + ahead,
                grace=grace,
            )


def _differing(row: np.void, asked: Wanted) -> Iterator[tuple[AssetParameter, int]]:
    """What is set at once, where it is another."""
    for parameter in (AssetParameter.OPENING_HAIRCUT, AssetParameter.DEPOSIT_CAP):
        name = parameter.name.lower()
        if row[name] != getattr(asked, name):
            yield parameter, getattr(asked, name)
