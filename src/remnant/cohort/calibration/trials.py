"""The published trials of lenalidomide in del(5q), as virtual patients would have gone through them.

Enrolled is who needs red cells at the first look, with neutrophils of 0.5 and platelets of 50 or more, as in
MDS-003. Three scenarios are enough: the label's dose (MDS-003 for two years and beyond, MDS-004 at 10 mg for
one), 5 mg daily (MDS-004), and stopping in complete response (HARMONY). Death, leaving a trial and crossing
over to the other dose have no part in them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from remnant.cohort.course.chance import TRIGGER
from remnant.cohort.course.courses import (
    HAEMOGLOBIN,
    NEUTROPHILS,
    NOT_EXAMINED,
    PLATELETS,
    PROGENITOR,
    STEM,
    Courses,
    Flags,
    Floats,
)
from remnant.cohort.course.events import NEVER, first
from remnant.cohort.course.outcomes import outcomes
from remnant.cohort.scenario.scenario import Scenario
from remnant.cohort.scenario.shipped import shipped

DAYS_PER_MONTH = 30.4375
YEAR, REPORT = (
    364,
    728,
)  # days: double-blind phase of MDS-004; median follow-up of MDS-003 when first reported
CYCLES, FISH_CUTOFF = 168, 0.06  # six cycles; the cut-off cleared by the FDA for 200 nuclei
FOLLOWED = 49 * DAYS_PER_MONTH  # median follow-up after stopping, HARMONY
TREATED_YEARS, STOPPED_YEARS = 5.0, 10.0  # horizons

Observed = dict[str, Floats]  # by name of the measure, shape (patients,); NaN: not asked of this patient


@dataclass(frozen=True)
class Trial:
    """A scenario, how long it is followed, and what is read from its courses."""

    name: str
    scenario: Scenario
    years: float


def trials() -> tuple[Trial, ...]:
    """Return the three scenarios behind every published figure."""
    label, stop = shipped("label"), shipped("stop-at-response")
    assert label.toxicity is not None
    low_dose = label.model_copy(
        update={
            "title": "MDS-004: lenalidomide 5 mg, every day",
            "therapy": (label.therapy[0].model_copy(update={"dose_mg": 5.0, "days_on": 28}),),
            "toxicity": label.toxicity.model_copy(update={"levels_mg": (2.5,)}),
        }
    )
    # Treating again would end the follow-up after stopping.
    never_again = stop.model_copy(
        update={"rule": tuple(rule for rule in stop.rule if rule.then == "stop"), "looks": label.looks}
    )
    return (
        Trial("label", label, TREATED_YEARS),
        Trial("low dose", low_dose, 1.0),
        Trial("stop", never_again, STOPPED_YEARS),
    )


def observe(trial: Trial, courses: Courses) -> Observed:
    """Read from the courses of one scenario what the papers report, each patient a number."""
    match trial.name:
        case "label":
            return _label(courses)
        case "low dose":
            return {f"{name}_5": value for name, value in _year(courses).items()}
    return _stop(courses)


def enrolled(courses: Courses) -> Flags:
    """Say who enters: in need of red cells, neutrophils and platelets as MDS-003 asked, shape (patients,)."""
    start = courses.blood[0]
    return np.asarray(courses.transfused[0] & (start[NEUTROPHILS] >= 0.5) & (start[PLATELETS] >= 50))


def until(courses: Courses, day: float) -> Courses:
    """Cut courses after a day: what was known then."""
    looks = int(np.searchsorted(courses.days, day, side="right"))
    gaps = ("given", "treated")
    cut = {
        field.name: getattr(courses, field.name)[: looks - (field.name in gaps)] for field in fields(courses)
    }
    return replace(courses, **cut)


def _label(courses: Courses) -> Observed:
    asked, early, whole = enrolled(courses), until(courses, REPORT), outcomes(courses)
    seen, blood = outcomes(early), early.blood
    begun = ~np.isnan(np.asarray(seen["independence_day"], float)) & asked
    best = np.asarray(seen["best_haemoglobin"], float)
    halved, complete = _metaphases(early)
    start = np.maximum(blood[0, HAEMOGLOBIN], TRIGGER)  # a trial measures transfused cells too
    found = {
        "independent": _among(begun, asked),
        "weeks_to_independence": np.where(begun, seen["independence_day"], np.nan) / 7,
        "best_haemoglobin": np.where(begun, best, np.nan),
        "haemoglobin_rise": np.where(begun, best - start, np.nan),
        "cytogenetic_response": _among(halved, asked & _clone(early)),
        "complete_response": _among(complete, asked & _clone(early)),
        "years_independent": np.where(begun, whole["independence_days"], np.nan) / 365.25,
        "years_independent_lost": _among(~np.isnan(whole["independence_lost_day"]), begun),
        "neutropenia": _among(_ever_below(blood[1:, NEUTROPHILS], 1.0), asked),
        "thrombocytopenia": _among(_ever_below(blood[1:, PLATELETS], 50.0), asked),
        "neutrophils": np.where(asked, blood[0, NEUTROPHILS], np.nan),
        "platelets": np.where(asked, blood[0, PLATELETS], np.nan),
    }
    first_year = {f"{name}_10": value for name, value in _year(courses).items()}
    return found | _order_of_clearing(early, asked & _clone(early) & complete) | first_year


def _year(courses: Courses) -> Observed:
    """Return what MDS-004 reported of its double-blind year."""
    asked, year = enrolled(courses), until(courses, YEAR)
    seen = outcomes(year)
    long = ~np.isnan(np.asarray(seen["long_independence_day"], float))
    halved, complete = _metaphases(year)
    return {
        "half_year": _among(long, asked),
        "onset_by_cycle_2": _among(np.asarray(seen["long_independence_day"], float) <= 56, asked & long),
        "response": _among(halved, asked & _clone(year)),
        "complete": _among(complete, asked & _clone(year)),
    }


def _stop(courses: Courses) -> Observed:
    """Return what became of those who stopped in complete response, independent, and could be followed."""
    seen, days = outcomes(courses), courses.days
    stop = np.asarray(seen["stopped_day"], float)
    here = np.where(np.isnan(stop), 0, np.searchsorted(days, np.nan_to_num(stop)))
    free = ~courses.transfused[here, np.arange(len(stop))]
    asked = enrolled(courses) & free & (np.asarray(seen["complete_response_at_stop"], float) == 1)
    asked &= stop + FOLLOWED <= days[-1]
    need = first(courses.transfused & (days[:, None] > np.where(asked, stop, np.inf)))
    lost = np.where(need == NEVER, np.nan, days[need]) - stop
    clone = np.asarray(seen["relapse_after_stop_day"], float) - stop
    any_cell = np.asarray(seen["lost_after_stop_day"], float) - stop
    kept = np.where(np.isnan(lost), days[-1] - stop, lost)
    return {
        "lost_after_stop": _among(clone <= FOLLOWED, asked),
        "any_cell_after_stop": _among(any_cell <= FOLLOWED, asked),
        "needs_after_stop": _among(lost <= FOLLOWED, asked),
        "months_independent_after_stop": np.where(asked, kept, np.nan) / DAYS_PER_MONTH,
        "months_independent_after_stop_lost": _among(~np.isnan(lost), asked),
        "stem_fraction_at_stop": np.where(asked, seen["stem_fraction_at_stop"], np.nan),
    }


def _among(event: Flags, asked: Flags) -> Floats:
    """Return 1 where the event is, 0 where it is not, NaN where it was not asked."""
    return np.where(asked, np.asarray(event, float), np.nan)


def _ever_below(counts: Floats, level: float) -> Flags:
    return np.asarray((counts < level).any(axis=0))


def _clone(courses: Courses) -> Flags:
    return np.asarray(courses.abnormal[0] > 0)


def _metaphases(courses: Courses) -> tuple[Flags, Flags]:
    """Say in whom some later marrow shows at most half of the first abnormal share, and in whom none."""
    later = courses.abnormal[1:]
    least = np.where(later == NOT_EXAMINED, np.iinfo(np.int64).max, later).min(axis=0)
    return np.asarray(2 * least <= courses.abnormal[0]), np.asarray(least == 0)


def _order_of_clearing(courses: Courses, responders: Flags) -> Observed:
    """Compare stem cells and progenitors of complete responders: which are cleared first, and what stays."""
    day = np.asarray(outcomes(courses)["complete_response_day"], float)
    patients = np.arange(len(day))
    here = np.searchsorted(courses.days, np.where(responders, day, 0))
    stem, progenitor = courses.fractions[:, STEM], courses.fractions[:, PROGENITOR]
    early = (courses.days <= CYCLES)[:, None]
    cleared = first((progenitor < FISH_CUTOFF) & early)
    by_then = responders & (cleared != NEVER)
    return {
        "stem_above_progenitor": _among(stem[here, patients] > progenitor[here, patients], responders),
        "progenitors_first": _among(cleared != NEVER, responders),
        "stem_fraction_then": np.where(by_then, stem[cleared, patients], np.nan),
    }
