"""What changes of assets do to whom, and what nobody else can do to anybody, as laws over random worlds."""

from __future__ import annotations

import numpy as np
import pytest
from differential.comparing import records
from differential.crosses import moving, open_crosses
from differential.haircuts import in_grace, scheduling_an_asset, with_asset
from differential.test_changing import NOTHING, graces_kept, put_off, rows_of
from differential.test_mixed_isolation import confined_to_a_cross
from differential.worlds import World, held_in_a_record
from reference.asset_changing import fallen_at
from reference.crossing import crosses_with, is_breached
from reference.rows import EventRow, Row
from reference.state import State

from stoplog.codes import AssetParameter, ChangeState, Command, CompartmentState, Event, Kind, Place
from stoplog.engine import Engine
from stoplog.proof.invariants import check


class Announcing(World):
    """A world of cross compartments in which haircuts are announced, and much happens while a grace runs."""

    strategic = 0.15

    def __init__(self, seed: int) -> None:
        super().__init__(seed, "mixed" if seed % 3 == 0 else "cross")

    def topping_up(self) -> Row:
        """No policy that would top up when a change is enforced."""
        return self.marking()

    def anything(self) -> Row:
        """A command of a random kind."""
        graced, draw = in_grace(self.state), self.rng.random()
        if graced and draw < 0.15:
            return self.meeting_a_haircut()
        if graced and draw < 0.4:
            return self.filling()
        return scheduling_an_asset(self) if draw < 0.12 else super().anything()


class InGrace(World):
    """A world of cross compartments in which higher haircuts are announced first, with graces that hardly end."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, "mixed" if seed % 2 == 0 else "cross")

    def setting_up(self) -> list[Row]:
        rows = super().setting_up()
        change = Row(kind=Command.SCHEDULE_ASSET_PARAMETER, code=AssetParameter.HAIRCUT, rate=10**9)
        first = len(rows) + 20
        rates = (10**6, 10**7, 3 * 10**7)
        assets = sum(row.kind == Command.REGISTER_ASSET for row in rows)
        return rows + [
            change._replace(asset=asset, amount=self.rng.choice(rates), size=first + 5 * asset)
            for asset in range(1, assets + 1)
        ]

    def meeting_a_haircut(self) -> Row:
        """A command within the grace instead."""
        return moving(self) if self.rng.random() < 0.4 else self.filling()


def due(state: State, time: int) -> list[int]:
    """The changes whose grace is over at `time`."""
    effective = {n: change for n, change in state.changes.items() if change.state == ChangeState.EFFECTIVE}
    return [n for n, change in effective.items() if change.enforced_from <= time]


def expected(state: State) -> set[int] | None:
    """The cross compartments that are to be liquidated before the next command; None where several changes do it."""
    numbers = due(state, state.time)
    if not numbers:
        return set()
    change = state.changes[numbers[0]]
    if len(numbers) > 1 or change.asset == 0:
        return None
    return {cross for cross in fallen_at(state, change.asset, change.value) if not put_off(state, cross)}


@pytest.mark.rule("CHG-002", "CHG-003", "CHG-008", "CRS-009", "CRS-010")
@pytest.mark.parametrize("block", range(4))
def test_a_haircut_liquidates_those_whom_it_breaches_when_its_grace_is_over_and_touches_nobody_else(block: int) -> None:
    """After every command one that is refused, so that what is due happens alone."""
    fallen = spared = 0
    for seed in range(9 * 10**6 + block * 80, 9 * 10**6 + block * 80 + 80):
        world, engine = Announcing(seed), Engine()
        ends: dict[int, int] = {}
        for _ in range(110):
            time = world.state.time
            graces_kept(world, ends, engine.apply(records([world.step()[0]])), time)
            before, free = rows_of(engine), engine.tables.rows("free").tobytes()
            crosses, time = expected(world.state), world.state.time
            cross_of = {n: held.cross for n, held in world.state.compartments.items()}
            row = Row(kind=NOTHING, time=time)
            world.model.apply(row)
            events = engine.apply(records([row]))
            graces_kept(world, ends, events, time)
            if crosses is None:
                continue
            liquidated = set(events["compartment"][events["kind"] == Event.CROSS_LIQUIDATED].tolist())
            assert liquidated == crosses
            after = rows_of(engine)
            assert {cross_of[n] for n in range(len(before)) if before[n] != after[n]} <= liquidated
            assert engine.tables.rows("free").tobytes() == free
            assert check(engine.tables) == []
            fallen += len(crosses)
            spared += (events["kind"] == Event.CHANGE_ENFORCED).any() and not crosses
    assert fallen > 5
    assert spared > 5


def under_all_that_comes(state: State) -> State:
    """The state as it would be with the haircuts of all graces that run."""
    for asset in in_grace(state):
        state = with_asset(state, asset, haircut=state.coming_haircut(asset))
    return state


def entered(row: Row, events: list[EventRow], sizes: dict[int, int], state: State) -> list[int]:
    """The cross compartments in which something was opened, or which let something out."""
    if not events or events[-1].kind == Event.REFUSED:
        return []
    if row.kind == Command.REMOVE_MARGIN:
        return [row.compartment]
    if row.kind == Command.MOVE_COMPARTMENT:
        out = [event.second for event in events if event.kind == Event.MOVED and event.source == Place.POCKET]
        return [row.other] if row.other else [state.compartments[pocket].cross for pocket in out if pocket]
    if row.kind != Command.FILL:
        return []
    legs = {n: state.compartments[n] for n in (row.compartment, row.other) if n}
    return [
        held.cross for n, held in legs.items() if held.size * (held.size - sizes[n]) > 0 or held.size * sizes[n] < 0
    ]


@pytest.mark.rule("CHG-004", "CHG-008")
@pytest.mark.parametrize("block", range(2))
def test_whoever_opens_or_takes_out_in_a_grace_is_not_breached_by_it_at_the_same_prices(block: int) -> None:
    judged = {Command.FILL: 0, Command.REMOVE_MARGIN: 0, Command.MOVE_COMPARTMENT: 0}
    for seed in range(10**7 + block * 60, 10**7 + block * 60 + 60):
        world = InGrace(seed)
        for _ in range(160):
            sizes = {n: held.size for n, held in world.state.compartments.items()}
            row, events = world.step()
            there = under_all_that_comes(world.state)
            for number in entered(row, events, sizes, world.state):
                held = world.state.compartments[number] if number else None
                if held is None or held.kind != Kind.CROSS or not in_grace(world.state):
                    continue
                assets = [asset for asset in in_grace(world.state) if number in crosses_with(world.state, asset)]
                judged[Command(row.kind)] += bool(assets)
                assert not is_breached(there, number)
    assert min(judged.values()) > 10, judged


def thresholds(engine: Engine, own: int) -> dict[int, tuple[object, ...]]:
    """Of every other open cross compartment what it is worth and must hold, and each position's liquidation price."""
    rows = engine.tables.rows("compartments")
    found: dict[int, tuple[object, ...]] = {}
    for number in np.flatnonzero((rows["kind"] == Kind.CROSS) & (rows["state"] == CompartmentState.OPEN)).tolist():
        if number != own:
            standing = engine.cross_standing(number)
            prices = [(p.compartment, p.liquidation_price, p.maintenance_margin) for p in standing.positions]
            found[number] = (standing.equity, standing.maintenance_margin, *prices)
    return found


