"""The numbers that venues printed, asked of the calculator."""

import json

import pytest

from stoplog.venues.presets import REPRODUCED
from tests.conformance.cases import VECTORS, Case
from tests.conformance.every import cases, contradictions, loaded
from tests.conformance.exchanges import KINDS
from tests.conformance.positions import FORMULAS
from tests.conformance.table import PAGE, counts_text, page

needs_vectors = pytest.mark.skipif(not cases(), reason=f"{VECTORS} is absent")

ASKED = [case for case in cases() if case.checks]

NOT_REPRODUCED = {"bmx-live-xbtusd-short": 1}
"""Cases whose venue rounds what is exact here, and how many of their numbers come out all the same."""


@needs_vectors
@pytest.mark.rule("VEN-003")
@pytest.mark.parametrize("case", [case for case in ASKED if case.id not in NOT_REPRODUCED], ids=lambda case: case.id)
def test_a_printed_number_comes_out(case: Case) -> None:
    for check in case.checks:
        assert check.holds(), f"{case.id}: {check.apart()} apart, allowed {check.tolerance}; {check.question}"


@needs_vectors
@pytest.mark.rule("VEN-003")
@pytest.mark.parametrize("case", [case for case in ASKED if case.id in NOT_REPRODUCED], ids=lambda case: case.id)
def test_what_does_not_come_out_is_known_to_the_number(case: Case) -> None:
    assert sum(check.holds() for check in case.checks) == NOT_REPRODUCED[case.id]
    assert case.note


@needs_vectors
@pytest.mark.rule("VEN-003")
def test_no_case_of_isolated_margin_is_passed_over() -> None:
    kinds = {*KINDS, "tier_cum", "tier_cum_from", "bybit_inverse_iso_2020"}
    due = {case["id"] for case in loaded("exchanges") if case["kind"] in kinds}
    rows = map(json.loads, (VECTORS / "positions.jsonl").read_text(encoding="utf-8").splitlines())
    due |= {row["id"] for row in rows if row["margin_mode"] == "isolated" or row.get("formula") in FORMULAS}
    assert due <= {case.id for case in ASKED}


@needs_vectors
@pytest.mark.rule("VEN-003")
def test_a_contradiction_of_a_source_is_listed_and_never_asked() -> None:
    marked = {name for name, _, _ in contradictions()}
    assert marked == {"vega-inconsistent-01", "paradex-share-fee-70-contradiction"}
    assert not marked & {case.id for case in ASKED}
    written = PAGE.read_text(encoding="utf-8")
    assert all(name in written for name in marked)


@needs_vectors
@pytest.mark.rule("VEN-003", "VEN-005")
def test_the_page_and_the_counts_are_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.conformance.table`"
    assert REPRODUCED.read_text(encoding="utf-8") == counts_text(), "run `python -m tests.conformance.table`"
