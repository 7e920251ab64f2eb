"""The shipped scenario sets are those that the models apply, and the page says of them what the data say."""

import numpy as np
import pytest

from stoplog.portfolio import deribit, okx
from stoplog.portfolio.scenario_sets import MODELS, _file, _record, shipped
from stoplog.portfolio.shape import (
    Expiry,
    Market,
    Option,
    Portfolio,
    PortfolioError,
    Underlying,
)
from stoplog.pricing.vector.risk_arrays import Expiries, Listed, risk_arrays
from tests.portfolio import scenario_history

UNPUBLISHED = {"volatility_up": 0.5, "volatility_down": 0.25}


def one_option(*, inverse: bool) -> Portfolio:
    expiry = Expiry("e", years=0.2, forward=60_000.0)
    market = Market(underlyings={"BTC": Underlying("u", spot=60_000.0, expiries={"E": expiry})})
    payoff = "inverse" if inverse else "linear"
    option = Option("o", "BTC", "E", is_call=True, strike=66_000.0, amount=1.0, volatility=0.55, payoff=payoff)
    return Portfolio(market=market, options=[option])


@pytest.mark.rule("ARR-004", "PFM-020", "PFM-022")
@pytest.mark.parametrize("inverse", [False, True])
def test_arrays_of_deribits_set_are_the_profits_of_its_model(inverse: bool) -> None:
    """Without a dampener and with gains whole, the model's profits are sums over positions."""
    given = _file("deribit-pm")["btc"] | {"extended_dampener_usd": 0.0, "pnl_offset": 1.0}
    parameters = _record(deribit.Parameters, given)
    profits = deribit.margin(one_option(inverse=inverse), parameters).scenarios
    unit = 1e8 if inverse else 1e6
    listed = Listed([0], [66_000.0], [0.55], [True], [unit])
    found = risk_arrays(deribit.scenario_set(parameters), Expiries([60_000.0], [0.2]), listed, inverse=inverse)
    assert len(profits) == found.profits.shape[1] == 35
    for profit, entry in zip(profits, found.profits[0], strict=True):
        assert abs(profit.profit * unit - entry) <= 0.51, profit.name


@pytest.mark.rule("ARR-004", "PFM-030")
def test_arrays_of_okxs_set_are_the_profits_of_its_model() -> None:
    changes = {"volatility_up": 0.4, "volatility_down": 0.3, "volatility_power": 0.25}
    parameters = _record(okx.Parameters, _file("okx-pm")["btc"] | changes)
    portfolio = one_option(inverse=False)
    held = okx.risk_unit(portfolio, okx.MODEL)
    assert held is not None
    chosen = shipped("okx-pm", "btc", **changes)
    due = [one.profit for one in okx.grid(held, parameters.price_moves, chosen.shock)]
    due += [0.5 * held.profit(move, lambda volatility, _: volatility) for move in (-0.24, 0.24)]
    listed = Listed([0], [66_000.0], [0.55], [True], [1e6])
    found = risk_arrays(chosen, Expiries([60_000.0], [0.2]), listed)
    assert np.abs(found.profits[0] - 1e6 * np.array(due)).max() <= 0.51


@pytest.mark.rule("ARR-004")
def test_every_set_that_is_shipped_can_be_made() -> None:
    sizes = {"stoplog": 33, "span-16": 16, "deribit-pm": 35, "okx-pm": 23, "bybit-pm": 33, "derive-pmrm": 29}
    for model in MODELS:
        for name in _file(model):
            chosen = shipped(model, name, **(UNPUBLISHED if model in {"okx-pm", "bybit-pm"} else {}))
            assert len(chosen.scenarios) == sizes.get(model, 21)
            assert len({scenario.name for scenario in chosen.scenarios}) == len(chosen.scenarios)
            assert all(scenario.move > -1.0 and 0.0 < scenario.weight <= 1.0 for scenario in chosen.scenarios)


@pytest.mark.rule("ARR-004")
@pytest.mark.parametrize("model", ["okx-pm", "bybit-pm"])
def test_what_a_venue_does_not_publish_must_be_given(model: str) -> None:
    with pytest.raises(PortfolioError, match=r"parameters\.volatility_up: missing"):
        shipped(model, next(iter(_file(model))))


@pytest.mark.rule("ARR-004")
def test_spans_scenarios_are_sixteen_and_the_last_two_count_a_third() -> None:
    chosen = shipped("span-16", "default")
    assert [round(scenario.move * 3 / 0.2) for scenario in chosen.scenarios] == [
        0, 0, 1, 1, -1, -1, 2, 2, -2, -2, 3, 3, -3, -3, 9, -9,
    ]  # fmt: skip
    assert [scenario.direction for scenario in chosen.scenarios][:2] == ["Up", "Down"]
    assert [scenario.weight for scenario in chosen.scenarios][-3:] == [1.0, 0.33, 0.33]
    assert chosen.look_ahead == 1 / 365


@pytest.mark.rule("ARR-004")
def test_the_default_set_charges_a_straight_line_no_more_than_at_the_edge() -> None:
    chosen = shipped("stoplog", "default")
    assert max(abs(scenario.move * scenario.weight) for scenario in chosen.scenarios) == pytest.approx(0.2)


@pytest.mark.rule("ARR-005")
def test_the_page_holds_what_the_data_say() -> None:
    if not scenario_history.DATA.is_dir():
        pytest.skip(f"the recorded data are not at {scenario_history.DATA}; STOPLOG_DATA names another folder")
    page = scenario_history.PAGE.read_text(encoding="utf-8")
    assert scenario_history.page(page) == page


@pytest.mark.rule("ARR-005")
def test_moves_are_counted_where_a_later_price_is_recorded() -> None:
    one = scenario_history.Series("gap", np.array([0, 30, 60, 90, 180]), np.array([1.0, 2.0, 1.1, 3.0, 9.0]))
    assert one.moves(1).tolist() == pytest.approx([0.1, 0.5])
    assert scenario_history.share_beyond(one.moves(1), -0.2, 0.2) == "50.000 %"
