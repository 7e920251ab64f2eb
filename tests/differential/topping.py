"""Random top-up policies, and prices at which the reference model finds a compartment in its band."""

from __future__ import annotations

from random import Random

from reference.rows import Row
from reference.state import State
from reference.topping_up import MULTIPLE_MAX, highest_trigger, in_band

from stoplog.codes import Command, CompartmentState
from stoplog.units import RATE_ONE


def policy_for(rng: Random, state: State, number: int) -> Row:
    """SET_TOP_UP for a compartment, mostly one that is accepted and soon needed, at times one that ends the policy."""
    held = state.compartments[number]
    instrument = state.instruments[held.instrument]
    highest = highest_trigger(instrument, state.tier_tables[instrument.tier_table])
    if rng.random() < 0.05:
        return Row(kind=Command.SET_TOP_UP, compartment=number)
    trigger = rng.choice((RATE_ONE, 11 * 10**7, 15 * 10**7, 3 * 10**8, 10**9, highest))
    if rng.random() < 0.9:
        trigger = min(trigger, highest)
    target = rng.choice((trigger, trigger + 1, trigger * 5 // 4, trigger * 3, MULTIPLE_MAX))
    if rng.random() < 0.95:
        target = min(target, MULTIPLE_MAX)
    caps = (1, 2**60, abs(held.purse) // 3 + 1, abs(held.purse) + 1, 2**60)
    once, total, cooldown = rng.choice(caps), rng.choice(caps), rng.choice((0, 0, 0, 1, 3, 2**31 - 1))
    if rng.random() < 0.04:
        once, total, cooldown = rng.choice(((0, 1, 0), (1, 2**60 + 1, 0), (1, 1, -1)))
    donor = donor_for(rng, state, number)
    source = rng.choice((1, 1, 2, 2, 0)) if donor else 0
    if rng.random() < 0.12:
        donor, source = rng.choice((number, 99, *state.compartments)), rng.choice((1, 2, 3))
    return Row(
        kind=Command.SET_TOP_UP,
        compartment=number,
        rate=trigger,
        size=target,
        amount=once,
        price=total,
        account=cooldown,
        code=source,
        other=donor,
    )


def donor_for(rng: Random, state: State, number: int) -> int:
    """Another open compartment of the same owner and asset; 0 where there is none."""
    held = state.compartments[number]
    fitting = [
        n
        for n, c in state.compartments.items()
        if n != number
        and c.state == CompartmentState.OPEN
        and c.account == held.account
        and c.asset == held.asset
        and c.instrument
    ]
    richest = sorted(fitting, key=lambda n: (state.compartments[n].size == 0, state.compartments[n].purse))
    return rng.choice(richest[-2:]) if fitting else 0


def price_about_a_band(rng: Random, state: State, number: int) -> int | None:
    """A price about where a holder of the instrument enters its band, going against it; None where nobody has one."""
    instrument = state.instruments[number]
    tiers = state.tier_tables[instrument.tier_table]
    waiting = [n for n in state.holders(number) if n in state.top_ups and state.top_ups[n].left]
    if not waiting:
        return None
    holder = rng.choice(waiting)
    held, policy = state.compartments[holder], state.top_ups[holder]
    outside = instrument.mark
    inside = instrument.price_min - 1 if held.size > 0 else instrument.price_max + 1
    while abs(outside - inside) > 1:
        middle = (outside + inside) // 2
        if in_band(instrument, tiers, policy, held, middle):
            inside = middle
        else:
            outside = middle
    return outside + (-1 if held.size > 0 else 1) * rng.choice((0, 1, 1, 1, 2, -1, outside // 20))
