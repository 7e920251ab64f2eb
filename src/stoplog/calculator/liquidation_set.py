"""The calculation `liquidation_set`: all intervals of the underlying in which a compartment is liquidated."""

from __future__ import annotations

from fractions import Fraction

from stoplog.calculator.decimals import quotient
from stoplog.calculator.set_compartment import compartment
from stoplog.calculator.set_questions import End, LiquidationSet, LiquidationSetResult, PriceSet
from stoplog.portfolio.below_zero import Interval, Price


def answer(question: LiquidationSet) -> LiquidationSetResult:
    """The intervals; `QuestionError` where a field is missing or has no place, or rounding decides the sign."""
    held = compartment(question)
    return LiquidationSetResult(
        liquidation=_price_set(held.mark, held.liquidated()), bankruptcy=_price_set(held.mark, held.bankrupt())
    )


def next_to(mark: Fraction, intervals: list[Interval]) -> tuple[Price | None, Price | None]:
    """The boundary at or below the mark, and the one above it; None where there is none.

    >>> next_to(Fraction(100), [(None, 90.0), (120.0, 130.0)])
    (90.0, 120.0)
    """
    ends = [end for interval in intervals for end in interval if end is not None]
    return max((end for end in ends if end <= mark), default=None), min(
        (end for end in ends if end > mark), default=None
    )


def _price_set(mark: Fraction, intervals: list[Interval]) -> PriceSet:
    below, above = next_to(mark, intervals)
    return PriceSet(
        intervals=[(_end(low), _end(high)) for low, high in intervals], below=_end(below), above=_end(above)
    )


def _end(price: Price | None) -> End:
    return quotient(price.numerator, price.denominator) if isinstance(price, Fraction) else price
