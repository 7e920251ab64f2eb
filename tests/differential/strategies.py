"""Random commands about compartments by scenarios, their options and risk arrays, aimed at the model's boundaries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from differential.crosses import account_of, last_that_holds, open_crosses, spare
from differential.doubting import confirming
from reference.arrays import largest_lot, take_axis
from reference.crossing import by_scenarios, is_breached, positions_of
from reference.moved_prices import moves
from reference.portfolio import LINEAR, exercised, is_whole, kept, settled_at
from reference.rights import CALL, PUT
from reference.rows import Row
from reference.state import Compartment, Instrument, Risk, State

from stoplog.codes import Command, InstrumentState, Parameter
from stoplog.units import RATE_ONE

if TYPE_CHECKING:
    from differential.worlds import World

FACTORS = (RATE_ONE, RATE_ONE, RATE_ONE, 12 * 10**7, 150_000_001, 10 * RATE_ONE)
ARRAY_COMMANDS = (
    Command.SET_UNDERLYING,
    Command.STAGE_ARRAY,
    Command.STAGE_MARK,
    Command.STAGE_AXIS,
    Command.REVALUE,
)
"""Commands of which it takes many until a strategy can be held; few of them come with a field out of place."""
AXES = 0.8
"""How often an axis is staged with new arrays."""
COUNTS = (1, 2, 4, 4, 5, 8, 8, 16, 40)


def first_options(rng: Random, base: Row, number: int, first: int) -> list[Row]:
    """Instruments from number `first` on that follow instrument `number`, registered as `base` was."""
    middle = max(base.rate, min(base.price, int((base.rate * base.price) ** 0.5 * rng.uniform(1, 2))))
    date = rng.randint(2_000, 30_000)
    rows = []
    for follower in range(first, first + rng.choice((1, 2, 2, 3, 4))):
        registered = base._replace(code=LINEAR, rate=rng.choice((1, base.rate)), other=1)
        rows.append(registered)
        premium = max(registered.rate, middle // rng.choice((2, 5, 10, 20)))
        rows.append(Row(kind=Command.MARK, instrument=follower, price=premium))
        rows.append(terms_of(rng, follower, number, base.price, middle))
        if rng.random() < 0.85:
            setting = Row(kind=Command.SET_PARAMETER, instrument=follower, code=Parameter.EXPIRY_TIME)
            rows.append(setting._replace(amount=rng.choice((date, date, date + 5_000))))
    return rows


def terms_of(rng: Random, number: int, other: int, price_max: int, middle: int) -> Row:
    """SET_UNDERLYING, mostly of an option with a strike about the price."""
    row = Row(kind=Command.SET_UNDERLYING, instrument=number, other=other)
    right = rng.choice((CALL, CALL, CALL, PUT, PUT, PUT, 0))
    if right == 0:
        return row
    strike = max(1, min(price_max, middle * rng.choice((8, 9, 10, 10, 11, 12)) // 10 + rng.choice((-1, 0, 0, 1))))
    coin_units = rng.choice((0, 0, 0, 0, 1, 1000, price_max))
    return row._replace(code=right, price=strike, amount=coin_units)


def options(state: State) -> list[int]:
    """The live options."""
    return [n for n, i in state.instruments.items() if i.right and i.state == InstrumentState.LIVE]


def underlyings(state: State) -> list[int]:
    """The underlyings that something follows or that have been revalued."""
    followed = {i.underlying for n, i in state.instruments.items() if i.underlying != n}
    return sorted(followed | {n for n, risk in state.risk.items() if risk.scenarios})


def strategies(state: State) -> list[int]:
    """The open cross compartments by scenarios in which there is a position with a size."""
    found = [cross for cross in open_crosses(state) if by_scenarios(state, cross)]
    return [cross for cross in found if any(held.size for held in positions_of(state, cross).values())]


def revaluing(world: World) -> Row:
    """A revaluation: mostly aimed at where somebody is breached, or with new arrays, or of what there is."""
    rng, state = world.rng, world.state
    found = underlyings(state)
    if not found:
        return setting_terms(world)
    held = strategies(state)
    draw = rng.random()
    if held and draw < 0.55:
        return aimed(world, rng.choice(held))
    underlying = rng.choice(found) if rng.random() < 0.95 else rng.choice(list(state.instruments))
    if draw < 0.9:
        world.planned += staged(rng, state, underlying)
    world.planned.append(taken(rng, state, underlying))
    return world.planned.popleft()


def taken(rng: Random, state: State, underlying: int) -> Row:
    """REVALUE, mostly as it was before."""
    risk = state.risk[underlying]
    count = risk.scenarios if risk.scenarios and rng.random() < 0.8 else rng.choice(COUNTS)
    factor = risk.initial_factor if risk.initial_factor and rng.random() < 0.8 else rng.choice(FACTORS)
    if rng.random() < 0.04:
        return Row(kind=Command.REVALUE, instrument=underlying, code=rng.choice((0, 41, count)), rate=RATE_ONE - 1)
    if rng.random() < 0.01:
        factor = 10 * RATE_ONE + 1
    return Row(kind=Command.REVALUE, instrument=underlying, code=count, rate=factor)


def staged(rng: Random, state: State, underlying: int) -> list[Row]:
    """New marks and arrays for what follows an underlying, mostly all of them."""
    step = rng.choice((1, 3, 10))
    shifts = [step * rng.choice((-5, -2, -1, 0, 1, 2, 5)) for _ in range(40)]
    shifts[:2] = rng.sample((step * rng.choice((-5, -2, -1)), step * rng.choice((1, 2, 5))), 2)
    followers = [n for n, i in state.instruments.items() if i.underlying == underlying]
    rows = []
    for number in followers:
        if state.instruments[number].state == InstrumentState.LIVE and rng.random() < 0.96:
            rows += staged_of(rng, state, number, underlying, shifts)
    followed = state.instruments[underlying]
    inside = not expired(followed) and 2 < followed.mark < followed.price_max - 2
    return rows + staged_axis(rng, state, underlying, shifts) if rng.random() < (AXES if inside else 0.1) else rows


def staged_of(rng: Random, state: State, number: int, underlying: int, shifts: list[int]) -> list[Row]:
    """A mark, a charge and enough profits of one instrument where its underlying moves by so many hundredths."""
    instrument, most = state.instruments[number], largest_lot(state.instruments[number])
    mark = max(instrument.price_min, min(instrument.price_max, instrument.mark + rng.choice((-1, 0, 0, 0, 1))))
    charge = rng.choice((0, 0, 1, most // 100, most // 20))
    rows = [Row(kind=Command.STAGE_MARK, instrument=number, price=mark, amount=charge)]
    parts = (max(1, state.risk[underlying].scenarios) + 3) // 4 if rng.random() < 0.6 else 10
    for first in range(0, 4 * parts, 4):
        profits = [profit(rng, state, number, underlying, move) for move in shifts[first : first + 4]]
        row = array_row(number, first, [max(-most, min(most, value)) for value in profits])
        rows.append(row)
    return rows


def moved_by(followed: Instrument, move: int) -> int:
    """Where an underlying is that has moved by so many hundredths."""
    return followed.mark * (100 + move) // 100


def staged_axis(rng: Random, state: State, underlying: int, shifts: list[int]) -> list[Row]:
    """Prices of the underlying for a few of its first scenarios, about where they move it; seldom on one side only."""
    followed = state.instruments[underlying]
    count = max(1, state.risk[underlying].scenarios)
    parts = rng.choice((1, 1, 2, 2, 3)) if rng.random() < 0.05 else min(3, (count + 3) // 4)
    prices = [moved_by(followed, move) + rng.choice((0, 0, 0, 0, 1, -1)) for move in shifts[: 4 * parts]]
    prices = [price if rng.random() < 0.85 else rng.choice((0, 0, followed.mark)) for price in prices]
    if rng.random() < 0.97:
        low, high = sorted(range(2), key=lambda scenario: shifts[scenario])
        prices[low] = min(moved_by(followed, shifts[low]), followed.mark - 2)
        prices[high] = max(moved_by(followed, shifts[high]), followed.mark + 2)
    if rng.random() < 0.98:
        prices = [max(0, min(followed.price_max, price)) for price in prices]
    return axis_rows(underlying, prices, [])


def axis_rows(number: int, prices: list[int], staged: list[int]) -> list[Row]:
    """STAGE_AXIS of every four scenarios of which another price is to be staged."""
    parts = [first for first in range(0, len(prices), 4) if prices[first : first + 4] != staged[first : first + 4]]
    return [array_row(number, first, prices[first : first + 4])._replace(kind=Command.STAGE_AXIS) for first in parts]


def with_axes(state: State) -> list[int]:
    """The live underlyings that have an axis and a mark."""
    found = [n for n, instrument in state.instruments.items() if not expired(instrument)]
    return [number for number in found if moves(state, number)]


def axes_to_mark(state: State) -> int:
    """How often a mark of an underlying with an axis comes: most where a strategy follows it."""
    found = set(with_axes(state))
    held = any(found & followed_by(state, cross) for cross in strategies(state)) if found else False
    return 30 if held else 4 * bool(found)


def marking_an_axis(world: World) -> Row:
    """A mark of an underlying with an axis: mostly about where a strategy falls, at a price of the axis, or beyond."""
    rng, state = world.rng, world.state
    found = with_axes(state)
    moved = {number for cross in strategies(state) for number in followed_by(state, cross)} & set(found)
    number = rng.choice(sorted(moved) if moved and rng.random() < 0.9 else found)
    instrument, points = state.instruments[number], [price for price, _ in state.risk[number].axis]
    held = [cross for cross in strategies(state) if number in followed_by(state, cross)]
    draw = rng.random()
    if held and draw < 0.6:
        price = mark_at_the_end(rng, state, rng.choice(held), number)
    elif draw < 0.8:
        price = rng.choice(points) + rng.choice((0, 0, 0, 1, -1))
    else:
        price = rng.choice((points[0] - rng.choice((1, points[0] // 3)), points[-1] + rng.choice((1, points[-1] // 3))))
    if instrument.doubt and rng.random() < 0.5:
        return confirming(rng, instrument, number, world.time)
    return world.insisting(number, price)


def followed_by(state: State, cross: int) -> set[int]:
    """The underlyings of the positions of a cross compartment that have a size."""
    return {state.instruments[row.instrument].underlying for row in positions_of(state, cross).values() if row.size}


def mark_at_the_end(rng: Random, state: State, cross: int, number: int) -> int:
    """About the last mark of an underlying, going up or down, at which a strategy is healthy.

    Or at which it is worth no less than what is left at worst.
    """
    instrument, by_strikes = state.instruments[number], rng.random() < 0.4

    def healthy(price: int) -> bool:
        there = replace(state, instruments={**state.instruments, number: replace(instrument, mark=price)})
        if by_strikes:
            return not kept(there, list(positions_of(there, cross).values()))
        return not is_breached(there, cross)

    now = instrument.mark
    ends = [(instrument.price_min, -1), (instrument.price_max, 1)]
    falls = [(end, way) for end, way in ends if not healthy(end)]
    near = [(end, way) for way in (-1, 1) for end in (now + way * max(1, now // 5), now + way * max(1, now // 50))]
    falls += [(end, way) for end, way in near if instrument.price_min < end < instrument.price_max and not healthy(end)]
    end, way = rng.choice(falls or ends)
    return last_that_holds(healthy, now, end) + way * rng.choice((0, 0, 1, 1, 1, 2) if falls else (0, now // 30))


def array_row(number: int, first: int, profits: list[int]) -> Row:
    """STAGE_ARRAY of four scenarios."""
    amount, price, size, rate = profits
    row = Row(kind=Command.STAGE_ARRAY, instrument=number, code=first)
    return row._replace(amount=amount, price=price, size=size, rate=rate)


def profit(rng: Random, state: State, number: int, underlying: int, move: int) -> int:
    """About what a lot gains where the underlying moves by so many hundredths."""
    instrument, followed = state.instruments[number], state.instruments[underlying]
    there, here = max(1, moved_by(followed, move)), max(1, followed.mark)
    pays = settled_at if instrument.coin_units else exercised
    gained = (pays(instrument, there) - pays(instrument, here)) * instrument.multiplier
    return gained + rng.choice((0, 0, 0, 1, -1, gained // 10))


def aimed(world: World, cross: int) -> Row:
    """Stage what breaches a strategy, or just does not, and take it into force."""
    rng, state = world.rng, world.state
    held = rng.choice([held for held in positions_of(state, cross).values() if held.size])
    number, underlying = held.instrument, state.instruments[held.instrument].underlying
    risk = state.risk[number]
    scenario = rng.randrange(state.risk[underlying].scenarios)
    prices = axis_again(rng, risk)
    kinds: list[Callable[[int], Risk]] = [
        lambda value: marked_anew(risk, value, prices),
        lambda value: replace(risk, array=[*risk.array[:scenario], value, *risk.array[scenario + 1 :]]),
        lambda value: replace(risk, charge=value),
    ]
    instrument, most = state.instruments[number], largest_lot(state.instruments[number])
    against = -1 if held.size > 0 else 1
    ends = (instrument.price_min if held.size > 0 else instrument.price_max, against * most, most)
    kind = rng.choice((0, 0, 1, 1, 2) if held.size < 0 else (0, 0, 1, 1))
    now = (risk.mark, risk.array[scenario], risk.charge)[kind]

    def healthy(value: int) -> bool:
        there = replace(state, risk={**state.risk, number: kinds[kind](value)})
        return not is_breached(there, cross)

    last = last_that_holds(healthy, now, ends[kind])
    value = last + rng.choice((0, 0, 1, 1, 1, 2)) * (1 if ends[kind] > now else -1)
    world.planned.append(staging_row(number, kinds[kind](value), scenario, kind))
    if kind == 0 and prices != risk.next_axis:
        world.planned += axis_rows(number, prices, risk.next_axis)
    again = Row(kind=Command.REVALUE, instrument=underlying, code=state.risk[underlying].scenarios)
    world.planned.append(again._replace(rate=state.risk[underlying].initial_factor))
    return world.planned.popleft()


def axis_again(rng: Random, risk: Risk) -> list[int]:
    """What is staged of an axis with its next mark: mostly the axis that there is, else what is staged already."""
    prices = [0] * len(risk.next_axis)
    for price, scenario in risk.axis:
        if scenario >= 0:
            prices[scenario] = price
    return prices if rng.random() < 0.8 else risk.next_axis


def marked_anew(risk: Risk, value: int, prices: list[int]) -> Risk:
    """Another mark of an array, and of an underlying the axis that comes with it."""
    there = replace(risk, mark=value, next_mark=value, next_axis=prices)
    take_axis(there)
    return there


def staging_row(number: int, risk: Risk, scenario: int, kind: int) -> Row:
    """The command that stages one of mark, profit and charge, the others as they are."""
    if kind == 1:
        first = scenario // 4 * 4
        return array_row(number, first, risk.array[first : first + 4])
    return Row(kind=Command.STAGE_MARK, instrument=number, price=risk.mark, amount=risk.charge)


def setting_terms(world: World) -> Row:
    """SET_UNDERLYING of some instrument, at times one that cannot have it."""
    rng, state = world.rng, world.state
    if len(state.instruments) < 1:
        return world.registering()
    numbers = list(state.instruments)
    number, other = rng.choice(numbers), rng.choice(numbers)
    followed = state.instruments[other]
    return terms_of(rng, number, other, followed.price_max, max(1, followed.mark))


def leg_of(world: World) -> Row:
    """One more leg of a strategy, mostly against what it holds, or the end of one; at times a new row for one."""
    rng, state = world.rng, world.state
    found = [cross for cross in open_crosses(state) if by_scenarios(state, cross)]
    if not found or not state.instruments:
        return world.opening()
    cross = rng.choice(found)
    rows = {n: h for n, h in positions_of(state, cross).items() if not expired(state.instruments[h.instrument])}
    if not rows or rng.random() < 0.15:
        known = [n for n, i in state.instruments.items() if is_whole(state, n) and not expired(i)]
        number = rng.choice(known if known and rng.random() < 0.85 else list(state.instruments))
        return Row(
            kind=Command.OPEN_COMPARTMENT, account=account_of(state, cross), instrument=number, compartment=cross
        )
    number = rng.choice(list(rows))
    held = rows[number]
    if len(rows) > 1 and rng.random() < 0.4:
        return spread(world, list(rows))
    sized = [h.size for h in rows.values() if h.size]
    lots = carried(rng, state, held) if not sized or rng.random() < 0.4 else rng.choice((1, 1, -1)) * -rng.choice(sized)
    if held.size and rng.random() < 0.25:
        lots = -held.size
    return world.fill_of(number, held, lots)


def spread(world: World, rows: list[int]) -> Row:
    """As many lots of one leg long as of another short, the long one first; now and then some more of a third."""
    rng, state = world.rng, world.state
    chosen = rng.sample(rows, min(len(rows), rng.choice((2, 2, 3))))
    lots = abs(carried(rng, state, state.compartments[chosen[0]]))
    for number, sign in zip(chosen, (1, -1, rng.choice((-1, 1))), strict=False):
        world.planned.append(world.fill_of(number, state.compartments[number], sign * lots)._replace(other=0))
    return world.planned.popleft()


def carried(rng: Random, state: State, held: Compartment) -> int:
    """About how many lots a position can have more, going by its own array."""
    instrument, risk = state.instruments[held.instrument], state.risk[held.instrument]
    shared, sign = state.risk[instrument.underlying], rng.choice((-1, 1))
    worst = max(0, *(-sign * profit for profit in risk.array[: max(1, shared.scenarios)]))
    charge = risk.charge if sign < 0 else 0
    lots = spare(state, held) * RATE_ONE // max(1, (worst + charge) * max(RATE_ONE, shared.initial_factor))
    lots = rng.choice((lots, lots, lots + 1, lots * 9 // 10, lots // 2, 1))
    return sign * max(1, min(instrument.position_limit, lots))


def expired(instrument: Instrument) -> bool:
    """Whether it has settled."""
    return instrument.state == InstrumentState.EXPIRED


def ending(state: State) -> list[tuple[int, Instrument]]:
    """The live instruments with an expiry in which a strategy holds something."""
    held = {row.instrument for cross in strategies(state) for row in positions_of(state, cross).values() if row.size}
    found = [(number, state.instruments[number]) for number in sorted(held)]
    return [(number, terms) for number, terms in found if terms.expiry_time and not expired(terms)]


def settlement(rng: Random, state: State, number: int) -> int:
    """A settlement price of the underlying: at the strike of an option, beside it, or where the underlying is."""
    instrument = state.instruments[number]
    followed = state.instruments[instrument.underlying]
    around = rng.choice((instrument.strike, instrument.strike, followed.mark, followed.price_min, followed.price_max))
    price = around + rng.choice((-1, 0, 0, 1)) * rng.choice((1, 1, around // 10))
    return max(followed.price_min, min(followed.price_max, price))
