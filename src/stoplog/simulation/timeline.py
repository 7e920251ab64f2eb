"""Marks, funding, exits and entries in the order of time, laid out as chunks of command records.

At the same moment a mark comes first, then funding, then exits, then entries. Every trader enters with four
commands (account, deposit, compartment, fill) and leaves with two (fill, close), and a chunk never parts them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command, Parameter
from stoplog.commands import Batch
from stoplog.instruments import LINEAR
from stoplog.records import COMMAND
from stoplog.simulation.funding_rates import Funding
from stoplog.simulation.paths import Marks
from stoplog.simulation.population import Market
from stoplog.simulation.scale import Scale
from stoplog.simulation.traders import Traders

ASSET = 1
TIER_TABLE = 1
INSTRUMENT = 1
CHUNK = 50_000

MARK, FUNDING, EXIT, ENTRY = range(4)
COMMANDS_PER_ACTION = np.array([1, 1, 2, 4])

Counts = NDArray[np.int64]


def opening(market: Market, scale: Scale, time: int) -> NDArray[np.void]:
    """The commands that register the asset, the tiers and the instrument."""
    batch = Batch()
    batch.register_asset(decimals=market.asset_decimals, time=time)
    batch.register_tier_table()
    for tier in market.tiers:
        batch.add_tier(table=TIER_TABLE, floor=tier.floor, rate=tier.rate, initial_rate=tier.initial_rate)
    batch.register_instrument(
        asset=ASSET,
        tier_table=TIER_TABLE,
        payoff=LINEAR,
        multiplier=scale.multiplier,
        price_max=scale.price_max,
        position_limit=scale.position_limit,
    )
    for parameter, value in (
        (Parameter.LIQUIDATION_FEE_RATE, market.liquidation_fee),
        (Parameter.SLIPPAGE_RATE, market.slippage),
    ):
        batch.set_parameter(instrument=INSTRUMENT, parameter=parameter, value=value)
    return batch.records()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that happens after the opening: `kind` and `index` of each action, in order, and where it ends."""

    marks: Marks
    funding: Funding
    traders: Traders
    fee_rate: int
    kind: NDArray[np.int8]
    index: Counts
    ends: Counts

    @property
    def commands(self) -> int:
        """How many commands there are."""
        return int(self.ends[-1])

    def chunks(self, size: int = CHUNK) -> Iterator[NDArray[np.void]]:
        """The commands in order, about `size` at a time."""
        cuts = np.searchsorted(self.ends, np.arange(size, self.commands, size)) + 1
        edges = np.unique(np.concatenate([[0], cuts, [self.ends.size]]))
        for first, last in pairwise(edges.tolist()):
            yield self._lay_out(first, last)

    def _lay_out(self, first: int, last: int) -> NDArray[np.void]:
        kind, index, ends = self.kind[first:last], self.index[first:last], self.ends[first:last]
        base = int(self.ends[first - 1]) if first else 0
        rows = np.zeros(int(ends[-1]) - base, COMMAND)
        at = ends - COMMANDS_PER_ACTION[kind] - base
        for number, write in enumerate((self._mark, self._fund, self._exit, self._enter)):
            chosen = kind == number
            write(rows, at[chosen], index[chosen])
        return rows

    def _mark(self, rows: NDArray[np.void], at: Counts, which: Counts) -> None:
        put(rows, at, Command.MARK, self.marks.time[which], instrument=INSTRUMENT, price=self.marks.price[which])

    def _fund(self, rows: NDArray[np.void], at: Counts, which: Counts) -> None:
        put(rows, at, Command.FUNDING, self.funding.time[which], instrument=INSTRUMENT, rate=self.funding.rate[which])

    def _exit(self, rows: NDArray[np.void], at: Counts, which: Counts) -> None:
        time, compartment = self.traders.exit_time[which], which + 1
        price = self.marks.in_force(time)
        self._fill(rows, at, time, compartment, -self.traders.lots[which], price)
        put(rows, at + 1, Command.CLOSE_COMPARTMENT, time, compartment=compartment)

    def _enter(self, rows: NDArray[np.void], at: Counts, which: Counts) -> None:
        traders, time, number = self.traders, self.traders.entry_time[which], which + 1
        margin = traders.margin[which]
        put(rows, at, Command.REGISTER_ACCOUNT, time)
        put(rows, at + 1, Command.DEPOSIT, time, account=number, asset=ASSET, amount=margin)
        put(
            rows,
            at + 2,
            Command.OPEN_COMPARTMENT,
            time,
            account=number,
            instrument=INSTRUMENT,
            amount=margin,
            rate=traders.own_rate[which],
        )
        self._fill(rows, at + 3, time, number, traders.lots[which], traders.price[which])

    def _fill(
        self, rows: NDArray[np.void], at: Counts, time: Counts, compartment: Counts, size: Counts, price: Counts
    ) -> None:
        put(
            rows,
            at,
            Command.FILL,
            time,
            instrument=INSTRUMENT,
            compartment=compartment,
            size=size,
            price=price,
            rate=self.fee_rate,
        )


def put(rows: NDArray[np.void], at: Counts, kind: Command, time: Counts, **fields: Counts | int) -> None:
    """Write one kind of command into the rows `at`: its times, and fields as columns or the same for all."""
    rows["kind"][at] = kind
    rows["time"][at] = time
    for name, values in fields.items():
        rows[name][at] = values


def plan(marks: Marks, funding: Funding, traders: Traders, market: Market) -> Timeline:
    """Everything in the order of time."""
    leaving = np.flatnonzero(traders.exits)
    parts = (
        (MARK, marks.time, np.arange(marks.time.size)),
        (FUNDING, funding.time, np.arange(funding.time.size)),
        (EXIT, traders.exit_time[leaving], leaving),
        (ENTRY, traders.entry_time, np.arange(traders.entry_time.size)),
    )
    time = np.concatenate([times for _, times, _ in parts])
    kind = np.concatenate([np.full(times.size, number, np.int8) for number, times, _ in parts])
    index = np.concatenate([numbers for _, _, numbers in parts])
    order = np.argsort(time, kind="stable")
    kind = kind[order]
    return Timeline(marks, funding, traders, market.taker_fee, kind, index[order], np.cumsum(COMMANDS_PER_ACTION[kind]))
