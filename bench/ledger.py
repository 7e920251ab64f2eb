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
from stoplog.codes import Command, Event
from stoplog.commands import Batch
from stoplog.ledger import GroupCommit, Ledger
from stoplog.ledger.group import WAITING_MAX

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


Written = tuple[float, list[float]]
Way = Callable[[Ledger, Path, list[NDArray[np.void]]], Written]


def run() -> list[Row]:
    """A row for each way and length of batch, and for each way at a steady offer of commands."""
    ways: list[tuple[str, Way]] = [("file, appended", appended), ("one by one", one_by_one), ("group commit", grouped)]
    rows = [measured(name, length, way) for length in BATCHES for name, way in ways]
    steady: list[tuple[str, Way]] = [("file, appended", appended_as_offered), ("group commit", grouped_as_offered)]
    return rows + [measured(f"{name}, {OFFERED // 1000}k/s offered", OFFERED_BATCH, way) for name, way in steady]


def measured(way: str, length: int, write: Way) -> Row:
    """The run of median speed among several, each on a new ledger."""
    say(f"P4: {way}, batches of {length:,}")
    rows = []
    for _ in range(RUNS):
        with new_ledger() as (ledger, folder):
            before = sync_seconds(folder)
            elapsed, waits = write(ledger, folder, in_batches(length))
            sync = median([before, sync_seconds(folder)])
            done = len(waits) * length
            rows.append(Row(way, length, done / elapsed, median(waits), quantiles(waits, n=100)[98], sync))
    return sorted(rows, key=lambda row: row.commands_per_second)[RUNS // 2]


def one_by_one(ledger: Ledger, _: Path, batches: list[NDArray[np.void]]) -> Written:
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


def appended(_: Ledger, folder: Path, batches: list[NDArray[np.void]]) -> Written:
    """What the disk allows: as many bytes as a batch and its events, appended to a file and synced; no engine."""
    waits = []
    began = time.perf_counter()
    with (folder / "log").open("wb", buffering=0) as file:
        for batch in batches:
            asked = time.perf_counter()
            file.write(bytes(2 * batch.nbytes))
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - asked)
            if waits[-1] + asked - began > SECONDS:
                break
    return time.perf_counter() - began, waits


def appended_as_offered(_: Ledger, folder: Path, batches: list[NDArray[np.void]]) -> Written:
    """The same at a steady rate: all that is due is appended and synced together."""
    interval = OFFERED_BATCH / OFFERED
    waits: list[float] = []
    began = time.perf_counter()
    with (folder / "log").open("wb", buffering=0) as file:
        while (passed := time.perf_counter() - began) < SECONDS:
            due = int(passed / interval) + 1 - len(waits)
            if due:
                file.write(bytes(2 * batches[0].nbytes * due))
                os.fdatasync(file.fileno())
                ended = time.perf_counter() - began
                waits += [ended - number * interval for number in range(len(waits), len(waits) + due)]
    return time.perf_counter() - began, waits


def grouped(ledger: Ledger, _: Path, batches: list[NDArray[np.void]]) -> Written:
    """Batches are submitted as fast as they are taken."""
    return submitted(ledger, batches, interval=0.0)


def grouped_as_offered(ledger: Ledger, _: Path, batches: list[NDArray[np.void]]) -> Written:
    """Batches come at a steady rate, and wait from the moment at which they were due."""
    return submitted(ledger, batches, interval=OFFERED_BATCH / OFFERED)


def submitted(ledger: Ledger, batches: list[NDArray[np.void]], interval: float) -> Written:
    """Batches through a group, one every `interval` seconds."""
    waits: list[float] = []
    futures = []
    began = time.perf_counter()
    with GroupCommit(ledger) as group:
        for number, batch in enumerate(batches):
            now = time.perf_counter()
            due = began + number * interval if interval else now
            if due > now:
                time.sleep(due - now)
            futures.append(group.submit(batch))
            futures[-1].add_done_callback(lambda _, due=due: waits.append(time.perf_counter() - due))
            if time.perf_counter() - began > SECONDS:
                break
    elapsed = time.perf_counter() - began
    for future in futures:
        require_accepted(future.result())
    return elapsed, waits


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
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("STOPLOG_BENCH_FOLDER")) as folder,
        Ledger.open(Path(folder) / "bench.ledger", snapshot_every=10**12) as ledger,
    ):
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
    ours = [row for row in rows if not row.way.startswith("file")]
    best, steady, disk = max(row.commands_per_second for row in ours), rows[-1], rows[-2]
    ratio, of_disk = steady.p99 / steady.sync, disk.p99 / disk.sync
    section.goals = [
        Goal("1M/s", f"{rate(best)} at best", best >= 1e6),
        Goal(
            "at 200k/s offered, 99 % acknowledged within 5 times the fdatasync median",
            f"{ratio:.1f} times; a file appended at the same rate takes {of_disk:.1f} times",
            ratio <= 5,
        ),
    ]
    section.notes = [
        "A ledger writes every byte twice, to the log and to the file; the appended file once, and without an engine.",
        f"With group commit, batches are offered as fast as they are taken: up to {WAITING_MAX:,} commands wait.",
    ]
    section.figures = {f"{row.way}_{row.batch}": row.commands_per_second for row in rows}
    return section


if __name__ == "__main__":
    print(durable().markdown())
