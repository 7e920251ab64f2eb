"""A ledger under stress: the engine itself, on a copy of the state after the last entry, with stressed marks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import CompartmentState, Event, InstrumentState, Kind, Model, Place, Refusal
from stoplog.engine import Tables, apply
from stoplog.instruments import LINEAR
from stoplog.ledger.recovery import recover
from stoplog.ledger.sqlite import SqliteJournal
from stoplog.stress.jumps import jump
from stoplog.stress.outcomes import Loss, Outcome, StressFailed, checked
from stoplog.stress.shocks import STABLE_ASSETS, Shock


class LedgerSystem:
    """The compartments of a ledger, isolated and cross.

    `instruments` and `assets` name numbers by what they are, such as 1 → BTC and 1 → USDT; what is not named is called
    by its number and moves like the asset that moves most.
    """

    kind = "ledger"

    def __init__(self, tables: Tables, name: str, instruments: Mapping[int, str], assets: Mapping[int, str]) -> None:
        self.name = name
        self._tables = tables
        counts = tables.counts[0]
        self._instruments = _named("instrument", int(counts["instruments"]), instruments)
        self._assets = _named("asset", int(counts["assets"]), assets)
        self._owed = _owed(tables)

    @classmethod
    def read(cls, path: Path, instruments: Mapping[int, str], assets: Mapping[int, str]) -> LedgerSystem:
        """The state after the last entry of the ledger at `path`, only read; `LedgerError` where it cannot be."""
        with closing(SqliteJournal(path, read_only=True)) as journal:
            engine, _ = recover(journal, rebuild=False)
        return cls(engine.tables, path.name, instruments, assets)

    def names(self) -> list[str]:
        """The underlyings with a mark, the assets with a price, and the stable ones that linear ones are quoted in."""
        live = self._live()
        quoted = {self._assets[int(self._tables.instruments["asset"][i])] for i in live if self._is_linear(i)}
        priced = {self._assets[number] for number in self._priced()}
        return sorted({self._instruments[i] for i in live} | priced | quoted & STABLE_ASSETS)

    def under(self, shock: Shock) -> list[Outcome]:
        """The outcome by asset in which something can be lost: every price jumps to its stressed one."""
        trial = self._tables.copy()
        events = apply(trial, jump(trial, self._marks(shock), self._prices(shock)).records())
        refused = events[events["kind"] == Event.REFUSED]
        if len(refused):
            first = refused[0]
            of = f"instrument {first['instrument']}" if first["instrument"] else f"asset {first['asset']}"
            raise StressFailed(f"{shock.name}: {of} refuses its price: {Refusal(int(first['reason'])).name}")
        return [self._outcome(shock, asset, trial, events) for asset in self._owed]

    def remarks(self) -> list[str]:
        """What the figures leave out."""
        rows = self._tables.rows("compartments")
        strategies = (rows["kind"] == Kind.CROSS) & (rows["initial_rate"] == Model.SCENARIOS)
        found = int((strategies & (rows["state"] == CompartmentState.OPEN)).sum())
        if not found:
            return []
        named = "1 portfolio compartment is" if found == 1 else f"{found:,} portfolio compartments are"
        return [f"{named} moved by prices of collateral alone: arrays at stressed marks are not in the ledger."]

    def _live(self) -> list[int]:
        table = self._tables.instruments
        return [
            number
            for number in self._instruments
            if table["state"][number] == InstrumentState.LIVE and table["mark"][number]
        ]

    def _priced(self) -> list[int]:
        return [number for number in self._assets if self._tables.assets["price"][number]]

    def _is_linear(self, instrument: int) -> bool:
        return int(self._tables.instruments["payoff"][instrument]) == LINEAR

    def _marks(self, shock: Shock) -> dict[int, int]:
        """The stressed marks, down to a price unit."""
        found = {}
        for number in self._live():
            row = self._tables.instruments[number]
            factor = shock.factor(self._instruments[number])
            quoted_in = self._assets[int(row["asset"])]
            if self._is_linear(number) and quoted_in in STABLE_ASSETS:
                factor /= shock.factor(quoted_in)
            found[number] = int(row["mark"]) * factor.numerator // factor.denominator
        return found

    def _prices(self, shock: Shock) -> dict[int, int]:
        """The stressed prices of the assets that have one, down to a value unit."""
        found = {}
        for number in self._priced():
            factor = shock.factor(self._assets[number])
            found[number] = int(self._tables.assets["price"][number]) * factor.numerator // factor.denominator
        return found

    def _outcome(self, shock: Shock, asset: int, trial: Tables, events: NDArray[np.void]) -> Outcome:
        unit = Fraction(1, 10 ** int(self._tables.assets["decimals"][asset]))
        ours = events[events["asset"] == asset]
        paid = ours[(ours["kind"] == Event.FUND_PAID) | (ours["kind"] == Event.SOCIALISED)]
        lost: dict[int, int] = {}
        for number, amount in zip(paid["compartment"].tolist(), paid["amount"].tolist(), strict=True):
            compartment = int(trial.compartments["cross"][number]) or number
            lost[compartment] = lost.get(compartment, 0) + amount
        before, after = self._tables.funds[asset], trial.funds[asset]
        return checked(
            Outcome(
                stress=shock.name,
                reason=shock.reason,
                asset=self._assets[asset],
                liquidated=_liquidated(trial, asset, events),
                losses=tuple(Loss(str(number), amount * unit) for number, amount in sorted(lost.items())),
                received=int(ours["amount"][ours["kind"] == Event.FUND_RECEIVED].sum()) * unit,
                fund_before=int(before["insurance_fund"]) * unit,
                fund_left=int(after["insurance_fund"]) * unit,
                uncovered=abs(int(after["socialised_loss"]) - int(before["socialised_loss"])) * unit,
            )
        )


def _liquidated(trial: Tables, asset: int, events: NDArray[np.void]) -> int:
    """How many were liquidated: isolated compartments of the asset, and cross compartments with a row in it."""
    isolated = (events["kind"] == Event.TAKEN_OVER) & (events["source"] == Place.COMPARTMENT)
    crosses = np.unique(events["compartment"][events["kind"] == Event.CROSS_LIQUIDATED])
    rows = trial.rows("compartments")
    shared = np.unique(rows["cross"][(rows["asset"] == asset) & np.isin(rows["cross"], crosses)])
    return int((isolated & (events["asset"] == asset)).sum()) + len(shared)


def _owed(tables: Tables) -> list[int]:
    """The assets in which something can be lost or paid: settled in, owed already, or with a fund."""
    rows = tables.rows("compartments")
    settled = tables.rows("instruments")["asset"][1:]
    short = rows["asset"][rows["purse"] < 0]
    funded = np.flatnonzero(tables.rows("funds")["insurance_fund"])
    return [int(asset) for asset in np.unique(np.concatenate([settled, short, funded]))]


def _named(kind: str, count: int, given: Mapping[int, str]) -> dict[int, str]:
    """The names of the numbers from 1 to `count`; `StressFailed` where another number is named."""
    for number in given:
        if not 1 <= number <= count:
            raise StressFailed(f"--{kind} {number}={given[number]}: there is no {kind} of this number")
    return {number: given.get(number, f"{kind} {number}") for number in range(1, count + 1)}
