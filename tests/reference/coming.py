"""The rules that compartments of an instrument are held to: those in force, and in a grace those that come too."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from reference.crossing import crosses_in, health, is_breached
from reference.formulas import breached, maintenance_shown, opening_equity, owed
from reference.rows import Checks
from reference.state import Compartment, Instrument, State, TierTable
from stoplog.codes import ChangeState, Kind, Parameter, Refusal

MOVES_THRESHOLDS = (Parameter.TIER_TABLE, Parameter.MAINTENANCE_AT, Parameter.CLOSE_FEE, Parameter.CLOSE_FEE_RATE)


class Rules(NamedTuple):
    """An instrument, its tiers, and the time at which a grace ends that these rules wait for; 0: they are in force."""

    instrument: Instrument
    tiers: TierTable
    limit: int


def in_grace(state: State, number: int) -> bool:
    """Whether a change that moves thresholds is effective and not yet enforced."""
    pending = state.instruments[number].pending_change
    return pending != 0 and state.changes[pending].state == ChangeState.EFFECTIVE


def rules_in_force(state: State, number: int) -> Rules:
    """The rules of an instrument as they are."""
    instrument = state.instruments[number]
    return Rules(instrument, state.tier_tables[instrument.tier_table], 0)


def coming_rules(state: State, number: int) -> Rules:
    """The rules of an instrument as its pending change will make them."""
    change = state.changes[state.instruments[number].pending_change]
    field = Parameter(change.parameter).name.lower()
    instrument = replace(state.instruments[number], **{field: change.value})
    return Rules(instrument, state.tier_tables[instrument.tier_table], change.enforced_from)


def rules_of(state: State, number: int) -> list[Rules]:
    """Those in force, and in a grace those that come: rule CHG-004."""
    rules = [rules_in_force(state, number)]
    return [*rules, coming_rules(state, number)] if in_grace(state, number) else rules


def under(state: State, number: int, rules: Rules) -> State:
    """The state as it would be if these rules of an instrument were in force."""
    return replace(state, instruments={**state.instruments, number: rules.instrument})


def breached_under(rules: Rules, held: Compartment) -> bool:
    """Whether a compartment is breached at the mark."""
    instrument, tiers, _ = rules
    purse = held.purse - owed(instrument, held)
    return breached(instrument, tiers, instrument.mark, held.size, held.cost, purse)


def fallen_under(state: State, number: int, rules: Rules) -> tuple[list[int], list[int]]:
    """The isolated and the cross compartments of an instrument that these rules of it breach."""
    isolated = [n for n in state.isolated_holders(number) if breached_under(rules, state.compartments[n])]
    there = under(state, number, rules)
    return isolated, [cross for cross in crosses_in(state, number) if is_breached(there, cross)]


def refuse_what_comes_to_be_breached(state: State, rules: Rules, number: int, checks: Checks) -> None:
    """Rule CHG-005; of a position its cross compartment is judged."""
    instrument, tiers, limit = rules
    held = state.compartments[number]
    if held.size == 0:
        return
    if held.kind == Kind.POSITION:
        there = under(state, held.instrument, rules)
        equity, maintenance = health(there, held.cross)
        figures = {"needed": maintenance, "available": equity, "limit": limit, "compartment": number}
        checks.refuse_if(is_breached(there, held.cross), Refusal.REDUCE_ONLY, **figures)
        return
    purse = held.purse - owed(instrument, held)
    checks.refuse_if(
        breached_under(rules, held),
        Refusal.REDUCE_ONLY,
        needed=maintenance_shown(instrument, tiers, instrument.mark, held.size, held.cost),
        available=opening_equity(instrument, instrument.mark, held.size, held.cost, purse),
        limit=limit,
        compartment=number,
    )
