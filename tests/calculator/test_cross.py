"""`cross` against a slow model in fractions, against a scan of prices, and its laws."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.calculator.lines import answer_line
from tests.calculator.slow_cross import Purse, decimals_of, slow_cross
from tests.calculator.test_against_slow import decimals, ladders

ASSETS = ("BTC", "ETH", "EUR")
SYMBOLS = ("BTC", "ETH", "X", None)
MARKS = ("7", "7.00", "19.5")
"""Few marks, so that positions of one symbol share one."""


def asked(question: dict[str, Any]) -> dict[str, Any]:
    answer = json.loads(answer_line(json.dumps(question).encode())[0])
    assert "result" in answer, answer
    found: dict[str, Any] = decimals_of(answer["result"])
    return found


@st.composite
def positions(draw: st.DrawFn, *, rule: str, trusted: bool, reserved: bool) -> dict[str, Any]:
    payoff = draw(st.sampled_from(["linear", "linear", "inverse", "quanto"]))
    position: dict[str, Any] = {
        "payoff": payoff,
        "side": draw(st.sampled_from(["long", "short"])),
        "size": draw(decimals(200, 2)),
        "entry": draw(decimals(50, 2)),
        "mark": draw(st.sampled_from(MARKS) | decimals(50, 2)),
    }
    symbol = draw(st.sampled_from(SYMBOLS))
    if symbol is not None:
        position["symbol"] = symbol
    if payoff == "linear" and draw(st.booleans()):
        del position["payoff"]
    if payoff == "quanto":
        position["quanto_multiplier"] = draw(decimals(3, 2))
    if draw(st.booleans()):
        position["settlement"] = draw(st.sampled_from(ASSETS))
    if draw(st.booleans()):
        position["leverage"] = draw(decimals(30, 1))
    if draw(st.booleans()):
        position["tiers"] = draw(ladders(trusted=trusted, sloping=rule == "ramp"))
    else:
        position["maintenance_rate"] = str(Decimal(draw(st.integers(0, 999))).scaleb(-3))
    if reserved and (draw(st.booleans()) or "leverage" not in position):
        position["reserve"] = draw(decimals(30, 2, 0))
    return position


@st.composite
def policies(draw: st.DrawFn, rule: str) -> dict[str, Any]:
    return {
        "tier_rule": rule,
        "maintenance_at": draw(st.sampled_from(["mark", "mark", "entry"])),
        "close_fee": draw(st.sampled_from(["ignored", "in_rate", "reserve"])),
        "fee_rate": draw(st.sampled_from(["0", "0.0005", "0.3"])),
        "minimum_maintenance": draw(st.sampled_from(["0", "0", "2.5", "70"])),
        "price_rounding": draw(st.sampled_from(["none", "nearest", "toward_zero", "against_holder", "for_holder"])),
        "price_tick": draw(st.sampled_from(["0.5", "0.05", "3"])),
    }


@st.composite
def purses(draw: st.DrawFn, *, most: int = 4, rules: tuple[str, ...] = ("marginal", "step", "ramp")) -> dict[str, Any]:
    rule = draw(st.sampled_from(rules))
    trusted = draw(st.booleans())
    policy = draw(policies(rule))
    reserved = policy["close_fee"] == "reserve"
    haircuts = st.sampled_from(["0", "0.05", "0.5", "1"])
    collateral = {
        name: {"price": draw(decimals(9, 2, 0)), "haircut": draw(haircuts)}
        for name in draw(st.sets(st.sampled_from(ASSETS)))
    }
    own = positions(rule=rule, trusted=trusted, reserved=reserved)
    rest = {
        "equity": decimals(900, 2, -50_000),
        "initial_margin": decimals(90, 1, 0),
        "maintenance_margin": decimals(90, 1, 0),
    }
    return {
        "calculate": "cross",
        "balances": draw(st.dictionaries(st.sampled_from([*ASSETS, "USDT"]), decimals(4000, 2, -90_000), max_size=3)),
        "collateral": collateral,
        "positions": draw(st.lists(own, max_size=most)),
        "rest": draw(st.fixed_dictionaries({}, optional=rest)),
        "trust_deductions": trusted,
        "policy": policy,
    }


@pytest.mark.rule("CAL-017", "CAL-018", "CAL-019", "CAL-020", "CAL-021")
@settings(max_examples=900, deadline=None)
@given(purses())
def test_every_figure_is_that_of_the_slow_model(question: dict[str, Any]) -> None:
    found, expected = asked(question), slow_cross(question)
    for own, other in zip(found["positions"], expected["positions"], strict=True):
        if "liquidation_price" not in other:
            del own["liquidation_price"]
            own.pop("liquidation_reason", None)
    assert found == expected


def half_a_unit(answer: Decimal) -> Fraction:
    """Half of the last of 28 digits."""
    return Fraction(10) ** (answer.adjusted() - 27) / 2


@pytest.mark.parametrize("rule", ["marginal", "step", "ramp"])
@pytest.mark.rule("CAL-018", "CAL-019", "CAL-020")
@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_price_on_the_way_is_short_and_the_one_beyond_is(rule: str, data: st.DataObject) -> None:
    """A scan that knows nothing of roots, slopes included."""
    question = data.draw(purses(most=3, rules=(rule,)))
    question["policy"] |= {"price_rounding": "none"}
    purse = Purse(question)
    for held, found in zip(purse.held, asked(question)["positions"], strict=True):
        moved, against = purse.moved(held), -held.p.side
        if found.get("liquidation_reason") == "already":
            assert purse.short([], held.mark)
            continue
        assert not purse.short([], held.mark)
        price = found["liquidation_price"]
        if price is None:
            end = held.mark * 1000 if against > 0 else held.mark / 1000
        else:
            half = half_a_unit(price)
            assert (Fraction(price) - held.mark) * against >= -half
            assert purse.short(moved, Fraction(price) + against * half)
            end = Fraction(price) - against * half
        way = (held.mark + (end - held.mark) * Fraction(i, 60) for i in range(61))
        assert not any(purse.short(moved, at) for at in way if (end - held.mark) * against > 0)


@pytest.mark.rule("CAL-017")
@settings(max_examples=200, deadline=None)
@given(purses(), st.randoms(use_true_random=False))
def test_the_order_of_positions_and_balances_is_irrelevant(question: dict[str, Any], draw: Any) -> None:
    found = asked(question)
    order = list(range(len(question["positions"])))
    draw.shuffle(order)
    turned = question | {
        "positions": [question["positions"][i] for i in order],
        "balances": dict(reversed(question["balances"].items())),
    }
    other = asked(turned)
    assert [found["positions"][i] for i in order] == other.pop("positions")
    del found["positions"]
    assert found == other


@pytest.mark.rule("CAL-017")
@settings(max_examples=400, deadline=None)
@given(purses(most=1), decimals(900, 2, 0))
def test_one_position_alone_is_what_isolated_answers(question: dict[str, Any], balance: str) -> None:
    """Where there is a maintenance margin: without one a purse is never liquidatable."""
    for position in question["positions"]:
        position.pop("settlement", None)
        given_with_margin = {name: value for name, value in position.items() if name != "leverage"}
        if question["policy"]["close_fee"] == "reserve":
            given_with_margin.setdefault("reserve", "1.5")
        alone = {"calculate": "isolated", "margin": balance, "payoff": "linear", **given_with_margin}
        alone |= {name: question[name] for name in ("policy", "trust_deductions")}
        purse = {name: question[name] for name in ("calculate", "policy", "trust_deductions")}
        found = asked(purse | {"balances": {"USDT": balance}, "positions": [given_with_margin]})
        isolated = asked(alone)
        assert found["equity"] == isolated["equity"]
        assert found["maintenance_margin"] == isolated["maintenance_margin"]
        assert found["margin_ratio"] == isolated["margin_ratio"]
        (own,) = found["positions"]
        for name in ("notional", "unrealised_profit", "maintenance_margin", "bankruptcy_price"):
            assert own[name] == isolated[name]
        needs = [tier["rate"] for tier in position.get("tiers", [])] or [position["maintenance_rate"]]
        if all(map(Decimal, needs)) and not any("deduction" in tier for tier in position.get("tiers", [])):
            assert found["liquidatable"] == isolated["liquidatable"]
            assert own["liquidation_price"] == isolated["liquidation_price"]
            assert own.get("liquidation_reason") == isolated.get("liquidation_reason")


@pytest.mark.rule("CAL-017")
@settings(max_examples=200, deadline=None)
@given(purses(most=3), st.integers(0, 3))
def test_a_position_as_part_of_the_rest_changes_nothing_for_the_others(question: dict[str, Any], which: int) -> None:
    """Equity and margins of the purse are sums: what is listed and what is given as `rest` weigh the same."""
    question["policy"]["close_fee"] = "ignored"
    for i, position in enumerate(question["positions"]):
        position["symbol"] = f"S{i}"
        position.pop("reserve", None)
    if which >= len(question["positions"]):
        return
    found = asked(question)
    moved = found["positions"][which]
    rest = {
        name: str(Decimal(question["rest"].get(name, "0")) + moved[of])
        for name, of in (
            ("equity", "unrealised_profit"),
            ("initial_margin", "initial_margin"),
            ("maintenance_margin", "maintenance_margin"),
        )
    }
    others = [position for i, position in enumerate(question["positions"]) if i != which]
    if max(len(Decimal(value).as_tuple().digits) for value in rest.values()) > 20:
        return
    other = asked(question | {"positions": others, "rest": rest})
    for name in ("equity", "initial_margin", "maintenance_margin", "margin_ratio", "liquidatable"):
        assert found[name] == other[name]
    assert [own for i, own in enumerate(found["positions"]) if i != which] == other["positions"]
