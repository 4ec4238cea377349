"""Posterior predictive checks: whether patients like these would have given counts like theirs.

From each draw of a patient's posterior his assays are simulated anew. An observation's place among its
replicates, ties broken at random, is uniform for a right model seen once; here the observation has already
bent the posterior, so places crowd to the middle, and a check that fails says more than one that holds.

Gelman, Meng & Stern (1996) Stat Sinica 6:733-807 (discrepancy); Czado, Gneiting & Held (2009) Biometrics
65:1254-1261, doi:10.1111/j.1541-0420.2009.01191.x (randomised place).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from remnant.inference.evidence.evidence import ASSAYS, Evidence, assay
from remnant.inference.patient.likelihood import row_days
from remnant.inference.patient.sequential import quantiles_of
from remnant.inference.problem.problem import Problem
from remnant.inference.records import AssayCheck, CheckRow

Array = NDArray[np.float64]

REPLICATES = 200
LOGARITHMIC = frozenset({"transcripts"})  # observed on log10, shown as it is written
FEWEST = 4  # observations below which an assay as a whole is not judged
UNLIKELY = 0.05


@dataclass(frozen=True)
class PatientCheck:
    """The checks of one patient.

    Parameters
    ----------
    rows : tuple of CheckRow
        One for each observation.
    discrepancies : dict of str to ndarray, shape (2, replicates)
        By assay: sum of squared standardised residuals of the observations, and of their replicates.
    """

    rows: tuple[CheckRow, ...]
    discrepancies: dict[str, Array]


@jax.jit
def _followed(problem: Problem, values: Any, evidence: Evidence) -> jax.Array:
    return jax.vmap(lambda one: problem.states_of(one, evidence))(values)


def check_patient(
    problem: Problem,
    patient: int,
    values: Mapping[str, Array],
    *,
    rng: np.random.Generator,
    labels: Mapping[str, Sequence[str]] | None = None,
) -> PatientCheck:
    """Check the observations of one patient against his posterior.

    Parameters
    ----------
    problem : Problem
        With his evidence.
    patient : int
        His place in it.
    values : mapping of str to ndarray, shape (draws,)
        Every number by name, draws of equal weight; `REPLICATES` of them are used.
    rng : numpy.random.Generator
        For draws, replicates and ties.
    labels : mapping of str to sequence of str, optional
        For each assay, each row in words; by default "observation 1" and so on.
    """
    evidence = problem.alone(patient)
    count = len(next(iter(values.values())))
    chosen = rng.choice(count, REPLICATES, replace=count < REPLICATES)
    drawn = {name: np.asarray(x, float)[chosen] for name, x in values.items()}
    states = np.asarray(_followed(problem, drawn, evidence))
    rows: list[CheckRow] = []
    discrepancies = {}
    for name in (name for name in ASSAYS if name in evidence.assays):
        used = np.asarray(evidence.assays[name].weight) > 0
        if not used.any():
            continue
        seen, replicates = _simulated(name, evidence.assays[name], states, drawn, rng)
        observed = assay(name).observed(evidence.assays[name])[used]
        seen, replicates = seen[:, used], replicates[:, used]
        discrepancies[name] = np.array(_discrepancy(observed, seen, replicates))
        tails = places(observed, replicates, rng=rng)
        words = (labels or {}).get(name, [f"observation {i + 1}" for i in range(used.size)])
        what = [words[int(i)] for i in np.flatnonzero(used)]
        rows += _rows(problem.patients[patient], name, evidence, used, what, observed, replicates, tails)
    return PatientCheck(tuple(rows), discrepancies)


def places(observed: Array, replicates: Array, *, rng: np.random.Generator) -> Array:
    """Return the place of each observation among its replicates, within (0, 1), ties broken at random.

    Parameters
    ----------
    observed : ndarray, shape (rows,)
    replicates : ndarray, shape (replicates, rows)
    rng : numpy.random.Generator
        For the ties.
    """
    near = 1e-9 * np.maximum(np.abs(observed), 1.0)
    below = np.sum(replicates < observed - near, axis=0)
    equal = np.sum(np.abs(replicates - observed) <= near, axis=0)
    return np.asarray((below + rng.random(observed.shape) * (equal + 1)) / (len(replicates) + 1))


def check_assays(checks: Sequence[PatientCheck]) -> tuple[AssayCheck, ...]:
    """Join the checks of all patients, assay by assay."""
    found = []
    for name in ASSAYS:
        tails = np.array([row.tail for check in checks for row in check.rows if row.assay == name])
        if not tails.size:
            continue
        each = [check.discrepancies[name] for check in checks if name in check.discrepancies]
        observed, replicated = np.sum(each, axis=0)
        p_value = float((1 + np.sum(replicated >= observed)) / (1 + observed.size))
        within = float(np.mean((tails > 0.05) & (tails < 0.95)))
        found.append(AssayCheck(name, tails.size, within, p_value, _says(tails.size, within, p_value)))
    return tuple(found)


def _simulated(
    name: str, rows: Any, states: Array, drawn: Mapping[str, Array], rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return what each draw expects of each row, and a replicate of it, shape (replicates, rows)."""
    law = assay(name)
    seen = np.asarray(jax.vmap(lambda state, one: law.seen(state, one, rows))(states, dict(drawn)))
    replicates = []
    for k, state in enumerate(states):
        own = {key: float(x[k]) for key, x in drawn.items()}
        replicates.append(law.observed(law.simulate(state, own, rows, rng=rng)))
    return seen, np.array(replicates)


def _discrepancy(observed: Array, seen: Array, replicates: Array) -> list[Array]:
    """Sum squared residuals about what each draw expects, in units of their spread over replicates."""
    scale = np.maximum(np.sqrt(np.mean((replicates - seen) ** 2, axis=0)), 1e-9)
    return [np.sum(((y - seen) / scale) ** 2, axis=1) for y in (observed, replicates)]


def _rows(
    patient: str,
    name: str,
    evidence: Evidence,
    used: NDArray[np.bool_],
    what: Sequence[str],
    observed: Array,
    replicates: Array,
    tails: Array,
) -> list[CheckRow]:
    rows = evidence.assays[name]
    days = row_days(evidence, rows)[used]
    censored = np.asarray(getattr(rows, "censored", np.zeros(used.size)))[used] > 0
    shown = (10**observed, 10**replicates) if name in LOGARITHMIC else (observed, replicates)
    return [
        CheckRow(
            patient_id=patient,
            assay=name,
            what=what[i],
            day=int(days[i]),
            observed=float(shown[0][i]),
            censored=bool(censored[i]),
            expected=quantiles_of(shown[1][:, i]),
            tail=float(tails[i]),
        )
        for i in range(len(what))
    ]


def _says(count: int, within: float, p_value: float) -> str:
    if count < FEWEST:
        return f"too few observations to judge: {count}"
    if p_value < UNLIKELY:
        return (
            f"does not fit: observations lie further from their course than replicates do (p = {p_value:.3f})"
        )
    if p_value > 1 - UNLIKELY / 5:
        return f"fits more closely than chance allows (p = {p_value:.3f}): are the counts independent?"
    return f"nothing speaks against it: {within:.0%} of observations within their 90 % interval"
