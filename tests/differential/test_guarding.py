"""Guards of the mark: their figures, and what they do and never do as laws over random worlds."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from differential.comparing import records
from differential.doubting import guards
from differential.pair import Pair
from differential.worlds import World
from numpy.typing import NDArray
from reference.crossing import by_scenarios
from reference.formulas import breached, owed
from reference.moved_prices import moved_price
from reference.rows import EventRow, Row

from stoplog.codes import GUARD_POLICY_DEFAULT, Command, CompartmentState, Doubt, Event, Parameter, Place, Refusal, Use
from stoplog.engine import Engine
from stoplog.proof.invariants import check
from stoplog.units import RATE_ONE

ONE_PERCENT = ((0, 10**6, 10**6),)
TEN_PERCENT = 10**7
STALE_AFTER = 2000


class Guarded(Pair):
    """Long 10 at cost 1,000 with 205 in the purse at the mark of 100 of time 1,000; jumps of 10 % wait 500 ms."""

    def __init__(self, *, margin: int = 205, asks: dict[Parameter, int] | None = None, **terms: int) -> None:
        super().__init__()
        given = {Parameter.JUMP_LIMIT: TEN_PERCENT, Parameter.JUMP_WAIT: 500} if asks is None else asks
        self.number = self.register(tiers=ONE_PERCENT, mark=0, asks=given, **terms)
        self.mark(100, 1000)
        self.held = self.open(self.number, margin, deposit=margin + 100)
        self.accept(Command.FILL, **self.buy(10))

    def buy(self, lots: int, compartment: int = 0, time: int = 0) -> dict[str, int]:
        """The fields of a fill at 100."""
        fields = {"instrument": self.number, "compartment": compartment or self.held, "size": lots, "price": 100}
        return fields | {"time": time}

    def mark(self, price: int, time: int = 0, *, confidence: int = 0, second: int = 0) -> list[EventRow]:
        """What a mark brings about."""
        return self.accept(Command.MARK, instrument=self.number, price=price, time=time, rate=confidence, amount=second)

    def set(self, parameter: Parameter, value: int) -> None:
        """Set a parameter."""
        self.accept(Command.SET_PARAMETER, instrument=self.number, code=parameter, amount=value)

    def is_open(self) -> bool:
        """Whether the first compartment has not been liquidated."""
        return self.state.compartments[self.held].state == CompartmentState.OPEN


def told(event: EventRow) -> tuple[int | None, ...]:
    """Reason and figures of an event."""
    return event.reason, event.first, event.second, event.third


@pytest.mark.rule("GRD-001", "GRD-002")
def test_a_mark_that_jumps_is_held_and_says_why() -> None:
    """At 80 equity is 5 against 8; 110 does not jump."""
    venue = Guarded()
    (event,) = venue.mark(80, 1100)
    assert event.kind == Event.MARK_HELD
    assert told(event) == (Doubt.JUMPS, 80, 2 * TEN_PERCENT, TEN_PERCENT)
    assert venue.is_open()
    assert venue.state.instruments[1].mark == 100
    assert venue.mark(110)[0].kind == Event.MARKED


@pytest.mark.rule("GRD-001", "GRD-002")
def test_an_unsure_mark_and_one_that_deviates_are_held() -> None:
    asks = {Parameter.CONFIDENCE_LIMIT: 10**6, Parameter.DEVIATION_LIMIT: 5 * 10**6}
    venue = Guarded(asks=asks)
    assert told(venue.mark(80, confidence=10**6 + 1, second=80)[0]) == (Doubt.UNSURE, 80, 10**6 + 1, 10**6)
    assert told(venue.mark(107, second=100)[0]) == (Doubt.DEVIATES, 107, 7 * 10**6, 5 * 10**6)
    assert told(venue.mark(100, second=107)[0]) == (Doubt.DEVIATES, 100, 6_542_057, 5 * 10**6)
    assert venue.state.instruments[1].doubt == Doubt.DEVIATES
    assert told(venue.mark(80, confidence=10**6, second=80)[0]) == (Doubt.NONE, 80, 1, 0)


@pytest.mark.rule("GRD-003")
def test_a_jump_that_persists_is_taken_and_liquidates() -> None:
    """80 at 1,100, 79 at 1,599, 78 at 1,600."""
    venue = Guarded()
    assert venue.mark(80, 1100)[0].kind == Event.MARK_HELD
    assert venue.mark(79, 1599)[0].kind == Event.MARK_HELD
    events = venue.mark(78, 1600)
    assert told(events[0]) == (Doubt.NONE, 78, 1, 0)
    assert not venue.is_open()


@pytest.mark.rule("GRD-003")
def test_a_jump_the_other_way_begins_anew_and_a_return_ends_it() -> None:
    """From 79 to 120 at 1,599: to be taken from 2,099 on."""
    venue = Guarded()
    venue.mark(80, 1100)
    venue.mark(79, 1200)
    assert venue.mark(120, 1599)[0].kind == Event.MARK_HELD
    assert venue.refuse(Command.FILL, **venue.buy(1)).third == 2099
    assert venue.mark(120, 2098)[0].kind == Event.MARK_HELD
    assert venue.mark(95, 2098)[0].kind == Event.MARKED
    assert venue.state.instruments[1].held_price == venue.state.instruments[1].doubt == 0
    assert venue.mark(120, 3000)[0].kind == Event.MARK_HELD


@pytest.mark.rule("GRD-003")
def test_marks_of_other_doubts_neither_go_on_with_a_jump_nor_end_it() -> None:
    venue = Guarded()
    venue.set(Parameter.CONFIDENCE_LIMIT, 1)
    venue.mark(80, 1100)
    assert venue.mark(120, 1300, confidence=2)[0].reason == Doubt.UNSURE
    assert venue.state.instruments[1].held_price == 80
    assert venue.mark(80, 1600, confidence=2)[0].reason == Doubt.UNSURE
    assert venue.is_open()
    assert venue.mark(80, 1600)[0].kind == Event.MARKED


@pytest.mark.rule("GRD-004")
def test_while_a_mark_is_in_doubt_nobody_opens_or_takes_out_and_everybody_may_reduce_and_add() -> None:
    venue = Guarded()
    flat = venue.open(1, 50)
    venue.accept(Command.SET_LEVERAGE, compartment=venue.held, rate=TEN_PERCENT)
    venue.mark(80, 1100)
    asked = (
        (Command.FILL, venue.buy(1)),
        (Command.FILL, venue.buy(-21)),
        (Command.FILL, venue.buy(1, flat)),
        (Command.PLACE_ORDER, {"compartment": venue.held, "size": 1, "price": 90}),
        (Command.REMOVE_MARGIN, {"compartment": venue.held, "amount": 1}),
        (Command.SET_LEVERAGE, {"compartment": venue.held, "rate": TEN_PERCENT - 1}),
    )
    for command, fields in asked:
        refused = venue.refuse(command, **fields)
        assert told(refused) == (Refusal.MARK_IN_DOUBT, Doubt.JUMPS, 100, 1600)
    venue.accept(Command.PLACE_ORDER, compartment=venue.held, size=-9, price=120)
    venue.accept(Command.SET_LEVERAGE, compartment=venue.held, rate=TEN_PERCENT + 1)
    venue.accept(Command.ADD_MARGIN, compartment=venue.held, amount=10)
    venue.accept(Command.REMOVE_MARGIN, compartment=flat, amount=1)
    venue.accept(Command.FILL, **venue.buy(-1))
    venue.accept(Command.FILL, **venue.buy(-9))
    venue.accept(Command.CLOSE_COMPARTMENT, compartment=venue.held)


@pytest.mark.rule("GRD-004")
def test_of_two_legs_the_one_that_grows_is_named() -> None:
    venue = Guarded()
    other = venue.open(1, 205)
    venue.mark(80, 1100)
    refused = venue.refuse(Command.FILL, **venue.buy(-1), other=other)
    assert (refused.reason, refused.compartment) == (Refusal.MARK_IN_DOUBT, other)


@pytest.mark.rule("GRD-004", "TOP-004")
@pytest.mark.parametrize("doubted", [False, True])
def test_a_donor_in_an_instrument_in_doubt_gives_nothing(*, doubted: bool) -> None:
    """Two instruments of one asset and owner; the taker's mark is good."""
    venue = Guarded(margin=300)
    terms = {"asset": 1, "other": 1, "amount": 1, "price": 10**6, "rate": 1, "size": 10**6}
    venue.accept(Command.REGISTER_INSTRUMENT, **terms)
    venue.accept(Command.MARK, instrument=2, price=100)
    venue.accept(Command.OPEN_COMPARTMENT, account=1, instrument=2, amount=100)
    taker = len(venue.state.compartments)
    venue.accept(Command.FILL, instrument=2, compartment=taker, size=10, price=100)
    policy = {"rate": RATE_ONE, "size": 5 * RATE_ONE, "amount": 1000, "price": 1000, "code": 2, "other": venue.held}
    venue.accept(Command.SET_TOP_UP, compartment=taker, **policy)
    if doubted:
        venue.mark(80)
    events = venue.accept(Command.MARK, instrument=2, price=90)
    assert (Event.MARGIN_DONATED in [event.kind for event in events]) != doubted


