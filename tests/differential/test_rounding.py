"""Nobody gets richer by rounding: fills, fundings and margin changes at one price, in any order, often."""

from __future__ import annotations

from random import Random

import pytest
from differential.pair import Pair

from stoplog.codes import Command

INVERSE = 1
DEPOSIT = 10**9


def owned(pair: Pair) -> int:
    """What the only owner has, free and in the purse, once flat."""
    return pair.state.free[1, 1] + pair.state.compartments[1].purse


def desk(payoff: int, multiplier: int) -> Pair:
    """An instrument at a price that divides nothing, without maintenance, and one compartment with half the money."""
    pair = Pair()
    number = pair.register(payoff=payoff, multiplier=multiplier, mark=599, price_max=1000, tiers=((0, 0, 0),))
    pair.open(number, DEPOSIT // 2, deposit=DEPOSIT)
    return pair


def fill(pair: Pair, size: int) -> int:
    """Trade with the outside market at the mark; how many fills that was."""
    if size:
        pair.accept(Command.FILL, instrument=1, compartment=1, size=size, price=599)
    return int(size != 0)


@pytest.mark.rule("RND-001", "INS-001", "INS-002", "POS-001", "CON-002")
@pytest.mark.parametrize("payoff", [0, INVERSE])
def test_churning_at_one_price_never_pays(payoff: int) -> None:
    """Without funding a linear account ends with what it had; in inverse a fill gives one side what it takes from
    the other, less than one unit, and nobody else pays: the outside market has the difference."""
    for seed in range(40):
        rng = Random(seed)
        pair, fills = desk(payoff, rng.choice((10_000, 9_973, 101))), 0
        for _ in range(30):
            fills += fill(pair, rng.choice((-1, 1)) * rng.randint(1, 7))
            kind = rng.choice((Command.ADD_MARGIN, Command.REMOVE_MARGIN))
            pair.accept(kind, compartment=1, amount=rng.randint(1, 9))
        fills += fill(pair, -pair.state.compartments[1].size)
        gained = owned(pair) - DEPOSIT
        assert gained == -pair.state.assets[1].outside_market
        assert gained == 0 if payoff != INVERSE else abs(gained) < fills


@pytest.mark.rule("RND-001", "POS-003", "POS-004", "CON-004", "CON-005")
@pytest.mark.parametrize("payoff", [0, INVERSE])
def test_touching_a_position_between_fundings_never_pays(payoff: int) -> None:
    """Who holds a position through fundings and touches it after each ends with no more than who leaves it alone."""
    for seed in range(30):
        ends = []
        for touches in (0, 1, 3):
            rng = Random(seed)
            pair = desk(payoff, 10_000 if payoff == INVERSE else 1)
            fill(pair, rng.choice((-3, 1, 5)))
            for _ in range(20):
                pair.accept(Command.FUNDING, instrument=1, rate=rng.randint(-40_000, 40_000))
                for _ in range(touches):
                    pair.accept(Command.ADD_MARGIN, compartment=1, amount=1)
            fill(pair, -pair.state.compartments[1].size)
            ends.append(owned(pair))
            assert pair.state.instruments[1].funding_clearing == 0
            assert pair.state.assets[1].dust >= 0
        assert ends == sorted(ends, reverse=True)
