"""What a cross compartment is worth and must hold, and where each of its positions would bring it down."""

from __future__ import annotations

from typing import Any, NamedTuple

from stoplog import instruments
from stoplog.codes import CompartmentState, Kind, Model
from stoplog.engine import cross_health, cross_rows, cross_waiting, scenario_health, waiting
from stoplog.engine.compiling import compiled, compiled_to_disk
from stoplog.engine.tables import Tables
from stoplog.engine.twins import twin
from stoplog.engine.views import open_view
from stoplog.margin import pooling
from stoplog.margin.bankruptcy_shares import whole_shares
from stoplog.units import RATE_ONE

POSITION = int(Kind.POSITION)
NO_HELP = RATE_ONE
"""A haircut of everything: no price helps, so that an interval ends on both sides."""
LOOKS = 100_000
"""Most prices that are looked at for one threshold; each look goes as far as is proved safe."""

lot_value_down = twin(instruments.lot_value_down)
lot_value_up = twin(instruments.lot_value_up)
position_interval = twin(pooling.position_interval)


class SharedPosition(NamedTuple):
    """A position of a cross compartment at the mark, in the smallest unit of its asset; prices in price units.

    `liquidation_price` is the last price, going against the holder with all other prices held, at which the cross
    compartment is not breached; `bankruptcy_price` the last at which its equity is not below zero. None where there
    is none inside the instrument's limits. `bankruptcy_share` is the part of the equity, in value units, that goes
    with the position: by maintenance margin, the shares adding up to the equity.

    Of a portfolio compartment worth is at the mark of the array, or where its underlying moves it (PRT-009); a position
    has no margin and no prices by itself, and shares go by what the positions are worth, long and short alike.
    """

    compartment: int
    instrument: int
    size: int
    cost: int
    worth: int
    maintenance_margin: int
    liquidation_price: int | None
    bankruptcy_price: int | None
    bankruptcy_share: int


class CrossStanding(NamedTuple):
    """A cross compartment at the marks and prices, in value units; `pockets` are purses after interest, by asset."""

    compartment: int
    state: CompartmentState
    equity: int
    maintenance_margin: int
    opening_equity: int
    initial_margin: int
    pockets: dict[int, int]
    positions: list[SharedPosition]


@compiled_to_disk
def _figures(book: Any, x: int) -> Any:
    t = open_view(book)
    equity, needed = cross_health.health(t, x, cross_health.nothing_else())
    opening, initial = cross_health.opening_health(t, x, cross_health.nothing_else())
    return equity, needed, opening, initial


def opening_figures(tables: Tables, compartment: int) -> tuple[int, int]:
    """(opening equity, initial margin) of a cross compartment, in value units, without the figures of its positions."""
    _, _, opening, initial = _figures(tables.book, compartment)
    return int(opening), int(initial)


@compiled
def _leg(t: Any, c: int, size: int, cost: int) -> tuple[int, int, int, int]:
    """The same of a position by scenarios, which by itself must hold nothing."""
    owed, value = waiting.owed(t, t.compartments[c].instrument, c), scenario_health.value_of(t, c, size)
    price = t.assets[t.compartments[c].asset].price
    return value - cost - owed, 0, 0, cross_health.required_value(abs(value), price)


@compiled_to_disk
def part(book: Any, c: int) -> Any:
    """(worth, maintenance margin, initial margin, in value units what its share goes by) of a position."""
    t = open_view(book)
    size, cost = t.positions[c].size, t.positions[c].cost
    if scenario_health.is_by_scenarios(t, cross_rows.cross_of(t, c)):
        return _leg(t, c, size, cost)
    held = cross_health.maintenance_of(t, c, size, cost)
    owed = waiting.owed(t, t.compartments[c].instrument, c)
    value = cross_health.required_value(held, t.assets[t.compartments[c].asset].price)
    initial = cross_health.initial_of(t, c, size, cost, t.compartments[c].initial_rate)
    return cross_health.worth_of(t, c, size, cost, owed), held, initial, value


@compiled_to_disk
def held_after_interest(book: Any, pocket: int) -> int:
    """What a pocket holds less the interest it owes."""
    t = open_view(book)
    held: int = t.compartments[pocket].purse - cross_health.interest_owed(t, pocket)
    return held


