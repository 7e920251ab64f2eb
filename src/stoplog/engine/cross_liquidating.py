"""Liquidation of a cross compartment: one position after the other until it is healthy, then its debts.

What it holds stays its own; what is missing in the end is paid by the insurance fund, then by everybody: rule CRS-008.
"""

from __future__ import annotations

from typing import Any

from stoplog.codes import Event, Kind
from stoplog.engine import (
    compartments,
    cross_guards,
    cross_health,
    cross_rows,
    cross_waiting,
    order_lists,
    pockets,
    postings,
    price_axis,
    scenario_health,
    trading,
)
from stoplog.engine.compiling import compiled, outlined, word
from stoplog.engine.liquidating import liquidation_fee, sale_price, trade
from stoplog.engine.postings import note, post
from stoplog.engine.twins import twin
from stoplog.engine.views import CROSSES_LOOKED_AT
from stoplog.margin import bankruptcy_shares

TAKEN_OVER = int(Event.TAKEN_OVER)
SOLD = int(Event.SOLD)
LIQUIDATION_FEE_PAID = int(Event.LIQUIDATION_FEE_PAID)
FUND_PAID = int(Event.FUND_PAID)
SOCIALISED = int(Event.SOCIALISED)
CROSS_LIQUIDATED = int(Event.CROSS_LIQUIDATED)
LIQUIDATE = cross_guards.LIQUIDATE
POSITION = int(Kind.POSITION)
POCKET_ROW = int(Kind.POCKET)
POCKET = postings.POCKET
SETTLEMENT = postings.SETTLEMENT
LIQUIDATION_POOL = postings.LIQUIDATION_POOL
FEES = postings.FEES
INSURANCE_FUND = postings.INSURANCE_FUND
SOCIALISED_LOSS = postings.SOCIALISED_LOSS

EVENTS_PER_POSITION = 8
EVENTS_BESIDE = 256
"""Interest, conversions, the fund and socialised loss of one cross compartment with all assets it can have."""

bankruptcy_share = twin(bankruptcy_shares.bankruptcy_share)
required_value = cross_health.required_value


@compiled
def events_for(t: Any, x: int) -> int:
    """How many events the liquidation of cross compartment `x` can have."""
    found = EVENTS_BESIDE
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION:
            found += EVENTS_PER_POSITION + order_lists.count_of(t, row)
        row = cross_rows.behind(t, row)
    return found


@compiled
def _held_by(t: Any, c: int) -> int:
    """What a position alone must hold, in value units."""
    held = cross_health.maintenance_of(t, c, t.positions[c].size, t.positions[c].cost)
    return required_value(held, t.assets[t.compartments[c].asset].price)


@compiled
def _largest(t: Any, x: int) -> tuple[int, int]:
    """(the position with the largest requirement, the sum of all requirements); 0: no position is left."""
    found, most, total = word(0), word(-1), word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION and t.positions[row].size != 0:
            held = _held_by(t, row)
            total += held
            if held > most:
                found, most = row, held
        row = cross_rows.behind(t, row)
    return found, total


@compiled
def count_open(t: Any, x: int) -> int:
    """How many positions of cross compartment `x` have a size."""
    found = 0
    row = cross_rows.first(t, x)
    while row != 0:
        found += t.compartments[row].kind == POSITION and t.positions[row].size != 0
        row = cross_rows.behind(t, row)
    return found


@compiled
def cancel_orders(t: Any, x: int) -> None:
    """Cancel all orders of the positions of cross compartment `x`, by ascending number."""
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION:
            order_lists.cancel_all(t, t.compartments[row].instrument, row)
        row = cross_rows.behind(t, row)


@compiled
def mark_of(t: Any, c: int) -> int:
    """The mark that position `c` is valued at: that of its array where scenarios count, or what it is moved to."""
    i = word(t.compartments[c].instrument)
    if scenario_health.is_by_scenarios(t, word(t.compartments[c].cross)):
        return price_axis.price_for(t, i, t.positions[c].size)
    return t.instruments[i].mark  # type: ignore[no-any-return]


