"""What a compartment with resting orders is worth and must hold for both.

What follows by division is a fraction over the compartment's unit, so that nothing is rounded.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from stoplog.calculator.book import Book, Order, finer
from stoplog.calculator.compartment import Compartment
from stoplog.calculator.decimals import POWER, quotient
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.holding_questions import PositionResult
from stoplog.calculator.isolated import figures
from stoplog.calculator.required import maintenance_pieces
from stoplog.instruments import INVERSE, notional_up, value_down
from stoplog.margin.close_fee import capital_before_reserve, reserve_included
from stoplog.margin.order_margin import Resting, opening_values
from stoplog.margin.requirement import piece_index
from stoplog.margin.tiers import initial

ZERO = Fraction(0)


def with_purse(c: Compartment, purse: Fraction) -> Compartment:
    """The same with another purse, and the reserve for closing that goes with it."""
    reserve = reserve_in(c, purse)
    fine = finer(c, 1, 1, lcm(purse.denominator, reserve.denominator))
    by = fine.unit // c.unit
    return fine._replace(purse=int(purse * by), reserve=int(reserve * by))


def reserve_in(c: Compartment, purse: Fraction) -> Fraction:
    """What of a purse is set aside for closing; 0 unless the policy reserves, or without a position."""
    if c.rules.close_fee != "reserve" or not c.lots:
        return ZERO
    fee, one = c.rules.fee
    side = c.value_side
    by = one - side * fee
    capital = purse - c.cost
    return Fraction(reserve_included(capital.numerator * by, side, fee, one), capital.denominator * by)


def purse_holding(c: Compartment, needed: Fraction) -> Fraction:
    """The least purse in which equity at the mark, beside what is set aside for closing, is `needed`.

    The inverse of `reserve_in`, for a compartment that reserves and holds a position; it may be below zero.
    """
    fee, one = c.rules.fee
    side = c.value_side
    free = needed - profit(c) - c.cost
    capital = capital_before_reserve(free.numerator * one, side, fee, one)
    return Fraction(capital, free.denominator * one) + c.cost


def profit(c: Compartment) -> int:
    """The unrealised profit at the mark."""
    assert c.mark is not None, "a compartment with orders has a mark"
    return value_down(c.payoff, c.multiplier, c.mark, c.lots) - c.cost


def free_equity(c: Compartment) -> int:
    """Equity at the mark less what is set aside for closing."""
    return c.purse - c.reserve + profit(c)


def initial_at(c: Compartment, notional: int) -> Fraction:
    """The initial margin of a notional: by the own leverage or the tier's rate, whichever asks more (MRG-002).

    `QuestionError` where neither is stated.
    """
    stated = c.ladder.initial(c.unit, notional)
    by_tier = None if stated is None else Fraction(*stated)
    if c.leverage is None:
        if by_tier is None:
            message = "leverage: missing; leverage, or an initial rate in every tier, is needed"
            raise QuestionError("missing_field", "leverage", message)
        return by_tier
    count, one = c.leverage
    own = Fraction(initial(notional * count, one, count), count)
    return own if by_tier is None else max(own, by_tier)


def position_margin(c: Compartment) -> Fraction:
    """What the position must hold at the mark: its initial margin, and never less than the maintenance (POL-005)."""
    if not c.lots:
        return ZERO
    notional = notional_at_mark(c)
    pieces, over = maintenance_pieces(c)
    maintenance = max(c.minimum * over, pieces[piece_index(pieces, notional)].at(notional))
    return max(initial_at(c, notional), Fraction(maintenance, over))


def notional_at_mark(c: Compartment) -> int:
    """The notional at the mark."""
    assert c.mark is not None, "a compartment with orders has a mark"
    return notional_up(c.payoff, c.multiplier, c.mark, c.lots)


def order_margins(c: Compartment, orders: tuple[Order, ...], *, closing_free: bool = True) -> tuple[Fraction, Fraction]:
    """(buys, sells): what each side needs for its lots that need margin: ORM-003, unrounded.

    All lots do where closing ones are not free. The rate is the larger of the own and that of the tier which holds
    their worth, and the cost of the position where the side enlarges it.
    """
    resting = sorted(
        (Resting(order.lots, order.price) for order in orders),
        key=lambda order: -order.price if order.size > 0 else order.price,
    )
    buys, sells = opening_values(resting, c.payoff, c.multiplier, c.lots if closing_free else 0)
    longs, shorts = (c.notional, 0) if c.lots > 0 else (0, c.notional)
    return _side_margin(c, buys, longs), _side_margin(c, sells, shorts)


def order_margin(c: Compartment, orders: tuple[Order, ...]) -> Fraction:
    """What all resting orders need: the larger side, ORM-003."""
    return max(order_margins(c, orders))


def _side_margin(c: Compartment, value: int, held: int) -> Fraction:
    if not value:
        return ZERO
    return initial_at(c, value + held) * value / (value + held)


def amount_text(c: Compartment, amount: Fraction | int) -> str:
    """An amount over the compartment's unit as a decimal."""
    return quotient(amount.numerator, amount.denominator * c.unit)


def position_figures(held: Book) -> PositionResult | None:
    """The position and all that `isolated` answers about it; None without one."""
    c = held.c
    if not c.lots:
        return None
    answered = figures(c)
    lots, scale = abs(c.lots), POWER[c.price_places]
    entry = (
        quotient(lots * c.multiplier, c.notional * scale)
        if c.payoff == INVERSE
        else quotient(c.notional, lots * c.multiplier * scale)
    )
    return PositionResult(
        **{name: getattr(answered, name) for name in answered.__struct_fields__},
        side="long" if c.lots > 0 else "short",
        size=quotient(lots, POWER[held.size_places]),
        entry=entry,
    )
