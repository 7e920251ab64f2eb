"""The figures of scheduled changes, and what they do to whom as laws over random worlds."""

from __future__ import annotations

import numpy as np
import pytest
from differential.comparing import records
from differential.pair import Pair
from differential.worlds import World
from numpy.typing import NDArray
from reference.coming import Rules, breached_under, coming_rules, fallen_under, in_grace, rules_in_force, under
from reference.crossing import is_breached, positions_of
from reference.guarding import LIQUIDATE, forbidden
from reference.rows import EventRow, Row
from reference.state import Compartment, State

from stoplog.codes import ChangeState, Command, CompartmentState, Event, Kind, Parameter, Refusal
from stoplog.engine import Engine
from stoplog.proof.invariants import check
from stoplog.units import GRACE_MAX, SEQUENCE_MAX

ONE_PERCENT = ((0, 10**6, 10**6),)
STEPS = 160
"""How many commands a random world gets here."""

NOTHING = 999
"""A kind that no command has: it is refused, and only what is due before it happens."""


class Venue(Pair):
    """A pair with one instrument under 1 %, a compartment with 105, and a second table to change to."""

    def __init__(self, rate: int = 2 * 10**6, **terms: int) -> None:
        super().__init__()
        self.number = self.register(tiers=ONE_PERCENT, **terms)
        self.accept(Command.REGISTER_TIER_TABLE)
        self.accept(Command.ADD_TIER, other=2, rate=rate, size=rate)
        self.held = self.open(self.number, 105, deposit=300)

    def buy(self, lots: int, price: int) -> dict[str, int]:
        """The fields of a fill."""
        return {"instrument": self.number, "compartment": self.held, "size": lots, "price": price}

    def schedule(self, parameter: Parameter, value: int, *, ahead: int = 1, grace: int = 500) -> EventRow:
        """Announce a change that is effective `ahead` commands after this one."""
        size = self.state.sequence + 1 + ahead
        fields = {"instrument": self.number, "code": parameter, "amount": value, "size": size, "rate": grace}
        return self.accept(Command.SCHEDULE_PARAMETER, **fields)[0]

    def tick(self, time: int = 0) -> list[int]:
        """The kinds of events of a deposit at this time."""
        return [event.kind for event in self.accept(Command.DEPOSIT, account=1, asset=1, amount=1, time=time)]

    def strict(self) -> int:
        """Change to the second table, effective now; the time at which the grace ends."""
        self.schedule(Parameter.TIER_TABLE, 2)
        effective = self.accept(Command.DEPOSIT, account=1, asset=1, amount=1)[0]
        assert effective.kind == Event.CHANGE_EFFECTIVE
        return effective.second or 0


@pytest.mark.rule("CHG-001")
def test_a_parameter_is_set_before_the_command_of_its_number() -> None:
    """Announced by one command for the second after it."""
    venue = Venue()
    announced = venue.schedule(Parameter.SLIPPAGE_RATE, 10**6, ahead=2, grace=0)
    assert (announced.kind, announced.first, announced.third) == (Event.CHANGE_ANNOUNCED, 1, 0)
    assert venue.tick() == [Event.DEPOSITED]
    assert venue.state.instruments[1].slippage_rate == 0
    assert venue.state.sequence + 1 == announced.second
    assert venue.tick() == [Event.CHANGE_EFFECTIVE, Event.PARAMETER_SET, Event.DEPOSITED]
    assert venue.state.instruments[1].slippage_rate == 10**6


@pytest.mark.rule("CHG-001")
def test_changes_due_at_once_come_in_the_order_of_their_numbers_before_a_refused_command_too() -> None:
    venue = Venue()
    venue.schedule(Parameter.SLIPPAGE_RATE, 10**6, ahead=3)
    venue.schedule(Parameter.SLIPPAGE_RATE, 2 * 10**6, ahead=2)
    venue.schedule(Parameter.SLIPPAGE_RATE, 3 * 10**6, ahead=1)
    events = venue.do(Command.WITHDRAW, account=1, asset=1, amount=10**9)
    kinds = [Event.CHANGE_EFFECTIVE, Event.PARAMETER_SET] * 3 + [Event.REFUSED]
    assert [event.kind for event in events] == kinds
    assert [event.first for event in events[0:6:2]] == [1, 2, 3]
    assert {event.sequence for event in events} == {venue.state.sequence}
    assert venue.state.instruments[1].slippage_rate == 3 * 10**6


