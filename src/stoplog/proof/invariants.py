"""The invariants, by the names of their rules, over the state tables.

Each one takes the tables and returns what is wrong, with figures; an empty list where nothing is. Tests, the
simulator, the service's health check and `stoplog audit` all call these. They hold between any two commands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import CompartmentState, InstrumentState, Kind, TopUpSource
from stoplog.margin.breaching import breached_under
from stoplog.margin.scenarios import NO_RIGHT
from stoplog.margin.top_up import MULTIPLE_MAX
from stoplog.positions import funding_due
from stoplog.proof import change_invariants, cross_invariants, guard_invariants, order_invariants, scenario_invariants
from stoplog.proof.tables import exact_sums, policy_of, tiers_of
from stoplog.proof.violations import Invariant, TablesLike, Violation, each
from stoplog.records import FUNDS, TIERS_PER_TABLE
from stoplog.units import (
    AMOUNT_MAX,
    FUNDING_SPAN,
    LIFETIME_MAX,
    POSITION_VALUE_MAX,
    PURSE_MAX,
    RATE_ONE,
    SIZE_MAX,
)

ENDED_PURSE_MAX = PURSE_MAX + (1 + FUNDING_SPAN) * POSITION_VALUE_MAX
"""What a purse may be left with by positions that ended: its limit, their profit and the funding they received."""


def _looked_up(column: NDArray[Any], numbers: NDArray[Any]) -> NDArray[Any]:
    """The column's value for each number; −1 for a number of nothing, which is TBL-001."""
    known = (numbers >= 0) & (numbers < len(column))
    return np.where(known, column[np.where(known, numbers, 0)], -1)


def conservation(tables: TablesLike) -> list[Violation]:
    """CON-002: per asset, deposited − withdrawn is what all accounts hold together."""
    assets, funds, free = tables.rows("assets"), tables.rows("funds"), tables.rows("free")
    compartments, instruments = tables.rows("compartments"), tables.rows("instruments")
    owners = np.broadcast_to(np.arange(len(assets)), free.shape)
    parts = {
        "free": exact_sums(owners.ravel(), free.ravel(), len(assets)),
        "compartments": exact_sums(compartments["asset"], compartments["purse"], len(assets)),
        "settlement": exact_sums(instruments["asset"], instruments["settlement"], len(assets)),
        "funding_clearing": exact_sums(instruments["asset"], instruments["funding_clearing"], len(assets)),
        **{name: funds[name].astype(object) for name in FUNDS.names or ()},
    }
    paid_in = assets["deposited"].astype(object) - assets["withdrawn"].astype(object)
    held = np.sum(list(parts.values()), axis=0)
    message = "what was paid in is not what is held"
    return each("CON-002", "asset", held != paid_in, message, paid_in=paid_in, held=held, **parts)


def settlement(tables: TablesLike) -> list[Violation]:
    """POS-002: an instrument's settlement account is minus the cost of all its open positions."""
    instruments, compartments = tables.rows("instruments"), tables.rows("compartments")
    cost = exact_sums(compartments["instrument"], tables.rows("positions")["cost"], len(instruments))
    cost += instruments["outside_cost"].astype(object)
    booked = instruments["settlement"].astype(object)
    message = "settlement is not minus the cost of its open positions"
    return each("POS-002", "instrument", booked != -cost, message, settlement=booked, cost=cost)


def sizes(tables: TablesLike) -> list[Violation]:
    """CON-003: sizes sum to zero, and the open interest is the sum of the long ones."""
    instruments, held = tables.rows("instruments"), tables.rows("positions")["size"]
    groups, outside = tables.rows("compartments")["instrument"], instruments["outside_size"].astype(object)
    total = exact_sums(groups, held, len(instruments)) + outside
    long = exact_sums(groups, np.maximum(held, 0), len(instruments)) + np.maximum(outside, 0)
    booked = instruments["open_interest"].astype(object)
    return [
        *each("CON-003", "instrument", total != 0, "sizes do not sum to zero", sum=total),
        *each(
            "CON-003",
            "instrument",
            long != booked,
            "open interest is not the long side",
            open_interest=booked,
            long=long,
        ),
    ]


