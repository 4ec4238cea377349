"""Synthetic patients with del(5q) on lenalidomide: slides of three compartments on each visit."""

import numpy as np
import pytest

from remnant.dynamics.deterministic.plan import make_plan
from remnant.dynamics.model.presets import preset
from remnant.dynamics.model.priors import Prior
from remnant.dynamics.treatment import Course, Therapy, calendar
from remnant.inference.evidence.evidence import Evidence, stack
from remnant.inference.problem.mechanisms import FULL, numbers_of
from remnant.inference.problem.problem import Problem, simulate
from remnant.observation.likelihood import slides
from remnant.observation.likelihood.number import Number

PRESET, DRUG = preset("del5q-lenalidomide"), "lenalidomide"
DAYS = (0, 84, 168, 336, 504)


def evidence(days, nuclei):
    """One patient with `nuclei` scored on each slide, none yet abnormal."""
    therapy = Therapy.single(DRUG, calendar([Course(0, 400, 10.0, 21, 28)]))
    edges, doses = therapy.segments(0, days[-1])
    plan = make_plan(edges, doses, days, longest=28.0, order=3)
    time, kinds = np.repeat(np.arange(len(days)), 3), np.tile([0, 1, 2], len(days))
    none, one = np.zeros((len(time), 1)), np.ones((len(time), 1))
    rows = slides.Rows(
        time=time,
        weight=one[:, 0],
        kind=kinds,
        other=np.minimum(kinds + 1, 2),
        whole=none[:, 0],
        other_whole=none[:, 0],
        abnormal=none,
        scored=nuclei * one,
        purity=0.98 * one,
        log_weight=none,
    )
    return Evidence(plan, np.asarray(days, float), {"slides": rows})


def problem_of(patients, nuclei=100, days=DAYS, seed=1, mechanism=FULL):
    """Patients drawn from the preset, one vector of truth, and their simulated counts."""
    fixed = {slides.FALSE_POSITIVE: 0.03, slides.FALSE_NEGATIVE: 0.03, slides.DISPERSION: 80.0}
    errors = tuple(Number(name, Prior(name, "-", "fixed", value), "fixed") for name, value in fixed.items())
    numbers = (*numbers_of(PRESET, mechanism, (DRUG,), blood=False), *errors)
    blank = stack([evidence(days, nuclei)] * patients)
    names = tuple(f"P{i + 1}" for i in range(patients))
    problem = Problem(blank, PRESET, mechanism, (DRUG,), names, numbers)
    rng = np.random.default_rng(seed)
    truth = problem.prior_draw(rng=rng)
    return simulate(problem, truth, rng=rng), truth


@pytest.fixture(scope="session")
def study():
    """Three patients and the truth."""
    return problem_of(3)
