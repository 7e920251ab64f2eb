"""SET_TOP_UP, and what marks and fundings take for compartments in their bands: rules TOP-001 to TOP-006."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from reference.coming import rules_of
from reference.cross_transferring import refuse_other_kind
from reference.formulas import fee_in_rate, maintenance_shown, opening_equity, owed
from reference.guarding import WITHDRAW, forbidden
from reference.ordering import refuse_kinds
from reference.rows import Checks, EventRow, Row
from reference.state import Compartment, Instrument, State, TierTable, TopUp
from reference.transferring import compartment_event, funding_settled, pay_out, removable, with_orders_under
from stoplog.codes import CompartmentState, Event, Kind, Refusal
from stoplog.units import AMOUNT_MAX, PURSE_MAX, RATE_ONE

FREE_ONLY, FREE_FIRST, DONOR_FIRST = range(3)
MULTIPLE_MAX = 1000 * RATE_ONE
REACHED_MAX = 2**60


def set_top_up(state: State, row: Row, checks: Checks) -> list[EventRow]:
    off = row.rate == 0
    if row.compartment in state.compartments and state.compartments[row.compartment].kind != Kind.ISOLATED:
        checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
        refuse_kinds(state, row.compartment, (Kind.CROSS, Kind.POSITION, Kind.POCKET), checks)
    checks.refuse_if(not off and row.code > DONOR_FIRST, Refusal.UNKNOWN_CODE)
    named = [row.compartment] if off or row.code == FREE_ONLY else [row.compartment, row.other]
    for number in named:
        checks.refuse_if(number not in state.compartments, Refusal.UNKNOWN_COMPARTMENT)
    checks.refuse_if(row.time < state.time, Refusal.TIME_BACKWARDS)
    held = [state.compartments[number] for number in named]
    if not off:
        refuse_what_is_out_of_range(state, row, checks)
    for compartment in held:
        checks.refuse_if(compartment.state != CompartmentState.OPEN, Refusal.COMPARTMENT_NOT_OPEN)
    if len(named) == 2:
        refuse_other_kind(state, row.other, Kind.ISOLATED, checks)
        checks.refuse_if(row.compartment == row.other, Refusal.SAME_COMPARTMENT)
        asset, givers = (state.instruments[compartment.instrument].asset for compartment in held)
        checks.refuse_if(
            held[0].account != held[1].account or asset != givers,
            Refusal.WRONG_OWNER,
            needed=held[0].account,
            available=held[1].account,
            limit=givers,
            compartment=row.other,
        )
    policy = TopUp()
    if not off:
        donor = row.other if len(named) == 2 else 0
        policy = TopUp(row.rate, row.size, row.amount, row.price, row.account, row.time, row.code, donor)
    state.top_ups[row.compartment] = policy
    return [compartment_event(state, Event.TOP_UP_SET, row.compartment, 0, policy.trigger, policy.target, policy.left)]


def refuse_what_is_out_of_range(state: State, row: Row, checks: Checks) -> None:
    """Caps and cooldown, then trigger and target."""
    for cap in (row.amount, row.price):
        checks.refuse_if(not 1 <= cap <= AMOUNT_MAX, Refusal.AMOUNT_OUT_OF_RANGE, available=cap, limit=AMOUNT_MAX)
    checks.refuse_if(row.account < 0, Refusal.AMOUNT_OUT_OF_RANGE, available=row.account, limit=2**31 - 1)
    instrument = state.instruments[state.compartments[row.compartment].instrument]
    highest = highest_trigger(instrument, state.tier_tables[instrument.tier_table])
    for value, low, high in ((row.rate, RATE_ONE, highest), (row.size, row.rate, MULTIPLE_MAX)):
        checks.refuse_if(not low <= value <= high, Refusal.RATE_OUT_OF_RANGE, needed=low, available=value, limit=high)


def highest_trigger(instrument: Instrument, tiers: TierTable) -> int:
    """The highest trigger that times the highest rate is at most 0.99999999: rule TOP-006."""
    rate = tiers[-1].rate + fee_in_rate(instrument)
    if rate == 0:
        return MULTIPLE_MAX
    return min(MULTIPLE_MAX, int(Fraction(RATE_ONE - 1) / Fraction(rate, RATE_ONE)))


def in_band(instrument: Instrument, tiers: TierTable, policy: TopUp, held: Compartment, price: int) -> bool:
    """Whether a compartment with this policy is in its band at `price`: rules TOP-001 and TOP-006."""
    if policy.left == 0 or held.size == 0:
        return False
    purse = held.purse - owed(instrument, held)
    equity = opening_equity(instrument, price, held.size, held.cost, purse)
    maintenance = maintenance_shown(instrument, tiers, price, held.size, held.cost)
    trigger = min(policy.trigger, highest_trigger(instrument, tiers))
    return equity < Fraction(trigger * maintenance, RATE_ONE)


def top_ups(state: State, number: int, time: int) -> list[EventRow]:
    """All that a mark or a funding tops up: whoever it finds in the band, in the order of numbers: rule TOP-003."""
    instrument = state.instruments[number]
    tiers = state.tier_tables[instrument.tier_table]
    found = [
        holder
        for holder in state.isolated_holders(number)
        if holder in state.top_ups
        and time >= state.top_ups[holder].ready_time
        and in_band(instrument, tiers, state.top_ups[holder], state.compartments[holder], instrument.mark)
    ]
    return [event for holder in found for event in top_up(state, holder, time)]


def lacking(instrument: Instrument, tiers: TierTable, policy: TopUp, held: Compartment) -> int:
    """The least margin that brings equity less the reserve to the target: rule TOP-002, found by halving."""
    purse = held.purse - owed(instrument, held)
    maintenance = maintenance_shown(instrument, tiers, instrument.mark, held.size, held.cost)
    reached = min(REACHED_MAX, ceil(Fraction(policy.target * maintenance, RATE_ONE)))
    low, high = 0, 2**63
    while low < high:
        middle = (low + high) // 2
        if opening_equity(instrument, instrument.mark, held.size, held.cost, purse + middle) >= reached:
            high = middle
        else:
            low = middle + 1
    return low


def top_up(state: State, number: int, time: int) -> list[EventRow]:
    """Take what is missing, as far as caps and sources go: rules TOP-002 and TOP-004."""
    held, policy = state.compartments[number], state.top_ups[number]
    instrument = state.instruments[held.instrument]
    missing = lacking(instrument, state.tier_tables[instrument.tier_table], policy, held)
    room = PURSE_MAX - (held.purse - owed(instrument, held))
    amount = max(0, min(missing, policy.once, policy.left, room))
    place = held.account, instrument.asset
    free = state.free.get(place, 0)
    spare = what_a_donor_may_give(state, policy.donor, time)
    if policy.source == DONOR_FIRST:
        given = min(amount, spare)
        own = min(amount - given, free)
    else:
        own = min(amount, free)
        given = min(amount - own, spare)
    if own + given == 0:
        return []
    events = []
    if given:
        events += funding_settled(state, policy.donor)
        pay_out(state, policy.donor, given)
        donor = state.compartments[policy.donor]
        events.append(compartment_event(state, Event.MARGIN_DONATED, policy.donor, given, donor.purse, number))
    events += funding_settled(state, number)
    held.purse += own + given
    held.put_in += own + given
    state.free[place] = state.free.get(place, 0) - own - given
    policy.left -= own + given
    policy.ready_time = min(2**63 - 1, time + 1000 * policy.cooldown)
    return [
        *events,
        compartment_event(state, Event.TOPPED_UP, number, own + given, held.purse, policy.left, missing),
    ]


def what_a_donor_may_give(state: State, number: int, time: int) -> int:
    """Rules TOP-004 and GRD-004; nothing where there is no donor, or it has ended."""
    donor = state.compartments.get(number)
    if donor is None or donor.state != CompartmentState.OPEN or donor.kind != Kind.ISOLATED:
        return 0
    instrument = state.instruments[donor.instrument]
    if donor.size and forbidden(instrument, WITHDRAW, time):
        return 0
    purse = donor.purse - owed(instrument, donor)
    every = rules_of(state, donor.instrument)
    return min(removable(r.instrument, r.tiers, with_orders_under(state, donor, r), purse) for r in every)
