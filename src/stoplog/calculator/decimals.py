"""Exact decimals in and out: text to a count of 10^-k, a quotient of integers to text.

No number passes through a binary float. What comes in has at most 40 significant digits and a magnitude from
1e-30 up to, but not including, 1e30, or is zero. What goes out is exact where 28 significant digits suffice,
else rounded half even to 28.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal

import msgspec

from stoplog.calculator.errors import QuestionError, shown

Count = tuple[int, int]
"""(m, k): the decimal m · 10^-k, k ≥ 0."""

DIGITS_MAX = 40
"""Significant digits of a number that comes in."""

EXPONENT_END = 30
"""A number that comes in is below 10 to this power and, zero aside, not below 10 to minus it."""

EXPONENT_DIGITS = 18
"""An exponent of more digits is beyond every limit, whatever the length of the digits that it moves."""

SIGNIFICANT = Context(prec=28, rounding=ROUND_HALF_EVEN, Emax=MAX_EMAX, Emin=MIN_EMIN)

DIVIDE = SIGNIFICANT.divide

WIDE = Context(prec=200, Emax=MAX_EMAX, Emin=MIN_EMIN)

LONG_BITS = 1 << 11
"""From so many bits on a denominator is long."""

DIGITS_LONG = 33
"""So many digits of a long quotient are looked at, give or take two."""

NUMBER = re.compile(r"([+-]?)([0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?")

NOT_FINITE = re.compile(r"[+-]?(?:s?nan[0-9]*|inf|infinity)", re.IGNORECASE)

POWER: tuple[int, ...] = tuple(10**k for k in range(4 * (DIGITS_MAX + EXPONENT_END)))
"""10^k for every k that the places of four numbers can add up to."""


def parse(raw: bytes, field: str) -> Count:
    """The decimal that a JSON number, or a JSON string that holds one, stands for.

    `QuestionError`: `wrong_type` for anything else, `out_of_range` for a number outside the limits, NaN and
    infinities included.

    >>> parse(b'"41234.50"', "entry"), parse(b"1E+2", "entry"), parse(b'"-0.0"', "entry")
    ((4123450, 2), (100, 0), (0, 0))
    """
    text = raw.strip(b'"')
    if len(text) <= EXPONENT_END:
        if text.isdigit():
            return int(text), 0
        point = text.find(b".")
        digits = text[:point] + text[point + 1 :]
        if point > 0 and digits.isdigit():
            return int(digits), len(digits) - point
    return _parse_any(raw, field)


def _parse_any(raw: bytes, field: str) -> Count:
    if raw[:1] in (b"t", b"f", b"n", b"[", b"{"):
        raise QuestionError("wrong_type", field, f"{field}: {shown(raw)} is not a number")
    text = msgspec.json.decode(raw, type=str) if raw[:1] == b'"' else raw.decode()
    match = NUMBER.fullmatch(text)
    if match is None:
        if NOT_FINITE.fullmatch(text):
            raise QuestionError("out_of_range", field, f"{field}: {shown(raw)} is not a finite number")
        raise QuestionError("wrong_type", field, f"{field}: {shown(raw)} is not a number")
    sign, mantissa, exponent = match.groups()
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return 0, 0
    if len(digits) > DIGITS_MAX:
        raise QuestionError(
            "out_of_range", field, f"{field}: {shown(raw)} has more than {DIGITS_MAX} significant digits"
        )
    power = _power(exponent) - len(fraction)
    if not -EXPONENT_END <= len(digits) - 1 + power < EXPONENT_END:
        limits = f"from 1e-{EXPONENT_END} to below 1e{EXPONENT_END}"
        raise QuestionError("out_of_range", field, f"{field}: the magnitude of {shown(raw)} is not {limits}")
    count = -int(digits) if sign == "-" else int(digits)
    return (count * 10**power, 0) if power > 0 else (count, -power)


def _power(exponent: str | None) -> int:
    """The exponent as written; one of many digits counts as beyond every limit."""
    if exponent is None:
        return 0
    size = exponent.lstrip("+-").lstrip("0")
    power = int(size or "0") if len(size) <= EXPONENT_DIGITS else 10**EXPONENT_DIGITS
    return -power if exponent.startswith("-") else power


def quotient(numerator: int, denominator: int | Decimal) -> str:
    """The decimal numerator / denominator without an exponent, rounded half even where it has more than 28 digits.

    >>> quotient(1, 8), quotient(2, 3), quotient(-5 * 10**30, 1)
    ('0.125', '0.6666666666666666666666666667', '-5000000000000000000000000000000')
    """
    if isinstance(denominator, int) and denominator.bit_length() > LONG_BITS:
        return _long_quotient(numerator, denominator)
    text = str(DIVIDE(numerator, denominator))
    return format(Decimal(text), "f") if "E" in text else text


def _long_quotient(numerator: int, denominator: int) -> str:
    """The same for long integers, which cost more to write in tens than to divide.

    Two digits more than are answered, and one that says whether anything follows, decide how it is rounded.
    """
    places = (denominator.bit_length() - abs(numerator).bit_length()) * 3 // 10 + DIGITS_LONG
    above, below = abs(numerator) * 10 ** max(0, places), denominator * 10 ** max(0, -places)
    digits, rest = divmod(above, below)
    exact = Decimal(10 * digits + (rest > 0)).scaleb(-places - 1, WIDE)
    return format(SIGNIFICANT.plus(-exact if numerator < 0 else exact).normalize(SIGNIFICANT), "f")
