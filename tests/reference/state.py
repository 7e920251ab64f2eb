"""The state of the slow model: dataclasses and dicts, numbers of things from 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from stoplog.codes import AssetParameter, ChangeState, CompartmentState, InstrumentState, Kind


@dataclass
class Tier:
    """Rates are counts of 1e-8."""

    floor: int
    rate: int
    deduction: int
    initial_rate: int
    slope: int = 0


class TierTable(list[Tier]):
    """The tiers of a table, and the rule that they are made for: 0 marginal, 1 step, 2 ramp."""

    rule: int = 0


@dataclass
class Asset:
    """Lifetime totals and the named accounts of one asset."""

    decimals: int
    deposited: int = 0
    withdrawn: int = 0
    outside_market: int = 0
    liquidation_pool: int = 0
    fees: int = 0
    insurance_fund: int = 0
    socialised_loss: int = 0
    dust: int = 0
    price: int = 0
    haircut: int = 0
    opening_haircut: int = 0
    deposit_cap: int = 2**60
    sale_rank: int = 0
    conversion_fee_rate: int = 0
    debt_limit: int = 2**60
    interest_index: int = 0


@dataclass
class Instrument:
    """Terms, parameters, mark and the instrument's own accounts."""

    asset: int
    tier_table: int
    payoff: int
    multiplier: int
    price_min: int
    price_max: int
    position_limit: int
    open_interest_limit: int
    state: InstrumentState = InstrumentState.LIVE
    expiry_time: int = 0
    liquidation_fee_rate: int = 0
    slippage_rate: int = 0
    maintenance_at: int = 0
    close_fee: int = 0
    close_fee_rate: int = 0
    removal_floor_rate: int = 0
    funding_from: int = 0
    reduce_only: int = 0
    age_limit: int = 0
    confidence_limit: int = 0
    deviation_limit: int = 0
    jump_limit: int = 0
    jump_wait: int = 0
    guard_policy: int = 0xFF0F
    pending_change: int = 0
    underlying: int = 0
    right: int = 0
    strike: int = 0
    coin_units: int = 0
    mark: int = 0
    mark_time: int = 0
    doubt: int = 0
    held_price: int = 0
    held_since: int = 0
    unseen: int = 0
    funding_index: int = 0
    funding_gross: int = 0
    settlement: int = 0
    funding_clearing: int = 0
    outside_size: int = 0
    outside_cost: int = 0

    @property
    def guarded(self) -> int:
        """1 where one of the four limits of the mark is not 0."""
        return int(any((self.age_limit, self.confidence_limit, self.deviation_limit, self.jump_limit)))


@dataclass
class Risk:
    """What an instrument is margined by where scenarios count, what is staged of it, and what its followers share.

    `known` and `staged` are the parts that are there: one for each four scenarios, and one for mark and charge. Of an
    underlying there may be an axis: prices with the scenario that stands for each, ascending, and the mark that it came
    with among them, with scenario −1; `axis_parts` are the parts of the scenarios that it names, `next_axis` a price
    for each scenario as they are staged.
    """

    mark: int = 0
    charge: int = 0
    array: list[int] = field(default_factory=lambda: [0] * 40)
    known: set[int] = field(default_factory=set)
    next_mark: int = 0
    next_charge: int = 0
    next_array: list[int] = field(default_factory=lambda: [0] * 40)
    staged: set[int] = field(default_factory=set)
    scenarios: int = 0
    initial_factor: int = 0
    settled: int = 0
    axis_mark: int = 0
    axis: list[tuple[int, int]] = field(default_factory=list)
    axis_parts: set[int] = field(default_factory=set)
    next_axis: list[int] = field(default_factory=lambda: [0] * 40)


@dataclass
class Order:
    """Lots left, below zero to sell, and the limit."""

    number: int
    size: int
    price: int


