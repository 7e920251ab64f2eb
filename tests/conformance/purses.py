"""Cross margin as venues printed it: purses as questions of `cross`, and one real account whole."""

import json
from decimal import Decimal
from typing import Any

from tests.conformance.cases import DATA, Case, Check, Question, Read, figure

ACCOUNT = DATA / "positions" / "A_2023-03-27_12cross.json"
"""A Hyperliquid account with twelve positions, of the time when maintenance was 1 % of the notional at the mark."""

MILLIONTH = Decimal("1e-6")
"""What the account's totals are cut to."""

OLD_RATE = "0.01"

AT_MARK = {"maintenance_at": "entry"}
"""Maintenance that does not move with the price: entered at the mark, it is that of the mark."""


def of_first(name: str) -> Read:
    return figure(f"positions[0].{name}")


def purse(position: Question, *, equity: Any = 0, maintenance: Any = 0, **fields: Any) -> Question:
    """One position listed, all else of the purse as `rest`; at its entry where there is no other mark."""
    return {
        "calculate": "cross",
        "positions": [{"mark": position["entry"], **position}],
        "rest": {"equity": str(equity), "maintenance_margin": str(maintenance)},
        **fields,
    }


def row_position(row: dict[str, Any]) -> Question:
    """A row's position, entered at its mark where it says what the position is worth, else at its entry."""
    size = abs(Decimal(row["size"])) * Decimal(row["multiplier"])
    mark = Decimal(row["position_value"]) / size if "position_value" in row else row.get("mark", row.get("entry"))
    return {"side": row["side"], "size": str(size), "entry": str(mark)}


def hyperliquid(row: dict[str, Any]) -> Question:
    """The account's maintenance holds the position's own, which is taken out of the rest."""
    own = Decimal(row["position_value"]) / (2 * Decimal(row["max_leverage"]))
    others = Decimal(row["account"]["crossMaintenanceMarginUsed"]) - own
    position = row_position(row) | {"tiers": [{"floor": 0, "max_leverage": row["max_leverage"]}]}
    return purse(position, equity=row["account"]["accountValue"], maintenance=others, venue="hyperliquid")


def hyperliquid_2023(row: dict[str, Any]) -> Question:
    maintenance = Decimal(OLD_RATE) * Decimal(row["account"]["totalNtlPos"])
    position = row_position(row) | {"maintenance_rate": 0}
    return purse(position, equity=row["account"]["accountValue"], maintenance=maintenance)


def bybit(row: dict[str, Any]) -> Question:
    position = row_position(row) | {"maintenance_rate": 0}
    return purse(position, equity=row["account"]["totalMarginBalance"], maintenance=row["maint_margin"])


def phemex(row: dict[str, Any]) -> Question:
    """The balance is what the printed bankruptcy price says."""
    side = 1 if row["side"] == "long" else -1
    lost = side * (Decimal(row["entry"]) - Decimal(row["reported_bankrupt"])) * Decimal(row["size"])
    return purse(row_position(row) | {"maintenance_rate": row["mmr"]}, equity=lost)


def lighter(row: dict[str, Any]) -> Question:
    return purse(row_position(row) | {"maintenance_rate": row["mmr"]}, equity=row["account"]["collateral"])


def edgex(row: dict[str, Any]) -> Question:
    """The venue cuts its prices down to the tick."""
    policy = {"price_rounding": "toward_zero", "price_tick": row["tick"]}
    position = row_position(row) | {"maintenance_rate": row["mmr"]}
    return purse(position, equity=row["account"]["equity"], policy=policy)


FORMULAS = {
    "hl_cross": hyperliquid,
    "hl_cross_2023": hyperliquid_2023,
    "bybit_uta_cross": bybit,
    "phemex_cross_from_bankrupt": phemex,
    "lighter_cross": lighter,
    "edgex_cross": edgex,
}

APPROXIMATE = ("bybit_uta_cross", "lighter_cross")


def account_case() -> Case:
    """The whole account in two questions: as it was entered, and at its marks with the maintenance of those."""
    given = json.loads(ACCOUNT.read_text(encoding="utf-8"))
    held = [entry["position"] for entry in given["assetPositions"]]
    summary = given["crossMarginSummary"]
    worth = sum(Decimal(own["szi"]) * Decimal(own["entryPx"]) for own in held)
    entered = question([account_position(own, own["entryPx"]) for own in held], Decimal(summary["totalRawUsd"]) + worth)
    at_marks = [account_position(own, account_mark(own)) for own in held]
    marked = question(at_marks, Decimal(summary["accountValue"])) | {"policy": AT_MARK}
    checks = [
        Check(entered, figure("equity"), Decimal(summary["accountValue"]), MILLIONTH),
        Check(entered, figure("initial_margin"), Decimal(summary["totalMarginUsed"]), MILLIONTH),
        Check(
            entered, lambda found: found["equity"] - found["initial_margin"], Decimal(given["withdrawable"]), MILLIONTH
        ),
    ]
    for i, own in enumerate(held):
        for name, printed in (
            ("unrealised_profit", "unrealizedPnl"),
            ("notional", "positionValue"),
            ("initial_margin", "marginUsed"),
        ):
            checks.append(Check(entered, figure(f"positions[{i}].{name}"), Decimal(own[printed]), MILLIONTH))
        checks.append(liquidation(marked, i, own["liquidationPx"]))
    return Case(ACCOUNT.stem, "hyperliquid", f"positions/{ACCOUNT.name}", tuple(checks))


def question(positions: list[Question], balance: Decimal) -> Question:
    return {"calculate": "cross", "balances": {"USDC": str(balance)}, "positions": positions}


def account_mark(own: dict[str, Any]) -> str:
    return str(Decimal(own["positionValue"]) / abs(Decimal(own["szi"])))


def account_position(own: dict[str, Any], entry: str) -> Question:
    return {
        "symbol": own["coin"],
        "side": "long" if Decimal(own["szi"]) > 0 else "short",
        "size": str(abs(Decimal(own["szi"]))),
        "entry": entry,
        "mark": account_mark(own),
        "leverage": own["leverage"]["value"],
        "maintenance_rate": OLD_RATE,
    }


def liquidation(asked: Question, place: int, printed: str | None) -> Check:
    """A price, or that there is none."""
    name = f"positions[{place}].liquidation_price"
    if printed is None:
        return Check(asked, lambda found: Decimal(name in found), Decimal(0), Decimal(0))
    return Check(asked, figure(name), Decimal(printed), Decimal("1e-8") * Decimal(printed))
