"""An owner with a compartment by scenarios in a pair of engine and model: an underlying, options on it, arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from differential.crossing import ONE
from differential.pair import Pair
from reference.crossing import health, room
from reference.rights import CALL
from reference.rows import EventRow
from reference.state import Compartment

from stoplog.codes import Command, Event, Gains, Model, Parameter
from stoplog.engine.cross_standing import CrossStanding
from stoplog.units import RATE_ONE

UNDERLYING, EXPIRY = 1, 1_000


class Portfolio:
    """A pair, one asset whose smallest unit is a value unit, instrument 1 and an account with a strategy."""

    def __init__(self, *, price: int = 100, price_max: int = 10**6, multiplier: int = 1, limit: int = 10**6) -> None:
        self.pair = Pair()
        self.size_limit, self.price_max, self.multiplier = limit, price_max, multiplier
        self.pair.register(price_max=price_max, multiplier=multiplier, position_limit=limit, mark=price)
        self.pair.accept(Command.PRICE_ASSET, asset=1, price=ONE)
        self.factor, self.count = RATE_ONE, 1
        self.cross = self.owner()

    def owner(self, model: Model = Model.SCENARIOS, gains: Gains = Gains.FULL) -> int:
        """A new account with a cross compartment; the number of that."""
        self.pair.accept(Command.REGISTER_ACCOUNT)
        self.pair.accept(Command.OPEN_CROSS, account=self.pair.state.accounts, rate=model, code=gains)
        return len(self.pair.state.compartments)

    def option(
        self, strike: int, *, right: int = CALL, mark: int = 10, expiry: int = EXPIRY, coin_units: int = 0
    ) -> int:
        """An option on instrument 1 with its mark; its number."""
        terms = {"amount": self.multiplier, "price": self.price_max, "rate": 1, "size": self.size_limit}
        self.pair.accept(Command.REGISTER_INSTRUMENT, asset=1, other=1, **terms)
        number = len(self.pair.state.instruments)
        self.pair.accept(Command.MARK, instrument=number, price=mark)
        named = {"instrument": number, "other": UNDERLYING, "code": right, "price": strike, "amount": coin_units}
        self.pair.accept(Command.SET_UNDERLYING, **named)
        if expiry:
            self.set(number, Parameter.EXPIRY_TIME, expiry)
        return number

    def set(self, number: int, parameter: Parameter, value: int) -> None:
        """A parameter of an instrument."""
        self.pair.accept(Command.SET_PARAMETER, instrument=number, code=parameter, amount=value)

    def stage(self, number: int, profits: Sequence[int] = (), *, mark: int = 0, charge: int = 0) -> None:
        """Stage the mark, that of the instrument if none is named, and as much of the array as there is."""
        price = mark or self.pair.state.instruments[number].mark
        self.pair.accept(Command.STAGE_MARK, instrument=number, price=price, amount=charge)
        for first in range(0, len(profits), 4):
            amount, low, size, rate = (*profits[first : first + 4], 0, 0, 0)[:4]
            part = {"code": first, "amount": amount, "price": low, "size": size, "rate": rate}
            self.pair.accept(Command.STAGE_ARRAY, instrument=number, **part)

    def axis(self, prices: Sequence[int]) -> None:
        """Stage the price of the underlying that each scenario stands for, 0 for none."""
        for first in range(0, len(prices), 4):
            amount, price, size, rate = (*prices[first : first + 4], 0, 0, 0)[:4]
            part = {"code": first, "amount": amount, "price": price, "size": size, "rate": rate}
            self.pair.accept(Command.STAGE_AXIS, instrument=UNDERLYING, **part)

    def revalue(self, arrays: Mapping[int, Sequence[int]] | None = None, *, charge: int = 0) -> list[EventRow]:
        """Stage these arrays and take them into force; without any, what is staged."""
        for number, profits in (arrays or {}).items():
            self.stage(number, profits, charge=charge)
            self.count = max(self.count, len(profits))
        return self.pair.accept(Command.REVALUE, instrument=UNDERLYING, code=self.count, rate=self.factor)

    def put(self, amount: int, cross: int = 0) -> None:
        """Deposit an amount and put it into the pocket of a strategy."""
        cross = cross or self.cross
        account = self.pair.state.compartments[cross].account
        self.pair.accept(Command.DEPOSIT, account=account, asset=1, amount=amount)
        self.pair.accept(Command.ADD_MARGIN, compartment=cross, asset=1, amount=amount)

    def leg(self, instrument: int, size: int = 0, price: int = 0, *, cross: int = 0) -> int:
        """A position, bought from the outside market; its number."""
        cross = cross or self.cross
        account = self.pair.state.compartments[cross].account
        self.pair.accept(Command.OPEN_COMPARTMENT, account=account, instrument=instrument, compartment=cross)
        number = len(self.pair.state.compartments)
        if size:
            self.fill(number, size, price)
        return number

    def mark(self, number: int, price: int) -> list[EventRow]:
        """A mark of an instrument."""
        return self.pair.accept(Command.MARK, instrument=number, price=price)

    def remove(self, amount: int) -> dict[str, int]:
        """The fields of REMOVE_MARGIN out of the strategy."""
        return {"compartment": self.cross, "asset": 1, "amount": amount}

    def fill(self, number: int, size: int, price: int) -> list[EventRow]:
        """Trade with the outside market."""
        return self.pair.accept(Command.FILL, **self.trade(number, size, price))

    def trade(self, number: int, size: int, price: int) -> dict[str, int]:
        """The fields of such a fill."""
        return {"instrument": self.row(number).instrument, "compartment": number, "size": size, "price": price}

    def expire(self, number: int, price: int) -> list[EventRow]:
        """Let an instrument expire at a price of its underlying."""
        return self.pair.accept(Command.EXPIRE, instrument=number, price=price, time=EXPIRY)

    def standing(self, cross: int = 0) -> CrossStanding:
        """What the engine says of a strategy; the model agrees."""
        cross = cross or self.cross
        said = self.pair.engine.cross_standing(cross)
        assert (said.equity, said.maintenance_margin) == health(self.pair.state, cross)
        assert (said.opening_equity, said.initial_margin) == room(self.pair.state, cross)
        return said

    def worth(self, cross: int = 0) -> int:
        """What its positions count for, to stay."""
        cross = cross or self.cross
        rows = [row for row in self.pair.state.compartments.values() if row.cross == cross]
        return self.standing(cross).equity - sum(row.purse - row.cost for row in rows)

    def row(self, number: int) -> Compartment:
        """A row of the compartments table as the model has it."""
        return self.pair.state.compartments[number]


def kinds(events: Sequence[EventRow]) -> list[Event]:
    """The kinds of these events."""
    return [Event(event.kind) for event in events]
