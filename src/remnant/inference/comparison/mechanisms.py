"""Mechanisms side by side: how well each foretells a patient left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.inference.comparison.loo import Draws, LeftOut, leave_out
from remnant.inference.comparison.stacking import stacking_weights
from remnant.inference.patient.likelihood import log_likelihood_of
from remnant.inference.patient.pareto import TRUSTED_K
from remnant.inference.problem.hierarchy import SHIFT, own_scores, spread_of
from remnant.inference.problem.problem import Problem
from remnant.inference.records import INFINITE, MechanismScore
from remnant.scale.streams import stream

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """One mechanism with every patient left out in turn; `fit` says whether its chains can be believed."""

    mechanism: str
    title: str
    left_out: tuple[LeftOut, ...]
    fit: bool

    @property
    def pareto_k(self) -> float:
        """Worst of the patients."""
        return max(one.pareto_k for one in self.left_out)

    @property
    def evaluable(self) -> bool:
        """Whether chains and weights can be believed."""
        return self.fit and self.pareto_k <= TRUSTED_K

    @property
    def densities(self) -> Array:
        """Log density of each patient left out, shape (patients,)."""
        return np.maximum([one.elpd for one in self.left_out], -INFINITE)


def leave_each_out(problem: Problem, x: Array, *, seed: int, most: int = 300) -> tuple[LeftOut, ...]:
    """Leave each patient of a fit out in turn.

    Parameters
    ----------
    problem : Problem
        That was fitted.
    x : ndarray, shape (draws, dimension)
        Of its flat vector.
    seed : int
        With the patient's name, keys the points.
    most : int, default 300
        Draws of the fit that are used.
    """
    m, w, shared, z = problem.layout.split(np.asarray(x, float))
    shift, spread = SHIFT * m, np.asarray(spread_of(w), float)
    scores = np.asarray(own_scores(m, w, z), float)
    found = []
    for place, name in enumerate(problem.patients):
        likelihood = log_likelihood_of(problem, problem.alone(place), 1000)
        draws = Draws(shift, spread, shared, scores[:, place])
        rng = stream(seed, "left out", problem.mechanism.name, name)
        found.append(leave_out(draws, likelihood, rng=rng, most=most))
    return tuple(found)


def compare_mechanisms(fitted: Sequence[Fitted]) -> tuple[MechanismScore, ...]:
    """Compare mechanisms fitted to the same patients, best first.

    What cannot be believed stands last, with weight 0; it is compared with the best of the others.

    Parameters
    ----------
    fitted : sequence of Fitted
        At least one.
    """
    sound = [one for one in fitted if one.evaluable]
    weights = dict.fromkeys([one.mechanism for one in fitted], 0.0)
    if sound:
        stacked = stacking_weights(np.column_stack([one.densities for one in sound]))
        weights |= {one.mechanism: float(w) for one, w in zip(sound, stacked, strict=True)}
    best = max(sound or fitted, key=lambda one: one.densities.sum())
    scores = [_score(one, best, weights[one.mechanism]) for one in fitted]
    place = {one.mechanism: (not one.evaluable, -one.densities.sum()) for one in fitted}
    return tuple(sorted(scores, key=lambda score: place[score.mechanism]))


def _score(one: Fitted, best: Fitted, weight: float) -> MechanismScore:
    behind = best.densities - one.densities
    return MechanismScore(
        mechanism=one.mechanism,
        title=one.title,
        elpd=float(one.densities.sum()),
        standard_error=_error(one.densities),
        pareto_k=float(min(one.pareto_k, INFINITE)),
        weight=weight,
        behind=float(behind.sum()),
        behind_error=_error(behind),
        fit=one.fit,
    )


def _error(each: Array) -> float:
    """Return the standard error of the sum over patients; 0 for one patient, of whom there is none."""
    return float(np.sqrt(each.size) * np.std(each, ddof=1)) if each.size > 1 else 0.0
