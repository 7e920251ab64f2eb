"""The tiers of a question as whole numbers: rates over one denominator, amounts over another.

Deductions are derived by `stoplog.margin.tiers.next_deduction`; a given one is only compared, unless the
question says that it is to be trusted. Everything is exact.
"""

from __future__ import annotations

from math import lcm
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Raw, UnsetType

from stoplog.calculator.decimals import POWER, Count, quotient
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.fields import decode
from stoplog.calculator.policy import above_zero, at_least_zero, rate
from stoplog.calculator.questions import TIERS_MAX, Tier
from stoplog.margin import tiers as rules
from stoplog.units import compare_products

ROWS = msgspec.json.Decoder(list[Tier])
ITEMS = msgspec.json.Decoder(list[Raw])

NOISE = 10**9
"""A given deduction may differ by one in so many: what is left of it after a binary float on the caller's side."""

SCALES_KEPT = 64


class Row(NamedTuple):
    """One tier as it was given: rates as (n, one), amounts as (m, k)."""

    floor: Count
    rate: Count
    deduction: Count | None
    initial: Count | None


class Ladder:
    """Tiers with rates over `one` and amounts over `unit`; `initial_rates` has None where a tier states none.

    `continuous` is False where trusted deductions make the requirement jump at a floor; `trusted` where a
    deduction was taken as given.
    """

    __slots__ = ("_scaled", "continuous", "initial_rates", "one", "tiers", "trusted", "unit")

    def __init__(
        self,
        one: int,
        unit: int,
        tiers: list[rules.Tier],
        initial_rates: list[int | None],
        *,
        continuous: bool,
        trusted: bool,
    ) -> None:
        self.one = one
        self.unit = unit
        self.tiers = tiers
        self.initial_rates = initial_rates
        self.continuous = continuous
        self.trusted = trusted
        self._scaled: dict[int, list[rules.Tier]] = {}

    def over(self, unit: int) -> list[rules.Tier]:
        """The tiers with amounts over `unit`, a multiple of the ladder's own."""
        factor = unit // self.unit
        found = self._scaled.get(factor)
        if found is None:
            found = [rules.Tier(t.floor * factor, t.rate, t.deduction * factor, t.initial_rate) for t in self.tiers]
            if len(self._scaled) >= SCALES_KEPT:
                self._scaled.clear()
            self._scaled[factor] = found
        return found


def one_rate(raw: bytes) -> Ladder:
    """The ladder of a single maintenance rate."""
    count, one = rate(raw, "maintenance_rate")
    return Ladder(one, one, [rules.Tier(0, count, 0, 0)], [None], continuous=True, trusted=False)


def ladder(raw: bytes, *, trust: bool, rate_from_leverage: bool) -> Ladder:
    """The ladder of a list of tiers. `QuestionError` names the first field that contradicts the rest.

    `trust`: deductions are taken as given, and the first floor need not be 0. `rate_from_leverage`: a tier
    without a rate has 1 / (2 · max_leverage).
    """
    rows = [_row(tier, f"tiers[{i}]", rate_from_leverage=rate_from_leverage) for i, tier in enumerate(_tiers(raw))]
    _check_order(rows, from_zero=not trust)
    one = lcm(*(row.rate[1] for row in rows), *(row.initial[1] for row in rows if row.initial is not None))
    places = max(row.floor[1] for row in rows)
    if trust:
        places = max(places, *(row.deduction[1] for row in rows if row.deduction is not None), 0)
    return _derived(rows, one, POWER[places] * one, trust=trust)


def _tiers(raw: bytes) -> list[Tier]:
    if raw[:1] != b"[":
        raise QuestionError("wrong_type", "tiers", "tiers: not a list of tiers")
    try:
        found = ROWS.decode(raw)
    except msgspec.ValidationError:
        found = [decode(bytes(item), Tier, f"tiers[{i}]") for i, item in enumerate(ITEMS.decode(raw))]
    if not found:
        raise QuestionError("missing_field", "tiers", "tiers: at least one tier is needed")
    if len(found) > TIERS_MAX:
        raise QuestionError("out_of_range", "tiers", f"tiers: {len(found)} tiers are more than {TIERS_MAX}")
    return found


