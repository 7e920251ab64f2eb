"""Fit raw SVI to the quotes of one expiry, without arbitrage: SRF-002, SRF-003.

Starts come from the quasi-explicit form: at a given centre and width of the bend the total variance is linear in the
other three parameters. From there damped least squares over all five; what a butterfly or an earlier expiry forbids
is a residual whose weight grows from stage to stage. What is left of it is removed exactly, by the checks of
`stoplog.pricing.svi`. Sources: Zeliade, "Quasi-explicit calibration of Gatheral's SVI model" (2009); Marquardt, "An
algorithm for least-squares estimation of nonlinear parameters" (1963).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite
from typing import NamedTuple

import numpy as np

from stoplog.pricing.quotes import QUOTES_LEAST, Floats, Quotes
from stoplog.pricing.svi import WING_SLOPE_MAX, Slice, Violation, butterfly, calendar

PENALTIES = (1.0, 10.0, 100.0, 1000.0)
"""Volatility points that one unit of a forbidden value weighs, stage by stage."""

MARGIN = 1e-4
"""How far the fit keeps from what is forbidden: butterfly values, and shares of the mean variance."""

MARGIN_GROWS = 2.0
"""From round to round, while a check fails."""

ROUNDS = 8

STEPS_MAX = 60

DAMPING_MOST = 1e12
"""A step damped further moves nothing."""

CONVERGED = 1e-6
"""A step that lowers the sum of squares by a smaller share ends a stage."""

HALVINGS = 30

DIFFERENCE = 1e-7
"""Step of the derivatives."""

CENTRES, WIDTHS = 13, (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""The grid of starts: centres over the quotes' range, widths as shares of it."""

LOWEST = np.array([-20.0, -12.0, -6.0, -5.0, -7.0])
HIGHEST = np.array([20.0, 7.0, 6.0, 5.0, 1.5])
"""Bounds of the scaled parameters."""

BEND = np.sinh(np.linspace(-6.0, 6.0, 81))
"""Where a slice is held to the checks, in widths from its centre."""


class Target(NamedTuple):
    """What is fitted: log moneyness, total variances, weights of their differences in volatility points, and units.

    `later_` is the same of the quotes of later expiries, which the slice should not exceed.
    """

    k: Floats
    variance: Floats
    weight: Floats
    later_k: Floats
    later_variance: Floats
    later_weight: Floats
    variance_unit: float
    width_unit: float
    before: Slice | None
    held: Floats
    margin: float


def fit_slice(quotes: Quotes, before: Slice | None = None, later: Sequence[Quotes] = ()) -> Slice:
    """The slice without butterfly below zero nearest to the quotes, in weighted squares of volatility.

    With `before`, the slice of an earlier expiry without butterfly below zero, it has no calendar below zero against
    it either. By what it exceeds
    the quotes of `later` expiries counts as if they were missed by so much, so that a wing that is not quoted here does
    not lift those that are quoted there. The same quotes give the same slice. `ValueError` says what cannot be used.

    >>> part = Slice(0.04, 0.1, -0.3, 0.0, 0.2)
    >>> k = np.linspace(-0.5, 0.5, 11)
    >>> found = fit_slice(Quotes(0.25, k, np.array([part.volatility(x, 0.25) for x in k])))
    >>> round(found.volatility(0.1, 0.25), 6) == round(part.volatility(0.1, 0.25), 6)
    True
    """
    for each in (quotes, *later):
        each.check()
    if not quotes.is_enough():
        raise ValueError(f"k: {np.unique(quotes.k).size} different values, {QUOTES_LEAST} are needed")
    target = _target(quotes, before, later)
    found = [_solved(start, target) for start in _starts(target)]
    return min(found, key=lambda part: _misfit(part, target))


def _target(quotes: Quotes, before: Slice | None, later: Sequence[Quotes]) -> Target:
    width = float(np.ptp(quotes.k))
    held: list[Floats] = [np.linspace(quotes.k.min() - width, quotes.k.max() + width, 41), np.zeros(1)]
    if before is not None:
        held.append(before.m + before.s * BEND[::4])
    none = np.zeros(0)
    return Target(
        quotes.k,
        quotes.variance(),
        quotes.per_variance(),
        np.concatenate([none, *(each.k for each in later)]),
        np.concatenate([none, *(each.variance() for each in later)]),
        np.concatenate([none, *(each.per_variance() for each in later)]),
        float(np.average(quotes.variance(), weights=quotes.weights())),
        width,
        before,
        np.concatenate(held),
        MARGIN,
    )


