"""The binary layout of state tables, commands and events.

Everything is little-endian and packed; a command and an event are 64 bytes each. Numbers of assets, tier
tables, instruments, accounts and compartments count from 1 in the order of registration; 0 names nothing,
or, as a leg of a fill, the outside market. Row n of a table belongs to number n; row 0 stays empty. Orders too are
numbered from 1; the number of one that has ended is given to a later one.
"""

from __future__ import annotations

import numpy as np

NEVER = 2**63 - 1
"""The sequence number, or the time, of what is not due at all."""


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
        ("price", "<i8"),  # value units for PRICE_ONE of the smallest units; 0: none yet
        ("haircut", "<i8"),
        ("opening_haircut", "<i8"),
        ("coming_haircut", "<i8"),  # that counts toward opening while the grace of a change of the haircut runs
        ("deposit_cap", "<i8"),
        ("sale_rank", "<i8"),
        ("conversion_fee_rate", "<i8"),
        ("debt_limit", "<i8"),
        ("interest_index", "<i8"),  # counts of 1e-8
        ("pledged", "<i8"),  # what all pockets of the asset hold together
        ("pending_change", "<i8"),  # the change of its haircut that is to come; 0: none
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
    ]
)

TIER_TABLE = np.dtype([("count", "<i8"), ("in_use", "<i8"), ("rule", "<i8")])

TIERS_PER_TABLE = 32

TIER = np.dtype([("floor", "<i8"), ("rate", "<i8"), ("deduction", "<i8"), ("initial_rate", "<i8"), ("slope", "<i8")])

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
        ("maintenance_at", "<i8"),
        ("close_fee", "<i8"),
        ("close_fee_rate", "<i8"),
        ("removal_floor_rate", "<i8"),
        ("funding_from", "<i8"),
        ("reduce_only", "<i8"),
        ("age_limit", "<i8"),  # milliseconds; 0: no guard, here and below
        ("confidence_limit", "<i8"),
        ("deviation_limit", "<i8"),
        ("jump_limit", "<i8"),
        ("jump_wait", "<i8"),  # milliseconds for which a jump must persist
        ("guard_policy", "<i8"),  # a bit for each use that a doubt forbids
        ("pending_change", "<i8"),  # the change to come that moves thresholds; 0: none
        ("underlying", "<i8"),  # the instrument whose price it follows, its own number where it follows none
        ("right", "<i8"),  # 0: none, 1: a call, 2: a put
        ("strike", "<i8"),
        ("coin_units", "<i8"),  # of an option paid in coin: its price units of a coin; else 0
        ("mark", "<i8"),  # 0: none yet
        ("mark_time", "<i8"),  # of the last mark that was taken
        ("guarded", "<i8"),  # 1 where one of the four limits is not 0
        ("doubt", "<i8"),  # about the last mark
        ("held_price", "<i8"),  # the last mark of a jump that is held; 0: none is
        ("held_since", "<i8"),  # the time of its first mark
        ("unseen", "<i8"),  # 1 where funding or a change came while nobody was to be liquidated
        ("funding_index", "<i8"),  # millionths per lot
        ("funding_gross", "<i8"),
        ("settlement", "<i8"),
        ("funding_clearing", "<i8"),
        ("open_interest", "<i8"),  # lots on the long side
        ("outside_size", "<i8"),
        ("outside_cost", "<i8"),
    ]
)

SCENARIOS = 40
"""Scenarios of a risk array, at most."""

SCENARIOS_AT_ONCE = 4
"""Scenarios that one command stages."""

