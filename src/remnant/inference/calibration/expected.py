"""What the draws of a fit expect: when each patient relapses, and what the visit left out shows."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import numpy as np
import numpy.typing as npt

from remnant.inference.calibration.cohorts import CohortPlan
from remnant.inference.calibration.outcome import YEAR
from remnant.inference.forecast.course import Posterior, follow
from remnant.inference.forecast.definitions import Definition
from remnant.inference.forecast.relapse import Returns, horizon_day, returns
from remnant.inference.forecast.returns import REMISSION
from remnant.inference.problem.problem import Problem
from remnant.observation.likelihood import metaphases, slides
from remnant.observation.likelihood.mass import draw_beta_binomial

FloatArray = npt.NDArray[np.float64]


def relapses_expected(
    plan: CohortPlan,
    problem: Problem,
    truth: FloatArray,
    draws: FloatArray,
    definition: Definition,
    *,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.int64], FloatArray, list[FloatArray]]:
    """Follow truth and draws alike to the horizon.

    A forecast is one for a patient in remission: who is not, or is not thought to be by most draws, has none;
    nor has a draw that is not. So truth and draws are alike given the data, and a forecast stays calibrated.

    Parameters
    ----------
    plan : CohortPlan
        Calendars and horizon.
    problem : Problem
        Turns flat vectors into numbers.
    truth, draws : ndarray, shapes (d,) and (draws, d)
        Flat vectors.
    definition : Definition
        Of relapse.
    rng : numpy.random.Generator
        Decides whether a clone of few cells lives to relapse.

    Returns
    -------
    patients : ndarray of int
        Those who are in remission now.
    days : ndarray
        When each relapses in truth, in days from now; infinite if not by the horizon.
    expected : list of ndarray
        The same of the draws in remission.
    """
    values = {name: np.asarray(value) for name, value in _values(problem, np.vstack([truth, draws])).items()}
    patients, days, expected = [], [], []
    for patient in range(plan.patients):
        found = _returns(
            plan, problem, {name: each[:, patient] for name, each in values.items()}, patient, definition
        )
        if not (found.here[0] and np.mean(found.state[1:] == REMISSION) > 0.5):
            continue
        lives = rng.random(len(found.day)) < found.lives
        away = np.where(lives, found.day - plan.now, np.inf)
        away = np.where(away <= plan.horizon * YEAR, away, np.inf)
        patients.append(patient)
        days.append(float(away[0]))
        expected.append(away[1:][found.here[1:]])
    return np.array(patients, np.int64), np.array(days), expected


def counts_expected(problem: Problem, draws: FloatArray, *, rng: np.random.Generator) -> FloatArray:
    """Draw the counts of the visit left out from every draw, shape (draws, patients x kinds), as `Counts`."""
    nuclei, dividing = (problem.evidence.assays[name] for name in ("slides", "metaphases"))
    last = np.asarray(nuclei.time)[0].max()
    slide, karyotype = (np.asarray(rows.time)[0] == last for rows in (nuclei, dividing))
    pure, share, phi, other_phi = (np.asarray(each) for each in _chances(problem, draws))
    weights = np.exp(np.asarray(nuclei.log_weight, float))[:, slide]
    ends = np.cumsum(weights / weights.sum(-1, keepdims=True), axis=-1)
    node = (rng.random((*pure[:, :, slide].shape[:-1], 1)) > ends).sum(-1, keepdims=True)
    chance = np.take_along_axis(pure[:, :, slide], np.minimum(node, ends.shape[-1] - 1), -1)[..., 0]
    shares = np.concatenate([chance, share[:, :, karyotype]], axis=-1)
    phis = np.concatenate([np.broadcast_to(phi[..., None], chance.shape), other_phi[..., None]], axis=-1)
    total = np.concatenate(
        [np.asarray(nuclei.scored)[:, slide, 0], np.asarray(dividing.total)[:, karyotype]], 1
    )
    drawn = draw_beta_binomial(total, shares, phis, rng=rng)  # type: ignore[arg-type]
    return np.asarray(drawn.reshape(len(draws), -1))


def _returns(
    plan: CohortPlan,
    problem: Problem,
    values: Mapping[str, FloatArray],
    patient: int,
    definition: Definition,
) -> Returns:
    posterior = Posterior(problem.patients[patient], values, problem.preset, problem.drugs, 0, plan.now)
    course = follow(posterior, plan.therapy(patient), horizon_day(plan.now, plan.horizon))
    found = returns(course, definition)
    assert found is not None, "a clone fraction is always known"
    return found


@jax.jit
def _values(problem: Problem, draws: FloatArray) -> dict[str, jax.Array]:
    return jax.vmap(problem.values)(draws)


@jax.jit
def _chances(problem: Problem, draws: FloatArray) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Return chances of a nucleus at each purity, of a metaphase, and how alike cells of one count are."""

    def of(x: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        values, assays = problem.values(x), problem.evidence.assays
        states = problem.states(x)
        return (
            jax.vmap(slides.chances)(states, values, assays["slides"]),
            jax.vmap(metaphases.seen)(states, values, assays["metaphases"]),
            values[slides.DISPERSION],
            values[metaphases.DISPERSION],
        )

    found: tuple[jax.Array, jax.Array, jax.Array, jax.Array] = jax.lax.map(of, draws)
    return found
