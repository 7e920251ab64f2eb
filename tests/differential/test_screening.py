"""After a mark or a funding nobody is breached, whatever funding has accrued: a scan of all, not of the woken."""

from __future__ import annotations

from random import Random

import pytest
from differential.pair import Pair
from reference.formulas import breached, initial, owed
from reference.state import State

from stoplog.codes import Command, Parameter

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
        needed = initial(instrument, tiers, 1000, size, 0, 0)
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


@pytest.mark.rule("SCR-001", "LIQ-001", "RND-002")
@pytest.mark.parametrize("payoff", [0, 1])
@pytest.mark.parametrize("rate", [0, 5 * 10**7, 99 * 10**6, 10**8 - 1])
def test_nobody_is_overlooked_where_lots_are_worth_the_most_there_may_be(payoff: int, rate: int) -> None:
    """Lots worth about 2⁴⁰, and fundings that move thresholds by as much, or by a hundred million times as much."""
    rng = Random(f"{payoff} {rate}")
    for _ in range(12):
        pair = Pair()
        top = 2**40
        terms = {"multiplier": 2**62, "price_min": 2**22} if payoff == 1 else {"multiplier": 1}
        start = 2**22 + rng.randint(0, 2**10) if payoff == 1 else top - rng.randint(0, 2**30)
        number = pair.register(
            payoff=payoff, price_max=top, position_limit=2**16, tiers=((0, rate, rate),), mark=start, **terms
        )
        instrument, tiers = pair.state.instruments[number], pair.state.tier_tables[1]
        for _ in range(8):
            size = rng.choice((-1, 1)) * rng.choice((1, 2, 2**15))
            needed = initial(instrument, tiers, start, size, 0, 0)
            held = pair.open(number, needed + rng.choice((0, 1, needed // 100, min(needed, 2**56), abs(size) << 40)))
            pair.do(Command.FILL, instrument=number, compartment=held, size=size, price=start)
        for _ in range(12):
            share = rng.choice((-1, 1)) * rng.choice((10**8, 10**7, 10**6, 10**4, 1))
            pair.do(Command.FUNDING, instrument=number, rate=share)
            assert breached_compartments(pair.state) == []
            mark = instrument.mark + rng.choice((-1, 1)) * rng.randint(0, instrument.mark // 2**10)
            pair.do(Command.MARK, instrument=number, price=max(instrument.price_min, min(top, mark)))
            assert breached_compartments(pair.state) == []


@pytest.mark.rule("SCR-001", "LIQ-001", "LIQ-005")
@pytest.mark.parametrize("payoff", [0, 1, 2])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_stricter_table_is_watched_from_the_moment_it_holds(payoff: int, side: int) -> None:
    """Nobody is breached by the change itself, but many by marks that the old table would have let pass."""
    rng = Random(f"{payoff} {side}")
    pair = crowd(rng, payoff, 1)
    for held in range(1, 31):
        pair.accept(Command.DEPOSIT, account=held, asset=1, amount=10**9)
        size = abs(pair.state.compartments[held].size)
        lot = (
            -(-pair.state.instruments[1].multiplier // 1000)
            if payoff == 1
            else 1000 * pair.state.instruments[1].multiplier
        )
        pair.accept(Command.ADD_MARGIN, compartment=held, amount=size * lot * rng.randint(21, 25) // 100)
    pair.accept(Command.REGISTER_TIER_TABLE)
    pair.accept(Command.ADD_TIER, other=2, rate=2 * 10**7, size=2 * 10**7)
    pair.accept(Command.SET_PARAMETER, instrument=1, code=Parameter.TIER_TABLE, amount=2)
    holders = len(pair.state.holders(1))
    for step in range(1, 9):
        pair.accept(Command.MARK, instrument=1, price=1000 + side * 8 * step)
        assert breached_compartments(pair.state) == []
    assert 0 < len(pair.state.holders(1)) < holders
