"""The numbers that venues printed, asked of the calculator."""

import json
from fractions import Fraction
from typing import Any

import pytest

from stoplog.venues.presets import REPRODUCED
from tests.conformance.cases import VECTORS, Case
from tests.conformance.derive import FILES
from tests.conformance.derive import loaded as derive_file
from tests.conformance.every import cases, contradictions, loaded, of_protocols
from tests.conformance.exchanges import KINDS
from tests.conformance.protocols import ANSWERS, DEFECT, PROTOCOLS, computed
from tests.conformance.purses import ACCOUNT
from tests.conformance.span import SPAN
from tests.conformance.table import PAGE, counts_text, page

needs_vectors = pytest.mark.skipif(not cases(), reason=f"{VECTORS} is absent")

ASKED = [case for case in cases() if case.checks]

NOT_REPRODUCED = {DEFECT: 1, "hl-pm-full": 0}
"""Cases whose source has a defect or a slip, and how many of their numbers come out all the same."""


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
def test_no_case_of_isolated_or_cross_margin_is_passed_over() -> None:
    kinds = {*KINDS, "tier_cum", "tier_cum_from", "bybit_inverse_iso_2020"}
    due = {case["id"] for case in loaded("exchanges") if case["kind"] in kinds}
    rows = map(json.loads, (VECTORS / "positions.jsonl").read_text(encoding="utf-8").splitlines())
    due |= {row["id"] for row in rows if row["margin_mode"] == "isolated" or "formula" in row}
    due.add(ACCOUNT.stem)
    due |= {case["id"] for case in loaded("span_takasbank")}
    due |= {case["id"] for case in loaded("exchanges") if case["kind"] in SPAN}
    due |= {case["id"] for file in PROTOCOLS for case in loaded(file)} - {case.id for case in contradictions()}
    assert due <= {case.id for case in ASKED}


@needs_vectors
@pytest.mark.rule("VEN-003", "PFM-010", "PFM-015", "PFM-016")
@pytest.mark.parametrize(("file", "figures"), [("derive_pmrm2", 3462), ("derive_pmrm1", 78), ("derive_srm", 78)])
def test_every_figure_of_derive_comes_out(file: str, figures: int) -> None:
    due = {case["id"] for case in derive_file(file)["cases"]}
    found = [case for case in ASKED if case.id in due and case.reproduced()]
    assert {case.id for case in found} == due
    assert sum(len(case.checks) for case in found) == figures
    assert sum(len(derive_file(name)["cases"]) for name in FILES) == 178


@needs_vectors
@pytest.mark.rule("VEN-003", "PRO-001", "PRO-020")
def test_a_contradiction_of_a_source_is_listed_with_what_the_rule_gives() -> None:
    given = {case.id: [check.given for check in case.checks] for case in contradictions()}
    assert given == {"vega-inconsistent-01": [562], "paradex-share-fee-70-contradiction": [Fraction("24.864")]}
    assert not set(given) & {case.id for case in ASKED}
    assert not any(check.holds() for case in contradictions() for check in case.checks)
    written = PAGE.read_text(encoding="utf-8")
    assert all(name in written for name in given)


@needs_vectors
@pytest.mark.rule("VEN-003", "PRO-004")
def test_a_defect_of_a_source_is_not_followed() -> None:
    case = next(case for case in ASKED if case.id == DEFECT)
    assert [check.given for check in case.checks] == [1, 31]
    assert [check.printed for check in case.checks] == [1, 28]
    assert case.note in PAGE.read_text(encoding="utf-8")


BOTH_WAYS = [
    (file, case)
    for file, case in (of_protocols(contradicting=False) if cases() else [])
    if case["fn"] in ANSWERS[file] and not next(found for found in ASKED if found.id == case["id"]).by_rules()
]


@needs_vectors
@pytest.mark.rule("VEN-003", "PRO-002", "PRO-009", "PRO-010", "PRO-011", "PRO-018")
@pytest.mark.parametrize(("file", "case"), BOTH_WAYS, ids=lambda part: part["id"] if isinstance(part, dict) else part)
def test_what_the_calculator_answers_the_rules_of_the_protocol_answer_too(file: str, case: dict[str, Any]) -> None:
    assert all(check.holds() for check in computed(file, case))


@needs_vectors
@pytest.mark.rule("VEN-003", "VEN-005")
def test_the_page_and_the_counts_are_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.conformance.table`"
    assert REPRODUCED.read_text(encoding="utf-8") == counts_text(), "run `python -m tests.conformance.table`"
