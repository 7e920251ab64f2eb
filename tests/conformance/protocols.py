"""Cases of protocols: those of one isolated position are questions, the others are asked of `stoplog.protocols`."""

from collections.abc import Callable, Iterator
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import Any

from tests.conformance import drift, dydx, others, vega
from tests.conformance.cases import Case, Check, Computed, Question, Read, figure

SLIP = Decimal("1e-24")
"""A quotient with 28 digits against one in rationals."""

QUANTUM = 10**6
"""Quote quanta of a dollar."""


def decimal(value: Any) -> Decimal:
    exact = Fraction(value)
    return Decimal(exact.numerator) / Decimal(exact.denominator)


def exactly(question: Question, read: Read, value: Any) -> Check:
    return Check(question, read, decimal(value), SLIP * max(1, abs(decimal(value))))


def gmx(i: dict[str, Any]) -> Question:
    """Collateral at its price is the margin; its price is that of now."""
    entry = Decimal(i["entry_index_price"])
    return {
        "venue": "gmx",
        "payoff": "linear",
        "side": "long" if i["is_long"] else "short",
        "size": str(Decimal(i["size_usd"]) / entry),
        "entry": str(entry),
        "mark": i["index_price"],
        "margin": str(Decimal(i["collateral_tokens"]) * Decimal(i["collateral_price"])),
        "maintenance_rate": i["min_collateral_factor"],
        "policy": {"minimum_maintenance": i["min_collateral_usd"]},
    }


def gmx_checks(case: dict[str, Any]) -> Iterator[Check]:
    inputs = case["inputs"]
    tokens, price = Decimal(inputs["collateral_tokens"]), Decimal(inputs["collateral_price"])
    reads: dict[str, Read] = {
        "remaining_collateral_usd": figure("equity"),
        "liquidatable": figure("liquidatable"),
        "min_collateral_for_leverage_usd": figure("maintenance_margin"),
        "collateral_returned": lambda found: min(tokens, max(Decimal(0), found["equity"]) / price),
    }
    for name, value in case["expected"].items():
        yield exactly(gmx(inputs), reads[name], value)


def hyperliquid_checks(case: dict[str, Any]) -> Iterator[Check]:
    i, expected = case["inputs"], case["expected"]
    plain: Question = {"venue": "hyperliquid", "payoff": "linear", "side": "long", "size": "1", "margin": "0"}
    if case["fn"] == "maintenance_margin":
        question = plain | {"entry": i["notional"], "mark": i["notional"], "tiers": leveraged(i["tiers"])}
        yield exactly(question, figure("maintenance_margin"), expected["maintenance_margin"])
    elif case["fn"] == "tiers":
        for tier, (rate, deduction) in zip(i["tiers"], expected["rates_and_deductions"], strict=True):
            at = str(Decimal(tier["lower"]) + 1)
            question = plain | {"entry": at, "mark": at, "tiers": leveraged(i["tiers"])}
            due = Decimal(rate) * Decimal(at) - Decimal(deduction)
            yield exactly(question, figure("maintenance_margin"), due)
    elif case["fn"] == "liq_price":
        question = plain | {"side": i["side"], "size": i["size"], "entry": i["price"], "mark": i["price"]}
        question |= {"margin": i.get("account_value", i.get("margin")), "tiers": leveraged([i])}
        yield exactly(question, figure("liquidation_price"), expected["liq_price"])
    elif case["fn"] == "transfer_requirement":
        del plain["margin"]
        question = plain | {"entry": i["notional"], "mark": i["notional"], "leverage": str(i["leverage"])}
        question |= {"extra_margin": i["notional"], "maintenance_rate": 0}
        stays = expected["margin_that_must_stay"]
        yield exactly(question, lambda found: found["equity"] - found["removable_margin"], stays)


def leveraged(tiers: list[dict[str, Any]]) -> list[Question]:
    return [{"floor": tier.get("lower", 0), "max_leverage": str(tier["max_leverage"])} for tier in tiers]


def dydx_checks(case: dict[str, Any]) -> Iterator[Check]:
    i, expected = case["inputs"], case["expected"]
    if case["fn"] == "initial_margin_quote_quantums" and i["oi_upper_cap"] == 0:
        rate = Decimal(i["initial_margin_ppm"]) / QUANTUM
        question: Question = {"venue": "dydx-v4", "payoff": "linear", "side": "long", "size": "1", "margin": 0}
        question |= {
            "entry": i["notional_quote_quantums"],
            "tiers": [{"floor": 0, "rate": 0, "initial_rate": str(rate)}],
        }
        yield exactly(question, figure("initial_margin"), expected["initial_margin"])
    if len(i.get("positions", [])) != 1 or "error" in expected:
        return
    question = one_holding(i)
    if case["fn"] == "is_liquidatable":
        yield exactly(question, figure("liquidatable"), expected["is_liquidatable"])
    if case["fn"] == "bankruptcy_price_quote_quantums":
        closed = -Decimal(i["delta_quantums"]) * lot(i)
        value = expected["bankruptcy_price_quote_quantums"]
        yield exactly(
            question, lambda found: (found["bankruptcy_price"] * closed * QUANTUM).to_integral(ROUND_CEILING), value
        )