@pytest.mark.rule("CHG-002", "CHG-003")
def test_nobody_is_liquidated_before_the_grace_is_over_and_then_whoever_is_breached() -> None:
    """Equity 15 at 91 against 9.1 now and 18.2 to come; effective at 1,000 with a grace of 500."""
    venue = Venue()
    venue.accept(Command.FILL, **venue.buy(10, 100))
    venue.accept(Command.MARK, instrument=1, price=91, time=1000)
    venue.schedule(Parameter.TIER_TABLE, 2)
    events = venue.accept(Command.MARK, instrument=1, price=91, time=1499)
    assert (events[0].kind, events[0].second, events[0].third) == (Event.CHANGE_EFFECTIVE, 1500, 1)
    assert venue.tick(1499) == [Event.DEPOSITED]
    assert venue.tick(1500) == [Event.DEPOSITED]
    kinds = venue.tick(1500)
    assert kinds[:3] == [Event.CHANGE_ENFORCED, Event.PARAMETER_SET, Event.TAKEN_OVER]
    assert kinds[-1] == Event.DEPOSITED


@pytest.mark.rule("CHG-003")
def test_whoever_put_in_what_was_missing_is_left_alone() -> None:
    """4 more make 19 of 15, against 18.2."""
    venue = Venue()
    venue.accept(Command.FILL, **venue.buy(10, 100))
    venue.accept(Command.MARK, instrument=1, price=91)
    end = venue.strict()
    venue.accept(Command.ADD_MARGIN, compartment=venue.held, amount=4)
    venue.tick(end)
    assert venue.tick(end) == [Event.CHANGE_ENFORCED, Event.PARAMETER_SET, Event.DEPOSITED]
    assert venue.accept(Command.MARK, instrument=1, price=90)[0].second == 1


@pytest.mark.rule("CHG-004")
def test_who_enlarges_or_takes_out_must_satisfy_the_coming_rules_too() -> None:
    """10 % to come: 10 lots at 100 need 100 of 105, 11 need 110; with 10 lots 5 may leave."""
    venue = Venue(rate=10**7)
    end = venue.strict()
    refused = venue.refuse(Command.FILL, **venue.buy(11, 100))
    assert (refused.reason, refused.compartment) == (Refusal.INSUFFICIENT_MARGIN, venue.held)
    assert (refused.first, refused.second, refused.third) == (110, 105, end)
    venue.accept(Command.FILL, **venue.buy(10, 100))
    refused = venue.refuse(Command.REMOVE_MARGIN, compartment=venue.held, amount=6)
    assert (refused.reason, refused.first, refused.second, refused.third) == (
        Refusal.INSUFFICIENT_MARGIN,
        106,
        105,
        5,
    )
    refused = venue.refuse(Command.PLACE_ORDER, compartment=venue.held, size=1, price=100)
    assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_MARGIN, 110, 105)
    assert refused.third == 5
    venue.accept(Command.REMOVE_MARGIN, compartment=venue.held, amount=5)
    refused = venue.refuse(Command.FILL, **venue.buy(-21, 100))
    assert (refused.reason, refused.first) == (Refusal.INSUFFICIENT_MARGIN, 110)
    venue.accept(Command.FILL, **venue.buy(-20, 100))


@pytest.mark.rule("CHG-004")
def test_less_leverage_must_be_covered_under_the_coming_rules_too() -> None:
    """A reserve to come takes 10 of 105: a rate of 10 % needs 100 and has 95."""
    venue = Venue()
    venue.accept(Command.SET_PARAMETER, instrument=1, code=Parameter.CLOSE_FEE_RATE, amount=10**6)
    venue.accept(Command.FILL, **venue.buy(10, 100))
    venue.schedule(Parameter.CLOSE_FEE, 2)
    refused = venue.refuse(Command.SET_LEVERAGE, compartment=venue.held, rate=10**7)
    assert (refused.reason, refused.first, refused.second) == (Refusal.INSUFFICIENT_MARGIN, 100, 95)
    venue.accept(Command.SET_LEVERAGE, compartment=venue.held, rate=9 * 10**6)


