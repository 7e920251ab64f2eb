"""Each thing that can be wrong with the tables of a cross compartment, who says so, and what its intervals promise."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from stoplog.codes import AssetParameter, Event, Kind
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.engine.heaps import OF_POCKETS, OF_POSITIONS
from stoplog.engine.tables import HEAPS, Tables
from stoplog.proof.cross_invariants import cross_health
from stoplog.proof.invariants import check
from stoplog.units import FUNDING_ONE

MARGIN_POCKET, FIRST, SECOND = 2, 3, 4


def crossed(*, margin: int = 100, tier_rule: int = 0, inverse: bool = False) -> Engine:
    """A cross compartment, number 1, long 10 and short 10 at 100 in two instruments, with two assets."""
    batch = Batch()
    for _ in range(2):
        batch.register_asset(decimals=2)
    batch.register_tier_table(rule=tier_rule)
    batch.add_tier(table=1, floor=0, rate=1_000_000, initial_rate=2_000_000)
    batch.add_tier(table=1, floor=1_500, rate=3_000_000, initial_rate=4_000_000)
    batch.register_account()
    for asset in (1, 2):
        batch.deposit(account=1, asset=asset, amount=10**6)
        batch.price_asset(asset=asset, price=asset * 10**9)
    batch.set_asset_parameter(asset=2, parameter=AssetParameter.HAIRCUT, value=10_000_000)
    for number in (1, 2):
        payoff, multiplier = (1, 10_000) if inverse else (0, 1)
        batch.register_instrument(
            asset=1, tier_table=1, payoff=payoff, multiplier=multiplier, price_max=10**4, position_limit=10**4
        )
        batch.mark(instrument=number, price=100)
    batch.open_cross(account=1)
    for number in (1, 2):
        batch.open_compartment(account=1, instrument=number, cross=1)
    batch.add_margin(compartment=1, asset=1, amount=margin)
    batch.add_margin(compartment=1, asset=2, amount=50)
    batch.fill(instrument=1, compartment=FIRST, size=10, price=100)
    batch.fill(instrument=2, compartment=SECOND, size=-10, price=100)
    engine = Engine()
    events = engine.apply(batch.records())
    assert not (events["kind"] == Event.REFUSED).any()
    return engine


def out_of_list(tables: Tables) -> None:
    tables.compartments["following"][FIRST] = 0


def twice_in_list(tables: Tables) -> None:
    tables.compartments["following"][SECOND] = FIRST


def in_another(tables: Tables) -> None:
    tables.compartments["cross"][FIRST] = 0


def another_pledge(tables: Tables) -> None:
    tables.assets["pledged"][1] += 1


def a_purse_of_its_own(tables: Tables) -> None:
    tables.compartments["purse"][FIRST] += 1


def breached(tables: Tables) -> None:
    tables.positions["cost"][FIRST] += 200


@pytest.mark.rule("CRS-002", "CRS-011", "CRS-012")
@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("CRS-011", out_of_list),
        ("CRS-011", twice_in_list),
        ("CRS-011", in_another),
        ("CRS-012", another_pledge),
        ("CRS-012", a_purse_of_its_own),
        ("CRS-002", breached),
    ],
)
def test_what_is_wrong_is_named(rule: str, change: Callable[[Tables], None]) -> None:
    tables = crossed().tables
    assert check(tables) == []
    change(tables)
    assert rule in {violation.rule for violation in check(tables)}


@pytest.mark.rule("CRS-011")
def test_the_list_goes_by_ascending_number() -> None:
    """The pocket for the first asset is made with the first position, the other when it is needed."""
    rows = crossed().tables.compartments
    listed, number = [], int(rows["following"][1])
    while number:
        listed.append(number)
        number = int(rows["following"][number])
    assert listed == [MARGIN_POCKET, FIRST, SECOND, 5]
    assert rows["kind"][[2, 3, 4, 5]].tolist() == [Kind.POCKET, Kind.POSITION, Kind.POSITION, Kind.POCKET]


def interval(tables: Tables, row: int) -> tuple[int, int]:
    """Between which values a row need not be looked at, as its keys in the heaps say."""
    position = tables.compartments["kind"][row] == Kind.POSITION
    number = tables.compartments["instrument" if position else "asset"][row]
    heap = HEAPS * int(number) + (OF_POSITIONS if position else OF_POCKETS)
    low, high = (
        int(tables.nodes["key"][tables.heads["start"][heap + k] + tables.slots[4 * row + 2 + k]]) for k in (0, 1)
    )
    return -low, high


@pytest.mark.rule("SCR-003", "SCR-001")
@pytest.mark.parametrize("tier_rule", [0, 1, 2])
@pytest.mark.parametrize("inverse", [False, True])
def test_inside_all_intervals_nothing_is_breached(tier_rule: int, inverse: bool) -> None:
    """Prices of both instruments and both assets strictly inside; hundreds of them, near the ends most of all."""
    rng = Random(f"{tier_rule} {inverse}")
    for margin in (45, 60, 100, 400):
        tables = crossed(margin=margin, tier_rule=tier_rule, inverse=inverse).tables
        kept = tables.instruments.copy(), tables.assets.copy()
        moved = 0
        for _ in range(300):
            tables.instruments[:], tables.assets[:] = kept
            for row in (FIRST, SECOND):
                number = int(tables.compartments["instrument"][row])
                prices = [price for price in range(1, 400) if inside(interval(tables, row), price, inverse=inverse)]
                ends = [100, *prices[:2], *prices[-2:]]
                tables.instruments["mark"][number] = rng.choice(ends if rng.random() < 0.7 else prices or [100])
            for row, asset in ((MARGIN_POCKET, 1), (5, 2)):
                low, high = interval(tables, row)
                price = rng.choice((asset * 10**9, low + 1, high - 1, rng.randint(min(low + 1, high - 1), high)))
                if low < price < high:
                    tables.assets["price"][asset] = min(price, 2**42)
            moved += not np.array_equal(tables.instruments["mark"], kept[0]["mark"])
            equity, needed = cross_health(tables, 1)
            assert equity >= needed
        assert margin < 100 or moved > 0


def inside(ends: tuple[int, int], price: int, *, inverse: bool) -> bool:
    """Whether a mark is strictly inside an interval of lot values, in millionths."""
    low, high = ends
    above = -(-10_000 * FUNDING_ONE // price) if inverse else price * FUNDING_ONE
    below = 10_000 * FUNDING_ONE // price if inverse else price * FUNDING_ONE
    return low < below and above < high
