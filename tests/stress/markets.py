"""Small markets in integers that can be followed by hand: no slippage, no liquidation fee."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from stoplog.codes import Event
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.instruments import INVERSE, LINEAR

TENTH, FIFTH = 10_000_000, 20_000_000
INVERSE_VALUE = 1_000_000


def _registered(
    batch: Batch, number: int, maintenance: int, initial: int, payoff: int = LINEAR, asset: int = 1
) -> None:
    """Instrument `number` with a tier table of its own, of the same number."""
    batch.register_tier_table()
    batch.add_tier(table=number, floor=0, rate=maintenance, initial_rate=initial)
    multiplier = INVERSE_VALUE if payoff == INVERSE else 1
    batch.register_instrument(
        asset=asset,
        tier_table=number,
        payoff=payoff,
        multiplier=multiplier,
        price_max=100_000,
        position_limit=10**6,
    )


def _opened(batch: Batch, number: int, instrument: int, margin: int, size: int, price: int, asset: int = 1) -> None:
    """An account with one compartment of the same number and a position against the outside market."""
    batch.register_account()
    batch.deposit(account=number, asset=asset, amount=margin)
    batch.open_compartment(account=number, instrument=instrument, margin=margin)
    batch.fill(instrument=instrument, compartment=number, size=size, price=price)


def _engine(fill: Callable[[Batch], None]) -> Engine:
    batch = Batch()
    fill(batch)
    engine = Engine()
    events = engine.apply(batch.records())
    assert not (events["kind"] == Event.REFUSED).any(), "no command of a market is refused"
    return engine


def three_instruments() -> Engine:
    """BTC and ETH in asset 1, an inverse BTC in asset 2; a fund of 800 in asset 1 from compartment 1."""

    def fill(batch: Batch) -> None:
        batch.register_asset(decimals=2, time=1)
        batch.register_asset(decimals=8)
        _registered(batch, 1, TENTH, FIFTH)
        _registered(batch, 2, TENTH, FIFTH)
        _registered(batch, 3, TENTH, FIFTH, INVERSE, 2)
        for instrument, mark in ((1, 1000), (2, 100), (3, 1000)):
            batch.mark(instrument=instrument, price=mark)
        _opened(batch, 1, 1, 2000, 10, 1000)
        batch.mark(instrument=1, price=880)
        batch.mark(instrument=1, price=1000)
        _opened(batch, 2, 1, 2000, 10, 1000)
        _opened(batch, 3, 1, 2000, -10, 1000)
        _opened(batch, 4, 2, 4000, 100, 100)
        _opened(batch, 5, 3, 3000, 10, 1000, 2)
        _opened(batch, 6, 3, 3000, -10, 1000, 2)

    return _engine(fill)


def fund_that_fills_up() -> Engine:
    """An empty fund; instrument 1 brings money into it at falls at which instrument 2 takes some out."""

    def fill(batch: Batch) -> None:
        batch.register_asset(decimals=2, time=1)
        _registered(batch, 1, TENTH, FIFTH)
        _registered(batch, 2, TENTH // 2, TENTH)
        for instrument in (1, 2):
            batch.mark(instrument=instrument, price=1000)
        _opened(batch, 1, 1, 2000, 10, 1000)
        _opened(batch, 2, 2, 1000, 10, 1000)

    return _engine(fill)


class Held(NamedTuple):
    """What a cross compartment is given: cents, satoshi, and legs of instrument, size and price."""

    cash: int
    coins: int
    legs: tuple[tuple[int, int, int], ...]


HELD = {
    "hedged": Held(6000, 0, ((1, 10, 1000), (2, -100, 100))),
    "coins": Held(0, 1_000_000, ((1, 10, 1000),)),
    "short": Held(3000, 0, ((2, -100, 100),)),
}


def crosses() -> tuple[Engine, dict[str, int]]:
    """BTC and ETH in USDT, asset 1, and BTC, asset 2, as collateral; a fund of 800; cross compartments by name.

    A cent is a value unit, and the 1,000,000 satoshi that one of them holds are 10,000 of them.
    """

    def fill(batch: Batch) -> None:
        batch.register_asset(decimals=2, time=1)
        batch.register_asset(decimals=8)
        batch.price_asset(asset=1, price=10**9)
        batch.price_asset(asset=2, price=10**7)
        for number, mark in ((1, 1000), (2, 100)):
            _registered(batch, number, TENTH, FIFTH)
            batch.mark(instrument=number, price=mark)
        _opened(batch, 1, 1, 2000, 10, 1000)
        batch.mark(instrument=1, price=880)
        batch.mark(instrument=1, price=1000)

    engine = _engine(fill)
    return engine, {name: _crossed(engine, owner, held) for owner, (name, held) in enumerate(HELD.items(), start=2)}


def _crossed(engine: Engine, owner: int, held: Held) -> int:
    """A new owner's cross compartment with what it is given; its number."""
    cross, batch = int(engine.tables.counts["compartments"][0]) + 1, Batch()
    batch.register_account(time=1)
    batch.open_cross(account=owner)
    for asset, amount in ((1, held.cash), (2, held.coins)):
        if amount:
            batch.deposit(account=owner, asset=asset, amount=amount)
            batch.add_margin(compartment=cross, asset=asset, amount=amount)
    for instrument, _, _ in held.legs:
        batch.open_compartment(account=owner, instrument=instrument, cross=cross)
    assert not engine.apply(batch.records())["reason"].any()
    rows, batch = engine.tables.rows("compartments"), Batch()
    for instrument, size, price in held.legs:
        (row,) = np.flatnonzero((rows["cross"] == cross) & (rows["instrument"] == instrument))
        batch.fill(instrument=instrument, compartment=int(row), size=size, price=price, time=1)
    assert not engine.apply(batch.records())["reason"].any()
    return cross
