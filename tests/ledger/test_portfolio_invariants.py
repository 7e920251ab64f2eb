"""Each thing that can be wrong with the tables of a portfolio compartment, who says so, and that audits end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stoplog.codes import Event, Model
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.engine.tables import Tables
from stoplog.margin.scenarios import CALL
from stoplog.proof.cross_invariants import cross_health
from stoplog.proof.invariants import check
from stoplog.records import AXIS_POINTS
from stoplog.units import RATE_ONE

MARGIN, FIRST, SECOND = 300, 3, 4


def strategy() -> Engine:
    """Compartment 1 by scenarios: long 10 of instrument 1, short 10 calls on it, instrument 2."""
    batch = Batch()
    batch.register_asset(decimals=2)
    batch.price_asset(asset=1, price=10**9)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=10**6, initial_rate=2 * 10**6)
    for price in (100, 10):
        batch.register_instrument(asset=1, tier_table=1, payoff=0, multiplier=1, price_max=10**4, position_limit=10**4)
        number = 1 if price == 100 else 2
        batch.mark(instrument=number, price=price)
    batch.set_underlying(instrument=2, underlying=1, right=CALL, strike=100)
    for number, price in ((1, 100), (2, 10)):
        batch.stage_mark(instrument=number, price=price, charge=1)
        batch.stage_array(instrument=number, first=0, profits=(-20 if number == 1 else -8, 0, 0, 20))
    batch.stage_axis(underlying=1, prices=[80, 0, 0, 120])
    batch.revalue(underlying=1, scenarios=4, initial_factor=RATE_ONE)
    batch.register_account()
    batch.deposit(account=1, asset=1, amount=MARGIN)
    batch.open_cross(account=1, model=Model.SCENARIOS)
    batch.add_margin(compartment=1, asset=1, amount=MARGIN)
    for number in (1, 2):
        batch.open_compartment(account=1, instrument=number, cross=1)
    batch.fill(instrument=1, compartment=FIRST, size=10, price=100)
    batch.fill(instrument=2, compartment=SECOND, size=-10, price=10)
    engine = Engine()
    events = engine.apply(batch.records())
    assert not (events["kind"] == Event.REFUSED).any()
    return engine


def costlier(tables: Tables) -> None:
    tables.positions["cost"][FIRST] += MARGIN


def another_array(tables: Tables) -> None:
    tables.arrays[40] = -1_000


def unknown_part(tables: Tables) -> None:
    tables.risk["known"][2] = 1


def no_scenarios(tables: Tables) -> None:
    tables.risk["scenarios"][1] = 0


def countless_scenarios(tables: Tables) -> None:
    tables.risk["scenarios"][1] = 2**62


def fewer_than_none(tables: Tables) -> None:
    tables.risk["scenarios"][1] = -(2**62)


def no_such_underlying(tables: Tables) -> None:
    tables.instruments["underlying"][2] = 99


def below_any(tables: Tables) -> None:
    tables.instruments["underlying"][2] = -1


def unknown_to_the_axis(tables: Tables) -> None:
    tables.risk["axis_parts"][1] = 0b11


def falling_axis(tables: Tables) -> None:
    tables.axis["price"][AXIS_POINTS] = 110


def axis_of_no_scenario(tables: Tables) -> None:
    tables.axis["scenario"][AXIS_POINTS] = 40


def axis_of_another_part(tables: Tables) -> None:
    tables.axis["scenario"][AXIS_POINTS] = 4


def axis_of_another_mark(tables: Tables) -> None:
    tables.risk["axis_mark"][1] = 80


def moved_to_ruin(tables: Tables) -> None:
    tables.instruments["mark"][1] = 1


@pytest.mark.rule("CRS-002", "PRT-002", "PRT-005", "PRT-009", "TBL-001")
@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("CRS-002", costlier),
        ("CRS-002", another_array),
        ("PRT-005", unknown_part),
        ("PRT-005", no_scenarios),
        ("PRT-005", countless_scenarios),
        ("PRT-005", fewer_than_none),
        ("PRT-005", unknown_to_the_axis),
        ("PRT-009", falling_axis),
        ("PRT-009", axis_of_no_scenario),
        ("PRT-009", axis_of_another_part),
        ("PRT-009", axis_of_another_mark),
        ("CRS-002", moved_to_ruin),
        ("TBL-001", no_such_underlying),
        ("TBL-001", below_any),
    ],
)
def test_what_is_wrong_is_said_by_its_rule(rule: str, change: Callable[[Tables], None]) -> None:
    engine = strategy()
    assert not check(engine.tables)
    change(engine.tables)
    assert rule in {violation.rule for violation in check(engine.tables)}


@pytest.mark.rule("TBL-001", "PRT-005")
@pytest.mark.parametrize("table", ["risk", "axis", "instruments", "compartments", "positions"])
def test_an_audit_of_damaged_tables_ends(table: str) -> None:
    """Every field of every row of what a strategy is reckoned from, at the ends of its range."""
    whole = strategy().to_bytes()
    for name in FIELDS[table]:
        for value in (-1, 0, 2**31 - 1):
            for row in (1, 2, 3, 4, AXIS_POINTS, AXIS_POINTS + 1, AXIS_POINTS + 2):
                engine = Engine.from_bytes(whole)
                rows = getattr(engine.tables, table)
                if row < len(engine.tables.rows(table)):
                    rows[name][row] = min(value, np.iinfo(rows[name].dtype).max)
                    check(engine.tables)


AXIS = ("settled", "axis_mark", "axis_count", "axis_parts")
FIELDS = {
    "axis": ("price", "scenario"),
    "risk": ("mark", "charge", "known", "scenarios", "initial_factor", *AXIS),
    "instruments": ("underlying", "right", "strike", "coin_units", "expiry_time", "price_max"),
    "compartments": ("initial_rate", "cross", "following", "pocket", "kind"),
    "positions": ("size", "cost", "funding_index"),
}


@pytest.mark.rule("PRT-002", "PRT-003", "PRT-004", "CRS-002")
def test_the_proof_reckons_as_the_engine_does() -> None:
    engine = strategy()
    standing = engine.cross_standing(1)
    assert (standing.equity, standing.maintenance_margin) == cross_health(engine.tables, 1) == (300, 130)
    assert [position.worth for position in standing.positions] == [0, 0]
    assert [(p.liquidation_price, p.bankruptcy_price) for p in standing.positions] == [(None, None)] * 2
    assert [position.bankruptcy_share for position in standing.positions] == [273, 27]
