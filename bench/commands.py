"""P3: commands in memory, of five kinds in turn."""

from __future__ import annotations

import gc
from statistics import median

import numpy as np
from numpy.typing import NDArray

from bench import peer, worlds
from bench.figures import Goal, Section, count, growth, once, rate, say
from stoplog.codes import Command, Event
from stoplog.engine import Engine

ROUNDS = 100_000
BATCH = 10_000
DEPOSIT = 2_000_000


def mixed(accounts: int) -> NDArray[np.void]:
    """Deposit, open, fill, transfer and mark in turn, over the accounts of a world made by `worlds.spread`.

    The fill takes one lot off the account's position, so that no position turns.
    """
    number = np.arange(ROUNDS) % accounts + 1
    sizes = np.where((number - 1) % 2, 1, -1)
    marks = worlds.marks(ROUNDS)
    return worlds.interleaved(
        worlds.commands(Command.DEPOSIT, ROUNDS, account=number, asset=worlds.ASSET, amount=DEPOSIT),
        worlds.commands(
            Command.OPEN_COMPARTMENT, ROUNDS, account=number, instrument=worlds.INSTRUMENT, amount=DEPOSIT // 2
        ),
        worlds.commands(
            Command.FILL, ROUNDS, instrument=worlds.INSTRUMENT, compartment=number, size=sizes, price=worlds.ENTRY
        ),
        worlds.commands(Command.ADD_MARGIN, ROUNDS, compartment=number, amount=DEPOSIT // 2),
        marks,
    )


def in_memory(sizes: list[int]) -> Section:
    """P3 at each number of accounts."""
    header = ["accounts", "commands/s", "with the state's SHA-256 at the end"]
    section = Section("P3", f"{5 * ROUNDS:,} commands in memory, in batches of {BATCH:,}", header)
    seconds: dict[int, float] = {}
    digested: dict[int, float] = {}
    for size in sizes:
        say(f"P3: {count(size)} accounts")
        seconds[size], digested[size] = applied(size)
        section.rows.append([count(size), rate(5 * ROUNDS / seconds[size]), rate(5 * ROUNDS / digested[size])])
        gc.collect()
    rates = {size: 5 * ROUNDS / taken for size, taken in seconds.items()}
    hashed = {size: 5 * ROUNDS / taken for size, taken in digested.items()}
    section.goals = [
        goal("5M/s on one core, events and their running hash included", rates),
        goal("the same with SHA-256 over the whole state at the end", hashed),
    ]
    exponent = growth(seconds, seconds.values())
    section.notes = [f"Cost grows with the number of accounts to the power of {exponent:.2f}.", *beside()]
    section.figures = {f"commands_per_second_{size}": value for size, value in rates.items()}
    return section


def goal(sentence: str, rates: dict[int, float]) -> Goal:
    """A goal of 5M commands a second at every number of accounts."""
    slowest = min(rates, key=lambda size: rates[size])
    return Goal(sentence, f"{rate(rates[slowest])} at worst, with {count(slowest)} accounts", rates[slowest] >= 5e6)


def applied(size: int) -> tuple[float, float]:
    """The median of three runs without, and with, the digest of the state at the end; every command is accepted."""
    state = worlds.spread(size).to_bytes()
    batch = mixed(size)
    alone, digested = [], []
    for _ in range(3):
        engine = Engine.from_bytes(state)
        seconds = once(lambda engine=engine: in_batches(engine, batch))
        alone.append(seconds)
        digested.append(seconds + once(engine.digest))
    return median(alone), median(digested)


def in_batches(engine: Engine, batch: NDArray[np.void]) -> None:
    """Apply the commands in batches; a refusal is an error of the benchmark."""
    for first in range(0, len(batch), BATCH):
        events = engine.apply(batch[first : first + BATCH])
        assert not (events["kind"] == Event.REFUSED).any(), "every command is accepted"


def beside() -> list[str]:
    """What peers do that comes nearest."""
    nautilus = peer.seconds("nautilus", "marks", "1")
    reached = str(nautilus) if isinstance(nautilus, peer.Absent) else f"{rate(1 / nautilus)} quotes with one position"
    return [
        f"NautilusTrader in this run: {reached}.",
        "exchange-core (Java) and the FLOX venue are in no registry that is reached here: not measured.",
    ]
