"""What `stoplog venues` prints: every preset, what it assumes, and what it has been checked against."""

from __future__ import annotations

from textwrap import wrap

import msgspec

from stoplog.venues.presets import VENUES, Preset, Reproduced, preset, reproduced

WIDTH = 110


def listing(names: list[str]) -> str:
    """Presets by name, all of them where none is named; `KeyError` for a name that is not there."""
    for name in names:
        if name not in VENUES:
            raise KeyError(name)
    counted = reproduced()
    return "\n\n".join(_entry(preset(name), counted.get(name)) for name in names or VENUES)


def _entry(found: Preset, counted: Reproduced | None) -> str:
    policy = ", ".join(f"{name} {value}" for name, value in msgspec.json.decode(found.policy).items())
    lines = [f"{found.name}: {found.title}, {found.payoff}", f"  policy: {policy}", f"  {_checked(counted)}"]
    lines += _paragraph(f"source: {found.source}; {found.date}")
    lines += [line for assumption in found.assumes for line in _paragraph(f"assumes: {assumption}")]
    carried = found.symbols()
    lines += _paragraph(
        f"tiers: {', '.join(carried)}" if carried else "tiers: none carried, they come with the question"
    )
    return "\n".join(lines)


def _checked(counted: Reproduced | None) -> str:
    if counted is None:
        return "published numbers: no case in hand"
    apart = f" ({counted.by_rules} by stoplog.protocols)" if counted.by_rules else ""
    return f"published numbers: {counted.numbers} reproduced{apart}, in {counted.reproduced} of {counted.cases} cases"


def _paragraph(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
