"""Automatic top-up on the engine (and, through `Pair`, on the model): figures, caps, donors, and who is looked at."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product
from random import Random

import numpy as np
import pytest
from differential.comparing import records
from differential.pair import Pair
from differential.topping import policy_for
from differential.worlds import World
from reference.formulas import initial, opening_equity, owed, staying
from reference.rows import EventRow, Row
from reference.state import State
from reference.transferring import removable

from stoplog.codes import Command, Event, Parameter, Refusal
from stoplog.engine import Engine
from stoplog.units import RATE_ONE

ONE_PERCENT = ((0, 10**6, 10**6),)
PLENTY = 2**60
FREE_ONLY, FREE_FIRST, DONOR_FIRST = range(3)
MARGINAL, STEP, RAMP = range(3)


def of_kind(events: list[EventRow], kind: Event) -> list[EventRow]:
    return [event for event in events if event.kind == kind]


def policy(pair: Pair, held: int, **changed: int) -> list[EventRow]:
    """Trigger 2, target 4, no caps that matter, from the free balance; what is given differs."""
    asked = {"rate": 2 * RATE_ONE, "size": 4 * RATE_ONE, "amount": PLENTY, "price": PLENTY} | changed
    return pair.accept(Command.SET_TOP_UP, compartment=held, **asked)


def long_of_ten(free: int, **terms: int) -> tuple[Pair, int, int]:
    """Long 10 at cost 1,000 with 105 in the purse, maintenance 1 %, and `free` beside it."""
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT, **terms)
    held = pair.open(number, 105, deposit=105 + free)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    return pair, number, held


def donor_of(pair: Pair, number: int, margin: int) -> int:
    """Another compartment of the first account, with that margin."""
    asset = pair.state.instruments[number].asset
    if margin:
        pair.accept(Command.DEPOSIT, account=1, asset=asset, amount=margin)
    pair.accept(Command.OPEN_COMPARTMENT, account=1, instrument=number, amount=margin)
    return len(pair.state.compartments)


@pytest.mark.rule("TOP-001", "TOP-002")
def test_at_the_edge_of_the_band_nothing_happens_and_inside_it_what_is_missing_is_taken() -> None:
    pair, number, held = long_of_ten(30)
    (answer,) = policy(pair, held)
    assert (answer.first, answer.second, answer.third) == (2 * RATE_ONE, 4 * RATE_ONE, PLENTY)
    assert not of_kind(pair.accept(Command.MARK, instrument=number, price=92), Event.TOPPED_UP)
    events = pair.accept(Command.MARK, instrument=number, price=91)
    (topped,) = of_kind(events, Event.TOPPED_UP)
    assert (topped.amount, topped.first, topped.second, topped.third) == (25, 130, PLENTY - 25, 25)
    assert events.index(topped) < events.index(of_kind(events, Event.MARKED)[0])
    assert pair.state.free[1, 1] == 5


@pytest.mark.rule("TOP-002", "TOP-004", "TOP-005")
@pytest.mark.parametrize(("source", "own", "given"), [(FREE_ONLY, 12, 0), (FREE_FIRST, 12, 8), (DONOR_FIRST, 0, 20)])
def test_sources_give_in_the_order_of_the_policy(source: int, own: int, given: int) -> None:
    """25 are missing, 20 may be taken each time, 12 are free, and a donor holds 40 without a position."""
    pair, number, held = long_of_ten(12)
    donor = donor_of(pair, number, 40)
    policy(pair, held, amount=20, price=30, code=source, other=donor)
    events = pair.accept(Command.MARK, instrument=number, price=91)
    assert [(e.compartment, e.amount, e.first, e.second) for e in of_kind(events, Event.MARGIN_DONATED)] == (
        [(donor, given, 40 - given, held)] if given else []
    )
    assert [e.amount for e in of_kind(events, Event.TOPPED_UP)] == [own + given]
    assert pair.state.free[1, 1] == 12 - own


@pytest.mark.rule("TOP-005")
def test_a_cap_that_is_used_up_ends_the_top_ups() -> None:
    """30 in total and 20 each time: 20, then 10, then nothing."""
    pair, number, held = long_of_ten(100)
    policy(pair, held, amount=20, price=30)
    taken = []
    for price in (91, 89, 88):
        events = pair.accept(Command.MARK, instrument=number, price=price)
        taken.append([(e.amount, e.second) for e in of_kind(events, Event.TOPPED_UP)])
    assert taken == [[(20, 10)], [(10, 0)], []]


@pytest.mark.rule("TOP-003")
def test_who_is_breached_is_topped_up_before_it_is_checked() -> None:
    """At 90 equity is 5 against 9: with 31 free it has 36 before anybody looks; with 3 free it has 8 and falls."""
    for free, stays in ((31, True), (3, False)):
        pair, number, held = long_of_ten(free)
        policy(pair, held)
        events = pair.accept(Command.MARK, instrument=number, price=90)
        assert [e.amount for e in of_kind(events, Event.TOPPED_UP)] == [free]
        assert [e.second for e in of_kind(events, Event.MARKED)] == [0 if stays else 1]
        assert bool(of_kind(events, Event.TAKEN_OVER)) != stays


@pytest.mark.rule("TOP-003")
def test_a_cooldown_is_waited_for() -> None:
    """Topped up at 5,000 with a cooldown of 3 seconds: not again at 7,999, again at 8,000."""
    pair, number, held = long_of_ten(100)
    policy(pair, held, amount=1, account=3)
    taken = []
    for time in (5_000, 7_999, 8_000):
        events = pair.accept(Command.MARK, instrument=number, price=91, time=time)
        taken.append(len(of_kind(events, Event.TOPPED_UP)))
    assert taken == [1, 0, 1]


@pytest.mark.rule("TOP-003", "REF-001")
def test_a_policy_and_a_change_of_parameters_top_up_nobody() -> None:
    pair, number, held = long_of_ten(1000)
    pair.accept(Command.MARK, instrument=number, price=91)
    events = policy(pair, held)
    pair.accept(Command.REGISTER_TIER_TABLE)
    pair.accept(Command.ADD_TIER, other=2, rate=15 * 10**5, size=15 * 10**5)
    events += pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.TIER_TABLE, amount=2)
    assert not of_kind(events, Event.TOPPED_UP)
    assert of_kind(pair.accept(Command.MARK, instrument=number, price=91), Event.TOPPED_UP)


@pytest.mark.rule("TOP-003", "LIQ-004")
def test_an_expiry_liquidates_what_a_mark_would_have_topped_up() -> None:
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT)
    pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.EXPIRY_TIME, amount=1)
    held = pair.open(number, 105, deposit=1000)
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    policy(pair, held)
    events = pair.accept(Command.EXPIRE, instrument=number, price=90, time=1)
    assert of_kind(events, Event.TAKEN_OVER)
    assert not of_kind(events, Event.TOPPED_UP)


@pytest.mark.rule("TOP-004", "MRG-003")
def test_a_donor_keeps_its_initial_margin_at_the_mark_that_is_being_set() -> None:
    """Donor: short 10 at −1,000 with 150 and 1 %. At 91 it gained 90, is worth 240 and needs 10; its purse of 150 may
    leave. At 112 it has lost 120, is worth 30, needs 12 and gives 18."""
    for side, price, given in ((10, 91, 25), (-10, 112, 18)):
        pair = Pair()
        number = pair.register(tiers=ONE_PERCENT)
        held = pair.open(number, 105)
        pair.accept(Command.FILL, instrument=number, compartment=held, size=side, price=100)
        donor = donor_of(pair, number, 150)
        pair.accept(Command.FILL, instrument=number, compartment=donor, size=-10, price=100)
        policy(pair, held, code=DONOR_FIRST, other=donor)
        events = pair.accept(Command.MARK, instrument=number, price=price)
        assert [e.amount for e in of_kind(events, Event.MARGIN_DONATED)] == [given]


@pytest.mark.rule("TOP-004")
def test_a_donor_that_has_ended_gives_nothing() -> None:
    pair, number, held = long_of_ten(0)
    donor = donor_of(pair, number, 40)
    policy(pair, held, code=DONOR_FIRST, other=donor)
    pair.accept(Command.CLOSE_COMPARTMENT, compartment=donor)
    pair.accept(Command.WITHDRAW, account=1, asset=1, amount=40)
    events = pair.accept(Command.MARK, instrument=number, price=91)
    assert not of_kind(events, Event.MARGIN_DONATED)
    assert not of_kind(events, Event.TOPPED_UP)


@pytest.mark.rule("TOP-004", "TOP-003")
def test_a_chain_of_donors_is_handled_in_the_order_of_compartment_numbers() -> None:
    """Each takes from the next one; all are in their bands, and only the last has something to spare."""
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT)
    first = pair.open(number, 105)
    pair.accept(Command.FILL, instrument=number, compartment=first, size=10, price=100)
    chain = [first]
    for _ in range(3):
        chain.append(donor_of(pair, number, 105))
        pair.accept(Command.FILL, instrument=number, compartment=chain[-1], size=10, price=100)
    chain.append(donor_of(pair, number, 1000))
    for held, donor in pairwise(chain):
        policy(pair, held, code=DONOR_FIRST, other=donor)
    events = pair.accept(Command.MARK, instrument=number, price=91)
    assert [e.compartment for e in of_kind(events, Event.TOPPED_UP)] == sorted(chain[:4])
    assert [(e.compartment, e.second) for e in of_kind(events, Event.MARGIN_DONATED)] == [
        (chain[1], chain[0]),
        (chain[2], chain[1]),
        (chain[3], chain[2]),
        (chain[4], chain[3]),
    ]


@pytest.mark.rule("TOP-006", "REF-001")
def test_a_trigger_is_refused_where_the_requirement_would_reach_the_notional() -> None:
    pair, _, held = long_of_ten(0)
    asked = {"compartment": held, "size": 1000 * RATE_ONE, "amount": 1, "price": 1}
    refused = pair.refuse(Command.SET_TOP_UP, rate=9_999_999_901, **asked)
    assert (refused.reason, refused.first, refused.third) == (Refusal.RATE_OUT_OF_RANGE, RATE_ONE, 9_999_999_900)
    pair.accept(Command.SET_TOP_UP, rate=9_999_999_900, **asked)


@pytest.mark.rule("TOP-006")
def test_a_later_table_with_higher_rates_holds_the_trigger_down() -> None:
    """60 under 1 % is 49.9999995 under 2 %: what is worth 1,000 is in its band below 1,000, not below 1,200."""
    pair, number, held = long_of_ten(10**6)
    pair.accept(Command.ADD_MARGIN, compartment=held, amount=10**5)
    policy(pair, held, rate=60 * RATE_ONE, size=60 * RATE_ONE, amount=1)
    pair.accept(Command.REGISTER_TIER_TABLE)
    pair.accept(Command.ADD_TIER, other=2, rate=2 * 10**6, size=2 * 10**6)
    pair.accept(Command.SET_PARAMETER, instrument=number, code=Parameter.TIER_TABLE, amount=2)
    assert not of_kind(pair.accept(Command.MARK, instrument=number, price=100), Event.TOPPED_UP)
    surplus = 10**5 + 105 - 1000
    pair.accept(Command.REMOVE_MARGIN, compartment=held, amount=surplus)
    assert not of_kind(pair.accept(Command.MARK, instrument=number, price=100), Event.TOPPED_UP)
    pair.accept(Command.REMOVE_MARGIN, compartment=held, amount=1)
    assert of_kind(pair.accept(Command.MARK, instrument=number, price=100), Event.TOPPED_UP)


@pytest.mark.rule("TOP-005", "REF-001")
def test_a_donor_of_another_owner_or_asset_is_refused_with_figures() -> None:
    pair, number, held = long_of_ten(0)
    stranger = pair.open(number, 10)
    other = pair.register(tiers=ONE_PERCENT)
    pair.accept(Command.OPEN_COMPARTMENT, account=1, instrument=other)
    elsewhere = len(pair.state.compartments)
    asked = {"rate": RATE_ONE, "size": RATE_ONE, "amount": 1, "price": 1, "code": DONOR_FIRST}
    for donor, account, asset in ((stranger, 2, 1), (elsewhere, 1, 2)):
        refused = pair.refuse(Command.SET_TOP_UP, compartment=held, other=donor, **asked)
        assert refused.reason == Refusal.WRONG_OWNER
        assert (refused.compartment, refused.first, refused.second, refused.third) == (donor, 1, account, asset)
    refused = pair.refuse(Command.SET_TOP_UP, compartment=held, other=held, **asked)
    assert refused.reason == Refusal.SAME_COMPARTMENT


@pytest.mark.rule("TOP-006", "REP-001")
def test_a_policy_set_without_a_position_is_heeded_by_a_restored_engine() -> None:
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT)
    held = pair.open(number, 105, deposit=1000)
    policy(pair, held)
    pair.engine = Engine.from_bytes(pair.engine.to_bytes())
    pair.accept(Command.FILL, instrument=number, compartment=held, size=10, price=100)
    assert of_kind(pair.accept(Command.MARK, instrument=number, price=91), Event.TOPPED_UP)


POLICIES = list(product((MARGINAL, STEP, RAMP), (0, 1), (0, 1, 2)))
"""Tier rule, maintenance at mark or entry, close fee ignored, in the rate or reserved."""

LADDER = ((0, 400_000, 10**6), (10_000, 5 * 10**6, 5 * 10**6), (25_000, 10 * 10**6, 10 * 10**6))


def crowd(rng: Random, payoff: int, tier_rule: int, at: int, fee: int) -> Pair:
    """Twenty compartments of one instrument on both sides, each with a policy, money beside it and some with donors."""
    pair = Pair()
    multiplier = 10**6 if payoff == 1 else 13
    slopes = (0, 10**8, 10**8) if tier_rule == RAMP else (0, 0, 0)
    pair.accept(Command.REGISTER_ASSET, code=2)
    pair.accept(Command.REGISTER_TIER_TABLE, code=tier_rule)
    for (floor, rate, first), slope in zip(LADDER, slopes, strict=True):
        pair.accept(Command.ADD_TIER, other=1, amount=floor, rate=rate, size=first, price=slope)
    terms = {"code": payoff, "amount": multiplier, "price": 10**5, "rate": 1, "size": 10**4}
    pair.accept(Command.REGISTER_INSTRUMENT, asset=1, other=1, **terms)
    setting = {"instrument": 1, "kind": Command.SET_PARAMETER}
    for code, value in ((Parameter.MAINTENANCE_AT, at), (Parameter.CLOSE_FEE, fee), (Parameter.CLOSE_FEE_RATE, 10**5)):
        pair.accept(code=code, amount=value, **setting)
    pair.accept(Command.MARK, instrument=1, price=1000)
    for _ in range(20):
        held = pair.open(1, 0, deposit=10**7)
        account = pair.state.accounts
        pair.accept(Command.ADD_MARGIN, compartment=held, amount=10**6)
        pair.accept(
            Command.FILL, instrument=1, compartment=held, size=rng.choice((-1, 1)) * rng.randint(1, 30), price=1000
        )
        most = removable_from(pair.state, held)
        pair.accept(Command.REMOVE_MARGIN, compartment=held, amount=max(1, most - rng.choice((0, 1, most // 200))))
        pair.accept(
            Command.WITHDRAW, account=account, asset=1, amount=pair.state.free[account, 1] - rng.randint(0, 9_000)
        )
        row = policy_for(rng, pair.state, held)._replace(time=0)
        pair.do(row.kind, **{name: value for name, value in row._asdict().items() if name not in {"kind", "time"}})
    return pair


def removable_from(state: State, number: int) -> int:
    """What REMOVE_MARGIN would let leave, by the model's own predicate."""
    held = state.compartments[number]
    instrument = state.instruments[held.instrument]
    purse = held.purse - owed(instrument, held)
    return removable(instrument, state.tier_tables[instrument.tier_table], held, purse)


