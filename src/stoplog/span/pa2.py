"""Positional files, `.pa2` in the expanded unpacked format, to the records of a parameter file.

Arrays count the commodity's risk exponent, prices the decimal locators of their family. Prices by alignment code
(eighths, 32nds, 64ths) are not decoded: such a contract has no price, and its value is left out by name.
"""

from __future__ import annotations

from collections import defaultdict

from stoplog.span.checks import check_file
from stoplog.span.errors import SpanFileError, shown
from stoplog.span.layout import (
    AccountType,
    ClearingOrganisation,
    Conversion,
    Definitions,
    DeltaPoint,
    Exchange,
    PointInTime,
    PointSet,
    RateDefinition,
    ScanPoint,
    SpanFile,
)
from stoplog.span.pa2_commodities import commodities, inter_spreads
from stoplog.span.pa2_contracts import exchange
from stoplog.span.pa2_families import Families
from stoplog.span.points import CME_COVER, CME_EXTREME, delta_points, scan_points
from stoplog.span.positional import Row
from stoplog.span.reading import Lines

USED = ("0", "1", "2", "3", "4", "6", "81", "82", "B", "C", "E", "P", "S", "T")
PASSED_OVER = ("5", "83", "84", "91", "92", "R", "V", "X", "Y", "Z")
"""Groups, arrays for liquidation risk, debt securities, redefinitions, daily adjustments, combinations."""

ACCOUNT_TYPES = {"": "H", "H": "H", "S": "S", "M": "M", "N": "N"}

Rows = dict[str, list[Row]]


def read_pa2(content: bytes) -> SpanFile:
    """What a positional file says; `SpanFileError` names line, record and field of what is damaged."""
    lines: Lines = {}
    rows = _rows(content)
    header = rows["0"][0]
    account = ACCOUNT_TYPES[header.code(59, 59, "account type code", *ACCOUNT_TYPES)]
    names = dict.fromkeys(row.name(3, 5, "exchange acronym") for row in rows["1"])
    _check_exchanges(rows, set(names))
    families = Families.of(rows)
    file = SpanFile(
        file_format="4.00",
        created=header.day(24, 31, "file creation date"),
        definitions=Definitions(account_types=(_account_type(account),)),
        at=PointInTime(
            day=header.day(9, 16, "business date"),
            is_settlement=int(header.code(17, 17, "settlement flag", "S", "I") == "S"),
            qualifier=header.raw(18, 19, "file identifier"),
            organisation=ClearingOrganisation(
                code=header.name(3, 8, "exchange complex"),
                title=header.name(3, 8, "exchange complex"),
                caps_option_value=int(header.code(39, 39, "limit option value", "Y", "N", "") == "Y"),
                conversions=tuple(_conversion(row, lines) for row in rows["T"]),
                rates=_rates(header, account),
                points=(_points(rows, lines),),
                exchanges=tuple(_exchange(name, families, lines) for name in names),
                commodities=commodities(rows, families, account, lines),
                inter_spreads=inter_spreads(rows["6"], lines),
            ),
        ),
    )
    check_file(file, lines)
    return file


def _rows(content: bytes) -> Rows:
    """The lines by record type."""
    found: Rows = defaultdict(list)
    for number, text in enumerate(content.decode("latin-1").split("\n"), 1):
        line = text.rstrip("\r\x1a")
        if not line.strip():
            continue
        record = line[:2].rstrip()
        if record not in USED and record not in PASSED_OVER:
            raise SpanFileError(number, "record", f"unknown record {shown(line[:2])}; the format has none such")
        if not found and record != "0":
            raise SpanFileError(number, "record", f"{shown(record)} where the header, record 0, is due")
        found[record].append(Row(line, number, record))
    for record in ("0", "1", "2", "P", "81"):
        if not found[record]:
            raise SpanFileError(1, record, "there is no such record")
    if len(found["0"]) > 1:
        raise SpanFileError(found["0"][1].line, "0", "is there a second time")
    found["0"][0].code(36, 37, "file format", "U2")
    return found


def _check_exchanges(rows: Rows, names: set[str]) -> None:
    for record in ("P", "2", "81", "82", "B"):
        for row in rows[record]:
            if row.name(3, 5, "exchange acronym") not in names:
                found = shown(row.raw(3, 5, "exchange acronym"))
                raise row.error("exchange acronym", f"unknown code {found}; no record 1 names it")


def _account_type(account: str) -> AccountType:
    return AccountType(is_customer=1, account_type=account, title=account, is_net=1, priority=1)


def _rates(header: Row, account: str) -> tuple[RateDefinition, RateDefinition]:
    """Rate 1 is the maintenance of the file, rate 2 the initial margin derived from it."""
    header.code(75, 75, "maintenance or initial", "M", "")
    bond_class = header.raw(69, 73, "performance bond class") or "CORE"
    maintenance = RateDefinition(rate=1, is_customer=1, account_type=account, is_maintenance=1, bond_class=bond_class)
    return maintenance, RateDefinition(
        rate=2, is_customer=1, account_type=account, is_maintenance=0, bond_class=bond_class
    )


def _conversion(row: Row, lines: Lines) -> Conversion:
    made = Conversion(
        source=row.name(3, 5, "from currency"),
        target=row.name(7, 9, "to currency"),
        factor=row.number(11, 20, "conversion multiplier", 6),
    )
    if not made.factor:
        raise row.error("conversion multiplier", "is 0")
    lines[id(made)] = row.line
    return made


def _points(rows: Rows, lines: Lines) -> PointSet:
    """The 16 scenarios with the extreme move that the first record B states."""
    extreme, cover = CME_EXTREME, CME_COVER
    if rows["B"]:
        extreme = rows["B"][0].number(58, 62, "extreme move multiplier", 3)
        cover = rows["B"][0].number(63, 67, "extreme move covered fraction", 4)
    line = rows["0"][0].line
    scan: tuple[ScanPoint, ...] = scan_points(extreme, cover)
    delta: tuple[DeltaPoint, ...] = delta_points()
    made = PointSet(rate=1, scan=scan, delta=delta)
    points: list[ScanPoint | DeltaPoint] = [*scan, *delta]
    for point in points:
        lines.update({id(point): line, id(point.price): line, id(point.volatility): line})
    lines[id(made)] = line
    return made


def _exchange(name: str, families: Families, lines: Lines) -> Exchange:
    made = exchange(name, families, lines)
    lines[id(made)] = 1
    return made
