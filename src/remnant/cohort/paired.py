"""A mean under one treatment, and its difference under another in the same patients, with their errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from remnant.cohort.moments import Moments
from remnant.cohort.paired_share import paired_limits
from remnant.stats.fractions.proportion import clopper_pearson

WIDE = 1.96


@dataclass(frozen=True)
class Value:
    """A mean, a share or a median under one scenario.

    Parameters
    ----------
    value, error : float or None
        And its Monte Carlo standard error; None where there is none.
    lower, upper : float or None
        95 % interval of the simulation: of a share, exact.
    """

    value: float | None
    error: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Difference:
    """One scenario less the first, in the same patients.

    Parameters
    ----------
    value, error : float or None
        And its Monte Carlo standard error; None where there is none.
    lower, upper : float or None
        95 % interval of the simulation: of shares, Tango's score interval for the same patients.
    unpaired_error : float or None
        What the error would have been with other patients under each scenario.
    variance_reduction : float or None
        (unpaired_error / error)^2: how many times the patients would have been needed; None of equal columns.
    """

    value: float | None
    error: float | None
    lower: float | None
    upper: float | None
    unpaired_error: float | None
    variance_reduction: float | None


def value_of(moments: Moments, number: int, *, share: bool) -> Value:
    """Return one mean with its error; `share` says that every patient has 0 or 1."""
    mean, error = float(moments.mean[number]), float(moments.errors[number])
    if share:
        lower, upper = clopper_pearson(round(mean * moments.count), moments.count)
        return Value(mean, finite(error), float(lower), float(upper))
    return value_with(mean, error)


def difference_of(moments: Moments, other: int, *, share: bool) -> Difference:
    """Return one mean less the first, with its error in the same patients."""
    found = difference(
        float(moments.mean[other] - moments.mean[0]),
        moments.paired_error(0, other),
        moments.unpaired_error(0, other),
    )
    if not share:
        return found
    lower, upper = paired_limits(*moments.discordant(0, other), moments.count)
    return replace(found, lower=lower, upper=upper)


def difference(value: float, error: float, unpaired: float) -> Difference:
    """Make a record of a difference and its errors, where they are numbers."""
    wide = WIDE * error
    reduction = (unpaired / error) ** 2 if error > 0 else math.nan
    return Difference(
        *map(finite, (value, error, value - wide, value + wide, unpaired, reduction)),
    )


def value_with(value: float, error: float) -> Value:
    """Make a record of a value and its error, where they are numbers."""
    return Value(*map(finite, (value, error, value - WIDE * error, value + WIDE * error)))


def finite(value: float) -> float | None:
    """Return a number, or None where there is none."""
    return float(value) if math.isfinite(value) else None
