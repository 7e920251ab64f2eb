"""Building batches of commands by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Command
from stoplog.records import COMMAND, SCENARIOS_AT_ONCE
from stoplog.units import RATE_ONE

FIELDS = ("code", "asset", "instrument", "account", "compartment", "other", "amount", "price", "size", "rate")


class Batch:
    """Commands in the order in which they were asked for.

    Every method appends one command; `time` is in milliseconds and stays as it was where it is left out.
    Arguments outside their 64-bit (numbers of things: 32-bit) field raise `OverflowError`.

    >>> batch = Batch()
    >>> batch.deposit(account=1, asset=1, amount=500, time=1_000)
    >>> batch.records()["amount"].tolist()
    [500]
    """

    def __init__(self) -> None:
        self._rows: list[tuple[int, ...]] = []
        self._time = 0

    def __len__(self) -> int:
        return len(self._rows)

    def _append_four(
        self, kind: Command, time: int | None, instrument: int, first: int, figures: Sequence[int]
    ) -> None:
        """A command about the four scenarios from `first` on; figures that are missing are 0."""
        amount, price, size, rate = (*figures, 0, 0, 0)[:SCENARIOS_AT_ONCE]
        self._append(kind, time, instrument=instrument, code=first, amount=amount, price=price, size=size, rate=rate)

    def _append(self, kind: Command, time: int | None, **fields: int) -> None:
        if time is not None:
            self._time = time
        row = (self._time, int(kind), *(fields.get(name, 0) for name in FIELDS))
        np.array([row], COMMAND)
        self._rows.append(row)

    def records(self) -> NDArray[np.void]:
        """The commands as an array of `COMMAND` records."""
        return np.array(self._rows, COMMAND)

    def register_asset(self, *, decimals: int, time: int | None = None) -> None:
        """A collateral or settlement asset whose smallest unit is 10^−decimals."""
        self._append(Command.REGISTER_ASSET, time, code=decimals)

    def register_tier_table(self, *, rule: int = 0, time: int | None = None) -> None:
        """A tier table without tiers, for one of the rules of `margin.tiers`: marginal, step or ramp."""
        self._append(Command.REGISTER_TIER_TABLE, time, code=rule)

    def add_tier(
        self, *, table: int, floor: int, rate: int, initial_rate: int, slope: int = 0, time: int | None = None
    ) -> None:
        """The next tier of a table that no instrument uses yet; `slope` for the rule ramp."""
        self._append(Command.ADD_TIER, time, other=table, amount=floor, rate=rate, size=initial_rate, price=slope)

    def register_instrument(
        self,
        *,
        asset: int,
        tier_table: int,
        payoff: int,
        multiplier: int,
        price_max: int,
        position_limit: int,
        price_min: int = 1,
        time: int | None = None,
    ) -> None:
        """An instrument settled in `asset`; perpetual until an expiry time is set."""
        self._append(
            Command.REGISTER_INSTRUMENT,
            time,
            asset=asset,
            other=tier_table,
            code=payoff,
            amount=multiplier,
            price=price_max,
            rate=price_min,
            size=position_limit,
        )

    def register_account(self, *, time: int | None = None) -> None:
        """An account that can hold free balances and compartments."""
        self._append(Command.REGISTER_ACCOUNT, time)

    def set_parameter(self, *, instrument: int, parameter: int, value: int, time: int | None = None) -> None:
        """A parameter of an instrument (`codes.Parameter`)."""
        self._append(Command.SET_PARAMETER, time, instrument=instrument, code=parameter, amount=value)

    def schedule_parameter(
        self,
        *,
        instrument: int,
        parameter: int,
        value: int,
        effective_sequence: int,
        grace: int = 0,
        time: int | None = None,
    ) -> None:
        """A parameter that changes with the command of number `effective_sequence`.

        `grace`, in milliseconds, for parameters that move thresholds: nobody is liquidated before it is over.
        """
        self._append(
            Command.SCHEDULE_PARAMETER,
            time,
            instrument=instrument,
            code=parameter,
            amount=value,
            size=effective_sequence,
            rate=grace,
        )

    def revoke_change(self, *, change: int, time: int | None = None) -> None:
        """Take back a scheduled change that is not effective yet."""
        self._append(Command.REVOKE_CHANGE, time, other=change)

    def deposit(self, *, account: int, asset: int, amount: int, time: int | None = None) -> None:
        """Money from the outside world into a free balance."""
        self._append(Command.DEPOSIT, time, account=account, asset=asset, amount=amount)

    def withdraw(self, *, account: int, asset: int, amount: int, time: int | None = None) -> None:
        """Money from a free balance to the outside world."""
        self._append(Command.WITHDRAW, time, account=account, asset=asset, amount=amount)

    def open_compartment(
        self,
        *,
        account: int,
        instrument: int,
        margin: int = 0,
        initial_rate: int = 0,
        side: int = 0,
        cross: int = 0,
        time: int | None = None,
    ) -> None:
        """A compartment with `margin` from the free balance; `initial_rate` is 1 / leverage, `side` a `Side`.

        With `cross` it is a position of that cross compartment, without margin of its own.
        """
        self._append(
            Command.OPEN_COMPARTMENT,
            time,
            account=account,
            instrument=instrument,
            amount=margin,
            rate=initial_rate,
            code=side,
            compartment=cross,
        )

    def open_cross(self, *, account: int, gains: int = 0, model: int = 0, time: int | None = None) -> None:
        """A cross compartment; `gains`, a `Gains`: how far unrealised gains count when it opens or lets margin go.

        `model`, a `Model`: what it must hold is the sum of its positions, or their worst scenario.
        """
        self._append(Command.OPEN_CROSS, time, account=account, code=gains, rate=model)

    def set_underlying(
        self,
        *,
        instrument: int,
        underlying: int,
        right: int = 0,
        strike: int = 0,
        coin_units: int = 0,
        time: int | None = None,
    ) -> None:
        """What an instrument follows, and for an option what it gives; `right` as in `margin.scenarios`."""
        self._append(
            Command.SET_UNDERLYING,
            time,
            instrument=instrument,
            other=underlying,
            code=right,
            price=strike,
            amount=coin_units,
        )

    def stage_array(
        self, *, instrument: int, first: int, profits: tuple[int, int, int, int], time: int | None = None
    ) -> None:
        """What one lot gains under scenarios `first` to `first` + 3; in force with the next `revalue`."""
        self._append_four(Command.STAGE_ARRAY, time, instrument, first, profits)

    def stage(
        self, *, instrument: int, price: int, profits: Sequence[int], charge: int = 0, time: int | None = None
    ) -> None:
        """A mark with its charge and a whole array, four profits a command; in force with the next `revalue`.

        >>> batch = Batch()
        >>> batch.stage(instrument=1, price=100, profits=[-20, -10, 0, 10, 20])
        >>> batch.records()["amount"].tolist(), batch.records()["code"].tolist()
        ([0, -20, 20], [0, 0, 4])
        """
        self.stage_mark(instrument=instrument, price=price, charge=charge, time=time)
        for first in range(0, len(profits), SCENARIOS_AT_ONCE):
            self._append_four(Command.STAGE_ARRAY, None, instrument, first, profits[first : first + SCENARIOS_AT_ONCE])

    def stage_mark(self, *, instrument: int, price: int, charge: int = 0, time: int | None = None) -> None:
        """The mark that goes with an array, and the charge for each lot short; in force with the next `revalue`."""
        self._append(Command.STAGE_MARK, time, instrument=instrument, price=price, amount=charge)

    def stage_axis(self, *, underlying: int, prices: Sequence[int], time: int | None = None) -> None:
        """The price of an underlying that each scenario stands for, 0 for none; in force with its staged mark.

        >>> batch = Batch()
        >>> batch.stage_axis(underlying=1, prices=[0, 80, 90, 0, 110, 120])
        >>> batch.records()["price"].tolist(), batch.records()["code"].tolist()
        ([80, 120], [0, 4])
        """
        for first in range(0, len(prices), SCENARIOS_AT_ONCE):
            self._append_four(Command.STAGE_AXIS, time, underlying, first, prices[first : first + SCENARIOS_AT_ONCE])

    def revalue(
        self, *, underlying: int, scenarios: int, initial_factor: int = RATE_ONE, time: int | None = None
    ) -> None:
        """All staged marks and arrays on an underlying into force at once."""
        self._append(Command.REVALUE, time, instrument=underlying, code=scenarios, rate=initial_factor)

    def move_compartment(self, *, compartment: int, other: int = 0, amount: int = 0, time: int | None = None) -> None:
        """An isolated compartment into a cross one, or (without `other`) a position out of it with `amount`."""
        self._append(Command.MOVE_COMPARTMENT, time, compartment=compartment, other=other, amount=amount)

    def close_all(
        self, *, compartment: int, fee_rate: int = 0, slippage_rate: int = 0, time: int | None = None
    ) -> None:
        """Every position of a cross compartment traded flat at once, at the marks worsened by the slippage."""
        self._append(Command.CLOSE_ALL, time, compartment=compartment, rate=fee_rate, amount=slippage_rate)

    def price_asset(self, *, asset: int, price: int, time: int | None = None) -> None:
        """What 10^9 of an asset's smallest units are worth, in value units."""
        self._append(Command.PRICE_ASSET, time, asset=asset, price=price)

    def set_asset_parameter(self, *, asset: int, parameter: int, value: int, time: int | None = None) -> None:
        """A haircut, a cap or another `AssetParameter` of an asset."""
        self._append(Command.SET_ASSET_PARAMETER, time, asset=asset, code=parameter, amount=value)

    def schedule_asset_parameter(
        self,
        *,
        asset: int,
        parameter: int,
        value: int,
        effective_sequence: int,
        grace: int = 0,
        time: int | None = None,
    ) -> None:
        """A parameter of an asset that changes with the command of number `effective_sequence`.

        `grace`, in milliseconds, for a haircut: nobody is liquidated before it is over.
        """
        self._append(
            Command.SCHEDULE_ASSET_PARAMETER,
            time,
            asset=asset,
            code=parameter,
            amount=value,
            size=effective_sequence,
            rate=grace,
        )

    def interest(self, *, asset: int, rate: int, time: int | None = None) -> None:
        """Interest of `rate` on every debt in an asset."""
        self._append(Command.INTEREST, time, asset=asset, rate=rate)

    def convert(self, *, compartment: int, time: int | None = None) -> None:
        """Let a cross compartment sell what it holds to pay what it owes."""
        self._append(Command.CONVERT, time, compartment=compartment)

    def set_leverage(self, *, compartment: int, initial_rate: int, time: int | None = None) -> None:
        """Another own initial rate, 1 / leverage, with or without a position."""
        self._append(Command.SET_LEVERAGE, time, compartment=compartment, rate=initial_rate)

    def set_top_up(
        self,
        *,
        compartment: int,
        trigger: int,
        target: int,
        once: int,
        total: int,
        cooldown: int = 0,
        source: int = 0,
        donor: int = 0,
        time: int | None = None,
    ) -> None:
        """A top-up policy: below `trigger` times the maintenance margin, up to `target` times of it (1e-8 each).

        At most `once` each time and `total` from now on, `cooldown` seconds apart, from `source`
        (`records.TopUpSource`). A trigger of 0 ends the policy.
        """
        self._append(
            Command.SET_TOP_UP,
            time,
            compartment=compartment,
            rate=trigger,
            size=target,
            amount=once,
            price=total,
            account=cooldown,
            code=source,
            other=donor,
        )

    def close_compartment(self, *, compartment: int, time: int | None = None) -> None:
        """What is left in a compartment without a position, back to the free balance."""
        self._append(Command.CLOSE_COMPARTMENT, time, compartment=compartment)

    def add_margin(self, *, compartment: int, amount: int, asset: int = 0, time: int | None = None) -> None:
        """Margin from the free balance into a compartment; a cross compartment has to be told the asset."""
        self._append(Command.ADD_MARGIN, time, compartment=compartment, amount=amount, asset=asset)

    def remove_margin(self, *, compartment: int, amount: int, asset: int = 0, time: int | None = None) -> None:
        """Margin from a compartment back to the free balance; a cross compartment has to be told the asset."""
        self._append(Command.REMOVE_MARGIN, time, compartment=compartment, amount=amount, asset=asset)

    def fill(
        self,
        *,
        instrument: int,
        compartment: int,
        size: int,
        price: int,
        other: int = 0,
        fee_rate: int = 0,
        other_fee_rate: int = 0,
        order: int = 0,
        other_order: int = 0,
        time: int | None = None,
    ) -> None:
        """`compartment` buys `size` lots (below zero: sells) from `other`, 0 being the outside market.

        `order` and `other_order` are the resting orders by which the two trade, 0 where there is none.
        """
        self._append(
            Command.FILL,
            time,
            instrument=instrument,
            compartment=compartment,
            other=other,
            size=size,
            price=price,
            rate=fee_rate,
            amount=other_fee_rate,
            account=order,
            asset=other_order,
        )

    def place_order(self, *, compartment: int, size: int, price: int, time: int | None = None) -> None:
        """An order to buy `size` lots (below zero: to sell) at `price` or better, which rests in the compartment."""
        self._append(Command.PLACE_ORDER, time, compartment=compartment, size=size, price=price)

    def cancel_order(self, *, compartment: int, order: int, time: int | None = None) -> None:
        """The end of an order that rests in the compartment, by its number."""
        self._append(Command.CANCEL_ORDER, time, compartment=compartment, other=order)

    def mark(
        self, *, instrument: int, price: int, confidence: int = 0, second: int = 0, time: int | None = None
    ) -> None:
        """A new mark price; for guards its confidence, half the width as a rate, and the price of a second source."""
        self._append(Command.MARK, time, instrument=instrument, price=price, rate=confidence, amount=second)

    def funding(self, *, instrument: int, rate: int, price: int = 0, time: int | None = None) -> None:
        """Funding at `rate` on the value at `price` (0: at the mark); above zero longs pay."""
        self._append(Command.FUNDING, time, instrument=instrument, rate=rate, price=price)

    def expire(self, *, instrument: int, price: int, time: int | None = None) -> None:
        """The end of a dated instrument at its settlement price."""
        self._append(Command.EXPIRE, time, instrument=instrument, price=price)
