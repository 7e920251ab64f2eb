"""Guards for random worlds, and marks that they doubt or trust."""

from __future__ import annotations

from random import Random

from reference.rows import Row
from reference.state import Instrument

from stoplog.codes import GUARD_POLICY_DEFAULT, GUARD_POLICY_MAX, Command, Parameter
from stoplog.units import GRACE_MAX, PRICE_MAX, RATE_ONE

GUARDS = {
    Parameter.AGE_LIMIT: (0, 0, 1, 1500, 4000, GRACE_MAX, GRACE_MAX + 1, -1),
    Parameter.CONFIDENCE_LIMIT: (0, 0, 1, 10**6, RATE_ONE, RATE_ONE + 1),
    Parameter.DEVIATION_LIMIT: (0, 0, 1, 10**6, 10**7, RATE_ONE, -1),
    Parameter.JUMP_LIMIT: (0, 0, 1, 10**6, 10**7, RATE_ONE, RATE_ONE + 1),
    Parameter.JUMP_WAIT: (0, 1, 500, 2000, 10_000, GRACE_MAX, -1),
    Parameter.GUARD_POLICY: (GUARD_POLICY_DEFAULT, GUARD_POLICY_MAX, 0, 0x0F0F, 0xBF0F, GUARD_POLICY_MAX + 1),
}
"""Values for the parameters of guards, some of which are refused."""


def guards(rng: Random, number: int) -> list[Row]:
    """Guards for about a quarter of the instruments."""
    if rng.random() < 0.75:
        return []
    setting = Row(kind=Command.SET_PARAMETER, instrument=number)
    values = {
        Parameter.AGE_LIMIT: rng.choice((0, 2000, 4000, 8000)),
        Parameter.CONFIDENCE_LIMIT: rng.choice((0, 10**5, 10**6)),
        Parameter.DEVIATION_LIMIT: rng.choice((0, 10**6, 5 * 10**6)),
        Parameter.JUMP_LIMIT: rng.choice((0, 3 * 10**6, 10**7, 10**7)),
        Parameter.JUMP_WAIT: rng.choice((0, 1, 1000, 3000)),
    }
    if rng.random() < 0.25:
        values[Parameter.GUARD_POLICY] = rng.choice((GUARD_POLICY_MAX, 0, 0x0F0F, rng.getrandbits(16)))
    return [setting._replace(code=code, amount=value) for code, value in values.items() if value]


def told(rng: Random, row: Row) -> Row:
    """A mark with a confidence and a second source, mostly good ones."""
    near = row.price + rng.choice((-1, 1)) * (row.price * rng.choice((0, 0, 1, 4, 30)) // 100)
    second = rng.choice((0, near, near, near, 1, PRICE_MAX, PRICE_MAX + 1 if rng.random() < 0.2 else 0))
    confidence = rng.choice((0, 0, 0, 1, 10**5, 10**5 + 1, 10**6, 2 * 10**6, RATE_ONE + (rng.random() < 0.2)))
    return row._replace(amount=second, rate=confidence)


def confirming(rng: Random, instrument: Instrument, number: int, now: int) -> Row:
    """A mark that goes on with a held jump, at its limit or one beyond, when its wait is over or just before."""
    last = instrument.held_price or instrument.mark or instrument.price_min
    edge = last * instrument.jump_limit // RATE_ONE
    price = last + rng.choice((0, 0, 0, 1, -1, edge, -edge, edge + 1, -edge - 1))
    time = max(now, instrument.held_since + min(instrument.jump_wait, 20_000) - rng.choice((0, 0, 0, 1)))
    price = max(instrument.price_min, min(instrument.price_max, price))
    return Row(kind=Command.MARK, instrument=number, price=price, time=time)