def _slice_of(x: Floats, target: Target) -> Slice:
    level, tilt = target.variance_unit, np.tanh(x[2])
    steep, width = np.exp(x[1]) * level / target.width_unit, np.exp(x[4]) * target.width_unit
    return Slice(*map(float, (x[0] * level, steep, tilt, x[3] * target.width_unit, width)))


def _scaled(part: Slice, target: Target) -> Floats:
    """The parameters of a slice in the units of the target, inside the bounds."""
    level, width = target.variance_unit, target.width_unit
    steep, tilt = max(part.b, 1e-9) * width / level, min(max(part.rho, -0.999), 0.999)
    x = np.array([part.a / level, np.log(steep), np.arctanh(tilt), part.m / width, np.log(part.s / width)])
    bounded: Floats = np.clip(x, LOWEST, HIGHEST)
    return bounded


def _starts(target: Target) -> list[Floats]:
    """The best of the quasi-explicit grid, and a bowl as wide as a third of the quotes' range."""
    level, width = target.variance_unit, target.width_unit
    bowl = Slice(0.5 * float(target.variance.min()), 0.5 * level / width, 0.0, 0.0, 0.3 * width)
    return [_scaled(_quasi_explicit(target), target), _scaled(bowl, target)]


def _quasi_explicit(target: Target) -> Slice:
    """The best over a grid of centres and widths, the other three parameters by linear least squares."""
    centres = np.linspace(target.k.min(), target.k.max(), CENTRES)
    m, s = (each.ravel()[:, None] for each in np.meshgrid(centres, np.array(WIDTHS) * target.width_unit))
    arm = np.hypot(target.k - m, s)
    columns = np.stack([np.ones_like(arm), arm, target.k - m], axis=-1) * target.weight[:, None]
    wanted = target.variance * target.weight
    normal = np.einsum("gqi,gqj->gij", columns, columns)
    ridge = 1e-12 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(3)
    a, b, tilted = np.linalg.solve(normal + ridge, np.einsum("gqi,q->gi", columns, wanted)[..., None])[..., 0].T
    b = np.maximum(b, 1e-9)
    tilted = np.clip(tilted, -0.999 * b, 0.999 * b)
    left = np.einsum("gqi,gi->gq", columns, np.stack([a, b, tilted], axis=-1)) - wanted
    best = int(np.argmin(np.einsum("gq,gq->g", left, left)))
    return Slice(*map(float, (a[best], b[best], tilted[best] / b[best], m[best, 0], s[best, 0])))


def _solved(x: Floats, target: Target) -> Slice:
    """Damped least squares, stage by stage; then again, held where a check fails, until none does."""
    for penalty in PENALTIES:
        x = _descend(partial(_residuals, target=target, penalty=penalty), x)
    for _ in range(ROUNDS):
        found = _violations(_slice_of(x, target), target.before)
        if not found:
            return _slice_of(x, target)
        places = [each.k for each in found if isfinite(each.k)]
        target = target._replace(held=np.concatenate([target.held, places]), margin=target.margin * MARGIN_GROWS)
        x = _descend(partial(_residuals, target=target, penalty=PENALTIES[-1]), x)
    return _cleared(_slice_of(x, target), target)


def _descend(residuals: Callable[[Floats], Floats], x: Floats) -> Floats:
    """Marquardt's method inside the bounds; `residuals` takes parameters in rows and gives residuals in rows."""
    damping = 1e-3
    moves = np.vstack([np.zeros(x.size), DIFFERENCE * np.eye(x.size)])
    rows = residuals(x + moves)
    squares = float(rows[0] @ rows[0])
    for _ in range(STEPS_MAX):
        slopes = (rows[1:] - rows[0]) / DIFFERENCE
        normal, gradient = slopes @ slopes.T, slopes @ rows[0]
        diagonal = np.diag(np.maximum(np.diag(normal), 1e-12))
        while damping < DAMPING_MOST:
            following = np.clip(x - np.linalg.solve(normal + damping * diagonal, gradient), LOWEST, HIGHEST)
            tried = residuals(following + moves)
            reached = float(tried[0] @ tried[0])
            if reached < squares:
                break
            damping *= 4.0
        else:
            return x
        done = squares - reached <= CONVERGED * squares
        x, rows, squares, damping = following, tried, reached, max(damping / 6.0, 1e-12)
        if done:
            return x
    return x


