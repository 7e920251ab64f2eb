"""P8: the worst scenario of many portfolios, beside what array libraries need for the same sums."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from unittest.mock import patch

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.figures import Goal, Section, count, growth, once, rate, say, short, timed
from stoplog.engine import scenario_sweep
from stoplog.engine.scenario_sweep import Portfolios, RiskArrays, sweep

POSITIONS, SCENARIOS, INSTRUMENTS = 20, 33, 5_000
PORTFOLIOS = 100_000
RUNS = 15


def book(portfolios: int, largest: int) -> tuple[Portfolios, RiskArrays]:
    """Portfolios of 20 positions of up to 1,000 lots, and risk arrays of up to `largest` a lot."""
    draws = np.random.default_rng(8)
    positions = portfolios * POSITIONS
    first = np.arange(0, positions + 1, POSITIONS)
    instrument, size = draws.integers(0, INSTRUMENTS, positions), draws.integers(-1_000, 1_001, positions)
    arrays = draws.integers(-largest, largest + 1, (INSTRUMENTS, SCENARIOS))
    return Portfolios(first, instrument, size), RiskArrays(arrays)


def one_core(work: Callable[[], object]) -> float:
    """The median wall time on one core, in seconds."""
    with patch.object(scenario_sweep.os, "cpu_count", return_value=1):
        return timed(work, RUNS, clock=time.perf_counter)


def by_numpy(held: Portfolios, arrays: RiskArrays) -> NDArray[np.int64]:
    """Gather, multiply and add up by scenario."""
    found = np.empty((SCENARIOS, len(held)), np.int64)
    for s in range(SCENARIOS):
        terms = arrays.wide[:, s][held.instrument] * held.wide
        found[s] = np.add.reduceat(terms, held.first[:-1])
    return found.min(axis=0)


def by_polars(held: Portfolios, arrays: RiskArrays) -> Callable[[], NDArray[np.int64]]:
    """A join with the arrays, sums by account, the lowest of them; the frames are made beforehand."""
    names = [f"s{s}" for s in range(SCENARIOS)]
    account = np.repeat(np.arange(len(held)), np.diff(held.first))
    positions = pl.DataFrame({"account": account, "instrument": held.instrument, "size": held.wide}).lazy()
    shocks = pl.DataFrame(arrays.wide, schema=names).with_row_index("instrument").lazy()
    sums = [(pl.col(name) * pl.col("size")).sum() for name in names]
    worst = positions.join(shocks, on="instrument").group_by("account").agg(sums).sort("account")
    asked = worst.select(pl.min_horizontal(names))
    return lambda: asked.collect().to_series().to_numpy()


def many_portfolios(sizes: list[int]) -> Section:
    """P8 at each number of portfolios, in 32 and in 64 bits, and the same sums by others."""
    header = ["portfolios", "one core", "both cores", "one core, 64-bit arrays", "portfolios a second"]
    title = f"Worst of {SCENARIOS} scenarios, portfolios of {POSITIONS} positions in {INSTRUMENTS:,} options, exact"
    section = Section("P8", title, header)
    taken: dict[int, float] = {}
    for size in sizes:
        say(f"P8: {count(size)} portfolios")
        held, arrays = book(size, 10**9)
        wide = book(size, 2**40)
        sweep(held, arrays)
        sweep(*wide)
        taken[size] = one_core(lambda h=held, a=arrays: sweep(h, a))
        both = timed(lambda h=held, a=arrays: sweep(h, a), RUNS, clock=time.perf_counter)
        in_64_bits = one_core(lambda w=wide: sweep(*w))
        section.rows.append([count(size), short(taken[size]), short(both), short(in_64_bits), rate(size / taken[size])])
        if size == PORTFOLIOS:
            section.goals = goals(taken[size], both, in_64_bits)
            section.rows += peers(held, arrays, taken[size])
    terms = PORTFOLIOS * POSITIONS * SCENARIOS / taken[PORTFOLIOS]
    section.notes = [
        f"Time grows with the number of portfolios to the power of {growth(taken, taken.values()):.2f}.",
        f"{terms / 1e9:.1f} · 10⁹ products a second on one core.",
        "Everybody's sums are the same, to the unit; the others' frames and arrays are made before the clock starts.",
    ]
    section.figures = {f"portfolios_per_second_{size}": size / seconds for size, seconds in taken.items()}
    return section


def goals(one: float, both: float, in_64_bits: float) -> list[Goal]:
    """What `performance.md` asks for at 100k portfolios."""
    return [
        Goal("100k portfolios on one core in at most 17 ms", short(one), one <= 17e-3),
        Goal("the same with 64-bit arrays", short(in_64_bits), in_64_bits <= 17e-3),
        Goal("on two cores in at most 12 ms", short(both), both <= 12e-3),
    ]


def peers(held: Portfolios, arrays: RiskArrays, ours: float) -> list[list[str]]:
    """Rows for others, whose answers must be ours."""
    expected = sweep(held, arrays).profit
    polars_asked = by_polars(held, arrays)
    works: list[tuple[str, Callable[[], NDArray[np.int64]]]] = [
        (f"NumPy {np.__version__}", lambda: by_numpy(held, arrays)),
        (f"Polars {pl.__version__}", polars_asked),
    ]
    rows = []
    for name, work in works:
        if not (work() == expected).all():
            raise AssertionError(f"{name} adds up to something else")
        seconds = median(once(work, time.perf_counter) for _ in range(3))
        rows.append([f"100k, {name}", short(seconds), "", "", f"{seconds / ours:.0f} times as long"])
    return rows
