"""Top-up: setting a policy, and what marks and funding do about it before anybody is checked for breach."""

from __future__ import annotations

from typing import Any

from stoplog import instruments
from stoplog.codes import CompartmentState, Event, Kind, Refusal, TopUpSource, Use
from stoplog.engine import compartments, guarding, liquidating, margins, postings, refusing, waiting, worth
from stoplog.engine.balances import free_balance
from stoplog.engine.compiling import compiled
from stoplog.engine.postings import note, post, refuse
from stoplog.engine.tables import HEAPS
from stoplog.engine.twins import twin
from stoplog.margin import top_up
from stoplog.units import AMOUNT_MAX, PURSE_MAX, RATE_ONE

NONE = refusing.NONE
OPEN = int(CompartmentState.OPEN)
WITHDRAW = int(Use.WITHDRAW)
ISOLATED = int(Kind.ISOLATED)
TOP_UP_SET = int(Event.TOP_UP_SET)
TOPPED_UP = int(Event.TOPPED_UP)
MARGIN_DONATED = int(Event.MARGIN_DONATED)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
SAME_COMPARTMENT = int(Refusal.SAME_COMPARTMENT)
WRONG_OWNER = int(Refusal.WRONG_OWNER)
FREE_ONLY = int(TopUpSource.FREE_ONLY)
LAST_SOURCE = int(max(TopUpSource))
FREE = postings.FREE
COMPARTMENT = postings.COMPARTMENT
COOLDOWN_MAX = 2**31 - 1
TARGET_MAX = top_up.MULTIPLE_MAX * RATE_ONE

value_down = twin(instruments.value_down)
in_band = twin(top_up.in_band)
missing = twin(top_up.missing)
allowed = twin(top_up.allowed)
drawn = twin(top_up.drawn)
ready_after = twin(top_up.ready_after)
highest_trigger = twin(top_up.highest_trigger)


@compiled
def _unknown(t: Any, command: Any) -> int:
    """Refuse a policy that names something that is not there, or whose time falls."""
    if command.code > LAST_SOURCE:
        return refuse(t, command, UNKNOWN_CODE, command.compartment, 0, command.code, LAST_SOURCE)
    reason = refusing.no_compartment(t, command, command.compartment)
    if reason == NONE and command.code != FREE_ONLY:
        reason = refusing.no_compartment(t, command, command.other)
    if reason == NONE:
        reason = refusing.backwards(t, command)
    return reason


@compiled
def _out_of_range(t: Any, command: Any) -> int:
    c = command.compartment
    for cap in (command.amount, command.price):
        if not 1 <= cap <= AMOUNT_MAX:
            return refuse(t, command, AMOUNT_OUT_OF_RANGE, c, 0, cap, AMOUNT_MAX)
    if command.account < 0:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, c, 0, command.account, COOLDOWN_MAX)
    highest = highest_trigger(waiting.highest_rate(t, t.compartments[c].instrument), RATE_ONE)
    if not RATE_ONE <= command.rate <= highest:
        return refuse(t, command, RATE_OUT_OF_RANGE, c, RATE_ONE, command.rate, highest)
    if not command.rate <= command.size <= TARGET_MAX:
        return refuse(t, command, RATE_OUT_OF_RANGE, c, command.rate, command.size, TARGET_MAX)
    return NONE


@compiled
def _no_donor(t: Any, command: Any) -> int:
    """Refuse a donor that is not open, is the compartment itself, or is another owner's or of another asset."""
    c, donor = command.compartment, command.other
    reason = refusing.not_open(t, command, donor)
    if reason == NONE:
        reason = refusing.other_kind(t, command, donor, ISOLATED)
    if reason != NONE:
        return reason
    if donor == c:
        return refuse(t, command, SAME_COMPARTMENT, c, 0, 0, 0)
    taker, giver = t.compartments[c], t.compartments[donor]
    asset = t.instruments[giver.instrument].asset
    if giver.account != taker.account or asset != t.instruments[taker.instrument].asset:
        return refuse(t, command, WRONG_OWNER, donor, taker.account, giver.account, asset)
    return NONE


@compiled
def _refused(t: Any, command: Any) -> int:
    if command.rate == 0:
        reason = refusing.no_compartment_now(t, command)
        return reason if reason != NONE else refusing.not_open(t, command, command.compartment)
    reason = _unknown(t, command)
    if reason == NONE:
        reason = _out_of_range(t, command)
    if reason == NONE:
        reason = refusing.not_open(t, command, command.compartment)
    if reason == NONE and command.code != FREE_ONLY:
        reason = _no_donor(t, command)
    return reason


