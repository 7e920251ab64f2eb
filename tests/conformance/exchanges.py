"""exchanges.json: cases of isolated margin and purses as questions, and those of other modules."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from stoplog.protocols import bitmex
from tests.conformance.cases import Case, Check, Computed, Question, Read, exchange_tolerance, figure, side_of
from tests.conformance.options import OPTIONS
from tests.conformance.portfolios import PORTFOLIOS
from tests.conformance.purses import of_first, purse
from tests.conformance.span import SPAN


def binance_tier(rate: Any, deduction: Any) -> Question:
    """One tier alone, as the venue printed it."""
    return {"tiers": [{"floor": 0, "rate": str(rate), "deduction": str(deduction)}], "trust_deductions": True}


def binance_linear_liq(i: dict[str, Decimal]) -> Question:
    return {
        "venue": "binance-usdm",
        "payoff": "linear",
        "side": side_of(i["side"]),
        "size": str(i["qty"]),
        "entry": str(i["entry"]),
        "margin": str(i["wb"]),
        "extra_margin": str(i["upnl"] - i["tmm"]),
        **binance_tier(i["mmr"], i["cum"]),
    }


def binance_inverse_liq(i: dict[str, Decimal]) -> Question:
    rounding = {} if i["tick"] is None else {"price_tick": str(i["tick"]), "price_rounding": "toward_zero"}
    return {
        "venue": "binance-coinm",
        "payoff": "inverse",
        "side": side_of(i["side"]),
        "size": str(i["contracts"] * i["multiplier"]),
        "entry": str(i["entry"]),
        "margin": str(i["wb"]),
        "extra_margin": str(i["upnl"] - i["tmm"]),
        "policy": rounding,
        **binance_tier(i["mmr"], i["cum"]),
    }


def purse_of_binance(question: Question, i: dict[str, Decimal]) -> Question:
    """The same as a purse: profit and maintenance of the other positions are its rest."""
    fields = {name: question[name] for name in ("venue", "trust_deductions", "policy") if name in question}
    return purse(as_held(question), equity=i["wb"] + i["upnl"], maintenance=i["tmm"], **fields)


def as_held(question: Question) -> Question:
    names = ("payoff", "side", "size", "entry", "mark", "tiers")
    return {name: question[name] for name in names if name in question}


def hl_liq(i: dict[str, Decimal]) -> Question:
    return {
        "venue": "hyperliquid",
        "payoff": "linear",
        "side": side_of(i["side"]),
        "size": str(i["qty"]),
        "entry": str(i["entry"]),
        "margin": str(i["collateral"]),
        "tiers": [{"floor": 0, "max_leverage": str(i["max_leverage"])}],
    }


def wallet(i: dict[str, Decimal]) -> Question:
    return {
        "venue": "binance-usdm",
        "payoff": "linear",
        "side": side_of(i["side"]),
        "size": str(i["qty"]),
        "entry": str(i["entry"]),
        "mark": str(i["mark"]),
        "margin": str(i["wallet"]),
        "maintenance_rate": 0,
    }


def bybit_linear_iso(i: dict[str, Decimal]) -> Question:
    return {
        "venue": "bybit-linear",
        "payoff": "linear",
        "side": side_of(i["side"]),
        "size": str(i["qty"]),
        "entry": str(i["entry"]),
        "mark": str(i["entry"]),
        "leverage": str(i["leverage"]),
        "extra_margin": str(i["extra"]),
        "policy": {"fee_rate": "0.00055"},
        **binance_tier(i["mmr"], i["deduction"]),
    }


def bybit_inverse_iso_2020(i: dict[str, Decimal]) -> Question:
    """The older rule: maintenance at entry; any size gives the same prices."""
    return {
        "venue": "bybit-inverse",
        "payoff": "inverse",
        "side": side_of(i["side"]),
        "size": "1000",
        "entry": str(i["entry"]),
        "leverage": str(i["leverage"]),
        "maintenance_rate": str(i["mmr"]),
        "policy": {"maintenance_at": "entry"},
    }


def rounded_2020(question: Question, tick: Decimal) -> Question:
    policy = question["policy"] | {"price_rounding": "against_holder", "price_tick": str(tick)}
    return question | {"policy": policy}


def okx_linear_iso(i: dict[str, Decimal]) -> Question:
    return {
        "venue": "okx",
        "payoff": "linear",
        "side": side_of(i["side"]),
        "size": str(i["qty"]),
        "entry": str(i["entry"]),
        "margin": str(i["margin"]),
        "maintenance_rate": str(i["mmr"]),
        "policy": {"fee_rate": str(i["fee"])},
    }


def linear_cross_simple(i: dict[str, Decimal]) -> Question:
    """One position alone in its purse, which is then a compartment."""
    return {
        "venue": "bitmex",
        "payoff": "linear",
        "side": side_of(i["side"]),
        "size": str(i["qty"]),
        "entry": str(i["entry"]),
        "mark": str(i["entry"]),
        "margin": str(i["balance"]),
        "tiers": [{"floor": 0, "rate": str(i["mmr"]), "initial_rate": str(i["imr"])}],
    }


def purse_of_one(question: Question, i: dict[str, Decimal]) -> Question:
    return purse(as_held(question), equity=i["balance"], venue="bitmex")


def bitmex_inverse_live(i: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Computed]:
    """By the venue's own counting in whole satoshi; its tick is half a dollar."""
    rates = (Fraction(i[name]) for name in ("entry", "leverage", "fee", "mmr"))
    held, tick = bitmex.Position(int(i["qty"]), *rates, int(i["posComm"])), Fraction(1, 2)
    found = bitmex.margins(held)
    given = {
        "posCost": found.cost,
        "posInit": found.initial,
        "posComm_est": found.closing_fee,
        "posMaint": found.maintenance,
        "bust": bitmex.bankruptcy_price(held, tick),
        "liq": bitmex.liquidation_price(held, tick),
    }
    for name, value in expected.items():
        printed, tolerance = map(Fraction, exchange_tolerance(value))
        yield Computed(Fraction(given[name]), printed, tolerance)


