"""Draws of a posterior as numbers by name: of every patient, and of one who was not seen."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import numpy as np
from numpy.typing import NDArray

from remnant.inference.problem.hierarchy import SHIFT, spread_of
from remnant.inference.problem.problem import Problem

Array = NDArray[np.float64]
BATCH = 500  # rows of one call


@jax.jit
def _values(problem: Problem, x: jax.Array) -> dict[str, jax.Array]:
    return jax.vmap(problem.values)(x)


def patient_draws(problem: Problem, x: Array) -> dict[str, dict[str, Array]]:
    """Return every number of every patient, shape (draws,), from flat vectors, shape (draws, size)."""
    parts = []
    for at in range(0, len(x), BATCH):
        rows = x[at : at + BATCH]
        whole = np.concatenate([rows, np.repeat(rows[-1:], BATCH - len(rows), axis=0)])
        parts.append({name: np.asarray(v)[: len(rows)] for name, v in _values(problem, whole).items()})
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {
        patient: {name: value[:, i] for name, value in joined.items()}
        for i, patient in enumerate(problem.patients)
    }


def unseen_draws(problem: Problem, x: Array, *, rng: np.random.Generator) -> dict[str, Array]:
    """Return every number of a patient who was not seen, one for each draw of the population."""
    shift, spread, shared, _ = problem.layout.split(x)
    own = SHIFT * shift + np.asarray(spread_of(spread)) * rng.standard_normal(shift.shape)
    values = problem.values_of_scores(own, shared)
    return {name: np.broadcast_to(np.asarray(value), (len(x),)) for name, value in values.items()}


def hierarchy_of(problem: Problem, x: Array) -> Mapping[str, Array]:
    """Return what a later fit against this population needs: draws of shifts, spreads and shared scores."""
    shift, spread, shared, _ = problem.layout.split(x)
    names = {
        "own": np.array([number.name for number in problem.own]),
        "shared_names": np.array([number.name for number in problem.shared]),
    }
    return {"shift": SHIFT * shift, "spread": np.asarray(spread_of(spread)), "shared": shared} | names
