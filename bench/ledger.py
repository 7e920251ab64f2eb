"""P4: durable commands: every batch is on disk, synced, before its events are handed out."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import numpy as np
from numpy.typing import NDArray

from bench import worlds
from bench.commands import mixed
from bench.figures import Goal, Section, rate, say, short
from stoplog.commands import Batch
from stoplog.ledger import GroupCommit, Ledger
from stoplog.records import Command, Event

ACCOUNTS = 1_000
BATCHES = [100, 1_000, 10_000]
SECONDS = 2.0
OFFERED = 200_000
OFFERED_BATCH = 100
SYNCS = 60
SYNC_BYTES = 64 * 1024
RUNS = 3


@dataclass(frozen=True)
class Row:
    """One way to write, one length of batch: what was durable per second, and how long a batch waited for it.

    `sync` is the median of an fdatasync after an append of 64 KiB, measured beside it on the same disk.
    """

    way: str
    batch: int
    commands_per_second: float
    median: float
    p99: float
    sync: float


def run() -> list[Row]:
    """A row for each way and length of batch, and one at a steady offer of commands."""
    rows = []
    for length in BATCHES:
        rows += [measured("one by one", length, one_by_one), measured("group commit", length, grouped)]
    return [*rows, measured(f"group commit, {OFFERED // 1000}k/s offered", OFFERED_BATCH, offered)]


Way = Callable[[Ledger, list[NDArray[np.void]]], tuple[float, list[float]]]


def measured(way: str, length: int, write: Way) -> Row:
    """The run of median speed among several, each on a new ledger."""
    say(f"P4: {way}, batches of {length:,}")
    rows = []
    for _ in range(RUNS):
        with new_ledger() as (ledger, folder):
            before = sync_seconds(folder)
            batches = in_batches(length)
            elapsed, waits = write(ledger, batches)
            sync = median([before, sync_seconds(folder)])
            done = len(waits) * length
            rows.append(Row(way, length, done / elapsed, median(waits), quantiles(waits, n=100)[98], sync))
    return sorted(rows, key=lambda row: row.commands_per_second)[RUNS // 2]


def one_by_one(ledger: Ledger, batches: list[NDArray[np.void]]) -> tuple[float, list[float]]:
    """Each batch waits for its own commit."""
    waits = []
    began = time.perf_counter()
    for batch in batches:
        asked = time.perf_counter()
        require_accepted(ledger.apply(batch))
        waits.append(time.perf_counter() - asked)
        if waits[-1] + asked - began > SECONDS:
            break
    return time.perf_counter() - began, waits


def grouped(ledger: Ledger, batches: list[NDArray[np.void]], interval: float = 0.0) -> tuple[float, list[float]]:
    """Batches are submitted as fast as they are taken, or one every `interval` seconds."""
    waits: list[float] = []
    futures = []
    began = time.perf_counter()
    with GroupCommit(ledger) as group:
        for number, batch in enumerate(batches):
            asked = max(time.perf_counter(), began + number * interval) if interval else time.perf_counter()
            while time.perf_counter() < asked:
                time.sleep(0)
            due = began + number * interval if interval else asked
            future = group.submit(batch)
            future.add_done_callback(lambda _, due=due: waits.append(time.perf_counter() - due))
            futures.append(future)
            if time.perf_counter() - began > SECONDS:
                break
    elapsed = time.perf_counter() - began
    for future in futures:
        require_accepted(future.result())
    return elapsed, waits


def offered(ledger: Ledger, batches: list[NDArray[np.void]]) -> tuple[float, list[float]]:
    """Batches come at a steady rate, and wait from the moment at which they were due."""
    return grouped(ledger, batches, interval=OFFERED_BATCH / OFFERED)


def require_accepted(events: NDArray[np.void]) -> None:
    """A refusal is an error of the benchmark."""
    assert not (events["kind"] == Event.REFUSED).any(), "every command is accepted"


def in_batches(length: int) -> list[NDArray[np.void]]:
    """P3's mixture, in batches; enough of it for the time of one run."""
    once = mixed(ACCOUNTS)
    starts = range(0, len(once), length)
    return [once[start : start + length] for _ in range(12) for start in starts]


@contextmanager
def new_ledger() -> Iterator[tuple[Ledger, Path]]:
    """A ledger in a folder of its own, with the market and its accounts already in it."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("STOPLOG_BENCH_FOLDER")) as folder:
        with Ledger.open(Path(folder) / "bench.ledger", snapshot_every=10**12) as ledger:
            for commands in (market(), positions()):
                require_accepted(ledger.apply(commands))
            yield ledger, Path(folder)


def market() -> NDArray[np.void]:
    """The commands that make the instrument of `worlds`."""
    batch = Batch()
    batch.register_asset(decimals=6)
    batch.register_tier_table()
    for floor, maintenance, initial in worlds.TIERS:
        batch.add_tier(table=1, floor=floor * 10**6, rate=maintenance, initial_rate=initial)
    batch.register_instrument(
        asset=1, tier_table=1, payoff=0, multiplier=worlds.LOT_MULTIPLIER, price_max=20_000_000, position_limit=10**7
    )
    batch.mark(instrument=1, price=worlds.ENTRY)
    return batch.records()


def positions() -> NDArray[np.void]:
    """An account, a deposit, a compartment and a position each, long and short in turn."""
    number = np.arange(1, ACCOUNTS + 1)
    margin = np.full(ACCOUNTS, worlds.NOTIONAL // 5)
    sizes = np.where(number % 2, 1, -1) * worlds.LOTS * 100
    return worlds.interleaved(
        worlds.commands(Command.REGISTER_ACCOUNT, ACCOUNTS),
        worlds.commands(Command.DEPOSIT, ACCOUNTS, account=number, asset=1, amount=100 * margin),
        worlds.commands(Command.OPEN_COMPARTMENT, ACCOUNTS, account=number, instrument=1, amount=100 * margin),
        worlds.commands(Command.FILL, ACCOUNTS, instrument=1, compartment=number, size=sizes, price=worlds.ENTRY),
    )


def sync_seconds(folder: Path) -> float:
    """The median time of an fdatasync after an append of 64 KiB."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(bytes(SYNC_BYTES))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return median(times)


def durable() -> Section:
    """P4 as a section of the report."""
    header = ["how", "batch", "commands/s", "acknowledged after, median", "99 %", "one fdatasync, median"]
    rows = run()
    section = Section("P4", "Durable commands: SQLite, WAL, synchronous FULL", header)
    for row in rows:
        times = [short(row.median), short(row.p99), short(row.sync)]
        section.rows.append([row.way, f"{row.batch:,}", rate(row.commands_per_second), *times])
    best, steady = max(row.commands_per_second for row in rows), rows[-1]
    ratio = steady.p99 / steady.sync
    section.goals = [
        Goal("1M/s", f"{rate(best)} at best", best >= 1e6),
        Goal("at 200k/s offered, 99 % acknowledged within 5 × the fdatasync median", f"{ratio:.1f} ×", ratio <= 5),
    ]
    section.figures = {f"{row.way}_{row.batch}": row.commands_per_second for row in rows}
    return section


if __name__ == "__main__":
    print(durable().markdown())
