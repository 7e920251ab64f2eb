"""A ledger under stress: the engine's own figures, on a copy, adding up."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stress.markets import fund_that_fills_up, three_instruments

from stoplog.codes import CompartmentState, Event, Parameter
from stoplog.commands import Batch
from stoplog.engine import Engine
from stoplog.ledger import Ledger
from stoplog.ledger.errors import NotALedger
from stoplog.positions import trade
from stoplog.stress.falls import uniform_falls
from stoplog.stress.of_ledger import LedgerSystem
from stoplog.stress.outcomes import Loss, Outcome, StressFailed, checked
from stoplog.stress.shocks import Shock, shocks, uniform_fall
from tests.ledger.markets import batches

BTC, ETH, USDT = "BTC", "ETH", "USDT"
NAMES = {1: BTC, 2: ETH, 3: BTC}
ASSETS = {1: USDT, 2: BTC}
CENT, SATOSHI = Fraction(1, 100), Fraction(1, 10**8)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return three_instruments()


@pytest.fixture(scope="module")
def system(engine: Engine) -> LedgerSystem:
    return LedgerSystem(engine.tables, "small", NAMES, ASSETS)


def of(outcomes: list[Outcome], asset: str) -> Outcome:
    return next(outcome for outcome in outcomes if outcome.asset == asset)


@pytest.mark.rule("STR-002")
def test_a_fall_that_the_fund_pays(system: LedgerSystem) -> None:
    found = of(system.under(Shock("fall", "", {BTC: Fraction(752, 1000)})), USDT)
    assert found.losses == (Loss("2", 480 * CENT),)
    assert (found.liquidated, found.fund_before, found.fund_left, found.uncovered) == (1, 8, Fraction(320, 100), 0)


@pytest.mark.rule("STR-002")
def test_guards_do_not_hold_a_stressed_mark(engine: Engine) -> None:
    """The same figures with a jump limit of 1 %, and with a mark already in doubt."""
    guarded = Engine.from_bytes(engine.to_bytes())
    batch = Batch()
    batch.set_parameter(instrument=1, parameter=Parameter.JUMP_LIMIT, value=10**6, time=100)
    batch.mark(instrument=1, price=1500)
    assert guarded.apply(batch.records())["kind"].tolist() == [Event.PARAMETER_SET, Event.MARK_HELD]
    shock = Shock("fall", "", {BTC: Fraction(752, 1000)})
    assert LedgerSystem(guarded.tables, "guarded", NAMES, ASSETS).under(shock) == LedgerSystem(
        engine.tables, "small", NAMES, ASSETS
    ).under(shock)
    assert guarded.tables.instruments["jump_limit"][1] == 10**6


@pytest.mark.rule("STR-001", "STR-002")
def test_a_fall_that_the_fund_cannot_pay(system: LedgerSystem) -> None:
    found = of(system.under(Shock("fall", "", {BTC: Fraction(1, 2), ETH: Fraction(1, 2)})), USDT)
    assert found.losses == (Loss("2", 3000 * CENT), Loss("4", 1000 * CENT))
    assert (found.fund_left, found.uncovered) == (0, 3200 * CENT)
    assert found.beyond == found.system == 4000 * CENT


@pytest.mark.rule("STR-003")
def test_a_stable_asset_that_loses_its_peg_raises_the_marks_that_are_quoted_in_it(system: LedgerSystem) -> None:
    depegged = system.under(Shock("depeg", "", {USDT: Fraction(9, 10)}))
    found = of(depegged, USDT)
    assert (found.liquidated, found.losses, found.received, found.fund_left) == (1, (), 890 * CENT, 1690 * CENT)
    assert of(depegged, BTC).liquidated == 0


@pytest.mark.rule("STR-002")
@given(st.fractions(Fraction(1, 10**6), 4), st.fractions(Fraction(1, 10**6), 4))
def test_a_loss_is_what_closing_at_the_stressed_mark_leaves_below_zero(btc: Fraction, eth: Fraction) -> None:
    tables = MARKET.tables
    found = LedgerSystem(tables, "small", NAMES, ASSETS).under(Shock("any", "", {BTC: btc, ETH: eth}))
    lost: dict[str, tuple[Loss, ...]] = {USDT: (), BTC: ()}
    for number in range(1, int(tables.counts["compartments"][0]) + 1):
        row, position = tables.compartments[number], tables.positions[number]
        if row["state"] != CompartmentState.OPEN:
            continue
        instrument = tables.instruments[int(row["instrument"])]
        factor = btc if NAMES[int(row["instrument"])] == BTC else eth
        mark = max(1, int(instrument["mark"]) * factor.numerator // factor.denominator)
        payoff, multiplier = int(instrument["payoff"]), int(instrument["multiplier"])
        size, cost = int(position["size"]), int(position["cost"])
        left = int(row["purse"]) + trade(payoff, multiplier, size, cost, -size, mark)[2]
        asset, unit = (USDT, CENT) if instrument["asset"] == 1 else (BTC, SATOSHI)
        if left < 0:
            lost[asset] += (Loss(str(number), -left * unit),)
    assert {outcome.asset: outcome.losses for outcome in found} == lost


@pytest.mark.rule("STR-001", "STR-002")
@given(st.fractions(Fraction(1, 10**6), 4), st.fractions(Fraction(1, 10**6), 4))
def test_compartments_add_up_to_the_system_and_nothing_is_changed(btc: Fraction, usdt: Fraction) -> None:
    tables = MARKET.tables
    before = tables.digest()
    for found in LedgerSystem(tables, "small", NAMES, ASSETS).under(Shock("any", "", {BTC: btc, USDT: usdt})):
        assert found.beyond == found.fund_before + found.received - found.fund_left + found.uncovered
        assert found.uncovered == 0 or found.fund_left == 0
        assert min(found.fund_left, found.uncovered, found.received) >= 0
    assert tables.digest() == before


@pytest.mark.rule("STR-001")
def test_figures_that_do_not_add_up_are_refused(system: LedgerSystem) -> None:
    found = of(system.under(uniform_fall(Fraction(1, 2))), USDT)
    with pytest.raises(StressFailed, match="compartments lose"):
        checked(found._replace(fund_left=found.fund_left + CENT))


@pytest.mark.rule("STR-004")
def test_the_smallest_uniform_fall(system: LedgerSystem) -> None:
    found = uniform_falls(system, Fraction(1, 1000))
    assert found.exhausting == {USDT: Fraction(281, 1000), BTC: Fraction(231, 1000)}
    for asset, fall in ((USDT, Fraction(280, 1000)), (BTC, Fraction(230, 1000))):
        assert of(system.under(uniform_fall(fall)), asset).uncovered == 0


@pytest.mark.rule("STR-004")
def test_a_larger_fall_can_be_survived_and_the_smallest_is_found_all_the_same() -> None:
    system = LedgerSystem(fund_that_fills_up().tables, "filling", {1: BTC, 2: BTC}, {1: USDT})
    uncovered = [system.under(uniform_fall(Fraction(fall, 1000)))[0].uncovered for fall in (100, 101, 105, 115)]
    assert uncovered == [0, 10 * CENT, 50 * CENT, 0]
    assert uniform_falls(system, Fraction(1, 1000)).exhausting == {USDT: Fraction(101, 1000)}


@pytest.mark.rule("STR-003")
def test_what_is_not_named_moves_like_what_moves_most(engine: Engine) -> None:
    system = LedgerSystem(engine.tables, "small", {}, {})
    assert system.names() == ["instrument 1", "instrument 2", "instrument 3"]
    first = shocks(system.names())[0]
    assert first.name == "instrument 1: worst hour"
    assert first.factor("instrument 1") == Fraction("0.5597") / Fraction("3.2629")
    assert first.factor("instrument 2") == 1


@pytest.mark.rule("STR-005")
def test_a_name_for_a_number_that_is_not_there_is_refused(engine: Engine) -> None:
    with pytest.raises(StressFailed, match="--instrument 4=SOL: there is no instrument of this number"):
        LedgerSystem(engine.tables, "small", {4: "SOL"}, {})


@pytest.mark.rule("STR-002")
def test_a_ledger_file_is_only_read_and_its_last_state_stressed(tmp_path: Path) -> None:
    path = tmp_path / "a.ledger"
    with Ledger.open(path) as ledger:
        for commands in batches(5, 100):
            ledger.apply(commands)
        direct = LedgerSystem(ledger.tables.copy(), path.name, {1: BTC}, {1: USDT})
    before = path.read_bytes()
    read = LedgerSystem.read(path, {1: BTC}, {1: USDT})
    for shock in shocks(read.names()):
        assert read.under(shock) == direct.under(shock)
    assert sum(outcome.liquidated for outcome in read.under(uniform_fall(Fraction(1, 2)))) > 0
    assert path.read_bytes() == before
    with pytest.raises(NotALedger):
        LedgerSystem.read(tmp_path / "none.ledger", {}, {})


MARKET = three_instruments()
