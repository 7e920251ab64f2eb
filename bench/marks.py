"""P1: a mark that breaches nothing. P2: a mark that breaches 18 in 100 positions."""

from __future__ import annotations

import gc

import numpy as np

from bench import peer, worlds
from bench.figures import Goal, Section, count, growth, once, rate, say, short, timed
from stoplog.codes import Command, Event
from stoplog.engine import Engine

INSIDE = 200_000
CALLS = 20_000
LRVX_MARKS = (1_000, 10_000, 100_000, 1_000_000)
NAUTILUS_MARKS = (1_000,)
LRVX_CRASH = (1_000, 10_000, 100_000)


def inside(engine: Engine) -> float:
    """Seconds for one mark of a large batch."""
    batch = worlds.marks(INSIDE)
    engine.apply(batch)
    return timed(lambda: engine.apply(batch)) / INSIDE


def called(engine: Engine) -> float:
    """Seconds for a call from Python with one mark."""
    calls = list(np.split(worlds.marks(CALLS), CALLS))

    def all_of_them() -> None:
        for one in calls:
            engine.apply(one)

    return timed(all_of_them, 9) / CALLS


def shown(seconds: float | peer.Absent) -> str:
    """A peer's time, or why there is none."""
    return str(seconds) if isinstance(seconds, peer.Absent) else short(seconds)


def one_mark(sizes: list[int]) -> Section:
    """P1 at each size, beside lrvx and NautilusTrader."""
    header = ["positions", "inside the engine", "called from Python", "lrvx", "NautilusTrader"]
    section = Section("P1", "One mark, nothing breached", header)
    ours: dict[int, tuple[float, float]] = {}
    theirs: dict[int, float | peer.Absent] = {}
    for size in sizes:
        say(f"P1: {count(size)} positions")
        engine = worlds.spread(size)
        ours[size] = inside(engine), called(engine)
        assert engine.statistics["woken"] == engine.statistics["needless"], "nothing is breached"
        del engine
        gc.collect()
        if size in LRVX_MARKS:
            theirs[size] = peer.seconds("lrvx", "marks", str(size))
        nautilus = shown(peer.seconds("nautilus", "marks", str(size))) if size in NAUTILUS_MARKS else "not run"
        lrvx = shown(theirs[size]) if size in theirs else "not run"
        section.rows.append([count(size), short(ours[size][0]), short(ours[size][1]), lrvx, nautilus])
    section.notes.append(exponents(ours, theirs))
    section.goals = mark_goals(ours, theirs)
    section.figures = {f"inside_{size}": ours[size][0] for size in ours} | {
        f"called_{size}": ours[size][1] for size in ours
    }
    return section


def exponents(ours: dict[int, tuple[float, float]], theirs: dict[int, float | peer.Absent]) -> str:
    """The sentence that says how the cost of a mark grows with the number of positions."""
    exponent = growth(ours, [inside for inside, _ in ours.values()])
    measured = {size: seconds for size, seconds in theirs.items() if not isinstance(seconds, peer.Absent)}
    sentence = f"Cost grows with the number of positions to the power of {exponent:.2f}"
    if len(measured) < 2:
        return sentence + "."
    return sentence + f", that of lrvx {growth(measured, measured.values()):.2f}."


def mark_goals(ours: dict[int, tuple[float, float]], theirs: dict[int, float | peer.Absent]) -> list[Goal]:
    """The goals of P1."""
    insides = [inside for inside, _ in ours.values()]
    calls = [called for _, called in ours.values()]
    ratio = max(insides) / min(insides)
    goals = [
        Goal("at most 150 ns inside the engine", f"{short(max(insides))} at worst", max(insides) <= 150e-9),
        Goal("less than 2 µs called from Python", f"{short(max(calls))} at worst", max(calls) < 2e-6),
        Goal("slowest within 1.5 of the fastest size", f"{ratio:.2f}", ratio <= 1.5),
    ]
    lrvx = theirs.get(100_000)
    if isinstance(lrvx, float):
        times = lrvx / ours[100_000][0]
        goals.append(Goal("1,000 times lrvx at 100k positions", f"{times:,.0f} times", times >= 1000))
    elif isinstance(lrvx, peer.Absent):
        goals.append(Goal("1,000 times lrvx at 100k positions", str(lrvx), None))
    return goals


def one_crash(sizes: list[int]) -> Section:
    """P2 at each size, beside lrvx."""
    section = Section(
        "P2", "One mark that breaches 18 in 100 positions", ["positions", "time", "liquidations/s", "lrvx/s"]
    )
    taken: dict[int, float] = {}
    for size in sizes:
        say(f"P2: {count(size)} positions")
        taken[size] = crash(size)
        lrvx = "not run"
        if size in LRVX_CRASH:
            seconds = peer.seconds("lrvx", "crash", str(size))
            lrvx = str(seconds) if isinstance(seconds, peer.Absent) else rate(size * 0.18 / seconds)
        section.rows.append([count(size), short(taken[size]), rate(size * 0.18 / taken[size]), lrvx])
    largest = 1_000_000 if 1_000_000 in taken else max(taken)
    reached = largest * 0.18 / taken[largest]
    section.goals = [
        Goal("1M liquidations/s, 180k of 1M positions", f"{rate(reached)} of {count(largest)}", reached >= 1e6)
    ]
    section.notes = [
        f"Cost grows with the number of positions to the power of {growth(taken, taken.values()):.2f}.",
        "lrvx is not run beyond 100k: its time grows with the square of the liquidations.",
    ]
    section.figures = {f"liquidations_per_second_{size}": size * 0.18 / taken[size] for size in taken}
    return section


def crash(size: int) -> float:
    """The median time of the mark that liquidates 18 in 100 of `size` positions, fee, fund and events included."""
    breached = size * 18 // 100
    state = worlds.crowded(size, breached).to_bytes()
    mark = worlds.commands(Command.MARK, 1, instrument=worlds.INSTRUMENT, price=worlds.ENTRY * 985 // 1000)
    runs = []
    for _ in range(5):
        engine = Engine.from_bytes(state)
        events = []
        runs.append(once(lambda engine=engine, events=events: events.append(engine.apply(mark))))
        liquidated = np.count_nonzero(events[0]["kind"] == Event.TAKEN_OVER)
        assert liquidated == breached, f"{liquidated} liquidated, not {breached}"
    return float(np.median(runs))
