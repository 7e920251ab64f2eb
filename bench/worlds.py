"""Engines of any size to measure on, built through ordinary commands.

One instrument: BTCUSDT, price unit 0.01, lot 0.001, money in 1e-6, so that a lot is worth price · 10 (rule INS-001).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command, Event
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.records import COMMAND

ENTRY = 6_000_000
"""60,000.00 in price units."""

LOT_MULTIPLIER = 10
LOTS = 100
NOTIONAL = ENTRY * LOT_MULTIPLIER * LOTS
ASSET = INSTRUMENT = 1
TIERS = [(0, 400_000, 666_667), (300_000, 500_000, 1_000_000), (800_000, 650_000, 1_333_334)]
"""Floor in USDT, maintenance and initial rate in 1e-8."""
CHUNK = 1_000_000
"""Commands applied at a time: bounds the memory that a large world takes while it is built."""


def commands(kind: Command, count: int, **fields: int | NDArray[np.int64]) -> NDArray[np.void]:
    """`count` commands of one kind; a field is one number for all or one for each."""
    made = np.zeros(count, COMMAND)
    made["kind"] = kind
    for name, value in fields.items():
        made[name] = value
    return made


def interleaved(*kinds: NDArray[np.void]) -> NDArray[np.void]:
    """The first command of each, then the second of each, and so on."""
    return np.stack(kinds, axis=1).reshape(-1)


def market() -> Engine:
    """An engine with the asset, Binance's first BTCUSDT tiers and the instrument at a mark of 60,000."""
    batch = Batch()
    batch.register_asset(decimals=6)
    batch.register_tier_table()
    for floor, rate, initial_rate in TIERS:
        batch.add_tier(table=1, floor=floor * 10**6, rate=rate, initial_rate=initial_rate)
    batch.register_instrument(
        asset=ASSET, tier_table=1, payoff=0, multiplier=LOT_MULTIPLIER, price_max=20_000_000, position_limit=10_000_000
    )
    batch.mark(instrument=INSTRUMENT, price=ENTRY)
    engine = Engine()
    engine.apply(batch.records())
    return engine


def open_positions(engine: Engine, margins: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
    """One new account, compartment and position of `sizes` lots at 60,000 for each margin; all are accepted.

    Called on a world as `market` made it: the numbers of accounts and compartments count from 1.
    """
    for first in range(0, len(margins), CHUNK // 4):
        margin, size = margins[first : first + CHUNK // 4], sizes[first : first + CHUNK // 4]
        count = len(margin)
        number = np.arange(first + 1, first + count + 1)
        batch = interleaved(
            commands(Command.REGISTER_ACCOUNT, count),
            commands(Command.DEPOSIT, count, account=number, asset=ASSET, amount=margin),
            commands(Command.OPEN_COMPARTMENT, count, account=number, instrument=INSTRUMENT, amount=margin),
            commands(Command.FILL, count, instrument=INSTRUMENT, compartment=number, size=size, price=ENTRY),
        )
        events = engine.apply(batch)
        assert not (events["kind"] == Event.REFUSED).any(), "a world is built without a refusal"


def spread(count: int, seed: int = 1) -> Engine:
    """`count` positions, long and short in turn, of 5 to 50 times leverage: none is breached within 1 % of 60,000."""
    leverage = np.random.default_rng(seed).uniform(5, 50, count)
    sides = np.where(np.arange(count) % 2, -1, 1)
    engine = market()
    open_positions(engine, (NOTIONAL / leverage).astype(np.int64), sides * LOTS)
    return engine


def crowded(count: int, breached: int) -> Engine:
    """`count` longs, the first `breached` of them at 80 times leverage and the rest at 20."""
    leverage = np.where(np.arange(count) < breached, 80, 20)
    engine = market()
    open_positions(engine, NOTIONAL // leverage, np.full(count, LOTS))
    return engine


def marks(count: int, seed: int = 2) -> NDArray[np.void]:
    """`count` marks that wander within 0.9 % of 60,000."""
    steps = np.random.default_rng(seed).integers(-600, 601, count)
    wandering = np.cumsum(steps)
    width = 54_000
    prices = ENTRY - width + np.abs((wandering + width) % (4 * width) - 2 * width)
    return commands(Command.MARK, count, instrument=INSTRUMENT, price=prices)