@compiled
def _surplus(t: Any, x: int, bankrupt: bool) -> int:  # noqa: FBT001
    """Equity less maintenance margin, or the equity."""
    equity, needed = cross_health.health(t, x, cross_health.nothing_else())
    return equity if bankrupt else equity - needed  # type: ignore[no-any-return]


@compiled
def _exposed(t: Any, x: int, i: int) -> int:
    """What all positions of cross compartment `x` in the instrument are exposed to, in value units; −1: not known."""
    found = 0
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION and t.compartments[row].instrument == i:
            part = cross_waiting.position_exposure(t, row)
            if part < 0:
                return -1
            found += cross_health.required_value(part, t.assets[t.compartments[row].asset].price)
        row = cross_rows.behind(t, row)
    return found


@compiled
def _next(t: Any, x: int, c: int, surplus: int, price: int, way: int) -> int:
    """The next price, going `way`, that has to be looked at: all before it are safe."""
    row, i = t.instruments[t.compartments[c].instrument], t.compartments[c].instrument
    exposed = _exposed(t, x, i)
    room = surplus - cross_waiting.rounding(t, x)
    if exposed <= 0 or room <= 0:
        return price + way
    tiers = waiting.ladder(t, row.tier_table)
    policy, size = cross_health.policy_of(t, i), t.positions[c].size
    low, high = position_interval(policy, tiers, price, size, room, exposed, NO_HELP, RATE_ONE)
    near, far = price, (row.price_min - 1 if way < 0 else row.price_max + 1)
    while abs(far - near) > 1:
        middle = (near + far) // 2
        down, up = lot_value_down(row.payoff, row.multiplier, middle), lot_value_up(row.payoff, row.multiplier, middle)
        if low < down and up < high:
            near = middle
        else:
            far = middle
    return far if far != price else price + way


@compiled_to_disk
def _last_price(book: Any, c: int, way: int, bankrupt: bool) -> int:  # noqa: FBT001
    """The last price going `way` from the mark before the surplus is below zero; 0: it never is inside the limits."""
    t = open_view(book)
    x, row = cross_rows.cross_of(t, c), t.instruments[t.compartments[c].instrument]
    mark, price, last = row.mark, row.mark, 0
    for _ in range(LOOKS):
        row.mark = price
        surplus = _surplus(t, x, bankrupt)
        if surplus < 0:
            last = price - way
            break
        price = _next(t, x, c, surplus, price, way)
        if price < row.price_min or price > row.price_max:
            break
    row.mark = mark
    return last


def price_of(tables: Tables, c: int, *, bankrupt: bool) -> int | None:
    """`SharedPosition.liquidation_price`, or the bankruptcy price, of position `c`; marks alone move no strategy."""
    size, rows = int(tables.positions["size"][c]), tables.rows("compartments")
    if size == 0 or rows["initial_rate"][rows["cross"][c]] == Model.SCENARIOS:
        return None
    found = _last_price(tables.book, c, -1 if size > 0 else 1, bankrupt)
    return found if found > 0 else None


def cross_standing(tables: Tables, compartment: int) -> CrossStanding:
    """The figures of a cross compartment; `ValueError` where there is none of this number."""
    rows = tables.rows("compartments")
    if not 1 <= compartment < len(rows) or rows["kind"][compartment] != Kind.CROSS:
        raise ValueError(f"compartment: {compartment} is no cross compartment")
    numbers = []
    number = int(rows["following"][compartment])
    while number:
        numbers.append(number)
        number = int(rows["following"][number])
    equity, needed, opening, initial = _figures(tables.book, compartment)
    held = [number for number in numbers if rows["kind"][number] == Kind.POSITION]
    parts = [part(tables.book, number) for number in held]
    requirements = [value for *_, value in parts]
    shares = whole_shares(equity, requirements) if any(requirements) else [0] * len(held)
    positions = [
        SharedPosition(
            number,
            int(rows["instrument"][number]),
            int(tables.positions["size"][number]),
            int(tables.positions["cost"][number]),
            worth,
            maintenance,
            price_of(tables, number, bankrupt=False),
            price_of(tables, number, bankrupt=True),
            share,
        )
        for number, (worth, maintenance, _, _), share in zip(held, parts, shares, strict=True)
    ]
    pockets = {
        int(rows["asset"][number]): held_after_interest(tables.book, number)
        for number in numbers
        if rows["kind"][number] == Kind.POCKET
    }
    state = CompartmentState(int(rows["state"][compartment]))
    return CrossStanding(compartment, state, equity, needed, opening, initial, pockets, positions)
