"""A small clearing house of our own, as a listing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from stoplog.span.layout import Commodity, SpanFile
from stoplog.span.listing import Credit, Listed, ListedFuture, ListedOption, Listing, span_file
from stoplog.span.margin import margin
from stoplog.span.option_value import Terms, european_value
from stoplog.span.parameters import Parameters
from stoplog.span.results import PortfolioMargin, Position

MONTHS = (("202609", "20260925", "0.10"), ("202612", "20261225", "0.35"), ("202703", "20270326", "0.60"))


def option(month: int, right: str, strike: int, price: str, volatility: str = "0.6") -> ListedOption:
    period, settles, years = MONTHS[month]
    return ListedOption(
        month=period,
        right=right,
        strike=Decimal(strike),
        price=Decimal(price),
        volatility=Decimal(volatility),
        settles=settles,
        years=Decimal(years),
    )


def product(name: str, price: str, scan: str) -> Listed:
    strikes = [round(float(price) * share) for share in (0.8, 1.0, 1.25)]
    return Listed(
        product=name,
        currency="USDT",
        price=Decimal(price),
        value_factor=Decimal(1),
        price_scan=Decimal(scan),
        volatility_scan=Decimal("0.25"),
        spread_charge=Decimal(250),
        short_option=Decimal(50),
        futures=tuple(
            ListedFuture(month=month, price=Decimal(price), settles=settles, years=Decimal(years))
            for month, settles, years in MONTHS
        ),
        options=tuple(
            option(month, right, strike, "120.50") for month in (0, 1) for strike in strikes for right in ("C", "P")
        ),
    )


def listing() -> Listing:
    credit = Credit(long="BTC", long_delta=Decimal(1), short="ETH", short_delta=Decimal(10), share=Decimal("0.5"))
    return Listing(
        organisation="STOPLOG",
        exchange="STOP",
        day="20260821",
        created="202608211600",
        products=(product("BTC", "60000", "9000"), product("ETH", "4000", "800")),
        credits=(credit,),
    )


def example() -> Listing:
    """The listing that `docs/example.spn` is written from: options priced by its own volatility."""
    found = listing()
    return replace(found, products=tuple(map(_priced, found.products)))


def _priced(listed: Listed) -> Listed:
    options = tuple(replace(made, price=Decimal(f"{_worth(listed, made):.2f}")) for made in listed.options)
    return replace(listed, options=options)


def _worth(listed: Listed, made: ListedOption) -> float:
    terms = Terms(1 if made.right == "C" else -1, float(made.strike), float(listed.rate), 0.0)
    return european_value(terms, float(listed.price), float(made.volatility), float(made.years))


def with_commodity(file: SpanFile, name: str, **changes: Any) -> SpanFile:
    """The file with fields of a commodity changed."""
    organisation = file.at.organisation

    def changed(commodity: Commodity) -> Commodity:
        return replace(commodity, **changes) if commodity.code == name else commodity

    commodities = tuple(map(changed, organisation.commodities))
    return replace(file, at=replace(file.at, organisation=replace(organisation, commodities=commodities)))


def margined(found: Parameters, *positions: tuple[Any, Any]) -> PortfolioMargin:
    """The margin of (key, quantity) pairs."""
    return margin(found, [Position(found.contract(key), quantity) for key, quantity in positions])


def ours() -> SpanFile:
    return span_file(listing())
