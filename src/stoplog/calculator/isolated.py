"""The calculation `isolated`: one position, one compartment, every figure exact.

The rules of the engine are called on whole numbers (`stoplog.calculator.compartment`) wherever the requirement is
one line through the tiers at the mark; every other policy is a requirement in pieces (`stoplog.margin.requirement`).
"""

from __future__ import annotations

from decimal import Decimal

from stoplog.calculator.compartment import Compartment, compartment
from stoplog.calculator.decimals import POWER, quotient
from stoplog.calculator.questions import Isolated, IsolatedResult
from stoplog.calculator.required import initial_needed, maintenance_pieces
from stoplog.calculator.rounding import price_text, surd_text
from stoplog.instruments import INVERSE, notional_up, value_lots
from stoplog.margin.first_price import Account, first_change
from stoplog.margin.isolated import equity, removable
from stoplog.margin.requirement import piece_index
from stoplog.margin.surds import Surd
from stoplog.margin.thresholds import lot_value_root, root_tier
from stoplog.margin.tiers import initial, maintenance, tier_index


def answer(question: Isolated) -> IsolatedResult:
    """Every figure of one compartment; `QuestionError` where the question contradicts itself or a limit."""
    return figures(compartment(question))


def figures(c: Compartment) -> IsolatedResult:
    """Every figure of a compartment that holds a position."""
    value = value_lots(c.payoff, c.lots)
    free = c.purse - c.cost - c.reserve
    unit = Decimal(c.unit)
    bankruptcy = _price(c, lot_value_root(value, free, 0, 0, 1))
    fee, one = c.rules.fee
    with_fee = fee and c.rules.close_fee != "reserve"
    at_entry = c.notional
    needed, over = initial_needed(c, at_entry)
    result = IsolatedResult(
        notional_at_entry=quotient(at_entry, unit),
        initial_margin=quotient(needed, unit if over == 1 else over * c.unit),
        liquidation_price=None,
        bankruptcy_price=bankruptcy,
        bankruptcy_price_with_fee=_price(c, lot_value_root(value, free, fee, 0, one)) if with_fee else bankruptcy,
        close_fee_reserve=quotient(c.reserve, unit) if c.reserve else "0",
        max_loss=quotient(max(0, c.purse), unit),
    )
    if _straight(c):
        tiers = c.ladder.over(c.unit)
        if c.mark is not None:
            notional = notional_up(c.payoff, c.multiplier, c.mark, c.lots)
            tier = tiers[tier_index(tiers, notional, 1, 1)]
            required = maintenance(notional, tier.rate, tier.deduction, c.ladder.one)
            _add_figures_at_mark(c, c.mark, notional, required, 1, result)
        if result.liquidatable is not True:
            tier = tiers[root_tier(tiers, value, free, 0, c.ladder.one)]
            root = lot_value_root(value, free, tier.rate, tier.deduction, c.ladder.one)
            result.liquidation_price = _price(c, root)
    else:
        _answer_in_pieces(c, free, result)
    if result.liquidation_price is None:
        result.liquidation_reason = "already" if result.liquidatable is True else "never"
    return result


def _straight(c: Compartment) -> bool:
    """Whether the closed form holds: one line through the tiers, at the mark, nothing else in the requirement."""
    rules = c.rules
    return c.ladder.plain and rules.maintenance_at == "mark" and rules.close_fee != "in_rate" and c.minimum == 0


def _add_figures_at_mark(
    c: Compartment, mark: int, notional: int, required: int, over: int, result: IsolatedResult
) -> None:
    """The figures at the mark, of which `required` / `over` is the maintenance margin."""
    worth = equity(c.payoff, c.multiplier, mark, c.lots, c.cost, c.purse)
    needed, needed_over = initial_needed(c, notional)
    needed = max(needed, initial(notional, *c.rules.removable_floor) * needed_over)
    free = worth - c.reserve
    covering = free * over
    unit = Decimal(c.unit)
    result.notional = quotient(notional, unit)
    result.unrealised_profit = quotient(worth - c.purse, unit)
    result.equity = quotient(worth, unit)
    result.maintenance_margin = quotient(required, unit if over == 1 else over * c.unit)
    result.margin_ratio = quotient(required, covering) if covering else None
    free *= needed_over
    result.removable_margin = quotient(
        removable(free, free, needed), unit if needed_over == 1 else needed_over * c.unit
    )
    result.liquidatable = covering < required


def _answer_in_pieces(c: Compartment, free: int, result: IsolatedResult) -> None:
    """The figures at the mark and the liquidation price, of a requirement in pieces."""
    pieces, over = maintenance_pieces(c)
    start = c.notional
    if c.mark is not None:
        start = notional_up(c.payoff, c.multiplier, c.mark, c.lots)
        required = max(c.minimum * over, pieces[piece_index(pieces, start)].at(start))
        _add_figures_at_mark(c, c.mark, start, required, over, result)
        if result.liquidatable is True:
            return
    found = first_change(Account(c.value_side, free, c.minimum, over), pieces, start)
    if found is not None and found.above_zero:
        result.liquidation_price = _price_of_notional(c, found)


def _price_of_notional(c: Compartment, notional: Surd) -> str:
    """The price at a notional, rounded as the policy says."""
    per_price = abs(c.lots) * c.multiplier
    if c.payoff == INVERSE:
        price = notional.inverse().times(per_price, POWER[c.price_places])
    else:
        price = notional.times(1, per_price * POWER[c.price_places])
    return surd_text(price, c.rules.price_rounding, c.rules.tick, c.side)


def _price(c: Compartment, root: tuple[int, int, int, int]) -> str | None:
    """The price at a lot value, rounded as the policy says; None where it is not above zero."""
    if root[0] <= 0:
        return None
    numerator, denominator = root[0] * root[1], root[2] * root[3]
    if c.payoff == INVERSE:
        numerator, denominator = c.multiplier * denominator, numerator * POWER[c.price_places]
    else:
        denominator *= c.multiplier * POWER[c.price_places]
    return price_text(numerator, denominator, c.rules.price_rounding, c.rules.tick, c.side)
