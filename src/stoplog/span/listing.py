"""A parameter file of our own: instruments and a scenario set as data, arrays and deltas computed from them.

Linear futures and European options on one price per commodity. Amounts are rounded to the places of the file, half
even; what the file then says is what counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from stoplog.span.arrays import Moment, Ranges, composite_delta, future_array, option_array
from stoplog.span.checks import check_file
from stoplog.span.contracts import (
    Future,
    FutureFamily,
    InterestRate,
    Option,
    OptionFamily,
    Physical,
    PhysicalFamily,
    RiskArray,
    ScanRate,
    Series,
    UnderlyingContract,
    UnderlyingFamily,
)
from stoplog.span.layout import (
    ClearingOrganisation,
    Commodity,
    Exchange,
    FamilyLink,
    InterSpreads,
    PointInTime,
    PointSet,
    RateDefinition,
    SpanFile,
)
from stoplog.span.option_value import Terms
from stoplog.span.points import CME_COVER, CME_EXTREME, delta_points, scan_points
from stoplog.span.reading import Lines
from stoplog.span.spreads import DeltaSpread, Rate, Tier, TierLeg, Tiers

PLACES = 6
ONE, NOTHING = Decimal(1), Decimal(0)
SPOT = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFuture:
    """A future: its month as YYYYMM or with a day, its price, the day it settles and the years until then."""

    month: str
    price: Decimal
    settles: str
    years: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOption:
    """A call (C) or put (P) with its price and implied volatility."""

    month: str
    right: str
    strike: Decimal
    price: Decimal
    volatility: Decimal
    settles: str
    years: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Futures and options on one price, margined together.

    `price_scan` is money a contract, `volatility_scan` a share of each option's volatility, `spread_charge` money for
    each spread between months, `short_option` money for each option sold.
    """

    product: str
    currency: str
    price: Decimal
    value_factor: Decimal
    price_scan: Decimal
    volatility_scan: Decimal
    spread_charge: Decimal
    short_option: Decimal
    rate: Decimal = NOTHING
    futures: tuple[ListedFuture, ...] = ()
    options: tuple[ListedOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A spread between two products: how much delta of each, long the one and short the other; the share credited."""

    long: str
    long_delta: Decimal
    short: str
    short_delta: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a file is made from. `look_ahead` in years: an option is worth in a scenario what it will be then."""

    organisation: str
    exchange: str
    day: str
    created: str
    products: tuple[Listed, ...]
    credits: tuple[Credit, ...] = ()
    points: PointSet = field(
        default_factory=lambda: PointSet(rate=1, scan=scan_points(CME_EXTREME, CME_COVER), delta=delta_points())
    )
    look_ahead: Decimal = Decimal("0.002740")


def span_file(listing: Listing) -> SpanFile:
    """The parameter file of a listing; `SpanFileError`, at line 0, where the listing contradicts itself."""
    file = SpanFile(
        file_format="4.00",
        created=listing.created,
        at=PointInTime(
            day=listing.day,
            is_settlement=1,
            organisation=ClearingOrganisation(
                code=listing.organisation,
                title=listing.organisation,
                caps_option_value=0,
                look_ahead_years=listing.look_ahead,
                rates=(RateDefinition(rate=1, is_customer=1, account_type="H", is_maintenance=1, bond_class="CORE"),),
                points=(listing.points,),
                exchanges=(_exchange(listing),),
                commodities=tuple(_commodity(listing, product) for product in listing.products),
                inter_spreads=_inter_spreads(listing),
            ),
        ),
    )
    check_file(file, _NoLines())
    return file


class _NoLines(Lines):
    """Line 0 for every record: a listing has no lines."""

    def __missing__(self, _: int) -> int:
        return 0


def _exchange(listing: Listing) -> Exchange:
    return Exchange(
        code=listing.exchange,
        title=listing.exchange,
        physicals=tuple(_physicals(product) for product in listing.products),
        futures=tuple(_futures(listing, product) for product in listing.products if product.futures),
        options_on_physicals=tuple(_options(listing, product) for product in listing.products if product.options),
    )


def _family(product: Listed, kind: str, valuation: str) -> dict[str, Any]:
    return {
        "family": f"{product.product}.{kind}",
        "product": product.product,
        "title": product.product,
        "currency": product.currency,
        "value_factor": product.value_factor,
        "price_decimals": -int(product.price.as_tuple().exponent),
        "price_format": "",
        "valuation": valuation,
        "pricing": "STD",
        "settlement": "CASH",
    }


def _physicals(product: Listed) -> PhysicalFamily:
    spot = Physical(
        contract=SPOT,
        period="00000S",
        price=product.price,
        delta=ONE,
        volatility=NOTHING,
        value_factor=product.value_factor,
        value=product.price * product.value_factor,
        delta_scaling=ONE,
    )
    return PhysicalFamily(**_family(product, "PHY", "EQTY"), physicals=(spot,))


def _under_family(listing: Listing, product: Listed) -> UnderlyingFamily:
    family = f"{product.product}.PHY"
    return UnderlyingFamily(
        exchange=listing.exchange, family=family, product=product.product, kind="PHY", side="A", ratio=ONE
    )


def _under(listing: Listing, product: Listed) -> UnderlyingContract:
    family = f"{product.product}.PHY"
    return UnderlyingContract(exchange=listing.exchange, family=family, contract=SPOT, side="A", ratio=ONE)


def _futures(listing: Listing, product: Listed) -> FutureFamily:
    losses = tuple(_rounded(loss) for loss in future_array(float(product.price_scan), listing.points))
    made = tuple(
        Future(
            contract=future.month,
            period=future.month,
            price=future.price,
            delta=ONE,
            volatility=NOTHING,
            value_factor=product.value_factor,
            value=future.price * product.value_factor,
            delta_scaling=ONE,
            settles=future.settles,
            years=future.years,
            underlyings=(_under(listing, product),),
            scan=(ScanRate(rate=1, price=product.price_scan, volatility=NOTHING),),
            arrays=(RiskArray(rate=1, losses=losses, delta=ONE),),
        )
        for future in product.futures
    )
    return FutureFamily(**_family(product, "FUT", "FUT"), underlyings=(_under_family(listing, product),), futures=made)


def _options(listing: Listing, product: Listed) -> OptionFamily:
    months = dict.fromkeys((option.month, option.settles, option.years) for option in product.options)
    places = max(-int(option.strike.as_tuple().exponent) for option in product.options)
    return OptionFamily(
        **_family(product, "OOP", "EQTY"),
        exercise="EURO",
        strike_decimals=max(places, 0),
        strike_format="",
        price_model="M",
        underlyings=(_under_family(listing, product),),
        series=tuple(_series(listing, product, *month) for month in months),
    )


def _series(listing: Listing, product: Listed, month: str, settles: str, years: Decimal) -> Series:
    key = month, settles, years
    held = [option for option in product.options if (option.month, option.settles, option.years) == key]
    return Series(
        period=month,
        volatility=NOTHING,
        settles=settles,
        years=years,
        value_factor=product.value_factor,
        strike_factor=product.value_factor,
        delta_scaling=ONE,
        underlyings=(_under(listing, product),),
        interest=InterestRate(value=product.rate),
        scan=(ScanRate(rate=1, price=product.price_scan, volatility_share=product.volatility_scan),),
        options=tuple(_option(listing, product, option) for option in held),
    )


def _option(listing: Listing, product: Listed, option: ListedOption) -> Option:
    terms = Terms(1 if option.right == "C" else -1, float(option.strike), float(product.rate), 0.0)
    now = Moment(float(product.price), float(option.volatility), float(option.years))
    size = float(product.value_factor)
    moved = float(product.volatility_scan) * now.volatility
    ranges = Ranges(float(product.price_scan) / size, moved, float(listing.look_ahead))
    losses = option_array(terms, now, ranges, size, listing.points)
    delta = composite_delta(terms, now, ranges, listing.points)
    return Option(
        contract=f"{option.month}{option.right}{option.strike}",
        right=option.right,
        strike=option.strike,
        price=option.price,
        delta=_rounded(delta),
        volatility=option.volatility,
        value=option.price * product.value_factor,
        arrays=(RiskArray(rate=1, losses=tuple(_rounded(loss) for loss in losses), delta=_rounded(delta)),),
    )


def _commodity(listing: Listing, product: Listed) -> Commodity:
    kinds = {"PHY": True, "FUT": bool(product.futures), "OOP": bool(product.options)}
    legs = tuple(TierLeg(commodity=product.product, tier=0, side=side, ratio=ONE) for side in "AB")
    charge = Rate(rate=1, value=product.spread_charge)
    minimum = Tier(number=0, rates=(Rate(rate=1, value=product.short_option),))
    every = Tiers(tiers=(Tier(number=0),))
    return Commodity(
        code=product.product,
        title=product.product,
        currency=product.currency,
        exponent=0,
        caps_option_value=0,
        process="NORMAL",
        price_risk="NORMAL",
        spot="NORMAL",
        short_option="GROSS",
        links=tuple(
            FamilyLink(
                exchange=listing.exchange,
                family=f"{product.product}.{kind}",
                product=product.product,
                kind=kind,
                delta_scaling=ONE,
            )
            for kind, there in kinds.items()
            if there
        ),
        intra_tiers=every,
        inter_tiers=every,
        short_option_tiers=Tiers(tiers=(minimum,)),
        spreads=(DeltaSpread(number=1, method="F", rate=charge, tier_legs=legs),),
    )


def _inter_spreads(listing: Listing) -> InterSpreads | None:
    made = tuple(
        DeltaSpread(
            number=number,
            method="W",
            rate=Rate(rate=1, value=credit.share),
            tier_legs=(
                TierLeg(commodity=credit.long, tier=0, side="A", ratio=credit.long_delta),
                TierLeg(commodity=credit.short, tier=0, side="B", ratio=credit.short_delta),
            ),
        )
        for number, credit in enumerate(listing.credits, 1)
    )
    return InterSpreads(spreads=made) if made else None


def _rounded(amount: float) -> Decimal:
    return Decimal(f"{amount:.{PLACES}f}")
