"""A replay is the engine's, in order, reproducible, and says what the state says."""

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stoplog.codes import Command, CompartmentState
from stoplog.engine import Engine
from stoplog.ledger import Ledger
from stoplog.proof.invariants import check
from stoplog.simulation.command import main
from stoplog.simulation.findings import find
from stoplog.simulation.observation import Observer
from stoplog.simulation.outcomes import LOSS_EDGES
from stoplog.simulation.replay import Replayed, ReplayFailed, run
from stoplog.simulation.timeline import opening
from stoplog.simulation.world import Request, World, build

ACCOUNTS = 3000


@pytest.fixture(scope="module")
def world() -> World:
    return build(Request(accounts=ACCOUNTS, seed=3))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def replayed(world: World, engine: Engine) -> Replayed:
    return run(world, engine)


def all_commands(world: World) -> NDArray[np.void]:
    first = opening(world.population.market, world.scale, int(world.marks.time[0]))
    return np.concatenate([first, *world.timeline.chunks()])


@pytest.mark.rule("SIM-005", "REP-001")
@pytest.mark.parametrize("size", [1, 777, 10**6])
def test_how_the_commands_are_cut_is_invisible(size: int, world: World, replayed: Replayed) -> None:
    engine, observer = Engine(), Observer()
    commands = all_commands(world)
    for start in range(0, len(commands), size):
        batch = commands[start : start + size]
        observer.see(batch, engine.apply(batch))
    assert engine.digest() == replayed.digest
    again = find(observer, engine.tables.rows("compartments"), world.traders, world.scale)
    assert plain(again) == plain(replayed.findings)


def plain(found: object) -> object:
    """Findings with arrays as lists, so that they compare."""
    if dataclasses.is_dataclass(found):
        return {field.name: plain(getattr(found, field.name)) for field in dataclasses.fields(found)}
    return found.tolist() if isinstance(found, np.ndarray) else found


@pytest.mark.rule("SIM-005")
def test_the_same_seed_gives_the_same_digest_and_another_one_another(replayed: Replayed) -> None:
    assert run(build(Request(accounts=ACCOUNTS, seed=3)), Engine()).digest == replayed.digest
    assert run(build(Request(accounts=ACCOUNTS, seed=4)), Engine()).digest != replayed.digest


@pytest.mark.rule("SIM-005", "REP-003")
def test_a_ledger_holds_the_whole_replay(world: World, replayed: Replayed, tmp_path: Path) -> None:
    path = tmp_path / "replay.ledger"
    with Ledger.open(path) as ledger:
        assert run(world, ledger).digest == replayed.digest
    with Ledger.open(path) as ledger:
        assert ledger.digest() == replayed.digest
        assert ledger.sequence == replayed.commands == len(all_commands(world))


@pytest.mark.rule("SIM-007")
@pytest.mark.parametrize("size", [50, 50_000])
def test_commands_come_in_order(size: int, world: World) -> None:
    rows = np.concatenate(list(world.timeline.chunks(size)))
    rank = {Command.MARK: 0, Command.FUNDING: 1, Command.CLOSE_COMPARTMENT: 2, Command.REGISTER_ACCOUNT: 3}
    firsts = rows[np.isin(rows["kind"], list(rank))]
    keys = [(int(time), rank[Command(kind)]) for time, kind in zip(firsts["time"], firsts["kind"], strict=True)]
    assert keys == sorted(keys)
    assert (np.diff(rows["time"]) >= 0).all()
    assert len(rows) == world.timeline.commands
    assert (rows["kind"] == Command.FUNDING).sum() == world.funding.time.size > 0
    assert (rows["kind"] == Command.MARK).sum() == world.marks.time.size
    assert (rows["kind"] == Command.CLOSE_COMPARTMENT).sum() == world.traders.exits.sum() > 0


@pytest.mark.rule("SIM-006")
def test_no_entry_is_refused(replayed: Replayed) -> None:
    assert replayed.findings is not None
    assert replayed.findings.refused == ()
    assert replayed.findings.entered == ACCOUNTS


@pytest.mark.rule("SIM-007", "LIQ-001")
def test_the_invariants_hold_after_every_chunk(world: World) -> None:
    engine = Engine()
    engine.apply(opening(world.population.market, world.scale, int(world.marks.time[0])))
    for chunk in world.timeline.chunks(4000):
        engine.apply(chunk)
        assert check(engine.tables) == []


@pytest.mark.rule("SIM-008", "ISO-002")
def test_findings_say_what_the_state_says(engine: Engine, replayed: Replayed) -> None:
    found, money = replayed.findings, 1e-6
    assert found is not None
    rows, funds = engine.tables.rows("compartments")[1:], engine.tables.rows("funds")[1]
    assert found.fund == pytest.approx(funds["insurance_fund"] * money)
    assert found.socialised == pytest.approx(-funds["socialised_loss"] * money)
    assert found.fees == pytest.approx(funds["fees"] * money)
    assert found.shortfall_total == pytest.approx(found.from_fund + found.socialised)
    counts = [(rows["state"] == state).sum() for state in CompartmentState]
    assert [0, found.still_open, found.closed, found.liquidated] == counts
    size = engine.tables.rows("positions")["size"]
    assert (found.buckets.longs[-1], found.buckets.shorts[-1]) == ((size > 0).sum(), (size < 0).sum())
    assert found.buckets.count_long.sum() + found.buckets.count_short.sum() == found.liquidated
    assert found.liquidated > 300
    assert found.shortfall_count > 0


