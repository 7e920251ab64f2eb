"""A second opinion on the engine: slow, obvious, in exact fractions, written from docs/rules.md and docs/commands.md.

It imports nothing from stoplog but enumerations and limits, and no source imports it.
"""