@pytest.mark.rule("CHG-005")
def test_who_would_be_breached_may_only_reduce() -> None:
    """Long 10 at 91: 18.2, shown as 19, to come, and 15 there."""
    venue = Venue()
    venue.accept(Command.FILL, **venue.buy(10, 100))
    venue.accept(Command.MARK, instrument=1, price=91)
    end = venue.strict()
    refused = venue.refuse(Command.FILL, **venue.buy(1, 91))
    assert (refused.reason, refused.compartment) == (Refusal.REDUCE_ONLY, venue.held)
    assert (refused.first, refused.second, refused.third) == (19, 15, end)
    assert venue.refuse(Command.FILL, **venue.buy(-11, 91)).reason == Refusal.REDUCE_ONLY
    assert venue.refuse(Command.PLACE_ORDER, compartment=venue.held, size=1, price=90).third == end
    venue.accept(Command.FILL, **venue.buy(-1, 91))
    venue.accept(Command.ADD_MARGIN, compartment=venue.held, amount=10)
    venue.accept(Command.FILL, **venue.buy(1, 91))


@pytest.mark.rule("CHG-003", "ORM-009")
def test_order_margins_follow_the_table_when_it_is_enforced() -> None:
    """Buying 1 at 100: 1 under 1 %, 2 under 2 %."""
    venue = Venue()
    venue.accept(Command.PLACE_ORDER, compartment=venue.held, size=1, price=100)
    end = venue.strict()
    venue.tick(end)
    events = venue.accept(Command.DEPOSIT, account=1, asset=1, amount=1)
    changed = events[2]
    assert (changed.kind, changed.first, changed.second) == (Event.ORDER_MARGIN_CHANGED, 1, 2)


@pytest.mark.rule("CHG-006")
def test_one_change_of_thresholds_pends_and_can_be_revoked_until_it_is_effective() -> None:
    venue = Venue()
    first = venue.schedule(Parameter.TIER_TABLE, 2, ahead=9)
    fields = {"instrument": 1, "code": Parameter.CLOSE_FEE, "amount": 1, "size": 99, "rate": 1}
    for refused in (
        venue.refuse(Command.SCHEDULE_PARAMETER, **fields),
        venue.refuse(Command.SET_PARAMETER, instrument=1, code=Parameter.MAINTENANCE_AT, amount=1),
    ):
        assert (refused.reason, refused.first, refused.second, refused.third) == (
            Refusal.CHANGE_PENDING,
            0,
            1,
            first.second,
        )
    revoked = venue.accept(Command.REVOKE_CHANGE, other=1)[0]
    assert (revoked.kind, revoked.first, revoked.second) == (Event.CHANGE_REVOKED, 1, 0)
    refused = venue.refuse(Command.REVOKE_CHANGE, other=1)
    assert (refused.reason, refused.first, refused.second) == (Refusal.CHANGE_DONE, 1, ChangeState.REVOKED)
    refused = venue.refuse(Command.REVOKE_CHANGE, other=2)
    assert (refused.reason, refused.first, refused.second) == (Refusal.UNKNOWN_CHANGE, 2, 1)
    venue.strict()
    refused = venue.refuse(Command.REVOKE_CHANGE, other=2)
    assert (refused.reason, refused.second) == (Refusal.CHANGE_DONE, ChangeState.EFFECTIVE)


@pytest.mark.rule("CHG-006")
def test_what_can_no_longer_be_set_is_dropped_and_says_why() -> None:
    """A date for an instrument that is in use by then, and changes of one that has expired."""
    venue = Venue()
    venue.schedule(Parameter.EXPIRY_TIME, 10)
    events = venue.accept(Command.FILL, **venue.buy(10, 100))
    assert events[0].kind == Event.CHANGE_EFFECTIVE
    venue.schedule(Parameter.FUNDING_FROM, 1)
    dropped = venue.accept(Command.DEPOSIT, account=1, asset=1, amount=1)[0]
    assert (dropped.kind, dropped.second) == (Event.CHANGE_REVOKED, Refusal.INSTRUMENT_IN_USE)
    end = venue.strict()
    venue.schedule(Parameter.REMOVAL_FLOOR_RATE, 1, ahead=2)
    venue.accept(Command.EXPIRE, instrument=1, price=100, time=end)
    events = venue.do(Command.MARK, instrument=1, price=100)
    assert [(event.kind, event.first, event.second) for event in events[:2]] == [
        (Event.CHANGE_REVOKED, 3, Refusal.INSTRUMENT_EXPIRED),
        (Event.CHANGE_REVOKED, 4, Refusal.INSTRUMENT_EXPIRED),
    ]


