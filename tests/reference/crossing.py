"""What a cross compartment holds, is worth and must hold: rules CRS-001 to CRS-004, from the state as it is.

What would be after a command is reckoned on a state in which rows are replaced (`State.with_rows`).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from reference.formulas import (
    FEE_IN_RATE,
    FEE_RESERVED,
    initial,
    largest_lot_value,
    maintenance_shown,
    owed,
    value,
)
from reference.portfolio import kept, required, value_at_mark, value_moved
from reference.state import Compartment, Instrument, State
from stoplog.codes import CompartmentState, Gains, InstrumentState, Kind, Model
from stoplog.units import PURSE_MAX, RATE_ONE

PRICE_ONE = 10**9
VALUE_MAX = 2**58
REQUIREMENT_MAX = 2**60


class Health(NamedTuple):
    """Amounts in value units."""

    equity: int
    maintenance: int


class Room(NamedTuple):
    """Opening equity and initial requirement in value units."""

    available: int
    needed: int

    @property
    def opens(self) -> bool:
        """Rule CRS-003."""
        return self.available >= self.needed


def rows_of(state: State, cross: int, kind: Kind) -> dict[int, Compartment]:
    """The open positions, or the pockets, of a cross compartment by ascending number."""
    return {
        n: c
        for n, c in sorted(state.compartments.items())
        if c.cross == cross and c.kind == kind and c.state == CompartmentState.OPEN
    }


def positions_of(state: State, cross: int) -> dict[int, Compartment]:
    """The positions that it lists, with a size or without."""
    return rows_of(state, cross, Kind.POSITION)


def pockets_of(state: State, cross: int) -> dict[int, Compartment]:
    """Its pockets by number."""
    return rows_of(state, cross, Kind.POCKET)


def pocket_of(state: State, cross: int, asset: int) -> int:
    """The number of its pocket of an asset; 0 where it has none."""
    found = [n for n, pocket in pockets_of(state, cross).items() if pocket.asset == asset]
    return found[0] if found else 0


def pockets_by_asset(state: State, cross: int) -> list[int]:
    """The numbers of its pockets by ascending asset."""
    pockets = pockets_of(state, cross)
    return sorted(pockets, key=lambda n: pockets[n].asset)


def interest_owed(state: State, pocket: Compartment) -> int:
    """Rule CRS-004."""
    debt = max(0, -pocket.purse)
    due = ceil(Fraction(debt * (state.assets[pocket.asset].interest_index - pocket.funding_index), RATE_ONE))
    return min(due, max(0, PURSE_MAX - debt))


def purse_after_interest(state: State, number: int) -> int:
    """What a pocket would hold once it has paid; 0 for no pocket."""
    if number == 0:
        return 0
    pocket = state.compartments[number]
    return pocket.purse - interest_owed(state, pocket)


def policy_of(instrument: Instrument) -> Instrument:
    """The instrument as a position of a cross compartment is held to it: a reserve counts in the rate."""
    return replace(instrument, close_fee=FEE_IN_RATE) if instrument.close_fee == FEE_RESERVED else instrument


def by_scenarios(state: State, cross: int) -> bool:
    """Whether a cross compartment must hold what its worst scenario asks."""
    return cross != 0 and state.compartments[cross].model == Model.SCENARIOS


def marks_that_count(state: State, cross: int) -> list[int]:
    """The instruments whose marks a cross compartment goes by, by position and each once: rule GRD-009."""
    found: list[int] = []
    for held in positions_of(state, cross).values():
        if held.size:
            found += marks_behind(state, held)
    return list(dict.fromkeys(found))


def marks_behind(state: State, held: Compartment) -> list[int]:
    """The instrument of a position, and its underlying where scenarios count, it is live and has an axis."""
    underlying = state.instruments[held.instrument].underlying
    live = state.instruments[underlying].state == InstrumentState.LIVE
    follows = by_scenarios(state, held.cross) and live and bool(state.risk[underlying].axis)
    return [held.instrument, underlying] if follows and underlying != held.instrument else [held.instrument]


def worth_now(state: State, held: Compartment) -> int:
    """What a position is worth: at the mark, or at its moved price where scenarios count."""
    if by_scenarios(state, held.cross):
        return value_moved(state, held)
    instrument = state.instruments[held.instrument]
    return floor(value(instrument, instrument.mark, held.size))


def unrealised(state: State, held: Compartment) -> int:
    """u of rule CRS-001."""
    if held.size == 0:
        return 0
    instrument = state.instruments[held.instrument]
    return worth_now(state, held) - held.cost - owed(instrument, held)


def maintained(state: State, held: Compartment) -> int:
    """m of rule CRS-001."""
    if held.size == 0:
        return 0
    instrument = policy_of(state.instruments[held.instrument])
    tiers = state.tier_tables[instrument.tier_table]
    return maintenance_shown(instrument, tiers, instrument.mark, held.size, held.cost)


def to_open(state: State, held: Compartment) -> int:
    """i of rule CRS-001, the order margin with it."""
    if held.size == 0:
        return held.order_margin
    instrument = policy_of(state.instruments[held.instrument])
    tiers = state.tier_tables[instrument.tier_table]
    asked = initial(instrument, tiers, instrument.mark, held.size, held.cost, held.own_rate)
    return asked + held.order_margin


def counted(state: State, held: Compartment, gain: int) -> int:
    """What of a u counts toward opening: rule CRS-003."""
    gains = state.compartments[held.cross].gains
    if gain <= 0 or gains == Gains.FULL:
        return gain
    if gains == Gains.NONE:
        return 0
    return min(gain, max(0, state.instruments[held.instrument].settlement))


def all_counted(state: State, cross: int, here: list[Compartment]) -> int:
    """What of the positions that settle in one asset counts: rule CRS-003, and where scenarios count PRT-008."""
    by_worth = sum(counted(state, held, unrealised(state, held)) for held in here)
    if not by_scenarios(state, cross):
        return by_worth
    sized = [held for held in here if held.size]
    return min(by_worth, sum(counted(state, held, unrealised_at_mark(state, held)) for held in sized))


def unrealised_at_mark(state: State, held: Compartment) -> int:
    """u of rule CRS-001 at the mark of the instrument."""
    return value_at_mark(state, held) - held.cost - owed(state.instruments[held.instrument], held)


def value_of_net(net: int, price: int, haircut: int) -> int:
    """What a net holding of an asset is worth: rule CRS-002."""
    kept = Fraction(RATE_ONE - haircut, RATE_ONE) if net >= 0 else Fraction(1)
    return max(-VALUE_MAX, min(VALUE_MAX, floor(net * price * kept / PRICE_ONE)))


def worth(state: State, asset: int, amount: int) -> int:
    """What a requirement in an asset is worth: rule CRS-002."""
    return min(VALUE_MAX, ceil(Fraction(min(REQUIREMENT_MAX, amount) * state.assets[asset].price, PRICE_ONE)))


def all_maintained(state: State, cross: int, here: list[Compartment]) -> int:
    """What the positions that settle in one asset must hold together."""
    if by_scenarios(state, cross):
        return required(state, here, opening=False)
    return sum(maintained(state, held) for held in here)


def all_to_open(state: State, cross: int, here: list[Compartment]) -> int:
    """Likewise to open, their order margins with it."""
    if by_scenarios(state, cross):
        return required(state, here, opening=True) + sum(held.order_margin for held in here)
    return sum(to_open(state, held) for held in here)


def health(state: State, cross: int) -> Health:
    """Rules CRS-002 and PRT-010."""
    positions = positions_of(state, cross).values()
    equity = maintenance = 0
    for number, pocket in pockets_of(state, cross).items():
        here = [held for held in positions if held.asset == pocket.asset]
        asset = state.assets[pocket.asset]
        net = purse_after_interest(state, number) + sum(unrealised(state, held) for held in here)
        net += kept(state, here) if by_scenarios(state, cross) else 0
        equity += value_of_net(net, asset.price, asset.haircut)
        maintenance += worth(state, pocket.asset, all_maintained(state, cross, here))
    return Health(equity, maintenance)


def room(state: State, cross: int) -> Room:
    """Rules CRS-003, CHG-008 and PRT-008."""
    positions = positions_of(state, cross).values()
    available = needed = 0
    for number, pocket in pockets_of(state, cross).items():
        here = [held for held in positions if held.asset == pocket.asset]
        asset = state.assets[pocket.asset]
        net = purse_after_interest(state, number) + all_counted(state, cross, here)
        haircut = max(asset.haircut, asset.opening_haircut, state.coming_haircut(pocket.asset))
        available += value_of_net(net, asset.price, haircut)
        needed += worth(state, pocket.asset, all_to_open(state, cross, here))
    return Room(available, needed)


def is_breached(state: State, cross: int) -> bool:
    """Rule CRS-002."""
    found = health(state, cross)
    return found.equity < found.maintenance


def gross_value(state: State, cross: int) -> int:
    """The sum over its positions of |size| times the largest lot value."""
    total = 0
    for held in positions_of(state, cross).values():
        terms = state.instruments[held.instrument]
        largest = largest_lot_value(terms.payoff, terms.multiplier, terms.price_min, terms.price_max)
        total += abs(held.size) * largest
    return total


def crosses_in(state: State, instrument: int) -> list[int]:
    """The cross compartments with a position in an instrument, with a size or without, by ascending number."""
    return sorted({c.cross for c in state.compartments.values() if c.instrument == instrument and c.cross})


def position_rows_in(state: State, instrument: int) -> list[int]:
    """The open positions of cross compartments in an instrument, with a size or without."""
    rows = state.compartments.items()
    found = [n for n, c in rows if c.kind == Kind.POSITION and c.instrument == instrument]
    return [n for n in found if state.compartments[n].state == CompartmentState.OPEN]


def crosses_with(state: State, asset: int) -> list[int]:
    """The cross compartments with a pocket of an asset, by ascending number."""
    open_ones = [c for c in state.compartments.values() if c.state == CompartmentState.OPEN]
    return sorted({c.cross for c in open_ones if c.kind == Kind.POCKET and c.asset == asset})
