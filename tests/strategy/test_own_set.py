"""The engine's own set beside the continuous one: how far apart they can be, and that no price is passed over."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from math import floor
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from strategy.drawn import KINDS, Drawn, drawn

from stoplog.calculator.set_compartment import Compartment
from stoplog.portfolio.scanned import below_zero_scanned
from stoplog.strategy import own_set as scanning
from stoplog.strategy.in_engine import in_engine
from stoplog.strategy.in_lots import InLots, NotHeld, in_lots
from stoplog.strategy.own_set import OwnSet, own_set
from stoplog.strategy.own_surplus import bound, continuous, standing, steepest
from stoplog.strategy.reading import strategy

ROOT = Path(__file__).parents[2]
STRADDLE = ROOT / "docs" / "strategies" / "short-straddle.json"

CALL: dict[str, Any] = {
    "kind": "call",
    "side": "short",
    "size": "1",
    "entry": "8",
    "strike": "100",
    "expiry_years": "0.25",
    "volatility": "0.6",
}


def held(legs: list[dict[str, Any]], mark: str = "100", margin: str = "30", **fields: Any) -> Compartment:
    return strategy(json.dumps({"legs": legs, "mark": mark, "margin": margin, **fields}).encode(), "", {}).held


def surplus(lots: InLots, *prices: int) -> list[int]:
    found: list[int] = standing(lots, np.array(prices, np.int64)).surplus.tolist()
    return found


def looked_at(one: Drawn, random: Random) -> list[int]:
    """Prices anywhere, and near ends of the set."""
    mark = int(one.lots.mark)
    low, high = mark * 2 // 5, mark * 11 // 5
    ends = [flip.healthy for flip in own_set(one.lots, low, high).flips()][:3]
    return [random.randint(low, high) for _ in range(4)] + [max(1, end + random.randint(-50, 50)) for end in ends]


@pytest.mark.rule("STG-006")
@pytest.mark.parametrize("kind", KINDS)
def test_the_integers_are_within_the_bound_of_the_model_in_floats(kind: str) -> None:
    """And where that is further from zero than the bound, both have its sign. The bound is no idle one."""
    random, largest = Random(f"apart {kind}"), 0.0
    for _ in range(120):
        one = drawn(kind, random)
        prices = looked_at(one, random)
        apart, value = bound(one.lots, max(prices)), continuous(one.lots, one.held)
        for price, whole in zip(prices, surplus(one.lots, *prices), strict=True):
            smooth = value(price / 10**one.lots.price_places) * 10**one.lots.money_places
            assert abs(whole - smooth) <= apart
            assert abs(smooth) <= apart or (whole < 0) == (smooth < 0)
            largest = max(largest, abs(whole - smooth) / apart)
    assert 0.2 < largest <= 1.0, largest


@pytest.mark.rule("STG-006")
@pytest.mark.parametrize("kind", KINDS)
def test_no_price_is_passed_over(kind: str) -> None:
    """All 6,000 prices around an end, or anywhere, one by one."""
    random = Random(f"all {kind}")
    for _ in range(6):
        one = drawn(kind, random)
        low = max(1, random.choice(looked_at(one, random)) - random.randint(0, 6_000))
        found = own_set(one.lots, low, low + 6_000)
        every = surplus(one.lots, *range(low, low + 6_001))
        below = {price for first, last in found.runs for price in range(first, last + 1)}
        assert below == {low + i for i, left in enumerate(every) if left < 0}
        assert all(after > before + 1 for (_, before), (after, _) in zip(found.runs, found.runs[1:], strict=False))
        assert found.step == 1


@pytest.mark.rule("STG-006")
@pytest.mark.parametrize("kind", KINDS)
def test_the_model_in_floats_is_nowhere_steeper(kind: str) -> None:
    random = Random(f"steep {kind}")
    for _ in range(60):
        one = drawn(kind, random)
        low = random.randint(int(one.lots.mark) // 3, 3 * int(one.lots.mark))
        width = random.choice([1, 100, low // 10])
        value, one_price = continuous(one.lots, one.held), 10**one.lots.price_places
        change = value((low + width) / one_price) - value(low / one_price)
        assert abs(change) * 10**one.lots.money_places <= steepest(one.lots) * width + 1


@pytest.mark.rule("STG-006")
def test_the_worked_figures() -> None:
    """The straddle of the document, and what its rule says of it."""
    read = strategy(STRADDLE.read_bytes(), "", {}).held
    lots = in_lots(read)
    assert (lots.price_places, lots.lot_places, lots.money_places, lots.multiplier) == (2, 2, 6, 100)
    assert [leg.size for leg in lots.legs] == [-100, -100]
    assert (bound(lots, 7_000_000), bound(lots, lots.price_max)) == (20_301, 20_304)
    found = own_set(lots, 4_000_000, 7_000_000)
    assert found.runs == [(4_000_000, 4_630_577), (6_669_415, 6_669_415), (6_669_417, 7_000_000)]
    assert [(one.first, one.last, one.healthy) for one in found.intervals][1:] == [(6_669_415, 7_000_000, 1)]
    assert found.next_to(lots.mark) == (4_630_578, 6_669_414)
    assert [(flip.healthy, flip.liquidated) for flip in found.flips()][:2] == [
        (4_630_578, 4_630_577),
        (6_669_414, 6_669_415),
    ]
    assert [left >= 0 for left in surplus(lots, 4_630_578, 4_630_577, 6_669_414, 6_669_415)] == [True, False] * 2


@pytest.mark.rule("STG-006")
def test_where_rounding_decides_everywhere_the_step_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A spread sold with what it can lose at most: wherever that bounds the requirement nothing is left over."""
    sold, bought = CALL | {"entry": "8"}, CALL | {"side": "long", "strike": "101", "entry": "7.5"}
    lots = in_lots(held([sold, bought], margin="0.5"))
    assert lots.capital + lots.least_left() == 0
    assert surplus(lots, 900_000, 1_000_000, 1_500_000) == [0, 0, 0]
    monkeypatch.setattr(scanning, "LOOKED_AT_MOST", 5_000)
    found = own_set(lots, 500_000, 2_000_000)
    assert not found.runs
    assert 1 < found.step <= 1_500_000 // 64
    short = in_lots(held([CALL], margin="30"))
    every = own_set(short, 500_000, 2_000_000)
    monkeypatch.undo()
    assert every == own_set(short, 500_000, 2_000_000)


