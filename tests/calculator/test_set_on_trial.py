"""The liquidation set over thousands of random strategies: 40 digits beside every boundary, and a scan between them."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import exp, log
from typing import Any

import mpmath
import pytest

from tests.calculator.test_liquidation_set import Leg, asked, equity, inside, linear, option, well_formed

STRATEGIES = 400
"""Of each kind."""

BESIDE = 1e-9
"""So far from a boundary, as a share of it, the sign is looked at."""

NOISE = 1e-12
"""Below this share of what is added up, binary floats decide the sign; few boundaries may be as flat as that."""

SCAN = [exp(log(4.0) + (log(2500.0) - log(4.0)) * step / 250) for step in range(251)]

Draw = Callable[[random.Random, dict[str, str]], list[Leg]]


def straddle(draw: random.Random, fields: dict[str, str]) -> list[Leg]:
    low = draw.randrange(60, 141)
    high = draw.choice([low, low + draw.randrange(40)])
    return [
        option("put", "short", low, draw.randrange(1, 30), **fields),
        option("call", "short", high, draw.randrange(1, 30), **fields),
    ]


def ratio(draw: random.Random, fields: dict[str, str]) -> list[Leg]:
    kind, away = draw.choice([("call", 1), ("put", -1)])
    near = draw.randrange(80, 121)
    more = fields | {"size": draw.choice(["2", "3", "1.5"])}
    far = near + away * draw.randrange(2, 40)
    return [option(kind, "long", near, draw.randrange(1, 20), **fields), option(kind, "short", far, "2", **more)]


def calendar(draw: random.Random, fields: dict[str, str]) -> list[Leg]:
    kind, strike = draw.choice(["call", "put"]), draw.randrange(70, 131)
    later = fields | {"expiry_years": str(draw.choice([0.4, 1, 2])), "volatility": str(draw.randrange(20, 120) / 100)}
    first, second = draw.sample(["long", "short"], 2)
    return [
        option(kind, first, strike, draw.randrange(1, 20), **fields),
        option(kind, second, strike + draw.choice([0, 0, 10]), draw.randrange(1, 25), **later),
    ]


def collar(draw: random.Random, fields: dict[str, str]) -> list[Leg]:
    held = linear("long", draw.randrange(80, 121), maintenance_rate=fields["maintenance_rate"])
    low = draw.randrange(50, 100)
    put = option("put", "long", low, draw.randrange(1, 12), **fields)
    return [held, put, option("call", "short", low + draw.randrange(5, 60), draw.randrange(1, 12), **fields)]


def wing(draw: random.Random, fields: dict[str, str]) -> list[Leg]:
    kind, strike = draw.choice([("put", draw.randrange(30, 90)), ("call", draw.randrange(110, 220))])
    return [option(kind, "short", strike, draw.randrange(1, 8), **fields)]


def precise(price: float, margin: str, legs: list[Leg], *, less_maintenance: bool) -> tuple[mpmath.mpf, mpmath.mpf]:
    """Equity, less maintenance where asked, and the sum of what was added up without signs: 40 digits."""
    at, total = mpmath.mpf(price), mpmath.mpf(margin)
    size_of_all = abs(total)
    for leg in legs:
        size = mpmath.mpf(leg["size"]) * (1 if leg["side"] == "long" else -1)
        worth = at
        if "strike" in leg:
            strike, sign = mpmath.mpf(leg["strike"]), 1 if leg["kind"] == "call" else -1
            deviation = mpmath.mpf(leg["volatility"]) * mpmath.sqrt(mpmath.mpf(leg["expiry_years"]))
            d1 = mpmath.log(at / strike) / deviation + deviation / 2
            worth = sign * (at * mpmath.ncdf(sign * d1) - strike * mpmath.ncdf(sign * (d1 - deviation)))
        need = mpmath.mpf(leg.get("maintenance_rate", 0)) * abs(size) * at if less_maintenance else 0
        total += size * (worth - mpmath.mpf(leg["entry"])) - need
        size_of_all += abs(size) * (at + mpmath.mpf(leg.get("strike", 0)))
    return total, size_of_all


@pytest.mark.rule("LSET-001", "LSET-003")
@pytest.mark.parametrize("kind", [straddle, ratio, calendar, collar, wing])
def test_every_boundary_turns_the_sign_and_no_interval_is_missing(kind: Draw) -> None:
    draw = random.Random(kind.__name__)
    turned = excused = scanned = 0
    with mpmath.workdps(40):
        for _ in range(STRATEGIES):
            legs, margin = kind(draw, fields(draw)), str(draw.randrange(-50, 600) / 10)
            found = asked(margin, legs)
            for name, less in (("liquidation", True), ("bankruptcy", False)):
                well_formed(found[name], 100.0)
                intervals = found[name]["intervals"]
                for end in (float(end) for interval in intervals for end in interval if end is not None):
                    signs = []
                    for beside in (end * (1 - BESIDE), end * (1 + BESIDE)):
                        value, scale = precise(beside, margin, legs, less_maintenance=less)
                        if abs(value) < NOISE * scale:
                            break
                        assert inside(beside, intervals) == (value < 0), (legs, margin, name, end)
                        signs.append(value < 0)
                    turned += len(set(signs)) > 1
                    excused += len(signs) <= 1
                scanned += scan(margin, legs, intervals, less_maintenance=less)
    assert turned > STRATEGIES / 2
    assert excused < turned / 50
    assert scanned > STRATEGIES * len(SCAN)


def fields(draw: random.Random) -> dict[str, str]:
    return {
        "volatility": str(draw.randrange(15, 150) / 100),
        "expiry_years": str(draw.choice([0.003, 0.02, 0.08, 0.25, 0.4])),
        "maintenance_rate": draw.choice(["0", "0.01", "0.03", "0.1"]),
    }


def scan(margin: str, legs: list[Leg], intervals: list[list[Any]], *, less_maintenance: bool) -> int:
    """How many prices have the sign of the set; none but those that rounding decides may have another."""
    told = 0
    for price in SCAN:
        value = equity(price, float(margin), legs, less_maintenance=less_maintenance)
        if abs(value) > 1e-10 * (price + 300.0):
            assert inside(price, intervals) == (value < 0.0), (legs, margin, price)
            told += 1
    return told
