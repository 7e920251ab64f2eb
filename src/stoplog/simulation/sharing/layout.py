"""The commands of one setting: what is registered, the prices, and how each trader comes in.

At the same moment the marks come first, by instrument, then the prices of the coins that follow them, then entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import AssetParameter, Command, Parameter
from stoplog.commands import Batch
from stoplog.instruments import LINEAR
from stoplog.records import COMMAND
from stoplog.simulation.sharing.holders import NO_COIN, Holders
from stoplog.simulation.sharing.lines import Line
from stoplog.simulation.sharing.steps import Layout, Role, Steps
from stoplog.simulation.sharing.terms import Terms
from stoplog.simulation.timeline import put
from stoplog.units import PRICE_ONE

ASSET = 1

Counts = NDArray[np.int64]


class Setting(StrEnum):
    """Where the margin of a trader's positions is."""

    ISOLATED = "isolated"
    CROSS = "cross"
    MIXED = "mixed"


def coin_assets(lines: Sequence[Line]) -> Counts:
    """The asset of each instrument's coin; 0 where it is no collateral."""
    able = np.array([line.coin is not None for line in lines])
    return np.where(able, ASSET + np.cumsum(able), 0)


def opening(terms: Terms, lines: Sequence[Line], time: int) -> NDArray[np.void]:
    """The commands that register assets, tiers and instruments."""
    batch = Batch()
    batch.register_asset(decimals=terms.market.asset_decimals, time=time)
    for line in lines:
        if line.coin is not None:
            batch.register_asset(decimals=line.coin.decimals)
    batch.price_asset(asset=ASSET, price=PRICE_ONE)
    for asset, line in zip(coin_assets(lines).tolist(), lines, strict=True):
        if line.coin is not None:
            batch.set_asset_parameter(asset=asset, parameter=AssetParameter.HAIRCUT, value=line.coin.haircut)
            fee = AssetParameter.CONVERSION_FEE_RATE
            batch.set_asset_parameter(asset=asset, parameter=fee, value=terms.conversion_fee)
    for i, line in enumerate(lines, start=1):
        batch.register_tier_table()
        for tier in line.market.tiers:
            batch.add_tier(table=i, floor=tier.floor, rate=tier.rate, initial_rate=tier.initial_rate)
        batch.register_instrument(
            asset=ASSET,
            tier_table=i,
            payoff=LINEAR,
            multiplier=line.scale.multiplier,
            price_max=line.scale.price_max,
            position_limit=line.scale.position_limit,
        )
        for parameter, value in (
            (Parameter.LIQUIDATION_FEE_RATE, line.market.liquidation_fee),
            (Parameter.SLIPPAGE_RATE, line.market.slippage),
        ):
            batch.set_parameter(instrument=i, parameter=parameter, value=value)
    return batch.records()


def prices(lines: Sequence[Line]) -> NDArray[np.void]:
    """Every mark, and every price of a coin, in the order of time."""
    parts = [_marks(line, i) for i, line in enumerate(lines, start=1)]
    for line, asset in zip(lines, coin_assets(lines).tolist(), strict=True):
        if line.coin is not None:
            rows = np.zeros(line.marks.time.size, COMMAND)
            price = line.marks.price * line.coin.factor
            put(rows, np.arange(len(rows)), Command.PRICE_ASSET, line.marks.time, asset=asset, price=price)
            parts.append(rows)
    return in_time(parts)


def _marks(line: Line, instrument: int) -> NDArray[np.void]:
    rows = np.zeros(line.marks.time.size, COMMAND)
    put(rows, np.arange(len(rows)), Command.MARK, line.marks.time, instrument=instrument, price=line.marks.price)
    return rows


def in_time(parts: Sequence[NDArray[np.void]]) -> NDArray[np.void]:
    """Commands in the order of time, those of an earlier part first at the same moment."""
    rows = np.concatenate(parts)
    ordered: NDArray[np.void] = rows[np.argsort(rows["time"], kind="stable")]
    return ordered


def entries(setting: Setting, terms: Terms, lines: Sequence[Line], holders: Holders) -> Layout:
    """How the traders come in: the same money and the same trades in every setting."""
    steps, account = Steps(holders), np.arange(1, holders.count + 1)
    apart = {Setting.ISOLATED: holders.held, Setting.CROSS: holders.held & False, Setting.MIXED: holders.apart}[setting]
    everyone, has_coin = np.ones(holders.count, bool), holders.coin != NO_COIN
    coin = np.where(has_coin, coin_assets(lines)[holders.coin], 0)
    steps.add(Command.REGISTER_ACCOUNT, everyone)
    steps.add(Command.DEPOSIT, everyone, account=account, asset=ASSET, amount=holders.stable)
    steps.add(Command.DEPOSIT, has_coin, account=account, asset=coin, amount=holders.coin_units)
    for i in range(len(lines)):
        own: dict[str, Counts | int] = {"account": account, "instrument": i + 1, "rate": holders.own_rate[:, i]}
        steps.add(Command.OPEN_COMPARTMENT, apart[:, i], Role.ALONE, i, amount=holders.margin[:, i], **own)
    if setting is not Setting.ISOLATED:
        shared = holders.stable - (holders.margin * apart).sum(axis=1)
        steps.add(Command.OPEN_CROSS, everyone, Role.CROSS, account=account)
        steps.add(Command.ADD_MARGIN, everyone, Role.PURSE, asset=ASSET, amount=shared)
        steps.add(Command.ADD_MARGIN, has_coin, Role.PURSE, asset=coin, amount=holders.coin_units)
        for i in range(len(lines)):
            own = {"account": account, "instrument": i + 1, "rate": holders.own_rate[:, i]}
            steps.add(Command.OPEN_COMPARTMENT, holders.held[:, i] & ~apart[:, i], Role.WITHIN, i, **own)
    for i in range(len(lines)):
        trade: dict[str, Counts | int] = {"size": holders.lots[:, i], "price": holders.price[:, i]}
        steps.add(
            Command.FILL, holders.held[:, i], Role.TRADE, i, instrument=i + 1, rate=terms.market.taker_fee, **trade
        )
    return steps.in_order(len(lines))


def lay_out(setting: Setting, terms: Terms, lines: Sequence[Line], holders: Holders) -> Layout:
    """Everything after the opening, in the order of time."""
    coming = entries(setting, terms, lines, holders)
    return Layout(in_time([prices(lines), coming.commands]), coming.compartment)
