"""The worked figures of docs/rules.md, and the corners of each rule."""

import json
from decimal import Decimal
from typing import Any

import pytest

from stoplog.calculator.lines import answer_line
from tests.calculator.conftest import Ask

TABLE = [
    {"floor": 0, "rate": "0.004"},
    {"floor": 50_000, "rate": "0.005"},
    {"floor": 250_000, "rate": "0.01"},
    {"floor": 1_000_000, "rate": "0.025"},
]


@pytest.mark.rule("CAL-002")
def test_numbers_are_exact_and_rounded_half_even_to_28_digits(ask: Ask) -> None:
    third = ask(size="0.1", entry="0.3", leverage="3", maintenance_rate=0)
    assert third["notional_at_entry"] == Decimal("0.03")
    assert third["initial_margin"] == Decimal("0.01")
    sixth = ask(size=2, entry=1, leverage=3, maintenance_rate=0)["initial_margin"]
    assert sixth == Decimal("0.6666666666666666666666666667")
    even = ask(
        size="1", entry="0.00000000000000000000000000012", margin="1000000000000000000000000000.5", maintenance_rate=0
    )
    assert even["max_loss"] == 10**27
    odd = ask(
        size="1", entry="0.00000000000000000000000000012", margin="1000000000000000000000000001.5", maintenance_rate=0
    )
    assert odd["max_loss"] == 10**27 + 2


@pytest.mark.rule("CAL-002")
def test_a_json_number_and_a_string_are_the_same_exact_decimal() -> None:
    fields = '"payoff":"linear","side":"long","size":%s,"entry":%s,"margin":%s,"maintenance_rate":%s'
    template = '{"calculate":"isolated",' + fields + "}"
    plain = ("0.1000000000000000055511151231257827", "1e2", "1.0", "4e-3")
    found = {answer_line((template % numbers).encode())[0] for numbers in (plain, tuple(f'"{n}"' for n in plain))}
    assert len(found) == 1
    assert json.loads(found.pop())["result"]["notional_at_entry"] == "10.00000000000000055511151231"


@pytest.mark.rule("CAL-002")
def test_no_figure_is_written_with_an_exponent() -> None:
    fields = b'"payoff":"linear","side":"short","size":1e29,"entry":9e29,"margin":1e-30,"maintenance_rate":0'
    result = json.loads(answer_line(b'{"calculate":"isolated",' + fields + b"}")[0])["result"]
    assert result["notional_at_entry"] == "9" + "0" * 58
    assert result["max_loss"] == "0." + "0" * 29 + "1"
    assert not any("E" in value or "e" in value for value in result.values())


@pytest.mark.rule("CAL-004")
def test_the_liquidation_price_is_the_exact_root_or_says_why_there_is_none(ask: Ask) -> None:
    found = ask(margin="105", maintenance_rate="0.01")
    assert found["liquidation_price"] == Decimal("90.40404040404040404040404040")
    assert "liquidation_reason" not in found
    rich = ask(margin="1000", maintenance_rate="0.01")
    assert (rich["liquidation_price"], rich["liquidation_reason"]) == (None, "never")
    at_root = ask(margin="105", maintenance_rate="0.01", mark="90.40404040404040404040404040")
    assert (at_root["liquidatable"], at_root["liquidation_reason"]) == (True, "already")
    assert ask(margin="108", maintenance_rate="0.01", mark="90")["liquidatable"] is True


@pytest.mark.rule("CAL-004")
def test_equity_equal_to_maintenance_is_not_yet_liquidatable(ask: Ask) -> None:
    found = ask(size="10", entry="100", margin="109", maintenance_rate="0.01", mark="90")
    assert found["equity"] == found["maintenance_margin"] == 9
    assert found["liquidatable"] is False
    assert found["liquidation_price"] == 90
    assert found["margin_ratio"] == 1


