"""The population: what is drawn, and that every trader can enter."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoplog.margin.tiers import Tier, initial, tier_index
from stoplog.positions import fill_fee
from stoplog.simulation.draws import KINDS, Distribution, stream
from stoplog.simulation.population import Population, default_path, read_population
from stoplog.simulation.world import Request, World, build
from stoplog.units import RATE_ONE

EDGES = {
    "fixed": {"value": 3.0},
    "uniform": {"least": 2.0, "most": 5.0},
    "lognormal": {"median": 300.0, "sigma": 1.5},
    "exponential": {"mean": 12.0},
    "pareto": {"least": 10.0, "alpha": 1.5},
    "choice": {"values": (2.0, 10.0, 100.0), "weights": (1.0, 0.0, 3.0)},
}

MIDDLE = {"fixed": 3.0, "uniform": 3.5, "lognormal": 300.0, "exponential": 12 * np.log(2), "pareto": 10 * 2 ** (2 / 3)}


@pytest.fixture(scope="module")
def world() -> World:
    return build(Request(accounts=4000, seed=5))


def tiers_of(population: Population) -> list[Tier]:
    return [Tier(tier.floor, tier.rate, 0, tier.initial_rate) for tier in population.market.tiers]


@pytest.mark.rule("SIM-006")
def test_every_trader_can_enter(world: World) -> None:
    traders, scale, tiers = world.traders, world.scale, tiers_of(world.population)
    for lots, price, margin, own in zip(
        traders.lots.tolist(), traders.price.tolist(), traders.margin.tolist(), traders.own_rate.tolist(), strict=True
    ):
        notional = abs(lots) * price * scale.multiplier
        tier = tiers[tier_index(tiers, abs(lots), price * scale.multiplier, 1)]
        fee = fill_fee(0, scale.multiplier, price, lots, world.population.market.taker_fee)
        assert own >= tier.initial_rate
        assert margin >= initial(notional, own, RATE_ONE) + fee


@pytest.mark.rule("SIM-006")
def test_traders_enter_at_the_mark_in_force(world: World) -> None:
    marks, traders = world.marks, world.traders
    for time, price in list(zip(traders.entry_time.tolist(), traders.price.tolist(), strict=True))[::37]:
        assert (
            price
            == max((t, i, p) for i, (t, p) in enumerate(zip(marks.time, marks.price, strict=True)) if t <= time)[2]
        )


@pytest.mark.rule("SIM-006")
def test_leverage_is_lowered_to_what_the_tier_admits(population: Callable[..., Path]) -> None:
    path = population(
        ("median = 300", "median = 8_000"),
        ("sigma = 1.6", "sigma = 0"),
        ("values = [2, 3, 5, 10, 20, 25, 50, 75, 100, 125]", "values = [125]"),
        ("weights = [7, 10, 19, 25, 17, 7, 8, 2, 4, 1]", "weights = [1]"),
    )
    traders = build(Request(population=path, accounts=50)).traders
    assert set(traders.leverage.tolist()) == {75.0}
    assert set(traders.margin.tolist()) == {8_000_000_000}


@pytest.mark.rule("SIM-006")
def test_who_draws_less_than_a_lot_takes_one(population: Callable[..., Path]) -> None:
    path = population(("median = 300", "median = 1e-5"), ("least = 20", "least = 0"), ("sigma = 1.6", "sigma = 0"))
    world = build(Request(population=path, accounts=50))
    assert set(np.abs(world.traders.lots).tolist()) == {1}
    assert (world.traders.margin >= world.traders.price * world.scale.multiplier // 125).all()


@pytest.mark.rule("SIM-006")
def test_sizes_may_be_notionals(population: Callable[..., Path]) -> None:
    path = population(
        ('of = "margin"  ', 'of = "notional"'), ("median = 300", "median = 30_000"), ("sigma = 1.6", "sigma = 0")
    )
    world = build(Request(population=path, accounts=200))
    notional = np.abs(world.traders.lots) * world.traders.price * world.scale.multiplier / 1e6
    assert np.abs(notional - 30_000).max() < 15


@pytest.mark.rule("SIM-006")
def test_shares_of_the_population_are_drawn(world: World) -> None:
    traders, population = world.traders, world.population
    start = world.marks.time[0]
    assert abs((traders.lots > 0).mean() - population.long) < 0.04
    assert abs((traders.entry_time == start).mean() - population.at_start) < 0.04
    assert (np.diff(traders.entry_time) >= 0).all()
    assert (traders.exit_time > traders.entry_time).all()
    assert traders.exit_time[traders.exits].max() <= world.marks.time[-1]
    assert 0.2 < traders.exits.mean() < population.exit_share


@pytest.mark.rule("SIM-005")
@given(st.integers(0, 2**64), st.sampled_from(sorted(KINDS)))
def test_the_seed_decides_every_draw(seed: int, kind: str) -> None:
    distribution = Distribution(kind, EDGES[kind])
    one, again = (distribution.draw(stream(seed, 3), 100) for _ in range(2))
    assert np.array_equal(one, again)
    assert np.isfinite(one).all()
    if kind != "fixed":
        assert not np.array_equal(one, distribution.draw(stream(seed, 4), 100))


@pytest.mark.rule("SIM-006")
@pytest.mark.parametrize("kind", sorted(MIDDLE))
def test_distributions_have_their_median(kind: str) -> None:
    values = Distribution(kind, EDGES[kind]).draw(stream(1, 0), 200_001)
    assert np.median(values) == pytest.approx(MIDDLE[kind], rel=0.02)


@pytest.mark.rule("SIM-006")
def test_choices_have_their_weights_and_bounds_hold() -> None:
    values = Distribution("choice", EDGES["choice"]).draw(stream(1, 0), 40_000)
    assert set(values.tolist()) == {2.0, 100.0}
    assert (values == 100).mean() == pytest.approx(0.75, abs=0.01)
    bounded = Distribution("lognormal", EDGES["lognormal"], 100, 900).draw(stream(1, 0), 10_000)
    assert (bounded.min(), bounded.max()) == (100, 900)


@pytest.mark.rule("SIM-006")
def test_the_default_population_is_read() -> None:
    population = read_population(default_path())
    assert population.count == 50_000
    assert population.market.tiers[0] == (0, 400_000, 666_667, 150.0)
    assert population.market.tiers[-1] == (1_200_000_000 * 10**6, 50_000_000, 100_000_000, 1.0)
