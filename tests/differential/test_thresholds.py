"""The threshold is the last healthy price, and the engine liquidates one price unit beyond it, exactly."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from differential.comparing import records
from differential.pair import Pair
from reference.formulas import breached, owed
from reference.rows import Row

from stoplog.codes import Command, CompartmentState
from stoplog.engine import Engine
from stoplog.margin.thresholds import liquidation_threshold
from stoplog.margin.tiers import Tier
from stoplog.units import RATE_ONE

LADDER = ((0, 400_000, 400_000), (5_000, 500_000, 600_000), (25_000, 10**6, 10**6), (100_000, 10**7, 10**7))
PAYOFFS = {"linear": (0, 3), "inverse": (1, 1_000_003), "quanto": (2, 7)}
PRICE_MAX = 400


def position(rng: Random, payoff: str, side: int) -> tuple[Pair, int, int]:
    """Engine and model with one random compartment in it: (pair, instrument, compartment)."""
    kind, multiplier = PAYOFFS[payoff]
    pair = Pair()
    number = pair.register(
        payoff=kind, multiplier=multiplier, price_max=PRICE_MAX, tiers=LADDER, mark=rng.randint(40, 200)
    )
    lots = side * rng.choice((1, 2, 17, rng.randint(1, 400)))
    held = pair.open(number, rng.randint(1, 200_000))
    pair.do(Command.FILL, instrument=number, compartment=held, size=lots, price=pair.state.instruments[number].mark)
    for _ in range(rng.randint(0, 3)):
        pair.do(Command.FUNDING, instrument=number, rate=rng.randint(-(10**6), 10**6))
    return pair, number, held


def falls_at(data: bytes, pair: Pair, number: int, compartment: int, price: int) -> bool:
    """Whether an engine taken up from these bytes liquidates the compartment at this mark."""
    engine = Engine.from_bytes(data)
    engine.apply(records([Row(time=pair.state.time, kind=Command.MARK, instrument=number, price=price)]))
    return int(engine.tables.compartments["state"][compartment]) == CompartmentState.LIQUIDATED


@pytest.mark.rule("THR-001", "LIQ-001", "MRG-001", "SCR-001")
@pytest.mark.parametrize(("payoff", "side", "block"), list(product(PAYOFFS, (-1, 1), range(2))))
def test_the_engine_liquidates_one_price_unit_beyond_the_threshold(payoff: str, side: int, block: int) -> None:
    """Every price of the instrument is tried, against the exact model and against the closed form."""
    rng = Random(f"{payoff} {side} {block}")
    tried = 0
    while tried < 12:
        pair, number, compartment = position(rng, payoff, side)
        held, instrument = pair.terms(compartment)
        if held.size == 0:
            continue
        tried += 1
        tiers = pair.state.tier_tables[instrument.tier_table]
        purse = held.purse - owed(instrument, held)
        data = pair.engine.to_bytes()
        expected = [breached(instrument, tiers, p, held.size, held.cost, purse) for p in range(1, PRICE_MAX + 1)]
        falls = [falls_at(data, pair, number, compartment, price) for price in range(1, PRICE_MAX + 1)]
        assert falls == expected
        ladder = [Tier(t.floor, t.rate, t.deduction, t.initial_rate) for t in tiers]
        threshold = liquidation_threshold(
            ladder, instrument.payoff, instrument.multiplier, held.size, purse - held.cost, RATE_ONE
        )
        assert expected == [p < threshold if side > 0 else p > threshold for p in range(1, PRICE_MAX + 1)]


@pytest.mark.rule("THR-001", "LIQ-001")
@pytest.mark.parametrize(("payoff", "side"), list(product(PAYOFFS, (-1, 1))))
def test_a_mark_at_the_threshold_leaves_and_the_next_price_takes(payoff: str, side: int) -> None:
    """The same engine, marked at the threshold and then one price unit further."""
    rng = Random(f"{payoff} {side} steps")
    tried = 0
    while tried < 30:
        pair, number, compartment = position(rng, payoff, side)
        held, instrument = pair.terms(compartment)
        tiers = [Tier(t.floor, t.rate, t.deduction, t.initial_rate) for t in pair.state.tier_tables[1]]
        capital = held.purse - owed(instrument, held) - held.cost
        if held.size == 0:
            continue
        threshold = liquidation_threshold(tiers, instrument.payoff, instrument.multiplier, held.size, capital, RATE_ONE)
        if not 2 <= threshold <= PRICE_MAX - 1:
            continue
        tried += 1
        pair.accept(Command.MARK, instrument=number, price=threshold)
        assert pair.state.holders(number) == [compartment]
        pair.accept(Command.MARK, instrument=number, price=threshold - side)
        assert pair.state.holders(number) == []