@pytest.mark.rule("CAL-004")
def test_without_a_mark_the_root_is_answered_on_the_other_side_of_the_entry_too(ask: Ask) -> None:
    found = ask(margin="5", maintenance_rate="0.01")
    assert found["liquidation_price"] == Decimal("100.5050505050505050505050505")
    short = ask(side="short", margin="1", extra_margin="-2", maintenance_rate="0.01")
    assert short["liquidation_price"] < 100


@pytest.mark.rule("CAL-004")
def test_a_position_that_is_liquidated_at_every_price_has_no_liquidation_price(ask: Ask) -> None:
    lost = {"side": "short", "margin": "1", "extra_margin": "-2000", "maintenance_rate": "0.01"}
    assert ask(**lost)["liquidation_reason"] == "never"
    assert ask(**lost, mark="100")["liquidation_reason"] == "already"
    assert ask(**lost)["bankruptcy_price"] is None
    assert ask(**lost)["max_loss"] == 0


@pytest.mark.rule("CAL-004")
@pytest.mark.parametrize("side", ["long", "short"])
def test_the_tier_is_the_one_at_the_liquidation_price(side: str, ask: Ask) -> None:
    found = ask(side=side, size="600", entry="420", leverage="5", tiers=TABLE)
    price = found["liquidation_price"]
    at_price = ask(side=side, size="600", entry="420", leverage="5", tiers=TABLE, mark=str(price))
    assert at_price["equity"] == pytest.approx(at_price["maintenance_margin"])
    rate, deduction = (Decimal("0.005"), 50) if side == "long" else (Decimal("0.01"), 1300)
    assert at_price["maintenance_margin"] == pytest.approx(at_price["notional"] * rate - deduction)


@pytest.mark.rule("CAL-004")
def test_an_inverse_position_is_answered_in_coin(ask: Ask) -> None:
    found = ask(payoff="inverse", size="200", entry="37643.10000021", margin="0.00268058", maintenance_rate="0.004")
    assert found["liquidation_price"] == pytest.approx(Decimal("25119.9744576"), rel=Decimal("1e-10"))
    short = ask(payoff="inverse", side="short", size="200", entry="100", margin="2", maintenance_rate="0.004")
    assert short["bankruptcy_price"] is None
    assert short["liquidation_reason"] == "never"


@pytest.mark.rule("CAL-005")
@pytest.mark.parametrize(
    ("side", "rounding", "price"),
    [
        ("long", "none", "90.40404040404040404040404040"),
        ("long", "toward_zero", "90"),
        ("long", "nearest", "90.5"),
        ("long", "against_holder", "90.5"),
        ("long", "for_holder", "90"),
        ("short", "toward_zero", "109"),
        ("short", "nearest", "109.5"),
        ("short", "against_holder", "109"),
        ("short", "for_holder", "109.5"),
    ],
)
def test_prices_are_rounded_to_the_tick_on_the_chosen_side(side: str, rounding: str, price: str, ask: Ask) -> None:
    policy = {"price_rounding": rounding, "price_tick": "0.5"}
    assert ask(side=side, margin="105", maintenance_rate="0.01", policy=policy)["liquidation_price"] == Decimal(price)


@pytest.mark.rule("CAL-005")
def test_rounding_holds_for_bankruptcy_prices_and_a_tie_goes_up(ask: Ask) -> None:
    policy = {"price_rounding": "nearest", "price_tick": "1", "fee_rate": "0.001"}
    found = ask(margin="105", maintenance_rate="0.01", policy=policy)
    assert (found["bankruptcy_price"], found["bankruptcy_price_with_fee"]) == (90, 90)
    assert ask(margin="105", maintenance_rate="0.01", policy=policy | {"fee_rate": 0})["bankruptcy_price"] == 90
    against = policy | {"price_rounding": "against_holder"}
    assert ask(margin="105", maintenance_rate="0.01", policy=against)["bankruptcy_price_with_fee"] == 90


