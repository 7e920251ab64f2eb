"""What a compartment must hold, as its policy says: the maintenance in pieces, and the initial margin."""

from __future__ import annotations

from stoplog.calculator.compartment import Compartment
from stoplog.margin.requirement import Piece, piece_index
from stoplog.margin.tiers import initial

NO_FEE = 0, 1


def maintenance_pieces(c: Compartment) -> tuple[list[Piece], int]:
    """The requirement, without the minimum, in pieces over a denominator."""
    fee = c.rules.fee if c.rules.close_fee == "in_rate" else NO_FEE
    pieces, over = c.ladder.pieces(c.unit, fee)
    if c.rules.maintenance_at == "mark":
        return pieces, over
    held, held_over = c.ladder.pieces(c.unit, NO_FEE)
    level = held[piece_index(held, c.notional)].at(c.notional)
    return [Piece(0, 0, fee[0] * (over // fee[1]), level * (over // held_over))], over


def initial_needed(c: Compartment, notional: int) -> tuple[int, int]:
    """The initial requirement as a quotient: by leverage, by the tier, or the margin that was given."""
    if c.leverage is not None:
        count, one = c.leverage
        return initial(notional, one, count), 1
    found = c.ladder.initial(c.unit, notional)
    return (c.own, 1) if found is None else found