@pytest.mark.rule("STG-006")
def test_the_price_limit_ends_settlement_in_both() -> None:
    """At 64 times the mark nothing more can be lost, so that nothing is required."""
    lots = in_lots(compartment := held([{"kind": "perpetual", "side": "short", "size": "1", "entry": "100"}]))
    assert lots.price_max == 64_000_000
    found = standing(lots, np.array([60_000_000, 63_000_000, 64_000_000]))
    assert found.required.tolist() == [400_000_000, 100_000_000, 0]
    value = continuous(lots, compartment)
    assert [round(value(price) * 10**6) for price in (6_000.0, 6_300.0)] == found.surplus.tolist()[:2]


@pytest.mark.rule("STG-006")
def test_units_are_fine_enough_for_every_figure() -> None:
    lots = in_lots(held([CALL | {"strike": "100.00005", "size": "0.0123"}], margin="30.0000001"))
    assert (lots.price_places, lots.lot_places, lots.money_places, lots.multiplier) == (5, 4, 9, 1)
    assert (lots.legs[0].size, lots.legs[0].strike) == (-123, 10_000_005)
    assert lots.capital == 30_000_000_100 + 123 * 800_000
    assert lots.mark == 10_000_000
    assert floor(lots.price_max / lots.mark) == 64


@pytest.mark.rule("STG-006")
@pytest.mark.parametrize(
    ("compartment", "said"),
    [
        (held([CALL], model="deribit-pm", parameters="btc"), "its model asks for more than a worst scenario"),
        (held([CALL], mark="1e29"), "prices up to "),
        (held([CALL | {"size": "1e9"}]), "a leg of 1,000,000,000 lots, at prices up to "),
        (held([CALL | {"size": "1e-15"}]), "money would need 19 decimals, and has 18 at most"),
        (held([CALL], margin="1e15"), "its legs or its margin are beyond the bit budget"),
    ],
)
def test_what_the_engine_does_not_hold_is_said(compartment: Compartment, said: str) -> None:
    with pytest.raises(NotHeld, match=said):
        in_lots(compartment)


@pytest.mark.rule("STG-006")
def test_a_set_of_too_many_scenarios_is_refused() -> None:
    compartment = held([CALL], model="stoplog")
    moves = tuple(step / 100 for step in range(-10, 10))
    wide = replace(compartment, parameters=replace(compartment.parameters, price_moves=moves))  # type: ignore[type-var]
    with pytest.raises(NotHeld, match="66 scenarios, and an array has 40"):
        in_lots(wide)
    assert isinstance(own_set(in_lots(compartment), 900_000, 1_100_000), OwnSet)


@pytest.mark.rule("STG-006")
def test_without_legs_only_the_margin_counts() -> None:
    nothing = in_lots(held([], margin="-1"))
    assert own_set(nothing, 1, 1_000_000).runs == [(1, 1_000_000)]
    assert own_set(replace(nothing, capital=0), 1, 1_000_000).runs == []
    assert nothing.capital == -1_000_000
    assert nothing.mark == Fraction(1_000_000)


@pytest.mark.rule("STG-006")
@pytest.mark.parametrize("kind", KINDS)
def test_the_continuous_boundaries_are_those_of_the_scan_of_its_values(kind: str) -> None:
    random = Random(f"beside {kind}")
    for _ in range(12):
        one = drawn(kind, random)
        found = in_engine(one.held)
        strikes = {float(leg.strike) for leg in one.held.legs if leg.strike}
        value = continuous(one.lots, one.held)
        scanned = below_zero_scanned(value, float(one.held.mark), strikes)
        ends = [end for pair in found.continuous for end in pair if end is not None]
        assert ends == pytest.approx([end for pair in scanned for end in pair if end is not None], rel=1e-6)
        assert [low is None for low, _ in found.continuous] == [low is None for low, _ in scanned]
