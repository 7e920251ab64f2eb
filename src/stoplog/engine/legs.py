"""The legs of a fill: what each would make of a position, and booking it."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import int64

from stoplog import positions
from stoplog.codes import Event, Kind
from stoplog.engine import compartments, cross_health, cross_waiting, orders, pockets, postings, waiting
from stoplog.engine.compiling import compiled, outlined
from stoplog.engine.postings import post
from stoplog.engine.twins import twin
from stoplog.margin import isolated, policies
from stoplog.margin.policies import AT_MARK, FEE_IGNORED, Policy
from stoplog.margin.tiers import MARGINAL
from stoplog.units import RATE_ONE

FILLED = int(Event.FILLED)
FEE_PAID = int(Event.FEE_PAID)
COMPARTMENT = postings.COMPARTMENT
OUTSIDE_MARKET = postings.OUTSIDE_MARKET
POCKET = postings.POCKET
ISOLATED = int(Kind.ISOLATED)
SETTLEMENT = postings.SETTLEMENT
FEES = postings.FEES

trade = twin(positions.trade)
enlarges = twin(positions.enlarges)
fill_fee = twin(positions.fill_fee)
fill_allowed = twin(isolated.fill_allowed)
is_plain = twin(policies.is_plain)


class Leg(NamedTuple):
    """What a leg of a fill would make of a position, and whether it may."""

    before: int
    size: int
    cost: int
    realised: int
    fee: int
    purse: int
    allowed: bool
    needed: int
    available: int
    ordered: int


@compiled
def grown_longs(leg: Leg) -> int:
    """By how many lots the leg changes the long side of the open interest."""
    return max(leg.size, 0) - max(leg.before, 0)


@compiled
def grows(leg: Leg) -> bool:
    """Whether the leg enlarges a position or turns it."""
    return enlarges(leg.before, leg.size)


@outlined
def _allowed_beyond_plain(
    policy: Policy, tiers: Any, mark: int, before: int, size: int, cost: int, purse: int, own_rate: int, ordered: int
) -> Any:
    return fill_allowed(policy, tiers, mark, before, size, cost, purse, own_rate, ordered, RATE_ONE)


@compiled
def _allowed(
    policy: Policy, tiers: Any, mark: int, before: int, size: int, cost: int, purse: int, own_rate: int, ordered: int
) -> Any:
    """`isolated.fill_allowed`; under the plain policy by code of its own, in which the policy's switches are folded."""
    if not is_plain(policy):
        return _allowed_beyond_plain(policy, tiers, mark, before, size, cost, purse, own_rate, ordered)
    plain = Policy(policy.payoff, policy.multiplier, MARGINAL, AT_MARK, FEE_IGNORED, 0)
    return fill_allowed(plain, tiers, mark, before, size, cost, purse, own_rate, ordered, RATE_ONE)


@compiled
def _judged(t: Any, x: int, swap: Any, before: int) -> Any:
    if enlarges(before, swap.size):
        return cross_health.opening_health(t, x, swap)
    return cross_health.health(t, x, swap)


@outlined
def _leg_in_cross(t: Any, i: int, c: int, fill: int, price: int, fee_rate: int, order: int) -> Any:
    """What a leg would make of a position that shares its purse: rule CRS-005."""
    instrument, position, row = t.instruments[i], t.positions[c], t.compartments[c]
    payoff, multiplier, before = instrument.payoff, instrument.multiplier, position.size
    size, cost, realised = trade(payoff, multiplier, before, position.cost, fill, price)
    fee = fill_fee(payoff, multiplier, price, fill, fee_rate)
    change = realised - fee - waiting.owed(t, i, c)
    ordered = orders.margin_after(t, i, c, order, fill, size, cost) if row.first_order != 0 else 0
    swap = cross_health.Swap(c, size, cost, change, ordered, int64(row.initial_rate), 0)
    equity, needed = _judged(t, int64(row.cross), swap, before)
    purse = pockets.after_interest(t, row.pocket) + change
    return Leg(before, size, cost, realised, fee, purse, equity >= needed, needed, equity, ordered)


