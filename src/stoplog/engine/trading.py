"""Fills: two one-sided legs against the instrument's settlement account, both checked before either applies."""

from __future__ import annotations

from typing import Any

from stoplog import positions
from stoplog.codes import Event, Kind, Refusal, Use
from stoplog.engine import coming, cross_health, guarding, orders, postings, refusing
from stoplog.engine.compiling import compiled, inlined, outlined
from stoplog.engine.legs import apply_leg, apply_outside, grown_longs, grows, leg_of, outside_leg
from stoplog.engine.postings import post, refuse
from stoplog.engine.twins import twin
from stoplog.units import AMOUNT_MAX, POSITION_VALUE_MAX, PURSE_MAX, RATE_ONE

NONE = refusing.NONE
OPEN = int(Use.OPEN)
REDUCE = int(Use.REDUCE)
DUST_COLLECTED = int(Event.DUST_COLLECTED)
FUNDING_SETTLED = int(Event.FUNDING_SETTLED)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
NO_MARK = int(Refusal.NO_MARK)
WRONG_INSTRUMENT = int(Refusal.WRONG_INSTRUMENT)
SAME_COMPARTMENT = int(Refusal.SAME_COMPARTMENT)
WRONG_SIDE = int(Refusal.WRONG_SIDE)
REDUCE_ONLY = int(Refusal.REDUCE_ONLY)
POSITION_LIMIT = int(Refusal.POSITION_LIMIT)
OPEN_INTEREST_LIMIT = int(Refusal.OPEN_INTEREST_LIMIT)
BALANCE_OUT_OF_RANGE = int(Refusal.BALANCE_OUT_OF_RANGE)
INSUFFICIENT_MARGIN = int(Refusal.INSUFFICIENT_MARGIN)
WRONG_KIND = int(Refusal.WRONG_KIND)
CROSS_LIMIT = int(Refusal.CROSS_LIMIT)
ISOLATED = int(Kind.ISOLATED)
POSITION = int(Kind.POSITION)
OUTSIDE_MARKET = postings.OUTSIDE_MARKET
FUNDING_CLEARING = postings.FUNDING_CLEARING
DUST = postings.DUST

funding_due = twin(positions.funding_due)


@compiled
def _names_order(command: Any) -> bool:
    """Whether a leg of the fill trades by a resting order."""
    return (command.account | command.asset) != 0  # type: ignore[no-any-return]


@compiled
def _malformed(t: Any, command: Any) -> int:
    reason = refusing.no_instrument(t, command)
    if reason == NONE:
        reason = refusing.no_compartment(t, command, command.compartment)
    if reason == NONE and command.other != 0:
        reason = refusing.no_compartment(t, command, command.other)
    if reason == NONE and _names_order(command):
        reason = orders.unknown(t, command, command.compartment, command.account)
        if reason == NONE:
            reason = orders.unknown(t, command, command.other, command.asset)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    if reason == NONE:
        reason = refusing.price_outside(t, command)
    if reason == NONE:
        reason = refusing.size_outside_of(t, command, command.instrument)
    if reason != NONE:
        return reason
    for rate in (command.rate, command.amount):
        if not 0 <= rate <= RATE_ONE:
            return refuse(t, command, RATE_OUT_OF_RANGE, command.compartment, 0, rate, RATE_ONE)
    return NONE


@compiled
def _no_position(t: Any, command: Any, compartment: int) -> int:
    """Refuse a leg of a cross compartment as such, or of a pocket."""
    kind = t.compartments[compartment].kind
    if compartment == 0 or kind in (ISOLATED, POSITION):
        return NONE
    return refuse(t, command, WRONG_KIND, compartment, ISOLATED, kind, 0)


@compiled
def _in_one_cross(t: Any, one: int, two: int) -> bool:
    return t.compartments[one].cross == t.compartments[two].cross  # type: ignore[no-any-return]


@outlined
def _over_cross_limit(t: Any, command: Any, compartment: int, before: int, size: int) -> int:
    """A refusal for a leg with which the positions of a cross compartment could be worth more than the budget."""
    x, value = t.compartments[compartment].cross, t.instruments[command.instrument].lot_value_max
    held = cross_health.gross_of(t, x)
    gross = held + (abs(size) - abs(before)) * value
    if gross <= POSITION_VALUE_MAX:
        return NONE
    return refuse(t, command, CROSS_LIMIT, compartment, gross, held, POSITION_VALUE_MAX)


@compiled
def _beyond_cross(t: Any, command: Any, compartment: int, leg: Any) -> int:
    if t.compartments[compartment].kind == ISOLATED or not grows(leg):
        return NONE
    return _over_cross_limit(t, command, compartment, leg.before, leg.size)


