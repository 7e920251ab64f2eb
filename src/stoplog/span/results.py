"""What margining a portfolio answers: figures by commodity, the spreads that were formed, totals. All exact."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from stoplog.span.counting import Contract


class Position(NamedTuple):
    """So many of a contract, below zero sold."""

    contract: Contract
    quantity: Fraction | int


class Formed(NamedTuple):
    """Spreads of one kind that were formed: the spread, how many, the rate of each, what they cost or credit."""

    number: int
    name: str
    times: Fraction
    rate: Fraction
    amount: Fraction


class Scan(NamedTuple):
    """What the scenarios say, amounts in the commodity's currency."""

    counts: tuple[Fraction | int, ...]
    """The loss in each scenario, `unit` to one of the currency."""
    unit: int
    active: int
    """The first scenario with the largest loss, from 1."""
    paired: int
    capped: bool
    """Whether the value of options that are long only caps the largest loss."""
    risk: Fraction
    """The scan risk: capped and rounded."""

    @property
    def totals(self) -> tuple[Fraction, ...]:
        """The loss in each scenario."""
        return tuple(Fraction(count, self.unit) for count in self.counts)

    @property
    def volatility_adjusted(self) -> Fraction:
        """The mean of the losses in the active and the paired scenario."""
        return Fraction(self.counts[self.active - 1] + self.counts[self.paired - 1], 2 * self.unit)

    @property
    def time(self) -> Fraction:
        """The mean of the losses in the scenarios without a price move."""
        return Fraction(self.counts[0] + self.counts[1], 2 * self.unit)

    @property
    def price(self) -> Fraction:
        """Futures price risk: what the volatility-adjusted loss has above the loss by time."""
        counts = self.counts
        excess = counts[self.active - 1] + counts[self.paired - 1] - counts[0] - counts[1]
        return Fraction(max(0, excess), 2 * self.unit)


class Deltas(NamedTuple):
    """Deltas by month: as held and as left by spreads between months."""

    net: Fraction
    held: dict[str, Fraction]
    left: dict[str, Fraction]


class CommodityMargin(NamedTuple):
    """The worksheet of one combined commodity."""

    name: str
    currency: str
    positions: tuple[Position, ...]
    scan: Scan
    deltas: Deltas
    weighted_price_risk: Fraction
    intra_spreads: tuple[Formed, ...]
    intra: Fraction
    delivery: Fraction
    inter_spreads: tuple[Formed, ...]
    inter: Fraction
    short_options: Fraction
    """How many count for the short option minimum."""
    short_option_minimum: Fraction
    requirement: Fraction
    net_option_value: Fraction


class PortfolioMargin(NamedTuple):
    """The worksheet of a portfolio; totals in `currency`."""

    currency: str
    commodities: tuple[CommodityMargin, ...]
    maintenance: Fraction
    initial: Fraction
    net_option_value: Fraction
    total: Fraction
    """Maintenance less net option value, not below 0 where the clearing house caps the credit; below 0: an excess."""
    unpriced: tuple[str, ...]
    """Options that the file has no price of: their value counts nowhere."""
