"""Writes docs/conformance.md and the counts that `stoplog venues` shows. `python -m tests.conformance.table`."""

import json
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from stoplog.venues.presets import REPRODUCED, VENUES
from tests.conformance.cases import ROOT, Case, Computed
from tests.conformance.every import cases, contradictions

PAGE = ROOT / "docs" / "conformance.md"

HEAD = """# Conformance

Which numbers that venues printed come out, each to its printed precision: of `stoplog calc`, or of rules called from
Python, `stoplog.protocols` and `stoplog.span`. Written by `python -m tests.conformance.table`; `tests/conformance`
fails where it is out of date. The cases are those of `../shared/vectors`: everything there of Vega, dYdX, Drift, GMX,
Hyperliquid, Paradex, Synthetix, of SPAN, of Derive's margins (with every scenario's profit) and auction, and of the
venues that have presets, and of other venues what concerns an isolated position, a purse, options or a portfolio. `by`
says whether the calculator or rules gave a number, `apart` is the largest distance from a printed one.
"""

CONTRADICTION_HEAD = """## Contradictions

The source disagrees with itself: the printed number must not come out.
"""


def page() -> str:
    """The page as it should be."""
    parts = [HEAD, *summary(), "", "## Not reproduced", "", *missing(), "", CONTRADICTION_HEAD, *contradicting()]
    return "\n".join([*parts, "", "## Every case", "", *listing(), ""])


def by_venue() -> list[tuple[str, list[Case]]]:
    """Presets in their order, then the venues that have none."""
    names = list(VENUES)
    ordered = sorted(cases(), key=lambda case: (names.index(case.venue) if case.venue in names else 99, case.venue))
    return [(venue, list(group)) for venue, group in groupby(ordered, key=lambda case: case.venue)]


def numbers(group: list[Case]) -> int:
    """How many numbers of these cases come out."""
    return sum(check.holds() for case in group for check in case.checks)


def counts() -> dict[str, dict[str, int]]:
    """By preset: cases, those of which every number comes out, the numbers that do, and those that rules give."""
    return {
        venue: {
            "cases": len(group),
            "reproduced": sum(case.reproduced() for case in group),
            "numbers": numbers(group),
            "by_rules": sum(isinstance(check, Computed) and check.holds() for case in group for check in case.checks),
        }
        for venue, group in by_venue()
        if venue in VENUES
    }


def summary() -> list[str]:
    rows = ["| preset | cases | reproduced | not reproduced |", "|---|--:|--:|--:|"]
    for venue, group in by_venue():
        good = sum(case.reproduced() for case in group)
        name = venue if venue in VENUES else f"{venue} (no preset)"
        rows.append(f"| {name} | {len(group)} | {good} | {len(group) - good} |")
    rows += [f"| {name} | 0 | 0 | 0 |" for name in VENUES if name not in {case.venue for case in cases()}]
    return rows


def missing() -> list[str]:
    rows = ["| preset | case | from | why |", "|---|---|---|---|"]
    for venue, group in by_venue():
        rows += [f"| {venue} | {case.id} | {case.source} | {why(case)} |" for case in group if not case.reproduced()]
    return rows


def why(case: Case) -> str:
    if case.reason:
        return case.reason
    good = sum(check.holds() for check in case.checks)
    return f"{case.note}: {good} of {len(case.checks)} numbers come out, the others up to {shown(apart(case))} apart"


def contradicting() -> list[str]:
    rows = ["| case | from | printed | the rule gives | what the key says |", "|---|---|--:|--:|---|"]
    for case in contradictions():
        figures = [check for check in case.checks if isinstance(check, Computed)]
        printed, given = (", ".join(map(plain, side)) for side in zip(*map(sides, figures), strict=True))
        rows.append(f"| {case.id} | {case.source} | {printed} | {given} | {case.note} |")
    return rows


def sides(check: Computed) -> tuple[Fraction, Fraction]:
    return check.printed, check.given


def plain(value: Fraction) -> str:
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def listing() -> list[str]:
    rows = ["| preset | case | from | by | figures | apart |", "|---|---|---|---|--:|--:|"]
    for venue, group in by_venue():
        good = (case for case in group if case.reproduced())
        rows += [
            f"| {venue} | {case.id} | {case.source} | {'rules' if case.by_rules() else 'calc'} | {len(case.checks)} "
            f"| {shown(apart(case))} |"
            for case in good
        ]
    return rows


def apart(case: Case) -> Decimal:
    return max(check.apart() for check in case.checks)


def shown(distance: Decimal) -> str:
    return f"{distance:.1e}" if distance else "0"


def counts_text() -> str:
    """The counts as the package carries them."""
    return json.dumps(counts(), indent=2) + "\n"


def main() -> None:
    """Write the page and the counts."""
    assert cases(), "the vectors are absent: the page cannot be written without them"
    PAGE.write_text(page(), encoding="utf-8")
    REPRODUCED.write_text(counts_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