@compiled
def sold_at(t: Any, c: int, slippage: int) -> int:
    """What position `c` is sold at into its mark: LIQ-003; an array's below the smallest price is itself the limit."""
    row, mark = t.instruments[t.compartments[c].instrument], mark_of(t, c)
    least = row.price_min
    if scenario_health.is_by_scenarios(t, word(t.compartments[c].cross)):
        least = min(least, mark)
    return sale_price(mark, t.positions[c].size, slippage, least, row.price_max)


@compiled
def _sell(t: Any, c: int, share: int) -> None:
    """Sell position `c` into the mark that it is valued at; `share` is the equity that goes with it."""
    i, row = word(t.compartments[c].instrument), t.compartments[c]
    instrument, account, asset = t.instruments[i], row.account, row.asset
    payoff, multiplier = instrument.payoff, instrument.multiplier
    pocket = word(row.pocket)
    pockets.pay_interest(t, pocket)
    compartments.settle_funding(t, i, c)
    size, cost = t.positions[c].size, t.positions[c].cost
    mark = mark_of(t, c)
    price = sold_at(t, c, instrument.slippage_rate)
    t.positions[c].size = 0
    t.positions[c].cost = 0
    post(t, TAKEN_OVER, POCKET, LIQUIDATION_POOL, asset, i, account, c, 0, size, cost, share)
    _, _, realised = trade(payoff, multiplier, size, cost, -size, price)
    instrument.open_interest -= max(size, 0)
    post(t, SOLD, SETTLEMENT, POCKET, asset, i, account, c, realised, size, price, mark)
    trading.fill_outside(t, i, size, price)
    fee = liquidation_fee(payoff, multiplier, price, size, instrument.liquidation_fee_rate)
    taken = min(fee, max(0, t.compartments[pocket].purse))
    if taken != 0:
        post(t, LIQUIDATION_FEE_PAID, POCKET, FEES, asset, i, account, c, taken, 0, 0, 0)
    trading.collect_dust(t, i)


@compiled
def _gross(t: Any, x: int) -> int:
    """What all positions are worth at the marks of their arrays, in value units, long and short added."""
    found = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION:
            found += _gross_of(t, row)
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]


@compiled
def _gross_of(t: Any, c: int) -> int:
    value = abs(scenario_health.value_of(t, c, t.positions[c].size))
    return required_value(value, t.assets[t.compartments[c].asset].price)


@compiled
def _sell_all(t: Any, x: int, equity: int) -> None:
    """Sell a whole strategy, at the marks of its arrays: no leg is left without the others: rule PRT-006."""
    total = _gross(t, x)
    row = cross_rows.first(t, x)
    while row != 0:
        if t.compartments[row].kind == POSITION and t.positions[row].size != 0:
            share = bankruptcy_share(equity, _gross_of(t, row), total, 1) if total > 0 else 0
            _sell(t, row, share)
        row = cross_rows.behind(t, row)


@compiled
def _cover(t: Any, x: int) -> None:
    """Let the insurance fund pay what cross compartment `x` still owes, and everybody the rest."""
    short = pockets.next_short(t, x, 0)
    while short != 0:
        row = t.compartments[short]
        asset, account, missing = word(row.asset), row.account, -row.purse
        drawn = min(missing, t.funds[asset].insurance_fund)
        if drawn != 0:
            post(t, FUND_PAID, INSURANCE_FUND, POCKET, asset, 0, account, short, drawn, 0, 0, 0)
        if missing != drawn:
            post(t, SOCIALISED, SOCIALISED_LOSS, POCKET, asset, 0, account, short, missing - drawn, 0, 0, 0)
        short = pockets.next_short(t, x, asset)


