"""The worked figures of the rules."""

from __future__ import annotations

from decimal import Decimal

import pytest

from stoplog.collateral.haircut import (
    Counted,
    Holding,
    Part,
    Surroundings,
    counted_opening,
    counted_staying,
    deposit_room,
    market_value,
)
from stoplog.collateral.parts import concentration_cut, depeg_cut, size_cut, wrong_way_cut, wrong_way_exposure
from stoplog.collateral.reading import default_set
from stoplog.collateral.regime import Weather, first_seen, observed
from stoplog.protocols.drift_weights import scaled_asset_weight
from stoplog.units import RATE_ONE

BTC, USDC = (default_set().assets[name] for name in ("BTC", "USDC"))


def percent(text: str) -> int:
    return int(Decimal(text) * RATE_ONE / 100)


@pytest.mark.rule("COL-001")
def test_value() -> None:
    assert market_value(BTC, Holding(50_000_001, 60_000_000_000)) == 30_000_000_600
    assert market_value(USDC, Holding(1_000_000, 1_010_000)) == 1_000_000
    assert market_value(USDC, Holding(-1_000_000, 1_010_000)) == -1_010_000


@pytest.mark.rule("COL-002")
def test_size() -> None:
    assert [size_cut(each * 10**8, BTC.sellable, RATE_ONE, RATE_ONE) for each in (80, 320, 720)] == [
        0,
        percent("50"),
        66_666_667,
    ]
    assert size_cut(320 * 10**8, BTC.sellable, RATE_ONE // 2, RATE_ONE) == 33_333_334


@pytest.mark.rule("COL-003")
def test_concentration() -> None:
    assert concentration_cut(5_000 * 10**8, BTC.concentration_start, RATE_ONE) == percent("20")


@pytest.mark.rule("COL-003")
@pytest.mark.parametrize("pool", [10**12, 3 * 10**12, 7 * 10**12])
def test_concentration_is_drifts_scaled_weight(pool: int) -> None:
    weight = scaled_asset_weight(10_000, pool, 9, 10**6, 10**9)
    assert weight == (RATE_ONE - concentration_cut(pool, 10**12, RATE_ONE)) // 10_000


@pytest.mark.rule("COL-004")
def test_wrong_way() -> None:
    exposures = {"BTC": 5_000, "ETH": -2_500, "XRP": 900}
    assert wrong_way_exposure(BTC.moves_with, exposures, RATE_ONE) == 3_000
    assert wrong_way_cut(3_000, 6_000, BTC.wrong_way, RATE_ONE) == percent("10")
    assert wrong_way_cut(30_000, 6_000, BTC.wrong_way, RATE_ONE) == percent("20")


@pytest.mark.rule("COL-005")
def test_regime() -> None:
    state = first_seen(100_000, BTC.regime)
    hours = []
    for mark in (76_000, 76_000, 76_000):
        state = observed(state, mark, BTC.regime, RATE_ONE)
        hours.append(state)
    assert hours[0] == Weather(76_000, percent("1"), percent("1"))
    assert hours[1] == Weather(76_000, 958_334, 1_433_336)
    assert hours[2] == Weather(76_000, 918_404, 1_273_616)


@pytest.mark.rule("COL-005")
def test_a_regime_that_calms_down() -> None:
    before = Weather(76_000, percent("3"), percent("10"))
    assert observed(before, 76_000, BTC.regime, RATE_ONE) == Weather(76_000, percent("2.875"), percent("9.75"))


@pytest.mark.rule("COL-006")
def test_depeg() -> None:
    assert depeg_cut(930_000, *USDC.depeg or (), RATE_ONE) == percent("6")
    assert depeg_cut(980_000, *USDC.depeg or (), RATE_ONE) == 0


@pytest.mark.rule("COL-007")
def test_composition() -> None:
    holding = Holding(320 * 10**8, 60_000_000_000, 9_600_000_000_000)
    staying = counted_staying(BTC, holding, RATE_ONE)
    assert staying == Counted(
        19_200_000_000_000,
        7_776_000_000_000,
        (
            Part("base", percent("10"), 1_920_000_000_000),
            Part("size", percent("50"), 8_640_000_000_000),
            Part("wrong_way", percent("10"), 864_000_000_000),
        ),
    )
    opening = counted_opening(BTC, holding, Surroundings(10_000 * 10**8, percent("5")), RATE_ONE)
    assert [(part.name, part.taken) for part in opening.parts] == [
        ("base", 1_920_000_000_000),
        ("size", 8_640_000_000_000),
        ("concentration", 1_728_000_000_000),
        ("wrong_way", 691_200_000_000),
        ("regime", 311_040_000_000),
    ]
    assert opening.counts == 5_909_760_000_000


@pytest.mark.rule("COL-007")
def test_a_stranger_who_deposits_changes_what_may_be_opened_and_nothing_that_is_there() -> None:
    holding = Holding(10 * 10**8, 60_000_000_000)
    before, after = (Surroundings(pool * 10**8, percent("0")) for pool in (10, 8_000))
    assert counted_opening(BTC, holding, before, RATE_ONE).counts == 540_000_000_000
    assert counted_opening(BTC, holding, after, RATE_ONE).counts == 270_000_000_000
    assert counted_staying(BTC, holding, RATE_ONE).counts == 540_000_000_000


@pytest.mark.rule("COL-008")
def test_cap() -> None:
    assert [deposit_room(BTC, each * 10**8) for each in (9_990, 10_000, 12_000)] == [10 * 10**8, 0, 0]
