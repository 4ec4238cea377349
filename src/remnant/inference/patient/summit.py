"""A first guess of a patient's posterior from its summits: normal laws with the curvature found there.

Adaptive rounds begin with the prior, of which next to no draw explains twenty slides at once. A climb along
the gradient finds where the posterior is, in milliseconds; the rounds then mend what is not normal about it.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from remnant.inference.patient.density import PatientDensity
from remnant.inference.patient.mixture import Component, Mixture

Array = NDArray[np.float64]

CLIMBS = 6
STEPS = 300  # of a climb
APART = 1.0  # log density by which a summit may be lower than the best and still count
DIFFERENCE = 1e-4  # in standard deviations of the prior
WIDER = 1.1  # scales over those of the curvature: tails are cheaper than gaps
INFORMED = 1.05  # curvature, over the prior's 1, from which a direction is informed

Climb = Callable[[Array], tuple[float, Array]]


@jax.jit
def _valued(density: PatientDensity, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(lambda point: density(point))(x)


def summits(density: PatientDensity, dimension: int, *, rng: np.random.Generator) -> Mixture | None:
    """Climb from several draws of the prior, and fit a bump to each summit that counts.

    Parameters
    ----------
    density : PatientDensity
        In the frame of the prior: mean 0, covariance 1.
    dimension : int
        Of a point.
    rng : numpy.random.Generator
        For the points that climbs begin from.

    Returns
    -------
    Mixture or None
        None where no climb ended at a finite density.
    """

    def downhill(x: Array) -> tuple[float, Array]:
        value, gradient = _valued(density, x)
        value, gradient = float(value), np.asarray(gradient)
        sound = np.isfinite(value) and np.isfinite(gradient).all()
        return (-value, -gradient) if sound else (1e12, np.zeros(dimension))

    begun = np.vstack([np.zeros(dimension), 0.7 * rng.standard_normal((CLIMBS - 1, dimension))])
    tops = [minimize(downhill, x, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}) for x in begun]
    tops = sorted((top for top in tops if top.fun < 1e11), key=lambda top: top.fun)
    kept: list[tuple[float, Component]] = []
    for top in tops:
        near = any(np.linalg.norm(top.x - bump.mean) < APART for _, bump in kept)
        if not near and (not kept or top.fun < kept[0][0] + 10 * APART):
            kept.append((float(top.fun), _bump(top.x, downhill)))
    if not kept:
        return None
    heights = np.array([-height + np.log(bump.scales).sum() for height, bump in kept])
    shares = np.exp(heights - heights.max())
    floor = np.maximum(shares / shares.sum(), 0.02)
    return Mixture(tuple(bump for _, bump in kept), floor / floor.sum())


def _bump(summit: Array, downhill: Climb) -> Component:
    """Return the normal law of the curvature, by differences of the gradient."""
    ways = np.eye(summit.size) * DIFFERENCE
    rows = [(downhill(summit + way)[1] - downhill(summit - way)[1]) / (2 * DIFFERENCE) for way in ways]
    values, axes = np.linalg.eigh((np.array(rows) + np.array(rows).T) / 2)
    informed = values > INFORMED
    return Component(summit, axes[:, informed], WIDER / np.sqrt(values[informed]))
