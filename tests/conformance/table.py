"""Writes docs/conformance.md: which numbers of which venue come out. `python -m tests.conformance.table`."""

from decimal import Decimal
from itertools import groupby

from tests.conformance.cases import ROOT, Case, cases

PAGE = ROOT / "docs" / "conformance.md"

HEAD = """# Conformance

Which numbers that venues printed come out of `stoplog calc`, each to its printed precision. Written by
`python -m tests.conformance.table`; `tests/conformance` fails where it is out of date. The cases are those of
`../shared/vectors` of the two venues that have presets; `apart` is the largest distance from a printed number.
"""


def page() -> str:
    """The page as it should be."""
    return "\n".join(
        [HEAD, *summary(), "", "## Not reproduced", "", *missing(), "", "## Every case", "", *listing(), ""]
    )


def by_venue() -> list[tuple[str, list[Case]]]:
    ordered = sorted(cases(), key=lambda case: case.venue)
    return [(venue, list(group)) for venue, group in groupby(ordered, key=lambda case: case.venue)]


def summary() -> list[str]:
    rows = ["| venue | cases | reproduced | not reproduced |", "|---|--:|--:|--:|"]
    for venue, group in by_venue():
        good = sum(case.reproduced() for case in group)
        rows.append(f"| {venue} | {len(group)} | {good} | {len(group) - good} |")
    return rows


def missing() -> list[str]:
    rows = ["| case | from | why |", "|---|---|---|"]
    for _, group in by_venue():
        rows += [f"| {case.id} | {case.source} | {why(case)} |" for case in group if not case.reproduced()]
    return rows


def why(case: Case) -> str:
    return case.reason or f"{shown(apart(case))} apart from the printed number"


def listing() -> list[str]:
    rows = ["| case | from | figures | apart |", "|---|---|--:|--:|"]
    for _, group in by_venue():
        good = (case for case in group if case.reproduced())
        rows += [f"| {case.id} | {case.source} | {len(case.checks)} | {shown(apart(case))} |" for case in good]
    return rows


def apart(case: Case) -> Decimal:
    return max(check.apart() for check in case.checks)


def shown(distance: Decimal) -> str:
    return f"{distance:.1e}" if distance else "0"


def main() -> None:
    """Write the page."""
    assert cases(), "the vectors are absent: the page cannot be written without them"
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
