"""Isolation of owners with compartments of both kinds: the failure of one changes no byte of another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from differential.comparing import records
from differential.crosses import margin_of_cross, open_crosses
from differential.test_isolation import change_pends, compartment_bytes, free_bytes, traded
from differential.worlds import World, held_in_a_record
from numpy.typing import NDArray
from reference.crossing import pockets_of, positions_of
from reference.rows import Row

from stoplog.codes import Command, CompartmentState, Event, Kind, Place
from stoplog.engine import Engine

RESCUE = 2**50


def rows_in(engine: Engine, cross: int) -> set[int]:
    """A cross compartment, its positions and its pockets."""
    return {cross, *np.flatnonzero(engine.tables.rows("compartments")["cross"] == cross).tolist()}


def gaps(world: World) -> list[Row]:
    """Marks at both ends of the price range of every instrument."""
    ends = {n: (instrument.price_min, instrument.price_max) for n, instrument in world.state.instruments.items()}
    mark = Row(time=world.time, kind=Command.MARK)
    return [mark._replace(instrument=number, price=price) for number, prices in ends.items() for price in prices]


def fallen_in(events: NDArray[np.void]) -> tuple[set[int], set[int]]:
    """The isolated and the cross compartments that were liquidated."""
    taken = events[(events["kind"] == Event.TAKEN_OVER) & (events["source"] == Place.COMPARTMENT)]
    crosses = events[events["kind"] == Event.CROSS_LIQUIDATED]
    return set(taken["compartment"].tolist()), set(crosses["compartment"].tolist())


def rescued(engine: Engine, world: World, number: int, asset: int) -> Engine | None:
    """The same engine with much more money in one compartment; None where it does not take it."""
    other = Engine.from_bytes(engine.to_bytes())
    account = world.state.compartments[number].account
    money = {"time": world.time, "asset": asset, "amount": RESCUE}
    rows = [
        Row(kind=Command.DEPOSIT, account=account, **money),
        Row(kind=Command.ADD_MARGIN, compartment=number, **money),
    ]
    events = other.apply(records(rows))
    return None if events["reason"].any() else other


def survives_alone(engine: Engine, other: Engine, gap: Sequence[Row], own: set[int]) -> bool:
    """Whether only the rescued rows differ after the gap; False where it tells nothing: top-ups, or no rescue."""
    events, again = engine.apply(records(gap)), other.apply(records(gap))
    moved = np.isin(np.concatenate([events, again])["kind"], (Event.TOPPED_UP, Event.MARGIN_DONATED)).any()
    isolated, crosses = fallen_in(again)
    if moved or own & (isolated | crosses):
        return False
    mine, theirs = compartment_bytes(engine), compartment_bytes(other)
    differ = {n for n in range(len(mine)) if mine[n] != theirs[n]} - own
    assert not differ, f"{differ} depend on {own}"
    assert free_bytes(engine) == free_bytes(other)
    return True


@pytest.mark.rule("CRS-010", "ISO-001")
@pytest.mark.parametrize("block", range(4))
def test_nothing_depends_on_whether_another_compartment_of_the_owner_fails(block: int) -> None:
    """The same gap with and without the failure: everything else of everybody is the same to the byte."""
    told = {Kind.ISOLATED: 0, Kind.CROSS: 0}
    for seed in range(6 * 10**6 + block * 400, 6 * 10**6 + block * 400 + 400):
        world, engine = traded(seed, 160, "mixed")
        if change_pends(engine) or not open_crosses(world.state):
            continue
        for gap in gaps(world):
            tried = Engine.from_bytes(engine.to_bytes())
            isolated, crosses = fallen_in(tried.apply(records([gap])))
            for number in isolated:
                other = rescued(engine, world, number, world.state.compartments[number].asset)
                alone = Engine.from_bytes(engine.to_bytes())
                told[Kind.ISOLATED] += other is not None and survives_alone(alone, other, [gap], {number})
            for number in crosses:
                assets = [pocket.asset for pocket in pockets_of(world.state, number).values()]
                others = (rescued(engine, world, number, asset) for asset in assets)
                for other in [other for other in others if other is not None]:
                    alone = Engine.from_bytes(engine.to_bytes())
                    told[Kind.CROSS] += survives_alone(alone, other, [gap], rows_in(other, number))
    assert min(told.values()) > 10, told


def confined_to_a_cross(world: World, cross: int) -> Row:
    """A random command on one cross compartment alone, the outside market on the other side of its fills."""
    rng, positions = world.rng, positions_of(world.state, cross)
    now = Row(time=world.time)
    draw = rng.random()
    if positions and draw < 0.6:
        number = rng.choice(list(positions))
        held = positions[number]
        fill = world.fill_of(number, held, world.lots(held))._replace(other=0, time=world.time)
        price = world.state.instruments[held.instrument].mark
        order = now._replace(kind=Command.PLACE_ORDER, compartment=number, size=fill.size, price=price)
        close = now._replace(kind=Command.CLOSE_COMPARTMENT, compartment=number)
        rate = now._replace(kind=Command.SET_LEVERAGE, compartment=number, rate=rng.choice((0, 10**6, 10**7)))
        return rng.choice((fill, fill, fill, order, close, rate))
    if draw < 0.75:
        account = world.state.compartments[cross].account
        opening = now._replace(kind=Command.OPEN_COMPARTMENT, account=account, compartment=cross)
        return opening._replace(instrument=rng.choice(list(world.state.instruments)))
    if draw < 0.8:
        return now._replace(kind=rng.choice((Command.CONVERT, Command.CLOSE_ALL)), compartment=cross)
    return margin_of_cross(world)._replace(compartment=cross, time=world.time)


@pytest.mark.rule("CRS-010", "ISO-001")
@pytest.mark.parametrize("block", range(4))
def test_commands_confined_to_one_cross_compartment_change_no_byte_beside_it(block: int) -> None:
    accepted = 0
    for seed in range(7 * 10**6 + block * 60, 7 * 10**6 + block * 60 + 60):
        world, engine = traded(seed, 110, "mixed")
        crosses = open_crosses(world.state)
        if not crosses or change_pends(engine) or not world.state.instruments:
            continue
        cross = world.rng.choice([n for n in crosses if pockets_of(world.state, n)] or crosses)
        account = world.state.compartments[cross].account
        before, free_before = compartment_bytes(engine), free_bytes(engine)
        rows = []
        for _ in range(30):
            rows.append(held_in_a_record(confined_to_a_cross(world, cross)))
            world.model.apply(rows[-1])
        events = engine.apply(records(rows))
        accepted += int((events["reason"] == 0).sum())
        after, free_after = compartment_bytes(engine), free_bytes(engine)
        own = rows_in(engine, cross) | {n for n in range(1, len(before)) if world.state.compartments[n].cross == cross}
        closed = {n for n in range(len(before)) if ended(world, n) and before[n] != after[n]}
        assert {n for n in range(len(before)) if before[n] != after[n]} <= own | closed
        assert closed <= set(events["compartment"].tolist())
        assert {place[0] for place in free_before if free_before[place] != free_after[place]} <= {account}
    assert accepted > 500


def ended(world: World, number: int) -> bool:
    """Whether a row is a position that was closed, and so is in no cross compartment any more."""
    held = world.state.compartments.get(number)
    return held is not None and held.kind == Kind.POSITION and held.state == CompartmentState.CLOSED
