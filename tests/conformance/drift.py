"""drift.json, asked of `stoplog.protocols.drift_weights` and `drift_liquidation`."""

from collections.abc import Callable
from typing import Any

from stoplog.protocols import drift_liquidation as liquidation
from stoplog.protocols import drift_weights as weights

Inputs = dict[str, Any]

U64, U128 = 2**64 - 1, 2**128 - 1
"""What the chain answers where no amount suffices."""


def leg(i: Inputs, name: str) -> liquidation.Leg:
    """What a case does not give its rule does not use."""
    fields = (f"{name}_weight", f"{name}_liquidation_multiplier", f"{name}_decimals", f"{name}_price")
    return liquidation.Leg(*(i.get(field, 0) for field in fields))


def pair_of_legs(i: Inputs) -> tuple[liquidation.Leg, liquidation.Leg]:
    return leg(i, "asset"), leg(i, "liability")


def oracle(i: Inputs) -> liquidation.Oracle:
    return liquidation.Oracle(i["oracle_price"], i["quote_oracle_price"])


def size_to_cover(i: Inputs) -> dict[str, Any]:
    fees = i["liquidation_fee"], i["if_liquidation_fee"]
    found = liquidation.size_to_cover(i["margin_shortage"], i["margin_ratio"], *fees, oracle(i))
    return {"base_asset_amount": U64 if found is None else found}


def tokens_to_cover(i: Inputs) -> dict[str, Any]:
    found = liquidation.tokens_to_cover(i["margin_shortage"], *pair_of_legs(i), i["if_liquidation_fee"])
    return {"liability_transfer": U128 if found is None else found}


def liability_for_asset(i: Inputs) -> dict[str, Any]:
    return {"liability_transfer": liquidation.liability_for_asset(i["asset_amount"], *pair_of_legs(i))}


def asset_for_liability(i: Inputs) -> dict[str, Any]:
    given = liquidation.asset_for_liability(i["asset_amount"], *pair_of_legs(i), i["liability_amount"])
    return {"asset_transfer": given}


def perpetual_fee(i: Inputs) -> dict[str, Any]:
    names = ("margin_shortage", "base_asset_amount", "margin_ratio", "liquidator_fee")
    return {"if_fee": liquidation.perpetual_fund_fee(*(i[name] for name in names), oracle(i), i["max_if_fee"])}


def spot_fee(i: Inputs) -> dict[str, Any]:
    asset, liability = pair_of_legs(i)
    fee = liquidation.spot_fund_fee(i["margin_shortage"], i["token_amount"], asset, liability, i["max_if_fee"])
    return {"if_fee": fee}


def swap(i: Inputs) -> dict[str, Any]:
    asset, liability = pair_of_legs(i)
    return {"accepted": liquidation.swap_accepted(i["asset_transfer"], asset, i["liability_transfer"], liability)}


def margin_ratio(i: Inputs) -> dict[str, Any]:
    high = weights.Pair(i["hl_initial"], i["hl_maintenance"]) if i["high_leverage"] else None
    ordinary, purpose = weights.Pair(i["initial"], i["maintenance"]), weights.Purpose(i["type"])
    return {"margin_ratio": weights.margin_ratio(ordinary, high, purpose, i["size"], i["imf_factor"])}


def spot_weights(i: Inputs) -> dict[str, Any]:
    size, purpose = weights.size_in_base(i["size"], i["decimals"]), weights.Purpose(i["type"])
    asset = weights.Pair(i["initial_asset_weight"], i["maintenance_asset_weight"])
    liability = weights.Pair(i["initial_liability_weight"], i["maintenance_liability_weight"])
    return {
        "asset_weight": weights.asset_weight(asset.for_purpose(purpose), size, i["imf_factor"]),
        "liability_weight": weights.liability_weight(liability.for_purpose(purpose), size, i["imf_factor"]),
    }


def scaled_weight(i: Inputs) -> dict[str, Any]:
    names = ("initial_asset_weight", "deposits", "decimals", "price", "scale_start")
    return {"asset_weight": weights.scaled_asset_weight(*(i[name] for name in names))}


def profit_weight(i: Inputs) -> dict[str, Any]:
    return {"asset_weight": weights.profit_weight(i["weight"], i["unrealized_pnl"], i["imf_factor"])}


def requirement(i: Inputs) -> dict[str, Any]:
    names = ("base", "oracle_price", "margin_ratio", "imf_factor")
    return {"margin_requirement": weights.margin_requirement(*(i[name] for name in names))}


ANSWERS: dict[str, Callable[[Inputs], dict[str, Any]]] = {
    "base_to_cover": size_to_cover,
    "liability_to_cover": tokens_to_cover,
    "liability_implied": liability_for_asset,
    "asset_for_liability": asset_for_liability,
    "perp_if_fee": perpetual_fee,
    "spot_if_fee": spot_fee,
    "swap_ok": swap,
    "perp_margin_ratio": margin_ratio,
    "spot_weights": spot_weights,
    "scaled_asset_weight": scaled_weight,
    "pnl_asset_weight": profit_weight,
    "perp_margin_requirement": requirement,
}