def _row(tier: Tier, path: str, *, rate_from_leverage: bool) -> Row:
    if not isinstance(tier.slope, UnsetType) and at_least_zero(bytes(tier.slope), f"{path}.slope")[0]:
        message = f"{path}.slope: belongs to tier_rule ramp, which is not available yet"
        raise QuestionError("unsupported_policy", f"{path}.slope", message)
    leverage = _leverage(tier, path)
    floor = at_least_zero(bytes(tier.floor), f"{path}.floor")
    if not isinstance(tier.rate, UnsetType):
        maintenance = rate(bytes(tier.rate), f"{path}.rate")
    elif rate_from_leverage and leverage is not None:
        maintenance = leverage[0], 2 * leverage[1]
    else:
        raise QuestionError("missing_field", f"{path}.rate", f"{path}.rate: missing")
    deduction = None
    if not isinstance(tier.deduction, UnsetType):
        deduction = at_least_zero(bytes(tier.deduction), f"{path}.deduction")
    return Row(floor, maintenance, deduction, leverage if leverage is not None else _initial_rate(tier, path))


def _leverage(tier: Tier, path: str) -> Count | None:
    """1 / max_leverage as (n, one)."""
    if isinstance(tier.max_leverage, UnsetType):
        return None
    field = f"{path}.max_leverage"
    if tier.initial_rate is not UNSET:
        raise QuestionError("inconsistent", field, f"{field}: given beside {path}.initial_rate; one of them is due")
    count, places = above_zero(bytes(tier.max_leverage), field)
    if count < POWER[places]:
        raise QuestionError("out_of_range", field, f"{field}: {shown(bytes(tier.max_leverage))} is below 1")
    return POWER[places], count


def _initial_rate(tier: Tier, path: str) -> Count | None:
    """A stated initial rate, in [0, 1], as (n, one)."""
    if isinstance(tier.initial_rate, UnsetType):
        return None
    field = f"{path}.initial_rate"
    count, places = at_least_zero(bytes(tier.initial_rate), field)
    if count > POWER[places]:
        raise QuestionError("out_of_range", field, f"{field}: {shown(bytes(tier.initial_rate))} is above 1")
    return count, POWER[places]


def _check_order(rows: list[Row], *, from_zero: bool) -> None:
    if from_zero and rows[0].floor[0] != 0:
        raise QuestionError("unordered_tiers", "tiers[0].floor", "tiers[0].floor: the first floor is not 0")
    for i in range(1, len(rows)):
        if _compare(rows[i].floor, rows[i - 1].floor) <= 0:
            field = f"tiers[{i}].floor"
            raise QuestionError("unordered_tiers", field, f"{field}: not above the floor of the tier before")
        before = rows[i - 1].rate
        if compare_products(rows[i].rate[0], before[1], 1, before[0], rows[i].rate[1], 1) < 0:
            field = f"tiers[{i}].rate"
            raise QuestionError("unordered_tiers", field, f"{field}: below the rate of the tier before")


def _compare(a: Count, b: Count) -> int:
    return compare_products(a[0], POWER[b[1]], 1, b[0], POWER[a[1]], 1)


def _derived(rows: list[Row], one: int, unit: int, *, trust: bool) -> Ladder:
    tiers: list[rules.Tier] = []
    initial_rates: list[int | None] = []
    continuous, trusted = True, False
    for i, row in enumerate(rows):
        floor = row.floor[0] * (unit // POWER[row.floor[1]])
        maintenance = row.rate[0] * (one // row.rate[1])
        initial = None if row.initial is None else row.initial[0] * (one // row.initial[1])
        deduction = 0
        if i > 0:
            whole, deduction = rules.next_deduction(tiers[-1].deduction, tiers[-1].rate, floor, maintenance, one)
            assert whole, "the unit of amounts holds every deduction"
        if row.deduction is not None and trust:
            trusted = True
            given = row.deduction[0] * (unit // POWER[row.deduction[1]])
            continuous = continuous and (given == deduction or i == 0)
            deduction = given
        elif row.deduction is not None:
            _check_deduction(row.deduction, deduction, unit, f"tiers[{i}].deduction")
        tiers.append(rules.Tier(floor, maintenance, deduction, 0 if initial is None else initial))
        initial_rates.append(initial)
    return Ladder(one, unit, tiers, initial_rates, continuous=continuous, trusted=trusted)


def _check_deduction(given: Count, derived: int, unit: int, field: str) -> None:
    """Refuse a deduction that is further from the derived one than half a unit of its last digit."""
    count, places = given
    apart = abs(count * unit - derived * POWER[places])
    if 2 * apart > unit and apart * NOISE > derived * POWER[places]:
        message = f"{quotient(count, POWER[places])} is given, {quotient(derived, unit)} follows from floors and rates"
        raise QuestionError("contradicting_deduction", field, f"{field}: {message}")
