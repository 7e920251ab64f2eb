"""Contracts of a positional file: the two halves of an array, the array's parameters, the prices."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TypeVar

from stoplog.span.contracts import (
    Future,
    FutureFamily,
    Option,
    OptionFamily,
    Physical,
    PhysicalFamily,
    RiskArray,
    ScanRate,
    Series,
    UnderlyingContract,
)
from stoplog.span.layout import Exchange
from stoplog.span.pa2_families import DECIMAL_ALIGNMENT, Families, FamilyTerms
from stoplog.span.positional import Row
from stoplog.span.reading import Lines

NO_SETTLEMENT = 9_999_999
"""All nines: there is no settlement price."""

ONE = Decimal(1)

RecordT = TypeVar("RecordT")


def exchange(name: str, families: Families, lines: Lines) -> Exchange:
    """The families of an exchange with their contracts."""
    held = [terms for key, terms in families.terms.items() if key[0] == name]
    return Exchange(
        code=name,
        title=name,
        physicals=tuple(_physicals(terms, families, lines) for terms in held if terms.key[2] == "PHY"),
        futures=tuple(_futures(terms, families, lines) for terms in held if terms.key[2] == "FUT"),
        options_on_physicals=tuple(_options(terms, families, lines) for terms in held if terms.key[2] == "OOP"),
        options_on_futures=tuple(_options(terms, families, lines) for terms in held if terms.key[2] == "OOF"),
    )


def _family(terms: FamilyTerms, valuation: str) -> dict[str, object]:
    row = terms.row
    return {
        "family": terms.family,
        "product": terms.key[1],
        "title": row.raw(80, 114, "product name") or row.raw(19, 33, "product name"),
        "currency": terms.currency,
        "value_factor": value_factor(row),
        "price_decimals": row.locator(34, 36, "price decimal locator"),
        "price_format": row.raw(40, 40, "price alignment code"),
        "valuation": row.code(117, 121, "valuation method", "EQTY", "FUT", "FUTDA", "FWD", "") or valuation,
        "pricing": row.raw(70, 72, "price quotation method"),
        "settlement": row.code(122, 126, "settlement method", "CASH", "DELIV", "") or "CASH",
    }


def value_factor(row: Row) -> Decimal:
    """The contract value factor of a record P."""
    exponent = row.whole(74, 75, "contract value factor exponent") if row.has(74, 75) else 0
    return row.number(42, 55, "contract value factor", 7).scaleb(-exponent if row.text[72:73] == "-" else exponent)


def _physicals(terms: FamilyTerms, families: Families, lines: Lines) -> PhysicalFamily:
    made = tuple(_physical(first, second, terms, lines) for first, second in families.arrays[terms.key])
    return _kept(PhysicalFamily(physicals=made, **_family(terms, "EQTY")), terms.row, lines)  # type: ignore[arg-type]


def _physical(first: Row, second: Row, terms: FamilyTerms, lines: Lines) -> Physical:
    price = _price(first, second, terms) or Decimal(0)
    factor = value_factor(terms.row)
    return _kept(
        Physical(
            contract=first.raw(30, 37, "contract month") or "1",
            period=first.raw(30, 37, "contract month") or "00000S",
            price=price,
            delta=ONE,
            volatility=Decimal(0),
            value_factor=factor,
            value=price * factor,
            delta_scaling=ONE,
            arrays=(_array(first, second, terms, lines),),
        ),
        first,
        lines,
    )


def _futures(terms: FamilyTerms, families: Families, lines: Lines) -> FutureFamily:
    made = tuple(_future(first, second, terms, families, lines) for first, second in families.arrays[terms.key])
    return _kept(FutureFamily(futures=made, **_family(terms, "FUT")), terms.row, lines)  # type: ignore[arg-type]


def _future(first: Row, second: Row, terms: FamilyTerms, families: Families, lines: Lines) -> Future:
    month = first.month(30, 37, "futures contract month")
    parameters = families.parameters[terms.key].get(first.text[29:46])
    price, factor = _price(first, second, terms), value_factor(terms.row)
    return _kept(
        Future(
            contract=month,
            period=month,
            price=price,
            delta=ONE,
            volatility=Decimal(0),
            value_factor=factor,
            value=None if price is None else price * factor,
            delta_scaling=_scaling(parameters),
            settles=_settles(parameters),
            years=_years(parameters),
            scan=_scan(parameters),
            arrays=(_array(first, second, terms, lines),),
        ),
        first,
        lines,
    )


def _options(terms: FamilyTerms, families: Families, lines: Lines) -> OptionFamily:
    arrays = sorted(families.arrays[terms.key], key=lambda pair: pair[0].text[29:46])
    grouped = groupby(arrays, key=lambda pair: pair[0].text[29:46])
    series = tuple(_series(months, list(pairs), terms, families, lines) for months, pairs in grouped)
    row = terms.row
    made = OptionFamily(
        exercise=row.code(76, 79, "exercise style", "AMER", "EURO", "") or "AMER",
        strike_decimals=row.locator(37, 39, "strike decimal locator"),
        strike_format=row.raw(41, 41, "strike alignment code"),
        series=series,
        **_family(terms, "EQTY" if terms.premium else "FUT"),  # type: ignore[arg-type]
    )
    return _kept(made, row, lines)


def _series(months: str, pairs: list[tuple[Row, Row]], terms: FamilyTerms, families: Families, lines: Lines) -> Series:
    first = pairs[0][0]
    parameters = families.parameters[terms.key].get(months)
    return _kept(
        Series(
            period=first.month(39, 46, "option contract month"),
            volatility=Decimal(0)
            if parameters is None
            else parameters.scaled((37, 44), "base volatility", 6, (146, 147)),
            settles=_settles(parameters),
            years=_years(parameters),
            value_factor=value_factor(terms.row),
            delta_scaling=_scaling(parameters),
            underlyings=_underlyings(first, terms, families, lines),
            scan=_scan(parameters),
            options=tuple(_option(*pair, terms, lines) for pair in pairs),
        ),
        first,
        lines,
    )


def _underlyings(first: Row, terms: FamilyTerms, families: Families, lines: Lines) -> tuple[UnderlyingContract, ...]:
    """The future that an option on futures is on."""
    if terms.key[2] != "OOF":
        return ()
    product = first.name(16, 25, "underlying product code")
    key = terms.key[0], product, "FUT"
    if key not in families.terms:
        raise first.error("underlying product code", f"there is no record P of {product} FUT")
    month = first.month(30, 37, "futures contract month")
    made = UnderlyingContract(exchange=key[0], family=families.terms[key].family, contract=month, side="A", ratio=ONE)
    return (_kept(made, first, lines),)


def _option(first: Row, second: Row, terms: FamilyTerms, lines: Lines) -> Option:
    places = terms.row.locator(37, 39, "strike decimal locator")
    right = first.code(29, 29, "option right", "C", "P")
    strike = first.number(48, 54, "strike price").scaleb(-places) * second.sign(119, "sign of strike price")
    price = _price(first, second, terms)
    return _kept(
        Option(
            contract=f"{first.raw(30, 46, 'contract months')}{right}{strike}",
            right=right,
            strike=strike,
            price=price,
            delta=second.signed(120, 124, "current delta", 4) if second.has(120, 124) else Decimal(0),
            volatility=second.scaled((103, 110), "implied volatility", 6, (135, 136)),
            value=None if price is None else price * value_factor(terms.row),
            arrays=(_array(first, second, terms, lines),),
        ),
        first,
        lines,
    )


def _price(first: Row, second: Row, terms: FamilyTerms) -> Decimal | None:
    """The settlement price; None where there is none, or where it does not count in decimals."""
    if terms.row.raw(40, 40, "price alignment code") not in DECIMAL_ALIGNMENT:
        return None
    places = terms.row.locator(34, 36, "price decimal locator")
    if first.code(123, 123, "high-precision flag", "Y", "N", "") == "Y":
        return first.number(109, 122, "high-precision settlement").scaleb(-places)
    count = second.number(111, 117, "settlement price")
    if count == NO_SETTLEMENT:
        return None
    return count.scaleb(-places) * second.sign(118, "sign of settlement price")


def _array(first: Row, second: Row, terms: FamilyTerms, lines: Lines) -> RiskArray:
    losses = [
        row.signed(start, start + 4, f"array value {number}") * terms.array_unit
        for row, begin, end in ((first, 1, 9), (second, 10, 16))
        for number, start in zip(range(begin, end + 1), range(55, 109, 6), strict=False)
    ]
    made = RiskArray(rate=1, losses=tuple(losses), delta=second.signed(97, 101, "composite delta", 4))
    return _kept(made, second, lines)


def _scaling(parameters: Row | None) -> Decimal:
    scaling = ONE if parameters is None else parameters.number(86, 91, "delta scaling factor", 4)
    return scaling or ONE


def _settles(parameters: Row | None) -> str | None:
    return None if parameters is None else parameters.day(92, 99, "expiration date")


def _years(parameters: Row | None) -> Decimal | None:
    return None if parameters is None else parameters.number(73, 79, "time to expiration", 6)


def _scan(parameters: Row | None) -> tuple[ScanRate, ...]:
    if parameters is None:
        return ()
    volatility = parameters.scaled((45, 52), "volatility scan range", 6, (149, 150))
    price = parameters.scaled((53, 57), "price scan range", 0, (166, 167))
    moved = parameters.code(164, 164, "volatility scan method", "A", "P", "") == "P"
    share = parameters.code(165, 165, "price scan method", "A", "P", "") == "P"
    return (
        ScanRate(
            rate=1,
            price=None if share else price,
            price_share=price if share else None,
            volatility=None if moved else volatility,
            volatility_share=volatility if moved else None,
        ),
    )


def _kept(made: RecordT, row: Row, lines: Lines) -> RecordT:
    lines[id(made)] = row.line
    return made
