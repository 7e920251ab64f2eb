"""What `stoplog venues` prints: every preset, what it assumes, and what it has been checked against."""

from __future__ import annotations

from textwrap import wrap

import msgspec

from stoplog.venues.option_rules import option_venues
from stoplog.venues.presets import VENUES, Preset, Reproduced, preset, reproduced

WIDTH = 110


def listing(names: list[str]) -> str:
    """Presets by name and rules for options, all where none is named; `KeyError` for a name that is not there."""
    alone = [name for name in option_venues() if name not in VENUES]
    for name in names:
        if name not in VENUES and name not in alone:
            raise KeyError(name)
    counted = reproduced()
    return "\n\n".join(
        "\n".join(_options(name)) if name in alone else _entry(preset(name), counted.get(name))
        for name in names or [*VENUES, *alone]
    )


def _entry(found: Preset, counted: Reproduced | None) -> str:
    policy = ", ".join(f"{name} {value}" for name, value in msgspec.json.decode(found.policy).items())
    lines = [f"{found.name}: {found.title}, {found.payoff}", f"  policy: {policy}", f"  {_checked(counted)}"]
    lines += _paragraph(f"source: {found.source}; {found.date}")
    lines += [line for assumption in found.assumes for line in _paragraph(f"assumes: {assumption}")]
    carried = found.symbols()
    lines += _paragraph(
        f"tiers: {', '.join(carried)}" if carried else "tiers: none carried, they come with the question"
    )
    if found.name in option_venues():
        lines += _options(found.name)
    return "\n".join(lines)


def _options(name: str) -> list[str]:
    """What the venue asks of a short option, and of single underlyings."""
    found = option_venues()[name]
    lines = [f"{name}: {found.title}", f"  rule: {_numbers(found.rule)}"]
    lines += [f"  on {symbol}: {_numbers(own)}" for symbol, own in found.symbols.items() if own]
    return lines + _paragraph(f"source: {found.source}; {found.date}")


def _numbers(rule: dict[str, msgspec.Raw]) -> str:
    return ", ".join(f"{name} {msgspec.json.decode(value)}" for name, value in rule.items())


def _checked(counted: Reproduced | None) -> str:
    if counted is None:
        return "published numbers: no case in hand"
    apart = f" ({counted.by_rules} by stoplog.protocols)" if counted.by_rules else ""
    return f"published numbers: {counted.numbers} reproduced{apart}, in {counted.reproduced} of {counted.cases} cases"


def _paragraph(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