@pytest.mark.rule("SIM-008", "ISO-002")
def test_losses_end_at_what_was_put_in(engine: Engine, replayed: Replayed) -> None:
    assert replayed.findings is not None
    losses = replayed.findings.losses
    bins = np.zeros((2, LOSS_EDGES.size - 1), int)
    for row in engine.tables.rows("compartments")[1:]:
        loss = 1 - int(row["taken_out"]) / int(row["put_in"])
        if row["state"] != CompartmentState.OPEN and loss > -1:
            place = next(i for i, edge in enumerate(LOSS_EDGES[1:]) if loss <= edge)
            bins[int(row["state"] == CompartmentState.LIQUIDATED), place] += 1
    assert [losses.closed.tolist(), losses.liquidated.tolist()] == bins.tolist()
    assert losses.beyond == 0
    assert losses.largest == 1.0
    assert losses.liquidated[-1] == replayed.findings.liquidated == losses.liquidated.sum()


@pytest.mark.rule("SIM-008", "WAT-001")
def test_every_liquidation_adds_up_and_the_largest_shortfalls_are_shown(world: World, replayed: Replayed) -> None:
    engine, observer = Engine(), Observer()
    commands = all_commands(world)
    observer.see(commands, engine.apply(commands))
    rows = observer.liquidations()
    missing = rows["from_fund"] + rows["socialised"]
    assert (rows["purse"] + rows["realised"] == rows["fee"] + rows["to_fund"] - missing).all()
    assert replayed.findings is not None
    shown = replayed.findings.shortfalls
    worst = sorted(missing.tolist(), reverse=True)[: len(shown)]
    assert [row.shortfall for row in shown] == pytest.approx([count / 10**6 for count in worst])
    gross_funding = np.abs(world.funding.rate).sum() / 10**8
    for row in shown:
        side, notional = 1 if row.side == "long" else -1, row.size * row.entry
        fee = world.population.market.taker_fee / 10**8 * notional
        left = row.put_in - fee + side * row.size * (row.sale - row.entry)
        assert left == pytest.approx(-row.shortfall, abs=1.1 * gross_funding * notional + 0.01)
        assert row.shortfall == pytest.approx(row.from_fund + row.socialised)


@pytest.mark.rule("SIM-007")
def test_the_series_is_the_state_after_each_mark(marks: Path, population: Callable[..., Path]) -> None:
    path = population(("median = 300", "median = 5_000"), ("mean = 18", "mean = 0.02"), ("least = 0.05", "least = 0"))
    world = build(Request(marks=[marks], population=path, accounts=200, seed=2))
    engine, observer, expected = Engine(), Observer(), []
    for row in all_commands(world).reshape(-1, 1):
        observer.see(row, engine.apply(row))
        if row["kind"][0] == Command.MARK:
            size, funds = engine.tables.rows("positions")["size"], engine.tables.rows("funds")[1]
            state = (
                (size > 0).sum(),
                (size < 0).sum(),
                funds["insurance_fund"],
                -funds["socialised_loss"],
                funds["fees"],
            )
            expected.append((row["time"][0], row["price"][0], *state))
    assert observer.series().tolist() == expected
    assert observer.liquidations().size > 20


@pytest.mark.rule("SIM-005")
def test_a_refused_mark_stops_the_replay(world: World) -> None:
    low = dataclasses.replace(world, scale=dataclasses.replace(world.scale, price_max=int(world.marks.price[0])))
    with pytest.raises(ReplayFailed, match="MARK: price out of range"):
        run(low, Engine())


@pytest.mark.rule("REP-003")
def test_an_interrupted_replay_keeps_whole_chunks(world: World, tmp_path: Path) -> None:
    path = tmp_path / "cut.ledger"
    asked = iter([False, True])
    with Ledger.open(path) as ledger:
        cut = run(dataclasses.replace(world), ledger, stop=lambda: next(asked))
    assert cut.interrupted == (cut.commands < cut.planned)
    with Ledger.open(path) as ledger:
        assert ledger.sequence == cut.commands
        assert ledger.digest() == cut.digest
        assert check(ledger.tables) == []


@pytest.mark.rule("REP-003")
def test_an_interrupt_ends_cleanly_and_says_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "interrupted.ledger"
    source = "import sys; from stoplog.simulation.command import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", source, "--accounts", "400000", "--ledger", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            while not (path.exists() and path.stat().st_size > 10**6) and process.poll() is None:
                os.sched_yield()
            process.send_signal(signal.SIGINT)
            said, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 130, errors
    assert "Interrupted" in said
    with Ledger.open(path) as ledger:
        assert f"{ledger.sequence:,} commands" in said
        assert 0 < ledger.sequence < 400_000 * 4
        assert check(ledger.tables) == []


@pytest.mark.rule("SIM-005")
def test_the_command_writes_ledger_and_report(marks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger, report = marks.parent / "a.ledger", marks.parent / "a.html"
    assert main([str(marks), "--accounts", "50", "--ledger", str(ledger), "--report", str(report)]) == 0
    said = capsys.readouterr().out
    with Ledger.open(ledger) as opened:
        assert opened.digest() in said
        assert opened.digest() in report.read_text(encoding="utf-8")


@pytest.mark.rule("SIM-008")
def test_the_largest_move_is_the_largest_of_all(write: Callable[..., Path]) -> None:
    generator = np.random.default_rng(7)
    for _ in range(20):
        closes = generator.integers(50, 150, 30).tolist()
        rows = [f"2025-10-10T00:{i:02d}Z,{close}" for i, close in enumerate(closes)]
        replayed = run(build(Request(marks=[write(*rows, header="time,price")], accounts=1)), Engine())
        assert replayed.findings is not None
        move = replayed.findings.move
        pairs = [(start, end) for i, start in enumerate(closes) for end in closes[i:]]
        assert max(move.start / move.end, move.end / move.start) == max(max(a / b, b / a) for a, b in pairs)
        assert (move.start, move.end) in pairs