@outlined
def liquidate(t: Any, x: int) -> int:
    """Liquidate cross compartment `x`, which is breached; there is room for the events."""
    cancel_orders(t, x)
    equity, needed = cross_health.health(t, x, cross_health.nothing_else())
    note(t, CROSS_LIQUIDATED, 0, 0, t.compartments[x].account, x, equity, needed, count_open(t, x))
    if scenario_health.is_by_scenarios(t, x):
        _sell_all(t, x, equity)
        equity, needed = cross_health.health(t, x, cross_health.nothing_else())
    while equity < needed:
        c, total = _largest(t, x)
        if c == 0:
            pockets.convert_all(t, x)
            _cover(t, x)
            break
        share = bankruptcy_share(equity, _held_by(t, c), total, 1) if total > 0 else 0
        _sell(t, c, share)
        equity, needed = cross_health.health(t, x, cross_health.nothing_else())
    cross_waiting.await_prices(t, x)
    return 0


@outlined
def room_wanted(t: Any, start: int, end: int) -> int:
    """How many events the cross compartments in `scratch` can cause that are breached at the prices now."""
    wanted, _ = breached_among(t, start, end)
    return wanted  # type: ignore[no-any-return]


@outlined
def room_for_all(t: Any, start: int, end: int) -> int:
    """How many events they can cause whatever is known of them."""
    wanted = 0
    for k in range(start, end):
        wanted += events_for(t, t.scratch[k])
    return wanted


@outlined
def breached_among(t: Any, start: int, end: int) -> Any:
    """(how many events they can cause, how many of them there are) of the breached ones in `scratch`."""
    wanted, found = word(0), word(0)
    for k in range(start, end):
        if cross_health.is_breached(t, t.scratch[k]):
            wanted += events_for(t, t.scratch[k])
            found += 1
    return wanted, found


@compiled
def count_fallen(t: Any, start: int, end: int, time: int) -> int:
    """How many of the cross compartments in `scratch` are to be liquidated."""
    found = 0
    for k in range(start, end):
        x = t.scratch[k]
        found += cross_health.is_breached(t, x) and cross_guards.first_forbidden(t, x, LIQUIDATE, time) == 0
    return found


@compiled
def _falls(t: Any, x: int, spare: int, held: int, time: int) -> bool:
    """Whether cross compartment `x`, weighed, is to be liquidated; else it waits for other prices."""
    if spare < 0 and not cross_guards.put_off(t, x, time):
        return True
    cross_waiting.wait_with(t, x, spare, held)
    return False


@compiled
def _liquidate_those(t: Any, start: int, count: int) -> int:
    for k in range(start, start + count):
        liquidate(t, t.scratch[k])
    return count


@outlined
def look_at(t: Any, start: int, end: int, time: int) -> int:
    """Look at the cross compartments in `scratch`: those that are breached come first; how many are liquidated.

    The healthy ones wait for other prices. The breached ones are liquidated in ascending order, but for those that a
    mark in doubt or a stale one leaves for later: rule GRD-009.
    """
    t.control[CROSSES_LOOKED_AT] += end - start
    liquidated = 0
    for k in range(start, end):
        x = t.scratch[k]
        spare, held = cross_health.weighed(t, x)
        if _falls(t, x, spare, held, time):
            t.scratch[start + liquidated] = x
            liquidated += 1
    return _liquidate_those(t, start, liquidated)


@outlined
def weigh_all(t: Any, count: int) -> Any:
    """`breached_among` of the first in `scratch`; what each has to spare, and its exposure, are put behind them."""
    wanted, found = word(0), word(0)
    for k in range(count):
        x = t.scratch[k]
        spare, held = cross_health.weighed(t, x)
        t.scratch[count + k] = spare
        t.scratch[2 * count + k] = held
        if spare < 0:
            wanted += events_for(t, x)
            found += 1
    return wanted, found


@outlined
def look_at_weighed(t: Any, count: int, time: int) -> int:
    """`look_at` of the first in `scratch` by what `weigh_all` has found; no liquidation changes it of another."""
    t.control[CROSSES_LOOKED_AT] += count
    liquidated = 0
    for k in range(count):
        x = t.scratch[k]
        if _falls(t, x, t.scratch[count + k], t.scratch[2 * count + k], time):
            t.scratch[liquidated] = x
            liquidated += 1
    return _liquidate_those(t, 0, liquidated)