@pytest.mark.rule("GRD-005")
def test_a_stale_mark_forbids_what_a_doubted_one_does() -> None:
    """A mark of 1,000, which may be 2,000 old, at 3,000 and at 3,001."""
    venue = Guarded(asks={Parameter.AGE_LIMIT: STALE_AFTER})
    venue.accept(Command.FILL, **venue.buy(1, time=3000))
    for command, fields in (
        (Command.FILL, venue.buy(1)),
        (Command.REMOVE_MARGIN, {"compartment": venue.held, "amount": 1}),
        (Command.PLACE_ORDER, {"compartment": venue.held, "size": 1, "price": 90}),
    ):
        refused = venue.refuse(command, **(fields | {"time": 3001}))
        assert told(refused) == (Refusal.MARK_STALE, 1001, 1000, STALE_AFTER)
    venue.accept(Command.FILL, **venue.buy(-1, time=3001))
    venue.mark(100)
    venue.accept(Command.FILL, **venue.buy(1))


@pytest.mark.rule("GRD-006")
@pytest.mark.parametrize("tier_rule", range(3))
@pytest.mark.parametrize("source", range(2))
@pytest.mark.parametrize("stale", [False, True])
@pytest.mark.parametrize("restored", [False, True])
@pytest.mark.parametrize("price", [100, 109])
def test_funding_on_a_mark_not_trusted_liquidates_nobody_and_the_next_mark_does(
    tier_rule: int, source: int, price: int, *, stale: bool, restored: bool
) -> None:
    """200 owed of 205: 5 left against 10, at the same mark again; gains of 109 leave 95."""
    asks = {Parameter.FUNDING_FROM: source, Parameter.JUMP_LIMIT: TEN_PERCENT, Parameter.AGE_LIMIT: STALE_AFTER}
    venue = Guarded(asks=asks, tier_rule=tier_rule)
    venue.accept(Command.WITHDRAW, account=1, asset=1, amount=100)
    if not stale:
        venue.mark(80)
    time = 10**4 if stale else 0
    events = venue.accept(Command.FUNDING, instrument=1, rate=2 * 10**7, time=time)
    accrued = next(event for event in events if event.kind == Event.FUNDING_ACCRUED)
    assert accrued.second == 0
    assert venue.is_open()
    assert check(venue.engine.tables) == []
    if restored:
        venue.engine = Engine.from_bytes(venue.engine.to_bytes())
    venue.mark(price)
    assert venue.is_open() == (price == 109)
    assert venue.state.instruments[1].unseen == 0


