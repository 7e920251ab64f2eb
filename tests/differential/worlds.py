"""Seeded random command sequences that look at the reference model in order to aim at its boundaries."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from random import Random

from differential import crosses, haircuts, strategies
from differential.aiming import last_healthy_price
from differential.corrupting import corrupted
from differential.doubting import GUARDS, confirming, guards, told
from differential.terms import INVERSE, terms, tier_rows
from differential.topping import policy_for, price_about_a_band
from reference.coming import Rules, coming_rules, fallen_under, in_grace, rules_in_force, rules_of
from reference.crossing import unrealised
from reference.formulas import owed
from reference.guarding import forbidden
from reference.model import Model
from reference.rows import EventRow, Row
from reference.state import Compartment, Instrument, Tier
from reference.transferring import removable

from stoplog.codes import Command, CompartmentState, Event, InstrumentState, Kind, Parameter, Refusal
from stoplog.units import POSITION_VALUE_MAX, SIZE_MAX

STYLES = {"isolated": 0.0, "mixed": 0.5, "cross": 0.95}
"""How much of the trading is in cross compartments."""

FLOOD = 70
"""So many equal orders at once fill a compartment with them, with some that are corrupted."""

SCALES = ("tiny", "tiny", "usual", "huge")


def held_in_a_record(row: Row) -> Row:
    """The command with its fields where a record can hold them."""
    bits = {"code": 16, "amount": 63, "price": 63, "size": 63, "rate": 63}
    numbers = dict.fromkeys(("asset", "instrument", "account", "compartment", "other"), 31)
    fields = {}
    for name, width in {**bits, **numbers}.items():
        low = 0 if name == "code" else -(2**width)
        fields[name] = max(low, min(2**width - 1, getattr(row, name)))
    return row._replace(**fields)


class World:
    """A model and a source of commands for it; `step` returns one command and the model's events."""

    strategic = 0.45
    """How many of the worlds with cross compartments have options, and strategies of them."""

    def __init__(self, seed: int, style: str = "") -> None:
        self.rng = Random(seed)
        self.scale = self.rng.choice(SCALES)
        drawn = self.rng.choice(("isolated", "isolated", "mixed", "mixed", "cross"))
        self.style = style or drawn
        self.model = Model()
        self.state = self.model.state
        self.time = 0
        self.refused = 0
        self.strategies = self.style != "isolated" and self.rng.random() < self.strategic
        self.planned: deque[Row] = deque(self.setting_up())
        self.prepared = len(self.planned)

    def setting_up(self) -> list[Row]:
        """Assets, tier tables, instruments, accounts, deposits and first marks."""
        rng = self.rng
        rows = [Row(kind=Command.REGISTER_ASSET, code=rng.choice((0, 2, 6, 30)))]
        rows += [rows[0]] * rng.choice((0, 0, 1) if self.style == "isolated" else (0, 1, 1, 2))
        assets, tables, instruments, accounts = len(rows), rng.choice((2, 3)), rng.choice((1, 1, 2, 3)), 3
        chosen = [terms(rng, self.scale) for _ in range(instruments)]
        for table in range(1, tables + 1):
            payoff, multiplier, price_min, price_max, limit = chosen[(table - 1) % instruments]
            lot = multiplier // price_min if payoff == INVERSE else multiplier * price_max
            tier_rule = rng.choice((0, 0, 0, 1, 2))
            rows.append(Row(kind=Command.REGISTER_TIER_TABLE, code=tier_rule))
            rows += tier_rows(rng, table, max(1, lot * limit // 8), tier_rule)
        for number, (payoff, multiplier, price_min, price_max, limit) in enumerate(chosen, start=1):
            rows.append(
                Row(
                    kind=Command.REGISTER_INSTRUMENT,
                    asset=rng.randint(1, assets),
                    other=rng.randint(1, tables),
                    code=payoff,
                    amount=multiplier,
                    price=price_max,
                    rate=price_min,
                    size=limit,
                )
            )
            middle = max(price_min, min(price_max, int((price_min * price_max) ** 0.5 * rng.uniform(1, 2))))
            if rng.random() < 0.9:
                rows.append(Row(kind=Command.MARK, instrument=number, price=middle))
            rows += self.first_parameters(number)
        rows += [Row(kind=Command.REGISTER_ACCOUNT)] * accounts
        rows += [
            Row(kind=Command.DEPOSIT, account=a, asset=s, amount=self.sum_of_money())
            for a in range(1, accounts + 1)
            for s in range(1, assets + 1)
        ]
        if self.style != "isolated":
            rows += crosses.first_prices(rng, self.scale, assets, 1.0 if self.strategies else 0.92)
            owners = rng.choices(range(1, accounts + 1), k=rng.choice((1, 2, 3, 4)))
            followers = self.first_options(rows) if self.strategies else []
            instruments += sum(row.kind == Command.REGISTER_INSTRUMENT for row in followers)
            models = (0, 1, 1) if self.strategies else (0,)
            rows += followers
            rows += crosses.first_crosses(rng, self.sum_of_money, owners, assets, instruments, models)
        return rows

    def first_options(self, rows: list[Row]) -> list[Row]:
        """What follows one of the registered instruments, mostly a linear one, with arrays for all of it."""
        registered = [row for row in rows if row.kind == Command.REGISTER_INSTRUMENT]
        linear = [row for row in registered if row.code == strategies.LINEAR]
        base = self.rng.choice(linear or registered)
        number = registered.index(base) + 1
        if base.code == INVERSE:
            lots = min(SIZE_MAX, POSITION_VALUE_MAX // base.price)
            base = base._replace(amount=1, size=max(1, min(base.size, lots)))
        more = strategies.first_options(self.rng, base, number, len(registered) + 1)
        there = Model()
        for row in [*rows, *more]:
            there.apply(row)
        staged = strategies.staged(self.rng, there.state, number)
        return [*more, *staged, strategies.taken(self.rng, there.state, number)]

    def first_parameters(self, number: int) -> list[Row]:
        """A liquidation fee for some instruments, an expiry for others."""
        rows = []
        setting = Row(kind=Command.SET_PARAMETER, instrument=number)
        if self.rng.random() < 0.5:
            fee = self.rng.choice((50_000, 10**6, 10**7))
            rows.append(setting._replace(code=Parameter.LIQUIDATION_FEE_RATE, amount=fee))
        for parameter, chance in ((Parameter.CLOSE_FEE, 0.3), (Parameter.MAINTENANCE_AT, 0.25)):
            if self.rng.random() < chance:
                rows.append(setting._replace(code=parameter, amount=self.rng.choice((1, 1, 2))))
        if self.rng.random() < 0.4:
            fee = self.rng.choice((1, 60_000, 10**6, 10**7))
            rows.append(setting._replace(code=Parameter.CLOSE_FEE_RATE, amount=fee))
        if self.rng.random() < 0.3:
            rows.append(setting._replace(code=Parameter.FUNDING_FROM, amount=1))
        if self.rng.random() < 0.15:
            rows.append(setting._replace(code=Parameter.REMOVAL_FLOOR_RATE, amount=10**7))
        rows += guards(self.rng, number)
        if self.rng.random() < 0.3:
            date = self.rng.randint(2_000, 40_000)
            rows.append(setting._replace(code=Parameter.EXPIRY_TIME, amount=date))
        return rows

    def sum_of_money(self) -> int:
        """An amount fit for the scale of this world."""
        top = {"tiny": 14, "usual": 44, "huge": 59}[self.scale]
        return self.rng.choice((2**top, self.rng.randint(1, 2**top), self.rng.randint(1, 2 ** (top // 2))))

    def step(self) -> tuple[Row, list[EventRow]]:
        """The next command and what the model answers."""
        row = self.planned.popleft() if self.planned else self.anything()
        if row.time == 0:
            self.time += self.rng.choice((0, 0, 1, 1000))
            row = row._replace(time=self.time)
        elif row.time > 0:
            self.time = max(self.time, row.time)
        if self.rng.random() < self.chance_of_corruption(row):
            row = corrupted(self.rng, row)
        row = held_in_a_record(row)
        events = self.model.apply(row)
        self.time = max(self.time, self.state.time)
        if events:
            self.leave_off(events[-1])
            self.react(row, events[-1])
        return row, events

    def leave_off(self, answer: EventRow) -> None:
        """Of equal orders no more are placed once three in a row were refused."""
        self.refused = self.refused + 1 if answer.kind == Event.REFUSED else 0
        while self.refused > 2 and self.planned and self.planned[0].kind == Command.PLACE_ORDER:
            self.planned.popleft()

    def chance_of_corruption(self, row: Row) -> float:
        """How often a field is out of place: seldom where it takes many commands until a strategy can be held."""
        preparing = self.strategies and self.state.sequence < self.prepared
        return 0.01 if preparing or row.kind in strategies.ARRAY_COMMANDS else 0.08

    def react(self, row: Row, answer: EventRow) -> None:
        """After a refusal with figures, try exactly what it asks for, or one unit less, and then the same again."""
        rng = self.rng
        if answer.kind != Event.REFUSED or self.planned or rng.random() < 0.4:
            return
        miss = rng.choice((-1, 0, 0, 1))
        again = row._replace(time=0)
        needs_more = row.kind in (Command.FILL, Command.PLACE_ORDER) and answer.compartment
        named = self.state.compartments.get(answer.compartment or 0)
        shared = named is not None and (named.kind == Kind.CROSS or bool(named.cross and needs_more))
        if answer.reason == Refusal.INSUFFICIENT_MARGIN and shared:
            assert named is not None
            assert answer.first is not None
            missing = answer.first - (answer.second or 0) + miss
            if row.kind != Command.REMOVE_MARGIN and missing > 0:
                self.planned += [crosses.missing_margin(self, named.cross or answer.compartment or 0, missing), again]
        elif answer.reason == Refusal.INSUFFICIENT_MARGIN and needs_more and named is not None:
            assert answer.compartment is not None
            assert answer.first is not None
            missing = answer.first - (answer.second or 0) + miss
            if named.kind == Kind.POSITION and self.strategies and missing > 0:
                self.planned += [crosses.missing_margin(self, named.cross, missing), again]
                return
            self.planned += [Row(kind=Command.ADD_MARGIN, compartment=answer.compartment, amount=missing), again]
        elif answer.reason == Refusal.REDUCE_ONLY and answer.third and named is not None and named.instrument:
            missing = (answer.first or 0) - (answer.second or 0) + miss
            self.planned += [Row(kind=Command.ADD_MARGIN, compartment=answer.compartment or 0, amount=missing), again]
        elif answer.reason in (Refusal.INSUFFICIENT_MARGIN, Refusal.INSUFFICIENT_PURSE):
            self.planned.append(again._replace(amount=(answer.third or 0) + miss))
        elif answer.reason == Refusal.INSUFFICIENT_FREE:
            assert answer.first is not None
            missing = answer.first - (answer.second or 0) + miss
            asset, account = self.purse_of(row)
            self.planned += [Row(kind=Command.DEPOSIT, account=account, asset=asset, amount=missing), again]
        elif answer.reason == Refusal.POSITION_OPEN and self.state.compartments[row.compartment].instrument:
            held = self.state.compartments[row.compartment]
            self.planned += [self.fill_of(row.compartment, held, -held.size), again]

    def purse_of(self, row: Row) -> tuple[int, int]:
        """Asset and account of the free balance that a command draws on."""
        if row.kind == Command.WITHDRAW:
            return row.asset, row.account
        if row.kind == Command.OPEN_COMPARTMENT:
            return self.state.instruments[row.instrument].asset, row.account
        held = self.state.compartments[row.compartment]
        return held.asset or row.asset, held.account

    def anything(self) -> Row:
        """A command of a random kind, now and then one that meets a grace."""
        rng = self.rng
        graced = [number for number in self.state.instruments if in_grace(self.state, number)]
        if graced and rng.random() < 0.2:
            return self.meeting_a_grace(rng.choice(graced))
        if haircuts.in_grace(self.state) and rng.random() < 0.2:
            return self.meeting_a_haircut()
        doubted = [
            number for number, instrument in self.state.instruments.items() if forbidden(instrument, 0, self.time)
        ]
        if doubted and rng.random() < 0.15:
            return self.meeting_a_doubt(rng.choice(doubted))
        makers = (
            (self.opening, 8 if self.lacks_compartments() else 1),
            (self.filling, 30),
            (self.matching, 8),
            (self.marking, 22),
            (self.drawing_on_the_fund, 14 if self.backed() else 0),
            (self.giving_to_the_fund, 2 if self.unbacked() else 0),
            (self.funding, 9),
            (self.margin, 12),
            (self.ordering, 12),
            (self.cancelling, 4),
            (self.closing, 3),
            (self.leverage, 3),
            (self.topping_up, 7),
            (self.transfer, 4),
            (self.parameter, 6),
            (self.scheduling, 5),
            (self.revoking, 1),
            (self.expiring, 5 if self.strategies else 2),
            (self.registering, 1),
            *self.crossed(),
        )
        maker = rng.choices([maker for maker, _ in makers], [weight for _, weight in makers])[0]
        return maker()

    def lacks_compartments(self) -> bool:
        """Whether there are few isolated compartments for a world of this style."""
        isolated = sum(c.kind == Kind.ISOLATED for c in self.state.compartments.values())
        return isolated < {"isolated": 10, "mixed": 7, "cross": 1}[self.style]

    def crossed(self) -> tuple[tuple[Callable[[], Row], int], ...]:
        """Commands about cross compartments, and how often they come."""
        if self.style == "isolated":
            return ((partial(crosses.opening_cross, self), 1), (partial(crosses.pricing, self), 1))
        many = len(crosses.open_crosses(self.state)) > 3
        owed = any(c.kind == Kind.POCKET and c.purse < 0 for c in self.state.compartments.values())
        portfolios = 1 if self.strategies else 0
        weights = {
            strategies.revaluing: 22 * portfolios,
            strategies.leg_of: 30 * portfolios,
            strategies.marking_an_axis: strategies.axes_to_mark(self.state),
            strategies.setting_terms: 1 + portfolios,
            crosses.opening_cross: 0 if many else 3,
            crosses.margin_of_cross: 14,
            crosses.moving: 9 if self.style == "mixed" else 4,
            crosses.pricing: 10,
            crosses.setting_an_asset: 3,
            haircuts.scheduling_an_asset: 5,
            crosses.charging: 12 if owed else 2,
            crosses.converting: 4 if owed else 1,
            crosses.closing_cross: 1,
            crosses.closing_all: 2,
            crosses.any_row: 2,
        }
        return tuple((partial(maker, self), weight) for maker, weight in weights.items())

    def instrument(self) -> tuple[int, Instrument]:
        """One of the instruments, mostly a live one."""
        chosen = [n for n, i in self.state.instruments.items() if i.state == InstrumentState.LIVE]
        if not chosen or self.rng.random() < 0.05:
            chosen = list(self.state.instruments)
        number = self.rng.choice(chosen)
        return number, self.state.instruments[number]

    def compartment(self) -> tuple[int, Compartment]:
        """One of those that trade, mostly an open one."""
        traded = self.traded()
        chosen = [n for n, c in traded.items() if c.state == CompartmentState.OPEN]
        if not chosen or self.rng.random() < 0.04:
            chosen = list(traded)
        number = self.rng.choice(chosen)
        return number, self.state.compartments[number]

    def traded(self) -> dict[int, Compartment]:
        """The isolated compartments and the positions of cross compartments."""
        return {n: c for n, c in self.state.compartments.items() if c.kind in crosses.TRADED}

    def opening(self) -> Row:
        rng = self.rng
        if not self.state.instruments:
            return self.registering()
        number, instrument = self.instrument()
        account = rng.randint(1, max(1, self.state.accounts))
        free = self.state.free.get((account, instrument.asset), 0)
        amounts = (0, free // 2, free // 2, free // 3, free // 3, free // 10, min(free, 2**57), free + 1)
        amount = min(rng.choice(amounts), 2**57)
        own_rate = rng.choice((0, 0, 10**6, 10**7, 5 * 10**7, 33_333_334, 10**8 - 1))
        side = rng.choice((0, 0, 0, 0, 1, 2))
        row = Row(kind=Command.OPEN_COMPARTMENT, account=account, instrument=number, amount=amount, rate=own_rate)
        row = row._replace(code=side)
        return crosses.opening_position(self, row) if rng.random() < STYLES[self.style] else row

    def filling(self) -> Row:
        if not self.traded():
            return self.opening()
        number, held = self.compartment()
        expired = self.state.instruments[held.instrument].state == InstrumentState.EXPIRED
        if (held.state != CompartmentState.OPEN or expired) and self.rng.random() < 0.9:
            return self.opening()
        return self.fill_of(number, held, self.lots(held))

    def lots(self, held: Compartment) -> int:
        """How much a compartment trades: close, reduce, flip, one lot, some, or about what it can carry."""
        rng = self.rng
        instrument = self.state.instruments[held.instrument]
        limit = instrument.position_limit
        if held.size and rng.random() < 0.55:
            return rng.choice((-held.size, -held.size // 2, -2 * held.size, -held.size - 1, -held.size + 1, held.size))
        mark = max(1, instrument.mark)
        lot = instrument.multiplier // mark if instrument.payoff == INVERSE else instrument.multiplier * mark
        rate = max(1, held.own_rate, self.state.tier_tables[instrument.tier_table][0].initial_rate)
        purse = crosses.spare(self.state, held) if held.kind == Kind.POSITION else held.purse
        affordable = max(0, purse) * 10**8 // (max(1, lot) * rate)
        lots = min(limit, rng.choice((affordable, affordable * 9 // 10, affordable * 9 // 10, affordable // 2, 1)))
        if rng.random() < (0.15 if self.scale == "huge" and held.kind == Kind.POSITION else 0.05):
            lots = rng.choice((limit, rng.randint(1, limit), affordable + 1))
        return max(1, lots) * rng.choice((-1, 1))

    def fill_of(self, number: int, held: Compartment, lots: int) -> Row:
        """A fill of this compartment, with the outside market or another compartment, near the mark."""
        rng = self.rng
        instrument = self.state.instruments[held.instrument]
        others = [
            n
            for n, c in self.state.compartments.items()
            if c.instrument == held.instrument and c.state == CompartmentState.OPEN and n != number
        ]
        other = rng.choice(others) if others and rng.random() < 0.45 else 0
        if rng.random() < 0.02:
            other = rng.choice((number, self.compartment()[0]))
        price = instrument.mark
        if rng.random() < 0.5:
            price += rng.choice((-1, 1)) * (price * rng.choice((0, 1, 10)) // 200 + rng.choice((0, 1)))
        if rng.random() < 0.05:
            price = rng.choice((instrument.price_min, instrument.price_max))
        price = max(instrument.price_min, min(instrument.price_max, price))
        fees = (0, 0, 0, 1, 20_000, 60_000, 10**8)
        return Row(
            kind=Command.FILL,
            instrument=held.instrument,
            compartment=number,
            other=other,
            size=lots,
            price=price,
            rate=rng.choice(fees),
            amount=rng.choice(fees),
        )

    def ordering(self) -> Row:
        """An order near the mark, for about what the compartment can carry; at times as many as can rest."""
        rng = self.rng
        if not self.traded():
            return self.opening()
        number, held = self.compartment()
        instrument = self.state.instruments[held.instrument]
        lots = self.lots(held)
        if held.orders and rng.random() < 0.3:
            lots = -rng.choice(held.orders).size
        price = instrument.mark + rng.choice((-1, 0, 1)) * (instrument.mark * rng.choice((0, 1, 4)) // 100 + 1)
        if rng.random() < 0.1:
            price = rng.choice((instrument.price_min, instrument.price_max))
        price = max(instrument.price_min, min(instrument.price_max, price))
        row = Row(kind=Command.PLACE_ORDER, compartment=number, size=lots, price=price)
        if rng.random() < 0.07:
            cheap = instrument.price_max if instrument.payoff == INVERSE else instrument.price_min
            self.planned += [row._replace(size=rng.choice((-1, 1)), price=cheap)] * FLOOD
        return row

    def cancelling(self) -> Row:
        """The end of an order, mostly of one that rests in the compartment named."""
        number, held = self.ordered()
        order = self.rng.choice(held.orders).number if held and held.orders else self.rng.randint(0, 3)
        return Row(kind=Command.CANCEL_ORDER, compartment=number, other=order)

    def ordered(self) -> tuple[int, Compartment | None]:
        """A compartment with resting orders, where there is one."""
        chosen = [n for n, c in self.state.compartments.items() if c.orders]
        if not chosen or self.rng.random() < 0.05:
            chosen = list(self.state.compartments) or [0]
        number = self.rng.choice(chosen)
        return number, self.state.compartments.get(number)

    def matching(self) -> Row:
        """A fill by an order, at its limit or better, with the outside market or with an order on the other side."""
        rng = self.rng
        number, held = self.ordered()
        if held is None or not held.orders:
            return self.ordering()
        order = rng.choice(held.orders)
        lots = rng.choice((order.size, order.size, order.size // 2 or order.size, 2 * order.size))
        row = self.fill_of(number, held, lots)
        better = rng.choice((0, 0, 1, 1, -1)) * (-1 if order.size > 0 else 1)
        instrument = self.state.instruments[held.instrument]
        price = max(instrument.price_min, min(instrument.price_max, order.price + better))
        row = row._replace(price=price, account=order.number)
        against = self.state.compartments.get(row.other)
        opposite = [o.number for o in against.orders if o.size * order.size < 0] if against else []
        return row._replace(asset=rng.choice(opposite)) if opposite else row

    def marking(self) -> Row:
        rng = self.rng
        if not self.state.instruments:
            return self.registering()
        number, instrument = self.instrument()
        holders = self.state.holders(number)
        low, high, price = instrument.price_min, instrument.price_max, instrument.mark
        draw = rng.random()
        band = price_about_a_band(rng, self.state, number)
        if band is not None and rng.random() < 0.4:
            price = band
        elif holders and draw < 0.45:
            held = self.state.compartments[rng.choice(holders)]
            rules = rng.choice(rules_of(self.state, number))
            price = self.last_healthy_price(held, rules)
            beyond = -1 if held.size > 0 else 1
            price += beyond * rng.choice((0, 0, 0, 1, 1, 2, -1, price // 10))
        elif draw < 0.9:
            price += rng.choice((-1, 1)) * (price * rng.choice((0, 1, 3, 20)) // 400 + rng.choice((0, 1)))
        elif draw < 0.97:
            price = price * rng.choice((1, 3, 7)) // rng.choice((2, 4))
        else:
            price = rng.choice((low, high))
        if instrument.doubt and rng.random() < 0.6:
            return confirming(rng, instrument, number, self.time)
        row = Row(kind=Command.MARK, instrument=number, price=max(low, min(high, price)))
        return told(rng, row) if instrument.guarded else row

    def backed(self) -> list[int]:
        """Open compartments that trade in a market whose insurance fund has money."""
        assets, live = self.state.assets, self.state.instruments
        funded = {n for n, i in live.items() if i.state == InstrumentState.LIVE and assets[i.asset].insurance_fund > 0}
        return [n for n, c in self.traded().items() if c.instrument in funded and c.state == CompartmentState.OPEN]

    def unbacked(self) -> list[int]:
        """Isolated holders whose loss no insurance fund would bear, because it is empty."""
        assets, live = self.state.assets, self.state.instruments
        empty = [n for n, i in live.items() if assets[i.asset].insurance_fund == 0]
        return [holder for number in empty for holder in self.state.isolated_holders(number)]

    def drawing_on_the_fund(self) -> Row:
        """The worst mark there can be for a holder whose loss an insurance fund would bear; a fill where none holds."""
        backed = {number: self.state.compartments[number] for number in self.backed()}
        holding = [number for number, held in backed.items() if held.size]
        number = self.rng.choice(holding or list(backed))
        held = backed[number]
        if not holding:
            return self.fill_of(number, held, self.lots(held))
        instrument = self.state.instruments[held.instrument]
        return self.insisting(held.instrument, instrument.price_min if held.size > 0 else instrument.price_max)

    def giving_to_the_fund(self) -> Row:
        """A mark that breaches a holder by so little that something is left for an insurance fund."""
        held = self.state.compartments[self.rng.choice(self.unbacked())]
        price = self.last_healthy_price(held, rules_in_force(self.state, held.instrument))
        return self.insisting(held.instrument, price - 1 if held.size > 0 else price + 1)

    def insisting(self, number: int, price: int) -> Row:
        """A mark, and the same again when its wait is over, where a jump is held."""
        instrument = self.state.instruments[number]
        price = max(instrument.price_min, min(instrument.price_max, price))
        row = Row(kind=Command.MARK, instrument=number, price=price)
        if instrument.jump_limit:
            self.planned.append(row._replace(time=self.time + 1000 + min(instrument.jump_wait, 20_000)))
        return row

    def last_healthy_price(self, held: Compartment, rules: Rules) -> int:
        """The last price, going against it, at which a compartment, or its cross compartment, is healthy."""
        if held.kind == Kind.POSITION:
            return crosses.price_at_the_end(self.rng, self.state, held, rules)
        return last_healthy_price(rules.instrument, rules.tiers, held)

    def topping_up(self) -> Row:
        if not self.traded():
            return self.opening()
        isolated = {n: c for n, c in self.state.compartments.items() if c.kind == Kind.ISOLATED}
        holding = [n for n, c in isolated.items() if c.size] or list(isolated)
        number = self.rng.choice(holding) if holding and self.rng.random() < 0.8 else self.compartment()[0]
        row = policy_for(self.rng, self.state, number)
        donor = self.state.compartments.get(row.other)
        if donor is None or row.code == 0 or self.rng.random() < 0.3:
            return row
        self.planned.append(row)
        free = self.state.free.get((donor.account, donor.asset), 0)
        return Row(
            kind=Command.ADD_MARGIN, compartment=row.other, amount=max(1, free - self.rng.choice((0, 1, free // 9)))
        )

    def funding(self) -> Row:
        rng = self.rng
        if not self.state.instruments:
            return self.registering()
        number, instrument = self.instrument()
        rate = rng.choice((0, 1, 137, 10_000, 10_000, 300_000, 10**6, 10**7, 3 * 10**7, 10**8)) * rng.choice((-1, 1))
        price = rng.choice((0, 0, 0, instrument.mark + 1, instrument.price_min, instrument.price_max))
        return Row(kind=Command.FUNDING, instrument=number, rate=rate, price=min(price, instrument.price_max))

    def margin(self) -> Row:
        rng = self.rng
        if not self.traded():
            return self.opening()
        number, held = self.compartment()
        if held.kind == Kind.POSITION and rng.random() < 0.9:
            return crosses.margin_of_cross(self)
        free = self.state.free.get((held.account, self.state.instruments[held.instrument].asset), 0)
        if rng.random() < 0.45:
            amount = rng.choice((1, 1, free // 2, free, free + 1, held.purse // 2))
            return Row(kind=Command.ADD_MARGIN, compartment=number, amount=max(1, amount))
        if rng.random() < 0.4:
            number = self.most_gained() or number
            held = self.state.compartments[number]
        amount = rng.choice((1, held.purse, held.purse + 1, held.purse // 2, 2**57))
        return Row(kind=Command.REMOVE_MARGIN, compartment=number, amount=max(1, amount))

    def most_gained(self) -> int:
        """The isolated compartment with the largest unrealised gain beside its purse; 0: there is none."""
        held = {n: c for n, c in self.state.compartments.items() if c.kind == Kind.ISOLATED and c.size}
        return max(held, key=lambda n: Fraction(unrealised(self.state, held[n]), 1 + abs(held[n].purse)), default=0)

    def leverage(self) -> Row:
        if not self.traded():
            return self.opening()
        number, held = self.compartment()
        rates = (0, 10**6, 5 * 10**6, 10**7, 5 * 10**7, 10**8, held.own_rate + 1)
        return Row(kind=Command.SET_LEVERAGE, compartment=number, rate=self.rng.choice(rates))

    def closing(self) -> Row:
        if not self.traded():
            return self.opening()
        return Row(kind=Command.CLOSE_COMPARTMENT, compartment=self.compartment()[0])

    def transfer(self) -> Row:
        rng = self.rng
        asset, account = rng.randint(1, max(1, len(self.state.assets))), rng.randint(1, max(1, self.state.accounts))
        if rng.random() < 0.5:
            return Row(kind=Command.DEPOSIT, account=account, asset=asset, amount=self.sum_of_money())
        free = self.state.free.get((account, asset), 0)
        return Row(
            kind=Command.WITHDRAW, account=account, asset=asset, amount=rng.choice((1, free, free + 1, free // 2 + 1))
        )

    def parameter(self) -> Row:
        rng = self.rng
        if not self.state.instruments:
            return self.registering()
        number, instrument = self.instrument()
        parameter = rng.choice((*Parameter, Parameter.TIER_TABLE, Parameter.TIER_TABLE, Parameter.CLOSE_FEE))
        if instrument.reduce_only and rng.random() < 0.7:
            return Row(kind=Command.SET_PARAMETER, instrument=number, code=Parameter.REDUCE_ONLY, amount=0)
        held = [n for n in self.state.instruments if self.state.holders(n)]
        if held and parameter == Parameter.TIER_TABLE:
            number = rng.choice(held)
        values = {
            Parameter.LIQUIDATION_FEE_RATE: (0, 50_000, 50_000, 10**6, 10**8 - 1, 10**8, -1),
            Parameter.SLIPPAGE_RATE: (0, 0, 10_000, 10_000, 10**6, 5 * 10**7, 10**8 - 1, 10**8),
            Parameter.TIER_TABLE: tuple(range(len(self.state.tier_tables) + 1)),
            Parameter.POSITION_LIMIT: (1, instrument.position_limit, instrument.position_limit + 1, 5, 2**40 + 1),
            Parameter.OPEN_INTEREST_LIMIT: (1, self.state.open_interest(number), 2**40, 2**20, 0),
            Parameter.MAINTENANCE_AT: (0, 1, 2),
            Parameter.CLOSE_FEE: (0, 1, 2, 2, 3),
            Parameter.CLOSE_FEE_RATE: (0, 1, 60_000, 10**6, 10**7, 10**7 + 1),
            Parameter.REMOVAL_FLOOR_RATE: (0, 10**6, 10**7, 10**8, 10**8 + 1),
            Parameter.FUNDING_FROM: (0, 1, 1, 2),
            Parameter.REDUCE_ONLY: (0, 0, 1, 2),
            Parameter.EXPIRY_TIME: (0, self.time + 500, self.time + 500, 1, -1),
            **GUARDS,
        }
        value = rng.choice(values[parameter])
        return Row(kind=Command.SET_PARAMETER, instrument=number, code=parameter, amount=value)

    def scheduling(self) -> Row:
        """A change to come, or at once, mostly of what moves thresholds, mostly soon."""
        rng = self.rng
        row = self.parameter()
        if row.kind != Command.SET_PARAMETER:
            return row
        held = [n for n in self.state.instruments if self.state.holders(n)]
        if held and rng.random() < 0.7:
            row = self.stricter(row._replace(instrument=rng.choice(held)))
        ahead = self.state.sequence + rng.choice((1, 2, 2, 3, 5, 9, 20, 20, 2**40))
        grace = rng.choice((1, 1, 500, 1000, 3000, 6000, 6000, 0))
        at_once = rng.random() < 0.25
        kind = Command.SET_PARAMETER if at_once else Command.SCHEDULE_PARAMETER
        row = row._replace(kind=kind, size=ahead, rate=grace)
        holders = self.state.holders(row.instrument) if row.instrument in self.state.instruments else []
        if not holders or rng.random() < 0.3:
            return row
        self.planned.append(row)
        return self.thinning(rng.choice(holders))

    def thinning(self, number: int) -> Row:
        """Take out what may leave, so that a position has little to spare."""
        held = self.state.compartments[number]
        if held.kind == Kind.POSITION:
            most = crosses.leaving(self.rng, self.state, held.cross, held.asset)
            return Row(kind=Command.REMOVE_MARGIN, compartment=held.cross, asset=held.asset, amount=most)
        instrument, tiers, _ = rules_in_force(self.state, held.instrument)
        most = removable(instrument, tiers, held, held.purse - owed(instrument, held))
        return Row(kind=Command.REMOVE_MARGIN, compartment=number, amount=max(1, most))

    def stricter(self, row: Row) -> Row:
        """A change to the strictest table, or one that brings a fee into the requirement where there may be one."""
        instrument = self.state.instruments[row.instrument]
        tables = {n: tiers for n, tiers in self.state.tier_tables.items() if n != instrument.tier_table}
        strictest = max(tables, key=lambda table: sum(tier.rate for tier in tables[table]), default=1)
        values = {Parameter.TIER_TABLE: strictest}
        if instrument.close_fee:
            values[Parameter.CLOSE_FEE_RATE] = 10**7
        if instrument.close_fee_rate:
            values[Parameter.CLOSE_FEE] = 1
        code = self.rng.choice(tuple(values))
        return row._replace(code=code, amount=values[code])

    def meeting_a_grace(self, number: int) -> Row:
        """A mark that breaches a position under the coming rules, and then one of the time at which the grace ends.

        A position that no mark could breach has margin taken out.
        """
        rng, rules = self.rng, coming_rules(self.state, number)
        mark = Row(kind=Command.MARK, instrument=number, price=rules.instrument.mark)
        holders = self.state.holders(number)
        if not holders or any(fallen_under(self.state, number, rules)):
            return mark._replace(time=max(self.time, rules.limit - rng.choice((0, 0, 1))))
        holder = rng.choice(holders)
        held = self.state.compartments[holder]
        beyond = -1 if held.size > 0 else 1
        last = self.last_healthy_price(held, rules)
        if last in (rules.instrument.price_min, rules.instrument.price_max) and rng.random() < 0.8:
            return self.thinning(holder)
        price = last + beyond * rng.choice((0, 1, 1, 1))
        mark = mark._replace(price=max(rules.instrument.price_min, min(rules.instrument.price_max, price)))
        if rng.random() < 0.7:
            self.planned.append(mark._replace(time=max(self.time, rules.limit)))
        return mark

    def meeting_a_haircut(self) -> Row:
        """Likewise for the grace of a haircut: the price of its asset."""
        return haircuts.meeting_a_haircut(self, self.rng.choice(haircuts.in_grace(self.state)))

    def meeting_a_doubt(self, number: int) -> Row:
        """What a mark in doubt, or one that is too old, forbids or puts off."""
        rng, instrument = self.rng, self.state.instruments[number]
        holders = self.state.holders(number)
        if not holders or rng.random() < 0.3:
            rate = rng.choice((10**6, 10**7, 10**8)) * rng.choice((-1, 1))
            return Row(kind=Command.FUNDING, instrument=number, rate=rate)
        holder = rng.choice(holders)
        held = self.state.compartments[holder]
        rows = (
            self.fill_of(holder, held, rng.choice((1, -1, held.size, -held.size, -held.size // 2 or 1))),
            Row(kind=Command.REMOVE_MARGIN, compartment=holder, amount=1),
            Row(kind=Command.SET_LEVERAGE, compartment=holder, rate=rng.choice((0, held.own_rate // 2, 10**8))),
            Row(kind=Command.PLACE_ORDER, compartment=holder, size=rng.choice((1, -1)), price=max(1, instrument.mark)),
            Row(kind=Command.EXPIRE, instrument=number, price=max(1, instrument.mark), time=max(self.time, 40_000)),
            self.stricter(
                Row(kind=Command.SCHEDULE_PARAMETER, instrument=number, size=self.state.sequence + 2, rate=1)
            ),
        )
        if held.kind == Kind.POSITION and rng.random() < 0.5:
            return crosses.letting_out(self, holder)
        return rng.choices(rows, (6, 3, 2, 2, 1, 3))[0]

    def revoking(self) -> Row:
        count = len(self.state.changes)
        return Row(kind=Command.REVOKE_CHANGE, other=self.rng.choice((count, count, self.rng.randint(0, count + 1))))

    def expiring(self) -> Row:
        """Expire an instrument; a perpetual without positions is given an expiry first, and traded."""
        rng = self.rng
        if not self.state.instruments:
            return self.registering()
        number, instrument = self.instrument()
        ending = strategies.ending(self.state)
        if ending and rng.random() < 0.7:
            number, instrument = rng.choice(ending)
        price = max(1, instrument.mark) * rng.choice((1, 2, 3)) // 2
        price = max(instrument.price_min, min(instrument.price_max, price))
        if instrument.right:
            price = strategies.settlement(rng, self.state, number)
        expire = Row(kind=Command.EXPIRE, instrument=number, price=price)
        if instrument.state == InstrumentState.LIVE and instrument.expiry_time == 0:
            date = self.time + 1000
            self.planned.append(
                Row(kind=Command.SET_PARAMETER, instrument=number, code=Parameter.EXPIRY_TIME, amount=date)
            )
            return expire
        date = min(instrument.expiry_time, self.time + 10**6) - rng.choice((0, 0, 1))
        return expire._replace(time=max(date, self.time))

    def registering(self) -> Row:
        rng = self.rng
        kind = rng.choice((Command.REGISTER_ACCOUNT, Command.ADD_TIER, Command.REGISTER_TIER_TABLE))
        if kind == Command.ADD_TIER:
            table = rng.randint(1, max(1, len(self.state.tier_tables)))
            tiers = self.state.tier_tables.get(table) or [Tier(0, 0, 0, 0)]
            floor, rate = tiers[-1].floor + rng.choice((0, 7, 10**8)), tiers[-1].rate + rng.choice((-1, 0, 0, 1))
            return Row(kind=kind, other=table, amount=floor, rate=max(0, rate), size=rng.choice((rate, 10**8)))
        return Row(kind=kind)