def dynamic_risk_limit(i: dict[str, Decimal]) -> Question:
    tier = {"rate": str(i["mm0"]), "initial_rate": str(i["im0"])}
    return {
        "payoff": "linear",
        "side": "long",
        "size": str(i["value"]),
        "entry": "1",
        "mark": "1",
        "margin": "0",
        "tiers": [{"floor": 0, **tier}, {"floor": str(i["base"]), "slope": str(i["q"]), **tier}],
        "policy": {"tier_rule": "ramp"},
    }


Asked = Callable[[dict[str, Decimal]], Question]

LIQ = {"liq": figure("liquidation_price")}

BOUNDS = LIQ | {"bust": figure("bankruptcy_price")}

REQUIRED = {"im": figure("initial_margin"), "mm": figure("maintenance_margin")}

KINDS: dict[str, tuple[str, Asked, dict[str, Read]]] = {
    "binance_linear_liq": ("binance-usdm", binance_linear_liq, LIQ),
    "binance_inverse_liq": ("binance-coinm", binance_inverse_liq, LIQ),
    "hl_liq": ("hyperliquid", hl_liq, LIQ),
    "equity": (
        "binance-usdm",
        wallet,
        {"upnl": figure("unrealised_profit"), "margin": figure("equity"), "notional": figure("notional")},
    ),
    "bybit_linear_iso": ("bybit-linear", bybit_linear_iso, LIQ | REQUIRED),
    "okx_linear_iso": ("okx", okx_linear_iso, LIQ),
    "linear_cross_simple": (
        "bitmex",
        linear_cross_simple,
        BOUNDS | REQUIRED | {"available": figure("removable_margin")},
    ),
    "dynamic_risk_limit": (
        "bigone",
        dynamic_risk_limit,
        REQUIRED
        | {
            "mmr": lambda found: found["maintenance_margin"] / found["notional"],
            "imr": lambda found: found["initial_margin"] / found["notional_at_entry"],
        },
    ),
}
"""Kind of a case → its preset or venue, the question, and how each expected field is read."""

