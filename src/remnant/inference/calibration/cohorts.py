"""The cohort that is simulated over and over: who is seen when, by which assays, on which calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from remnant.cytogenetics.fish.probe import ProbeErrors
from remnant.dynamics.deterministic.plan import make_plan
from remnant.dynamics.model.preset import Drug, Preset
from remnant.dynamics.model.presets import preset as preset_of
from remnant.dynamics.treatment import Course, Therapy, calendar
from remnant.inference.evidence.evidence import Evidence, Gathered
from remnant.inference.evidence.gather import LONGEST
from remnant.inference.problem.mechanisms import mechanism_of
from remnant.inference.problem.problem import Problem, make_problem
from remnant.observation.likelihood import metaphases, slides
from remnant.observation.likelihood.compartments import BULK, PROGENITORS, STEM
from remnant.observation.likelihood.purity import purity_rule
from remnant.stats.fractions.error_rates import Beta

Floats = npt.NDArray[np.float64]
KINDS = (STEM, PROGENITORS, BULK)
SLIDES = ("stem cells", "progenitors", "whole marrow")  # of what the slides of a visit are, as KINDS
METAPHASES = "metaphases"
YEAR = 365.25
CONTROLS = ProbeErrors(
    Beta(6.0, 1094.0), Beta(12.0, 588.0), "control slides of a simulated laboratory", None, 0.05, 0.005
)


@dataclass(frozen=True)
class CohortPlan:
    """Every choice behind a simulated cohort.

    Parameters
    ----------
    preset, mechanism : str
        What the truth is drawn from, and what is fitted.
    patients : int
        Of a cohort.
    visits : tuple of int
        Days from the start of treatment, the first of them, on which the assays are done; the last is now.
    left_out : int
        Day of a later visit, which is not fitted but forecast.
    stops : tuple of int
        Days after which patients in turn are without treatment; 0 for never.
    nuclei, metaphases : int
        Scored on each slide, and in each karyotype.
    purity : tuple of (int, int)
        Events inside the gate, of those re-run, of every sort.
    nodes : int
        Purities at which the likelihood is evaluated.
    horizon : int
        Years from now to which relapse is followed.
    """

    preset: str = "del5q-lenalidomide"
    mechanism: str = "full"
    patients: int = 6
    visits: tuple[int, ...] = (0, 84, 168, 266, 364)
    left_out: int = 546
    stops: tuple[int, ...] = (364, 546, 0)
    nuclei: int = 200
    metaphases: int = 20
    purity: tuple[int, int] = (490, 500)
    nodes: int = 3
    horizon: int = 5

    @property
    def now(self) -> int:
        """Day of the last visit that is fitted."""
        return self.visits[-1]

    @property
    def days(self) -> tuple[int, ...]:
        """Days of all visits, the one left out among them."""
        return (*self.visits, self.left_out)

    def model(self) -> Preset:
        """Return the preset."""
        return preset_of(self.preset)

    def drug(self) -> Drug:
        """Return the drug that is given: the first of the preset."""
        return self.model().drugs[0]

    def therapy(self, patient: int) -> Therapy:
        """Return the calendar of a patient, to beyond the horizon."""
        drug, end = self.drug(), self.stops[patient % len(self.stops)] or self.ended
        course = Course(0, end - 1, drug.full_dose_mg, drug.days_on, drug.cycle_days)
        return Therapy.single(drug.name, calendar([course], full_dose_mg=drug.full_dose_mg))

    @property
    def ended(self) -> int:
        """First day that no forecast needs."""
        return self.now + int(np.ceil((self.horizon + 1) * YEAR))

    def group(self, patient: int) -> str:
        """Return in words what was planned for a patient."""
        stop = self.stops[patient % len(self.stops)]
        return f"stops on day {stop}" if stop else "treatment goes on"


@lru_cache(maxsize=4)
def blank(plan: CohortPlan) -> Problem:
    """Return the cohort before anything was counted."""
    drug = plan.drug().name
    therapies = tuple(plan.therapy(patient) for patient in range(plan.patients))
    numbers = (*slides.numbers(CONTROLS), *metaphases.numbers())
    names = tuple(f"P{patient + 1}" for patient in range(plan.patients))
    evidence = tuple(_evidence(plan, therapy) for therapy in therapies)
    now = (plan.now,) * plan.patients
    gathered = Gathered(names, (drug,), evidence, numbers, now, therapies, ())
    return make_problem(gathered, plan.model(), mechanism_of(plan.mechanism))


def without_last(problem: Problem) -> Problem:
    """Return a cohort whose last visit has no weight: what is fitted."""
    last = problem.evidence.days.shape[-1] - 1

    def silenced(rows: Any) -> Any:
        return rows._replace(weight=np.where(np.asarray(rows.time) == last, 0.0, np.asarray(rows.weight)))

    assays = {name: silenced(rows) for name, rows in problem.evidence.assays.items()}
    return replace(problem, evidence=replace(problem.evidence, assays=assays))


@dataclass(frozen=True)
class Counts:
    """What was counted of a cohort.

    Parameters
    ----------
    what : tuple of str
        The kinds of counts of a visit.
    abnormal, total : ndarray, shape (patients, kinds, visits)
        Cells with the clone, of those scored; the visit left out is the last.
    """

    what: tuple[str, ...]
    abnormal: Floats
    total: Floats

    @classmethod
    def of(cls, problem: Problem) -> Counts:
        """Read the counts of a cohort."""
        nuclei, dividing = (problem.evidence.assays[name] for name in ("slides", "metaphases"))
        patients = len(problem.patients)

        def by_visit(slide: Any, karyotype: Any) -> Floats:
            each = np.asarray(slide, float).reshape(patients, -1, len(KINDS)).swapaxes(1, 2)
            return np.concatenate([each, np.asarray(karyotype, float)[:, None]], axis=1)

        abnormal = by_visit(nuclei.abnormal, dividing.count)
        return cls((*SLIDES, METAPHASES), abnormal, by_visit(nuclei.scored, dividing.total))


def _evidence(plan: CohortPlan, therapy: Therapy) -> Evidence:
    days = np.asarray(plan.days, float)
    edges, doses = therapy.segments(days[0], days[-1])
    rows = {"slides": _slides(plan, len(days)), "metaphases": _metaphases(plan, len(days))}
    return Evidence(make_plan(edges, doses, days, longest=LONGEST), days, rows)


def _slides(plan: CohortPlan, times: int) -> slides.Rows:
    """Three slides a visit: sorted stem cells and progenitors, impure by the other, and whole marrow."""
    count = times * len(KINDS)
    kind = np.tile(KINDS, times)
    whole, zero = (kind == BULK).astype(float), np.zeros((count, 1))
    sort, pure = (purity_rule(rerun, plan.nodes) for rerun in (plan.purity, None))
    purity, weight = (np.where(whole[:, None] > 0, p, s) for s, p in zip(sort, pure, strict=True))
    return slides.Rows(
        time=np.repeat(np.arange(times), len(KINDS)),
        weight=np.ones(count),
        kind=kind,
        other=np.tile((PROGENITORS, STEM, BULK), times),
        whole=whole,
        other_whole=whole,
        abnormal=zero,
        scored=zero + plan.nuclei,
        purity=purity,
        log_weight=weight,
    )


def _metaphases(plan: CohortPlan, times: int) -> metaphases.Rows:
    empty = np.zeros(times)
    return metaphases.Rows(np.arange(times), empty + 1, empty, empty, empty + plan.metaphases)
