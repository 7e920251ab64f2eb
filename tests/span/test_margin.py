"""The algorithm, by figures reckoned by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from span.markets import listing, margined, ours, with_commodity

from stoplog.span.contracts import RiskArray
from stoplog.span.errors import PositionError
from stoplog.span.layout import Adjustment, Conversion, SpanFile
from stoplog.span.listing import span_file
from stoplog.span.parameters import Parameters, parameters
from stoplog.span.scanning import rounded
from stoplog.span.spreads import DeltaSpread, PeriodLeg, Rate, SpotRate, Tier, TierLeg, Tiers


@pytest.fixture(scope="module")
def file() -> SpanFile:
    return ours()


@pytest.fixture(scope="module")
def found(file: SpanFile) -> Parameters:
    return parameters(file)


def future(month: str, name: str = "BTC") -> tuple[str, str, str]:
    return "F", name, month


def opted(right: str, strike: int, month: str = "202609", name: str = "BTC") -> tuple[Any, ...]:
    return "O", name, month, right, Decimal(strike)


def legs(*named: tuple[int, str, str]) -> tuple[TierLeg, ...]:
    return tuple(TierLeg(commodity="BTC", tier=tier, side=side, ratio=Decimal(ratio)) for tier, side, ratio in named)


def charged(number: int, rate: int, **given: Any) -> DeltaSpread:
    return DeltaSpread(number=number, method="F", rate=Rate(rate=1, value=Decimal(rate)), **given)


TIERS = Tiers(
    tiers=(
        Tier(number=1, start="202609", end="202609"),
        Tier(number=2, start="202612", end="202703"),
    )
)


@pytest.mark.rule("SPN-004", "SPN-010")
def test_a_future_is_margined_by_its_scan_range_either_way(found: Parameters) -> None:
    for quantity, active in ((1, 13), (-1, 11), (3, 13)):
        made = margined(found, (future("202609"), quantity))
        (part,) = made.commodities
        assert (part.scan.risk, part.scan.active) == (9_000 * abs(quantity), active)
        assert (made.maintenance, made.initial, made.net_option_value) == (part.requirement, part.requirement, 0)


@pytest.mark.rule("SPN-004")
def test_the_first_of_equal_losses_is_active(found: Parameters) -> None:
    scan = margined(found, (future("202609"), -1)).commodities[0].scan
    assert scan.totals[10] == scan.totals[11] == 9_000
    assert (scan.active, scan.paired) == (11, 12)


@pytest.mark.rule("SPN-004")
@pytest.mark.parametrize(
    ("count", "unit", "exponent", "expected"),
    [
        (25, 10, 0, 3),
        (-25, 10, 0, -3),
        (24, 10, 0, 2),
        (125, 1, 1, 130),
        (1249, 10, -1, Fraction(1249, 10)),
        (0, 10, 0, 0),
    ],
)
def test_scan_risk_is_rounded_half_away_from_zero(count: int, unit: int, exponent: int, expected: Any) -> None:
    assert rounded(count, unit, exponent) == expected


@pytest.mark.rule("SPN-004")
@given(st.integers(-(10**9), 10**9), st.integers(-2, 3))
def test_what_is_rounded_moves_by_half_a_step_at_most(count: int, exponent: int) -> None:
    step = Fraction(10) ** exponent
    result = rounded(count, 1_000, exponent)
    assert (result / step).denominator == 1
    assert abs(result - Fraction(count, 1_000)) <= step / 2
    assert rounded(-count, 1_000, exponent) == -result


@pytest.mark.rule("SPN-004")
def test_options_that_are_long_only_lose_no_more_than_their_value(found: Parameters) -> None:
    part = margined(found, (opted("C", 60_000), 2), (opted("P", 60_000), 1)).commodities[0]
    worst = max(part.scan.totals)
    assert worst > 3 * Fraction("120.5")
    assert part.scan.capped
    assert part.scan.risk == 362
    hedged = margined(found, (opted("C", 60_000), 2), (future("202609"), -1)).commodities[0]
    assert not hedged.scan.capped


@pytest.mark.rule("SPN-004")
def test_a_gain_in_every_scenario_counts_as_zero_but_at_takasbank(file: SpanFile) -> None:
    exchange = file.at.organisation.exchanges[0]
    family = exchange.futures[0]
    gains = RiskArray(rate=1, losses=(Decimal(-5),) * 16, delta=Decimal(1))
    winner = replace(family.futures[0], arrays=(gains,))
    changed = replace(exchange, futures=(replace(family, futures=(winner, *family.futures[1:])), *exchange.futures[1:]))
    for code, risk in (("STOPLOG", 0), ("TAKASBANK", -10)):
        organisation = replace(file.at.organisation, code=code, exchanges=(changed,))
        found = parameters(replace(file, at=replace(file.at, organisation=organisation)))
        part = margined(found, (future("202609"), 2)).commodities[0]
        assert (part.scan.risk, part.requirement) == (risk, 0)


@pytest.mark.rule("SPN-005")
def test_price_risk_is_what_is_above_time_risk_by_delta(found: Parameters) -> None:
    part = margined(found, (future("202609"), -3)).commodities[0]
    assert (part.scan.volatility_adjusted, part.scan.time, part.scan.price) == (27_000, 0, 27_000)
    assert (part.deltas.net, part.weighted_price_risk) == (-3, 9_000)
    flat = margined(found, (future("202609"), -3), (future("202612"), 3)).commodities[0]
    assert (flat.deltas.net, flat.weighted_price_risk) == (0, 0)


@pytest.mark.rule("SPN-005")
@pytest.mark.parametrize(("method", "expected"), [("NORMAL", None), ("CAP", 9_000), ("SCANRANGE", 9_000)])
def test_price_risk_is_capped_or_set_where_the_file_says_so(file: SpanFile, method: str, expected: int | None) -> None:
    held = [(opted("C", 75_000), -5), (future("202609"), 1)]
    normal = margined(parameters(file), *held).commodities[0].weighted_price_risk
    assert normal > 9_000
    part = margined(parameters(with_commodity(file, "BTC", price_risk=method)), *held).commodities[0]
    assert part.weighted_price_risk == (normal if expected is None else expected)


@pytest.mark.rule("SPN-006")
def test_spreads_between_months_are_charged_and_take_delta(found: Parameters) -> None:
    part = margined(found, (future("202609"), 5), (future("202612"), -3)).commodities[0]
    assert [(spread.times, spread.amount) for spread in part.intra_spreads] == [(3, 750)]
    assert part.deltas.left == {"202609": 2, "202612": 0}
    assert part.requirement == 18_000 + 750


@pytest.mark.rule("SPN-006")
def test_series_come_before_tiers_and_each_is_mirrored(file: SpanFile) -> None:
    series = tuple(
        PeriodLeg(commodity="BTC", period=month, side=side, ratio=Decimal(1))
        for month, side in (("202609", "A"), ("202703", "B"))
    )
    spreads = (
        charged(1, 400, tier_legs=legs((1, "A", "1"), (2, "B", "1"))),
        charged(2, 100, period_legs=series),
    )
    found = parameters(with_commodity(file, "BTC", intra_tiers=TIERS, spreads=spreads))
    held = [(future("202609"), -5), (future("202612"), 3), (future("202703"), 3)]
    part = margined(found, *held).commodities[0]
    assert [(spread.number, spread.times, spread.amount) for spread in part.intra_spreads] == [(2, 3, 300), (1, 2, 800)]
    assert part.deltas.left == {"202609": 0, "202612": 1, "202703": 0}


@pytest.mark.rule("SPN-006")
def test_a_butterfly_takes_both_wings_from_one_tier(file: SpanFile) -> None:
    spreads = (charged(1, 90, tier_legs=legs((1, "A", "2"), (2, "B", "1"), (2, "B", "1"))),)
    found = parameters(with_commodity(file, "BTC", intra_tiers=TIERS, spreads=spreads))
    held = [(future("202609"), 6), (future("202612"), -3), (future("202703"), -1)]
    part = margined(found, *held).commodities[0]
    assert [(spread.times, spread.amount) for spread in part.intra_spreads] == [(2, 180)]
    assert part.deltas.left == {"202609": 2, "202612": 0, "202703": 0}


@pytest.mark.rule("SPN-006")
def test_codes_of_series_are_one_month_and_days_are_not() -> None:
    plain = listing()
    btc = plain.products[0]
    futures = (replace(btc.futures[0], month="202609S0"), replace(btc.futures[0], month="20260918"))
    options = tuple(replace(made, month="202609S1") for made in btc.options if made.month == "202609")
    coded = replace(plain, products=(replace(btc, futures=futures, options=options), plain.products[1]))
    found = parameters(span_file(coded))
    held = [(future("202609S0"), 5), (opted("C", 60_000), -1), (future("20260918"), -2)]
    part = margined(found, *held).commodities[0]
    assert [made.contract.period for made in part.positions] == ["202609S0", "202609S1", "20260918"]
    assert list(part.deltas.held) == ["202609", "20260918"]
    assert part.intra_spreads[0].times == 2
    assert found.contract(future("202609")).period == "202609S0"


HOLDINGS = st.lists(
    st.tuples(
        st.sampled_from(
            [future("202609"), future("202612"), opted("C", 75_000), opted("P", 48_000), opted("C", 60_000)]
        ),
        st.integers(-50, 50),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.rule("SPN-004")
@given(HOLDINGS, HOLDINGS, st.integers(2, 9))
def test_losses_add_up_and_the_largest_of_a_sum_is_no_more_than_the_sum(
    found: Parameters, one: list[Any], other: list[Any], times: int
) -> None:
    def totals(held: list[Any]) -> tuple[Fraction, ...]:
        parts = margined(found, *held).commodities
        return parts[0].scan.totals if parts else (Fraction(0),) * 16

    together = totals(one + other)
    assert together == tuple(a + b for a, b in zip(totals(one), totals(other), strict=True))
    assert max(together) <= max(totals(one)) + max(totals(other))
    assert totals([(key, times * quantity) for key, quantity in one]) == tuple(times * loss for loss in totals(one))
    assert totals([(key, -quantity) for key, quantity in one]) == tuple(-loss for loss in totals(one))


@pytest.mark.rule("SPN-006", "SPN-008", "SPN-010")
@given(HOLDINGS, st.integers(-200, 200))
def test_spreads_never_take_more_delta_than_there_is(found: Parameters, held: list[Any], quantity: int) -> None:
    made = margined(found, *held, (future("202609", "ETH"), quantity))
    for part in made.commodities:
        for month, delta in part.deltas.held.items():
            left = part.deltas.left[month]
            assert left * delta >= 0
            assert abs(left) <= abs(delta)
        assert part.inter >= 0
        assert part.requirement >= part.short_option_minimum >= 0
    credited = sum(part.inter > 0 for part in made.commodities)
    assert credited in (0, 1, 2)
    assert made.maintenance == sum(part.requirement for part in made.commodities)


@pytest.mark.rule("SPN-007")
def test_months_in_delivery_are_charged_by_what_became_of_their_delta(file: SpanFile) -> None:
    rate = SpotRate(rate=1, period="202609", spread=Decimal(100), outright=Decimal(40))
    found = parameters(with_commodity(file, "BTC", spot_rates=(rate,)))
    part = margined(found, (future("202609"), 5), (future("202612"), -3)).commodities[0]
    assert part.delivery == 3 * 100 + 2 * 40
    assert part.requirement == 18_000 + 750 + 380
    assert margined(found, (future("202612"), 5)).commodities[0].delivery == 0


@pytest.mark.rule("SPN-008")
def test_spreads_between_commodities_are_credited_to_each(found: Parameters) -> None:
    made = margined(found, (future("202609"), 2), (future("202609", "ETH"), -50))
    credits_ = {part.name: part.inter for part in made.commodities}
    assert credits_ == {"BTC": 2 * 9_000 // 2, "ETH": 20 * 800 // 2}
    assert [part.requirement for part in made.commodities] == [9_000, 32_000]
    mirrored = margined(found, (future("202609"), -2), (future("202609", "ETH"), 50))
    assert [part.inter for part in mirrored.commodities] == [9_000, 8_000]
    same = margined(found, (future("202609"), 2), (future("202609", "ETH"), 50))
    assert [part.inter for part in same.commodities] == [0, 0]


@pytest.mark.rule("SPN-009")
@pytest.mark.parametrize(("method", "number"), [("GROSS", 8), ("MAX", 5)])
def test_the_short_option_minimum_counts_what_is_sold(file: SpanFile, method: str, number: int) -> None:
    found = parameters(with_commodity(file, "BTC", short_option=method))
    part = margined(found, (opted("C", 75_000), -3), (opted("P", 48_000), -5), (opted("C", 60_000), 9)).commodities[0]
    assert (part.short_options, part.short_option_minimum) == (number, 50 * number)


@pytest.mark.rule("SPN-009", "SPN-010")
def test_the_minimum_is_the_requirement_where_it_is_larger(file: SpanFile) -> None:
    rates = Tiers(
        tiers=(
            Tier(number=1, start="202609", end="202609", rates=(Rate(rate=1, value=Decimal(20_000)),)),
            Tier(number=2, start="202612", end="202703", rates=(Rate(rate=1, value=Decimal(1)),)),
        )
    )
    found = parameters(with_commodity(file, "BTC", short_option_tiers=rates))
    held = [(opted("C", 60_000), -1), (future("202609"), 1)]
    part = margined(found, *held).commodities[0]
    assert part.scan.risk < part.short_option_minimum == part.requirement == 20_000
    later = margined(found, (opted("C", 60_000, "202612"), -1)).commodities[0]
    assert later.short_option_minimum == 1


@pytest.mark.rule("SPN-010")
def test_a_sold_option_adds_its_value_and_a_bought_one_takes_it_off(found: Parameters) -> None:
    sold, bought = (margined(found, (opted("P", 60_000), quantity)) for quantity in (-1, 1))
    assert (sold.net_option_value, bought.net_option_value) == (Fraction("-120.5"), Fraction("120.5"))
    assert sold.total == sold.maintenance + Fraction("120.5")
    assert bought.total == bought.maintenance - Fraction("120.5")


@pytest.mark.rule("SPN-010")
def test_an_excess_of_option_value_is_capped_where_the_house_says_so(file: SpanFile) -> None:
    organisation = replace(file.at.organisation, caps_option_value=1)
    held = [(opted("C", 60_000), 10), (opted("P", 60_000), 10), (opted("C", 48_000), 9)]
    free = margined(parameters(file), *held)
    capped = margined(parameters(replace(file, at=replace(file.at, organisation=organisation))), *held)
    assert free.total == free.maintenance - free.net_option_value
    assert capped.total == max(free.total, 0)


@pytest.mark.rule("SPN-010")
def test_initial_margin_is_the_ratio_of_the_file(file: SpanFile) -> None:
    ratio = (Adjustment(rate=2, base=1, factor=Decimal("1.1")),)
    made = margined(parameters(with_commodity(file, "BTC", adjustments=ratio)), (future("202609"), 1))
    assert (made.maintenance, made.initial) == (9_000, 9_900)


@pytest.mark.rule("SPN-010")
def test_at_takasbank_maintenance_is_three_quarters(takasbank_parameters: Parameters) -> None:
    made = margined(takasbank_parameters, (("F", "AKBNKE", "201605"), -39))
    assert (made.initial, made.maintenance) == (3_510, Fraction("2632.5"))
    assert made.commodities[0].weighted_price_risk == 90


@pytest.mark.rule("SPN-006", "SPN-008", "SPN-010")
def test_the_synthetic_exchange_by_hand(synthetic: SpanFile) -> None:
    found = parameters(synthetic)
    held = [(("F", "ZZ", "202509"), 5), (("F", "ZZ", "202510"), -3), (("F", "YY", "202512"), -3)]
    gold, other = margined(found, *held).commodities
    assert [(spread.name, spread.amount) for spread in gold.intra_spreads] == [("A 202509, B 202510", 750)]
    assert (gold.scan.risk, gold.inter, gold.requirement) == (24_000, 12_000, 12_750)
    assert (other.scan.risk, other.inter, other.requirement) == (9_000, 3_000, 6_000)
    put = margined(found, (("O", "OZ", "202512", "P", Decimal(3600)), -1))
    assert (put.maintenance, put.net_option_value, put.total) == (11_000, -9_500, 20_500)
    weekly = margined(found, (("O", "OZ", "20251112", "C", Decimal(3700)), -1)).commodities[0]
    assert weekly.deltas.held == {"202512": Fraction("-0.38")}


@pytest.mark.rule("SPN-015")
def test_positions_in_one_contract_are_added_up(found: Parameters) -> None:
    nothing = margined(found, (future("202609"), 5), (future("202609"), -5))
    assert (nothing.commodities, nothing.maintenance, nothing.currency) == ((), 0, "")
    once = margined(found, (opted("C", 60_000), -4), (future("202612"), 1))
    twice = margined(found, (opted("C", 60_000), -7), (future("202612"), 1), (opted("C", 60_000), 3))
    assert once == twice


@pytest.mark.rule("SPN-015")
@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (("F", "XAU", "202609"), "the file has no futures on XAU"),
        (("O", "XAU", "202609", "C", Decimal(1)), "the file has no options on XAU"),
        (("F", "BTC", "202610"), "no futures on BTC of this month; there are 202609, 202612, 202703"),
        (("O", "BTC", "202609", "C", Decimal(61_000)), "no such contract"),
    ],
)
def test_a_contract_that_is_not_there_is_named(found: Parameters, key: Any, reason: str) -> None:
    with pytest.raises(PositionError, match=reason):
        found.contract(key)


@pytest.mark.rule("SPN-015")
def test_a_month_with_several_contracts_means_the_ordinary_one(synthetic: SpanFile) -> None:
    found = parameters(synthetic)
    plain = found.contract(("O", "OZ", "202511", "C", Decimal(3700)))
    weekly = found.contract(("O", "OZ", "20251112", "C", Decimal(3700)))
    assert (plain.period, weekly.period) == ("202511", "20251112")
    assert found.contract(("O", "XYZ/OZ", "202511", "C", Decimal("3700.0"))) == plain


@pytest.mark.rule("SPN-016")
def test_what_is_not_evaluated_is_refused_by_name(file: SpanFile) -> None:
    tiered = parameters(with_commodity(file, "BTC", margin_method="scanning method 10"))
    with pytest.raises(PositionError, match="BTC: scanning method 10 is not supported"):
        margined(tiered, (future("202609"), 1))
    assert margined(tiered, (future("202609", "ETH"), 1)).maintenance == 800
    by_risk = (replace(charged(1, 5, tier_legs=legs((0, "A", "1"), (0, "B", "1"))), method="W"),)
    with pytest.raises(PositionError, match="charged by price risk"):
        margined(parameters(with_commodity(file, "BTC", spreads=by_risk)), (future("202609"), 1))
    inter = file.at.organisation.inter_spreads
    assert inter is not None
    flat = replace(inter, spreads=(replace(inter.spreads[0], method="F"),))
    organisation = replace(file.at.organisation, inter_spreads=flat)
    found = parameters(replace(file, at=replace(file.at, organisation=organisation)))
    assert margined(found, (future("202609"), 1)).maintenance == 9_000
    with pytest.raises(PositionError, match="BTC, ETH: spread 1 with a flat credit is not supported"):
        margined(found, (future("202609"), 1), (future("202609", "ETH"), 1))


@pytest.mark.rule("SPN-010", "SPN-016")
def test_currencies_are_converted_or_refused(file: SpanFile) -> None:
    organisation = file.at.organisation
    factor = Conversion(source="USDT", target="EUR", factor=Decimal("0.9"))
    converted = replace(file, at=replace(file.at, organisation=replace(organisation, conversions=(factor,))))
    both = with_commodity(with_commodity(converted, "BTC", currency="EUR"), "ETH", currency="EUR")
    made = margined(parameters(both), (future("202609"), 1), (opted("C", 60_000), 1))
    assert made.currency == "EUR"
    assert made.net_option_value == Fraction("108.45")
    assert margined(parameters(both), (future("202609"), 1)).maintenance == 8_100
    capped = parameters(with_commodity(both, "BTC", price_risk="CAP"))
    with pytest.raises(PositionError, match="price risk by CAP in another currency"):
        margined(capped, (future("202609"), 1))
    mixed = parameters(with_commodity(converted, "BTC", currency="EUR"))
    with pytest.raises(PositionError, match="EUR and USDT have no common total"):
        margined(mixed, (future("202609"), 1), (future("202609", "ETH"), 1))


@pytest.mark.rule("SPN-010")
def test_an_option_without_a_price_is_named_and_counts_nowhere(file: SpanFile) -> None:
    exchange = file.at.organisation.exchanges[0]
    family = exchange.options_on_physicals[0]
    series = family.series[0]
    blank = replace(series.options[0], price=None, value=None)
    changed = replace(family, series=(replace(series, options=(blank, *series.options[1:])), *family.series[1:]))
    venue = replace(exchange, options_on_physicals=(changed, *exchange.options_on_physicals[1:]))
    found = parameters(
        replace(file, at=replace(file.at, organisation=replace(file.at.organisation, exchanges=(venue,))))
    )
    made = margined(found, (opted("C", 48_000), 1), (opted("C", 60_000), 1))
    assert made.unpriced == ("BTC 202609 C 48000",)
    assert made.net_option_value == Fraction("120.5")
    assert not made.commodities[0].scan.capped
