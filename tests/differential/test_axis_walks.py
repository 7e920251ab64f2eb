"""Walks of an underlying past many strategies with little to spare: every mark finds whom the model finds."""

from __future__ import annotations

from math import sqrt
from random import Random

import pytest
from differential.crossing import ONE
from differential.portfolios import UNDERLYING, Portfolio
from reference.rights import CALL, PUT

from stoplog.codes import Command, Event, Gains, Model
from stoplog.units import RATE_ONE

OWNERS, STEPS, PURSE = 10, 45, 10**11
SHARES = (0, 0, 1, 3, 10, 30, 100, 300, 1_000)
"""Steps of the walk, in ten-thousandths of where it is."""


class Crowd:
    """Owners with random strategies on one underlying, each with little more than it needs to open."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = Random(seed)
        self.start = rng.choice((60, 1_000, 10_000, 10**6))
        self.desk = Portfolio(price=self.start, price_max=10 * self.start, multiplier=rng.choice((1, 7, 100)))
        self.options = [self.option() for _ in range(rng.randint(2, 4))]
        self.desk.count = rng.choice((4, 8, 9))
        self.desk.factor = rng.choice((RATE_ONE, 11 * RATE_ONE // 10))
        self.revalue()
        self.owners = [self.owner() for _ in range(OWNERS)]

    def option(self) -> int:
        """An option, seldom a future, about the price."""
        rng = self.rng
        right = rng.choice((CALL, PUT, CALL, PUT, 0))
        units = rng.choice((0, 0, 2 * self.start)) if right else 0
        strike = rng.randint(self.start // 2, 2 * self.start) if right else 0
        expiry = rng.choice((1_000, 1_000, 2_000))
        mark = self.start if right == 0 else max(1, self.start // rng.choice((4, 10, 30)))
        return self.desk.option(strike, right=right, mark=mark, expiry=expiry, coin_units=units)

    def revalue(self) -> list[int]:
        """New marks, arrays and an axis about where the underlying is; who falls by it."""
        rng, desk = self.rng, self.desk
        now = desk.pair.state.instruments[UNDERLYING].mark
        sides = [rng.uniform(0.7, 0.99), rng.uniform(1.01, 1.4)]
        moves = sides + [rng.uniform(0.5, 1.6) for _ in range(desk.count - 2)]
        prices = [max(1, min(desk.price_max, round(now * move))) for move in moves]
        prices[0], prices[1] = min(prices[0], now - 1), max(prices[1], now + 1)
        desk.stage(UNDERLYING, [desk.multiplier * (price - now) for price in prices], mark=now)
        for number in self.options:
            noise, fresh = rng.choice((0, 0, 1, 20)), max(1, round(self.fair(number, now)))
            profits = [self.fair(number, price) - self.fair(number, now) for price in prices]
            array = [round(desk.multiplier * gain) + rng.randint(-noise, noise) for gain in profits]
            desk.stage(number, array, mark=fresh, charge=rng.choice((0, 0, 1)))
        if rng.random() < 0.9:
            desk.axis([price if rng.random() < 0.95 or at < 2 else 0 for at, price in enumerate(prices)])
        return [event.compartment or 0 for event in desk.revalue() if event.kind == Event.CROSS_LIQUIDATED]

    def fair(self, number: int, price: int) -> float:
        """A convex price of an instrument: what it gives, smoothed about the strike."""
        terms = self.desk.pair.state.instruments[number]
        if terms.right == 0:
            return price
        gain = (price - terms.strike) * (1 if terms.right == CALL else -1)
        worth = (gain + sqrt(gain * gain + (self.start / 5) ** 2)) / 2
        return worth * terms.coin_units / price if terms.coin_units else worth

    def owner(self) -> int:
        """A strategy that has taken out nearly all that it may."""
        rng, desk = self.rng, self.desk
        cross = desk.owner(gains=rng.choice(list(Gains)), model=rng.choice((*[Model.SCENARIOS] * 9, Model.POSITIONS)))
        desk.put(PURSE, cross)
        for number in rng.sample([UNDERLYING, *self.options], rng.randint(1, 3)):
            price = desk.pair.state.instruments[number].mark
            desk.leg(number, rng.choice((-1, 1)) * rng.choice((1, 5, 40)), price, cross=cross)
        there = desk.standing(cross)
        spare = there.opening_equity - there.initial_margin
        left = rng.choice((0, 1, spare % 50, abs(sum(held.worth for held in there.positions)) // 20, self.start * 2))
        desk.pair.accept(Command.REMOVE_MARGIN, compartment=cross, asset=1, amount=max(1, spare - left))
        return cross

    def step(self) -> int:
        """One step of the walk, or something else in between; how many strategies it takes down."""
        rng, desk = self.rng, self.desk
        now, draw = desk.pair.state.instruments[UNDERLYING].mark, rng.random()
        if draw < 0.06:
            return len(self.revalue())
        if draw < 0.12:
            return self.does(Command.PRICE_ASSET, asset=1, price=ONE + rng.choice((0, 1, 10**6, -(10**7))))
        if draw < 0.18:
            number = rng.choice(self.options)
            price = desk.pair.state.instruments[number].mark + rng.choice((-1, 1))
            return self.does(Command.MARK, instrument=number, price=max(1, price))
        if draw < 0.24:
            return self.does(Command.ADD_MARGIN, compartment=rng.choice(self.owners), asset=1, amount=1)
        if draw < 0.3:
            return self.trades(rng.choice(self.owners))
        price = now + rng.choice((-1, 1)) * (now * rng.choice(SHARES) // 10_000 + rng.choice((0, 1)))
        if draw > 0.97:
            price = rng.choice((1, self.start // 3, 3 * self.start, desk.price_max))
        if draw > 0.85:
            price = rng.choice(desk.pair.state.risk[UNDERLYING].axis or [(now, 0)])[0]
        return self.does(Command.MARK, instrument=UNDERLYING, price=max(1, min(desk.price_max, price)))

    def trades(self, cross: int) -> int:
        """A lot more or less of one of its positions."""
        rows = {n: row for n, row in self.desk.pair.state.compartments.items() if row.cross == cross and row.size}
        if not rows:
            return 0
        number = self.rng.choice(list(rows))
        mark = self.desk.pair.state.instruments[rows[number].instrument].mark
        return self.does(Command.FILL, **self.desk.trade(number, self.rng.choice((-1, 1)), max(1, mark)))

    def does(self, kind: Command, **fields: int) -> int:
        """How many strategies a command takes down; engine and model agree on which."""
        return sum(event.kind == Event.CROSS_LIQUIDATED for event in self.desk.pair.do(kind, **fields))


@pytest.mark.rule("PRT-009", "PRT-010", "CRS-009", "SCR-004")
@pytest.mark.parametrize("block", range(5))
def test_every_mark_takes_down_whom_the_model_takes_down(block: int) -> None:
    """And in the end the engine and the model agree on what everybody is worth."""
    fallen = 0
    for seed in range(10 * block, 10 * block + 10):
        crowd = Crowd(seed)
        fallen += sum(crowd.step() for _ in range(STEPS))
        for cross in crowd.owners:
            crowd.desk.standing(cross)
    assert fallen > 10
