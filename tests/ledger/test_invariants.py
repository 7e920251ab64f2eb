"""Every invariant holds after every command of a market, and says so when one figure of the state is changed."""

from collections.abc import Callable

import numpy as np
import pytest

from stoplog.codes import AssetParameter, CompartmentState, Parameter
from stoplog.commands import Batch
from stoplog.engine import Engine, Tables
from stoplog.proof.invariants import INVARIANTS, check
from stoplog.proof.tables import exact_sums
from stoplog.units import PURSE_MAX, RATE_ONE
from tests.ledger.markets import batches

Change = Callable[[Tables, int], None]


PENDING, ANNOUNCED, HAIRCUT = 1, 2, 3
"""Of the changes in `changes`: one in its grace, one that is not effective yet, and one of an asset in its grace."""


def changes(sequence: int) -> np.ndarray:
    """Changes announced to an engine that has had so many commands, the first of which is effective at once."""
    batch = Batch()
    late = {"time": 10**7}
    batch.schedule_parameter(
        instrument=1, parameter=Parameter.CLOSE_FEE_RATE, value=1, effective_sequence=sequence + 2, grace=9, **late
    )
    batch.schedule_parameter(
        instrument=1, parameter=Parameter.SLIPPAGE_RATE, value=1, effective_sequence=sequence + 10**6
    )
    batch.schedule_asset_parameter(
        asset=1, parameter=AssetParameter.HAIRCUT, value=5, effective_sequence=sequence + 4, grace=99
    )
    batch.price_asset(asset=1, price=10**9)
    return batch.records()


@pytest.fixture(scope="module")
def state() -> bytes:
    """A market with open positions on both sides, some closed and some liquidated compartments."""
    engine = Engine()
    for commands in batches(30, 100):
        engine.apply(commands)
    engine.apply(changes(engine.sequence))
    compartments, positions = engine.tables.rows("compartments"), engine.tables.rows("positions")
    assert {int(state) for state in compartments["state"][1:]} == {1, 2, 3}
    assert (positions["size"] > 0).any()
    assert (positions["size"] < 0).any()
    return engine.to_bytes()


@pytest.mark.rule("CON-002", "POS-002", "CON-003", "CON-004", "CON-005", "ISO-002", "RND-002", "TBL-001", "LIQ-001")
def test_all_hold_after_every_command() -> None:
    engine = Engine()
    for commands in batches(6, 100, seed=4):
        for row in range(len(commands)):
            engine.apply(commands[row : row + 1])
            assert check(engine.tables) == []


def amount(table: str, column: str, row: int | None = None, by: int = 1) -> Change:
    """A change of one figure; of an open position's row where no row is given."""

    def change(tables: Tables, opened: int) -> None:
        tables.rows(table)[column][opened if row is None else row] += by

    return change


def free(tables: Tables, _: int) -> None:
    tables.rows("free")[1, 1] = -1


def ended(tables: Tables, opened: int) -> None:
    tables.rows("compartments")["state"][opened] = CompartmentState.CLOSED


def breached(tables: Tables, opened: int) -> None:
    tables.rows("compartments")["purse"][opened] -= 10**12


def owing(tables: Tables, opened: int) -> None:
    long = tables.rows("positions")["size"][opened] > 0
    tables.rows("positions")["funding_index"][opened] += -(10**15) if long else 10**15


def ordering(column: str, by: int) -> Change:
    """A change of one figure of the first compartment in which orders rest."""

    def change(tables: Tables, _: int) -> None:
        compartments = tables.rows("compartments")
        compartments[column][np.flatnonzero(compartments["first_order"])[0]] += by

    return change


