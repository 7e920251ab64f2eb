"""Hypothesis drives engine and model together and shrinks what it finds to the fewest commands."""

from __future__ import annotations

import pytest
from differential.aiming import last_healthy_price
from differential.pair import Pair
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from stoplog.codes import Command, InstrumentState, Parameter

sizes = st.integers(-60, 60)
prices = st.integers(1, 400)
amounts = st.integers(-1, 20_000)
rates = st.sampled_from((0, 1, 20_000, 10**6, 10**8))
GUARDS = (
    Parameter.AGE_LIMIT,
    Parameter.CONFIDENCE_LIMIT,
    Parameter.DEVIATION_LIMIT,
    Parameter.JUMP_LIMIT,
    Parameter.JUMP_WAIT,
)
LADDERS = (
    ((0, 0, 0),),
    ((0, 10**6, 2 * 10**6),),
    ((0, 400_000, 400_000), (1_000, 10**6, 10**6), (5_000, 10**7, 10**7)),
)


class Desk(RuleBasedStateMachine):
    """Two instruments, one linear and one inverse, three owners; the pair compares after every command."""

    compartments = Bundle("compartments")

    @initialize(ladders=st.tuples(st.sampled_from(LADDERS), st.sampled_from(LADDERS)), fee=rates, slippage=rates)
    def start(self, ladders: tuple[tuple[tuple[int, int, int], ...], ...], fee: int, slippage: int) -> None:
        self.pair = Pair()
        parameters = {"fee_rate": fee % 10**8, "slippage": slippage % 10**8}
        self.pair.register(multiplier=3, price_max=400, position_limit=100, tiers=ladders[0], **parameters)
        self.pair.register(
            payoff=1, multiplier=10_007, price_max=400, position_limit=100, tiers=ladders[1], **parameters
        )

    @rule(target=compartments, instrument=st.integers(1, 2), margin=st.integers(0, 20_000), own_rate=rates)
    def open(self, instrument: int, margin: int, own_rate: int) -> int:
        if self.pair.state.instruments[instrument].state == InstrumentState.EXPIRED:
            instrument = 3 - instrument
        if self.pair.state.instruments[instrument].state == InstrumentState.EXPIRED:
            return len(self.pair.state.compartments) or 1
        return self.pair.open(instrument, margin, own_rate=own_rate, deposit=margin + 100)

    @rule(one=compartments, size=sizes, price=prices, rate=rates)
    def fill_outside(self, one: int, size: int, price: int, rate: int) -> None:
        self.fill(one, 0, size, price, rate)

    @rule(one=compartments, other=compartments, size=sizes, rate=rates)
    def fill_inside(self, one: int, other: int, size: int, rate: int) -> None:
        held = self.pair.state.compartments.get(one)
        mark = self.pair.state.instruments[held.instrument].mark if held else 100
        self.fill(one, other, size, mark, rate)

    def fill(self, one: int, other: int, size: int, price: int, rate: int) -> None:
        held = self.pair.state.compartments.get(one)
        fields = {"compartment": one, "other": other, "size": size, "price": price, "rate": rate, "amount": rate}
        self.pair.do(Command.FILL, instrument=held.instrument if held else 1, **fields)

    @rule(one=compartments)
    def close_position(self, one: int) -> None:
        held = self.pair.state.compartments.get(one)
        if held is not None and held.size:
            self.fill(one, 0, -held.size, self.pair.state.instruments[held.instrument].mark, 0)

    @rule(
        instrument=st.integers(1, 2),
        price=prices,
        later=st.integers(0, 3),
        confidence=rates,
        second=st.just(0) | prices,
    )
    def mark(self, instrument: int, price: int, later: int, confidence: int, second: int) -> None:
        time = self.pair.state.time + later
        self.pair.do(Command.MARK, instrument=instrument, price=price, time=time, rate=confidence, amount=second)

    @rule(instrument=st.integers(1, 2), limit=st.sampled_from(GUARDS), value=st.sampled_from((1, 2, 10**6, 10**7)))
    def guard(self, instrument: int, limit: Parameter, value: int) -> None:
        self.pair.do(Command.SET_PARAMETER, instrument=instrument, code=limit, amount=value)

    @rule(one=compartments, beyond=st.integers(-1, 2))
    def mark_at_a_threshold(self, one: int, beyond: int) -> None:
        held = self.pair.state.compartments.get(one)
        if held is not None and held.size:
            instrument = self.pair.state.instruments[held.instrument]
            price = last_healthy_price(instrument, self.pair.state.tier_tables[instrument.tier_table], held)
            self.pair.do(Command.MARK, instrument=held.instrument, price=price - beyond * (1 if held.size > 0 else -1))

    @rule(instrument=st.integers(1, 2), rate=rates, sign=st.sampled_from((-1, 1)), price=st.just(0) | prices)
    def fund(self, instrument: int, rate: int, sign: int, price: int) -> None:
        self.pair.do(Command.FUNDING, instrument=instrument, rate=sign * rate // 10, price=price)

    @rule(one=compartments, amount=amounts)
    def add_margin(self, one: int, amount: int) -> None:
        self.pair.do(Command.ADD_MARGIN, compartment=one, amount=amount)

    @rule(one=compartments, amount=amounts)
    def remove_margin(self, one: int, amount: int) -> None:
        self.pair.do(Command.REMOVE_MARGIN, compartment=one, amount=amount)

    @rule(one=compartments, size=sizes, price=prices)
    def place(self, one: int, size: int, price: int) -> None:
        self.pair.do(Command.PLACE_ORDER, compartment=one, size=size, price=price)

    @rule(one=compartments, order=st.integers(0, 5))
    def cancel(self, one: int, order: int) -> None:
        self.pair.do(Command.CANCEL_ORDER, compartment=one, other=order)

    @rule(one=compartments, other=compartments, turn=st.integers(0, 5), kept=st.integers(0, 3))
    def match(self, one: int, other: int, turn: int, kept: int) -> None:
        """A fill by an order at its limit, all of it but `kept` lots; `other` has any order or none."""
        held = self.pair.state.compartments.get(one)
        if held is not None and held.orders:
            order = held.orders[turn % len(held.orders)]
            lots = order.size - kept * (1 if order.size > 0 else -1)
            against = self.pair.state.compartments[other].orders
            fields = {"compartment": one, "size": lots, "price": order.price, "account": order.number}
            if other != one:
                fields |= {"other": other, "asset": against[0].number if against else 0}
            self.pair.do(Command.FILL, instrument=held.instrument, **fields)

    @rule(
        one=compartments,
        donor=compartments,
        trigger=st.sampled_from((0, 10**8, 15 * 10**7, 10**9)),
        more=st.sampled_from((0, 1, 10**8)),
        cap=st.sampled_from((1, 50, 10**6)),
        source=st.integers(0, 2),
    )
    def set_top_up(self, one: int, donor: int, trigger: int, more: int, cap: int, source: int) -> None:
        caps = {"amount": cap, "price": 3 * cap}
        self.pair.do(
            Command.SET_TOP_UP, compartment=one, other=donor, rate=trigger, size=trigger + more, code=source, **caps
        )

    @rule(one=compartments)
    def close(self, one: int) -> None:
        self.pair.do(Command.CLOSE_COMPARTMENT, compartment=one)

    @rule(instrument=st.integers(1, 2), parameter=st.sampled_from(Parameter), value=st.integers(0, 3) | rates)
    def set_parameter(self, instrument: int, parameter: Parameter, value: int) -> None:
        self.pair.do(Command.SET_PARAMETER, instrument=instrument, code=parameter, amount=value)

    @rule(instrument=st.integers(1, 2), price=prices, later=st.integers(0, 3))
    def expire(self, instrument: int, price: int, later: int) -> None:
        self.pair.do(Command.EXPIRE, instrument=instrument, price=price, time=self.pair.state.time + later)

    @rule(account=st.integers(0, 4), amount=amounts, asset=st.integers(0, 3))
    def withdraw(self, account: int, amount: int, asset: int) -> None:
        self.pair.do(Command.WITHDRAW, account=account, asset=asset, amount=amount)


Desk.TestCase.settings = settings(max_examples=150, stateful_step_count=40)

TestDesk = pytest.mark.rule(
    "ISO-001",
    "LIQ-001",
    "CON-002",
    "REF-001",
    "POS-004",
    "LIQ-004",
    "LIQ-005",
    "ORM-008",
    "TOP-003",
    "GRD-003",
    "GRD-006",
)(Desk.TestCase)