def funds_have_their_sign(tables: TablesLike) -> list[Violation]:
    """CON-004: the pool is empty, socialised loss is not above zero, no other fund is below it."""
    funds = tables.rows("funds")
    wrong = each(
        "CON-004", "asset", funds["liquidation_pool"] != 0, "not empty", liquidation_pool=funds["liquidation_pool"]
    )
    wrong += each(
        "CON-004", "asset", funds["socialised_loss"] > 0, "above zero", socialised_loss=funds["socialised_loss"]
    )
    for name in ("fees", "insurance_fund", "dust"):
        wrong += each("CON-004", "asset", funds[name] < 0, "below zero", **{name: funds[name]})
    return wrong


def clearing_is_empty(tables: TablesLike) -> list[Violation]:
    """CON-005: an instrument without positions has nothing in its funding clearing."""
    instruments, held = tables.rows("instruments"), tables.rows("positions")["size"]
    lots = exact_sums(tables.rows("compartments")["instrument"], np.abs(held), len(instruments))
    left = instruments["funding_clearing"]
    bad = (left != 0) & (lots == 0) & (instruments["outside_size"] == 0)
    return each("CON-005", "instrument", bad, "no position is open and clearing is not empty", funding_clearing=left)


def owners_lose_no_more(tables: TablesLike) -> list[Violation]:
    """ISO-002: nothing is taken from an owner but what was put in, and what has ended holds nothing."""
    compartments, positions, free = tables.rows("compartments"), tables.rows("positions"), tables.rows("free")
    amounts = {name: compartments[name] for name in ("put_in", "taken_out")}
    held = {"purse": compartments["purse"], "size": positions["size"], "cost": positions["cost"]}
    ended = compartments["state"] != CompartmentState.OPEN
    wrong = each("ISO-002", "compartment", np.any([a < 0 for a in amounts.values()], axis=0), "below zero", **amounts)
    wrong += each(
        "ISO-002", "compartment", ended & np.any([h != 0 for h in held.values()], axis=0), "ended and not empty", **held
    )
    for asset in range(free.shape[1]):
        owned = free[:, asset]
        wrong += each("ISO-002", "account", owned < 0, f"free balance of asset {asset} is below zero", free=owned)
    return wrong


def nothing_is_breached(tables: TablesLike) -> list[Violation]:
    """LIQ-001: no open compartment is breached at the mark, the funding it owes counted; but for GRD-006."""
    size, ladders = tables.rows("positions")["size"], tables.rows("instruments")["tier_table"]
    traded = np.unique(tables.rows("compartments")["instrument"][size != 0])
    traded = traded[(traded > 0) & (traded < len(ladders))]
    traded = traded[tables.rows("instruments")["unseen"][traded] == 0]
    laddered = (ladders[traded] > 0) & (ladders[traded] < len(tables.rows("tier_tables")))
    return [
        Violation("LIQ-001", f"compartment {figures['compartment']}: breached and open ({figures})", figures)
        for instrument in traded[laddered].tolist()
        for figures in _breached_positions(tables, instrument)
    ]


def _breached_positions(tables: TablesLike, instrument: int) -> Iterator[dict[str, int]]:
    compartments, positions = tables.rows("compartments"), tables.rows("positions")
    row = tables.rows("instruments")[instrument]
    mark, index = int(row["mark"]), int(row["funding_index"])
    policy, tiers = policy_of(tables, instrument), tiers_of(tables, int(row["tier_table"]))
    alone = compartments["kind"] == Kind.ISOLATED
    numbers = np.flatnonzero(alone & (compartments["instrument"] == instrument) & (positions["size"] != 0))
    rows, purses = positions[["size", "cost", "funding_index"]][numbers], compartments["purse"][numbers]
    if not tiers:
        return
    for number, purse, (size, cost, settled) in zip(numbers.tolist(), purses.tolist(), rows.tolist(), strict=True):
        owed = funding_due(size, index, settled)
        if breached_under(policy, tiers, mark, size, cost, purse - owed - cost, RATE_ONE):
            yield {"compartment": number, "mark": mark, "size": size, "cost": cost, "purse": purse, "owed": owed}