@pytest.mark.rule("GRD-006")
def test_funding_on_a_trusted_mark_looks_at_everybody_too() -> None:
    """The guards are taken off, and a funding of nothing finds who was breached."""
    venue = Guarded()
    venue.mark(80)
    venue.accept(Command.FUNDING, instrument=1, rate=2 * 10**7)
    venue.set(Parameter.JUMP_LIMIT, 0)
    assert venue.is_open()
    venue.accept(Command.FUNDING, instrument=1, rate=0)
    assert not venue.is_open()


@pytest.mark.rule("GRD-006", "CHG-003")
@pytest.mark.parametrize("restored", [False, True])
def test_a_change_enforced_in_doubt_liquidates_nobody_and_the_next_mark_does(*, restored: bool) -> None:
    """30 % to come: 300 needed at 100 of an equity of 205."""
    venue = Guarded()
    venue.accept(Command.REGISTER_TIER_TABLE)
    venue.accept(Command.ADD_TIER, other=2, rate=3 * 10**7, size=3 * 10**7)
    change = {"instrument": 1, "code": Parameter.TIER_TABLE, "amount": 2, "rate": 1}
    venue.accept(Command.SCHEDULE_PARAMETER, **change, size=venue.state.sequence + 2)
    venue.mark(80, 1100)
    enforced = venue.mark(80, 1101)[0]
    assert (enforced.kind, enforced.second) == (Event.CHANGE_ENFORCED, 0)
    assert venue.state.instruments[1].tier_table == 2
    assert venue.is_open()
    if restored:
        venue.engine = Engine.from_bytes(venue.engine.to_bytes())
    venue.mark(100)
    assert not venue.is_open()


