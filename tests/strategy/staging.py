"""Strategies in a real engine: opened at their entries without any risk, then revalued at prices of the underlying.

Every strategy has an underlying and instruments of its own and is held twice: by one compartment with its margin, and
by one with ten million more, which stays when the other is liquidated and so shows the figures there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from strategy.drawn import Drawn, entry_units

from stoplog.codes import Event, Model, Parameter
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.margin.scenarios import CALL, NO_RIGHT
from stoplog.pricing.vector.delta_one_arrays import delta_one_arrays
from stoplog.pricing.vector.risk_arrays import Expiries, Listed, risk_arrays
from stoplog.strategy.in_lots import InLots, LotLeg

MORE = 10**13


class Figures(NamedTuple):
    equity: int
    required: int


@dataclass(frozen=True)
class Place:
    """Numbers of a strategy's underlying and of its compartments; its legs are the instruments behind it."""

    drawn: Drawn
    underlying: int
    cross: int
    rich: int


class Opened:
    """An engine that holds some strategies, and where each is."""

    def __init__(self, strategies: Iterable[Drawn]) -> None:
        self.engine = Engine()
        self.places: list[Place] = []
        batch = Batch()
        batch.register_asset(decimals=6)
        batch.price_asset(asset=1, price=10**9)
        batch.register_tier_table()
        batch.add_tier(table=1, floor=0, rate=1_000_000, initial_rate=2_000_000)
        instruments = compartments = 0
        for account, each in enumerate(strategies, start=1):
            legs = len(each.lots.legs)
            place = Place(each, instruments + 1, compartments + 1, compartments + 3 + legs)
            _list(batch, place)
            _hold(batch, place, account)
            self.places.append(place)
            instruments += 1 + legs
            compartments += 2 * (2 + legs)
        refused = self.apply(batch).get(Event.REFUSED, [])
        assert not refused, refused

    def apply(self, batch: Batch) -> dict[int, list[int]]:
        """The compartments named by the events of each kind."""
        found: dict[int, list[int]] = {}
        for event in self.engine.apply(batch.records()):
            found.setdefault(int(event["kind"]), []).append(int(event["compartment"]))
        return found

    def figures(self, cross: int, more: int) -> Figures:
        """Equity and requirement of a compartment, less what it has more."""
        found = self.engine.cross_standing(cross)
        return Figures(found.equity - more, found.maintenance_margin)


def revalued(batch: Batch, place: Place, price: int) -> None:
    """Arrays of all legs at a price, one leg after the other, as docs/portfolio-compartments.md stages them."""
    lots = place.drawn.lots
    charge = -(-price * lots.multiplier * lots.short_option_rate.numerator // lots.short_option_rate.denominator)
    for number, leg in enumerate(lots.legs, start=place.underlying + 1):
        mark, profits = _array(lots, leg, price)
        at = max(1, round(mark / lots.multiplier))
        batch.stage(instrument=number, price=at, profits=profits, charge=charge if leg.right != NO_RIGHT else 0)
    batch.revalue(underlying=place.underlying, scenarios=len(lots.chosen.scenarios))


def _array(lots: InLots, leg: LotLeg, price: int) -> tuple[int, Sequence[int]]:
    if leg.right == NO_RIGHT:
        found = delta_one_arrays(lots.chosen, [float(price)], lots.multiplier)
    else:
        listed = Listed([0], [float(leg.strike)], [leg.volatility], [leg.right == CALL], lots.multiplier)
        found = risk_arrays(lots.chosen, Expiries([float(price)], [leg.years]), listed)
    return int(found.marks[0]), found.profits[0].tolist()


def _list(batch: Batch, place: Place) -> None:
    """The underlying and an instrument for each leg, without any risk as yet."""
    lots = place.drawn.lots
    largest = max(abs(leg.size) for leg in lots.legs)
    for _ in range(1 + len(lots.legs)):
        batch.register_instrument(
            asset=1,
            tier_table=1,
            payoff=0,
            multiplier=lots.multiplier,
            price_max=lots.price_max,
            position_limit=2 * largest,
        )
    quiet = [0] * len(lots.chosen.scenarios)
    for number, (leg, terms) in enumerate(_legs(place), start=place.underlying + 1):
        if leg.expiry:
            batch.set_parameter(instrument=number, parameter=Parameter.EXPIRY_TIME, value=10**6 + leg.expiry)
        batch.set_underlying(instrument=number, underlying=place.underlying, right=leg.right, strike=leg.strike)
        batch.mark(instrument=number, price=terms)
        batch.stage(instrument=number, price=terms, profits=quiet)
    batch.revalue(underlying=place.underlying, scenarios=len(quiet))


def _hold(batch: Batch, place: Place, account: int) -> None:
    """The positions at their entries, with the margin, and with `MORE` besides."""
    lots = place.drawn.lots
    margin = int(place.drawn.held.margin * 10**lots.money_places)
    for cross, more, owner in ((place.cross, 0, 2 * account - 1), (place.rich, MORE, 2 * account)):
        batch.register_account()
        batch.deposit(account=owner, asset=1, amount=margin + more)
        batch.open_cross(account=owner, model=Model.SCENARIOS)
        batch.add_margin(compartment=cross, asset=1, amount=margin + more)
        for number, (leg, terms) in enumerate(_legs(place), start=1):
            instrument = place.underlying + number
            batch.open_compartment(account=owner, instrument=instrument, cross=cross)
            batch.fill(instrument=instrument, compartment=cross + 1 + number, size=leg.size, price=terms)


def _legs(place: Place) -> list[tuple[LotLeg, int]]:
    lots = place.drawn.lots
    return [(leg, entry_units(lots, given)) for leg, given in zip(lots.legs, place.drawn.held.legs, strict=True)]