@compiled
def set_top_up(t: Any, command: Any) -> int:
    """SET_TOP_UP: `compartment`, `rate` trigger, `size` target, `amount`, `price`, `account`, `code`, `other` donor.

    `amount` is the cap per time, `price` that in total, `account` the cooldown, `code` the sources.
    """
    reason = _refused(t, command)
    if reason != NONE:
        return reason
    c = command.compartment
    i, position = t.compartments[c].instrument, t.positions[c]
    if position.top_up == 0:
        t.counts[0].top_ups += 1
        position.top_up = t.counts[0].top_ups
    row = t.top_ups[position.top_up]
    given = command.rate != 0
    row.trigger = command.rate
    row.target = command.size if given else 0
    row.once = command.amount if given else 0
    row.left = command.price if given else 0
    row.cooldown = command.account if given else 0
    row.ready_time = command.time if given else 0
    row.source = command.code if given else 0
    row.donor = command.other if given and command.code != FREE_ONLY else 0
    waiting.heed_trigger(t, i, command.rate)
    asset, account = t.instruments[i].asset, t.compartments[c].account
    note(t, TOP_UP_SET, asset, i, account, c, row.trigger, row.target, row.left)
    waiting.await_price(t, i, c, t.positions[c].size)
    return NONE


@compiled
def _wants(t: Any, i: int, c: int, price: int, time: int) -> bool:
    """Whether compartment `c` is to be topped up at `price`: rules TOP-001 and TOP-003."""
    if not waiting.may_take(t, c) or time < t.top_ups[t.positions[c].top_up].ready_time:
        return False
    equity = worth.equity_with(t, i, c, price, worth.purse_after_funding(t, i, c))
    trigger = waiting.trigger_in_force(t, i, t.top_ups[t.positions[c].top_up].trigger)
    return in_band(equity, worth.maintenance_at(t, i, c, price), trigger, RATE_ONE)


@compiled
def find_wanting(t: Any, i: int, price: int, found: int, time: int) -> int:
    """How many of the first `found` compartments in `scratch` are to be topped up; these then come first, ascending."""
    if t.heads[HEAPS * i].trigger == 0:
        return 0
    wanting = 0
    for k in range(found):
        c = t.scratch[k]
        if _wants(t, i, c, price, time):
            t.scratch[k] = t.scratch[wanting]
            t.scratch[wanting] = c
            wanting += 1
    if wanting > 1:
        t.scratch[:wanting].sort()
    return wanting


@compiled
def _spare(t: Any, donor: int, time: int) -> int:
    """What may leave a donor: rules TOP-004 and GRD-004."""
    if t.compartments[donor].state != OPEN or t.compartments[donor].kind != ISOLATED:
        return 0
    if t.positions[donor].size != 0 and guarding.forbidden(t, t.compartments[donor].instrument, WITHDRAW, time):
        return 0
    return margins.most_that_may_leave(t, t.compartments[donor].instrument, donor)


@compiled
def _top_up(t: Any, i: int, c: int, time: int) -> None:
    """Take what is missing at the mark, as far as caps and sources go: rule TOP-002."""
    row, position = t.compartments[c], t.positions[c]
    asked = t.top_ups[position.top_up]
    policy, price, asset = waiting.policy_of(t, i), t.instruments[i].mark, t.instruments[i].asset
    size = position.size
    purse = worth.purse_after_funding(t, i, c)
    value = value_down(policy.payoff, policy.multiplier, price, size)
    needed = worth.maintenance_at(t, i, c, price)
    wanted = missing(policy, size, value, purse - position.cost, needed, asked.target, RATE_ONE)
    free = free_balance(t, row.account, asset)
    spare = _spare(t, asked.donor, time) if asked.source != FREE_ONLY else 0
    own, given = drawn(allowed(wanted, asked.once, asked.left, PURSE_MAX - purse), asked.source, free, spare)
    amount = own + given
    if amount == 0:
        return
    if given != 0:
        margins.take_out(t, MARGIN_DONATED, t.compartments[asked.donor].instrument, asked.donor, given, c)
    compartments.settle_funding(t, i, c)
    row.put_in += amount
    asked.left -= amount
    asked.ready_time = ready_after(time, asked.cooldown)
    post(t, TOPPED_UP, FREE, COMPARTMENT, asset, i, row.account, c, amount, row.purse + amount, asked.left, wanted)
    waiting.await_price(t, i, c, size)


@compiled
def top_up_all(t: Any, i: int, wanting: int, found: int, time: int) -> int:
    """Top up the first `wanting` compartments in `scratch`, in that order, at the mark: rule TOP-003.

    How many of the `found` that are awake are breached after it; these then come first, ascending.
    """
    for k in range(wanting):
        _top_up(t, i, t.scratch[k], time)
    return liquidating.breached_first(t, i, t.instruments[i].mark, found)
