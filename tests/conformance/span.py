"""span_takasbank.json, asked of `stoplog calc`, and the SPAN cases of exchanges.json, asked of `stoplog.span`."""

import json
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from stoplog.span.arrays import future_array
from stoplog.span.counting import Contract
from stoplog.span.layout import PointSet
from stoplog.span.parameters import Parameters
from stoplog.span.points import delta_points, scan_points
from stoplog.span.results import Position
from stoplog.span.scanning import scan_of
from stoplog.span.spreading import deltas_by_month
from stoplog.span.terms import CommodityTerms
from tests.conformance.cases import VECTORS, Case, Check, Computed, Question, figure

RELATIVE = Decimal("1e-6")

NAMES = {
    "scan": "scan",
    "intra": "intra",
    "inter": "inter",
    "som": "short_option_minimum",
    "risk": "requirement",
    "wfpr": "weighted_futures_price_risk",
}
"""Field of a case → field of an answer."""

PLACES = 10**12

TERMS = CommodityTerms("GC", "USD", 0, (), (), (), False, False, "NORMAL", None, {}, None)


def takasbank_cases() -> list[Case]:
    path = VECTORS / "span_takasbank.json"
    found = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal)["cases"]
    return [
        Case(venue="takasbank", id=case["id"], source="span_takasbank.json", checks=tuple(portfolio_checks(case)))
        for case in found
    ]


def portfolio_checks(case: dict[str, Any]) -> Iterator[Check]:
    positions = [[[*map(str, key)], str(quantity)] for key, quantity in case["positions"]]
    asked: Question = {"calculate": "span", "file": str(VECTORS / case["file"]), "positions": positions}
    for name in ("initial", "maintenance", "net_option_value"):
        yield nearly(asked, name, case["expected"][name])
    for commodity, expected in case["expected"]["ccs"].items():
        for name, value in expected.items():
            yield nearly(asked, f"{commodity}.{NAMES[name]}", value)


def nearly(asked: Question, name: str, value: Decimal) -> Check:
    return Check(asked, figure(name), value, RELATIVE * max(Decimal(1), abs(value)))


def future_array_checks(inputs: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Computed]:
    points = PointSet(rate=1, scan=scan_points(inputs["extreme_mult"], inputs["cover"]), delta=delta_points())
    array = future_array(float(inputs["scan"]), points)
    for loss, printed in zip(array, expected["array"], strict=True):
        yield Computed(Fraction(round(loss)), Fraction(printed))


def scan_checks(inputs: dict[str, Any], expected: dict[str, Any]) -> Iterator[Computed]:
    losses = tuple(int(loss) for loss in inputs["array"])
    made = contract(losses=losses)
    for side, quantity in (("long", 1), ("short", -1)):
        scan = scan_of(parameters(), TERMS, [Position(made, quantity)])
        yield within(scan.risk, expected[side])
        yield within(Fraction(scan.active), expected[f"{side}_active"])


def delta_checks(inputs: dict[str, Any], expected: dict[str, Any]) -> Iterator[Computed]:
    deltas = [
        deltas_by_month([Position(contract(delta=int(delta * scaling * PLACES)), int(quantity))], PLACES)["202512"]
        for quantity, delta, scaling in inputs["positions"]
    ]
    for delta, printed in zip(deltas, expected["values"], strict=True):
        yield Computed(delta, Fraction(printed), Fraction(1, 10**9))
    yield within(sum((delta for delta in deltas if delta < 0), Fraction(0)), expected["short"])
    yield within(sum((delta for delta in deltas if delta > 0), Fraction(0)), expected["long"])


def within(given: Fraction, expected: list[Any]) -> Computed:
    return Computed(given, Fraction(expected[0]), Fraction(expected[1]) + Fraction(1, 10**12))


def contract(losses: tuple[int, ...] = (), delta: int = 0) -> Contract:
    return Contract(("F", "GC", "202512"), "CMX", 0, "202512", "202512", "", False, None, losses, delta)


def parameters() -> Parameters:
    points = scan_points(Decimal(3), Decimal("0.33"))
    paired = tuple(point.paired - 1 for point in points)
    return Parameters("CME", "20250912", 1, 1, points, paired, False, False, True, {}, (TERMS,), (), ())


SPAN = {
    "span_future_array": ("cme", future_array_checks),
    "span_scan": ("cme", scan_checks),
    "span_delta": ("kdpw", delta_checks),
}
"""Kinds of exchanges.json, with the venue and the checks."""
