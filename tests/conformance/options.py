"""exchanges.json: cases of options, of deleveraging and of ratios, by the calculator or the venue's own rules."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

from stoplog.protocols import binance, bybit, okx
from stoplog.protocols.hyperliquid import borrowing_threshold
from tests.conformance.cases import Check, Computed, Question, exchange_tolerance, figure, result

MARGINS = {"im": "initial", "mm": "maintenance"}


def bybit_short_option(i: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Check]:
    question: Question = {
        "calculate": "option_margin",
        "payoff": "linear",
        "kind": "call" if i["type"] == "C" else "put",
        "side": "short",
        "size": str(i["qty"]),
        "strike": str(i["strike"]),
        "underlying": str(i["index"]),
        "mark": str(i["mark"]),
        "entry": str(i["avg"]),
    }
    numbers = {"otm_rate": "b", "floor_rate": "a", "maintenance_rate": "c", "liquidation_fee_rate": "liq_fee"}
    asked = [question | {"rule": {name: str(i[key]) for name, key in numbers.items()}}]
    if [i[key] for key in "abc"] == [Decimal("0.1"), Decimal("0.15"), Decimal("0.03")]:
        asked.append(question | {"venue": "bybit"})
    for one in asked:
        for name, value in expected.items():
            yield Check(one, figure(f"{MARGINS[name]}_margin"), *exchange_tolerance(value))


def option_buy_cost(i: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Check]:
    question: Question = {
        "calculate": "option_margin",
        "payoff": "linear",
        "kind": "call",
        "side": "long",
        "size": str(i["qty"]),
        "strike": str(i["index"]),
        "underlying": str(i["index"]),
        "mark": str(i["price"]),
        "rule": {"fee_rate": str(i["fee"]), "fee_cap_rate": str(i["cap"])},
    }
    for name, value in expected.items():
        yield Check(question, figure(name), *exchange_tolerance(value))


def okx_opt_sell_open(i: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Check | Computed]:
    """The position's margin is asked of the calculator, a call that is so far out of the money; the order's follows."""
    question: Question = {
        "calculate": "option_margin",
        "payoff": "inverse",
        "kind": "call",
        "side": "short",
        "size": str(i["mult"]),
        "strike": str(i["fwd"] + i["otm"]),
        "underlying": str(i["fwd"]),
        "mark": str(i["mark"]),
        "rule": {"otm_rate": str(i["b"]), "floor_rate": str(i["a"]), "maintenance_rate": 0, "factor": str(i["factor"])},
    }
    held = Check(question, figure("initial_margin"), *exchange_tolerance(expected["position_margin"]))
    yield held
    order = okx.OptionOrder(*(Fraction(i[name]) for name in ("qty", "price", "fee", "mult")))
    margin = okx.sell_to_open_margin(order, Fraction(held.read(result(question))), Fraction(i["a"]))
    yield Computed(margin, *map(Fraction, exchange_tolerance(expected["order_margin"])))


def computed(found: dict[str, Any], expected: dict[str, Any]) -> Iterator[Computed]:
    """Figures of a venue's own rules; words and truths are 1 where they are the same."""
    for name, value in expected.items():
        if isinstance(value[0], bool | str):
            yield Computed(Fraction(found[name] == value[0]), Fraction(1))
        else:
            yield Computed(Fraction(found[name]), *map(Fraction, exchange_tolerance(value)))


def okx_opt_sell_close(i: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Computed]:
    order = okx.OptionOrder(*(Fraction(i[name]) for name in ("qty", "price", "fee", "mult")))
    yield from computed({"margin": okx.sell_to_close_margin(order)}, expected)


def bybit_adl(i: dict[str, Any], expected: dict[str, Any]) -> Iterator[Computed]:
    """The fund's figures stand in it or beside it."""
    fund = {name: Fraction(value) for name, value in (i | i.get("fund", {})).items() if name != "fund"}
    pool = bybit.Pool(*(fund[name] for name in ("balance", "max_balance", "pnl_now", "pnl_max")))
    trigger = bybit.Trigger(*(fund[name] for name in ("threshold", "ratio", "stop")))
    found = {
        "pnl_ratio": pool.drawdown,
        "triggered": bybit.deleveraging_starts(pool, trigger),
        "adl_amount": bybit.to_deleverage(pool, trigger),
    }
    yield from computed(found, expected)


def okx_adl(i: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Computed]:
    fund, *rule = (Fraction(i[name]) for name in ("current", "avg8h", "drop", "floor"))
    found = {"threshold": okx.deleveraging_threshold(*rule), "triggered": okx.deleveraging_starts(fund, *rule)}
    yield from computed(found, expected)


def okx_partial(i: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Computed]:
    yield from computed(
        {"close": okx.partial_close(*(Fraction(i[name]) for name in ("position", "tier1_max")))}, expected
    )


def unimmr_status(i: dict[str, Any], expected: dict[str, Any]) -> Iterator[Computed]:
    found = {f"s{n}": binance.status(Fraction(value)) for n, value in enumerate(i["values"], start=1)}
    yield from computed(found, expected)


def hl_liq_threshold(i: dict[str, Decimal], expected: dict[str, Any]) -> Iterator[Computed]:
    found = {"thr": borrowing_threshold(*(Fraction(i[name]) for name in ("collateral", "ltv", "frac")))}
    yield from computed(found, expected)


OPTIONS: dict[str, tuple[str, Callable[..., Iterator[Check | Computed]]]] = {
    "bybit_short_option": ("bybit-linear", bybit_short_option),
    "option_buy_cost": ("bybit-linear", option_buy_cost),
    "okx_opt_sell_open": ("okx", okx_opt_sell_open),
    "okx_opt_sell_close": ("okx", okx_opt_sell_close),
    "bybit_adl": ("bybit-linear", bybit_adl),
    "okx_adl": ("okx", okx_adl),
    "okx_partial": ("okx", okx_partial),
    "unimmr_status": ("binance-usdm", unimmr_status),
    "hl_liq_threshold": ("hyperliquid", hl_liq_threshold),
}
"""Kind of a case → its preset, and what makes its checks."""
