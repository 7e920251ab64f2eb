"""What a cross compartment holds of each asset: interest on debts, and conversion of one asset into another."""

from __future__ import annotations

from typing import Any

from stoplog.codes import Event, Kind
from stoplog.engine import cross_health, cross_rows, postings
from stoplog.engine.compiling import compiled, outlined, word
from stoplog.engine.postings import post
from stoplog.engine.twins import twin
from stoplog.margin import pooling
from stoplog.units import RATE_ONE

INTEREST_PAID = int(Event.INTEREST_PAID)
CONVERTED = int(Event.CONVERTED)
POCKET_ROW = int(Kind.POCKET)
FEES = postings.FEES
OUTSIDE_MARKET = postings.OUTSIDE_MARKET
POCKET = postings.POCKET

to_sell = twin(pooling.to_sell)
proceeds = twin(pooling.proceeds)


@outlined
def pay_interest(t: Any, pocket: int) -> int:
    """Pay what a pocket owes in interest: rule CRS-004. Before anything else changes what it holds."""
    row, asset = t.compartments[pocket], t.compartments[pocket].asset
    due = cross_health.interest_owed(t, pocket)
    t.positions[pocket].funding_index = t.assets[asset].interest_index
    if due != 0:
        post(t, INTEREST_PAID, POCKET, FEES, asset, 0, row.account, pocket, due, row.purse - due, 0, 0)
    return 0


@compiled
def after_interest(t: Any, pocket: int) -> int:
    """What a pocket holds once its interest is paid."""
    held: int = t.compartments[pocket].purse - cross_health.interest_owed(t, pocket)
    return held


@compiled
def _next_by_asset(t: Any, x: int, last: int) -> int:
    """The pocket of the asset with the smallest number above `last`; 0: none is left."""
    found = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        ahead = t.compartments[row].kind == POCKET_ROW and t.compartments[row].asset > last
        if ahead and (found == 0 or t.compartments[row].asset < t.compartments[found].asset):
            found = row
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]


@compiled
def next_short(t: Any, x: int, last: int) -> int:
    """The pocket with a debt, interest included, in the asset with the smallest number above `last`; 0: none."""
    pocket = _next_by_asset(t, x, last)
    while pocket != 0 and after_interest(t, pocket) >= 0:
        pocket = _next_by_asset(t, x, word(t.compartments[pocket].asset))
    return pocket


@compiled
def _order_of_sale(t: Any, pocket: int) -> int:
    asset = word(t.compartments[pocket].asset)
    return t.assets[asset].sale_rank * 65_536 + asset  # type: ignore[no-any-return]


@compiled
def _next_to_sell(t: Any, x: int, last: int) -> int:
    """The pocket with something to sell that comes next in the order of sale after `last`; 0: none is left."""
    found = word(0)
    row = cross_rows.first(t, x)
    while row != 0:
        sold = t.compartments[row].kind == POCKET_ROW and t.compartments[row].purse > 0
        if sold and _order_of_sale(t, row) > last and (found == 0 or _order_of_sale(t, row) < _order_of_sale(t, found)):
            found = row
        row = cross_rows.behind(t, row)
    return found  # type: ignore[no-any-return]


@compiled
def _sell(t: Any, pocket: int, short: int) -> None:
    """Sell out of a pocket what covers the debt of another, as far as it goes: rule CRS-007."""
    row, debt = t.compartments[pocket], t.compartments[short]
    price, short_price = t.assets[row.asset].price, t.assets[debt.asset].price
    kept, need = RATE_ONE - t.assets[row.asset].conversion_fee_rate, -debt.purse
    sold = to_sell(need, short_price, row.purse, price, kept, RATE_ONE)
    got = proceeds(need, sold, price, short_price, kept, RATE_ONE)
    if got == 0:
        return
    account, left, after = row.account, row.purse - sold, debt.purse + got
    post(t, CONVERTED, POCKET, OUTSIDE_MARKET, row.asset, 0, account, pocket, sold, short, got, left)
    post(t, CONVERTED, OUTSIDE_MARKET, POCKET, debt.asset, 0, account, short, got, pocket, sold, after)


@compiled
def pay_all_interest(t: Any, x: int) -> None:
    """Pay what all pockets of cross compartment `x` owe in interest, by asset number."""
    pocket = _next_by_asset(t, x, 0)
    while pocket != 0:
        pay_interest(t, pocket)
        pocket = _next_by_asset(t, x, word(t.compartments[pocket].asset))


@outlined
def convert_all(t: Any, x: int) -> int:
    """Pay all interest of cross compartment `x` and cover its debts out of what it holds: rule CRS-007."""
    pay_all_interest(t, x)
    short = next_short(t, x, 0)
    while short != 0:
        pocket = _next_to_sell(t, x, -1)
        while pocket != 0 and t.compartments[short].purse < 0:
            last = _order_of_sale(t, pocket)
            _sell(t, pocket, short)
            pocket = _next_to_sell(t, x, last)
        short = next_short(t, x, word(t.compartments[short].asset))
    return 0
