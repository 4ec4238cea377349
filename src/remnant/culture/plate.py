"""One limiting-dilution plate, whatever its colonies are: the frequency of units, and how sure it is.

P(a well stays negative) = exp(-f d), or (1 - f)^d where wells hold exactly d cells. A plate without a
positive well is a result, not a failure: the frequency is not detected, below a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from remnant.errors import Fault, SettingError
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells import limits
from remnant.stats.wells.bias import bias_corrected
from remnant.stats.wells.dilution import maximum_likelihood
from remnant.stats.wells.exact import MOST_OUTCOMES, exact_limits, outcomes


class Interval(StrEnum):
    """How the limits of a frequency were made."""

    PROFILE = "profile likelihood"
    WALD = "Wald on log frequency"
    SCORE = "score"
    EXACT = "exact, by enumeration"
    UPPER = "one-sided upper, no well positive"
    LOWER = "one-sided lower, every well positive"
    NONE = "no wells"


CHOICES = (Interval.PROFILE, Interval.WALD, Interval.SCORE, Interval.EXACT)


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
    bias_corrected : float
        The frequency with its first-order bias taken out (Firth); finite where every well is positive.
    """

    frequency: float
    lower: float
    upper: float
    interval: Interval
    confidence: float
    wells_tested: int
    wells_positive: int
    bias_corrected: float

    @property
    def one_sided(self) -> bool:
        """Whether all wells agree, so that there is one limit, at the whole confidence."""
        return self.interval in (Interval.UPPER, Interval.LOWER)


def estimate_frequency(
    plate: pl.DataFrame,
    *,
    confidence: float = 0.95,
    interval: Interval = Interval.PROFILE,
    observed: bool = False,
) -> FrequencyEstimate:
    """Estimate the frequency of one limiting-dilution plate.

    Fits the single-hit Poisson model by maximum likelihood on log frequency. Where all wells agree there is
    one limit, one-sided, whichever interval was asked for.

    Parameters
    ----------
    plate : DataFrame, shape (doses, >= 3)
        Columns cells_per_well, wells_tested and wells_positive; at least one well.
    confidence : float, default 0.95
        Coverage of the interval, in (0, 1).
    interval : Interval, default PROFILE
        PROFILE and SCORE follow the skew of sparse plates; WALD is the one that most programs print; EXACT
        covers every frequency at least as often as it says.
    observed : bool, default False
        Whether wells hold exactly so many cells, as sorted one by one, and not so many on average.

    Returns
    -------
    FrequencyEstimate
        In units per cell plated, within [0, 1].

    Raises
    ------
    SettingError
        If an exact interval is asked of a design with too many outcomes.

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
    assert interval in CHOICES, "the other kinds follow from the wells"

    def per_cell(rate: float | FloatArray) -> float:
        return min(float(limits.exact_cells(rate) if observed else rate), 1.0)

    wells = int(tested.sum()), int(positive.sum())
    corrected = per_cell(bias_corrected(dose, tested, positive, observed=observed))
    if wells[1] == 0:
        upper = per_cell(limits.upper_when_all_negative(dose, tested, confidence=confidence))
        return FrequencyEstimate(0.0, 0.0, upper, Interval.UPPER, confidence, *wells, corrected)
    if wells[0] == wells[1]:
        lower = per_cell(limits.lower_when_all_positive(dose, tested, confidence=confidence))
        return FrequencyEstimate(1.0, lower, 1.0, Interval.LOWER, confidence, *wells, corrected)
    best = maximum_likelihood(dose, tested, positive)
    found = _limits(interval, best, (dose, tested, positive), confidence)
    value, lower, upper = (per_cell(x) for x in (best, *found))
    return FrequencyEstimate(value, lower, upper, interval, confidence, *wells, corrected)


def _limits(
    interval: Interval,
    best: FloatArray,
    wells: tuple[FloatArray, FloatArray, FloatArray],
    confidence: float,
) -> tuple[FloatArray, FloatArray]:
    if interval is Interval.WALD:
        return limits.wald_limits(best, *wells[:2], confidence=confidence)
    if interval is Interval.SCORE:
        return limits.score_limits(best, *wells, confidence=confidence)
    if interval is Interval.PROFILE:
        return limits.profile_limits(best, *wells, confidence=confidence)
    if (size := outcomes(*wells[:2])) > MOST_OUTCOMES:
        found = f"exact, on a design of which half the doses have {size:.2g} outcomes"
        hint = "use profile: on so many wells it covers as often as it says"
        raise SettingError([Fault("interval", None, "", found, f"at most {MOST_OUTCOMES:,}", hint)])
    lower, upper = exact_limits(*wells, confidence=confidence)
    return np.asarray(lower), np.asarray(upper)


def plate_arrays(plate: pl.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Dose, wells tested and wells positive of every dose that has wells and cells."""
    dose, tested, positive = (
        plate[name].to_numpy().astype(float) for name in ("cells_per_well", "wells_tested", "wells_positive")
    )
    kept = (tested > 0) & (dose > 0)  # a dose without wells, and a well without cells, says nothing
    return (dose, tested, positive) if kept.all() else (dose[kept], tested[kept], positive[kept])
