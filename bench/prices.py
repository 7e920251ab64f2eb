"""P5: liquidation and bankruptcy prices, over arrays and one call at a time."""

from __future__ import annotations

import time

import numpy as np

from bench import peer, worlds
from bench.figures import Goal, Section, count, growth, rate, say, short, timed
from stoplog.engine.vector import bankruptcy_prices, liquidation_prices
from stoplog.margin.thresholds import last_healthy_price, liquidation_threshold
from stoplog.margin.tiers import marginal_tiers
from stoplog.units import RATE_ONE

CALLS = 20_000
TIERS = marginal_tiers([(floor * 10**6, rate, initial) for floor, rate, initial in worlds.TIERS], RATE_ONE)


def book(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Sizes and capitals of `size` positions, long and short, of 5 to 50 times leverage, across all three tiers."""
    draws = np.random.default_rng(3)
    sizes = draws.integers(1, 20_000, size) * np.where(np.arange(size) % 2, -1, 1)
    costs = sizes * worlds.ENTRY * worlds.LOT_MULTIPLIER
    return sizes, (np.abs(costs) / draws.uniform(5, 50, size)).astype(np.int64) - costs


def over_arrays(sizes: list[int]) -> Section:
    """P5 at each number of positions, and one call, beside freqtrade."""
    header = ["positions", "liquidation prices", "bankruptcy prices"]
    section = Section("P5", "Liquidation and bankruptcy prices, exact, three tiers", header)
    taken: dict[int, float] = {}
    slowest: dict[int, float] = {}
    for size in sizes:
        say(f"P5: {count(size)} positions")
        held, capitals = book(size)
        liquidation_prices(TIERS, 0, worlds.LOT_MULTIPLIER, held, capitals)
        bankruptcy_prices(0, worlds.LOT_MULTIPLIER, held, capitals)
        taken[size] = timed(
            lambda h=held, c=capitals: liquidation_prices(TIERS, 0, worlds.LOT_MULTIPLIER, h, c),
            clock=time.perf_counter,
        )
        bankrupt = timed(
            lambda h=held, c=capitals: bankruptcy_prices(0, worlds.LOT_MULTIPLIER, h, c), clock=time.perf_counter
        )
        slowest[size] = size / max(taken[size], bankrupt)
        section.rows.append([count(size), rate(size / taken[size]), rate(size / bankrupt)])
    one, bankrupt_one = one_call()
    freqtrade = peer.seconds("freqtrade", "prices", "100000")
    theirs = str(freqtrade) if isinstance(freqtrade, peer.Absent) else f"{short(freqtrade)}, floats"
    section.rows.append(["one call from Python", short(one), short(bankrupt_one)])
    section.rows.append(["one call of freqtrade", theirs, ""])
    best = max(slowest.values())
    section.goals = [
        Goal("50M/s over arrays", f"{rate(best)}, the slower of the two", best >= 50e6),
        Goal("at most 2 µs a call from Python", short(max(one, bankrupt_one)), max(one, bankrupt_one) <= 2e-6),
    ]
    section.notes = [f"Time grows with the number of positions to the power of {growth(taken, taken.values()):.2f}."]
    section.figures = {f"liquidation_prices_per_second_{size}": size / seconds for size, seconds in taken.items()}
    section.figures |= {"one_call": one}
    return section


def one_call() -> tuple[float, float]:
    """Seconds for one liquidation price, and for one bankruptcy price, from Python, on unlimited integers."""
    size, capital = 100, -5_700_000_000
    multiplier = worlds.LOT_MULTIPLIER

    def liquidation() -> None:
        for _ in range(CALLS):
            liquidation_threshold(TIERS, 0, multiplier, size, capital, RATE_ONE)

    def bankruptcy() -> None:
        for _ in range(CALLS):
            last_healthy_price(0, multiplier, size, capital, 0, 0, RATE_ONE)

    return timed(liquidation) / CALLS, timed(bankruptcy) / CALLS
