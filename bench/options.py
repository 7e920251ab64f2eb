"""P6, P7 and P9: prices and Greeks, risk arrays, implied volatilities, beside other engines, with errors in one run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mpmath import erfc, log, mp, mpf, sqrt
from numpy.typing import NDArray

from bench import peer
from bench.figures import Goal, Section, count, growth, rate, say, short, timed
from stoplog.portfolio.scenario_sets import shipped
from stoplog.pricing.scenarios import YEAR
from stoplog.pricing.vector.black import greeks, prices
from stoplog.pricing.vector.implied import Reason, implied_volatilities
from stoplog.pricing.vector.risk_arrays import Expiries, Listed, risk_arrays

SIZES = [1_000, 10_000, 100_000, 1_000_000]
BESIDE = 100_000
"""So many options are priced beside other engines."""

SAMPLE = 500
"""So many of them are priced with 50 digits."""

SPREAD = 2.5
"""Strikes lie within so many deviations of the forward, so that every price has a volatility to ten digits."""

LISTED, EXPIRIES = 5_000, 20
RUNS = 15

WHO = {
    "fast_vollib": "fast-vollib, Numba",
    "jax": "jax, both cores",
    "polars_vol": "polars-vol",
    "py_vollib_vectorized": "py_vollib_vectorized",
    "quantlib": "QuantLib, call by call",
}

BESIDE_NOTE = (
    "Others compute delta, gamma, vega and theta, those of two calls rho too; Stoplog also rho, vanna and volga."
    " Its results go to memory that is there already."
)

Floats = NDArray[np.float64]


class Book(NamedTuple):
    """Options out of the money, an entry each."""

    forward: Floats
    strike: Floats
    years: Floats
    volatility: Floats
    call: NDArray[np.bool_]


class Compared(NamedTuple):
    """What an engine reached: seconds and answers, or why it was not measured."""

    seconds: float
    answers: Floats


def book(size: int) -> Book:
    """Options of a few days to two years at volatilities of 20 to 150 %."""
    draws = np.random.default_rng(6)
    forward = 60_000.0 * np.exp(draws.normal(0.0, 0.05, size))
    years, volatility = draws.uniform(0.01, 2.0, size), draws.uniform(0.2, 1.5, size)
    deviations = np.clip(draws.normal(size=size), -SPREAD, SPREAD)
    strike = forward * np.exp(deviations * volatility * np.sqrt(years))
    return Book(forward, strike, years, volatility, deviations > 0.0)


def exact(options: Book, i: int) -> mpf:
    """The price of one of the options, with 50 digits."""
    mp.dps = 50
    forward, strike, years, volatility = (mpf(float(column[i])) for column in options[:4])
    deviation = volatility * sqrt(years)
    d1 = log(forward / strike) / deviation + deviation / 2
    sign = 1 if options.call[i] else -1
    near, far = (erfc(-sign * d / sqrt(mpf(2))) / 2 for d in (d1, d1 - deviation))
    found: mpf = sign * (forward * near - strike * far)
    return found


def error_of_forward(options: Book, found: Floats) -> float:
    """The largest error of a price in the sample, as a share of the forward."""
    sample = range(0, found.size, max(1, found.size // SAMPLE))
    return max(float(abs(mpf(float(found[i])) - exact(options, i)) / options.forward[i]) for i in sample)


def by_clock(work: Callable[[], object]) -> float:
    """The median time by the clock on the wall, which is what the other engines are measured by."""
    work()
    return timed(work, RUNS, time.perf_counter)


def others(work: str, options: Book, price: Floats) -> dict[str, Compared | peer.Absent]:
    """What each other engine answers and how long it takes."""
    found: dict[str, Compared | peer.Absent] = {}
    with tempfile.TemporaryDirectory() as folder:
        given, answers = Path(folder) / "given", Path(folder) / "answers"
        np.array([*options[:4], options.call.astype(np.float64), price]).tofile(given)
        for name in peer.OPTIONS:
            if (work, name) == ("implied", "jax"):
                continue
            say(f"{work}: {WHO[name]}")
            taken = peer.seconds(name, work, str(given), str(answers))
            found[name] = taken if isinstance(taken, peer.Absent) else Compared(taken, np.fromfile(answers))
    return found


def reached(compared: Compared | peer.Absent, size: int) -> str:
    """A rate, or why there is none."""
    return str(compared) if isinstance(compared, peer.Absent) else rate(size / compared.seconds)


def fastest(found: dict[str, Compared | peer.Absent]) -> float | None:
    """The least time of an engine that was measured."""
    return min((one.seconds for one in found.values() if isinstance(one, Compared)), default=None)


def ratio(theirs: float | None, ours: float, times: float, sentence: str) -> Goal:
    """A goal of so many times the rate of another engine."""
    if theirs is None:
        return Goal(sentence, "no other engine was measured", None)
    return Goal(sentence, f"{theirs / ours:.1f} times", theirs / ours >= times)


def black(sizes: list[int]) -> Section:
    """P6: Black-76, prices alone and with Greeks; the numbers of options include that priced beside other engines."""
    header = ["engine", "options", "prices", "with Greeks", "largest error, of the forward"]
    section = Section("P6", "Black-76 in binary floats", header)
    taken: dict[int, tuple[float, float]] = {}
    for size in sizes:
        say(f"P6: {count(size)} options")
        taken[size] = ours(size, 1)
        section.rows.append(["Stoplog, one core", count(size), *(rate(size / seconds) for seconds in taken[size]), ""])
    two = ours(BESIDE, 2)
    section.rows.append(["Stoplog, two threads", count(BESIDE), *(rate(BESIDE / seconds) for seconds in two), ""])
    options = book(BESIDE)
    price = prices(*options)
    error = max(error_of_forward(options, price), error_of_forward(options, greeks(*options).price))
    section.rows[sizes.index(BESIDE)][-1] = f"{error:.1e}"
    alone, with_greeks = others("prices", options, price), others("greeks", options, price)
    for name, compared in alone.items():
        off = "" if isinstance(compared, peer.Absent) else f"{error_of_forward(options, compared.answers):.1e}"
        rates = reached(compared, BESIDE), reached(with_greeks[name], BESIDE)
        section.rows.append([WHO[name], count(BESIDE), *rates, off])
    slopes = min(taken[BESIDE][1], two[1])
    section.goals = [
        ratio(
            fastest(with_greeks),
            slopes,
            10.0,
            "10 times the fastest other engine with Greeks, each on as many cores as serve it",
        ),
        Goal("within 2e-14 of the forward of 50 digits", f"{error:.1e}", error <= 2e-14),
    ]
    exponent = growth(taken, (seconds for seconds, _ in taken.values()))
    section.notes = [BESIDE_NOTE, f"Time grows with the number of options to the power of {exponent:.2f}."]
    section.figures = {f"prices_per_second_{size}": size / seconds for size, (seconds, _) in taken.items()}
    section.figures |= {"greeks_per_second": BESIDE / slopes, "error_of_forward": error}
    return section


def ours(size: int, threads: int) -> tuple[float, float]:
    """Seconds for prices alone, and for prices and Greeks."""
    options, out = book(size), np.empty((8, size))
    alone = by_clock(lambda: prices(*options, threads=threads, out=out[0]))
    return alone, by_clock(lambda: greeks(*options, threads=threads, out=out))


def listed() -> tuple[Expiries, Listed]:
    """Twenty expiries and 5,000 options on them; a lot is a hundredth of a coin, money in millionths."""
    draws = np.random.default_rng(7)
    years = np.sort(draws.uniform(0.003, 2.0, EXPIRIES))
    forwards, number = 60_000.0 * np.exp(0.05 * years), draws.integers(0, EXPIRIES, LISTED)
    strikes = forwards[number] * np.exp(draws.normal(0.0, 0.4, LISTED) * np.sqrt(years[number]))
    calls = draws.random(LISTED) < 0.5
    return Expiries(forwards, years), Listed(number, strikes, draws.uniform(0.3, 1.2, LISTED), calls, 10_000)


def arrays() -> Section:
    """P7: marks and risk arrays of a whole chain."""
    chosen = shipped("stoplog", "default")
    scenarios = len(chosen.scenarios)
    section = Section("P7", f"Risk arrays, {LISTED:,} options × {scenarios} scenarios", ["how", "time", "a price"])
    expiries, options = listed()
    say("P7: risk arrays")
    linear = by_clock(lambda: risk_arrays(chosen, expiries, options))
    inverse = by_clock(lambda: risk_arrays(chosen, expiries, options, inverse=True))
    moved = shocked(expiries, options)
    plain = by_clock(lambda: np.rint(prices(*moved) * 1e4).astype(np.int64))
    total = LISTED * scenarios
    for how, seconds in [
        ("Stoplog, linear, one core", linear),
        ("Stoplog, inverse, one core", inverse),
        ("each of the shocked options by `prices`, then rounded", plain),
    ]:
        section.rows.append([how, short(seconds), short(seconds / total)])
    for name, compared in others("prices", moved, np.ones(total)).items():
        if isinstance(compared, peer.Absent):
            section.rows.append([f"the same by {WHO[name]}", str(compared), ""])
        else:
            section.rows.append([f"the same by {WHO[name]}", short(compared.seconds), short(compared.seconds / total)])
    section.goals = [Goal("at most 0.8 ms on one core", short(linear), linear <= 0.8e-3)]
    section.notes = ["For other engines the shocked options are prepared beforehand and nothing is rounded."]
    section.figures = {"linear": linear, "inverse": inverse}
    return section


def shocked(expiries: Expiries, options: Listed) -> Book:
    """Every option under every scenario of the default set, as options of their own."""
    chosen = shipped("stoplog", "default")
    number: Any = options.expiries
    years = np.asarray(expiries.years)[number]
    volatilities = np.asarray(options.volatilities)
    columns = [
        (
            np.asarray(expiries.forwards)[number] * (1.0 + scenario.move),
            options.strikes,
            years,
            [chosen.shock.shocked(scenario.direction, v, t * YEAR) for v, t in zip(volatilities, years, strict=True)],
            options.calls,
        )
        for scenario in chosen.scenarios
    ]
    return Book(*(np.concatenate([np.asarray(column) for column in parts]) for parts in zip(*columns, strict=True)))


def implied(sizes: list[int]) -> Section:
    """P9: implied volatility."""
    section = Section("P9", "Implied volatility", ["engine", "options", "volatilities", "largest error"])
    taken: dict[int, float] = {}
    for size in sizes:
        say(f"P9: {count(size)} options")
        options = book(size)
        price = prices(*options)
        taken[size] = by_clock(lambda o=options, p=price: implied_volatilities(p, *o[:3], o.call))
        section.rows.append(["Stoplog, one core", count(size), rate(size / taken[size]), ""])
    options = book(BESIDE)
    price = prices(*options)
    found = implied_volatilities(price, *options[:3], options.call)
    assert (found.reason == Reason.NONE).all(), "every price has a volatility"
    error = float(np.abs(found.volatility - options.volatility).max())
    section.rows[sizes.index(BESIDE)][-1] = f"{error:.1e}"
    beside = others("implied", options, price)
    for name, compared in beside.items():
        off = "" if isinstance(compared, peer.Absent) else f"{np.abs(compared.answers - options.volatility).max():.1e}"
        section.rows.append([WHO[name], count(BESIDE), reached(compared, BESIDE), off])
    slow = beside["py_vollib_vectorized"]
    theirs = slow.seconds if isinstance(slow, Compared) else None
    section.goals = [
        ratio(theirs, taken[BESIDE], 10.0, "10 times py_vollib_vectorized"),
        Goal("to 1e-10", f"{error:.1e}", error <= 1e-10),
    ]
    section.notes = [f"Time grows with the number of options to the power of {growth(taken, taken.values()):.2f}."]
    section.figures = {f"volatilities_per_second_{size}": size / seconds for size, seconds in taken.items()}
    return section
