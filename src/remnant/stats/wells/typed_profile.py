"""Estimates from a plate of typed colonies: each quantity with the other profiled out.

A quantity is an axis, along which each point leaves one line of frequencies open: log f_n for a clonal
frequency, log (f_n + f_c) for a fraction. The best point of that line is the root of its slope; by the
envelope theorem the slope of the profile is then the partial slope along the axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, expit, log_expit

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root
from remnant.stats.wells.typed_dilution import TypedPlate, log_likelihood, slopes

LOG_ODDS = 40.0  # beyond it a fraction is 0 or 1
# Of the last step. An error on the line enters a profile squared, so the line can be left earlier.
ALONG_LINE, ALONG_AXIS = 1e-10, 1e-11
ROUNDING = 1e-12  # of a log-likelihood


@dataclass(frozen=True)
class Profile:
    """Best value of a quantity and its profile-likelihood limits.

    Parameters
    ----------
    value, lower, upper : float
        In the quantity's unit. At an end of its range the other limit is one-sided.
    """

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Derivatives:
    """Of the log-likelihood along the open line (`line`, `line_line`) and along the axis."""

    line: FloatArray
    line_line: FloatArray
    axis: FloatArray
    axis_axis: FloatArray
    mixed: FloatArray


@dataclass(frozen=True)
class CloneAxis:
    """Log clonal frequency; the line is log normal frequency."""

    plate: TypedPlate

    def frequencies(self, axis: FloatArray, line: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log normal and log clonal frequency."""
        return line, axis

    def line_bounds(self, axis: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logarithms between which the best point of each line lies."""
        plate = self.plate
        low, high = _bounds(plate.normal_only + plate.both, plate.negative + plate.clone_only, plate)
        return np.full_like(axis, low), np.full_like(axis, high)

    def derivatives(self, axis: FloatArray, line: FloatArray) -> Derivatives:
        """First and second derivatives."""
        s = slopes(line, axis, self.plate)
        return Derivatives(s.n, s.nn, s.c, s.cc, s.nc)


@dataclass(frozen=True)
class ShareAxis:
    """Log odds of f_c in f_n + f_c; the line is the logarithm of this sum."""

    plate: TypedPlate

    def frequencies(self, axis: FloatArray, line: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log normal and log clonal frequency."""
        return line + log_expit(-axis), line + log_expit(axis)

    def line_bounds(self, axis: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logarithms between which the best point of each line lies."""
        plate, share, rest = self.plate, expit(axis)[..., None], expit(-axis)[..., None]
        normal, clone = plate.normal_only + plate.both, plate.clone_only + plate.both
        lost = (plate.negative + plate.clone_only) * rest + (plate.negative + plate.normal_only) * share
        half = (normal * rest + clone * share + plate.untyped) / 2
        hits = (normal + clone + plate.untyped).sum()
        with np.errstate(divide="ignore"):
            low = np.log(hits / ((half + lost) * plate.dose).sum(-1))
            return low, np.log(hits / (lost * plate.dose).sum(-1))

    def derivatives(self, axis: FloatArray, line: FloatArray) -> Derivatives:
        """First and second derivatives."""
        share, rest = expit(axis), expit(-axis)
        s = slopes(*self.frequencies(axis, line), self.plate)
        return Derivatives(
            line=s.n + s.c,
            line_line=s.nn + 2 * s.nc + s.cc,
            axis=rest * s.c - share * s.n,
            axis_axis=share**2 * s.nn - 2 * share * rest * s.nc + rest**2 * s.cc - share * rest * (s.n + s.c),
            mixed=rest * (s.nc + s.cc) - share * (s.nn + s.nc),
        )


def clone_frequency(plate: TypedPlate, *, confidence: float = 0.95) -> Profile:
    """Frequency of clonal units per cell, within [0, 1], the normal frequency profiled out."""
    low, high = _reach(plate)
    nothing = plate.clone_wells == 0
    everything = float((plate.negative + plate.normal_only + plate.untyped).sum()) == 0
    axis = CloneAxis(plate)
    if nothing or everything:
        found = _one_sided(axis, *((low, high) if nothing else (high, low)), confidence)
    else:
        ends = _bounds(plate.clone_only + plate.both, plate.negative + plate.normal_only, plate)
        bounds = float(np.clip(ends[0], low, high)), float(np.clip(ends[1], low, high))
        found = _two_sided(axis, (low, high), bounds, sum(bounds) / 2, confidence)
    value, lower, upper = (0.0 if x == low else float(np.exp(x)) for x in found)
    return Profile(value, lower, upper)


def normal_frequency(plate: TypedPlate, *, confidence: float = 0.95) -> Profile:
    """Frequency of normal units per cell, within [0, 1], the clonal frequency profiled out."""
    return clone_frequency(plate.swapped(), confidence=confidence)


def clone_fraction(plate: TypedPlate, *, confidence: float = 0.95) -> Profile:
    """Functional clone fraction f_c / (f_n + f_c), their sum profiled out.

    Needs a well known to hold a unit; 0 or 1, with a one-sided limit, where only one kind was seen.
    """
    assert plate.normal_wells + plate.clone_wells > 0, "no colony was typed"
    low, high = ends = -LOG_ODDS, LOG_ODDS
    axis = ShareAxis(plate)
    if plate.clone_wells == 0 or plate.normal_wells == 0:
        found = _one_sided(axis, *(ends if plate.clone_wells == 0 else ends[::-1]), confidence)
    else:
        start = float(np.log(plate.clone_wells / plate.normal_wells))
        found = _two_sided(axis, ends, ends, start, confidence)
    value, lower, upper = (0.0 if x == low else 1.0 if x == high else float(expit(x)) for x in found)
    return Profile(value, lower, upper)


def fraction_profile(plate: TypedPlate, log_odds: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log-likelihood at each log odds of a clone fraction, its sum profiled out, with both derivatives."""
    value, found = _profile(ShareAxis(plate), log_odds)
    return value, found.axis, _curvature(found)


def _reach(plate: TypedPlate) -> tuple[float, float]:
    """Log frequencies between which a plate can tell anything; at most one unit per cell."""
    wells = plate.negative + plate.normal_only + plate.clone_only + plate.both + plate.untyped
    return float(np.log(1e-9 / (wells * plate.dose).sum())), 0.0


def _bounds(hit: FloatArray, missed: FloatArray, plate: TypedPlate) -> tuple[float, float]:
    """Bounds on the log frequency of a kind, whatever the other: 1 - h/2 <= h/(exp(h) - 1) <= 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.log(hit.sum() / ((hit / 2 + missed) * plate.dose).sum())
        high = np.log((hit + plate.untyped).sum() / (missed * plate.dose).sum())
    return float(np.nan_to_num(low, nan=-np.inf)), float(np.nan_to_num(high, nan=np.inf))


def _best_line(axis: CloneAxis | ShareAxis, at: FloatArray) -> FloatArray:
    """Most likely point of each line: the other quantity at its best."""
    low, high = (np.clip(bound, *_reach(axis.plate)) for bound in axis.line_bounds(at))
    # Where even an end of the line has not turned the slope, that end is the best.
    low = np.where(axis.derivatives(at, high).line >= 0, high, low)
    high = np.where(axis.derivatives(at, low).line <= 0, low, high)

    def slope(line: FloatArray) -> tuple[FloatArray, FloatArray]:
        found = axis.derivatives(at, line)
        return found.line, found.line_line

    return falling_root(slope, low, high, tolerance=ALONG_LINE)


def _profile(axis: CloneAxis | ShareAxis, at: FloatArray) -> tuple[FloatArray, Derivatives]:
    """Log-likelihood at the best point of each line, and the derivatives there."""
    line = _best_line(axis, at)
    normal, clone = axis.frequencies(at, line)
    return log_likelihood(np.exp(normal), np.exp(clone), axis.plate), axis.derivatives(at, line)


def _curvature(found: Derivatives) -> FloatArray:
    """Second derivative of a profile, the line following its best point."""
    return found.axis_axis - found.mixed**2 / np.where(found.line_line < 0, found.line_line, -np.inf)


def _two_sided(
    axis: CloneAxis | ShareAxis,
    ends: tuple[float, float],
    bounds: tuple[float, float],
    start: float,
    confidence: float,
) -> tuple[float, float, float]:
    """Maximum of a profile, and where twice its fall reaches chi-square."""

    def slope(at: FloatArray) -> tuple[FloatArray, FloatArray]:
        _, found = _profile(axis, at)
        return found.axis, _curvature(found)

    low, high = (np.array([bound]) for bound in bounds)
    best = falling_root(slope, low, high, start=np.array([start]), tolerance=ALONG_AXIS)
    values, found = _profile(axis, np.array([*ends, best[0]]))
    # Wells hit many times over cannot tell how often: where an end is as likely as any point, it is the best.
    place = int(np.argmax(values >= values.max() - ROUNDING))
    best, top = np.array([[*ends, best[0]][place]]), values[place]
    fall = float(chdtri(1, 1 - confidence)) / 2
    margin = np.sqrt(2 * fall / np.maximum(-_curvature(found)[2], 1e-3))
    lower, upper = _crossings(axis, best, np.array(ends), top - fall, np.full(2, margin))
    return float(best[0]), lower, upper


def _one_sided(
    axis: CloneAxis | ShareAxis, end: float, other: float, confidence: float
) -> tuple[float, float, float]:
    """Estimate at an end of its range, and where such wells become as unlikely as 1 - confidence."""
    start = np.array([end])
    floor = _profile(axis, start)[0] + float(np.log1p(-confidence))
    (bound,) = _crossings(axis, start, np.array([other]), floor, np.abs(start - other) / 2)
    return (end, end, bound) if end < other else (end, bound, end)


def _crossings(
    axis: CloneAxis | ShareAxis, best: FloatArray, ends: FloatArray, floor: FloatArray, start: FloatArray
) -> list[float]:
    """Where the profile falls to `floor` on the way from `best` to each end; the end, if it does not."""
    side, reached = np.sign(ends - best), _profile(axis, ends)[0] <= floor
    distance = np.where(reached, np.abs(ends - best), 0.0)

    def above(walked: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, found = _profile(axis, best + side * walked)
        return value - floor, side * found.axis

    crossing = best + side * falling_root(
        above, np.zeros_like(distance), distance, start=start, tolerance=ALONG_AXIS
    )
    return [float(x) for x in np.where(reached, crossing, ends)]