def _purse_limits(tables: TablesLike) -> NDArray[np.int64]:
    """The largest amount that each compartment may hold, of either sign.

    An isolated one may be left with more where its position ended at expiry with a profit, since no margin is
    reckoned for it any more, and a pocket where positions of its cross compartment ended so or were sold.
    """
    compartments, instruments = tables.rows("compartments"), tables.rows("instruments")
    ended = _looked_up(instruments["state"], compartments["instrument"]) == InstrumentState.EXPIRED
    return np.where(ended | (compartments["kind"] == Kind.POCKET), ENDED_PURSE_MAX, PURSE_MAX)


def inside_the_budget(tables: TablesLike) -> list[Violation]:
    """RND-002: every quantity is inside the limit that the bit budget was proved for."""
    compartments, positions, assets = tables.rows("compartments"), tables.rows("positions"), tables.rows("assets")
    instruments, free = tables.rows("instruments"), tables.rows("free")
    columns = [
        ("compartment", "size", positions["size"], SIZE_MAX),
        ("asset", "deposited", assets["deposited"], LIFETIME_MAX),
        ("asset", "withdrawn", assets["withdrawn"], LIFETIME_MAX),
        ("asset", "net_deposits", assets["deposited"] - assets["withdrawn"], AMOUNT_MAX),
        ("account", "largest_free", free.max(axis=1, initial=0), AMOUNT_MAX),
    ]
    purses, limits = compartments["purse"], _purse_limits(tables)
    beyond = np.abs(purses) > limits
    wrong = each("RND-002", "compartment", beyond, "outside its limit", purse=purses, limit=limits)
    for thing, field, values, limit in columns:
        bad = (values > limit) | (values < -limit)
        wrong += each("RND-002", thing, bad, f"outside the limit of {limit}", **{field: values})
    mark, lowest, highest = (instruments[name] for name in ("mark", "price_min", "price_max"))
    exercised = (instruments["right"] != NO_RIGHT) & (instruments["state"] == InstrumentState.EXPIRED)
    lowest = np.where(exercised, 0, lowest)
    bad = (instruments["state"] != InstrumentState.NONE) & (mark != 0) & ((mark < lowest) | (mark > highest))
    return wrong + each("RND-002", "instrument", bad, "outside its price limits", mark=mark)


REFERENCES = [
    ("compartments", "account", "accounts"),
    ("compartments", "asset", "assets"),
    ("compartments", "instrument", "instruments"),
    ("instruments", "asset", "assets"),
    ("instruments", "tier_table", "tier_tables"),
    ("instruments", "underlying", "instruments"),
    ("changes", "instrument", "instruments"),
    ("changes", "asset", "assets"),
]
"""Which column names a row of which table."""


def tables_agree(tables: TablesLike) -> list[Violation]:
    """TBL-001: what a table names is there, and what it counts or repeats of another is what the other says."""
    wrong = []
    for table, column, named in REFERENCES:
        numbers, count = tables.rows(table)[column], len(tables.rows(named))
        bad = (numbers < 0) | (numbers >= count)
        wrong += each(
            "TBL-001", table.removesuffix("s"), bad, f"names one of the {named} that is not", **{column: numbers}
        )
    if wrong:
        return wrong
    accounts, compartments, instruments = (tables.rows(name) for name in ("accounts", "compartments", "instruments"))
    opened = compartments[compartments["state"] == CompartmentState.OPEN]
    counted, booked = np.bincount(opened["account"], minlength=len(accounts)), accounts["open_compartments"]
    tiers = tables.rows("tier_tables")["count"][instruments["tier_table"]]
    bad_ladder = (instruments["state"] != InstrumentState.NONE) & ((tiers < 1) | (tiers > TIERS_PER_TABLE))
    return [
        *each("TBL-001", "instrument", bad_ladder, "its tier table has no tiers, or too many", tiers=tiers),
        *each("TBL-001", "account", counted != booked, "miscounted open compartments", open=counted, booked=booked),
    ]


