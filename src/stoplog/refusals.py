"""A sentence for every refusal, with the figures that explain it."""

from __future__ import annotations

from typing import Any

from stoplog.codes import Event, Refusal

SENTENCES: dict[Refusal, str] = {
    Refusal.NONE: "not refused",
    Refusal.UNKNOWN_COMMAND: "there is no command of kind {available}",
    Refusal.UNKNOWN_CODE: "the code {available} is not among those known, the largest of which is {limit}",
    Refusal.UNKNOWN_ASSET: "asset {needed} is not registered; there are {available}",
    Refusal.UNKNOWN_TIER_TABLE: "tier table {needed} is not registered; there are {available}",
    Refusal.UNKNOWN_INSTRUMENT: "instrument {needed} is not registered; there are {available}",
    Refusal.UNKNOWN_ACCOUNT: "account {needed} is not registered; there are {available}",
    Refusal.UNKNOWN_COMPARTMENT: "compartment {needed} was never opened; there are {available}",
    Refusal.UNKNOWN_ORDER: "no order {needed} rests in compartment {compartment}",
    Refusal.UNKNOWN_CHANGE: "change {needed} was never announced; there are {available}",
    Refusal.TIME_BACKWARDS: "the time {available} is before that of the last accepted command, {needed}",
    Refusal.AMOUNT_OUT_OF_RANGE: "the amount {available} is outside its range, which ends at {limit}",
    Refusal.PRICE_OUT_OF_RANGE: "the price {available} is outside its range, which ends at {limit}",
    Refusal.SIZE_OUT_OF_RANGE: "the size {available} is outside its range, which ends at {limit}",
    Refusal.RATE_OUT_OF_RANGE: "the rate {available} is outside its range, from {needed} to {limit}, in counts of 1e-8",
    Refusal.SEQUENCE_OUT_OF_RANGE: "the sequence number {available} is outside its range, from {needed} to {limit}",
    Refusal.TIERS_UNORDERED: "{available} does not follow the tier before; at least {needed} would",
    Refusal.DEDUCTION_NOT_WHOLE: "a tier from {available} on has a deduction that is not a whole amount",
    Refusal.BUDGET_EXCEEDED: "{available} goes beyond what 64 bits hold; the limit is {limit}",
    Refusal.TIER_TABLE_IN_USE: "an instrument uses the tier table, so it can no longer change",
    Refusal.TIER_TABLE_EMPTY: "the tier table has no tiers",
    Refusal.TIER_TABLE_FULL: "the tier table holds {limit} tiers and has no room for more",
    Refusal.INSTRUMENT_EXPIRED: "the instrument has expired",
    Refusal.INSTRUMENT_IN_USE: "the instrument has an open interest of {available} lots",
    Refusal.NOT_PERPETUAL: "the instrument is dated and pays no funding",
    Refusal.NOT_DATED: "the instrument is perpetual and does not expire",
    Refusal.NOT_YET_EXPIRED: "the instrument expires at {needed}, and it is {available}",
    Refusal.NO_MARK: "the instrument has no mark price yet",
    Refusal.COMPARTMENT_NOT_OPEN: "compartment {compartment} is closed or liquidated",
    Refusal.WRONG_INSTRUMENT: "compartment {compartment} is for instrument {available}, not for {needed}",
    Refusal.SAME_COMPARTMENT: "compartment {compartment} is on both sides",
    Refusal.WRONG_OWNER: "compartment {compartment} is of account {available} and holds asset {limit}; a donor is of "
    "account {needed} and holds the asset that it gives",
    Refusal.POSITION_OPEN: "compartment {compartment} has a position of {available} lots",
    Refusal.ORDER_MISMATCH: "the leg of compartment {compartment} does not match order {needed}, "
    "which has {available} lots left at {limit}",
    Refusal.ORDERS_FULL: "compartment {compartment} has {available} resting orders and no room for more",
    Refusal.WRONG_SIDE: "compartment {compartment} is for one side and would hold {available} lots",
    Refusal.CHANGE_PENDING: "change {available}, effective from command {limit}, is going to move the same thresholds",
    Refusal.CHANGE_DONE: "change {needed} is effective, enforced or revoked and can no longer be revoked",
    Refusal.REDUCE_ONLY: "compartment {compartment} may only reduce its {available} lots, and would hold {needed}",
    Refusal.POSITION_LIMIT: "compartment {compartment} would hold {needed} lots; the limit is {limit}",
    Refusal.OPEN_INTEREST_LIMIT: "the open interest would be {needed} lots; the limit is {limit}",
    Refusal.BALANCE_OUT_OF_RANGE: "a balance would be {needed}; the limit is {limit}, of either sign",
    Refusal.INSUFFICIENT_FREE: "{needed} is needed and {available} is free",
    Refusal.INSUFFICIENT_MARGIN: "compartment {compartment} needs {needed} and has an equity of {available}",
    Refusal.INSUFFICIENT_PURSE: "{needed} is asked for and the purse of compartment {compartment} holds {available}; "
    "{limit} may leave it",
    Refusal.WOULD_BREACH: "compartment {compartment} would need {needed} and has an equity of {available}",
    Refusal.WRONG_KIND: "compartment {compartment} is of kind {available}; the command is for one of kind {needed}",
    Refusal.NO_PRICE: "asset {available} has no price yet",
    Refusal.BEYOND_CAP: "{needed} is asked for and the pool of the asset has room for {available} of {limit}",
    Refusal.NO_ARRAY: "instrument {available} has no risk array that is whole",
    Refusal.NOTHING_SHORT: "compartment {compartment} owes nothing",
    Refusal.NOTHING_OPEN: "compartment {compartment} has no position open",
    Refusal.CROSS_LIMIT: "compartment {compartment} would come to {needed} from {available}; the limit is {limit}",
    Refusal.MARK_IN_DOUBT: "the mark {available} is in force and in doubt ({needed}: 1 unsure, 2 deviates, 3 jumps); "
    "a jump that is held can be taken from the time {limit} on",
    Refusal.MARK_STALE: "the mark is of the time {available}, and {needed} is the earliest at which it would not be "
    "older than {limit} milliseconds",
}

