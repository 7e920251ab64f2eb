"""Records of contracts: families of futures and options, their prices, scan ranges and risk arrays."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from stoplog.span.fields import (
    as_code,
    as_day,
    as_flag,
    as_name,
    as_number,
    as_numbers,
    as_period,
    as_record,
    as_records,
    as_text,
    as_whole,
)

VALUATIONS = ("EQTY", "FUT", "FUTDA", "FWD")
"""How a contract is paid for: at once as an option's premium, or by daily settlement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRate:
    """By how much price and volatility are moved; of the volatility an absolute amount or a share of itself."""

    rate: int = as_whole("r", least=1)
    price: Decimal | None = as_number("priceScan", least=0, needed=False)
    price_share: Decimal | None = as_number("priceScanPct", least=0, needed=False)
    volatility: Decimal | None = as_number("volScan", least=0, needed=False)
    volatility_share: Decimal | None = as_number("volScanPct", least=0, needed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskArray:
    """The loss of one long contract in each scenario, above zero a loss, and the composite delta."""

    rate: int = as_whole("r", least=1)
    losses: tuple[Decimal, ...] = as_numbers("a")
    delta: Decimal = as_number("d")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderlyingFamily:
    """The family that a family's contracts are on."""

    exchange: str = as_name("exch")
    family: str = as_name("pfId")
    product: str = as_name("pfCode")
    kind: str = as_code("pfType", "PHY", "EQUITY", "FUT", "CMB")
    side: str = as_code("s", "A", "B")
    ratio: Decimal = as_number("i", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderlyingContract:
    """The contract that a contract is on."""

    exchange: str = as_name("exch")
    family: str = as_name("pfId")
    contract: str = as_name("cId")
    side: str = as_code("s", "A", "B")
    ratio: Decimal = as_number("i", above=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestRate:
    """An interest rate: its value and how it is compounded."""

    value: Decimal = as_number("val")
    rule: int | None = as_whole("rl", needed=False)
    compounding: int | None = as_whole("cpm", needed=False)
    months: int | None = as_whole("exm", needed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividend:
    """A dividend of one day."""

    value: Decimal = as_number("val")
    days: int | None = as_whole("dtm", needed=False)
    day: str | None = as_day("setlDate", needed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DividendRate:
    """A dividend yield."""

    value: Decimal = as_number("val")
    dividends: tuple[Dividend, ...] = as_records("div", Dividend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Physical:
    """What can be delivered, or an index: a price."""

    contract: str = as_name("cId")
    period: str = as_name("pe")
    price: Decimal = as_number("p")
    delta: Decimal = as_number("d")
    volatility: Decimal = as_number("v", least=0)
    value_factor: Decimal = as_number("cvf", least=0)
    value: Decimal = as_number("val")
    delta_scaling: Decimal = as_number("sc", above=0)
    scan: tuple[ScanRate, ...] = as_records("scanRate", ScanRate)
    arrays: tuple[RiskArray, ...] = as_records("ra", RiskArray)


@dataclass(frozen=True, slots=True, kw_only=True)
class Future:
    """A future of one month."""

    contract: str = as_name("cId")
    period: str = as_period("pe")
    price: Decimal | None = as_number("p", needed=False)
    delta: Decimal = as_number("d")
    volatility: Decimal = as_number("v", least=0)
    value_factor: Decimal = as_number("cvf", least=0)
    value: Decimal | None = as_number("val", needed=False)
    delta_scaling: Decimal = as_number("sc", above=0)
    settles: str | None = as_day("setlDate", needed=False)
    years: Decimal | None = as_number("t", least=0, needed=False)
    underlyings: tuple[UnderlyingContract, ...] = as_records("undC", UnderlyingContract)
    scan: tuple[ScanRate, ...] = as_records("scanRate", ScanRate)
    arrays: tuple[RiskArray, ...] = as_records("ra", RiskArray, least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A call or put of a series. Without a price it has no value that counts."""

    contract: str = as_name("cId")
    right: str = as_code("o", "C", "P")
    strike: Decimal = as_number("k")
    price: Decimal | None = as_number("p", needed=False)
    quote: str | None = as_text("pq", needed=False)
    delta: Decimal = as_number("d")
    volatility: Decimal = as_number("v", least=0)
    value: Decimal | None = as_number("val", needed=False)
    value_factor: Decimal | None = as_number("cvf", least=0, needed=False)
    strike_factor: Decimal | None = as_number("svf", least=0, needed=False)
    arrays: tuple[RiskArray, ...] = as_records("ra", RiskArray, least=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The options of one month."""

    period: str = as_period("pe")
    volatility: Decimal = as_number("v", least=0)
    volatility_source: str | None = as_text("volSrc", needed=False)
    settles: str | None = as_day("setlDate", needed=False)
    years: Decimal | None = as_number("t", least=0, needed=False)
    value_factor: Decimal = as_number("cvf", least=0)
    strike_factor: Decimal | None = as_number("svf", least=0, needed=False)
    delta_scaling: Decimal = as_number("sc", above=0)
    underlyings: tuple[UnderlyingContract, ...] = as_records("undC", UnderlyingContract)
    interest: InterestRate | None = as_record("intrRate", InterestRate, needed=False)
    dividends: DividendRate | None = as_record("divRate", DividendRate, needed=False)
    scan: tuple[ScanRate, ...] = as_records("scanRate", ScanRate)
    options: tuple[Option, ...] = as_records("opt", Option)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A product family: contracts that differ by month, strike and right."""

    family: str = as_name("pfId")
    product: str = as_name("pfCode")
    title: str = as_text("name")
    currency: str = as_name("currency")
    value_factor: Decimal = as_number("cvf", least=0)
    price_decimals: int = as_whole("priceDl")
    price_format: str = as_text("priceFmt")
    valuation: str = as_code("valueMeth", *VALUATIONS)
    pricing: str = as_text("priceMeth")
    settlement: str = as_code("setlMeth", "CASH", "DELIV")
    positions_allowed: int | None = as_flag("positionsAllowed", needed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicalFamily(Family):
    """A family of what can be delivered, or of an index."""

    physicals: tuple[Physical, ...] = as_records("phy", Physical)


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureFamily(Family):
    """A family of futures."""

    underlyings: tuple[UnderlyingFamily, ...] = as_records("undPf", UnderlyingFamily)
    futures: tuple[Future, ...] = as_records("fut", Future)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionFamily(Family):
    """A family of options."""

    exercise: str = as_code("exercise", "AMER", "EURO")
    strike_decimals: int = as_whole("strikeDl")
    strike_format: str = as_text("strikeFmt")
    cabinet: Decimal | None = as_number("cab", least=0, needed=False)
    price_model: str | None = as_text("priceModel", needed=False)
    variable_tick: int | None = as_flag("isVariableTick", needed=False)
    underlyings: tuple[UnderlyingFamily, ...] = as_records("undPf", UnderlyingFamily)
    series: tuple[Series, ...] = as_records("series", Series)


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRecord:
    """The families of an exchange, by kind."""

    code: str = as_name("exch")
    title: str = as_text("name")
    physicals: tuple[PhysicalFamily, ...] = as_records("phyPf", PhysicalFamily)
    futures: tuple[FutureFamily, ...] = as_records("futPf", FutureFamily)
    options_on_physicals: tuple[OptionFamily, ...] = as_records("oopPf", OptionFamily)
    options_on_futures: tuple[OptionFamily, ...] = as_records("oofPf", OptionFamily)
