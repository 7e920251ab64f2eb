"""Prices of assets, what the venue sets for them, and interest on what is owed of them."""

from __future__ import annotations

from typing import Any

from stoplog.codes import AssetParameter, Event, Kind, Refusal
from stoplog.engine import cross_health, cross_liquidating, cross_rows, cross_waiting, pockets, refusing
from stoplog.engine.compiling import compiled, word
from stoplog.engine.postings import note, refuse
from stoplog.engine.room import lacks_room_for
from stoplog.units import (
    AMOUNT_MAX,
    ASSET_PRICE_MAX,
    CLOSE_FEE_MAX,
    INTEREST_INDEX_MAX,
    RATE_ONE,
    SALE_RANK_MAX,
)

NONE = refusing.NONE
CROSS = int(Kind.CROSS)
ASSET_PRICED = int(Event.ASSET_PRICED)
ASSET_PARAMETER_SET = int(Event.ASSET_PARAMETER_SET)
INTEREST_ACCRUED = int(Event.INTEREST_ACCRUED)
UNKNOWN_CODE = int(Refusal.UNKNOWN_CODE)
AMOUNT_OUT_OF_RANGE = int(Refusal.AMOUNT_OUT_OF_RANGE)
PRICE_OUT_OF_RANGE = int(Refusal.PRICE_OUT_OF_RANGE)
RATE_OUT_OF_RANGE = int(Refusal.RATE_OUT_OF_RANGE)
BUDGET_EXCEEDED = int(Refusal.BUDGET_EXCEEDED)
CHANGE_PENDING = int(Refusal.CHANGE_PENDING)
WOULD_BREACH = int(Refusal.WOULD_BREACH)
NOTHING_SHORT = int(Refusal.NOTHING_SHORT)
HAIRCUT = int(AssetParameter.HAIRCUT)
OPENING_HAIRCUT = int(AssetParameter.OPENING_HAIRCUT)
DEPOSIT_CAP = int(AssetParameter.DEPOSIT_CAP)
SALE_RANK = int(AssetParameter.SALE_RANK)
CONVERSION_FEE_RATE = int(AssetParameter.CONVERSION_FEE_RATE)
DEBT_LIMIT = int(AssetParameter.DEBT_LIMIT)
LAST_PARAMETER = int(max(AssetParameter))


@compiled
def price_asset(t: Any, command: Any) -> int:
    """PRICE_ASSET: `asset`, `price`; looks at whose interval it leaves: rule CRS-009."""
    reason = refusing.no_asset_now(t, command)
    if reason != NONE:
        return reason
    asset, price = command.asset, command.price
    if not 1 <= price <= ASSET_PRICE_MAX:
        return refuse(t, command, PRICE_OUT_OF_RANGE, 0, 0, price, 1 if price < 1 else ASSET_PRICE_MAX)
    before = t.assets[asset].price
    t.assets[asset].price = price
    awake = cross_waiting.awake_at_price_of(t, asset, price, 0)
    breached = 0
    if awake > 0:
        if lacks_room_for(t, 0, cross_liquidating.room_wanted(t, 0, awake)):
            t.assets[asset].price = before
            return NONE
        breached = cross_liquidating.count_fallen(t, 0, awake, command.time)
    note(t, ASSET_PRICED, asset, 0, 0, 0, price, breached, 0)
    if awake > 0:
        cross_liquidating.look_at(t, 0, awake, command.time)
    return NONE


@compiled
def asset_parameter_of(t: Any, asset: int, code: int) -> int:
    """The value of a parameter of an asset."""
    row = t.assets[asset]
    if code == HAIRCUT:
        return row.haircut  # type: ignore[no-any-return]
    if code == OPENING_HAIRCUT:
        return row.opening_haircut  # type: ignore[no-any-return]
    if code == DEPOSIT_CAP:
        return row.deposit_cap  # type: ignore[no-any-return]
    if code == SALE_RANK:
        return row.sale_rank  # type: ignore[no-any-return]
    if code == CONVERSION_FEE_RATE:
        return row.conversion_fee_rate  # type: ignore[no-any-return]
    return row.debt_limit  # type: ignore[no-any-return]


@compiled
def put_asset_parameter(t: Any, asset: int, code: int, value: int) -> None:
    """Let a parameter of an asset have this value."""
    row = t.assets[asset]
    if code == HAIRCUT:
        row.haircut = value
    elif code == OPENING_HAIRCUT:
        row.opening_haircut = value
    elif code == DEPOSIT_CAP:
        row.deposit_cap = value
    elif code == SALE_RANK:
        row.sale_rank = value
    elif code == CONVERSION_FEE_RATE:
        row.conversion_fee_rate = value
    else:
        row.debt_limit = value


@compiled
def out_of_range(t: Any, command: Any) -> int:
    """Refuse a value outside the range of its parameter."""
    code, value = command.code, command.amount
    if code in (HAIRCUT, OPENING_HAIRCUT) and not 0 <= value <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, value, RATE_ONE)
    if code == CONVERSION_FEE_RATE and not 0 <= value <= CLOSE_FEE_MAX:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, value, CLOSE_FEE_MAX)
    limit = SALE_RANK_MAX if code == SALE_RANK else AMOUNT_MAX
    if not 0 <= value <= limit:
        return refuse(t, command, AMOUNT_OUT_OF_RANGE, 0, 0, value, limit)
    return NONE


