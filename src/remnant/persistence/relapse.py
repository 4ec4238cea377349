"""When the disease returned: by blood and marrow, by karyotype, and by the clone itself.

The clone is followed in one sorted compartment, progenitors where they were scored, because remission
empties it. It is *down* at a look when its fraction is below half of that before treatment, and it has
*returned* when, after that, it has risen above its level beyond assay noise (`remnant.persistence.change`):
both share the error that they are allowed out over all looks of the patient, and a rise needs a slide above
its cut-off and the agreement of the next look. It stands beside the clinical relapse and never replaces it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.persistence.change import CloneReading, clone_changes, first_below
from remnant.stats.survival.kaplan_meier import kaplan_meier
from remnant.study.estimate import Source

HALF = 0.5  # of the baseline: a clone below it is down


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
    free_until : int or None
        Last look that was still free of the return: it came after this and by `day`; without a return, the
        last look that could have shown one. None where nobody looked, or where it was not kept.
    not_before : int or None
        Last look before the remission: it came after this and by `remission_day`.
    """

    patient_id: str
    kind: str
    remission_day: int | None
    day: int | None
    confirmed: bool | None
    observed_until: int | None
    reason: str
    sources: tuple[Source, ...] = ()
    free_until: int | None = None
    not_before: int | None = None


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
        First day of treatment; readings until then are the baseline.
    probability : float
        1 less the error of the whole course: the chance that a stable clone is called down, or returned.

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
    looks, first, until = [*before, *after], len(before), after[-1].day
    changes, withdrawn = clone_changes(looks, probability=probability, first=first)
    down = first_below(looks, changes, first=first, probability=probability)
    if down is None:
        reason = f"the clone fraction was never shown to be below {HALF:g} of the baseline"
        return Relapse(patient_id, "clone", None, None, None, until, reason)
    fell, free_before = looks[down].day, looks[down - 1].day
    rise = next((item for item in changes if item.rise and item.shown_at > down), None)
    if rise is None:
        reason = "no rise beyond assay noise"
        refuted = [item.day for item in withdrawn if item.shown_at > down]
        if refuted:
            days = " and ".join(str(day) for day in refuted)
            reason += f"; what rose on day {days} was not confirmed"
        return Relapse(
            patient_id, "clone", fell, None, None, until, reason, looks[down].sources, until, free_before
        )
    reason = (
        f"from {100 * rise.earlier:.2g} % ({rise.earlier_looks} looks until day {rise.after_day}) to "
        f"{100 * rise.later:.2g} %, beyond assay noise"
    )
    reason += "" if rise.confirmed else "; the next sample must confirm it"
    return Relapse(
        patient_id,
        "clone",
        fell,
        rise.day,
        rise.confirmed,
        until,
        reason,
        rise.sources,
        rise.after_day,
        free_before,
    )


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
