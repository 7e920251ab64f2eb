"""The engine's haircuts and caps kept by collateral terms: what strangers do binds what is new, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from stoplog.codes import Event, Refusal
from stoplog.collateral.haircut import Holding, Surroundings, counted_opening, opening_rate
from stoplog.collateral.reading import default_set
from stoplog.collateral.regime import first_seen, observed
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.keeping import Kept, keep, pools
from stoplog.units import RATE_ONE

BTC, USDC, USDT = 1, 2, 3
COIN = 10**8
DAY = 86_400_000
TERMS = default_set().assets
PERCENT = RATE_ONE // 100
OWNERS = 4


class Venue:
    """Cross compartments of four owners with BTC, one of them long 10 BTC of a perpetual in USDT, under 1 %."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.regime = 5 * PERCENT
        self.base = TERMS["BTC"].base
        batch = Batch()
        for decimals in (8, 6, 6):
            batch.register_asset(decimals=decimals)
        batch.register_tier_table()
        batch.add_tier(table=1, floor=0, rate=PERCENT, initial_rate=2 * PERCENT)
        batch.register_instrument(
            asset=USDT, tier_table=1, payoff=0, multiplier=100, price_max=10**8, position_limit=10**5
        )
        batch.mark(instrument=1, price=6 * 10**6)
        batch.price_asset(asset=BTC, price=600_000_000_000)
        batch.price_asset(asset=USDC, price=10**9)
        batch.price_asset(asset=USDT, price=10**9)
        for _ in range(OWNERS):
            batch.register_account()
        for owner in range(1, OWNERS + 1):
            batch.open_cross(account=owner)
        self.apply(batch)
        self.kept()
        self.kept(time=DAY)
        self.put(1, 2)
        batch = Batch()
        batch.open_compartment(account=1, instrument=1, cross=1, time=self.time())
        self.long = int(self.apply(batch)["compartment"][-1])
        self.fill(10)

    def apply(self, batch: Batch) -> NDArray[np.void]:
        """The events; nothing may be refused."""
        events = self.engine.apply(batch.records())
        assert not events["reason"].any(), [Refusal(reason).name for reason in events["reason"]]
        return events

    def kept(self, time: int | None = None) -> NDArray[np.void]:
        """Bring everything up to date, and let marks follow, so that what is announced, or due, takes effect."""
        batch = Batch()
        batch.mark(instrument=1, price=6 * 10**6, time=self.time())
        terms = TERMS["BTC"]._replace(base=self.base)
        assets = {BTC: Kept(terms, self.regime), USDC: Kept(TERMS["USDC"], 0)}
        keep(self.engine.tables, assets, batch, ahead=1, grace=DAY)
        batch.mark(instrument=1, price=6 * 10**6, time=self.time() if time is None else time)
        batch.mark(instrument=1, price=6 * 10**6)
        return self.apply(batch)

    def time(self) -> int:
        """The time of the last command."""
        return int(self.engine.tables.counts["time"][0])

    def put(self, owner: int, coins: int) -> None:
        """Bitcoin from the outside world into the cross compartment of an owner."""
        batch = Batch()
        batch.deposit(account=owner, asset=BTC, amount=coins * COIN, time=self.time())
        batch.add_margin(compartment=owner, asset=BTC, amount=coins * COIN)
        self.apply(batch)

    def fill(self, lots: int) -> NDArray[np.void]:
        """Trade the long with the outside market at the mark; it may be refused."""
        batch = Batch()
        batch.fill(instrument=1, compartment=self.long, size=100 * lots, price=6 * 10**6, time=self.time())
        return self.engine.apply(batch.records())

    def figures(self) -> tuple[object, ...]:
        """Equity, maintenance margin, liquidation and bankruptcy price of the first owner's compartment."""
        found = self.engine.cross_standing(1)
        prices = [(position.liquidation_price, position.bankruptcy_price) for position in found.positions]
        return found.equity, found.maintenance_margin, *prices

    def asset(self, name: str, number: int = BTC) -> int:
        """A figure of an asset."""
        return int(self.engine.tables.assets[name][number])


@pytest.mark.rule("COL-011", "COL-003", "CHG-008")
def test_strangers_deposits_raise_what_opening_asks_and_move_nobodys_liquidation_price() -> None:
    """5,000 BTC of S = 4,000 under a regime of 5 %: 31.6 % to open; the first owner's figures stay to the unit."""
    venue = Venue()
    assert venue.asset("opening_haircut") == 145 * PERCENT // 10
    before, opening = venue.figures(), venue.engine.cross_standing(1).opening_equity
    assert before[2][0] is not None
    for owner in (2, 3, 4):
        venue.put(owner, 1_666)
        events = venue.kept()
        assert not np.isin(events["kind"], (Event.CROSS_LIQUIDATED, Event.CHANGE_ANNOUNCED)).any()
        assert venue.figures() == before
    assert pools(venue.engine.tables)[BTC] == 5_000 * COIN
    assert venue.asset("opening_haircut") == 316 * PERCENT // 10
    assert venue.asset("haircut") == 10 * PERCENT
    assert venue.engine.cross_standing(1).opening_equity < opening


@pytest.mark.rule("COL-011", "CRS-003", "CRS-005")
def test_what_a_strangers_deposit_costs_is_room_to_open_and_reducing_goes_on() -> None:
    """2 BTC at 60,000 less 14.5 % carry 5,130,000 at 2 %, less 31.6 % 4,104,000."""
    venue = Venue()
    assert not venue.fill(66)["reason"].any()
    for owner in (2, 3, 4):
        venue.put(owner, 1_666)
    before = venue.figures()
    venue.kept()
    assert venue.figures() == before
    refused = venue.fill(1)
    assert refused["reason"].tolist() == [Refusal.INSUFFICIENT_MARGIN]
    assert not venue.fill(-20)["reason"].any()