@compiled
def leg_of(t: Any, i: int, c: int, fill: int, price: int, fee_rate: int, order: int) -> Any:
    """What a leg, by one of its orders or by none (0), would make of compartment `c`; nothing is written."""
    if t.compartments[c].kind != ISOLATED:
        return _leg_in_cross(t, i, c, fill, price, fee_rate, order)
    instrument = t.instruments[i]
    payoff, multiplier = instrument.payoff, instrument.multiplier
    position = t.positions[c]
    row = t.compartments[c]
    size, cost, realised = trade(payoff, multiplier, position.size, position.cost, fill, price)
    fee = fill_fee(payoff, multiplier, price, fill, fee_rate)
    purse = row.purse - waiting.owed(t, i, c) + realised - fee
    ordered = orders.margin_after(t, i, c, order, fill, size, cost) if row.first_order != 0 else 0
    allowed, needed, available = _allowed(
        waiting.policy_of(t, i),
        waiting.ladder(t, instrument.tier_table),
        instrument.mark,
        position.size,
        size,
        cost,
        purse,
        row.initial_rate,
        ordered,
    )
    return Leg(position.size, size, cost, realised, fee, purse, allowed, needed, available, ordered)


@compiled
def closing_leg(t: Any, c: int, price: int, fee_rate: int) -> Any:
    """What a leg that takes a position flat would make of it; it is not judged by itself."""
    i = int64(t.compartments[c].instrument)
    row, position = t.instruments[i], t.positions[c]
    before = position.size
    size, cost, realised = trade(row.payoff, row.multiplier, before, position.cost, -before, price)
    fee = fill_fee(row.payoff, row.multiplier, price, -before, fee_rate)
    purse = pockets.after_interest(t, t.compartments[c].pocket) + realised - fee - waiting.owed(t, i, c)
    return Leg(before, size, cost, realised, fee, purse, allowed=True, needed=0, available=0, ordered=0)


@compiled
def outside_leg(t: Any, i: int, fill: int, price: int) -> Any:
    """What a leg would make of the outside market's position, which is not checked for margin."""
    instrument = t.instruments[i]
    before = instrument.outside_size
    size, cost, realised = trade(instrument.payoff, instrument.multiplier, before, instrument.outside_cost, fill, price)
    purse = t.funds[instrument.asset].outside_market + realised
    return Leg(before, size, cost, realised, 0, purse, allowed=True, needed=0, available=0, ordered=0)


@compiled
def book_leg(t: Any, i: int, c: int, leg: Any, price: int) -> None:
    """Book a leg on compartment `c`: funding, position, realised profit and fee."""
    row = t.compartments[c]
    asset = t.instruments[i].asset
    place, holder = COMPARTMENT, int64(c)
    if row.kind != ISOLATED:
        place, holder = POCKET, int64(row.pocket)
        pockets.pay_interest(t, holder)
    compartments.settle_funding(t, i, c)
    t.positions[c].size = leg.size
    t.positions[c].cost = leg.cost
    t.instruments[i].open_interest += grown_longs(leg)
    post(
        t,
        FILLED,
        SETTLEMENT,
        place,
        asset,
        i,
        row.account,
        c,
        leg.realised,
        leg.size,
        leg.cost,
        price,
    )
    if leg.fee != 0:
        after = t.compartments[holder].purse - leg.fee
        post(t, FEE_PAID, place, FEES, asset, i, row.account, c, leg.fee, after, 0, 0)


@compiled
def apply_leg(t: Any, i: int, c: int, leg: Any, price: int, order: int) -> None:
    """Book a leg on compartment `c`, and see to its orders and to where it waits."""
    row = t.compartments[c]
    book_leg(t, i, c, leg, price)
    if row.first_order != 0:
        row.order_margin = leg.ordered
        if order != 0:
            orders.match(t, i, c, order, leg.size - leg.before)
    if row.kind != ISOLATED:
        cross_waiting.await_prices(t, int64(row.cross))
    else:
        waiting.await_price(t, i, c, leg.before)


@compiled
def apply_outside(t: Any, i: int, leg: Leg, price: int) -> None:
    """Book a leg on the outside market."""
    instrument = t.instruments[i]
    instrument.outside_size = leg.size
    instrument.outside_cost = leg.cost
    instrument.open_interest += grown_longs(leg)
    asset, realised = instrument.asset, leg.realised
    post(t, FILLED, SETTLEMENT, OUTSIDE_MARKET, asset, i, 0, 0, realised, leg.size, leg.cost, price)
