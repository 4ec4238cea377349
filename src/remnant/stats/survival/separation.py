"""Monotone likelihood: a direction of the covariates in which every event was the highest of its risk set.

Along such a direction the partial likelihood rises for ever, the estimate is infinite, and a Wald test says
p = 1 of the strongest effect there can be. It exists if and only if some g has (x_i - x_j)' g >= 0 for every
event i and every j at risk with it, and > 0 for some: a linear programme.

References
----------
Bryson & Johnson (1981) Technometrics 23:381-383; Heinze & Schemper (2001) Biometrics 57:114-119.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.partial_likelihood import PartialLikelihood

NONE = 1e-9


def rising_direction(likelihood: PartialLikelihood) -> FloatArray | None:
    """Signs of the direction in which the likelihood rises for ever; None where there is none.

    What is level along a first direction may rise along a second, and so on; a coefficient has the sign of
    the first in which it takes part, and 0 where it takes part in none.
    """
    left = np.unique(np.concatenate(_differences(likelihood)), axis=0)
    signs = np.zeros(left.shape[1])
    while (found := _steepest(left)) is not None:
        signs = np.where(signs != 0, signs, np.sign(found))
        left = left[np.abs(left @ found) <= NONE * (1 + np.abs(left).max())]
    return signs if signs.any() else None


def _steepest(differences: FloatArray) -> FloatArray | None:
    """Direction along which no difference falls, and their sum rises most."""
    if not np.abs(differences).max(initial=0.0) > NONE:
        return None
    found = linprog(
        -differences.sum(axis=0),
        A_ub=-differences,
        b_ub=np.zeros(len(differences)),
        bounds=[(-1, 1)] * differences.shape[1],
    )
    if found.x is None or float(differences.sum(axis=0) @ found.x) <= NONE * (1 + np.abs(differences).sum()):
        return None
    return np.asarray(np.where(np.abs(found.x) > NONE, found.x, 0.0))


def aliased(likelihood: PartialLikelihood) -> bool:
    """Whether some combination of the covariates is the same within every risk set: it says nothing."""
    differences = np.concatenate([np.zeros((1, likelihood.centre.size)), *_differences(likelihood)])
    gram = differences.T @ differences
    return bool(np.linalg.matrix_rank(gram, tol=NONE * max(np.trace(gram), NONE), hermitian=True) < len(gram))


def _differences(likelihood: PartialLikelihood) -> list[FloatArray]:
    """Covariates of each event less those of each subject at risk with it."""
    found = [np.zeros((0, likelihood.centre.size))]
    for stratum in likelihood.strata:
        own = stratum.x[stratum.event]
        for place in range(stratum.steps.size):
            others = np.unique(stratum.x[stratum.under_observation(slice(place, place + 1))[0]], axis=0)
            events = np.unique(own[stratum.step == place], axis=0)
            found.append((events[:, None, :] - others).reshape(-1, own.shape[1]))
    return found
