"""Hypothesis drives engine and model with owners who have compartments of both kinds."""

from __future__ import annotations

import pytest
from differential.test_machine import LADDERS, Desk, amounts, prices, rates
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, rule

from stoplog.codes import AssetParameter, Command, Event

Ladders = tuple[tuple[tuple[int, int, int], ...], ...]
assets = st.integers(1, 2)
parameters = st.sampled_from((AssetParameter.HAIRCUT, AssetParameter.HAIRCUT, *AssetParameter))
graces = st.integers(0, 4)
worths = st.sampled_from((1, 10**8, 10**9, 10**9, 3 * 10**9, 2**42))


class MixedDesk(Desk):
    """The desk, and cross compartments of three more owners; a pocket is named by its asset."""

    crosses = Bundle("crosses")

    @initialize(
        ladders=st.tuples(st.sampled_from(LADDERS), st.sampled_from(LADDERS)),
        fee=rates,
        slippage=rates,
        worth=st.tuples(worths, worths),
    )
    def start(self, ladders: Ladders, fee: int, slippage: int, worth: tuple[int, int]) -> None:
        super().start(ladders, fee, slippage)
        for asset, price in enumerate(worth, start=1):
            self.pair.accept(Command.PRICE_ASSET, asset=asset, price=price)

    @rule(target=crosses, margin=st.integers(1, 20_000), asset=assets, gains=st.integers(0, 2))
    def open_cross(self, margin: int, asset: int, gains: int) -> int:
        self.pair.accept(Command.REGISTER_ACCOUNT)
        account = self.pair.state.accounts
        self.pair.accept(Command.OPEN_CROSS, account=account, code=gains)
        cross = len(self.pair.state.compartments)
        for number, amount in ((asset, margin), (3 - asset, 100)):
            self.pair.accept(Command.DEPOSIT, account=account, asset=number, amount=amount + 50)
            self.pair.do(Command.ADD_MARGIN, compartment=cross, asset=number, amount=amount)
        return cross

    @rule(target=Desk.compartments, cross=crosses, instrument=st.integers(1, 2), own_rate=rates)
    def open_position(self, cross: int, instrument: int, own_rate: int) -> int:
        before = len(self.pair.state.compartments)
        account = self.pair.state.compartments[cross].account
        fields = {"account": account, "instrument": instrument, "compartment": cross, "rate": own_rate}
        self.pair.do(Command.OPEN_COMPARTMENT, **fields)
        after = len(self.pair.state.compartments)
        return after if after > before else 1 + self.pair.state.accounts * 1000

    @rule(target=Desk.compartments, cross=crosses, instrument=st.integers(1, 2), margin=st.integers(1, 5_000))
    def open_beside(self, cross: int, instrument: int, margin: int) -> int:
        """An isolated compartment of the owner of a cross compartment."""
        account = self.pair.state.compartments[cross].account
        asset = self.pair.state.instruments[instrument].asset
        self.pair.accept(Command.DEPOSIT, account=account, asset=asset, amount=margin)
        before = len(self.pair.state.compartments)
        self.pair.do(Command.OPEN_COMPARTMENT, account=account, instrument=instrument, amount=margin)
        after = len(self.pair.state.compartments)
        return after if after > before else 1 + self.pair.state.accounts * 1000

    @rule(one=Desk.compartments, cross=crosses)
    def move_in(self, one: int, cross: int) -> None:
        self.pair.do(Command.MOVE_COMPARTMENT, compartment=one, other=cross)

    @rule(one=Desk.compartments, amount=amounts)
    def move_out(self, one: int, amount: int) -> None:
        self.pair.do(Command.MOVE_COMPARTMENT, compartment=one, amount=amount)

    @rule(cross=crosses, asset=st.integers(0, 3), amount=amounts)
    def add(self, cross: int, asset: int, amount: int) -> None:
        self.pair.do(Command.ADD_MARGIN, compartment=cross, asset=asset, amount=amount)

    @rule(cross=crosses, asset=assets, amount=amounts)
    def remove(self, cross: int, asset: int, amount: int) -> None:
        self.pair.do(Command.REMOVE_MARGIN, compartment=cross, asset=asset, amount=amount)

    @rule(asset=assets, price=worths, beyond=st.integers(-2, 2))
    def price_asset(self, asset: int, price: int, beyond: int) -> None:
        self.pair.do(Command.PRICE_ASSET, asset=asset, price=price + beyond)

    @rule(asset=assets, parameter=st.sampled_from(AssetParameter), value=rates | st.integers(0, 3))
    def set_asset(self, asset: int, parameter: AssetParameter, value: int) -> None:
        self.pair.do(Command.SET_ASSET_PARAMETER, asset=asset, code=parameter, amount=value)

    @rule(
        asset=assets, parameter=parameters, value=rates, ahead=st.integers(0, 3), grace=graces, later=st.integers(0, 3)
    )
    def schedule(self, asset: int, parameter: AssetParameter, value: int, ahead: int, grace: int, later: int) -> None:
        """A change of an asset to come, so and so many commands and milliseconds ahead."""
        fields = {"asset": asset, "code": parameter, "amount": value, "rate": grace}
        size, time = self.pair.state.sequence + 1 + ahead, self.pair.state.time + later
        self.pair.do(Command.SCHEDULE_ASSET_PARAMETER, **fields, size=size, time=time)

    @rule(change=st.integers(0, 3))
    def revoke(self, change: int) -> None:
        self.pair.do(Command.REVOKE_CHANGE, other=change)

    @rule(asset=assets, rate=rates)
    def interest(self, asset: int, rate: int) -> None:
        self.pair.do(Command.INTEREST, asset=asset, rate=rate)

    @rule(cross=crosses)
    def convert(self, cross: int) -> None:
        self.pair.do(Command.CONVERT, compartment=cross)

    @rule(one=Desk.compartments, price=prices)
    def lose(self, one: int, price: int) -> None:
        """A mark, and the position closed at it: what is lost is a debt where the pocket has too little."""
        held = self.pair.state.compartments.get(one)
        if held is not None and held.size:
            marked = self.pair.do(Command.MARK, instrument=held.instrument, price=price)
            if marked[-1].kind != Event.REFUSED:
                self.close_position(one)


MixedDesk.TestCase.settings = settings(max_examples=80, stateful_step_count=40)

TestMixedDesk = pytest.mark.rule(
    "CRS-001",
    "CRS-002",
    "CRS-003",
    "CRS-004",
    "CRS-005",
    "CRS-006",
    "CRS-007",
    "CRS-008",
    "CRS-009",
    "CHG-008",
    "CON-002",
)(MixedDesk.TestCase)
