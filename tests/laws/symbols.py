"""Rules run on symbols: every path through a rule, every bound proved by z3 for all values at once.

A `Symbol` stands for any integer within the constraints of its `Proof`. A comparison of symbols has both
outcomes; `every_path` runs a function once for each combination of outcomes that can happen. Arithmetic on
symbols must stay within signed 64 bits, arithmetic inside the wide functions within signed 128, and a wide
quotient within ±2⁶¹: each is a question to z3, over the reals, of which the integers are a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import z3

from stoplog import units

NARROW, WIDE, QUOTIENT = 2**63 - 1, 2**127 - 1, 2**61

Number = Any


class Unproved(AssertionError):
    """z3 did not prove a bound; the message has the expression and, where there is one, a counterexample."""


class Proof:
    """Constraints, the path taken so far, and the outcomes that are still to be tried."""

    def __init__(self) -> None:
        self.solver = z3.SolverFor("QF_NRA")
        self.solver.set("timeout", 60_000)
        self.schedule: list[bool] = []
        self.position = 0
        self.fresh = 0
        self.asked = 0
        self.proved: set[tuple[bool | int, ...]] = set()

    def symbol(self, name: str, low: Number, high: Number) -> Symbol:
        """A symbol for any integer from `low` to `high`; limits may be expressions."""
        self.fresh += 1
        found = Symbol(self, z3.Real(f"{name}_{self.fresh}"))
        self.assume(found.term >= term(low), found.term <= term(high))
        return found

    def assume(self, *constraints: Any) -> None:
        """Take constraints for granted on this path."""
        self.solver.add(*constraints)

    def must(self, claim: Any, what: str) -> None:
        """Prove a claim from the constraints and the path, once for all paths that begin as this one has."""
        self.asked += 1
        place = (*self.schedule[: self.position], self.asked)
        if place in self.proved:
            return
        self.proved.add(place)
        self.solver.push()
        self.solver.add(z3.Not(claim))
        answer = self.solver.check()
        model = self.solver.model() if answer == z3.sat else answer
        self.solver.pop()
        if answer != z3.unsat:
            raise Unproved(f"{what}: {model}")

    def branch(self, condition: Any) -> bool:
        """One outcome of a comparison, the one that the schedule says, and the path narrowed to it."""
        if self.position == len(self.schedule):
            self.schedule.append(True)
        outcome = self.schedule[self.position]
        self.position += 1
        self.assume(condition if outcome else z3.Not(condition))
        return outcome

    def next_path(self) -> bool:
        """Turn the last outcome that has not been turned; whether there was one."""
        while self.schedule and not self.schedule[-1]:
            self.schedule.pop()
        if self.schedule:
            self.schedule[-1] = False
        self.position = self.asked = 0
        return bool(self.schedule)

    @contextmanager
    def path(self) -> Iterator[None]:
        """Constraints made inside are taken back at the end."""
        self.solver.push()
        yield
        self.solver.pop()


def every_path(function: Callable[[Proof], None]) -> int:
    """Run the function on every path; the number of bounds that were proved."""
    proof = Proof()
    more = True
    while more:
        with proof.path():
            function(proof)
        more = proof.next_path()
    return len(proof.proved)


def term(value: Number) -> Any:
    """The z3 expression of a symbol or an integer."""
    return value.term if isinstance(value, Symbol) else z3.RealVal(int(value))


class Symbol:
    """An integer that is not known; its arithmetic must stay within 64 bits."""

    def __init__(self, proof: Proof, expression: Any) -> None:
        self.proof = proof
        self.term = expression

    def _result(self, expression: Any) -> Symbol:
        within(self.proof, expression, NARROW)
        return Symbol(self.proof, expression)

    def __add__(self, other: Number) -> Symbol:
        return self._result(self.term + term(other))

    __radd__ = __add__

    def __sub__(self, other: Number) -> Symbol:
        return self._result(self.term - term(other))

    def __rsub__(self, other: Number) -> Symbol:
        return self._result(term(other) - self.term)

    def __mul__(self, other: Number) -> Symbol:
        return self._result(self.term * term(other))

    __rmul__ = __mul__

    def __rfloordiv__(self, other: Number) -> Number:
        return quotient(other, self.proof.symbol("one", 1, 1), self, -1)

    def __floordiv__(self, other: Number) -> Number:
        return quotient(self, self.proof.symbol("one", 1, 1), other, -1)

    def __neg__(self) -> Symbol:
        return self._result(-self.term)

    def __abs__(self) -> Symbol:
        return self if self >= 0 else -self

    def __lt__(self, other: Number) -> bool:
        return self.proof.branch(self.term < term(other))

    def __le__(self, other: Number) -> bool:
        return self.proof.branch(self.term <= term(other))

    def __gt__(self, other: Number) -> bool:
        return self.proof.branch(self.term > term(other))

    def __ge__(self, other: Number) -> bool:
        return self.proof.branch(self.term >= term(other))

    def __eq__(self, other: object) -> bool:
        return self.proof.branch(self.term == term(other))

    def __ne__(self, other: object) -> bool:
        return self.proof.branch(self.term != term(other))

    __hash__ = None  # type: ignore[assignment]


def within(proof: Proof, expression: Any, bound: int) -> None:
    """Prove that an expression stays within ±bound."""
    proof.must(z3.And(expression <= bound, expression >= -bound), f"within {bound}: {expression}")


def proof_of(*values: Number) -> Proof:
    """The proof that a symbol among the values belongs to."""
    return next(value.proof for value in values if isinstance(value, Symbol))


def product(proof: Proof, factors: tuple[Number, ...]) -> Any:
    """The product, multiplied from the left as the compiled code does; every step stays within 128 bits."""
    total = term(factors[0])
    for factor in factors[1:]:
        total = z3.simplify(total * term(factor))
        within(proof, total, WIDE)
    return total


def quotient(a: Number, b: Number, d: Number, off: int) -> Number:
    """A new symbol less than one beside a·b/d, on the side of `off`."""
    if not any(isinstance(value, Symbol) for value in (a, b, d)):
        return units.mul_div_down(a, b, d) if off < 0 else units.mul_div_up(a, b, d)
    proof = proof_of(a, b, d)
    divisor, dividend = term(d), product(proof, (a, b))
    proof.must(divisor > 0, f"divisor above zero: {divisor}")
    proof.must(z3.And(dividend <= QUOTIENT * divisor, dividend >= -QUOTIENT * divisor), f"{dividend} / {divisor}")
    result = proof.symbol("quotient", -QUOTIENT, QUOTIENT)
    low, high = (result.term, result.term + 1) if off < 0 else (result.term - 1, result.term)
    proof.assume(low * divisor <= dividend, dividend <= high * divisor)
    return result


def mul_div_down(a: Number, b: Number, d: Number) -> Number:
    return quotient(a, b, d, -1)


def mul_div_up(a: Number, b: Number, d: Number) -> Number:
    return quotient(a, b, d, 1)


def ratio_down(a: Number, b: Number, c: Number, d: Number, e: Number, f: Number, limit: int) -> Symbol:
    proof = proof_of(a, b, c, d, e, f)
    product(proof, (a, b, c))
    divisor = product(proof, (d, e, f))
    proof.must(divisor > 0, f"divisor above zero: {divisor}")
    return proof.symbol("ratio", -limit, limit)


def compare_products(a: Number, b: Number, c: Number, d: Number, e: Number, f: Number) -> Symbol:
    """The sign of the difference: three outcomes, none of which narrows the path."""
    proof = proof_of(a, b, c, d, e, f)
    product(proof, (a, b, c))
    product(proof, (d, e, f))
    return proof.symbol("sign", -1, 1)


CAPITAL_MAX, NOTIONAL_MAX, DIVISOR_MAX, RATE_MAX, AMOUNT = 2**60, 2**96, 2**40, 2**28, 2**57
WIDEST = 2**255 - 1


def compare_on_ramp(
    capital: Number,
    side: int,
    a: Number,
    b: Number,
    d: Number,
    rate: Number,
    slope: Number,
    floor: Number,
    one: int,
    unit: int,
) -> Symbol:
    """Each part is proved within a bound of its own; that 256 bits hold what is made of them is arithmetic."""
    proof = proof_of(capital, a, b, d, rate, slope, floor)
    parts = ((capital, CAPITAL_MAX), (d, DIVISOR_MAX), (rate, RATE_MAX), (slope, RATE_MAX), (floor, AMOUNT))
    for part, bound in parts:
        within(proof, term(part), bound)
    within(proof, term(a) * term(b), NOTIONAL_MAX)
    proof.must(term(d) > 0, f"divisor above zero: {d}")
    left = (CAPITAL_MAX * DIVISOR_MAX + NOTIONAL_MAX) * DIVISOR_MAX * one * unit
    right = NOTIONAL_MAX * (RATE_MAX * unit * DIVISOR_MAX + RATE_MAX * (NOTIONAL_MAX + AMOUNT * DIVISOR_MAX))
    assert abs(side) == 1
    assert max(left, right) <= WIDEST
    return proof.symbol("sign", -1, 1)


SYMBOLIC_WIDE: dict[Callable[..., Any], Callable[..., Any]] = {
    units.mul_div_down: mul_div_down,
    units.mul_div_up: mul_div_up,
    units.ratio_down: ratio_down,
    units.compare_products: compare_products,
    units.compare_on_ramp: compare_on_ramp,
}