def policy(**changed: int) -> Change:
    """A sound top-up policy without a donor, but for what is given; a donor of 0 is the compartment itself."""

    def change(tables: Tables, opened: int) -> None:
        if not tables.positions["top_up"][opened]:
            tables.counts["top_ups"] += 1
            tables.positions["top_up"][opened] = tables.counts["top_ups"][0]
        row = tables.rows("top_ups")[tables.positions["top_up"][opened]]
        sound = {"trigger": 2 * RATE_ONE, "target": 3 * RATE_ONE, "once": 5, "left": 5}
        for name, value in (sound | changed).items():
            row[name] = opened if name == "donor" and value == 0 else value

    return change


def guard(**changed: int) -> Change:
    """A jump that is held and in order, but for what is given."""

    def change(tables: Tables, _: int) -> None:
        row = tables.rows("instruments")[1]
        price = int(row["price_min"])
        sound = {"jump_limit": 1, "guarded": 1, "doubt": 3, "held_price": price, "held_since": 1, "unseen": 1}
        for name, value in (sound | changed).items():
            row[name] = value

    return change


def in_a_list(tables: Tables) -> tuple[int, int]:
    """An order, and the one behind it on the same side at another price."""
    rows = tables.rows("orders")
    for number in np.flatnonzero(rows["compartment"]).tolist():
        behind = int(rows["following"][number])
        same = behind and (rows["size"][number] > 0) == (rows["size"][behind] > 0)
        if same and rows["price"][number] != rows["price"][behind]:
            return number, behind
    raise AssertionError("the market has no list of two prices")


def shuffled(tables: Tables, _: int) -> None:
    number, behind = in_a_list(tables)
    rows = tables.rows("orders")
    rows["price"][number], rows["price"][behind] = int(rows["price"][behind]), int(rows["price"][number])


def emptied(tables: Tables, _: int) -> None:
    tables.rows("orders")["size"][in_a_list(tables)[0]] = 0


def crowded(tables: Tables, _: int) -> None:
    """The list of one compartment is all orders that there are, one behind the other."""
    rows, compartments = tables.rows("orders"), tables.rows("compartments")
    opened = np.flatnonzero(compartments["first_order"])[0]
    rows["compartment"] = opened
    rows["following"] = np.arange(1, len(rows) + 1) % len(rows)
    compartments["first_order"][opened] = 1


def strangers_donor(tables: Tables, opened: int) -> None:
    """A compartment of another owner."""
    accounts = tables.rows("compartments")["account"]
    stranger = int(np.flatnonzero((accounts != accounts[opened]) & (accounts != 0))[0])
    policy(source=1, donor=stranger)(tables, opened)


def shared_policy(tables: Tables, opened: int) -> None:
    """The policy of another compartment."""
    policy()(tables, opened)
    other = 1 if opened > 1 else 2
    tables.rows("positions")["top_up"][other] = tables.rows("positions")["top_up"][opened]


def policy_that_is_not_there(tables: Tables, opened: int) -> None:
    tables.rows("positions")["top_up"][opened] = len(tables.rows("top_ups"))


def overdue(tables: Tables, _: int) -> None:
    tables.rows("changes")["effective_sequence"][ANNOUNCED] = tables.rows("counts")["sequence"][0]


