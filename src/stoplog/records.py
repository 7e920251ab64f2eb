"""The binary layout of state tables, commands and events, and the closed sets of their codes.

Everything is little-endian and packed; a command and an event are 64 bytes each. Numbers of assets, tier
tables, instruments, accounts and compartments count from 1 in the order of registration; 0 names nothing,
or, as a leg of a fill, the outside market. Row n of a table belongs to number n; row 0 stays empty.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Command(IntEnum):
    """What may be asked of the engine. `docs/commands.md` says which fields each one reads."""

    REGISTER_ASSET = 1
    REGISTER_TIER_TABLE = 2
    ADD_TIER = 3
    REGISTER_INSTRUMENT = 4
    REGISTER_ACCOUNT = 5
    SET_PARAMETER = 6
    DEPOSIT = 7
    WITHDRAW = 8
    OPEN_COMPARTMENT = 9
    CLOSE_COMPARTMENT = 10
    ADD_MARGIN = 11
    REMOVE_MARGIN = 12
    FILL = 13
    MARK = 14
    FUNDING = 15
    EXPIRE = 16


class Parameter(IntEnum):
    """What SET_PARAMETER can set on an instrument (command field `code`)."""

    LIQUIDATION_FEE_RATE = 1
    SLIPPAGE_RATE = 2
    TIER_TABLE = 3
    POSITION_LIMIT = 4
    OPEN_INTEREST_LIMIT = 5
    EXPIRY_TIME = 6


class Event(IntEnum):
    """What the engine did. Where money moved, the event names source, target and amount."""

    REFUSED = 1
    REGISTERED = 2
    PARAMETER_SET = 3
    DEPOSITED = 4
    WITHDRAWN = 5
    COMPARTMENT_OPENED = 6
    COMPARTMENT_CLOSED = 7
    MARGIN_ADDED = 8
    MARGIN_REMOVED = 9
    FILLED = 10
    FEE_PAID = 11
    FUNDING_SETTLED = 12
    MARKED = 13
    FUNDING_ACCRUED = 14
    TAKEN_OVER = 15
    SOLD = 16
    LIQUIDATION_FEE_PAID = 17
    FUND_RECEIVED = 18
    FUND_PAID = 19
    SOCIALISED = 20
    EXPIRED = 21
    SETTLED_AT_EXPIRY = 22
    DUST_COLLECTED = 23


class Place(IntEnum):
    """Where money can be: rule CON-002 sums over all of them but OUTSIDE_WORLD."""

    OUTSIDE_WORLD = 0
    FREE = 1
    COMPARTMENT = 2
    OUTSIDE_MARKET = 3
    SETTLEMENT = 4
    FUNDING_CLEARING = 5
    LIQUIDATION_POOL = 6
    FEES = 7
    INSURANCE_FUND = 8
    SOCIALISED_LOSS = 9
    DUST = 10
    ORDER_RESERVE = 11


class Refusal(IntEnum):
    """Why a command was refused, in the order in which the reasons are looked for: rule REF-001.

    Each carries three figures: needed, available, limit (0 where one does not apply).
    """

    NONE = 0
    # the command names something that is not there
    UNKNOWN_COMMAND = 1
    UNKNOWN_CODE = 2
    UNKNOWN_ASSET = 3
    UNKNOWN_TIER_TABLE = 4
    UNKNOWN_INSTRUMENT = 5
    UNKNOWN_ACCOUNT = 6
    UNKNOWN_COMPARTMENT = 7
    # a figure outside its range
    TIME_BACKWARDS = 8
    AMOUNT_OUT_OF_RANGE = 9
    PRICE_OUT_OF_RANGE = 10
    SIZE_OUT_OF_RANGE = 11
    RATE_OUT_OF_RANGE = 12
    TIERS_UNORDERED = 13
    DEDUCTION_NOT_WHOLE = 14
    BUDGET_EXCEEDED = 15
    # the thing named is not in a state for it
    TIER_TABLE_IN_USE = 16
    TIER_TABLE_EMPTY = 17
    TIER_TABLE_FULL = 18
    INSTRUMENT_EXPIRED = 19
    INSTRUMENT_IN_USE = 20
    NOT_PERPETUAL = 21
    NOT_DATED = 22
    NOT_YET_EXPIRED = 23
    NO_MARK = 24
    COMPARTMENT_NOT_OPEN = 25
    WRONG_INSTRUMENT = 26
    SAME_COMPARTMENT = 27
    POSITION_OPEN = 28
    # there is not enough room, or not enough money
    POSITION_LIMIT = 29
    OPEN_INTEREST_LIMIT = 30
    BALANCE_OUT_OF_RANGE = 31
    INSUFFICIENT_FREE = 32
    INSUFFICIENT_MARGIN = 33
    INSUFFICIENT_PURSE = 34
    WOULD_BREACH = 35


class CompartmentState(IntEnum):
    """The life of a compartment."""

    NONE = 0
    OPEN = 1
    CLOSED = 2
    LIQUIDATED = 3


class InstrumentState(IntEnum):
    """The life of an instrument."""

    NONE = 0
    LIVE = 1
    EXPIRED = 2


COMMAND = np.dtype(
    [
        ("time", "<i8"),  # milliseconds since 1970, stamped by the shell; never falls
        ("kind", "<u2"),
        ("code", "<u2"),
        ("asset", "<i4"),
        ("instrument", "<i4"),
        ("account", "<i4"),
        ("compartment", "<i4"),
        ("other", "<i4"),
        ("amount", "<i8"),
        ("price", "<i8"),
        ("size", "<i8"),
        ("rate", "<i8"),
    ]
)

EVENT = np.dtype(
    [
        ("sequence", "<i8"),  # of the command, from 1
        ("kind", "<u2"),
        ("reason", "<u2"),
        ("source", "<u2"),
        ("target", "<u2"),
        ("asset", "<i4"),
        ("instrument", "<i4"),
        ("account", "<i4"),
        ("compartment", "<i4"),
        ("amount", "<i8"),  # moved from source to target, of either sign
        ("first", "<i8"),
        ("second", "<i8"),
        ("third", "<i8"),
    ]
)

ASSET = np.dtype(
    [
        ("deposited", "<i8"),
        ("withdrawn", "<i8"),
        ("decimals", "<i8"),
    ]
)

FUNDS = np.dtype(
    [
        ("outside_market", "<i8"),
        ("liquidation_pool", "<i8"),
        ("fees", "<i8"),
        ("insurance_fund", "<i8"),
        ("socialised_loss", "<i8"),
        ("dust", "<i8"),
        ("order_reserve", "<i8"),
    ]
)

TIER_TABLE = np.dtype([("count", "<i8"), ("in_use", "<i8")])

TIERS_PER_TABLE = 32

TIER = np.dtype([("floor", "<i8"), ("rate", "<i8"), ("deduction", "<i8"), ("initial_rate", "<i8")])

INSTRUMENT = np.dtype(
    [
        ("state", "<i8"),
        ("payoff", "<i8"),
        ("asset", "<i8"),
        ("tier_table", "<i8"),
        ("multiplier", "<i8"),
        ("price_min", "<i8"),
        ("price_max", "<i8"),
        ("position_limit", "<i8"),
        ("open_interest_limit", "<i8"),
        ("lot_value_max", "<i8"),
        ("expiry_time", "<i8"),  # 0: perpetual
        ("liquidation_fee_rate", "<i8"),
        ("slippage_rate", "<i8"),
        ("mark", "<i8"),  # 0: none yet
        ("funding_index", "<i8"),  # millionths per lot
        ("funding_gross", "<i8"),
        ("settlement", "<i8"),
        ("funding_clearing", "<i8"),
        ("open_interest", "<i8"),  # lots on the long side
        ("outside_size", "<i8"),
        ("outside_cost", "<i8"),
    ]
)

ACCOUNT = np.dtype([("open_compartments", "<i8")])

COMPARTMENT = np.dtype(
    [
        ("state", "<i8"),
        ("account", "<i8"),
        ("instrument", "<i8"),
        ("asset", "<i8"),
        ("purse", "<i8"),
        ("put_in", "<i8"),
        ("taken_out", "<i8"),
        ("initial_rate", "<i8"),
    ]
)

POSITION = np.dtype([("size", "<i8"), ("cost", "<i8"), ("funding_index", "<i8")])

COUNTS = np.dtype(
    [
        ("sequence", "<i8"),
        ("time", "<i8"),
        ("assets", "<i8"),
        ("tier_tables", "<i8"),
        ("instruments", "<i8"),
        ("accounts", "<i8"),
        ("compartments", "<i8"),
        ("event_hash", "<u8"),  # a running 64-bit mix of every event row
    ]
)
