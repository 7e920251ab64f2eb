"""The named stresses: recorded figures, and whom they move."""

from __future__ import annotations

import json
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stress.recorded import hours

from stoplog.stress.shocks import NOTHING, recorded, shocks, uniform_fall

SHIPPED = files("stoplog.stress").joinpath("hours.json").read_text(encoding="utf-8")


@pytest.mark.rule("STR-003")
def test_the_hours_that_are_shipped_are_those_of_the_recorded_series(data: Path) -> None:
    assert json.loads(SHIPPED) == hours(data)


@pytest.mark.rule("STR-003")
def test_the_worst_hours() -> None:
    falls = {move.asset: (move.at, round(float(move.factor - 1), 4)) for move in recorded()["falls"]}
    assert falls == {
        "BTC": ("2020-03-12T09:53Z", -0.2477),
        "ETH": ("2021-05-19T12:10Z", -0.3075),
        "SOL": ("2022-11-10T07:30Z", -0.3034),
        "SUI": ("2025-10-10T20:29Z", -0.8285),
    }


@pytest.mark.rule("STR-003")
def test_every_named_stress_moves_what_it_says() -> None:
    named = {shock.name: shock for shock in shocks(["BTC", "BNB", "USDC", "USDT"])}
    assert list(named) == [
        "BNB: worst hour",
        "BTC: worst hour",
        "BNB: best hour",
        "BTC: best hour",
        "all together",
        "correlation to one, down",
        "correlation to one, up",
        "USDC at 0.90",
        "USDT at 0.90",
        "BNB to zero",
    ]
    btc = Fraction("5550.0") / Fraction("7377.14")
    worst, all_, one = (named[name] for name in ("BTC: worst hour", "all together", "correlation to one, down"))
    assert (worst.factor("BTC"), worst.factor("BNB"), worst.factor("USDT")) == (btc, 1, 1)
    assert one.factor("BTC") == btc
    assert one.factor("BNB") == Fraction("0.5597") / Fraction("3.2629")
    assert all_.factor("BNB") == (all_.factor("BTC") + all_.factor("ETH")) / 2
    assert named["USDC at 0.90"].factor("USDC") == Fraction(9, 10)
    assert named["USDC at 0.90"].factor("USDT") == 1
    assert named["BNB to zero"].factor("BNB") == NOTHING


@pytest.mark.rule("STR-003")
def test_nothing_risky_has_no_stress_of_its_own() -> None:
    assert [shock.name for shock in shocks(["USDT"])] == ["USDT at 0.90"]


@pytest.mark.rule("STR-004")
@given(st.fractions(0, 1))
def test_a_uniform_fall_moves_all_but_stable_assets_and_no_price_to_zero(fall: Fraction) -> None:
    shock = uniform_fall(fall)
    assert shock.factor("anything") == max(1 - fall, NOTHING) > 0
    assert shock.factor("USDC") == 1