@pytest.mark.rule("TOP-001", "TOP-003", "TOP-006", "SCR-001", "SCR-002")
@pytest.mark.parametrize(("tier_rule", "at", "fee"), POLICIES)
def test_whoever_enters_its_band_is_topped_up_under_every_policy(tier_rule: int, at: int, fee: int) -> None:
    """The model looks at everybody at every mark and funding; the engine at those that it wakes."""
    seen: Counter[int] = Counter()
    for payoff in (0, 1):
        rng = Random(f"{tier_rule} {at} {fee} {payoff}")
        pair = crowd(rng, payoff, tier_rule, at, fee)
        for step in range(60):
            if step % 3 == 0:
                rate = rng.choice((-1, 1)) * rng.choice((1, 3_000, 100_000))
                events = pair.accept(Command.FUNDING, instrument=1, rate=rate)
            else:
                mark = pair.state.instruments[1].mark
                price = max(1, mark + rng.randint(-mark // 250 - 1, mark // 250 + 1))
                events = pair.accept(Command.MARK, instrument=1, price=price)
            seen.update(event.kind for event in events)
    assert seen[Event.TOPPED_UP] > 10


@pytest.mark.rule("TOP-002", "TOP-003", "TOP-004", "TOP-005", "ISO-001")
@pytest.mark.parametrize("block", range(4))
def test_caps_cooldowns_donors_and_owners_are_kept_in_random_worlds(block: int) -> None:
    """What each policy takes since it was set; what a donor is left with; whose free balance moves."""
    topped = donated = 0
    for seed in range(7 * 10**6 + block * 300, 7 * 10**6 + block * 300 + 300):
        world, engine = World(seed), Engine()
        ledgers: dict[int, tuple[int, int, int]] = {}
        for _ in range(120):
            free = engine.tables.rows("free").copy()
            policies = engine.tables.rows("top_ups")[engine.tables.rows("positions")["top_up"]]
            accepted = world.state.time
            row, _ = world.step()
            events = engine.apply(records([row]))
            enforced = np.flatnonzero(events["kind"] == Event.CHANGE_ENFORCED).max(initial=-1)
            for event in events[events["kind"] == Event.TOP_UP_SET]:
                ledgers.pop(int(event["compartment"]), None)
            for place in np.flatnonzero(events["kind"] == Event.TOPPED_UP):
                event, time = events[place], accepted if place < enforced else row.time
                number, amount = int(event["compartment"]), int(event["amount"])
                asked = policies[number]
                cap, taken, last = ledgers.get(number, (int(asked["left"]), 0, -(2**62)))
                assert 0 < amount <= min(asked["once"], event["third"])
                assert taken + amount <= cap
                assert time - last >= 1000 * int(asked["cooldown"])
                ledgers[number] = cap, taken + amount, time
                topped += 1
            for event in events[events["kind"] == Event.MARGIN_DONATED]:
                check_donor(world.state, int(event["compartment"]), int(event["second"]), events)
                donated += 1
            if row.kind == Command.MARK:
                check_free(free, engine.tables.rows("free"), events)
            check_not_taken(world, events)
    assert topped > 20
    assert donated > 0


def check_donor(state: State, donor: int, receiver: int, events: np.ndarray) -> None:
    """It is the receiver's owner's, and holds what must stay, unless the same mark went on to liquidate it."""
    giver, taker = state.compartments[donor], state.compartments[receiver]
    assert giver.account == taker.account
    assert state.instruments[giver.instrument].asset == state.instruments[taker.instrument].asset
    if giver.size == 0 or (events["compartment"][events["kind"] == Event.TAKEN_OVER] == donor).any():
        assert giver.size != 0 or giver.purse >= 0
        return
    instrument = state.instruments[giver.instrument]
    tiers = state.tier_tables[instrument.tier_table]
    purse = giver.purse - owed(instrument, giver)
    assert opening_equity(instrument, instrument.mark, giver.size, giver.cost, purse) >= staying(
        instrument, tiers, giver
    )
    assert staying(instrument, tiers, giver) >= initial(
        instrument, tiers, instrument.mark, giver.size, giver.cost, giver.own_rate
    )


def check_free(before: np.ndarray, after: np.ndarray, events: np.ndarray) -> None:
    """A mark moves free balances by what is donated and topped up, and by nothing else."""
    expected = before.copy()
    for kind, sign in ((Event.TOPPED_UP, -1), (Event.MARGIN_DONATED, 1)):
        for event in events[events["kind"] == kind]:
            expected[event["account"], event["asset"]] += sign * event["amount"]
    assert (expected == after).all()


def check_not_taken(world: World, events: np.ndarray) -> None:
    """Nobody is topped up to its target and liquidated by the same command, a rate that is held aside."""
    for event in events[(events["kind"] == Event.TOPPED_UP) & (events["amount"] == events["third"])]:
        table = world.state.instruments[int(event["instrument"])].tier_table
        if world.state.tier_tables[table].rule != RAMP:
            assert event["compartment"] not in events["compartment"][events["kind"] == Event.TAKEN_OVER]


@pytest.mark.rule("TOP-003", "REP-001")
def test_room_for_the_events_of_many_top_ups_is_made_without_a_trace() -> None:
    """Three hundred are topped up by one mark, from donors too, and half of them fall all the same."""
    pair = Pair()
    number = pair.register(tiers=ONE_PERCENT)
    start = pair.engine.to_bytes()
    commands = []
    for k in range(1, 301):
        commands += [
            Row(kind=Command.REGISTER_ACCOUNT),
            Row(kind=Command.DEPOSIT, account=k, asset=1, amount=10**6),
            Row(kind=Command.OPEN_COMPARTMENT, account=k, instrument=number, amount=105),
            Row(kind=Command.OPEN_COMPARTMENT, account=k, instrument=number, amount=10 + k % 2 * 10),
            Row(kind=Command.FILL, instrument=number, compartment=2 * k - 1, size=10, price=100),
            Row(
                kind=Command.SET_TOP_UP,
                compartment=2 * k - 1,
                rate=2 * RATE_ONE,
                size=4 * RATE_ONE,
                amount=10 + k % 2 * 20,
                price=PLENTY,
                code=DONOR_FIRST,
                other=2 * k,
            ),
        ]
    commands += [
        Row(kind=Command.FUNDING, instrument=number, rate=-1000),
        Row(kind=Command.MARK, instrument=number, price=89),
    ]
    rows = records(commands)
    whole, single = Engine.from_bytes(start), Engine.from_bytes(start)
    events = whole.apply(rows)
    assert events.tobytes() == np.concatenate([single.apply(rows[k : k + 1]) for k in range(len(rows))]).tobytes()
    assert whole.digest() == single.digest()
    assert (events["kind"] == Event.TOPPED_UP).sum() == 300
    assert (events["kind"] == Event.TAKEN_OVER).sum() == 150
