"""`stoplog calc --schema`: questions and answers as JSON Schema, from the types that parse and encode them."""

from __future__ import annotations

from typing import Any

import msgspec

from stoplog.calculator.allocation_questions import AllocationPosition, AllocationResult
from stoplog.calculator.cross_questions import Collateral, CrossPosition, CrossRest, CrossResult
from stoplog.calculator.errors import CODES
from stoplog.calculator.holding_questions import (
    Operation,
    RestingOrder,
    SwitchPurse,
    SwitchResult,
    WhatIfResult,
)
from stoplog.calculator.lines import CALCULATIONS, Question
from stoplog.calculator.option_questions import OptionMargin, OptionMarginResult, OptionNumbers
from stoplog.calculator.portfolio_questions import (
    GivenScenario,
    PortfolioExpiry,
    PortfolioGiven,
    PortfolioMarginResult,
    PortfolioMarket,
    PortfolioPosition,
    PortfolioUnderlying,
)
from stoplog.calculator.questions import Answered, IsolatedResult, Policy, Refused, Tier
from stoplog.calculator.set_questions import LiquidationSetResult, PriceSet, SetLeg
from stoplog.calculator.span_questions import SpanCommodity, SpanResult
from stoplog.venues.option_rules import PRESETS, option_venues
from stoplog.venues.presets import VENUES

PARTS = (
    Tier,
    Policy,
    Collateral,
    CrossPosition,
    CrossRest,
    AllocationPosition,
    RestingOrder,
    Operation,
    SwitchPurse,
    OptionNumbers,
    SetLeg,
    PriceSet,
    PortfolioMarket,
    PortfolioUnderlying,
    PortfolioExpiry,
    PortfolioPosition,
    PortfolioGiven,
    GivenScenario,
    SpanCommodity,
    Answered,
    Refused,
)
"""What questions and answers refer to."""

RESULTS = (
    IsolatedResult,
    CrossResult,
    AllocationResult,
    WhatIfResult,
    SwitchResult,
    OptionMarginResult,
    LiquidationSetResult,
    PortfolioMarginResult,
    SpanResult,
)
"""What a line is answered with, by calculation."""


def schema() -> dict[str, Any]:
    """The schema of a line that comes in; that of a line that goes out is `$defs/Answer`."""
    questions = list(CALCULATIONS.values())
    _, definitions = msgspec.json.schema_components([*questions, *PARTS, *RESULTS], ref_template="#/$defs/{name}")
    for kind in questions:
        if "venue" in definitions[kind.__name__]["properties"]:
            definitions[kind.__name__]["properties"]["venue"]["enum"] = _venues(kind)
    definitions["Failure"]["properties"]["code"]["enum"] = list(CODES)
    definitions["Result"] = {"anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in RESULTS]}
    definitions["Answer"] = {"anyOf": [{"$ref": "#/$defs/Answered"}, {"$ref": "#/$defs/Refused"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "stoplog calc: one question a line; the answer to it is $defs/Answer",
        "anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in questions],
        "$defs": definitions,
    }


def _venues(kind: type[Question]) -> list[str]:
    return [*option_venues(), *PRESETS] if kind is OptionMargin else list(VENUES)


def schema_text() -> str:
    """The schema as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode()
