"""The same traders in every setting: same money, same trades; what a report says is what the events say."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stoplog.codes import Command, Event, Kind, Place
from stoplog.engine import Engine
from stoplog.ledger import Ledger
from stoplog.simulation.inputs import BadInput
from stoplog.simulation.replay import ReplayFailed
from stoplog.simulation.sharing.comparison import SHARES_AT, Comparison, column_of, compare
from stoplog.simulation.sharing.figures import Figures, figures_of
from stoplog.simulation.sharing.holders import NO_COIN
from stoplog.simulation.sharing.layout import ASSET, Setting, coin_assets, entries, lay_out, opening
from stoplog.simulation.sharing.running import Run, closing, run_setting
from stoplog.simulation.sharing.terms import default_path, read_terms
from stoplog.simulation.sharing.world import SharedWorld, build
from stoplog.simulation.tables import Selection
from stoplog.simulation.world import Request

TRADERS = 1500
FALLS = {"BTCUSDT": 0.75, "ETHUSDT": 0.65, "SUIUSDT": 0.4}
STARTS = {"BTCUSDT": 60_000.0, "ETHUSDT": 3_000.0, "SUIUSDT": 2.5}


def crash(folder: Path, minutes: int = 240) -> Path:
    """Three prices that wander, fall one after the other, and come back in part: made from a seed, for tests."""
    rows = ["timestamp,symbol,close"]
    for k, (symbol, fall) in enumerate(FALLS.items()):
        random = np.random.default_rng(k)
        steps = np.cumsum(random.normal(0, 0.002, minutes))
        at = minutes // 2 + 10 * k
        steps[at:] += np.log(fall) * np.minimum(1, np.arange(1, minutes - at + 1) / 4)
        steps[at + 30 :] -= np.log(fall) / 2
        prices = STARTS[symbol] * np.exp(steps)
        rows += [f"{1_760_054_400 + 60 * i},{symbol},{price:.4f}" for i, price in enumerate(prices)]
    path = folder / "crash.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def marks_of_three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crash(tmp_path_factory.mktemp("sharing"))


@pytest.fixture(scope="module")
def world(marks_of_three: Path) -> SharedWorld:
    return build(Request(marks=[marks_of_three], accounts=TRADERS, seed=5))


@pytest.fixture(scope="module")
def runs(world: SharedWorld) -> dict[Setting, Run]:
    found = {}
    for setting in Setting:
        run = run_setting(world, setting, Engine())
        assert run is not None
        found[setting] = run
    return found


@pytest.fixture(scope="module")
def comparison(world: SharedWorld, runs: dict[Setting, Run]) -> Comparison:
    return compare(world, tuple(column_of(world, run) for run in runs.values()))


def everything(world: SharedWorld, setting: Setting) -> tuple[NDArray[np.void], NDArray[np.void], Engine]:
    """All commands of a setting with all events, from an engine of its own."""
    engine = Engine()
    commands = [
        opening(world.terms, world.lines, world.start),
        lay_out(setting, world.terms, world.lines, world.holders).commands,
    ]
    events = [engine.apply(part) for part in commands]
    commands.append(closing(engine.tables, world.end))
    events.append(engine.apply(commands[-1]))
    return np.concatenate(commands), np.concatenate(events), engine


@pytest.mark.rule("SIM-009")
def test_every_setting_has_the_same_money_and_the_same_trades(world: SharedWorld) -> None:
    seen = []
    for setting in Setting:
        rows = entries(setting, world.terms, world.lines, world.holders).commands
        money = rows[rows["kind"] == Command.DEPOSIT][["time", "account", "asset", "amount"]].tolist()
        fills = rows[rows["kind"] == Command.FILL][["time", "instrument", "size", "price", "rate"]].tolist()
        opened = rows[(rows["kind"] == Command.OPEN_COMPARTMENT)]
        rates = sorted(opened[["account", "instrument", "rate"]].tolist())
        seen.append((money, fills, rates))
        put_in = (
            opened["amount"].sum()
            + rows["amount"][(rows["kind"] == Command.ADD_MARGIN) & (rows["asset"] == ASSET)].sum()
        )
        assert put_in == world.holders.stable.sum()
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0][1]) == world.holders.held.sum() > 2 * TRADERS


@pytest.mark.rule("SIM-009")
def test_each_position_is_where_its_setting_has_it(world: SharedWorld, runs: dict[Setting, Run]) -> None:
    wanted = {
        Setting.ISOLATED: world.holders.held,
        Setting.CROSS: np.zeros_like(world.holders.held),
        Setting.MIXED: world.holders.apart,
    }
    for setting, run in runs.items():
        rows = run.tables.rows("compartments")
        trader, instrument = np.nonzero(run.layout.compartment)
        assert (np.count_nonzero(run.layout.compartment, axis=1) == world.holders.held.sum(axis=1)).all()
        found = rows[run.layout.compartment[trader, instrument]]
        assert (found["account"] == trader + 1).all()
        assert (found["instrument"] == instrument + 1).all()
        isolated = wanted[setting][trader, instrument]
        assert (found["kind"] == np.where(isolated, Kind.ISOLATED, Kind.POSITION)).all()
    apart = world.holders.apart.sum(axis=1)
    assert (apart >= 1).all()
    assert (apart < world.holders.held.sum(axis=1)).all()


@pytest.mark.rule("SIM-010")
def test_isolated_a_failure_reaches_no_other_position(comparison: Comparison) -> None:
    isolated, cross, mixed = (column.figures.failures for column in comparison.columns)
    assert isolated.count > TRADERS / 2
    assert isolated.along.sum() == 0
    assert isolated.beside.sum() > 500
    assert cross.spread > 100
    assert 0 < mixed.spread < cross.spread


@pytest.mark.rule("SIM-010", "ISO-001")
def test_mixed_an_isolated_position_never_goes_along(world: SharedWorld) -> None:
    _, events, engine = everything(world, Setting.MIXED)
    taken = events[events["kind"] == Event.TAKEN_OVER]
    together = Counter(taken[["sequence", "account"]].tolist())
    kinds = engine.tables.rows("compartments")["kind"][taken["compartment"]]
    alone = np.array([together[key] == 1 for key in taken[["sequence", "account"]].tolist()])
    assert (kinds[~alone] == Kind.POSITION).all()
    assert (~alone).sum() > 50
    assert (kinds == Kind.ISOLATED).sum() > 50


def balances_of(events: NDArray[np.void]) -> dict[tuple[int, int], int]:
    """What each account holds of each asset, free and in compartments, event by event."""
    held: dict[tuple[int, int], int] = defaultdict(int)
    own = {Place.FREE, Place.COMPARTMENT, Place.POCKET}
    for row in events[(events["amount"] != 0) & (events["account"] != 0)].tolist():
        _, _, _, source, target, asset, _, account, _, amount, *_ = row
        held[account, asset] += amount * ((target in own) - (source in own))
    return held


def failures_by_hand(world: SharedWorld, events: NDArray[np.void]) -> Iterator[tuple[int, int, int, int]]:
    """(sequence, account, others that stood beside, others that went) for each failure, in order."""
    standing = dict(enumerate(world.holders.held.sum(axis=1).tolist(), start=1))
    by_failure: dict[tuple[int, int], int] = {}
    for row in events[events["kind"] == Event.TAKEN_OVER]:
        key = int(row["sequence"]), int(row["account"])
        by_failure[key] = by_failure.get(key, 0) + 1
    for (sequence, account), went in by_failure.items():
        yield sequence, account, standing[account] - 1, went - 1
        standing[account] -= went


@pytest.mark.rule("SIM-011", "SIM-010")
@pytest.mark.parametrize("setting", Setting)
def test_figures_are_those_of_the_events(setting: Setting, world: SharedWorld, runs: dict[Setting, Run]) -> None:
    figures = figures_of(world, runs[setting])
    _, events, engine = everything(world, setting)
    assert engine.digest() == runs[setting].digest
    held, holders = balances_of(events), world.holders
    assets = coin_assets(world.lines).tolist()
    for n in range(holders.count):
        left, coin = held[n + 1, ASSET], int(holders.coin[n])
        if coin != NO_COIN:
            line = world.lines[coin]
            assert line.coin is not None
            left += held[n + 1, assets[coin]] * int(line.marks.price[-1]) * line.coin.factor // 10**9
        assert int(figures.lost[n]) == int(holders.stable[n]) + int(holders.coin_worth[n]) - left
    taken = set(events["compartment"][events["kind"] == Event.TAKEN_OVER].tolist())
    numbers = runs[setting].layout.compartment
    assert figures.liquidated.tolist() == [[number in taken for number in row] for row in numbers.tolist()]
    by_hand = sorted(
        (sequence, account, beside, along) for sequence, account, beside, along in failures_by_hand(world, events)
    )
    found = figures.failures
    assert [row[1:] for row in by_hand] == list(
        zip((found.trader + 1).tolist(), found.beside.tolist(), found.along.tolist(), strict=True)
    )
    for kind, amount in (
        (Event.FUND_RECEIVED, figures.fund_received),
        (Event.FUND_PAID, figures.fund_paid),
        (Event.SOCIALISED, figures.socialised),
    ):
        assert amount == sum(events["amount"][events["kind"] == kind].tolist())
    assert figures.converted == (events["kind"] == Event.CONVERTED).sum() / 2


@pytest.mark.rule("SIM-011", "CON-002")
def test_the_sums_by_trader_are_the_systems(world: SharedWorld, comparison: Comparison) -> None:
    for column in comparison.columns:
        balances = column.figures.balances
        assert [balance.asset for balance in balances] == ["USDT", "BTC", "ETH"]
        assert all(balance.lost == balance.gone_to for balance in balances)
        assert column.violations == ()
        assert column.beyond == 0
        assert column.largest_share <= 1
    isolated, cross, _ = (column.figures for column in comparison.columns)
    assert isolated.fund_received > 0
    assert cross.fund_received == cross.fund_paid == 0
    assert cross.socialised > 0
    assert cross.converted > 0
    assert (isolated.at_risk == world.holders.stable).all()
    assert (cross.at_risk == world.holders.money).all()


@pytest.mark.rule("SIM-011")
def test_fates_and_pairs_add_up(world: SharedWorld, comparison: Comparison) -> None:
    for column in comparison.columns:
        fates = column.fates
        assert fates.none + fates.some + fates.every == TRADERS
        assert fates.survivors == TRADERS - fates.every
        lost = np.sort(column.figures.lost / world.holders.money)
        for share, at in zip(column.shares_lost, SHARES_AT, strict=True):
            assert lost[int(at * (TRADERS - 1))] <= share <= lost[-int(-at * (TRADERS - 1) // 1)]
    first = comparison.columns[0].figures
    for pair, column in zip(comparison.pairs, comparison.columns[1:], strict=True):
        assert pair.both + pair.only_first + pair.only_second + pair.neither == world.holders.held.sum()
        assert pair.both + pair.only_first == first.liquidated.sum()
        assert pair.both + pair.only_second == column.figures.liquidated.sum()
        assert pair.better_by - pair.worse_by == int((first.lost - column.figures.lost).sum())


FIXED = {
    "count = 10_000": "count = 1",
    "taker_fee = 0.0005": "taker_fee = 0",
    "liquidation_fee = 0.001": "liquidation_fee = 0",
    "slippage = 0.003": "slippage = 0",
    "long = 0.65": "long = 1",
    "same_side = 0.7": "same_side = 1",
    "sigma = 0.5": "sigma = 0",
    "values = [2, 3, 5, 8, 10, 15, 20, 25, 50]": "values = [10]",
    "weights = [10, 14, 22, 12, 18, 8, 9, 4, 3]": "weights = [1]",
    "sigma = 1.5": "sigma = 0",
    "at_start = 0.6": "at_start = 1",
    "share = 0.3": "share = 0",
}


@pytest.mark.rule("SIM-009", "SIM-010", "SIM-011", "CRS-008")
def test_a_worked_crash(tmp_path: Path) -> None:
    """1,000 in two longs of 5,000 each; one price halves at once, the other stays: 2,500 are lost on 1,000."""
    text = default_path().read_text(encoding="utf-8")
    for old, new in FIXED.items():
        assert old in text, old
        text = text.replace(old, new)
    population = tmp_path / "one.toml"
    population.write_text(text, encoding="utf-8")
    times = [1_760_054_400 + 60 * i for i in range(3)]
    rows = [f"{time},AUSDT,{price}" for time, price in zip(times, (100, 50, 50), strict=True)]
    rows += [f"{time},BUSDT,100" for time in times]
    marks = tmp_path / "two.csv"
    marks.write_text("\n".join(["time,symbol,price", *rows]) + "\n", encoding="utf-8")
    world = build(Request(marks=[marks], population=population))
    found: dict[Setting, Figures] = {}
    for setting in Setting:
        run = run_setting(world, setting, Engine())
        assert run is not None
        found[setting] = figures_of(world, run)
    assert world.holders.margin.tolist() == [[500_000_002, 500_000_002]]
    lost = {setting: int(figures.lost[0]) for setting, figures in found.items()}
    assert lost == {Setting.ISOLATED: 500_000_002, Setting.CROSS: 1_000_000_004, Setting.MIXED: 500_000_002}
    missing = {setting: figures.missing for setting, figures in found.items()}
    assert missing == {Setting.ISOLATED: 1_999_999_998, Setting.CROSS: 1_499_999_996, Setting.MIXED: 1_999_999_998}
    along = {setting: figures.failures.along.tolist() for setting, figures in found.items()}
    assert along == {Setting.ISOLATED: [0], Setting.CROSS: [1], Setting.MIXED: [0]}
    assert [figures.liquidated.tolist() for figures in found.values()] == [
        [[True, False]],
        [[True, True]],
        [[True, False]],
    ]


@pytest.mark.rule("SIM-005")
def test_files_options_and_seed_decide(runs: dict[Setting, Run], marks_of_three: Path, tmp_path: Path) -> None:
    again = build(Request(marks=[marks_of_three], accounts=TRADERS, seed=5))
    other = build(Request(marks=[marks_of_three], accounts=TRADERS, seed=6))
    with Ledger.open(tmp_path / "cross.ledger") as ledger:
        kept = run_setting(again, Setting.CROSS, ledger)
        assert kept is not None
        assert kept.digest == runs[Setting.CROSS].digest
        assert ledger.sequence == kept.commands
    moved = run_setting(other, Setting.CROSS, Engine())
    assert moved is not None
    assert moved.digest != runs[Setting.CROSS].digest


@pytest.mark.rule("SIM-005")
def test_it_stops_where_it_is_told_to(world: SharedWorld) -> None:
    assert run_setting(world, Setting.CROSS, Engine(), stop=lambda: True) is None


@pytest.mark.rule("SIM-006")
def test_a_refusal_ends_it(world: SharedWorld) -> None:
    low = replace(world.lines[0], scale=replace(world.lines[0].scale, price_max=int(world.lines[0].marks.price[0])))
    with pytest.raises(ReplayFailed, match="MARK: price out of range"):
        run_setting(replace(world, lines=(low, *world.lines[1:])), Setting.MIXED, Engine())


@pytest.mark.rule("SIM-001")
def test_instruments_are_found_by_symbol_and_by_file(marks_of_three: Path, tmp_path: Path) -> None:
    chosen = build(Request(marks=[marks_of_three], selection=Selection(symbol="SUIUSDT,BTCUSDT"), accounts=3))
    assert [line.symbol for line in chosen.lines] == ["SUIUSDT", "BTCUSDT"]
    named = []
    for symbol in ("X", "Y"):
        path = tmp_path / f"{symbol}.csv"
        path.write_text("time,price\n1760054400,5\n1760054460,6\n1760054520,5\n", encoding="utf-8")
        named.append(Path(f"{symbol}={path}"))
    world = build(Request(marks=named, accounts=3))
    assert [line.symbol for line in world.lines] == ["X", "Y"]
    assert [line.coin for line in world.lines] == [None, None]
    assert (world.holders.coin == NO_COIN).all()
    assert [source.name for source in world.sources[:2]] == ["X.csv", "Y.csv"]


@pytest.mark.rule("SIM-001")
def test_what_cannot_be_replayed_is_refused(marks_of_three: Path, tmp_path: Path, write: Callable[..., Path]) -> None:
    late = write("2030-01-01T00:00Z,5", "2030-01-01T00:01Z,5", header="time,price", name="late.csv")
    for request, said in (
        (Request(), "--margin needs the marks of two instruments; there is none"),
        (Request(marks=[marks_of_three], selection=Selection(symbol="BTCUSDT")), "there is BTCUSDT"),
        (Request(marks=[marks_of_three], selection=Selection(symbol="BTCUSDT,XRPUSDT")), "there is no XRPUSDT"),
        (Request(marks=[marks_of_three], funding=late), "--funding is the funding of one instrument"),
        (Request(marks=[marks_of_three, Path(f"LATE={late}")]), "have no time in common"),
        (Request(marks=[marks_of_three], path="ohlc"), "path ohlc needs open, high and low"),
        (Request(marks=[Path(f"A={tmp_path}/none.csv"), Path(f"B={late}")]), "none.csv: there is no such file"),
    ):
        with pytest.raises(BadInput, match=said):
            build(request)


@pytest.mark.rule("SIM-001")
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[mixed]", "[mixing]", "field mixing: there is no such key"),
        ("same_side = 0.7", "same_side = 7", "field traders.same_side: 7 is not between 0 and 1"),
        ("values = [2, 3, 4]", "values = [1, 3, 4]", r"field positions.values\[1\]: 1 is not between 2 and 256"),
        ("conversion_fee = 0.002", "conversion_fee = 0.2", "field collateral.conversion_fee: 0.2 is above the largest"),
        ("BTCUSDT = 0.05", "BTCUSDT = 5", "field haircuts.BTCUSDT: 5 is not between 0 and 1"),
        ("[0, 0.005, 100], [50_000", "[0, 0.5, 100], [50_000", "field tiers.SOLUSDT: "),
        ("isolated = 0.5", "", "field mixed.isolated: the number is missing"),
    ],
)
def test_a_wrong_key_is_refused_by_name(old: str, new: str, said: str, tmp_path: Path) -> None:
    text = default_path().read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "portfolios.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_terms(path)
