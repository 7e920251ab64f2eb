"""Tables and events as frames."""

from __future__ import annotations

import polars as pl
import pytest

import stoplog
from stoplog.codes import AssetParameter, Parameter
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.engine.tables import LAYOUT


def small_world() -> tuple[Engine, pl.DataFrame]:
    """One trader, long ten lots, and the events that led there."""
    batch = Batch()
    batch.register_asset(decimals=6)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=1_000_000, initial_rate=2_000_000)
    batch.register_instrument(asset=1, tier_table=1, payoff=0, multiplier=1, price_max=10**6, position_limit=10**6)
    batch.register_account()
    batch.deposit(account=1, asset=1, amount=1_000)
    batch.mark(instrument=1, price=100)
    batch.open_compartment(account=1, instrument=1, margin=105, initial_rate=10_000_000)
    batch.schedule_parameter(instrument=1, parameter=Parameter.SLIPPAGE_RATE, value=10_000, effective_sequence=1_000)
    batch.schedule_asset_parameter(asset=1, parameter=AssetParameter.SALE_RANK, value=3, effective_sequence=1_000)
    batch.fill(instrument=1, compartment=1, size=10, price=100)
    batch.place_order(compartment=1, size=-10, price=120)
    batch.set_top_up(compartment=1, trigger=150_000_000, target=200_000_000, once=5, total=10)
    engine = Engine()
    return engine, stoplog.events_frame(engine.apply(batch.records()))


@pytest.mark.rule("LIB-001")
def test_codes_are_spelled_out_and_counts_stay_whole() -> None:
    """A state is a word, a purse an integer."""
    engine, _ = small_world()
    compartment = stoplog.frame(engine.tables, "compartments").row(0, named=True)
    assert (compartment["number"], compartment["state"], compartment["purse"]) == (1, "open", 105)
    assert stoplog.frame(engine.tables, "positions").row(0, named=True)["cost"] == 1_000
    change = stoplog.frame(engine.tables, "changes").row(0, named=True)
    assert (change["state"], change["parameter"], change["value"]) == ("announced", "slippage_rate", 10_000)
    change = stoplog.frame(engine.tables, "changes").row(1, named=True)
    assert (change["asset"], change["instrument"], change["parameter"]) == (1, 0, "sale_rank")


@pytest.mark.rule("LIB-001")
def test_every_table_has_a_row_for_every_number() -> None:
    """As many rows as things that were registered."""
    engine, _ = small_world()
    counts = engine.tables.counts[0]
    for name in ("assets", "instruments", "accounts", "compartments", "orders", "top_ups", "changes"):
        assert stoplog.frame(engine.tables, name)["number"].to_list() == list(range(1, int(counts[name]) + 1))
    assert {name for name in LAYOUT if stoplog.frame(engine.tables, name).height} == set(LAYOUT)


@pytest.mark.rule("LIB-001")
def test_free_balances_are_named_by_account_and_asset() -> None:
    """1,000 deposited, 105 put into the compartment."""
    engine, _ = small_world()
    assert stoplog.frame(engine.tables, "free").rows() == [(1, 1, 895)]


@pytest.mark.rule("LIB-001")
def test_events_name_what_happened_and_where_money_went() -> None:
    """Before the order and the policy, the last two events are the two legs of the fill."""
    _, events = small_world()
    legs = events.slice(-4, 2).select("kind", "source", "target").rows()
    assert legs == [("filled", "settlement", "compartment"), ("filled", "settlement", "outside_market")]


@pytest.mark.rule("LIB-001", "GRD-002")
def test_what_is_doubted_about_a_mark_is_spelled_out_and_so_is_why_a_command_is_refused() -> None:
    """The codes of doubts and of refusals begin with the same numbers."""
    engine, _ = small_world()
    batch = Batch()
    batch.set_parameter(instrument=1, parameter=Parameter.JUMP_LIMIT, value=10**7)
    batch.mark(instrument=1, price=80)
    batch.set_parameter(instrument=1, parameter=99, value=0)
    events = stoplog.events_frame(engine.apply(batch.records()))
    assert events["kind"].to_list() == ["parameter_set", "mark_held", "refused"]
    assert events["reason"].to_list() == ["none", "jumps", "unknown_code"]
    assert stoplog.frame(engine.tables, "instruments")["doubt"].to_list() == ["jumps"]


@pytest.mark.rule("LIB-001")
def test_arrow_takes_a_frame() -> None:
    """Through the Arrow C stream, value for value."""
    arrow = pytest.importorskip("pyarrow")
    engine, _ = small_world()
    frame = stoplog.frame(engine.tables, "compartments")
    assert arrow.table(frame).to_pylist() == frame.to_dicts()


@pytest.mark.rule("LIB-001")
def test_an_unknown_table_is_refused_by_name() -> None:
    """The error lists the tables there are."""
    engine, _ = small_world()
    with pytest.raises(ValueError, match="'compartment' is none of counts, assets"):
        stoplog.frame(engine.tables, "compartment")
