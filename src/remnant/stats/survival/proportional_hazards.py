"""Whether a hazard ratio stays the same over time: the score test of a coefficient that drifts with it.

The Cox model is widened to b + c g(t), with g the Kaplan-Meier estimate just before t, so that half of the
events weigh as much as the other half. At c = 0 the score of c is the sum of the Schoenfeld residuals times
g.

References
----------
Grambsch & Therneau (1994) Biometrika 81:515-526; Schoenfeld (1982) Biometrika 69:239-241.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.cox import ChiSquare
from remnant.stats.survival.kaplan_meier import kaplan_meier
from remnant.stats.survival.newton import climb
from remnant.stats.survival.partial_likelihood import PartialLikelihood


@dataclass(frozen=True)
class ProportionalHazards:
    """Tests of proportional hazards.

    Parameters
    ----------
    each : tuple of ChiSquare
        Of each covariate alone, 1 degree of freedom.
    together : ChiSquare
        Of all.
    """

    each: tuple[ChiSquare, ...]
    together: ChiSquare


def proportional_hazards(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    stratum: npt.ArrayLike | None = None,
) -> ProportionalHazards | None:
    """Test that hazards are proportional; None where the model has no finite maximum.

    Parameters
    ----------
    time, event, covariates, entry, stratum
        As in `cox`.
    """
    likelihood = PartialLikelihood.of(time, event, covariates, entry=entry, stratum=stratum)
    curve = kaplan_meier(time, event, entry=entry)
    zero = np.zeros(likelihood.centre.size)
    if not likelihood.events:
        return None
    start = likelihood.evaluate(zero)[2]
    top = climb(likelihood.evaluate, zero)
    least, first = (np.linalg.eigvalsh(matrix)[0] for matrix in (top.information, start))
    if not top.converged or first <= 1e-9 or least <= 1e-5 * first:
        return None
    before = np.concatenate([[1.0], curve.free])
    p = zero.size
    score, mixed, own = np.zeros(p), np.zeros((p, p)), np.zeros((p, p))
    for stratum_, moments in likelihood.each(top.point):
        g = before[np.searchsorted(curve.time, stratum_.steps[stratum_.step], "left")]
        score += g @ (stratum_.x[stratum_.event] - moments.mean)
        mixed += np.einsum("e,ejk->jk", g, moments.covariance)
        own += np.einsum("e,ejk->jk", g**2, moments.covariance)
    spread = own - mixed @ np.linalg.solve(top.information, mixed)
    noise = 1e-10 * max(float(np.linalg.eigvalsh(own)[-1]), 1e-300)
    each = tuple(_of(score[[place]], spread[[place]][:, [place]], noise) for place in range(p))
    return ProportionalHazards(each, _of(score, spread, noise))


def _of(score: FloatArray, spread: FloatArray, noise: float) -> ChiSquare:
    """Score test; without value where the events leave no room to drift, as when all are at one time."""
    if np.linalg.eigvalsh(spread)[0] <= noise:
        return ChiSquare(np.nan, score.size, np.nan)
    return ChiSquare.of(float(score @ np.linalg.solve(spread, score)), score.size)
