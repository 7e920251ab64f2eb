"""Families of a positional file: records P, the commodity that each is linked to by a record 2, and its arrays."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from stoplog.span.positional import Row

KINDS = ("FUT", "PHY", "OOF", "OOP")
UNUSED_KINDS = ("CMB", "OOC", "OOE", "OOS", "FWD", "SWP", "EQT", "DBT")
LISTED = 6
"""So many families a record 2 lists, at columns 23, 39, …"""
DECIMAL_ALIGNMENT = ("", "+")

FamilyKey = tuple[str, str, str]
"""Exchange, product code, kind."""


class FamilyTerms(NamedTuple):
    """What records P and 2 say of a family."""

    row: Row
    key: FamilyKey
    commodity: str
    currency: str
    premium: bool
    """Whether options are paid for at once."""
    array_unit: Decimal
    """What one in an array is worth in the currency."""

    @property
    def family(self) -> str:
        """The family's number in the file, made from its key."""
        return "/".join(self.key)


class Families:
    """Families, arrays and array parameters by family."""

    def __init__(self) -> None:
        self.terms: dict[FamilyKey, FamilyTerms] = {}
        self.arrays: dict[FamilyKey, list[tuple[Row, Row]]] = defaultdict(list)
        self.parameters: dict[FamilyKey, dict[str, Row]] = defaultdict(dict)
        """By columns 19 to 35: months and day codes of future and option."""

    @classmethod
    def of(cls, rows: dict[str, list[Row]]) -> Families:
        """The families that have a record P and a record 2, with their arrays in the order of the file."""
        found = cls()
        links = _links(rows["2"])
        for row in rows["P"]:
            key = family_key(row)
            if key in found.terms:
                raise row.error("product code", f"{key[1]} {key[2]} is there a second time")
            if key[2] not in KINDS:
                continue
            if key not in links:
                raise row.error("product code", f"no record 2 links {key[1]} {key[2]}")
            found.terms[key] = _terms(row, key, *links.pop(key))
        for key, (link, _) in links.items():
            if key[2] in KINDS:
                raise link.error("product code", f"there is no record P of {key[1]} {key[2]}")
        for row in rows["B"]:
            found.parameters[family_key(row)][row.text[18:35].ljust(17)] = row
        found.pair(rows["81"], rows["82"])
        return found

    def pair(self, first: list[Row], second: list[Row]) -> None:
        """Put the two halves of each array together; an error where one is missing."""
        halves = {row.text[2:54]: row for row in second}
        if len(halves) < len(second):
            seen: set[str] = set()
            for row in second:
                if row.text[2:54] in seen:
                    raise row.error("contract", "is there a second time")
                seen.add(row.text[2:54])
        for row in first:
            other = halves.pop(row.text[2:54], None)
            if other is None:
                raise row.error("contract", "no record 82 of this contract follows")
            key = _array_key(row)
            if key[2] in UNUSED_KINDS:
                continue
            if key not in self.terms:
                raise row.error("product code", f"there is no record P of {key[1]} {key[2]}")
            self.arrays[key].append((row, other))
        for row in halves.values():
            raise row.error("contract", "there is no record 81 of this contract")


def family_key(row: Row) -> FamilyKey:
    """Exchange, product and kind of a record P or B."""
    return (
        row.name(3, 5, "exchange acronym"),
        row.name(6, 15, "product code"),
        row.code(16, 18, "product type", *KINDS, *UNUSED_KINDS),
    )


def _array_key(row: Row) -> FamilyKey:
    return (
        row.name(3, 5, "exchange acronym"),
        row.name(6, 15, "product code"),
        row.code(26, 28, "product type", *KINDS, *UNUSED_KINDS),
    )


def _links(rows: list[Row]) -> dict[FamilyKey, tuple[Row, int]]:
    """By family the record 2 that lists it, and at which column."""
    found: dict[FamilyKey, tuple[Row, int]] = {}
    for row in rows:
        for start in range(23, 23 + 16 * LISTED, 16):
            if not row.has(start, start + 12):
                continue
            product = row.name(start, start + 9, "product code")
            kind = row.code(start + 10, start + 12, "contract type", *KINDS, *UNUSED_KINDS)
            key = row.name(3, 5, "exchange acronym"), product, kind
            if key in found:
                raise row.error("product code", f"{product} {kind} is linked a second time")
            found[key] = row, start
    return found


def _terms(row: Row, key: FamilyKey, link: Row, start: int) -> FamilyTerms:
    exponent = link.whole(13, 13, "risk exponent")
    located = link.whole(start + 13, start + 13, "array decimal locator") if link.has(start + 13, start + 13) else 0
    places = located * link.sign(start + 14, "array decimal sign")
    style = link.code(18, 18, "option margin style", "P", "F", "")
    return FamilyTerms(
        row,
        key,
        link.name(7, 12, "combined commodity"),
        row.name(66, 68, "settlement currency"),
        style != "F",
        Decimal(1).scaleb(exponent - places),
    )
