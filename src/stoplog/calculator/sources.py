"""Where a question's policy and tiers come from: the question, or the preset of its venue.

Lines of one file repeat them word for word, so what was read once is kept, by the bytes that were written.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec import Raw, UnsetType

from stoplog.calculator.cross_questions import Cross
from stoplog.calculator.errors import QuestionError, shown
from stoplog.calculator.ladder import Ladder, ladder, one_rate
from stoplog.calculator.policy import Rules, rules, venue_preset
from stoplog.calculator.questions import Isolated, TierRule
from stoplog.venues.presets import Preset

KEPT = 1024
LENGTH_KEPT = 1 << 14

_ladders: dict[tuple[object, ...], Ladder] = {}
_rules: dict[tuple[object, ...], Rules] = {}

KeptT = TypeVar("KeptT")


def rules_of(question: Isolated | Cross) -> Rules:
    """The policy in force."""
    own = _given(question.policy)
    key = (own, question.venue)
    found = _rules.get(key)
    if found is None:
        found = _keep(_rules, key, rules(own, _preset(question)))
    return found


def ladder_of(question: Isolated, tier_rule: TierRule) -> Ladder:
    """The tiers in force: those given, else one given rate, else those the venue's preset carries for the symbol."""
    rate, own = _given(question.maintenance_rate), _given(question.tiers)
    carried = rate is None and own is None
    table = carried and (question.symbol, question.payoff)
    key = (rate, own, question.trust_deductions, question.venue, tier_rule, table)
    found = _ladders.get(key)
    if found is None:
        found = _keep(_ladders, key, _ladder(question, tier_rule, rate, own))
    return found


def _ladder(question: Isolated, tier_rule: TierRule, rate: bytes | None, own: bytes | None) -> Ladder:
    venue = _preset(question)
    from_leverage = venue is not None and venue.rate_from_leverage
    if own is not None:
        if rate is not None:
            raise QuestionError("inconsistent", None, "tiers and maintenance_rate are both given; one of them is due")
        return ladder(own, tier_rule, trust=question.trust_deductions, rate_from_leverage=from_leverage)
    if rate is not None:
        return one_rate(rate)
    if venue is None:
        raise QuestionError("missing_field", "tiers", "tiers: missing; tiers or maintenance_rate is needed")
    return ladder(_carried(question, venue), tier_rule, trust=False, rate_from_leverage=from_leverage)


def _carried(question: Isolated, venue: Preset) -> bytes:
    if isinstance(question.symbol, UnsetType):
        message = "tiers: missing; tiers, maintenance_rate or a symbol is needed"
        raise QuestionError("missing_field", "tiers", message)
    if question.symbol not in venue.symbols():
        carried = f"{venue.name} carries {', '.join(venue.symbols()) or 'none'}"
        message = f"tiers: missing, and those of {shown(question.symbol.encode())} are not carried; {carried}"
        raise QuestionError("missing_field", "tiers", message)
    if question.payoff != venue.payoff:
        message = f"payoff: {question.payoff}, but the tiers of {venue.name} are for {venue.payoff}"
        raise QuestionError("inconsistent", "payoff", message)
    assert venue.tiers is not None, "a symbol is carried in a table"
    return bytes(venue.tiers.symbols[question.symbol])


def _preset(question: Isolated | Cross) -> Preset | None:
    return None if isinstance(question.venue, UnsetType) else venue_preset(question.venue)


def _given(raw: Raw | UnsetType) -> bytes | None:
    return None if isinstance(raw, UnsetType) else bytes(raw)


def _keep(kept: dict[tuple[object, ...], KeptT], key: tuple[object, ...], value: KeptT) -> KeptT:
    if sum(len(part) for part in key if isinstance(part, bytes | str)) <= LENGTH_KEPT:
        if len(kept) >= KEPT:
            kept.clear()
        kept[key] = value
    return value
