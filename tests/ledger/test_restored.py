"""A ledger goes on from a snapshot as the engine that wrote it would have: near every threshold, after funding too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy

import numpy as np
import pytest
from differential.aiming import last_healthy_price
from differential.comparing import records
from differential.worlds import World
from reference.model import Model
from reference.rows import Row
from reference.state import Compartment, Instrument

from stoplog.codes import Command, Event
from stoplog.engine import Engine

pytestmark = pytest.mark.rule("REP-001", "LED-004")

NEAR = (-20, -10, -7, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 7, 10, 20)
RATES = (1, 5_000, 10**6)
GENTLE, STEEP, HIGHEST = 400_000, (2_000_000, 20_000_000, 90_000_000), 99_000_000


class SteepWorld(World):
    """One linear instrument whose tiers begin where one, two or three lots at a round price do, and jump up to 90 %.

    Positions are entered on or below the first floor with little to spare; then the mark and funding move gently.
    """

    def setting_up(self) -> list[Row]:
        rng = self.rng
        self.price, self.multiplier = rng.choice((1_000, 2_000, 10_000)), rng.choice((1, 1, 10))
        floors = sorted(rng.sample((1, 2, 3), rng.choice((1, 2, 3))))
        rates = [GENTLE, *sorted(rng.choice((*STEEP, STEEP[-1], HIGHEST)) for _ in floors)]
        rows = [Row(kind=Command.REGISTER_ASSET, code=2), Row(kind=Command.REGISTER_TIER_TABLE)]
        for lots, rate in zip((0, *floors), rates, strict=True):
            floor = lots * self.price * self.multiplier
            rows.append(Row(kind=Command.ADD_TIER, other=1, amount=floor, rate=rate, size=rate))
        perpetual = Row(kind=Command.REGISTER_INSTRUMENT, asset=1, other=1, price=10**6, rate=1, size=10**4)
        rows.append(perpetual._replace(amount=self.multiplier))
        rows.append(Row(kind=Command.MARK, instrument=1, price=self.price))
        for account in (1, 2, 3):
            rows.append(Row(kind=Command.REGISTER_ACCOUNT))
            rows.append(Row(kind=Command.DEPOSIT, account=account, asset=1, amount=10**9))
        for number in range(1, 9):
            rows += self.entered(number, rng.randint(1, floors[0]))
        rows.append(self.marking())
        return rows

    def entered(self, number: int, lots: int) -> list[Row]:
        """Compartment `number` with what `lots` on the first floor need, or some more."""
        needed = lots * self.price * self.multiplier * GENTLE // 10**8
        margin = needed + self.rng.choice((0, 0, 1, 2, 3, needed, 10 * needed))
        size = lots * self.rng.choice((-1, 1, 1))
        return [
            Row(kind=Command.OPEN_COMPARTMENT, account=number % 3 + 1, instrument=1, amount=margin),
            Row(kind=Command.FILL, instrument=1, compartment=number, size=size, price=self.price),
        ]

    def anything(self) -> Row:
        """Mostly a funding or a mark, so that positions stay."""
        draw = self.rng.random()
        if draw < 0.6:
            return self.funding()
        return self.marking() if draw < 0.95 else super().anything()

    def lots(self, held: Compartment) -> int:
        """Out, or a few lots in or out."""
        if held.size and self.rng.random() < 0.5:
            return -held.size
        return self.rng.choice((-3, -2, -1, 1, 2, 3))

    def marking(self) -> Row:
        """A mark a little above the round price."""
        price = self.price + self.rng.randint(self.price // 80, self.price // 40)
        return Row(kind=Command.MARK, instrument=1, price=price)

    def funding(self) -> Row:
        """A payment of less than a unit, or of a few."""
        rate = self.rng.choice((1, 1, 1, 137, 10_000)) * self.rng.choice((-1, 1))
        return Row(kind=Command.FUNDING, instrument=1, rate=rate)


def holders(model: Model) -> Iterator[tuple[Instrument, int, Compartment]]:
    """The instrument, its number and the compartment, of every open position."""
    for held in model.state.compartments.values():
        if held.size:
            yield model.state.instruments[held.instrument], held.instrument, held


def marks(model: Model) -> list[Row]:
    """Marks around every threshold, one command each, at the time of the state."""
    prices = set()
    for instrument, number, held in holders(model):
        price = last_healthy_price(instrument, model.state.tier_tables[instrument.tier_table], held)
        near = (max(instrument.price_min, min(instrument.price_max, price + away)) for away in NEAR)
        prices |= {(number, place) for place in near}
    time = model.state.time
    return [Row(kind=Command.MARK, time=time, instrument=number, price=price) for number, price in sorted(prices)]


def continuations(model: Model) -> Iterator[list[Row]]:
    """What may come next: a mark near a threshold; a funding of either sign, and a mark near a threshold then."""
    yield from ([mark] for mark in marks(model))
    for number in sorted({number for _, number, _ in holders(model)}):
        for rate in RATES:
            for signed in (-rate, rate):
                after = deepcopy(model)
                funding = Row(kind=Command.FUNDING, time=model.state.time, instrument=number, rate=signed)
                after.apply(funding)
                yield [funding]
                yield from ([funding, mark] for mark in marks(after))


def compared(world: World, most: int) -> Counter[str]:
    """How many continuations after up to `most` commands were the same, and how many of them took somebody over."""
    live = records([world.step()[0] for _ in range(len(world.planned) + world.rng.randint(1, most))])
    written = Engine()
    written.apply(live)
    state = written.to_bytes()
    seen: Counter[str] = Counter()
    for rows in continuations(world.model):
        goes_on, taken_up = Engine(), Engine.from_bytes(state)
        goes_on.apply(live)
        events = goes_on.apply(records(rows))
        assert taken_up.apply(records(rows)).tobytes() == events.tobytes(), rows
        assert taken_up.digest() == goes_on.digest(), rows
        seen["same"] += 1
        seen["taken over"] += bool(np.isin(events["kind"], [Event.TAKEN_OVER]).any())
    return seen


@pytest.mark.parametrize("block", range(4))
@pytest.mark.parametrize(("kind", "most"), [(World, 90), (SteepWorld, 20)])
def test_near_every_threshold_a_restored_engine_decides_as_the_live_one(
    kind: type[World], most: int, block: int
) -> None:
    seen: Counter[str] = Counter()
    for seed in range(9 * 10**6 + block * 30, 9 * 10**6 + block * 30 + 30):
        seen += compared(kind(seed), most)
    assert seen["same"] > 100
    assert seen["taken over"] > 20
