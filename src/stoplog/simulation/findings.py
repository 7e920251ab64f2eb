"""What a finished replay shows, as the figures that the terminal and the report print.

From here on amounts are decimals of the asset and prices decimals of the quote currency, as floats, for display only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command, CompartmentState, Event, Refusal
from stoplog.simulation.buckets import Buckets, Move, buckets_of, largest_move
from stoplog.simulation.observation import Observer
from stoplog.simulation.outcomes import Leverage, Losses, Shortfall, leverages_of, losses_of, shortfalls_of
from stoplog.simulation.scale import Scale
from stoplog.simulation.traders import Traders


@dataclass(frozen=True, slots=True)
class Findings:
    """The whole of it."""

    buckets: Buckets
    losses: Losses
    leverages: tuple[Leverage, ...]
    shortfalls: tuple[Shortfall, ...]
    shortfall_count: int
    shortfall_total: float
    from_fund: float
    socialised: float
    fund: float
    fund_most: float
    fees: float
    margin: float
    margin_lost: float
    liquidated_value: float
    traders: int
    entered: int
    liquidated: int
    liquidated_long: int
    closed: int
    still_open: int
    too_late: int
    refused: tuple[tuple[str, int], ...]
    first_price: float
    high_price: float
    low_price: float
    last_price: float
    move: Move
    marks: int
    payments: int


def find(observer: Observer, compartments: NDArray[np.void], traders: Traders, scale: Scale) -> Findings:
    """The findings of a replay; `compartments` are the state's rows, row 0 included."""
    money, unit = float(scale.money.step), float(scale.price_unit.step)
    series, liquidations = observer.series(), observer.liquidations()
    rows = compartments[1:]
    liquidated = rows["state"] == CompartmentState.LIQUIDATED
    price = series["price"]
    missing = liquidations["from_fund"] + liquidations["socialised"]
    value = np.abs(liquidations["size"]) * liquidations["mark"] * scale.multiplier
    too_late = observer.refusals[Command.FILL, Refusal.COMPARTMENT_NOT_OPEN]
    return Findings(
        buckets=buckets_of(series, liquidations, scale),
        losses=losses_of(rows),
        leverages=leverages_of(rows, traders),
        shortfalls=shortfalls_of(liquidations, missing, rows, traders, scale),
        shortfall_count=int((missing > 0).sum()),
        shortfall_total=float(missing.sum()) * money,
        from_fund=float(liquidations["from_fund"].sum()) * money,
        socialised=float(liquidations["socialised"].sum()) * money,
        fund=float(series["fund"][-1]) * money,
        fund_most=float(series["fund"].max()) * money,
        fees=float(series["fees"][-1]) * money,
        margin=float(rows["put_in"].sum()) * money,
        margin_lost=float((rows["put_in"] - rows["taken_out"])[liquidated].sum()) * money,
        liquidated_value=float(value.astype(np.float64).sum()) * money,
        traders=traders.lots.size,
        entered=len(rows),
        liquidated=int(liquidated.sum()),
        liquidated_long=int((liquidations["size"] > 0).sum()),
        closed=int((rows["state"] == CompartmentState.CLOSED).sum()),
        still_open=int((rows["state"] == CompartmentState.OPEN).sum()),
        too_late=too_late,
        refused=_refused(observer),
        first_price=float(price[0]) * unit,
        high_price=float(price.max()) * unit,
        low_price=float(price.min()) * unit,
        last_price=float(price[-1]) * unit,
        move=largest_move(price * unit, series["time"]),
        marks=len(series),
        payments=observer.events[Event.FUNDING_ACCRUED],
    )


def _refused(observer: Observer) -> tuple[tuple[str, int], ...]:
    """Refusals by command and reason, without the exits that came after a liquidation."""
    late = {(Command.FILL, Refusal.COMPARTMENT_NOT_OPEN), (Command.CLOSE_COMPARTMENT, Refusal.COMPARTMENT_NOT_OPEN)}
    rest = [(key, times) for key, times in observer.refusals.items() if key not in late]
    return tuple((f"{kind.name} {reason.name}", times) for (kind, reason), times in sorted(rest))
