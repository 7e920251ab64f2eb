"""Random compartments with orders, and answers read back as decimals."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.calculator.test_against_slow import decimals

NAMES = {"operation", "side", "liquidation_reason"}


def decimals_in(value: Any, name: str = "") -> Any:
    """The same with every number that is written in a string as a decimal."""
    if isinstance(value, dict):
        return {key: decimals_in(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [decimals_in(part, name) for part in value]
    return Decimal(value) if isinstance(value, str) and name not in NAMES | {"orders_in_the_way"} else value


@st.composite
def ladders(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Tiers whose initial rates do not fall."""
    count = draw(st.integers(1, 4))
    floors = [0, *sorted(draw(st.sets(st.integers(1, 3000), min_size=count - 1, max_size=count - 1)))]
    rates = sorted(draw(st.lists(st.integers(0, 300), min_size=count, max_size=count)))
    initial = sorted(draw(st.lists(st.integers(1, 600), min_size=count, max_size=count)))
    return [
        {"floor": str(floor), "rate": str(Decimal(rate).scaleb(-3)), "initial_rate": str(Decimal(own).scaleb(-3))}
        for floor, rate, own in zip(floors, rates, initial, strict=True)
    ]


def orders() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"side": st.sampled_from(["buy", "sell"]), "size": decimals(60, 2), "price": decimals(50, 2)}
    )


@st.composite
def holdings(draw: st.DrawFn, *, flat: bool = False, most: int = 4) -> dict[str, Any]:
    payoff = draw(st.sampled_from(["linear", "inverse", "quanto"]))
    rule = draw(st.sampled_from(["marginal", "step", "ramp"]))
    question: dict[str, Any] = {"payoff": payoff, "mark": draw(decimals(50, 2)), "margin": draw(decimals(900, 2, 0))}
    if not flat:
        question |= {
            "side": draw(st.sampled_from(["long", "short"])),
            "size": draw(decimals(60, 2)),
            "entry": draw(decimals(50, 2)),
        }
    if payoff == "quanto":
        question["quanto_multiplier"] = draw(decimals(3, 2))
    if draw(st.booleans()):
        question["tiers"] = draw(ladders())
        if rule == "ramp":
            question["tiers"][-1]["slope"] = draw(st.sampled_from(["0", "0.001", "0.00003"]))
    else:
        question["maintenance_rate"] = str(Decimal(draw(st.integers(0, 300))).scaleb(-3))
    if "tiers" not in question or draw(st.booleans()):
        question["leverage"] = draw(decimals(30, 1))
    if draw(st.booleans()):
        question["extra_margin"] = draw(decimals(90, 2, -9000))
    question["orders"] = draw(st.lists(orders(), max_size=most))
    return question | {
        "policy": {
            "tier_rule": rule,
            "maintenance_at": draw(st.sampled_from(["mark", "entry"])),
            "close_fee": draw(st.sampled_from(["ignored", "in_rate", "reserve"])),
            "fee_rate": draw(st.sampled_from(["0", "0.0005", "0.3"])),
            "removable_floor_rate": draw(st.sampled_from(["0", "0.1"])),
            "minimum_maintenance": draw(st.sampled_from(["0", "0", "2.5"])),
        }
    }
