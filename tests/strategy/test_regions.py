"""Outlines, grids and settlement against other ways to the same."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.calculator.set_compartment import Compartment
from stoplog.portfolio.equity_curve import Leg
from stoplog.strategy.contour import Loop, outline
from stoplog.strategy.reading import strategy
from stoplog.strategy.regions import moved, regions
from stoplog.strategy.settling import at_one_price, at_own_prices
from stoplog.strategy.window import levels, window
from stoplog.strategy.worth import worth
from tests.calculator.test_liquidation_set import equity, option, strategies

ZERO = Fraction(0)


def held(legs: list[dict[str, Any]], margin: str = "12") -> Compartment:
    return strategy(json.dumps(legs).encode(), "", {"mark": "100", "margin": margin}).held


def area(loop: Loop) -> float:
    """Twice the signed area, by the shoelace."""
    return sum(x * after_y - after_x * y for (x, y), (after_x, after_y) in zip(loop, [*loop[1:], loop[0]], strict=True))


def inside(point: tuple[float, float], loops: list[Loop]) -> bool:
    """By counting the sides that a ray to the right crosses."""
    x, y = point
    crossed = False
    for loop in loops:
        for (ax, ay), (bx, by) in zip(loop, [*loop[1:], loop[0]], strict=True):
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                crossed = not crossed
    return crossed


values = st.sampled_from([-3.0, -1.0, -0.25, 0.5, 1.0, 2.0])


@pytest.mark.rule("STG-004")
@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(values, min_size=6, max_size=6), min_size=5, max_size=5))
def test_an_outline_holds_the_grid_points_below_zero_and_no_others(grid: list[list[float]]) -> None:
    loops = outline(grid)
    for row, column in product(range(5), range(6)):
        nudged = (min(max(column, 1e-7), 5 - 1e-7), min(max(row, 1.3e-7), 4 - 1.3e-7))
        assert inside(nudged, loops) == (grid[row][column] < 0.0)
    assert all(len(loop) > 2 for loop in loops)


@pytest.mark.rule("STG-004")
def test_an_outline_of_a_plane_is_where_it_is_zero() -> None:
    """x + y < 2.5 on a grid of 4 × 4: a triangle with legs of 2.5."""
    (loop,) = outline([[x + y - 2.5 for x in range(5)] for y in range(5)])
    assert abs(area(loop)) == pytest.approx(2.5**2)
    assert outline([[1.0, 1.0], [1.0, 1.0]]) == []


@pytest.mark.rule("STG-004", "STG-005")
@settings(max_examples=25, deadline=None)
@given(st.integers(5, 90), strategies(), st.sampled_from(["volatility", "time"]), st.randoms())
def test_every_point_of_a_picture_has_its_sign(margin: int, legs: list[dict[str, Any]], over: Any, random: Any) -> None:
    """The formulas of `test_liquidation_set`, with each leg's own volatility or time moved."""
    compartment = held(legs, str(margin))
    options = [leg for leg in legs if "strike" in leg and float(leg["expiry_years"])]
    if not options:
        return
    shown = regions(compartment, over, window(compartment, worth(compartment)), lambda rows: rows)
    for _ in range(60):
        row, column = random.randrange(len(shown.levels)), random.randrange(len(shown.prices))
        price, level = shown.prices[column], shown.levels[row]
        then = [shifted(leg, over, level) for leg in legs]
        for grid, less in ((shown.equity, False), (shown.covered, True)):
            expected = equity(price, float(margin), then, less_maintenance=less)
            assert grid[row][column] == pytest.approx(expected, abs=1e-7 * (1 + price))


def shifted(leg: dict[str, Any], over: str, level: float) -> dict[str, Any]:
    if "strike" not in leg:
        return leg
    if over == "time":
        return leg | {"expiry_years": max(0.0, float(leg["expiry_years"]) - level)}
    return leg | {"volatility": max(0.0, float(leg["volatility"]) + level)}


@pytest.mark.rule("STG-004")
def test_levels_of_one_call() -> None:
    call = held([option("call", "short", 100, 9)])
    assert levels(call, "volatility") == (pytest.approx(-0.45), pytest.approx(0.6))
    assert levels(call, "time") == (0.0, 0.25)
    assert moved(call, "time", 0.25).legs[0].deviation == 0.0
    assert moved(call, "volatility", -0.7).legs[0].volatility == 0.0


def legs_of(*rows: tuple[Any, int, int, int, float]) -> list[Leg]:
    return [Leg(kind, Fraction(n), Fraction(p), Fraction(k), 0.5 if k else 0.0, t, ZERO) for kind, n, p, k, t in rows]


@pytest.mark.rule("STG-003")
def test_what_is_lost_at_settlement() -> None:
    assert at_one_price(legs_of(("put", -2, 5, 90, 0.1))) == (-170, 0)
    calendar = legs_of(("call", -1, 4, 100, 0.1), ("call", 1, 6, 100, 0.5))
    assert at_one_price(calendar) == (-2, 100)
    assert at_own_prices(calendar) is None
    puts = legs_of(("put", -1, 4, 100, 0.1), ("put", 1, 6, 100, 0.5))
    assert at_own_prices(puts) == -102
    collar = legs_of(("perpetual", 1, 100, 0, 0.0), ("put", 1, 2, 90, 0.1), ("call", -1, 2, 110, 0.1))
    assert at_one_price(collar) == (-10, 90)
    assert at_own_prices(collar) == -10
    assert at_one_price([]) == (0, 0)


kinds = st.sampled_from(["perpetual", "future", "call", "put"])


@st.composite
def any_legs(draw: st.DrawFn) -> list[Leg]:
    rows = draw(st.lists(st.tuples(kinds, st.integers(-3, 3).filter(bool), st.integers(1, 30)), max_size=5))
    return [
        leg
        for kind, size, premium in rows
        for leg in legs_of((kind, size, premium, draw(st.integers(5, 30)) if kind in {"call", "put"} else 0, 0.2))
    ]


@pytest.mark.rule("STG-003")
@settings(max_examples=200, deadline=None)
@given(any_legs())
def test_no_settlement_price_loses_more(legs: list[Leg]) -> None:
    def profit(price: int) -> Fraction:
        worths = {"call": lambda leg: max(0, price - leg.strike), "put": lambda leg: max(0, leg.strike - price)}
        return sum((leg.size * (worths.get(leg.kind, lambda _: price)(leg) - leg.entry) for leg in legs), ZERO)

    worst = at_one_price(legs)
    falls = profit(10**6) < profit(10**5)
    assert (worst is None) == falls
    if worst is not None:
        assert worst.profit == min(profit(price) for price in range(32)) == profit(int(worst.price))
