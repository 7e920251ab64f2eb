"""After a mark or a funding nobody is breached, whatever funding has accrued: a scan of all, not of the woken."""

from __future__ import annotations

from random import Random

import pytest
from differential.pair import Pair
from reference.formulas import breached, initial, owed
from reference.state import State

from stoplog.records import Command

LADDERS = (
    ((0, 0, 0),),
    ((0, 400_000, 10**6),),
    (
        (0, 400_000, 400_000),
        (10_000, 5 * 10**6, 5 * 10**6),
        (20_000, 20 * 10**6, 20 * 10**6),
        (10**6, 50 * 10**6, 10**8),
    ),
)


def breached_compartments(state: State) -> list[int]:
    """Every compartment that is breached at its mark, by the exact model."""
    found = []
    for number, held in state.compartments.items():
        instrument = state.instruments[held.instrument]
        purse = held.purse - owed(instrument, held)
        tiers = state.tier_tables[instrument.tier_table]
        if held.size and breached(instrument, tiers, instrument.mark, held.size, held.cost, purse):
            found.append(number)
    return found


def crowd(rng: Random, payoff: int, ladder: int) -> Pair:
    """Thirty compartments on both sides of one instrument, from a wafer of margin to plenty."""
    pair = Pair()
    multiplier = rng.choice((10**6, 10**9)) if payoff == 1 else rng.choice((1, 13))
    number = pair.register(
        payoff=payoff, multiplier=multiplier, price_max=10**5, tiers=LADDERS[ladder], mark=1000, fee_rate=50_000
    )
    instrument, tiers = pair.state.instruments[number], pair.state.tier_tables[1]
    for _ in range(30):
        size = rng.choice((-1, 1)) * rng.choice((1, 3, rng.randint(1, 200)))
        needed = initial(instrument, tiers, 1000, size, 0)
        margin = needed + rng.choice((0, 0, 1, 2, needed // 50, needed // 4, needed))
        held = pair.open(number, margin)
        pair.accept(Command.FILL, instrument=number, compartment=held, size=size, price=1000)
    return pair


@pytest.mark.rule("SCR-001", "LIQ-001", "POS-003", "POS-004")
@pytest.mark.parametrize("payoff", [0, 1, 2])
@pytest.mark.parametrize("ladder", range(len(LADDERS)))
@pytest.mark.parametrize("drift", ["against longs", "against shorts", "changing sign"])
def test_nobody_is_breached_after_a_long_funding_drift(payoff: int, ladder: int, drift: str) -> None:
    """The mark hardly moves; funding alone, a little at a time, has to wake those whom it breaches."""
    rng = Random(f"{payoff} {ladder} {drift}")
    pair = crowd(rng, payoff, ladder)
    holders = len(pair.state.holders(1))
    for step in range(150):
        sign = {"against longs": 1, "against shorts": -1, "changing sign": rng.choice((-1, 1))}[drift]
        rate = sign * rng.choice((1, 50, 3_000, 60_000, 400_000))
        pair.accept(Command.FUNDING, instrument=1, rate=rate, price=rng.choice((0, 0, 999, 1001)))
        assert breached_compartments(pair.state) == []
        if step % 3 == 0:
            mark = pair.state.instruments[1].mark + rng.choice((-1, 0, 1))
            pair.accept(Command.MARK, instrument=1, price=mark)
            assert breached_compartments(pair.state) == []
    assert holders == 30
    assert len(pair.state.holders(1)) < holders, "the drift breached nobody: this test would see nothing"


@pytest.mark.rule("SCR-001", "LIQ-001")
@pytest.mark.parametrize("payoff", [0, 1, 2])
def test_marks_and_drifts_alternate_in_both_directions(payoff: int) -> None:
    """Funding moves thresholds away and back again while the mark walks; each position is alone with its account."""
    rng = Random(payoff)
    for ladder in range(len(LADDERS)):
        pair = crowd(rng, payoff, ladder)
        for step in range(120):
            sign = 1 if step // 30 % 2 else -1
            pair.accept(Command.FUNDING, instrument=1, rate=sign * rng.randint(0, 300_000))
            mark = pair.state.instruments[1].mark
            pair.accept(Command.MARK, instrument=1, price=max(1, mark + rng.randint(-mark // 150 - 1, mark // 150 + 1)))
            assert breached_compartments(pair.state) == []
