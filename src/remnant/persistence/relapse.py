"""When the disease returned: by blood and marrow, by karyotype, and by the clone itself.

The clone is followed in one sorted compartment, progenitors where they were scored, because remission
empties it. It is *down* at a visit when its fraction is below half of the baseline with the plan's
probability, and it has *returned* when, after that, the fraction is above the lowest one with that
probability, the slide is above its cut-off, and the next look agrees: the lowest of several looks is low by
chance too, so a rise that the next sample does not confirm is none. Both compare posteriors, so probe errors,
purity and the number of nuclei are in them. It stands beside the clinical relapse and never replaces it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.stats.numerics.posterior import GridPosterior
from remnant.stats.survival.kaplan_meier import kaplan_meier
from remnant.study.estimate import Source

_MIDPOINTS = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True)
class Relapse:
    """Time from first remission to one kind of return, or to the end of observation.

    Parameters
    ----------
    patient_id : str
        The patient.
    kind : str
        `clinical` (criteria on blood, marrow and transfusions), `cytogenetic` (metaphases) or `clone` (a
        rise of the clone fraction in a sorted compartment beyond assay noise).
    remission_day : int or None
        Day of the first remission of that kind; None where there was none.
    day : int or None
        Day of the first visit that shows the return; None where none did.
    confirmed : bool or None
        Whether the next look agrees; None where there is none.
    observed_until : int or None
        Last day at which the return could have been seen.
    reason : str
        What shows it, or why it is not evaluable.
    sources : tuple of Source
        The rows behind it.
    """

    patient_id: str
    kind: str
    remission_day: int | None
    day: int | None
    confirmed: bool | None
    observed_until: int | None
    reason: str
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class TimeToEvent:
    """Kaplan-Meier estimate of freedom from one kind of return since remission.

    Parameters
    ----------
    kind : str
        As in `Relapse`.
    patients, events : int
        Patients that reached remission, and returns among them.
    days : tuple of int
        Days of the steps since remission.
    free : tuple of float
        Fraction free of the event from each step on.
    lower, upper : tuple of float or None
        Log-log limits; None where nobody is left to say.
    at_risk : tuple of int
        Patients under observation just before each step.
    median_days : float or None
        Day at which half are free, the middle where the curve lies on one half; None while more than half
        are.
    median_lower, median_upper : float or None
        Its limits: where those of the curve reach one half; None where they do not.
    last_day : int
        Last day since remission on which anybody was under observation.
    """

    kind: str
    patients: int
    events: int
    days: tuple[int, ...]
    free: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    at_risk: tuple[int, ...]
    median_days: float | None
    median_lower: float | None = None
    median_upper: float | None = None
    last_day: int = 0


@dataclass(frozen=True)
class CloneReading:
    """The clone fraction of one compartment at one visit, with its posterior.

    Parameters
    ----------
    day : int
        Days since the patient's anchor.
    posterior : GridPosterior
        Of the fraction.
    above_cutoff : bool or None
        Whether the slide is above its cut-off; None without one.
    sources : tuple of Source
        Its slides.
    """

    day: int
    posterior: GridPosterior
    above_cutoff: bool | None
    sources: tuple[Source, ...]


def probability_higher(later: GridPosterior, earlier: GridPosterior, *, times: float = 1.0) -> float:
    """Probability that one fraction is above `times` another, the two known independently.

    P = integral of P(later > times x) dP_earlier(x), by the midpoint rule in 400 quantiles of `earlier`.

    Examples
    --------
    >>> from remnant.stats.numerics.posterior import beta_posterior
    >>> round(probability_higher(beta_posterior(3, 7), beta_posterior(3, 7)), 6)
    0.5
    """
    return float(np.mean(1 - later.cdf(np.minimum(times * earlier.quantile(_MIDPOINTS), 1.0))))


def clone_return(
    patient_id: str, readings: Sequence[CloneReading], *, treated_from: int | None, probability: float
) -> Relapse:
    """Find the return of the clone in one compartment of one patient.

    Parameters
    ----------
    patient_id : str
        The patient.
    readings : sequence of CloneReading
        In the order of time.
    treated_from : int or None
        First day of treatment; readings before it are the baseline.
    probability : float
        Posterior probability that a fall or a rise must reach, in (0.5, 1).

    Returns
    -------
    Relapse
        Of kind `clone`.
    """
    before = [reading for reading in readings if treated_from is None or reading.day <= treated_from]
    after = [reading for reading in readings if treated_from is not None and reading.day > treated_from]
    if not before or not after:
        reason = "no clone fraction before treatment" if not before else "no clone fraction on treatment"
        return Relapse(patient_id, "clone", None, None, None, None, reason)
    baseline, until = before[-1], after[-1].day
    down = next(
        (i for i, reading in enumerate(after)
         if 1 - probability_higher(reading.posterior, baseline.posterior, times=0.5) >= probability),
        None,
    )  # fmt: skip
    if down is None:
        reason = "the clone fraction never fell below half of the baseline"
        return Relapse(patient_id, "clone", None, None, None, until, reason)
    lowest = after[down]
    for place in range(down + 1, len(after)):
        reading, later = after[place], after[place + 1 :]
        if _risen(reading, lowest, probability) and (not later or _risen(later[0], lowest, probability)):
            reason = f"above the lowest fraction, that of day {lowest.day}, beyond assay noise"
            reason += "" if later else "; the next sample must confirm it"
            sources = (*lowest.sources, *reading.sources)
            confirmed = True if later else None
            return Relapse(
                patient_id, "clone", after[down].day, reading.day, confirmed, until, reason, sources
            )
        if reading.posterior.median() < lowest.posterior.median():
            lowest = reading
    return Relapse(
        patient_id, "clone", after[down].day, None, None, until, "no rise beyond assay noise", lowest.sources
    )


def _risen(reading: CloneReading, lowest: CloneReading, probability: float) -> bool:
    higher = probability_higher(reading.posterior, lowest.posterior) >= probability
    return higher and reading.above_cutoff is not False


def time_to_event(kind: str, relapses: Sequence[Relapse], *, confidence: float) -> TimeToEvent:
    """Estimate freedom from one kind of return over the patients that reached remission.

    A patient without a return is censored at the last day on which it could have been seen.
    """
    known = [
        (relapse, relapse.remission_day, relapse.day if relapse.day is not None else relapse.observed_until)
        for relapse in relapses
        if relapse.kind == kind
    ]
    spans = [
        (until - start, relapse.day is not None)
        for relapse, start, until in known
        if start is not None and until is not None
    ]
    times, events = [span for span, _ in spans], [seen for _, seen in spans]
    curve = kaplan_meier(times, events, confidence=confidence)

    return TimeToEvent(
        kind,
        len(spans),
        sum(events),
        tuple(int(day) for day in curve.time),
        tuple(float(value) for value in curve.free),
        limits_or_none(curve.lower),
        limits_or_none(curve.upper),
        tuple(int(count) for count in curve.at_risk),
        curve.median,
        *curve.median_limits,
        int(curve.last),
    )


def limits_or_none(values: np.ndarray) -> tuple[float | None, ...]:
    """Limits as a record holds them: None where there is none."""
    return tuple(None if np.isnan(value) else float(value) for value in values)