def top_ups_are_sound(tables: TablesLike) -> list[Violation]:
    """TOP-005: a policy's figures are in their ranges, its donor another compartment of the same owner and asset."""
    policies, compartments = tables.rows("top_ups"), tables.rows("compartments")
    asked = tables.rows("positions")["top_up"]
    unknown = (asked < 0) | (asked >= len(policies))
    if unknown.any():
        return each("TOP-005", "compartment", unknown, "its top-up policy is not there", policy=asked)
    shared = (asked != 0) & (np.bincount(asked, minlength=len(policies))[asked] > 1)
    policies = policies[asked]
    figures = {name: policies[name] for name in policies.dtype.names or ()}
    trigger, target, donor, source = (figures[name] for name in ("trigger", "target", "donor", "source"))
    empty = np.all([figure == 0 for figure in figures.values()], axis=0)
    ranged = (trigger >= RATE_ONE) & (target >= trigger) & (target <= MULTIPLE_MAX * RATE_ONE)
    ranged &= (
        (figures["once"] >= 1) & (figures["left"] >= 0) & (figures["cooldown"] >= 0) & (figures["ready_time"] >= 0)
    )
    ranged &= (source >= 0) & (source <= max(TopUpSource)) & ((donor == 0) == (source == TopUpSource.FREE_ONLY))
    bad = ~(empty | ranged)
    wrong = each("TOP-005", "compartment", shared, "its top-up policy is another's too", policy=asked)
    wrong += each("TOP-005", "compartment", bad, "its top-up policy is outside its range", **figures)
    known = (donor >= 0) & (donor < len(compartments))
    giver, asset = compartments[np.where(known, donor, 0)], tables.rows("instruments")["asset"]
    numbers = np.arange(len(compartments))
    instruments = np.stack([giver["instrument"], compartments["instrument"]])
    instruments[(instruments < 0) | (instruments >= len(asset))] = 0
    same = (giver["account"] == compartments["account"]) & (asset[instruments[0]] == asset[instruments[1]])
    strange = (donor != 0) & ~(known & same & (donor != numbers))
    return wrong + each("TOP-005", "compartment", strange, "its donor is none for it", donor=donor)


INVARIANTS: dict[str, Invariant] = {
    "CON-002": conservation,
    "POS-002": settlement,
    "CON-003": sizes,
    "CON-004": funds_have_their_sign,
    "CON-005": clearing_is_empty,
    "ISO-002": owners_lose_no_more,
    "RND-002": inside_the_budget,
    "TBL-001": tables_agree,
    "TOP-005": top_ups_are_sound,
    "LIQ-001": nothing_is_breached,
    "CRS-002": cross_invariants.no_cross_is_breached,
    "CRS-011": cross_invariants.lists_are_whole,
    "CRS-012": cross_invariants.pools_add_up,
    "PRT-005": scenario_invariants.arrays_are_whole,
    "PRT-009": scenario_invariants.axes_are_whole,
    "ORM-003": order_invariants.margins_are_those_of_the_lists,
    "ORM-005": order_invariants.no_list_is_too_long,
    "ORM-007": order_invariants.lists_are_in_order,
    "ORM-010": order_invariants.every_row_is_used_once,
    "CHG-006": change_invariants.one_pends_at_a_time,
    "CHG-007": change_invariants.due_numbers_are_the_smallest,
    "CHG-008": change_invariants.coming_haircuts_are_those_of_graces,
    "GRD-008": guard_invariants.doubts_agree,
}
"""All invariants by the rule that each one states."""


def check(tables: TablesLike, names: Iterable[str] = INVARIANTS) -> list[Violation]:
    """All that is wrong with the tables, in the order of `names`; an empty list where nothing is.

    `KeyError` names an invariant that does not exist.
    """
    return [violation for name in names for violation in INVARIANTS[name](tables)]
