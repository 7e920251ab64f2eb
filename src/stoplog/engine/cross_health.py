"""What a cross compartment is worth and must hold: rules CRS-001 to CRS-003.

Every figure is a sum over its rows, in value units, and does not depend on their order. `Swap` puts what a command
would make of one row in the place of what it is, so that nothing has to be written to be judged.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from stoplog import instruments
from stoplog.codes import Kind
from stoplog.engine import cross_rows, scenario_health, waiting
from stoplog.engine.compiling import compiled, outlined, word
from stoplog.engine.twins import twin
from stoplog.margin import breaching, isolated, pooling
from stoplog.units import RATE_ONE, VALUE_MAX

POCKET_ROW = int(Kind.POCKET)
POSITION = int(Kind.POSITION)
REQUIRED_MAX = pooling.REQUIRED_MAX
TO_STAY, TO_OPEN, AT_MOST = range(3)
"""What is judged: whether a cross compartment is not breached, or whether it opens; or what it must hold at most."""

pooled = twin(pooling.pooled)
collateral_value = twin(pooling.collateral_value)
required_value = twin(pooling.required_value)
counted = twin(pooling.counted)
interest_due = twin(pooling.interest_due)
value_down = twin(instruments.value_down)
maintenance_under = twin(breaching.maintenance_under)
initial_margin = twin(isolated.initial_margin)


class Swap(NamedTuple):
    """What a command would make of one row; `purse` is what it adds to its pocket, `owed` funding it still owes."""

    row: int
    size: int
    cost: int
    purse: int
    ordered: int
    own_rate: int
    owed: int


@compiled
def nothing_else() -> Any:
    """The swap that changes nothing."""
    return Swap(0, 0, 0, 0, 0, 0, 0)


@compiled
def as_it_is(t: Any, c: int) -> Any:
    """The swap that puts position `c` in its own place."""
    i, row, position = t.compartments[c].instrument, t.compartments[c], t.positions[c]
    due = waiting.owed(t, i, c)
    return Swap(c, position.size, position.cost, 0, row.order_margin, word(row.initial_rate), due)


@compiled
def policy_of(t: Any, i: int) -> Any:
    """What instrument `i` asks of a position that shares its purse."""
    return pooled(waiting.policy_of(t, i))


@compiled
def worth_of(t: Any, c: int, size: int, cost: int, owed: int) -> int:
    """What a position is worth at the mark, in its asset: rule CRS-001."""
    instrument = t.instruments[t.compartments[c].instrument]
    if size == 0:
        return -owed
    value: int = value_down(instrument.payoff, instrument.multiplier, instrument.mark, size) - cost - owed
    return value


@compiled
def maintenance_of(t: Any, c: int, size: int, cost: int) -> int:
    """What a position must hold at the mark, in its asset, rounded up."""
    if size == 0:
        return 0
    i = t.compartments[c].instrument
    tiers, mark = waiting.ladder(t, t.instruments[i].tier_table), t.instruments[i].mark
    return maintenance_under(policy_of(t, i), tiers, mark, size, cost, RATE_ONE)


@compiled
def initial_of(t: Any, c: int, size: int, cost: int, own_rate: int) -> int:
    """Initial margin of a position at the mark, in its asset, rounded up, its orders aside."""
    if size == 0:
        return 0
    i = t.compartments[c].instrument
    tiers, mark = waiting.ladder(t, t.instruments[i].tier_table), t.instruments[i].mark
    return initial_margin(policy_of(t, i), tiers, mark, size, cost, own_rate, RATE_ONE)


@compiled
def interest_owed(t: Any, pocket: int) -> int:
    """Interest that a pocket owes by now: rule CRS-004."""
    row = t.compartments[pocket]
    paid = t.positions[pocket].funding_index
    return interest_due(row.purse, t.assets[row.asset].interest_index, paid, RATE_ONE)


@compiled
def _position_part(t: Any, c: int, swap: Any, gains: int, use: int) -> tuple[int, int]:
    """(what counts of a position's worth, what it must hold) in its asset."""
    row, position = t.compartments[c], t.positions[c]
    size, cost, owed, ordered, own_rate = position.size, position.cost, 0, row.order_margin, word(row.initial_rate)
    paid = 0
    if c == swap.row:
        size, cost, ordered, own_rate, paid = swap.size, swap.cost, swap.ordered, swap.own_rate, swap.purse
        owed = swap.owed
    else:
        owed = waiting.owed(t, row.instrument, c)
    worth = worth_of(t, c, size, cost, owed)
    if use != TO_OPEN:
        return worth + paid, maintenance_of(t, c, size, cost)
    worth = counted(worth, gains, t.instruments[row.instrument].settlement)
    return worth + paid, min(REQUIRED_MAX, initial_of(t, c, size, cost, own_rate) + ordered)


@compiled
def pocket_sums(t: Any, x: int, pocket: int, swap: Any, use: int) -> tuple[int, int]:
    """(net holding, requirement) of cross compartment `x` in the asset of one of its pockets."""
    gains = t.compartments[x].pocket
    net = t.compartments[pocket].purse - interest_owed(t, pocket)
    if swap.row == pocket:
        net += swap.purse
    if scenario_health.is_by_scenarios(t, x):
        if use == TO_OPEN:
            worth, required = scenario_health.sums_to_open(t, x, pocket, swap)
        else:
            worth, required = scenario_health.sums(t, x, pocket, swap, use == TO_STAY)
        return net + worth, required
    needed = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION and t.compartments[row].pocket == pocket:
            worth, held = _position_part(t, row, swap, gains, use)
            net += worth
            needed = min(REQUIRED_MAX, needed + held)
        row = cross_rows.behind(t, row)
    return net, needed


@compiled
def haircut_of(t: Any, asset: int, use: int) -> int:
    """The haircut that counts: to open also one that comes while its grace runs, rule CHG-008."""
    row = t.assets[asset]
    if use != TO_OPEN:
        return row.haircut  # type: ignore[no-any-return]
    return max(row.haircut, row.opening_haircut, row.coming_haircut)  # type: ignore[no-any-return]


@compiled
def _health(t: Any, x: int, swap: Any, use: int) -> Any:
    equity, needed = word(0), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POCKET_ROW:
            asset = t.compartments[row].asset
            net, required = pocket_sums(t, x, row, swap, use)
            equity += collateral_value(net, t.assets[asset].price, haircut_of(t, asset, use), RATE_ONE)
            needed += required_value(required, t.assets[asset].price)
        row = cross_rows.behind(t, row)
    return equity, needed


@outlined
def health(t: Any, x: int, swap: Any) -> Any:
    """(equity, maintenance margin) of cross compartment `x`, in value units: rule CRS-002."""
    return _health(t, x, swap, TO_STAY)


@outlined
def opening_health(t: Any, x: int, swap: Any) -> Any:
    """(opening equity, initial requirement) of cross compartment `x`, in value units: rule CRS-003."""
    return _health(t, x, swap, TO_OPEN)


@outlined
def _weighed_at_most(t: Any, x: int) -> Any:
    spare, exposed = word(0), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POCKET_ROW:
            asset = t.compartments[row].asset
            price = t.assets[asset].price
            net, required = pocket_sums(t, x, row, nothing_else(), AT_MOST)
            worth = collateral_value(net, price, haircut_of(t, asset, AT_MOST), RATE_ONE)
            needed = required_value(required, price)
            spare += worth - needed
            held = max(abs(worth), needed) < VALUE_MAX
            exposed = exposed + abs(worth) + needed if held and 0 <= exposed <= 8 * VALUE_MAX else word(-1)
        row = cross_rows.behind(t, row)
    return spare, exposed


@compiled
def weighed(t: Any, x: int) -> tuple[int, int]:
    """(what cross compartment `x` has to spare, or less of it, what that changes by at most with prices of assets).

    The first is below 0 where `x` is breached, and then exact: whether the strikes bound what a strategy must hold is
    asked only where it is short without that. The second is, over pockets, what is worth and what is required in each
    asset, −1 where one of them is held at its limit: what it changes by is then not what it is.
    """
    spare, exposed = _weighed_at_most(t, x)
    if spare < 0 and scenario_health.is_by_scenarios(t, x):
        equity, needed = health(t, x, nothing_else())
        spare = equity - needed
    return spare, exposed


@compiled
def is_breached(t: Any, x: int) -> bool:
    """Whether cross compartment `x` is liquidatable at the marks: rule CRS-002."""
    spare, _ = weighed(t, x)
    return spare < 0


@compiled
def count_breached(t: Any, start: int, end: int) -> int:
    """How many of the cross compartments in `scratch` are breached."""
    found = 0
    for k in range(start, end):
        found += is_breached(t, t.scratch[k])
    return found


@compiled
def gross_of(t: Any, x: int) -> int:
    """The largest value that all positions of cross compartment `x` can have, added up."""
    found = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION:
            found += abs(t.positions[row].size) * t.instruments[t.compartments[row].instrument].lot_value_max
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]
