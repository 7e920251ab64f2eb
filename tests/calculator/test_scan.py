"""The liquidation price of every policy against a scan: covered at every tick on the way, not covered beyond.

Nothing here knows a formula for a root: only what is covered at a price (`tests.calculator.slow.Position`).
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.calculator.lines import answer_line
from tests.calculator.slow import Position
from tests.calculator.test_against_slow import decimals, ladders

TICKS_MAX = 400


@st.composite
def policies(draw: st.DrawFn, rule: str) -> dict[str, Any]:
    """A position with a mark and a ladder whose floors it meets on its way."""
    payoff = draw(st.sampled_from(["linear", "inverse", "quanto"]))
    side = draw(st.sampled_from(["long", "short"]))
    question: dict[str, Any] = {
        "calculate": "isolated",
        "payoff": payoff,
        "side": side,
        "size": draw(decimals(60, 1)) if payoff != "inverse" else draw(decimals(60_000, 0)),
        "entry": draw(decimals(60, 1, 50)),
        "mark": draw(decimals(60, 1, 50)),
        "leverage": draw(decimals(9, 1, 5)),
        "tiers": draw(ladders(trusted=False, sloping=rule == "ramp")),
    }
    if payoff == "quanto":
        question["quanto_multiplier"] = "0.5"
    policy = {
        "tier_rule": rule,
        "maintenance_at": draw(st.sampled_from(["mark", "mark", "entry"])),
        "close_fee": draw(st.sampled_from(["ignored", "in_rate", "reserve"])),
        "fee_rate": draw(st.sampled_from(["0.0005", "0.02"])),
        "minimum_maintenance": draw(st.sampled_from(["0", "0", "9"])),
        "price_tick": draw(st.sampled_from(["0.5", "0.1"])),
    }
    return question | {"policy": policy}


def asked(question: dict[str, Any], rounding: str) -> dict[str, Any]:
    policy = question["policy"] | {"price_rounding": rounding}
    found: dict[str, Any] = json.loads(answer_line(json.dumps(question | {"policy": policy}).encode())[0])["result"]
    return found


def ticks(start: Fraction, end: Fraction, tick: Fraction) -> Iterator[Fraction]:
    """Every whole tick from `start` up to `end`, both included, of which there may be too many: then evenly fewer."""
    first, last = -(-start // tick), end // tick
    step = max(1, int(last - first) // TICKS_MAX)
    yield from (n * tick for n in range(int(first), int(last) + 1, step))


def half_a_unit(answer: Decimal) -> Fraction:
    """Half of the last of 28 digits."""
    return Fraction(10) ** (answer.adjusted() - 27) / 2


@pytest.mark.parametrize("rule", ["marginal", "step", "ramp"])
@pytest.mark.rule("CAL-004", "CAL-005", "CAL-012", "CAL-013", "CAL-014", "CAL-015")
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_covered_at_every_tick_up_to_the_price_and_not_covered_beyond(rule: str, data: st.DataObject) -> None:
    question = data.draw(policies(rule))
    position = Position(question)
    mark, tick = Fraction(question["mark"]), Fraction(question["policy"]["price_tick"])
    found = asked(question, "none")
    if found.get("liquidation_reason") == "already":
        assert not position.covered(mark)
        return
    assert position.covered(mark)
    against = -position.side
    if found["liquidation_price"] is None:
        end = mark * 1000 if against > 0 else tick
        assert all(position.covered(price) for price in ticks(min(mark, end), max(mark, end), tick))
        return
    price, half = Fraction(found["liquidation_price"]), half_a_unit(Decimal(found["liquidation_price"]))
    before, beyond = price - against * half, price + against * half
    assert (price - mark) * against >= -half
    assert all(position.covered(at) for at in ticks(min(mark, before), max(mark, before), tick))
    if (before - mark) * against > 0:
        assert position.covered(before)
    assert not position.covered(beyond)
    for rounding in ("toward_zero", "nearest", "against_holder", "for_holder"):
        position.rounding, position.tick = rounding, question["policy"]["price_tick"]
        near = {position.rounded(at) for at in (before, price, beyond)}
        assert Fraction(asked(question, rounding)["liquidation_price"]) in near


@pytest.mark.rule("CAL-012")
def test_a_step_swallows_the_root_or_leaves_two() -> None:
    step = {"tier_rule": "step"}
    tiers = [{"floor": 0, "rate": "0.01"}, {"floor": 1200, "rate": "0.2"}]
    short = {"payoff": "linear", "side": "short", "size": 10, "entry": 100, "margin": 300, "tiers": tiers}
    question = {"calculate": "isolated", "policy": step, **short}
    assert Decimal(asked(question | {"mark": 100}, "none")["liquidation_price"]) == 120
    assert asked(question | {"mark": 121}, "none")["liquidation_reason"] == "already"
    long = {"payoff": "linear", "side": "long", "size": 10, "entry": 150, "margin": 520, "tiers": tiers}
    question = {"calculate": "isolated", "policy": step, **long}
    assert Decimal(asked(question | {"mark": 150}, "none")["liquidation_price"]) == Decimal("122.5")
    below = asked(question | {"mark": 119}, "none")["liquidation_price"]
    assert below == "98.98989898989898989898989899"


def distance(question: dict[str, Any]) -> Fraction | None:
    """How far against the holder the liquidation price is from the mark: 0 where it is met, None where it never is."""
    found = asked(question, "none")
    if found["liquidation_price"] is None:
        return Fraction(0) if found["liquidation_reason"] == "already" else None
    side = 1 if question["side"] == "long" else -1
    return (Fraction(question["mark"]) - Fraction(found["liquidation_price"])) * side


def no_nearer(further: Fraction | None, nearer: Fraction | None) -> bool:
    return further is None or (nearer is not None and further >= nearer)


@pytest.mark.rule("CAL-016")
@settings(max_examples=400, deadline=None)
@given(
    data=st.data(),
    rule=st.sampled_from(["marginal", "step", "ramp"]),
    added=decimals(40, 1),
    steeper=st.sampled_from(["0.001", "0.2"]),
)
def test_more_margin_is_never_nearer_and_a_higher_rate_never_further(
    rule: str, data: st.DataObject, added: str, steeper: str
) -> None:
    question = data.draw(policies(rule))
    now = distance(question)
    assert no_nearer(distance(question | {"extra_margin": added}), now)
    tiers = [tier | {"rate": str(Decimal(tier["rate"]) + Decimal(steeper))} for tier in question["tiers"]]
    assert no_nearer(now, distance(question | {"tiers": tiers}))
