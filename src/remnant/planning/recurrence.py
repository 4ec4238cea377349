"""Simulated recurrences under a schedule of visits, read by the change test of persistence.

In remission the clone stays at its nadir until, at a moment that no visit knows, its odds begin to double
every so many days; the disease is back clinically when the fraction reaches that of relapse. Each visit
scores some nuclei, and the course of counts is given to the very test that the analysis of a study uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from remnant.persistence.change import CloneReading, clone_changes, first_below
from remnant.planning.slide import draw_slides, expected
from remnant.scale import stream
from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import Rate
from remnant.stats.fractions.misclassification import abnormal_probability, fraction_posterior

HORIZON = 40  # visits after which nobody waits for a relapse


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
        1 less the error of a whole course: that a stable clone is called returned.
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
    return tuple(_follow(schedule, interval) for interval in schedule.intervals)


def _follow(schedule: Schedule, interval: float) -> Seen:
    course, reading = schedule.course, schedule.reading
    shown, confirmed, false, visits = [], [], 0, 0
    for number in range(schedule.patients):
        rng = stream(schedule.seed, "visits", reading.nuclei, f"{interval:g}", number)
        doubling = course.doubling_days * float(np.exp(course.spread * rng.standard_normal()))
        onset = interval * float(rng.uniform())
        relapse = onset + course.growth_days(doubling)
        days = np.arange(0, min(relapse, HORIZON * interval), interval)
        odds = logit(course.nadir) + np.log(2) * np.maximum(days - onset, 0) / doubling
        fractions = np.array([course.baseline, *expit(odds)])
        first, agreed = find_return(_score(fractions, reading, rng), reading)
        shown.append(relapse - float(days[first - 1]) if first else -1.0)
        confirmed.append(relapse - float(days[agreed - 1]) if agreed else -1.0)
        still = _score(np.array([course.baseline, *np.full(len(days), course.nadir)]), reading, rng)
        false += find_return(still, reading)[0] is not None
        visits += len(days)
    return Seen(interval, tuple(shown), tuple(confirmed), false, visits / schedule.patients)


def _score(fractions: npt.NDArray[np.float64], reading: Reading, rng: np.random.Generator) -> list[int]:
    chance = abnormal_probability(fractions, expected(reading.fp), expected(reading.fn))
    return [int(k) for k in draw_slides(chance, reading.nuclei, reading.correlation, rng=rng)]


def find_return(counts: Sequence[int], reading: Reading) -> tuple[int | None, int | None]:
    """Find the return of the clone in abnormal nuclei of the baseline and of each visit.

    Returns
    -------
    first, confirming : int or None
        Places in `counts` of the visit that shows the return, and of the one that confirms it.
    """
    looks = [replace(_look(k, reading), day=place) for place, k in enumerate(counts)]
    changes, _ = clone_changes(looks, probability=reading.probability)
    down = first_below(looks, changes, first=1, probability=reading.probability)
    rise = next((item for item in changes if item.rise and down is not None and item.shown_at > down), None)
    if rise is None:
        return None, None
    return rise.shown_at, rise.settled_at if rise.confirmed else None


@lru_cache(maxsize=4096)
def _look(abnormal: int, reading: Reading) -> CloneReading:
    slide = Count(abnormal, reading.nuclei, correlation=reading.correlation)
    found = fraction_posterior(slide, fp=reading.fp, fn=reading.fn)
    return CloneReading(0, found, abnormal >= reading.cutoff, ())
