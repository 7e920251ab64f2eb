"""Margin of a single short option as Deribit, OKX and Bybit ask for it: one rule with numbers, exact.

Amounts are per unit of the option, in quote where it is linear, in coin where it is inverse; nothing is rounded. The
share of the underlying and the price of the option are added up: the first holds against a move, the second buys back.
Source: the venues' own pages, as listed in `stoplog.venues.option_rules`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, NamedTuple

ZERO = Fraction(0)

OptionKind = Literal["call", "put"]


class OptionRule(NamedTuple):
    """Shares of the underlying; `factor` multiplies them, as the tier of a large position does."""

    otm_rate: Fraction
    floor_rate: Fraction
    maintenance_rate: Fraction
    liquidation_fee_rate: Fraction = ZERO
    factor: Fraction = Fraction(1)


class ShortOption(NamedTuple):
    """One unit: `base` is what shares are taken of, the underlying's price, or 1 where everything is in coin.

    `mark` and `entry` are prices of the option in the unit of `base`, `out_of_the_money` too, never below zero.
    """

    kind: OptionKind
    base: Fraction
    out_of_the_money: Fraction
    mark: Fraction
    entry: Fraction


class FeeRule(NamedTuple):
    """A share of the underlying, at most `cap_rate` of the option's price."""

    rate: Fraction
    cap_rate: Fraction | None


def out_of_the_money(kind: OptionKind, strike: Fraction, underlying: Fraction, base: Fraction) -> Fraction:
    """How far a strike is from paying, as a share of the underlying times `base`; 0 where it would pay.

    >>> out_of_the_money("put", Fraction(18_500), Fraction(20_250), Fraction(20_250))
    Fraction(1750, 1)
    """
    away = strike - underlying if kind == "call" else underlying - strike
    return max(ZERO, away / underlying * base)


def short_maintenance(rule: OptionRule, option: ShortOption) -> Fraction:
    """What a unit must hold: a share of the underlying (of a put's own price where that is more), the price, the fee.

    >>> rule = OptionRule(Fraction("0.15"), Fraction("0.1"), Fraction("0.03"), Fraction("0.002"))
    >>> short_maintenance(rule, ShortOption("put", Fraction(20_250), Fraction(1750), Fraction(290), Fraction(280)))
    Fraction(938, 1)
    """
    held = option.base if option.kind == "call" else max(option.base, option.mark)
    return rule.maintenance_rate * held * rule.factor + option.mark + rule.liquidation_fee_rate * option.base


def short_initial(rule: OptionRule, option: ShortOption) -> Fraction:
    """What a unit needs to be opened: less the further out of the money, never below a floor and its maintenance.

    >>> rule = OptionRule(Fraction("0.15"), Fraction("0.1"), Fraction("0.03"), Fraction("0.002"))
    >>> short_initial(rule, ShortOption("put", Fraction(20_250), Fraction(1750), Fraction(290), Fraction(280)))
    Fraction(2315, 1)
    """
    share = max(rule.otm_rate * option.base - option.out_of_the_money, rule.floor_rate * option.base)
    return max(share * rule.factor + max(option.mark, option.entry), short_maintenance(rule, option))


def trading_fee(rule: FeeRule, base: Fraction, price: Fraction) -> Fraction:
    """The fee for trading a unit.

    >>> trading_fee(FeeRule(Fraction("0.0003"), Fraction("0.125")), Fraction(42_000), Fraction(3_500))
    Fraction(63, 5)
    """
    fee = rule.rate * base
    return fee if rule.cap_rate is None else min(fee, rule.cap_rate * price)