CHANGES: list[tuple[str, Change]] = [
    *[
        ("TOP-005", policy(**{name: value}))
        for name, value in (
            ("trigger", RATE_ONE - 1),
            ("trigger", 4 * RATE_ONE),
            ("target", 1000 * RATE_ONE + 1),
            ("once", 0),
            ("left", -1),
            ("cooldown", -1),
            ("ready_time", -1),
            ("source", 3),
            ("source", 1),
            ("donor", 1),
        )
    ],
    *[("TOP-005", policy(source=2, donor=donor)) for donor in (0, -1, 10**6)],
    ("TOP-005", strangers_donor),
    ("TOP-005", shared_policy),
    ("TOP-005", policy_that_is_not_there),
    ("CON-002", amount("compartments", "purse")),
    ("CON-002", amount("assets", "deposited", 1)),
    ("CON-002", amount("assets", "withdrawn", 1)),
    *[("CON-002", amount("funds", name, 1)) for name in Tables().funds.dtype.names or ()],
    ("CON-002", amount("instruments", "settlement", 1)),
    ("CON-002", amount("instruments", "funding_clearing", 1)),
    ("POS-002", amount("instruments", "settlement", 1)),
    ("POS-002", amount("instruments", "outside_cost", 1)),
    ("POS-002", amount("positions", "cost")),
    ("CON-003", amount("positions", "size")),
    ("CON-003", amount("instruments", "outside_size", 1)),
    ("CON-003", amount("instruments", "open_interest", 1)),
    ("CON-004", amount("funds", "liquidation_pool", 1)),
    ("CON-004", amount("funds", "socialised_loss", 1, 10**15)),
    *[("CON-004", amount("funds", name, 1, -(10**15))) for name in ("fees", "insurance_fund", "dust")],
    ("ISO-002", amount("compartments", "taken_out", by=-(10**15))),
    ("ISO-002", amount("compartments", "put_in", by=-(10**15))),
    ("ISO-002", free),
    ("ISO-002", ended),
    ("LIQ-001", breached),
    ("LIQ-001", owing),
    ("LIQ-001", amount("instruments", "mark", 1, 80_000)),
    ("RND-002", amount("compartments", "purse", by=PURSE_MAX + 10**12)),
    ("RND-002", amount("assets", "deposited", 1, 2**62)),
    ("RND-002", amount("instruments", "mark", 1, 10**6)),
    ("ORM-003", ordering("order_margin", 1)),
    ("ORM-003", amount("compartments", "order_margin")),
    ("ORM-005", crowded),
    ("ORM-007", shuffled),
    ("ORM-007", ordering("state", 1)),
    ("ORM-007", emptied),
    ("ORM-010", ordering("first_order", 10**6)),
    ("ORM-010", amount("orders", "compartment", 1)),
    ("ORM-010", amount("orders", "following", 1, 10**6)),
    ("ORM-010", amount("counts", "free_order", 0, 1)),
    ("CHG-006", amount("instruments", "pending_change", 1)),
    ("CHG-006", amount("changes", "state", PENDING, 3)),
    ("CHG-006", amount("changes", "parameter", ANNOUNCED, 1)),
    ("CHG-006", amount("assets", "pending_change", 1)),
    ("CHG-006", amount("changes", "parameter", HAIRCUT, 1)),
    ("CHG-008", amount("assets", "coming_haircut", 1)),
    ("CHG-008", amount("changes", "value", HAIRCUT)),
    ("CHG-008", amount("changes", "state", HAIRCUT, -1)),
    ("CHG-007", amount("counts", "due_sequence", 0)),
    ("CHG-007", amount("counts", "due_time", 0, -1)),
    ("CHG-007", amount("changes", "effective_sequence", ANNOUNCED)),
    ("CHG-007", amount("changes", "enforced_from", PENDING)),
    ("CHG-007", overdue),
    *[
        ("GRD-008", guard(**figures))
        for figures in (
            {"jump_limit": RATE_ONE + 1},
            {"age_limit": -1},
            {"guarded": 0},
            {"jump_limit": 0},
            {"doubt": 0},
            {"doubt": 4},
            {"held_price": 0},
            {"held_price": 2**40},
            {"held_since": 10**9},
            {"mark_time": 10**9},
            {"mark_time": -1},
            {"unseen": 2},
            {"guard_policy": -1},
        )
    ],
    ("TBL-001", amount("changes", "instrument", ANNOUNCED, 9)),
    ("TBL-001", amount("changes", "asset", HAIRCUT, 9)),
    ("TBL-001", ended),
    ("TBL-001", amount("accounts", "open_compartments", 1)),
    *[("TBL-001", amount("compartments", name, by=by)) for name in ("account", "instrument") for by in (-99, 99)],
    ("TBL-001", amount("instruments", "asset", 1)),
    ("TBL-001", amount("instruments", "tier_table", 1)),
    ("TBL-001", amount("tier_tables", "count", 1, by=-2)),
    ("TBL-001", amount("tier_tables", "count", 1, by=99)),
]


