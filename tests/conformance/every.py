"""Every case of protocols, of SPAN and of venues that have presets, and of others isolated positions and purses."""

import json
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

from tests.conformance.auction import auction_cases
from tests.conformance.cases import VECTORS, Case
from tests.conformance.derive import derive_cases
from tests.conformance.exchanges import exchange_case
from tests.conformance.positions import position_case
from tests.conformance.protocols import PROTOCOLS, protocol_case
from tests.conformance.purses import ACCOUNT, account_case
from tests.conformance.span import takasbank_cases


def loaded(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["cases"]


def of_protocols(*, contradicting: bool) -> list[tuple[str, dict[str, Any]]]:
    """(file, case) of every case of a protocol that is, or is not, marked as a contradiction of its source."""
    every = [(file, case) for file in PROTOCOLS for case in loaded(file)]
    return [(file, case) for file, case in every if case.get("expected_to_fail", False) == contradicting]


@cache
def cases() -> tuple[Case, ...]:
    """In the order of the files; empty where the files are absent."""
    if not VECTORS.is_dir():
        return ()
    text = (VECTORS / "exchanges.json").read_text(encoding="utf-8")
    exchanges = json.loads(text, parse_float=Decimal, parse_int=Decimal)["cases"]
    rows = [json.loads(line) for line in (VECTORS / "positions.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [exchange_case(case) for case in exchanges] + [position_case(row) for row in rows]
    found += [account_case()] if ACCOUNT.exists() else []
    found += takasbank_cases()
    found += [protocol_case(file, case) for file, case in of_protocols(contradicting=False)]
    found += derive_cases() + auction_cases()
    return tuple(case for case in found if case is not None)


@cache
def contradictions() -> tuple[Case, ...]:
    """Every case marked `expected_to_fail`; the note is what the source says."""
    if not VECTORS.is_dir():
        return ()
    return tuple(
        replace(protocol_case(file, case), note=case["notes"]) for file, case in of_protocols(contradicting=True)
    )
