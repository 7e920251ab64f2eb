"""`liquidation_set` against a fine scan by other formulas, exact strategies in fractions, figures and refusals."""

import json
from bisect import bisect_left
from decimal import Decimal
from fractions import Fraction
from math import erf, exp, log, sqrt
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoplog.calculator.set_questions import LiquidationSet, SetLeg
from stoplog.portfolio.scanned import below_zero_scanned
from tests.calculator.conftest import answer
from tests.calculator.test_any_line import ODD_VALUES, checked, objects

Leg = dict[str, Any]
Set = dict[str, Any]

SCANNED = 4000
"""Prices of a scan, from a hundredth of the mark to a hundred times it."""


def asked(margin: Any, legs: list[Leg], mark: Any = "100") -> Set:
    question = {"calculate": "liquidation_set", "mark": str(mark), "margin": str(margin), "legs": legs}
    found = answer(question)
    assert "result" in found, found
    result: Set = found["result"]
    return result


def option(kind: str, side: str, strike: Any, entry: Any, **fields: Any) -> Leg:
    leg = {"kind": kind, "side": side, "size": "1", "entry": str(entry), "strike": str(strike)}
    return leg | {"expiry_years": "0.25", "volatility": "0.6"} | fields


def linear(side: str, entry: Any = "100", **fields: Any) -> Leg:
    return {"kind": "perpetual", "side": side, "size": "1", "entry": str(entry)} | fields


def black(price: float, strike: float, deviation: float, *, is_call: bool) -> float:
    """The textbook formula, by the error function."""
    sign = 1.0 if is_call else -1.0
    if deviation == 0.0:
        return max(0.0, sign * (price - strike))
    d1 = log(price / strike) / deviation + deviation / 2
    return sign * (price * normal(sign * d1) - strike * normal(sign * (d1 - deviation)))


def normal(x: float) -> float:
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def equity(price: float, margin: float, legs: list[Leg], *, less_maintenance: bool) -> float:
    total = margin
    for leg in legs:
        worth = price
        if "strike" in leg:
            deviation = float(leg.get("volatility", 0)) * sqrt(float(leg["expiry_years"]))
            worth = black(price, float(leg["strike"]), deviation, is_call=leg["kind"] == "call")
        sign = 1.0 if leg["side"] == "long" else -1.0
        total += sign * float(leg["size"]) * (worth - float(leg["entry"]))
        if less_maintenance:
            total -= float(leg.get("maintenance_rate", 0)) * float(leg["size"]) * price
    return total


def inside(price: float, intervals: list[list[Any]]) -> bool:
    ends = [(float(low or 0), float("inf") if high is None else float(high)) for low, high in intervals]
    return any(low < price < high for low, high in ends)


def well_formed(found: Set, mark: float) -> None:
    ends = [float(end) for interval in found["intervals"] for end in interval if end is not None]
    assert ends == sorted(ends)
    assert all(low is not None for low, _ in found["intervals"][1:])
    assert all(high is not None for _, high in found["intervals"][:-1])
    below, above = [end for end in ends if end <= mark], [end for end in ends if end > mark]
    assert found["below"] is None or float(found["below"]) == max(below)
    assert found["above"] is None or float(found["above"]) == min(above)
    assert (found["below"] is None, found["above"] is None) == (not below, not above)


def check_against_scan(margin: Any, legs: list[Leg]) -> None:
    """Every scanned price has the sign that the set says, except where the formula's own rounding decides."""
    found = asked(margin, legs)
    prices = np.exp(np.linspace(log(1.0), log(10_000.0), SCANNED))
    strikes = [float(leg["strike"]) for leg in legs if "strike" in leg]
    for name, less in (("liquidation", True), ("bankruptcy", False)):
        well_formed(found[name], 100.0)
        for price in [*prices, *strikes]:
            value = equity(price, float(margin), legs, less_maintenance=less)
            noise = 1e-11 * (abs(float(margin)) + len(legs) * 10 * (price + 200.0))
            if abs(value) > noise:
                assert inside(price, found[name]["intervals"]) == (value < 0.0), (name, price, value, found[name])
        for end in (end for interval in found[name]["intervals"] for end in interval if end is not None):
            at = float(end)
            noise = 1e-11 * (abs(float(margin)) + len(legs) * 10 * (at + 200.0))
            assert abs(equity(at, float(margin), legs, less_maintenance=less)) <= noise


