"""Weights of mechanisms by stacking: the mixture that best foretells patients left out.

    max over the simplex of  sum_i log sum_k w_k p(y_i | y without i, mechanism k)

which is concave. Yao, Vehtari, Simpson & Gelman (2018) Bayesian Anal 13:917-1007, doi:10.1214/17-BA1091,
equation 5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

Array = NDArray[np.float64]

_GAP = 1e-7  # of the mean log density, below which no mixture is better
_MOST = 50_000


def stacking_weights(log_densities: ArrayLike) -> Array:
    """Return the weights.

    Each step multiplies w_k by the mean of p_ik over the mixture: it never falls (it is EM for shares), and
    the largest such mean less 1 bounds how far the best can still be.

    Parameters
    ----------
    log_densities : array_like, shape (patients, mechanisms)
        Log density of each patient left out; minus infinity where a mechanism excludes him, but not all.

    Returns
    -------
    ndarray, shape (mechanisms,)
        Of sum 1.
    """
    logs = np.asarray(log_densities, float)
    assert logs.ndim == 2, "patients by mechanisms"
    assert logs.size, "at least one of each"
    assert np.isfinite(logs.max(axis=1)).all(), "each patient is possible under one of them"
    weights = np.full(logs.shape[1], 1 / logs.shape[1])
    for _ in range(_MOST):
        with np.errstate(divide="ignore"):
            mixed = logsumexp(logs + np.log(weights), axis=1, keepdims=True)
        gain = np.exp(logs - mixed).mean(axis=0)
        if gain.max() <= 1 + _GAP:
            break
        weights = weights * gain
    return np.asarray(weights / weights.sum())
