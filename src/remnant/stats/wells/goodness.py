"""Whether wells fit single-hit kinetics: the deviance against its own distribution, not against chi-square.

With few wells a dose the deviance is far from chi-square. Outcomes of the design are given their probability
at the fitted frequency, and each its deviance from its own fit. A small design is enumerated; a large one is
drawn, and says how well.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from remnant.stats.numerics import log_mass
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells.dilution import by_dose, log_likelihood, maximum_likelihood
from remnant.stats.wells.groups import GroupedWells

ENUMERATED = 20_000  # outcomes; about 0.1 s
DRAWS = 10_000
ROUNDING = 1e-9


@dataclass(frozen=True)
class GoodnessOfFit:
    """Chance of wells that fit single-hit kinetics no better than these.

    Parameters
    ----------
    p : float
        At the fitted frequencies.
    error : float
        Standard error of `p` from the draws; 0 where every outcome was enumerated.
    outcomes : int
        Enumerated or drawn.
    enumerated : bool
    """

    p: float
    error: float
    outcomes: int
    enumerated: bool


def goodness_of_fit(
    dose: npt.ArrayLike,
    tested: npt.ArrayLike,
    positive: npt.ArrayLike,
    group: npt.ArrayLike | None = None,
    *,
    rng: np.random.Generator,
) -> GoodnessOfFit | None:
    """Judge the deviance of wells, all of one dose and group taken together.

    Parameters
    ----------
    dose, tested, positive : array-like, shape (doses,)
        Cells per well, wells scored, wells with a colony.
    group : array-like, shape (doses,), optional
        Plate of each dose.
    rng : Generator
        Used where the design is large.

    Returns
    -------
    GoodnessOfFit or None
        None where no group has two doses and wells that disagree.

    References
    ----------
    Myers, McQuay & Hollinger (1994) J Clin Microbiol 32:732-739 (enumeration of the outcomes of a design).
    """
    wells = GroupedWells.fit(dose, tested, positive, group)
    wells = wells.select(wells.informative)
    parts = []
    for label in range(wells.groups):
        own = wells.group == label
        d, n, s = by_dose(wells.dose[own], wells.tested[own], wells.positive[own])
        if len(d) > 1:
            parts.append((d, n, s, float(wells.frequency[own][0])))
    if not parts:
        return None
    seen = float(sum(deviances(d, n, s[None])[0] for d, n, s, _ in parts))
    size = prod(int(x) + 1 for x in parts[0][1]) if len(parts) == 1 else ENUMERATED + 1
    if size <= ENUMERATED:
        d, n, _, frequency = parts[0]
        grid = np.meshgrid(*(np.arange(x + 1) for x in n), indexing="ij")
        every = np.stack([axis.ravel() for axis in grid], axis=-1)
        chance = np.exp(log_mass.binomial(every, n, -np.expm1(-frequency * d)).sum(-1))
        extreme = deviances(d, n, every) >= seen - ROUNDING
        return GoodnessOfFit(float(min(chance[extreme].sum(), 1.0)), 0.0, size, True)
    drawn = np.zeros(DRAWS)
    for d, n, _, frequency in parts:
        hits = rng.binomial(n.astype(int), -np.expm1(-frequency * d), (DRAWS, len(d)))
        drawn += deviances(d, n, hits.astype(float))
    p = float((1 + np.sum(drawn >= seen - ROUNDING)) / (DRAWS + 1))
    return GoodnessOfFit(p, float(np.sqrt(p * (1 - p) / DRAWS)), DRAWS, False)


def deviances(dose: FloatArray, tested: FloatArray, positive: FloatArray) -> FloatArray:
    """Deviance of each outcome from its own single-hit fit; `positive` has shape (outcomes, doses)."""
    best = maximum_likelihood(dose, tested, positive)
    some = (best > 0) & np.isfinite(best)
    fitted = log_likelihood(np.where(some, best, 1.0), dose, tested, positive)
    negative = tested - positive
    perfect = np.sum(xlogy(positive, positive / tested) + xlogy(negative, negative / tested), axis=-1)
    return np.where(some, 2 * (perfect - fitted), 0.0)