@pytest.mark.rule("CAL-006")
@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ("50", True),
        (50.0, True),
        ("50.4", False),
        ("51", False),
        ("49", False),
        ("50.000000000001", True),
        ("5e1", True),
        ("0", False),
    ],
)
def test_a_given_deduction_is_compared_with_the_derived_one(given: Any, accepted: bool) -> None:
    tiers = [TABLE[0], TABLE[1] | {"deduction": given}, *TABLE[2:]]
    question = {"payoff": "linear", "side": "long", "size": 1, "entry": 100, "margin": 10, "tiers": tiers}
    found = json.loads(answer_line(json.dumps({"calculate": "isolated", **question}).encode())[0])
    assert ("result" in found) == accepted
    if not accepted:
        assert found["error"]["code"] == "contradicting_deduction"
        assert "50 follows" in found["error"]["message"]


@pytest.mark.rule("CAL-006")
def test_what_rounding_left_of_a_deduction_is_accepted_and_not_used(ask: Ask) -> None:
    exact = [{"floor": 0, "rate": "0.01"}, {"floor": 55, "rate": "0.0225"}]
    printed = [exact[0], exact[1] | {"deduction": "0.69"}]
    position = {"size": 1, "entry": 100, "mark": 100, "margin": 10}
    assert ask(**position, tiers=exact)["maintenance_margin"] == Decimal("1.5625")
    assert ask(**position, tiers=printed)["maintenance_margin"] == Decimal("1.5625")
    assert ask(**position, tiers=printed, trust_deductions=True)["maintenance_margin"] == Decimal("1.56")


@pytest.mark.rule("CAL-006")
def test_one_tier_alone_is_taken_as_the_venue_printed_it_where_trusted(ask: Ask) -> None:
    position = {"size": "3683.979", "entry": "1456.84", "margin": "1535443.01", "extra_margin": "-127555.38144"}
    tier = {"floor": "5000000", "rate": "0.1", "deduction": "135365.0"}
    found = ask(**position, tiers=[tier], trust_deductions=True)
    assert round(found["liquidation_price"], 2) == Decimal("1153.26")


@pytest.mark.rule("CAL-006", "CAL-004")
@pytest.mark.parametrize(("side", "price"), [("long", "20"), ("short", "15")])
def test_where_trusted_deductions_make_the_requirement_jump_the_first_price_met_is_answered(
    side: str, price: str, ask: Ask
) -> None:
    # A long loses its deduction when the notional falls to the floor, a short gets a larger rate beyond it.
    tiers = [
        {"floor": 0, "rate": "0.5"},
        {"floor": "200" if side == "long" else "150", "rate": "0.5", "deduction": "90" if side == "long" else "0"},
    ]
    if side == "short":
        tiers[0] = {"floor": 0, "rate": "0.01"}
    margin = {"long": "109", "short": "80"}[side]
    found = ask(
        side=side,
        size="10",
        entry={"long": "22", "short": "13"}[side],
        margin=margin,
        tiers=tiers,
        trust_deductions=True,
    )
    assert found["liquidation_price"] == Decimal(price)


@pytest.mark.rule("CAL-007")
def test_what_may_leave_is_bounded_by_the_initial_requirement_at_the_mark_and_the_floor_rate(ask: Ask) -> None:
    position = {"size": "10", "entry": "100", "mark": "100", "maintenance_rate": "0.01"}
    by_leverage = position | {"leverage": "20", "extra_margin": "100"}
    assert ask(**by_leverage)["removable_margin"] == 100
    assert ask(**by_leverage, policy={"removable_floor_rate": "0.1"})["removable_margin"] == 50
    assert ask(**by_leverage | {"mark": "120"})["removable_margin"] == 290
    assert ask(**position, margin="80", extra_margin="30")["removable_margin"] == 30
    assert ask(**position, margin="80", extra_margin="-30")["removable_margin"] == 0


@pytest.mark.rule("CAL-007")
def test_the_initial_requirement_is_by_leverage_then_by_tier_then_the_margin(ask: Ask) -> None:
    tiers = [{"floor": 0, "rate": "0.01", "max_leverage": 30}, {"floor": 5000, "rate": "0.02", "initial_rate": "0.04"}]
    position = {"size": "10", "mark": "600", "tiers": tiers}
    assert ask(**position, leverage=8)["initial_margin"] == 125
    low = ask(**position, margin=70)
    assert low["initial_margin"] == Decimal("33.33333333333333333333333333")
    assert low["removable_margin"] == 70 + 5000 - 240
    plain = [{"floor": 0, "rate": "0.01"}]
    assert ask(**position | {"tiers": plain}, margin=70)["initial_margin"] == 70


