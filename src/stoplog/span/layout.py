"""What a parameter file says: the elements of SPAN XML 4.00 as records. `.pa2` files are read to the same records.

Names of elements are those of the format; attributes say in words what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from stoplog.span.contracts import FamilyRecord
from stoplog.span.fields import as_code, as_day, as_flag, as_name, as_number, as_record, as_records, as_text, as_whole
from stoplog.span.spreads import DeltaSpread, HybridSpread, SpotRate, Tiers


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """A currency."""

    currency: str = as_name("currency")
    symbol: str = as_text("symbol")
    title: str = as_text("name")
    decimals: int = as_whole("decimalPos")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountType:
    """A type of account."""

    is_customer: int = as_flag("isCust")
    account_type: str = as_name("acctType")
    title: str = as_text("name")
    is_net: int = as_flag("isNetMargin")
    priority: int = as_whole("priority")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSubtype:
    """A subtype of accounts."""

    subtype: str = as_name("acctSubTypeCode")
    data_type: str = as_text("dataType")
    description: str = as_text("description")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupType:
    """A type of groups."""

    number: int = as_whole("id")
    title: str = as_text("name")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupName:
    """A group."""

    number: int = as_whole("id")
    value: str = as_text("aval")
    description: str = as_text("description")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """What the rest of the file refers to by code."""

    currencies: tuple[Currency, ...] = as_records("currencyDef", Currency)
    account_types: tuple[AccountType, ...] = as_records("acctTypeDef", AccountType)
    account_subtypes: tuple[AccountSubtype, ...] = as_records("acctSubTypeDef", AccountSubtype)
    group_types: tuple[GroupType, ...] = as_records("groupTypeDef", GroupType)
    groups: tuple[GroupName, ...] = as_records("groupDef", GroupName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """An amount in one currency times `factor` is the amount in the other."""

    source: str = as_name("fromCur")
    target: str = as_name("toCur")
    factor: Decimal = as_number("factor", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateDefinition:
    """What the arrays of one number are for: whose accounts, maintenance or initial."""

    rate: int = as_whole("r", least=1)
    is_customer: int = as_flag("isCust")
    account_type: str = as_name("acctType")
    is_maintenance: int = as_flag("isM")
    bond_class: str = as_text("pbc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A multiple of a scan range, as a decimal and as the fraction that it rounds."""

    multiple: Decimal = as_number("mult")
    numerator: Decimal = as_number("numerator")
    denominator: Decimal = as_number("denominator", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanPoint:
    """One scenario: the moves of price and volatility, what share of the loss counts, and the paired scenario."""

    point: int = as_whole("point", least=1)
    price: Share = as_record("priceScanDef", Share)
    volatility: Share = as_record("volScanDef", Share)
    weight: Decimal = as_number("weight", above=0)
    paired: int = as_whole("pairedPoint", least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaPoint:
    """One price at which a delta counts in the composite delta, and its weight."""

    point: int = as_whole("point", least=1)
    price: Share = as_record("priceScanDef", Share)
    volatility: Share = as_record("volScanDef", Share)
    weight: Decimal = as_number("weight", least=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointSet:
    """The scenarios and the points of the composite delta."""

    rate: int = as_whole("r", least=1)
    scan: tuple[ScanPoint, ...] = as_records("scanPointDef", ScanPoint, least=1)
    delta: tuple[DeltaPoint, ...] = as_records("deltaPointDef", DeltaPoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(FamilyRecord):
    """An exchange and its families of contracts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyLink:
    """A family of contracts that belongs to a combined commodity."""

    exchange: str = as_name("exch")
    family: str = as_name("pfId")
    product: str = as_name("pfCode")
    kind: str = as_code("pfType", "PHY", "EQUITY", "FUT", "OOP", "OOF", "OOE")
    delta_scaling: Decimal = as_number("sc", above=0)
    combination: str | None = as_text("cmbMeth", needed=False)
    basis_risk: int | None = as_flag("applyBasisRisk", needed=False)
    array_places: int | None = as_whole("arrayPrecision", needed=False)
    option_delta: str | None = as_code("oopDeltaMeth", "PERIOD", "TRUE", needed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """Rate `rate` is `factor` times the requirement at rate `base`."""

    rate: int = as_whole("r", least=1)
    base: int = as_whole("baseR", least=1)
    factor: Decimal = as_number("val", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group that a commodity is in."""

    number: int = as_whole("id")
    value: str = as_text("aval")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commodity:
    """A combined commodity: contracts margined together, and their tiers, spreads and charges."""

    code: str = as_name("cc")
    title: str = as_text("name")
    currency: str = as_name("currency")
    exponent: int = as_whole("riskExponent")
    caps_option_value: int = as_flag("capAnov")
    process: str = as_code("procMeth", "NORMAL")
    price_risk: str = as_code("wfprMeth", "NORMAL", "CAP", "SCANRANGE")
    spot: str = as_code("spotMeth", "NORMAL", "NONE")
    short_option: str = as_code("somMeth", "GROSS", "MAX")
    combination: str | None = as_text("cmbMeth", needed=False)
    margin_method: str | None = as_text("marginMeth", needed=False)
    groups: tuple[Group, ...] = as_records("group", Group)
    links: tuple[FamilyLink, ...] = as_records("pfLink", FamilyLink, least=1)
    spot_rates: tuple[SpotRate, ...] = as_records("spotRate", SpotRate)
    adjustments: tuple[Adjustment, ...] = as_records("adjRate", Adjustment)
    intra_tiers: Tiers | None = as_record("intraTiers", Tiers, needed=False)
    inter_tiers: Tiers | None = as_record("interTiers", Tiers, needed=False)
    short_option_tiers: Tiers | None = as_record("somTiers", Tiers, needed=False)
    rate_tiers: Tiers | None = as_record("rateTiers", Tiers, needed=False)
    spreads: tuple[DeltaSpread, ...] = as_records("dSpread", DeltaSpread)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterSpreads:
    """Spreads between combined commodities, in the order of their priority."""

    spreads: tuple[DeltaSpread, ...] = as_records("dSpread", DeltaSpread)
    hybrid: tuple[HybridSpread, ...] = as_records("hSpread", HybridSpread)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearingOrganisation:
    """A clearing house: its scenarios, exchanges, commodities and spreads."""

    code: str = as_name("ec")
    title: str = as_text("name")
    is_contract_scale: int | None = as_flag("isContractScale", needed=False)
    is_net: int | None = as_flag("isNetMargin", needed=False)
    finalise: str | None = as_text("finalizeMeth", needed=False)
    option_delta: str | None = as_code("oopDeltaMeth", "PERIOD", "TRUE", needed=False)
    caps_option_value: int = as_flag("capAnov")
    look_ahead_years: Decimal | None = as_number("lookAheadYears", least=0, needed=False)
    look_ahead_days: int | None = as_whole("lookAheadDays", least=0, needed=False)
    days_a_year: int | None = as_whole("daysPerYear", least=1, needed=False)
    conversions: tuple[Conversion, ...] = as_records("curConv", Conversion)
    rates: tuple[RateDefinition, ...] = as_records("pbRateDef", RateDefinition)
    points: tuple[PointSet, ...] = as_records("pointDef", PointSet, least=1)
    exchanges: tuple[Exchange, ...] = as_records("exchange", Exchange, least=1)
    commodities: tuple[Commodity, ...] = as_records("ccDef", Commodity, least=1)
    inter_spreads: InterSpreads | None = as_record("interSpreads", InterSpreads, needed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointInTime:
    """The parameters of one moment."""

    day: str = as_day("date")
    is_settlement: int = as_flag("isSetl")
    qualifier: str | None = as_text("setlQualifier", needed=False)
    organisation: ClearingOrganisation = as_record("clearingOrg", ClearingOrganisation)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanFile:
    """A parameter file."""

    file_format: str = as_code("fileFormat", "4.00")
    created: str = as_text("created")
    definitions: Definitions | None = as_record("definitions", Definitions, needed=False)
    at: PointInTime = as_record("pointInTime", PointInTime)
