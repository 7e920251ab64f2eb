"""The engine under every policy: where it liquidates, and the figures of docs/rules.md, against the model."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from differential.comparing import records
from differential.pair import Pair
from reference.formulas import breached, owed
from reference.rows import Row

from stoplog.codes import Command, CompartmentState, Event, Parameter, Refusal
from stoplog.engine import Engine
from stoplog.margin.first_breach import last_price_before_breach
from stoplog.margin.policies import Policy
from stoplog.margin.tiers import Tier
from stoplog.units import RATE_ONE

STEP, RAMP = 1, 2
ONE_PERCENT = ((0, 10**6, 10**6),)
JUMP = ((0, 10**6, 2 * 10**6), (1_200, 2 * 10**7, 2 * 10**7))
LADDER = ((0, 400_000, 400_000), (5_000, 10**6, 10**6), (20_000, 10**7, 10**7), (60_000, 4 * 10**7, 4 * 10**7))
PAYOFFS = {"linear": (0, 3), "inverse": (1, 1_000_003), "quanto": (2, 7)}
LAST_PRICE = 300
POLICIES = list(product((0, STEP, RAMP), (0, 1), (0, 1, 2)))


def position(rng: Random, payoff: str, side: int, asks: tuple[int, int, int]) -> tuple[Pair, int, int]:
    """Engine and model with one random compartment: (pair, instrument, compartment)."""
    kind, multiplier = PAYOFFS[payoff]
    tier_rule, maintenance_at, close_fee = asks
    set_first = {Parameter.MAINTENANCE_AT: maintenance_at, Parameter.CLOSE_FEE_RATE: 10**6}
    set_first[Parameter.CLOSE_FEE] = close_fee
    scale = 10**6 if tier_rule == RAMP else 1
    tiers = [(floor * scale, rate, initial) for floor, rate, initial in LADDER]
    pair = Pair()
    number = pair.register(
        payoff=kind,
        multiplier=multiplier * scale,
        price_max=LAST_PRICE,
        position_limit=400,
        tiers=tiers,
        tier_rule=tier_rule,
        slope=10**8 if tier_rule == RAMP else 0,
        mark=rng.randint(40, 150),
        asks=set_first,
    )
    held = pair.open(number, rng.randint(1, 80_000) * scale)
    lots = side * rng.choice((1, 2, 17, rng.randint(1, 200)))
    pair.do(Command.FILL, instrument=number, compartment=held, size=lots, price=pair.state.instruments[number].mark)
    for _ in range(rng.randint(0, 2)):
        pair.do(Command.FUNDING, instrument=number, rate=rng.randint(-(10**6), 10**6))
    return pair, number, held


def fallen_at(data: bytes, time: int, number: int, compartment: int, price: int) -> bool:
    """Whether an engine taken up from these bytes liquidates the compartment at this mark."""
    engine = Engine.from_bytes(data)
    engine.apply(records([Row(time=time, kind=Command.MARK, instrument=number, price=price)]))
    return int(engine.tables.compartments["state"][compartment]) == CompartmentState.LIQUIDATED


@pytest.mark.rule("THR-001", "LIQ-001", "SCR-002", "POL-001", "POL-002", "POL-003", "POL-004")
@pytest.mark.parametrize(("payoff", "side"), list(product(PAYOFFS, (-1, 1))))
def test_the_engine_liquidates_at_exactly_the_prices_of_the_model_under_every_policy(payoff: str, side: int) -> None:
    """Every price of the instrument, and the price that is answered is the last healthy one met from the mark."""
    for asks in POLICIES:
        rng, tried = Random(f"{payoff} {side} {asks}"), 0
        while tried < 2:
            pair, number, compartment = position(rng, payoff, side, asks)
            held, instrument = pair.terms(compartment)
            if held.size == 0:
                continue
            tried += 1
            table = pair.state.tier_tables[instrument.tier_table]
            purse = held.purse - owed(instrument, held)
            where = (held.size, held.cost)
            expected = [breached(instrument, table, p, *where, purse) for p in range(1, LAST_PRICE + 1)]
            data, time = pair.engine.to_bytes(), pair.state.time
            falls = [fallen_at(data, time, number, compartment, price) for price in range(1, LAST_PRICE + 1)]
            assert falls == expected, asks
            policy = Policy(instrument.payoff, instrument.multiplier, *asks, instrument.close_fee_rate)
            tiers = [Tier(t.floor, t.rate, t.deduction, t.initial_rate, t.slope) for t in table]
            price = instrument.mark
            while 1 < price < LAST_PRICE and not expected[price - side - 1]:
                price -= side
            found = last_price_before_breach(policy, tiers, instrument.mark, *where, purse - held.cost, RATE_ONE)
            if price in (1, LAST_PRICE):
                assert found <= price if side > 0 else found >= price
            else:
                assert found == price, asks


@pytest.mark.rule("SCR-002", "POL-001", "POL-002")
@pytest.mark.parametrize("tier_rule", [STEP, RAMP])
@pytest.mark.parametrize("side", [-1, 1])
def test_wandering_marks_never_leave_a_breached_compartment(tier_rule: int, side: int) -> None:
    """One engine, its heaps as they grew, marks up and down with funding between them, against the model."""
    rng, tried, fallen = Random(f"{tier_rule} {side}"), 0, 0
    while tried < 25:
        pair, number, compartment = position(
            rng, rng.choice(tuple(PAYOFFS)), side, (tier_rule, 0, rng.choice((0, 1, 2)))
        )
        if pair.state.compartments[compartment].size == 0:
            continue
        tried += 1
        most = pair.refuse(Command.REMOVE_MARGIN, compartment=compartment, amount=2**57).third
        if most:
            pair.accept(Command.REMOVE_MARGIN, compartment=compartment, amount=most)
        for _ in range(60):
            mark = pair.state.instruments[number].mark
            if rng.random() < 0.1:
                pair.do(Command.FUNDING, instrument=number, rate=rng.randint(-(10**6), 10**6))
            price = max(1, min(LAST_PRICE, mark + rng.choice((-9, -2, -1, 1, 2, 9))))
            pair.do(Command.MARK, instrument=number, price=price)
        fallen += pair.state.compartments[compartment].state == CompartmentState.LIQUIDATED
    assert fallen > 3


def long_ten(pair: Pair, number: int, margin: int, *, size: int = 10, **opening: int) -> int:
    """A compartment with a position at 100."""
    held = pair.open(number, margin, **opening)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=size, price=100)
    return held


def is_open(pair: Pair, compartment: int) -> bool:
    return pair.state.compartments[compartment].state == CompartmentState.OPEN


@pytest.mark.rule("POL-001")
def test_a_short_is_breached_where_the_step_begins() -> None:
    pair = Pair()
    number = pair.register(tiers=JUMP, tier_rule=STEP)
    held = long_ten(pair, number, 300, size=-10)
    pair.accept(Command.MARK, instrument=number, price=120)
    assert is_open(pair, held)
    pair.accept(Command.MARK, instrument=number, price=121)
    assert not is_open(pair, held)


@pytest.mark.rule("SCR-002", "POL-001")
def test_a_long_is_breached_by_a_rise_into_a_step() -> None:
    pair = Pair()
    number = pair.register(tiers=JUMP, tier_rule=STEP)
    held = long_ten(pair, number, 20)
    pair.accept(Command.MARK, instrument=number, price=120)
    assert is_open(pair, held)
    pair.accept(Command.MARK, instrument=number, price=121)
    assert not is_open(pair, held)


@pytest.mark.rule("POL-002")
def test_a_ramp_asks_for_a_rate_that_has_risen() -> None:
    pair = Pair()
    number = pair.register(
        multiplier=10**9, tiers=ONE_PERCENT, tier_rule=RAMP, slope=5 * 10**7, price_max=1_000, position_limit=100
    )
    held = pair.open(number, 10**12)
    refused = pair.refuse(Command.FILL, instrument=number, compartment=held, size=15, price=100)
    assert (refused.reason, refused.first) == (Refusal.INSUFFICIENT_MARGIN, 1_140_000_000_000)


@pytest.mark.rule("POL-003")
def test_maintenance_at_entry_stays_what_it_was() -> None:
    pair = Pair()
    number = pair.register(asks={Parameter.MAINTENANCE_AT: 1})
    held = long_ten(pair, number, 105)
    pair.accept(Command.MARK, instrument=number, price=91)
    assert is_open(pair, held)
    pair.accept(Command.MARK, instrument=number, price=90)
    assert not is_open(pair, held)


@pytest.mark.rule("POL-004")
def test_a_reserve_counts_for_nothing_but_the_exit() -> None:
    pair = Pair()
    number = pair.register(asks={Parameter.CLOSE_FEE: 2, Parameter.CLOSE_FEE_RATE: 10**6})
    held = long_ten(pair, number, 109)
    refused = pair.refuse(Command.REMOVE_MARGIN, compartment=held, amount=100)
    assert (refused.second, refused.first) == (100, 110)
    pair.accept(Command.MARK, instrument=number, price=91)
    assert is_open(pair, held)
    pair.accept(Command.MARK, instrument=number, price=90)
    assert not is_open(pair, held)


@pytest.mark.rule("POL-005", "POL-004")
def test_opening_needs_the_maintenance_that_the_fee_makes_larger() -> None:
    pair = Pair()
    number = pair.register(asks={Parameter.CLOSE_FEE: 1, Parameter.CLOSE_FEE_RATE: 10**5})
    held = pair.open(number, 10)
    refused = pair.refuse(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_MARGIN, 11, 10)


@pytest.mark.rule("MRG-004")
def test_a_removal_floor_stays() -> None:
    pair = Pair()
    number = pair.register(tiers=((0, 10**6, 2 * 10**6),), asks={Parameter.REMOVAL_FLOOR_RATE: 10**7})
    held = long_ten(pair, number, 150)
    refused = pair.refuse(Command.REMOVE_MARGIN, compartment=held, amount=51)
    assert (refused.first, refused.second, refused.third) == (151, 150, 50)
    pair.accept(Command.REMOVE_MARGIN, compartment=held, amount=50)


@pytest.mark.rule("LEV-001")
def test_leverage_is_changed_with_a_position_open_and_gains_count() -> None:
    pair = Pair()
    number = pair.register()
    held = long_ten(pair, number, 105, own_rate=5 * 10**6)
    pair.accept(Command.MARK, instrument=number, price=110)
    (event,) = pair.accept(Command.SET_LEVERAGE, compartment=held, rate=15 * 10**6)
    assert (event.kind, event.first, event.second) == (Event.LEVERAGE_SET, 5 * 10**6, 15 * 10**6)
    refused = pair.refuse(Command.SET_LEVERAGE, compartment=held, rate=2 * 10**7)
    assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_MARGIN, 220, 205)
    pair.accept(Command.SET_LEVERAGE, compartment=held, rate=10**6)


@pytest.mark.rule("LEV-001", "THR-003")
def test_a_profitable_position_can_always_be_given_more_margin() -> None:
    pair = Pair()
    number = pair.register(price_max=10**4)
    held = long_ten(pair, number, 105, deposit=10**6)
    pair.accept(Command.MARK, instrument=number, price=5_000)
    pair.accept(Command.ADD_MARGIN, compartment=held, amount=10**5)


@pytest.mark.rule("SID-001")
def test_an_isolated_hedge_has_two_compartments_and_two_prices() -> None:
    pair = Pair()
    number = pair.register()
    bought, sold = long_ten(pair, number, 105, side=1), long_ten(pair, number, 105, size=-10, side=2)
    refused = pair.refuse(Command.FILL, instrument=number, compartment=bought, size=-11, price=100)
    assert (refused.reason, refused.second) == (Refusal.WRONG_SIDE, -1)
    refused = pair.refuse(Command.FILL, instrument=number, compartment=bought, other=sold, size=-11, price=100)
    assert (refused.reason, refused.compartment, refused.second) == (Refusal.WRONG_SIDE, bought, -1)
    pair.accept(Command.MARK, instrument=number, price=90)
    assert (is_open(pair, bought), is_open(pair, sold)) == (False, True)
    pair.accept(Command.MARK, instrument=number, price=110)
    assert not is_open(pair, sold)


@pytest.mark.rule("RED-001")
def test_where_an_instrument_is_reduce_only_positions_get_smaller() -> None:
    pair = Pair()
    number = pair.register()
    held = long_ten(pair, number, 500)
    pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.REDUCE_ONLY, amount=1)
    for lots, after in ((1, 11), (-25, -15)):
        refused = pair.refuse(Command.FILL, instrument=number, compartment=held, size=lots, price=100)
        assert (refused.reason, refused.first, refused.second) == (Refusal.REDUCE_ONLY, after, 10)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=-4, price=100)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=-6, price=100)


@pytest.mark.rule("POS-006")
def test_funding_from_the_account_leaves_the_margin_alone_as_far_as_it_goes() -> None:
    pair = Pair()
    number = pair.register(asks={Parameter.FUNDING_FROM: 1})
    held = pair.open(number, 200, deposit=220)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    pair.accept(Command.FUNDING, instrument=number, rate=3 * 10**6)
    assert (pair.state.free[1, 1], pair.state.compartments[held].purse) == (0, 190)
    pair.accept(Command.FUNDING, instrument=number, rate=-15 * 10**5)
    assert (pair.state.free[1, 1], pair.state.compartments[held].purse) == (15, 190)


@pytest.mark.rule("POS-003", "POS-004", "POS-006")
@pytest.mark.parametrize("source", [0, 1])
def test_funding_at_odd_times_missed_and_turned_comes_to_the_sum_of_what_was_called(source: int) -> None:
    """Times do not matter, what is not called is not due, and two opposite rates take back what they gave."""
    pair = Pair()
    number = pair.register(asks={Parameter.FUNDING_FROM: source})
    held = pair.open(number, 500, deposit=1_000)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    for time, rate in ((1, 10**6), (28_800_007, 2 * 10**6), (28_800_007, -3 * 10**6), (10**9, 10**6)):
        pair.accept(Command.FUNDING, time=time, instrument=number, rate=rate)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=-10, price=100)
    assert pair.state.free[1, 1] + pair.state.compartments[held].purse == 1_000 - 10


@pytest.mark.rule("LIQ-005")
def test_a_policy_that_would_breach_is_refused_with_its_figures() -> None:
    pair = Pair()
    number = pair.register(asks={Parameter.CLOSE_FEE_RATE: 10**7})
    held = long_ten(pair, number, 20)
    refused = pair.refuse(Command.SET_PARAMETER, instrument=number, code=Parameter.CLOSE_FEE, amount=1)
    assert (refused.reason, refused.compartment, refused.first, refused.second) == (Refusal.WOULD_BREACH, held, 110, 20)
    pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.MAINTENANCE_AT, amount=1)
