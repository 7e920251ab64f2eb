"""While a portfolio compartment sleeps, no mark of its underlying inside its interval breaches it."""

from __future__ import annotations

import pytest
from differential.portfolios import UNDERLYING, Portfolio, kinds
from differential.test_axis_walks import Crowd
from reference.crossing import by_scenarios, positions_of

from stoplog.codes import Event
from stoplog.engine.heaps import OF_STRATEGIES
from stoplog.engine.tables import HEAPS, SLOTS, Tables
from stoplog.proof.cross_invariants import cross_health


def interval(tables: Tables, row: int) -> tuple[int, int]:
    """Between which prices of the underlying a portfolio compartment is not looked at, as its first position waits."""
    heap = HEAPS * UNDERLYING + OF_STRATEGIES
    low, high = (
        int(tables.nodes["key"][tables.heads["start"][heap + k] + tables.slots[SLOTS * row + k]]) for k in (0, 1)
    )
    return -low, high


@pytest.mark.rule("SCR-004", "SCR-001", "PRT-010")
@pytest.mark.parametrize("block", range(4))
def test_inside_its_interval_nobody_is_breached_at_any_price(block: int) -> None:
    """The two prices at the ends and many in between, priced one by one by the audit's rules on unlimited integers."""
    asleep = checked = bounded = 0
    for seed in range(1_000 + 12 * block, 1_000 + 12 * block + 12):
        crowd = Crowd(seed)
        for _ in range(6):
            crowd.step()
        state, tables = crowd.desk.pair.state, crowd.desk.pair.engine.tables.copy()
        now = int(tables.instruments["mark"][UNDERLYING])
        for cross in crowd.owners:
            rows = positions_of(state, cross)
            if not by_scenarios(state, cross) or not rows:
                continue
            low, high = interval(tables, min(rows))
            asleep += low < now < high
            bounded += low > 0 or high <= crowd.desk.price_max
            first, last = max(1, low + 1), min(crowd.desk.price_max, high - 1)
            if first > last:
                continue
            for price in {first, last, *(crowd.rng.randint(first, last) for _ in range(12))}:
                tables.instruments["mark"][UNDERLYING] = price
                equity, needed = cross_health(tables, cross)
                assert equity >= needed, (seed, cross, price, (low, high), now)
                checked += 1
            tables.instruments["mark"][UNDERLYING] = now
    assert min(asleep, bounded) > 20
    assert checked > 200


@pytest.mark.rule("SCR-004")
def test_with_nothing_at_stake_in_a_stretch_it_ends_with_the_stretch() -> None:
    """Ten calls short that gain nothing up to 1,200: 0 against 0 until then; at 1,350 they lose 25 each."""
    desk = Portfolio(price=1_000)
    call = desk.option(1_150, mark=1)
    desk.stage(UNDERLYING, [0, 0, 0, 0, 0], mark=1_000)
    desk.stage(call, [0, 0, 0, 0, 50], mark=1)
    desk.axis([800, 900, 1_100, 1_200, 1_500])
    desk.revalue()
    desk.leg(call, -10, 1)
    for price in (1_090, 1_200):
        assert Event.CROSS_LIQUIDATED not in kinds(desk.mark(UNDERLYING, price))
    desk.mark(UNDERLYING, 1_000)
    assert Event.CROSS_LIQUIDATED in kinds(desk.mark(UNDERLYING, 1_350))