MARK_KNOWN = 1 << (SCENARIOS // SCENARIOS_AT_ONCE)
"""The bit of `known` and `staged` for mark and charge; each below stands for the scenarios of one command."""

RISK = np.dtype(
    [
        ("mark", "<i8"),  # the price that came with the array; 0: none yet
        ("charge", "<i8"),  # for each lot that is short
        ("known", "<i8"),  # bits: four scenarios each, and the mark
        ("next_mark", "<i8"),
        ("next_charge", "<i8"),
        ("staged", "<i8"),  # likewise, of what is staged
        ("scenarios", "<i8"),  # of an underlying: how many count
        ("initial_factor", "<i8"),  # of an underlying
        ("settled", "<i8"),  # 1 where the array is what the instrument settles at, and no mark moves it
        ("next_settled", "<i8"),
        ("axis_mark", "<i8"),  # of an underlying: the mark that its axis goes with; 0: it has none
        ("axis_count", "<i8"),  # of an underlying: points of its axis
        ("axis_parts", "<i8"),  # of an underlying: bits of the scenarios that its axis names, as in `known`
    ]
)

AXIS_POINTS = SCENARIOS + 1
"""Points of an axis, at most: a price for each scenario, and the mark that it goes with."""

AXIS_POINT = np.dtype([("price", "<i8"), ("scenario", "<i8")])
"""A price of an underlying, and the scenario that stands for it; -1: its mark itself. Axes ascend by price."""

MOVED = np.dtype(
    [
        ("mark", "<i8"),  # of the underlying, for which the row holds; 0: for none
        ("generation", "<i8"),  # likewise of arrays and axes
        ("long_price", "<i8"),
        ("short_price", "<i8"),
        ("most", "<i8"),  # that a lot gains while the underlying rises by all of its price
        ("least", "<i8"),
    ]
)
"""What the mark of its underlying makes of an instrument; beside the state, and reckoned when it is asked for."""

ACCOUNT = np.dtype([("open_compartments", "<i8")])

COMPARTMENT = np.dtype(
    [
        ("state", "<i1"),
        ("kind", "<i1"),
        ("asset", "<i2"),  # what the purse is in; 0 for a cross compartment
        ("first_order", "<i4"),  # 0: none rests
        ("account", "<i4"),
        ("instrument", "<i4"),  # 0 for a cross compartment and its pockets
        ("cross", "<i4"),  # the cross compartment that a position or a pocket is in
        ("following", "<i4"),  # the next row of the same cross compartment, ascending; a cross compartment's first
        ("initial_rate", "<i4"),
        ("pocket", "<i4"),  # of a position: where its money is; of a cross compartment: its gains policy
        ("purse", "<i8"),
        ("put_in", "<i8"),
        ("taken_out", "<i8"),
        ("order_margin", "<i8"),
    ]
)

POSITION = np.dtype(
    [
        ("size", "<i8"),
        ("cost", "<i8"),
        ("funding_index", "<i8"),  # up to which funding is settled; of a pocket: the interest index
        ("side", "<i4"),  # 0: either, 1: long only, −1: short only
        ("top_up", "<i4"),  # the row of its policy; 0: it never had one
    ]
)

ORDERS_PER_COMPARTMENT = 64

POSITIONS_PER_CROSS = 256

ASSETS_PER_CROSS = 16

RESTING = np.dtype([("size", "<i8"), ("price", "<i8")])
"""What a rule reads of an order."""

ORDER = np.dtype(
    [
        ("compartment", "<i8"),  # 0: the order has ended, and the row is free
        ("size", "<i8"),  # lots left, below zero to sell
        ("price", "<i8"),
        ("following", "<i8"),  # the order behind it in its compartment, or the next free row; 0: none
    ]
)

TOP_UP = np.dtype(
    [
        ("trigger", "<i8"),  # 0: no policy
        ("target", "<i8"),
        ("once", "<i8"),  # most that may be taken each time
        ("left", "<i8"),  # most that may still be taken
        ("cooldown", "<i8"),  # seconds
        ("ready_time", "<i8"),  # earliest time of the next one
        ("source", "<i8"),
        ("donor", "<i8"),  # 0: none
    ]
)

CHANGE = np.dtype(
    [
        ("state", "<i8"),
        ("asset", "<i8"),  # 0: the change is one of an instrument
        ("instrument", "<i8"),  # 0: the change is one of an asset
        ("parameter", "<i8"),
        ("value", "<i8"),
        ("effective_sequence", "<i8"),
        ("grace", "<i8"),  # milliseconds
        ("enforced_from", "<i8"),  # the time at which the grace ends; 0 before it has begun
    ]
)

COUNTS = np.dtype(
    [
        ("sequence", "<i8"),
        ("time", "<i8"),
        ("assets", "<i8"),
        ("tier_tables", "<i8"),
        ("instruments", "<i8"),
        ("accounts", "<i8"),
        ("compartments", "<i8"),
        ("orders", "<i8"),  # rows that have ever been used
        ("free_order", "<i8"),  # the free row that is used next; 0: none
        ("top_ups", "<i8"),
        ("changes", "<i8"),
        ("due_sequence", "<i8"),  # the smallest from which an announced change is effective, or NEVER
        ("due_time", "<i8"),  # the first at which a grace ends, or NEVER
        ("event_hash", "<u8"),  # a running 64-bit mix of every event row
    ]
)