@pytest.mark.rule("CHG-001", "CHG-002", "REF-001")
def test_sequence_numbers_behind_and_graces_of_nothing_are_refused_with_the_range() -> None:
    venue = Venue()
    fields = {"instrument": 1, "code": Parameter.TIER_TABLE, "amount": 2}
    for size in (venue.state.sequence + 1, 0, -5, SEQUENCE_MAX + 1):
        refused = venue.refuse(Command.SCHEDULE_PARAMETER, size=size, rate=1, **fields)
        assert (refused.reason, refused.first, refused.second, refused.third) == (
            Refusal.SEQUENCE_OUT_OF_RANGE,
            venue.state.sequence + 1,
            size,
            SEQUENCE_MAX,
        )
    for grace in (0, -1, GRACE_MAX + 1):
        refused = venue.refuse(Command.SCHEDULE_PARAMETER, size=SEQUENCE_MAX, rate=grace, **fields)
        assert (refused.reason, refused.second, refused.third) == (Refusal.AMOUNT_OUT_OF_RANGE, grace, GRACE_MAX)
    venue.accept(Command.SCHEDULE_PARAMETER, size=SEQUENCE_MAX, rate=GRACE_MAX, **fields)


@pytest.mark.rule("CHG-001")
def test_a_table_that_a_change_names_takes_no_more_tiers() -> None:
    venue = Venue()
    venue.schedule(Parameter.TIER_TABLE, 2, ahead=5)
    refused = venue.refuse(Command.ADD_TIER, other=2, amount=10**6, rate=10**7, size=10**7)
    assert refused.reason == Refusal.TIER_TABLE_IN_USE


class Changing(World):
    """A world in which much is changed, and much is traded while a grace runs."""

    def topping_up(self) -> Row:
        """No policy that would top up when a change is enforced."""
        return self.marking()

    def anything(self) -> Row:
        """A command of a random kind."""
        graced = [number for number in self.state.instruments if in_grace(self.state, number)]
        draw = self.rng.random()
        if graced and draw < 0.3:
            return self.filling_in(graced)
        if graced and draw < 0.6:
            return self.meeting_a_grace(self.rng.choice(graced))
        if draw < 0.6 and not any(held.size for held in self.state.compartments.values()):
            return self.filling()
        return self.scheduling() if self.rng.random() < 0.15 else super().anything()

    def filling_in(self, graced: list[int]) -> Row:
        """A fill of a compartment whose instrument is in a grace."""
        held = {n: c for n, c in self.traded().items() if c.instrument in graced and c.state == CompartmentState.OPEN}
        if not held:
            return self.filling()
        number = self.rng.choice(list(held))
        return self.fill_of(number, held[number], self.lots(held[number]))


def changing(seed: int) -> Changing:
    """Such a world; every second one has isolated compartments alone."""
    return Changing(seed, "isolated" if seed % 2 else "")


def rows_of(engine: Engine) -> list[bytes]:
    """The bytes of every compartment with its position, but for its order margin, which follows the table."""
    tables = engine.tables
    compartments = tables.rows("compartments").copy()
    compartments["order_margin"] = 0
    pairs = zip(compartments, tables.rows("positions"), strict=True)
    return [compartment.tobytes() + position.tobytes() for compartment, position in pairs]


def to_be_liquidated(world: Changing) -> tuple[set[int], set[int]]:
    """Isolated and cross compartments that changes are to breach whose grace is over, on marks that may liquidate."""
    state, found, crosses = world.state, set[int](), set[int]()
    for number, instrument in state.instruments.items():
        if in_grace(state, number):
            rules = coming_rules(state, number)
            fallen = fallen_under(state, number, rules) if state.time >= rules.limit else ([], [])
            found |= set() if forbidden(instrument, LIQUIDATE, state.time) else set(fallen[0])
            crosses |= {cross for cross in fallen[1] if not put_off(state, cross)}
    return found, crosses


