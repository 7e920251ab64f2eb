"""The closed sets of codes in commands, events and state tables: what may be asked, what happens, and why not."""

from __future__ import annotations

from enum import IntEnum


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
    SET_LEVERAGE = 17
    PLACE_ORDER = 18
    CANCEL_ORDER = 19
    SET_TOP_UP = 20
    SCHEDULE_PARAMETER = 21
    REVOKE_CHANGE = 22
    OPEN_CROSS = 23
    MOVE_COMPARTMENT = 24
    PRICE_ASSET = 25
    SET_ASSET_PARAMETER = 26
    INTEREST = 27
    CONVERT = 28
    SCHEDULE_ASSET_PARAMETER = 29
    SET_UNDERLYING = 30
    STAGE_ARRAY = 31
    STAGE_MARK = 32
    REVALUE = 33
    CLOSE_ALL = 34
    STAGE_AXIS = 35


class Parameter(IntEnum):
    """What SET_PARAMETER can set on an instrument (command field `code`)."""

    LIQUIDATION_FEE_RATE = 1
    SLIPPAGE_RATE = 2
    TIER_TABLE = 3
    POSITION_LIMIT = 4
    OPEN_INTEREST_LIMIT = 5
    EXPIRY_TIME = 6
    MAINTENANCE_AT = 7
    CLOSE_FEE = 8
    CLOSE_FEE_RATE = 9
    REMOVAL_FLOOR_RATE = 10
    FUNDING_FROM = 11
    REDUCE_ONLY = 12
    AGE_LIMIT = 13
    CONFIDENCE_LIMIT = 14
    DEVIATION_LIMIT = 15
    JUMP_LIMIT = 16
    JUMP_WAIT = 17
    GUARD_POLICY = 18


class Doubt(IntEnum):
    """What a guard doubts about a mark (field `reason` of MARK_HELD and MARKED); STALE is found without a mark."""

    NONE = 0
    UNSURE = 1
    DEVIATES = 2
    JUMPS = 3
    STALE = 4


class Use(IntEnum):
    """What a mark is used for. A policy (parameter GUARD_POLICY) has a bit for each use that a doubt forbids."""

    OPEN = 0
    REDUCE = 1
    WITHDRAW = 2
    LIQUIDATE = 3

    def forbidden_by(self, doubt: Doubt) -> int:
        """The bit of a policy that forbids this use of a mark that is doubted so."""
        return 1 << (DOUBTS * self + doubt - 1)


DOUBTS = len(Doubt) - 1
"""How many doubts there are, and so how many bits of a policy each use has."""

GUARD_POLICY_DEFAULT = sum(use.forbidden_by(d) for use in Use if use != Use.REDUCE for d in Doubt if d)
"""What doubts forbid unless GUARD_POLICY is set: everything but to reduce."""

GUARD_POLICY_MAX = (1 << DOUBTS * len(Use)) - 1
"""Every use forbidden by every doubt."""


class AssetParameter(IntEnum):
    """What SET_ASSET_PARAMETER and SCHEDULE_ASSET_PARAMETER can set on an asset (command field `code`)."""

    HAIRCUT = 1
    OPENING_HAIRCUT = 2
    DEPOSIT_CAP = 3
    SALE_RANK = 4
    CONVERSION_FEE_RATE = 5
    DEBT_LIMIT = 6


class Kind(IntEnum):
    """What a row of the compartments is: the last three make up a cross compartment."""

    ISOLATED = 0
    CROSS = 1
    POSITION = 2
    POCKET = 3


class Gains(IntEnum):
    """How far unrealised gains of a cross compartment count when it opens or lets margin go (code of OPEN_CROSS)."""

    FULL = 0
    BACKED = 1
    NONE = 2


class Model(IntEnum):
    """What a cross compartment must hold (rate of OPEN_CROSS): the sum of its positions, or their worst scenario."""

    POSITIONS = 0
    SCENARIOS = 1


class FundingFrom(IntEnum):
    """Where funding is taken from, and where it goes to (parameter FUNDING_FROM)."""

    MARGIN = 0
    ACCOUNT = 1


