"""A quadratic surface through log likelihoods: where the posterior will lie when it is no longer tempered.

Draws that a strongly informed posterior would accept are not met by chance. A weighted least squares fit of::

    log L(x) = c + b'x - x'Hx/2

to the draws of greatest likelihood gives H and b; with the standard normal prior, the posterior at power beta
of the likelihood is about normal with precision I + beta H and mean (I + beta H)^-1 beta b.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.inference.patient.mixture import Component

Array = NDArray[np.float64]

_INFORMED = 0.05  # a direction whose variance changes by less stays with the prior


def coefficients(dimension: int) -> int:
    """Return how many numbers the surface has."""
    return (dimension + 1) * (dimension + 2) // 2


def fit_surface(points: Array, fit: Array, weights: Array) -> tuple[Array, Array]:
    """Fit the surface.

    Parameters
    ----------
    points : ndarray, shape (n, d)
        In the frame of the prior; n above `coefficients(d)`.
    fit : ndarray, shape (n,)
        Finite log likelihoods.
    weights : ndarray, shape (n,)
        Of the squares; not negative.

    Returns
    -------
    ndarray, shape (d,)
        b, the slope at 0.
    ndarray, shape (d, d)
        H, with directions of negative curvature set to 0.
    """
    dimension = points.shape[1]
    # In a frame of the draws' own the design is well conditioned, however narrow the posterior.
    share = weights / weights.sum()
    mean = share @ points
    away = points - mean
    values, vectors = np.linalg.eigh((away * share[:, None]).T @ away)
    scale = vectors / np.sqrt(np.maximum(values, 1e-10 * values[-1]))
    rows, columns = np.triu_indices(dimension)
    x = away @ scale
    design = np.column_stack([np.ones(len(x)), x, x[:, rows] * x[:, columns]])
    normal = (design * share[:, None]).T @ design
    moment = design.T @ (share * (fit - fit.max()))
    found = np.linalg.solve(normal + 1e-9 * np.eye(len(normal)), moment)
    local = np.zeros((dimension, dimension))
    local[rows, columns] = -found[1 + dimension :]
    local = scale @ (local + local.T) @ scale.T
    values, vectors = np.linalg.eigh(local)
    curvature = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return scale @ found[1 : 1 + dimension] + curvature @ mean, curvature


def tempered(slope: Array, curvature: Array, beta: float) -> Component:
    """Return the posterior of the surface at power `beta` of the likelihood, as a component to draw from."""
    values, vectors = np.linalg.eigh(curvature)
    variances = 1 / (1 + beta * values)
    mean = vectors @ (variances * (vectors.T @ (beta * slope)))
    informed = np.abs(variances - 1) > _INFORMED
    return Component(mean, vectors[:, informed], np.sqrt(variances[informed]))
