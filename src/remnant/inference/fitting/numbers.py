"""Every number before and after the data, and where the data say next to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from remnant.inference.forecast.quantiles import quantiles
from remnant.inference.problem.hierarchy import SHIFT, SPREAD, SPREAD_SD, own_scores
from remnant.inference.problem.problem import Problem
from remnant.inference.problem.scores import values_of
from remnant.inference.records import NumberSummary
from remnant.inference.sampler.diagnosis import Convergence
from remnant.observation.likelihood.number import Number

Array = NDArray[np.float64]

TOLD, MOVED = 0.2, 0.5  # contraction, and standard deviations of the prior, below which nothing was told
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
    numbers = (*problem.own, *problem.shared)
    each = {patient: _summaries(numbers, patient, "patient", 1.0, own) for patient, own in scores.items()}
    return tuple(one for own in each.values() for one in own)


def _together(problem: Problem, x: Array, mixing: _Place) -> Iterator[NumberSummary]:
    layout = problem.layout
    shift, spread, shared, own = map(np.asarray, layout.split(x))
    places = range(layout.own)
    yield from _summaries(problem.own, "", "population", SHIFT, SHIFT * shift, [mixing.of(k) for k in places])
    for k, number in enumerate(problem.own):
        yield _spread(number, spread[:, k], mixing.of(layout.own + k))
    there = [mixing.of(2 * layout.own + k) for k in range(layout.shared)]
    yield from _summaries(problem.shared, "", "shared", 1.0, shared, there)
    scores = np.asarray(own_scores(shift, spread, own))
    for i, patient in enumerate(problem.patients):
        there = [mixing.of(layout.population + i * layout.own + k) for k in places]
        yield from _summaries(problem.own, patient, "patient", 1.0, scores[:, i], there)


def _summaries(
    numbers: Sequence[Number],
    patient: str,
    level: str,
    sd: float,
    scores: Array,
    mixing: Sequence[dict[str, float | None]] = (),
) -> list[NumberSummary]:
    """Summarise numbers side by side from their scores, shape (draws, numbers)."""
    if not numbers:
        return []
    values = values_of(tuple(number.prior for number in numbers))
    before = np.asarray(values(jnp.asarray(np.repeat(sd * NORMAL[:, None], len(numbers), axis=1))))
    after = np.asarray(values(jnp.asarray(scores)))
    return [
        NumberSummary(
            name=number.name,
            unit=number.prior.unit,
            patient_id=patient,
            level=level,  # type: ignore[arg-type]
            prior=quantiles(before[:, k]),
            posterior=quantiles(after[:, k]),
            contraction=_contraction(scores[:, k], sd),
            from_prior=_is_prior(scores[:, k], sd),
            **(mixing[k] if mixing else {}),
        )
        for k, number in enumerate(numbers)
    ]


def _spread(number: Number, scores: Array, mixing: dict[str, float | None]) -> NumberSummary:
    contraction = _contraction(scores, 1.0)
    before, after = (quantiles(SPREAD * np.exp(SPREAD_SD * w)) for w in (NORMAL, scores))
    same = _is_prior(scores, 1.0)
    return NumberSummary(number.name, "-", "", "spread", before, after, contraction, same, **mixing)


def _contraction(scores: Array, sd: float) -> float:
    return float(1 - np.var(scores) / sd**2)


def _is_prior(scores: Array, sd: float) -> bool:
    """Whether the data moved a number next to nowhere: neither narrower nor elsewhere."""
    return _contraction(scores, sd) < TOLD and abs(float(np.mean(scores))) < MOVED * sd


def beyond_prior(numbers: Sequence[NumberSummary]) -> tuple[str, ...]:
    """Say which numbers of the population the counts pull to where their prior does not reach.

    The 90 % intervals before and after are then apart: the model may lack what moves the counts.
    """
    return tuple(
        f"the counts pull {one.name} ({one.level}) to {one.posterior.q50:.3g}, where 90 % of its prior lies "
        f"from {one.prior.q05:.3g} to {one.prior.q95:.3g}: the model may lack what moves them"
        for one in numbers
        if one.level in ("population", "shared")
        and (one.posterior.q05 > one.prior.q95 or one.posterior.q95 < one.prior.q05)
    )
