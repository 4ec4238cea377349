"""Whether a control is of the same cells under the same settings as its stained tube."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.recipe.population import written
from remnant.cytometry.recipe.sheet import Control, Sheet
from remnant.cytometry.recipe.walk import finite

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]
SHIFTED = 0.25  # Kolmogorov-Smirnov distance from which a control does not look like its stained tube
_LEAST_COMPARED = 100


def doubts(stained: Sheet, control: Control) -> list[str]:
    """Say on which channels that both stain a control lies elsewhere than its tube.

    Returns
    -------
    list of str
        Sentences with the distance and the shift of the median; empty where the control fits.
    """
    found = []
    for marker in stained.tube.channels:
        if marker in control.leaves:
            continue
        spreads = stained.spread(marker), control.sheet.spread(marker)
        if min(spread.sum() for spread in spreads) < _LEAST_COMPARED or surely_near(*spreads):
            continue
        first, second = (finite(sheet.values(marker, keep=False)) for sheet in (stained, control.sheet))
        distance = ks_distance(np.sort(first), np.sort(second))
        if distance > SHIFTED:
            medians = float(np.median(first)), float(np.median(second))
            found.append(
                f"{control.sheet.tube.name} and {stained.tube.name} differ on {marker} (KS distance "
                f"{distance:.2f}, median {written(medians[1])} against {written(medians[0])})"
            )
    return found


def surely_near(first: Counts, second: Counts) -> bool:
    """Whether counts in bins alone show that two samples are not `SHIFTED`.

    Between two edges of bins the gap of the cumulative distributions exceeds that at an edge by at most the
    share of one sample in the bin. So the bins bound the distance from above, and most pairs need no sort.

    Parameters
    ----------
    first, second : ndarray of int, shape (bins,)
        Events of each sample in the same bins, on any rising scale: it keeps the distance. Not all are 0.
    """
    shares = [counts / counts.sum() for counts in (first, second)]
    gaps = np.abs(np.cumsum(shares[0]) - np.cumsum(shares[1]))
    before = np.concatenate([[0.0], gaps[:-1]])
    return bool(np.max(np.maximum(gaps, before) + np.maximum(*shares)) <= SHIFTED)


def ks_distance(first: Floats, second: Floats) -> float:
    """Kolmogorov-Smirnov distance: the widest gap between the cumulative distributions of sorted samples."""
    # The gap is widest at an event of `first` (from above) or just before one (from below).
    rank, size = np.arange(len(first)), len(first)
    above = (rank + 1) / size - np.searchsorted(second, first, side="right") / len(second)
    below = np.searchsorted(second, first, side="left") / len(second) - rank / size
    return float(max(above.max(), below.max()))
