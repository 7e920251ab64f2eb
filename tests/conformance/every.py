"""Every case of a venue that has a preset, and of others the isolated ones."""

import json
from decimal import Decimal
from functools import cache
from typing import Any

from tests.conformance.cases import VECTORS, Case
from tests.conformance.exchanges import exchange_case
from tests.conformance.positions import position_case
from tests.conformance.protocols import ALONE, PROTOCOLS, protocol_case

FILES = ("vega", "dydx", "drift", "gmx", "hyperliquid", "paradex", "synthetix", "exchanges")
"""Files whose cases may be marked as contradictions."""


def loaded(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["cases"]


def counted(file: str, case: dict[str, Any]) -> bool:
    return ALONE.get(file) in (None, case["fn"])


@cache
def cases() -> tuple[Case, ...]:
    """In the order of the files; empty where the files are absent."""
    if not VECTORS.is_dir():
        return ()
    text = (VECTORS / "exchanges.json").read_text(encoding="utf-8")
    exchanges = json.loads(text, parse_float=Decimal, parse_int=Decimal)["cases"]
    rows = [json.loads(line) for line in (VECTORS / "positions.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [exchange_case(case) for case in exchanges] + [position_case(row) for row in rows]
    found += [protocol_case(file, case) for file in PROTOCOLS for case in loaded(file) if counted(file, case)]
    return tuple(case for case in found if case is not None)


@cache
def contradictions() -> tuple[tuple[str, str, str], ...]:
    """(case, file, what the source says) of every case marked `expected_to_fail`."""
    if not VECTORS.is_dir():
        return ()
    return tuple(
        (case["id"], f"{name}.json, {case['fn']}", str(case.get("note") or case.get("notes") or ""))
        for name in FILES
        for case in loaded(name)
        if case.get("expected_to_fail")
    )
