"""Figures as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
PERCENT = "\N{NO-BREAK SPACE}%"
NOTHING = "\N{EN DASH}"

SCALES = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))


def count(number: float) -> str:
    """A whole number with commas.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,.0f}"


def share(part: float, whole: float) -> str:
    r"""A part in percent of a whole.

    >>> share(1, 3), share(0, 0)
    ('33.3\xa0%', '–')
    """
    return f"{100 * part / whole:.1f}{PERCENT}" if whole else NOTHING


def signed_percent(ratio: float) -> str:
    r"""A change in percent with its sign.

    >>> signed_percent(-0.168), signed_percent(0.02)
    ('−16.8\xa0%', '+2.0\xa0%')
    """
    return f"{MINUS if ratio < 0 else '+'}{abs(100 * ratio):.1f}{PERCENT}"


def price(value: float, decimals: int) -> str:
    """A price with the decimals of its unit."""
    return f"{value:,.{max(0, decimals)}f}"


def money(value: float) -> str:
    """An amount in full: cents below a thousand, whole units above.

    >>> money(12.5), money(-78864.03)
    ('12.50', '−78,864')
    """
    small = abs(value) < 1000  # noqa: PLR2004 -- said above
    text = f"{abs(value):,.2f}" if small else f"{abs(value):,.0f}"
    return f"{MINUS}{text}" if value < 0 else text


def short(value: float) -> str:
    """An amount for an axis.

    >>> short(1_500_000), short(250), short(-20_000), short(0.5)
    ('1.5m', '250', '−20k', '0.5')
    """
    sign = MINUS if value < 0 else ""
    value = abs(value)
    for scale, suffix in SCALES:
        if value >= scale:
            return f"{sign}{value / scale:.10g}{suffix}"
    return f"{sign}{value:.10g}"


def leverage(value: float) -> str:
    """A leverage.

    >>> leverage(12.5), leverage(100.0)
    ('12.5×', '100×')
    """
    return f"{value:.4g}{TIMES}"


def moment(time: int) -> str:
    """A time in ms, to the minute.

    >>> moment(1_760_131_200_000)
    '10 Oct 2025, 21:20'
    """
    at = _utc(time)
    return f"{at.day} {at:%b %Y, %H:%M}"


def days(start: int, end: int) -> str:
    """A span of days.

    >>> days(1_760_054_400_000, 1_760_227_199_999), days(1_760_054_400_000, 1_760_054_400_001)
    ('10 to 11 October 2025', '10 October 2025')
    """
    first, last = _utc(start), _utc(end)
    if first.date() == last.date():
        return f"{first.day} {first:%B %Y}"
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
    if first.month != last.month:
        return f"{first.day} {first:%B} to {last.day} {last:%B %Y}"
    return f"{first.day} to {last.day} {last:%B %Y}"


def tick_time(time: int, *, whole_days: bool) -> str:
    """A time on an axis: the day at midnight, else the hour."""
    at = _utc(time)
    return f"{at.day} {at:%b}" if whole_days or (at.hour, at.minute) == (0, 0) else f"{at:%H:%M}"


def _utc(time: int) -> datetime:
    return datetime.fromtimestamp(time / 1000, UTC)