@pytest.mark.rule("CHG-008", "CRS-010", "ISO-001")
@pytest.mark.parametrize("block", range(2))
def test_nothing_that_strangers_do_moves_a_threshold_in_a_grace_or_outside_one(block: int) -> None:
    """Deposits, margin, fills, orders, closings of one cross compartment: the others' thresholds stay to the unit."""
    accepted = graced = 0
    for seed in range(11 * 10**6 + block * 60, 11 * 10**6 + block * 60 + 60):
        world, engine = World(seed, "cross") if seed % 3 == 0 else InGrace(seed), Engine()
        engine.apply(records([world.step()[0] for _ in range(120)]))
        crosses = open_crosses(world.state)
        if len(crosses) < 2 or due(world.state, world.time) or not world.state.instruments:
            continue
        cross = world.rng.choice(crosses)
        before, haircuts = thresholds(engine, cross), engine.tables.rows("assets")["haircut"].tolist()
        for _ in range(15):
            rows = [held_in_a_record(confined_to_a_cross(world, cross))]
            account = world.rng.randint(1, world.state.accounts)
            asset = world.rng.randint(1, len(world.state.assets))
            rows.append(Row(world.time, Command.DEPOSIT, asset=asset, account=account, amount=world.sum_of_money()))
            events = engine.apply(records(rows))
            for row in rows:
                world.model.apply(row)
            accepted += int((events["reason"] == 0).sum())
            graced += bool(in_grace(world.state))
            assert set(events["compartment"][events["kind"] == Event.CROSS_LIQUIDATED].tolist()) <= {cross}
        assert thresholds(engine, cross) == before
        assert engine.tables.rows("assets")["haircut"].tolist() == haircuts
    assert accepted > 500
    assert graced > 50
