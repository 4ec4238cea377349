"""How many nuclei measure a clone: the expected width of its exact interval."""

from __future__ import annotations

import numpy as np

from remnant.planning.slide import Bench
from remnant.stats.fractions.proportion import clopper_pearson


def expected_width(clone: float, nuclei: int, bench: Bench, *, confidence: float) -> float:
    """Mean width of the Clopper-Pearson interval, carried to the clone's own scale, over what may be seen.

    Parameters
    ----------
    clone : float
        True clone fraction, in [0, 1].
    nuclei : int
        Nuclei scored.
    bench : Bench
        Probe and sort; a fraction of abnormal nuclei is stretched by 1 / (purity (1 - fp - fn)).
    confidence : float
        Of the two-sided interval.
    """
    k = np.arange(nuclei + 1)
    lower, upper = clopper_pearson(k, nuclei, confidence=confidence)
    seen = float(bench.law(clone).mass(k, nuclei) @ (upper - lower))
    return min(seen / (bench.purity * (1 - bench.false_positive - bench.false_negative)), 1.0)


def measure(clone: float, width: float, bench: Bench, *, confidence: float, most: int) -> int | None:
    """Fewest nuclei whose interval is expected to be at most so wide; None beyond `most`.

    The expected width falls with the nuclei, so halving finds it.
    """

    def enough(nuclei: int) -> bool:
        return expected_width(clone, nuclei, bench, confidence=confidence) <= width

    low, high = 0, most
    if not enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
