from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy.stats import kstest

from remnant.inference.patient.density import density_of
from remnant.inference.patient.likelihood import log_likelihood_of, seen_until, visit_days
from remnant.inference.patient.population import Population
from remnant.inference.patient.sequential import sequential
from remnant.inference.patient.update import update_patient, update_patients
from remnant.inference.records import Diagnostics


def preset_law(problem):
    return Population.of_preset(len(problem.own), len(problem.shared))


def with_rows(problem, **changes):
    """The same problem with other slides."""
    rows = problem.evidence.assays["slides"]._replace(**changes)
    return replace(problem, evidence=replace(problem.evidence, assays={"slides": rows}))


def own_names(problem):
    return [number.name for number in problem.own]


@pytest.fixture(scope="module")
def posteriors(study):
    problem, _ = study
    return update_patients(problem, preset_law(problem), seed=7)


def test_each_patient_is_believed_and_the_clone_before_treatment_is_found(study, posteriors):
    problem, truth = study
    values = problem.values(truth)
    for place, posterior in enumerate(posteriors):
        assert posterior.patient_id == problem.patients[place]
        assert posterior.engine == "importance sampling"
        assert posterior.diagnostics.fit
        assert posterior.diagnostics.pareto_k < 0.7
        low, high = np.quantile(posterior.values["start.fraction"], [0.001, 0.999])
        assert low < values["start.fraction"][place] < high
        assert set(posterior.values) == set(values)


@pytest.mark.slow
def test_who_else_is_fitted_and_in_which_order_changes_nothing(study, posteriors):
    problem, _ = study
    order = np.array([2, 0, 1])
    turned = replace(
        problem,
        evidence=jax.tree.map(lambda leaf: np.asarray(leaf)[order], problem.evidence),
        patients=tuple(problem.patients[i] for i in order),
    )
    again = update_patients(turned, preset_law(problem), seed=7)
    for place, posterior in zip(order, again, strict=True):
        np.testing.assert_array_equal(posterior.scores, posteriors[place].scores)


def test_another_seed_gives_another_sample_of_the_same_posterior(study, posteriors):
    problem, _ = study
    other = update_patient(problem, preset_law(problem), rng=np.random.default_rng(99))
    first = posteriors[0]
    for name in ("start.fraction", "advantage", "lenalidomide.progenitor_kill"):
        deviation = np.std(np.log(first.values[name]))
        away = np.mean(np.log(first.values[name])) - np.mean(np.log(other.values[name]))
        assert abs(away) < 5 * deviation * np.sqrt(2 / 300)


def test_without_observations_the_posterior_is_the_population(study):
    problem, _ = study
    nothing = with_rows(problem, weight=np.zeros_like(problem.evidence.assays["slides"].weight))
    rng = np.random.default_rng(1)
    shift, spread = 0.3 * rng.normal(size=(50, len(problem.own))), np.full((50, len(problem.own)), 0.6)
    population = Population.of_draws(shift, spread, rng.normal(size=(50, len(problem.shared))))
    posterior = update_patient(nothing, population, rng=rng)
    expected = population.draw(1000, rng=np.random.default_rng(3))
    for column, fresh in zip(posterior.scores.T, expected.T, strict=True):
        assert kstest(column[:400], fresh).pvalue > 1e-4


def test_no_abnormal_nucleus_on_any_slide_is_a_small_clone_not_an_error(study):
    problem, _ = study
    zero = with_rows(problem, abnormal=np.zeros_like(problem.evidence.assays["slides"].abnormal))
    posterior = update_patient(zero, preset_law(problem), rng=np.random.default_rng(2), rounds=20)
    if posterior.diagnostics.fit:
        assert np.quantile(posterior.values["start.fraction"], 0.5) < 0.6
    else:
        assert posterior.diagnostics.reasons
    assert np.isfinite(posterior.scores).all()


