"""One limiting-dilution plate, whatever its colonies are: the frequency of units, and how sure it is.

P(a well stays negative) = exp(-f d). A plate without a positive well is a result, not a failure: the
frequency is not detected, below a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells import dilution


class Interval(StrEnum):
    """How the limits of a frequency were made."""

    PROFILE = "profile likelihood"
    WALD = "Wald on log frequency"
    UPPER = "one-sided upper, no well positive"
    LOWER = "one-sided lower, every well positive"
    NONE = "no wells"


@dataclass(frozen=True)
class FrequencyEstimate:
    """Units per cell plated, with their interval.

    Parameters
    ----------
    frequency, lower, upper : float
        Per cell plated, within [0, 1].
    interval : Interval
        How the limits were made; one-sided ones hold at the whole confidence.
    confidence : float
        Coverage.
    wells_tested, wells_positive : int
        Over all doses.
    """

    frequency: float
    lower: float
    upper: float
    interval: Interval
    confidence: float
    wells_tested: int
    wells_positive: int


def estimate_frequency(
    plate: pl.DataFrame, *, confidence: float = 0.95, interval: Interval = Interval.PROFILE
) -> FrequencyEstimate:
    """Estimate the frequency of one limiting-dilution plate.

    Fits the single-hit Poisson model by maximum likelihood on log frequency. Where all wells agree there is
    one limit, one-sided.

    Parameters
    ----------
    plate : DataFrame, shape (doses, >= 3)
        Columns cells_per_well, wells_tested and wells_positive; at least one well.
    confidence : float, default 0.95
        Coverage of the interval, in (0, 1).
    interval : Interval, default PROFILE
        PROFILE follows the skew of sparse plates; WALD is the one that most programs print.

    Returns
    -------
    FrequencyEstimate
        In units per cell plated, within [0, 1].

    References
    ----------
    Hu & Smyth (2009) J Immunol Methods 347:70-78, doi:10.1016/j.jim.2009.06.008.

    Examples
    --------
    >>> plate = pl.DataFrame({"cells_per_well": [100], "wells_tested": [96], "wells_positive": [0]})
    >>> round(1 / estimate_frequency(plate).upper)  # fewer than one in ...
    3205
    """
    dose, tested, positive = plate_arrays(plate)
    assert tested.sum() > 0, "a plate without wells has no frequency"
    assert interval in (Interval.PROFILE, Interval.WALD), "the other kinds follow from the wells"
    wells = int(tested.sum()), int(positive.sum())
    best = dilution.maximum_likelihood(dose, tested, positive)
    if wells[1] == 0:
        upper = float(dilution.upper_when_all_negative(dose, tested, confidence=confidence))
        return FrequencyEstimate(0.0, 0.0, min(upper, 1.0), Interval.UPPER, confidence, *wells)
    if wells[0] == wells[1]:
        lower = float(dilution.lower_when_all_positive(dose, tested, confidence=confidence))
        return FrequencyEstimate(1.0, min(lower, 1.0), 1.0, Interval.LOWER, confidence, *wells)
    if interval is Interval.WALD:
        limits = dilution.wald_limits(best, dose, tested, confidence=confidence)
    else:
        limits = dilution.profile_limits(best, dose, tested, positive, confidence=confidence)
    value, lower, upper = (min(float(x), 1.0) for x in (best, *limits))
    return FrequencyEstimate(value, lower, upper, interval, confidence, *wells)


def plate_arrays(plate: pl.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Dose, wells tested and wells positive of every dose that has wells."""
    dose, tested, positive = (
        plate[name].to_numpy().astype(float) for name in ("cells_per_well", "wells_tested", "wells_positive")
    )
    kept = tested > 0  # a dose without wells says nothing
    return (dose, tested, positive) if kept.all() else (dose[kept], tested[kept], positive[kept])