def one_holding(i: dict[str, Any]) -> Question:
    """One position in its subaccount, entered at the oracle price: net collateral is what was put in."""
    ((_, quantums),) = i["positions"]
    market = i["markets"]["BTC"]
    notional = Decimal(quantums) * lot(i) * Decimal(market["price"])
    rate = Decimal(market["imf_ppm"]) * market["maintenance_fraction_ppm"] / QUANTUM**2
    return {
        "venue": "dydx-v4",
        "payoff": "linear",
        "side": "long" if quantums > 0 else "short",
        "size": str(abs(quantums) * lot(i)),
        "entry": market["price"],
        "mark": market["price"],
        "margin": 0,
        "extra_margin": str(Decimal(i["quote_quantums"]) / QUANTUM + notional),
        "maintenance_rate": str(rate),
    }


def lot(i: dict[str, Any]) -> Decimal:
    return Decimal(1).scaleb(i["markets"]["BTC"]["atomic_resolution"])


def vega_checks(case: dict[str, Any]) -> Iterator[Check]:
    """A position whose rate holds slippage and risk factor; funding that is due has been taken from the margin."""
    i = case["inputs"]
    if case["fn"] != "liquidation_price":
        return
    volume = Decimal(i["open_volume"])
    side = "long" if volume > 0 else "short"
    rate = Decimal(i["linear_slippage"]) + Decimal(i["quadratic_slippage"]) * abs(volume) + Decimal(i[f"rf_{side}"])
    if rate >= 1:
        return
    question: Question = {"payoff": "linear", "side": side, "size": str(abs(volume)), "maintenance_rate": str(rate)}
    question |= {"entry": i["mark_price"], "margin": i["collateral"]}
    question["extra_margin"] = str(-max(Decimal(0), volume * Decimal(i["funding_per_unit"])))
    yield exactly(question, figure("liquidation_price"), case["expected"]["liquidation_price"])


def nothing(case: dict[str, Any]) -> Iterator[Check]:
    del case
    yield from ()


PROTOCOLS: dict[str, tuple[str, Callable[[dict[str, Any]], Iterator[Check]]]] = {
    "hyperliquid": ("hyperliquid", hyperliquid_checks),
    "dydx": ("dydx-v4", dydx_checks),
    "drift": ("drift", nothing),
    "gmx": ("gmx", gmx_checks),
    "vega": ("vega", vega_checks),
    "paradex": ("paradex", nothing),
    "synthetix": ("synthetix", nothing),
}
"""File → its preset or venue, and the questions of a case."""

ANSWERS: dict[str, dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "hyperliquid": others.HYPERLIQUID,
    "dydx": dydx.ANSWERS,
    "drift": drift.ANSWERS,
    "gmx": others.GMX,
    "vega": vega.ANSWERS,
    "paradex": others.PARADEX,
    "synthetix": others.SYNTHETIX,
}
"""File → function → what the rules answer, by the names of what is printed."""

DEFECT = "vega-pc-04"

NOTES = {DEFECT: "a defect of the source, which takes the size of a short for a long's: it gives 28, the rule 31"}
"""Cases that must not come out although the source does not contradict itself."""


def computed(file: str, case: dict[str, Any]) -> Iterator[Computed]:
    """Every printed figure of a case beside what the rule gives; words and truths are 1 where they are the same."""
    answers = ANSWERS[file][case["fn"]](case["inputs"])
    for name, printed in case["expected"].items():
        tolerance = Fraction(case.get("tolerances", {}).get(name, 0))
        for given, value in zip(flat(answers[name]), flat(printed), strict=True):
            relative = Fraction(str(case.get("tolerance_rel", 0)))
            if isinstance(number(value), Fraction) and isinstance(number(given), Fraction):
                yield Computed(number(given), number(value), tolerance + relative * abs(number(value)))
            else:
                yield Computed(Fraction(given == value), Fraction(1))


def flat(value: Any) -> list[Any]:
    """The figures in lists of lists, in order."""
    return [part for item in value for part in flat(item)] if isinstance(value, (list, tuple)) else [value]


def number(value: Any) -> Any:
    """An exact number; anything else as it is."""
    if isinstance(value, bool):
        return value
    try:
        return Fraction(value)
    except (TypeError, ValueError):
        return value


def protocol_case(file: str, case: dict[str, Any]) -> Case:
    venue, questions = PROTOCOLS[file]
    checks = tuple(questions(case)) or tuple(computed(file, case))
    return Case(case["id"], venue, f"{file}.json, {case['fn']}", checks, note=NOTES.get(case["id"], ""))
