"""A purse in whole numbers: every amount over one unit, every position a leg of `stoplog.margin.cross`.

Units are multiples of every denominator that balances, prices of collateral and requirements have, so that nothing is
rounded.
"""

from __future__ import annotations

from math import lcm
from typing import NamedTuple

from msgspec import UNSET, Raw, UnsetType

from stoplog.calculator.compartment import Compartment, compartment
from stoplog.calculator.cross_questions import POSITIONS_MAX, Collateral, Cross, CrossPosition, CrossRest
from stoplog.calculator.decimals import POWER, Count, parse
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.fields import VALUES, decode, decode_list
from stoplog.calculator.limits import at_least_zero, share
from stoplog.calculator.policy import Rules
from stoplog.calculator.questions import Isolated
from stoplog.calculator.required import initial_needed, maintenance_pieces
from stoplog.calculator.sources import rules_of
from stoplog.instruments import INVERSE, notional_up
from stoplog.margin.cross import Leg
from stoplog.margin.health import Health
from stoplog.margin.surds import Surd
from stoplog.units import mul_div_up

NOTHING_PUT_IN = Raw(b"0")

UNIT_BITS_MAX = 1 << 15
"""Bits of a purse's unit: enough for three hundred inverse positions, each with prices of its own."""


class Asset(NamedTuple):
    """What a unit of an asset counts for: `owed` / `over` where the amount is below zero, else `held` / `over`."""

    owed: int
    held: int
    over: int


UNIT_ASSET = Asset(1, 1, 1)
"""Price 1, haircut 0."""


class Held(NamedTuple):
    """One position at its mark, amounts over `unit`; `at` is its lot value there, a price or the inverse of one."""

    symbol: str | None
    c: Compartment
    unit: int
    leg: Leg
    at: Surd
    health: Health
    notional: int
    reserve: int


class Purse(NamedTuple):
    """Amounts over `unit`, of which the units of all positions are divisors.

    `rest` is all that is not a position: balances, and what is held beyond what is listed.
    """

    unit: int
    rest: Health
    held: list[Held]


