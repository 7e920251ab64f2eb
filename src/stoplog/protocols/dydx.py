"""dYdX v4: margins that rise with open interest, and what the insurance fund pays or takes.

Integers: quote quanta (1e-6 USDC), base quanta (of each market its own), rates in millionths (ppm). Margins are rounded
up, twice for maintenance, values towards zero, fees down; how a subaccount is shared out is `margin.bankruptcy_shares`.
Source: dydxprotocol/v4-chain @84d4664bae, x/perpetuals, x/subaccounts, x/clob/keeper/liquidations.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import floor, trunc
from typing import NamedTuple

from stoplog.margin.bankruptcy_shares import bankruptcy_share, closing_quote
from stoplog.margin.health import Health
from stoplog.margin.tiers import initial, maintenance
from stoplog.units import OutOfRange, mul_div_down

PPM = 10**6
"""A rate of 1."""

QUOTE_QUANTA = 10**6
"""Quote quanta of a dollar."""


class Market(NamedTuple):
    """What one base quantum is worth in quote quanta, the initial rate, and maintenance as a share of initial."""

    quantum_value: Fraction
    initial_ppm: int
    maintenance_fraction_ppm: int


def quantum_value(price: Fraction, atomic_resolution: int) -> Fraction:
    """The quote quanta that one base quantum, 10^`atomic_resolution` units, is worth at `price` dollars a unit.

    >>> quantum_value(Fraction(50_000), -8)
    Fraction(500, 1)
    """
    return price * QUOTE_QUANTA * Fraction(10) ** atomic_resolution


class Holding(NamedTuple):
    """A number of base quanta, above zero long, of a market."""

    market: Market
    quanta: int

    @property
    def value(self) -> int:
        """What it is worth in quote quanta, towards zero."""
        return trunc(self.quanta * self.market.quantum_value)

    def health(self) -> Health:
        """Value and margins; maintenance is a share of the rounded initial margin, rounded up once more."""
        required = initial(abs(self.value), self.market.initial_ppm, PPM)
        return Health(self.value, required, maintenance(required, self.market.maintenance_fraction_ppm, 0, PPM))

    def close(self, quanta: int) -> Holding:
        """What is left after `quanta` more, of the opposite sign and no more than there are.

        Raises `OutOfRange` for any other number.
        """
        if quanta * self.quanta >= 0 or abs(quanta) > abs(self.quanta):
            raise OutOfRange("quanta", quanta, -self.quanta)
        return self._replace(quanta=self.quanta + quanta)


def subaccount_health(quote_quanta: int, holdings: Iterable[Holding]) -> Health:
    """Net collateral and margins of a subaccount: ORD-001 makes the order of its holdings irrelevant."""
    return sum((holding.health() for holding in holdings), Health(quote_quanta, 0, 0))


def liquidatable(health: Health) -> bool:
    """Whether net collateral is below maintenance, of which there is some: an empty subaccount is never liquidated."""
    return health.maintenance > 0 and health.breached


def bankruptcy_value(subaccount: Health, holding: Holding, quanta: int) -> int:
    """What `quanta` more of a holding must bring in, in quote quanta, rounded up; below zero, what they may cost.

    `subaccount` is the health of all its holdings, this one among them. The holding takes as much of the net collateral
    with it as it frees of the maintenance. Raises `OutOfRange` where the quanta do not close it, and where there is no
    maintenance to share out by.

    >>> held = Holding(Market(Fraction(500), 200_000, 500_000), 10**8)
    >>> bankruptcy_value(subaccount_health(-13_000_000, [held]), held, -21_347)
    2776
    """
    if subaccount.maintenance <= 0:
        raise OutOfRange("maintenance", subaccount.maintenance, 1)
    left = holding.close(quanta)
    freed = abs(left.health().maintenance - holding.health().maintenance)
    share = bankruptcy_share(subaccount.equity, freed, subaccount.maintenance)
    return closing_quote(holding.value, left.value, share)


def initial_rate(base_ppm: int, lower_cap: int, upper_cap: int, open_interest: int) -> int:
    """The initial rate in ppm, which rises with the notional of open interest from its base to 1, rounded down.

    From `lower_cap` to `upper_cap` in a straight line; an upper cap of 0 is none.

    >>> [initial_rate(200_000, 1_000_000, 2_000_000, held) for held in (0, 1_500_000, 2_000_000)]
    [200000, 600000, 1000000]
    """
    if upper_cap == 0 or open_interest <= lower_cap:
        return base_ppm
    if open_interest >= upper_cap:
        return PPM
    return base_ppm + mul_div_down(PPM - base_ppm, open_interest - lower_cap, upper_cap - lower_cap)


def initial_margin(notional: int, market_ppm: int, own_ppm: int) -> int:
    """The initial margin of a notional in quote quanta, by the higher rate of the market's and the owner's, rounded up.

    >>> initial_margin(500_000, 271_393, 0)
    135697
    """
    return initial(notional, max(market_ppm, own_ppm), PPM)


class Fill(NamedTuple):
    """What closed a position: base quanta above zero, the price in subticks, and whether they were bought.

    A subtick is 10^`conversion_exponent` quote quanta for each base quantum.
    """

    quanta: int
    subticks: int
    conversion_exponent: int
    bought: bool

    @property
    def quote(self) -> int:
        """The quote quanta that changed hands, rounded down."""
        return floor(self.quanta * self.subticks * Fraction(10) ** self.conversion_exponent)


def fund_change(fill: Fill, bankruptcy_value: int, max_fee_ppm: int) -> int:
    """What a fill moves into the insurance fund (below zero, out of it), in quote quanta.

    What the fill brought in, less what it had to: a shortfall the fund pays whole; of a surplus it takes at most
    `max_fee_ppm` of the fill, rounded down.

    >>> sold_at = [Fill(10**7, subticks, -8, bought=False) for subticks in (56_100_000_000, 50_490_000_000)]
    >>> [fund_change(fill, 5_100_000_000, 5000) for fill in sold_at]
    [28050000, -51000000]
    """
    surplus = (-fill.quote if fill.bought else fill.quote) - bankruptcy_value
    return surplus if surplus <= 0 else min(surplus, mul_div_down(fill.quote, max_fee_ppm, PPM))
