"""All portfolio compartments are swept at once by what the engine's own state says, to the unit."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from differential.portfolios import UNDERLYING, Portfolio
from reference.crossing import positions_of
from reference.portfolio import CALL, PUT, charge, worst_loss

from stoplog.codes import Model
from stoplog.engine.scenario_sweep import RiskArrays, sweep
from stoplog.engine.strategy_sweep import arrays_in_force, strategies_on, worst_of_all

SCENARIOS = 9


def desk_of(rng: Random) -> tuple[Portfolio, list[int]]:
    """An underlying with four options, random arrays in force, and six owners, one of them not by scenarios."""
    desk = Portfolio()
    options = [desk.option(strike, right=right) for strike in (90, 110) for right in (CALL, PUT)]
    desk.put(10**9)
    arrays = {number: [rng.randint(-40, 40) for _ in range(SCENARIOS)] for number in [UNDERLYING, *options]}
    desk.revalue(arrays)
    crosses = [desk.cross, *(desk.owner() for _ in range(4)), desk.owner(Model.POSITIONS)]
    for cross in crosses[1:]:
        desk.put(10**9, cross)
    for _ in range(24):
        number = rng.choice([UNDERLYING, *options])
        desk.leg(number, rng.choice((-1, 0, 1)) * rng.randint(1, 9), 100, cross=rng.choice(crosses))
    return desk, crosses


@pytest.mark.rule("PRT-002", "SCN-001")
@pytest.mark.parametrize("seed", range(20))
def test_the_worst_scenario_of_each_is_what_the_engine_asks_for(seed: int) -> None:
    desk, crosses = desk_of(Random(seed))
    found, worst = worst_of_all(desk.pair.engine.tables, UNDERLYING)
    held = {x: [leg for leg in positions_of(desk.pair.state, x).values() if leg.size] for x in crosses[:-1]}
    assert found.compartments.tolist() == [x for x in crosses[:-1] if held[x]]
    for x, lost in zip(found.compartments.tolist(), worst.scan_risk.tolist(), strict=True):
        assert lost == worst_loss(desk.pair.state, UNDERLYING, held[x])
        assert desk.pair.engine.cross_standing(x).maintenance_margin <= lost + charge(desk.pair.state, held[x])


@pytest.mark.rule("PRT-002")
def test_other_arrays_can_be_tried_on_the_same_holdings() -> None:
    """Twice the gains are twice the loss; an underlying that nobody is on has nobody."""
    desk, _ = desk_of(Random(3))
    tables = desk.pair.engine.tables
    found, worst = worst_of_all(tables, UNDERLYING)
    doubled = RiskArrays(2 * arrays_in_force(tables, UNDERLYING).wide)
    assert sweep(found.held, doubled).scan_risk.tolist() == (2 * worst.scan_risk).tolist()
    assert len(strategies_on(tables, 2).compartments) == 0
    with pytest.raises(ValueError, match="underlying: 9 is none of 5"):
        strategies_on(tables, 9)
    assert isinstance(worst.profit, np.ndarray)
