"""vega.json, asked of `stoplog.protocols.vega_margin`, `vega_isolated` and `vega_network`."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from stoplog.protocols import vega_isolated as isolated
from stoplog.protocols import vega_margin as margin
from stoplog.protocols.vega_network import NetworkPosition

Inputs = dict[str, Any]


def risk(i: Inputs) -> margin.Risk:
    """Where a case has no quadratic slippage its rule does not use it."""
    names = ("linear_slippage", "quadratic_slippage", "rf_long", "rf_short")
    return margin.Risk(*(Fraction(i.get(name, 0)) for name in names))


def margin_levels(i: Inputs) -> dict[str, Any]:
    sizes = (i[name] for name in ("open_volume", "buy_orders_size", "sell_orders_size", "funding_per_unit"))
    scaling = margin.Scaling(*(Fraction(i["scaling"][name]) for name in margin.Scaling._fields))
    levels = margin.cross_levels if i["include_orders"] else margin.isolated_levels
    held = margin.Exposure(*map(Fraction, sizes))
    units = Fraction(i["price_to_asset_multiplier"])
    return levels(held, Fraction(i["mark_price"]), risk(i), scaling, units)._asdict()


def funding(i: Inputs) -> dict[str, Any]:
    over = margin.Averages(*(Fraction(i[name]) for name in ("f_twap", "s_twap", "delta_t")))
    terms = (Fraction(i[name]) for name in ("interest_rate", "clamp_lower", "clamp_upper"))
    return {"funding_payment": margin.funding_payment(over, *terms)}


def margin_factor(i: Inputs) -> dict[str, Any]:
    return {"accepted": margin.margin_factor_accepted(Fraction(i["margin_factor"]), risk(i))}


def liquidation_price(i: Inputs) -> dict[str, Any]:
    held = margin.Exposure(Fraction(i["open_volume"]), funding_per_contract=Fraction(i["funding_per_unit"]))
    price = margin.liquidation_price(held, Fraction(i["mark_price"]), Fraction(i["collateral"]), risk(i))
    return {"liquidation_price": price}


def orders(rows: list[list[int]]) -> list[isolated.Order]:
    return [isolated.Order(*row) for row in rows]


def terms(i: Inputs) -> isolated.Terms:
    return isolated.Terms(Fraction(i["margin_factor"]), Fraction(i["position_factor"]))


def order_margin(i: Inputs) -> dict[str, Any]:
    sides = orders(i["buy_orders"]), orders(i["sell_orders"])
    return {"order_margin": isolated.order_margin(i["position"], *sides, terms(i), i["auction_price"])}


def position_change(i: Inputs) -> dict[str, Any]:
    """The mark counts in a reduction alone, and is left out elsewhere."""
    made = isolated.Trades(i["trader_side"] == "buy", orders(i["trades"]))
    moved = isolated.margin_moved(i["position_before"], made, i["margin_balance"], i["mark_price"] or 0, terms(i))
    return {"action": "add" if moved > 0 else "release", "amount": abs(moved)}


def collateral_increase(i: Inputs) -> dict[str, Any]:
    names = ("size", "price", "margin_factor", "margin_balance", "order_margin_balance")
    return {"collateral_increase": isolated.collateral_increase(*(Fraction(i[name]) for name in names))}


def full_collateral(i: Inputs) -> dict[str, Any]:
    sides = orders(i["buy_orders"]), orders(i["sell_orders"])
    entry = Fraction(i["average_entry_price"] or 0)
    found = isolated.full_collateral(i["position"], entry, *sides, i["max_price"])
    return found._asdict() | {"total": found.margin + found.order_margin}


def network(i: Inputs) -> dict[str, Any]:
    held, states = NetworkPosition(), list[tuple[Fraction, ...]]()
    for what, size, price in i["events"]:
        if what == "take":
            held = held.take(Fraction(size), Fraction(price))
        states.append((held.size, held.realised, held.unrealised(Fraction(price))))
    return {"states": states}


ANSWERS: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "margin_levels": margin_levels,
    "perp_funding_payment": funding,
    "isolated_margin_factor_valid": margin_factor,
    "isolated_order_margin": order_margin,
    "isolated_position_change": position_change,
    "liquidation_price": liquidation_price,
    "estimate_collateral_increase_isolated": collateral_increase,
    "fully_collateralised_margin": full_collateral,
    "network_position_pnl": network,
}
