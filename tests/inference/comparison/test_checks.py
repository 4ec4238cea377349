from dataclasses import replace

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, kstest

from remnant.dynamics.deterministic.plan import make_plan
from remnant.dynamics.model.presets import preset
from remnant.dynamics.treatment import Course, Therapy, calendar
from remnant.inference.comparison.checks import PatientCheck, check_assays, check_patient, places
from remnant.inference.evidence.evidence import Evidence, stack
from remnant.inference.problem.mechanisms import FULL, numbers_of
from remnant.inference.problem.problem import Problem, simulate
from remnant.observation.likelihood import transcripts

DAYS = tuple(range(0, 720, 90))


@pytest.fixture(scope="module")
def patient():
    """One synthetic patient with eight transcripts, of which low ones are not detected, and the truth."""
    cml = preset("cml-imatinib")
    drug = cml.drugs[0].name
    edges, doses = Therapy.single(drug, calendar([Course(0, 800, 400.0)], full_dose_mg=400.0)).segments(
        0, DAYS[-1]
    )
    count = len(DAYS)
    rows = transcripts.Rows(
        np.arange(count), np.ones(count), np.zeros(count), np.zeros(count), np.full(count, -2.0)
    )
    evidence = Evidence(make_plan(edges, doses, DAYS), np.asarray(DAYS, float), {"transcripts": rows})
    numbers = (*numbers_of(cml, FULL, (drug,), blood=False), *transcripts.numbers())
    problem = Problem(stack([evidence]), cml, FULL, (drug,), ("P1",), numbers)
    rng = np.random.default_rng(4)
    truth = problem.prior_draw(rng=rng)
    values = {name: np.repeat(np.asarray(x, float), 200) for name, x in problem.values(truth).items()}
    return simulate(problem, truth, rng=rng), values


def test_data_of_the_model_itself_are_not_found_wanting(patient):
    problem, values = patient
    check = check_patient(problem, 0, values, rng=np.random.default_rng(1))
    (assay,) = check_assays([check])
    assert assay.rows == len(DAYS)
    assert assay.p_value > 0.01
    assert assay.within_90 > 0.5
    assert [row.day for row in check.rows] == list(DAYS)
    assert all(row.expected.q05 <= row.expected.q50 <= row.expected.q95 for row in check.rows)
    assert all(0 < row.tail < 1 and row.observed > 0 for row in check.rows)


def test_data_of_another_world_are_said_not_to_fit(patient):
    problem, values = patient
    rows = problem.evidence.assays["transcripts"]
    shaken = rows._replace(value=rows.value + np.tile([1.5, -1.5], 4), censored=0 * rows.censored)
    other = replace(problem, evidence=replace(problem.evidence, assays={"transcripts": shaken}))
    (assay,) = check_assays([check_patient(other, 0, values, rng=np.random.default_rng(1))])
    assert assay.p_value < 0.02
    assert assay.within_90 < 0.3
    assert "does not fit" in assay.says


def test_the_same_seed_gives_the_same_checks_and_rows_without_weight_are_left_out(patient):
    problem, values = patient
    first, second = (check_patient(problem, 0, values, rng=np.random.default_rng(3)) for _ in range(2))
    assert first.rows == second.rows
    empty = jax.tree.map(np.zeros_like, problem.evidence.assays["transcripts"])
    nothing = replace(problem, evidence=replace(problem.evidence, assays={"transcripts": empty}))
    assert check_patient(nothing, 0, values, rng=np.random.default_rng(3)) == PatientCheck((), {})
    assert check_assays([PatientCheck((), {})]) == ()


def test_the_place_of_a_count_among_counts_of_its_own_law_is_uniform():
    rng = np.random.default_rng(0)
    counts = binom(5, 0.3).rvs((201, 3000), random_state=rng)
    assert kstest(places(counts[0], counts[1:], rng=rng), "uniform").pvalue > 1e-3


@given(st.integers(1, 50), st.floats(-5, 5))
def test_an_observation_beyond_all_replicates_has_an_end_place(rows, at):
    rng = np.random.default_rng(1)
    replicates = np.full((99, rows), at)
    assert (places(np.full(rows, at + 1), replicates, rng=rng) >= 0.99).all()
    assert (places(np.full(rows, at - 1), replicates, rng=rng) <= 0.01).all()
