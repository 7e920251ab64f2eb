"""Presets: what they fill, what they leave, and where they are from."""

import json
import re
from decimal import Decimal
from fractions import Fraction

import pytest

from stoplog.venues.presets import VENUES, preset
from tests.calculator.conftest import Ask


@pytest.mark.rule("VEN-001")
def test_a_preset_fills_what_is_left_out_and_explicit_fields_win(ask: Ask) -> None:
    position = {"venue": "hyperliquid", "mark": "100", "leverage": 20, "extra_margin": 100, "maintenance_rate": "0.01"}
    assert ask(**position)["removable_margin"] == 50
    assert ask(**position, policy={"fee_rate": "0.001"})["removable_margin"] == 50
    assert ask(**position, policy={"removable_floor_rate": 0})["removable_margin"] == 100
    assert ask(**position | {"venue": "binance-usdm"})["removable_margin"] == 100


@pytest.mark.rule("VEN-001")
def test_tiers_come_with_the_symbol_and_explicit_ones_win(ask: Ask) -> None:
    position = {"venue": "binance-usdm", "symbol": "BTCUSDT", "entry": 60_000, "mark": 60_000, "margin": 100_000}
    carried = ask(size="33.333333", **position)
    assert round(carried["liquidation_price"], 2) == Decimal("57327.63")
    assert ask(size="33.333333", **position, maintenance_rate="0.02")["maintenance_margin"] == Decimal("39999.9996")
    tiers = [{"floor": 0, "rate": "0.03"}]
    assert ask(size="33.333333", **position, tiers=tiers)["maintenance_margin"] == Decimal("59999.9994")
    assert ask(**position | {"symbol": "UNHEARD"}, tiers=tiers, size=1)["maintenance_margin"] == 1800


@pytest.mark.rule("VEN-001")
@pytest.mark.parametrize("name", VENUES)
def test_every_name_has_a_preset_that_says_where_it_is_from(name: str, ask: Ask) -> None:
    found = preset(name)
    assert found.name == name
    assert found.source
    assert found.assumes
    assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", found.date)
    assert found.tiers is None or (found.tiers.source and found.tiers.date)
    assert ask(venue=name, payoff=found.payoff, margin=105, maintenance_rate="0.01")["max_loss"] == 105


@pytest.mark.rule("VEN-001")
def test_presets_differ_in_the_three_switches(ask: Ask) -> None:
    position = {"leverage": 10, "maintenance_rate": "0.01", "policy": {"fee_rate": "0.001"}, "mark": 100}
    found = {name: ask(venue=name, **position) for name in ("binance-usdm", "bybit-linear", "okx")}
    assert found["binance-usdm"]["liquidation_price"] == Decimal("90.90909090909090909090909091")
    assert found["bybit-linear"]["liquidation_price"] == 91
    assert found["bybit-linear"]["close_fee_reserve"] == Decimal("0.9")
    assert found["okx"]["liquidation_price"] == Decimal("91.00101112234580384226491405")
    assert ask(venue="gmx", **position | {"size": "0.01"})["maintenance_margin"] == 1


@pytest.mark.rule("VEN-001")
@pytest.mark.parametrize(("name", "symbol"), [(name, symbol) for name in VENUES for symbol in preset(name).symbols()])
def test_every_table_that_is_carried_can_be_asked(name: str, symbol: str, ask: Ask) -> None:
    found = ask(venue=name, symbol=symbol, payoff=preset(name).payoff, leverage=1, mark=100)
    assert 0 < found["maintenance_margin"] < found["initial_margin"]


@pytest.mark.rule("VEN-002")
def test_a_hyperliquid_tier_without_a_rate_has_half_the_inverse_of_its_leverage(ask: Ask) -> None:
    position = {"venue": "hyperliquid", "symbol": "BTC", "entry": 100_000, "leverage": 10}
    assert ask(**position, size=1500, mark=100_000)["maintenance_margin"] == 1_875_000
    assert ask(**position, size=2000, mark=100_000)["maintenance_margin"] == 200_000_000 // 40 - 1_875_000
    thirds = [{"floor": 0, "max_leverage": 15}, {"floor": 90, "max_leverage": 3}]
    found = ask(venue="hyperliquid", tiers=thirds, size=1, entry=100, mark=100, leverage=2)["maintenance_margin"]
    exact = Fraction(90, 30) + Fraction(10, 6)
    assert found == Decimal("4.666666666666666666666666667")
    assert exact == Fraction(14, 3)
    assert json.loads(bytes(preset("hyperliquid").policy))["removable_floor_rate"] == "0.1"
