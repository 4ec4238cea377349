"""Two kinds of units in one limiting-dilution plate, their colonies told apart in each well.

Normal and clonal units fall into wells independently, at h_n = f_n d and h_c = f_c d a well, so that

    P(negative) = exp(-h_n - h_c),          P(normal only) = (1 - exp(-h_n)) exp(-h_c),
    P(clone only) = exp(-h_n)(1 - exp(-h_c)),  P(both) = (1 - exp(-h_n))(1 - exp(-h_c)),
    P(positive, not typed) = 1 - exp(-h_n - h_c).

With every positive well typed the likelihood parts into two single-hit plates. Untyped wells join them, so
each quantity is profiled: the other is set to its best value at every point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize_scalar
from scipy.special import chdtri, expit, xlogy

from remnant.stats.proportion import FloatArray


@dataclass(frozen=True)
class TypedPlate:
    """Wells of a plate by what grew in them; all arrays of shape (doses,).

    Parameters
    ----------
    dose : ndarray
        Cells per well, > 0.
    negative, normal_only, clone_only, both, untyped : ndarray
        Wells of each kind; `untyped` are positive.
    """

    dose: FloatArray
    negative: FloatArray
    normal_only: FloatArray
    clone_only: FloatArray
    both: FloatArray
    untyped: FloatArray

    @property
    def normal_wells(self) -> float:
        """Wells known to hold a normal unit."""
        return float((self.normal_only + self.both).sum())

    @property
    def clone_wells(self) -> float:
        """Wells known to hold a unit of the clone."""
        return float((self.clone_only + self.both).sum())

    def swapped(self) -> TypedPlate:
        """The same plate with the two kinds exchanged."""
        return TypedPlate(
            self.dose, self.negative, self.clone_only, self.normal_only, self.both, self.untyped
        )


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


def log_likelihood(normal: npt.ArrayLike, clone: npt.ArrayLike, plate: TypedPlate) -> FloatArray:
    """Log-likelihood of the two frequencies (per cell, any one shape), up to a constant."""
    h_n = np.asarray(normal, float)[..., None] * plate.dose
    h_c = np.asarray(clone, float)[..., None] * plate.dose
    hit_n, hit_c, hit = -np.expm1(-h_n), -np.expm1(-h_c), -np.expm1(-h_n - h_c)
    value = xlogy(plate.normal_only + plate.both, hit_n) - h_n * (plate.negative + plate.clone_only)
    value += xlogy(plate.clone_only + plate.both, hit_c) - h_c * (plate.negative + plate.normal_only)
    return np.asarray(np.sum(value + xlogy(plate.untyped, hit), axis=-1))


def clone_frequency(plate: TypedPlate, *, confidence: float = 0.95) -> Profile:
    """Frequency of clonal units per cell, within [0, 1], the normal frequency profiled out."""

    def at(log_clone: float) -> float:
        return _best(lambda other: float(log_likelihood(np.exp(other), np.exp(log_clone), plate)), plate)

    low, high = _reach(plate)
    without = float((plate.negative + plate.normal_only + plate.untyped).sum())
    profile = _profile(at, low, high, confidence, nothing=plate.clone_wells == 0, everything=without == 0)
    value, lower, upper = np.exp([profile.value, profile.lower, profile.upper])
    return Profile(
        0.0 if profile.value == low else float(value),
        0.0 if profile.lower == low else float(lower),
        float(min(upper, 1.0)),
    )


def normal_frequency(plate: TypedPlate, *, confidence: float = 0.95) -> Profile:
    """Frequency of normal units per cell, within [0, 1], the clonal frequency profiled out."""
    return clone_frequency(plate.swapped(), confidence=confidence)


def clone_fraction(plate: TypedPlate, *, confidence: float = 0.95) -> Profile:
    """Functional clone fraction f_c / (f_n + f_c), their sum profiled out.

    Needs a well known to hold a unit; 0 or 1, with a one-sided limit, where only one kind was seen.
    """
    assert plate.normal_wells + plate.clone_wells > 0, "no colony was typed"
    ends = -40.0, 40.0

    def at(log_odds: float) -> float:
        share, rest = expit(log_odds), expit(-log_odds)
        return _best(
            lambda total: float(log_likelihood(np.exp(total) * rest, np.exp(total) * share, plate)), plate
        )

    profile = _profile(
        at, *ends, confidence, nothing=plate.clone_wells == 0, everything=plate.normal_wells == 0
    )
    value, lower, upper = (
        0.0 if x == ends[0] else 1.0 if x == ends[1] else float(expit(x))
        for x in (profile.value, profile.lower, profile.upper)
    )
    return Profile(value, lower, upper)


def _reach(plate: TypedPlate) -> tuple[float, float]:
    """Log frequencies between which a plate can tell anything; at most one unit per cell."""
    wells = plate.negative + plate.normal_only + plate.clone_only + plate.both + plate.untyped
    return float(np.log(1e-9 / (wells * plate.dose).sum())), 0.0


def _best(function: Callable[[float], float], plate: TypedPlate) -> float:
    low, high = _reach(plate)
    # A coarse look first: with untyped wells the profile can have a flat arm.
    grid = np.linspace(low, high, 25)
    values = [function(float(x)) for x in grid]
    top = int(np.argmax(values))
    found = minimize_scalar(
        lambda x: -function(float(x)),
        bounds=(grid[max(top - 1, 0)], grid[min(top + 1, len(grid) - 1)]),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return max(-float(found.fun), values[top])


def _profile(
    at: Callable[[float], float],
    low: float,
    high: float,
    confidence: float,
    *,
    nothing: bool = False,
    everything: bool = False,
) -> Profile:
    """Maximum of a profile and where it has fallen too far; ends of the range are one-sided."""
    if nothing or everything:
        end = low if nothing else high
        # As for a plate without a positive well: where such wells become this unlikely.
        floor = at(end) + float(np.log1p(-confidence))
        other = high if nothing else low
        reached = at(other) <= floor
        bound = float(brentq(lambda x: at(float(x)) - floor, low, high, xtol=1e-10)) if reached else other
        return Profile(end, end, bound) if nothing else Profile(end, bound, end)
    grid = np.linspace(low, high, 41)
    top = int(np.argmax([at(float(x)) for x in grid]))
    found = minimize_scalar(
        lambda x: -at(float(x)),
        bounds=(grid[max(top - 1, 0)], grid[min(top + 1, 40)]),
        method="bounded",
        options={"xatol": 1e-9},
    )
    best = float(found.x)
    floor = -float(found.fun) - float(chdtri(1, 1 - confidence)) / 2

    def limit(end: float) -> float:
        if at(end) > floor:
            return end
        return float(brentq(lambda x: at(float(x)) - floor, min(end, best), max(end, best), xtol=1e-10))

    return Profile(best, limit(low), limit(high))
