"""How many events of each population a tube holds.

Events of a tube are not independent draws from the marrow: staining and acquisition vary, and counts scatter
more than multinomial. They are Dirichlet-multinomial around the true shares.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

Array = NDArray[np.float64]


def simulate_counts(
    shares: ArrayLike, events: int, *, concentration: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw events of each population.

    Parameters
    ----------
    shares : array_like, shape (populations,)
        True shares, above 0, sum 1.
    events : int
        Events in the tube.
    concentration : float
        Of the Dirichlet: the tube behaves as if it had been mixed from so many cells.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of int, shape (populations,)
        Sums to `events`.
    """
    return rng.multinomial(events, rng.dirichlet(np.asarray(shares, float) * concentration))


def log_likelihood(counts: ArrayLike, shares: ArrayLike, *, concentration: float) -> Array:
    """Log-probability of `counts`, shape (..., populations), around the true `shares`."""
    k, alpha = np.asarray(counts, float), np.asarray(shares, float) * concentration
    n, total = k.sum(axis=-1), alpha.sum(axis=-1)
    ways = gammaln(n + 1) - gammaln(k + 1).sum(axis=-1)
    prior = gammaln(total) - gammaln(n + total)
    return np.asarray(ways + prior + (gammaln(k + alpha) - gammaln(alpha)).sum(axis=-1))
