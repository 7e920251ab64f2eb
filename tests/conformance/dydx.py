"""dydx.json, asked of `stoplog.protocols.dydx`."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from stoplog.protocols import dydx
from stoplog.units import OutOfRange

Inputs = dict[str, Any]


def market(i: Inputs) -> dydx.Market:
    value = dydx.quantum_value(Fraction(i["price"]), i["atomic_resolution"])
    return dydx.Market(value, i["imf_ppm"], i["maintenance_fraction_ppm"])


def holdings(i: Inputs) -> dict[str, dydx.Holding]:
    return {name: dydx.Holding(market(i["markets"][name]), quanta) for name, quanta in i["positions"]}


def bankruptcy(i: Inputs, quanta: int) -> int:
    held = holdings(i)
    subaccount = dydx.subaccount_health(i["quote_quantums"], held.values())
    return dydx.bankruptcy_value(subaccount, held[i["market"]], quanta)


def bankruptcy_price(i: Inputs) -> dict[str, Any]:
    try:
        return {"bankruptcy_price_quote_quantums": bankruptcy(i, i["delta_quantums"])}
    except OutOfRange:
        return {"error": "ErrInvalidPerpetualPositionSizeDelta"}


def fund_change(i: Inputs) -> dict[str, Any]:
    quanta = i["fill_quantums"]
    fill = dydx.Fill(quanta, i["subticks"], i["quantum_conversion_exponent"], bought=i["is_buy"])
    required = bankruptcy(i, quanta if i["is_buy"] else -quanta)
    return {"insurance_fund_delta_quote_quantums": dydx.fund_change(fill, required, i["max_liquidation_fee_ppm"])}


def liquidatable(i: Inputs) -> dict[str, Any]:
    health = dydx.subaccount_health(i["quote_quantums"], holdings(i).values())
    return {"is_liquidatable": dydx.liquidatable(health)}


def rate(i: Inputs) -> int:
    names = ("initial_margin_ppm", "oi_lower_cap", "oi_upper_cap", "open_interest_notional")
    return dydx.initial_rate(*(i[name] for name in names))


def initial_rate(i: Inputs) -> dict[str, Any]:
    return {"imf_ppm": rate(i)}


def initial_margin(i: Inputs) -> dict[str, Any]:
    return {"initial_margin": dydx.initial_margin(i["notional_quote_quantums"], rate(i), i["custom_imf_ppm"])}


ANSWERS: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "bankruptcy_price_quote_quantums": bankruptcy_price,
    "insurance_fund_delta": fund_change,
    "is_liquidatable": liquidatable,
    "adjusted_initial_margin_ppm": initial_rate,
    "initial_margin_quote_quantums": initial_margin,
}
