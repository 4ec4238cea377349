"""What the forecasts without a mechanism say of a simulated cohort, from the same counts as the fit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from remnant.inference.calibration.baselines import Series, crossing, last_value, two_slopes
from remnant.inference.calibration.cohorts import CohortPlan, Counts
from remnant.inference.calibration.outcome import YEAR, Forecast

FloatArray = npt.NDArray[np.float64]
METHODS = {"two slopes": two_slopes, "last value": last_value}
WEEK = 7


def guessed(
    plan: CohortPlan,
    counts: Counts,
    patients: npt.NDArray[np.int64],
    *,
    followed: str,
    threshold: float,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Forecast]:
    """Forecast relapse of some patients, and the visit left out of all.

    Parameters
    ----------
    plan : CohortPlan
        Who was seen when.
    counts : Counts
        What was counted, the visit left out among it.
    patients : ndarray of int
        Whose relapse is forecast: those in remission, so that courses at or above the threshold now are not
        theirs and are left out where others remain.
    followed : str
        The count whose share defines relapse.
    threshold : float
        Share at which it does.
    draws : int
        How many.
    rng : numpy.random.Generator
        Of the draws.
    """
    ahead = np.arange(0.0, plan.horizon * YEAR + WEEK, WEEK)
    found, days = {}, np.asarray(plan.visits, float)
    seen = {
        (patient, kind): Series(days, counts.abnormal[patient, kind, :-1], counts.total[patient, kind, :-1])
        for patient, kind in np.ndindex(counts.total.shape[:2])
    }
    for name, method in METHODS.items():
        relapse = []
        for patient in patients:
            series = seen[int(patient), counts.what.index(followed)]
            fractions = method(series, plan.now + ahead, draws=draws, rng=rng)
            below = fractions[:, 0] < threshold
            relapse.append(crossing(fractions[below] if below.any() else fractions, ahead, threshold))
        later = [method(series, [plan.left_out], draws=draws, rng=rng) for series in seen.values()]
        total = counts.total[..., -1].ravel().astype(int)
        found[name] = Forecast(relapse, rng.binomial(total, np.hstack(later)).astype(float))
    return found
