"""`okx-pm` and `bybit-pm` against their rules written a second time, their laws, figures and refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from portfolio.books import EXPIRIES, MARKET, YEARS, books, priced, profit

from stoplog.portfolio import bybit, okx
from stoplog.portfolio.shape import (
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

OKX = okx.Parameters(0.002, 0.0045, annualised_move=0.05, volatility_up=0.4, volatility_down=0.2)

BYBIT = bybit.Parameters(volatility_up=0.3, volatility_down=0.3, futures_rate=0.001, short_option_rate=0.005)

UNPUBLISHED = Given(charges={"mr3": 0.0, "mr5": 0.0})

HEDGES = Given(charges={"futureDeltaContingency": 3.0, "optionVegaContingency": 5.0})

amounts = st.floats(-1e6, 1e6).map(lambda amount: round(amount, 3))
positive = amounts.map(abs)


@pytest.mark.rule("PFM-030", "PFM-003")
@settings(max_examples=200, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=7), positive, positive, positive, amounts, amounts)
def test_of_given_figures_the_requirement_is_that_of_the_key(
    profits: list[float], mr2: float, mr3: float, mr5: float, extreme: float, delta: float
) -> None:
    scenarios = [Profit(str(i), value) for i, value in enumerate(profits)]
    held = Portfolio(given=Given(scenarios, {"mr2": mr2, "mr3": mr3, "mr5": mr5}, extreme, delta))
    found = okx.margin(held, OKX)
    mr1, mr4, mr6 = max(0.0, -min(profits)), abs(delta) * 0.002, max(0.0, -extreme * 0.5)
    mr7 = abs(delta) * 0.0045
    charges = {charge.name: charge.amount for charge in found.charges}
    expected = {"mr1": mr1, "mr2": mr2, "mr3": mr3, "mr4": mr4, "mr5": mr5, "mr6": mr6, "mr7": mr7}
    assert charges == pytest.approx(expected)
    mmr = max(max(mr1, mr2, mr6) + mr3 + mr4 + mr5, mr7)
    assert found.maintenance_margin == pytest.approx(mmr)
    assert found.initial_margin == pytest.approx(1.3 * mmr)
    assert found.worst_scenario == scenarios[profits.index(min(profits))].name


@pytest.mark.rule("PFM-030", "PFM-032")
@settings(max_examples=60, deadline=None)
@given(books(given=UNPUBLISHED))
def test_the_grid_of_okx_is_every_move_under_every_volatility(book: Portfolio) -> None:
    found = okx.margin(book, OKX)
    profits = {each.name: each.profit for each in found.scenarios}
    words = {"up": 1.4, "same": 1.0, "down": 0.8} if book.options else {"": 1.0}
    empty = not (book.options or book.perpetuals or book.futures)
    assert len(profits) == (0 if empty else 7 * len(words))
    for name, value in profits.items():
        percent, _, word = name.partition("% ")
        expected = profit(book, float(percent.rstrip("%")) / 100, dict.fromkeys(YEARS, words[word]))
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-6)
    charges = {charge.name: charge.amount for charge in found.charges}
    same = dict.fromkeys(YEARS, 1.0)
    assert charges["mr6"] == pytest.approx(
        max(0.0, -0.5 * min(profit(book, move, same) for move in (-0.24, 0.24))), rel=1e-9, abs=1e-6
    )
    assert found.maintenance_margin >= charges["mr7"]


@pytest.mark.rule("PFM-032")
def test_a_days_decay_counts_against_what_is_held() -> None:
    held = Option("o", "BTC", "M", True, 60_000.0, 2.0, 0.6)
    found = okx.margin(Portfolio(MARKET, options=[held], given=UNPUBLISHED), OKX)
    forward = EXPIRIES["M"].forward or 0.0
    now, later = (
        priced(forward, 60_000.0, 0.6 * years**0.5, is_call=True) for years in (YEARS["M"], YEARS["M"] - 1 / 365)
    )
    assert {charge.name: charge.amount for charge in found.charges}["mr2"] == pytest.approx(2 * (now - later))
    sold = okx.margin(Portfolio(MARKET, options=[replace(held, amount=-2.0)], given=UNPUBLISHED), OKX)
    assert {charge.name: charge.amount for charge in sold.charges}["mr2"] == 0.0
    assert found.values.options == pytest.approx(2 * now)


@pytest.mark.rule("PFM-031")
def test_the_basis_of_each_expiry_moves_with_its_time() -> None:
    held = Portfolio(
        MARKET, [Perpetual("p", "BTC", 1.0)], [Future("f", "BTC", -1.0, "Y", 1.0), Future("g", "BTC", 1.0, "W", 0.02)]
    )
    found = {charge.name: charge.amount for charge in okx.margin(held, OKX).charges}
    assert found["mr4"] == pytest.approx(59_990 * 0.002 + 64_000 * 0.05 + 60_100 * 0.002)
    delta = 59_990 - 64_000 + 60_100
    assert found["mr7"] == pytest.approx(delta * 0.0045)
    one = okx.margin(replace(held, given=Given(delta=50_000.0)), OKX)
    assert {charge.name: charge.amount for charge in one.charges}["mr4"] == pytest.approx(100.0)


@pytest.mark.rule("PFM-030")
def test_ten_perpetuals_at_the_mark_need_what_the_venue_printed() -> None:
    market = Market(underlyings={"LTC": Underlying("ltc", 101.95308)})
    moves = (-0.18, -0.12, -0.06, 0.0, 0.06, 0.12, 0.18)
    parameters = okx.Parameters(0.008, 0.007, price_moves=moves, extreme_move=0.36)
    found = okx.margin(Portfolio(market, [Perpetual("p", "LTC", 10.0)]), parameters)
    assert found.maintenance_margin == pytest.approx(191.66, abs=0.02)
    assert found.initial_margin == pytest.approx(249.16, abs=0.02)


@pytest.mark.rule("PFM-030")
def test_an_inverse_book_is_counted_in_dollars_as_a_linear_one() -> None:
    linear = Portfolio(MARKET, [Perpetual("p", "BTC", 1.0)], [Future("f", "BTC", -2.0, "M", 0.1)])
    inverse = Portfolio(
        MARKET,
        [Perpetual("p", "BTC", 1.0, payoff="inverse")],
        [Future("f", "BTC", -2.0, "M", 0.1, payoff="inverse")],
    )
    assert okx.margin(linear, OKX) == okx.margin(inverse, OKX)
    option = Option("o", "BTC", "M", False, 55_000.0, -1.0, 0.6)
    found, other = (
        okx.margin(Portfolio(MARKET, options=[one], given=UNPUBLISHED), OKX)
        for one in (option, replace(option, payoff="inverse"))
    )
    for one, another in zip(found.scenarios, other.scenarios, strict=True):
        assert another.profit == pytest.approx(one.profit * 60_000 / 60_500)


@pytest.mark.rule("PFM-040", "PFM-003")
@settings(max_examples=200, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=33), st.dictionaries(st.sampled_from("abcde"), amounts), positive)
def test_of_given_figures_bybit_adds_contingencies_to_the_worst(
    profits: list[float], charges: dict[str, float], factor: float
) -> None:
    scenarios = [Profit(str(i), value) for i, value in enumerate(profits)]
    found = bybit.margin(Portfolio(given=Given(scenarios, charges)), bybit.Parameters(im_factor=factor))
    expected = -min(profits) + sum(charges.values())
    assert found.maintenance_margin == pytest.approx(expected, abs=1e-6)
    assert found.initial_margin == pytest.approx(factor * expected, rel=1e-9, abs=1e-3)


@pytest.mark.rule("PFM-040", "PFM-041")
@settings(max_examples=60, deadline=None)
@given(books(given=HEDGES))
def test_the_grid_of_bybit_and_what_it_computes_beside_it(book: Portfolio) -> None:
    found = bybit.margin(book, BYBIT)
    factors = {"up": 1.3, "same": 1.0, "down": 0.7, "": 1.0}
    for each in found.scenarios:
        percent, _, word = each.name.partition("% ")
        expected = profit(book, float(percent.rstrip("%")) / 100, dict.fromkeys(YEARS, factors[word]))
        assert each.profit == pytest.approx(expected, rel=1e-9, abs=1e-6)
    charges = {charge.name: charge.amount for charge in found.charges}
    assert found.maintenance_margin == pytest.approx(sum(charges.values()))
    assert found.initial_margin == pytest.approx(1.2 * found.maintenance_margin)
    forwards = [abs(one.amount) * (EXPIRIES[str(one.expiry)].forward or 0.0) for one in book.futures]
    gross = sum(forwards) + sum(abs(one.amount) * 59_990 for one in book.perpetuals)
    assert charges.get("futureContingency", 0.0) == pytest.approx(0.001 * gross)
    net: dict[tuple[str, float], float] = {}
    for option in book.options:
        key = option.expiry, option.strike
        net[key] = net.get(key, 0.0) + option.amount
    short = sum(max(0.0, -amount) for amount in net.values())
    assert charges.get("optionContingency", 0.0) == pytest.approx(0.005 * 60_000 * short)


@pytest.mark.rule("PFM-040")
def test_spot_hedges_in_the_grid() -> None:
    held = Portfolio(MARKET, [Perpetual("p", "BTC", -1.0)], spots=[Spot("s", "BTC", 1.0)])
    found = bybit.margin(held, BYBIT)
    assert found.maintenance_margin == pytest.approx(0.1 * 10 + 0.001 * 59_990)
    assert found.values.collateral == 60_000


OPTION = Option("o", "BTC", "M", True, 60_000.0, 1.0, 0.6)

TWO = [Future("f", "BTC", 1.0, "M", 0.1), Future("g", "BTC", -1.0, "Y", 1.0)]

OKX_REFUSALS: list[tuple[Portfolio, okx.Parameters, str, str]] = [
    (Portfolio(MARKET, options=[OPTION]), OKX, "missing_field", "given.charges.mr3"),
    (Portfolio(MARKET, [Perpetual("p", "X", 1.0), Perpetual("q", "Y", 1.0)]), OKX, "inconsistent", "positions"),
    (
        Portfolio(MARKET, options=[OPTION], given=UNPUBLISHED),
        replace(OKX, volatility_down=None),
        "missing_field",
        "parameters.volatility_down",
    ),
    (Portfolio(given=Given(charges={"mr8": 1.0})), OKX, "out_of_range", "given.charges.mr8"),
]

BYBIT_REFUSALS: list[tuple[Portfolio, bybit.Parameters, str]] = [
    (Portfolio(MARKET, futures=TWO), BYBIT, "given.charges.futureDeltaContingency"),
    (Portfolio(MARKET, futures=TWO), replace(BYBIT, futures_rate=None), "parameters.futures_rate"),
    (Portfolio(MARKET, options=[OPTION]), replace(BYBIT, short_option_rate=None), "parameters.short_option_rate"),
    (Portfolio(MARKET, options=[OPTION]), replace(BYBIT, volatility_up=None), "parameters.volatility_up"),
    (
        Portfolio(
            MARKET,
            options=[OPTION, replace(OPTION, expiry="Y")],
            given=Given(charges={"futureDeltaContingency": 0.0}),
        ),
        BYBIT,
        "given.charges.optionVegaContingency",
    ),
]


@pytest.mark.rule("PFM-030", "PFM-032")
@pytest.mark.parametrize(("book", "parameters", "code", "field"), OKX_REFUSALS)
def test_what_okx_cannot_margin_is_refused_by_field(
    book: Portfolio, parameters: okx.Parameters, code: str, field: str
) -> None:
    with pytest.raises(PortfolioError) as refused:
        okx.margin(book, parameters)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.rule("PFM-041")
@pytest.mark.parametrize(("book", "parameters", "field"), BYBIT_REFUSALS)
def test_what_bybit_does_not_publish_must_be_given(book: Portfolio, parameters: bybit.Parameters, field: str) -> None:
    with pytest.raises(PortfolioError) as refused:
        bybit.margin(book, parameters)
    assert (refused.value.code, refused.value.field) == ("missing_field", field)
