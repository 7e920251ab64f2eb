"""The legs of a fill: what each would make of a position, and booking it."""

from __future__ import annotations

from typing import Any, NamedTuple

from stoplog import positions
from stoplog.engine import compartments, orders, postings, waiting
from stoplog.engine.compiling import compiled, outlined
from stoplog.engine.postings import post
from stoplog.engine.twins import twin
from stoplog.margin import isolated, policies
from stoplog.margin.policies import AT_MARK, FEE_IGNORED, Policy
from stoplog.margin.tiers import MARGINAL
from stoplog.records import Event
from stoplog.units import RATE_ONE

FILLED = int(Event.FILLED)
FEE_PAID = int(Event.FEE_PAID)
COMPARTMENT = postings.COMPARTMENT
OUTSIDE_MARKET = postings.OUTSIDE_MARKET
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
def leg_of(t: Any, i: int, c: int, fill: int, price: int, fee_rate: int, order: int) -> Any:
    """What a leg, by one of its orders or by none (0), would make of compartment `c`; nothing is written."""
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
def outside_leg(t: Any, i: int, fill: int, price: int) -> Any:
    """What a leg would make of the outside market's position, which is not checked for margin."""
    instrument = t.instruments[i]
    before = instrument.outside_size
    size, cost, realised = trade(instrument.payoff, instrument.multiplier, before, instrument.outside_cost, fill, price)
    purse = t.funds[instrument.asset].outside_market + realised
    return Leg(before, size, cost, realised, 0, purse, allowed=True, needed=0, available=0, ordered=0)


@compiled
def apply_leg(t: Any, i: int, c: int, leg: Any, price: int, order: int) -> None:
    """Book a leg on compartment `c`: funding, position, realised profit, fee, its orders, and where it waits."""
    row = t.compartments[c]
    asset = t.instruments[i].asset
    compartments.settle_funding(t, i, c)
    t.positions[c].size = leg.size
    t.positions[c].cost = leg.cost
    t.instruments[i].open_interest += grown_longs(leg)
    post(
        t,
        FILLED,
        SETTLEMENT,
        COMPARTMENT,
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
        post(t, FEE_PAID, COMPARTMENT, FEES, asset, i, row.account, c, leg.fee, row.purse - leg.fee, 0, 0)
    if row.first_order != 0:
        row.order_margin = leg.ordered
        if order != 0:
            orders.match(t, i, c, order, leg.size - leg.before)
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
