"""A ledger under stress: the engine's own figures, on a copy, adding up."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stress.markets import HELD, crosses, fund_that_fills_up, three_instruments

from stoplog.codes import CompartmentState, Event, Model, Parameter
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
SHARED, CROSSES = crosses()
SHARED_NAMES = {1: BTC, 2: ETH}


def shared(**factors: Fraction) -> dict[str, Outcome]:
    """The outcomes by asset of a stress of the market with cross compartments."""
    found = LedgerSystem(SHARED.tables, "shared", SHARED_NAMES, ASSETS).under(Shock("any", "", factors))
    return {outcome.asset: outcome for outcome in found}


@pytest.mark.rule("STR-007")
@pytest.mark.parametrize("factor", [Fraction(1, 3), Fraction(3)])
def test_a_hedge_is_judged_by_all_marks_of_a_jump_at_once(factor: Fraction) -> None:
    """Long 10,000 of BTC and short as much of ETH: both by the same factor leave 6,000."""
    found = shared(BTC=factor, ETH=factor)
    name = str(CROSSES["hedged"])
    assert name not in [loss.compartment for outcome in found.values() for loss in outcome.losses]
    alone = {"BTC": factor} if factor < 1 else {"ETH": factor}
    assert name in [loss.compartment for loss in shared(**alone)[USDT].losses]


@pytest.mark.rule("STR-003", "STR-007")
def test_collateral_falls_with_what_it_backs() -> None:
    """Bitcoin for 10,000 behind a long of 10,000: at half nothing is left; at 0.4, −2,000.

    The hedge then has 1,000 against 1,500.
    """
    assert list(shared(BTC=Fraction(1, 2))) == [USDT]
    assert shared(BTC=Fraction(1, 2))[USDT].liquidated == 2
    found = shared(BTC=Fraction(2, 5))
    assert found[USDT].losses[0] == Loss(str(CROSSES["coins"]), 2000 * CENT)


@pytest.mark.rule("STR-007")
def test_a_stable_asset_at_nine_tenths_is_worth_less_as_collateral_and_as_a_debt() -> None:
    """The short has 3,000 USDT at 90; ETH at 111 takes 1,100 of them."""
    found = shared(USDT=Fraction(9, 10))
    assert found[USDT].losses == ()
    assert found[USDT].liquidated == 0


@pytest.mark.rule("STR-001", "STR-007")
@given(*[st.fractions(Fraction(1, 10**6), 6)] * 3)
def test_cross_compartments_add_up_to_the_system_and_each_loses_what_it_is_short_of(
    btc: Fraction, eth: Fraction, usdt: Fraction
) -> None:
    """What is left at stressed prices, in value units, is below zero by the loss, but for what conversion rounds."""
    before = SHARED.tables.digest()
    found = shared(BTC=btc, ETH=eth, USDT=usdt)
    assert SHARED.tables.digest() == before
    for outcome in found.values():
        assert outcome.beyond == outcome.fund_before + outcome.received - outcome.fund_left + outcome.uncovered
    marks = {1: max(1, int(1000 * btc / usdt)), 2: max(1, int(100 * eth / usdt))}
    prices = {1: Fraction(max(1, int(10**9 * usdt)), 10**9), 2: Fraction(max(1, int(10**7 * btc)), 10**9)}
    losses = {loss.compartment: loss.amount / CENT for loss in found[USDT].losses}
    for name, held in HELD.items():
        gained = sum(size * (min(100_000, marks[i]) - price) for i, size, price in held.legs)
        left = (held.cash + gained) * prices[1] + held.coins * prices[2]
        lost = losses.get(str(CROSSES[name]), Fraction(0)) * prices[1]
        assert abs(lost - max(Fraction(0), -left)) <= 2 * prices[1] + 2 * prices[2] + 2


@pytest.mark.rule("STR-007")
def test_portfolio_compartments_are_named_as_left_out() -> None:
    engine, batch = Engine.from_bytes(SHARED.to_bytes()), Batch()
    system = LedgerSystem(engine.tables, "shared", SHARED_NAMES, ASSETS)
    assert system.remarks() == []
    batch.open_cross(account=1, model=Model.SCENARIOS, time=1)
    engine.apply(batch.records())
    (told,) = system.remarks()
    assert told.startswith("1 portfolio compartment is moved by prices of collateral alone")
