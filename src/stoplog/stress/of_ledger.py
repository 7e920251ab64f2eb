"""A ledger under stress: the engine itself, on a copy of the state after the last entry, with stressed marks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Event, InstrumentState, Parameter, Refusal
from stoplog.commands import Batch
from stoplog.engine import Tables, apply
from stoplog.instruments import LINEAR
from stoplog.ledger.recovery import recover
from stoplog.ledger.sqlite import SqliteJournal
from stoplog.stress.outcomes import Loss, Outcome, StressFailed, checked
from stoplog.stress.shocks import STABLE_ASSETS, Shock


class LedgerSystem:
    """The compartments of a ledger, each isolated, one instrument each.

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

    @classmethod
    def read(cls, path: Path, instruments: Mapping[int, str], assets: Mapping[int, str]) -> LedgerSystem:
        """The state after the last entry of the ledger at `path`, only read; `LedgerError` where it cannot be."""
        with closing(SqliteJournal(path, read_only=True)) as journal:
            engine, _ = recover(journal, rebuild=False)
        return cls(engine.tables, path.name, instruments, assets)

    def names(self) -> list[str]:
        """The underlyings with a mark, and the stable assets that linear instruments are quoted in."""
        live = self._live()
        quoted = {self._assets[int(self._tables.instruments["asset"][i])] for i in live if self._is_linear(i)}
        return sorted({self._instruments[i] for i in live} | quoted & STABLE_ASSETS)

    def under(self, shock: Shock) -> list[Outcome]:
        """The outcome by asset: every mark jumps to its stressed price, in the order of instruments."""
        trial = self._tables.copy()
        events = apply(trial, self._marks(shock))
        refused = events[events["kind"] == Event.REFUSED]
        if len(refused):
            reason = Refusal(int(refused[0]["reason"])).name
            raise StressFailed(f"{shock.name}: instrument {refused[0]['instrument']} refuses its mark: {reason}")
        return [self._outcome(shock, asset, trial, events) for asset in self._assets]

    def _live(self) -> list[int]:
        table = self._tables.instruments
        return [
            number
            for number in self._instruments
            if table["state"][number] == InstrumentState.LIVE and table["mark"][number]
        ]

    def _is_linear(self, instrument: int) -> bool:
        return int(self._tables.instruments["payoff"][instrument]) == LINEAR

    def _marks(self, shock: Shock) -> NDArray[np.void]:
        batch = Batch()
        time = int(self._tables.counts["time"][0])
        for number in self._live():
            row = self._tables.instruments[number]
            factor = shock.factor(self._instruments[number])
            quoted_in = self._assets[int(row["asset"])]
            if self._is_linear(number) and quoted_in in STABLE_ASSETS:
                factor /= shock.factor(quoted_in)
            price = int(row["mark"]) * factor.numerator // factor.denominator
            price = max(int(row["price_min"]), min(int(row["price_max"]), price))
            if row["guarded"]:
                self._take_off_guards(batch, number, time)
            batch.mark(instrument=number, price=price, time=time)
        return batch.records()

    @staticmethod
    def _take_off_guards(batch: Batch, number: int, time: int) -> None:
        """A stressed mark is not to be held for being one."""
        for limit in (Parameter.AGE_LIMIT, Parameter.CONFIDENCE_LIMIT, Parameter.DEVIATION_LIMIT, Parameter.JUMP_LIMIT):
            batch.set_parameter(instrument=number, parameter=limit, value=0, time=time)

    def _outcome(self, shock: Shock, asset: int, trial: Tables, events: NDArray[np.void]) -> Outcome:
        unit = Fraction(1, 10 ** int(self._tables.assets["decimals"][asset]))
        ours = events[events["asset"] == asset]
        paid = ours[(ours["kind"] == Event.FUND_PAID) | (ours["kind"] == Event.SOCIALISED)]
        lost: dict[int, int] = {}
        for compartment, amount in zip(paid["compartment"].tolist(), paid["amount"].tolist(), strict=True):
            lost[compartment] = lost.get(compartment, 0) + amount
        before, after = self._tables.funds[asset], trial.funds[asset]
        return checked(
            Outcome(
                stress=shock.name,
                reason=shock.reason,
                asset=self._assets[asset],
                liquidated=int((ours["kind"] == Event.TAKEN_OVER).sum()),
                losses=tuple(Loss(str(number), amount * unit) for number, amount in sorted(lost.items())),
                received=int(ours["amount"][ours["kind"] == Event.FUND_RECEIVED].sum()) * unit,
                fund_before=int(before["insurance_fund"]) * unit,
                fund_left=int(after["insurance_fund"]) * unit,
                uncovered=abs(int(after["socialised_loss"]) - int(before["socialised_loss"])) * unit,
            )
        )


def _named(kind: str, count: int, given: Mapping[int, str]) -> dict[int, str]:
    """The names of the numbers from 1 to `count`; `StressFailed` where another number is named."""
    for number in given:
        if not 1 <= number <= count:
            raise StressFailed(f"--{kind} {number}={given[number]}: there is no {kind} of this number")
    return {number: given.get(number, f"{kind} {number}") for number in range(1, count + 1)}
