"""What must hold between the records of a file: numbers that count up, codes that refer, contracts that are there once.

Each error names the line that the record at fault begins on, and the path of the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from stoplog.span.contracts import Family, FutureFamily, OptionFamily, RiskArray
from stoplog.span.errors import SpanFileError, shown
from stoplog.span.layout import ClearingOrganisation, DeltaPoint, Exchange, PointSet, ScanPoint, Share, SpanFile
from stoplog.span.reading import Lines
from stoplog.span.spread_checks import check_spreads

SLACK = Decimal("0.000001")
"""How far a multiple may be from the fraction that it rounds."""

KINDS = {"phyPf": "PHY", "futPf": "FUT", "oopPf": "OOP", "oofPf": "OOF"}


def check_file(file: SpanFile, lines: Lines) -> None:
    """Raise `SpanFileError` where the records of a file contradict one another."""
    organisation = file.at.organisation
    for points in organisation.points:
        _check_points(points, lines)
    for exchange in organisation.exchanges:
        _check_families(exchange, len(organisation.points[0].scan), lines)
    _check_links(organisation, lines)
    _check_conversions(organisation, lines)
    check_spreads(organisation, lines)


def families(exchange: Exchange) -> Iterator[tuple[str, Any]]:
    """Every family of an exchange with the tag of its kind."""
    yield from (("phyPf", family) for family in exchange.physicals)
    yield from (("futPf", family) for family in exchange.futures)
    yield from (("oopPf", family) for family in exchange.options_on_physicals)
    yield from (("oofPf", family) for family in exchange.options_on_futures)


def once(found: Iterable[tuple[Any, Any]], called: str, lines: Lines) -> None:
    """Raise where two of the (name, record) pairs have one name."""
    seen: set[Any] = set()
    for label, record in found:
        if label in seen:
            raise SpanFileError(lines[id(record)], called, f"{_plain(label)} is there a second time")
        seen.add(label)


def _plain(label: Any) -> str:
    return " ".join(map(str, label)) if isinstance(label, tuple) else shown(str(label))


def _check_points(points: PointSet, lines: Lines) -> None:
    kinds: tuple[tuple[str, tuple[ScanPoint | DeltaPoint, ...]], ...] = (
        ("scanPointDef", points.scan),
        ("deltaPointDef", points.delta),
    )
    for called, found in kinds:
        for count, point in enumerate(found, 1):
            where = f"pointDef.{called}[{count}]"
            if point.point != count:
                raise SpanFileError(lines[id(point)], f"{where}.point", f"{point.point} where {count} follows")
            _check_share(point.price, f"{where}.priceScanDef", lines)
            _check_share(point.volatility, f"{where}.volScanDef", lines)
    for scan in points.scan:
        _check_scan_point(scan, points, lines)
    total = sum((point.weight for point in points.delta), Decimal(0))
    if points.delta and abs(total - 1) > SLACK * 1000:
        raise SpanFileError(lines[id(points)], "pointDef.deltaPointDef.weight", f"the weights add up to {total}, not 1")


def _check_scan_point(point: ScanPoint, points: PointSet, lines: Lines) -> None:
    line, where = lines[id(point)], f"pointDef.scanPointDef[{point.point}]"
    if point.weight > 1:
        raise SpanFileError(line, f"{where}.weight", f"{point.weight} is above 1")
    if point.paired > len(points.scan):
        raise SpanFileError(line, f"{where}.pairedPoint", f"there is no point {point.paired}")
    if points.scan[point.paired - 1].paired != point.point:
        reason = f"point {point.paired} is not paired with point {point.point}"
        raise SpanFileError(line, f"{where}.pairedPoint", reason)


def _check_share(share: Share, where: str, lines: Lines) -> None:
    if abs(share.multiple - share.numerator / share.denominator) > SLACK:
        reason = f"{share.multiple} is not {share.numerator} / {share.denominator}"
        raise SpanFileError(lines[id(share)], f"{where}.mult", reason)


def _check_families(exchange: Exchange, points: int, lines: Lines) -> None:
    known = list(families(exchange))
    once(((family.family, family) for _, family in known), f"exchange[{exchange.code}].pfId", lines)
    held = {family.family: {made.contract for made in _contracts(family)} for _, family in known}
    for tag, family in known:
        where = f"exchange[{exchange.code}].{tag}[{family.product}]"
        once(((made.contract, made) for made in _contracts(family)), f"{where}.cId", lines)
        once(_keys(family), f"{where}.pe", lines)
        for parent, made in _with_underlyings(family):
            for underlying in parent.underlyings:
                if underlying.exchange == exchange.code and underlying.contract not in held.get(underlying.family, ()):
                    reason = f"family {underlying.family} has no contract {underlying.contract}"
                    raise SpanFileError(lines[id(underlying)], f"{where}.{made}.undC.cId", reason)
        for made in _contracts(family):
            _check_arrays(made.arrays, points, f"{where}.{_tag(family)}[{made.contract}]", lines)
            _check_together(
                made, {"p": made.price, "val": made.value}, f"{where}.{_tag(family)}[{made.contract}]", lines
            )
        for parent, made in _with_underlyings(family):
            _check_together(parent, {"setlDate": parent.settles, "t": parent.years}, f"{where}.{made}", lines)
            for scan in parent.scan:
                if scan.price is None and scan.price_share is None:
                    raise SpanFileError(lines[id(scan)], f"{where}.{made}.scanRate.priceScan", "missing")


def _contracts(family: Family) -> Iterator[Any]:
    if isinstance(family, OptionFamily):
        for series in family.series:
            yield from series.options
    elif isinstance(family, FutureFamily):
        yield from family.futures
    else:
        yield from family.physicals  # type: ignore[attr-defined]


def _tag(family: Family) -> str:
    return "opt" if isinstance(family, OptionFamily) else "fut" if isinstance(family, FutureFamily) else "phy"


def _keys(family: Family) -> Iterator[tuple[Any, Any]]:
    if isinstance(family, OptionFamily):
        for series in family.series:
            yield from (((series.period, made.right, made.strike), made) for made in series.options)
    elif isinstance(family, FutureFamily):
        yield from ((made.period, made) for made in family.futures)


def _with_underlyings(family: Family) -> Iterator[tuple[Any, str]]:
    if isinstance(family, OptionFamily):
        yield from ((series, f"series[{series.period}]") for series in family.series)
    elif isinstance(family, FutureFamily):
        yield from ((made, f"fut[{made.contract}]") for made in family.futures)


def _check_together(record: Any, values: dict[str, Any], where: str, lines: Lines) -> None:
    """Raise where some of the values are given and others are not."""
    missing = [tag for tag, value in values.items() if value is None]
    if missing and len(missing) < len(values):
        raise SpanFileError(lines[id(record)], f"{where}.{missing[0]}", "missing")


def _check_arrays(arrays: tuple[RiskArray, ...], points: int, where: str, lines: Lines) -> None:
    for array in arrays:
        if len(array.losses) != points:
            reason = f"{len(array.losses)} values where there are {points} scan points"
            raise SpanFileError(lines[id(array)], f"{where}.ra.a", reason)
        if abs(array.delta) > 1 + SLACK:
            raise SpanFileError(lines[id(array)], f"{where}.ra.d", f"{array.delta} is beyond 1")
    once(((array.rate, array) for array in arrays), f"{where}.ra.r", lines)


def _check_links(organisation: ClearingOrganisation, lines: Lines) -> None:
    once(((found.code, found) for found in organisation.exchanges), "exchange.exch", lines)
    once(((found.code, found) for found in organisation.commodities), "ccDef.cc", lines)
    known = {
        (exchange.code, family.family): (tag, family)
        for exchange in organisation.exchanges
        for tag, family in families(exchange)
    }
    linked: set[tuple[str, str]] = set()
    for commodity in organisation.commodities:
        for link in commodity.links:
            where, line = f"ccDef[{commodity.code}].pfLink", lines[id(link)]
            tag, family = known.get((link.exchange, link.family), (None, None))
            if tag is None or family is None:
                raise SpanFileError(line, f"{where}.pfId", f"{link.exchange} has no family {link.family}")
            if family.product != link.product:
                reason = f"family {link.family} is {family.product}, not {link.product}"
                raise SpanFileError(line, f"{where}.pfCode", reason)
            if KINDS[tag] != link.kind:
                raise SpanFileError(line, f"{where}.pfType", f"family {link.family} is {KINDS[tag]}, not {link.kind}")
            if (link.exchange, link.family) in linked:
                raise SpanFileError(line, f"{where}.pfId", f"family {link.family} is linked a second time")
            linked.add((link.exchange, link.family))
    for (exchange_code, number), (tag, family) in known.items():
        if (exchange_code, number) not in linked:
            where = f"exchange[{exchange_code}].{tag}[{family.product}].pfId"
            raise SpanFileError(lines[id(family)], where, f"no ccDef links family {number}")


def _check_conversions(organisation: ClearingOrganisation, lines: Lines) -> None:
    pairs = [((found.source, found.target), found) for found in organisation.conversions]
    once(pairs, "curConv.fromCur", lines)
    given = {pair for pair, _ in pairs}
    currencies = {
        (exchange.code, family.family): family.currency
        for exchange in organisation.exchanges
        for _, family in families(exchange)
    }
    for commodity in organisation.commodities:
        for link in commodity.links:
            pair = currencies[link.exchange, link.family], commodity.currency
            if pair[0] != pair[1] and pair not in given:
                reason = f"there is no curConv from {pair[0]} to {pair[1]}"
                raise SpanFileError(lines[id(commodity)], f"ccDef[{commodity.code}].currency", reason)