@pytest.mark.slow
def test_compartments_that_contradict_each_other_are_flagged_or_wide(study):
    """All stem nuclei abnormal and none of the others, then the reverse, in turn."""
    problem, _ = study
    rows = problem.evidence.assays["slides"]
    odd = (np.asarray(rows.time) + np.asarray(rows.kind)) % 2
    against = with_rows(problem, abnormal=np.asarray(rows.scored) * odd[..., None])
    posterior = update_patient(against, preset_law(problem), rng=np.random.default_rng(2), rounds=4)
    assert np.isfinite(posterior.scores).all()
    assert posterior.diagnostics.fit == (not posterior.diagnostics.reasons)
    assert posterior.diagnostics.fit or "importance" in " ".join(posterior.diagnostics.reasons)


def test_weights_that_cannot_be_trusted_call_for_chains(study):
    problem, _ = study
    seen = []
    chains = Diagnostics("full", 4, 300, 50, 0, 0, 1.0, 400.0, 400.0, 0.9, None, True, ())

    def refit(density, dimension):
        seen.append(float(density(np.zeros(dimension))))
        return np.zeros((200, dimension)), chains

    posterior = update_patient(
        problem, preset_law(problem), rng=np.random.default_rng(1), rounds=1, size=300, refit=refit
    )
    assert not posterior.importance.trusted
    assert posterior.engine == "NUTS"
    assert posterior.diagnostics == chains
    assert posterior.scores.shape == (200, len(problem.own) + len(problem.shared))
    assert np.isfinite(seen).all()
    alone = update_patient(problem, preset_law(problem), rng=np.random.default_rng(1), rounds=1, size=300)
    assert not alone.diagnostics.fit
    assert "Pareto k" in " ".join(alone.diagnostics.reasons)


def test_the_density_for_chains_is_prior_and_likelihood_of_the_sampler(study):
    problem, _ = study
    population = preset_law(problem)
    x = 0.5 * np.random.default_rng(1).normal(size=population.dimension)
    evidence = problem.alone(1)
    expected = population.log_density(x[None]) + log_likelihood_of(problem, evidence, 1000)(x[None])
    assert float(density_of(problem, evidence, population)(x)) == pytest.approx(float(expected[0]), rel=1e-9)


def test_what_was_known_on_a_day_is_the_likelihood_of_the_rows_up_to_it(study):
    problem, _ = study
    evidence = problem.alone(0)
    assert visit_days(evidence) == (0, 84, 168, 336, 504)
    theta = np.random.default_rng(1).normal(size=(4, len(problem.own) + len(problem.shared)))
    fits = [log_likelihood_of(problem, seen_until(evidence, day), 1000)(theta) for day in (-1, 0, 84, 504)]
    np.testing.assert_array_equal(fits[0], 0)
    assert (np.diff(fits, axis=0) < 0).all()
    np.testing.assert_array_equal(fits[-1], log_likelihood_of(problem, evidence, 1000)(theta))


def test_visit_by_visit_ends_where_all_at_once_does_and_narrows(study, posteriors):
    problem, _ = study
    targets = {"clone at the start": lambda values: values["start.fraction"]}
    visits = sequential(
        problem, preset_law(problem), rng=np.random.default_rng(3), days=(0, 168, 504), targets=targets
    )
    assert [visit.day for visit in visits] == [0, 168, 504]
    gained = [visit.contractions["start.fraction"] for visit in visits]
    assert gained[0] > 0.3
    assert gained[-1] > gained[0]
    last, whole = visits[-1].posterior.scores, posteriors[0].scores
    away = (last.mean(axis=0) - whole.mean(axis=0)) / whole.std(axis=0)
    assert (np.abs(away) < 5 * np.sqrt(2 / 300)).all()
    spans = [visit.targets["clone at the start"] for visit in visits]
    assert spans[-1].q95 - spans[-1].q05 < spans[0].q95 - spans[0].q05
