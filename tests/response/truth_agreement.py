"""Every visit of a synthetic clinic: what the engine says, what is true, and what explains a difference."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import polars as pl

from remnant.observation.courses import SimulatedCourses, TrueCourse, watch_daily
from remnant.response import NOT_EVALUABLE, ResponseCall, classify
from remnant.study import Study

NEAR = 14  # days between a visit and a count that belongs to it
# What is measured, and where it is written.
QUANTITIES = {
    "haemoglobin": (
        ("blood_counts", "haemoglobin_g_per_dl"),
        ("transfusions", "haemoglobin_before_g_per_dl"),
    ),
    "platelets": (("blood_counts", "platelets_1e9_per_l"),),
    "neutrophils": (("blood_counts", "neutrophils_1e9_per_l"),),
    "blasts of the blood": (("blood_counts", "blasts_fraction"),),
    "blasts of the marrow": (("marrows", "blasts_fraction"),),
}


class Kind(StrEnum):
    """How an answer stands to the truth."""

    AGREES = "agrees with the truth"
    OPEN = "not evaluable, and says what is missing"
    CHANGED = "sampling: true on a day between the looks before and after"
    UNSEEN = "sampling: what came between earlier looks was not seen"
    NOISE = "noise: a measured value on the other side of a limit"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Visit:
    """One visit: category in truth, by the engine without noise, and by the engine as measured."""

    patient_id: str
    day: int
    true: str
    free: str
    measured: str
    kind: Kind
    quantity: str = ""


def visits_of(made: SimulatedCourses) -> list[Visit]:
    """Judge every visit after the first dose."""
    truth = {one.patient_id: one for one in made.truth}
    free, measured = calls_of(made.noise_free), calls_of(made.study)
    assert free.keys() == measured.keys(), "noise moves no visit"
    restored = {name: calls_of(_with_true(made, name)) for name in QUANTITIES}
    doubtful = {
        patient
        for (patient, day), call in free.items()
        if call.category not in (truth[patient].category_on(day), NOT_EVALUABLE)
    }
    daily = {
        (call.patient_id, call.day): call.category for call in classify(watch_daily(made, doubtful)).calls
    }
    looks = _looks(made.noise_free)
    found = []
    for (patient, day), call in measured.items():
        true, quiet = truth[patient].category_on(day), free[patient, day].category
        one = Visit(patient, day, true, quiet, call.category, Kind.AGREES)
        if one.measured == one.true:
            found.append(one)
        elif one.measured == NOT_EVALUABLE:
            found.append(replace(one, kind=Kind.OPEN if call.missing else Kind.UNEXPLAINED))
        elif one.measured == one.free:
            found.append(replace(one, kind=_sampling(one, truth[patient], looks[patient], daily)))
        else:
            own = {name: calls[patient, day].category for name, calls in restored.items()}
            found.append(_noise(one, own))
    return found


def calls_of(study: Study) -> dict[tuple[str, int], ResponseCall]:
    """The call of every visit by IWG 2006."""
    return {(call.patient_id, call.day): call for call in classify(study).calls if call.sample_id is not None}


def table(visits: Iterable[Visit]) -> Counter[Kind]:
    """How many visits there are of each kind."""
    return Counter(one.kind for one in visits)


def _with_true(made: SimulatedCourses, quantity: str) -> Study:
    """The study as measured, but for one quantity."""
    tables = dict(made.study.tables)
    for name, column in QUANTITIES[quantity]:
        tables[name] = tables[name].with_columns(made.noise_free[name][column])
    return replace(made.study, tables=tables)


def _looks(study: Study) -> dict[str, list[int]]:
    """Days on which each patient's blood or marrow was looked at."""
    days = defaultdict(set)
    for name in ("blood_counts", "samples"):
        for patient, day in study[name].select("patient_id", "day").iter_rows():
            days[patient].add(day)
    return {patient: sorted(mine) for patient, mine in days.items()}


def _sampling(one: Visit, truth: TrueCourse, looks: list[int], daily: dict[tuple[str, int], str]) -> Kind:
    """A look sees the days since the one before it, until the next, and counts within two weeks."""
    last = int(truth.body.days[-1])
    before = looks[max(bisect_left(looks, one.day) - 1, 0)]
    after = looks[min(bisect_right(looks, one.day), len(looks) - 1)]
    window = range(min(before, one.day - NEAR), min(max(after, one.day + NEAR), last) + 1)
    if any(truth.category_on(day) == one.measured for day in window if day > 0):
        return Kind.CHANGED
    # The same rules on daily looks say what is true, so that the looks are all that differs.
    return Kind.UNSEEN if daily[one.patient_id, one.day] == one.true else Kind.UNEXPLAINED


def _noise(one: Visit, restored: dict[str, str]) -> Visit:
    """Name the quantity whose true values give back what the engine says without noise."""
    named = [name for name, category in restored.items() if category == one.free]
    moved = [name for name, category in restored.items() if category != one.measured]
    words = named[0] if named else " and ".join(moved) if moved else "several together"
    return replace(one, kind=Kind.NOISE, quantity=words)


def same_but_for_values(first: Study, second: Study) -> bool:
    """Whether two studies have the same rows, and differ in measured values only."""
    drawn = {column for pairs in QUANTITIES.values() for _, column in pairs} | {"iscn"}
    drawn |= {"nuclei_abnormal", "purity_events", "purity_in_gate", "contaminant"}
    return all(
        table.select(pl.exclude(*drawn)).equals(second[name].select(pl.exclude(*drawn)))
        for name, table in first.tables.items()
    )
