"""What `stoplog calc` answers about operations is what the engine does, where no amount needs rounding."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from differential.test_order_figures import TEN_PERCENT, Desk, figures
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.rows import EventRow

from stoplog.calculator.lines import answer_line
from stoplog.codes import Command, Event
from stoplog.units import RATE_ONE

prices = st.integers(3, 8).map(lambda twenties: 20 * twenties)
lots = st.integers(-30, 30).filter(bool)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), lots, prices),
        st.tuples(st.just("leverage"), st.sampled_from([1, 2, 4, 5, 10, 20]), st.just(0)),
        st.tuples(st.just("transfer"), st.integers(-60, 60).filter(bool).map(lambda tens: 10 * tens), st.just(0)),
    ),
    min_size=1,
    max_size=8,
)


def asked(kind: str, first: int, price: int) -> dict[str, Any]:
    if kind == "order":
        side = "buy" if first > 0 else "sell"
        return {"operation": kind, "side": side, "size": str(abs(first)), "price": str(price)}
    return {"operation": kind, "leverage" if kind == "leverage" else "amount": str(first)}


def done(desk: Desk, kind: str, first: int, price: int) -> EventRow:
    """What the engine says first."""
    to = {"compartment": desk.compartment}
    if kind == "order":
        events = desk.pair.do(Command.PLACE_ORDER, **to, size=first, price=price)
    elif kind == "leverage":
        events = desk.pair.do(Command.SET_LEVERAGE, **to, rate=RATE_ONE // first)
    else:
        command = Command.ADD_MARGIN if first > 0 else Command.REMOVE_MARGIN
        events = desk.pair.do(command, **to, amount=abs(first))
    return events[0]


@pytest.mark.rule("CAL-024", "CAL-026", "ORM-003", "ORM-004", "ORM-006", "LEV-001", "MRG-003")
@settings(max_examples=150, deadline=None)
@given(size=st.integers(-20, 20), entry=prices, margin=st.integers(40, 200), operations=OPERATIONS)
def test_every_answer_is_what_the_engine_does(
    size: int, entry: int, margin: int, operations: list[tuple[str, int, int]]
) -> None:
    margin *= 10
    desk = Desk(margin, position_limit=10**6, tiers=TEN_PERCENT)
    account = desk.held.account
    desk.pair.accept(Command.DEPOSIT, account=account, asset=1, amount=10**6)
    question: dict[str, Any] = {
        "calculate": "what_if",
        "payoff": "linear",
        "mark": "100",
        "margin": str(margin),
        "tiers": [{"floor": "0", "rate": "0.01", "initial_rate": "0.1"}],
        "operations": [asked(*operation) for operation in operations],
    }
    if size and desk.pair.do(Command.FILL, **desk.leg(size, entry))[0].kind != Event.REFUSED:
        question |= {"side": "long" if size > 0 else "short", "size": str(abs(size)), "entry": str(entry)}
    result = json.loads(answer_line(json.dumps(question).encode())[0])["result"]
    for operation, answer in zip(operations, result["operations"], strict=True):
        assert Decimal(answer["order_margin_before"]) == desk.held.order_margin
        event = done(desk, *operation)
        assert (event.kind != Event.REFUSED) == answer["accepted"]
        if event.kind == Event.REFUSED and operation[0] != "transfer":
            assert (Decimal(answer["needed"]), Decimal(answer["available"])) == figures(event)[:2]
        if answer["accepted"]:
            assert Decimal(answer["order_margin"]) == desk.held.order_margin
            if operation[0] != "order":
                assert Decimal(answer["margin"]) == desk.held.purse
