"""Weights of a mixture whose components are known, by maximum likelihood, with their covariance.

With the total free as well, the log-likelihood sum c log(F w) - N sum w is concave in w, and its maximum
has weights that add up to one; a pseudo-count per component keeps it inside, where Newton steps go fast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS, _HALVINGS = 100, 40


def fit_weights(counts: Floats, masses: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """Fit the weights of a mixture to a histogram.

    Parameters
    ----------
    counts : ndarray, shape (bins,)
        Events in each bin.
    masses : ndarray, shape (bins, components)
        Probability of each bin under each component.
    prior : ndarray, shape (components,)
        Pseudo-count of each component, above 0.

    Returns
    -------
    weights : ndarray, shape (components,)
        They add up to 1.
    hessian : ndarray, shape (components, components)
        Of the negative log posterior with the total free; see `covariance`.
    """
    seen = counts > 0
    c, f = counts[seen], masses[seen]
    total = c.sum() + prior.sum()
    weights = np.full(len(prior), 1 / len(prior))
    value = _loss(weights, c, f, prior, total)
    for _ in range(_STEPS):
        ratio = c / (f @ weights)
        gradient = total - f.T @ ratio - prior / weights
        hessian = _hessian(weights, c, f, prior)
        step = -np.linalg.solve(hessian, gradient)
        decrement = -float(gradient @ step)
        if decrement < 1e-10:
            break
        shrink = min(1.0, 0.9 / max(float(np.max(-step / weights)), 1e-300))
        for _ in range(_HALVINGS):
            trial = weights + shrink * step
            lower = _loss(trial, c, f, prior, total)
            if lower <= value - 1e-4 * shrink * decrement:
                break
            shrink /= 2
        else:
            break  # no step improves: rounding is all that is left
        weights, value = trial, lower
    weights = weights / weights.sum()
    return weights, _hessian(weights, c, f, prior)


def _loss(weights: Floats, c: Floats, f: Floats, prior: Floats, total: float) -> float:
    return float(total * weights.sum() - c @ np.log(f @ weights) - prior @ np.log(weights))


def _hessian(weights: Floats, c: Floats, f: Floats, prior: Floats) -> Floats:
    scaled = f * (np.sqrt(c) / (f @ weights))[:, None]
    return np.asarray(scaled.T @ scaled + np.diag(prior / weights**2))
