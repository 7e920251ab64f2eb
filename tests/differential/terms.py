"""Random tier tables and instruments, from a few lots at prices of a few units up to the limits of the budget."""

from __future__ import annotations

from random import Random

from reference.rows import Row

from stoplog.codes import Command
from stoplog.units import LOT_VALUE_MAX, MULTIPLIER_MAX, POSITION_VALUE_MAX, PRICE_MAX, SIZE_MAX

LINEAR, INVERSE, QUANTO = 0, 1, 2


RAMP = 2


def tier_rows(rng: Random, table: int, scale: int, tier_rule: int) -> list[Row]:
    """Commands that fill a tier table, floors around `scale`; at times one strict tier, or more than it can hold."""
    rows = flat_rows(rng, table, scale)
    if tier_rule != RAMP:
        return rows
    steepest = max(1, min(10**8, 10**18 // max(1, scale)))
    return [row._replace(price=rng.choice((0, 1, rng.randint(0, steepest), steepest))) for row in rows]


def flat_rows(rng: Random, table: int, scale: int) -> list[Row]:
    """The same, without slopes."""
    if rng.random() < 0.2:
        strict = rng.choice((10**7, 5 * 10**7, 99 * 10**6))
        return [Row(kind=Command.ADD_TIER, other=table, rate=strict, size=strict)]
    full = rng.random() < 0.04
    count = 34 if full else rng.choice((1, 1, 2, 3, 5))
    step = 0 if full else rng.choice((0, 1, 2, 5)) * 10**5
    floor, rate = 0, rng.choice((0, 1, 10**5, 400_000, 10**6, 5 * 10**6, 99 * 10**6))
    rows = []
    for _ in range(count):
        initial = rng.choice((rate, min(10**8, 2 * rate), min(10**8, rate + 1), min(10**8, rate + 10**6)))
        rows.append(Row(kind=Command.ADD_TIER, other=table, amount=floor, rate=rate, size=initial))
        floor += max(1000, scale // rng.choice((2, 5, 20, 1000)) // 1000 * 1000)
        rate = min(10**8 - 1, rate + step)
    return rows


def terms(rng: Random, scale: str) -> tuple[int, int, int, int, int]:
    """(payoff, multiplier, smallest price, largest price, position limit) inside the budget."""
    payoff = rng.choice((LINEAR, LINEAR, INVERSE, INVERSE, QUANTO))
    if payoff == INVERSE:
        return payoff, *inverse_terms(rng, scale)
    if scale == "tiny":
        return payoff, rng.choice((1, 1, 3, 10)), rng.choice((1, 1, 5)), rng.randint(100, 500), rng.randint(20, 60)
    if scale == "usual":
        return payoff, rng.choice((1, 10, 1000)), rng.choice((1, 100)), 10 ** rng.randint(6, 8), 10 ** rng.randint(3, 5)
    price_max = 2 ** rng.choice((1, 8, 16, 30, 40))
    multiplier = LOT_VALUE_MAX // price_max // rng.choice((1, 1, 2**10, 2**20)) or 1
    return payoff, multiplier, 1, price_max, min(SIZE_MAX, POSITION_VALUE_MAX // (price_max * multiplier))


def inverse_terms(rng: Random, scale: str) -> tuple[int, int, int, int]:
    """Likewise without the payoff, for inverse instruments."""
    if scale == "tiny":
        return rng.choice((7, 100, 1000, 12_345)), rng.choice((1, 3)), rng.randint(100, 500), rng.randint(20, 60)
    if scale == "usual":
        return 10 ** rng.randint(8, 12), rng.choice((1, 1000)), 10 ** rng.randint(6, 8), 10 ** rng.randint(2, 4)
    price_min = 2 ** rng.choice((0, 10, 22, 30))
    multiplier = min(MULTIPLIER_MAX, LOT_VALUE_MAX * price_min // rng.choice((1, 1, 2**10, 2**20))) or 1
    largest = -(-multiplier // price_min)
    price_max = rng.choice((PRICE_MAX, min(PRICE_MAX, price_min * 8)))
    return multiplier, price_min, price_max, min(SIZE_MAX, POSITION_VALUE_MAX // largest)
