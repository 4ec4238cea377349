"""What became of each virtual patient, read from the courses: responses, relapses, toxicity, doses, cure.

An event that is not reached by the horizon has no day. The definitions are those of
`remnant.cohort.course.columns`, in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.cohort.course.chance import units_needed
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
    Ints,
)
from remnant.cohort.course.events import NEVER, first, first_after, lasting, reached_twice, sustained, twice

INDEPENDENCE = 56  # days without need, MDS-003 (List 2006)
LONG_INDEPENDENCE = 182  # days, MDS-004 (Fenaux 2011)
RISE = 1.5  # g/dL: erythroid response and its loss, IWG 2006
CLEARED, RETURNED = (
    1e-3,
    1e-2,
)  # of progenitors; ten-fold apart, so that one level is not left and met by chance
CLONE = 2  # abnormal metaphases that make a clone of a structural change, ISCN
FOUR_WEEKS = 28
STOPPED = 84  # days without any drug: longer than a hold


@dataclass(frozen=True)
class Days:
    """Looks at which something happened, one per patient, and how to turn them into values."""

    courses: Courses

    def day(self, look: Ints) -> Floats:
        """Return the day of each look; NaN where there is none."""
        return np.where(look == NEVER, np.nan, self.courses.days[look])

    def at(self, values: Floats, look: Ints) -> Floats:
        """Return each patient's value at a look of their own; NaN where there is none."""
        patients = np.arange(values.shape[1])
        return np.where(look == NEVER, np.nan, values[look, patients])


def outcomes(courses: Courses) -> dict[str, Floats | Flags]:
    """Return every outcome column by name, shape (patients,); NaN is null."""
    responses = _cytogenetic(courses)
    return {
        **_independence(courses),
        **_erythroid(courses),
        **responses,
        **_molecular(courses),
        **_stopping(courses),
        **_toxicity(courses),
        **_cure(courses),
    }


def _independence(courses: Courses) -> dict[str, Floats | Flags]:
    need, known = courses.transfused, _known(courses)
    dependent = need[0]
    days = Days(courses)
    found = {}
    for name, least in (("independence", INDEPENDENCE), ("long_independence", LONG_INDEPENDENCE)):
        free = sustained(~need, courses.days, least) & dependent
        found[name] = first(free)
    begin = found["independence"]
    lost = first_after(need, begin)
    until = np.where(lost == NEVER, courses.days[-1], courses.days[lost])
    return {
        "transfused_at_start": np.where(known, dependent, np.nan),
        "independence_day": days.day(begin),
        "long_independence_day": days.day(found["long_independence"]),
        "independence_lost_day": days.day(lost),
        "independence_days": until - days.day(begin),
        "units": np.where(known, _units(courses), np.nan),
    }


def _units(courses: Courses) -> Floats:
    """Units given until the horizon: need stands from a look to the next."""
    each = units_needed(courses.blood[:-1, HAEMOGLOBIN]) * courses.gaps[:, None] / FOUR_WEEKS
    return np.asarray(np.cumsum(each, axis=0)[-1])  # look by look: the same sum for one patient as for many


def _known(courses: Courses) -> Flags:
    """Say whose blood is followed: a preset without a law of the blood knows no counts, and no need."""
    return np.asarray(~np.isnan(courses.blood[0, HAEMOGLOBIN]))


def _erythroid(courses: Courses) -> dict[str, Floats | Flags]:
    """Erythroid response: independence, or without need at the start a rise that lasts; and its end."""
    need, level, days = courses.transfused, courses.blood[:, HAEMOGLOBIN], Days(courses)
    free = sustained(~need, courses.days, INDEPENDENCE) & need[0]
    risen = sustained(level >= level[0] + RISE, courses.days, INDEPENDENCE) & ~need[0]
    begin = first(free | risen)
    # Two looks in a row make a level and a fall: the best of many single looks is mostly their scatter.
    lasting_level = reached_twice(level)
    best = np.maximum.accumulate(lasting_level, axis=0)
    fallen = twice(level <= best - RISE, np.ones_like(need))
    relapse = first_after(need | fallen, begin)
    highest = lasting_level[1:].max(axis=0)
    return {
        "haemoglobin_at_start": level[0],
        "best_haemoglobin": highest,
        "haemoglobin_rise": highest - level[0],
        "erythroid_response_day": days.day(begin),
        "clinical_relapse_day": days.day(relapse),
    }