@pytest.mark.rule("CAL-007")
def test_a_notional_equal_to_a_floor_belongs_to_the_tier_below_for_every_rate(ask: Ask) -> None:
    tiers = [
        {"floor": 0, "rate": "0.01", "initial_rate": "0.1"},
        {"floor": 1000, "rate": "0.02", "initial_rate": "0.2"},
    ]
    at_floor = ask(mark="100", margin="500", tiers=tiers)
    assert (at_floor["initial_margin"], at_floor["maintenance_margin"]) == (100, 10)
    beyond = ask(entry="100.1", mark="100.1", margin="500", tiers=tiers)
    assert (beyond["initial_margin"], beyond["maintenance_margin"]) == (Decimal("200.2"), Decimal("10.02"))


@pytest.mark.rule("CAL-007")
def test_a_margin_ratio_without_equity_is_null(ask: Ask) -> None:
    assert ask(margin="100", mark="90", maintenance_rate="0.01")["margin_ratio"] is None
    assert ask(margin="50", mark="90", maintenance_rate="0.01")["margin_ratio"] == Decimal("-0.18")


@pytest.mark.rule("CAL-008")
def test_the_requirement_is_never_below_the_minimum(ask: Ask) -> None:
    position = {"margin": "105", "maintenance_rate": "0.01"}
    assert ask(**position, policy={"minimum_maintenance": "25"})["liquidation_price"] == 92
    assert (
        ask(**position, policy={"minimum_maintenance": "1"})["liquidation_price"]
        == ask(**position)["liquidation_price"]
    )
    assert ask(**position, mark=95, policy={"minimum_maintenance": "25"})["maintenance_margin"] == 25
    short = ask(**position, side="short", policy={"minimum_maintenance": "25"})
    assert short["liquidation_price"] == 108


@pytest.mark.rule("CAL-008")
def test_a_trusted_deduction_makes_no_requirement_below_zero(ask: Ask) -> None:
    tiers = [{"floor": 0, "rate": "0.01", "deduction": "500"}]
    found = ask(margin="105", mark="100", tiers=tiers, trust_deductions=True)
    assert found["maintenance_margin"] == 0
    assert found["liquidation_price"] == found["bankruptcy_price"] == Decimal("89.5")


@pytest.mark.rule("CAL-009")
def test_extra_margin_counts_in_the_loss_and_in_both_bankruptcy_prices(ask: Ask) -> None:
    found = ask(margin="105", extra_margin="-5", maintenance_rate="0.01", policy={"fee_rate": "0.1"})
    assert found["max_loss"] == 100
    assert found["bankruptcy_price"] == 90
    assert found["bankruptcy_price_with_fee"] == 100
    assert found["close_fee_reserve"] == 0


@pytest.mark.rule("CAL-009")
def test_a_quanto_position_settles_by_its_multiplier(ask: Ask) -> None:
    found = ask(payoff="quanto", quanto_multiplier="0.001", margin="0.1", maintenance_rate=0, mark="95")
    assert found["notional_at_entry"] == 1
    assert found["bankruptcy_price"] == 90
    assert found["unrealised_profit"] == Decimal("-0.05")


RAMP = [{"floor": 0, "rate": "0.01", "initial_rate": "0.02", "slope": "0.0001"}]


