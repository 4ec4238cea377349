"""Fewer positive wells where more cells were plated: inhibition at high dose.

Single-hit and multi-hit kinetics alike make a well with more cells likelier to be positive. A dose with
significantly fewer positive wells than a lower one contradicts both.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import hypergeom

from remnant.stats.wells.dilution import by_dose


def inhibition_p(dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Return the p-value of the strongest fall of positive wells between two doses.

    Each pair of doses is tested one-sided by Fisher's exact test; the least p is multiplied by the number of
    pairs (Bonferroni). 1 with a single dose.

    Examples
    --------
    >>> inhibition_p([10, 100, 1000], [20, 20, 20], [12, 8, 4]) < 0.05
    True
    """
    d, n, s = (np.atleast_1d(np.asarray(x, float)) for x in (dose, tested, positive))
    levels, wells, hits = by_dose(d[n > 0], n[n > 0], s[n > 0])
    low, high = np.triu_indices(len(levels), 1)
    if len(low) == 0:
        return 1.0
    both = wells[low] + wells[high], hits[low] + hits[high]
    fewer = np.asarray(hypergeom.cdf(hits[high], *both, wells[high]))
    return float(min(1.0, fewer.min() * len(low)))
