"""The benchmark's workloads are what they say they are, at sizes that take no time."""

import pytest

from bench import cold_start, commands, figures, marks, one_position, options, prices, span


@pytest.fixture(autouse=True)
def without_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERS", "")


@pytest.mark.rule("HSE-003", "SCR-001")
def test_marks_that_breach_nothing_and_marks_that_breach_eighteen_in_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "INSIDE", 2_000)
    monkeypatch.setattr(marks, "CALLS", 50)
    quiet, crash = marks.one_mark([100, 1_000]), marks.one_crash([100, 1_000])
    assert [row[0] for row in quiet.rows + crash.rows] == ["100", "1k"] * 2
    assert quiet.rows[1][3] == "left out by PEERS"


@pytest.mark.rule("HSE-003", "REF-001")
def test_every_command_of_the_mixture_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "ROUNDS", 2_000)
    assert len(commands.in_memory([100, 1_000]).rows) == 2


@pytest.mark.rule("HSE-003", "THR-001")
def test_prices_over_arrays_are_those_of_the_rule() -> None:
    sizes, capitals = prices.book(500)
    found = prices.liquidation_prices(prices.TIERS, 0, prices.worlds.LOT_MULTIPLIER, sizes, capitals)
    one = prices.liquidation_threshold
    expected = [
        one(prices.TIERS, 0, prices.worlds.LOT_MULTIPLIER, int(size), int(capital), prices.RATE_ONE)
        for size, capital in zip(sizes, capitals, strict=True)
    ]
    assert found.tolist() == expected


@pytest.mark.rule("HSE-003", "THR-001")
def test_one_position_is_liquidated_where_the_rationals_say() -> None:
    section = one_position.one_position()
    if section.goals[0].met is None:
        pytest.skip(section.goals[0].reached)
    assert section.goals[0].met, section.markdown()


@pytest.mark.rule("HSE-004")
def test_cold_start_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold_start, "RUNS", 1)
    assert len(cold_start.cold_start().rows) == 3


@pytest.mark.rule("HSE-003", "SPN-013")
def test_span_margins_the_same_portfolios_alone_and_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (span.DATA / span.FILE).exists():
        pytest.skip(f"{span.DATA / span.FILE} is absent")
    monkeypatch.setattr(span, "PORTFOLIOS", 40)
    monkeypatch.setattr(span, "ALONE", 20)
    section = span.span()
    assert [row[0] for row in section.rows][3] == "40 portfolios at once"
    assert all(goal.met is not None for goal in section.goals)


@pytest.mark.rule("HSE-003")
def test_growth_is_the_exponent() -> None:
    assert figures.growth([10, 100, 1_000], [7.0, 7.0, 7.0]) == pytest.approx(0)
    assert figures.growth([10, 100, 1_000], [1.0, 100.0, 10_000.0]) == pytest.approx(2)


@pytest.mark.rule("HSE-003", "PRI-020", "PRI-021")
def test_options_are_priced_within_the_stated_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "BESIDE", 1_000)
    monkeypatch.setattr(options, "SAMPLE", 100)
    monkeypatch.setattr(options, "RUNS", 1)
    priced, solved = options.black([100, 1_000]), options.implied([100, 1_000])
    assert [goal.met for goal in (*priced.goals, *solved.goals)] == [None, True, None, True]
    assert priced.rows[3][2] == "left out by PEERS"


@pytest.mark.rule("HSE-003", "ARR-001")
def test_the_shocked_options_of_the_benchmark_are_those_of_the_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "LISTED", 40)
    monkeypatch.setattr(options, "RUNS", 1)
    expiries, listed = options.listed()
    chosen = options.shipped("stoplog", "default")
    found = options.risk_arrays(chosen, expiries, listed)
    after = options.prices(*options.shocked(expiries, listed)).reshape(len(chosen.scenarios), 40) * 1e4
    weights = [scenario.weight for scenario in chosen.scenarios]
    for s, weight in enumerate(weights):
        assert abs(found.profits[:, s] - weight * (after[s] - found.marks)).max() <= 1.0
    assert len(options.arrays().rows) == 3 + len(options.peer.OPTIONS)
