"""exchanges.json: portfolio margin of Deribit, OKX and Bybit as questions of `portfolio_margin`."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from stoplog.pricing.scenarios import MONTH, VolatilityShock
from tests.conformance.cases import Answered, Computed, Question, exchange_tolerance
from tests.conformance.derive import answered, position

COIN = "COIN"

MARGINS = {"im": "initial_margin", "mm": "maintenance_margin", "imr": "initial_margin", "mmr": "maintenance_margin"}

OF_MODEL = (
    "price_range",
    "buckets",
    "pnl_offset",
    "min_annualised_move",
    "annualised_move_risk",
    "mm_factor",
    "table_factor",
    "extended_dampener_usd",
)


def numbers(inputs: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: str(inputs[name]) for name in names}


def against(question: Question, given: dict[str, float], expected: dict[str, Any]) -> Iterator[Answered]:
    for name, value in expected.items():
        truth = [int(value[0]), 0] if isinstance(value[0], bool) else value
        yield Answered(question, Decimal(given[name]), *exchange_tolerance(truth))


def deribit_pme_linear(i: dict[str, Any], expected: dict[str, Any]) -> Iterator[Answered]:
    """The whole account is one question; what a single position wins is asked of it alone, gains whole and undamped."""
    held = [coins(one) for one in i["positions"]]
    charges = numbers(i, "mmp_margin", "open_orders_margin", "delta_shock")
    question = deribit_question(i, held) | {"given": {"charges": charges}}
    found = answered(question)
    of = {each["name"]: each["profit"] for each in found["scenarios"]}
    first, last = (100 * float(i["price_range"]) * side for side in (-1, 1))
    figures = {
        "std_first": found["scenarios"][0]["profit"],
        "agg_left": of[f"{first:+.6g}% same"],
        "worst_case": found["charges"]["worst_case"],
        "roll_shock": found["charges"]["roll_shock"],
        "risk_matrix_margin": found["maintenance_margin"] / float(i["mm_factor"]),
        "im": found["initial_margin"],
        "mm": found["maintenance_margin"],
        "agg_ext_all_zero": float(all(abs(of[name]) <= 1e-15 for name in of if name.endswith("extended"))),
    }
    bare = i | {"pnl_offset": Decimal(1), "extended_dampener_usd": Decimal(0)}
    for name, place in (("perp", 0), ("fut", 1)):
        if place < len(held):
            alone = answered(deribit_question(bare, held[place : place + 1]))["scenarios"]
            wins = {each["name"]: each["profit"] for each in alone}
            figures |= {f"{name}_left": wins[f"{first:+.6g}% same"], f"{name}_right": wins[f"{last:+.6g}% same"]}
            figures |= {f"{name}_ext_m66": wins["-66% extended"], f"{name}_ext_p500": wins["+500% extended"]}
    yield from against(question, figures, expected)


def coins(one: dict[str, Any]) -> Question:
    """A position as a question has it; sizes are in coin."""
    fields: Question = {"underlying": COIN, "payoff": "inverse"}
    if one["kind"] == "perp":
        return position("perpetual", float(one["size"]), **fields)
    return position("future", float(one["size"]), years=str(one["years"]), **fields)


def deribit_question(i: dict[str, Any], held: list[Question]) -> Question:
    return {
        "calculate": "portfolio_margin",
        "model": "deribit-pm",
        "parameters": numbers(i, *OF_MODEL),
        "market": {"underlyings": {COIN: {"spot": str(i["index"])}}},
        "positions": held,
    }


def okx_pm_unit(i: dict[str, Any], expected: dict[str, Any]) -> Iterator[Answered]:
    question: Question = {
        "calculate": "portfolio_margin",
        "model": "okx-pm",
        "parameters": numbers(i, "extreme_weight", "basis_rate", "min_charge_rate", "imr_factor"),
        "given": {
            "scenarios": [{"name": move, "profit": str(profit)} for move, profit in i["mr1_grid"].items()],
            "charges": numbers(i, "mr2", "mr3", "mr5"),
            "extreme": str(i["extreme_pnl"]),
            "delta": str(i["delta_usd"]),
        },
    }
    found = answered(question)
    figures = found["charges"] | {name: found[field] for name, field in MARGINS.items()}
    yield from against(question, figures, expected)


def bybit_pm(i: dict[str, Any], expected: dict[str, Any]) -> Iterator[Answered]:
    """Perpetuals, options and the spot hedge add up at each move of price and volatility."""
    scenarios = [
        {"name": f"{move} {word}", "profit": str(perpetual + option + hedge)}
        for word, column in i["option_by_iv"].items()
        for move, perpetual, option, hedge in zip(i["price"], i["perp"], column, i["spot_hedge"], strict=True)
    ]
    charges = numbers(i["contingency"], *i["contingency"])
    question: Question = {
        "calculate": "portfolio_margin",
        "model": "bybit-pm",
        "parameters": {"im_factor": str(i["printed_im"] / i["printed_mm"])},
        "given": {"scenarios": scenarios, "charges": charges},
    }
    found = answered(question)
    move, word = found["worst_scenario"].split()
    figures = {
        "all_worst": -found["charges"]["worst_case"],
        "worst_price": float(move),
        "contingency": sum(found["charges"][name] for name in charges),
        "mm": found["maintenance_margin"],
        "im_over_mm": found["initial_margin"] / found["maintenance_margin"],
    }
    same = word == expected["worst_iv"][0]
    yield Answered(question, Decimal(same), Decimal(1), Decimal(0))
    yield from against(question, figures, {name: value for name, value in expected.items() if name != "worst_iv"})


def vol_sqrt(i: dict[str, Any], expected: dict[str, Any]) -> Iterator[Computed]:
    """The shock of an earlier version: the same rule with a power of one half."""
    shock = VolatilityShock(float(i["base"]), 0.0, 0.5, 0.5, 0.0)
    found = shock.factor("Up", MONTH / 30 * float(i["days"])) - 1
    yield Computed(Fraction(found), *map(Fraction, exchange_tolerance(expected["vol"])))


PORTFOLIOS: dict[str, tuple[str, Callable[..., Iterator[Answered | Computed]]]] = {
    "deribit_pme_linear": ("deribit", deribit_pme_linear),
    "okx_pm_unit": ("okx", okx_pm_unit),
    "bybit_pm": ("bybit-linear", bybit_pm),
    "vol_sqrt": ("deribit", vol_sqrt),
}
"""Kind of a case → its preset or venue, and what makes its checks."""