@pytest.mark.rule("COL-011", "COL-005")
def test_a_volatile_day_raises_what_opening_asks_and_moves_nobodys_liquidation_price() -> None:
    """The regime after two falls of a quarter within two observations."""
    venue = Venue()
    before = venue.figures()
    weather = first_seen(60_000, TERMS["BTC"].regime)
    for mark in (45_000, 34_000):
        weather = observed(weather, mark, TERMS["BTC"].regime, RATE_ONE)
    assert weather.cut > TERMS["BTC"].regime.floor
    venue.regime = 5 * PERCENT + weather.cut
    venue.kept()
    assert venue.asset("opening_haircut") == RATE_ONE - 9 * (RATE_ONE - venue.regime) // 10
    assert venue.figures() == before


@pytest.mark.rule("COL-011", "COL-008")
def test_the_cap_is_that_of_the_terms() -> None:
    """10,000 BTC: 9,998 more find room, and then nothing."""
    venue = Venue()
    assert venue.asset("deposit_cap") == 10_000 * COIN
    venue.put(2, 9_998)
    batch = Batch()
    batch.deposit(account=3, asset=BTC, amount=COIN, time=venue.time())
    batch.add_margin(compartment=3, asset=BTC, amount=1)
    assert venue.engine.apply(batch.records())["reason"].tolist() == [Refusal.NONE, Refusal.BEYOND_CAP]


@pytest.mark.rule("COL-011", "CHG-008", "CHG-003")
def test_another_base_is_announced_and_moves_liquidation_prices_when_its_grace_is_over() -> None:
    """From 10 to 20 %: announced once, toward opening at once, in force a day later."""
    venue = Venue()
    before = venue.figures()
    venue.base = 20 * PERCENT
    announced = venue.kept()
    assert (announced["kind"] == Event.CHANGE_ANNOUNCED).sum() == 1
    assert venue.asset("coming_haircut") == 20 * PERCENT
    assert venue.asset("opening_haircut") == 24 * PERCENT
    assert not (venue.kept()["kind"] == Event.CHANGE_ANNOUNCED).any()
    assert venue.figures() == before
    events = venue.kept(time=venue.time() + DAY)
    assert (events["kind"] == Event.CHANGE_ENFORCED).sum() == 1
    assert venue.asset("haircut") == 20 * PERCENT
    assert venue.figures() != before


@pytest.mark.rule("COL-011")
def test_where_nothing_is_to_be_changed_nothing_is_appended() -> None:
    venue = Venue()
    venue.kept()
    batch = Batch()
    keep(venue.engine.tables, {BTC: Kept(TERMS["BTC"], venue.regime)}, batch, ahead=1, grace=DAY)
    assert len(batch) == 0


@pytest.mark.rule("COL-011", "COL-006")
def test_a_stable_asset_below_its_peg_opens_for_less() -> None:
    """0.93 with a slope of 1.2 from 0.98: 6 % of what the base of 1 % left."""
    venue = Venue()
    batch = Batch()
    batch.price_asset(asset=USDC, price=93 * 10**7, time=venue.time())
    venue.apply(batch)
    venue.kept()
    assert venue.asset("opening_haircut", USDC) == 694 * PERCENT // 100
    assert venue.asset("haircut", USDC) == PERCENT


@pytest.mark.rule("COL-011")
def test_debts_make_the_pool_no_smaller() -> None:
    venue = Venue()
    held = pools(venue.engine.tables)[USDT]
    venue.engine.tables.compartments["purse"][venue.engine.tables.compartments["pocket"][venue.long]] = -5
    assert pools(venue.engine.tables)[USDT] == held == 0
    assert pools(venue.engine.tables)[BTC] == 2 * COIN


@pytest.mark.rule("COL-011")
def test_an_asset_that_is_not_that_of_its_terms_is_refused_by_name() -> None:
    tables = Venue().engine.tables
    for asset, message in ((4, "asset: 4 is not registered; there are 3"), (USDC, "asset: 2 has 6 decimals")):
        with pytest.raises(ValueError, match=message):
            keep(tables, {asset: Kept(TERMS["BTC"], 0)}, Batch(), ahead=1, grace=1)


rates = st.integers(0, RATE_ONE)


@pytest.mark.rule("COL-011", "COL-007")
@settings(max_examples=300)
@given(
    base=rates,
    regime=rates,
    start=st.integers(1, 10**6),
    pool=st.integers(0, 10**7),
    amount=st.integers(1, 10**12),
    price=st.integers(1, 10**7),
    stable=st.booleans(),
)
def test_the_rate_is_that_of_all_parts_but_the_holders_own(
    base: int, regime: int, start: int, pool: int, amount: int, price: int, stable: bool
) -> None:
    """What it leaves of a holding is what the parts leave, but for rounding: of the rate, and once for each part."""
    terms = TERMS["USDC" if stable else "BTC"]._replace(base=base, concentration_start=start, sellable=amount)
    around = Surroundings(pool, regime)
    counted = counted_opening(terms, Holding(amount, price), around, RATE_ONE)
    rate = opening_rate(terms, price, around, RATE_ONE)
    assert 0 <= rate <= RATE_ONE
    left = counted.value * (RATE_ONE - rate) // RATE_ONE
    assert abs(left - counted.counts) <= 5 + 5 * counted.value // RATE_ONE