def _cytogenetic(courses: Courses) -> dict[str, Floats | Flags]:
    examined, days = courses.abnormal != NOT_EXAMINED, Days(courses)
    abnormal = courses.abnormal > 0
    evaluable = abnormal[0]
    begin = first(examined & ~abnormal & evaluable)
    clone = (courses.abnormal >= CLONE) | twice(abnormal, examined)
    stems, progenitors = courses.fractions[:, STEM], courses.fractions[:, PROGENITOR]
    return {
        "cytogenetically_evaluable": evaluable,
        "complete_response_day": days.day(begin),
        "complete_response_lost_day": days.day(first_after(abnormal, begin)),
        "cytogenetic_relapse_day": days.day(first_after(clone, begin)),
        "stem_fraction_in_response": days.at(stems, begin),
        "progenitor_fraction_in_response": days.at(progenitors, begin),
        "stem_persistence_in_response": days.at(stems, begin) - days.at(progenitors, begin),
        "malignant_stem_cells_in_response": days.at(courses.stems, begin),
        "resistant_share_in_response": days.at(courses.resistant, begin),
    }


def _molecular(courses: Courses) -> dict[str, Floats | Flags]:
    clone, days = courses.fractions[:, PROGENITOR], Days(courses)
    begin = first((clone < CLEARED) & (clone[0] >= CLEARED))
    relapse = first_after(clone >= RETURNED, begin)
    return {"cleared_day": days.day(begin), "molecular_relapse_day": days.day(relapse)}


def _stopping(courses: Courses) -> dict[str, Floats | Flags]:
    """Stopping for good or for long, whether in complete response then, and what came of it."""
    days, idle = Days(courses), np.ones_like(courses.transfused)
    idle[:-1] = courses.treated == 0
    before = np.zeros_like(idle)
    before[1:] = np.maximum.accumulate(courses.treated > 0, axis=0)
    stop = first(sustained(idle, courses.days, STOPPED) & before)
    examined, abnormal = courses.abnormal != NOT_EXAMINED, courses.abnormal > 0
    response = _standing(examined, abnormal)
    here = days.at(response, stop)
    lost = first_after(abnormal, stop)
    clone = first_after((courses.abnormal >= CLONE) | twice(abnormal, examined), stop)
    return {
        "stopped_day": days.day(stop),
        "complete_response_at_stop": here,
        "lost_after_stop_day": np.where(here == 1, days.day(lost), np.nan),
        "relapse_after_stop_day": np.where(here == 1, days.day(clone), np.nan),
        "stem_fraction_at_stop": days.at(courses.fractions[:, STEM], stop),
        "malignant_stem_cells_at_stop": days.at(courses.stems, stop),
    }


def _standing(examined: Flags, abnormal: Flags) -> Floats:
    """Return at each look 1 where the last marrow was without the clone, else 0; NaN if the first was too."""
    state = np.zeros(examined.shape)
    for look in range(1, len(state)):
        state[look] = np.where(examined[look], ~abnormal[look], state[look - 1])
    return np.where(abnormal[0], state, np.nan)


def _toxicity(courses: Courses) -> dict[str, Floats | Flags]:
    gaps = courses.gaps[:, None]

    def below(row: int, level: float) -> Floats:
        """Days that began with a look below the level; each look stands until the next."""
        total = ((courses.blood[:-1, row] < level) * gaps).sum(axis=0)
        return np.where(_known(courses), total, np.nan)

    return {
        "worst_neutrophils": courses.blood[:, NEUTROPHILS].min(axis=0),
        "worst_platelets": courses.blood[:, PLATELETS].min(axis=0),
        "days_neutrophils_below_1": below(NEUTROPHILS, 1.0),
        "days_neutrophils_below_0_5": below(NEUTROPHILS, 0.5),
        "days_platelets_below_50": below(PLATELETS, 50.0),
        "days_platelets_below_25": below(PLATELETS, 25.0),
        "treated_days": courses.treated.sum(axis=0),
    }


def _cure(courses: Courses) -> dict[str, Floats | Flags]:
    """The day from which not one stem cell of the clone is left, if there was one to begin with."""
    gone = (courses.stems == 0) & (courses.stems[0] > 0)
    return {"extinct_day": Days(courses).day(lasting(gone))}