@pytest.mark.rule("CON-002", "POS-002", "CON-003", "CON-004", "CON-005", "ISO-002", "RND-002", "TBL-001", "LIQ-001")
@pytest.mark.rule("ORM-003", "ORM-005", "ORM-007", "ORM-010", "TOP-005")
@pytest.mark.rule("CHG-006", "CHG-007", "CHG-008", "GRD-008")
@pytest.mark.parametrize(("rule", "change"), CHANGES)
def test_a_changed_figure_is_named_by_its_rule_with_the_figures(state: bytes, rule: str, change: Change) -> None:
    tables = Engine.from_bytes(state).tables
    assert check(tables) == []
    opened = int(np.flatnonzero(tables.rows("positions")["size"])[0])
    change(tables, opened)
    violations = INVARIANTS[rule](tables)
    assert violations
    assert {violation.rule for violation in violations} == {rule}
    assert all(violation.figures for violation in violations)
    assert rule in {violation.rule for violation in check(tables)}


@pytest.mark.rule("TOP-005")
def test_a_sound_policy_is_no_violation(state: bytes) -> None:
    tables = Engine.from_bytes(state).tables
    policy()(tables, int(np.flatnonzero(tables.rows("positions")["size"])[0]))
    assert check(tables) == []


@pytest.mark.rule("GRD-006", "GRD-008")
def test_a_held_mark_in_order_is_no_violation_nor_is_a_breach_that_nobody_may_look_at(state: bytes) -> None:
    tables = Engine.from_bytes(state).tables
    guard()(tables, 0)
    assert check(tables) == []
    owing(tables, int(np.flatnonzero(tables.rows("positions")["size"])[0]))
    assert check(tables) == []
    guard(unseen=0)(tables, 0)
    assert {violation.rule for violation in check(tables)} == {"LIQ-001"}


@pytest.mark.rule("CON-005")
def test_what_is_left_in_the_clearing_of_an_instrument_without_positions_is_named() -> None:
    batch = Batch()
    batch.register_asset(decimals=6)
    batch.register_tier_table()
    batch.add_tier(table=1, floor=0, rate=0, initial_rate=0)
    batch.register_instrument(asset=1, tier_table=1, payoff=0, multiplier=1, price_max=100, position_limit=100)
    engine = Engine()
    engine.apply(batch.records())
    assert check(engine.tables) == []
    engine.tables.rows("instruments")["funding_clearing"][1] = 1
    assert [violation.rule for violation in check(engine.tables, ["CON-005"])] == ["CON-005"]


@pytest.mark.rule("CON-002")
def test_the_violation_carries_every_account_that_was_summed(state: bytes) -> None:
    tables = Engine.from_bytes(state).tables
    tables.rows("funds")["fees"][1] += 5
    (violation,) = check(tables, ["CON-002"])
    figures = violation.figures
    parts = {name: value for name, value in figures.items() if name not in {"asset", "paid_in", "held"}}
    assert figures["held"] - figures["paid_in"] == 5
    assert sum(parts.values()) == figures["held"]
    assert len(parts) == 4 + 6


@pytest.mark.rule("CON-002", "RND-002")
def test_sums_beyond_64_bits_are_exact() -> None:
    draw = np.random.default_rng(3)
    values = draw.integers(-(2**63), 2**63 - 1, 5_000)
    groups = draw.integers(0, 7, 5_000)
    expected = [
        sum(v for v, g in zip(values.tolist(), groups.tolist(), strict=True) if g == group) for group in range(7)
    ]
    assert exact_sums(groups, values, 7).tolist() == expected
    assert max(map(abs, expected)) > 2**63
