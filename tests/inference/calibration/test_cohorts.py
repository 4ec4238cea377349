"""The simulated cohort: what is fitted, what is left out, and truth and draws treated alike."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from remnant.inference.calibration.cohorts import METAPHASES, SLIDES, CohortPlan, Counts, blank, without_last
from remnant.inference.calibration.expected import counts_expected, relapses_expected
from remnant.inference.calibration.guesses import METHODS, guessed
from remnant.inference.calibration.trial import definition
from remnant.inference.problem.problem import simulate

PLAN = CohortPlan(patients=3, visits=(0, 168, 364), left_out=448, stops=(364, 0), horizon=2)


@pytest.fixture(scope="module")
def cohort():
    empty = blank(PLAN)
    truth = empty.prior_draw(rng=np.random.default_rng(7))
    return truth, simulate(empty, truth, rng=np.random.default_rng(8))


def test_every_patient_is_seen_by_every_assay_on_every_visit(cohort):
    counts = Counts.of(cohort[1])
    assert counts.what == (*SLIDES, METAPHASES)
    assert counts.total.shape == (3, 4, 4)
    assert (counts.total[:, :3] == PLAN.nuclei).all()
    assert (counts.total[:, 3] == PLAN.metaphases).all()
    assert ((counts.abnormal >= 0) & (counts.abnormal <= counts.total)).all()


def test_patients_in_turn_stop_or_go_on():
    assert PLAN.group(0) == PLAN.group(2) == "stops on day 364"
    assert PLAN.group(1) == "treatment goes on"
    doses = [PLAN.therapy(patient).calendars[0].dose([350, 700]).tolist() for patient in range(3)]
    assert doses == [[1, 0], [1, 1], [1, 0]]


def test_the_visit_left_out_says_nothing_to_the_fit(cohort):
    truth, whole = cohort
    problem = without_last(whole)
    slides = problem.evidence.assays["slides"]
    last = slides.time == 3
    other = replace(
        problem.evidence,
        assays=problem.evidence.assays
        | {
            "slides": slides._replace(
                abnormal=np.where(last[..., None], 200 - slides.abnormal, slides.abnormal)
            )
        },
    )
    density = jax.jit(lambda problem: problem.log_density(truth))
    assert density(problem) == density(replace(problem, evidence=other))
    assert density(problem) > density(whole)


def test_a_draw_that_is_the_truth_relapses_when_the_truth_does(cohort):
    truth, whole = cohort
    patients, days, expected = relapses_expected(
        PLAN, whole, truth, np.repeat(truth[None], 3, axis=0), definition(), rng=np.random.default_rng(1)
    )
    assert len(patients) > 0
    for day, draws in zip(days, expected, strict=True):
        assert np.isinf(day) or 0 < day <= PLAN.horizon * 365.25
        assert (draws == day).all()


def test_counts_expected_of_the_truth_follow_the_law_that_simulates_them(cohort):
    truth, whole = cohort
    expected = counts_expected(whole, np.repeat(truth[None], 400, axis=0), rng=np.random.default_rng(2))
    rng = np.random.default_rng(3)
    simulated = np.array(
        [Counts.of(simulate(whole, truth, rng=rng)).abnormal[..., -1].ravel() for _ in range(100)]
    )
    error = np.sqrt(expected.var(axis=0) / 400 + simulated.var(axis=0) / 100) + 0.05
    assert (np.abs(expected.mean(axis=0) - simulated.mean(axis=0)) < 4.5 * error).all()
    ratio = (expected.var(axis=0) + 1) / (simulated.var(axis=0) + 1)
    assert ((ratio > 0.4) & (ratio < 2.5)).all()


def test_forecasts_without_a_mechanism_see_the_same_counts_but_the_last(cohort):
    counts, patients = Counts.of(cohort[1]), np.array([0, 2])

    def guess(seen):
        return guessed(
            *(PLAN, seen, patients), followed=SLIDES[1], threshold=0.1, draws=30, rng=np.random.default_rng(4)
        )

    found, changed = guess(counts), counts.abnormal.copy()
    changed[..., -1] = 0
    again = guess(replace(counts, abnormal=changed))
    assert set(found) == set(METHODS)
    for name, forecast in found.items():
        assert forecast.counts.shape == (30, 12)
        assert (forecast.counts == again[name].counts).all()
        assert [len(days) for days in forecast.days] == [len(days) for days in again[name].days]
