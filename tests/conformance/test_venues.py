"""The numbers that Binance and Hyperliquid printed, asked of the calculator."""

import json

import pytest

from tests.conformance.cases import VECTORS, VENUES, Case, cases
from tests.conformance.table import PAGE, page

needs_vectors = pytest.mark.skipif(not cases(), reason=f"{VECTORS} is absent")


@needs_vectors
@pytest.mark.rule("VEN-003")
@pytest.mark.parametrize("case", [case for case in cases() if case.checks], ids=lambda case: case.id)
def test_a_printed_number_comes_out(case: Case) -> None:
    for check in case.checks:
        assert check.holds(), f"{case.id}: {check.apart()} apart, allowed {check.tolerance}; {check.question}"


@needs_vectors
@pytest.mark.rule("VEN-003")
def test_no_case_is_passed_over() -> None:
    exchanges = json.loads((VECTORS / "exchanges.json").read_text(encoding="utf-8"))["cases"]
    rows = map(json.loads, (VECTORS / "positions.jsonl").read_text(encoding="utf-8").splitlines())
    due = {case["id"] for case in exchanges if case["kind"].startswith(("hl_liq", "binance_", "tier_cum"))}
    due |= {row["id"] for row in rows if row["venue"] in VENUES and row["margin_mode"] == "isolated"}
    asked = {case.id for case in cases() if case.checks}
    assert due - asked == {"hl-pm-full"}, "its rule is one of portfolio margin"


@needs_vectors
@pytest.mark.rule("VEN-003")
def test_the_page_of_the_documentation_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.conformance.table`"
