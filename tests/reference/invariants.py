"""What must hold after every command, checked on the model's state; each predicate names its rule."""

from __future__ import annotations

from reference.crossing import by_scenarios, gross_value, is_breached, marks_that_count, pocket_of
from reference.formulas import breached, owed
from reference.order_margins import order_margin
from reference.ordering import in_order
from reference.portfolio import is_whole
from reference.state import State
from stoplog.codes import CompartmentState, Kind
from stoplog.units import POSITION_VALUE_MAX


def check(state: State) -> None:
    """Assert every invariant."""
    money_is_conserved(state)
    sizes_sum_to_zero(state)
    named_accounts_have_their_sign(state)
    settlement_is_minus_the_cost(state)
    nobody_is_breached(state)
    owners_lose_no_more_than_they_put_in(state)
    every_order_rests_once(state)
    no_cross_compartment_is_breached(state)
    rows_belong_to_open_crosses(state)
    strategies_know_their_arrays(state)
    axes_have_both_sides(state)


def money_is_conserved(state: State) -> None:
    """CON-002: deposited − withdrawn equals the sum of all balances."""
    held = dict.fromkeys(state.assets, 0)
    for (_, number), amount in state.free.items():
        held[number] += amount
    for compartment in state.compartments.values():
        if compartment.purse:
            held[compartment.asset] += compartment.purse
    for instrument in state.instruments.values():
        held[instrument.asset] += instrument.settlement + instrument.funding_clearing
    for number, asset in state.assets.items():
        named = asset.outside_market + asset.liquidation_pool + asset.fees + asset.insurance_fund
        named += asset.socialised_loss + asset.dust
        assert held[number] + named == asset.deposited - asset.withdrawn, f"CON-002: asset {number}"


def sizes_sum_to_zero(state: State) -> None:
    """CON-003, the outside market included."""
    total = {number: instrument.outside_size for number, instrument in state.instruments.items()}
    for compartment in state.compartments.values():
        if compartment.size:
            total[compartment.instrument] += compartment.size
    assert not any(total.values()), "CON-003"


def named_accounts_have_their_sign(state: State) -> None:
    """CON-004, and free balances are never below zero."""
    for asset in state.assets.values():
        assert asset.liquidation_pool == 0, "CON-004: pool"
        assert min(asset.dust, asset.fees, asset.insurance_fund) >= 0, "CON-004: dust, fees or fund"
        assert asset.socialised_loss <= 0, "CON-004: socialised loss"
    assert all(amount >= 0 for amount in state.free.values()), "free balance below zero"


def settlement_is_minus_the_cost(state: State) -> None:
    """POS-002."""
    total = {n: instrument.settlement + instrument.outside_cost for n, instrument in state.instruments.items()}
    for compartment in state.compartments.values():
        if compartment.cost:
            total[compartment.instrument] += compartment.cost
    assert not any(total.values()), "POS-002"


def nobody_is_breached(state: State) -> None:
    """LIQ-001: at the mark, whatever the command was; but for GRD-006."""
    for held in state.compartments.values():
        if held.size and held.kind == Kind.ISOLATED:
            instrument = state.instruments[held.instrument]
            tiers = state.tier_tables[instrument.tier_table]
            purse = held.purse - owed(instrument, held)
            assert instrument.unseen or not breached(instrument, tiers, instrument.mark, held.size, held.cost, purse), (
                "LIQ-001"
            )


def owners_lose_no_more_than_they_put_in(state: State) -> None:
    """ISO-002: what came out is never below zero, and a compartment without a position owes nothing."""
    for held in state.compartments.values():
        assert min(held.put_in, held.taken_out) >= 0, "ISO-002"
        assert held.size != 0 or held.purse >= 0 or held.kind == Kind.POCKET, "ISO-002"
        assert held.state == CompartmentState.OPEN or held.purse == 0, "ISO-002"


def every_order_rests_once(state: State) -> None:
    """ORM-003, ORM-005, ORM-007, ORM-010: margins are those of the lists, and a number is given once or is free."""
    numbers = list(state.free_orders)
    for held in state.compartments.values():
        numbers += [order.number for order in held.orders]
        assert held.orders == in_order(held.orders), "ORM-007"
        assert len(held.orders) <= 64, "ORM-005"
        assert all(order.size != 0 for order in held.orders), "ORM-008"
        assert held.state == CompartmentState.OPEN or not held.orders, "ORM-007"
        assert not held.orders or held.kind in (Kind.ISOLATED, Kind.POSITION), "ORM-007"
        if held.instrument == 0:
            continue
        assert held.order_margin == order_margin(state, held, held.orders, held.size, held.cost), "ORM-003"
    assert sorted(numbers) == list(range(1, state.order_numbers + 1)), "ORM-010"


def no_cross_compartment_is_breached(state: State) -> None:
    """CRS-009: whatever the command was; but for GRD-009."""
    for number, held in state.compartments.items():
        if held.kind == Kind.CROSS:
            left = any(state.instruments[counted].unseen for counted in marks_that_count(state, number))
            assert left or not is_breached(state, number), f"CRS-009: {number}"
            assert gross_value(state, number) <= POSITION_VALUE_MAX, f"CRS-001: {number}"


def rows_belong_to_open_crosses(state: State) -> None:
    """A position has a pocket of its asset and no purse, and both are in an open cross compartment of the owner."""
    for number, held in state.compartments.items():
        if held.kind not in (Kind.POSITION, Kind.POCKET) or held.state != CompartmentState.OPEN:
            continue
        cross = state.compartments[held.cross]
        assert cross.kind == Kind.CROSS, f"CRS-001: {number}"
        assert cross.state == CompartmentState.OPEN, f"CRS-001: {number}"
        assert cross.account == held.account, f"CRS-001: {number}"
        assert pocket_of(state, held.cross, held.asset), f"CRS-001: {number}"
        assert held.kind == Kind.POCKET or held.purse == 0, f"CRS-001: {number}"


def strategies_know_their_arrays(state: State) -> None:
    """PRT-005: every open position by scenarios is in an instrument with a whole array."""
    for number, held in state.compartments.items():
        if held.kind == Kind.POSITION and held.state == CompartmentState.OPEN and by_scenarios(state, held.cross):
            assert is_whole(state, held.instrument), f"PRT-005: {number}"


def axes_have_both_sides(state: State) -> None:
    """PRT-009: the prices of an axis ascend, and the mark that it came with is inside them."""
    for number, risk in state.risk.items():
        prices = [price for price, _ in risk.axis]
        assert prices == sorted(set(prices)), f"PRT-009: {number}"
        assert not prices or prices[0] < risk.axis_mark < prices[-1], f"PRT-009: {number}"
        assert [price for price, scenario in risk.axis if scenario < 0] == [risk.axis_mark] * bool(prices)
