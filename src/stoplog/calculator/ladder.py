"""The tiers of a question as whole numbers: rates over one denominator, amounts over another.

Under `marginal` deductions are derived by `stoplog.margin.tiers.next_deduction`, under `step` and `ramp` there are
none; a given one is only compared, unless the question says that it is to be trusted. Everything is exact.
"""

from __future__ import annotations

from math import lcm
from typing import NamedTuple

from stoplog.calculator.decimals import POWER, Count, quotient
from stoplog.calculator.errors import QuestionError
from stoplog.calculator.limits import rate
from stoplog.calculator.questions import TierRule
from stoplog.calculator.tier_rows import Row, tier_rows
from stoplog.margin import tiers as rules
from stoplog.margin.requirement import Piece, flat_pieces, ramp_pieces

NOISE = 10**9
"""A given deduction may differ by one in so many: what is left of it after a binary float on the caller's side."""

ONE_BITS_MAX = 1 << 14
"""Bits of the denominator of all rates: enough for every leverage up to 10,000 in one table."""

SCALED_KEPT = 512
"""So many scaled tiers a ladder keeps."""


class Scale(NamedTuple):
    """A rate of 1 and an amount of 1, as the counts that stand for them."""

    one: int
    unit: int


class Ladder:
    """Tiers with rates over `one` and amounts over `unit`; `initial_rates` has None where a tier states none.

    `slopes` has what the rates of each tier rise by, over `one` for a whole unit of notional, None where none does.
    `plain` is True where one line through the tiers holds everything: no jump, no slope, no trusted deduction.
    """

    __slots__ = ("_pieces", "_scaled", "initial_rates", "one", "plain", "slopes", "tiers", "unit")

    def __init__(
        self,
        one: int,
        unit: int,
        tiers: list[rules.Tier],
        initial_rates: list[int | None],
        slopes: list[int] | None = None,
        *,
        plain: bool = True,
    ) -> None:
        self.one = one
        self.unit = unit
        self.tiers = tiers
        self.initial_rates = initial_rates
        self.slopes = slopes
        self.plain = plain
        self._scaled: dict[int, list[rules.Tier]] = {}
        self._pieces: dict[tuple[int, Count], tuple[list[Piece], int]] = {}

    def over(self, unit: int) -> list[rules.Tier]:
        """The tiers with amounts over `unit`, a multiple of the ladder's own."""
        factor = unit // self.unit
        found = self._scaled.get(factor)
        if found is None:
            found = [rules.Tier(t.floor * factor, t.rate, t.deduction * factor, t.initial_rate) for t in self.tiers]
            if (len(self._scaled) + 1) * len(found) > SCALED_KEPT:
                self._scaled.clear()
            self._scaled[factor] = found
        return found

    def pieces(self, unit: int, fee: Count) -> tuple[list[Piece], int]:
        """The requirement with amounts over `unit` and `fee` in every rate, and the denominator of its pieces."""
        key = unit, fee
        found = self._pieces.get(key)
        if found is None:
            found = self._made(unit, fee)
            if (len(self._pieces) + 1) * len(found[0]) > SCALED_KEPT:
                self._pieces.clear()
            self._pieces[key] = found
        return found

    def _made(self, unit: int, fee: Count) -> tuple[list[Piece], int]:
        one = lcm(self.one, fee[1])
        finer = one // self.one
        tiers = [tier._replace(rate=tier.rate * finer) for tier in self.over(unit)]
        count = fee[0] * (one // fee[1])
        if self.slopes is None:
            return flat_pieces(tiers, count, one), one
        return ramp_pieces(tiers, [slope * finer for slope in self.slopes], count, one, unit), one * unit

    def initial(self, unit: int, notional: int) -> tuple[int, int] | None:
        """The initial margin of a notional over `unit`, as a quotient; None where its tier states no rate."""
        tiers = self.over(unit)
        i = rules.tier_index(tiers, notional, 1, 1)
        rate = self.initial_rates[i]
        if rate is None:
            return None
        if self.slopes is None:
            return rules.initial(notional, rate, self.one), 1
        rising = tiers[i]._replace(rate=rate, deduction=0)
        return ramp_pieces([rising], [self.slopes[i]], 0, self.one, unit)[0].at(notional), self.one * unit


def one_rate(raw: bytes) -> Ladder:
    """The ladder of a single maintenance rate."""
    count, one = rate(raw, "maintenance_rate")
    return Ladder(one, one, [rules.Tier(0, count, 0, 0)], [None])


def ladder(raw: bytes, tier_rule: TierRule, *, trust: bool, rate_from_leverage: bool) -> Ladder:
    """The ladder of a list of tiers. `QuestionError` names the first field that contradicts the rest.

    `trust`: deductions are taken as given, and the first floor need not be 0. `rate_from_leverage`: a tier
    without a rate has 1 / (2 · max_leverage).
    """
    rows = tier_rows(raw, rate_from_leverage=rate_from_leverage, sloping=tier_rule == "ramp")
    one = lcm(
        *[row.rate[1] for row in rows],
        *[row.initial[1] for row in rows if row.initial is not None],
        *[POWER[row.slope[1]] for row in rows if row.slope is not None],
    )
    if one.bit_length() > ONE_BITS_MAX:
        message = f"tiers: their rates have no common denominator of at most {ONE_BITS_MAX} bits"
        raise QuestionError("out_of_range", "tiers", message)
    places = max([row.floor[1] for row in rows])
    if trust:
        places = max([places, *(row.deduction[1] for row in rows if row.deduction is not None)])
    unit = POWER[places] * one
    floors = [row.floor[0] * (unit // POWER[row.floor[1]]) for row in rows]
    rates = [row.rate[0] * (one // row.rate[1]) for row in rows]
    _check_order(floors, rates, from_zero=not trust)
    return _derived(rows, floors, rates, Scale(one, unit), tier_rule, trust=trust)


def _check_order(floors: list[int], rates: list[int], *, from_zero: bool) -> None:
    if from_zero and floors[0] != 0:
        raise QuestionError("unordered_tiers", "tiers[0].floor", "tiers[0].floor: the first floor is not 0")
    for i in range(1, len(floors)):
        if floors[i] <= floors[i - 1]:
            field = f"tiers[{i}].floor"
            raise QuestionError("unordered_tiers", field, f"{field}: not above the floor of the tier before")
        if rates[i] < rates[i - 1]:
            field = f"tiers[{i}].rate"
            raise QuestionError("unordered_tiers", field, f"{field}: below the rate of the tier before")


def _derived(
    rows: list[Row], floors: list[int], rates: list[int], scale: Scale, tier_rule: TierRule, *, trust: bool
) -> Ladder:
    one, unit = scale
    tiers: list[rules.Tier] = []
    initial_rates: list[int | None] = []
    plain = tier_rule == "marginal" or len(rows) == 1
    deduction, rate_before = 0, rates[0]
    for i, (row, floor, maintenance) in enumerate(zip(rows, floors, rates, strict=True)):
        initial = None if row.initial is None else row.initial[0] * (one // row.initial[1])
        if tier_rule == "marginal":
            whole, deduction = rules.next_deduction(deduction, rate_before, floor, maintenance, one)
            assert whole, "the unit of amounts holds every deduction"
            rate_before = maintenance
        else:
            deduction = 0
        if row.deduction is not None and trust:
            plain = False
            deduction = row.deduction[0] * (unit // POWER[row.deduction[1]])
        elif row.deduction is not None:
            _check_deduction(row.deduction, deduction, unit, f"tiers[{i}].deduction")
        tiers.append(rules.Tier(floor, maintenance, deduction, initial or 0))
        initial_rates.append(initial)
    slopes = [0 if row.slope is None else row.slope[0] * (one // POWER[row.slope[1]]) for row in rows]
    if not any(slopes):
        return Ladder(one, unit, tiers, initial_rates, plain=plain)
    return Ladder(one, unit, tiers, initial_rates, slopes, plain=False)


def _check_deduction(given: Count, derived: int, unit: int, field: str) -> None:
    """Refuse a deduction that is further from the derived one than half a unit of its last digit."""
    count, places = given
    apart = abs(count * unit - derived * POWER[places])
    if 2 * apart > unit and apart * NOISE > derived * POWER[places]:
        message = f"{quotient(count, POWER[places])} is given, {quotient(derived, unit)} follows from floors and rates"
        raise QuestionError("contradicting_deduction", field, f"{field}: {message}")
