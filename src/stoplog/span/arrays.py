"""Risk arrays and composite deltas from price function, scan ranges and scenarios, in floating point.

Value i of an array is the weight of scenario i times what one long contract loses: its value now less its value at the
scenario's price and volatility after the look-ahead time. The composite delta is the weighted mean of the deltas at the
points of the set, after the look-ahead time and at the volatility as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stoplog.span.contracts import Option, OptionFamily, Series
from stoplog.span.errors import PositionError
from stoplog.span.layout import PointSet, Share, SpanFile
from stoplog.span.option_value import Terms, european_delta, european_value

TRADING_DAYS = 250
"""One day ahead is one part of so many of a year, where a file states no look-ahead time."""


class Ranges(NamedTuple):
    """Price scan range in units of the price; volatility scan range as an absolute number."""

    price: float
    volatility: float
    look_ahead: float


class Moment(NamedTuple):
    """Price of what an option is on, volatility, and years to expiry."""

    price: float
    volatility: float
    years: float


class Recomputed(NamedTuple):
    """An option of a file with the array and the composite delta that its inputs give."""

    family: OptionFamily
    series: Series
    option: Option
    losses: tuple[float, ...]
    delta: float


def option_array(terms: Terms, now: Moment, ranges: Ranges, size: float, points: PointSet) -> tuple[float, ...]:
    """The losses of one long option of `size` in each scenario."""
    worth = european_value(terms, *now)
    years = max(now.years - ranges.look_ahead, 0.0)
    return tuple(
        float(point.weight)
        * size
        * (
            worth
            - european_value(
                terms,
                now.price + share(point.price) * ranges.price,
                max(now.volatility + share(point.volatility) * ranges.volatility, 0.0),
                years,
            )
        )
        for point in points.scan
    )


def future_array(scan_range: float, points: PointSet) -> tuple[float, ...]:
    """The losses of one long future in each scenario; `scan_range` in money."""
    return tuple(-float(point.weight) * share(point.price) * scan_range for point in points.scan)


def composite_delta(terms: Terms, now: Moment, ranges: Ranges, points: PointSet) -> float:
    """The weighted mean of the deltas over the prices of the set."""
    years = max(now.years - ranges.look_ahead, 0.0)
    return sum(
        float(point.weight)
        * european_delta(terms, now.price + share(point.price) * ranges.price, now.volatility, years)
        for point in points.delta
    )


def share(part: Share) -> float:
    """The multiple of a scan range, from the fraction that it rounds."""
    return float(part.numerator) / float(part.denominator)


def look_ahead(file: SpanFile) -> float:
    """The look-ahead time in years: as the file states it, else one trading day."""
    organisation = file.at.organisation
    if organisation.look_ahead_years is not None:
        return float(organisation.look_ahead_years)
    if organisation.look_ahead_days is not None and organisation.days_a_year is not None:
        return organisation.look_ahead_days / organisation.days_a_year
    return 1 / TRADING_DAYS


def recomputed(file: SpanFile) -> Iterator[Recomputed]:
    """Every European option on a physical with the array that the file's own inputs give.

    `PositionError` names a series whose inputs are not all there.
    """
    points, ahead = file.at.organisation.points[0], look_ahead(file)
    for exchange in file.at.organisation.exchanges:
        prices = {
            (family.family, made.contract): float(made.price)
            for family in exchange.physicals
            for made in family.physicals
        }
        for family in exchange.options_on_physicals:
            for series in family.series:
                for option in series.options:
                    yield _recomputed(family, series, option, prices, ahead, points)


def _recomputed(
    family: OptionFamily,
    series: Series,
    option: Option,
    prices: dict[tuple[str, str], float],
    ahead: float,
    points: PointSet,
) -> Recomputed:
    under, scan = series.underlyings, series.scan
    if not under or not scan or scan[0].price is None or series.interest is None or series.years is None:
        raise PositionError(None, f"{family.product} {series.period}: its arrays cannot be computed from its inputs")
    size, volatility = float(series.value_factor), float(option.volatility)
    dividend = 0.0 if series.dividends is None else float(series.dividends.value)
    terms = Terms(1 if option.right == "C" else -1, float(option.strike), float(series.interest.value), dividend)
    relative = scan[0].volatility_share
    moved = float(scan[0].volatility or 0) if relative is None else float(relative) * volatility
    now = Moment(prices[under[0].family, under[0].contract], volatility, float(series.years))
    ranges = Ranges(float(scan[0].price) / size, moved, ahead)
    losses = option_array(terms, now, ranges, size, points)
    return Recomputed(family, series, option, losses, composite_delta(terms, now, ranges, points))
