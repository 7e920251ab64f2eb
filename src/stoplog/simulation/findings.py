"""What a finished replay shows, as the figures that the terminal and the report print.

From here on amounts are decimals of the asset and prices decimals of the quote currency, as floats, for display only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.records import Command, CompartmentState, Event, Refusal
from stoplog.simulation.observation import Observer
from stoplog.simulation.scale import Scale
from stoplog.simulation.traders import Traders

Floats = NDArray[np.float64]

BUCKETS_MOST = 600
LARGEST = 10
LOSS_EDGES = np.linspace(-1.0, 1.0, 41)
"""Bins of loss over margin put in, 5 % wide; what was gained beyond 100 % is counted apart."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """The window in equal parts: prices, what was liquidated in each, and levels at its end; `time` in ms."""

    time: NDArray[np.int64]
    width: int
    high: Floats
    low: Floats
    last: Floats
    liquidated_long: Floats
    liquidated_short: Floats
    count_long: NDArray[np.int64]
    count_short: NDArray[np.int64]
    price_long: Floats
    price_short: Floats
    longs: NDArray[np.int64]
    shorts: NDArray[np.int64]
    fund: Floats
    socialised: Floats


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


@dataclass(frozen=True, slots=True)
class Move:
    """The largest fall or rise, relative to where it began, from one mark to a later one."""

    start: float
    end: float
    time: int

    @property
    def falls(self) -> bool:
        """Whether it goes down."""
        return self.end < self.start


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
        buckets=_buckets(series, liquidations, scale),
        losses=_losses(rows),
        leverages=_leverages(rows, traders),
        shortfalls=_shortfalls(liquidations, missing, rows, traders, scale),
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
        move=_largest_move(price * unit, series["time"]),
        marks=len(series),
        payments=observer.events[Event.FUNDING_ACCRUED],
    )


def _largest_move(price: Floats, time: NDArray[np.int64]) -> Move:
    highest, lowest = np.maximum.accumulate(price), np.minimum.accumulate(price)
    fall, rise = int(np.argmin(price / highest)), int(np.argmax(price / lowest))
    falls = highest[fall] / price[fall] >= price[rise] / lowest[rise]
    end, start = (fall, highest) if falls else (rise, lowest)
    return Move(float(start[end]), float(price[end]), int(time[end]))


def _refused(observer: Observer) -> tuple[tuple[str, int], ...]:
    """Refusals by command and reason, without the exits that came after a liquidation."""
    late = {(Command.FILL, Refusal.COMPARTMENT_NOT_OPEN), (Command.CLOSE_COMPARTMENT, Refusal.COMPARTMENT_NOT_OPEN)}
    rest = [(key, times) for key, times in observer.refusals.items() if key not in late]
    return tuple((f"{kind.name} {reason.name}", times) for (kind, reason), times in sorted(rest))


def _buckets(series: NDArray[np.void], liquidations: NDArray[np.void], scale: Scale) -> Buckets:
    money, unit = float(scale.money.step), float(scale.price_unit.step)
    start, end = int(series["time"][0]), int(series["time"][-1])
    width = _width(end - start)
    first = start - start % width
    count = (end - first) // width + 1
    at = (series["time"] - first) // width
    used = np.unique(at)
    begin = np.searchsorted(at, used)
    last = np.searchsorted(at, used, side="right") - 1
    price = series["price"] * unit
    place = np.searchsorted(used, (liquidations["time"] - first) // width)
    value = np.abs(liquidations["size"]) * liquidations["mark"].astype(np.float64) * scale.multiplier * money
    mark = liquidations["mark"] * unit
    sums: dict[str, tuple[Floats, NDArray[np.int64], Floats]] = {}
    for name, side in (("long", liquidations["size"] > 0), ("short", liquidations["size"] < 0)):
        total = np.bincount(place[side], value[side], used.size).astype(np.float64)
        weighted = np.bincount(place[side], (value * mark)[side], used.size)
        number = np.bincount(place[side], minlength=used.size)
        sums[name] = (total, number, np.divide(weighted, total, out=np.zeros(used.size), where=total > 0))
    assert used.size <= count, "no bucket lies outside the window"
    return Buckets(
        time=first + used * width,
        width=width,
        high=np.maximum.reduceat(price, begin),
        low=np.minimum.reduceat(price, begin),
        last=price[last],
        liquidated_long=sums["long"][0],
        liquidated_short=sums["short"][0],
        count_long=sums["long"][1],
        count_short=sums["short"][1],
        price_long=sums["long"][2],
        price_short=sums["short"][2],
        longs=series["longs"][last],
        shorts=series["shorts"][last],
        fund=series["fund"][last] * money,
        socialised=series["socialised"][last] * money,
    )


def _width(span: int) -> int:
    """The shortest of the usual lengths, in ms, that cuts a span into at most BUCKETS_MOST parts."""
    minutes = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10080)
    return next((60_000 * m for m in minutes if span // (60_000 * m) < BUCKETS_MOST), span // BUCKETS_MOST + 1)


def _losses(rows: NDArray[np.void]) -> Losses:
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


def _leverages(rows: NDArray[np.void], traders: Traders) -> tuple[Leverage, ...]:
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


def _shortfalls(
    liquidations: NDArray[np.void],
    missing: NDArray[np.int64],
    rows: NDArray[np.void],
    traders: Traders,
    scale: Scale,
) -> tuple[Shortfall, ...]:
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