numbers = st.integers(1, 400).map(lambda count: str(Decimal(count).scaleb(-1)))
strikes = st.integers(10, 60).map(lambda count: str(5 * count // 2))
years = st.sampled_from(["0", "0.002", "0.02", "0.25", "1", "2.5"])
volatilities = st.sampled_from(["0.1", "0.4", "0.6", "1.2", "2.5"])
sides = st.sampled_from(["long", "short"])
rates = st.sampled_from(["0", "0.005", "0.02", "0.1"])


@st.composite
def options(draw: st.DrawFn) -> Leg:
    leg = option(draw(st.sampled_from(["call", "put"])), draw(sides), draw(strikes), draw(numbers))
    leg |= {"size": draw(st.sampled_from(["1", "2", "0.5", "3"])), "expiry_years": draw(years)}
    return leg | {"volatility": draw(volatilities), "maintenance_rate": draw(rates)}


@st.composite
def valleys(draw: st.DrawFn) -> list[Leg]:
    """Long strangles and sold calendars: equity is lowest somewhere between, and rises to both sides."""
    fields = {"volatility": draw(volatilities), "expiry_years": draw(st.sampled_from(["0.002", "0.02", "0.25"]))}
    low, high = sorted(draw(st.lists(strikes, min_size=2, max_size=2)), key=float)
    if draw(st.booleans()):
        return [option("put", "long", low, 0, **fields), option("call", "long", high, 0, **fields)]
    later = fields | {"expiry_years": "1"}
    return [option("call", "long", low, 0, **fields), option("put", "short", low, 0, **later), linear("short")]


@st.composite
def strategies(draw: st.DrawFn) -> list[Leg]:  # noqa: PLR0911  a return for each strategy
    """Short straddles and strangles, ratio spreads, calendars, collars, naked wings, and whatever else."""
    kind = draw(st.sampled_from(["straddle", "ratio", "calendar", "collar", "wing", "butterfly", "any", "any", "any"]))
    vol, time, rate = draw(volatilities), draw(years), draw(rates)
    fields = {"volatility": vol, "expiry_years": time, "maintenance_rate": rate}
    low, middle, high = sorted(draw(st.lists(strikes, min_size=3, max_size=3, unique=True)), key=float)
    premium = draw(numbers)
    if kind == "straddle":
        return [option("put", "short", low, premium, **fields), option("call", "short", high, premium, **fields)]
    if kind == "ratio":
        name = draw(st.sampled_from(["call", "put"]))
        near, far = (low, high) if name == "call" else (high, low)
        more = fields | {"size": draw(st.sampled_from(["2", "3"]))}
        return [option(name, "long", near, premium, **fields), option(name, "short", far, "1", **more)]
    if kind == "calendar":
        later = fields | {"expiry_years": "1.5"}
        first, second = draw(st.permutations(["long", "short"]))
        return [option("call", first, middle, premium, **fields), option("call", second, middle, premium, **later)]
    if kind == "collar":
        held = linear("long", middle, maintenance_rate=rate)
        return [held, option("put", "long", low, premium, **fields), option("call", "short", high, "2", **fields)]
    if kind == "wing":
        return [option(draw(st.sampled_from(["call", "put"])), "short", draw(strikes), premium, **fields)]
    if kind == "butterfly":
        body = fields | {"size": "2"}
        wings = [option("call", "long", strike, premium, **fields) for strike in (low, high)]
        return [*wings, option("call", "short", middle, premium, **body)]
    legs = draw(st.lists(options(), min_size=1, max_size=4))
    return legs + ([linear(draw(sides), draw(strikes), maintenance_rate=rate)] if draw(st.booleans()) else [])


margins = st.integers(-300, 900).map(lambda count: str(Decimal(count).scaleb(-1)))


@pytest.mark.rule("LSET-001", "LSET-003")
@settings(max_examples=150, deadline=None)
@given(margins, strategies())
def test_no_scanned_price_of_a_strategy_is_on_the_wrong_side(margin: str, legs: list[Leg]) -> None:
    check_against_scan(margin, legs)


@pytest.mark.rule("LSET-003")
@settings(max_examples=150, deadline=None)
@given(valleys(), st.sampled_from([1e-3, 1e-6, 1e-8]))
def test_an_interval_much_narrower_than_a_scan_is_found(legs: list[Leg], depth: float) -> None:
    """The margin is such that the curve is below zero around its lowest point alone, by very little."""
    a, b = lowest(legs)
    margin = f"{-equity((a + b) / 2, 0.0, legs, less_maintenance=True) - depth:.15f}"
    ((low, high),) = asked(margin, legs)["liquidation"]["intervals"]
    assert low < (a + b) / 2 < high
    assert equity((low + high) / 2, float(margin), legs, less_maintenance=True) < 0.0


def lowest(legs: list[Leg]) -> tuple[float, float]:
    """An interval around the price at which the equity is lowest, by golden sections."""
    prices = np.exp(np.linspace(log(5.0), log(1000.0), 600))
    low = int(np.argmin([equity(price, 0.0, legs, less_maintenance=True) for price in prices]))
    a, b = float(prices[low - 1]), float(prices[low + 1])
    for _ in range(60):
        near, far = b - (b - a) * 0.618, a + (b - a) * 0.618
        if equity(near, 0.0, legs, less_maintenance=True) < equity(far, 0.0, legs, less_maintenance=True):
            b = far
        else:
            a = near
    return a, b


@st.composite
def exact_legs(draw: st.DrawFn) -> list[Leg]:
    legs = draw(st.lists(options(), max_size=4))
    legs = [leg | {"expiry_years": "0"} for leg in legs]
    held = [linear(draw(sides), draw(strikes), maintenance_rate=draw(rates)) for _ in range(draw(st.integers(0, 2)))]
    return legs + held


def exact_equity(price: Fraction, margin: str, legs: list[Leg], *, less_maintenance: bool) -> Fraction:
    total = Fraction(margin)
    for leg in legs:
        worth = price
        if "strike" in leg:
            away = price - Fraction(leg["strike"])
            worth = max(Fraction(0), away if leg["kind"] == "call" else -away)
        total += (1 if leg["side"] == "long" else -1) * Fraction(leg["size"]) * (worth - Fraction(leg["entry"]))
        if less_maintenance:
            total -= Fraction(leg["maintenance_rate"]) * Fraction(leg["size"]) * price
    return total


@pytest.mark.rule("LSET-001", "LSET-002")
@settings(max_examples=400, deadline=None)
@given(margins, exact_legs())
def test_without_time_value_every_cell_between_ends_and_strikes_has_its_sign(margin: str, legs: list[Leg]) -> None:
    found = asked(margin, legs)
    for name, less in (("liquidation", True), ("bankruptcy", False)):
        well_formed(found[name], 100.0)
        intervals = found[name]["intervals"]
        assert all(isinstance(end, str | None) for interval in intervals for end in interval)
        ends = sorted({Fraction(end) for interval in intervals for end in interval if end is not None})
        cells = sorted({Fraction(0), *ends, *(Fraction(leg["strike"]) for leg in legs if "strike" in leg)})
        probes = [(low + high) / 2 for low, high in zip(cells, [*cells[1:], cells[-1] + 10**9], strict=True)]
        for price in [*probes, *(cell + Fraction(1, 10**9) for cell in cells)]:
            value = exact_equity(price, margin, legs, less_maintenance=less)
            place = bisect_left(ends, price)
            near = any(abs(price - end) < Fraction(1, 10**20) for end in ends[max(0, place - 1) : place + 1])
            assert near or inside(price, intervals) == (value < 0), (name, price)
        for end in ends:
            assert abs(exact_equity(end, margin, legs, less_maintenance=less)) < Fraction(1, 10**20)


@pytest.mark.rule("LSET-001", "LSET-002")
def test_the_figures_of_one_perpetual_are_those_of_isolated() -> None:
    legs = [linear("long", maintenance_rate="0.01") | {"size": "10"}]
    found = asked("105", legs)
    one = {
        "payoff": "linear",
        "side": "long",
        "size": "10",
        "entry": "100",
        "margin": "105",
        "maintenance_rate": "0.01",
    }
    isolated = answer(one)["result"]
    price = isolated["liquidation_price"]
    assert found["liquidation"] == {"intervals": [[None, price]], "below": price, "above": None}
    assert found["bankruptcy"] == {"intervals": [[None, "89.5"]], "below": "89.5", "above": None}


@pytest.mark.rule("LSET-002")
def test_a_collar_at_expiry_is_never_liquidated_and_a_short_butterfly_between_its_wings() -> None:
    fields = {"expiry_years": "0"}
    collar = [linear("long"), option("put", "long", 90, 2, **fields), option("call", "short", 110, 2, **fields)]
    assert asked("10", collar)["liquidation"]["intervals"] == []
    assert asked("9.5", collar)["liquidation"]["intervals"] == [[None, "90.5"]]
    wings = [option("call", "short", strike, 0, **fields) for strike in (90, 110)]
    butterfly = [*wings, option("call", "long", 100, 0, size="2", **fields)]
    found = asked("4", butterfly)["bankruptcy"]
    assert found == {"intervals": [["94", "106"]], "below": "94", "above": "106"}
    touching = asked("0", [option("call", "short", 100, 0, **fields), option("put", "short", 100, 0, **fields)])
    assert touching["liquidation"] == {"intervals": [[None, "100"], ["100", None]], "below": "100", "above": None}


@pytest.mark.rule("LSET-001", "LSET-003")
def test_a_short_straddle_is_liquidated_on_both_sides() -> None:
    legs = [option("call", "short", 100, 8), option("put", "short", 100, 8)]
    found = asked("12", legs)["bankruptcy"]
    (bottom, low), (high, top) = found["intervals"]
    assert bottom is top is None
    assert found["below"] == low == pytest.approx(78.037, abs=0.001)
    assert found["above"] == high == pytest.approx(114.247, abs=0.001)
    for end in (low, high):
        assert equity(end, 12.0, legs, less_maintenance=False) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.rule("LSET-003")
def test_call_and_put_of_one_strike_are_a_forward_and_exact() -> None:
    legs = [option("call", "long", 100, 9), option("put", "short", 100, 9)]
    assert asked("10", legs)["bankruptcy"]["intervals"] == [[None, "90"]]


@pytest.mark.rule("LSET-003")
def test_what_has_no_end_is_open_far_out_in_the_wings() -> None:
    naked = [option("call", "short", 100, 0)]
    assert asked("0", naked)["bankruptcy"] == {"intervals": [[None, None]], "below": None, "above": None}
    covered = [linear("long", "0.000001"), option("call", "short", 100, 0)]
    assert asked("0.000001", covered)["bankruptcy"]["intervals"] == []
    ((low, high),) = asked("1e-9", naked)["bankruptcy"]["intervals"]
    assert 10 < low < 40
    assert high is None
    assert exp(log(low)) == pytest.approx(low)


DERIBIT = {"model": "deribit-pm", "parameters": "btc"}


def modelled(margin: Any, legs: list[Leg], mark: Any = "100", **model: Any) -> Set:
    question = {"calculate": "liquidation_set", "mark": str(mark), "margin": str(margin), "legs": legs, **model}
    found = answer(question)
    assert "result" in found, found
    result: Set = found["result"]
    return result


@pytest.mark.rule("LSET-004")
def test_of_one_perpetual_the_requirement_of_a_model_is_a_share_of_the_price() -> None:
    found = modelled("40", [linear("long")], **DERIBIT)
    assert found["liquidation"]["below"] == pytest.approx(60 / (1 - 0.8 * 0.17), rel=1e-14)
    assert found["bankruptcy"] == {"intervals": [[None, "60"]], "below": "60", "above": None}
    short = modelled("40", [linear("short")], model="bybit-pm", parameters={"futures_rate": "0.001"})
    assert short["liquidation"]["above"] == pytest.approx(140 / 1.101, rel=1e-14)
    covered = modelled("40", [linear("long"), linear("short")], model="okx-pm", parameters="btc")
    assert covered["liquidation"]["intervals"] == []


@pytest.mark.rule("LSET-004")
@settings(max_examples=4, deadline=None)
@given(st.integers(20, 120), strategies(), st.lists(st.floats(0.3, 3.0), min_size=12, max_size=12))
def test_the_set_of_a_model_is_where_its_margin_is_not_covered(
    margin: int, legs: list[Leg], places: list[float]
) -> None:
    found = modelled(margin, legs, **DERIBIT)["liquidation"]
    well_formed(found, 100.0)
    ends = [float(end) for interval in found["intervals"] for end in interval if end is not None]
    for price in [*(100.0 * place for place in places), *(end * side for end in ends for side in (0.9999, 1.0001))]:
        if all(abs(price / end - 1) > 1e-5 for end in ends):
            left = equity(price, float(margin), legs, less_maintenance=False) - required(price, legs)
            assert abs(left) < 1e-8 or inside(price, found["intervals"]) == (left < 0.0), (price, left)


def required(price: float, legs: list[Leg]) -> float:
    """The maintenance margin that `portfolio_margin` answers for the legs at a price."""
    held, expiries = [], {}
    for leg in legs:
        own = {"kind": leg["kind"], "underlying": "U", "side": leg["side"], "size": leg["size"]}
        if "strike" in leg:
            name = f"E{leg['expiry_years']}"
            expiries[name] = {"years": float(leg["expiry_years"]) or 1e-12, "forward": price}
            own |= {"expiry": name, "strike": leg["strike"], "volatility": leg["volatility"]}
        held.append(own)
    market = {"underlyings": {"U": {"spot": price, "expiries": expiries}}}
    question = {"calculate": "portfolio_margin", **DERIBIT, "payoff": "linear", "market": market, "positions": held}
    margin: float = answer(question)["result"]["maintenance_margin"]
    return margin


@pytest.mark.rule("LSET-004")
@pytest.mark.parametrize("width", [0.5, 1e-3, 1e-7])
def test_a_narrow_approach_to_zero_is_followed(width: float) -> None:
    for low in (0.3, 0.9, 10.0, 99.99, 400.0):
        high = low * (1 + width)
        dip = below_zero_scanned(lambda price: (price - low) * (price - high), 10.0, [])  # noqa: B023  called at once
        assert dip == [(pytest.approx(low, rel=1e-12), pytest.approx(high, rel=1e-12))]
        bump = below_zero_scanned(lambda price: (low - price) * (price - high), 10.0, [])  # noqa: B023  called at once
        assert bump == [(None, pytest.approx(low, rel=1e-12)), (pytest.approx(high, rel=1e-12), None)]


@pytest.mark.rule("LSET-003", "CAL-010")
def test_legs_that_cancel_but_for_rounding_are_refused_and_a_small_difference_is_not() -> None:
    legs = [option("call", "long", 100, 0), option("call", "short", 100, 0, volatility="0.60000000000001")]
    question = {"calculate": "liquidation_set", "mark": "100", "margin": "0", "legs": legs}
    error = answer(question)["error"]
    assert (error["code"], error["field"]) == ("out_of_range", "legs")
    above = [legs[0], legs[1] | {"volatility": "0.6001"}]
    assert asked("0", above)["bankruptcy"]["intervals"] == [[None, None]]
    assert asked("0", [legs[0], legs[1] | {"volatility": "0.6"}])["bankruptcy"]["intervals"] == []


@pytest.mark.rule("LSET-003")
def test_strikes_far_from_any_time_value_are_stretches_of_lines() -> None:
    """The time value of one option ends long before the strikes of others, on either side."""
    short = {"expiry_years": "0.0003", "volatility": "0.07"}
    held = linear("long", "250", size="3", maintenance_rate="0.2")
    for strike in ("36", "900"):
        expired = [option("call", "short", other, "20", expiry_years="0") for other in ("30", "300", "1000")]
        check_against_scan("25", [*expired, option("put", "long", strike, "10", **short), held])
        check_against_scan("-25", [*expired, option("call", "short", strike, "10", **short), held])


REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"mark": "0"}, "out_of_range", "mark"),
    ({"margin": "x"}, "wrong_type", "margin"),
    ({"legs": 3}, "wrong_type", "legs"),
    ({"legs": [linear("long")] * 201}, "out_of_range", "legs"),
    ({"legs": [linear("long", strike="1")]}, "inconsistent", "legs[0].strike"),
    ({"legs": [linear("long", volatility="1")]}, "inconsistent", "legs[0].volatility"),
    ({"legs": [linear("long") | {"kind": "swap"}]}, "out_of_range", "legs[0].kind"),
    ({"legs": [linear("long"), linear("long", "0")]}, "out_of_range", "legs[1].entry"),
    ({"legs": [linear("long", maintenance_rate="1.5")]}, "out_of_range", "legs[0].maintenance_rate"),
    ({"legs": [option("call", "long", 1, 1, expiry_years="-1")]}, "out_of_range", "legs[0].expiry_years"),
    ({"legs": [{"kind": "call", "side": "long", "size": 1, "entry": 1}]}, "missing_field", "legs[0].strike"),
    ({"legs": [option("call", "long", 1, 1) | {"gamma": 1}]}, "unknown_field", "legs[0].gamma"),
    ({"parameters": "btc"}, "inconsistent", "parameters"),
    ({"model": "none"}, "out_of_range", "model"),
    ({"model": "deribit-pm"}, "missing_field", "parameters"),
    (
        {"model": "okx-pm", "parameters": "btc", "legs": [option("put", "short", 9, 1)]},
        "missing_field",
        "given.charges.mr3",
    ),
]


@pytest.mark.rule("CAL-010", "LSET-001")
@pytest.mark.parametrize(("changes", "code", "field"), REFUSALS)
def test_a_wrong_question_is_refused_by_field(changes: dict[str, Any], code: str, field: str) -> None:
    question = {"calculate": "liquidation_set", "mark": "100", "margin": "12", "legs": [], **changes}
    error = answer(question)["error"]
    assert (error["code"], error["field"]) == (code, field)


@pytest.mark.rule("CAL-001", "CAL-010")
@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*LiquidationSet.__struct_fields__, "unheard"]), ODD_VALUES, max_size=2),
    st.lists(objects(SetLeg.__struct_fields__), max_size=2),
)
def test_any_odd_question_gets_an_answer(changes: dict[str, Any], odd: list[dict[str, Any]]) -> None:
    legs = [option("call", "short", 100, 3) | fields for fields in odd]
    question = {"calculate": "liquidation_set", "mark": "100", "margin": "12", "legs": legs, **changes}
    line = json.dumps(question).encode()
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError:
        return
    checked(line)
