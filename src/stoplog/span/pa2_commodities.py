"""Combined commodities of a positional file: records 2, S, 3, C, E, 4, and the spreads between them, records 6."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from stoplog.span.layout import Adjustment, Commodity, FamilyLink, InterSpreads
from stoplog.span.pa2_families import Families
from stoplog.span.positional import Row
from stoplog.span.reading import Lines
from stoplog.span.spreads import DeltaSpread, PeriodLeg, Rate, SpotRate, Tier, TierLeg, Tiers

INITIAL_RATIO = {"M": 69, "N": 69, "H": 73, "S": 77}
"""Column at which the ratio of initial to maintenance stands, by account type."""
FACTOR = {"M": 70, "N": 70, "H": 73, "S": 76}
"""Column of the factor on the requirement, by account type."""

PRICE_RISK = {"1": "NORMAL", "": "NORMAL", "2": "CAP", "3": "SCANRANGE"}
SHORT_OPTION = {"": "GROSS", "2": "GROSS", "1": "MAX"}
ONE_TIER = "01"
SCANNING = ("01", "02", "10", "20", "21", "22", "23", "30")
OWN_RATES = "30"
"""Method of a record S that states short option minimums by tier."""
CENTURY = "20"

Rows = dict[str, list[Row]]
ByCommodity = dict[str, dict[str, list[Row]]]


def commodities(rows: Rows, families: Families, account: str, lines: Lines) -> tuple[Commodity, ...]:
    """The combined commodities in the order of the file."""
    parts = _parts(rows)
    first: dict[str, Row] = {}
    for row in rows["2"]:
        first.setdefault(row.name(7, 12, "combined commodity"), row)
    for record in ("S", "3", "4", "C", "E"):
        for code, found in parts[record].items():
            if code not in first:
                raise found[0].error("combined commodity", f"unknown code {code!r}; no record 2 names it")
    return tuple(_commodity(code, row, parts, families, account, lines) for code, row in first.items())


def _parts(rows: Rows) -> ByCommodity:
    found: ByCommodity = {}
    for record in ("S", "3", "4", "C", "E"):
        found[record] = defaultdict(list)
        for row in rows[record]:
            found[record][row.name(3, 8, "combined commodity")].append(row)
    return found


def _commodity(code: str, row: Row, parts: ByCommodity, families: Families, account: str, lines: Lines) -> Commodity:
    for record in ("3", "4"):
        if not parts[record][code]:
            raise row.error("combined commodity", f"there is no record {record} of {code}")
    unit = Decimal(1).scaleb(row.whole(13, 13, "risk exponent"))
    scanning = [found.code(9, 10, "method", *SCANNING) for found in parts["S"][code]]
    special = [method for method in scanning if method not in (ONE_TIER, OWN_RATES)]
    charges = parts["4"][code][0]
    spreads = [_series_spread(found, code, unit, lines) for found in _by_priority(parts["E"][code], 9, 13)]
    spreads += [_tier_spread(found, code, unit, lines) for found in _by_priority(parts["C"][code], 11, 12)]
    made = Commodity(
        code=code,
        title=code,
        currency=row.name(14, 16, "performance bond currency"),
        exponent=row.whole(13, 13, "risk exponent"),
        caps_option_value=int(row.code(19, 19, "limit option value", "Y", "N", "") == "Y"),
        process="NORMAL",
        price_risk=_price_risk(parts["S"][code]),
        spot="NORMAL",
        short_option=SHORT_OPTION[charges.code(79, 79, "short option minimum method", *SHORT_OPTION)],
        margin_method=f"scanning method {special[0]}" if special else None,
        links=tuple(_links(code, families, lines)),
        spot_rates=tuple(_spot_rates(charges, unit)),
        adjustments=_adjustments(parts["3"][code][0], charges, account),
        intra_tiers=_tiers(parts["3"][code], 11, 4, lines),
        short_option_tiers=_short_option_tiers(parts["S"][code], charges, unit, lines),
        spreads=tuple(spreads),
    )
    lines[id(made)] = row.line
    return made


def _by_priority(rows: list[Row], start: int, end: int) -> list[Row]:
    return sorted(rows, key=lambda row: row.whole(start, end, "spread priority"))


def _price_risk(rows: list[Row]) -> str:
    for row in rows:
        return PRICE_RISK[row.code(83, 83, "weighted price risk method", *PRICE_RISK)]
    return "NORMAL"


def _links(code: str, families: Families, lines: Lines) -> list[FamilyLink]:
    found = []
    for terms in families.terms.values():
        if terms.commodity == code:
            made = FamilyLink(
                exchange=terms.key[0],
                family=terms.family,
                product=terms.key[1],
                kind=terms.key[2],
                delta_scaling=Decimal(1),
            )
            lines[id(made)] = terms.row.line
            found.append(made)
    return found


def _tiers(rows: list[Row], column: int, most: int, lines: Lines) -> Tiers | None:
    """Tiers of a record 3 or S: number, first and last month, from `column` on."""
    found = []
    for row in rows:
        for start in range(column, column + 14 * most, 14):
            if row.has(start, start + 13):
                made = Tier(
                    number=row.whole(start, start + 1, "tier number"),
                    start=row.month(start + 2, start + 7, "first month of a tier"),
                    end=row.month(start + 8, start + 13, "last month of a tier"),
                )
                lines[id(made)] = row.line
                found.append(made)
    return Tiers(tiers=tuple(found)) if found else None


def _short_option_tiers(rows: list[Row], charges: Row, unit: Decimal, lines: Lines) -> Tiers:
    """Short option minimums by tier where a record S states them, else the one of record 4."""
    for row in rows:
        if row.raw(9, 10, "method") == OWN_RATES:
            tiers = _tiers([row], 13, 5, lines)
            found = tiers.tiers if tiers is not None else ()
            rates = [row.number(104 + 7 * i, 110 + 7 * i, "short option minimum rate") for i in range(len(found))]
            made = [
                Tier(number=tier.number, start=tier.start, end=tier.end, rates=(Rate(rate=1, value=rate * unit),))
                for tier, rate in zip(found, rates, strict=True)
            ]
            lines.update((id(tier), row.line) for tier in made)
            return Tiers(tiers=tuple(made))
    rate = charges.number(63, 69, "short option minimum rate") if charges.has(63, 69) else Decimal(0)
    every = Tier(number=0, rates=(Rate(rate=1, value=rate * unit),))
    lines[id(every)] = charges.line
    return Tiers(tiers=(every,))


def _spot_rates(row: Row, unit: Decimal) -> list[SpotRate]:
    """Charges of months in delivery; method 11, by basis, is refused where it charges anything."""
    method = row.code(9, 10, "delivery charge method", *(f"{n:02}" for n in range(1, 12)))
    if method == ONE_TIER:
        return []
    if method == "11":
        if row.whole(21, 27, "basis risk charge rate"):
            raise row.error("delivery charge method", "11, a charge by basis, is not supported")
        return []
    return [
        SpotRate(
            rate=1,
            period=row.month(start + 2, start + 7, "delivery month"),
            spread=row.number(start + 8, start + 14, "charge of spreads") * unit,
            outright=row.number(start + 15, start + 21, "charge of outrights") * unit,
        )
        for start in range(13, 13 + 22 * row.whole(11, 12, "number of months in delivery"), 22)
    ]


def _adjustments(tiers: Row, charges: Row, account: str) -> tuple[Adjustment, ...]:
    found = []
    start = FACTOR[account]
    factor = charges.number(start, start + 2, "requirement factor", 2) if charges.has(start, start + 2) else Decimal(1)
    if factor not in (0, 1):
        found.append(Adjustment(rate=1, base=1, factor=factor))
    start = INITIAL_RATIO[account]
    ratio = tiers.number(start, start + 3, "initial to maintenance ratio", 3)
    if not ratio:
        raise tiers.error("initial to maintenance ratio", "is 0")
    return (*found, Adjustment(rate=2, base=1, factor=ratio))


def _tier_spread(row: Row, code: str, unit: Decimal, lines: Lines) -> DeltaSpread:
    """A record C: legs of number, tier, ratio and side from column 22 on."""
    legs = []
    for start in range(22, 22 + 7 * row.whole(13, 14, "number of legs"), 7):
        leg = TierLeg(
            commodity=code,
            tier=row.whole(start + 2, start + 3, "tier of a leg"),
            side=row.code(start + 6, start + 6, "side of a leg", "A", "B"),
            ratio=_ratio(row, row.number(start + 4, start + 5, "ratio of a leg")),
        )
        lines[id(leg)] = row.line
        legs.append(leg)
    charge = Rate(rate=1, value=row.number(15, 21, "charge rate") * unit)
    number = row.whole(11, 12, "spread priority")
    return _kept(DeltaSpread(number=number, method="F", rate=charge, tier_legs=tuple(legs)), row, lines)


def _series_spread(row: Row, code: str, unit: Decimal, lines: Lines) -> DeltaSpread:
    """A record E: legs of month, ratio and side from column 21 on."""
    legs = []
    for start in range(21, 77, 14):
        if row.has(start, start + 13):
            months = CENTURY + row.raw(start, start + 6, "month of a leg")
            leg = PeriodLeg(
                commodity=code,
                period=Row(months, row.line, row.record).month(1, 9, "month of a leg"),
                side=row.code(start + 13, start + 13, "side of a leg", "A", "B"),
                ratio=_ratio(row, row.number(start + 7, start + 12, "ratio of a leg", 4)),
            )
            lines[id(leg)] = row.line
            legs.append(leg)
    charge = Rate(rate=1, value=row.number(14, 20, "charge rate") * unit)
    number = row.whole(9, 13, "spread priority")
    return _kept(DeltaSpread(number=number, method="F", rate=charge, period_legs=tuple(legs)), row, lines)


def inter_spreads(rows: list[Row], lines: Lines) -> InterSpreads | None:
    """Records 6 by priority; the method is F where the credit is flat."""
    if not rows:
        return None
    return InterSpreads(spreads=tuple(_inter_spread(row, lines) for row in _by_priority(rows, 6, 9)))


def _inter_spread(row: Row, lines: Lines) -> DeltaSpread:
    row.code(89, 90, "spread method", "01", "02", "03", "10", "20", "")
    if row.code(122, 122, "credit rates by leg", "N", "Y", "") == "Y":
        raise row.error("credit rates by leg", "credits that differ by leg are not supported")
    if row.code(110, 110, "spread group", "N", "S", "") == "S":
        raise row.error("spread group", "spreads before spreads between months are not supported")
    legs = []
    for start, tier in zip(range(17, 89, 18), range(102, 110, 2), strict=True):
        if row.has(start, start + 17):
            leg = TierLeg(
                commodity=row.name(start + 4, start + 9, "combined commodity of a leg"),
                tier=row.whole(tier, tier + 1, "tier of a leg") if row.has(tier, tier + 1) else 0,
                side=row.code(start + 17, start + 17, "side of a leg", "A", "B"),
                ratio=_ratio(row, row.number(start + 10, start + 16, "ratio of a leg", 4)),
            )
            lines[id(leg)] = row.line
            legs.append(leg)
    flat = row.code(101, 101, "credit method", "W", "F", "") == "F"
    credit = row.number(10, 16, "credit rate", 2 if flat else 6)
    number = row.whole(6, 9, "spread priority")
    made = DeltaSpread(
        number=number, method="F" if flat else "W", rate=Rate(rate=1, value=credit), tier_legs=tuple(legs)
    )
    return _kept(made, row, lines)


def _ratio(row: Row, ratio: Decimal) -> Decimal:
    if not ratio:
        raise row.error("ratio of a leg", "is 0")
    return ratio


def _kept(made: DeltaSpread, row: Row, lines: Lines) -> DeltaSpread:
    lines[id(made)] = row.line
    return made