IN_A_GRACE: dict[Refusal, str] = {
    Refusal.REDUCE_ONLY: "compartment {compartment} may only reduce: under the rules that come at the time {limit} "
    "it would need {needed} and has an equity of {available}",
}
"""In place of those above where the limit, the time at which a grace ends, is not 0."""

OF_ANOTHER: dict[Refusal, str] = {
    Refusal.WRONG_OWNER: "compartment {compartment} is of account {available}, not of account {needed}",
}
"""In place of those above where the limit is 0."""


OF_TERMS: dict[Refusal, str] = {
    Refusal.WRONG_INSTRUMENT: "instrument {available} is not to instrument {needed} the underlying that it would have "
    "to be",
    Refusal.INSTRUMENT_IN_USE: "the instrument has rows of cross compartments, an array or followers that other terms "
    "would change",
}
"""In place of those above where no compartment stands in the way and nothing is counted."""


def _sentence(reason: Refusal, event: Any) -> str:
    if reason in OF_TERMS and event["compartment"] == 0 and (event["first"] or not event["second"]):
        return OF_TERMS[reason]
    otherwise = IN_A_GRACE if event["third"] else OF_ANOTHER
    return (otherwise if reason in otherwise else SENTENCES)[reason]


def explain(event: Any) -> str:
    """Why the command of a REFUSED event was refused, in a sentence with its figures.

    Amounts, prices and sizes are in the units of the engine. `ValueError` for an event of another kind.
    """
    if int(event["kind"]) != Event.REFUSED:
        raise ValueError(f"event: {Event(int(event['kind'])).name} is no refusal")
    reason = Refusal(int(event["reason"]))
    sentence = _sentence(reason, event).format(
        needed=int(event["first"]),
        available=int(event["second"]),
        limit=int(event["third"]),
        compartment=int(event["compartment"]),
    )
    return f"{reason.name}: {sentence} (command {int(event['sequence'])})"
