"""Owners with cross compartments in a pair of engine and model: assets with prices, pockets, positions."""

from __future__ import annotations

from differential.pair import Pair

from stoplog.codes import AssetParameter, Command, Event, Gains

ONE = 10**9
"""The price of an asset of which the smallest unit is one value unit."""


class Desk:
    """A pair, and one account with a cross compartment."""

    def __init__(self, gains: Gains = Gains.FULL) -> None:
        self.pair = Pair()
        self.pair.accept(Command.REGISTER_ACCOUNT)
        self.pair.accept(Command.OPEN_CROSS, account=1, code=gains)
        self.cross = len(self.pair.state.compartments)

    def instrument(self, price: int = ONE, **terms: int) -> int:
        """An instrument with an asset of its own, which has a price; 1 % to hold and to open if `terms` say nothing."""
        number = self.pair.register(**terms)
        self.price(self.pair.state.instruments[number].asset, price)
        return number

    def asset(self, price: int, haircut: int = 0) -> int:
        """An asset with a price."""
        self.pair.accept(Command.REGISTER_ASSET, code=2)
        number = len(self.pair.state.assets)
        self.price(number, price)
        self.set(number, AssetParameter.HAIRCUT, haircut)
        return number

    def price(self, asset: int, price: int) -> list[int]:
        """Price an asset; the kinds of the events."""
        return [event.kind for event in self.pair.accept(Command.PRICE_ASSET, asset=asset, price=price)]

    def set(self, asset: int, parameter: AssetParameter, value: int) -> None:
        """A parameter of an asset."""
        self.pair.accept(Command.SET_ASSET_PARAMETER, asset=asset, code=parameter, amount=value)

    def put(self, asset: int, amount: int) -> int:
        """Deposit an amount and put it into a pocket; the number of the pocket."""
        self.pair.accept(Command.DEPOSIT, account=1, asset=asset, amount=amount)
        events = self.pair.accept(Command.ADD_MARGIN, compartment=self.cross, asset=asset, amount=amount)
        return events[-1].compartment or 0

    def position(self, instrument: int, size: int = 0, price: int = 0, own_rate: int = 0) -> int:
        """A position, bought from the outside market at `price`; its number."""
        fields = {"account": 1, "instrument": instrument, "compartment": self.cross, "rate": own_rate}
        self.pair.accept(Command.OPEN_COMPARTMENT, **fields)
        number = len(self.pair.state.compartments)
        if size:
            self.fill(number, size, price)
        return number

    def fill(self, number: int, size: int, price: int) -> None:
        """Trade with the outside market."""
        instrument = self.pair.state.compartments[number].instrument
        self.pair.accept(Command.FILL, instrument=instrument, compartment=number, size=size, price=price)

    def mark(self, instrument: int, price: int) -> list[Event]:
        """A mark; the kinds of the events."""
        return [Event(event.kind) for event in self.pair.accept(Command.MARK, instrument=instrument, price=price)]
