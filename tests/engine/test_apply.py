"""How the engine takes its commands, and that room is no part of the result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stoplog.codes import Event
from stoplog.commands import Batch
from stoplog.engine import Engine, Tables
from stoplog.engine.compiling import PACKAGE, source_digest
from stoplog.records import COMMAND


def crowd(traders: int) -> Batch:
    """Traders of every leverage, long and short, and a fall that breaches half of them."""
    batch = Batch()
    batch.register_asset(decimals=6)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=500_000, initial_rate=1_000_000)
    batch.register_instrument(asset=1, tier_table=1, payoff=0, multiplier=1, price_max=10**8, position_limit=10**6)
    batch.mark(instrument=1, price=1_000)
    for number in range(1, traders + 1):
        batch.register_account()
        batch.deposit(account=number, asset=1, amount=10**6)
        batch.open_compartment(account=number, instrument=1, margin=1_000 + 10 * number)
        batch.fill(instrument=1, compartment=number, size=50 if number % 2 else -50, price=1_000)
        for price in range(900, 900 + number % 8):
            batch.place_order(compartment=number, size=1, price=price)
    batch.mark(instrument=1, price=900)
    return batch


@pytest.mark.rule("REP-001")
def test_room_is_made_without_a_trace() -> None:
    """One batch that outgrows every table gives what single commands give."""
    commands = crowd(300).records()
    whole, single = Engine(), Engine()
    events = whole.apply(commands)
    one_by_one = np.concatenate([single.apply(commands[k : k + 1]) for k in range(len(commands))])
    assert (events == one_by_one).all()
    assert whole.digest() == single.digest()
    assert (events["kind"] == Event.TAKEN_OVER).sum() > 100
    assert (events["kind"] == Event.ORDER_CANCELLED).sum() > 300


@pytest.mark.rule("REP-001")
def test_what_was_interrupted_leaves_no_events_to_the_next_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Room that cannot be had stops a batch at its second command; the batch after it has its own events alone."""
    engine, batch = Engine(), Batch()
    for _ in range(len(engine.tables.accounts) - 1):
        batch.register_account()
    engine.apply(batch.records())
    one_more, stopped = Batch(), Batch()
    one_more.register_account()
    stopped.register_asset(decimals=2)
    stopped.register_account()
    with monkeypatch.context() as broken:
        broken.setattr(Tables, "make_room", lambda *_: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            engine.apply(stopped.records())
    (event,) = engine.apply(one_more.records())
    assert event["first"] == len(batch) + 1


@pytest.mark.rule("REP-001")
def test_read_only_and_strided_batches_are_taken() -> None:
    """What the ledger reads back is read-only; a slice with a step is not contiguous."""
    commands = crowd(5).records()
    frozen = np.frombuffer(commands.tobytes(), COMMAND)
    doubled = np.repeat(commands, 2)[::2]
    engines = [Engine(), Engine(), Engine()]
    for engine, batch in zip(engines, (commands, frozen, doubled), strict=True):
        engine.apply(batch)
    assert len({engine.digest() for engine in engines}) == 1


@pytest.mark.rule("REF-001")
def test_records_of_another_kind_are_not_taken() -> None:
    """A plain array says what it is."""
    with pytest.raises(TypeError, match=r"commands: the records are int64"):
        Engine().apply(np.zeros(3, np.int64))


@pytest.mark.rule("REP-001")
def test_damaged_states_are_refused() -> None:
    """Cut off, too long, and not a state at all."""
    engine = Engine()
    engine.apply(crowd(2).records())
    data = engine.to_bytes()
    assert Engine.from_bytes(data).digest() == engine.digest()
    with pytest.raises(ValueError, match="cut off"):
        Engine.from_bytes(data[:-1])
    with pytest.raises(ValueError, match="1 bytes too many"):
        Engine.from_bytes(data + b"\0")
    with pytest.raises(ValueError, match="heading"):
        Engine.from_bytes(b"{}" + data)


@pytest.mark.rule("REP-001")
def test_the_kernel_cache_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One changed byte of a rule names another cache folder."""
    before = source_digest()
    for path in PACKAGE.rglob("*.py"):
        copy = tmp_path / path.relative_to(PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr("stoplog.engine.compiling.PACKAGE", tmp_path)
    assert source_digest() == before
    with (tmp_path / "positions.py").open("a") as rules:
        rules.write("\n")
    assert source_digest() != before