@compiled
def unknown(t: Any, command: Any) -> int:
    """Refuse a parameter or an asset that there is not, and a time that falls."""
    if not 1 <= command.code <= LAST_PARAMETER:
        return refuse(t, command, UNKNOWN_CODE, 0, 0, command.code, LAST_PARAMETER)
    return refusing.no_asset_now(t, command)


@compiled
def change_pending(t: Any, command: Any) -> int:
    """Refuse to change a haircut that a scheduled change is going to change: rule CHG-006."""
    number = t.assets[command.asset].pending_change
    if command.code != HAIRCUT or number == 0:
        return NONE
    return refuse(t, command, CHANGE_PENDING, 0, 0, number, t.changes[number].effective_sequence)


@compiled
def _set_haircut(t: Any, command: Any, old: int) -> int:
    """Set a haircut unless it would breach a cross compartment: rule CRS-009."""
    asset = command.asset
    t.assets[asset].haircut = command.amount
    found = cross_waiting.with_pockets_of(t, asset, 0)
    for k in range(found):
        equity, needed = cross_health.health(t, t.scratch[k], cross_health.nothing_else())
        if equity < needed:
            t.assets[asset].haircut = old
            return refuse(t, command, WOULD_BREACH, t.scratch[k], needed, equity, 0)
    for k in range(found):
        cross_waiting.await_prices(t, t.scratch[k])
    return NONE


@compiled
def set_asset_parameter(t: Any, command: Any) -> int:
    """SET_ASSET_PARAMETER: `asset`, `code` the parameter, `amount` its value."""
    code, asset = command.code, command.asset
    reason = unknown(t, command)
    if reason == NONE:
        reason = out_of_range(t, command)
    if reason == NONE:
        reason = change_pending(t, command)
    if reason != NONE:
        return reason
    old = asset_parameter_of(t, asset, code)
    if code == HAIRCUT:
        reason = _set_haircut(t, command, old)
        if reason != NONE:
            return reason
    put_asset_parameter(t, asset, code, command.amount)
    note(t, ASSET_PARAMETER_SET, asset, 0, 0, 0, code, command.amount, old)
    return NONE


@compiled
def _over_limit(t: Any, x: int, asset: int) -> bool:
    """Whether cross compartment `x` owes more of an asset, interest included, than is let alone."""
    pocket = cross_rows.pocket_for(t, x, asset)
    return pocket != 0 and -pockets.after_interest(t, pocket) > t.assets[asset].debt_limit


@compiled
def _room_wanted(t: Any, asset: int, found: int) -> int:
    """Events for converting whoever is over the limit, and for liquidating whoever has debts, at most."""
    wanted = 0
    for k in range(found):
        pocket = cross_rows.pocket_for(t, t.scratch[k], asset)
        if t.compartments[pocket].purse < 0:
            wanted += cross_liquidating.EVENTS_BESIDE + cross_liquidating.events_for(t, t.scratch[k])
    return wanted


@compiled
def interest(t: Any, command: Any) -> int:
    """INTEREST: `asset`, `rate` on every debt of it since the last one; rules CRS-004, CRS-007 and CRS-009."""
    reason = refusing.no_asset_now(t, command)
    if reason != NONE:
        return reason
    asset, rate = command.asset, command.rate
    if not 0 <= rate <= RATE_ONE:
        return refuse(t, command, RATE_OUT_OF_RANGE, 0, 0, rate, RATE_ONE)
    room = INTEREST_INDEX_MAX - t.assets[asset].interest_index
    if rate > room:
        return refuse(t, command, BUDGET_EXCEEDED, 0, rate, room, INTEREST_INDEX_MAX)
    found = cross_waiting.with_pockets_of(t, asset, 0)
    if lacks_room_for(t, 0, _room_wanted(t, asset, found)):
        return NONE
    t.assets[asset].interest_index += rate
    converted = 0
    for k in range(found):
        converted += _over_limit(t, t.scratch[k], asset)
    note(t, INTEREST_ACCRUED, asset, 0, 0, 0, t.assets[asset].interest_index, converted, rate)
    for k in range(found):
        if _over_limit(t, t.scratch[k], asset):
            pockets.convert_all(t, t.scratch[k])
    cross_liquidating.look_at(t, 0, found, command.time)
    return NONE


@compiled
def convert(t: Any, command: Any) -> int:
    """CONVERT: `compartment` a cross compartment with debts; rule CRS-007."""
    x = command.compartment
    reason = refusing.no_compartment_now(t, command)
    if reason == NONE:
        reason = refusing.not_open(t, command, x)
    if reason == NONE:
        reason = refusing.other_kind(t, command, x, CROSS)
    if reason != NONE:
        return reason
    if pockets.next_short(t, x, 0) == 0:
        return refuse(t, command, NOTHING_SHORT, x, 0, 0, 0)
    if lacks_room_for(t, 0, 2 * cross_liquidating.EVENTS_BESIDE + cross_liquidating.events_for(t, x)):
        return NONE
    pockets.convert_all(t, x)
    t.scratch[0] = word(x)
    cross_liquidating.look_at(t, 0, 1, command.time)
    return NONE