PURSE_LIQ = {"liq": of_first("liquidation_price")}

PURSES: dict[str, tuple[Callable[[Question, dict[str, Decimal]], Question], dict[str, Read]]] = {
    "binance_linear_liq": (purse_of_binance, PURSE_LIQ),
    "binance_inverse_liq": (purse_of_binance, PURSE_LIQ),
    "linear_cross_simple": (
        purse_of_one,
        PURSE_LIQ
        | REQUIRED
        | {
            "bust": of_first("bankruptcy_price"),
            "available": lambda found: found["equity"] - found["initial_margin"],
        },
    ),
}
"""Kinds that are asked of `cross` too: the purse that a question stands for, and how each expected field is read."""


def deduction_checks(rows: list[Question], first: int, expected: dict[str, Any], *, trust: bool) -> Iterator[Check]:
    """A deduction is read off as notional · rate − maintenance at a notional inside the tier."""
    for name, value in expected.items():
        row = rows[first + int(name.removeprefix("cum_")) - 1]
        notional = Decimal(row["floor"]) + 1
        question: Question = {"payoff": "linear", "side": "long", "size": 1, "entry": str(notional)}
        question |= {"mark": str(notional), "leverage": 1, "tiers": rows, "trust_deductions": trust}
        yield Check(question, deduction_reader(Decimal(row["rate"])), *exchange_tolerance(value))


def deduction_reader(rate: Decimal) -> Read:
    return lambda found: found["notional"] * rate - found["maintenance_margin"]


def exchange_case(case: dict[str, Any]) -> Case | None:
    """The case; None where its kind has no question."""
    kind, inputs, expected = case["kind"], case["inputs"], case["expected"]
    case_of = {"id": case["id"], "source": f"exchanges.json, {kind}"}
    if kind in WHOLE:
        venue, checked = WHOLE[kind]
        return Case(venue=venue, checks=tuple(checked(inputs, expected)), note=NOTES.get(case["id"], ""), **case_of)
    if kind in KINDS:
        venue, asked, reads = KINDS[kind]
        checks = tuple(
            Check(asked(inputs), reads[name], *exchange_tolerance(value)) for name, value in expected.items()
        )
        if kind in PURSES:
            held, reads = PURSES[kind]
            question = held(asked(inputs), inputs)
            checks += tuple(
                Check(question, reads[name], *exchange_tolerance(value)) for name, value in expected.items()
            )
        return Case(venue=venue, checks=checks, **case_of)
    rows = [{"floor": str(floor), "rate": str(rate)} for floor, rate in inputs.get("tiers", [])]
    if kind == "tier_cum":
        return Case(venue="binance-usdm", checks=tuple(deduction_checks(rows, 0, expected, trust=False)), **case_of)
    if kind == "tier_cum_from":
        before = {"floor": "0", "rate": str(inputs["prev_mmr"]), "deduction": str(inputs["prev_cum"])}
        checks = tuple(deduction_checks([before, *rows], 1, expected, trust=True))
        return Case(venue="binance-coinm", checks=checks, **case_of)
    return None


def checks_2020(inputs: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Check]:
    raw = bybit_inverse_iso_2020(inputs)
    asked = {"bust_raw": raw, "bust": rounded_2020(raw, inputs["tick"]), "liq": rounded_2020(raw, inputs["tick"])}
    reads = BOUNDS | {"bust_raw": figure("bankruptcy_price")}
    for name, value in expected.items():
        yield Check(asked[name], reads[name], *exchange_tolerance(value))


NOTES = {"hl-pm-full": "the page reckons with 83.3 % where its rule gives 5/6"}
"""What is different where a number of these does not come out."""

WHOLE: dict[str, tuple[str, Callable[..., Iterator[Check | Computed]]]] = {
    "bybit_inverse_iso_2020": ("bybit-inverse", checks_2020),
    "bitmex_inverse_live": ("bitmex", bitmex_inverse_live),
    **OPTIONS,
    **PORTFOLIOS,
    **SPAN,
}
"""Kinds whose checks are made at once."""
