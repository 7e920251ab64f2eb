"""Commands with one field out of place, from a number that names nothing to the ends of 64 bits."""

from __future__ import annotations

from random import Random

from reference.rows import Row

NUMBERS = (0, -1, 99, 2**31 - 1, -(2**31))
AMOUNTS = (0, -1, 1, 2**40, 2**56, 2**57, 2**57 + 1, 2**60, 2**62, 2**63 - 1, -(2**63))
RATES = (-1, 10**8 - 1, 10**8, 10**8 + 1, -(10**8), -(10**8) - 1, 2**63 - 1, -(2**63))
WRONG = {
    "kind": (0, 30, 65_535),
    "code": (0, 3, 7, 31, 65_535),
    "asset": NUMBERS,
    "instrument": NUMBERS,
    "account": NUMBERS,
    "compartment": NUMBERS,
    "other": NUMBERS,
    "amount": AMOUNTS,
    "price": AMOUNTS,
    "size": AMOUNTS,
    "rate": RATES,
}


def corrupted(rng: Random, row: Row) -> Row:
    """The command with one field replaced, or moved by one."""
    field = rng.choice(tuple(WRONG))
    value = rng.choice(WRONG[field])
    if rng.random() < 0.3 and field != "kind":
        value = max(0, getattr(row, field) + rng.choice((-1, 1)))
    if rng.random() < 0.1:
        return row._replace(time=row.time - 1)
    return row._replace(**{field: value})
