"""Isolation with portfolio compartments: the failure of a strategy changes no byte of anything else."""

from __future__ import annotations

import pytest
from differential.comparing import records
from differential.strategies import array_row, largest_lot, strategies
from differential.test_isolation import change_pends, traded
from differential.test_mixed_isolation import fallen_in, rescued, rows_in, survives_alone
from differential.worlds import World
from reference.crossing import pockets_of
from reference.rows import Row
from reference.state import Compartment

from stoplog.codes import Command, InstrumentState
from stoplog.engine import Engine


def worst_arrays(world: World, underlying: int, sign: int) -> list[Row]:
    """Every lot on an underlying loses (sign −1: gains) all that it can be worth under the first scenario."""
    state, rows = world.state, list[Row]()
    for number, instrument in state.instruments.items():
        if instrument.underlying == underlying and instrument.state == InstrumentState.LIVE:
            array = [sign * largest_lot(instrument), *state.risk[number].array[1:4]]
            rows.append(array_row(number, 0, array))
            mark = instrument.price_max if sign > 0 else instrument.price_min
            rows.append(Row(kind=Command.STAGE_MARK, instrument=number, price=mark, amount=largest_lot(instrument)))
    risk = state.risk[underlying]
    rows.append(Row(kind=Command.REVALUE, instrument=underlying, code=risk.scenarios, rate=risk.initial_factor))
    return [row._replace(time=world.time) for row in rows]


@pytest.mark.rule("CRS-010", "ISO-001", "PRT-005", "PRT-006")
@pytest.mark.parametrize("block", range(2))
def test_nothing_depends_on_whether_a_strategy_fails(block: int) -> None:
    told = fallen = 0
    for seed in range(8 * 10**6 + block * 500, 8 * 10**6 + block * 500 + 500):
        world, engine = traded(seed, 170, "mixed")
        if not world.strategies or change_pends(engine):
            continue
        found = {world.state.instruments[held.instrument].underlying for held in positions(world)}
        for underlying, sign in ((u, sign) for u in sorted(found) for sign in (-1, 1)):
            gap = worst_arrays(world, underlying, sign)
            tried = Engine.from_bytes(engine.to_bytes())
            for number in fallen_in(tried.apply(records(gap)))[1] & set(strategies(world.state)):
                fallen += 1
                for asset in {pocket.asset for pocket in pockets_of(world.state, number).values()}:
                    other = rescued(engine, world, number, asset)
                    if other is not None:
                        alone = Engine.from_bytes(engine.to_bytes())
                        told += survives_alone(alone, other, gap, rows_in(other, number))
    assert fallen > 10, fallen
    assert told > 5, told


def positions(world: World) -> list[Compartment]:
    """The positions of strategies that have a size."""
    held = set(strategies(world.state))
    return [row for row in world.state.compartments.values() if row.cross in held and row.size]
