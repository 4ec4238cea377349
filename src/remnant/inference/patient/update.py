"""The posterior of one patient against a population that was fitted before, in seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remnant.inference.evidence.evidence import Evidence
from remnant.inference.patient.density import PatientDensity, density_of
from remnant.inference.patient.importance import ImportanceDraws, sample_importance
from remnant.inference.patient.likelihood import log_likelihood_of
from remnant.inference.patient.mixture import Mixture
from remnant.inference.patient.pareto import TRUSTED_K
from remnant.inference.patient.population import Population
from remnant.inference.patient.summit import summits
from remnant.inference.problem.problem import Problem
from remnant.inference.records import Diagnostics
from remnant.scale.streams import stream

Array = NDArray[np.float64]
Refit = Callable[[PatientDensity, int], tuple[Array, Diagnostics]]

ENOUGH = 400.0  # effective draws asked for; an interval of 90 % is then within some per cent
LEAST = 100.0  # effective draws without which nothing is believed
REFUSED = 0.05  # share of draws that the model may refuse


@dataclass(frozen=True)
class PatientPosterior:
    """Draws of one patient's numbers, of equal weight, and whether they can be believed.

    Parameters
    ----------
    patient_id : str
        Whose.
    scores : ndarray, shape (draws, own + shared)
        Standard normal scores.
    values : dict of str to ndarray, shape (draws,)
        Every number of the problem by name.
    diagnostics : Diagnostics
        Of the engine that made the draws.
    engine : {"importance sampling", "NUTS"}
        NUTS where the importance weights could not be trusted and a refit was offered.
    importance : ImportanceDraws
        The weighted draws, kept where NUTS took over too.
    """

    patient_id: str
    scores: Array
    values: dict[str, Array]
    diagnostics: Diagnostics
    engine: Literal["importance sampling", "NUTS"]
    importance: ImportanceDraws


def update_patient(
    problem: Problem,
    population: Population,
    *,
    rng: np.random.Generator,
    patient: int = 0,
    evidence: Evidence | None = None,
    refit: Refit | None = None,
    start: Mixture | None = None,
    draws: int = 1000,
    rounds: int = 32,
    size: int = 1000,
) -> PatientPosterior:
    """Find the posterior of one patient of a problem.

    Parameters
    ----------
    problem : Problem
        Of one patient or of many, whose evidence is padded to one shape: compiled once for all.
    population : Population
        What he may be before his data: `Population.of_fit`, or `of_preset` for the fast setting.
    rng : numpy.random.Generator
        All chance comes from it.
    patient : int, default 0
        His place in the problem.
    evidence : Evidence, optional
        In place of his own, of the same shape, such as what was known at an earlier visit.
    refit : callable, optional
        Draws by NUTS from a density of given dimension, where Pareto k stays above 0.7 or the effective size
        below 100: rows in the frame of the population, and their diagnostics. Without it the draws are marked
        unfit.
    start : Mixture, optional
        A guess, such as the posterior before the last visit.
    draws : int, default 1000
        Draws of equal weight returned by importance sampling.
    rounds, size : int
        As in `sample_importance`.

    Returns
    -------
    PatientPosterior
    """
    assert population.dimension == len(problem.own) + len(problem.shared), "a population of these numbers"
    mine = problem.alone(patient) if evidence is None else evidence
    likelihood = log_likelihood_of(problem, mine, size)
    found = sample_importance(
        population, likelihood, rng=rng, start=start, rounds=rounds, size=size, enough=ENOUGH
    )
    diagnostics = judged(found, draws)
    if not diagnostics.fit and start is None:
        start = summits(density_of(problem, mine, population), population.dimension, rng=rng)
        again = sample_importance(
            population, likelihood, rng=rng, start=start, rounds=rounds, size=size, enough=ENOUGH
        )
        if again.pareto_k < found.pareto_k:
            found, diagnostics = again, judged(again, draws)
    if diagnostics.fit or refit is None:
        scores = found.resample(draws, rng=rng)
        engine: Literal["importance sampling", "NUTS"] = "importance sampling"
    else:
        x, diagnostics = refit(density_of(problem, mine, population), population.dimension)
        mean, root = population.frame()
        scores, engine = mean + x @ root.T, "NUTS"
    values = values_of(problem, scores)
    return PatientPosterior(problem.patients[patient], scores, values, diagnostics, engine, found)


def update_patients(
    problem: Problem, population: Population, *, seed: int, refit: Refit | None = None, draws: int = 1000
) -> tuple[PatientPosterior, ...]:
    """Find the posterior of every patient alone; each has his own stream of chance, keyed by his name.

    Parameters
    ----------
    problem : Problem
        Of all.
    population : Population
        What each may be before his data.
    seed : int
        With the patient's name, keys his stream: who else is fitted, and in which order, changes nothing.
    refit, draws
        As in `update_patient`.
    """
    return tuple(
        update_patient(
            problem,
            population,
            rng=stream(seed, "patient", name),
            patient=place,
            refit=refit,
            draws=draws,
        )
        for place, name in enumerate(problem.patients)
    )


def judged(found: ImportanceDraws, draws: int) -> Diagnostics:
    """Say whether weighted draws can be believed, and if not, in words why."""
    reasons = []
    if not np.isfinite(found.pareto_k):
        reasons.append("no draw of the prior explains the data: next to all have no weight")
    elif not found.trusted:
        reasons.append(f"Pareto k of the importance weights is {found.pareto_k:.2f}, above {TRUSTED_K}")
    if found.ess < LEAST:
        reasons.append(f"the importance draws are worth {found.ess:.0f} independent ones, below {LEAST:.0f}")
    if found.refused > REFUSED * len(found.theta):
        share = found.refused / len(found.theta)
        reasons.append(f"the model gave no likelihood for {share:.0%} of the draws")
    return Diagnostics(
        setting="fast",
        chains=0,
        warmup=0,
        draws=draws,
        divergences=0,
        deepest=0,
        r_hat=None,
        ess_bulk=found.ess,
        ess_tail=None,
        energy=None,
        pareto_k=found.pareto_k if np.isfinite(found.pareto_k) else None,
        fit=not reasons,
        reasons=tuple(reasons),
    )


def values_of(problem: Problem, scores: Array) -> dict[str, Array]:
    """Return every number by name, shape (draws,), from scores (draws, own + shared)."""
    own = len(problem.own)
    found: Mapping[str, object] = problem.values_of_scores(scores[:, :own], scores[:, own:])
    return {name: np.broadcast_to(np.asarray(x, float), (len(scores),)) for name, x in found.items()}
