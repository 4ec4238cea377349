"""Every number before and after the data, and where the data say next to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from remnant.inference.forecast.quantiles import quantiles
from remnant.inference.problem.hierarchy import SHIFT, SPREAD, SPREAD_SD, own_scores
from remnant.inference.problem.problem import Problem
from remnant.inference.records import NumberSummary
from remnant.inference.sampler.diagnosis import Convergence
from remnant.observation.likelihood.number import Number

Array = NDArray[np.float64]

TOLD = 0.2  # contraction below which a posterior is called that of the prior
NORMAL = ndtri((np.arange(999) + 0.5) / 999)  # a standard normal law in even shares


@dataclass(frozen=True)
class _Place:
    """Mixing of one place of the flat vector; nothing where no chain was run."""

    convergence: Convergence | None = None

    def of(self, index: int) -> dict[str, float | None]:
        if self.convergence is None:
            return {}
        found = self.convergence
        each = {"r_hat": found.r_hat, "ess_bulk": found.ess_bulk, "ess_tail": found.ess_tail}
        return {name: float(x[index]) if np.isfinite(x[index]) else None for name, x in each.items()}


def summarise_together(problem: Problem, x: Array, convergence: Convergence) -> tuple[NumberSummary, ...]:
    """Summarise flat draws, shape (draws, size): population, spreads, shared numbers, then every patient."""
    return tuple(_together(problem, x, _Place(convergence)))


def summarise_apart(problem: Problem, scores: Mapping[str, Array]) -> tuple[NumberSummary, ...]:
    """Summarise each patient's own numbers from his scores, shape (draws, own + shared)."""
    return tuple(
        _summary(number, patient, "patient", 1.0, each[:, k])
        for patient, each in scores.items()
        for k, number in enumerate((*problem.own, *problem.shared))
    )


def _together(problem: Problem, x: Array, mixing: _Place) -> Iterator[NumberSummary]:
    layout = problem.layout
    shift, spread, shared, own = layout.split(x)
    for k, number in enumerate(problem.own):
        yield _summary(number, "", "population", SHIFT, SHIFT * shift[:, k], **mixing.of(k))
    for k, number in enumerate(problem.own):
        yield _spread(number, spread[:, k], mixing.of(layout.own + k))
    for k, number in enumerate(problem.shared):
        yield _summary(number, "", "shared", 1.0, shared[:, k], **mixing.of(2 * layout.own + k))
    scores = np.asarray(own_scores(shift, spread, own))
    for i, patient in enumerate(problem.patients):
        for k, number in enumerate(problem.own):
            place = layout.population + i * layout.own + k
            yield _summary(number, patient, "patient", 1.0, scores[:, i, k], **mixing.of(place))


def _summary(
    number: Number, patient: str, level: str, sd: float, scores: Array, **mixing: float | None
) -> NumberSummary:
    prior, contraction = number.prior, _contraction(scores, sd)
    return NumberSummary(
        name=number.name,
        unit=prior.unit,
        patient_id=patient,
        level=level,  # type: ignore[arg-type]
        prior=quantiles(prior.quantile(ndtr(sd * NORMAL))),
        posterior=quantiles(prior.quantile(ndtr(scores))),
        contraction=contraction,
        from_prior=contraction < TOLD,
        **mixing,
    )


def _spread(number: Number, scores: Array, mixing: dict[str, float | None]) -> NumberSummary:
    contraction = _contraction(scores, 1.0)
    before, after = (quantiles(SPREAD * np.exp(SPREAD_SD * w)) for w in (NORMAL, scores))
    told = contraction < TOLD
    return NumberSummary(number.name, "-", "", "spread", before, after, contraction, told, **mixing)


def _contraction(scores: Array, sd: float) -> float:
    return float(1 - np.var(scores) / sd**2)
