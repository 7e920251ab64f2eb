"""Engine and model side by side, driven command by command; every answer and every table is compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from differential.comparing import agree, differing, records
from reference.invariants import check
from reference.model import Model
from reference.rows import EventRow, Row
from reference.state import Compartment, Instrument, State

from stoplog.codes import Command, Event, Parameter, Refusal
from stoplog.engine import Engine


class Pair:
    """A model and an engine that must agree after every command."""

    def __init__(self) -> None:
        self.model = Model()
        self.engine = Engine()

    @property
    def state(self) -> State:
        return self.model.state

    def do(self, kind: Command, **fields: int) -> list[EventRow]:
        """The engine's events, once the model agrees with them and with the state."""
        row = Row(kind=kind, **fields)
        row = row._replace(time=max(row.time, self.state.time))
        expected = self.model.apply(row)
        events = self.engine.apply(records([row]))
        difference = differing(expected, events) or agree(self.engine, self.state)
        assert not difference, f"{row}: {difference}"
        check(self.state)
        return [EventRow(*event) for event in events.tolist()]

    def accept(self, kind: Command, **fields: int) -> list[EventRow]:
        """Likewise; the command must not be refused."""
        events = self.do(kind, **fields)
        assert events[-1].kind != Event.REFUSED, f"refused: {Refusal(events[-1].reason or 0).name}"
        return events

    def refuse(self, kind: Command, **fields: int) -> EventRow:
        """Likewise; the command must be refused. The REFUSED event."""
        events = self.do(kind, **fields)
        assert events[-1].kind == Event.REFUSED
        return events[-1]

    def register(
        self,
        *,
        payoff: int = 0,
        multiplier: int = 1,
        price_max: int = 10**6,
        price_min: int = 1,
        position_limit: int = 10**6,
        tiers: Sequence[tuple[int, int, int]] = ((0, 10**6, 10**6),),
        mark: int = 100,
        fee_rate: int = 0,
        slippage: int = 0,
        tier_rule: int = 0,
        slope: int = 0,
        asks: Mapping[Parameter, int] = MappingProxyType({}),
    ) -> int:
        """A new instrument, with asset and tier table (floor, rate, initial rate) of its own, and its number."""
        self.accept(Command.REGISTER_ASSET, code=2)
        self.accept(Command.REGISTER_TIER_TABLE, code=tier_rule)
        table = len(self.state.tier_tables)
        for floor, rate, initial in tiers:
            self.accept(Command.ADD_TIER, other=table, amount=floor, rate=rate, size=initial, price=slope)
        self.accept(
            Command.REGISTER_INSTRUMENT,
            asset=len(self.state.assets),
            other=table,
            code=payoff,
            amount=multiplier,
            price=price_max,
            rate=price_min,
            size=position_limit,
        )
        number = len(self.state.instruments)
        if mark:
            self.accept(Command.MARK, instrument=number, price=mark)
        set_first = {Parameter.LIQUIDATION_FEE_RATE: fee_rate, Parameter.SLIPPAGE_RATE: slippage, **asks}
        for parameter, value in set_first.items():
            if value:
                self.accept(Command.SET_PARAMETER, instrument=number, code=parameter, amount=value)
        return number

    def open(
        self, instrument: int, margin: int, *, own_rate: int = 0, deposit: int | None = None, side: int = 0
    ) -> int:
        """A compartment of a new account that deposits `deposit` (by default the margin), and its number."""
        self.accept(Command.REGISTER_ACCOUNT)
        account = self.state.accounts
        asset = self.state.instruments[instrument].asset
        if deposit or margin:
            self.accept(Command.DEPOSIT, account=account, asset=asset, amount=margin if deposit is None else deposit)
        opening = {"account": account, "instrument": instrument, "amount": margin, "rate": own_rate, "code": side}
        self.accept(Command.OPEN_COMPARTMENT, **opening)
        return len(self.state.compartments)

    def terms(self, compartment: int) -> tuple[Compartment, Instrument]:
        """A compartment of the model and its instrument."""
        held = self.state.compartments[compartment]
        return held, self.state.instruments[held.instrument]