@pytest.mark.rule("GRD-006", "LIQ-004")
def test_nothing_expires_on_a_mark_not_trusted_nor_at_a_price_that_jumps_from_it() -> None:
    venue = Guarded(
        asks={
            Parameter.EXPIRY_TIME: 1,
            Parameter.JUMP_LIMIT: TEN_PERCENT,
            Parameter.JUMP_WAIT: 500,
            Parameter.AGE_LIMIT: STALE_AFTER,
        }
    )
    expire = {"instrument": 1, "price": 80}
    assert told(venue.refuse(Command.EXPIRE, **expire)) == (Refusal.MARK_IN_DOUBT, Doubt.JUMPS, 100, 0)
    refused = venue.refuse(Command.EXPIRE, instrument=1, price=100, time=3001)
    assert told(refused) == (Refusal.MARK_STALE, 1001, 1000, STALE_AFTER)
    venue.mark(80, 3001)
    refused = venue.refuse(Command.EXPIRE, instrument=1, price=100)
    assert told(refused) == (Refusal.MARK_IN_DOUBT, Doubt.JUMPS, 100, 3501)
    venue.mark(81, 3501)
    expired = venue.accept(Command.EXPIRE, **expire)[0]
    assert (expired.kind, expired.second) == (Event.EXPIRED, 1)


@pytest.mark.rule("GRD-007")
def test_a_doubt_that_may_liquidate_is_taken_and_forbids_the_other_uses() -> None:
    venue = Guarded(asks={Parameter.CONFIDENCE_LIMIT: 1})
    other = venue.open(1, 500)
    venue.accept(Command.FILL, **venue.buy(10, other))
    venue.set(Parameter.GUARD_POLICY, GUARD_POLICY_DEFAULT - Use.LIQUIDATE.forbidden_by(Doubt.UNSURE))
    events = venue.mark(80, 1100, confidence=2)
    assert told(events[0]) == (Doubt.UNSURE, 80, 1, 0)
    assert not venue.is_open()
    fill = venue.buy(1, other) | {"price": 80}
    assert told(venue.refuse(Command.FILL, **fill)) == (Refusal.MARK_IN_DOUBT, Doubt.UNSURE, 80, 0)
    venue.mark(80)
    venue.accept(Command.FILL, **fill)


