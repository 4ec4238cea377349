"""Whether the events of a population are spread evenly over a sequence, as those of a well-mixed tube are.

If they are, their positions are a random sample of all positions, and the largest distance between their
cumulative share and the diagonal has the law of Kolmogorov.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import kolmogorov

FEWEST = 5  # events below which the law in use is not that of the distance


def uneven(positions: npt.ArrayLike, total: int) -> float | None:
    """Chance of so uneven a spread, if it were even; None for fewer than `FEWEST` events.

    Parameters
    ----------
    positions : array-like of int, shape (events,)
        Places of the events, from 0, rising.
    total : int
        Length of the sequence, much longer than the events are many.

    Returns
    -------
    float or None
        The p-value of Kolmogorov's test.

    References
    ----------
    Stephens (1970), the correction for few events (citation to complete).

    Examples
    --------
    >>> uneven([5, 6, 7, 8, 9, 10, 11], 1000) < 1e-4 < uneven([50, 200, 330, 500, 690, 800, 950], 1000)
    True
    """
    share = (np.asarray(positions, float) + 0.5) / total
    number = len(share)
    if number < FEWEST:
        return None
    steps = np.arange(number + 1) / number
    distance = max(np.max(steps[1:] - share), np.max(share - steps[:-1]))
    root = np.sqrt(number)
    return float(kolmogorov((root + 0.12 + 0.11 / root) * distance))
