"""Portfolio compartments in the engine: twenty legs each on one underlying, revalued all at once.

`python -m bench.strategies 100000` measures one size.
"""

from __future__ import annotations

import gc
import sys
import time
from statistics import median

import numpy as np
from numpy.typing import NDArray

from bench.figures import Goal, Section, count, growth, say, short
from bench.worlds import commands, interleaved
from stoplog.codes import Command, Event, Model, Parameter
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.margin.scenarios import CALL, PUT
from stoplog.portfolio.scenario_sets import shipped
from stoplog.pricing.vector.delta_one_arrays import delta_one_arrays
from stoplog.pricing.vector.risk_arrays import Expiries, Listed, risk_arrays

LEGS = 20
YEARS = (0.02, 0.1, 0.25, 0.5)
STRIKES = tuple(range(45_000, 76_000, 3_000))
UNITS = 100
"""Millionths of a dollar for a lot, a hundredth of a coin, and a price unit, a cent."""
FORWARD = 60_000.0
MARGIN = 10**13
CHUNK = 10_000
"""Portfolio compartments opened at a time."""
CHOSEN = shipped("stoplog", "default")
LISTED = [(expiry, strike, call) for expiry in range(len(YEARS)) for strike in STRIKES for call in (True, False)]
INSTRUMENTS = len(LISTED) + 1


def revaluation(forward: float, volatility: float) -> NDArray[np.void]:
    """The commands that bring marks and arrays of the underlying, 1, and all options at these figures into force."""
    expiries = Expiries([forward] * len(YEARS), list(YEARS))
    columns = [list(column) for column in zip(*LISTED, strict=True)]
    listed = Listed(columns[0], columns[1], [volatility] * len(LISTED), columns[2], 100 * UNITS)
    options = risk_arrays(CHOSEN, expiries, listed)
    perpetual = delta_one_arrays(CHOSEN, [forward], [100 * UNITS])
    marks = [*perpetual.marks.tolist(), *options.marks.tolist()]
    profits = [*perpetual.profits.tolist(), *options.profits.tolist()]
    batch = Batch()
    for number, (mark, gains) in enumerate(zip(marks, profits, strict=True), start=1):
        batch.stage(instrument=number, price=max(1, round(mark / UNITS)), profits=gains)
    batch.revalue(underlying=1, scenarios=len(CHOSEN.scenarios), initial_factor=125_000_000)
    return batch.records()


def world(size: int, seed: int = 7) -> Engine:
    """`size` portfolio compartments with twenty different legs each, long and short; nobody is breached."""
    rng, engine, batch = np.random.default_rng(seed), Engine(), Batch()
    batch.register_asset(decimals=6)
    batch.price_asset(asset=1, price=10**9)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=10**6, initial_rate=2 * 10**6)
    for _ in range(INSTRUMENTS):
        batch.register_instrument(
            asset=1, tier_table=1, payoff=0, multiplier=UNITS, price_max=2 * 10**7, position_limit=10**4
        )
    for number, (expiry, strike, call) in enumerate(LISTED, start=2):
        date = 10**6 * (expiry + 1)
        batch.set_parameter(instrument=number, parameter=Parameter.EXPIRY_TIME, value=date)
        batch.set_underlying(instrument=number, underlying=1, right=CALL if call else PUT, strike=100 * strike)
    for number in range(1, INSTRUMENTS + 1):
        batch.mark(instrument=number, price=6 * 10**6 if number == 1 else 300_000)
    engine.apply(batch.records())
    engine.apply(revaluation(FORWARD, 0.5))
    for first in range(0, size, CHUNK):
        _open(engine, rng, first, min(CHUNK, size - first))
    return engine


def _open(engine: Engine, rng: np.random.Generator, before: int, some: int) -> None:
    rows = LEGS + 2
    account = np.arange(before + 1, before + some + 1)
    cross = before * rows + np.arange(some) * rows + 1
    chosen = np.argsort(rng.random((some, INSTRUMENTS)), axis=1)[:, :LEGS] + 1
    lots = np.where(rng.random((some, LEGS)) < 0.5, -1, 1) * rng.integers(1, 100, (some, LEGS))
    opening = [
        commands(Command.REGISTER_ACCOUNT, some),
        commands(Command.DEPOSIT, some, account=account, asset=1, amount=MARGIN),
        commands(Command.OPEN_CROSS, some, account=account, rate=Model.SCENARIOS),
        commands(Command.ADD_MARGIN, some, compartment=cross, asset=1, amount=MARGIN),
    ]
    for k in range(LEGS):
        at = chosen[:, k]
        opening.append(commands(Command.OPEN_COMPARTMENT, some, account=account, instrument=at, compartment=cross))
    for k in range(LEGS):
        row, at = cross + 2 + k, chosen[:, k]
        opening.append(commands(Command.FILL, some, instrument=at, compartment=row, size=lots[:, k], price=300_000))
    events = engine.apply(interleaved(*opening))
    assert not (events["kind"] == Event.REFUSED).any(), "a world is built without a refusal"


def revaluing(sizes: list[int]) -> Section:
    """Seconds to revalue all portfolio compartments, at each size."""
    header = ["portfolio compartments", "legs", "all revalued", "for each"]
    section = Section("Strategies", f"Portfolio compartments of {LEGS} legs, {len(CHOSEN.scenarios)} scenarios", header)
    seconds: dict[int, float] = {}
    for size in sizes:
        say(f"Strategies: {count(size)} compartments")
        engine, taken = world(size), []
        for forward, volatility in ((60_300.0, 0.51), (59_400.0, 0.53), (60_900.0, 0.49)):
            batch = revaluation(forward, volatility)
            engine.apply(batch[:-1])
            start = time.process_time()
            events = engine.apply(batch[-1:])
            taken.append(time.process_time() - start)
            assert events["kind"].tolist() == [Event.REVALUED], "all are looked at, nobody is breached"
        seconds[size] = median(taken)
        each = seconds[size] / size
        section.rows.append([count(size), count(size * LEGS), short(seconds[size]), short(each)])
        section.figures[f"revalue_{size}"] = seconds[size]
        gc.collect()
    exponent = growth(seconds, seconds.values())
    slowest = max(seconds[size] / size for size in sizes)
    section.goals = [Goal("10 µs for each", short(slowest), slowest <= 10e-6)]
    section.notes = [f"Cost grows with the number of compartments to the power of {exponent:.2f}."]
    return section


if __name__ == "__main__":
    print(revaluing([int(size) for size in sys.argv[1:]] or [1_000, 10_000]).markdown())