@pytest.mark.rule("GRD-007")
@pytest.mark.parametrize("use", Use)
@pytest.mark.parametrize("doubt", [Doubt.JUMPS, Doubt.STALE])
def test_each_bit_forbids_one_use_on_one_doubt(use: Use, doubt: Doubt) -> None:
    """Only this bit is set: nothing else is refused or put off. A jump that may liquidate is taken in doubt."""
    venue = Guarded(margin=500, asks={Parameter.JUMP_LIMIT: TEN_PERCENT, Parameter.AGE_LIMIT: STALE_AFTER})
    venue.set(Parameter.GUARD_POLICY, use.forbidden_by(doubt))
    time = 1000
    if doubt == Doubt.JUMPS:
        assert venue.mark(80)[0].kind == (Event.MARK_HELD if use == Use.LIQUIDATE else Event.MARKED)
    else:
        time = 9000
    asked = {
        Use.OPEN: (Command.FILL, venue.buy(1)),
        Use.REDUCE: (Command.FILL, venue.buy(-1)),
        Use.WITHDRAW: (Command.REMOVE_MARGIN, {"compartment": venue.held, "amount": 1}),
    }
    reason = Refusal.MARK_STALE if doubt == Doubt.STALE else Refusal.MARK_IN_DOUBT
    for asked_use, (command, fields) in asked.items():
        event = venue.do(command, **(fields | {"time": time}))[-1]
        assert (event.kind == Event.REFUSED) == (asked_use == use)
        assert event.kind != Event.REFUSED or event.reason == reason
    events = venue.accept(Command.FUNDING, instrument=1, rate=9 * 10**7, time=time)
    assert venue.is_open() == (use == Use.LIQUIDATE)
    assert events[0].second == (use != Use.LIQUIDATE)


@pytest.mark.rule("GRD-008")
def test_without_guards_there_is_no_doubt_and_nothing_is_read_of_a_mark_but_its_price() -> None:
    venue = Guarded()
    venue.mark(80, 1100)
    venue.set(Parameter.JUMP_LIMIT, 0)
    assert venue.state.instruments[1].doubt == venue.state.instruments[1].held_price == 0
    venue.accept(Command.FILL, **venue.buy(1))
    assert venue.mark(100, confidence=-1, second=-(2**63))[0].kind == Event.MARKED


@pytest.mark.rule("GRD-001", "REF-001")
def test_what_a_guard_cannot_read_is_refused() -> None:
    venue = Guarded(asks={Parameter.CONFIDENCE_LIMIT: 1, Parameter.DEVIATION_LIMIT: 1})
    mark = {"instrument": 1, "price": 100}
    for fields, figures in (
        ({"rate": RATE_ONE + 1}, (Refusal.RATE_OUT_OF_RANGE, 0, RATE_ONE + 1, RATE_ONE)),
        ({"rate": -1}, (Refusal.RATE_OUT_OF_RANGE, 0, -1, RATE_ONE)),
        ({"amount": -1, "price": 0}, (Refusal.AMOUNT_OUT_OF_RANGE, 0, -1, 2**40)),
        ({"amount": 2**40 + 1}, (Refusal.AMOUNT_OUT_OF_RANGE, 0, 2**40 + 1, 2**40)),
    ):
        assert venue.refuse(Command.MARK, **(mark | fields)).reason == figures[0]
        asked = records([Row(kind=Command.MARK, time=10**6, **(mark | fields))])
        (refused,) = venue.engine.what_if(asked).events
        assert tuple(refused[["reason", "first", "second", "third"]].tolist()) == figures


