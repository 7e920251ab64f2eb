"""What a replay shows while it runs: series by mark, liquidations by compartment, refusals by reason.

Everything is read from commands and events; nothing is asked of the state.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command, Event, Refusal

Counts = NDArray[np.int64]

SERIES = ("time", "price", "longs", "shorts", "fund", "socialised", "fees")

SERIES_ROW = np.dtype([(name, "<i8") for name in SERIES])
"""One row per mark, after its liquidations: open longs and shorts (compartments), balances in smallest units."""

LIQUIDATION = np.dtype(
    [
        ("time", "<i8"),
        ("compartment", "<i8"),
        ("purse", "<i8"),
        ("size", "<i8"),
        ("cost", "<i8"),
        ("bankruptcy_price", "<i8"),
        ("mark", "<i8"),
        ("sale_price", "<i8"),
        ("realised", "<i8"),
        ("fee", "<i8"),
        ("to_fund", "<i8"),
        ("from_fund", "<i8"),
        ("socialised", "<i8"),
    ]
)
"""One row per liquidated compartment: size in lots, prices in price units, the rest in smallest units."""

AFTER_THE_SALE = {
    Event.LIQUIDATION_FEE_PAID: "fee",
    Event.FUND_RECEIVED: "to_fund",
    Event.FUND_PAID: "from_fund",
    Event.SOCIALISED: "socialised",
}


class Observer:
    """Sees every batch with its events, in order."""

    def __init__(self) -> None:
        self._series: list[NDArray[np.void]] = []
        self._liquidations: list[NDArray[np.void]] = []
        self._totals = dict.fromkeys(SERIES[2:], 0)
        self.commands = 0
        self.events: Counter[Event] = Counter()
        self.refusals: Counter[tuple[Command, Refusal]] = Counter()

    def see(self, batch: NDArray[np.void], events: NDArray[np.void]) -> None:
        """One batch and what the engine made of it."""
        base = self.commands
        self.commands += len(batch)
        kinds = events["kind"]
        for number, times in enumerate(np.bincount(kinds).tolist()):
            if times:
                self.events[Event(number)] += times
        self._see_refusals(batch, events[kinds == Event.REFUSED], base)
        self._see_marks(batch, events, base)
        if (kinds == Event.TAKEN_OVER).any():
            self._see_liquidations(batch, events, base)

    def _see_refusals(self, batch: NDArray[np.void], refused: NDArray[np.void], base: int) -> None:
        asked = batch["kind"][refused["sequence"] - base - 1]
        for (kind, reason), times in Counter(zip(asked.tolist(), refused["reason"].tolist(), strict=True)).items():
            self.refusals[Command(kind), Refusal(reason)] += times

    def _see_marks(self, batch: NDArray[np.void], events: NDArray[np.void], base: int) -> None:
        changes = _changes(batch, events, base)
        marked = events[events["kind"] == Event.MARKED]
        rows = np.zeros(len(marked), SERIES_ROW)
        rows["time"] = batch["time"][marked["sequence"] - base - 1]
        rows["price"] = marked["first"]
        last = np.searchsorted(events["sequence"], marked["sequence"], side="right") - 1
        for name, change in changes.items():
            level = self._totals[name] + np.cumsum(change)
            rows[name] = level[last]
            self._totals[name] = int(level[-1])
        self._series.append(rows)

    def _see_liquidations(self, batch: NDArray[np.void], events: NDArray[np.void], base: int) -> None:
        kinds = events["kind"]
        taken, sold = events[kinds == Event.TAKEN_OVER], events[kinds == Event.SOLD]
        assert np.array_equal(taken["compartment"], sold["compartment"]), "what is taken over is sold at once"
        rows = np.zeros(len(taken), LIQUIDATION)
        rows["time"] = batch["time"][taken["sequence"] - base - 1]
        for name, column in (
            ("compartment", taken["compartment"]),
            ("purse", taken["amount"]),
            ("size", taken["first"]),
            ("cost", taken["second"]),
            ("bankruptcy_price", taken["third"]),
            ("mark", sold["third"]),
            ("sale_price", sold["second"]),
            ("realised", sold["amount"]),
        ):
            rows[name] = column
        order = np.argsort(rows["compartment"])
        for kind, name in AFTER_THE_SALE.items():
            moved = events[kinds == kind]
            at = np.searchsorted(rows["compartment"], moved["compartment"], sorter=order)
            rows[name][order[at]] = moved["amount"]
        self._liquidations.append(rows)

    def series(self) -> NDArray[np.void]:
        """`SERIES_ROW` records, one per mark."""
        return np.concatenate(self._series) if self._series else np.zeros(0, SERIES_ROW)

    def liquidations(self) -> NDArray[np.void]:
        """`LIQUIDATION` records, in the order in which they happened."""
        return np.concatenate(self._liquidations) if self._liquidations else np.zeros(0, LIQUIDATION)


def _changes(batch: NDArray[np.void], events: NDArray[np.void], base: int) -> dict[str, Counts]:
    """By series, how much each event changes it."""
    kinds, amount = events["kind"], events["amount"]
    filled = (kinds == Event.FILLED) & (events["compartment"] != 0)
    opens = filled & (events["first"] != 0)
    ends = (filled & (events["first"] == 0)) | (kinds == Event.TAKEN_OVER)
    traded = batch["size"][events["sequence"] - base - 1]
    long = np.where(filled, np.where(opens, traded > 0, traded < 0), events["first"] > 0)
    change = opens.astype(np.int64) - ends
    return {
        "longs": change * long,
        "shorts": change * ~long,
        "fund": (kinds == Event.FUND_RECEIVED) * amount - (kinds == Event.FUND_PAID) * amount,
        "socialised": (kinds == Event.SOCIALISED) * amount,
        "fees": ((kinds == Event.FEE_PAID) | (kinds == Event.LIQUIDATION_FEE_PAID)) * amount,
    }
