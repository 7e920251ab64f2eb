"""Cross compartments with ten positions each over fifty instruments, on recorded minutes: who is looked at.

Each instrument follows one symbol through one recorded day, so that fifty instruments are fifty days of real moves.
`python -m bench.crosses 1000000` measures one size.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench import peer
from bench.figures import Goal, Section, count, say, short
from bench.worlds import commands, interleaved
from stoplog.codes import Command, Event
from stoplog.commands import Batch
from stoplog.engine import Engine

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "prices_spot_1m"
INSTRUMENTS = 50
POSITIONS = 10
MINUTES = 1_440
ENTRY = 1_000_000
LOTS = 100
NOTIONAL = ENTRY * LOTS
CHUNK = 20_000
"""Cross compartments opened at a time."""


def days() -> NDArray[np.int64] | None:
    """Fifty days of minute prices, beginning at `ENTRY`: [instrument, minute]; None where no data is at hand."""
    found: list[NDArray[np.int64]] = []
    for path in sorted(DATA.glob("binance_spot_1m_*.parquet")):
        frame = pl.read_parquet(path).sort("symbol", "timestamp")
        for _, rows in frame.group_by("symbol", maintain_order=True):
            closes = rows["close"].to_numpy()
            for first in range(0, len(closes) - MINUTES + 1, MINUTES):
                day = closes[first : first + MINUTES]
                found.append((day / day[0] * ENTRY).astype(np.int64))
    if len(found) < INSTRUMENTS:
        return None
    chosen = np.linspace(0, len(found) - 1, INSTRUMENTS).astype(int)
    return np.stack([found[k] for k in chosen])


def world(size: int, seed: int = 7) -> Engine:
    """`size` cross compartments of 2 to 20 times leverage, long and short, each in ten of the fifty instruments."""
    rng = np.random.default_rng(seed)
    batch = Batch()
    batch.register_asset(decimals=6)
    batch.price_asset(asset=1, price=10**9)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=500_000, initial_rate=1_000_000)
    for number in range(1, INSTRUMENTS + 1):
        batch.register_instrument(
            asset=1, tier_table=1, payoff=0, multiplier=1, price_max=4 * ENTRY, position_limit=10_000_000
        )
        batch.mark(instrument=number, price=ENTRY)
    engine = Engine()
    engine.apply(batch.records())
    opened = 0
    while opened < size:
        some = min(CHUNK, size - opened)
        _open(engine, rng, opened, some)
        opened += some
    return engine


def _open(engine: Engine, rng: np.random.Generator, before: int, some: int) -> None:
    rows = POSITIONS + 2
    account = np.arange(before + 1, before + some + 1)
    cross = before * rows + np.arange(some) * rows + 1
    margin = (POSITIONS * NOTIONAL / rng.uniform(2, 20, some)).astype(np.int64)
    chosen = np.argsort(rng.random((some, INSTRUMENTS)), axis=1)[:, :POSITIONS] + 1
    sides = np.where(rng.random((some, POSITIONS)) < 0.5, -1, 1)
    opening = [
        commands(Command.REGISTER_ACCOUNT, some),
        commands(Command.DEPOSIT, some, account=account, asset=1, amount=margin),
        commands(Command.OPEN_CROSS, some, account=account),
        commands(Command.ADD_MARGIN, some, compartment=cross, asset=1, amount=margin),
    ]
    for k in range(POSITIONS):
        at = chosen[:, k]
        opening.append(commands(Command.OPEN_COMPARTMENT, some, account=account, instrument=at, compartment=cross))
    for k in range(POSITIONS):
        at, lots = chosen[:, k], sides[:, k] * LOTS
        row = cross + 2 + k
        opening.append(commands(Command.FILL, some, instrument=at, compartment=row, size=lots, price=ENTRY))
    events = engine.apply(interleaved(*opening))
    assert not (events["kind"] == Event.REFUSED).any(), "a world is built without a refusal"


def marks(prices: NDArray[np.int64]) -> NDArray[np.void]:
    """All marks of the day, minute by minute."""
    instrument = np.tile(np.arange(1, INSTRUMENTS + 1), MINUTES)
    price = np.clip(prices.T.reshape(-1), 1, 4 * ENTRY)
    return commands(Command.MARK, len(price), instrument=instrument, price=price)


def measured(size: int, prices: NDArray[np.int64]) -> dict[str, float]:
    """Seconds a mark, what fraction of those in the instrument it looks at, seconds to look at all, liquidated."""
    engine = world(size)
    batch = marks(prices)
    sweep = commands(Command.INTEREST, 1, asset=1)
    start = time.process_time()
    engine.apply(sweep)
    swept = time.process_time() - start
    looked, liquidated = engine.statistics["crosses"], 0
    start = time.process_time()
    for part in np.split(batch, 72):
        liquidated += int((engine.apply(part)["kind"] == Event.CROSS_LIQUIDATED).sum())
    spent = (time.process_time() - start) / len(batch)
    looked = engine.statistics["crosses"] - looked
    held = size * POSITIONS / INSTRUMENTS
    return {"mark": spent, "looked": looked / len(batch), "share": looked / len(batch) / held, "sweep": swept} | {
        "liquidated": liquidated
    }


def crossing(sizes: list[int]) -> Section:
    """Cross compartments at each size."""
    header = ["cross compartments", "positions", "one mark", "looked at by a mark", "of those it can have changed"]
    header += ["looking at all", "lrvx, as many isolated positions in one instrument"]
    section = Section(
        "Cross", "Cross compartments: ten positions each over 50 instruments, fifty recorded days", header
    )
    prices = days()
    if prices is None:
        section.notes.append(f"Not measured: no recorded days in {DATA}.")
        return section
    for size in sizes:
        say(f"Cross: {count(size)} compartments")
        found = measured(size, prices)
        gc.collect()
        held = size * POSITIONS // INSTRUMENTS
        lrvx = peer.seconds("lrvx", "marks", str(held))
        theirs = str(lrvx) if isinstance(lrvx, peer.Absent) else short(lrvx)
        row = [count(size), count(size * POSITIONS), short(found["mark"]), f"{found['looked']:.2f}"]
        section.rows.append([*row, f"{100 * found['share']:.4f} %", short(found["sweep"]), theirs])
        section.figures |= {f"{name}_{size}": value for name, value in found.items()}
        section.notes.append(f"Of {count(size)}, {found['liquidated']:,.0f} were liquidated on the day.")
        faster = found["sweep"] / found["mark"]
        section.goals = [Goal("a mark costs less than looking at all", f"{faster:,.0f} times less", faster > 1)]
    return section


if __name__ == "__main__":
    print(crossing([int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]).markdown())
