"""Random changes of assets to come, and commands that meet the grace of a haircut."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from differential.crosses import last_that_holds, leaving, setting_an_asset
from reference.asset_changing import fallen_at
from reference.crossing import crosses_with, is_breached
from reference.rows import Row
from reference.state import State

from stoplog.codes import AssetParameter, ChangeState, Command
from stoplog.units import RATE_ONE

if TYPE_CHECKING:
    from differential.worlds import World


def in_grace(state: State) -> list[int]:
    """The assets with a haircut to come whose grace runs."""
    pending = {asset: state.changes.get(state.pending_change(asset)) for asset in state.assets}
    return [asset for asset, change in pending.items() if change and change.state == ChangeState.EFFECTIVE]


def with_asset(state: State, asset: int, **fields: int) -> State:
    """The state as it would be with these figures of an asset."""
    return replace(state, assets={**state.assets, asset: replace(state.assets[asset], **fields)})


def last_haircut(state: State, cross: int, asset: int) -> int:
    """The largest haircut of an asset at which a cross compartment is healthy, the others held."""

    def healthy(haircut: int) -> bool:
        return not is_breached(with_asset(state, asset, haircut=haircut), cross)

    return last_that_holds(healthy, state.assets[asset].haircut, RATE_ONE)


def scheduling_an_asset(world: World) -> Row:
    """A change of an asset to come, mostly of a haircut about what its holders can bear, mostly soon."""
    rng, state = world.rng, world.state
    row = setting_an_asset(world)
    held = {asset: crosses_with(state, asset) for asset in state.assets}
    held = {asset: crosses for asset, crosses in held.items() if crosses}
    ahead = state.sequence + rng.choice((1, 2, 2, 3, 5, 9, 20, 2**40))
    grace = rng.choice((1, 1, 500, 1000, 3000, 6000, 0))
    row = row._replace(kind=Command.SCHEDULE_ASSET_PARAMETER, size=ahead, rate=grace)
    if not held or rng.random() < 0.25:
        return row
    asset = rng.choice(list(held))
    cross = rng.choice(held[asset])
    haircut = min(RATE_ONE, last_haircut(state, cross, asset) + rng.choice((-1, 0, 1, 1, 10**6, 10**7)))
    row = row._replace(asset=asset, code=AssetParameter.HAIRCUT, amount=haircut)
    if rng.random() < 0.6:
        return row
    world.planned.append(row)
    return Row(kind=Command.REMOVE_MARGIN, compartment=cross, asset=asset, amount=leaving(rng, state, cross, asset))


def meeting_a_haircut(world: World, asset: int) -> Row:
    """A price that breaches under the coming haircut, and then one of the time at which the grace ends."""
    rng, state = world.rng, world.state
    change = state.changes[state.pending_change(asset)]
    row = Row(kind=Command.PRICE_ASSET, asset=asset, price=max(1, state.assets[asset].price))
    crosses = crosses_with(state, asset)
    if not crosses or fallen_at(state, asset, change.value):
        return row._replace(time=max(world.time, change.enforced_from - rng.choice((0, 0, 1))))
    cross = rng.choice(crosses)
    there = with_asset(state, asset, haircut=change.value)

    def healthy(price: int) -> bool:
        return not is_breached(with_asset(there, asset, price=price), cross)

    last = last_that_holds(healthy, row.price, 1)
    row = row._replace(price=max(1, last - rng.choice((0, 1, 1, 1))))
    if rng.random() < 0.7:
        world.planned.append(row._replace(time=max(world.time, change.enforced_from)))
    return row
