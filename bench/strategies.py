"""Portfolio compartments in the engine: twenty legs each on one underlying, revalued all at once, or moved by marks.

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
from stoplog.engine.cross_standing import opening_figures
from stoplog.engine.scenario_sweep import sweep
from stoplog.engine.strategy_sweep import arrays_in_force, strategies_on
from stoplog.margin.scenarios import CALL, PUT
from stoplog.portfolio.scenario_sets import shipped
from stoplog.pricing.price_axis import axis_prices, with_moves
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
OWN = shipped("stoplog", "default")
CHOSEN = with_moves(OWN, (-0.03, -0.02, -0.01, 0.01, 0.02, 0.03))
"""Our own set, which counts, with a finer price axis behind it."""
MINUTE = 0.0005
"""The standard deviation of a mark's move, about that of a minute."""
MARKS = 1_000
LISTED = [(expiry, strike, call) for expiry in range(len(YEARS)) for strike in STRIKES for call in (True, False)]
INSTRUMENTS = len(LISTED) + 1


def revaluation(forward: float, volatility: float, *, moved: bool = False) -> NDArray[np.void]:
    """The commands that bring marks and arrays of the underlying, 1, and all options at these figures into force.

    With a price axis where marks are to move them.
    """
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
    if moved:
        batch.stage_axis(underlying=1, prices=axis_prices(CHOSEN, round(100 * forward)))
    batch.revalue(underlying=1, scenarios=len(OWN.scenarios), initial_factor=125_000_000)
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
    header = ["portfolio compartments", "legs", "all revalued", "for each", "worst scenario of all", "laid out"]
    section = Section("Strategies", f"Portfolio compartments of {LEGS} legs, {len(OWN.scenarios)} scenarios", header)
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
        swept, laid_out = sweeping(engine)
        section.rows.append(
            [count(size), count(size * LEGS), short(seconds[size]), short(each), short(swept), short(laid_out)]
        )
        section.figures[f"sweep_{size}"] = swept
        section.figures[f"revalue_{size}"] = seconds[size]
        gc.collect()
    exponent = growth(seconds, seconds.values())
    slowest = max(seconds[size] / size for size in sizes)
    section.goals = [Goal("10 µs for each", short(slowest), slowest <= 10e-6)]
    if 100_000 in sizes:
        swept = section.figures["sweep_100000"]
        section.goals.append(Goal("100k swept in 12 ms on all cores (P8)", short(swept), swept <= 12e-3))
    section.notes = [f"Cost grows with the number of compartments to the power of {exponent:.2f}."]
    return section


def sweeping(engine: Engine) -> tuple[float, float]:
    """Seconds to find the worst scenario of all, and to lay the positions out before; on all cores."""
    start = time.perf_counter()
    found = strategies_on(engine.tables, 1)
    laid_out = time.perf_counter() - start
    arrays, taken = arrays_in_force(engine.tables, 1), []
    for _ in range(7):
        start = time.perf_counter()
        sweep(found.held, arrays)
        taken.append(time.perf_counter() - start)
    return median(taken), laid_out


def thinned(engine: Engine, rng: np.random.Generator, size: int) -> None:
    """Take margin out of each compartment until it has between 3 % and twice more than what it needs to open."""
    cross = np.arange(size) * (LEGS + 2) + 1
    figures = np.array([opening_figures(engine.tables, int(x)) for x in cross])
    left = np.minimum(MARGIN, figures[:, 0] - figures[:, 1] * rng.uniform(1.03, 2.0, size))
    cross, amount = cross[left >= 1], left[left >= 1].astype(np.int64)
    events = engine.apply(commands(Command.REMOVE_MARGIN, len(cross), compartment=cross, asset=1, amount=amount))
    assert not (events["kind"] == Event.REFUSED).any(), "what is more than enough may leave"


def marking(sizes: list[int]) -> Section:
    """Seconds for a mark of the underlying that moves all portfolio compartments, at each size."""
    header = ["portfolio compartments", "a mark", "looked at by a mark", "liquidated", "all revalued"]
    title = f"Marks that move portfolio compartments of {LEGS} legs along a price axis"
    section = Section("Strategies by marks", title, header)
    seconds: dict[int, float] = {}
    for size in sizes:
        say(f"Strategies by marks: {count(size)} compartments")
        engine, rng = world(size), np.random.default_rng(5)
        thinned(engine, rng, size)
        start = time.process_time()
        engine.apply(revaluation(FORWARD, 0.5, moved=True))
        revalued = time.process_time() - start
        path = np.random.default_rng(11).normal(0.0, MINUTE, MARKS)
        prices = 6 * 10**6 * np.exp(np.cumsum(path))
        marks = commands(Command.MARK, MARKS, instrument=1, price=prices.astype(np.int64))
        looked = engine.statistics["crosses"]
        start = time.process_time()
        events = engine.apply(marks)
        seconds[size] = (time.process_time() - start) / MARKS
        looked = (engine.statistics["crosses"] - looked) / MARKS
        fallen = int((events["kind"] == Event.CROSS_LIQUIDATED).sum())
        part = f"{looked:,.1f}, {100 * looked / size:.3f} %"
        section.rows.append([count(size), short(seconds[size]), part, count(fallen), short(revalued)])
        section.figures[f"mark_{size}"] = seconds[size]
        section.figures[f"whole_{size}"] = revalued
        gc.collect()
    largest = max(sizes)
    gained = section.figures[f"whole_{largest}"] / seconds[largest]
    section.goals = [Goal("100 times sooner than looking at all", f"{gained:,.0f} times", gained >= 100)]
    section.notes = [f"{MARKS} marks, each {100 * MINUTE:.2f} % (one standard deviation) from the one before."]
    return section


if __name__ == "__main__":
    SIZES = [int(size) for size in sys.argv[1:]] or [1_000, 10_000]
    print(revaluing(SIZES).markdown())
    print(marking(SIZES).markdown())
