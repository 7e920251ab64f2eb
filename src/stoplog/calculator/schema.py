"""`stoplog calc --schema`: questions and answers as JSON Schema, from the types that parse and encode them."""

from __future__ import annotations

from typing import Any

import msgspec

from stoplog.calculator.errors import CODES
from stoplog.calculator.lines import CALCULATIONS
from stoplog.calculator.questions import Answered, Policy, Refused, Tier
from stoplog.venues.presets import VENUES


def schema() -> dict[str, Any]:
    """The schema of a line that comes in; that of a line that goes out is `$defs/Answer`."""
    questions = list(CALCULATIONS.values())
    _, definitions = msgspec.json.schema_components(
        [*questions, Tier, Policy, Answered, Refused], ref_template="#/$defs/{name}"
    )
    for kind in questions:
        definitions[kind.__name__]["properties"]["venue"]["enum"] = list(VENUES)
    definitions["Failure"]["properties"]["code"]["enum"] = list(CODES)
    definitions["Answer"] = {"anyOf": [{"$ref": "#/$defs/Answered"}, {"$ref": "#/$defs/Refused"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "stoplog calc: one question a line; the answer to it is $defs/Answer",
        "anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in questions],
        "$defs": definitions,
    }


def schema_text() -> str:
    """The schema as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode()
