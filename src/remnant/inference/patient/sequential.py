"""Visit by visit: how each further sample narrows what is known of one patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.inference.patient.likelihood import seen_until, visit_days
from remnant.inference.patient.population import Population
from remnant.inference.patient.update import PatientPosterior, Refit, update_patient
from remnant.inference.problem.problem import Problem
from remnant.inference.records import Quantiles

Array = NDArray[np.float64]
Target = Callable[[Mapping[str, Array]], Array]


@dataclass(frozen=True)
class Visit:
    """What was known after one visit.

    Parameters
    ----------
    day : int
        Of the visit.
    posterior : PatientPosterior
        From all observations up to it.
    contractions : dict of str to float
        Of each number: 1 less posterior over prior variance of its score.
    targets : dict of str to Quantiles
        Of each quantity asked for, such as a fraction in a year.
    """

    day: int
    posterior: PatientPosterior
    contractions: dict[str, float]
    targets: dict[str, Quantiles]


def sequential(
    problem: Problem,
    population: Population,
    *,
    rng: np.random.Generator,
    patient: int = 0,
    days: Sequence[int] | None = None,
    targets: Mapping[str, Target] | None = None,
    refit: Refit | None = None,
    draws: int = 1000,
) -> tuple[Visit, ...]:
    """Update one patient after each visit; every posterior is the start of the next.

    Parameters
    ----------
    problem, population, rng, patient, refit, draws
        As in `update_patient`.
    days : sequence of int, optional
        After which to look, rising; by default every day with an observation.
    targets : mapping of str to callable, optional
        From the values of a posterior, name to (draws,), to a quantity (draws,).

    Returns
    -------
    tuple of Visit
        The last rests on all observations up to the last of `days`.
    """
    evidence = problem.alone(patient)
    visits, start = [], None
    for day in visit_days(evidence) if days is None else days:
        posterior = update_patient(
            problem,
            population,
            rng=rng,
            patient=patient,
            evidence=seen_until(evidence, day),
            refit=refit,
            start=start,
            draws=draws,
        )
        start = posterior.importance.proposal if posterior.importance.trusted else None
        asked = {name: quantiles_of(target(posterior.values)) for name, target in (targets or {}).items()}
        visits.append(Visit(day, posterior, contractions(problem, population, posterior.scores), asked))
    return tuple(visits)


def contractions(problem: Problem, population: Population, scores: Array) -> dict[str, float]:
    """Return 1 less posterior over prior variance of the score of every number that is fitted."""
    names = [number.name for number in (*problem.own, *problem.shared)]
    shrunk = 1 - np.var(scores, axis=0) / population.variance()
    return dict(zip(names, shrunk.tolist(), strict=True))


def quantiles_of(values: Array) -> Quantiles:
    """Return mean and quantiles of draws of equal weight."""
    at = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    return Quantiles(float(np.mean(values)), *at.tolist())
