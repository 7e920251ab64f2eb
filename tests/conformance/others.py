"""gmx.json, hyperliquid.json, paradex.json and synthetix.json, asked of `stoplog.protocols`."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from stoplog.protocols import gmx, hyperliquid, paradex, synthetix

Inputs = dict[str, Any]


def fractions(i: Inputs, *names: str) -> list[Fraction]:
    return [Fraction(i[name]) for name in names]


def gmx_position(i: Inputs) -> gmx.Position:
    size, entry = fractions(i, "size_usd", "entry_index_price")
    return gmx.Position(size if i["is_long"] else -size, entry)


def gmx_liquidatable(i: Inputs) -> dict[str, Any]:
    held, tokens = gmx_position(i), gmx.Collateral(*fractions(i, "collateral_tokens", "collateral_price"))
    minimum = gmx.Minimum(*fractions(i, "min_collateral_usd", "min_collateral_factor"))
    index = Fraction(i["index_price"])
    return {
        "remaining_collateral_usd": gmx.remaining(held, tokens, index),
        "min_collateral_for_leverage_usd": minimum.for_leverage(held),
        "liquidatable": gmx.liquidatable(held, tokens, index, minimum),
    }


def gmx_payout(i: Inputs) -> dict[str, Any]:
    tokens = gmx.Collateral(*fractions(i, "collateral_tokens", "collateral_price"))
    return gmx.payout(tokens, gmx_position(i).profit(Fraction(i["index_price"])))._asdict()


def backstop(i: Inputs) -> dict[str, Any]:
    return {"action": hyperliquid.liquidation_stage(*fractions(i, "equity", "maintenance_margin"))}


def liquidation_share(i: Inputs) -> dict[str, Any]:
    after = paradex.cut(paradex.Account(*fractions(i, "account_value", "mmr", "fee")), Fraction(i["share"]))
    ratio = after.margin_ratio()
    return {
        "penalty": after.penalty,
        "new_mmr": after.maintenance,
        "new_account_value": after.value,
        "margin_ratio_pct": None if ratio is None else 100 * ratio,
    }


def choose_share(i: Inputs) -> dict[str, Any]:
    account = paradex.Account(*fractions(i, "account_value", "mmr", "fee"))
    after = paradex.smallest_cut(account, Fraction(i["target_margin_ratio_pct"]) / 100)
    assert after is not None
    collateral, loss = fractions(i, "collateral", "unrealized_loss")
    left = after.collateral_left(collateral, loss)
    return {"share": after.share, "realised_loss": after.realised(loss), "collateral_left": left}


def min_delta(i: Inputs) -> dict[str, Any]:
    found = paradex.deltas(paradex.Leg(*fractions(leg, "size", "delta")) for leg in i["legs"])
    return {
        "net_delta": found.net,
        "gross_delta": found.gross,
        "hedged_delta": found.hedged,
        "min_delta_risk": found.risk(*fractions(i, "unhedged_factor", "hedged_factor", "spot")),
    }


def order_check(i: Inputs) -> dict[str, Any]:
    held = paradex.Open(*fractions(i, "position", "buy_orders", "sell_orders"))
    found = paradex.order_check(held, *fractions(i, "new_order", "mark", "imf", "account_value"))
    return {"imr": found.initial_margin, "accepted": found.accepted}


def fill_price(i: Inputs) -> dict[str, Any]:
    return {"fill_price": synthetix.fill_price(*fractions(i, "price", "skew", "size_delta", "skew_scale"))}


def filled(i: Inputs) -> synthetix.Position:
    oracle, skew, size, scale = fractions(i, "entry_oracle_price", "skew_at_entry", "size", "skew_scale")
    return synthetix.Position(size, synthetix.fill_price(oracle, skew, size, scale))


def position_profit(i: Inputs) -> dict[str, Any]:
    return {"pnl": filled(i).profit(Fraction(i["price"]))}


def available_margin(i: Inputs) -> dict[str, Any]:
    held = [(filled(position), Fraction(position["price"])) for position in i["positions"]]
    return {"available_margin": synthetix.available_margin(Fraction(i["collateral"]), held)}


def required_margins(i: Inputs) -> dict[str, Any]:
    asked = synthetix.MarginTerms(
        *fractions(
            i,
            "skew_scale",
            "initial_margin_fraction",
            "minimum_initial_margin_ratio",
            "maintenance_margin_scalar",
            "minimum_position_margin",
        )
    )
    found = synthetix.required_margins(*fractions(i, "size", "price"), asked)
    return {
        "initial_margin_ratio": found.initial_ratio,
        "maintenance_margin_ratio": found.maintenance_ratio,
        "initial_margin": found.initial,
        "maintenance_margin": found.maintenance,
    }


def market_debt(i: Inputs) -> dict[str, Any]:
    market, debts = synthetix.Market(), list[Fraction]()
    for step in i["steps"]:
        price = Fraction(step["price"])
        market = market.deposit(Fraction(step.get("collateral_delta", 0)))
        market = market.fill(Fraction(step.get("size_delta", 0)), price)
        debts.append(market.debt(price))
    return {"market_debt": debts}


GMX: dict[str, Callable[[Inputs], dict[str, Any]]] = {"liquidatable": gmx_liquidatable, "payout": gmx_payout}

HYPERLIQUID: dict[str, Callable[[Inputs], dict[str, Any]]] = {"backstop": backstop}

PARADEX: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "liquidation_share": liquidation_share,
    "choose_share": choose_share,
    "min_delta": min_delta,
    "order_check": order_check,
}

SYNTHETIX: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "fill_price": fill_price,
    "position_pnl": position_profit,
    "available_margin": available_margin,
    "required_margins": required_margins,
    "market_debt": market_debt,
}
