"""The whole engine, slowly: `Model.apply` takes one command and returns its events."""

from __future__ import annotations

from collections.abc import Callable

from reference.arrays import revalue, set_underlying, stage_array, stage_axis, stage_mark
from reference.asset_changing import schedule_asset_parameter
from reference.changing import carry_out, revoke_change, schedule_parameter
from reference.closing import close_all
from reference.cross_transferring import open_cross
from reference.liquidating import expire, funding, mark
from reference.moving import move_compartment
from reference.ordering import cancel_order, place_order
from reference.pricing import convert, interest, price_asset, set_asset_parameter
from reference.registering import (
    add_tier,
    register_account,
    register_asset,
    register_instrument,
    register_tier_table,
    set_parameter,
)
from reference.rows import Checks, EventRow, Refused, Row
from reference.state import State
from reference.topping_up import set_top_up
from reference.trading import fill
from reference.transferring import (
    add_margin,
    close_compartment,
    deposit,
    open_compartment,
    remove_margin,
    set_leverage,
    withdraw,
)
from stoplog.codes import Command, Refusal

HANDLERS: dict[int, Callable[[State, Row, Checks], list[EventRow]]] = {
    Command.REGISTER_ASSET: register_asset,
    Command.REGISTER_TIER_TABLE: register_tier_table,
    Command.ADD_TIER: add_tier,
    Command.REGISTER_INSTRUMENT: register_instrument,
    Command.REGISTER_ACCOUNT: register_account,
    Command.SET_PARAMETER: set_parameter,
    Command.DEPOSIT: deposit,
    Command.WITHDRAW: withdraw,
    Command.OPEN_COMPARTMENT: open_compartment,
    Command.CLOSE_COMPARTMENT: close_compartment,
    Command.ADD_MARGIN: add_margin,
    Command.REMOVE_MARGIN: remove_margin,
    Command.FILL: fill,
    Command.MARK: mark,
    Command.FUNDING: funding,
    Command.SET_TOP_UP: set_top_up,
    Command.EXPIRE: expire,
    Command.SET_LEVERAGE: set_leverage,
    Command.PLACE_ORDER: place_order,
    Command.CANCEL_ORDER: cancel_order,
    Command.SCHEDULE_PARAMETER: schedule_parameter,
    Command.REVOKE_CHANGE: revoke_change,
    Command.OPEN_CROSS: open_cross,
    Command.MOVE_COMPARTMENT: move_compartment,
    Command.PRICE_ASSET: price_asset,
    Command.SET_ASSET_PARAMETER: set_asset_parameter,
    Command.SCHEDULE_ASSET_PARAMETER: schedule_asset_parameter,
    Command.INTEREST: interest,
    Command.CONVERT: convert,
    Command.SET_UNDERLYING: set_underlying,
    Command.STAGE_ARRAY: stage_array,
    Command.STAGE_MARK: stage_mark,
    Command.STAGE_AXIS: stage_axis,
    Command.REVALUE: revalue,
    Command.CLOSE_ALL: close_all,
}


class Model:
    """State, and what a command makes of it."""

    def __init__(self) -> None:
        self.state = State()

    def apply(self, row: Row) -> list[EventRow]:
        """The events of one command, after those of changes that are due before it.

        A refused command changes nothing but the sequence number: rule REF-001.
        """
        self.state.sequence += 1
        due = carry_out(self.state)
        try:
            events = self.accept(row)
        except Refused as refused:
            return [*due, refused.row(self.state.sequence)]
        self.state.time = row.time
        return [*due, *events]

    def accept(self, row: Row) -> list[EventRow]:
        """The events of an accepted command; `Refused` otherwise, before anything has changed."""
        handler = HANDLERS.get(row.kind)
        if handler is None:
            raise Refused(Refusal.UNKNOWN_COMMAND)
        return handler(self.state, row, Checks())
