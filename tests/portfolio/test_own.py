"""Stoplog's own portfolio margin: figures, bounds, and the most that can be lost against a grid of settlements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.calculator.lines import answer_line
from stoplog.portfolio.own import most_lost
from stoplog.portfolio.revaluing import holdings
from stoplog.portfolio.shape import Expiry, Future, Market, Option, Perpetual, Portfolio, Underlying

SPOT = 60_000.0
STRIKES = (30_000.0, 54_000.0, 60_000.0, 66_000.0, 90_000.0)
EXPIRIES = {"near": 0.05, "far": 0.4}


def asked(positions: Sequence[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """What the calculator answers about positions in BTC and ETH."""
    expiries = {name: {"years": years, "forward": SPOT} for name, years in EXPIRIES.items()}
    market = {"underlyings": {"BTC": {"spot": SPOT, "expiries": expiries}, "ETH": {"spot": 2_000}}}
    question = {"calculate": "portfolio_margin", "model": "stoplog", "market": market, "positions": list(positions)}
    answer = json.loads(answer_line(json.dumps(question | fields).encode())[0])
    assert "result" in answer, answer
    found: dict[str, Any] = answer["result"]
    return found


def option(kind: str, side: str, strike: float, size: float = 1, expiry: str = "near") -> dict[str, Any]:
    position = {"kind": kind, "side": side, "size": size, "strike": strike, "expiry": expiry}
    return position | {"underlying": "BTC", "volatility": 0.5}


def amounts(answer: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = answer["charges"]
    return found


@pytest.mark.rule("PFM-050")
def test_a_perpetual_loses_at_the_edge_of_the_grid() -> None:
    """Remote moves are counted by edge over move: a straight line loses the same in them."""
    found = asked([{"kind": "perpetual", "side": "long", "size": 10, "underlying": "ETH"}])
    assert found["maintenance_margin"] == pytest.approx(4_000)
    assert found["initial_margin"] == pytest.approx(5_000)
    both = asked(
        [
            {"kind": "perpetual", "side": side, "size": 1, "underlying": u}
            for side, u in (("long", "ETH"), ("short", "BTC"))
        ]
    )
    assert both["maintenance_margin"] == pytest.approx(400 + 12_000)
    assert amounts(both)["BTC"] == pytest.approx(12_000)


@pytest.mark.rule("PFM-050")
def test_each_unit_that_is_short_is_charged() -> None:
    """A hundredth of the price."""
    found = amounts(asked([option("call", "short", 90_000, 3), option("put", "long", 30_000)]))
    assert found["BTC.short_options"] == pytest.approx(3 * 600)


@pytest.mark.rule("PFM-051", "PFM-052")
def test_a_spread_needs_no_more_than_it_can_lose() -> None:
    """6,000 less what it was sold for; the initial requirement is at that bound."""
    found = asked([option("call", "short", 60_000), option("call", "long", 66_000)])
    most = amounts(found)["BTC.most_lost"]
    assert most == pytest.approx(6_000 + found["mark_to_market"])
    assert found["initial_margin"] == found["maintenance_margin"] == pytest.approx(most)
    parts = amounts(found)
    assert most < parts["BTC.worst_loss"] + parts["BTC.short_options"]
    naked = asked([option("call", "short", 60_000)])
    assert "BTC.most_lost" not in amounts(naked)


kinds = st.sampled_from(("call", "put"))
sizes = st.integers(1, 5)
options = st.builds(
    option, kinds, st.sampled_from(("long", "short")), st.sampled_from(STRIKES), sizes, st.sampled_from(("near", "far"))
)
bought = st.builds(option, kinds, st.just("long"), st.sampled_from(STRIKES), sizes, st.sampled_from(("near", "far")))


@pytest.mark.rule("PFM-052")
@given(st.lists(bought, min_size=1, max_size=6))
def test_what_was_bought_and_paid_is_never_liquidated(legs: list[dict[str, Any]]) -> None:
    """The requirement is at most the value, which is all that the account has."""
    found = asked(legs)
    assert found["initial_margin"] <= found["mark_to_market"] * (1 + 1e-12)
    assert found["maintenance_margin"] <= found["initial_margin"] * (1 + 1e-12)


@pytest.mark.rule("PFM-050", "PFM-052")
@given(st.lists(options, min_size=1, max_size=6), st.integers(2, 9))
def test_requirements_grow_with_size_and_do_not_depend_on_order(legs: list[dict[str, Any]], times: int) -> None:
    """All sizes times a factor is the requirement times it; the other way round is the same."""
    found = asked(legs)
    larger = asked([leg | {"size": leg["size"] * times} for leg in reversed(legs)])
    for name in ("maintenance_margin", "initial_margin"):
        assert larger[name] == pytest.approx(times * found[name], rel=1e-9, abs=1e-6)
        assert found[name] >= 0


amount = st.integers(-5, 5).map(float)
held_options = st.builds(
    lambda expiry, is_call, strike, size: Option("o", "BTC", expiry, is_call, strike, size, 0.5),
    st.sampled_from(("near", "far")),
    st.booleans(),
    st.sampled_from(STRIKES),
    amount,
)
held_futures = st.builds(
    lambda expiry, size: Future("f", "BTC", size, expiry, 0.1), st.sampled_from(("near", "far")), amount
)
held_perpetuals = st.builds(lambda size: Perpetual("p", "BTC", size), amount)


def settled(held: Portfolio, expiry: str, price: float) -> float:
    """What everything of an expiry pays at a settlement price, by its definition."""
    found = sum(one.amount * price for one in held.futures if one.expiry == expiry)
    if expiry == "perpetual":
        found += sum(one.amount * price for one in held.perpetuals)
    for one in (each for each in held.options if each.expiry == expiry):
        found += one.amount * max(0.0, price - one.strike if one.is_call else one.strike - price)
    return found


@pytest.mark.rule("PFM-051")
@given(st.lists(held_options, max_size=6), st.lists(held_futures, max_size=2), st.lists(held_perpetuals, max_size=1))
def test_the_most_lost_is_the_worst_of_all_settlements(
    options: list[Option], futures: list[Future], perpetuals: list[Perpetual]
) -> None:
    """Against every settlement price on a grid of 1,500 that holds all strikes, and far above them."""
    expiries = {name: Expiry(name, years=years, forward=SPOT) for name, years in EXPIRIES.items()}
    market = Market(underlyings={"BTC": Underlying("BTC", spot=SPOT, perpetual=SPOT, expiries=expiries)})
    held = Portfolio(market, perpetuals, futures, options)
    found = most_lost(holdings(held, "BTC", in_coin=False))
    names = ("near", "far", "perpetual")
    falls = any(settled(held, name, 2e9) < settled(held, name, 1e9) for name in names)
    assert (found is None) == falls
    if found is None:
        return
    worth = holdings(held, "BTC", in_coin=False)
    now = worth.option_value() + sum(one.value for one in worth.linear)
    least = sum(min(settled(held, name, 1_500.0 * step) for step in range(100)) for name in names)
    assert found == pytest.approx(now - least, rel=1e-12, abs=1e-6)
