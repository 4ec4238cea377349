"""Simulated recurrences under a schedule of visits, read by the change test of persistence.relapse.

In remission the clone stays at its nadir until, at a moment that no visit knows, its odds begin to double
every so many days; the disease is back clinically when the fraction reaches that of relapse. Each visit
scores some nuclei. The rule is that of `clone_return`; its comparisons of two posteriors are worked out once
for every pair of counts, since a simulation asks for the same ones again and again. A test holds the two
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from remnant.planning.slide import draw_slides, expected
from remnant.scale import stream
from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import Rate
from remnant.stats.fractions.misclassification import abnormal_probability, fraction_posterior

BASELINE_DAY = -30
_MIDPOINTS = (np.arange(400) + 0.5) / 400
_HORIZON = 40  # visits after which nobody waits for a relapse


@dataclass(frozen=True)
class Recurrence:
    """The course that is feared.

    Parameters
    ----------
    baseline, nadir, relapse : float
        Clone fractions before treatment, in remission, and when the disease is back clinically.
    doubling_days : float
        Days in which the clone's odds double, median over patients.
    spread : float
        Standard deviation of its logarithm between patients.
    """

    baseline: float
    nadir: float
    relapse: float
    doubling_days: float
    spread: float

    def growth_days(self, doubling: float) -> float:
        """Days from nadir to relapse."""
        return float((logit(self.relapse) - logit(self.nadir)) / np.log(2) * doubling)


@dataclass(frozen=True)
class Reading:
    """How nuclei are read.

    Parameters
    ----------
    nuclei : int
        Scored at each visit.
    fp, fn : Beta, float or None
        Errors of the probe.
    cutoff : int
        Abnormal nuclei from which a slide is above its cut-off; 0: there is no cut-off.
    probability : float
        Posterior probability that a fall or a rise must reach.
    correlation : float
        Of two nuclei of a slide.
    """

    nuclei: int
    fp: Rate
    fn: Rate
    cutoff: int
    probability: float
    correlation: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """Patients to simulate under one number of nuclei and several intervals between visits."""

    course: Recurrence
    reading: Reading
    intervals: tuple[float, ...]
    patients: int
    seed: int


@dataclass(frozen=True)
class Seen:
    """What became of the patients of one interval.

    Parameters
    ----------
    interval : float
        Days between visits.
    shown, confirmed : tuple of float
        Days by which the first showing, and the visit that confirms it, precede clinical relapse; negative
        where there was none.
    false : int
        Patients in whom the test shows a return while the clone stays at its nadir as long.
    visits : float
        Mean number of visits before relapse.
    """

    interval: float
    shown: tuple[float, ...]
    confirmed: tuple[float, ...]
    false: int
    visits: float


def run_schedule(schedule: Schedule) -> tuple[Seen, ...]:
    """Follow the patients of a schedule, interval by interval."""
    comparisons = compare_all(schedule.reading)
    return tuple(_follow(schedule, interval, comparisons) for interval in schedule.intervals)


def _follow(schedule: Schedule, interval: float, comparisons: Comparisons) -> Seen:
    course, reading = schedule.course, schedule.reading
    shown, confirmed, false, visits = [], [], 0, 0
    for number in range(schedule.patients):
        rng = stream(schedule.seed, "visits", reading.nuclei, f"{interval:g}", number)
        doubling = course.doubling_days * float(np.exp(course.spread * rng.standard_normal()))
        onset = interval * float(rng.uniform())
        relapse = onset + course.growth_days(doubling)
        days = np.arange(0, min(relapse, _HORIZON * interval), interval)
        odds = logit(course.nadir) + np.log(2) * np.maximum(days - onset, 0) / doubling
        fractions = np.array([course.baseline, *expit(odds)])
        counts = _score(fractions, reading, rng)
        first, agreed = find_return(counts, comparisons, reading)
        shown.append(relapse - float(days[first - 1]) if first else -1.0)
        confirmed.append(relapse - float(days[agreed - 1]) if agreed else -1.0)
        still = _score(np.array([course.baseline, *np.full(len(days), course.nadir)]), reading, rng)
        false += find_return(still, comparisons, reading)[0] is not None
        visits += len(days)
    return Seen(interval, tuple(shown), tuple(confirmed), false, visits / schedule.patients)


def _score(fractions: npt.NDArray[np.float64], reading: Reading, rng: np.random.Generator) -> list[int]:
    chance = abnormal_probability(fractions, expected(reading.fp), expected(reading.fn))
    return [int(k) for k in draw_slides(chance, reading.nuclei, reading.correlation, rng=rng)]


def find_return(
    counts: Sequence[int], comparisons: Comparisons, reading: Reading
) -> tuple[int | None, int | None]:
    """Find the return of the clone as `clone_return` does, in abnormal nuclei of the baseline and each visit.

    Returns
    -------
    first, confirming : int or None
        Places in `counts` of the visit that shows the return, and of the next one if it agrees.
    """
    level = reading.probability

    def risen(later: int, lowest: int) -> bool:
        return bool(comparisons.higher[later, lowest] >= level) and later >= reading.cutoff

    fallen = [i for i in range(1, len(counts)) if comparisons.halved[counts[i], counts[0]] >= level]
    if not fallen:
        return None, None
    lowest = counts[fallen[0]]
    for place in range(fallen[0] + 1, len(counts)):
        following = counts[place + 1] if place + 1 < len(counts) else None
        if risen(counts[place], lowest) and (following is None or risen(following, lowest)):
            return place, None if following is None else place + 1
        lowest = min(lowest, counts[place])
    return None, None


@dataclass(frozen=True)
class Comparisons:
    """Every comparison of two slides of as many nuclei, shape (nuclei + 1, nuclei + 1).

    Parameters
    ----------
    higher : ndarray
        Probability that the fraction behind the first count is above that behind the second.
    halved : ndarray
        Probability that it is below half of it.
    """

    higher: npt.NDArray[np.float64]
    halved: npt.NDArray[np.float64]


@lru_cache(maxsize=8)
def compare_all(reading: Reading) -> Comparisons:
    """Work out every comparison of two counts, as `probability_higher` does for two posteriors."""
    n = reading.nuclei
    slides = [Count(k, n, correlation=reading.correlation) for k in range(n + 1)]
    posteriors = [fraction_posterior(slide, fp=reading.fp, fn=reading.fn) for slide in slides]
    quantiles = np.array([posterior.quantile(_MIDPOINTS) for posterior in posteriors])
    below = np.array([posterior.cdf(quantiles).mean(axis=1) for posterior in posteriors])
    halved = np.array([posterior.cdf(quantiles / 2).mean(axis=1) for posterior in posteriors])
    return Comparisons(1 - below, halved)