def purse(question: Cross) -> Purse:
    """The question in whole numbers; `QuestionError` where it contradicts itself or a limit."""
    rules = rules_of(question)
    assets = _assets(question.collateral)
    balances = [(assets.get(name, UNIT_ASSET), count) for name, count in _amounts(question.balances).items()]
    rest = _rest(question.rest)
    positions = decode_list(bytes(question.positions), CrossPosition, "positions", POSITIONS_MAX)
    held = [_held(question, position, rules, assets, f"positions[{i}]") for i, position in enumerate(positions)]
    unit = lcm(
        *[POWER[places] for _, places in rest],
        *[POWER[count[1]] * asset.over for asset, count in balances],
        *[position.unit for position in held],
    )
    if unit.bit_length() > UNIT_BITS_MAX:
        message = f"positions: their figures have no common denominator of at most {UNIT_BITS_MAX} bits"
        raise QuestionError("out_of_range", "positions", message)
    equity, initial, maintenance = (count * (unit // POWER[places]) for count, places in rest)
    equity += sum(_worth(asset, count, unit) for asset, count in balances)
    return Purse(unit, Health(equity, initial, maintenance), held)


def _assets(raw: Raw | UnsetType) -> dict[str, Asset]:
    found = {}
    for name, fields in _object(raw, "collateral").items():
        path = f"collateral.{shown(name.encode())}"
        given = decode(bytes(fields), Collateral, path)
        price, places = (
            (1, 0) if isinstance(given.price, UnsetType) else at_least_zero(bytes(given.price), f"{path}.price")
        )
        cut, one = (0, 1) if isinstance(given.haircut, UnsetType) else share(bytes(given.haircut), f"{path}.haircut")
        found[name] = Asset(price * one, price * (one - cut), POWER[places] * one)
    return found


def _amounts(raw: Raw | UnsetType) -> dict[str, Count]:
    return {
        name: parse(bytes(number), f"balances.{shown(name.encode())}")
        for name, number in _object(raw, "balances").items()
    }


def _object(raw: Raw | UnsetType, field: str) -> dict[str, Raw]:
    if isinstance(raw, UnsetType):
        return {}
    if bytes(raw)[:1] != b"{":
        raise QuestionError("wrong_type", field, f"{field}: {shown(bytes(raw))} is not an object")
    found: dict[str, Raw] = VALUES.decode(raw)
    return found


def _rest(raw: Raw | UnsetType) -> tuple[Count, Count, Count]:
    """Equity, initial and maintenance margin."""
    if isinstance(raw, UnsetType):
        return (0, 0), (0, 0), (0, 0)
    given = decode(bytes(raw), CrossRest, "rest")
    equity = (0, 0) if isinstance(given.equity, UnsetType) else parse(bytes(given.equity), "rest.equity")
    return equity, _requirement(given, "initial_margin"), _requirement(given, "maintenance_margin")


def _requirement(given: CrossRest, name: str) -> Count:
    number = getattr(given, name)
    return (0, 0) if number is UNSET else at_least_zero(bytes(number), f"rest.{name}")


def _held(question: Cross, position: CrossPosition, rules: Rules, assets: dict[str, Asset], path: str) -> Held:
    try:
        _check_reserve(position, rules)
        c = compartment(_alone(question, position))
    except QuestionError as error:
        raise error.within(path) from None
    assert c.mark is not None, "a position of a purse has a mark"
    asset = UNIT_ASSET if isinstance(position.settlement, UnsetType) else assets.get(position.settlement, UNIT_ASSET)
    symbol = None if isinstance(position.symbol, UnsetType) else position.symbol
    notional = notional_up(c.payoff, c.multiplier, c.mark, c.lots)
    pieces, over = maintenance_pieces(c)
    needed, needed_over = initial_needed(c, notional)
    finer = over // c.ladder.one if c.ladder.slopes is None else lcm(over, needed_over)
    price_unit, per_value = POWER[c.price_places], abs(c.lots) * c.multiplier
    leg = Leg(
        side=c.value_side,
        per_value=per_value // price_unit if c.payoff == INVERSE else per_value * price_unit,
        booked=c.notional,
        loss=asset.owed * finer,
        gain=asset.held * finer,
        pieces=pieces,
        over=over,
        minimum=c.minimum * over,
    )
    at = Surd(price_unit, c.mark) if c.payoff == INVERSE else Surd(c.mark, price_unit)
    health = leg.health(notional, mul_div_up(leg.loss, needed, needed_over))
    unit = c.unit * asset.over * finer
    return Held(symbol, c, unit, leg, at, health, notional * leg.loss, c.reserve * leg.loss)


def _check_reserve(position: CrossPosition, rules: Rules) -> None:
    """Refuse a reserve that nothing says: the fee is on the value at which the position's own leverage is used up."""
    if rules.close_fee == "reserve" and rules.fee[0] and position.leverage is UNSET and position.reserve is UNSET:
        message = "leverage: missing; under close_fee reserve leverage or reserve is needed"
        raise QuestionError("missing_field", "leverage", message)


def _alone(question: Cross, position: CrossPosition) -> Isolated:
    """The position as a compartment into which nothing but its leverage is put."""
    return Isolated(
        calculate="isolated",
        payoff=position.payoff,
        side=position.side,
        size=position.size,
        entry=position.entry,
        mark=position.mark,
        quanto_multiplier=position.quanto_multiplier,
        margin=NOTHING_PUT_IN if position.leverage is UNSET else UNSET,
        leverage=position.leverage,
        reserve=position.reserve,
        tiers=position.tiers,
        maintenance_rate=position.maintenance_rate,
        trust_deductions=question.trust_deductions,
        policy=question.policy,
        venue=question.venue,
        symbol=position.symbol,
    )


def _worth(asset: Asset, count: Count, unit: int) -> int:
    amount, places = count
    return amount * (asset.held if amount > 0 else asset.owed) * (unit // (POWER[places] * asset.over))
