"""Tier tables in the shapes that venues publish: read, asked, and refused with the row that contradicts."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.cli import main
from stoplog.venues.presets import preset
from stoplog.venues.shapes import SHAPES
from stoplog.venues.tables import Table, TableError
from tests.calculator.conftest import Ask
from tests.conformance.cases import DATA

TIERS = DATA / "tiers"

SAMPLES = [
    ("binance", "binance_usdm_brackets_2026-09.csv", 907),
    ("okx", "okx_position_tiers_sample.json", 1),
    ("hyperliquid", "hyperliquid_margin_tiers.json", 36),
    ("hyperliquid", "hyperliquid_meta_universe_2024-12.json", 142),
    ("dydx", "dydx_v4_genesis_liquidity_tiers.json", 35),
    ("kraken", "kraken_margin_levels_sample.json", 2),
]

BRACKETS = {
    "symbol": "ETHUSDT",
    "brackets": [
        {"notionalFloor": 0, "notionalCap": 50000, "maintMarginRatio": 0.004, "initialLeverage": 125, "cum": 0},
        {"notionalFloor": 50000, "notionalCap": 250000, "maintMarginRatio": 0.005, "initialLeverage": 100, "cum": 50.0},
        {"notionalFloor": 250000, "notionalCap": 10**6, "maintMarginRatio": 0.01, "initialLeverage": 50, "cum": 1300},
    ],
}

OKX = {"tier": "1", "minSz": "0", "maxSz": "2000", "mmr": "0.01", "imr": "0.013", "maxLever": "75", "instFamily": "E"}

DYDX = {
    "liquidity_tiers": [
        {
            "id": 0,
            "name": "Large-Cap",
            "initial_margin_ppm": 20000,
            "maintenance_fraction_ppm": 600000,
            "open_interest_lower_cap": 0,
            "open_interest_upper_cap": 0,
        }
    ],
    "perpetuals": [{"ticker": "BTC-USD", "liquidity_tier": 0}],
}

META = {
    "universe": [{"name": "BTC", "maxLeverage": 40, "marginTableId": 56}, {"name": "GMT", "maxLeverage": 2}],
    "marginTables": [
        [56, {"marginTiers": [{"lowerBound": "0.0", "maxLeverage": 40}, {"lowerBound": "1.5e8", "maxLeverage": 20}]}]
    ],
}


def read(shape: str, value: Any) -> list[Table]:
    return SHAPES[shape](value if isinstance(value, bytes) else json.dumps(value).encode())


def brackets(row: int, **change: Any) -> list[Any]:
    rows = [dict(item) for item in BRACKETS["brackets"]]
    rows[row - 1] |= change
    return [BRACKETS | {"brackets": rows}]


@pytest.mark.rule("VEN-004")
@pytest.mark.parametrize(("shape", "name", "count"), SAMPLES)
def test_every_sample_is_read_and_can_be_asked(shape: str, name: str, count: int, ask: Ask) -> None:
    path = TIERS / name
    if not path.is_file():
        pytest.skip(f"{path} is absent")
    tables = SHAPES[shape](path.read_bytes())
    assert len(tables) == count
    venue = {"hyperliquid": "hyperliquid"}.get(shape, "binance-usdm" if shape == "binance" else "okx")
    for table in tables:
        found = ask(venue=venue, tiers=table.tiers_at(Decimal(1)), margin=105, mark=100)
        assert found["maintenance_margin"] > 0


@pytest.mark.rule("VEN-004")
def test_the_tables_that_are_carried_are_those_of_the_samples() -> None:
    if not TIERS.is_dir():
        pytest.skip(f"{TIERS} is absent")
    for name, shape, sample in (("dydx-v4", "dydx", SAMPLES[4][1]), ("hyperliquid", "hyperliquid", SAMPLES[2][1])):
        tables = {table.symbol: table.tiers for table in SHAPES[shape]((TIERS / sample).read_bytes())}
        carried = preset(name).tiers
        assert carried is not None
        assert {symbol: json.loads(bytes(raw)) for symbol, raw in carried.symbols.items()} == tables


@pytest.mark.rule("VEN-004")
def test_the_published_shapes_are_read() -> None:
    (table,) = read("binance", [BRACKETS])
    assert table.tiers[2] == {"floor": "250000", "rate": "0.01", "deduction": "1300", "max_leverage": "50"}
    assert [t.tiers for t in read("hyperliquid", META)] == [
        [{"floor": "0", "max_leverage": "40"}, {"floor": "150000000", "max_leverage": "20"}],
        [{"floor": "0", "max_leverage": "2"}],
    ]
    second = OKX | {"tier": "2", "minSz": "2001", "maxSz": "4000", "mmr": "0.015", "imr": "0.02", "maxLever": "50"}
    (table,) = read("okx", {"code": "0", "data": [OKX, second]})
    assert (table.symbol, table.by) == ("E", "contracts")
    assert table.tiers_at(Decimal(2000)) == [{"floor": "0", "rate": "0.01", "initial_rate": "0.013"}]
    assert table.tiers_at(Decimal("2000.5")) == [{"floor": "0", "rate": "0.015", "initial_rate": "0.02"}]
    (table,) = read("dydx", DYDX)
    assert table.tiers == [{"floor": "0", "rate": "0.012", "initial_rate": "0.02"}]


CONTRADICTIONS: list[tuple[str, Any, str, int]] = [
    ("binance", brackets(2, cum=51), "contradicting_deduction", 2),
    ("binance", brackets(3, cum=1301), "contradicting_deduction", 3),
    ("binance", brackets(3, maintMarginRatio=0.004), "unordered_tiers", 3),
    ("binance", brackets(3, notionalFloor=50000), "unordered_tiers", 3),
    ("binance", brackets(3, notionalFloor=250001), "unordered_tiers", 3),
    ("binance", brackets(1, notionalFloor=1), "unordered_tiers", 1),
    ("binance", brackets(2, initialLeverage=126), "unordered_tiers", 2),
    ("binance", brackets(3, initialLeverage=0.5), "out_of_range", 3),
    ("binance", brackets(3, maintMarginRatio=0.03, cum=6300), "inconsistent", 3),
    ("binance", brackets(3, maintMarginRatio=1), "out_of_range", 3),
    ("binance", brackets(2, cum="many"), "wrong_type", 2),
    ("binance", brackets(2, cum=True), "wrong_type", 2),
    ("binance", brackets(2, notionalFloor=-5), "out_of_range", 2),
    ("binance", [{"symbol": "X", "brackets": []}], "missing_field", 0),
    ("binance", [{"symbol": "X", "brackets": [{"notionalFloor": 0}]}], "missing_field", 1),
    ("binance", [{"symbol": "X"}], "wrong_type", 0),
    ("binance", b"symbol,mmr\nX,\xff", "not_text", 0),
    ("binance", b"[", "not_json", 0),
    ("okx", {"data": [OKX, OKX | {"minSz": "2002", "maxSz": "3000"}]}, "unordered_tiers", 2),
    ("okx", {"data": [OKX | {"maxSz": "0"}]}, "unordered_tiers", 1),
    ("okx", {"data": [OKX | {"imr": "0.009"}]}, "inconsistent", 1),
    ("okx", {"data": [1]}, "wrong_type", 1),
    ("okx", {}, "missing_field", 0),
    ("okx", {"_columns": ["minSz"], "X": [[0, 1]]}, "wrong_type", 1),
    ("hyperliquid", {"mainnet": {"A": [[0, 10], [5, 20]]}}, "unordered_tiers", 2),
    ("hyperliquid", {"mainnet": {"A": [[0, 10], [0, 5]]}}, "unordered_tiers", 2),
    ("hyperliquid", {"mainnet": {"A": [[0]]}}, "wrong_type", 1),
    ("hyperliquid", {"mainnet": {"A": 7}}, "wrong_type", 1),
    ("hyperliquid", {"universe": [{"name": "A"}]}, "wrong_type", 1),
    ("hyperliquid", {"universe": [], "marginTables": [5]}, "wrong_type", 1),
    ("hyperliquid", {}, "missing_field", 0),
    ("dydx", DYDX | {"perpetuals": [{"ticker": "X", "liquidity_tier": 9}]}, "inconsistent", 1),
    ("dydx", {"liquidity_tiers": DYDX["liquidity_tiers"] * 2}, "inconsistent", 2),
    ("dydx", {"liquidity_tiers": [DYDX["liquidity_tiers"][0] | {"initial_margin_ppm": 0}]}, "out_of_range", 1),
    ("dydx", {"liquidity_tiers": [DYDX["liquidity_tiers"][0] | {"open_interest_lower_cap": 1}]}, "inconsistent", 1),
    ("dydx", [], "missing_field", 0),
]


@pytest.mark.rule("VEN-004")
@pytest.mark.parametrize(("shape", "value", "code", "row"), CONTRADICTIONS, ids=lambda part: str(part)[:40])
def test_a_table_that_contradicts_itself_is_refused_with_its_row(shape: str, value: Any, code: str, row: int) -> None:
    with pytest.raises(TableError) as caught:
        read(shape, value)
    assert (caught.value.code, caught.value.row) == (code, row)
    place = f"{caught.value.symbol}, row {row}: " if row else f"{caught.value.symbol}: "
    assert str(caught.value).startswith(place)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("data", "_columns", "universe", "marginTables", "mainnet", "liquidity_tiers", "perpetuals"),
                    *("id", "X", "symbol", "brackets", "marginTiers", "lowerBound", "maxLeverage", "minSz", "maxSz"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.mark.rule("VEN-004")
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(SHAPES)), json_values)
def test_any_json_is_read_or_refused(shape: str, value: Any) -> None:
    try:
        tables = read(shape, value)
    except TableError:
        return
    assert all(table.tiers[0]["floor"] == "0" for table in tables)


@pytest.mark.rule("VEN-005", "OPT-003")
def test_the_command_lists_what_each_preset_assumes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venues"]) == 0
    listed = capsys.readouterr().out
    assert main(["venues", "okx"]) == 0
    okx = capsys.readouterr().out
    assert okx.strip() in listed
    assert "tier_rule step, maintenance_at mark, close_fee in_rate" in okx
    assert "the taker fee counts in the maintenance rate" in okx
    assert "published numbers: 14 reproduced (5 by stoplog.protocols), in 7 of 7 cases" in okx
    assert "rule: otm_rate 0.15, floor_rate 0.1, maintenance_rate 0.03" in okx
    assert "on ETH: maintenance_rate 0.05" in okx
    assert main(["venues", "deribit"]) == 0
    deribit = capsys.readouterr().out
    assert deribit.strip() in listed
    assert "maintenance_rate 0.075" in deribit
    assert main(["venues", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.rule("VEN-004")
def test_the_command_prints_tables_as_questions_give_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tiers.json"
    path.write_text(json.dumps({"data": [OKX]}), encoding="utf-8")
    assert main(["venues", "--read", "okx", str(path), "--contracts", "5"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "symbol": "E",
        "by": "contracts",
        "tiers": [{"floor": "0", "rate": "0.01", "initial_rate": "0.013"}],
    }
    path.write_text(json.dumps(brackets(2, cum=51)), encoding="utf-8")
    assert main(["venues", "--read", "binance", str(path)]) == 2
    assert "ETHUSDT, row 2: the deduction is 51, 50 follows" in capsys.readouterr().err
    assert main(["venues", "--read", "binance", str(path), "--symbol", "NONE"]) == 2
    assert main(["venues", "--read", "unheard", str(path)]) == 2
    assert main(["venues", "--read", "okx", str(tmp_path / "absent")]) == 2
    assert "absent" in capsys.readouterr().err