@compiled
def _in_wrong_state(t: Any, command: Any) -> int:
    i, c, other = command.instrument, command.compartment, command.other
    reason = refusing.expired(t, command)
    if reason != NONE:
        return reason
    if t.instruments[i].mark == 0:
        return refuse(t, command, NO_MARK, c, 0, 0, 0)
    reason = refusing.not_open(t, command, c)
    if reason == NONE and other != 0:
        reason = refusing.not_open(t, command, other)
    if reason == NONE:
        reason = _no_position(t, command, c)
    if reason == NONE:
        reason = _no_position(t, command, other)
    if reason != NONE:
        return reason
    if t.compartments[c].instrument != i:
        return refuse(t, command, WRONG_INSTRUMENT, c, i, t.compartments[c].instrument, 0)
    if other != 0 and t.compartments[other].instrument != i:
        return refuse(t, command, WRONG_INSTRUMENT, other, i, t.compartments[other].instrument, 0)
    if c == other or (other != 0 and t.compartments[c].cross != 0 and _in_one_cross(t, c, other)):
        return refuse(t, command, SAME_COMPARTMENT, c, 0, 0, 0)
    if _names_order(command):
        reason = orders.mismatched(t, command, c, command.account, command.size)
        if reason == NONE:
            reason = orders.mismatched(t, command, other, command.asset, -command.size)
    return reason


@compiled
def _on_wrong_side(t: Any, command: Any, compartment: int, leg: Any) -> int:
    """A refusal for a leg that would leave a compartment on the side that it is not for: rule SID-001."""
    if compartment == 0 or leg.size * t.positions[compartment].side >= 0:
        return NONE
    return refuse(t, command, WRONG_SIDE, compartment, 0, leg.size, 0)


@compiled
def _in_reduce_only(t: Any, command: Any, compartment: int, leg: Any) -> int:
    """A refusal for a leg that enlarges or turns where positions may only become smaller: rules RED-001 and CHG-005."""
    if compartment == 0 or not grows(leg):
        return NONE
    if t.instruments[command.instrument].reduce_only == 0:
        return coming.may_only_reduce(t, command, command.instrument, compartment)
    return refuse(t, command, REDUCE_ONLY, compartment, leg.size, leg.before, 0)


@compiled
def _over_position_limit(t: Any, command: Any, compartment: int, leg: Any) -> int:
    limit = t.instruments[command.instrument].position_limit
    if abs(leg.size) <= limit or abs(leg.size) <= abs(leg.before):
        return NONE
    return refuse(t, command, POSITION_LIMIT, compartment, abs(leg.size), limit, limit)


@compiled
def _out_of_balance(t: Any, command: Any, compartment: int, leg: Any) -> int:
    limit = PURSE_MAX if compartment != 0 else AMOUNT_MAX
    if abs(leg.purse) <= limit:
        return NONE
    return refuse(t, command, BALANCE_OUT_OF_RANGE, compartment, leg.purse, 0, limit)


@compiled
def _beyond_account(t: Any, command: Any, compartment: int, leg: Any) -> int:
    """A refusal for a leg that enlarges or turns while losses that others bear have left their range."""
    if compartment == 0 or not grows(leg):
        return NONE
    funds = t.funds[t.instruments[command.instrument].asset]
    lost = min(funds.outside_market, funds.socialised_loss)
    if lost >= -AMOUNT_MAX:
        return NONE
    return refuse(t, command, BALANCE_OUT_OF_RANGE, compartment, lost, 0, AMOUNT_MAX)


@compiled
def _short_of_margin(t: Any, command: Any, compartment: int, leg: Any) -> int:
    if leg.allowed:
        return NONE
    return refuse(t, command, INSUFFICIENT_MARGIN, compartment, leg.needed, leg.available, 0)


@inlined
def _legs(t: Any, command: Any) -> tuple[Any, Any]:
    """What the fill would make of both sides."""
    i, other, size, price = command.instrument, command.other, command.size, command.price
    one = leg_of(t, i, command.compartment, size, price, command.rate, command.account)
    if other != 0:
        return one, leg_of(t, i, other, -size, price, command.amount, command.asset)
    return one, outside_leg(t, i, -size, price)


