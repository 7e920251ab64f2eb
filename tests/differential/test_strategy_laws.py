"""Laws of portfolio compartments over random strategies, arrays and marks, on engine and model."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

import pytest
from differential.portfolios import UNDERLYING, Portfolio, kinds
from reference.crossing import room
from reference.portfolio import charge, exercised, most_lost, required, worst_loss
from reference.rights import CALL, PUT
from reference.rows import EventRow
from reference.state import Compartment

from stoplog.codes import Command, Event, Gains
from stoplog.proof.cross_invariants import cross_health
from stoplog.proof.invariants import check

HIGHEST = 400
SCENARIOS = 5
Legs = list[tuple[int, int]]
"""(instrument, size)."""


def market(rng: Random) -> tuple[Portfolio, list[int]]:
    """A portfolio whose prices end at 400, and options of two expiries."""
    desk = Portfolio(price=rng.randint(50, 350), price_max=HIGHEST, multiplier=rng.choice((1, 3)), limit=10**4)
    desk.count = SCENARIOS
    options = []
    for _ in range(rng.randint(2, 5)):
        terms = {"right": rng.choice((CALL, PUT)), "expiry": rng.choice((1_000, 1_000, 2_000, 0))}
        options.append(desk.option(rng.randint(1, HIGHEST), mark=rng.randint(1, 100), **terms))
    return desk, options


def shaken(
    rng: Random, desk: Portfolio, *, wild: bool = True, marks: Mapping[int, int] = MappingProxyType({})
) -> list[EventRow]:
    """A revaluation by random arrays, marks and charges of all instruments."""
    most = HIGHEST * desk.multiplier
    for number in desk.pair.state.instruments:
        profits = [rng.choice((-most, most, 0, rng.randint(-most, most))) for _ in range(SCENARIOS)]
        if not wild:
            profits = [profit // 200 for profit in profits]
        charge = rng.choice((0, 1, most)) if wild else rng.choice((0, 1))
        desk.stage(number, profits, mark=marks.get(number, rng.randint(1, HIGHEST)), charge=charge)
    return desk.revalue()


def cost_of(desk: Portfolio, cross: int) -> int:
    """What the positions have cost."""
    return sum(held.cost for held in desk.pair.state.compartments.values() if held.cross == cross)


def least_left(desk: Portfolio, legs: Legs) -> int:
    """What is left of these legs at the worst of all whole settlements, tried one by one."""
    state, left = desk.pair.state, 0
    for expiry in {state.instruments[number].expiry_time for number, _ in legs}:
        group = [(state.instruments[n], size) for n, size in legs if state.instruments[n].expiry_time == expiry]
        left += min(
            sum(size * terms.multiplier * exercised(terms, price) for terms, size in group)
            for price in range(HIGHEST + 1)
        )
    return left


@pytest.mark.rule("PRT-004")
@pytest.mark.parametrize("seed", range(40))
def test_options_that_are_long_and_paid_for_are_never_liquidated(seed: int) -> None:
    """The purse is what they cost, to the unit."""
    rng = Random(seed)
    desk, options = market(rng)
    shaken(rng, desk)
    bought = [(number, rng.randint(1, 50), rng.randint(1, 200)) for number in rng.sample(options, 2)]
    desk.put(sum(size * price * desk.multiplier for _, size, price in bought))
    for number, size, price in bought:
        desk.mark(number, HIGHEST)
        desk.leg(number, size, price)
    for _ in range(25):
        events = shaken(rng, desk)
        assert events[0].second == 0
        assert len(events) == 1
        equity, needed = cross_health(desk.pair.engine.tables, desk.cross)
        assert equity >= needed
    assert sum(held.size for held in desk.pair.state.compartments.values()) == sum(size for _, size, _ in bought)
    assert not check(desk.pair.engine.tables)


@pytest.mark.rule("PRT-004")
@pytest.mark.parametrize("seed", range(40, 80))
def test_where_the_bound_binds_marks_and_arrays_do_not_matter(seed: int) -> None:
    """What is to spare is never less than purse − cost + what is left at worst, and just that where the bound binds."""
    rng = Random(seed)
    desk, options = market(rng)
    shaken(rng, desk, wild=False)
    desk.put(10**7)
    legs = [(number, rng.choice((-1, 1)) * rng.randint(1, 30)) for number in [*options, UNDERLYING]]
    for number, size in legs:
        desk.leg(number, size, rng.randint(1, 200))
    bound = 10**7 - cost_of(desk, desk.cross) + least_left(desk, legs)
    binding = 0
    for _ in range(15):
        shaken(rng, desk)
        equity, needed = cross_health(desk.pair.engine.tables, desk.cross)
        state = desk.pair.state
        held = [row for row in state.compartments.values() if row.cross == desk.cross and row.size]
        asked = worst_loss(state, UNDERLYING, held) + charge(state, held)
        most = most_lost(state, UNDERLYING, held)
        assert most is not None
        assert equity - needed >= min(bound, equity)
        if most and asked >= most:
            binding += 1
            assert equity - needed == bound
    assert binding or min(size for _, size in legs) > 0


@pytest.mark.rule("PRT-004")
def test_a_spread_that_can_lose_all_it_has_opens_and_never_falls_and_one_unit_less_does_not_open() -> None:
    """At any arrays and charges, and at all marks of which none is above the other by more than their strikes are."""
    for purse, opens in ((70, True), (69, False)):
        desk = Portfolio(price_max=HIGHEST)
        desk.count = SCENARIOS
        low, high = desk.option(100, mark=8), desk.option(110, mark=5)
        for number in (UNDERLYING, low, high):
            desk.stage(number, [0] * SCENARIOS)
        desk.revalue()
        desk.put(purse)
        rows = [desk.leg(high, 10, 5), desk.leg(low)]
        desk.stage(low, charge=HIGHEST)
        desk.revalue()
        rng = Random(7)
        if not opens:
            refused = desk.pair.refuse(Command.FILL, **desk.trade(rows[1], -10, 8))
            assert (refused.first, refused.second) == (70, 69)
            continue
        desk.fill(rows[1], -10, 8)
        for _ in range(50):
            lower = rng.randint(1, HIGHEST - 10)
            marks = {low: lower + rng.randint(0, 10), high: lower}
            assert kinds(shaken(rng, desk, marks=marks)) == [Event.REVALUED]


@pytest.mark.rule("PRT-002", "PRT-003", "PRT-004")
@pytest.mark.parametrize("seed", range(80, 100))
def test_the_order_in_which_legs_are_opened_does_not_matter(seed: int) -> None:
    rng = Random(seed)
    desk, options = market(rng)
    shaken(rng, desk, wild=False)
    other = desk.owner()
    legs = [(number, rng.choice((-1, 1)) * rng.randint(1, 30), rng.randint(1, 200)) for number in options]
    legs.append((UNDERLYING, rng.randint(-30, 30) or 1, 100))
    for cross in (desk.cross, other):
        desk.put(10**7, cross)
        for number, size, price in rng.sample(legs, len(legs)):
            desk.leg(number, size, price, cross=cross)
    for _ in range(10):
        shaken(rng, desk)
        assert cross_health(desk.pair.engine.tables, desk.cross) == cross_health(desk.pair.engine.tables, other)


def union(rng: Random, desk: Portfolio) -> tuple[list[Compartment], list[Compartment], list[Compartment]]:
    """Two strategies, and both together, as positions by instrument."""
    numbers = list(desk.pair.state.instruments)
    sizes = [{n: rng.randint(-20, 20) for n in rng.sample(numbers, rng.randint(1, len(numbers)))} for _ in range(2)]
    both = {n: sizes[0].get(n, 0) + sizes[1].get(n, 0) for n in numbers}
    made = [[Compartment(1, n, 0, 0, 0, size=size) for n, size in s.items() if size] for s in (*sizes, both)]
    return made[0], made[1], made[2]


@pytest.mark.rule("PRT-002", "PRT-003", "PRT-004")
@pytest.mark.parametrize("seed", range(100, 110))
def test_two_strategies_lose_and_can_lose_together_no_more_than_apart(seed: int) -> None:
    """Of loss and charge, and of what can be lost; the smaller of both is not bounded so."""
    rng = Random(seed)
    desk, _ = market(rng)
    state = desk.pair.state
    for _ in range(5):
        shaken(rng, desk)
        for _ in range(20):
            one, other, both = union(rng, desk)
            losses = [worst_loss(state, UNDERLYING, legs) + charge(state, legs) for legs in (one, other, both)]
            assert losses[2] <= losses[0] + losses[1]
            mosts = [most_lost(state, UNDERLYING, legs) or 0 for legs in (one, other, both)]
            assert mosts[2] <= mosts[0] + mosts[1]


@pytest.mark.rule("PRT-007")
@pytest.mark.parametrize("seed", range(110, 140))
def test_a_spread_with_its_loss_put_in_settles_leg_by_leg_in_either_order_at_any_price(seed: int) -> None:
    """Without a revaluation before, whatever the arrays are by which the legs that are left were judged."""
    rng = Random(seed)
    strike = rng.randint(1, HIGHEST - 2)
    higher, size = rng.randint(strike + 1, HIGHEST), rng.randint(1, 50)
    for turned in (False, True):
        desk = Portfolio(price_max=HIGHEST, multiplier=rng.choice((1, 3)))
        desk.count = SCENARIOS
        bought = rng.randint(1, 100)
        sold = min(HIGHEST, bought + rng.randint(0, higher - strike))
        short, long = desk.option(strike, mark=sold), desk.option(higher, mark=bought)
        for number in (UNDERLYING, short, long):
            desk.stage(number, [0] * SCENARIOS)
        desk.revalue()
        desk.put(max(1, (higher - strike - sold + bought) * size * desk.multiplier))
        desk.leg(long, size, bought)
        desk.leg(short, -size, sold)
        shaken(rng, desk, marks={short: sold, long: bought})
        price = rng.choice((1, strike, higher, HIGHEST, rng.randint(1, HIGHEST)))
        for number in (short, long) if turned else (long, short):
            assert Event.CROSS_LIQUIDATED not in kinds(desk.expire(number, price))
            equity, needed = cross_health(desk.pair.engine.tables, desk.cross)
            assert equity >= needed == 0
        assert not check(desk.pair.engine.tables)


@pytest.mark.rule("PRT-007")
@pytest.mark.parametrize("seed", range(140, 170))
def test_legs_of_one_expiry_settle_in_any_order_where_the_loss_at_worst_is_put_in(seed: int) -> None:
    """Calls, puts and a future on one underlying, of one expiry."""
    rng = Random(seed)
    desk = Portfolio(price=rng.randint(50, 350), price_max=HIGHEST, multiplier=rng.choice((1, 3)), limit=10**4)
    now = desk.pair.state.instruments[UNDERLYING].mark
    rights = [(rng.choice((CALL, PUT)), rng.randint(1, HIGHEST)) for _ in range(rng.randint(2, 5))]
    numbers = [desk.option(strike, right=right, mark=rng.randint(1, 100)) for right, strike in rights]
    numbers.append(desk.option(0, right=0, mark=now))
    shaken(rng, desk, wild=False)
    legs = [(number, rng.choice((-1, 1)) * rng.randint(1, 30)) for number in numbers]
    desk.put(10**7)
    for number, size in legs:
        desk.leg(number, size, rng.randint(1, 200))
    spare = 10**7 - cost_of(desk, desk.cross) + least_left(desk, legs)
    there = room(desk.pair.state, desk.cross)
    desk.pair.accept(Command.REMOVE_MARGIN, **desk.remove(min(spare, there.available - there.needed, 10**7)))
    price = rng.choice((1, HIGHEST, rng.randint(1, HIGHEST)))
    for number in rng.sample(numbers, len(numbers)):
        assert Event.CROSS_LIQUIDATED not in kinds(desk.expire(number, price))
        equity, needed = cross_health(desk.pair.engine.tables, desk.cross)
        assert equity >= needed == 0


def opening_at_marks(desk: Portfolio) -> tuple[int, int]:
    """(what counts to open at the marks now in force, what is needed to open), reckoned by themselves."""
    state, cross = desk.pair.state, desk.pair.state.compartments[desk.cross]
    rows = [row for row in state.compartments.values() if row.cross == desk.cross]
    available = sum(row.purse for row in rows)
    for row in rows:
        if row.size:
            terms = state.instruments[row.instrument]
            gain = terms.mark * desk.multiplier * row.size - row.cost
            backed = {Gains.FULL: gain, Gains.BACKED: max(0, terms.settlement), Gains.NONE: 0}[Gains(cross.gains)]
            available += min(gain, backed) if gain > 0 else gain
    held = [row for row in rows if row.size]
    return available, required(state, held, opening=True) + sum(row.order_margin for row in rows)


@pytest.mark.rule("PRT-008", "CRS-003")
@pytest.mark.parametrize("seed", range(170, 200))
def test_after_any_marks_nothing_opens_or_leaves_by_a_worth_that_is_gone(seed: int) -> None:
    """And no mark liquidates; what is accepted leaves at the present marks what is needed to open."""
    rng = Random(seed)
    desk, options = market(rng)
    desk.cross = desk.owner(gains=rng.choice(list(Gains)))
    desk.put(rng.randint(1, 20_000) * desk.multiplier)
    shaken(rng, desk, wild=False)
    rows = [desk.leg(number) for number in [*options, UNDERLYING]]
    refused = 0
    for _ in range(60):
        number = rng.choice(list(desk.pair.state.instruments))
        assert Event.CROSS_LIQUIDATED not in kinds(desk.mark(number, rng.randint(1, HIGHEST)))
        row = rng.choice(rows)
        before, ordered, lots = desk.row(row).size, desk.row(row).order_margin, rng.choice((-1, 1)) * rng.randint(1, 20)
        mark = desk.pair.state.instruments[desk.row(row).instrument].mark
        asks = [
            (Command.FILL, desk.trade(row, lots, rng.randint(max(1, mark - 2), min(HIGHEST, mark + 2)))),
            (Command.REMOVE_MARGIN, desk.remove(rng.randint(1, 3_000))),
            (Command.PLACE_ORDER, {"compartment": row, "size": lots, "price": mark}),
            (Command.MOVE_COMPARTMENT, {"compartment": row, "amount": rng.randint(1, 3_000)}),
        ]
        kind, fields = rng.choices(asks, (6, 3, 2, 1))[0]
        events = desk.pair.do(kind, **fields)
        if events[-1].kind == Event.REFUSED:
            refused += 1
            continue
        if kind == Command.MOVE_COMPARTMENT:
            rows.remove(row)
            rows.append(desk.leg(desk.row(row).instrument))
        after = desk.row(row).size
        opens = {
            Command.FILL: after * before < 0 or abs(after) > abs(before),
            Command.PLACE_ORDER: desk.row(row).order_margin > ordered,
        }
        if opens.get(kind, True):
            available, needed = opening_at_marks(desk)
            assert available >= needed
    assert refused
