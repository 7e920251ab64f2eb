"""derive_pmrm2.json, derive_pmrm1.json, derive_srm.json: portfolios as questions of `portfolio_margin`."""

import json
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from stoplog.calculator.lines import answer_line
from tests.conformance.cases import VECTORS, Answered, Case, Question

UNDERLYING = "ETH"
"""The published portfolios of one underlying do not name it."""

JUST_BEYOND = 1e-9
"""A figure is moved so far from zero before it is cut to whole dollars."""


def position(kind: str, amount: float, **fields: Any) -> Question:
    return {"kind": kind, "side": "long" if amount >= 0 else "short", "size": abs(amount), **fields}


def confident(inputs: dict[str, Any]) -> dict[str, Any]:
    """The fields of a confidence by the names of a question."""
    names = {"forward_conf": "forward_confidence", "rate_conf": "rate_confidence", "vol_conf": "volatility_confidence"}
    return {to: inputs[name] for name, to in names.items() if name in inputs}


def options(expiry: dict[str, Any], name: str, underlying: str) -> Iterator[Question]:
    for option in expiry["options"]:
        own = {"volatility": option["vol"]} if "vol" in option else {}
        kind = "call" if option["is_call"] else "put"
        fields = {"underlying": underlying, "expiry": name, "strike": option["strike"], **own, **confident(option)}
        yield position(kind, option["amount"], **fields)


def market_of(inputs: dict[str, Any], **expiry_fields: Callable[[dict[str, Any]], Any]) -> Question:
    """One underlying; `expiry_fields` says how each further field of an expiry is read."""
    return {
        "spot": inputs["spot"],
        "spot_confidence": inputs["spot_conf"],
        "perpetual": inputs["perp_price"],
        "perpetual_confidence": inputs["perp_conf"],
        "expiries": {
            f"E{n}": {"seconds": expiry["sec"], **confident(expiry)}
            | {name: read(expiry) for name, read in expiry_fields.items()}
            for n, expiry in enumerate(inputs["expiries"])
        },
    }


def field(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda expiry: expiry[name]


def held_options(inputs: dict[str, Any], underlying: str) -> Iterator[Question]:
    for n, expiry in enumerate(inputs["expiries"]):
        yield from options(expiry, f"E{n}", underlying)


def pmrm2(i: dict[str, Any]) -> Question:
    held = [position("cash", i["cash"]), *held_options(i, UNDERLYING)]
    if i["num_perps"]:
        gains = {"unrealised_profit": i["unrealised_perp_pnl"], "funding": i["unrealised_funding"]}
        held.append(position("perpetual", i["num_perps"], underlying=UNDERLYING, **gains))
    for asset in i["collaterals"]:
        fields = {"asset": asset["name"], "price": asset["price"], "confidence": asset["confidence"]}
        fields |= {"maintenance_haircut": asset["mm_haircut"], "initial_haircut": asset["im_haircut"]}
        held.append(position("collateral", asset["amount"], **fields, risk_cancelling=asset["risk_cancelling"]))
    market = market_of(i, forward=field("forward"), rate=field("rate"), svi=field("svi"))
    return {
        "model": "derive-pmrm",
        "market": {"stable_price": i["stable_price"], "underlyings": {UNDERLYING: market}},
        "positions": held,
    }


def pmrm1(i: dict[str, Any]) -> Question:
    held = [position("cash", i["cash"]), position("spot", i["base"], underlying=UNDERLYING)]
    held += held_options(i, UNDERLYING)
    if i["num_perps"]:
        held.append(position("perpetual", i["num_perps"], underlying=UNDERLYING, unrealised_profit=i["perp_pnl"]))
    market = market_of(
        i,
        forward=lambda expiry: expiry["forward_variable"] + expiry["forward_fixed"],
        forward_fixed=field("forward_fixed"),
        rate=field("rate"),
    )
    return {
        "model": "derive-pmrm-1",
        "market": {"stable_price": i["stable_price"], "underlyings": {UNDERLYING: market}},
        "positions": held,
    }


def srm(i: dict[str, Any]) -> Question:
    held, markets = [position("cash", i["cash"])], {}
    for own in i["markets"]:
        name = own["name"]
        markets[name] = market_of(own, forward=field("forward"))
        markets[name] |= {key: own[key] for key in ("base_margin_factor", "base_im_scale")}
        held += held_options(own, name)
        held += [position("spot", own["base_position"], underlying=name)] if own["base_position"] else []
        if own["perp_position"]:
            held.append(position("perpetual", own["perp_position"], underlying=name, unrealised_profit=own["perp_pnl"]))
    return {
        "model": "derive-srm",
        "market": {"stable_price": i["stable_price"], "underlyings": markets},
        "positions": held,
    }


FILES: dict[str, Callable[[dict[str, Any]], Question]] = {
    "derive_pmrm2": pmrm2,
    "derive_pmrm1": pmrm1,
    "derive_srm": srm,
}
"""File → the question of a case."""


@cache
def loaded(file: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / f"{file}.json").read_text(encoding="utf-8"))
    return found


def question_of(file: str, case: dict[str, Any]) -> Question:
    """The question of a case, its parameters and scenarios inline."""
    header, inputs = loaded(file), case["inputs"]
    parameters = dict(header["parameter_sets"][inputs["parameters"]])
    if "scenarios" in inputs:
        parameters["scenarios"] = header["scenario_sets"][inputs["scenarios"]]
    return {"calculate": "portfolio_margin", "parameters": parameters, **FILES[file](inputs)}


def answered(question: Question) -> dict[str, Any]:
    """The result of a question; it has one."""
    answer = json.loads(answer_line(json.dumps(question).encode())[0])
    assert "result" in answer, answer
    found: dict[str, Any] = answer["result"]
    return found


def balance(found: dict[str, Any], name: str) -> float:
    """Derive's margin balance."""
    return float(found["mark_to_market"] - found[name])


def figures(found: dict[str, Any], expected: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """(given, printed) of every figure of a case."""
    reads = {
        "mm": [balance(found, "maintenance_margin")],
        "im": [balance(found, "initial_margin")],
        "option_mtm": [found["values"]["options"]],
        "collateral_mtm": [found["values"]["collateral"]],
        "scenario_pnl": [scenario["profit"] for scenario in found["scenarios"]],
    }
    for name, printed in expected.items():
        yield from zip(reads[name], printed if isinstance(printed, list) else [printed], strict=True)


def checks(file: str, case: dict[str, Any]) -> Iterator[Answered]:
    question = question_of(file, case)
    for given, printed in figures(answered(question), case["expected"]):
        if case.get("compare") == "truncate_toward_zero":
            cut = math.trunc(given + math.copysign(JUST_BEYOND, given))
            yield Answered(question, Decimal(cut), Decimal(printed), Decimal(0))
        else:
            band = max(case.get("tolerance_abs", 1e-6), case.get("tolerance_rel", 1e-8) * abs(printed))
            yield Answered(question, Decimal(given), Decimal(printed), Decimal(band))


def derive_cases() -> list[Case]:
    """Every case of the three files."""
    return [
        Case(case["id"], "derive", f"{file}.json, {case['fn']}", tuple(checks(file, case)))
        for file in FILES
        for case in loaded(file)["cases"]
    ]