@compiled
def _short_of_coming_margin(t: Any, command: Any) -> int:
    """A refusal for a fill whose legs enlarge or turn and lack margin under the coming rules: rule CHG-004."""
    i, c, other = command.instrument, command.compartment, command.other
    coming.exchange(t, i)
    one, two = _legs(t, command)
    coming.exchange(t, i)
    until = coming.end_of_grace(t, i)
    if grows(one) and not one.allowed:
        return refuse(t, command, INSUFFICIENT_MARGIN, c, one.needed, one.available, until)
    if other != 0 and grows(two) and not two.allowed:
        return refuse(t, command, INSUFFICIENT_MARGIN, other, two.needed, two.available, until)
    return NONE


@compiled
def _without_room(t: Any, command: Any, one: Any, two: Any) -> int:
    c, other = command.compartment, command.other
    instrument = t.instruments[command.instrument]
    reason = _on_wrong_side(t, command, c, one)
    if reason == NONE:
        reason = _on_wrong_side(t, command, other, two)
    if reason == NONE and (instrument.reduce_only != 0 or instrument.pending_change != 0):
        reason = _in_reduce_only(t, command, c, one)
        if reason == NONE:
            reason = _in_reduce_only(t, command, other, two)
    if reason != NONE:
        return reason
    reason = _over_position_limit(t, command, c, one)
    if reason == NONE and other != 0:
        reason = _over_position_limit(t, command, other, two)
    if reason == NONE:
        reason = _beyond_cross(t, command, c, one)
    if reason == NONE:
        reason = _beyond_cross(t, command, other, two)
    if reason != NONE:
        return reason
    grown = grown_longs(one) + grown_longs(two)
    if grown > 0 and instrument.open_interest + grown > instrument.open_interest_limit:
        limit = instrument.open_interest_limit
        return refuse(t, command, OPEN_INTEREST_LIMIT, c, instrument.open_interest + grown, limit, limit)
    reason = _out_of_balance(t, command, c, one)
    if reason == NONE:
        reason = _out_of_balance(t, command, other, two)
    if reason != NONE:
        return reason
    fees = t.funds[instrument.asset].fees + one.fee + two.fee
    if fees > AMOUNT_MAX:
        return refuse(t, command, BALANCE_OUT_OF_RANGE, 0, fees, 0, AMOUNT_MAX)
    reason = _beyond_account(t, command, c, one)
    if reason == NONE:
        reason = _beyond_account(t, command, other, two)
    if reason != NONE:
        return reason
    reason = _short_of_margin(t, command, c, one)
    if reason == NONE:
        reason = _short_of_margin(t, command, other, two)
    if reason == NONE and instrument.pending_change != 0 and coming.in_grace(t, command.instrument):
        reason = _short_of_coming_margin(t, command)
    if reason == NONE and instrument.guarded != 0:
        reason = guarding.refuse_legs(t, command, OPEN if grows(one) else REDUCE, OPEN if grows(two) else REDUCE)
    return reason


@compiled
def settle_outside(t: Any, i: int, change: int) -> None:
    """The outside market's funding for a change of the index, at once: rule POS-004."""
    instrument = t.instruments[i]
    due = funding_due(instrument.outside_size, change, 0)
    if due != 0:
        post(t, FUNDING_SETTLED, OUTSIDE_MARKET, FUNDING_CLEARING, instrument.asset, i, 0, 0, due, 0, 0, 0)


@compiled
def fill_outside(t: Any, i: int, fill: int, price: int) -> None:
    """The outside market's leg of a fill."""
    apply_outside(t, i, outside_leg(t, i, fill, price), price)


@compiled
def collect_dust(t: Any, i: int) -> None:
    """What funding left behind when the last position has gone: rule CON-005."""
    instrument = t.instruments[i]
    dust = instrument.funding_clearing
    if instrument.open_interest == 0 and dust != 0:
        post(t, DUST_COLLECTED, FUNDING_CLEARING, DUST, instrument.asset, i, 0, 0, dust, 0, 0, 0)


@compiled
def fill(t: Any, command: Any) -> int:
    """FILL: `compartment` buys `size` lots at `price` from `other`, 0 being the outside market.

    `account` and `asset` are the orders by which the two legs trade, 0 where there is none.
    """
    reason = _malformed(t, command)
    if reason == NONE:
        reason = _in_wrong_state(t, command)
    if reason != NONE:
        return reason
    i, c, other, price = command.instrument, command.compartment, command.other, command.price
    one, two = _legs(t, command)
    reason = _without_room(t, command, one, two)
    if reason != NONE:
        return reason
    apply_leg(t, i, c, one, price, command.account)
    if other != 0:
        apply_leg(t, i, other, two, price, command.asset)
    else:
        apply_outside(t, i, two, price)
    collect_dust(t, i)
    return NONE
