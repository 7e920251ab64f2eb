"""Random commands about cross compartments, aimed at where the reference model finds their boundaries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from reference.coming import Rules, under
from reference.crossing import (
    PRICE_ONE,
    crosses_with,
    is_breached,
    pocket_of,
    pockets_of,
    positions_of,
    purse_after_interest,
    room,
)
from reference.pricing import ASSET_PRICE_MAX
from reference.rows import Row
from reference.state import Compartment, State

from stoplog.codes import AssetParameter, Command, CompartmentState, Kind
from stoplog.units import AMOUNT_MAX, RATE_ONE

if TYPE_CHECKING:
    from differential.worlds import World

TRADED = (Kind.ISOLATED, Kind.POSITION)


def first_prices(rng: Random, scale: str, assets: int, priced: float) -> list[Row]:
    """Prices for so large a part of the assets, haircuts and caps for some."""
    rows = []
    for asset in range(1, assets + 1):
        if rng.random() < priced:
            rows.append(Row(kind=Command.PRICE_ASSET, asset=asset, price=first_price(rng, scale)))
        for code, chance in ((1, 0.4), (2, 0.3), (3, 0.1), (4, 0.3), (5, 0.3), (6, 0.3)):
            if rng.random() < chance:
                rows.append(asset_parameter(rng, asset, AssetParameter(code), 2**20)._replace(time=0))
    return rows


def first_price(rng: Random, scale: str) -> int:
    """A price in counts of 1e-9 value units."""
    usual = (10**9, 10**9, 10**9, 3 * 10**9, 7 * 10**8, 40 * 10**9)
    if scale == "huge":
        return rng.choice((*usual, 1, 1000, ASSET_PRICE_MAX))
    return rng.choice(usual)


def first_crosses(
    rng: Random, money: Callable[[], int], owners: list[int], assets: int, instruments: int, models: tuple[int, ...]
) -> list[Row]:
    """Cross compartments of these owners, most of them with margin in some assets and positions without a size."""
    row = Row(kind=Command.OPEN_CROSS)
    rows = [row._replace(account=owner, code=rng.randint(0, 2), rate=rng.choice(models)) for owner in owners]
    for number, account in enumerate(owners, start=1):
        margin = Row(kind=Command.ADD_MARGIN, compartment=number)
        filled = range(1, assets + 1) if rng.random() < (0.3 if models == (0,) else 0.8) else (rng.randint(1, assets),)
        rows += [margin._replace(asset=a, amount=money() // 3 + 1) for a in filled]
        opening = Row(kind=Command.OPEN_COMPARTMENT, account=account, compartment=number)
        for instrument in range(1, instruments + 1):
            count = rng.choice((0, 1, 1, 2))
            rows += [opening._replace(instrument=instrument, rate=rng.choice((0, 10**7)))] * count
    return rows


def asset_parameter(rng: Random, asset: int, parameter: AssetParameter, amount: int) -> Row:
    """SET_ASSET_PARAMETER, mostly in its range; `amount` is about what is held of the asset."""
    values = {
        AssetParameter.HAIRCUT: (0, 10**6, 10**7, 2 * 10**7, 5 * 10**7, RATE_ONE, RATE_ONE + 1),
        AssetParameter.OPENING_HAIRCUT: (0, 10**7, 3 * 10**7, RATE_ONE, RATE_ONE + 1),
        AssetParameter.DEPOSIT_CAP: (AMOUNT_MAX, AMOUNT_MAX, AMOUNT_MAX, amount, amount // 2, 0, AMOUNT_MAX + 1),
        AssetParameter.SALE_RANK: (0, 1, 2, 3, 2**15, 2**15 + 1),
        AssetParameter.CONVERSION_FEE_RATE: (0, 10**6, 10**7, 10**7 + 1),
        AssetParameter.DEBT_LIMIT: (AMOUNT_MAX, amount, 10, 0, 0, -1),
    }
    value = rng.choice(values[parameter])
    return Row(kind=Command.SET_ASSET_PARAMETER, asset=asset, code=parameter, amount=value)


def open_crosses(state: State) -> list[int]:
    """The numbers of the open cross compartments."""
    return [n for n, c in state.compartments.items() if c.kind == Kind.CROSS and c.state == CompartmentState.OPEN]


def a_cross(world: World) -> int:
    """An open cross compartment, mostly one with positions; at times any row, or none."""
    rng, state = world.rng, world.state
    found = open_crosses(state)
    if not found or rng.random() < 0.03:
        return rng.choice(list(state.compartments) or [0])
    held = [n for n in found if positions_of(state, n)]
    return rng.choice(held if held and rng.random() < 0.8 else found)


def account_of(state: State, number: int) -> int:
    """The owner of a compartment, 1 where there is none of that number."""
    return state.compartments[number].account if number in state.compartments else 1


def opening_cross(world: World) -> Row:
    account = world.rng.randint(1, max(1, world.state.accounts))
    model = world.rng.choice((0, 0, 0, 1, 1, 1, 2, -1) if world.strategies else (0, 0, 0, 1))
    return Row(kind=Command.OPEN_CROSS, account=account, code=world.rng.choice((0, 0, 1, 1, 2, 2, 3)), rate=model)


def opening_position(world: World, row: Row) -> Row:
    """OPEN_COMPARTMENT in a cross compartment instead, mostly of the same owner."""
    rng, number = world.rng, a_cross(world)
    account = account_of(world.state, number) if rng.random() < 0.95 else row.account
    return row._replace(account=account, compartment=number, amount=0 if rng.random() < 0.98 else 1)


def margin_of_cross(world: World) -> Row:
    """Margin into or out of a pocket, mostly about what there is."""
    rng, state, number = world.rng, world.state, a_cross(world)
    asset = rng.randint(1, max(1, len(state.assets)))
    if rng.random() < 0.6:
        free = state.free.get((account_of(state, number), asset), 0)
        amounts = (1, free // 2, free // 2, free // 3, free // 10, free // 100, free, free + 1)
        return Row(kind=Command.ADD_MARGIN, compartment=number, asset=asset, amount=max(1, rng.choice(amounts)))
    pockets = list(pockets_of(state, number).values())
    if pockets and rng.random() < 0.9:
        asset = rng.choice(pockets).asset
    return Row(kind=Command.REMOVE_MARGIN, compartment=number, asset=asset, amount=leaving(rng, state, number, asset))


def leaving(rng: Random, state: State, number: int, asset: int) -> int:
    """About as much as can leave a pocket."""
    pocket = pocket_of(state, number, asset)
    purse = max(0, purse_after_interest(state, pocket))
    if not pocket:
        return 1
    held = state.compartments[pocket]

    def opens(amount: int) -> bool:
        return room(state.with_rows({pocket: replace(held, purse=purse - amount)}), number).opens

    most = last_that_holds(opens, 0, purse)
    return max(1, rng.choice((most, most, most + 1, most // 2, purse, purse + 1)))


def last_that_holds(holds: Callable[[int], bool], low: int, beyond: int) -> int:
    """The last number from `low`, where it is held to hold, towards `beyond` at which it does, by halving."""
    if holds(beyond):
        return beyond
    while abs(beyond - low) > 1:
        middle = (low + beyond) // 2
        low, beyond = (middle, beyond) if holds(middle) else (low, middle)
    return low


def moving(world: World) -> Row:
    """A compartment into or out of a cross compartment."""
    rng, state = world.rng, world.state
    rows = {n: c for n, c in state.compartments.items() if c.state == CompartmentState.OPEN}
    positions = [n for n, c in rows.items() if c.kind == Kind.POSITION]
    isolated = [n for n, c in rows.items() if c.kind == Kind.ISOLATED]
    row = Row(kind=Command.MOVE_COMPARTMENT)
    if positions and rng.random() < 0.4:
        number = rng.choice([n for n in positions if rows[n].size] or positions)
        held = rows[number]
        pocket = pocket_of(state, held.cross, held.asset)
        purse = max(0, purse_after_interest(state, pocket))
        needs = abs(held.cost) * max(held.own_rate, 10**7) // 10**8
        amount = rng.choice((0, purse, purse // 2, purse + 1, needs, needs, 2 * needs, min(purse, 4 * needs)))
        return row._replace(compartment=number, amount=amount if rng.random() < 0.97 else -1)
    crosses = open_crosses(state)
    if not isolated or not crosses or rng.random() < 0.04:
        every = list(state.compartments) or [0]
        return row._replace(compartment=rng.choice(every), other=rng.choice((0, *every)), amount=rng.choice((0, 1)))
    number = rng.choice([n for n in isolated if rows[n].size] or isolated)
    own = [n for n in crosses if rows[n].account == rows[number].account]
    cross = rng.choice(own) if own and rng.random() < 0.95 else rng.choice(crosses)
    return row._replace(compartment=number, other=cross, amount=0 if rng.random() < 0.97 else 1)


def pricing(world: World) -> Row:
    """The price of an asset: at times about where a cross compartment is breached."""
    rng, state = world.rng, world.state
    asset = rng.randint(1, max(1, len(state.assets)))
    now = state.assets[asset].price if asset in state.assets else 0
    if now == 0:
        return Row(kind=Command.PRICE_ASSET, asset=asset, price=first_price(rng, world.scale))
    price = now + rng.choice((-1, 1)) * (now * rng.choice((0, 1, 3, 20)) // 100 + rng.choice((0, 1)))
    crosses = crosses_with(state, asset)
    if crosses and rng.random() < 0.5:
        cross = rng.choice(crosses)

        def healthy(price: int) -> bool:
            there = replace(state, assets={**state.assets, asset: replace(state.assets[asset], price=price)})
            return not is_breached(there, cross)

        end = rng.choice((1, 1, ASSET_PRICE_MAX))
        last = last_that_holds(healthy, now, end)
        price = last + rng.choice((0, 0, 1, 1, 2)) * (1 if end > now else -1)
    elif rng.random() < 0.05:
        price = rng.choice((1, ASSET_PRICE_MAX, 0, ASSET_PRICE_MAX + 1, now * 100, now // 100))
    return Row(kind=Command.PRICE_ASSET, asset=asset, price=price)


def setting_an_asset(world: World) -> Row:
    rng, state = world.rng, world.state
    asset = rng.randint(1, max(1, len(state.assets)))
    held = abs(state.pledged(asset)) + rng.choice((0, 1, 1000))
    return asset_parameter(rng, asset, rng.choice(list(AssetParameter)), held)


def charging(world: World) -> Row:
    """Interest, mostly on an asset that somebody owes."""
    rng, state = world.rng, world.state
    owing = [c.asset for c in state.compartments.values() if c.kind == Kind.POCKET and c.purse < 0]
    asset = rng.choice(owing) if owing and rng.random() < 0.8 else rng.randint(1, max(1, len(state.assets)))
    rate = rng.choice((0, 1, 1000, 10**5, 10**6, 10**7, 10**7, RATE_ONE))
    row = Row(kind=Command.INTEREST, asset=asset, rate=rate)
    if owing and rng.random() < 0.2:
        limit = Row(kind=Command.SET_ASSET_PARAMETER, asset=asset, code=AssetParameter.DEBT_LIMIT)
        world.planned.append(row)
        return limit._replace(amount=rng.choice((0, 0, 1, 100)))
    return row


def converting(world: World) -> Row:
    rng, state = world.rng, world.state
    short = [c.cross for c in state.compartments.values() if c.kind == Kind.POCKET and c.purse < 0]
    number = rng.choice(short) if short and rng.random() < 0.85 else a_cross(world)
    return Row(kind=Command.CONVERT, compartment=number)


def closing_cross(world: World) -> Row:
    """The end of a cross compartment; before it, at times, of its positions."""
    number = a_cross(world)
    row = Row(kind=Command.CLOSE_COMPARTMENT, compartment=number)
    if world.rng.random() < 0.5:
        return row
    for position, held in positions_of(world.state, number).items():
        if held.size:
            world.planned.append(world.fill_of(position, held, -held.size)._replace(other=0))
        world.planned.append(Row(kind=Command.CLOSE_COMPARTMENT, compartment=position))
    world.planned.append(row)
    return world.planned.popleft()


def closing_all(world: World) -> Row:
    """All positions of a cross compartment at once, mostly of one that has some; at times at what costs too much."""
    rng, state = world.rng, world.state
    sized = [n for n in open_crosses(state) if any(held.size for held in positions_of(state, n).values())]
    number = rng.choice(sized) if sized and rng.random() < 0.9 else a_cross(world)
    rates = (0, 0, 0, 60_000, 10**6, 10**7, RATE_ONE, RATE_ONE + 1, -1)
    weights = (8, 4, 4, 4, 4, 4, 2, 1, 1)
    fee, slippage = rng.choices(rates, weights, k=2)
    return Row(kind=Command.CLOSE_ALL, compartment=number, rate=fee, amount=slippage)


def any_row(world: World) -> Row:
    """A command that names a row of any kind, as if it were one of its own."""
    rng, state = world.rng, world.state
    number = rng.choice(list(state.compartments) or [0])
    kinds = (
        Command.CLOSE_COMPARTMENT,
        Command.ADD_MARGIN,
        Command.REMOVE_MARGIN,
        Command.SET_LEVERAGE,
        Command.PLACE_ORDER,
        Command.CANCEL_ORDER,
        Command.SET_TOP_UP,
        Command.CONVERT,
        Command.CLOSE_ALL,
        Command.FILL,
    )
    asset = rng.randint(0, len(state.assets) + 1)
    row = Row(kind=rng.choice(kinds), compartment=number, asset=asset, amount=1, size=1, price=1, instrument=1)
    return row._replace(asset=0, rate=0) if row.kind == Command.FILL else row


def spare(state: State, held: Compartment) -> int:
    """What a position could lose of its asset and its cross compartment still open."""
    if held.cross == 0:
        return 0
    left = room(state, held.cross)
    return max(0, left.available - left.needed) * PRICE_ONE // max(1, state.assets[held.asset].price)


def price_at_the_end(rng: Random, state: State, held: Compartment, rules: Rules | None = None) -> int:
    """The last price of its instrument, going against a position, at which its cross compartment is healthy."""
    number = held.instrument
    there = under(state, number, rules) if rules else state
    instrument = there.instruments[number]

    def healthy(price: int) -> bool:
        marked = replace(there, instruments={**there.instruments, number: replace(instrument, mark=price)})
        return not is_breached(marked, held.cross)

    end = instrument.price_min if held.size > 0 else instrument.price_max
    if rng.random() < 0.1:
        end = instrument.price_max if held.size > 0 else instrument.price_min
    return last_that_holds(healthy, instrument.mark, end)


def missing_margin(world: World, number: int, missing: int) -> Row:
    """ADD_MARGIN of about so many value units to a cross compartment."""
    rng, state = world.rng, world.state
    priced = [n for n, asset in state.assets.items() if asset.price] or [1]
    asset = rng.choice(priced)
    terms = state.assets[asset]
    kept = max(1, RATE_ONE - max(terms.haircut, terms.opening_haircut, state.coming_haircut(asset)))
    amount = -(-missing * PRICE_ONE * RATE_ONE // (max(1, terms.price) * kept))
    return Row(kind=Command.ADD_MARGIN, compartment=number, asset=asset, amount=max(1, amount))


def letting_out(world: World, number: int) -> Row:
    """Margin or the position out of the cross compartment of a position, or an isolated one of the owner into it."""
    rng, state = world.rng, world.state
    held = state.compartments[number]
    own = [n for n, c in state.compartments.items() if c.account == held.account and c.kind == Kind.ISOLATED]
    if own and rng.random() < 0.3:
        return Row(kind=Command.MOVE_COMPARTMENT, compartment=rng.choice(own), other=held.cross)
    if rng.random() < 0.5:
        return Row(kind=Command.REMOVE_MARGIN, compartment=held.cross, asset=held.asset, amount=1)
    purse = max(0, purse_after_interest(state, pocket_of(state, held.cross, held.asset)))
    return Row(kind=Command.MOVE_COMPARTMENT, compartment=number, amount=purse // rng.choice((1, 2, 4)))