def put_off(state: State, cross: int) -> bool:
    """Whether a mark of an instrument in which it has a position with a size may not liquidate it."""
    sized = [state.instruments[held.instrument] for held in positions_of(state, cross).values() if held.size]
    return any(forbidden(instrument, LIQUIDATE, state.time) for instrument in sized)


def breached_by(state: State, rules: Rules, held: Compartment) -> bool:
    """Whether these rules of its instrument breach a compartment, or the cross compartment that it is in."""
    if held.kind == Kind.POSITION:
        return is_breached(under(state, held.instrument, rules), held.cross)
    return breached_under(rules, held)


def graces_kept(world: Changing, ends: dict[int, int], events: NDArray[np.void], time: int) -> int:
    """Keep in `ends` when graces end, and assert that none ended too early; how many changes were enforced.

    `time` is that of the last command that was accepted before.
    """
    enforced = 0
    for kind, number, second in events[["kind", "first", "second"]].tolist():
        if kind == Event.CHANGE_EFFECTIVE:
            ends[number] = second
            assert second in (0, time + world.state.changes[number].grace)
        if kind == Event.CHANGE_ENFORCED:
            enforced += 1
            assert 0 < ends[number] <= time
    return enforced


@pytest.mark.rule("CHG-002", "CHG-003", "CHG-006", "CHG-007", "ISO-001")
@pytest.mark.parametrize("block", range(4))
def test_changes_touch_nobody_but_those_whom_they_breach_when_the_grace_is_over(block: int) -> None:
    """After every command one that is refused, so that what is due happens alone; free balances stay as they are."""
    fallen = enforced = 0
    for seed in range(7 * 10**6 + block * 40, 7 * 10**6 + block * 40 + 40):
        world, engine = changing(seed), Engine()
        ends: dict[int, int] = {}
        for _ in range(STEPS):
            time = world.state.time
            enforced += graces_kept(world, ends, engine.apply(records([world.step()[0]])), time)
            before, free = rows_of(engine), engine.tables.rows("free").tobytes()
            (expected, crosses), time = to_be_liquidated(world), world.state.time
            cross_of = {n: held.cross for n, held in world.state.compartments.items()}
            row = Row(kind=NOTHING, time=time)
            world.model.apply(row)
            events = engine.apply(records([row]))
            after = rows_of(engine)
            changed = {n for n in range(len(before)) if before[n] != after[n]}
            liquidated = set(events["compartment"][events["kind"] == Event.CROSS_LIQUIDATED].tolist())
            assert crosses <= liquidated
            assert {n for n in changed if not cross_of.get(n)} == expected
            assert {cross_of[n] for n in changed - expected} <= liquidated
            assert engine.tables.rows("free").tobytes() == free
            assert check(engine.tables) == []
            enforced += graces_kept(world, ends, events, time)
            fallen += len(expected)
    assert enforced > 5
    assert fallen > 0


@pytest.mark.rule("CHG-002", "CHG-004")
@pytest.mark.parametrize("block", range(2))
def test_whoever_enters_in_a_grace_is_not_breached_when_it_ends_at_the_same_mark(block: int) -> None:
    """A position that an accepted fill enlarged or turned is healthy under the coming rules at the mark."""
    judged = 0
    for seed in range(8 * 10**6 + block * 60, 8 * 10**6 + block * 60 + 60):
        world = changing(seed)
        for _ in range(STEPS):
            sizes = {n: held.size for n, held in world.state.compartments.items()}
            row, events = world.step()
            if row.kind != Command.FILL or events[-1].kind == Event.REFUSED:
                continue
            if not in_grace(world.state, row.instrument):
                continue
            for number in (row.compartment, row.other):
                held = world.state.compartments.get(number)
                if held and held.size and (abs(held.size) > abs(sizes[number]) or held.size * sizes[number] < 0):
                    judged += 1
                    assert not breached_by(world.state, coming_rules(world.state, row.instrument), held)
                    assert not breached_by(world.state, rules_in_force(world.state, row.instrument), held)
    assert judged > 10