@pytest.mark.rule("CAL-012")
def test_under_step_the_rate_of_the_tier_holds_for_the_whole_notional(ask: Ask) -> None:
    tiers = [
        {"floor": 0, "rate": "0.01", "initial_rate": "0.02"},
        {"floor": 900, "rate": "0.05", "initial_rate": "0.1"},
    ]
    step = {"tier_rule": "step"}
    found = ask(margin="105", tiers=tiers, policy=step, mark=100)
    assert found["maintenance_margin"] == 50
    assert found["initial_margin"] == 100
    assert found["liquidation_price"] == Decimal("94.21052631578947368421052632")
    assert ask(margin="105", tiers=tiers, policy=step, mark=90)["maintenance_margin"] == 9
    assert ask(margin="105", tiers=tiers, policy=step, mark=90)["liquidatable"] is True
    lower = ask(margin="120", tiers=tiers, policy=step, mark=89)
    assert (lower["liquidatable"], lower["liquidation_price"]) == (False, Decimal("88.88888888888888888888888889"))


@pytest.mark.rule("CAL-013")
def test_under_ramp_the_rates_rise_inside_the_tier(ask: Ask) -> None:
    found = ask(margin="505", tiers=RAMP, policy={"tier_rule": "ramp"}, mark=100)
    assert found["maintenance_margin"] == 110
    assert found["initial_margin"] == 120
    assert found["liquidation_price"] == Decimal("52.81791081048974717281474502")


@pytest.mark.rule("CAL-002", "CAL-013")
def test_under_ramp_the_last_digit_is_right_where_the_unit_is_long(ask: Ask) -> None:
    tiers = [{"floor": "0", "rate": "0.01", "initial_rate": "0.1", "slope": "0.003"}]
    figures = {"payoff": "inverse", "size": "7", "entry": "8889712.123", "mark": "8991880.7", "margin": "1"}
    found = ask(**figures, tiers=tiers, policy={"tier_rule": "ramp"})
    assert found["maintenance_margin"] == Decimal("0.000000007784802610657597401640527718")


@pytest.mark.rule("CAL-014")
def test_maintenance_at_entry_does_not_move_with_the_mark(ask: Ask) -> None:
    policy = {"maintenance_at": "entry"}
    found = ask(margin="105", maintenance_rate="0.01", policy=policy, mark=95)
    assert found["maintenance_margin"] == 10
    assert found["liquidation_price"] == Decimal("90.5")
    with_fee = policy | {"close_fee": "in_rate", "fee_rate": "0.001"}
    found = ask(margin="105", maintenance_rate="0.01", policy=with_fee, mark=95)
    assert found["maintenance_margin"] == Decimal("10.95")


@pytest.mark.rule("CAL-015")
def test_a_reserve_for_closing_counts_for_nothing_else(ask: Ask) -> None:
    reserve = {"close_fee": "reserve", "fee_rate": "0.001"}
    found = ask(leverage=10, maintenance_rate="0.01", policy=reserve, mark=100)
    assert found["close_fee_reserve"] == Decimal("0.9")
    assert found["initial_margin"] == 100
    assert found["max_loss"] == Decimal("100.9")
    assert found["bankruptcy_price"] == found["bankruptcy_price_with_fee"] == 90
    assert found["liquidation_price"] == Decimal("90.90909090909090909090909091")
    assert found["removable_margin"] == 0
    given = ask(margin="100.9", maintenance_rate="0.01", policy=reserve, mark=100)
    assert given == found
    amount = ask(margin="100.9", reserve="0.9", maintenance_rate="0.01", policy={"close_fee": "reserve"}, mark=100)
    assert amount == found
    inverse = ask(payoff="inverse", size=1000, leverage=10, maintenance_rate=0, policy=reserve)
    assert inverse["bankruptcy_price"] == Decimal("90.90909090909090909090909091")
    assert inverse["close_fee_reserve"] == Decimal("0.011")


@pytest.mark.rule("CAL-015")
def test_a_fee_in_the_rate_is_a_part_of_the_requirement(ask: Ask) -> None:
    found = ask(margin="105", maintenance_rate="0.01", policy={"close_fee": "in_rate", "fee_rate": "0.01"}, mark=100)
    assert found["maintenance_margin"] == 20
    assert found["liquidation_price"] == Decimal("91.32653061224489795918367347")
    assert found["bankruptcy_price"] == Decimal("89.5")
    assert found["close_fee_reserve"] == 0
