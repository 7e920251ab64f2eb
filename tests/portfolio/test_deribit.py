"""`deribit-pm` against its rule written a second time, its laws, figures and refusals."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from portfolio.books import MARKET, YEARS, amounts, books, profit

from stoplog.portfolio.deribit import REMOTE, Parameters, margin
from stoplog.portfolio.shape import (
    Collateral,
    Expiry,
    Future,
    Given,
    Market,
    Option,
    Perpetual,
    Portfolio,
    PortfolioError,
    Profit,
    Spot,
    Underlying,
)

BTC = Parameters(
    price_range=0.16,
    min_annualised_move=0.01,
    annualised_move_risk=0.075,
    extended_dampener_usd=100_000.0,
    volatility_range_up=0.5,
    volatility_range_down=0.25,
    min_volatility_for_shock_up=0.5,
    m_inc=0.00005,
    delta_total_liq_shock_threshold=20_000_000.0,
    max_delta_shock=0.1,
)


def coins(*legs: tuple[float, float | None]) -> Portfolio:
    """Inverse perpetuals, and futures of so many years."""
    perpetuals = [Perpetual(f"p{i}", "BTC", size, payoff="inverse") for i, (size, t) in enumerate(legs) if t is None]
    futures = [Future(f"f{i}", "BTC", size, None, t, "inverse") for i, (size, t) in enumerate(legs) if t is not None]
    return Portfolio(MARKET, perpetuals, futures)


def slow(sizes: list[float], parameters: Parameters, index: float) -> list[float]:
    """The tables of positions without volatility, word by word as the key to the cases has them."""
    reach, found = parameters.price_range, []
    for k in range(-parameters.buckets, parameters.buckets + 1):
        m = reach * k / parameters.buckets
        total = sum(size * m / (1 + m) for size in sizes)
        found += [total if total < 0 else parameters.pnl_offset * total] * 3
    for m in REMOTE:
        e = 1 + (reach if m > 0 else -reach)
        t = sum(size * m / (1 + m) * parameters.table_factor * (reach / abs(m)) * (1 + m) / e for size in sizes)
        usd = parameters.extended_dampener_usd
        damp = min((max(abs(m) / reach, 1) - 1) * usd / (e * index), abs(t))
        a = t if t <= 0 else parameters.pnl_offset * t
        found.append(a - min(damp, abs(a)) if a > 0 else a + min(damp, abs(a)))
    return found


@pytest.mark.rule("PFM-020", "PFM-022", "PFM-023")
@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(amounts, st.none() | st.sampled_from([0.03, 0.4, 1.5])), min_size=1, max_size=3),
    st.sampled_from([0.0, 0.6]),
    st.sampled_from([0.0, 1_000.0, 100_000.0]),
)
def test_both_tables_are_those_of_the_key(legs: list[tuple[float, float | None]], offset: float, usd: float) -> None:
    parameters = replace(BTC, pnl_offset=offset, extended_dampener_usd=usd, m_inc=0.0)
    found = margin(coins(*legs), parameters)
    expected = slow([size for size, _ in legs], parameters, 60_000.0)
    assert [each.profit for each in found.scenarios] == pytest.approx(expected, abs=1e-14)
    charges = {charge.name: charge.amount for charge in found.charges}
    assert charges["worst_case"] == pytest.approx(max(0.0, -min(expected)), abs=1e-14)
    perpetuals = abs(sum(size for size, years in legs if years is None)) * 0.01
    futures = sum(abs(size) * max(exp(0.075 * years) - 1, 0.01) for size, years in legs if years is not None)
    assert charges["roll_shock"] == pytest.approx(perpetuals + futures, abs=1e-14)
    part = charges["worst_case"] + charges["roll_shock"]
    assert found.initial_margin == pytest.approx(part)
    assert found.maintenance_margin == pytest.approx(0.8 * part)


@pytest.mark.rule("PFM-021")
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["linear", "inverse"]).flatmap(books))
def test_every_scenario_revalues_options_with_their_own_shock(book: Portfolio) -> None:
    found = {each.name: each.profit for each in margin(book, replace(BTC, pnl_offset=1.0)).scenarios}
    growth = {name: (30 / (365 * years)) ** (0.3 if 365 * years <= 30 else 0.13) for name, years in YEARS.items()}
    for k in range(-4, 5):
        move = 0.04 * k
        for word, share, least in (("up", 0.5, 0.5), ("same", 0.0, 0.0), ("down", -0.25, 0.0)):
            factor = {name: max(0.0, 1 + share * grown) for name, grown in growth.items()}
            expected = profit(book, move, factor, least)
            assert found[f"{100 * move:+.6g}% {word}"] == pytest.approx(expected, rel=1e-9, abs=1e-6)


@pytest.mark.rule("PFM-020", "PFM-022")
@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["linear", "inverse"]).flatmap(books), st.sampled_from([2.0, 0.5]))
def test_margin_grows_with_size_and_a_damper_never_adds(book: Portfolio, times: float) -> None:
    undamped = replace(BTC, extended_dampener_usd=0.0, m_inc=0.0)
    bare = margin(book, undamped)
    scaled = replace(
        book,
        perpetuals=[replace(one, amount=one.amount * times) for one in book.perpetuals],
        futures=[replace(one, amount=one.amount * times) for one in book.futures],
        options=[replace(one, amount=one.amount * times) for one in book.options],
    )
    assert margin(scaled, undamped).initial_margin == pytest.approx(times * bare.initial_margin, rel=1e-9, abs=1e-12)
    damped = margin(book, replace(BTC, m_inc=0.0))
    assert 0.0 <= damped.initial_margin <= bare.initial_margin
    assert damped.maintenance_margin == pytest.approx(0.8 * damped.initial_margin)


@pytest.mark.rule("PFM-022")
def test_a_short_far_call_is_caught_by_the_extended_table_alone() -> None:
    far = [Option("o", "BTC", "M", True, 120_000.0, -100.0, 0.6)]
    found = margin(Portfolio(MARKET, options=far), replace(BTC, extended_dampener_usd=0.0))
    assert found.worst_scenario is not None
    assert found.worst_scenario.endswith("extended")
    inside = [each for each in found.scenarios if not each.name.endswith("extended")]
    assert min(each.profit for each in inside) > min(each.profit for each in found.scenarios) / 2


@pytest.mark.rule("PFM-023")
def test_a_calendar_of_futures_is_charged_on_both_legs() -> None:
    calendar = coins((1.0, 0.1), (-1.0, 1.0))
    found = {charge.name: charge.amount for charge in margin(calendar, BTC).charges}
    assert found["worst_case"] == pytest.approx(0.0, abs=1e-15)
    assert found["roll_shock"] == pytest.approx(0.01 + exp(0.075) - 1)


@pytest.mark.rule("PFM-024")
def test_a_delta_beyond_the_threshold_is_charged_by_the_coin_up_to_a_share() -> None:
    market = Market(underlyings={"BTC": Underlying("btc", 50_000.0)})

    def shock(size: float) -> float:
        held = [Perpetual("p", "BTC", size, payoff="inverse")]
        found = margin(Portfolio(market, held), BTC)
        return {charge.name: charge.amount for charge in found.charges}["delta_shock"]

    assert shock(400.0) == 0.0
    assert shock(-1_000.0) == pytest.approx(600 * 0.00005 * 1_000)
    assert shock(10_000.0) == pytest.approx(0.1 * 10_000)
    linear = Portfolio(market, [Perpetual("p", "BTC", 1_000.0)])
    found = {charge.name: charge.amount for charge in margin(linear, BTC).charges}
    assert found["delta_shock"] == pytest.approx(30 * 50_000)


@pytest.mark.rule("PFM-020")
def test_what_was_given_stands_and_only_the_matrix_is_maintained() -> None:
    charges = {"mmp_margin": 0.06, "open_orders_margin": 0.01, "delta_shock": 0.5, "correlation_contingency": 0.25}
    scenarios = [Profit("a", -2.0), Profit("b", 1.0)]
    found = margin(Portfolio(given=Given(scenarios, charges)), BTC)
    assert found.worst_scenario == "a"
    assert found.initial_margin == pytest.approx(2.82)
    assert found.maintenance_margin == pytest.approx(0.8 * 2.75)
    assert margin(Portfolio(given=Given([Profit("up", 3.0)])), BTC).initial_margin == 0.0
    stated = replace(BTC, mmp_margin=0.06, open_orders_margin=0.01, delta_shock=0.5)
    rest = Portfolio(given=Given(scenarios, {"correlation_contingency": 0.25}))
    assert margin(rest, stated) == found


OPTION = Option("o", "BTC", "M", True, 60_000.0, 1.0, 0.6)

BARE = Market(underlyings={"BTC": Underlying("u", 60_000.0, expiries={"M": Expiry("e", forward=60_000.0)})})

REFUSALS: list[tuple[Portfolio, Parameters, str, str]] = [
    (Portfolio(MARKET, [Perpetual("p", "BTC", 1.0), Perpetual("q", "ETH", 1.0)]), BTC, "inconsistent", "positions"),
    (Portfolio(MARKET, [Perpetual("p", "ETH", 1.0)]), BTC, "inconsistent", "p.underlying"),
    (
        Portfolio(MARKET, [Perpetual("p", "BTC", 1.0)], [Future("f", "BTC", 1.0, "M", 0.1, "inverse")]),
        BTC,
        "inconsistent",
        "f.payoff",
    ),
    (Portfolio(MARKET, spots=[Spot("s", "BTC", 1.0)]), BTC, "inconsistent", "s.kind"),
    (Portfolio(MARKET, collaterals=[Collateral("c", "X", 1.0, 1.0)]), BTC, "inconsistent", "c.kind"),
    (coins((1.0, None)), replace(BTC, price_range=1.0), "out_of_range", "parameters.price_range"),
    (coins((1.0, None)), replace(BTC, buckets=0), "out_of_range", "parameters.buckets"),
    (Portfolio(MARKET, futures=[Future("f", "BTC", 1.0)]), BTC, "missing_field", "f.years"),
    (Portfolio(MARKET, options=[replace(OPTION, volatility=None)]), BTC, "missing_field", "o.volatility"),
    (Portfolio(BARE, options=[OPTION]), BTC, "missing_field", "e.years"),
    (
        Portfolio(MARKET, options=[OPTION]),
        replace(BTC, volatility_range_up=None),
        "missing_field",
        "parameters.volatility_range_up",
    ),
    (replace(coins((1.0, None)), market=Market()), BTC, "missing_field", "parameters.index"),
    (Portfolio(given=Given(charges={"mr1": 1.0})), BTC, "out_of_range", "given.charges.mr1"),
]


@pytest.mark.rule("PFM-020")
@pytest.mark.parametrize(("book", "parameters", "code", "field"), REFUSALS)
def test_what_cannot_be_margined_is_refused_by_field(
    book: Portfolio, parameters: Parameters, code: str, field: str
) -> None:
    with pytest.raises(PortfolioError) as refused:
        margin(book, parameters)
    assert (refused.value.code, refused.value.field) == (code, field)