def _residuals(x: Floats, target: Target, penalty: float) -> Floats:
    """Differences in volatility points, then what is forbidden times its penalty; a row for each row of `x`."""
    level, unit = target.variance_unit, target.width_unit
    a, b, rho = x[:, :1] * level, np.exp(x[:, 1:2]) * level / unit, np.tanh(x[:, 2:3])
    m, s = x[:, 3:4] * unit, np.exp(x[:, 4:5]) * unit
    missed = target.weight * (_variance(a, b, rho, m, s, target.k) - target.variance)
    exceeded = target.later_weight * (_variance(a, b, rho, m, s, target.later_k) - target.later_variance)
    k = np.concatenate([np.broadcast_to(target.held, (x.shape[0], target.held.size)), m + s * BEND], axis=1)
    arm = np.hypot(k - m, s)
    w = a + b * (rho * (k - m) + arm)
    first, second = b * (rho + (k - m) / arm), b * s * s / arm**3
    positive = np.maximum(w, 1e-3 * level)
    density = (1.0 - 0.5 * k * first / positive) ** 2 - 0.25 * first**2 * (1.0 / positive + 0.25) + 0.5 * second
    least = (a + b * s * np.sqrt(1.0 - rho * rho)) / level
    forbidden = [density - target.margin, least - 1e-3, WING_SLOPE_MAX - target.margin - b * (1.0 + np.abs(rho))]
    if target.before is not None:
        near = target.before
        earlier = near.a + near.b * (near.rho * (k - near.m) + np.hypot(k - near.m, near.s))
        forbidden.append((w - earlier) / level - target.margin)
        for sign in (-1.0, 1.0):
            wing = b * (1.0 + sign * rho) - near.b * (1.0 + sign * near.rho)
            forbidden.append(wing * unit / level - target.margin)
    held = penalty * np.minimum(np.concatenate(forbidden, axis=1), 0.0)
    return np.concatenate([missed, np.maximum(exceeded, 0.0), held], axis=1)


def _variance(a: Floats, b: Floats, rho: Floats, m: Floats, s: Floats, k: Floats) -> Floats:
    return a + b * (rho * (k - m) + np.hypot(k - m, s))


def _misfit(part: Slice, target: Target) -> float:
    """The weighted mean square of the differences, in volatility points, and of what exceeds later quotes."""
    a, b, rho, m, s = (np.array(value) for value in part)
    missed = target.weight * (_variance(a, b, rho, m, s, target.k) - target.variance)
    exceeded = np.maximum(
        target.later_weight * (_variance(a, b, rho, m, s, target.later_k) - target.later_variance), 0.0
    )
    return float(missed @ missed + exceeded @ exceeded)


def _cleared(part: Slice, target: Target) -> Slice:
    """The slice itself where it passes the checks, else the nearest that does on the way to one that always does.

    That is the slice of the expiry before, or without one a flat slice.
    """
    if not _violations(part, target.before):
        return part
    safe = target.before or Slice(target.variance_unit, 0.0, part.rho, part.m, part.s)
    kept, failed = 1.0, 0.0
    for _ in range(HALVINGS):
        share = 0.5 * (kept + failed)
        if not _violations(_between(part, safe, share), target.before):
            kept = share
        else:
            failed = share
    return _between(part, safe, kept)


def _violations(part: Slice, before: Slice | None) -> list[Violation]:
    found = [butterfly(part), None if before is None else calendar(before, part)]
    return [each for each in found if each is not None]


def _between(part: Slice, safe: Slice, share: float) -> Slice:
    """The parameters of `safe` at a share of 1."""
    if share == 1.0:
        return safe
    return Slice(*(own + share * (other - own) for own, other in zip(part, safe, strict=True)))
