"""What became of the traders of one setting: exact, in smallest units, and added up both ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stoplog.codes import Event
from stoplog.simulation.sharing.holders import NO_COIN, worth_of
from stoplog.simulation.sharing.layout import ASSET, Setting, coin_assets
from stoplog.simulation.sharing.running import Run
from stoplog.simulation.sharing.spreading import Failures, failures_of
from stoplog.simulation.sharing.world import SharedWorld

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Balance:
    """Where the money of one asset went, in smallest units: what traders lost is the sum of the others."""

    asset: str
    decimals: int
    lost: int
    outside_market: int
    fees: int
    liquidation_fees: int
    fund: int
    socialised: int
    dust: int

    @property
    def gone_to(self) -> int:
        """What everybody else has more than before; socialised loss is what nobody has paid."""
        return self.outside_market + self.fees + self.liquidation_fees + self.fund + self.dust - self.socialised


@dataclass(frozen=True, slots=True)
class Figures:
    """The findings of one setting; columns have a row per trader, `liquidated` a column per instrument too.

    `lost` is the money a trader came with less what is left, the coin at its last price; `lost_at_risk` is that of the
    money in compartments alone, and `at_risk` how much that was. All in smallest units of the asset.
    """

    setting: Setting
    liquidated: Flags
    lost: Counts
    at_risk: Counts
    lost_at_risk: Counts
    failures: Failures
    balances: tuple[Balance, ...]
    fund_received: int
    fund_paid: int
    socialised: int
    converted: int

    @property
    def missing(self) -> int:
        """What liquidations lacked, whoever paid it."""
        return self.fund_paid + self.socialised


def figures_of(world: SharedWorld, run: Run) -> Figures:
    """The findings of a setting that has run."""
    holders = world.holders
    left = _left(run, holders.count)
    coin_end = _coin_prices(world)
    units = np.where(holders.coin == NO_COIN, 0, left[np.arange(holders.count), _coin_asset(world)])
    coin_left = worth_of(units, coin_end)
    lost = holders.money - left[:, ASSET] - coin_left
    free = run.tables.rows("free")[1:]
    apart_from = worth_of(
        np.where(holders.coin == NO_COIN, 0, free[np.arange(holders.count), _coin_asset(world)]), coin_end
    )
    coin_at_risk = holders.coin_worth if run.setting is not Setting.ISOLATED else np.zeros_like(holders.coin_worth)
    at_risk = holders.stable + coin_at_risk
    lost_at_risk = at_risk - (left[:, ASSET] - free[:, ASSET]) - (coin_left - apart_from)
    return Figures(
        setting=run.setting,
        liquidated=_liquidated(run),
        lost=lost,
        at_risk=at_risk,
        lost_at_risk=lost_at_risk,
        failures=failures_of(run, holders),
        balances=tuple(_balance(world, run, left, asset) for asset in range(ASSET, left.shape[1])),
        fund_received=_moved(run, Event.FUND_RECEIVED),
        fund_paid=_moved(run, Event.FUND_PAID),
        socialised=_moved(run, Event.SOCIALISED),
        converted=int((run.events["kind"] == Event.CONVERTED).sum()) // 2,
    )


def _left(run: Run, count: int) -> Counts:
    """What each trader has in the end, free and in compartments: [trader, asset]."""
    free, rows = run.tables.rows("free")[1:], run.tables.rows("compartments")[1:]
    left = free[:count].astype(np.int64)
    np.add.at(left, (rows["account"] - 1, rows["asset"]), rows["purse"])
    return left


def _coin_asset(world: SharedWorld) -> Counts:
    """The asset of each trader's coin, the stable one where there is none."""
    return np.where(world.holders.coin == NO_COIN, ASSET, coin_assets(world.lines)[world.holders.coin])


def _coin_prices(world: SharedWorld) -> Counts:
    """The last price of each trader's coin; 0 where there is none."""
    last = np.array([0 if line.coin is None else int(line.marks.price[-1]) * line.coin.factor for line in world.lines])
    return np.where(world.holders.coin == NO_COIN, 0, last[world.holders.coin])


def _liquidated(run: Run) -> Flags:
    """Which positions were liquidated: [trader, instrument]."""
    taken = run.events["compartment"][run.events["kind"] == Event.TAKEN_OVER]
    return (run.layout.compartment > 0) & np.isin(run.layout.compartment, taken)


def _moved(run: Run, kind: Event, asset: int = ASSET) -> int:
    """What events of a kind moved of an asset."""
    chosen = (run.events["kind"] == kind) & (run.events["asset"] == asset)
    return int(run.events["amount"][chosen].sum())


def _balance(world: SharedWorld, run: Run, left: Counts, asset: int) -> Balance:
    holders, funds, instruments = world.holders, run.tables.rows("funds")[asset], run.tables.rows("instruments")
    brought = holders.stable if asset == ASSET else holders.coin_units[_coin_asset(world) == asset]
    names = {ASSET: world.terms.market.asset}
    for line, number in zip(world.lines, coin_assets(world.lines).tolist(), strict=True):
        names.setdefault(number, line.symbol.removesuffix(names[ASSET]) or line.symbol)
    beside = int(instruments["settlement"][instruments["asset"] == asset].sum())
    beside += int(instruments["funding_clearing"][instruments["asset"] == asset].sum())
    assert beside == 0, "with all positions closed and no funding nothing is left in between"
    liquidation_fees = _moved(run, Event.LIQUIDATION_FEE_PAID, asset)
    return Balance(
        asset=names[asset],
        decimals=int(run.tables.rows("assets")["decimals"][asset]),
        lost=int(brought.sum()) - int(left[:, asset].sum()),
        outside_market=int(funds["outside_market"]),
        fees=int(funds["fees"]) - liquidation_fees,
        liquidation_fees=liquidation_fees,
        fund=int(funds["insurance_fund"]),
        socialised=-int(funds["socialised_loss"]),
        dust=int(funds["dust"]),
    )
