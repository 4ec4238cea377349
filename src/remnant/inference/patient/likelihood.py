"""The likelihood of one patient of a problem for many scores at once, compiled once for all its patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from remnant.inference.evidence.evidence import Evidence
from remnant.inference.problem.problem import Problem

Array = NDArray[np.float64]


@jax.jit
def _log_likelihoods(problem: Problem, evidence: Evidence, theta: jax.Array) -> jax.Array:
    own = len(problem.own)

    def one(row: jax.Array) -> jax.Array:
        return problem.patient_log_likelihood(row[:own], row[own:], evidence)

    return jax.vmap(one)(theta)


def log_likelihood_of(problem: Problem, evidence: Evidence, size: int) -> Callable[[Array], Array]:
    """Return the log likelihood of one patient.

    Parameters
    ----------
    problem : Problem
        Of any patients.
    evidence : Evidence
        Of the one, as padded as the problem's.
    size : int
        Rows of each call of the compiled function.

    Returns
    -------
    callable
        From rows of own and shared scores, shape (n, own + shared), to (n,), in batches of `size`.
    """

    def log_likelihood(theta: Array) -> Array:
        parts = [_padded(theta[at : at + size], size) for at in range(0, len(theta), size)]
        found = [np.asarray(_log_likelihoods(problem, evidence, part)) for part in parts]
        return np.concatenate(found)[: len(theta)]

    return log_likelihood


def _padded(rows: Array, size: int) -> Array:
    return np.concatenate([rows, np.repeat(rows[-1:], size - len(rows), axis=0)])


def seen_until(evidence: Evidence, day: int) -> Evidence:
    """Return what was known of one patient on a day: later rows have weight 0, and shapes stay."""

    def kept(rows: Any) -> Any:
        return rows._replace(weight=np.where(row_days(evidence, rows) <= day, rows.weight, 0.0))

    return replace(evidence, assays={name: kept(rows) for name, rows in evidence.assays.items()})


def row_days(evidence: Evidence, rows: Any) -> Array:
    """Return the day of each row of an assay, shape (rows,)."""
    days = np.asarray(evidence.days, float)
    when = days[np.asarray(rows.time)]
    if hasattr(rows, "later"):  # a count of blood may lie between two days of the course
        when = when + np.asarray(rows.part) * (days[np.asarray(rows.later)] - when)
    return np.asarray(when)


def visit_days(evidence: Evidence) -> tuple[int, ...]:
    """Return the days on which something of one patient was counted, rising."""
    found = [row_days(evidence, rows)[np.asarray(rows.weight) > 0] for rows in evidence.assays.values()]
    return tuple(int(day) for day in np.unique(np.concatenate(found))) if found else ()