@pytest.mark.rule("GRD-003")
@pytest.mark.parametrize("seed", range(60))
def test_a_crash_that_stays_is_liquidated_by_the_first_mark_after_the_wait_and_by_none_before(seed: int) -> None:
    """From 10,000 below what breaches the holder, and on from there within the limit from mark to mark."""
    rng = Random(seed)
    limit, wait = rng.choice((10**6, 5 * 10**6, TEN_PERCENT)), rng.choice((0, 1, 300, 2000, 2**40))
    pair = Pair()
    asks = {Parameter.JUMP_LIMIT: limit, Parameter.JUMP_WAIT: wait}
    number = pair.register(tiers=ONE_PERCENT, mark=0, price_max=20_000, asks=asks)
    pair.accept(Command.MARK, instrument=number, price=10_000, time=1)
    side = rng.choice((1, -1))
    held = pair.open(number, 1000 * limit // 10**6)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=side * 10, price=10_000)
    start = time = 50
    price = 10_000 - side * (10_000 * limit // RATE_ONE + rng.randint(1, 50))
    while True:
        events = pair.accept(Command.MARK, instrument=number, price=price, time=time)
        first = time == start
        taken = not first and time - start >= wait
        assert events[0].kind == (Event.MARKED if taken else Event.MARK_HELD)
        assert (pair.state.compartments[held].state == CompartmentState.LIQUIDATED) == taken
        if taken:
            break
        lowest, highest = 10_000 - 10_000 * limit // RATE_ONE - 1, 10_000 + 10_000 * limit // RATE_ONE + 1
        price += rng.choice((-1, 0, 1)) * (price * limit // RATE_ONE)
        price = min(price, lowest) if side > 0 else max(price, highest)
        price = max(1, min(20_000, price))
        time += rng.randint(1, max(1, wait // 4)) if wait else 1


class Doubting(World):
    """A world in which every instrument has guards, by the policy that there is at first."""

    def first_parameters(self, number: int) -> list[Row]:
        """Guards, too."""
        found: list[Row] = []
        while not found:
            found = guards(self.rng, number)
        return [*super().first_parameters(number), *found]

    def step(self) -> tuple[Row, list[EventRow]]:
        """The next command, which sets no policy of guards; a time of its own each time."""
        while self.planned and self.planned[0].code == Parameter.GUARD_POLICY:
            self.planned.popleft()
        return super().step()

    def parameter(self) -> Row:
        """No policy of guards."""
        row = super().parameter()
        return self.marking() if row.code == Parameter.GUARD_POLICY else row


def trusted(world: Doubting, number: int, time: int) -> bool:
    """By the state alone whether a mark in force is neither in doubt nor stale."""
    instrument = world.state.instruments[number]
    stale = instrument.mark and instrument.age_limit and time - instrument.mark_time > instrument.age_limit
    return not instrument.doubt and not stale


def a_mark_is_to_be_believed(row: Row, before: dict[int, tuple[int, ...]], since: dict[int, list[int]]) -> bool:
    """What must at least be true of a mark that is taken: sure, beside the second source, no jump or a lasting one."""
    mark, confidence, deviation, jump, wait = before[row.instrument]
    sure = not confidence or row.rate <= confidence
    agrees = (
        not deviation or not row.amount or Fraction(abs(row.price - row.amount), row.amount) * RATE_ONE <= deviation
    )
    near = not jump or not mark or Fraction(abs(row.price - mark), mark) * RATE_ONE <= jump
    lasted = any(row.time - time >= wait for time in since.get(row.instrument, []))
    return sure and agrees and (near or lasted)


def limits_of(world: Doubting) -> dict[int, tuple[int, ...]]:
    """The mark and the limits of every instrument."""
    names = ("mark", "confidence_limit", "deviation_limit", "jump_limit", "jump_wait")
    return {n: tuple(getattr(i, name) for name in names) for n, i in world.state.instruments.items()}


@pytest.mark.rule("GRD-002", "GRD-003", "GRD-006")
@pytest.mark.parametrize("block", range(4))
def test_nobody_is_liquidated_who_is_healthy_at_every_mark_that_is_to_be_believed(block: int) -> None:
    """Whoever is taken over was breached at a mark that is sure, agrees and does not jump or has lasted."""
    fallen = held = 0
    for seed in range(9 * 10**6 + block * 100, 9 * 10**6 + block * 100 + 100):
        world, engine = Doubting(seed), Engine()
        since: dict[int, list[int]] = {}
        for _ in range(150):
            before = limits_of(world)
            row, _ = world.step()
            events = engine.apply(records([row]))
            kinds = events["kind"].tolist()
            taken_over = events[events["kind"] == Event.TAKEN_OVER]
            enforced = Event.CHANGE_ENFORCED in kinds
            for number in () if enforced else set(taken_over["instrument"].tolist()):
                if row.kind == Command.MARK and row.instrument == number and Event.MARKED in kinds:
                    assert a_mark_is_to_be_believed(row, before, since)
                else:
                    assert trusted(world, number, world.state.time) or row.kind == Command.EXPIRE
            marks = [mark_of(world, *taken) for taken in taken_over[["compartment", "first"]].tolist()]
            assert enforced or events[events["kind"] == Event.SOLD]["third"].tolist() == marks
            remember(row, events, since)
            fallen += len(taken_over)
            held += Event.MARK_HELD in kinds
    assert fallen > 5
    assert held > 100


def mark_of(world: Doubting, number: int, size: int) -> int:
    """The mark by which a compartment of that size counts: the instrument's, or its moved price by scenarios."""
    held = world.state.compartments[number]
    if by_scenarios(world.state, held.cross):
        return moved_price(world.state, held.instrument, size)
    return world.state.instruments[held.instrument].mark


def remember(row: Row, events: NDArray[np.void], since: dict[int, list[int]]) -> None:
    """Keep when marks that jump were held since the last mark that was taken."""
    kinds = events["kind"]
    if row.kind == Command.MARK and Event.MARKED in kinds:
        since[row.instrument] = []
    elif ((kinds == Event.MARK_HELD) & (events["reason"] == Doubt.JUMPS)).any():
        since.setdefault(row.instrument, []).append(row.time)


@pytest.mark.rule("GRD-004", "GRD-005")
@pytest.mark.parametrize("block", range(4))
def test_no_value_leaves_and_no_position_grows_while_a_mark_is_in_doubt(block: int) -> None:
    """Funding aside, which is paid as on any mark."""
    watched = 0
    for seed in range(9 * 10**6 + block * 100, 9 * 10**6 + block * 100 + 100):
        world, engine = Doubting(seed), Engine()
        for _ in range(110):
            doubted = [n for n in world.state.instruments if not trusted(world, n, world.state.time)]
            held = {n: (c.size, c.own_rate) for n, c in world.state.compartments.items() if c.instrument in doubted}
            row, _ = world.step()
            events = engine.apply(records([row]))
            if (
                row.kind == Command.MARK
                or row.code in tuple(Parameter)[12:]
                or Event.CHANGE_EFFECTIVE in events["kind"]
            ):
                continue
            watched += bool(held)
            for number, (size, own_rate) in held.items():
                after = world.state.compartments[number]
                assert abs(after.size) <= abs(size)
                assert after.size * size >= 0
                assert not after.size or after.own_rate >= own_rate
            assert not paid_out(events, {n for n, (size, _) in held.items() if size})
    assert watched > 100


def paid_out(events: NDArray[np.void], watched: set[int]) -> bool:
    """Whether money left one of these compartments for its owner's free balance, funding aside."""
    out = events[(events["source"] == Place.COMPARTMENT) & (events["target"] == Place.FREE)]
    out = out[out["kind"] != Event.FUNDING_PAID_OUT]
    return bool(watched & set(out["compartment"].tolist()))


@pytest.mark.rule("GRD-006", "LIQ-001")
@pytest.mark.parametrize("block", range(2))
def test_after_a_mark_that_is_taken_nobody_is_left_breached(block: int) -> None:
    """Whatever came while it was in doubt; the model looks at everybody."""
    waited = 0
    for seed in range(9 * 10**6 + block * 100, 9 * 10**6 + block * 100 + 100):
        world = Doubting(seed)
        for _ in range(110):
            unseen = {n for n, i in world.state.instruments.items() if i.unseen}
            row, events = world.step()
            if row.instrument not in unseen or events[-1].kind == Event.REFUSED or row.kind != Command.MARK:
                continue
            if any(event.kind == Event.MARK_HELD for event in events):
                continue
            waited += 1
            instrument = world.state.instruments[row.instrument]
            tiers = world.state.tier_tables[instrument.tier_table]
            for number in world.state.isolated_holders(row.instrument):
                held = world.state.compartments[number]
                purse = held.purse - owed(instrument, held)
                assert not breached(instrument, tiers, instrument.mark, held.size, held.cost, purse)
    assert waited > 10