@dataclass
class Compartment:
    """One purse, one position, resting orders: buys, then sells, each best price first.

    Or a cross compartment, which has a gains policy, a model and nothing else; a position of one, whose purse stays 0;
    or a pocket, whose `funding_index` is the interest index up to which it has paid.
    """

    account: int
    instrument: int
    purse: int
    own_rate: int
    put_in: int
    state: CompartmentState = CompartmentState.OPEN
    taken_out: int = 0
    size: int = 0
    cost: int = 0
    funding_index: int = 0
    side: int = 0
    orders: list[Order] = field(default_factory=list)
    order_margin: int = 0
    kind: Kind = Kind.ISOLATED
    asset: int = 0
    cross: int = 0
    gains: int = 0
    model: int = 0


@dataclass
class TopUp:
    """A top-up policy; without a trigger there is none. Cooldown in seconds, the rest of time in milliseconds."""

    trigger: int = 0
    target: int = 0
    once: int = 0
    left: int = 0
    cooldown: int = 0
    ready_time: int = 0
    source: int = 0
    donor: int = 0


@dataclass
class Change:
    """A scheduled change of a parameter of an instrument, or of an asset; the grace is in milliseconds."""

    instrument: int
    parameter: int
    value: int
    effective_sequence: int
    grace: int
    state: ChangeState = ChangeState.ANNOUNCED
    enforced_from: int = 0
    asset: int = 0


@dataclass
class State:
    """Everything; `free` is by (account, asset). A tier table is in use from its first instrument on, for good."""

    sequence: int = 0
    time: int = 0
    accounts: int = 0
    assets: dict[int, Asset] = field(default_factory=dict)
    tier_tables: dict[int, TierTable] = field(default_factory=dict)
    instruments: dict[int, Instrument] = field(default_factory=dict)
    risk: dict[int, Risk] = field(default_factory=dict)
    compartments: dict[int, Compartment] = field(default_factory=dict)
    changes: dict[int, Change] = field(default_factory=dict)
    free: dict[tuple[int, int], int] = field(default_factory=dict)
    top_ups: dict[int, TopUp] = field(default_factory=dict)
    used_tier_tables: set[int] = field(default_factory=set)
    order_numbers: int = 0
    free_orders: list[int] = field(default_factory=list)

    def next_order(self) -> int:
        """The number that the next order gets: that of the one that ended last, or one that was never given."""
        return self.free_orders[-1] if self.free_orders else self.order_numbers + 1

    def take_number(self, number: int) -> None:
        """Give it to an order."""
        if self.free_orders:
            self.free_orders.pop()
        else:
            self.order_numbers = number

    def holders(self, instrument: int) -> list[int]:
        """Numbers of the compartments with a position in this instrument, in order."""
        return [n for n, c in sorted(self.compartments.items()) if c.instrument == instrument and c.size != 0]

    def isolated_holders(self, instrument: int) -> list[int]:
        """Those of them that are isolated."""
        return [n for n in self.holders(instrument) if self.compartments[n].kind == Kind.ISOLATED]

    def with_rows(self, rows: Mapping[int, Compartment]) -> State:
        """The state as it would be with these rows of the compartments table."""
        return replace(self, compartments={**self.compartments, **rows})

    def pending_change(self, asset: int) -> int:
        """The change to come of the haircut of an asset; 0: there is none."""
        to_come = (ChangeState.ANNOUNCED, ChangeState.EFFECTIVE)
        haircuts = {n: c for n, c in self.changes.items() if c.asset == asset and c.parameter == AssetParameter.HAIRCUT}
        return next((n for n, change in haircuts.items() if change.state in to_come), 0)

    def coming_haircut(self, asset: int) -> int:
        """That which a change brings whose grace runs; 0: there is none."""
        change = self.changes.get(self.pending_change(asset))
        return change.value if change and change.state == ChangeState.EFFECTIVE else 0

    def pledged(self, asset: int) -> int:
        """What all pockets of an asset hold together."""
        return sum(c.purse for c in self.compartments.values() if c.kind == Kind.POCKET and c.asset == asset)

    def open_interest(self, instrument: int) -> int:
        """The sum of the long sizes, the outside market's included: rule CON-003."""
        sizes = [self.compartments[n].size for n in self.holders(instrument)]
        sizes.append(self.instruments[instrument].outside_size)
        return sum(size for size in sizes if size > 0)
