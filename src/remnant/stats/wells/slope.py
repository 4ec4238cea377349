"""Slope of log hits on log dose: log h = a_group + b log d, where a single-hit plate has b = 1.

For a given b each group is a plate with doses d^b, so its intercept is a maximum-likelihood frequency. The
log-likelihood is concave in (a, b), so the profile over the intercepts has one maximum, and by the envelope
theorem its slope is the sum of (s g - r h) log d at the best intercepts, g = h / (exp(h) - 1).

Where some dose splits the negative from the positive wells of every group, the slope runs to infinity: its
profile then bounds it from one side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, ndtri, xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root
from remnant.stats.wells.dilution import maximum_likelihood, per_hit
from remnant.stats.wells.groups import GroupedWells

STEEPEST = 600.0  # exp of a slope times a log dose from the middle must stay a number


@dataclass(frozen=True)
class SlopeFit:
    """The slope, as far as the wells tell it.

    Parameters
    ----------
    separated : int
        +1 or -1 where its estimate is plus or minus infinity, 0 where it is finite.
    value, error : float or None
        Estimate and standard error from the expected information; None where it is infinite.
    gain : float
        Log-likelihood above that of slope 1.
    lower, upper : float or None
        Profile limits; None for infinite.
    wald_lower, wald_upper : float or None
        Wald limits; None where the estimate is infinite.
    """

    separated: int
    value: float | None
    error: float | None
    gain: float
    lower: float | None
    upper: float | None
    wald_lower: float | None
    wald_upper: float | None


def fit_slope(wells: GroupedWells, *, confidence: float = 0.95) -> SlopeFit | None:
    """Estimate the slope that all groups share; None where no group has two doses and wells that disagree."""
    wells = wells.select(wells.informative)
    several = [len(np.unique(wells.dose[wells.group == k])) > 1 for k in range(wells.groups)]
    if not any(several):
        return None
    log_dose = np.log(wells.dose)
    for label in range(wells.groups):  # the middle of a group's doses is absorbed by its intercept
        own = wells.group == label
        log_dose[own] -= (log_dose[own].max() + log_dose[own].min()) / 2
    end = _separated(wells, log_dose)
    base = _profile(wells, log_dose, np.array([1.0]))[0][0]
    fall = float(chdtri(1, 1 - confidence)) / 2
    if end:
        top = _supremum(wells, end)
        bound = _crossing(wells, log_dose, 1.0, top - fall, -end)
        lower, upper = (bound, None) if end > 0 else (None, bound)
        return SlopeFit(end, None, None, top - base, lower, upper, None, None)
    best, error = _best(wells, log_dose)
    top = _profile(wells, log_dose, np.array([best]))[0][0]
    lower, upper = (_crossing(wells, log_dose, best, top - fall, side) for side in (-1, 1))
    margin = float(ndtri((1 + confidence) / 2)) * error
    return SlopeFit(0, best, error, max(top - base, 0.0), lower, upper, best - margin, best + margin)


def _profile(
    wells: GroupedWells, log_dose: FloatArray, slope: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log-likelihood at the best intercepts, its slope, and its observed curvature; shape of `slope`."""
    value, first, second = (np.zeros(slope.shape) for _ in range(3))
    for label in range(wells.groups):
        own = wells.group == label
        x, n, s = log_dose[own], wells.tested[own], wells.positive[own]
        doses = np.exp(slope[:, None] * x)
        hits = maximum_likelihood(doses, n, s)[:, None] * doses
        each = per_hit(hits)
        with np.errstate(divide="ignore"):
            value += np.sum(xlogy(s, -np.expm1(-hits)) - (n - s) * hits, axis=-1)
        first += np.sum((s * each - (n - s) * hits) * x, axis=-1)
        bend = s * each * (1 - hits - each) - (n - s) * hits  # second derivative in log h, never positive
        total = np.minimum(bend.sum(-1), -1e-300)
        second += np.sum(bend * x**2, axis=-1) - np.sum(bend * x, axis=-1) ** 2 / total
    return value, first, second


def _separated(wells: GroupedWells, log_dose: FloatArray) -> int:
    """The sign of an infinite slope: one order of the doses parts negative from positive wells everywhere."""
    splits = {+1: True, -1: True}
    for label in range(wells.groups):
        own = wells.group == label
        positive = log_dose[own & (wells.positive > 0)]
        negative = log_dose[own & (wells.positive < wells.tested)]
        splits[+1] &= bool(negative.max() <= positive.min())
        splits[-1] &= bool(positive.max() <= negative.min())
    return 1 if splits[+1] else -1 if splits[-1] else 0


def _supremum(wells: GroupedWells, end: int) -> float:
    """Log-likelihood as the slope runs to infinity: only a dose with wells of both kinds is uncertain."""
    total = 0.0
    for label in range(wells.groups):
        own = wells.group == label
        d, n, s = wells.dose[own], wells.tested[own], wells.positive[own]
        mixed = d == (d[s > 0].min() if end > 0 else d[s > 0].max())
        hits, of = float(s[mixed].sum()), float(n[mixed].sum())
        total += float(xlogy(hits, hits / of) + xlogy(of - hits, (of - hits) / of))
    return total


def _best(wells: GroupedWells, log_dose: FloatArray) -> tuple[float, float]:
    """Finite maximum-likelihood slope and its standard error from the expected information."""

    def slope(at: FloatArray) -> tuple[FloatArray, FloatArray]:
        _, first, second = _profile(wells, log_dose, at)
        return first, second

    low, high = np.array([1.0]), np.array([1.0])
    step = 1.0
    while slope(low)[0][0] < 0:
        low, step = low - step, 2 * step
    step = 1.0
    while slope(high)[0][0] > 0:
        high, step = high + step, 2 * step
    start = np.clip(np.array([1.0]), low, high)
    best = falling_root(slope, low, high, start=start, tolerance=1e-15)
    known = 0.0
    for label in range(wells.groups):
        own = wells.group == label
        doses = np.exp(best * log_dose[own])
        hits = maximum_likelihood(doses, wells.tested[own], wells.positive[own]) * doses
        weight = wells.tested[own] * hits * per_hit(hits)
        if weight.sum() > 0:
            known += float(weight @ (log_dose[own] - weight @ log_dose[own] / weight.sum()) ** 2)
    return float(best[0]), float(1 / np.sqrt(max(known, 1e-300)))


def _crossing(
    wells: GroupedWells, log_dose: FloatArray, best: float, floor: float, side: int
) -> float | None:
    """Where the profile falls to `floor`, on one side; None if only beyond any slope that can be told."""
    step, reach = 0.5, STEEPEST / max(float(np.abs(log_dose).max()), 1e-3)
    while _profile(wells, log_dose, np.array([best + side * step]))[0][0] > floor:
        if step >= reach:
            return None
        step = min(2 * step, reach)

    def above(distance: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, first, _ = _profile(wells, log_dose, best + side * distance)
        return value - floor, side * first

    # Where the slope is infinite the walk starts at 1, which may already lie below the floor.
    low = 0.0
    while _profile(wells, log_dose, np.array([best + side * low]))[0][0] < floor:
        low -= 1.0 + abs(low)
        if -low > reach:
            return None
    found = falling_root(above, np.array([low]), np.array([step]), tolerance=1e-14)
    return float(best + side * found[0])