class Side(IntEnum):
    """Which positions a compartment may hold (field `code` of OPEN_COMPARTMENT)."""

    ONE_WAY = 0
    LONG = 1
    SHORT = 2


class TopUpSource(IntEnum):
    """Where a top-up comes from, in which order (field `code` of SET_TOP_UP)."""

    FREE_ONLY = 0
    FREE_FIRST = 1
    DONOR_FIRST = 2


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
    LEVERAGE_SET = 24
    FUNDING_COVERED = 25
    FUNDING_PAID_OUT = 26
    ORDER_PLACED = 27
    ORDER_CANCELLED = 28
    ORDER_MATCHED = 29
    ORDER_MARGIN_CHANGED = 37
    MARK_HELD = 47
    TOP_UP_SET = 30
    TOPPED_UP = 31
    MARGIN_DONATED = 32
    CHANGE_ANNOUNCED = 33
    CHANGE_EFFECTIVE = 34
    CHANGE_ENFORCED = 35
    CHANGE_REVOKED = 36
    CROSS_OPENED = 38
    POCKET_OPENED = 39
    MOVED = 40
    ASSET_PRICED = 41
    ASSET_PARAMETER_SET = 42
    INTEREST_ACCRUED = 43
    INTEREST_PAID = 44
    CONVERTED = 45
    CROSS_LIQUIDATED = 46
    UNDERLYING_SET = 48
    ARRAY_STAGED = 49
    REVALUED = 50


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
    POCKET = 11


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
    UNKNOWN_ORDER = 8
    UNKNOWN_CHANGE = 9
    # a figure outside its range
    TIME_BACKWARDS = 10
    AMOUNT_OUT_OF_RANGE = 11
    PRICE_OUT_OF_RANGE = 12
    SIZE_OUT_OF_RANGE = 13
    RATE_OUT_OF_RANGE = 14
    SEQUENCE_OUT_OF_RANGE = 15
    TIERS_UNORDERED = 16
    DEDUCTION_NOT_WHOLE = 17
    BUDGET_EXCEEDED = 18
    # the thing named is not in a state for it
    TIER_TABLE_IN_USE = 19
    TIER_TABLE_EMPTY = 20
    TIER_TABLE_FULL = 21
    INSTRUMENT_EXPIRED = 22
    INSTRUMENT_IN_USE = 23
    NOT_PERPETUAL = 24
    NOT_DATED = 25
    NOT_YET_EXPIRED = 26
    NO_MARK = 27
    COMPARTMENT_NOT_OPEN = 28
    WRONG_INSTRUMENT = 29
    SAME_COMPARTMENT = 30
    WRONG_OWNER = 31
    POSITION_OPEN = 32
    ORDER_MISMATCH = 33
    ORDERS_FULL = 34
    WRONG_SIDE = 35
    CHANGE_PENDING = 36
    CHANGE_DONE = 37
    # there is not enough room, or not enough money
    REDUCE_ONLY = 38
    POSITION_LIMIT = 39
    OPEN_INTEREST_LIMIT = 40
    BALANCE_OUT_OF_RANGE = 41
    INSUFFICIENT_FREE = 42
    INSUFFICIENT_MARGIN = 43
    INSUFFICIENT_PURSE = 44
    WOULD_BREACH = 45
    # about cross compartments
    WRONG_KIND = 46
    NO_PRICE = 47
    BEYOND_CAP = 48
    NOTHING_SHORT = 49
    CROSS_LIMIT = 50
    # the mark is not to be used so
    MARK_IN_DOUBT = 51
    MARK_STALE = 52
    NO_ARRAY = 53
    NOTHING_OPEN = 54


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


class ChangeState(IntEnum):
    """The life of a scheduled change: EFFECTIVE while its grace runs, ENFORCED once the parameter is set."""

    NONE = 0
    ANNOUNCED = 1
    EFFECTIVE = 2
    ENFORCED = 3
    REVOKED = 4
