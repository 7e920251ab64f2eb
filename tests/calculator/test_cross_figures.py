"""The worked figures of the rules of `cross`, and what it refuses."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.calculator.cross_questions import POSITIONS_MAX, Collateral, Cross, CrossPosition, CrossRest
from tests.calculator.conftest import answer
from tests.calculator.slow_cross import decimals_of
from tests.calculator.test_any_line import ODD_VALUES, checked, objects

LONG = {"symbol": "A", "side": "long", "size": "10", "entry": "100", "mark": "100", "maintenance_rate": "0.01"}
COIN = {"BTC": {"price": "30000", "haircut": "0.1"}}
IN_COIN = {"symbol": "X", "side": "long", "size": "1", "entry": "2", "mark": "3", "settlement": "BTC"}


def cross(**question: Any) -> dict[str, Any]:
    found = answer({"calculate": "cross", "positions": [], **question})
    assert "result" in found, found
    result: dict[str, Any] = decimals_of(found["result"])
    return result


def refused(**question: Any) -> tuple[str, str | None, str]:
    found = answer({"calculate": "cross", "positions": [LONG], **question})
    assert "error" in found, found
    error = found["error"]
    return error["code"], error["field"], error["message"]


@pytest.mark.rule("CAL-017")
def test_a_purse_is_the_sum_of_its_parts() -> None:
    found = cross(
        balances={"USDT": "1000", "BTC": "0.5", "EUR": "-100"},
        collateral={"BTC": {"price": "30000", "haircut": "0.05"}, "EUR": {"price": "1.1", "haircut": "0.02"}},
        positions=[LONG | {"entry": "1500", "mark": "1600", "leverage": 10}],
        rest={"equity": "-60", "initial_margin": "20", "maintenance_margin": "10"},
    )
    assert found["equity"] == 1000 + 14_250 - 110 + 1000 - 60
    assert (found["unrealised_profit"], found["initial_margin"], found["maintenance_margin"]) == (1000, 1620, 170)
    assert found["margin_ratio"] == Decimal("0.01057213930348258706467661692")
    assert found["liquidatable"] is False


@pytest.mark.rule("CAL-017")
def test_an_empty_purse_is_worth_what_is_in_it_and_never_liquidatable() -> None:
    empty = cross()
    assert (empty["equity"], empty["margin_ratio"], empty["liquidatable"], empty["positions"]) == (0, None, False, [])
    assert cross(balances={"USDT": "-3"})["liquidatable"] is False
    assert cross(balances={"USDT": "-3"}, rest={"maintenance_margin": "0.1"})["liquidatable"] is True
    assert cross(balances={"USDT": "5"}, rest={"maintenance_margin": "5"})["liquidatable"] is False


@pytest.mark.rule("CAL-018")
def test_gains_of_one_position_hold_another_up() -> None:
    short = {"symbol": "B", "side": "short", "size": "1", "entry": "50", "mark": "40", "maintenance_rate": "0.01"}
    first, second = cross(balances={"USDT": "105"}, positions=[LONG, short])["positions"]
    assert first["liquidation_price"] == Decimal("89.43434343434343434343434343")
    assert first["bankruptcy_price"] == Decimal("88.5")
    assert second["liquidation_price"] == Decimal("143.5643564356435643564356436")
    assert second["bankruptcy_price"] == 155
    never, _ = cross(balances={"USDT": "1005"}, positions=[LONG, short])["positions"]
    assert (never["liquidation_price"], never["liquidation_reason"]) == (None, "never")
    both = cross(balances={"USDT": "-1"}, positions=[LONG, short])
    assert both["liquidatable"]
    assert [(own["liquidation_price"], own["liquidation_reason"]) for own in both["positions"]] == [
        (None, "already")
    ] * 2
    assert both["positions"][0]["bankruptcy_price"] == Decimal("99.1")


@pytest.mark.rule("CAL-018")
def test_without_a_maintenance_margin_there_is_no_liquidation() -> None:
    free = LONG | {"maintenance_rate": 0}
    (own,) = cross(balances={"USDT": "105"}, positions=[free])["positions"]
    assert (own["liquidation_price"], own["bankruptcy_price"]) == (None, Decimal("89.5"))
    (own,) = cross(balances={"USDT": "105"}, positions=[free], rest={"maintenance_margin": "5"})["positions"]
    assert own["liquidation_price"] == 90


@pytest.mark.rule("CAL-012", "CAL-018")
def test_a_requirement_that_jumps_is_met_at_its_floor_from_either_side() -> None:
    trusted = [{"floor": 0, "rate": "0.01"}, {"floor": 500, "rate": "0.01", "deduction": "100"}]
    position = {name: LONG[name] for name in LONG if name != "maintenance_rate"}
    terms = {"balances": {"USDT": "503"}, "trust_deductions": True}
    (own,) = cross(positions=[position | {"tiers": trusted}], **terms)["positions"]
    assert own["liquidation_price"] == 50
    stepped = [{"floor": 0, "rate": "0.01"}, {"floor": 1200, "rate": "0.2"}]
    short = position | {"tiers": stepped, "side": "short"}
    (own,) = cross(balances={"USDT": "300"}, positions=[short], policy={"tier_rule": "step"})["positions"]
    assert own["liquidation_price"] == 120
    other = LONG | {"side": "short", "size": "1", "symbol": "A"}
    pair = cross(balances={"USDT": "503"}, positions=[position | {"tiers": trusted}, other], trust_deductions=True)
    assert pair["positions"][0]["liquidation_price"] == Decimal("44.65691788526434195725534308")


@pytest.mark.rule("CAL-019")
@pytest.mark.parametrize(
    ("balance", "liquidation", "bankruptcy"),
    [
        ("-20000", "2.771535580524344569288389513", "2.740740740740740740740740741"),
        ("20000", "1.346801346801346801346801347", "1.333333333333333333333333333"),
    ],
)
def test_a_gain_in_another_asset_is_cut_and_a_loss_is_not(balance: str, liquidation: str, bankruptcy: str) -> None:
    position = IN_COIN | {"maintenance_rate": "0.01"}
    found = cross(balances={"USDT": balance}, collateral=COIN, positions=[position])
    (own,) = found["positions"]
    assert (own["notional"], own["unrealised_profit"], own["maintenance_margin"]) == (90_000, 27_000, 900)
    assert found["equity"] == int(balance) + 27_000
    assert own["liquidation_price"] == Decimal(liquidation)
    assert own["bankruptcy_price"] == Decimal(bankruptcy)


@pytest.mark.rule("CAL-019")
def test_a_gain_that_counts_nothing_and_an_asset_without_a_price() -> None:
    position = IN_COIN | {"maintenance_rate": "0.01"}
    whole = {"BTC": {"price": "30000", "haircut": "1"}}
    (own,) = cross(balances={"USDT": "30000"}, collateral=whole, positions=[position])["positions"]
    assert own["unrealised_profit"] == 0
    assert own["bankruptcy_price"] == 1
    (short,) = cross(
        balances={"USDT": "1000"}, collateral=whole, positions=[position | {"side": "short", "mark": "1"}]
    )["positions"]
    assert short["liquidation_price"] == Decimal("2.013201320132013201320132013")
    worthless = {"BTC": {"price": "0"}}
    (own,) = cross(balances={"USDT": "-1"}, collateral=worthless, positions=[position])["positions"]
    assert (own["notional"], own["liquidation_price"], own["bankruptcy_price"]) == (0, None, None)
    (own,) = cross(balances={"USDT": "1.5"}, positions=[position])["positions"]
    assert own["notional"] == 3


@pytest.mark.rule("CAL-020")
def test_positions_of_one_symbol_move_together() -> None:
    less = LONG | {"side": "short", "size": "4"}
    long, short = cross(balances={"USDT": "60"}, positions=[LONG, less])["positions"]
    assert long["liquidation_price"] == Decimal("92.15017064846416382252559727")
    assert long["bankruptcy_price"] == 90
    assert (short["liquidation_price"], short["liquidation_reason"], short["bankruptcy_price"]) == (None, "never", None)
    even = cross(balances={"USDT": "60"}, positions=[LONG, LONG | {"side": "short"}])["positions"]
    assert [own["liquidation_price"] for own in even] == [None, 300]
    apart = cross(balances={"USDT": "60"}, positions=[LONG, less | {"mark": "101"}])["positions"]
    assert apart[0]["liquidation_price"] == Decimal("95.76161616161616161616161616")


@pytest.mark.rule("CAL-021")
def test_a_reserve_is_taken_from_the_purse() -> None:
    policy = {"close_fee": "reserve", "fee_rate": "0.001"}
    found = cross(balances={"USDT": "105"}, positions=[LONG | {"leverage": 10}], policy=policy)
    (own,) = found["positions"]
    assert (found["equity"], found["initial_margin"]) == (105, 100)
    assert own["bankruptcy_price"] == Decimal("89.59")
    assert own["liquidation_price"] == Decimal("90.49494949494949494949494949")
    (given_reserve,) = cross(balances={"USDT": "105"}, positions=[LONG | {"reserve": "0.9"}], policy=policy)[
        "positions"
    ]
    assert given_reserve["liquidation_price"] == own["liquidation_price"]
    code, field, _ = refused(policy=policy)
    assert (code, field) == ("missing_field", "positions[0].leverage")


@pytest.mark.rule("CAL-017", "VEN-001")
def test_a_venue_fills_policy_and_tiers() -> None:
    position = {"symbol": "BTCUSDT", "side": "long", "size": "10", "entry": "60000", "mark": "61000"}
    found = cross(venue="binance-usdm", balances={"USDT": "90000"}, positions=[position])
    assert found["positions"][0]["maintenance_margin"] > 0
    assert found["initial_margin"] > found["maintenance_margin"]


REFUSALS: list[tuple[dict[str, Any], str, str | None]] = [
    ({"positions": 5}, "wrong_type", "positions"),
    ({"positions": None}, "wrong_type", "positions"),
    ({"positions": [5]}, "wrong_type", "positions[0]"),
    ({"positions": [LONG, LONG | {"size": 0}]}, "out_of_range", "positions[1].size"),
    ({"positions": [LONG | {"margin": 1}]}, "unknown_field", "positions[0].margin"),
    ({"positions": [{"side": "long"}]}, "missing_field", "positions[0].size"),
    ({"positions": [LONG | {"side": "up"}]}, "out_of_range", "positions[0].side"),
    ({"positions": [LONG | {"tiers": []}]}, "inconsistent", "positions[0]"),
    ({"positions": [LONG | {"quanto_multiplier": 1}]}, "inconsistent", "positions[0].quanto_multiplier"),
    (
        {"positions": [{**LONG, "tiers": [{"floor": 1, "rate": 0}], "maintenance_rate": 0}]},
        "inconsistent",
        "positions[0]",
    ),
    ({"positions": [{name: LONG[name] for name in LONG if name != "mark"}]}, "missing_field", "positions[0].mark"),
    (
        {"positions": [{name: LONG[name] for name in LONG if name != "maintenance_rate"}]},
        "missing_field",
        "positions[0].tiers",
    ),
    ({"positions": [LONG] * (POSITIONS_MAX + 1)}, "out_of_range", "positions"),
    ({"balances": []}, "wrong_type", "balances"),
    ({"balances": {"USDT": "x"}}, "wrong_type", "balances.USDT"),
    ({"balances": {"USDT": "1e30"}}, "out_of_range", "balances.USDT"),
    ({"collateral": 3}, "wrong_type", "collateral"),
    ({"collateral": {"BTC": 3}}, "wrong_type", "collateral.BTC"),
    ({"collateral": {"BTC": {"price": "-1"}}}, "out_of_range", "collateral.BTC.price"),
    ({"collateral": {"BTC": {"haircut": "1.01"}}}, "out_of_range", "collateral.BTC.haircut"),
    ({"collateral": {"BTC": {"cut": "1"}}}, "unknown_field", "collateral.BTC.cut"),
    ({"rest": []}, "wrong_type", "rest"),
    ({"rest": {"maintenance_margin": "-1"}}, "out_of_range", "rest.maintenance_margin"),
    ({"rest": {"margin": "1"}}, "unknown_field", "rest.margin"),
    ({"policy": {"tier_rule": "all"}}, "unsupported_policy", "policy.tier_rule"),
    ({"policy": {"price_rounding": "nearest"}}, "missing_field", "policy.price_tick"),
    ({"venue": "nowhere"}, "unknown_venue", "venue"),
    ({"margin": 1}, "unknown_field", "margin"),
]


@pytest.mark.rule("CAL-010")
@pytest.mark.parametrize(("question", "code", "field"), REFUSALS, ids=str)
def test_a_wrong_question_is_refused_by_code_and_field(question: dict[str, Any], code: str, field: str | None) -> None:
    found = refused(**question)
    assert found[:2] == (code, field)
    assert found[2]


@pytest.mark.rule("CAL-010")
def test_a_missing_list_of_positions_is_named() -> None:
    found = answer({"calculate": "cross"})
    assert (found["error"]["code"], found["error"]["field"]) == ("missing_field", "positions")


@pytest.mark.rule("CAL-010")
def test_a_purse_without_a_common_denominator_is_refused_at_once() -> None:
    tiers = [{"floor": i, "max_leverage": i + 1, "rate": 0} for i in range(0, 900, 3)]
    positions = [
        LONG | {"tiers": [tier | {"max_leverage": f"{i * 1000 + 7}.{tier['floor']:03}"} for tier in tiers]}
        for i in range(1, 90)
    ]
    for position in positions:
        del position["maintenance_rate"]
    code, field, message = refused(positions=positions)
    assert code == "out_of_range"
    assert field is not None
    assert "bits" in message


CROSS: dict[str, Any] = {
    "id": 1,
    "calculate": "cross",
    "balances": {"USDT": "5", "BTC": "-1"},
    "collateral": {"BTC": {"price": "3", "haircut": "0.5"}},
    "positions": [LONG | {"settlement": "BTC"}],
    "rest": {"equity": "3"},
}

CHANGES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys([*Cross.__struct_fields__, "unheard"], ODD_VALUES)
    | {
        "balances": st.dictionaries(st.text(max_size=2), ODD_VALUES, max_size=3) | ODD_VALUES,
        "collateral": st.dictionaries(st.sampled_from(["BTC", ""]), objects(Collateral.__struct_fields__) | ODD_VALUES),
        "positions": st.lists(
            objects(CrossPosition.__struct_fields__).map(lambda odd: LONG | odd) | ODD_VALUES, max_size=3
        ),
        "rest": objects(CrossRest.__struct_fields__) | ODD_VALUES,
    },
)


@pytest.mark.rule("CAL-001", "CAL-010")
@settings(max_examples=600, deadline=None)
@given(CHANGES, st.sets(st.sampled_from(sorted(CROSS)), max_size=1))
def test_any_odd_purse_gets_an_answer(changes: dict[str, Any], dropped: set[str]) -> None:
    question = {name: value for name, value in {**CROSS, **changes}.items() if name not in dropped}
    line = json.dumps(question).encode()
    found = checked(line)
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError:
        assert found["error"]["code"] == "not_json"
        return
    assert found["id"] == question.get("id")


@pytest.mark.rule("CAL-001")
@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=1, max_size=3), st.integers(0, 600))
def test_a_damaged_purse_gets_an_answer(damage: bytes, place: int) -> None:
    line = json.dumps(CROSS).encode()
    at = place % len(line)
    checked((line[:at] + damage + line[at + len(damage) :]).replace(b"\n", b" "))
